//! The places of a request a value can travel in, each escaped as that place needs.

use sancha_detect::web::Request;

use crate::layers::percent;

/// A place in the request.
pub(crate) struct Transport {
    pub name: &'static str,
    pub send: fn(&str) -> Sent,
}

pub(crate) static TRANSPORTS: &[Transport] = &[
    Transport { name: "query", send: |text| Sent::get(&format!("/a?q={}", percent(text))) },
    Transport { name: "path", send: |text| Sent::get(&format!("/a/{}", percent(text))) },
    Transport { name: "header", send: |text| Sent { header: text.to_owned(), ..Sent::get("/") } },
    Transport {
        name: "cookie",
        send: |text| Sent { cookie: format!("s=1; c={}", percent(text)), ..Sent::get("/") },
    },
    Transport {
        name: "form",
        send: |text| {
            Sent::post("application/x-www-form-urlencoded", format!("a=1&q={}", percent(text)))
        },
    },
    Transport { name: "multipart", send: multipart },
    Transport {
        name: "JSON",
        send: |text| Sent::post("application/json", format!("{{\"a\":1,\"q\":{}}}", quoted(text))),
    },
    Transport {
        name: "XML",
        send: |text| {
            Sent::post(
                "text/xml",
                format!("<?xml version=\"1.0\"?><a><q>{}</q></a>", escaped(text)),
            )
        },
    },
    Transport {
        name: "GraphQL",
        send: |text| {
            Sent::post(
                "application/json",
                format!(
                    "{{\"query\":{}}}",
                    quoted(&format!("{{user(name:{}){{id}}}}", quoted(text)))
                ),
            )
        },
    },
];

/// A request that owns its parts.
#[derive(Default)]
pub(crate) struct Sent {
    method: &'static str,
    target: String,
    header: String,
    cookie: String,
    content_type: &'static str,
    body: String,
}

impl Sent {
    fn get(target: &str) -> Sent {
        Sent { method: "GET", target: target.to_owned(), ..Sent::default() }
    }

    fn post(content_type: &'static str, body: String) -> Sent {
        Sent { method: "POST", target: "/a".to_owned(), content_type, body, ..Sent::default() }
    }

    pub(crate) fn with_request(&self, act: impl FnOnce(&Request<'_>)) {
        let mut headers: Vec<(&[u8], &[u8])> = Vec::new();
        for (name, value) in [
            ("X-Note", self.header.as_str()),
            ("Cookie", &self.cookie),
            ("Content-Type", self.content_type),
        ] {
            if !value.is_empty() {
                headers.push((name.as_bytes(), value.as_bytes()));
            }
        }
        act(&Request {
            method: self.method.as_bytes(),
            target: self.target.as_bytes(),
            cookie: self.cookie.as_bytes(),
            headers: &headers,
            content_type: self.content_type.as_bytes(),
            body: self.body.as_bytes(),
            user_agent: b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            status: 200,
            ..Request::default()
        });
    }
}

fn multipart(text: &str) -> Sent {
    let body = format!(
        "--xyzzy\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n{text}\r\n--xyzzy--\r\n"
    );
    Sent::post("multipart/form-data; boundary=xyzzy", body)
}

/// A string of JSON, and of GraphQL, which has the same escapes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
