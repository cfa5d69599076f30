use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::{civil::Date, tz::TimeZone};
use sancha_app::{
    CitedEvidence, InvestigateInput, Investigation, NamedMatch, SourceSettings, SuppressedFinding,
    investigate, rule_problem,
};
use sancha_compliance::{Catalog, Profile, ProofShelf};
use sancha_detect::EngineOptions;
use sancha_ingest::files::{REPORT_HEAD, begins_with};
use sancha_model::{Citation, EventTime, Finding, Lang, LocalText};
use sancha_report::{
    Inputs, render_coverage, render_html, render_json, render_terminal, visible, write_finding,
};
use sancha_seal::{VerifierKey, evidence::Zip, sha256_hex};

use super::read::{self, Reading, write_named, write_suppressed};
use crate::{
    args::{Also, DEFAULT_MEMORY, InvestigateArgs},
    command::lake::{evidence::too_large, public_keys},
    data::{self, OperatorFile},
    exit::{Exit, UsageError},
    instant, output,
    progress::Progress,
    texts,
};

pub(crate) fn run(args: &InvestigateArgs, lang: Lang) -> Result<Exit> {
    not_yet(&args.also, lang);
    let proven = Proven::read(args, lang)?;
    let operator = proven.operator.as_ref();
    if let (Some(path), Some(file)) = (&args.operator, operator) {
        output::profile_problems(path, &file.problems, lang);
    }
    let profile = operator.map(|file| &file.profile);
    let proxies = profile.map(|profile| profile.trusted_proxies.as_slice()).unwrap_or_default();
    let zone = profile.map(|profile| profile.zone.clone());
    let mut reading = Reading::new(&args.read, &args.time, (zone, proxies), lang)?;
    let sources = profile.map(|profile| profile.sources.as_slice()).unwrap_or_default();
    reading.log_formats = sources.iter().filter_map(|source| source.log_format.clone()).collect();
    if reading.at_from_clock && !args.read.quiet {
        let at = reading.at.display_in(&reading.home);
        output::note(&texts::CLOCK.get(lang).replace("{at}", &at));
    }
    fs::create_dir_all(&args.output).map_err(|error| output::not_written(&args.output, error))?;
    let found = investigation(args, &reading, &proven, lang)?;
    write(&args.output, &found)?;
    write_evidence(&args.output, &found.evidence)?;
    if !args.read.quiet {
        report(&args.output, &found, lang)?;
    }
    let exit = read::exit(
        found.findings.iter().map(|finding| finding.level),
        args.read.fail_on.as_deref(),
        &found.document.coverage,
    );
    let is_partial = operator.is_some_and(|file| !file.problems.is_empty());
    Ok(if exit == Exit::Done && is_partial { Exit::PartialInput } else { exit })
}

/// What the user states of the operator, and the keys that prove what others signed.
struct Proven {
    operator: Option<OperatorFile>,
    keys: Vec<VerifierKey>,
}

impl Proven {
    fn read(args: &InvestigateArgs, lang: Lang) -> Result<Self> {
        let keys = public_keys("--proof-key", &args.proof_key)?;
        let mut operator = args.operator.as_deref().map(data::operator).transpose()?;
        if let Some(operator) = &mut operator {
            for (path, why) in operator.add_restore_tests(&args.backup_proof, &keys)? {
                let text = why.get(lang).replace("{path}", &path.display().to_string());
                output::note(&visible(&text));
            }
        }
        Ok(Self { operator, keys })
    }
}

/// Takes away what an earlier run wrote: a run that breaks off must not leave parts of two reports. Where no report of
/// this program stands, files of these names are somebody's own, perhaps the logs that are to be read: such a folder
/// is refused.
fn clear(folder: &Path) -> Result<()> {
    const WRITTEN: [&str; 7] = [
        "report.html",
        "report.json",
        "findings.jsonl",
        "matches.jsonl",
        "coverage.json",
        "suppressed.jsonl",
        "evidence.zip",
    ];
    let written = WRITTEN.map(|name| folder.join(name));
    let Some(there) = written.iter().find(|path| path.exists()) else { return Ok(()) };
    if !begins_with(&folder.join("report.json"), REPORT_HEAD) {
        let file = LocalText::same(there.display().to_string());
        return Err(UsageError(texts::OUTPUT_TAKEN.fill(&[("file", file)])).into());
    }
    for path in written {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(output::not_written(&path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Outputs of the contract that this version lacks are named, not silently left out.
fn not_yet(also: &[Also], lang: Lang) {
    for kind in also {
        let name = match kind {
            Also::Pdf => "report.pdf",
            Also::Docx => "report.docx",
            // Written without being asked for.
            Also::Evidence => continue,
        };
        output::note(&texts::NOT_YET.get(lang).replace("{kind}", name));
    }
}

fn investigation(
    args: &InvestigateArgs,
    reading: &Reading,
    Proven { operator, keys }: &Proven,
    lang: Lang,
) -> Result<Investigation> {
    let law_files = data::shipped_law();
    let catalog = catalog(&law_files)?;
    let operator = operator.as_ref();
    let profile = operator.map(|file| &file.profile);
    let law_texts = data::law_texts(&args.law_text)?;
    let kept = args.retention.as_deref().map(|path| data::kept_logs(path, keys)).transpose()?;
    let kept = kept.unwrap_or_default();
    let no_shelf = ProofShelf::default();
    let options =
        EngineOptions { all_logsources: args.read.all_logsources, ..EngineOptions::default() };
    let progress = Progress::new(reading.bytes(), args.read.quiet, lang);
    let on_progress = |bytes| progress.at(bytes);
    let settings = |path: &str| source_settings(profile, path);
    let rules = read::rule_files(&args.read.rules)?;
    let input = InvestigateInput {
        run: reading.input(&args.read, rules, options, &settings, &on_progress)?,
        profile,
        shelf: operator.map_or(&no_shelf, |file| &file.shelf),
        catalog: &catalog,
        law_files: &law_files,
        law_texts: &law_texts,
        kept: &kept,
        aware: aware(args, profile, &reading.home)?,
        law_date: law_date(args)?,
        all_cases: args.case.is_some(),
        zone: reading.home.clone(),
        lang,
        inputs: inputs(args, reading),
        version: env!("CARGO_PKG_VERSION"),
    };
    clear(&args.output)?;
    let mut matches = Matches::create(&args.output, args.read.allow.is_some())?;
    let found = investigate(input, &mut |named| matches.write(&named))
        .map_err(|error| output::not_written(&args.output, error))?;
    matches.end(&found.suppressed)?;
    progress.end();
    Ok(found)
}

fn catalog(law_files: &[(String, String)]) -> Result<Catalog> {
    let files = law_files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Catalog::parse(files).context("the law that this program brings along cannot be read")
}

/// The files that matches are written to while the logs are read.
struct Matches {
    counted: JsonLines,
    /// What an allow list covers. Without a list there is no such file.
    apart: Option<JsonLines>,
}

impl Matches {
    fn create(folder: &Path, has_allow_list: bool) -> Result<Self> {
        let counted = JsonLines::create(folder, "matches.jsonl")?;
        let apart = has_allow_list.then(|| JsonLines::create(folder, "suppressed.jsonl"));
        Ok(Self { counted, apart: apart.transpose()? })
    }

    fn write(&mut self, named: &NamedMatch<'_>) -> io::Result<()> {
        match (&named.suppressed_by, &mut self.apart) {
            (None, _) => self.counted.write(named),
            (Some(_), Some(apart)) => apart.write(named),
            (Some(_), None) => Ok(()),
        }
    }

    fn end(self, suppressed: &[SuppressedFinding]) -> Result<()> {
        self.counted.end()?;
        let Some(mut apart) = self.apart else { return Ok(()) };
        apart.suppressed(suppressed)?;
        apart.end()
    }
}

/// A file of JSON lines on its way to disk. It has its name once it is whole: a run that breaks off leaves none.
struct JsonLines {
    path: PathBuf,
    part: PathBuf,
    out: BufWriter<fs::File>,
    line: Vec<u8>,
}

impl JsonLines {
    fn create(folder: &Path, name: &str) -> Result<Self> {
        let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
        let file = fs::File::create(&part).map_err(|error| output::not_written(&path, error))?;
        Ok(Self { path, part, out: BufWriter::with_capacity(1 << 18, file), line: Vec::new() })
    }

    fn write(&mut self, named: &NamedMatch<'_>) -> io::Result<()> {
        self.line.clear();
        write_named(&mut self.line, named);
        self.out.write_all(&self.line)
    }

    fn finding(&mut self, finding: &Finding) -> Result<()> {
        self.line.clear();
        write_finding(&mut self.line, finding);
        self.out.write_all(&self.line).map_err(|error| output::not_written(&self.path, error))
    }

    fn suppressed(&mut self, findings: &[SuppressedFinding]) -> Result<()> {
        self.line.clear();
        findings.iter().for_each(|one| write_suppressed(&mut self.line, one));
        self.out.write_all(&self.line).map_err(|error| output::not_written(&self.path, error))
    }

    fn end(mut self) -> Result<()> {
        let ended = self.out.flush().and_then(|()| fs::rename(&self.part, &self.path));
        ended.map_err(|error| output::not_written(&self.path, error))
    }
}

/// `--aware` wins over the profile; the citation says which it was.
fn aware(
    args: &InvestigateArgs,
    profile: Option<&Profile>,
    home: &TimeZone,
) -> Result<Option<(EventTime, Citation)>> {
    let stated = |key: &str| Citation::Profile { key: key.to_owned() };
    if let Some(text) = &args.aware {
        return Ok(Some((instant::parse("--aware", text, home)?, stated("--aware"))));
    }
    let aware_at = profile.and_then(|profile| profile.incident.aware_at);
    Ok(aware_at.map(|at| (at, stated("incident.aware_at"))))
}

fn law_date(args: &InvestigateArgs) -> Result<Option<Date>> {
    let read = |text| instant::parse_date("--law-date", text);
    Ok(args.law_date.as_deref().map(read).transpose()?)
}

fn source_settings(profile: Option<&Profile>, path: &str) -> SourceSettings {
    let Some(source) = profile.and_then(|profile| profile.source_of(path)) else {
        return SourceSettings::default();
    };
    SourceSettings {
        zone: source.zone.as_deref().and_then(|zone| instant::zone(zone).ok()),
        // The profile says how far the clock was ahead; the correction goes the other way.
        clock_offset: -source.clock_offset_seconds * EventTime::SECOND,
    }
}

fn inputs(args: &InvestigateArgs, reading: &Reading) -> Inputs {
    let given = [
        ("--timezone", args.read.timezone.clone()),
        ("--operator", args.operator.as_ref().map(|path| path.display().to_string())),
        ("--retention", args.retention.as_ref().map(|path| path.display().to_string())),
        ("--allow", args.read.allow.as_ref().map(|path| path.display().to_string())),
        ("--aware", args.aware.clone()),
        ("--law-date", args.law_date.clone()),
        ("--case", args.case.clone()),
        ("--from", args.time.from.clone()),
        ("--to", args.time.to.clone()),
        ("--lake", args.read.lake.as_ref().map(|path| path.display().to_string())),
        ("--source", args.read.source.clone()),
        ("--memory", (args.read.memory != DEFAULT_MEMORY).then(|| args.read.memory.clone())),
        ("--all-logsources", args.read.all_logsources.then(String::new)),
    ];
    let path = |name| move |path: &PathBuf| (name, Some(path.display().to_string()));
    let text = |name| move |text: &String| (name, Some(text.clone()));
    let rules = args.read.rules.iter().map(path("--rules"));
    let pipelines = args.read.pipeline.iter().map(path("--pipeline"));
    let log_formats = args.read.log_format.iter().map(text("--log-format"));
    let proxies = args.read.trusted_proxy.iter().map(text("--trusted-proxy"));
    let law_texts = args.law_text.iter().map(path("--law-text"));
    let backup_proofs = args.backup_proof.iter().map(path("--backup-proof"));
    let proof_keys = args.proof_key.iter().map(text("--proof-key"));
    Inputs {
        paths: args.read.paths.iter().map(|path| path.display().to_string()).collect(),
        options: given
            .into_iter()
            .chain(rules)
            .chain(pipelines)
            .chain(log_formats)
            .chain(proxies)
            .chain(law_texts)
            .chain(backup_proofs)
            .chain(proof_keys)
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
        at_from_clock: reading.at_from_clock,
    }
}

fn write(folder: &Path, found: &Investigation) -> Result<()> {
    let mut lines = JsonLines::create(folder, "findings.jsonl")?;
    for finding in &found.findings {
        lines.finding(finding)?;
    }
    lines.end()?;
    let json = render_json(&found.document)?;
    let coverage = render_coverage(&found.document.coverage)?;
    let html = render_html(&found.document, &sha256_hex(json.as_bytes()))?;
    for (name, bytes) in [
        ("report.json", json.as_bytes()),
        ("coverage.json", coverage.as_bytes()),
        ("report.html", html.as_bytes()),
    ] {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|error| output::not_written(&path, error))?;
    }
    Ok(())
}

/// The pack of cited lines. Where there is none, that of an earlier run goes as its report does.
fn write_evidence(folder: &Path, evidence: &CitedEvidence) -> Result<()> {
    let path = folder.join("evidence.zip");
    let written = match evidence.files.is_empty() {
        true => match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        false => {
            let zip = Zip::new("evidence", &evidence.files).ok_or_else(too_large)?;
            fs::File::create(&path).and_then(|mut file| zip.write(&mut file))
        }
    };
    written.map_err(|error| output::not_written(&path, error))
}

fn told_evidence(folder: &Path, evidence: &CitedEvidence, lang: Lang) -> Option<String> {
    let text = match (evidence.files.is_empty(), evidence.is_sealed) {
        (true, _) if evidence.cited == 0 => return None,
        (true, _) => &texts::NO_EVIDENCE,
        (false, true) => &texts::EVIDENCE_SEALED,
        (false, false) => &texts::EVIDENCE_UNSEALED,
    };
    let path = folder.join("evidence.zip").display().to_string();
    let text = text.get(lang).replace("{path}", &path);
    let text = text.replace("{cited}", &evidence.cited.to_string());
    Some(text.replace("{packed}", &evidence.packed.to_string()))
}

fn report(folder: &Path, found: &Investigation, lang: Lang) -> Result<()> {
    let coverage = &found.document.coverage;
    output::first_problems(&coverage.problems, lang);
    let rules: Vec<_> = coverage.rules.not_loaded.iter().map(rule_problem).collect();
    output::first_problems(&rules, lang);
    let mut out = io::stdout().lock();
    writeln!(out, "{}", render_terminal(&found.document))?;
    let path = folder.join("report.html").display().to_string();
    writeln!(out, "{}", texts::WRITTEN.get(lang).replace("{path}", &path))?;
    if let Some(told) = told_evidence(folder, &found.evidence, lang) {
        writeln!(out, "{told}")?;
    }
    Ok(())
}
