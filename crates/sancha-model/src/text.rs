use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The reader's language. Chinese is the first language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

/// A sentence or label in both languages, with `{name}` where parameters go. Both languages are
/// there by construction: a text that lacks one does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub key: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

impl Text {
    pub const fn new(key: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { key, zh, en }
    }

    pub const fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    pub fn local(&self) -> LocalText {
        LocalText { zh: self.zh.into(), en: self.en.into() }
    }

    /// The names of its parameters, one a place.
    pub fn places(&self) -> impl Iterator<Item = &'static str> {
        let mut rest = self.zh;
        std::iter::from_fn(move || {
            let (_, after) = split_at_sign(rest, b'{')?;
            let (name, tail) = split_at_sign(after, b'}')?;
            rest = tail;
            Some(name)
        })
    }

    /// Puts parameters in place, in one pass: what a value holds is never taken for a name. A name
    /// without a value stays visible as `{name}`.
    pub fn fill(&self, values: &[(&str, LocalText)]) -> LocalText {
        let value = |lang: Lang| {
            move |name: &str| {
                values.iter().find(|(known, _)| *known == name).map(|(_, v)| v.get(lang))
            }
        };
        let room = |lang: Lang| values.iter().map(|(_, value)| value.get(lang).len()).sum();
        let filled = |lang: Lang| filled(self.get(lang), room(lang), value(lang)).into();
        LocalText { zh: filled(Lang::Zh), en: filled(Lang::En) }
    }
}

/// `room` is what the values are likely to take.
fn filled<'a>(text: &'a str, room: usize, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(text.len() + room);
    let mut rest = text;
    while let Some((before, after)) = split_at_sign(rest, b'{') {
        out.push_str(before);
        match split_at_sign(after, b'}').and_then(|(name, tail)| Some((value(name)?, tail))) {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    // A run keeps such texts by the ten thousand.
    out.shrink_to_fit();
    out
}

/// What stands before an ASCII sign and behind it. These texts are short: a general search costs more.
fn split_at_sign(text: &str, sign: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == sign)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Text in both languages that is data: from `law/`, `rules/`, or filled from a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LocalText {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl LocalText {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same in both languages: an address, a path, a number.
    pub fn same(text: impl Into<String>) -> Self {
        let text: Cow<'static, str> = Cow::Owned(text.into());
        Self { zh: text.clone(), en: text }
    }

    /// Several texts as one, with what stands between them in each language.
    pub fn joined(parts: &[Self], between: (&str, &str)) -> Self {
        let join = |part: fn(&Self) -> &str, between: &str| {
            parts.iter().map(part).collect::<Vec<_>>().join(between).into()
        };
        Self { zh: join(|part| &part.zh, between.0), en: join(|part| &part.en, between.1) }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_by_name() {
        const TEXT: Text = Text::new("t", "{a}与{bc}", "{a} and {bc}");
        assert_eq!(TEXT.places().collect::<Vec<_>>(), ["a", "bc"]);
    }

    #[test]
    fn what_a_value_holds_is_no_name() {
        const TEXT: Text = Text::new("t", "{a}与{b}，{c}", "{a} and {b}, {c}");
        let values = [("a", LocalText::same("{b}")), ("b", LocalText::same("二"))];
        assert_eq!(TEXT.fill(&values).zh, "{b}与二，{c}");
        assert_eq!(TEXT.fill(&values).en, "{b} and 二, {c}");
    }
}
