//! Records of a host itself, without a network source: database, audit, sudo, cron.

use std::collections::BTreeMap;

use sancha_model::{Level, Outcome, Scenario};

use super::tally::{Draft, Tally};
use crate::{Signal, texts};

/// One finding per kind of trouble on a host.
#[derive(Debug, Default)]
pub(super) struct Local {
    kinds: BTreeMap<Scenario, Tally>,
}

impl Local {
    pub(super) fn accept(&mut self, signal: &Signal, drafts: &mut Vec<Draft>) {
        let Some(matched) = signal.matched() else { return };
        let tally = self.kinds.entry(matched.scenario).or_default();
        if tally.is_over(signal.time) {
            drafts.push(draft(matched.scenario, std::mem::take(tally)));
        }
        tally.add(signal, 1);
    }

    pub(super) fn close(self, drafts: &mut Vec<Draft>) {
        drafts.extend(self.kinds.into_iter().map(|(scenario, tally)| draft(scenario, tally)));
    }
}

/// Whether it belongs to an intrusion is decided later, when all findings are known.
fn draft(scenario: Scenario, tally: Tally) -> Draft {
    Draft {
        source: None,
        scenario,
        level: tally.level.unwrap_or(Level::Low),
        outcome: Outcome::NotDeterminable,
        reason: texts::REASON_LOCAL_ALONE.local(),
        analyses: Vec::new(),
        text: &texts::LOCAL,
        values: Vec::new(),
        tally,
    }
}
