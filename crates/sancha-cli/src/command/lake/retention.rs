//! `sancha retention`: how long logs are kept.

mod apply;
mod hold;
mod waiver;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Result;
use jiff::tz::TimeZone;
use sancha_app::lake::{
    POLICY_FILE, PolicyFault, RetentionProofs, StatementKind, forecast, idle_policies, lake_text,
    parse_policies, refused_text, render_forecast, render_retention, render_silence,
    retention_proofs,
};
use sancha_lake::{
    Lake, LakeError,
    retain::{Policies, Refused, RetentionProof, Rules, Standing},
};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::visible;
use sancha_seal::{NoteError, SigningKey};

use super::{keys, open, reading, told};
use crate::{
    args::{
        AskArgs, ClockArgs, DecisionArgs, ForecastArgs, LakeArgs, PolicyArgs, ProofFormat,
        ProveArgs, RetentionAction, RetentionArgs,
    },
    command::read,
    data,
    exit::{Exit, UsageError},
    instant, output, texts,
};

pub(crate) fn run(args: &RetentionArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        RetentionAction::Prove(args) => prove(args, lang),
        RetentionAction::Apply(args) => apply::run(args, lang),
        RetentionAction::Hold { action } => hold::run(action, lang),
        RetentionAction::Waiver { action } => waiver::run(action, lang),
        RetentionAction::Forecast(args) => tell_forecast(args, lang),
        RetentionAction::Silent(args) => silent(args, lang),
    }
}

fn prove(args: &ProveArgs, lang: Lang) -> Result<Exit> {
    let (reading, now) = reading(&args.lines)?;
    let (lake, policies) = (open(&args.lake)?, policies(&args.policy, &args.lake)?);
    tell_idle(&lake, &policies, &policy_file(&args.policy, &args.lake), lang);
    let standing = Standing::of(&lake.catalog().entries);
    let zone = &reading.zone;
    let rules = Rules { policies: &policies, standing: &standing, zone, now };
    let made = retention_proofs(&lake, args.source.as_deref(), &rules).map_err(told)?;
    let RetentionProofs { proofs, mut keyless } = made;
    if proofs.is_empty()
        && let Some((_, error)) = keyless.pop()
    {
        return Err(told(error));
    }
    let clock_by_hand = instant::is_by_hand(args.lines.at.as_deref());
    let proofs = proofs.into_iter().map(|proof| RetentionProof { clock_by_hand, ..proof });
    let proofs: Vec<_> = proofs.collect();
    let exit = tell_keyless(&keyless, lang);
    if let Some(source) = args.source.as_ref().filter(|_| proofs.is_empty()) {
        return Err(UsageError(LocalText::new(
            format!("没有来源“{source}”；不带 --source 可列出全部"),
            format!("there is no source `{source}`; leave out --source to see all"),
        ))
        .into());
    }
    if args.sign && proofs.is_empty() {
        return Err(UsageError(LocalText::new(
            "湖中还没有任何来源，没有可以证明的；请先用 sancha ingest 接收日志",
            "the lake has no source yet, so there is nothing to prove; take logs in first with `sancha ingest`",
        ))
        .into());
    }
    let mut text = Vec::new();
    for proof in &proofs {
        if args.sign || args.format == ProofFormat::Jsonl {
            serde_json::to_writer(&mut text, proof)?;
            text.push(b'\n');
        } else {
            text.extend(render_retention(proof, zone, lang).into_bytes());
        }
    }
    if args.sign {
        let key = keys::open(&keys::folder(args.lake.keys.as_deref())?, &lake)?;
        let signed = StatementKind::Retention.sign(&String::from_utf8(text)?, &key);
        text = signed.map_err(|error| too_long(&error))?;
    }
    io::stdout().lock().write_all(&text)?;
    Ok(exit)
}

/// Says of which sources nothing is stated; the exit code of the command, which then is no whole success.
fn tell_keyless(keyless: &[(String, LakeError)], lang: Lang) -> Exit {
    for (source, error) in keyless {
        let text = texts::SOURCE_WITHOUT_KEY.get(lang).replace("{source}", source);
        output::note(&visible(&text.replace("{what}", lake_text(error).get(lang))));
    }
    if keyless.is_empty() { Exit::Done } else { Exit::PartialInput }
}

fn too_long(error: &NoteError) -> UsageError {
    UsageError(LocalText::new(
        format!("不能签名（{error}）；请用 --source 按来源分别出具"),
        format!("it cannot be signed ({error}); make one of each source with --source"),
    ))
}

fn tell_forecast(args: &ForecastArgs, lang: Lang) -> Result<Exit> {
    let keep_free = read::size("--keep-free", &args.keep_free)? as u64;
    ask(&args.ask, lang, |lake, rules| {
        let told = forecast(lake, rules, keep_free).map_err(told)?;
        io::stdout().write_all(render_forecast(&told, lang).as_bytes())?;
        Ok(Exit::Done)
    })
}

fn silent(args: &AskArgs, lang: Lang) -> Result<Exit> {
    ask(args, lang, |lake, rules| {
        let mut exit = Exit::Done;
        let mut out = io::stdout().lock();
        for source in lake.sources() {
            if let Some(silence) = rules.silence(source) {
                out.write_all(render_silence(source, &silence, rules.zone, lang).as_bytes())?;
                exit = Exit::Findings;
            }
        }
        Ok(exit)
    })
}

/// Opens the lake and puts its rules together.
fn ask(
    args: &AskArgs,
    lang: Lang,
    answer: impl FnOnce(&Lake, &Rules<'_>) -> Result<Exit>,
) -> Result<Exit> {
    let (zone, now) = clock(&args.now)?;
    let (lake, policies) = (open(&args.lake)?, policies(&args.policy, &args.lake)?);
    tell_idle(&lake, &policies, &policy_file(&args.policy, &args.lake), lang);
    let standing = Standing::of(&lake.catalog().entries);
    answer(&lake, &Rules { policies: &policies, standing: &standing, zone: &zone, now })
}

/// The zone of days, and the now.
fn clock(args: &ClockArgs) -> Result<(TimeZone, EventTime)> {
    let zone = instant::zone(args.timezone.as_deref().unwrap_or(instant::HOME_ZONE))?;
    let now = match args.at.as_deref() {
        Some(text) => instant::parse("--at", text, &zone)?,
        None => instant::now(),
    };
    Ok((zone, now))
}

/// The policies of the arguments, else those in the lake's folder, else none.
fn policies(args: &PolicyArgs, lake: &LakeArgs) -> Result<Policies> {
    let path = &policy_file(args, lake);
    if args.policy.is_none() && !path.exists() {
        return Ok(Policies::default());
    }
    let text = data::text(path, "留存策略", "the file of policies")?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(parse_policies(&name.unwrap_or_default(), &text).map_err(|faults| faulty(path, &faults))?)
}

/// All that is wrong with a file of policies, each with its line.
fn faulty(path: &Path, faults: &[PolicyFault]) -> UsageError {
    let text = |lang: Lang| {
        faults.iter().map(|fault| placed(path, fault, lang)).collect::<Vec<_>>().join("\n")
    };
    UsageError(LocalText::new(text(Lang::Zh), text(Lang::En)))
}

fn placed(path: &Path, fault: &PolicyFault, lang: Lang) -> String {
    format!("{}:{}: {}", path.display(), fault.line, fault.message.get(lang))
}

/// Says which policies decide about nothing.
fn tell_idle(lake: &Lake, policies: &Policies, file: &Path, lang: Lang) {
    for fault in idle_policies(policies, &lake.sources()) {
        output::note(&visible(&placed(file, &fault, lang)));
    }
}

/// The file of the policies: the one named, else that of the lake.
fn policy_file(args: &PolicyArgs, lake: &LakeArgs) -> PathBuf {
    args.policy.clone().unwrap_or_else(|| lake.lake.join(POLICY_FILE))
}

/// The lake with the key that may write to it.
fn to_write(args: &DecisionArgs) -> Result<(Lake, SigningKey)> {
    let lake = open(&args.lake)?;
    let key = keys::open(&keys::folder(args.lake.keys.as_deref())?, &lake)?;
    Ok((lake, key))
}

/// Why a decision was not entered: the lake's failure, or something to be said otherwise.
fn refused(refused: Refused) -> anyhow::Error {
    match refused {
        Refused::Lake(error) => told(error),
        other => UsageError(refused_text(&other)).into(),
    }
}
