//! A text that is closed and opened again around an operator: `1'-'0`, `a' <=> 'b`, `aa'%1+0='0`.
//!
//! The query's own quotes stand on both sides, so nothing has to be commented away.

use super::tokens::{self, Shape, Token};
use crate::web::scan::{from, is_word, upto, word};
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
    // `name"="value`, `x">5<"y`: an attribute, an element.
    let markup = *open == b'"' && matches!(inner.trim_ascii(), [b'<' | b'>' | b'=', ..]);
    // `rock'&'roll`.
    let alphabetic = |text: &[u8]| text.len() > 2 && text.iter().all(u8::is_ascii_alphabetic);
    let spoken = alphabetic(upto(text, ahead)) && alphabetic(from(text, text.len() - behind));
    if ahead + behind > 0 {
        let ordinary = markup || spoken && inner.len() == 1;
        return !ordinary && is_expression(inner);
    }
    // Folders, patterns and markup stand in quotes, too: `'/a/'`, `'%a%'`, `"<br>"`, and a star asks for everything.
    let signs = inner.trim_ascii();
    let bare = (1..=2).contains(&signs.len()) && signs.iter().all(is_sign) && signs != b"*";
    let compares = matches!(
        word(signs, 0),
        b"is" | b"like" | b"rlike" | b"or" | b"and" | b"xor" | b"div" | b"mod"
    ) || signs.starts_with(b"=");
    bare || compares && signs.iter().any(u8::is_ascii_digit) && is_expression(inner)
}

fn is_sign(byte: &u8) -> bool {
    matches!(byte, b'-' | b'+' | b'*' | b'/' | b'&' | b'|' | b'^' | b'=' | b'<' | b'>')
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
