//! Every parse and match step of one line.

use std::{path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use sancha_detect::{
    BatchResult, Engine, EngineOptions, EngineScratch, ReportAll,
    sigma::{RuleText, Rules},
};
use sancha_ingest::files::{Limits, Problem, discover};
use sancha_model::{
    Batch, EventTime, Fields, Level, LocalText, RuleNotLoaded, Scenario, mask_personal,
};
use sancha_normalize::{FileContext, Formats, Head, Scratch, normalize};

use crate::{
    Given, RuleFile,
    excerpt::{ExcerptKind, Excerpts},
    problem,
};

/// What of a file is looked at to tell its format.
const HEAD_BYTES: usize = 64 << 10;

/// What was understood of a line and which rules held.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub format: String,
    pub time: Option<EventTime>,
    /// The year or the zone was not in the line.
    pub assumed: bool,
    /// Field names and their values, masked.
    pub fields: Vec<(String, String)>,
    pub notes: Vec<&'static str>,
    pub matches: Vec<ExplainedMatch>,
    /// How many rules and analyses looked.
    pub rules: usize,
    pub not_loaded: Vec<RuleNotLoaded>,
}

/// One rule that held, with what it tested.
#[derive(Clone, Debug)]
pub struct ExplainedMatch {
    pub rule: String,
    pub title: LocalText,
    pub scenario: Scenario,
    pub level: Level,
    pub score: f32,
    pub fields: Vec<(String, String)>,
}

/// A record to be explained, as a run reads it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Of its file, empty without one.
    pub path: String,
    /// The beginning of its file, which tells the format; without a file the record itself.
    pub head: Vec<u8>,
    /// A line without its end.
    pub record: Vec<u8>,
}

impl Subject {
    /// A line of no file.
    pub fn line(line: &str) -> Self {
        let line = line.as_bytes();
        Self { path: String::new(), head: line.to_vec(), record: line.to_vec() }
    }
}

/// Line `number` (1-based) of the log called `path` as reports call it: packed files are unpacked, and
/// `logs.zip!a.log` is a member.
///
/// # Errors
/// Where the file cannot be read or has fewer lines.
pub fn file_line(path: &str, number: u64) -> Result<Subject, LocalText> {
    let limits = Limits::default();
    // A member of an archive has no path of its own; a file may have the sign in its name.
    let whole = discover(&[PathBuf::from(path)], &limits);
    let archive = path.split_once('!').filter(|_| whole.sources.is_empty());
    let discovery = match archive {
        Some((archive, _)) => discover(&[PathBuf::from(archive)], &limits),
        None => whole,
    };
    let told = |found: &Problem| {
        let message = problem(found).message;
        LocalText::new(format!("`{path}`：{}", message.zh), format!("`{path}`: {}", message.en))
    };
    let Some(source) = discovery.sources.iter().find(|source| source.path == path) else {
        return Err(discovery.problems.first().map_or_else(|| not_one_log(path), told));
    };
    let mut reader = source.open(&limits).map_err(|error| told(&error))?;
    let head = reader.head(HEAD_BYTES).map_err(|error| told(&error))?.to_vec();
    let formats = Formats::new(Vec::new());
    let format = formats.get(formats.detect(&Head::of(&head, path))).name();
    let excerpts = Excerpts::new(Given::Files(&discovery), &limits);
    let found = excerpts.records(path, format, &[number]).into_iter().next();
    let found = found.ok_or_else(|| no_line(path, number))?;
    let record = match found.kind {
        ExcerptKind::Line | ExcerptKind::Rendered => found.shown(),
        ExcerptKind::Record => found.raw,
    };
    Ok(Subject { path: path.to_owned(), head, record })
}

fn not_one_log(path: &str) -> LocalText {
    LocalText::new(
        format!("`{path}` 不是单个日志文件；压缩包中的文件请写成 包名!文件名，与报告中一样"),
        format!(
            "`{path}` is not one log; a file in an archive is written ARCHIVE!FILE, as in a report"
        ),
    )
}

fn no_line(path: &str, number: u64) -> LocalText {
    LocalText::new(
        format!("`{path}` 没有第{number}行；行号从 1 起"),
        format!("`{path}` has no line {number}; lines count from 1"),
    )
}

/// Explains a record: every field and every rule that holds.
pub fn explain(
    subject: &Subject,
    rule_files: &[RuleFile],
    at: EventTime,
    zone: &TimeZone,
) -> Explanation {
    let texts: Vec<RuleText<'_>> =
        rule_files.iter().map(|file| RuleText { path: &file.path, yaml: &file.yaml }).collect();
    let (rules, not_loaded) = Rules::parse(&texts);
    let fields = Arc::new(Fields::new(rules.field_names()));
    let options =
        EngineOptions { least_level: Some(Level::Informational), ..EngineOptions::default() };
    let engine = Engine::new(&rules, &fields, options, Arc::new(ReportAll));
    let formats = Formats::new(Vec::new());
    let format = formats.detect(&Head::of(&subject.head, &subject.path));
    let context = FileContext::new(zone.clone(), at, Arc::clone(&fields));
    let mut batch = Batch::default();
    batch.first_line = 1;
    batch.raw.extend_from_slice(&subject.record);
    normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
    let mut result = BatchResult::default();
    engine.evaluate(&batch, &mut EngineScratch::default(), &mut result);
    let found = result.matches.iter().map(|(_, found)| found);
    let matches = found.filter_map(|found| {
        let rule = engine.rules().get(found.rule as usize)?;
        Some(ExplainedMatch {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            scenario: found.scenario,
            level: found.level,
            score: found.score,
            fields: found
                .fields
                .iter()
                .map(|(f, v)| (fields.name(*f).to_owned(), shown(v)))
                .collect(),
        })
    });
    let event = batch.events().next();
    Explanation {
        format: formats.get(format).name().to_owned(),
        time: event.and_then(|event| event.time()),
        assumed: event.is_some_and(|event| event.assumed().any()),
        fields: event
            .into_iter()
            .flat_map(|event| event.cells().iter().map(move |cell| (event, cell)))
            .map(|(event, cell)| (fields.name(cell.field).to_owned(), shown(event.text(cell))))
            .collect(),
        notes: event.into_iter().flat_map(|e| e.notes()).map(|note| note.kind.id()).collect(),
        matches: matches.collect(),
        rules: engine.rules().len(),
        not_loaded,
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&mask_personal(bytes)).into_owned()
}
