//! What a request's text says about its sender, for the analyses over time.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

use crate::flood::{Traits, is_random};

/// Words in the path of a form that logs in.
const LOGIN_WORDS: &[&str] =
    &["login", "logon", "signin", "sign-in", "/auth", "/session", "xmlrpc"];
/// Paths at which applications take a password and nothing else, whatever other words are in them: Rails with
/// Devise, Java's servlets and Spring, Joomla, Zabbix, phpMyAdmin, FortiOS.
const LOGIN_PATHS: &[&str] = &[
    "/sign_in",
    "/j_security_check",
    "/j_spring_security_check",
    "/administrator/index.php",
    "/zabbix/index.php",
    "/phpmyadmin/index.php",
    "/remote/logincheck",
    "/adfs/ls/",
];
/// Words in the path of a form that takes files.
const UPLOAD_WORDS: &[&str] =
    &["upload", "import", "attach", "/media", "/file", "filemanager", "kindeditor", "ueditor"];
/// Folders of what applications call, and what is called is no page.
const CALLED: &[&str] = &["/api/", "/v1/", "/v2/", "/v3/", "/rest/", "/graphql", "/odata/"];
/// What in a path that logs in says that no password is sent.
const OTHER_FORMS: &[&str] =
    &["logout", "refresh", "captcha", "register", "check", "heartbeat", "keepalive"];
/// What programs that fetch by themselves have in their names.
const FETCHERS: &[&[u8]] = &[b"bot", b"spider", b"crawl", b"feed", b"rss", b"+http"];
/// Names that are asked for to see whether they are there: other people's administration, leftovers,
/// secrets. A site that has them answers.
const PROBES: &[&str] = &[
    "/.env",
    "/.git",
    "/.svn",
    "/.hg/",
    "/.ds_store",
    "/.ht",
    "/.aws",
    "/.ssh",
    "/.vscode",
    "/.idea",
    "/.config",
    "/.docker",
    "history",
    "wp-",
    "xmlrpc",
    "phpmyadmin",
    "/pma",
    "adminer",
    "phpinfo",
    "/info.php",
    "/test.php",
    "cgi-bin",
    "actuator",
    "-console",
    "/console",
    "/manager",
    "/solr",
    "jenkins",
    "server-status",
    "server-info",
    "web.config",
    "web-inf",
    "backup",
    "/bak",
    ".bak",
    ".sql",
    ".old",
    ".swp",
    ".zip",
    ".tar",
    ".rar",
    ".7z",
    ".gz",
    ".log",
    "dump",
    "/install",
    "/setup",
    "shell",
    "/cmd",
    "eval-stdin",
    "phpunit",
    "struts",
    "swagger",
    "/api-docs",
    "druid",
    "nacos",
    "thinkphp",
    "fckeditor",
    "/debug",
    "/config",
    "passwd",
    "boaform",
    "hnap1",
    "autodiscover",
    "/owa",
    "invoker",
    "telescope",
    "_ignition",
    "/admin",
    "/administrator",
    "/db",
    "/database",
    "/dev/",
    "credentials",
    "id_rsa",
    ".pem",
    ".key",
    "graphql",
    "/vendor",
];

/// Folders that are asked for to see whether they are there. A page below one is what a site had, or has.
const PROBED_FOLDERS: &[&str] =
    &["/private", "/secret", "/root", "/tmp", "/staging", "/old", "/hidden"];

/// Where services say that they live, at the end of a path.
const CHECKS: &[&str] = &[
    "/health",
    "/healthz",
    "/healthcheck",
    "/health-check",
    "/health_check",
    "/heartbeat",
    "/livez",
    "/liveness",
    "/readyz",
    "/readiness",
    "/ping",
    "/nginx_status",
    "/stub_status",
    "/server-status",
    "/fpm-status",
];

static COMPATIBLE: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(b"compatible; "));

/// What a word in a path says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    LogsIn,
    SurelyLogsIn,
    IsOtherForm,
    TakesFiles,
    IsCalled,
    Probes,
    /// Where nothing but a slash follows.
    ProbesFolder,
    /// Where nothing but a slash follows.
    Checks,
}

/// All words of paths, found in one pass.
struct Vocabulary {
    automaton: AhoCorasick,
    /// By word.
    says: Vec<Says>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let lists = [
        (Says::LogsIn, LOGIN_WORDS),
        (Says::SurelyLogsIn, LOGIN_PATHS),
        (Says::IsOtherForm, OTHER_FORMS),
        (Says::TakesFiles, UPLOAD_WORDS),
        (Says::IsCalled, CALLED),
        (Says::Probes, PROBES),
        (Says::ProbesFolder, PROBED_FOLDERS),
        (Says::Checks, CHECKS),
    ];
    let words = || lists.iter().flat_map(|(says, list)| list.iter().map(|word| (*says, *word)));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words().map(|(_, word)| word))
        .expect("the lists are short and fixed");
    Vocabulary { automaton, says: words().map(|(says, _)| says).collect() }
});

/// What a path says, as if it were posted to without a link that led there; and whether it takes files.
pub(super) fn of_path(path: &[u8]) -> (Traits, bool) {
    let mut traits = by_ending(path);
    if is_random(path) {
        traits = traits.with(Traits::RANDOM);
    }
    let (mut logs_in, mut surely) = (false, false);
    let (mut is_other_form, mut takes_files) = (false, false);
    let ends_behind = |at: usize| matches!(path.get(at..), Some(b"" | b"/"));
    let Vocabulary { automaton, says } = &*VOCABULARY;
    for word in automaton.find_overlapping_iter(path) {
        match says.get(word.pattern().as_usize()) {
            Some(Says::LogsIn) => logs_in = true,
            Some(Says::SurelyLogsIn) => surely = true,
            Some(Says::IsOtherForm) => is_other_form = true,
            Some(Says::TakesFiles) => takes_files = true,
            Some(Says::IsCalled) => traits = traits.with(Traits::CALL),
            Some(Says::Probes) => traits = traits.with(Traits::PROBE),
            Some(Says::ProbesFolder) if ends_behind(word.end()) => {
                traits = traits.with(Traits::PROBE);
            }
            Some(Says::Checks) if ends_behind(word.end()) && !path.contains(&b'.') => {
                traits = traits.with(Traits::CHECK);
            }
            Some(Says::ProbesFolder | Says::Checks) => {}
            None => {}
        }
    }
    if surely || (logs_in && !is_other_form) {
        traits = traits.with(Traits::LOGIN);
    }
    (traits, takes_files)
}

/// A request's traits from what its path and agent say.
pub(super) fn of(path: Traits, method: &[u8], has_referer: bool, fetches: bool) -> Traits {
    let referer = if has_referer { Traits::REFERER } else { Traits::default() };
    if path.has(Traits::ASSET) {
        return referer.with(Traits::ASSET);
    }
    let does = match method {
        b"POST" => path.only(Traits::LOGIN),
        // What is sent may be a password.
        _ if path.has(Traits::LOGIN) => Traits::default(),
        _ => path.only(Traits::CALL),
    };
    let does = does.with(path.only(Traits::SCRIPT));
    // A browser that came from another page is none of the others.
    if has_referer {
        return referer.with(does);
    }
    let crawler = if fetches { Traits::CRAWLER } else { Traits::default() };
    path.only(Traits::RANDOM.with(Traits::PROBE).with(Traits::CHECK)).with(does).with(crawler)
}

/// Known by the ending: style, script, image, font, media; or what web servers and their application servers
/// run.
fn by_ending(path: &[u8]) -> Traits {
    let tail = path.get(path.len().saturating_sub(6)..).unwrap_or(path);
    let Some(dot) = tail.iter().rposition(|byte| *byte == b'.') else { return Traits::default() };
    let mut ending = [0_u8; 5];
    let rest = tail.get(dot + 1..).unwrap_or_default();
    for (to, from) in ending.iter_mut().zip(rest) {
        *to = from.to_ascii_lowercase();
    }
    match ending.get(..rest.len()).unwrap_or_default() {
        b"css" | b"js" | b"mjs" | b"map" | b"png" | b"jpg" | b"jpeg" | b"gif" | b"ico" | b"svg"
        | b"webp" | b"avif" | b"bmp" | b"woff" | b"woff2" | b"ttf" | b"otf" | b"eot" | b"mp3"
        | b"mp4" | b"webm" | b"swf" => Traits::ASSET,
        b"php" | b"jsp" | b"asp" | b"aspx" | b"jspx" | b"ashx" | b"asmx" | b"phtml" | b"cgi"
        | b"pl" | b"cfm" | b"phar" => Traits::SCRIPT,
        _ => Traits::default(),
    }
}

/// Crawlers call themselves `compatible` or by a name of their own. Programs such as `curl` say
/// nothing about what they are used for.
pub(super) fn says_it_fetches(agent: &[u8]) -> bool {
    if agent.starts_with(b"Mozilla/") {
        COMPATIBLE.find(agent).is_some() && memmem::find(agent, b" MSIE ").is_none()
    } else {
        has_word(agent.get(..agent.len().min(80)).unwrap_or(agent), FETCHERS)
    }
}

fn has_word(path: &[u8], words: &[&[u8]]) -> bool {
    let holds = |word: &&[u8]| path.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    words.iter().any(holds)
}

/// Applications that send everything to one path, once somebody is in: a browser says from where.
pub(super) fn is_workplace(path: &[u8]) -> bool {
    path.ends_with(b"/phpmyadmin/index.php") || path.ends_with(b"/administrator/index.php")
}

/// `?mod=logging&action=login`, `?_task=login`: a form that its query names.
pub(super) fn query_logs_in(query: &[u8]) -> bool {
    memmem::find_iter(query, b"=login").any(|at| matches!(query.get(at + 6), None | Some(b'&')))
}

/// OAuth answers 400 to a password that is wrong (RFC 6749, section 5.2), and 200 to programs that renew
/// theirs all day.
pub(super) fn is_refused_token(path: &[u8], status: u16) -> bool {
    status == 400 && (path.ends_with(b"/oauth/token") || path.ends_with(b"/connect/token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_take_a_password() {
        for path in [
            "/users/sign_in",
            "/j_spring_security_check",
            "/remote/logincheck",
            "/adfs/ls/",
            "/wp-login.php",
            "/administrator/index.php",
        ] {
            assert!(of_path(path.as_bytes()).0.has(Traits::LOGIN), "{path}");
        }
        for path in ["/api/check", "/login/captcha", "/index.php", "/adfs/lsx", "/oauth/token"] {
            assert!(!of_path(path.as_bytes()).0.has(Traits::LOGIN), "{path}");
        }
        assert!(
            query_logs_in(b"mod=logging&action=login&inajax=1") && query_logs_in(b"_task=login")
        );
        assert!(!query_logs_in(b"a=login_history&login=1"));
        assert!(is_refused_token(b"/oauth/token", 400) && !is_refused_token(b"/oauth/token", 200));
    }

    #[test]
    fn paths_that_say_whether_a_service_lives() {
        let checks = |path: &str, referer| {
            of(of_path(path.as_bytes()).0, b"GET", referer, false).has(Traits::CHECK)
        };
        assert!(checks("/health", false) && checks("/a/Healthz/", false) && checks("/ping", false));
        assert!(!checks("/health/topics", false) && !checks("/shipping", false));
        assert!(!checks("/health", true) && !checks("/index.php/ping", false));
    }

    #[test]
    fn what_applications_call_is_no_page_and_takes_no_password() {
        let calls = |method: &str, path: &str| {
            of(of_path(path.as_bytes()).0, method.as_bytes(), false, false).has(Traits::CALL)
        };
        assert!(calls("GET", "/api/v2/profile") && calls("GET", "/app/V1/orders"));
        assert!(!calls("POST", "/api/v2/orders") && !calls("GET", "/api/v2/login"));
        assert!(!calls("GET", "/apis") && !calls("GET", "/manager/html"));
    }

    #[test]
    fn crawlers_and_feed_readers_are_told_from_browsers_and_tools() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (Linux; Android 6.0.1) Chrome/1 Mobile Safari/537.36 (compatible; bingbot/2.0; +http://x)",
            "Tiny Tiny RSS/1.11 (http://tt-rss.org/)",
            "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
        ] {
            assert!(says_it_fetches(agent.as_bytes()), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)",
            "curl/8.5.0",
            "-",
        ] {
            assert!(!says_it_fetches(agent.as_bytes()), "{agent}");
        }
    }

    #[test]
    fn a_folder_is_probed_and_what_was_below_it_is_read() {
        let probes = |path: &str| of_path(path.as_bytes()).0.has(Traits::PROBE);
        assert!(probes("/old") && probes("/old/") && probes("/site/Private/"));
        assert!(!probes("/old/236.html") && !probes("/older-posts/") && !probes("/private-beach"));
        assert!(probes("/old/.env") && probes("/admin/login"));
    }

    #[test]
    fn programs_are_known_by_their_endings() {
        for path in ["/a.php", "/up/X.JSPX", "/cgi-bin/a.pl"] {
            assert!(by_ending(path.as_bytes()).has(Traits::SCRIPT), "{path}");
        }
        for path in ["/", "/php", "/a.php/", "/a.html", "/sitemap.xml", ""] {
            assert!(!by_ending(path.as_bytes()).has(Traits::SCRIPT), "{path}");
        }
    }

    #[test]
    fn parts_of_pages_are_known_by_their_endings() {
        for path in ["/a.css", "/img/x.JPEG", "/f/icon.woff2"] {
            assert!(by_ending(path.as_bytes()).has(Traits::ASSET), "{path}");
        }
        for path in ["/", "/a.css/", "/download.php", "/x.css.bak", ""] {
            assert!(!by_ending(path.as_bytes()).has(Traits::ASSET), "{path}");
        }
    }
}
