//! The thresholds of the four grades, as data with their confidence.

use sancha_model::LocalText;
use serde::Deserialize;

use crate::{catalog::Confidence, closed::closed};

closed! {
    /// The four grades of the law, worst first.
    LegalGrade {
        ParticularlyMajor = "particularly_major", "特别重大", "particularly major";
        Major = "major", "重大", "major";
        Larger = "larger", "较大", "larger";
        General = "general", "一般", "general";
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// Id of the instrument that the thresholds are annexed to.
    pub instrument: String,
    pub levels: Vec<GradeLevel>,
    pub criteria: Vec<Criterion>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeLevel {
    pub id: LegalGrade,
    pub label: LocalText,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub key: String,
    pub label: LocalText,
    pub unit: String,
    pub thresholds: Thresholds,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    pub particularly_major: Threshold,
    pub major: Threshold,
    pub larger: Threshold,
}

impl Thresholds {
    /// With their grades, worst first.
    pub fn worst_first(&self) -> [(LegalGrade, &Threshold); 3] {
        [
            (LegalGrade::ParticularlyMajor, &self.particularly_major),
            (LegalGrade::Major, &self.major),
            (LegalGrade::Larger, &self.larger),
        ]
    }
}

/// The number at or above which a grade is reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub value: Option<u64>,
    pub confidence: Confidence,
    /// Left to a person's judgement: no number exists.
    #[serde(default)]
    pub judged: bool,
    #[serde(default)]
    pub scope: Option<LocalText>,
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

/// A number that was seen somewhere and is not law. It is shown, and never fires.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    pub value: u64,
    pub source: String,
}

impl Threshold {
    /// Whether `value` reaches this grade by itself: `None` when the number is not verified, is left to
    /// judgement or is not known.
    pub fn reached(&self, value: u64) -> Option<bool> {
        let limit = self.value.filter(|_| self.confidence == Confidence::Verified && !self.judged);
        limit.map(|limit| value >= limit)
    }
}
