use super::{Ask, Client, Week};

impl Week {
    /// What one person does on the site.
    pub(super) fn visit(&mut self) {
        let client = self.person();
        let second = self.moment();
        match self.draw.below(20) {
            0 | 1 => self.log_in(second, &client),
            2 => self.bookmark(second, &client),
            _ => self.read(second, &client),
        }
    }

    fn number(&mut self, target: &str) -> String {
        target.replace("{}", &(1 + self.draw.skewed(3_000)).to_string())
    }

    fn page(&mut self) -> String {
        let page = *self.draw.pick(self.site.pages);
        self.number(page)
    }

    /// A page's parts; what the browser keeps is asked about, not loaded.
    fn parts(&mut self, second: i64, client: &Client, page: &str) {
        let referer = format!("{}{page}", self.site.origin);
        let fresh = self.draw.below(3) > 0;
        for part in self.site.parts {
            let target = part.replace("{}", &(second / 86_400).to_string());
            let (status, bytes) =
                if fresh { (200, 2_000 + part.len() as u64 * 900) } else { (304, 0) };
            self.send(
                second,
                client,
                &Ask { method: "GET", target: &target, status, bytes, referer: &referer },
            );
        }
        if client.agent.contains("iPhone") && self.draw.below(4) == 0 && !self.site.parts.is_empty()
        {
            for icon in ["/apple-touch-icon-120x120-precomposed.png", "/apple-touch-icon.png"] {
                self.answer(second, client, ("GET", icon), 404, 153);
            }
        }
    }

    fn read(&mut self, mut second: i64, client: &Client) {
        let first = self.page();
        let from = *self.draw.pick(&[
            "-",
            "https://www.baidu.com/link?url=aQ3",
            "https://mp.weixin.qq.com/s/abc",
            "https://cn.bing.com/",
        ]);
        let from = if self.site.parts.is_empty() { self.site.origin } else { from };
        self.get(second, client, &first, from);
        self.parts(second, client, &first);
        let mut before = first;
        for _ in 0..self.draw.skewed(12) {
            second += self.pause(180);
            let page = if self.draw.below(6) == 0 { self.search() } else { self.page() };
            let referer = format!("{}{before}", self.site.origin);
            self.get(second, client, &page, &referer);
            before = page;
        }
    }

    fn search(&mut self) -> String {
        format!("{}{}", self.site.search, self.draw.pick(self.site.words))
    }

    /// An address of the old site.
    fn bookmark(&mut self, second: i64, client: &Client) {
        let gone = *self.draw.pick(self.site.gone);
        let target = self.number(gone);
        self.answer(second, client, ("GET", &target), 404, 1_153);
        self.get(second + 6, client, "/", "-");
        self.parts(second + 6, client, "/");
    }

    /// Logs in, sometimes at the third or fifth try, and works; now and then with a file.
    pub(super) fn log_in(&mut self, mut second: i64, client: &Client) {
        let login = self.site.login;
        if !self.site.parts.is_empty() {
            self.get(second, client, login, "-");
            self.parts(second, client, login);
        }
        let mistakes = if self.draw.below(4) == 0 { 1 + self.draw.skewed(5) } else { 0 };
        for _ in 0..mistakes {
            second += self.pause(20);
            let status = if self.site.logged_in == 302 { 200 } else { 401 };
            self.answer(second, client, ("POST", login), status, 1_843);
        }
        second += self.pause(20);
        self.answer(second, client, ("POST", login), self.site.logged_in, 512);
        for n in 0..2 + self.draw.skewed(12) {
            let inside = *self.draw.pick(self.site.inside);
            let target = self.number(inside);
            let referer = self.site.origin;
            self.get(second + 1, client, &target, referer);
            second += self.pause(120);
            if n == 1 && self.draw.below(5) == 0 {
                self.answer(second, client, ("POST", self.site.upload), 200, 96);
                let image = format!("/uploads/202603/{}.jpg", self.draw.below(1 << 30));
                self.get(second + 2, client, &image, referer);
            }
        }
    }

    /// A hundred people behind one address, at their desks at nine.
    pub(super) fn office(&mut self) {
        let address = self.person().address;
        for day in 0..5 {
            for _ in 0..100 {
                let client = Client { address, ..self.person() };
                let second = day * 86_400 + 9 * 3_600 - 600 + self.pause(3_000);
                if self.draw.below(2) == 0 {
                    self.log_in(second, &client);
                } else {
                    self.read(second, &client);
                }
            }
        }
    }

    /// Thursday, ten o'clock: the results are out. Everybody looks, and looks again.
    pub(super) fn rush(&mut self, people: u64) {
        let result = self.site.result;
        for _ in 0..people {
            let client = self.person();
            let mut second =
                3 * 86_400 + 10 * 3_600 - 120 + i64::try_from(self.draw.skewed(1_800)).unwrap_or(0);
            let target = self.number(result);
            if self.site.parts.is_empty() {
                self.answer(second, &client, ("POST", self.site.login), 200, 512);
                self.get(second + 1, &client, "/api/v1/home", self.site.origin);
                self.get(second + 1, &client, "/api/v1/config", self.site.origin);
            } else {
                self.get(second, &client, "/", "-");
                self.parts(second, &client, "/");
            }
            for _ in 0..1 + self.draw.skewed(14) {
                second += self.pause(25);
                let status = if self.draw.below(12) == 0 { 502 } else { 200 };
                let referer = self.site.origin;
                self.send(
                    second,
                    &client,
                    &Ask { method: "GET", target: &target, status, bytes: 1_420, referer },
                );
            }
        }
    }
}
