use sancha_model::{Event, FieldId};

use crate::sigma::{Correlation, Member};

/// What keeps the values of a group apart; no log line holds it.
const BETWEEN: char = '\u{1f}';

/// Correlations inside each other; deeper ones are given up.
const DEPTH: usize = 8;

/// A match's part in one correlation rule, as text.
#[derive(Default)]
pub(super) struct PartText {
    /// Place in the list of correlation rules.
    pub(super) correlation: u32,
    pub(super) member: u32,
    /// Counts only when this correlation comes true by the same record.
    pub(super) via: Option<u32>,
    pub(super) family: u32,
    pub(super) group: String,
    /// The group of the family.
    pub(super) home: String,
    pub(super) value: String,
}

/// A match's parts in correlation rules, members before what they are members of, and whether the match
/// also counts by itself: a rule that only feeds correlations (Sigma's `generate: false`) does not.
pub(super) fn of(
    correlations: &[Correlation],
    event: Event<'_>,
    rule: u32,
) -> (Vec<PartText>, bool) {
    let mut parts = Vec::new();
    let (mut belongs, mut generates) = (false, false);
    for (place, correlation) in (0_u32..).zip(correlations) {
        let own = Member::Rule(rule);
        let Some(member) = correlation.members.iter().position(|member| *member == own) else {
            continue;
        };
        belongs = true;
        generates |= correlation.generate;
        let first = parts.len();
        parts.push(part(correlation, place, member, None, event, rule));
        let (mut child, mut parent) = (place, correlation.parent);
        for _ in 0..DEPTH {
            let Some(at) = parent else { break };
            let Some(correlation) = correlations.get(at as usize) else { break };
            let member = Member::Correlation(child);
            let member = correlation.members.iter().position(|known| *known == member);
            parts.push(part(correlation, at, member.unwrap_or(0), Some(child), event, rule));
            (child, parent) = (at, correlation.parent);
        }
        let home = parts.last().map(|part| (part.correlation, part.group.clone()));
        let (family, home) = home.unwrap_or_default();
        for part in parts.iter_mut().skip(first) {
            part.family = family;
            part.home.clone_from(&home);
        }
    }
    (parts, !belongs || generates)
}

fn part(
    correlation: &Correlation,
    place: u32,
    member: usize,
    via: Option<u32>,
    event: Event<'_>,
    rule: u32,
) -> PartText {
    let joined = |texts: Vec<String>| texts.join(&BETWEEN.to_string());
    let group = correlation
        .group_by
        .iter()
        .map(|field| text(event, field.by_rule.get(&rule).unwrap_or(&field.fields)));
    PartText {
        correlation: place,
        member: u32::try_from(member).unwrap_or(u32::MAX),
        via,
        group: joined(group.collect()),
        value: joined(correlation.counted.iter().map(|fields| text(event, fields)).collect()),
        ..PartText::default()
    }
}

/// The first of the fields that the event has.
fn text(event: Event<'_>, fields: &[FieldId]) -> String {
    let found = fields.iter().find_map(|field| event.cell(*field));
    found.map(|cell| String::from_utf8_lossy(event.text(cell)).into_owned()).unwrap_or_default()
}
