//! The encodings an attacker may hope a later component removes.

use std::fmt::Write;

/// One encoding of a whole text.
pub(crate) struct Layer {
    pub name: &'static str,
    pub encode: fn(&str) -> String,
    /// Whether it is tried over every other layer.
    pub nests: bool,
}

pub(crate) static LAYERS: &[Layer] = &[
    Layer { name: "as it is", encode: str::to_owned, nests: false },
    Layer { name: "percent", encode: percent, nests: true },
    Layer { name: "double percent", encode: |text| percent(&percent(text)), nests: false },
    Layer { name: "percent u", encode: |text| each(text, |c| format!("%u{c:04x}")), nests: false },
    Layer { name: "overlong UTF-8", encode: overlong, nests: false },
    Layer { name: "full width", encode: full_width, nests: false },
    Layer { name: "entities, named", encode: named, nests: false },
    Layer {
        name: "entities, decimal",
        encode: |text| each(text, |c| format!("&#{c};")),
        nests: true,
    },
    Layer {
        name: "entities, hexadecimal",
        encode: |text| each(text, |c| format!("&#x{c:x};")),
        nests: false,
    },
    Layer { name: "base64", encode: |text| base64(text, b"+/", true), nests: true },
    Layer {
        name: "base64, URL-safe, no padding",
        encode: |text| base64(text, b"-_", false),
        nests: false,
    },
    Layer {
        name: "unicode escapes",
        encode: |text| each(text, |c| format!("\\u{c:04x}")),
        nests: true,
    },
    Layer { name: "hexadecimal escapes", encode: hexadecimal, nests: false },
    Layer { name: "JSON in base64", encode: |text| base64(&json(text), b"+/", true), nests: false },
    Layer { name: "base64 in JSON", encode: |text| json(&base64(text, b"+/", true)), nests: false },
    Layer {
        name: "base64 in JSON in base64",
        encode: |text| base64(&json(&base64(text, b"+/", true)), b"+/", true),
        nests: false,
    },
    Layer { name: "claims of a token", encode: token, nests: false },
    Layer {
        name: "data address",
        encode: |text| format!("data:text/plain;base64,{}", base64(text, b"+/", true)),
        nests: false,
    },
];

/// Disguises that only one language has, with texts of their own.
pub(crate) struct Own {
    pub name: &'static str,
    pub attacks: &'static [&'static str],
    pub harmless: &'static [&'static str],
}

pub(crate) static OWN: &[Own] = &[
    Own {
        name: "case",
        attacks: &[
            "1' Or '1'='1' -- x",
            "<ScRiPt>alert(1)</sCrIpT>",
            "1 UnIoN SeLeCt 1,2",
            "JaVaScRiPt:alert(1)",
        ],
        harmless: &["SeLeCt a PlAn", "ScRiPt of a play", "UnIoN of workers"],
    },
    Own {
        name: "SQL comments",
        attacks: &[
            "1/**/union/**/select/**/1,2",
            "1'/**/or/**/'1'='1'/**/--/**/x",
            "1/*!50000union*/ select 2",
        ],
        harmless: &["a /* remark */ b", "1/2 or so", "5/**/6"],
    },
    Own {
        name: "SQL char() and hexadecimal",
        attacks: &[
            "1 union select char(113,120),0x7e",
            "1 and 1=concat(0x7e,version())",
            "char(113)||char(98)||char(99)",
        ],
        harmless: &["char(10) or varchar(10)", "0x1F is 31", "color 0xff00ff"],
    },
    Own {
        name: "concatenation",
        attacks: &[
            "'||'x'||(select 1 from dual)||'",
            "';top['al'+'ert'](1)//",
            ";c''at /e'tc'/passwd",
            ";c\\at /etc/passwd",
        ],
        harmless: &["'a' + 'b'", "it''s", "rock 'n' roll"],
    },
];

/// The text as a member of a document, beside another.
fn json(text: &str) -> String {
    serde_json::json!({"page": 1, "name": text}).to_string()
}

/// A signed token (RFC 7519) with the text as one of its claims.
fn token(text: &str) -> String {
    let part = |text: &str| base64(text, b"-_", false);
    let claims = serde_json::json!({"iat": 1_700_000_000, "sub": text}).to_string();
    format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(&claims))
}

fn each(text: &str, encode: impl Fn(u32) -> String) -> String {
    text.chars().map(|letter| encode(u32::from(letter))).collect()
}

pub(crate) fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

/// Each ASCII byte in two, as the old Unicode decoders accepted it; the rest as percent.
fn overlong(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = match byte {
            0..0x80 => write!(out, "%{:02x}%{:02x}", 0xC0 | byte >> 6, 0x80 | byte & 0x3F),
            _ => write!(out, "%{byte:02x}"),
        };
        out
    })
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|letter| match u32::from(letter) {
            code @ 0x21..=0x7E => char::from_u32(code + 0xFEE0).unwrap_or(letter),
            _ => letter,
        })
        .collect()
}

fn named(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '\'' => "&apos;".to_owned(),
            '"' => "&quot;".to_owned(),
            '(' => "&lpar;".to_owned(),
            ')' => "&rpar;".to_owned(),
            '/' => "&sol;".to_owned(),
            ';' => "&semi;".to_owned(),
            ':' => "&colon;".to_owned(),
            '.' => "&period;".to_owned(),
            '=' => "&equals;".to_owned(),
            '{' => "&lcub;".to_owned(),
            '}' => "&rcub;".to_owned(),
            '$' => "&dollar;".to_owned(),
            '&' => "&amp;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "\\x{byte:02x}");
        out
    })
}

fn base64(text: &str, last: &[u8; 2], padded: bool) -> String {
    let mut letters: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect();
    letters.extend_from_slice(last);
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            out.push(char::from(letters[bits >> (18 - 6 * place) & 63]));
        }
        if padded {
            out.push_str(&"=".repeat(3 - three.len()));
        }
    }
    out
}
