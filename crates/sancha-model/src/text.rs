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
        LocalText { zh: self.zh.to_owned(), en: self.en.to_owned() }
    }

    /// Puts parameters in place. A name without a value stays visible as `{name}`.
    pub fn fill(&self, values: &[(&str, LocalText)]) -> LocalText {
        let mut filled = self.local();
        for (name, value) in values {
            let slot = format!("{{{name}}}");
            filled.zh = filled.zh.replace(&slot, &value.zh);
            filled.en = filled.en.replace(&slot, &value.en);
        }
        filled
    }
}

/// Text in both languages that is data: from `law/`, `rules/`, or filled from a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LocalText {
    pub zh: String,
    pub en: String,
}

impl LocalText {
    /// The same in both languages: an address, a path, a number.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}
