use std::borrow::Cow;

use sancha_model::{Finding, Lang, mask_personal_text, visible};

use crate::texts;

/// At the beginning of a table for spreadsheet programs: without it they take Chinese text for the local code page.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The findings as a table for spreadsheet programs: RFC 4180 with a [`BYTE_ORDER_MARK`].
///
/// A cell that begins like a formula gets a leading apostrophe, so that it is text and runs nothing.
pub fn render_findings_csv(findings: &[Finding], lang: Lang) -> String {
    let mut out = String::from(BYTE_ORDER_MARK);
    csv_row(&mut out, texts::CSV_HEAD.iter().map(|head| Cow::Borrowed(head.get(lang))));
    for finding in findings {
        let time = |time: Option<sancha_model::EventTime>| {
            time.map_or(String::new(), |time| time.to_string())
        };
        let sources: Vec<String> = finding.src.iter().map(ToString::to_string).collect();
        let cells = [
            finding.id.0.clone(),
            finding.scenario.id().to_owned(),
            finding.scenario.name().get(lang).to_owned(),
            finding.level.id().to_owned(),
            texts::outcome(finding.outcome).get(lang).to_owned(),
            time(finding.first),
            time(finding.last),
            finding.count.to_string(),
            sources.join(" "),
            finding.hosts.join(" "),
            finding.users.join(" "),
            finding.rules.join(" "),
            finding.summary.get(lang).to_owned(),
        ];
        csv_row(&mut out, cells.iter().map(|cell| mask_personal_text(cell)));
    }
    out
}

/// Appends one row of CSV (RFC 4180).
pub fn csv_row<'a>(out: &mut String, cells: impl Iterator<Item = Cow<'a, str>>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let cell = guarded(&visible(&cell));
        if cell.contains([',', '"', '\'']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

/// Spreadsheets take a cell for a formula by its first character, after spaces; full-width forms
/// count too (OWASP, "CSV Injection").
fn guarded(cell: &str) -> String {
    let first = cell.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠' | '\\') => {
            format!("'{cell}")
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_become_text() {
        for (input, want) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("  +1+1", "'  +1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("＝1", "'＝1"),
            ("plain = text", "plain = text"),
            ("医院", "医院"),
        ] {
            assert_eq!(guarded(input), want);
        }
    }

    #[test]
    fn a_cell_stays_one_cell() {
        let mut out = String::new();
        csv_row(&mut out, ["a,b", "c\"d", "e\nf"].into_iter().map(Cow::Borrowed));
        assert_eq!(out, "\"a,b\",\"c\"\"d\",e\\nf\r\n");
    }
}
