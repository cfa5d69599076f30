//! A text that is closed and opened again around an operator: `1'-'0`, `a' <=> 'b`, `aa'%1+0='0`.
//!
//! The query's own quotes stand on both sides, so nothing has to be commented away.

use super::tokens::{self, Shape, Token};
use crate::web::scan::is_word;
use crate::web::words::Word;

/// What stands outside the two quotes is a value, no sentence.
const VALUE_LIMIT: usize = 16;

/// Whether the value is one text, an expression between operators in place of the quotes, and another text.
pub(super) fn joins_texts(lower: &[u8]) -> bool {
    let text = lower.trim_ascii();
    let ahead = text.iter().take_while(|b| is_word(**b)).count();
    let behind = text.iter().rev().take_while(|b| is_word(**b)).count();
    let Some([open @ (b'\'' | b'"'), inner @ .., close]) = text.get(ahead..text.len() - behind)
    else {
        return false;
    };
    if open != close || inner.contains(open) || ahead.max(behind) > VALUE_LIMIT {
        return false;
    }
    // Everything is asked for with a star in quotes.
    let asked_for = *open == b'"' && inner == b"*";
    !asked_for && is_expression(inner)
}

/// An operator first and last, and operands between operators; of words only where one is no English.
fn is_expression(inner: &[u8]) -> bool {
    let mut tokens = Vec::new();
    tokens::tokenize(inner, 0, &mut tokens);
    let text = |token: &Token| inner.get(token.range()).unwrap_or_default();
    let tokens: Vec<&Token> =
        tokens.iter().filter(|token| !matches!(token.shape, Shape::Open | Shape::Close)).collect();
    let ends_open = |token: Option<&&Token>| token.is_some_and(|token| operates(token));
    if !ends_open(tokens.first()) || !ends_open(tokens.last()) {
        return false;
    }
    let alternates = tokens.windows(2).all(|pair| match pair {
        [left, right] => operates(left) || operates(right) || text(left) == b"\\",
        _ => true,
    });
    let known = tokens.iter().all(|token| operates(token) || is_operand(token, text(token)));
    let operands = tokens.iter().filter(|token| !operates(token)).count();
    let told = tokens.iter().any(|token| match token.shape {
        Shape::Word => {
            token.word == Word::Literal
                || matches!(
                    text(token),
                    b"div" | b"mod" | b"rlike" | b"regexp" | b"sounds" | b"xor"
                )
        }
        // Hyphens between names are a list's.
        Shape::Arithmetic => operands == 0 || !matches!(text(token), b"-" | b"+"),
        _ => true,
    });
    alternates && known && told
}

fn operates(token: &Token) -> bool {
    matches!(token.shape, Shape::Compare | Shape::Arithmetic | Shape::Logic)
        || matches!(token.word, Word::Compare | Word::Logic)
}

/// A number, a variable, a name, `\N`.
fn is_operand(token: &Token, text: &[u8]) -> bool {
    matches!(token.shape, Shape::Number | Shape::Variable | Shape::Word) || text == b"\\"
}
