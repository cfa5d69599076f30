//! Mass assignment: a form of one's own account that brings along what only an administrator sets.

use super::super::scan::{
    at, contains_any, from, is_space, skip_space, split_once, starts_ignore_case, upto,
};
use super::super::value::Examiner;
use super::super::{Kind, Layers, Part, Request, decode};

/// Where people register or change their own account.
const OWN: [&[u8]; 12] = [
    b"register",
    b"signup",
    b"sign-up",
    b"sign_up",
    b"profile",
    b"/account",
    b"/me",
    b"/self",
    b"userinfo",
    b"/join",
    b"enroll",
    b"password",
];

/// Names under which applications keep what an account may do, without signs between their words.
const GRANTS: [&[u8]; 14] = [
    b"isadmin",
    b"admin",
    b"issuperuser",
    b"superuser",
    b"isstaff",
    b"isroot",
    b"role",
    b"roles",
    b"userrole",
    b"privilege",
    b"privileges",
    b"permissions",
    b"isadministrator",
    b"usertype",
];

/// Just an alert: a name and a value that grants, where nobody grants anything.
const SCORE: f32 = 0.5;

/// Bodies of accounts are short.
const LIMIT: usize = 16 * 1024;

pub(super) fn examine(request: &Request<'_>, examiner: &mut Examiner<'_>) {
    let method = request.method;
    let writes =
        [&b"POST"[..], b"PUT", b"PATCH"].iter().any(|known| method.eq_ignore_ascii_case(known));
    let body = upto(request.body, LIMIT).trim_ascii();
    if !writes || body.is_empty() || !is_own(request.target) {
        return;
    }
    let granted = match at(body, 0) {
        b'{' => in_document(body),
        _ if starts_ignore_case(request.content_type, b"multipart/") => None,
        _ => in_form(body),
    };
    if let Some(evidence) = granted {
        examiner.raise(Kind::AuthBypass, SCORE, Part::Body, evidence, Layers::default());
    }
}

fn is_own(target: &[u8]) -> bool {
    let path = split_once(target, b'?').0.to_ascii_lowercase();
    !contains_any(&path, &[b"admin", b"manage"]) && contains_any(&path, &OWN)
}

fn in_form(body: &[u8]) -> Option<&[u8]> {
    let mut plain = Vec::new();
    body.split(|b| *b == b'&').find(|pair| {
        let (name, value) = split_once(pair, b'=');
        decode::first_round(name, true, &mut plain);
        // `user[role]`: the last name counts.
        let inner = plain.strip_suffix(b"]").unwrap_or(&plain);
        let last = inner.rsplit(|b| matches!(b, b'[' | b'.')).next().unwrap_or(inner);
        grants(last) && gives(value)
    })
}

/// A member of a document, at any depth: its name in quotes, a colon, and a value.
fn in_document(body: &[u8]) -> Option<&[u8]> {
    let mut rest = body;
    while let Some(open) = memchr::memchr(b'"', rest) {
        let inner = from(rest, open + 1);
        let end = memchr::memchr(b'"', inner)?;
        let colon = skip_space(inner, end + 1);
        if at(inner, colon) == b':' && grants(upto(inner, end)) {
            let value = from(inner, colon + 1);
            let value = from(
                value,
                value.iter().take_while(|b| is_space(**b) || matches!(b, b'[' | b'"')).count(),
            );
            let len = value
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
                .count();
            if gives(upto(value, len)) {
                return Some(from(rest, open));
            }
        }
        rest = from(inner, end + 1);
    }
    None
}

fn grants(name: &[u8]) -> bool {
    if name.len() > 24 {
        return false;
    }
    let plain: Vec<u8> =
        name.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    GRANTS.contains(&plain.as_slice())
}

fn gives(value: &[u8]) -> bool {
    const VALUES: [&[u8]; 12] = [
        b"true",
        b"1",
        b"yes",
        b"on",
        b"admin",
        b"administrator",
        b"root",
        b"superuser",
        b"superadmin",
        b"super_admin",
        b"staff",
        b"role_admin",
    ];
    VALUES.iter().any(|known| value.eq_ignore_ascii_case(known))
}
