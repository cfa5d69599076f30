//! SQL injection: reads a value as SQL in every context it may land in, and asks whether it forms clauses.
//!
//! A value lands in a query as a number (read as it stands) or inside quotes (read from the first closing
//! quote on). Text that mentions SQL words does not form clauses; an injection has to.

mod clauses;
mod dialects;
mod follow;
mod fragment;
mod hidden;
mod joined;
mod operators;
mod rejoined;
mod speech;
mod statements;
mod tokens;

pub(super) use fragment::{is_bare_operator, is_bare_phrase};
pub(super) use tokens::Token;

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, contains, from, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};
use super::words::{self, Word};
use super::writing;
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
    /// The quote that was closed is one the value itself opened.
    Paired,
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
    // A path of XPath compares its attributes by itself.
    if lower.starts_with(b"/") && contains(lower, b"[@") {
        return;
    }
    let asked = matches!(view.purpose, Purpose::Query | Purpose::Search);
    if asked && (dialects::is_whole_query(view.text, lower) || dialects::is_statement(lower)) {
        return;
    }
    read(view, lower, 0, Context::Bare, tokens, signs);
    if view.role != Role::Header && view.role != Role::Path {
        let reading = Reading { tokens, lower, context: Context::Bare };
        fragment::examine(&reading, view.document, view.purpose, signs);
    }
    quoted(view, lower, tokens, signs);
    let mut joined = Vec::new();
    // Prose has no use for the trick, and words of its own that look like it.
    if !view.is_composed() && rejoined::rejoin(lower, &mut joined) {
        read(view, &joined, 0, Context::Bare, tokens, signs);
        quoted(view, &joined, tokens, signs);
    }
    // Typographic quotes become straight ones in some databases' character conversion.
    if let Some(index) = memchr::memmem::find(lower, "’".as_bytes())
        && (from(lower, index + 3).trim_ascii_start().starts_with(b"or ")
            || contains(lower, b"--")
            || contains(lower, b"#"))
    {
        read(view, lower, index + 3, Context::Quoted, tokens, signs);
    }
}

/// Reads on behind each quote that may close the query's own.
fn quoted(view: &View<'_>, lower: &[u8], tokens: &mut Vec<Token>, signs: &mut Signs) {
    for quote in [b'\'', b'"', b'`'] {
        if !view.has(quote) {
            continue;
        }
        let quotes = memchr::memchr_iter(quote, lower).filter(|index| !contracts(lower, *index));
        for (nth, index) in quotes.take(QUOTES).enumerate() {
            // A text that was closed is followed by an operator or keyword, never by a name.
            if !starts_name(lower, index + 1)
                && !speech::is_phrase(lower, index)
                && !speech::is_quotation(lower, index)
                && !speech::is_measure(lower, index)
                && !names_member(lower, index)
            {
                let context = if nth % 2 == 1 { Context::Paired } else { Context::Quoted };
                read(view, lower, index + 1, context, tokens, signs);
            }
        }
    }
}

/// A value is read from so many of its quotes; what closes the query's own stands early.
const QUOTES: usize = 6;

/// The apostrophe of `it's` and `don't`: it opens no text.
fn contracts(lower: &[u8], index: usize) -> bool {
    let ending = word(lower, index + 1);
    index > 0
        && at(lower, index - 1).is_ascii_lowercase()
        && matches!(ending, b"s" | b"t" | b"re" | b"ve" | b"ll" | b"d" | b"m")
}

/// Whether a word outside SQL's vocabulary begins here, directly or behind white space.
fn starts_name(lower: &[u8], index: usize) -> bool {
    let name = word(lower, skip_space(lower, index));
    name.first().is_some_and(|b| b.is_ascii_lowercase() || *b == b'_')
        && words::classify(name) == Word::Plain
}

/// The quote before a member of a document, `"where": {`.
fn names_member(lower: &[u8], index: usize) -> bool {
    let opens = matches!(upto(lower, index).trim_ascii_end().last(), Some(b'{' | b','));
    let end = index + 1 + word(lower, index + 1).len();
    opens
        && end > index + 1
        && at(lower, end) == at(lower, index)
        && at(lower, skip_space(lower, end + 1)) == b':'
}

fn read(
    view: &View<'_>,
    lower: &[u8],
    start: usize,
    context: Context,
    tokens: &mut Vec<Token>,
    signs: &mut Signs,
) {
    let hints = tokens::tokenize(lower, start, tokens);
    let paired = context == Context::Paired;
    let context = if paired { Context::Quoted } else { context };
    let reading = Reading { tokens, lower, context };
    if start > 0 && speech::is_spoken(&reading, start - 1) {
        return;
    }
    let mut found = Signs::default();
    if hints.executable_comment {
        found.raise(Kind::Sqli, 0.8, start);
    }
    follow::examine(&reading, &mut found);
    if hints.has_words || view.has(b';') || lower.starts_with(b"'{") || lower.starts_with(b"'[") {
        clauses::examine(&reading, &mut found);
    }
    if hints.split_words {
        found.raise(Kind::Sqli, found.score(Kind::Sqli).max(0.3), start);
    }
    // Quotes that pair up within the value leave the query's own as they were.
    let complete = reading.is_complete() && !view.is_listing();
    let whole = (view.is_composed() || paired) && !complete;
    // What leaves a number begins with one, what leaves a text has its quote.
    let told = reading.context == Context::Bare && view.speaks().is_some_and(begins_with_word);
    let mentioned = whole || told || reading.is_sentence();
    signs.absorb(&found, if mentioned { 0.4 } else { 1.0 });
}

impl Reading<'_> {
    /// Whether the query's own closing quote is accounted for: commented away, or left open for it.
    fn is_complete(&self) -> bool {
        let last = self.get(self.tokens.len().wrapping_sub(1));
        let open = last.shape == Shape::OpenText
            && !contracts(self.lower, last.range().start)
            && self
                .lower
                .get(last.range())
                .is_some_and(|text| text.len() <= 40 && !has_words(text));
        // A comment on a line of its own belongs to a listing.
        let begins_line = at(self.lower, last.range().start.wrapping_sub(1)) == b'\n';
        let hidden = last.shape == Shape::Comment
            && !(begins_line && memchr::memchr_iter(b'\n', self.lower).nth(1).is_some())
            && last.range().len() <= 40
            && self
                .lower
                .get(last.range())
                .is_some_and(|text| !has_words(text) && !text.ends_with(b"-->"));
        self.context == Context::Quoted && (open || hidden)
    }

    /// Names in a row before any clause, or a text in quotes that runs on as prose: read, not executed.
    fn is_sentence(&self) -> bool {
        let word = |index: &usize| self.shape(*index) == Shape::Word;
        let plain = |index: &usize| self.class(*index) == Word::Plain;
        let leading =
            plain(&0) && (0..4).all(|index| word(&index)) && (0..4).filter(plain).count() > 1;
        let last = self.get(self.tokens.len().wrapping_sub(1));
        let runs_on =
            last.shape == Shape::OpenText && self.lower.get(last.range()).is_some_and(has_words);
        // `" and ' in strings: $a = '`: what would be an operand has words of its own.
        let remark =
            (0..3).any(|index| self.shape(index) == Shape::Text && is_remark(self.text(index)));
        leading || runs_on || remark
    }
}

/// A word of any script and a space behind it.
fn begins_with_word(text: &[u8]) -> bool {
    let len = text.iter().take_while(|b| is_word(**b) || **b >= 0x80).count();
    at(text, len) == b' '
}

/// A text in quotes that goes on as a sentence does behind a quote it spoke of: a space and words.
fn is_remark(text: &[u8]) -> bool {
    let inner = from(text, 1);
    let words = writing::lettered_length(inner);
    words > 2 || words > 1 && at(inner, 0) == b' '
}

/// Three words or more, as a remark has them.
fn has_words(text: &[u8]) -> bool {
    writing::lettered_length(text) > 2
}
