//! Words that everybody uses for a failed login, for daemons that no list knows. Read only where the
//! line has one remote address, and nothing in it says that all went well.

use super::{
    Saying, Tells,
    pattern::{self, Host},
};

const fn hint(reason: &'static str, text: &'static str) -> Saying {
    Saying::new(Tells::Hint, reason, text)
}

pub(super) static SAYINGS: &[Saying] = &[
    hint("password", "authentication fail"),
    hint("password", "authentication error"),
    hint("password", "authentication unsuccessful"),
    hint("password", "authentication attempt by"),
    hint("password", "authentication denied"),
    hint("password", "auth failed"),
    hint("password", "auth failure"),
    hint("password", "auth-failure"),
    hint("password", "auth error"),
    hint("password", "auth-error"),
    hint("password", "authfail"),
    hint("password", "auth_failed"),
    hint("password", "failed authentication"),
    hint("password", "failed authorization"),
    hint("password", "failed to authenticate"),
    hint("password", "not authenticated"),
    hint("password", "could not authenticate"),
    hint("password", "unauthenticated"),
    hint("password", "failed login"),
    hint("password", "failed to login"),
    hint("password", "failed to log in"),
    hint("password", "failed logon"),
    hint("password", "login failed"),
    hint("password", "login failure"),
    hint("password", "login fail"),
    hint("password", "login_failed"),
    hint("password", "login error"),
    hint("password", "login_error"),
    hint("password", "login denied"),
    hint("password", "login incorrect"),
    hint("password", "login rejected"),
    hint("password", "login attempt failed"),
    hint("password", "login unsuccessful"),
    hint("password", "unsuccessful login"),
    hint("password", "logon failure"),
    hint("password", "logon failed"),
    hint("password", "logon denied"),
    hint("password", "logondenied"),
    hint("password", "sign in failed"),
    hint("password", "sign-in failed"),
    hint("password", "failed sign-in"),
    hint("password", "failed to sign in"),
    hint("password", "login-fail"),
    hint("password", "badlogin"),
    hint("password", "bad login"),
    hint("password", "invalid login"),
    hint("password", "illegal login"),
    hint("password", "invalid password"),
    hint("password", "wrong password"),
    hint("password", "incorrect password"),
    hint("password", "bad password"),
    hint("password", "password incorrect"),
    hint("password", "password mismatch"),
    hint("password", "password doesn't match"),
    hint("password", "password is incorrect"),
    hint("password", "failed password"),
    hint("password", "invalid credential"),
    hint("password", "bad credential"),
    hint("password", "wrong credential"),
    hint("password", "incorrect credential"),
    hint("password", "user credentials"),
    hint("password", "username or password"),
    hint("password", "user name or password"),
    hint("password", "username/password"),
    hint("password", "invalid username"),
    hint("password", "incorrect username"),
    hint("password", "wrong username"),
    hint("password", "invalid token"),
    hint("password", "invalid api key"),
    hint("password", "invalid totp"),
    hint("invalid_user", "invalid user"),
    hint("invalid_user", "unknown user"),
    hint("invalid_user", "unknown username"),
    hint("invalid_user", "no such user"),
    hint("invalid_user", "nonexistent user"),
    hint("invalid_user", "non-existent user"),
    hint("invalid_user", "user not found"),
    hint("invalid_user", "user unknown"),
    hint("password", "invalid_password"),
    hint("password", "access denied for user"),
    hint("password", "attempted to login"),
    hint("password", "登录失败"),
    hint("password", "登陆失败"),
    hint("password", "密码错误"),
    hint("password", "口令错误"),
    hint("password", "认证失败"),
    hint("password", "鉴权失败"),
    hint("password", "用户名或密码"),
];

/// Words that turn a hint into its opposite, or into a report about many.
const DENIALS: [&[u8]; 16] = [
    b"accepted",
    b"logged in",
    b"no failed",
    b" 0 failed",
    b"connection refused",
    b"connection reset",
    b"timed out",
    b"timeout",
    b"unable to connect",
    b"could not connect",
    b"upstream",
    b"unban",
    b" ban ",
    b"[sshd]",
    b"retrying",
    b"will retry",
];

pub(super) fn is_denied(message: &[u8]) -> bool {
    succeeded(message) || DENIALS.iter().any(|word| pattern::position(message, word).is_some())
}

/// `succeeded`, `success`, and not `unsuccessful`.
fn succeeded(mut message: &[u8]) -> bool {
    while let Some(at) = pattern::position(message, b"succe") {
        let before = message.get(at.saturating_sub(2)..at).unwrap_or(&[]);
        if !before.eq_ignore_ascii_case(b"un") {
            return true;
        }
        message = message.get(at + 1..).unwrap_or(&[]);
    }
    false
}

/// What stands before a remote address, the surest first.
const NAMED: [&str; 28] = [
    "rip",
    "rhost",
    "remote_ip",
    "remote_addr",
    "remote_address",
    "remoteaddress",
    "remoteaddr",
    "remoteip",
    "remip",
    "client_ip",
    "clientip",
    "client_addr",
    "ipaddress",
    "ip_address",
    "ip-address",
    "visitor_ip",
    "source_ip",
    "sourceip",
    "sourceipaddress",
    "src_ip",
    "srcip",
    "client",
    "peer",
    "remote",
    "from",
    "ip",
    "src",
    "attacker",
];

/// What stands before an address of the server itself.
const OURS: [&str; 15] = [
    "lip",
    "laddr",
    "local",
    "localaddress",
    "to",
    "server",
    "dst",
    "dest",
    "listen",
    "upstream",
    "on",
    "at",
    "bind",
    "nas",
    "dstip",
];

/// The one remote address of a line: the one that is named so, else the only one.
pub(super) fn remote(message: &[u8]) -> Option<Host<'_>> {
    let mut best: Option<(usize, Host<'_>)> = None;
    let mut unnamed: Option<Host<'_>> = None;
    let mut several = false;
    for (place, host) in addresses(message) {
        let before = word_before(message.get(..place).unwrap_or(&[]));
        if OURS.iter().any(|word| before.eq_ignore_ascii_case(word.as_bytes())) {
            continue;
        }
        let named = NAMED.iter().position(|word| before.eq_ignore_ascii_case(word.as_bytes()));
        match named {
            // Later ones of the same name win: what the client sends comes first.
            Some(rank) if best.is_none_or(|(known, _)| rank <= known) => best = Some((rank, host)),
            Some(_) => (),
            None => {
                several |= unnamed.is_some_and(|known| known.address != host.address);
                unnamed = Some(host);
            }
        }
    }
    best.map(|(_, host)| host).or_else(|| unnamed.filter(|_| !several))
}

/// Addresses of a line and where they begin. Numbers with dots that are versions have no four parts.
fn addresses(message: &[u8]) -> impl Iterator<Item = (usize, Host<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(rest) = message.get(at..).filter(|rest| !rest.is_empty()) {
            let skip = rest.iter().position(|byte| byte.is_ascii_hexdigit() || *byte == b':')?;
            // A colon before IPv4 ends what stands before it: `IP:203.0.113.9`.
            let is_mark =
                matches!(rest.get(skip..), Some([b':', digit, ..]) if digit.is_ascii_digit());
            let start = at + skip + usize::from(is_mark);
            let run = message.get(start..).unwrap_or(&[]);
            let end = run.iter().position(|byte| !is_part(*byte)).unwrap_or(run.len());
            at = start + end.max(1);
            let alone = start.checked_sub(1).and_then(|before| message.get(before));
            if alone.is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
            }) {
                continue;
            }
            let word = run.get(..end).unwrap_or(&[]);
            // A time of day is no address: `::` or six colons make one.
            let long = word.contains(&b'.')
                || memchr::memmem::find(word, b"::").is_some()
                || word.iter().filter(|byte| **byte == b':').count() >= 7;
            if let Some((host, _)) = pattern::host(run, false).filter(|_| long && word.len() >= 3)
                && host.address.is_some_and(|address| !address.is_unspecified())
            {
                return Some((start, host));
            }
        }
        None
    })
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'%')
}

/// The word before an address, without the marks between them: `"remote_addr":"`, `IP: `, `from [`.
fn word_before(text: &[u8]) -> &[u8] {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let text = text.get(text.len().saturating_sub(40)..).unwrap_or(text);
    let end = text.iter().rposition(is_word).map_or(0, |at| at + 1);
    let gap = text.len() - end;
    let start = text.get(..end).and_then(|text| text.iter().rposition(|byte| !is_word(byte)));
    let word = text.get(start.map_or(0, |at| at + 1)..end).unwrap_or(&[]);
    if gap <= 4 { word } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, want: Option<&str>) {
        let got = remote(message.as_bytes()).and_then(|host| host.address);
        assert_eq!(got, want.map(|text| text.parse().unwrap()), "{message}");
    }

    #[test]
    fn the_remote_address_is_the_one_that_is_called_so() {
        check("login failed for x from 203.0.113.9", Some("203.0.113.9"));
        check("login failed: rip=203.0.113.9, lip=192.0.2.1", Some("203.0.113.9"));
        check("\"remote_addr\":\"203.0.113.9:52\" \"server\":\"192.0.2.1\"", Some("203.0.113.9"));
        check("user 192.0.2.7 ip=[2001:db8::1]:80", Some("2001:db8::1"));
        check("login failed 203.0.113.9", Some("203.0.113.9"));
        check("密码错误,帐号:admin,登录IP:203.0.113.9:5532", Some("203.0.113.9"));
        check("login failed for x, ip ::1", Some("::1"));
        check("203.0.113.9 -> 192.0.2.1 login failed", None);
        check("12:30:45 version 1.2.3 failed", None);
        check("bound to 192.0.2.1, failed", None);
    }
}
