use crate::draw::Draw;

/// Pages, from the one that is asked for most.
const PAGES: u64 = 2_500;

pub(super) const ORIGINS: &[&str] = &["http://www.example.org", "http://example.org"];

const FOLDERS: &[&str] = &[
    "/blog/geekery/",
    "/articles/",
    "/presentations/",
    "/projects/",
    "/blog/tags/",
    "/blog/productivity/",
    "/files/docs/html/",
    "/notes/2026/",
    "/news/",
];
const WORDS: &[&str] = &[
    "ssl",
    "latency",
    "dynamic",
    "dns",
    "with",
    "dhcp",
    "puppet",
    "firefox",
    "logging",
    "in",
    "ubuntu",
    "vms",
    "solving",
    "good",
    "or",
    "bad",
    "problems",
    "security",
    "over",
    "tunnel",
    "windows",
    "preview",
    "install",
    "keyboard",
    "python",
    "week",
    "of",
    "unix",
    "tools",
    "day",
    "pipes",
    "debugging",
    "java",
    "performance",
    "grok",
    "pattern",
    "scale",
    "search",
    "cluster",
    "kernel",
    "backup",
    "mail",
    "server",
    "review",
    "year",
    "ruby",
    "events",
    "xml",
    "quick",
    "fix",
    "network",
    "storage",
    "school",
    "library",
    "opening",
    "hours",
    "public",
    "notice",
    "budget",
];
/// What every page asks for.
const SHARED: &[(&str, u64)] = &[
    ("/favicon.ico", 3_638),
    ("/reset.css", 1_015),
    ("/style2.css", 4_877),
    ("/images/portrait-80.png", 6_146),
    ("/images/web/2024/banner.png", 52_315),
];
const PICTURES: &[&str] = &[".png", ".jpg", ".gif", ".svg", ".js", ".css"];

pub(super) struct Asset {
    pub(super) path: String,
    pub(super) bytes: u64,
}

pub(super) struct Page {
    pub(super) path: String,
    pub(super) bytes: u64,
    /// Made anew for each request: its size differs by some bytes.
    pub(super) is_dynamic: bool,
    pub(super) assets: Vec<Asset>,
}

pub(super) struct Site {
    pub(super) pages: Vec<Page>,
    pub(super) shared: Vec<Asset>,
}

impl Site {
    pub(super) fn new(draw: &mut Draw) -> Self {
        let shared =
            SHARED.iter().map(|(path, bytes)| Asset { path: (*path).to_owned(), bytes: *bytes });
        let first =
            Page { path: "/".to_owned(), bytes: 37_932, is_dynamic: true, assets: Vec::new() };
        let others = (1..PAGES).map(|number| page(draw, number));
        Self { shared: shared.collect(), pages: std::iter::once(first).chain(others).collect() }
    }

    pub(super) fn page(&self, draw: &mut Draw) -> &Page {
        let place = usize::try_from(draw.skewed(self.pages.len() as u64)).unwrap_or(0);
        &self.pages[place]
    }
}

fn page(draw: &mut Draw, number: u64) -> Page {
    let folder = *draw.pick(FOLDERS);
    let count = 2 + draw.below(3);
    let name = words(draw, count);
    let number = if draw.per_mille(300) { format!("-{number}") } else { String::new() };
    let (path, inside) = if folder.starts_with("/blog") {
        (format!("{folder}{name}{number}.html"), "/images/blog".to_owned())
    } else {
        (format!("{folder}{name}{number}/"), format!("{folder}{name}{number}/images"))
    };
    let assets = (0..draw.skewed(24)).map(|_| asset(draw, &inside)).collect();
    Page { path, bytes: 4_000 + draw.skewed(90_000), is_dynamic: draw.per_mille(250), assets }
}

fn asset(draw: &mut Draw, folder: &str) -> Asset {
    let count = 1 + draw.below(3);
    let name = words(draw, count);
    Asset {
        path: format!("{folder}/{name}{}", draw.pick(PICTURES)),
        bytes: 400 + draw.skewed(900_000),
    }
}

pub(super) fn words(draw: &mut Draw, count: u64) -> String {
    let words: Vec<&str> = (0..count).map(|_| *draw.pick(WORDS)).collect();
    words.join("-")
}
