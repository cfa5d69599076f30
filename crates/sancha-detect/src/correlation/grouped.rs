//! Sigma's correlation rules: what the matches of one group are within a span.

use std::collections::{BTreeMap, VecDeque};

use rsigma_parser::{ConditionExpr, ConditionOperator, Quantifier, SelectorPattern};
use sancha_model::{EventTime, Outcome};

use super::{
    CorrelationRule,
    packed::Drafts,
    tally::{Draft, Entered, Tally},
};
use crate::{
    sigma::{Condition, CorrelationKind},
    signal::{Part, Seen},
    texts,
};

/// A window never holds more than this. Counts beyond it are this many; of values and members the oldest
/// are given up.
const MOST_HELD: usize = 100_000;

/// The matches of one group of one correlation rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    held: VecDeque<Held>,
    /// Different values with the time they were seen last.
    values: BTreeMap<Box<str>, EventTime>,
    /// How often each member is held.
    members: Vec<u32>,
    /// It held by the match before this one.
    holds: bool,
    found: bool,
    tally: Tally,
}

/// One match in the window.
#[derive(Clone, Copy, Debug)]
struct Held {
    time: EventTime,
    member: u32,
    number: f64,
}

impl Window {
    pub(super) fn last(&self) -> EventTime {
        self.tally.last.unwrap_or(EventTime::MIN)
    }

    /// Whether the condition came true by this match.
    pub(super) fn accept(
        &mut self,
        rule: &CorrelationRule,
        part: Part,
        signal: Seen<'_>,
        drafts: &mut Drafts,
    ) -> bool {
        if self.tally.is_over(signal.time) && signal.time.since(self.last()) > rule.timespan_nanos {
            self.close(rule, signal, drafts);
        }
        self.tally.add(signal, 1);
        let value = signal.texts.get(part.value).unwrap_or_default();
        let begin = signal.time.plus(-rule.timespan_nanos);
        self.hold(rule, part.member, value, signal.time, begin);
        let holds = self.is_true(rule);
        let came_true = holds && !self.holds;
        self.holds = holds;
        self.found |= holds;
        came_true
    }

    fn hold(
        &mut self,
        rule: &CorrelationRule,
        member: u32,
        value: &str,
        time: EventTime,
        begin: EventTime,
    ) {
        if rule.kind == CorrelationKind::ValueCount {
            if self.values.len() < MOST_HELD {
                self.values.insert(value.into(), time);
            }
            self.values.retain(|_, seen| *seen >= begin);
            return;
        }
        let number = match rule.kind {
            CorrelationKind::ValueSum
            | CorrelationKind::ValueAverage
            | CorrelationKind::ValuePercentile(_) => match value.trim().parse() {
                Ok(number) => number,
                // What is no number has no part in a sum.
                Err(_) => return,
            },
            CorrelationKind::EventCount
            | CorrelationKind::ValueCount
            | CorrelationKind::Temporal { .. } => 0.0,
        };
        self.held.push_back(Held { time, member, number });
        let at = member as usize;
        if self.members.len() <= at {
            self.members.resize(at.min(MOST_HELD) + 1, 0);
        }
        if let Some(count) = self.members.get_mut(at) {
            *count += 1;
        }
        let most = most_needed(rule);
        while self.held.front().is_some_and(|held| held.time < begin) || self.held.len() > most {
            let Some(gone) = self.held.pop_front() else { break };
            if let Some(count) = self.members.get_mut(gone.member as usize) {
                *count -= 1;
            }
        }
    }

    fn is_true(&self, rule: &CorrelationRule) -> bool {
        match (&rule.condition, rule.kind) {
            (Condition::Members { names, expr }, CorrelationKind::Temporal { ordered }) => {
                let fired = |at: usize| self.members.get(at).is_some_and(|count| *count > 0);
                let all = match expr {
                    Some(expr) => holds(expr, names, &fired),
                    None => (0..names.len()).all(fired),
                };
                all && (!ordered || self.is_in_order(names.len(), &fired))
            }
            (Condition::Members { .. }, _) => false,
            (Condition::Number(predicates), kind) => {
                let number = self.number(kind);
                number.is_some_and(|number| {
                    predicates.iter().all(|(how, limit)| compares(*how, number, *limit))
                })
            }
        }
    }

    /// Whether the members that fired stand in the window one after the other as the rule lists them.
    fn is_in_order(&self, count: usize, fired: &dyn Fn(usize) -> bool) -> bool {
        let mut wanted = (0..count).filter(|at| fired(*at)).peekable();
        for held in &self.held {
            if wanted.peek() == Some(&(held.member as usize)) {
                wanted.next();
            }
        }
        wanted.peek().is_none()
    }

    #[expect(clippy::cast_precision_loss, reason = "a window holds far fewer than 2^52")]
    fn number(&self, kind: CorrelationKind) -> Option<f64> {
        let numbers = || self.held.iter().map(|held| held.number);
        let count = self.held.len() as f64;
        match kind {
            CorrelationKind::EventCount => Some(count),
            CorrelationKind::ValueCount => Some(self.values.len() as f64),
            CorrelationKind::ValueSum => Some(numbers().sum()),
            CorrelationKind::ValueAverage => {
                (!self.held.is_empty()).then(|| numbers().sum::<f64>() / count)
            }
            CorrelationKind::ValuePercentile(percent) => percentile(numbers().collect(), percent),
            CorrelationKind::Temporal { .. } => None,
        }
    }

    /// `of_group`: any signal of the group; it names the source, where the group has one.
    pub(super) fn close(
        &mut self,
        rule: &CorrelationRule,
        of_group: Seen<'_>,
        drafts: &mut Drafts,
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
        let reason = match rule.outcome {
            Some(Outcome::LikelySucceeded) => &texts::REASON_RULE_SHOWS,
            _ => &texts::REASON_RULE_ONLY,
        };
        Some(Draft {
            source,
            sources: Vec::new(),
            scenario: rule.scenario,
            level: rule.level,
            outcome: rule.outcome.unwrap_or(Outcome::NotDeterminable),
            reason: reason.into(),
            analysis: None,
            text: &texts::CORRELATION,
            values: vec![("rule", rule.title.clone())],
            entered: Entered::default(),
            tally: self.tally,
        })
    }
}

/// A count that only has to reach a number needs no more matches than that.
fn most_needed(rule: &CorrelationRule) -> usize {
    let Condition::Number(predicates) = &rule.condition else { return MOST_HELD };
    let only_lower = predicates
        .iter()
        .all(|(how, _)| matches!(how, ConditionOperator::Gt | ConditionOperator::Gte));
    if rule.kind != CorrelationKind::EventCount || !only_lower {
        return MOST_HELD;
    }
    let most = predicates.iter().map(|(_, limit)| limit + 1.0).fold(1.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let most = most.min(1e6) as usize;
    most.clamp(1, MOST_HELD)
}

fn compares(how: ConditionOperator, number: f64, limit: f64) -> bool {
    match how {
        ConditionOperator::Lt => number < limit,
        ConditionOperator::Lte => number <= limit,
        ConditionOperator::Gt => number > limit,
        ConditionOperator::Gte => number >= limit,
        ConditionOperator::Eq => (number - limit).abs() < f64::EPSILON,
        ConditionOperator::Neq => (number - limit).abs() >= f64::EPSILON,
    }
}

/// The number below or at which so many percent of the others are, by the nearest rank.
fn percentile(mut numbers: Vec<f64>, percent: u8) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let rank = (numbers.len() * usize::from(percent)).div_ceil(100).max(1);
    numbers.get(rank - 1).copied()
}

fn holds(expr: &ConditionExpr, names: &[String], fired: &dyn Fn(usize) -> bool) -> bool {
    let one = |part: &ConditionExpr| holds(part, names, fired);
    match expr {
        ConditionExpr::And(parts) => parts.iter().all(one),
        ConditionExpr::Or(parts) => parts.iter().any(one),
        ConditionExpr::Not(part) => !one(part),
        ConditionExpr::Identifier(name) => {
            names.iter().position(|known| known == name).is_some_and(fired)
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let fits = |name: &&(usize, &String)| match pattern {
                SelectorPattern::Them => true,
                SelectorPattern::Pattern(_) => pattern.matches_detection_name(name.1),
            };
            let named: Vec<(usize, &String)> = names.iter().enumerate().collect();
            let chosen: Vec<usize> = named.iter().filter(fits).map(|(at, _)| *at).collect();
            let count = chosen.iter().filter(|at| fired(**at)).count();
            match quantifier {
                Quantifier::Any => count >= 1,
                Quantifier::All => count == chosen.len(),
                Quantifier::Count(wanted) => count as u64 >= *wanted,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let numbers = || vec![30.0, 10.0, 20.0, 40.0];
        assert_eq!(percentile(numbers(), 50), Some(20.0));
        assert_eq!(percentile(numbers(), 75), Some(30.0));
        assert_eq!(percentile(numbers(), 100), Some(40.0));
        assert_eq!(percentile(numbers(), 0), Some(10.0));
        assert_eq!(percentile(Vec::new(), 50), None);
    }
}
