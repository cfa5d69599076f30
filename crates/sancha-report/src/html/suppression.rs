use sancha_model::{LocalText, SuppressionCoverage, SuppressionState};
use serde::Serialize;

use super::format::{Format, thousands};
use crate::texts;

/// One entry of the allow list, in words.
#[derive(Debug, Serialize)]
pub(super) struct SuppressionView<'a> {
    place: &'a str,
    scope: &'a str,
    reason: String,
    owner: String,
    period: String,
    state: String,
    acts: bool,
    unknown: Option<String>,
    counts: String,
}

pub(super) fn view<'a>(entry: &'a SuppressionCoverage, format: &Format<'_>) -> SuppressionView<'a> {
    let day = |time: sancha_model::EventTime| format.zoned(time, "%Y-%m-%d %H:%M");
    let written = |text: &Option<String>, missing| match text {
        Some(text) => text.clone(),
        None => format.label(missing),
    };
    let period = match (entry.from, entry.until) {
        (Some(from), Some(until)) => format!("{} — {}", day(from), day(until)),
        _ => format.label(&texts::ALLOW_NO_END),
    };
    let state = match entry.state {
        SuppressionState::Active => &texts::ALLOW_ACTIVE,
        SuppressionState::NotYet => &texts::ALLOW_NOT_YET,
        SuppressionState::Expired => &texts::ALLOW_EXPIRED,
    };
    let names = LocalText::same(entry.unknown.join(" "));
    let unknown = format.text(&texts::ALLOW_UNKNOWN.fill(&[("names", names)]));
    let counts = [entry.matches, entry.findings, entry.records].map(thousands);
    SuppressionView {
        place: &entry.entry,
        scope: &entry.scope,
        reason: written(&entry.reason, &texts::ALLOW_NO_REASON),
        owner: written(&entry.owner, &texts::ALLOW_NO_OWNER),
        period,
        state: format.label(state),
        acts: entry.state == SuppressionState::Active,
        unknown: (!entry.unknown.is_empty()).then_some(unknown),
        counts: counts.join(" / "),
    }
}
