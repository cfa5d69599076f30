use sancha_case::LogKind;
use sancha_model::{Coverage, EventTime, LocalText};

use crate::texts;

/// What logs like those that were read cannot show: stands beside every result, an empty one above
/// all. `when` writes a time for people.
pub(crate) fn limits(coverage: &Coverage, when: impl Fn(EventTime) -> String) -> Vec<LocalText> {
    let read = |kind| {
        coverage
            .files
            .iter()
            .any(|file| file.records > 0 && LogKind::of_format(&file.format) == Some(kind))
    };
    let mut lines = Vec::new();
    if let (Some(first), Some(last)) = coverage.looked_at() {
        let text = if coverage.asked.is_some() { &texts::LIMIT_ASKED } else { &texts::LIMIT_DAYS };
        lines.push(text.fill(&[
            ("first", LocalText::same(when(first))),
            ("last", LocalText::same(when(last))),
        ]));
    }
    let web = if read(LogKind::Web) { &texts::LIMIT_WEB } else { &texts::LIMIT_NO_WEB };
    lines.push(web.local());
    for (kind, missing) in [
        (LogKind::Host, &texts::LIMIT_NO_HOST),
        (LogKind::Audit, &texts::LIMIT_NO_AUDIT),
        (LogKind::Database, &texts::LIMIT_NO_DATABASE),
    ] {
        if !read(kind) {
            lines.push(missing.local());
        }
    }
    lines.push(texts::LIMIT_RULES.local());
    lines.push(texts::LIMIT_ALWAYS.local());
    lines
}
