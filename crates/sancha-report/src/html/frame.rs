use std::collections::BTreeSet;

use sancha_case::{Background, BackgroundFinding};
use sancha_model::{FileCoverage, Lang, ProvisionRef};
use serde::Serialize;

use crate::{Document, Quote, document::name_of, limits::limits, remarks::remarks, texts};

use super::{
    anchors::{Anchors, Proof, provision_label},
    case_view::{CaseView, LineView, Shown},
    format::{Format, thousands},
    leader::{Leader, read_in_all},
    suppression::{self, SuppressionView},
};

/// Everything the templates show, as text in the document's language.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    lang: &'static str,
    title: String,
    number: &'a str,
    /// The same for the margin boxes of the style sheet, where nothing but these characters may go.
    number_css: String,
    unit: String,
    generated: String,
    at_from_clock: bool,
    period: String,
    zone: String,
    version: &'a str,
    sha256: &'a str,
    sha256_short: String,
    rules: Digest<'a>,
    law: Digest<'a>,
    simulated: Option<String>,
    leader: Leader,
    read: Vec<String>,
    limits: Vec<String>,
    cases: Vec<CaseView>,
    network_warning: Option<String>,
    background: Vec<BackgroundView>,
    coverage: CoverageView<'a>,
    provisions: Vec<ProvisionView>,
    provisions_intro: String,
    proofs: &'a [Proof<'a>],
    other_lines: Vec<LineView>,
    paths: &'a [String],
    options: &'a [(String, String)],
    disclaimers: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Digest<'a> {
    count: String,
    digest: &'a str,
}

#[derive(Debug, Serialize)]
struct BackgroundView {
    name: String,
    scenario: &'static str,
    addresses: String,
    attempts: String,
    period: String,
    top: String,
    shown: Vec<ShownView>,
    /// Those that are not shown, told; empty where all are.
    more: String,
}

/// A host's own records among the background.
#[derive(Debug, Serialize)]
struct ShownView {
    time: String,
    hosts: String,
    summary: String,
    record: String,
}

#[derive(Debug, Serialize)]
struct CoverageView<'a> {
    files: Vec<FileView<'a>>,
    rules: String,
    not_loaded: Vec<NotLoaded>,
    problems: Vec<(&'a str, String)>,
    counts: String,
    suppressions: Vec<SuppressionView<'a>>,
    odd: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileView<'a> {
    path: &'a str,
    format: &'a str,
    bytes: String,
    records: String,
    parsed: String,
    rejected: String,
    many_rejected: bool,
    period: String,
    remarks: Vec<String>,
    sha256: &'a str,
}

#[derive(Debug, Serialize)]
struct NotLoaded {
    place: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct ProvisionView {
    label: String,
    from: String,
    gist: String,
    quote: Option<QuoteView>,
}

/// An article's imported text; shown with its first provision, later ones point to it.
#[derive(Debug, Serialize)]
struct QuoteView {
    paragraphs: Vec<String>,
    origin: String,
}

impl Page<'_> {
    pub(super) fn of(
        document: &Document,
        json_digest: &str,
    ) -> Result<serde_json::Value, serde_json::Error> {
        let format = Format { lang: document.lang, zone: &document.zone };
        let anchors = Anchors::of(document);
        let mut shown = Shown::new();
        let cases: Vec<CaseView> = document
            .cases
            .iter()
            .zip(1..)
            .map(|(case, at)| CaseView::of(case, at, &anchors, &mut shown, &format))
            .collect();
        let summary = crate::Summary::of(document);
        let title = if document.cases.is_empty() { texts::TITLE_EMPTY } else { texts::TITLE };
        let page = Page {
            lang: match document.lang {
                Lang::Zh => "zh-CN",
                Lang::En => "en",
            },
            title: format.label(&title),
            number: &document.number,
            number_css: plain(&document.number),
            unit: document.operator.clone().unwrap_or_else(|| format.label(&texts::UNIT_UNNAMED)),
            generated: format.when(document.at),
            at_from_clock: document.inputs.at_from_clock,
            period: period(document, &summary, &format),
            zone: format.fill(&texts::ZONE, [("zone", name_of(&document.zone))]),
            version: &document.version,
            sha256: json_digest,
            sha256_short: plain(json_digest).chars().take(16).collect(),
            rules: digest(&document.rules),
            law: digest(&document.law.data),
            simulated: document
                .law
                .simulated_on
                .map(|day| format.fill(&texts::SIMULATED, [("date", day.to_string())])),
            leader: Leader::of(document, &anchors, &format),
            read: read_in_all(document, &format),
            limits: limits(&document.coverage, |time| format.when(time))
                .iter()
                .map(|line| format.text(line))
                .collect(),
            cases,
            network_warning: document.network_warning.as_ref().map(|one| format.text(&one.text)),
            background: document.background.iter().map(|one| background(one, &format)).collect(),
            coverage: coverage(document, &format),
            provisions: provisions(document, &anchors, &format),
            provisions_intro: format.label(if document.quotes.is_empty() {
                &texts::PROVISIONS_INTRO
            } else {
                &texts::PROVISIONS_INTRO_QUOTED
            }),
            proofs: anchors.proofs(),
            other_lines: other_lines(document, &anchors, &mut shown, &format),
            paths: &document.inputs.paths,
            options: &document.inputs.options,
            disclaimers: texts::DISCLAIMERS.iter().map(|text| text.get(document.lang)).collect(),
        };
        serde_json::to_value(page)
    }
}

/// Letters, digits, hyphens and dots: safe in a quoted string of a style sheet.
fn plain(text: &str) -> String {
    let safe = |character: &char| character.is_ascii_alphanumeric() || "-.".contains(*character);
    text.chars().filter(safe).collect()
}

fn digest(data: &crate::Digested) -> Digest<'_> {
    Digest { count: thousands(data.count), digest: &data.digest }
}

fn background(background: &Background, format: &Format<'_>) -> BackgroundView {
    let top: Vec<String> = background
        .top
        .iter()
        .map(|(address, count)| format!("{address} ({})", thousands(*count)))
        .collect();
    let name = format.text(&background.scenario.name());
    let name = match background.is_local {
        true => format.fill(&texts::BACKGROUND_LOCAL, [("name", name)]),
        false => name,
    };
    BackgroundView {
        name,
        scenario: background.scenario.id(),
        addresses: thousands(background.addresses),
        attempts: thousands(background.attempts),
        period: format.period(background.first, background.last),
        top: format.list(&top, 5),
        shown: background.shown.iter().map(|one| background_finding(one, format)).collect(),
        more: match background.findings - background.shown.len() as u64 {
            count if count > 0 && background.is_local => {
                format.fill(&texts::BACKGROUND_MORE, [("count", thousands(count))])
            }
            _ => String::new(),
        },
    }
}

fn background_finding(finding: &BackgroundFinding, format: &Format<'_>) -> ShownView {
    let record = finding.record.as_ref();
    ShownView {
        time: finding.first.map(|first| format.when(first)).unwrap_or_default(),
        hosts: format.list(&finding.hosts, 5),
        summary: format.text(&finding.summary),
        record: record.map(|at| format!("{}:{}", at.path, at.line)).unwrap_or_default(),
    }
}

fn coverage<'a>(document: &'a Document, format: &Format<'_>) -> CoverageView<'a> {
    let coverage = &document.coverage;
    let rules = &coverage.rules;
    let not_loaded = rules.not_loaded.iter().map(|rule| NotLoaded {
        place: rule.line.map_or_else(|| rule.path.clone(), |line| format!("{}:{line}", rule.path)),
        reason: format.text(&rule.reason),
    });
    let problems = coverage.problems.iter();
    CoverageView {
        files: coverage.files.iter().map(|file| file_view(file, format)).collect(),
        rules: format.fill(
            &texts::RULES_LOADED,
            [
                ("loaded", thousands(rules.loaded)),
                ("without", thousands(rules.without_source)),
                ("not_loaded", rules.not_loaded.len().to_string()),
            ],
        ),
        not_loaded: not_loaded.collect(),
        problems: problems.map(|one| (one.path.as_str(), format.text(&one.message))).collect(),
        counts: format.fill(
            &texts::COUNTS_LIMITS,
            [
                ("late", thousands(coverage.late_records)),
                ("evicted", thousands(coverage.evicted_entities)),
                ("allowed", thousands(coverage.allowed_matches)),
            ],
        ),
        suppressions: coverage.suppressions.iter().map(|s| suppression::view(s, format)).collect(),
        odd: remarks(coverage, |time| format.when(time)).iter().map(|o| format.text(o)).collect(),
    }
}

fn file_view<'a>(file: &'a FileCoverage, format: &Format<'_>) -> FileView<'a> {
    let many_rejected = file.rejected.saturating_mul(50) > file.records;
    FileView {
        path: &file.path,
        format: &file.format,
        bytes: thousands(file.bytes),
        records: thousands(file.records),
        parsed: thousands(file.parsed),
        rejected: thousands(file.rejected),
        many_rejected,
        period: format.period(file.first, file.last),
        remarks: file_remarks(file, many_rejected, format),
        sha256: &file.sha256,
    }
}

/// What the logs span, or the part of it that was asked for.
fn period(document: &Document, summary: &crate::Summary, format: &Format<'_>) -> String {
    let period = format.period(summary.first, summary.last);
    match document.coverage.asked {
        Some(_) => format.fill(&texts::PERIOD_ASKED, [("period", period)]),
        None => period,
    }
}

fn file_remarks(file: &FileCoverage, many_rejected: bool, format: &Format<'_>) -> Vec<String> {
    let flags = [
        (many_rejected, &texts::MANY_REJECTED),
        (file.assumed_year, &texts::ASSUMED_YEAR),
        (file.assumed_zone, &texts::ASSUMED_ZONE),
    ];
    let mut remarks: Vec<String> =
        flags.into_iter().filter(|(is, _)| *is).map(|(_, text)| format.label(text)).collect();
    for (count, text) in
        [(file.without_time, &texts::WITHOUT_TIME), (file.late, &texts::LATE_IN_FILE)]
    {
        if count > 0 {
            remarks.push(format.fill(text, [("count", thousands(count))]));
        }
    }
    if let Some(line) = file.first_rejected_line {
        remarks.push(format.fill(&texts::FIRST_REJECTED, [("line", line.to_string())]));
    }
    if let Some(gap) = file.gaps.first() {
        let ends = [("from", format.when(gap.from)), ("until", format.when(gap.until))];
        remarks.push(format.fill(&texts::LONGEST_GAP, ends));
    }
    remarks
}

fn provisions(
    document: &Document,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> Vec<ProvisionView> {
    let mut quoted = BTreeSet::new();
    let view = |provision: &&ProvisionRef| ProvisionView {
        label: provision_label(provision, format.lang),
        from: provision.effective_from.clone(),
        gist: match format.lang {
            Lang::Zh => provision.gist.zh.clone(),
            Lang::En => provision.gist.en.clone(),
        },
        quote: document
            .quotes
            .iter()
            .find(|quote| is_of(quote, provision))
            .filter(|quote| quoted.insert((quote.instrument.as_str(), quote.article)))
            .map(|quote| quote_view(quote, format)),
    };
    anchors.provisions().iter().map(view).collect()
}

fn is_of(quote: &Quote, provision: &ProvisionRef) -> bool {
    quote.instrument == provision.instrument && quote.article == provision.article
}

fn quote_view(quote: &Quote, format: &Format<'_>) -> QuoteView {
    let origin = [("origin", quote.origin.clone()), ("sha256", quote.sha256.clone())];
    QuoteView {
        paragraphs: quote.text.lines().map(str::to_owned).collect(),
        origin: format.fill(&texts::QUOTED, origin),
    }
}

fn other_lines(
    document: &Document,
    anchors: &Anchors<'_>,
    shown: &mut Shown,
    format: &Format<'_>,
) -> Vec<LineView> {
    let lines = document.lines.iter().zip(1..);
    let mut others = Vec::new();
    for (line, at) in lines {
        if !shown.contains(&at) && anchors.line(&line.record).is_some() {
            others.push(LineView::of(at, line, shown, format));
        }
    }
    others
}
