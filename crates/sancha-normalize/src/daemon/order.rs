//! Which sentence is found for what each of them says.

use super::{
    SAYINGS, Saying, Tells, contains, hint,
    pattern::{Part, Search, next_mark},
};

/// The sentence with its marks filled as its daemon would.
fn said(saying: &Saying) -> String {
    let mut filled = String::new();
    let mut rest = saying.text.trim_start_matches('^');
    while let Some((before, mark, after)) = next_mark(rest) {
        filled.push_str(before);
        filled.push_str(match mark {
            Part::Source { port: false } => "203.0.113.9",
            Part::Source { port: true } => "203.0.113.9:4022",
            Part::User { .. } => "bob",
            Part::Count => "3",
            Part::Connection => "7",
            // Behind an address it would go on with it.
            Part::Any if filled.ends_with('9') => ", some ",
            Part::Any | Part::Last => "some",
            Part::Literal(_) => "",
        });
        rest = after;
    }
    filled.push_str(rest);
    let needs_source = matches!(saying.tells, Tells::Hint | Tells::Refusal);
    if needs_source && !filled.contains("203.0.113.9") {
        filled.push_str(", ip 203.0.113.9");
    }
    filled
}

/// The sentence that a message of this program is read by.
fn found(program: &[u8], message: &[u8]) -> Option<&'static Saying> {
    let mut search = Search::of_message();
    SAYINGS.gate.wake(message).places().find_map(|place| {
        let saying = SAYINGS.list[usize::from(place)];
        let found = SAYINGS.gate.pattern(place)?.find(message, &mut search)?;
        let is_remote = found.source.is_some() || hint::remote(message).is_some();
        let is_read = contains(program, saying.by.as_bytes())
            && (is_remote || !matches!(saying.tells, Tells::Hint | Tells::Refusal))
            && !(saying.tells == Tells::Hint && hint::is_denied(message));
        is_read.then_some(saying)
    })
}

#[test]
fn every_sentence_is_found_for_what_it_says() {
    let mut others = Vec::new();
    for saying in &SAYINGS.list {
        let said = said(saying);
        let got = found(saying.by.as_bytes(), said.as_bytes());
        let is_same = got.is_some_and(|got| {
            // Hints tell no more than that.
            let is_hint = saying.tells == Tells::Hint && got.tells == Tells::Hint;
            got.text == saying.text || is_hint && got.reason == saying.reason
        });
        if !is_same {
            others.push((saying.text, got.map(|got| got.text)));
        }
    }
    assert_eq!(others, []);
}

#[test]
fn what_says_more_is_tried_before_what_is_part_of_it() {
    for (program, message, want) in [
        (
            "openvpn",
            "TLS Error: incoming packet authentication failed from [AF_INET]203.0.113.9:1194",
            "TLS Error: incoming packet authentication failed from {src}",
        ),
        ("x", "Failed login for 'bob' from 203.0.113.9", "Failed login for '{user}' from {src}"),
        (
            "x",
            "User 'bob' authentication failed from 203.0.113.9",
            "User '{user}' authentication failed from {src}",
        ),
        ("znc", "[bob] failed to login from 203.0.113.9", "[{word}] failed to login from {src}"),
        ("x", "x: authentication failed from 203.0.113.9", "Authentication failed from {src}"),
        ("x", "Unsuccessful login by bob, ip 203.0.113.9", "unsuccessful login"),
    ] {
        let got = found(program.as_bytes(), message.as_bytes());
        assert_eq!(got.map(|got| got.text), Some(want), "{message}");
    }
    let succeeded = b"login failed twice, then Unsuccessful, then success, ip 203.0.113.9";
    assert!(found(b"x", succeeded).is_none());
}
