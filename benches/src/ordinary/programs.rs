use super::{Client, WEEK, Week};

const CRAWLERS: &[&str] = &[
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (compatible; YisouSpider/5.0; +http://www.yisou.com/help/webmaster/spider)",
];

impl Week {
    /// Everybody who is no person.
    pub(super) fn programs(&mut self) {
        for agent in CRAWLERS {
            let client = self.client(agent);
            let every = 40 + i64::try_from(self.draw.below(400)).unwrap_or(0);
            self.crawl(&client, every);
        }
        self.every(1_800, "Tiny Tiny RSS/1.11 (http://tt-rss.org/)", "/feed.xml", 200);
        // A reader that nobody maintains asks for a feed that moved years ago.
        self.every(3_600, "UniversalFeedParser/4.2 +http://feedparser.org/", "/rss/news.rss", 404);
        self.every(60, "uptime-check/1.4", "/", 200);
        self.every(300, "Zabbix", "/health", 200);
        self.every(3_600, "python-requests/2.31.0", "/open/api/weather?city=410100", 200);
        self.stale_token();
        self.link_check();
    }

    fn every(&mut self, seconds: i64, agent: &str, target: &str, status: u16) {
        let client = self.client(agent);
        for n in 0..WEEK / seconds {
            self.answer(n * seconds, &client, ("GET", target), status, 900);
        }
    }

    /// One page at a time, steadily; one in eight is of the old site.
    fn crawl(&mut self, client: &Client, every: i64) {
        let mut second = self.pause(3_600);
        while second < WEEK {
            match self.draw.below(64) {
                0 => self.answer(second, client, ("GET", "/robots.txt"), 200, 120),
                1..=8 => {
                    let gone = *self.draw.pick(self.site.gone);
                    let target = gone.replace("{}", &self.draw.below(9_000).to_string());
                    self.answer(second, client, ("GET", &target), 404, 1_153);
                }
                _ => {
                    let page = *self.draw.pick(self.site.pages);
                    let target = page.replace("{}", &self.draw.below(9_000).to_string());
                    self.get(second, client, &target, "-");
                }
            }
            second += 1 + i64::try_from(self.draw.below(every.unsigned_abs() * 2)).unwrap_or(0);
        }
    }

    /// A client of a partner whose token expired on Tuesday; it is renewed on Wednesday.
    fn stale_token(&mut self) {
        let client = self.client("okhttp/4.12.0");
        for n in 0..WEEK / 60 {
            let status = if (1_440..2_000).contains(&n) { 401 } else { 200 };
            self.answer(n * 60, &client, ("GET", "/open/api/v2/sync"), status, 210);
        }
    }

    /// The site's own check of links, at night: a page of each kind, and what is missing.
    fn link_check(&mut self) {
        let client = self.client("LinkChecker/10.2 (+https://linkchecker.github.io/linkchecker/)");
        for n in 0..600 {
            let page = *self.draw.pick(self.site.pages);
            let target = page.replace("{}", &n.to_string());
            let status = if n % 11 == 0 { 404 } else { 200 };
            self.answer(2 * 86_400 + 7_200 + n / 3, &client, ("HEAD", &target), status, 0);
        }
    }
}
