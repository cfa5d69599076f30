use crate::draw::Draw;

/// Agents of people, from the most common; `{}` is a number of a version.
const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_{}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:{}.0) Gecko/20100101 Firefox/{}.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 1{}; SM-G9{}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.{}; WOW64; Trident/6.0)",
    "Opera/9.80 (Windows NT 5.{}; U; ru) Presto/2.{}.{} Version/12.{}",
];
const CRAWLERS: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) Version/6.0 Mobile/10A5376e Safari/8536.25 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "msnbot/2.0b (+http://search.msn.com/msnbot.htm)",
];
const READERS: &[&str] = &[
    "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/",
    "Tiny Tiny RSS/1.11 (http://tt-rss.org/)",
    "Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 16 subscribers; feed-id=3389821348893992437)",
];
const SCANNERS: &[&str] = &[
    "-",
    "Mozilla/5.0 zgrab/0.x",
    "python-requests/2.31.0",
    "sqlmap/1.7#stable (https://sqlmap.org)",
];

/// Different agents of people.
const COUNT: u64 = 700;

pub(super) struct Agents(Vec<String>);

impl Agents {
    pub(super) fn new(draw: &mut Draw) -> Self {
        Self((0..COUNT).map(|_| browser(draw)).collect())
    }

    pub(super) fn person(&self, draw: &mut Draw) -> &str {
        let place = usize::try_from(draw.skewed(self.0.len() as u64)).unwrap_or(0);
        &self.0[place]
    }
}

pub(super) fn crawler(draw: &mut Draw) -> &'static str {
    draw.pick::<&str>(CRAWLERS)
}

pub(super) fn reader(draw: &mut Draw) -> &'static str {
    draw.pick::<&str>(READERS)
}

pub(super) fn scanner(draw: &mut Draw) -> &'static str {
    draw.pick::<&str>(SCANNERS)
}

fn browser(draw: &mut Draw) -> String {
    let shape: &str = BROWSERS[usize::try_from(draw.skewed(BROWSERS.len() as u64)).unwrap_or(0)];
    let mut agent = String::new();
    let mut version = 0;
    for (place, piece) in shape.split("{}").enumerate() {
        if place > 0 {
            // Both of Firefox's are the same; of others the number behind is longer.
            let is_again = piece.is_empty() && shape.contains("rv:");
            version = match place {
                _ if is_again || shape.contains("rv:") && version > 0 => version,
                1 | 2 => 1 + draw.skewed(120),
                _ => 100 + draw.below(1_900),
            };
            agent += &version.to_string();
        }
        agent += piece;
    }
    agent
}
