use sancha_model::{Basis, Conclusion, EventTime, LocalText, Outcome, Statement, Status, Text};
use serde::Serialize;

use crate::{CaseReport, Document, texts};

/// What the first page and the terminal say, counted from the document itself.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub files: u64,
    pub bytes: u64,
    pub records: u64,
    pub parsed: u64,
    pub rejected: u64,
    /// First and last event time over all files, of the period that was asked for.
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
    pub cases: Vec<CaseSummary>,
    /// Kinds of background and the attempts in them.
    pub background_kinds: u64,
    pub background_attempts: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct CaseSummary {
    pub id: String,
    pub outcome: Outcome,
    pub incident: Answered,
    pub operator_duty: Tally,
    pub supervision: Tally,
    /// The earliest due time of what is still to be sent, passed or not.
    pub next_due: Option<EventTime>,
}

/// Questions of fact: how many the evidence answers, wholly, in part, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answered {
    pub answered: u64,
    pub partly: u64,
    pub open: u64,
}

/// Questions of duty by their status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub met: u64,
    pub not_met: u64,
    pub not_shown: u64,
    pub not_applicable: u64,
    /// No version of the law in force on the days of the facts is in the data.
    #[serde(skip_serializing_if = "is_none")]
    pub not_judged: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    pub fn of(document: &Document) -> Self {
        let files = &document.coverage.files;
        let sum = |count: fn(&sancha_model::FileCoverage) -> u64| files.iter().map(count).sum();
        let (first, last) = document.coverage.looked_at();
        Self {
            files: count(files.len()),
            bytes: sum(|file| file.bytes),
            records: sum(|file| file.records),
            parsed: sum(|file| file.parsed),
            rejected: sum(|file| file.rejected),
            first,
            last,
            cases: document.cases.iter().map(CaseSummary::of).collect(),
            background_kinds: count(document.background.len()),
            background_attempts: document.background.iter().map(|kind| kind.attempts).sum(),
        }
    }
}

impl CaseSummary {
    fn of(case: &CaseReport) -> Self {
        Self {
            id: case.case.id.0.clone(),
            outcome: case.case.outcome,
            incident: Answered::of(&case.incident),
            operator_duty: Tally::of(&case.operator_duty),
            supervision: Tally::of(&case.supervision),
            next_due: case
                .clocks
                .iter()
                .filter(|one| one.is_open())
                .filter_map(|one| one.due)
                .min(),
        }
    }
}

impl Answered {
    pub(crate) fn of(conclusions: &[Conclusion]) -> Self {
        let mut counts = Self::default();
        for conclusion in conclusions {
            match Answer::of(conclusion) {
                Answer::Whole => counts.answered += 1,
                Answer::Part => counts.partly += 1,
                Answer::Open => counts.open += 1,
            }
        }
        counts
    }

    /// A stable id and the words for it.
    pub(crate) fn standing(self) -> (&'static str, Text) {
        match (self.answered + self.partly, self.partly + self.open) {
            (0, _) => ("open", texts::STAND_OPEN),
            (_, 0) => ("answered", texts::STAND_ANSWERED),
            _ => ("partly", texts::STAND_PARTLY),
        }
    }

    pub(crate) fn local(self) -> LocalText {
        let number = |number: u64| LocalText::same(number.to_string());
        texts::ANSWERED.fill(&[
            ("answered", number(self.answered)),
            ("partly", number(self.partly)),
            ("open", number(self.open)),
        ])
    }
}

/// How far the sentences of an answer rest on evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Whole,
    /// Some sentence rests on nothing.
    Part,
    /// Every sentence does.
    Open,
}

impl Answer {
    pub(crate) fn of(conclusion: &Conclusion) -> Self {
        let of = conclusion.statements.len();
        let unknown = |one: &&Statement| matches!(one.basis(), Basis::Unknown(_));
        match conclusion.statements.iter().filter(unknown).count() {
            0 if of > 0 => Self::Whole,
            unknown if unknown < of => Self::Part,
            _ => Self::Open,
        }
    }

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Whole => "answered",
            Self::Part => "partly",
            Self::Open => "open",
        }
    }
}

impl Tally {
    pub(crate) fn of(conclusions: &[Conclusion]) -> Self {
        let mut tally = Self::default();
        for conclusion in conclusions {
            match conclusion.status {
                Some(Status::Met) => tally.met += 1,
                Some(Status::NotMet) => tally.not_met += 1,
                Some(Status::NotShown) => tally.not_shown += 1,
                Some(Status::NotApplicable) => tally.not_applicable += 1,
                None => tally.not_judged += 1,
            }
        }
        tally
    }

    /// A stable id and the words for it. Counter-evidence is said before missing evidence.
    pub(crate) fn standing(self) -> (&'static str, Text) {
        match (self.not_met, self.not_shown, self.met) {
            (0, 0, 0) if self.not_judged > 0 => ("not_judged", texts::STAND_NOT_JUDGED),
            (1.., _, _) => ("not_met", texts::STAND_NOT_MET),
            (0, 1.., _) => ("not_shown", texts::STAND_NOT_SHOWN),
            (0, 0, 1..) => ("met", texts::STAND_MET),
            (0, 0, 0) => ("not_applicable", texts::STAND_NONE),
        }
    }

    pub(crate) fn local(self) -> LocalText {
        self.fill(&texts::TALLY, ("　", " · "))
    }

    pub(crate) fn fill(self, counts: &Text, between: (&str, &str)) -> LocalText {
        let number = |number: u64| LocalText::same(number.to_string());
        let counts = counts.fill(&[
            ("met", number(self.met)),
            ("not_met", number(self.not_met)),
            ("not_shown", number(self.not_shown)),
            ("not_applicable", number(self.not_applicable)),
        ]);
        if self.not_judged == 0 {
            return counts;
        }
        let open = texts::TALLY_NOT_JUDGED.fill(&[("count", number(self.not_judged))]);
        LocalText::joined(&[counts, open], between)
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
