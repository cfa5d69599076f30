//! The texts in quotes of an access log's line.
//!
//! Apache escapes a quote that a client sent (`\"`), nginx writes it as `\x22`. Older Tomcat, gunicorn, Jetty and
//! Python's own servers write it as it came; there a text ends at the quote that what follows such a text stands behind.

/// The request line in quotes and what stands behind it, which begins with a status.
pub(super) fn request(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let status = |rest: &[u8]| {
        let digits = rest.strip_prefix(b" ").and_then(|rest| rest.get(..3));
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    until(bytes, status, status)
}

/// ` "referer" "agent"` and whatever a site appended.
pub(super) fn trailer(rest: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let before_agent = |rest: &[u8]| rest.is_empty() || rest.starts_with(b" \"");
    let referer = rest.strip_prefix(b" ").and_then(|text| until(text, ends, before_agent));
    let Some((referer, rest)) = referer else { return (&[], &[], rest) };
    match rest.strip_prefix(b" ").and_then(text) {
        Some((agent, rest)) => (referer, agent, rest),
        None => (referer, &[], rest),
    }
}

/// The quoted `$http_x_forwarded_for` that nginx' `main` format ends in.
pub(super) fn forwarded_for(extra: &[u8]) -> &[u8] {
    extra.strip_prefix(b" ").and_then(text).map_or(&b""[..], |(list, _)| list)
}

fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    until(bytes, ends, ends)
}

/// Whether a text may have ended before `rest`.
fn ends(rest: &[u8]) -> bool {
    matches!(rest.first(), None | Some(b' '))
}

/// A text in quotes up to the first quote that is not escaped. Unless that `fits` what is behind it, some quotes were
/// not escaped, and the text goes on to one that is `followed` by what should be.
fn until(
    bytes: &[u8],
    fits: impl Fn(&[u8]) -> bool,
    followed: impl Fn(&[u8]) -> bool,
) -> Option<(&[u8], &[u8])> {
    let escaped = escaping(bytes)?;
    if fits(escaped.1) {
        return Some(escaped);
    }
    let inner = bytes.get(1..)?;
    let mut ends = memchr::memchr_iter(b'"', inner)
        .filter_map(|at| Some((inner.get(..at)?, inner.get(at + 1..)?)));
    ends.find(|(_, rest)| followed(rest)).or(Some(escaped))
}

/// A text in quotes; a backslash keeps the quote after it inside.
fn escaping(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = bytes.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', inner.get(from..)?)?;
        let before = inner.get(..at)?;
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some((before, inner.get(at + 1..)?));
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(line: &str) -> (String, String) {
        let (request, rest) = request(line.as_bytes()).unwrap();
        (String::from_utf8_lossy(request).into_owned(), String::from_utf8_lossy(rest).into_owned())
    }

    #[test]
    fn quotes_that_a_server_does_not_escape_belong_to_the_request() {
        for request in [
            r#"GET /a HTTP/1.1"#,
            r#"GET /a?x=<?=f("a","b")?> HTTP/1.1"#,
            r#"GET /a?x=1" or "a"="a HTTP/1.1"#,
            r#"GET /a?x="" HTTP/1.1"#,
            r#"GET /a?x=\"b\\ HTTP/1.1"#,
        ] {
            let got = requests(&format!("\"{request}\" 200 5"));
            assert_eq!(got, (request.to_owned(), " 200 5".to_owned()));
        }
        assert_eq!(requests(r#""GET /a" - -"#), ("GET /a".to_owned(), " - -".to_owned()));
    }

    #[test]
    fn quotes_of_a_referer_and_an_agent_are_theirs() {
        let (referer, agent, rest) =
            trailer(br#" "http://a/?q="><script>f()</script>" "() { :;}; echo "x"" 0.01"#);
        assert_eq!(referer, br#"http://a/?q="><script>f()</script>"#);
        assert_eq!(agent, br#"() { :;}; echo "x""#);
        assert_eq!(rest, b" 0.01");
        assert_eq!(trailer(br#" "-" "a" "b""#), (&b"-"[..], &b"a"[..], &br#" "b""#[..]));
        assert_eq!(trailer(br#" "-""#), (&b"-"[..], &b""[..], &b""[..]));
        assert_eq!(trailer(br#" "-" 7 "a""#), (&b"-"[..], &b""[..], &br#" 7 "a""#[..]));
    }
}
