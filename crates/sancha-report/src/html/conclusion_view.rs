use sancha_investigate::texts::NO_LAW;
use sancha_model::{Basis, Citation, Conclusion, ProvisionRef, Statement, Status};
use serde::Serialize;

use crate::{
    summary::{self, Answer},
    texts,
};

use super::{
    anchors::{Anchors, Link},
    format::Format,
};

/// One question with its answer.
#[derive(Debug, Serialize)]
pub(super) struct ConclusionView {
    pub(super) question: String,
    /// CSS class: a status id, or `answered`, `partly` or `open` for questions of fact.
    pub(super) state: &'static str,
    pub(super) verdict: String,
    pub(super) bound: Option<String>,
    pub(super) provisions: Vec<Link>,
    pub(super) statements: Vec<StatementView>,
}

#[derive(Debug, Serialize)]
pub(super) struct StatementView {
    pub(super) text: String,
    pub(super) unknown: bool,
    pub(super) bring: Vec<String>,
    pub(super) cites: Vec<Link>,
    /// Citations beyond [`CITED`]; `report.json` has all.
    pub(super) more: usize,
}

/// Citations shown behind one sentence.
const CITED: usize = 4;

impl ConclusionView {
    pub(super) fn of(conclusion: &Conclusion, anchors: &Anchors<'_>, format: &Format<'_>) -> Self {
        let answer = Answer::of(conclusion);
        let (state, verdict) = match conclusion.status {
            Some(status) => (status.id(), format.label(&status.text())),
            // A duty of a day for which no version of the law is in the data.
            None if conclusion.statements.iter().any(|one| one.key() == NO_LAW.key) => {
                ("not_judged", format.label(&texts::NOT_JUDGED))
            }
            None => match answer {
                Answer::Open => (answer.id(), format.label(&texts::UNKNOWN)),
                Answer::Part => (answer.id(), format.label(&texts::STAND_PARTLY)),
                Answer::Whole => (answer.id(), String::new()),
            },
        };
        let provisions = conclusion.provisions.iter().map(|one| anchors.provision(one));
        let statements = conclusion.statements.iter();
        let under = conclusion.provisions.as_slice();
        Self {
            question: format.text(&conclusion.question),
            state,
            verdict,
            bound: conclusion.bound.clone(),
            provisions: provisions.collect(),
            statements: statements
                .map(|one| StatementView::of(one, under, anchors, format))
                .collect(),
        }
    }
}

impl StatementView {
    /// `under`: provisions that stand below the answer anyway and need not be said again.
    pub(super) fn of(
        statement: &Statement,
        under: &[ProvisionRef],
        anchors: &Anchors<'_>,
        format: &Format<'_>,
    ) -> Self {
        let text = format.text(&statement.render());
        match statement.basis() {
            Basis::Cited(citations) => {
                let said = |one: &&Citation| !matches!(one, Citation::Provision { provision } if under.contains(provision));
                let cites: Vec<&Citation> = citations.iter().filter(said).collect();
                let shown = cites.iter().take(CITED);
                Self {
                    text,
                    unknown: false,
                    bring: Vec::new(),
                    cites: shown.map(|one| anchors.citation(one)).collect(),
                    more: cites.len().saturating_sub(CITED),
                }
            }
            Basis::Unknown(bring) => Self {
                text,
                unknown: true,
                bring: bring.iter().map(|one| format.text(one)).collect(),
                cites: Vec::new(),
                more: 0,
            },
        }
    }
}

/// Questions named beside the counts; the investigation itself has all.
const NOTABLE: usize = 2;

/// How one investigation stands: CSS class, words, and the counts behind them.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    pub(super) name: String,
    pub(super) state: &'static str,
    pub(super) words: String,
    pub(super) detail: String,
    /// Questions that stand out: at most [`NOTABLE`], those with counter-evidence first.
    pub(super) attention: Vec<String>,
}

impl Standing {
    pub(super) fn of_incident(case: &crate::CaseReport, format: &Format<'_>) -> Self {
        let counts = summary::Answered::of(&case.incident);
        let (state, words) = counts.standing();
        let open = case.incident.iter().filter(|one| Answer::of(one) != Answer::Whole);
        Self {
            name: format.label(&texts::INCIDENT),
            state,
            words: format.label(&words),
            detail: format.text(&counts.local()),
            attention: open
                .take(NOTABLE)
                .map(|conclusion| format.text(&conclusion.question))
                .collect(),
        }
    }

    pub(super) fn of_duties(
        name: &sancha_model::Text,
        conclusions: &[Conclusion],
        format: &Format<'_>,
    ) -> Self {
        let tally = summary::Tally::of(conclusions);
        let (state, words) = tally.standing();
        let with = |status| conclusions.iter().filter(move |one| one.status == Some(status));
        let notable = with(Status::NotMet).chain(with(Status::NotShown));
        Self {
            name: format.label(name),
            state,
            words: format.label(&words),
            detail: format.text(&tally.local()),
            attention: notable
                .take(NOTABLE)
                .map(|conclusion| format.text(&conclusion.question))
                .collect(),
        }
    }
}
