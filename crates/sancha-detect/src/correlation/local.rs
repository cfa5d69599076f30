//! Records of a host itself, without a network source: database, audit, sudo, cron.

use std::collections::BTreeMap;

use sancha_model::{Family, Level, Outcome, Scenario};

use super::{
    packed::Drafts,
    tally::{Draft, Entered, Tally},
};
use crate::{SignalKind, signal::Seen, texts};

/// Who did what with which program, and whether a person did: a nightly dump by the backup account is another
/// thing than a dump by the account of the site.
type Kind = (Scenario, String, String, bool);

/// One finding per kind of trouble on a host.
#[derive(Clone, Debug, Default)]
pub(super) struct Local {
    kinds: BTreeMap<Kind, Tally>,
}

/// Accounts and programs are the attacker's to choose; beyond this many, one finding takes the rest.
const MOST_KINDS: usize = 4_096;

impl Local {
    pub(super) fn accept(&mut self, signal: Seen<'_>, drafts: &mut Drafts) {
        let SignalKind::Match { scenario, by_person, .. } = signal.kind else { return };
        let name = |text: Option<&str>| text.unwrap_or_default().to_owned();
        // Programs that a web shell runs are one thing, whatever they are called.
        let by_program = scenario.family() != Family::WebAttack;
        let program = signal.service().filter(|_| by_program);
        let mut kind = (scenario, name(signal.user()), name(program), by_person);
        if self.kinds.len() >= MOST_KINDS && !self.kinds.contains_key(&kind) {
            kind = (scenario, String::new(), String::new(), by_person);
        }
        let tally = self.kinds.entry(kind).or_default();
        if tally.is_over(signal.time) {
            drafts.push(draft(scenario, std::mem::take(tally)));
        }
        tally.add(signal, 1);
    }

    pub(super) fn close(self, drafts: &mut Drafts) {
        drafts.extend(self.kinds.into_iter().map(|((scenario, ..), tally)| draft(scenario, tally)));
    }
}

/// Whether it belongs to an intrusion is decided later, when all findings are known.
fn draft(scenario: Scenario, tally: Tally) -> Draft {
    Draft {
        source: None,
        sources: Vec::new(),
        scenario,
        level: tally.level.unwrap_or(Level::Low),
        outcome: Outcome::NotDeterminable,
        reason: (if tally.by_person {
            &texts::REASON_LOCAL_PERSON
        } else {
            &texts::REASON_LOCAL_ALONE
        })
        .into(),
        analysis: None,
        text: &texts::LOCAL,
        values: Vec::new(),
        entered: Entered::default(),
        tally,
    }
}
