use sancha_model::{Citation, LocalText, Text};
use serde::Serialize;

use crate::texts;

/// The four grades of the law and `undetermined`, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    ParticularlySerious,
    Serious,
    RelativelySerious,
    General,
    Undetermined,
}

impl Grade {
    /// The grades that have thresholds, gravest first.
    pub const WITH_THRESHOLD: [Self; 3] =
        [Self::ParticularlySerious, Self::Serious, Self::RelativelySerious];

    pub const fn id(self) -> &'static str {
        match self {
            Self::ParticularlySerious => "particularly_serious",
            Self::Serious => "serious",
            Self::RelativelySerious => "relatively_serious",
            Self::General => "general",
            Self::Undetermined => "undetermined",
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::ParticularlySerious => {
                Text::new("case.grade.particularly_serious", "特别重大", "particularly serious")
            }
            Self::Serious => Text::new("case.grade.serious", "重大", "serious"),
            Self::RelativelySerious => {
                Text::new("case.grade.relatively_serious", "较大", "relatively serious")
            }
            Self::General => Text::new("case.grade.general", "一般", "general"),
            Self::Undetermined => Text::new("case.grade.undetermined", "待定", "undetermined"),
        }
    }

    /// By the Chinese name that `law/` uses.
    pub fn from_zh(name: &str) -> Option<Self> {
        match name {
            "特别重大" => Some(Self::ParticularlySerious),
            "重大" => Some(Self::Serious),
            "较大" => Some(Self::RelativelySerious),
            "一般" => Some(Self::General),
            _ => None,
        }
    }
}

/// How well a number of the law is known; the words are those of `law/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Verified,
    OneSource,
    DraftOnly,
    Memory,
    NotFound,
}

impl Confidence {
    /// An unknown word is the weakest, never the strongest.
    pub fn from_id(id: &str) -> Self {
        match id {
            "verified" => Self::Verified,
            "one_source" => Self::OneSource,
            "draft_only" => Self::DraftOnly,
            "memory" => Self::Memory,
            _ => Self::NotFound,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ThresholdValue {
    /// The number itself counts as reached.
    AtLeast { value: f64 },
    /// The law gives words and no number: a person judges.
    Judged,
    /// The number was not found in a reliable source; candidates are shown and never used.
    NotFound { candidates: Vec<f64> },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    pub grade: Grade,
    pub value: ThresholdValue,
    pub confidence: Confidence,
}

/// One criterion of the grading guide.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    pub id: String,
    pub name: LocalText,
    pub unit: LocalText,
    pub thresholds: Vec<Threshold>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ObservedValue {
    /// Counted or measured.
    Number { value: f64 },
    /// A person judged that the criterion reaches this grade.
    JudgedAs { grade: Grade },
    /// A person judged that the criterion reaches no grade, or does not apply.
    JudgedNotReached,
}

/// What is known for one criterion. Without evidence there is no value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observed {
    pub criterion: String,
    pub value: ObservedValue,
    pub evidence: Vec<Citation>,
}

/// One line of the grading table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CriterionResult {
    pub criterion: Criterion,
    pub observed: Option<Observed>,
    /// The grade this line gives by a verified threshold or a person's judgement.
    pub fires: Option<Grade>,
    /// Grades whose threshold is reached but not verified: shown to the person, never used alone.
    pub reached_unverified: Vec<Grade>,
    /// Whether this line is known to reach none of the three upper grades.
    pub settled_below: bool,
}

/// The proposed grade with every reason; a person decides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grading {
    pub proposed: Grade,
    /// Some criterion is still open, so that a graver grade is possible.
    pub may_be_graver: bool,
    pub reason: LocalText,
    pub results: Vec<CriterionResult>,
}

/// Weighs what was observed against the criteria. One criterion is enough for a grade, gravest first;
/// `General` only when every criterion is settled below the three upper grades.
pub fn grade(criteria: &[Criterion], observed: &[Observed]) -> Grading {
    let results: Vec<CriterionResult> = criteria
        .iter()
        .map(|criterion| weigh(criterion, observed.iter().find(|o| o.criterion == criterion.id)))
        .collect();
    let fired = results.iter().filter_map(|result| result.fires).min();
    let open = results.iter().filter(|result| !result.settled_below && result.fires.is_none());
    let open = open.count();
    let all_settled = !results.is_empty() && open == 0;
    let proposed = match fired {
        Some(grade) => grade,
        None if all_settled => Grade::General,
        None => Grade::Undetermined,
    };
    let count = [("open", LocalText::same(open.to_string()))];
    let reason = match proposed {
        Grade::Undetermined if results.is_empty() => texts::GRADE_NO_CRITERIA.local(),
        Grade::Undetermined => texts::GRADE_UNDETERMINED.fill(&count),
        Grade::General => texts::GRADE_GENERAL.local(),
        _ if open > 0 => texts::GRADE_FIRED_OPEN.fill(&count),
        _ => texts::GRADE_FIRED.local(),
    };
    Grading { proposed, may_be_graver: open > 0, reason, results }
}

fn weigh(criterion: &Criterion, observed: Option<&Observed>) -> CriterionResult {
    // A value without evidence is a claim; it is shown as missing.
    let observed = observed.filter(|observed| !observed.evidence.is_empty());
    let mut result = CriterionResult {
        criterion: criterion.clone(),
        observed: observed.cloned(),
        fires: None,
        reached_unverified: Vec::new(),
        settled_below: false,
    };
    match observed.map(|observed| &observed.value) {
        None => {}
        Some(ObservedValue::JudgedNotReached) => result.settled_below = true,
        Some(ObservedValue::JudgedAs { grade }) => match grade {
            Grade::General => result.settled_below = true,
            Grade::Undetermined => {}
            _ => result.fires = Some(*grade),
        },
        Some(ObservedValue::Number { value }) => weigh_number(&mut result, *value),
    }
    result
}

fn weigh_number(result: &mut CriterionResult, number: f64) {
    let reached = |threshold: &&Threshold| match threshold.value {
        ThresholdValue::AtLeast { value } => number >= value,
        ThresholdValue::Judged | ThresholdValue::NotFound { .. } => false,
    };
    let verified = |threshold: &&Threshold| threshold.confidence == Confidence::Verified;
    let thresholds = &result.criterion.thresholds;
    let fires = thresholds.iter().filter(reached).filter(verified).map(|t| t.grade).min();
    let mut unverified: Vec<Grade> =
        thresholds.iter().filter(reached).filter(|t| !verified(t)).map(|t| t.grade).collect();
    unverified.sort_unstable();
    // Below the lowest upper grade by a verified number, and below everything else that is known.
    let below_lowest = thresholds.iter().any(|threshold| {
        threshold.grade == Grade::RelativelySerious
            && verified(&threshold)
            && matches!(threshold.value, ThresholdValue::AtLeast { value } if number < value)
    });
    result.settled_below = below_lowest && fires.is_none() && unverified.is_empty();
    result.fires = fires;
    result.reached_unverified = unverified;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threshold(grade: Grade, value: Option<f64>, confidence: Confidence) -> Threshold {
        let value = match value {
            Some(value) => ThresholdValue::AtLeast { value },
            None => ThresholdValue::NotFound { candidates: vec![10.0] },
        };
        Threshold { grade, value, confidence }
    }

    fn people() -> Criterion {
        Criterion {
            id: "people".to_owned(),
            name: LocalText::same("people"),
            unit: LocalText::same("persons"),
            thresholds: vec![
                threshold(Grade::ParticularlySerious, Some(1e8), Confidence::Verified),
                threshold(Grade::Serious, Some(1e7), Confidence::Verified),
                threshold(Grade::RelativelySerious, Some(1e6), Confidence::Verified),
            ],
        }
    }

    fn outage() -> Criterion {
        Criterion {
            id: "outage".to_owned(),
            name: LocalText::same("outage"),
            unit: LocalText::same("minutes"),
            thresholds: vec![
                threshold(Grade::ParticularlySerious, Some(360.0), Confidence::Verified),
                threshold(Grade::Serious, None, Confidence::NotFound),
                threshold(Grade::RelativelySerious, Some(10.0), Confidence::OneSource),
            ],
        }
    }

    fn observed(id: &str, value: ObservedValue) -> Observed {
        let evidence = vec![Citation::Profile { key: "grading".to_owned() }];
        Observed { criterion: id.to_owned(), value, evidence }
    }

    fn number(id: &str, value: f64) -> Observed {
        observed(id, ObservedValue::Number { value })
    }

    #[test]
    fn grades_by_verified_numbers_or_a_person() {
        let not_reached = |id| observed(id, ObservedValue::JudgedNotReached);
        let judged = |id, grade| observed(id, ObservedValue::JudgedAs { grade });
        for (what, given, want, may_be_graver) in [
            ("nothing known", vec![], Grade::Undetermined, true),
            ("one criterion open", vec![number("people", 5.0)], Grade::Undetermined, true),
            (
                "below a threshold that is not verified settles nothing",
                vec![number("people", 5.0), number("outage", 1.0)],
                Grade::Undetermined,
                true,
            ),
            (
                "an unverified threshold never fires alone",
                vec![number("people", 5.0), number("outage", 30.0)],
                Grade::Undetermined,
                true,
            ),
            (
                "a person answered the other",
                vec![number("people", 5.0), not_reached("outage")],
                Grade::General,
                false,
            ),
            (
                "exactly the number counts",
                vec![number("people", 1e6)],
                Grade::RelativelySerious,
                true,
            ),
            (
                "one below it does not",
                vec![number("people", 999_999.0), not_reached("outage")],
                Grade::General,
                false,
            ),
            (
                "the gravest wins",
                vec![number("people", 2e6), number("outage", 400.0)],
                Grade::ParticularlySerious,
                false,
            ),
            (
                "a person's judgement",
                vec![number("people", 5.0), judged("outage", Grade::Serious)],
                Grade::Serious,
                false,
            ),
            (
                "not a number",
                vec![number("people", f64::NAN), not_reached("outage")],
                Grade::Undetermined,
                true,
            ),
        ] {
            let grading = grade(&[people(), outage()], &given);
            assert_eq!((grading.proposed, grading.may_be_graver), (want, may_be_graver), "{what}");
            assert_eq!(grading.results.len(), 2, "{what}: every criterion is listed");
        }
    }

    #[test]
    fn an_unverified_threshold_that_is_reached_is_shown() {
        let grading = grade(&[outage()], &[number("outage", 30.0)]);
        assert_eq!(grading.results[0].reached_unverified, [Grade::RelativelySerious]);
        assert_eq!(grading.results[0].fires, None);
    }

    #[test]
    fn a_value_without_evidence_is_no_value() {
        let claim = Observed { evidence: Vec::new(), ..number("people", 2e8) };
        let grading = grade(&[people()], &[claim]);
        assert_eq!(grading.proposed, Grade::Undetermined);
        assert_eq!(grading.results[0].observed, None);
    }

    #[test]
    fn without_criteria_there_is_no_grade() {
        assert_eq!(grade(&[], &[]).proposed, Grade::Undetermined);
    }
}
