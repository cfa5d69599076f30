//! Forms of attacks by their grammar: any call, any number, any host.

use super::*;

#[test]
fn a_number_goes_on_as_a_condition() {
    fires(
        Kind::Sqli,
        &[
            "8 or 12-3=9",
            "4 and 3*3=9",
            "2 xor a=a",
            "6 or null is null",
            "3 or 2<58 -- a",
            "9 || 2 sounds like 2",
            "1 an/**/d 4=4",
            "2 oror 9=9",
            "' ununionion seselectlect 1,2",
            "1; show databases",
            "3; describe orders",
            "2; rename table a to b",
            "'))#",
        ],
    );
    quiet(&[
        "3 or 4 people",
        "5 and 6 are primes",
        "1 or 2 - which one",
        "mama and papa",
        "it's #1",
    ]);
}

#[test]
fn any_call_of_a_page_that_leaves_an_expression_fires() {
    fires(
        Kind::Xss,
        &[
            "'-opener.location='//h.example'-'",
            "\")?sessionStorage.clear():\")",
            "*/,navigator.vibrate(9),*/",
            "1;Array.prototype.map=confirm//",
            "'+await fetch('/a')+'",
        ],
    );
    quiet(&["- history of art -", "(location)", "+ parent (1) +", "'top 10'"]);
}

#[test]
fn code_of_scripting_hosts_fires() {
    fires(
        Kind::Code,
        &[
            "CreateObject(\"Scripting.Dictionary\")",
            "Response.Write(12*12)",
            "System.IO.File.Copy(\"a\",\"b\")",
            "''.GetType().Assembly.GetType('a')",
            "Assembly.LoadFile(\"c:\\a.dll\")",
            "'ver'.execute().text",
            "new ActiveXObject('ADODB.Stream')",
        ],
    );
    quiet(&["system.io is a namespace", "how to use Response.Write in asp", "process started"]);
}

#[test]
fn schemas_are_asked_for_in_every_envelope() {
    fires(
        Kind::Protocol,
        &[
            "{\"query\":\"query I { __schema { types { name } } }\"}",
            "{ a : __schema { types { name } } }",
            "query { __type(name: \"Order\") { name } }",
            "a\r\nHost: inner.example",
            "a\r\nSET k v\r\n",
            "a\r\nset k 0 0 4\r\nabcd",
            "a HTTP/1.1\r\nHost: h.example",
        ],
    );
    quiet(&[
        "query { order(id: 3) { __typename } }",
        "Evening\r\nHost: Anna",
        "a\r\nset the table",
    ]);
}

#[test]
fn addresses_that_are_read_in_two_ways_fire() {
    fires(
        Kind::Ssrf,
        &[
            "https:h.example",
            "////h.example/a",
            "/\\/h.example",
            "https://shop.example@h.example/",
            "http://10.1.2.3:2375/info",
            "http://192.0.0.192/latest/",
        ],
    );
    quiet(&[
        "https://jane.doe@git.example/a.git",
        "https://h.example/@user",
        "mail@h.example",
        "http://10.1.2.3:8080/a",
        "//cdn.h.example/a.css",
    ]);
    let of = |name: &str, value: &str| {
        let target = format!("/a?{name}={value}");
        hits(&Request { method: b"GET", target: target.as_bytes(), ..Request::default() })
            .iter()
            .any(|hit| hit.kind == Kind::Traversal && hit.score >= THRESHOLD)
    };
    for value in
        ["http://h.example/a.txt", "https%3A%2F%2Fh.example%2Fb.inc", "ftp://h.example/c.txt"]
    {
        assert!(of("page", value), "{value}");
        assert!(!of("homepage", value), "{value}");
    }
    assert!(!of("page", "http://h.example/a.html"));
}
