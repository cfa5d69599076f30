use sancha_model::Text;
use serde::Serialize;

/// Where a case stands. Preparation is standing state and no stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Detected,
    Confirmed,
    Graded,
    Contained,
    Eradicated,
    Recovered,
    /// The 30 days of the summary report run from here, so that closing never waits for itself.
    HandlingEnded,
    Reviewed,
    Closed,
}

impl Stage {
    pub const ALL: [Self; 9] = [
        Self::Detected,
        Self::Confirmed,
        Self::Graded,
        Self::Contained,
        Self::Eradicated,
        Self::Recovered,
        Self::HandlingEnded,
        Self::Reviewed,
        Self::Closed,
    ];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Confirmed => "confirmed",
            Self::Graded => "graded",
            Self::Contained => "contained",
            Self::Eradicated => "eradicated",
            Self::Recovered => "recovered",
            Self::HandlingEnded => "handling_ended",
            Self::Reviewed => "reviewed",
            Self::Closed => "closed",
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::Detected => Text::new("case.stage.detected", "已发现", "detected"),
            Self::Confirmed => Text::new("case.stage.confirmed", "已确认", "confirmed"),
            Self::Graded => Text::new("case.stage.graded", "已定级", "graded"),
            Self::Contained => Text::new("case.stage.contained", "已控制", "contained"),
            Self::Eradicated => Text::new("case.stage.eradicated", "已根除", "eradicated"),
            Self::Recovered => Text::new("case.stage.recovered", "已恢复", "recovered"),
            Self::HandlingEnded => {
                Text::new("case.stage.handling_ended", "处置结束", "handling ended")
            }
            Self::Reviewed => Text::new("case.stage.reviewed", "已复盘", "reviewed"),
            Self::Closed => Text::new("case.stage.closed", "已结案", "closed"),
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Detected => Some(Self::Confirmed),
            Self::Confirmed => Some(Self::Graded),
            Self::Graded => Some(Self::Contained),
            Self::Contained => Some(Self::Eradicated),
            Self::Eradicated => Some(Self::Recovered),
            Self::Recovered => Some(Self::HandlingEnded),
            Self::HandlingEnded => Some(Self::Reviewed),
            Self::Reviewed => Some(Self::Closed),
            Self::Closed => None,
        }
    }
}

/// What is known when a step is asked for. The default knows nothing, and nothing known opens no gate.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// Two independent kinds of logs agree, or a person confirmed it with a reason.
    pub confirmed: bool,
    /// A grade is set, by numbers or by a person; `undetermined` set by a person counts.
    pub graded: bool,
    pub containment_verified: bool,
    pub eradication_verified: bool,
    pub restore_accepted: bool,
    /// Every statutory clock has a recorded submission or does not apply.
    pub clocks_met: bool,
    pub evidence_verified: bool,
    /// None of the three investigations is blank.
    pub investigations_filled: bool,
    /// Opens the gate to `closed` in place of what is missing; recorded with the signature.
    pub signed_override: Option<String>,
}

/// What still holds a case back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocker {
    NotConfirmed,
    NotGraded,
    ContainmentNotVerified,
    EradicationNotVerified,
    RestoreNotAccepted,
    ClockUnmet,
    EvidenceNotVerified,
    InvestigationBlank,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionRefused {
    #[error("a case goes from `{}` to its next stage only, not to `{}`", from.id(), to.id())]
    NotNext { from: Stage, to: Stage },
    #[error("`{}` is held back by {blockers:?}; settle these first", to.id())]
    Blocked { to: Stage, blockers: Vec<Blocker> },
}

/// The one way from stage to stage: one step at a time, each with its gate.
///
/// # Errors
/// `NotNext` when `to` is not the stage after `from`; `Blocked` with everything that is missing.
pub fn transition(from: Stage, to: Stage, gate: &Gate) -> Result<Stage, TransitionRefused> {
    if from.next() != Some(to) {
        return Err(TransitionRefused::NotNext { from, to });
    }
    let blockers = blockers(to, gate);
    let overridden = to == Stage::Closed && gate.signed_override.is_some();
    if blockers.is_empty() || overridden {
        Ok(to)
    } else {
        Err(TransitionRefused::Blocked { to, blockers })
    }
}

fn blockers(to: Stage, gate: &Gate) -> Vec<Blocker> {
    let needs: &[(bool, Blocker)] = match to {
        Stage::Detected | Stage::HandlingEnded | Stage::Reviewed => &[],
        Stage::Confirmed => &[(gate.confirmed, Blocker::NotConfirmed)],
        Stage::Graded => &[(gate.graded, Blocker::NotGraded)],
        Stage::Contained => &[(gate.containment_verified, Blocker::ContainmentNotVerified)],
        Stage::Eradicated => &[(gate.eradication_verified, Blocker::EradicationNotVerified)],
        Stage::Recovered => &[(gate.restore_accepted, Blocker::RestoreNotAccepted)],
        Stage::Closed => &[
            (gate.clocks_met, Blocker::ClockUnmet),
            (gate.evidence_verified, Blocker::EvidenceNotVerified),
            (gate.restore_accepted, Blocker::RestoreNotAccepted),
            (gate.investigations_filled, Blocker::InvestigationBlank),
        ],
    };
    needs.iter().filter(|(met, _)| !met).map(|(_, blocker)| *blocker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_gate() -> Gate {
        Gate {
            confirmed: true,
            graded: true,
            containment_verified: true,
            eradication_verified: true,
            restore_accepted: true,
            clocks_met: true,
            evidence_verified: true,
            investigations_filled: true,
            signed_override: None,
        }
    }

    #[test]
    fn a_case_walks_every_stage_in_order_and_none_after_the_last() {
        let mut stage = Stage::Detected;
        for next in Stage::ALL.into_iter().skip(1) {
            stage = transition(stage, next, &open_gate()).unwrap();
        }
        assert_eq!(stage, Stage::Closed);
        for to in Stage::ALL {
            assert!(transition(Stage::Closed, to, &open_gate()).is_err());
        }
    }

    #[test]
    fn no_stage_is_skipped_or_taken_back() {
        let skipped = transition(Stage::Detected, Stage::Graded, &open_gate()).unwrap_err();
        assert_eq!(
            skipped.to_string(),
            "a case goes from `detected` to its next stage only, not to `graded`"
        );
        assert!(transition(Stage::Graded, Stage::Confirmed, &open_gate()).is_err());
    }

    #[test]
    fn closing_names_everything_that_is_missing_unless_somebody_signs() {
        let gate = Gate { clocks_met: false, investigations_filled: false, ..open_gate() };
        assert_eq!(
            transition(Stage::Reviewed, Stage::Closed, &gate),
            Err(TransitionRefused::Blocked {
                to: Stage::Closed,
                blockers: vec![Blocker::ClockUnmet, Blocker::InvestigationBlank],
            })
        );
        let signed = Gate { signed_override: Some("signature-1".to_owned()), ..gate };
        assert_eq!(transition(Stage::Reviewed, Stage::Closed, &signed), Ok(Stage::Closed));
    }

    #[test]
    fn a_signature_opens_no_earlier_gate() {
        let gate = Gate { signed_override: Some("signature-1".to_owned()), ..Gate::default() };
        assert!(transition(Stage::Detected, Stage::Confirmed, &gate).is_err());
    }
}
