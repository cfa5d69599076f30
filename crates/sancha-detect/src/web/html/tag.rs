//! Tags as a browser finds them: from a sign on, whatever is broken in between, to the `>` outside quotes.

use crate::web::scan::{at, from, upto};

/// A sign that may open a tag, and the `>` outside quotes that ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'l> {
    pub(super) lower: &'l [u8],
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'l> Tag<'l> {
    /// Attributes are read up to this length.
    const LIMIT: usize = 4096;

    /// Every tag of a text. Broken ones may be open together in great number, so all of them are followed at once: a
    /// quote moves those outside of quotes into it, and those inside out again.
    pub(super) fn all(lower: &'l [u8]) -> Vec<Self> {
        let mut tags: Vec<Self> = Vec::new();
        let (mut outside, mut single, mut double) = (Vec::new(), Vec::new(), Vec::new());
        let mut index = 0;
        while let Some(place) = next_sign(lower, index) {
            match at(lower, place) {
                b'<' => {
                    outside.push(tags.len());
                    tags.push(Self { lower, start: place, end: lower.len() });
                }
                b'>' => {
                    for open in outside.drain(..) {
                        if let Some(tag) = tags.get_mut(open) {
                            tag.end = place;
                        }
                    }
                }
                b'\'' => std::mem::swap(&mut outside, &mut single),
                _ => std::mem::swap(&mut outside, &mut double),
            }
            index = place + 1;
        }
        tags
    }

    /// The name right behind the sign.
    pub(super) fn element(&self) -> &'l [u8] {
        element(self.lower, self.start + 1)
    }

    /// What stands in the tag, its name included.
    pub(super) fn content(&self) -> &'l [u8] {
        self.attributes(self.start + 1)
    }

    /// What stands in the tag from `begin` on.
    pub(super) fn attributes(&self, begin: usize) -> &'l [u8] {
        let end = self.end.min(begin + Self::LIMIT);
        self.lower.get(begin..end).unwrap_or_default()
    }
}

/// Where the next sign stands that opens or ends a tag or a quote.
fn next_sign(lower: &[u8], index: usize) -> Option<usize> {
    let rest = from(lower, index);
    rest.iter().position(|b| matches!(b, b'<' | b'>' | b'"' | b'\'')).map(|len| index + len)
}

/// The name of an element that begins at `index`.
pub(super) fn element(lower: &[u8], index: usize) -> &[u8] {
    upto(
        from(lower, index),
        from(lower, index).iter().take_while(|b| b.is_ascii_alphanumeric()).count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The end of one tag by itself.
    fn end_of(lower: &[u8], start: usize) -> usize {
        let mut quote = 0;
        for (index, byte) in lower.iter().enumerate().skip(start + 1) {
            match byte {
                b'"' | b'\'' if quote == 0 => quote = *byte,
                _ if *byte == quote => quote = 0,
                b'>' if quote == 0 => return index,
                _ => {}
            }
        }
        lower.len()
    }

    proptest! {
        #[test]
        fn every_tag_ends_where_it_would_alone(text in "[<>\"'a]{0,40}") {
            for tag in Tag::all(text.as_bytes()) {
                prop_assert_eq!(tag.end, end_of(text.as_bytes(), tag.start));
            }
        }
    }
}
