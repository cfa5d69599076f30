//! Sigma's correlation rules: so many matches, or so many different values, of one group in a span.

use std::collections::{BTreeMap, VecDeque};

use sancha_model::{EventTime, Outcome};

use super::{
    CorrelationRule,
    tally::{Draft, Tally},
};
use crate::{
    sigma::CorrelationKind,
    signal::{Part, Seen},
    texts,
};

/// A window never holds more than this; a rule that asks for more fires from here on.
const MOST_HELD: usize = 100_000;

/// The matches of one group of one correlation rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    times: VecDeque<EventTime>,
    /// Different values with the time they were seen last.
    values: BTreeMap<Box<str>, EventTime>,
    found: bool,
    tally: Tally,
}

impl Window {
    pub(super) fn last(&self) -> EventTime {
        self.tally.last.unwrap_or(EventTime::MIN)
    }

    pub(super) fn accept(
        &mut self,
        rule: &CorrelationRule,
        part: Part,
        signal: Seen<'_>,
        drafts: &mut Vec<Draft>,
    ) {
        if self.tally.is_over(signal.time) && signal.time.since(self.last()) > rule.timespan_nanos {
            self.close(rule, signal, drafts);
        }
        self.tally.add(signal, 1);
        let needed = usize::try_from(rule.at_least).unwrap_or(MOST_HELD).clamp(1, MOST_HELD);
        let begin = signal.time.plus(-rule.timespan_nanos);
        self.found |= match rule.kind {
            CorrelationKind::EventCount => {
                self.times.push_back(signal.time);
                while self.times.len() > needed {
                    self.times.pop_front();
                }
                self.times.len() == needed
                    && self.times.front().is_some_and(|first| *first >= begin)
            }
            CorrelationKind::ValueCount { .. } => {
                if self.values.len() < MOST_HELD {
                    self.values.insert(
                        signal.texts.get(part.value).unwrap_or_default().into(),
                        signal.time,
                    );
                }
                self.values.retain(|_, seen| *seen >= begin);
                self.values.len() >= needed
            }
        };
    }

    /// `of_group`: any signal of the group; it names the source, where the group has one.
    pub(super) fn close(
        &mut self,
        rule: &CorrelationRule,
        of_group: Seen<'_>,
        drafts: &mut Vec<Draft>,
    ) {
        let closed = std::mem::take(self);
        drafts.extend(closed.draft(rule, of_group.source));
    }

    pub(super) fn draft(
        mut self,
        rule: &CorrelationRule,
        source: Option<std::net::IpAddr>,
    ) -> Option<Draft> {
        if !self.found {
            return None;
        }
        self.tally.rules.insert(rule.entry);
        Some(Draft {
            source,
            sources: Vec::new(),
            scenario: rule.scenario,
            level: rule.level,
            outcome: Outcome::NotDeterminable,
            reason: texts::REASON_RULE_ONLY.local(),
            analyses: Vec::new(),
            text: &texts::CORRELATION,
            values: vec![("rule", rule.title.clone())],
            tally: self.tally,
        })
    }
}
