use sancha_model::{Event, FieldId};

use crate::sigma::{Correlation, CorrelationKind};

/// What keeps the values of a group apart; no log line holds it.
const BETWEEN: char = '\u{1f}';

/// A match's part in one correlation rule, as text.
pub(super) struct PartText {
    /// Place in the list of correlation rules.
    pub(super) correlation: u32,
    pub(super) group: String,
    pub(super) value: String,
}

/// A match's parts in correlation rules, and whether the match also counts by itself: a rule that only
/// feeds correlations (Sigma's `generate: false`) does not.
pub(super) fn of(
    correlations: &[Correlation],
    event: Event<'_>,
    rule: u32,
) -> (Vec<PartText>, bool) {
    let mut parts = Vec::new();
    let (mut belongs, mut generates) = (false, false);
    for (place, correlation) in (0_u32..).zip(correlations) {
        if !correlation.rules.contains(&rule) {
            continue;
        }
        belongs = true;
        generates |= correlation.generate;
        let value = match correlation.kind {
            CorrelationKind::EventCount => String::new(),
            CorrelationKind::ValueCount { field } => text(event, field),
        };
        let group: Vec<String> = correlation.group_by.iter().map(|f| text(event, *f)).collect();
        let group = group.join(&BETWEEN.to_string());
        parts.push(PartText { correlation: place, group, value });
    }
    (parts, !belongs || generates)
}

fn text(event: Event<'_>, field: FieldId) -> String {
    String::from_utf8_lossy(event.field_text(field)).into_owned()
}
