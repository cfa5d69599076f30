use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::{EvidenceRef, LocalText, Text};

/// What supports a sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Citation {
    /// A record of a log.
    Record { record: EvidenceRef },
    /// A finding by its id.
    Finding { id: String },
    /// A proof file named in the operator profile.
    Proof { path: String, sha256: String, date: String },
    /// An entry of the operator profile, by its key path.
    Profile { key: String },
    /// What was read of a file: the coverage statement itself is the ground.
    Coverage { path: String },
    /// A provision of an instrument in one version.
    Provision { provision: ProvisionRef },
}

/// An article or item of one version of an instrument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ProvisionRef {
    /// Id of the version, such as `csl-2026`.
    pub instrument: String,
    pub title: LocalTitle,
    pub article: u16,
    pub paragraph: Option<u8>,
    pub item: Option<u8>,
    /// First day of force, `YYYY-MM-DD`.
    pub effective_from: String,
    /// Our own wording of what it asks.
    pub gist: LocalTitle,
}

/// Ordered pair of texts, so that provisions sort the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Default)]
pub struct LocalTitle {
    pub zh: String,
    pub en: String,
}

/// One or more citations; the type has no empty value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citations {
    first: Citation,
    rest: Vec<Citation>,
}

impl Citations {
    pub fn one(citation: Citation) -> Self {
        Self { first: citation, rest: Vec::new() }
    }

    /// `None` when there is nothing to cite: the sentence is then unknown, not uncited.
    pub fn from_vec(mut citations: Vec<Citation>) -> Option<Self> {
        if citations.is_empty() {
            return None;
        }
        let rest = citations.split_off(1);
        citations.pop().map(|first| Self { first, rest })
    }

    pub fn and(mut self, citation: Citation) -> Self {
        self.rest.push(citation);
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = &Citation> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl Serialize for Citations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// What a sentence rests on: at least one citation, or openly nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    Cited(Citations),
    /// Not known; what to bring so that it can be.
    Unknown(Vec<LocalText>),
}

/// A value put into a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    Same(String),
    Local(LocalText),
    Number(i64),
    Date(Date),
}

impl Param {
    pub fn local(&self) -> LocalText {
        match self {
            Self::Same(text) => LocalText::same(text.as_str()),
            Self::Local(text) => text.clone(),
            Self::Number(number) => LocalText::same(number.to_string()),
            Self::Date(date) => LocalText::same(date.to_string()),
        }
    }
}

/// One sentence of a conclusion: a text, its parameters, and what it rests on.
///
/// There is no way to build one without a [`Basis`], so a sentence that cites nothing does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    text: &'static Text,
    params: Vec<(&'static str, Param)>,
    basis: Basis,
}

impl Statement {
    pub fn cited(
        text: &'static Text,
        params: Vec<(&'static str, Param)>,
        citations: Citations,
    ) -> Self {
        Self { text, params, basis: Basis::Cited(citations) }
    }

    pub fn unknown(
        text: &'static Text,
        params: Vec<(&'static str, Param)>,
        bring: Vec<LocalText>,
    ) -> Self {
        Self { text, params, basis: Basis::Unknown(bring) }
    }

    pub fn key(&self) -> &'static str {
        self.text.key
    }

    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    pub fn render(&self) -> LocalText {
        let values: Vec<(&str, LocalText)> =
            self.params.iter().map(|(name, value)| (*name, value.local())).collect();
        self.text.fill(&values)
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            key: &'a str,
            text: LocalText,
            basis: &'a Basis,
        }
        Form { key: self.key(), text: self.render(), basis: &self.basis }.serialize(serializer)
    }
}

/// The four answers of design.md, section 3. Absence of proof is `NotShown`, never `NotMet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Met,
    NotMet,
    NotShown,
    NotApplicable,
}

impl Status {
    pub const fn id(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NotShown => "not_shown",
            Self::NotApplicable => "not_applicable",
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::Met => Text::new("status.met", "有证据表明已落实", "shown by evidence"),
            Self::NotMet => {
                Text::new("status.not_met", "现有证据显示不符", "evidence shows otherwise")
            }
            Self::NotShown => Text::new("status.not_shown", "未见证据", "not shown"),
            Self::NotApplicable => Text::new("status.not_applicable", "不适用", "not applicable"),
        }
    }
}

/// The answer to one question of an investigation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    /// Id of the question, such as `logs_six_months` or `entry`.
    pub id: String,
    pub question: LocalText,
    /// `None` for questions of fact (the incident), which have an answer and no verdict.
    pub status: Option<Status>,
    /// Whom the duty binds where it is not the operator itself: a builder, a maintainer, a body above.
    pub bound: Option<String>,
    pub provisions: Vec<ProvisionRef>,
    /// Never empty.
    pub statements: Vec<Statement>,
}
