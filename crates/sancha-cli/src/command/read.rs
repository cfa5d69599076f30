//! What `investigate` and `detect` share: from arguments to a run.

use std::path::PathBuf;

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::{
    AllowError, AllowList, DAMAGED, Given, LakeAsked, LakeLogs, NamedMatch, RuleFile, RunInput,
    SourceSettings, SuppressedFinding,
};
use sancha_detect::{
    EngineOptions,
    sigma::{RuleOptions, pipeline::Pipeline},
};
use sancha_ingest::files::{Discovery, Limits, Source, discover};
use sancha_model::{Coverage, EventTime, Lang, Level, LocalText};
use sancha_normalize::{Format, TrustedProxies, formats, formats::InvalidLogFormat};
use sancha_report::{MatchNames, mark_suppressed, visible, write_finding, write_match};

use super::lake;
use crate::{
    args::{ReadArgs, TimeArgs},
    data,
    exit::{Exit, UsageError},
    instant, output, texts,
};

/// What is read: files, or what a lake keeps.
enum Read {
    Files(Discovery),
    Lake(Box<LakeLogs>),
}

/// What was opened and read of the arguments.
pub(super) struct Reading {
    read: Read,
    pub(super) limits: Limits,
    pub(super) at: EventTime,
    pub(super) at_from_clock: bool,
    pub(super) zone: Option<TimeZone>,
    pub(super) home: TimeZone,
    allow: AllowList,
    proxies: Vec<String>,
    /// Access log formats that an operator profile describes.
    pub(super) log_formats: Vec<String>,
    pub(super) from: Option<EventTime>,
    pub(super) until: Option<EventTime>,
    memory: usize,
    threads: usize,
}

impl Reading {
    /// `profile_zone` and `profile_proxies` come from an operator profile, where there is one.
    pub(super) fn new(
        args: &ReadArgs,
        time: &TimeArgs,
        (profile_zone, profile_proxies): (Option<TimeZone>, &[String]),
        lang: Lang,
    ) -> Result<Self> {
        let reading = Self::of(args, time, profile_zone, profile_proxies)?;
        reading.has_something(lang)?;
        Ok(reading)
    }

    /// For a run whose files may appear later: having nothing to read yet is no fault.
    pub(super) fn to_follow(args: &ReadArgs, time: &TimeArgs) -> Result<Self> {
        if args.lake.is_some() {
            return Err(UsageError(texts::FOLLOW_LAKE.local()).into());
        }
        Self::of(args, time, None, &[])
    }

    fn of(
        args: &ReadArgs,
        time: &TimeArgs,
        profile_zone: Option<TimeZone>,
        profile_proxies: &[String],
    ) -> Result<Self> {
        let asked = args.timezone.as_deref().map(instant::zone).transpose()?;
        let zone = asked.or(profile_zone);
        let home = zone
            .clone()
            .or_else(|| instant::zone(instant::HOME_ZONE).ok())
            .unwrap_or(TimeZone::UTC);
        let at = match args.at.as_deref() {
            Some(text) => instant::parse("--at", text, &home)?,
            None => instant::now(),
        };
        let limits = Limits::default();
        let (from, until) = instant::period(time, &home)?;
        let read = match &args.lake {
            None => Read::Files(discover(&args.paths, &limits)),
            Some(_) if !args.paths.is_empty() => {
                return Err(UsageError(texts::FILES_OR_LAKE.local()).into());
            }
            Some(folder) => {
                let asked = LakeAsked { source: args.source.as_deref(), from, until };
                let logs = LakeLogs::new(lake::open_folder(folder)?, asked).map_err(lake::told)?;
                Read::Lake(Box::new(logs))
            }
        };
        Ok(Self {
            read,
            from,
            until,
            limits,
            at,
            at_from_clock: !instant::is_by_hand(args.at.as_deref()),
            zone,
            allow: allow_list(args, at, &home)?,
            home,
            proxies: profile_proxies.iter().chain(&args.trusted_proxy).cloned().collect(),
            log_formats: Vec::new(),
            memory: size("--memory", &args.memory)?,
            threads: args.threads.unwrap_or_else(processors).clamp(1, 64),
        })
    }

    /// Having nothing to read is told with what stood in the way.
    fn has_something(&self, lang: Lang) -> Result<()> {
        match &self.read {
            Read::Files(discovery) if discovery.sources.is_empty() => {
                let problems: Vec<_> = discovery.problems.iter().map(sancha_app::problem).collect();
                output::problems(&problems, lang);
                Err(UsageError(texts::NOTHING_TO_READ.local()).into())
            }
            Read::Lake(logs) if logs.is_empty() => {
                Err(UsageError(texts::NOTHING_KEPT.local()).into())
            }
            Read::Files(_) | Read::Lake(_) => Ok(()),
        }
    }

    pub(super) fn given(&self) -> Given<'_> {
        match &self.read {
            Read::Files(discovery) => Given::Files(discovery),
            Read::Lake(logs) => Given::Lake(logs),
        }
    }

    /// Bytes to read, where they are known.
    pub(super) fn bytes(&self) -> Option<u64> {
        match &self.read {
            Read::Files(discovery) => bytes_of(&discovery.sources),
            Read::Lake(logs) => Some(logs.bytes()),
        }
    }

    pub(super) fn input<'a>(
        &'a self,
        args: &ReadArgs,
        rule_files: Vec<RuleFile>,
        options: EngineOptions,
        source_settings: &'a dyn Fn(&str) -> SourceSettings,
        progress: &'a dyn Fn(u64),
    ) -> Result<RunInput<'a>> {
        let options = EngineOptions { from: self.from, until: self.until, ..options };
        Ok(RunInput {
            given: self.given(),
            limits: &self.limits,
            rule_files,
            rule_options: rule_options(&args.pipeline)?,
            formats: configured_formats(args.log_format.iter().chain(&self.log_formats))?,
            options,
            allow: self.allow.clone(),
            trusted_proxies: trusted_proxies(self.proxies.iter())?,
            at: self.at,
            zone: self.home.clone(),
            zone_is_stated: self.zone.is_some(),
            source_settings,
            machines: &sancha_app::hosts,
            threads: self.threads,
            memory: self.memory,
            findings: true,
            digests: false,
            progress,
        })
    }
}

/// Compressed members expand by an unknown factor; then nothing is known.
pub(super) fn bytes_of(sources: &[Source]) -> Option<u64> {
    sources.iter().map(|source| source.declared_bytes.or(source.size_on_disk)).sum()
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Every fault of the list, each with file and line.
fn allow_list(args: &ReadArgs, at: EventTime, zone: &TimeZone) -> Result<AllowList> {
    let Some(path) = &args.allow else { return Ok(AllowList::default()) };
    let text = data::text(path, texts::ALLOW_LIST.zh, texts::ALLOW_LIST.en)?;
    let shown = path.display().to_string();
    AllowList::parse(&shown, &text, at, zone).map_err(|errors| {
        let lines = |lang: Lang| {
            let line = |error: &AllowError| {
                let message = visible(error.message.get(lang));
                format!("{}:{}: {message}", visible(&shown), error.line)
            };
            errors.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        UsageError(LocalText::new(lines(Lang::Zh), lines(Lang::En))).into()
    })
}

pub(super) fn trusted_proxies<'a>(
    ranges: impl Iterator<Item = &'a String>,
) -> Result<TrustedProxies> {
    let read = |text: &String| {
        text.parse().map_err(|error: sancha_normalize::InvalidIpRange| {
            UsageError(LocalText::new(
                format!("可信代理“{text}”不是地址或网段；请写成 192.0.2.1 或 10.0.0.0/8"),
                format!("trusted proxy: {error}"),
            ))
        })
    };
    let ranges = ranges.map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(TrustedProxies::new(ranges))
}

fn unusable_format(error: &InvalidLogFormat) -> String {
    match error {
        InvalidLogFormat::NoVariable => {
            "其中没有变量，应如 $remote_addr [$time_local] 或 %h %t".to_owned()
        }
        InvalidLogFormat::UnknownDirective { name, position } => {
            format!("第{position}个字符处的 {name} 不是 Apache LogFormat 的指令")
        }
        InvalidLogFormat::Adjacent { name, position } => format!(
            "第{position}个字符处的 {name} 紧跟另一变量，分不清前者到哪里为止，两者之间须有固定字符"
        ),
        InvalidLogFormat::Unclosed { name, position } => {
            format!("第{position}个字符处的 {name} 没有结束")
        }
    }
}

pub(super) fn configured_formats<'a>(
    texts: impl Iterator<Item = &'a String>,
) -> Result<Vec<Box<dyn Format>>> {
    let compile = |text: &String| {
        formats::CustomAccess::compile(text)
            .map(|format| Box::new(format) as Box<dyn Format>)
            .map_err(|error| {
                UsageError(LocalText::new(
                    format!(
                        "--log-format 的格式无法使用：{}；请照抄 nginx 的 log_format 或 Apache 的 LogFormat",
                        unusable_format(&error)
                    ),
                    format!("--log-format: {error}"),
                ))
            })
    };
    Ok(texts.map(compile).collect::<Result<_, _>>()?)
}

/// `64M`, `2G`, `1048576`.
pub(super) fn size(option: &str, text: &str) -> Result<usize, UsageError> {
    let (digits, unit) =
        text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => Some(1),
        "K" | "KB" | "KIB" => Some(1 << 10),
        "M" | "MB" | "MIB" => Some(1 << 20),
        "G" | "GB" | "GIB" => Some(1 << 30),
        "T" | "TB" | "TIB" => Some(1 << 40),
        _ => None,
    };
    let bytes = digits.parse::<usize>().ok().zip(factor).and_then(|(n, f)| n.checked_mul(f));
    bytes.ok_or_else(|| {
        UsageError(LocalText::new(
            format!("{option} 的值“{text}”无法识别；请写成 64M 或 2G"),
            format!("cannot read `{text}` as a size; write it like 64M or 2G"),
        ))
    })
}

/// Pipelines that the user names, and the placeholders that they give values for.
pub(super) fn rule_options(pipelines: &[PathBuf]) -> Result<RuleOptions> {
    let mut options = RuleOptions::default();
    for path in pipelines {
        let text = data::text(path, texts::PIPELINE.zh, texts::PIPELINE.en)?;
        let pipeline = Pipeline::parse(&text).map_err(|error| {
            let shown = path.display();
            UsageError(LocalText::new(
                format!("`{shown}` {}", error.zh),
                format!("`{shown}` {}", error.en),
            ))
        })?;
        options.placeholders.extend(pipeline.vars().clone());
        options.pipelines.push(pipeline);
    }
    Ok(options)
}

/// Rules we ship and those of the folders the user named.
pub(super) fn rule_files(folders: &[PathBuf]) -> Result<Vec<RuleFile>> {
    let mut files = data::shipped_rules();
    files.extend(data::rules_of(folders)?);
    Ok(files)
}

/// The exit code of a run that came to its end.
pub(super) fn exit(
    mut levels: impl Iterator<Item = Level>,
    fail_on: Option<&str>,
    coverage: &Coverage,
) -> Exit {
    if coverage.problems.iter().any(|problem| problem.kind == DAMAGED) {
        return Exit::Integrity;
    }
    let limit = fail_on.and_then(Level::from_id);
    if limit.is_some_and(|limit| levels.any(|level| level >= limit)) {
        Exit::Findings
    } else if !coverage.problems.is_empty() || !coverage.rules.not_loaded.is_empty() {
        Exit::PartialInput
    } else {
        Exit::Done
    }
}

/// A match as a line of `matches.jsonl`, or of `suppressed.jsonl` where the allow list covers it.
pub(super) fn write_named(line: &mut Vec<u8>, named: &NamedMatch<'_>) {
    let names = MatchNames { path: named.path, rule: named.rule, fields: named.fields };
    write_match(line, named.found, names);
    if let Some(entry) = &named.suppressed_by {
        mark_suppressed(line, entry);
    }
}

/// A finding that the allow list covers, as a line of `suppressed.jsonl`.
pub(super) fn write_suppressed(lines: &mut Vec<u8>, one: &SuppressedFinding) {
    write_finding(lines, &one.finding);
    mark_suppressed(lines, &one.entry);
}
