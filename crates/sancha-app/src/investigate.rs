//! Files in, a report's document out: detection, cases, three investigations.

use std::{collections::BTreeMap, io, sync::Arc};

use jiff::{civil::Date, tz::TimeZone};
use sancha_case::{Case, Grading, OpenOptions, SustainedLimits, grade, open};
use sancha_compliance::{Catalog, KeptLogs, Profile, ProofShelf, ReportKind, StoredText};
use sancha_investigate::{
    CaseFacts, DutyInput, IncidentInput, NextStepsInput, ReportClock, Step, StepKind, clock_input,
    criteria, incident, machines, next_steps, observed, operator_duty, report_clock, sources,
    supervision,
};
use sancha_model::{Citation, Coverage, EventTime, EvidenceRef, Finding, Lang};
use sancha_report::{CaseReport, ClockReport, Digested, Document, Inputs, LawUsed, Quote, RawLine};
use sancha_seal::{Digest, sha256_hex};

use crate::{
    CitedEvidence, NamedMatch, RuleFile, RunInput, RunOutput, SuppressedFinding, evidence::Cited,
    excerpt::Excerpts, run,
};

/// What the investigation takes beside the logs.
pub struct InvestigateInput<'a> {
    pub run: RunInput<'a>,
    pub profile: Option<&'a Profile>,
    pub shelf: &'a ProofShelf,
    pub catalog: &'a Catalog,
    /// The files of the law, for their digest.
    pub law_files: &'a [(String, String)],
    /// What a lake states of the logs that it keeps.
    pub kept: &'a [KeptLogs],
    /// Official texts that the user imported, to be quoted.
    pub law_texts: &'a [StoredText],
    /// When the unit became aware, and who says so.
    pub aware: Option<(EventTime, Citation)>,
    /// Judge by the law of this day: a simulation.
    pub law_date: Option<Date>,
    /// Every finding becomes a case.
    pub all_cases: bool,
    pub zone: TimeZone,
    pub lang: Lang,
    pub inputs: Inputs,
    pub version: &'a str,
}

/// What an investigation found, ready to be rendered.
pub struct Investigation {
    pub document: Document,
    pub findings: Vec<Finding>,
    /// Findings that the allow list covers; none of them is in a case.
    pub suppressed: Vec<SuppressedFinding>,
    pub matches: u64,
    pub evidence: CitedEvidence,
}

/// Runs detection, opens cases and answers the three questions for each.
///
/// # Errors
/// What `on_match` returns.
pub fn investigate(
    mut input: InvestigateInput<'_>,
    on_match: &mut dyn FnMut(NamedMatch<'_>) -> io::Result<()>,
) -> io::Result<Investigation> {
    let rules = rules_digest(&input.run.rule_files);
    let (given, limits, at) = (input.run.given, input.run.limits, input.run.at);
    let rule_files = std::mem::take(&mut input.run.rule_files);
    let profile = input.profile;
    let machines = |finding: &Finding| machines(profile, finding);
    let run_input = RunInput { rule_files, digests: true, machines: &machines, ..input.run };
    let RunOutput { findings, suppressed, coverage, matches, .. } = run(run_input, on_match)?;
    let findings: Vec<Finding> = findings.iter().collect();
    let places = sources(input.profile, &coverage, &findings);
    let options = OpenOptions {
        all: input.all_cases,
        zone: input.zone.clone(),
        sustained: SustainedLimits::default(),
    };
    let opened = open(&findings, &options, &places);
    let scene = Scene {
        profile: input.profile,
        shelf: input.shelf,
        kept: input.kept,
        catalog: input.catalog,
        aware: input.aware,
        law_date: input.law_date,
        zone: &input.zone,
        coverage: &coverage,
        at,
    };
    let cases: Vec<CaseReport> = opened.cases.into_iter().map(|case| scene.report(case)).collect();
    let mut document = Document {
        number: String::new(),
        at,
        zone: input.zone.clone(),
        version: input.version.to_owned(),
        lang: input.lang,
        operator: input.profile.and_then(|p| p.operator.as_ref()).map(|o| o.name.clone()),
        inputs: input.inputs,
        rules,
        law: LawUsed { data: law_digest(input.law_files), simulated_on: input.law_date },
        cases,
        background: opened.background,
        network_warning: opened.network_warning,
        lines: Vec::new(),
        quotes: Vec::new(),
        coverage,
    };
    document.number = number(&document)?;
    document.quotes = quotes(&document, input.law_texts);
    let mut cited = Cited::of(&document);
    document.lines = lines(&document, &Excerpts::new(given, limits), &mut cited);
    let evidence = cited.pack(given, &mut document);
    Ok(Investigation { document, findings, suppressed, matches, evidence })
}

/// The imported text of every article that is cited, once.
fn quotes(document: &Document, texts: &[StoredText]) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::new();
    for provision in document.provisions() {
        let stored = texts.iter().find(|one| one.text.id.as_ref() == Some(&provision.instrument));
        let Some(stored) = stored else { continue };
        let Some(text) = stored.text.article(provision.article) else { continue };
        let quote = Quote {
            instrument: provision.instrument.clone(),
            article: provision.article,
            text: text.to_owned(),
            origin: stored.text.origin.clone(),
            sha256: stored.sha256.clone(),
        };
        if quotes.last() != Some(&quote) {
            quotes.push(quote);
        }
    }
    quotes
}

/// The lines of the cited records, read a second time.
fn lines(document: &Document, excerpts: &Excerpts<'_>, cited: &mut Cited) -> Vec<RawLine> {
    let mut by_path: BTreeMap<Arc<str>, Vec<u64>> = BTreeMap::new();
    for EvidenceRef { path, line } in document.cited_records() {
        by_path.entry(path).or_default().push(line);
    }
    let mut found = Vec::new();
    for (path, wanted) in by_path {
        let read_as = document.coverage.files.iter().find(|file| *file.path == *path);
        let format = read_as.map_or("", |file| file.format.as_str());
        for excerpt in excerpts.records(&path, format, &wanted) {
            let record = EvidenceRef { path: Arc::clone(&path), line: excerpt.line };
            cited.take(&record, &excerpt);
            let shown = excerpt.shown();
            let masked = sancha_model::mask_personal(&shown);
            found.push(RawLine::new(record, &masked));
        }
    }
    found
}

/// What every case of a run is judged with.
struct Scene<'a> {
    profile: Option<&'a Profile>,
    shelf: &'a ProofShelf,
    kept: &'a [KeptLogs],
    catalog: &'a Catalog,
    aware: Option<(EventTime, Citation)>,
    law_date: Option<Date>,
    zone: &'a TimeZone,
    coverage: &'a Coverage,
    at: EventTime,
}

impl Scene<'_> {
    fn report(&self, case: Case) -> CaseReport {
        let aware_at = self.aware.as_ref().map(|(at, _)| *at);
        let mut facts = CaseFacts::of(&case, self.profile, self.zone, aware_at, self.at);
        facts.law_day = self.law_date;
        let (grading, unproven_impact) = self.grade();
        let clock = self.clock(&facts, &grading);
        let zone = self.zone;
        let coverage = self.coverage;
        let answers = incident(&IncidentInput { case: &case, facts: &facts, coverage, zone });
        let duty = DutyInput {
            facts: &facts,
            profile: self.profile,
            shelf: self.shelf,
            catalog: self.catalog,
            coverage,
            kept: self.kept,
            grade: grading.proposed,
        };
        let steps = next_steps(&NextStepsInput {
            case: &case,
            clock: &clock,
            grading: &grading,
            incident: &answers,
            crime_report: self.crime_report(&facts),
            unproven_impact,
            zone,
        });
        let (decisions, actions): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| step.kind == StepKind::Decision);
        CaseReport {
            incident: answers,
            operator_duty: operator_duty(&duty),
            supervision: supervision(&duty),
            grading,
            clocks: clocks(clock),
            decisions: decisions.into_iter().map(|step| step.what).collect(),
            next_steps: actions.into_iter().map(|step| step.what).collect(),
            case,
        }
    }

    /// Logs give no number that the criteria ask for: what the profile proves counts, the rest is left open for a
    /// person. With it the keys of what it gives without a proof.
    fn grade(&self) -> (Grading, Vec<String>) {
        let (observed, unproven) = observed(self.profile, self.shelf, self.at);
        let keys = unproven.iter().map(|impact| impact.key()).collect();
        (grade(&criteria(self.catalog), &observed), keys)
    }

    /// The report to the police that the profile records, made since the facts.
    fn crime_report(&self, facts: &CaseFacts) -> Option<String> {
        let mut reports = self.profile?.reports.iter();
        let made = reports.find(|report| {
            report.kind == ReportKind::Crime
                && facts.first_day <= report.at.date_in(self.zone)
                && report.at <= self.at
        });
        made.map(|report| format!("reports.{}", report.id))
    }

    fn clock(&self, facts: &CaseFacts, grading: &Grading) -> ReportClock {
        let stated = self.aware.as_ref().map(|(_, from)| from.clone());
        let from = stated.unwrap_or(Citation::Profile { key: "incident.aware_at".to_owned() });
        let input = clock_input(
            facts,
            self.profile,
            self.shelf,
            self.catalog,
            grading.proposed,
            &from,
            self.zone,
        );
        report_clock(&input)
    }
}

fn clocks(clock: ReportClock) -> Vec<ClockReport> {
    // Which rule it is says the law's own name, where it is not certain that it binds.
    let rows = clock.rows.into_iter().map(|row| {
        let name = match row.condition {
            Some(_) => row.label.clone(),
            None => crate::texts::FIRST_REPORT.local(),
        };
        (row, name)
    });
    let summary = clock.summary.into_iter().map(|row| (row, crate::texts::SUMMARY_REPORT.local()));
    let mut all: Vec<ClockReport> = rows
        .chain(summary)
        .map(|(row, name)| ClockReport {
            id: row.id,
            name,
            to: row.report_to,
            due: row.due,
            state: row.state,
            state_text: row.state_text,
            rule: row.due_text,
            warnings: row.warnings,
            provisions: vec![row.provision],
        })
        .collect();
    // What is odd about the time of awareness concerns all; it is said once.
    if let Some(first) = all.first_mut() {
        first.warnings.extend(clock.warnings);
    }
    all
}

/// The day, and six digits of what was given, what was read, and what came of it: reports that say other things have
/// other numbers, but for one in sixteen million.
fn number(document: &Document) -> io::Result<String> {
    let mut digest = Digest::new();
    digest.update(document.at.to_string().as_bytes());
    digest.update(document.rules.digest.as_bytes());
    for file in &document.coverage.files {
        digest.update(file.path.as_bytes());
        digest.update(file.sha256.as_bytes());
    }
    serde_json::to_writer(&mut digest, &(&document.inputs, &document.law, &document.cases))?;
    let day = document.at.date_in(&document.zone).strftime("%Y%m%d").to_string();
    let hex = digest.hex();
    Ok(format!("SC-{day}-{}", hex.get(..6).unwrap_or_default()))
}

fn rules_digest(files: &[RuleFile]) -> Digested {
    digest_of(files.iter().map(|file| (file.path.as_str(), file.yaml.as_str())))
}

fn law_digest(files: &[(String, String)]) -> Digested {
    digest_of(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn digest_of<'a>(files: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Digested {
    let count = files.len() as u64;
    let mut digest = Digest::new();
    for (name, text) in files {
        digest.update(name.as_bytes());
        digest.update(sha256_hex(text.as_bytes()).as_bytes());
    }
    Digested { count, digest: digest.hex() }
}
