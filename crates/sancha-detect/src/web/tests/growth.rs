//! Work grows with the length of a value and not with its square, whatever the value is made of.
//!
//! Work is what the small readers of `scan` look at: each byte they are asked for, and what a search passes. What goes
//! through a text by iterators alone is not counted; the example `web_growth` measures all of it, in time.

use super::*;
use crate::web::scan::steps;

include!("growth/tokens.rs");

/// A value and one four times as long; limits of a few thousand bytes are passed by both.
const LENGTHS: [usize; 2] = [6 * 1024, 24 * 1024];

/// Four times as much and half of it again, for what starts to count in the longer value only.
const GROWTH: usize = 6;

/// What a short piece may cost for each byte, whatever it is.
const LEAST_STEPS: usize = 64;

#[test]
fn repeated_pieces_take_steps_as_long_as_they_are() {
    let mut grown = Vec::new();
    for token in TOKENS {
        let [short, long] = LENGTHS.map(|length| steps_of(&token.repeat(length / token.len())));
        for (place, (short, long)) in ["query", "form", "plain"].iter().zip(short.iter().zip(long))
        {
            if long > GROWTH * short.max(&(LEAST_STEPS * LENGTHS[0])) {
                grown.push(format!("{token:?} in {place}: {short} steps, then {long}"));
            }
        }
    }
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}

/// The steps for a value of an address, a form, and a body of no known form.
fn steps_of(text: &str) -> [usize; 3] {
    let post = |content_type: &'static [u8], body: &str| {
        hits(&Request {
            method: b"POST",
            target: b"/a",
            content_type,
            body: body.as_bytes(),
            ..Request::default()
        });
    };
    steps::take();
    of_value(text);
    let query = steps::take();
    post(b"application/x-www-form-urlencoded", &format!("q={text}"));
    let form = steps::take();
    post(b"text/plain", text);
    [query, form, steps::take()]
}
