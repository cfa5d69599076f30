//! The short summary for a terminal: what was read, what was found, how each investigation stands,
//! what to do now and by when.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use sancha_model::{
    Finding, Lang, LocalText, SuppressionCoverage, SuppressionState, Text, mask_personal_text,
    visible,
};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    CaseReport, Document, Summary,
    document::name_of,
    limits::limits,
    remarks::remarks,
    summary::{CaseSummary, Tally},
    texts,
};

/// Steps shown of one case; the report has all.
const STEPS: usize = 4;
/// Cases told about; the report has all.
const CASES: usize = 5;

/// The summary in the document's language. What comes from logs has its hidden characters shown.
pub fn render_terminal(document: &Document) -> String {
    let summary = Summary::of(document);
    let mut page = Page { document, lang: document.lang, text: String::new() };
    page.read(&summary);
    if document.coverage.late_records > 0 {
        let count = LocalText::same(document.coverage.late_records.to_string());
        page.fill(&texts::TERMINAL_LATE, &[("count", count)]);
    }
    page.allow_list();
    for line in crate::lake_read(&document.coverage, |time| time.display_in(&document.zone)) {
        page.line(line.get(document.lang));
    }
    for remark in remarks(&document.coverage, |time| time.display_in(&document.zone)) {
        page.fill(&texts::TERMINAL_NOTE, &[("text", remark)]);
    }
    if let Some(day) = document.law.simulated_on {
        page.fill(&texts::SIMULATED, &[("date", LocalText::same(day.to_string()))]);
    }
    if document.cases.is_empty() {
        page.line(texts::EMPTY_LEAD.get(document.lang));
        for limit in limits(&document.coverage, |time| time.display_in(&document.zone)) {
            page.line(&format!("  · {}", limit.get(document.lang)));
        }
    } else {
        let count = LocalText::same(document.cases.len().to_string());
        page.fill(&texts::CASES_FOUND, &[("count", count)]);
    }
    for (case, counted) in document.cases.iter().zip(&summary.cases).take(CASES) {
        page.case(case, counted);
    }
    if summary.background_attempts > 0 {
        let number = |n: u64| LocalText::same(n.to_string());
        let values = [
            ("kinds", number(summary.background_kinds)),
            ("count", number(summary.background_attempts)),
        ];
        page.fill(&texts::TERMINAL_BACKGROUND, &values);
    }
    page.text
}

/// Widths of a table of findings; its last column has no end.
const WIDTHS: [usize; 5] = [26, 9, 18, 28, 16];

/// Names of the columns of [`render_findings_table`].
pub fn render_findings_head(lang: Lang) -> String {
    use texts::{CSV_FIRST, CSV_LEVEL, CSV_OUTCOME, CSV_SCENARIO, CSV_SRC, CSV_SUMMARY};
    let names = [CSV_FIRST, CSV_LEVEL, CSV_OUTCOME, CSV_SCENARIO, CSV_SRC];
    row(&names.map(|name| name.get(lang).to_owned()), CSV_SUMMARY.get(lang))
}

/// One line per finding, in columns that Chinese text does not break; times are in `zone`.
pub fn render_findings_table(findings: &[Finding], zone: &TimeZone, lang: Lang) -> String {
    let one = |finding: &Finding| {
        let sources: Vec<String> = finding.src.iter().map(ToString::to_string).collect();
        let cells = [
            finding.first.map(|time| time.display_in(zone)).unwrap_or_default(),
            finding.level.id().to_owned(),
            texts::outcome(finding.outcome).get(lang).to_owned(),
            finding.scenario.id().to_owned(),
            sources.join(" "),
        ];
        row(&cells, finding.summary.get(lang))
    };
    findings.iter().map(one).collect()
}

fn row(cells: &[String; 5], last: &str) -> String {
    let mut row = String::new();
    for (cell, width) in cells.iter().zip(WIDTHS) {
        let cell = visible(&mask_personal_text(cell)).into_owned();
        let gap = width_left(&cell, width);
        let _ = write!(row, "{cell}{:gap$} ", "");
    }
    let _ = writeln!(row, "{}", visible(&mask_personal_text(last)));
    row
}

/// What the allow list did, for a sentence.
fn allow_list_counts(entries: &[SuppressionCoverage]) -> [(&'static str, LocalText); 3] {
    let number = |n: u64| LocalText::same(n.to_string());
    let expired = entries.iter().filter(|entry| entry.state == SuppressionState::Expired);
    [
        ("matches", number(entries.iter().map(|entry| entry.matches).sum())),
        ("findings", number(entries.iter().map(|entry| entry.findings).sum())),
        ("expired", number(expired.count() as u64)),
    ]
}

/// The same in one line, for a run that writes no report.
pub fn render_allow_list(entries: &[SuppressionCoverage], lang: Lang) -> Option<String> {
    let text = texts::TERMINAL_ALLOWED_DETECT.fill(&allow_list_counts(entries));
    (!entries.is_empty()).then(|| text.get(lang).to_owned())
}

/// Columns left of `width`, by Unicode's East Asian Width (UAX #11).
fn width_left(cell: &str, width: usize) -> usize {
    width.saturating_sub(cell.width())
}

struct Page<'a> {
    document: &'a Document,
    lang: Lang,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(&visible(&mask_personal_text(line)));
        self.text.push('\n');
    }

    fn fill(&mut self, text: &Text, values: &[(&str, LocalText)]) {
        let filled = text.fill(values);
        self.line(filled.get(self.lang));
    }

    fn allow_list(&mut self) {
        let entries = &self.document.coverage.suppressions;
        if entries.is_empty() {
            return;
        }
        let values = allow_list_counts(entries);
        self.fill(&texts::TERMINAL_ALLOWED, &values);
    }

    fn read(&mut self, summary: &Summary) {
        let number = |n: u64| LocalText::same(n.to_string());
        let zone = &self.document.zone;
        let day = |time: Option<sancha_model::EventTime>| {
            LocalText::same(time.map_or("—".to_owned(), |time| time.date_in(zone).to_string()))
        };
        let values = [
            ("files", number(summary.files)),
            ("records", number(summary.records)),
            ("rejected", number(summary.rejected)),
            ("first", day(summary.first)),
            ("last", day(summary.last)),
            ("zone", LocalText::same(name_of(zone))),
        ];
        self.fill(&texts::TERMINAL_READ, &values);
    }

    fn case(&mut self, report: &CaseReport, counted: &CaseSummary) {
        let lang = self.lang;
        let outcome = texts::outcome(report.case.outcome);
        self.text.push('\n');
        self.line(&format!(
            "{}  {}  [{}]",
            report.case.id.0,
            report.case.title.get(lang),
            outcome.get(lang)
        ));
        self.line(&format!("  {}", report.case.outcome_reason.get(lang)));
        let incident = counted.incident.local();
        self.line(&format!("  {}  {}", texts::INCIDENT.get(lang), incident.get(lang)));
        self.tally(&texts::DUTY, counted.operator_duty);
        self.tally(&texts::SUPERVISION, counted.supervision);
        for clock in &report.clocks {
            let (name, to, rule) = (clock.name.get(lang), clock.to.get(lang), clock.rule.get(lang));
            let state = clock.due.map(|_| format!("  [{}]", clock.state_text.get(lang)));
            self.line(&format!("  ⏱ {name} → {to}  {rule}{}", state.unwrap_or_default()));
            for warning in &clock.warnings {
                self.line(&format!("    ! {}", warning.get(lang)));
            }
        }
        let steps = report.decisions.iter().chain(&report.next_steps).take(STEPS);
        for (place, step) in steps.enumerate() {
            self.line(&format!("  {}. {}", place + 1, step.get(lang)));
        }
    }

    fn tally(&mut self, leg: &Text, tally: Tally) {
        let counts = tally.fill(&texts::TERMINAL_TALLY, ("，", ", "));
        self.line(&format!("  {}  {}", leg.get(self.lang), counts.get(self.lang)));
    }
}
