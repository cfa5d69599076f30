//! Formats that the user gives: a format string and a line in, cells out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_model::{Batch, EventTime, Fields, FormatId};
use sancha_normalize::{
    FileContext, Formats, Head, Scratch, TrustedProxies, formats::CustomAccess, normalize,
};

fn check(format: &str, line: &str, want: &str) {
    let formats = Formats::new(vec![Box::new(CustomAccess::compile(format).unwrap())]);
    let fields = Arc::new(Fields::new([]));
    let mut context = FileContext::new(TimeZone::UTC, EventTime::MAX, fields.clone());
    context.trusted_proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let mut batch = Batch::default();
    batch.raw = line.as_bytes().to_vec();
    normalize(&mut batch, &formats, FormatId(0), &context, &mut Scratch::new(&context));
    let event = batch.events().next().unwrap();
    let mut told = event.time().map_or_else(|| "no time".to_owned(), |time| time.to_string());
    for note in event.notes() {
        told += &format!(" !{}", note.kind.id());
    }
    for cell in event.cells() {
        let text = String::from_utf8_lossy(event.text(cell));
        told += &format!("\n{} = {text}", fields.name(cell.field));
    }
    assert_eq!(told, want.trim().lines().map(str::trim_start).collect::<Vec<_>>().join("\n"));
    if event.notes().is_empty() {
        let file = format!("{line}\n{line}\n");
        let head = Head::of(file.as_bytes(), "access.log");
        assert_eq!(formats.get(formats.detect(&head)).name(), "web/custom", "{format}");
    }
}

#[test]
fn nginx_formats() {
    check(
        "log_format main '$remote_addr - $remote_user [$time_local] \"$request\" '\n '$status $body_bytes_sent \"$http_x_forwarded_for\" $request_time ${upstream_addr}';",
        r#"10.0.0.1 - - [22/Oct/2026:03:14:15 +0800] "GET /a?b=\x22 HTTP/1.1" 200 5 "203.0.113.9, 10.0.0.7" 0.123 127.0.0.1:8080"#,
        r"2026-10-21T19:14:15Z
          http.request.method = GET
          url.original = /a?b=\x22
          url.path = /a
          url.query = b=\x22
          http.version = 1.1
          http.response.status_code = 200
          http.response.body.bytes = 5
          sancha.http.request_seconds = 0.123
          sancha.http.upstream = 127.0.0.1:8080
          source.ip = 203.0.113.9
          sancha.peer.ip = 10.0.0.1",
    );
    check(
        r#"{"t":"$time_iso8601","ip":"$remote_addr","peer":"$realip_remote_addr","uri":"$request_uri","ua":"$http_user_agent","s":$status}"#,
        r#"{"t":"2026-10-22T03:14:15+08:00","ip":"203.0.113.9","peer":"10.0.0.1","uri":"/\u0061?x=\"","ua":"a\\","s":404}"#,
        "2026-10-21T19:14:15Z
          url.original = /a?x=\"
          url.path = /a
          url.query = x=\"
          user_agent.original = a\\
          http.response.status_code = 404
          source.ip = 203.0.113.9
          sancha.peer.ip = 10.0.0.1",
    );
    check(
        "$msec|$remote_addr|$request_method $uri|$args|$status",
        "1792610055.250|203.0.113.9|GET /a|x=1|-",
        "2026-10-21T19:14:15.25Z
          http.request.method = GET
          url.path = /a
          url.original = /a
          url.query = x=1
          source.ip = 203.0.113.9",
    );
}

#[test]
fn a_request_is_told_once() {
    let want = r#"2026-10-21T19:14:15Z
          http.request.method = GET
          url.original = /a%20b?c=1
          url.path = /a%20b
          url.query = c=1
          http.version = 1.1
          http.response.status_code = 200
          source.ip = 203.0.113.9"#;
    check(
        r#"$remote_addr [$time_local] $uri $args "$request" $status"#,
        r#"203.0.113.9 [22/Oct/2026:03:14:15 +0800] /a b c=1 "GET /a%20b?c=1 HTTP/1.1" 200"#,
        want,
    );
    check(
        r#"$remote_addr [$time_local] $request_method $request_uri "$uri" $server_protocol $status"#,
        r#"203.0.113.9 [22/Oct/2026:03:14:15 +0800] GET /a%20b?c=1 "/a b" HTTP/1.1 200"#,
        want,
    );
}

#[test]
fn apache_formats() {
    check(
        r#"LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined"#,
        r#"shop.example.org:443 203.0.113.9 - admin [22/Oct/2026:03:14:15 +0800] "POST /x HTTP/1.0" 302 7 "-" "a \"b\"""#,
        r#"2026-10-21T19:14:15Z
          url.domain = shop.example.org
          user.name = admin
          http.request.method = POST
          url.original = /x
          url.path = /x
          http.version = 1.0
          http.response.status_code = 302
          http.response.body.bytes = 7
          user_agent.original = a \"b\"
          source.ip = 203.0.113.9"#,
    );
    check(
        "%a %{%Y-%m-%dT%H:%M:%S%z}t %m %U%q %H %s %D",
        "203.0.113.9 2026-10-22T03:14:15+0800 GET /a?b=1 HTTP/2.0 20x 15",
        "2026-10-21T19:14:15Z !bad_value
          http.request.method = GET
          url.original = /a?b=1
          url.path = /a
          url.query = b=1
          http.version = 2.0
          source.ip = 203.0.113.9",
    );
    check("%h %t", "what is this", "no time !not_this_format\nmessage = what is this");
}
