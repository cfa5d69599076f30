//! SQL injection: reads a value as SQL in every context it may land in, and asks whether it forms clauses.
//!
//! A value lands in a query as a number (read as it stands) or inside quotes (read from the first closing
//! quote on). Text that mentions SQL words does not form clauses; an injection has to.

mod clauses;
mod follow;
mod fragment;
mod tokens;

pub(super) use tokens::Token;

use super::Kind;
use super::scan::{contains, from, upto};
use super::value::{Role, Signs, View};
use super::words::Word;
use tokens::Shape;

/// Long values hide the pattern behind padding, which decoding has shortened; this much is read as SQL.
const READ_LIMIT: usize = 64 * 1024;

/// How the tokens came to be: where in the value reading started and what had to be closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// The value stands in the query as it is.
    Bare,
    /// The value stands in quotes and closed them.
    Quoted,
}

/// A tokenised reading of the value.
struct Reading<'r> {
    tokens: &'r [Token],
    lower: &'r [u8],
    context: Context,
}

impl Reading<'_> {
    fn get(&self, index: usize) -> Token {
        self.tokens.get(index).copied().unwrap_or(Token::END)
    }

    fn shape(&self, index: usize) -> Shape {
        self.get(index).shape
    }

    fn class(&self, index: usize) -> Word {
        self.get(index).word
    }

    fn text(&self, index: usize) -> &[u8] {
        let token = self.get(index);
        self.lower.get(token.range()).unwrap_or_default()
    }

    fn is(&self, index: usize, word: &[u8]) -> bool {
        self.shape(index) == Shape::Word && self.text(index) == word
    }

    fn skip(&self, mut index: usize, shape: Shape) -> usize {
        while self.shape(index) == shape {
            index += 1;
        }
        index
    }

    fn place(&self, index: usize) -> usize {
        self.get(index).range().start
    }

    /// Nothing more, or a comment that hides the rest of the query.
    fn ends(&self, index: usize) -> bool {
        matches!(self.shape(index), Shape::End | Shape::Comment)
            || self.shape(index) == Shape::Semicolon
                && matches!(self.shape(index + 1), Shape::End | Shape::Comment)
    }

    /// A known function with its opening parenthesis.
    fn is_call(&self, index: usize) -> bool {
        self.shape(index + 1) == Shape::Open
            && matches!(self.class(index), Word::Rare | Word::Function)
            || self.class(index) == Word::Literal && self.shape(index + 1) == Shape::Open
    }
}

/// Looks for SQL that breaks out of its context and forms clauses.
pub(super) fn examine(view: &View<'_>, tokens: &mut Vec<Token>, signs: &mut Signs) {
    if view.role == Role::Header && !view.has_any(b"'\"(=") && !view.has(b';') {
        return;
    }
    let lower = upto(view.lower, READ_LIMIT);
    read(lower, 0, Context::Bare, tokens, signs);
    if view.role != Role::Header && view.role != Role::Path {
        fragment::examine(&Reading { tokens, lower, context: Context::Bare }, signs);
    }
    for quote in [b'\'', b'"', b'`'] {
        if let Some(index) = view.has(quote).then(|| memchr::memchr(quote, lower)).flatten() {
            read(lower, index + 1, Context::Quoted, tokens, signs);
            // An escaped or doubled quote may close the text all the same.
            if from(lower, index + 1).first() == Some(&quote) {
                read(lower, index + 2, Context::Quoted, tokens, signs);
            }
        }
    }
    // Typographic quotes become straight ones in some databases' character conversion.
    if let Some(index) = memchr::memmem::find(lower, "’".as_bytes())
        && (from(lower, index + 3).trim_ascii_start().starts_with(b"or ")
            || contains(lower, b"--")
            || contains(lower, b"#"))
    {
        read(lower, index + 3, Context::Quoted, tokens, signs);
    }
}

fn read(lower: &[u8], start: usize, context: Context, tokens: &mut Vec<Token>, signs: &mut Signs) {
    let hints = tokens::tokenize(lower, start, tokens);
    if hints.executable_comment {
        signs.raise(Kind::Sqli, 0.8, start);
    }
    let reading = Reading { tokens, lower, context };
    follow::examine(&reading, signs);
    if hints.has_words {
        clauses::examine(&reading, signs);
    }
    if hints.split_words {
        signs.raise(Kind::Sqli, signs.score(Kind::Sqli).max(0.3), start);
    }
}
