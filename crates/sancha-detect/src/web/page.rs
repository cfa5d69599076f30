//! Pages as editors save them: what tells a piece of markup that is written to be shown from a probe.

use super::scan::{at, contains, from, upto};

/// Elements that give a text its form and do nothing else.
const FORMING: [&[u8]; 51] = [
    b"a",
    b"article",
    b"b",
    b"blockquote",
    b"br",
    b"caption",
    b"code",
    b"col",
    b"colgroup",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"em",
    b"figcaption",
    b"figure",
    b"font",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"hr",
    b"i",
    b"img",
    b"li",
    b"nav",
    b"ol",
    b"p",
    b"pre",
    b"section",
    b"small",
    b"span",
    b"strong",
    b"sub",
    b"sup",
    b"table",
    b"tbody",
    b"td",
    b"th",
    b"thead",
    b"tr",
    b"ul",
    b"svg",
    b"path",
    b"g",
    b"circle",
    b"rect",
    b"polygon",
    b"template",
];

/// A probe opens one element or two; a text that has form has more.
const ELEMENTS: usize = 4;

/// Pages show what they are within this much.
const LIMIT: usize = 4096;

/// Whether a value is markup that gives a text its form: several such elements, one of them closed, and text.
pub(super) fn is_page(lower: &[u8]) -> bool {
    let lower = upto(lower, LIMIT);
    // A whole page, and a block of an editor that marks its blocks.
    let whole = lower.starts_with(b"<!doctype html") && contains(lower, b"</html>");
    if whole || lower.starts_with(b"<!-- wp:") && contains(lower, b"<!-- /wp:") {
        return true;
    }
    let (mut forming, mut closed) = (0_usize, false);
    for start in memchr::memchr_iter(b'<', lower) {
        let closing = at(lower, start + 1) == b'/';
        let rest = from(lower, start + 1 + usize::from(closing));
        let len = rest.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
        if !FORMING.contains(&upto(rest, len)) {
            continue;
        }
        closed |= closing && at(rest, len) == b'>';
        forming += 1;
        if forming >= ELEMENTS && closed {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_save_is_a_page_and_a_probe_is_none() {
        for page in [
            "<p>x</p><p>y</p>",
            "<table border=\"1\"><tbody><tr><td>a</td></tr></tbody></table>",
            "<ul><li>a</li><li>b",
            "<!doctype html><html><head><title>a</title></head><body>b</body></html>",
            "<!-- wp:html --><form action=\"/a\"></form><!-- /wp:html -->",
        ] {
            assert!(is_page(page.as_bytes()), "{page}");
        }
        for probe in
            ["<img src=x onerror=alert(1)>", "<a href=\"javascript:alert(1)\">x</a>", "a < b", ""]
        {
            assert!(!is_page(probe.as_bytes()), "{probe}");
        }
    }
}
