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
fn a_text_that_is_closed_and_opened_again_around_an_operator_fires() {
    fires(
        Kind::Sqli,
        &[
            "k7'+'q",
            "w' <=> 'z",
            "w'^!'z",
            "3'*size-7-'2",
            "zz' is 0 or '4",
            "zz' / (5) / '1",
            "w' sounds like 'z",
            "q'*\\N rlike '0",
        ],
    );
    quiet(&[
        "6' - 4",
        "3/4\" - 1/2\"",
        "rock 'n' roll",
        "up' - down - 'left",
        "f'(x)+g'(x)",
        "\"*\"",
        "it's 5 - isn't it",
        "\"/api/v1/\"",
        "'%abc%'",
        "\"<br>\"",
        "name\"=\"value",
        "rock'&'roll",
    ]);
}

#[test]
fn statements_of_several_dialects_fire() {
    fires(
        Kind::Sqli,
        &[
            "4#\nor#x*/*y\n7=7",
            "0 div 2 union#q\r\nselect#r*/*s\r\n4,5,current_user",
            "3; load xml local infile 'a'",
            "3; delete low_priority from t9",
            "5'; while 2=2 shutdown-- ",
            "' or match title against ('+a' in boolean mode); -- ",
            "21,34 order by 9",
            "6 || name is not null",
            "6 and 7 not like 8",
            "admin'; # a",
            "x 'or' 1=1 -- ",
            "x 'and(sleep(5))and'",
            "'goto l declare @q l: declare @q char(9);set @q = 0x41",
        ],
    );
    quiet(&[
        "christmas stocking \"not\" stuffer",
        "search \"and\" in titles",
        "goto label",
        "; while loops in shell",
        "1,2 and 3",
        "1 and x is not null",
        "' or match the colour against (blue)",
        "# heading\n## second\nselect a seat",
        "load data from the file",
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
