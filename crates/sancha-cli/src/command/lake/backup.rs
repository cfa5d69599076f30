//! `sancha backup`: arguments and words around the stock restic.

mod words;

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf, absolute},
    time::Duration,
};

use anyhow::{Context as _, Result};
use sancha_app::backup::{
    self, BackupError, BackupFault, Beside, Picture, Restic, Restored, Snapshot, TemporaryFolder,
    TestResult, Tested, choose, snapshots, write_proof,
};
use sancha_app::lake::{StatementKind, render_log_verdict, render_verdicts};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::visible;
use sancha_seal::SigningKey;
use serde_json::json;

use super::{keys, open, place};
use crate::{
    args::{
        BackupAction, BackupArgs, CheckArgs, CreateArgs, ListArgs, ProofFormat, RepositoryArgs,
        RestoreArgs, SnapshotArgs, TestArgs,
    },
    exit::{Exit, Told, UsageError},
    instant, output,
};

pub(crate) fn run(args: &BackupArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        BackupAction::Create(args) => create(args, lang),
        BackupAction::List(args) => list(args, lang),
        BackupAction::Verify(args) => verify(args, lang),
        BackupAction::Restore(args) => restore(args, lang),
        BackupAction::Test(args) => test(args, lang),
    }
}

fn create(args: &CreateArgs, lang: Lang) -> Result<Exit> {
    if let Some(store) = place::store(&args.lake)? {
        return Err(UsageError(words::in_a_store(&store)).into());
    }
    let lake = open(&args.lake)?;
    let beside = Beside {
        keys: if args.with_keys { key_files(args, &lake)? } else { Vec::new() },
        configuration: args.config.iter().map(whole).collect::<Result<_>>()?,
    };
    drop(lake);
    with_restic(&args.repository, |restic| {
        match args.init {
            true => backup::begin(restic).map_err(told)?,
            false => backup::look(restic).map_err(told)?,
        }
        let picture = Picture::take(&args.lake.lake).map_err(told)?;
        let bar = words::bar(args.repository.quiet, lang);
        let made = backup::create(restic, &picture, &beside, &|done, all| {
            bar.set_length(all);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let made = made.map_err(told)?;
        for path in picture.missing() {
            output::note(&visible(words::missing(path).get(lang)));
        }
        if made.is_incomplete {
            output::note(words::INCOMPLETE.get(lang));
        }
        writeln!(io::stdout(), "{}", words::made(&made, &picture).get(lang))?;
        if !args.repository.quiet {
            let (init, keys) = (args.init, args.with_keys);
            words::remember(init, keys).iter().for_each(|text| output::note(text.get(lang)));
        }
        let is_whole = picture.missing().is_empty() && !made.is_incomplete;
        Ok(if is_whole { Exit::Done } else { Exit::PartialInput })
    })
}

/// The lake's signing keys, and what else the folder of keys has under its name.
fn key_files(args: &CreateArgs, lake: &sancha_lake::Lake) -> Result<Vec<PathBuf>> {
    let folder = whole(&keys::folder(args.lake.keys.as_deref())?)?;
    let ledger = lake.ledger();
    let mut names: Vec<String> =
        ledger.keys().iter().map(|key| format!("{}.key", key.name())).collect();
    names.push(ledger.origin().to_owned());
    names.sort();
    names.dedup();
    let mut found: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    found.retain(|path| path.exists());
    if found.is_empty() {
        return Err(UsageError(words::no_keys(&folder)).into());
    }
    Ok(found)
}

fn list(args: &ListArgs, lang: Lang) -> Result<Exit> {
    with_restic(&args.repository, |restic| {
        let mut found = snapshots(restic).map_err(told)?;
        found.retain(|one| args.name.as_ref().is_none_or(|name| one.lake == *name));
        if found.is_empty() && !args.repository.quiet {
            output::note(words::NO_SNAPSHOTS.get(lang));
        }
        let mut out = io::stdout().lock();
        let home = instant::zone(instant::HOME_ZONE)?;
        for one in &found {
            match args.format {
                ProofFormat::Text => {
                    writeln!(out, "{}", visible(words::listed(one, &home).get(lang)))?;
                }
                ProofFormat::Jsonl => writeln!(out, "{}", listed_json(one))?,
            }
        }
        Ok(Exit::Done)
    })
}

fn listed_json(one: &Snapshot) -> serde_json::Value {
    json!({
        "id": one.id, "time": one.time.to_string(), "host": one.host, "lake": one.lake,
        "entries": one.entries, "root": one.root, "with_keys": one.with_keys, "paths": one.paths,
    })
}

fn verify(args: &CheckArgs, lang: Lang) -> Result<Exit> {
    let percent = if args.full { 100 } else { super::verify::percent(&args.subset)? };
    let keys = keys::folder(args.snapshot.keys.as_deref())?;
    with_snapshot(&args.snapshot, lang, |restic, snapshot| {
        let temporary = temporary(args.temp.as_deref())?;
        let restored = backup::check(restic, snapshot, &temporary, &keys, percent).map_err(told)?;
        say_restored(&restored, lang)?;
        Ok(exit_of(&restored))
    })
}

fn restore(args: &RestoreArgs, lang: Lang) -> Result<Exit> {
    let to = whole(&args.to)?;
    let keys = keys::folder(args.snapshot.keys.as_deref())?;
    with_snapshot(&args.snapshot, lang, |restic, snapshot| {
        let restored = backup::restore(restic, snapshot, &to, &keys).map_err(told)?;
        say_restored(&restored, lang)?;
        let text = words::restored_to(&restored.lake, snapshot.with_keys.then_some(&to));
        writeln!(io::stdout(), "{}", visible(text.get(lang)))?;
        output::note(&visible(words::before_going_on(&restored.lake).get(lang)));
        Ok(exit_of(&restored))
    })
}

fn test(args: &TestArgs, lang: Lang) -> Result<Exit> {
    let started = instant::now();
    let home = instant::zone(instant::HOME_ZONE)?;
    let at = args.at.as_deref().map(|text| instant::parse("--at", text, &home)).transpose()?;
    let at = at.unwrap_or(started);
    let proof = proof_file(args, at)?;
    let keys = keys::folder(args.snapshot.keys.as_deref())?;
    with_snapshot(&args.snapshot, lang, |restic, snapshot| {
        let signer = args.sign.then(|| signer(args, &keys, snapshot)).transpose()?;
        let version = backup::version(restic).map_err(told)?;
        let temporary = temporary(args.temp.as_deref())?;
        let outcome = backup::test(restic, snapshot, &temporary, &keys);
        drop(temporary);
        let outcome = match outcome {
            Ok(restored) => Ok(restored),
            // What is damaged failed the test; a full disk, or a network that is down, tested nothing.
            Err(error) if error.fault() == BackupFault::Integrity => Err(error),
            Err(error) => return Err(told(error)),
        };
        let tested = Tested {
            snapshot,
            outcome: outcome.as_ref(),
            at,
            clock_by_hand: instant::is_by_hand(args.at.as_deref()),
            seconds: seconds(started, instant::now()),
            program: env!("CARGO_PKG_VERSION"),
            restic: &version,
        };
        let text = write_proof(&tested);
        let text = match &signer {
            Some(key) => StatementKind::RestoreTest.sign(&text, key)?,
            None => text.into_bytes(),
        };
        fs::write(&proof, text).map_err(|error| output::not_written(&proof, error))?;
        match &outcome {
            Ok(restored) => say_restored(restored, lang)?,
            Err(error) => output::note(&visible(error.text().get(lang))),
        }
        let result = tested.result();
        writeln!(io::stdout(), "{}", visible(words::tested(result, &proof).get(lang)))?;
        Ok(match result {
            TestResult::Passed => Exit::Done,
            TestResult::NotShown => Exit::PartialInput,
            TestResult::Failed => Exit::Integrity,
        })
    })
}

/// The key that signs for the lake that is tested: that of the lake which is there, for what comes back from a
/// backup may be of before a rotation; else the one key in the folder that has its name.
fn signer(args: &TestArgs, keys: &Path, snapshot: &Snapshot) -> Result<SigningKey> {
    if let Some(folder) = args.lake.as_ref().filter(|folder| folder.exists()) {
        let lake = super::open_folder(folder)?;
        if lake.ledger().origin() == snapshot.lake {
            return keys::open(keys, &lake);
        }
    }
    let found = keys::files(keys, &snapshot.lake).into_iter().filter_map(|(_, key)| key.ok());
    let mut found = found.filter(|key| key.verifier().name() == snapshot.lake);
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(UsageError(words::no_keys(keys)).into()),
        (Some(_), Some(_)) => Err(UsageError(words::several_keys(keys, &snapshot.lake)).into()),
    }
}

fn seconds(from: EventTime, until: EventTime) -> f64 {
    let nanoseconds = u64::try_from(until.since(from)).unwrap_or(0);
    Duration::from_nanos(nanoseconds).as_secs_f64()
}

/// `-o`, else beside the lake. Every test has a file of its own: the one before an incident speaks for it.
fn proof_file(args: &TestArgs, at: EventTime) -> Result<PathBuf> {
    if let Some(file) = &args.output {
        return Ok(file.clone());
    }
    let lake = whole(args.lake.as_deref().unwrap_or(Path::new(".")))?;
    let name = lake.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stamp = at.timestamp().strftime("%Y%m%dT%H%M%SZ");
    // Signed, it is no JSON as a whole.
    let ending = if args.sign { "signed" } else { "json" };
    Ok(lake.with_file_name(format!("{name}.restore-test-{stamp}.{ending}")))
}

/// Prints what came back.
fn say_restored(restored: &Restored, lang: Lang) -> Result<()> {
    let mut out = io::stdout().lock();
    let verdicts = match restored.keyless {
        None => render_verdicts(&restored.verdicts, lang),
        Some(_) => render_log_verdict(&restored.verdicts, lang),
    };
    out.write_all(verdicts.as_bytes())?;
    for text in words::restored(restored) {
        writeln!(out, "{}", visible(text.get(lang)))?;
    }
    Ok(())
}

/// The exit code of what came back.
fn exit_of(restored: &Restored) -> Exit {
    if restored.is_whole() { Exit::Done } else { Exit::Integrity }
}

fn with_snapshot(
    args: &SnapshotArgs,
    lang: Lang,
    act: impl FnOnce(&Restic<'_>, &Snapshot) -> Result<Exit>,
) -> Result<Exit> {
    with_restic(&args.repository, |restic| {
        let (id, name) = (args.snapshot.as_deref(), args.name.as_deref());
        let found = snapshots(restic).map_err(told)?;
        let snapshot = choose(found, id, name).map_err(told)?;
        if !args.repository.quiet {
            output::note(&visible(words::chosen(&snapshot).get(lang)));
        }
        act(restic, &snapshot)
    })
}

/// restic as the arguments and the environment say. Its paths are made whole: it runs in another folder.
fn with_restic(
    args: &RepositoryArgs,
    act: impl FnOnce(&Restic<'_>) -> Result<Exit>,
) -> Result<Exit> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    let repository = match args.repo.clone().map(OsString::from) {
        None => set("RESTIC_REPOSITORY"),
        repository => repository,
    };
    if repository.is_none() && set("RESTIC_REPOSITORY_FILE").is_none() {
        return Err(UsageError(words::NO_REPOSITORY.local()).into());
    }
    let repository = repository.map(|name| whole_repository(&name)).transpose()?;
    let password_file = match args.password_file.clone() {
        None => set("RESTIC_PASSWORD_FILE").map(PathBuf::from),
        file => file,
    };
    let other = ["RESTIC_PASSWORD", "RESTIC_PASSWORD_COMMAND"].into_iter().find_map(set);
    if password_file.is_none() && other.is_none() {
        return Err(UsageError(words::NO_PASSWORD.local()).into());
    }
    let password_file = password_file.map(whole).transpose()?;
    if let Some(file) = password_file.as_ref().filter(|file| fs::File::open(file).is_err()) {
        return Err(UsageError(words::password_file(file)).into());
    }
    // A bare name is looked for in PATH.
    let is_bare = args.restic.components().count() == 1;
    let program = if is_bare { args.restic.clone() } else { whole(&args.restic)? };
    let told = |line: &str| output::note(&visible(&format!("restic: {line}")));
    act(&Restic {
        program: &program,
        repository: repository.as_deref(),
        password_file: password_file.as_deref(),
        told: &told,
    })
}

/// A repository on disk by its whole path; `sftp:…`, `rest:…` and the like stay as they are.
fn whole_repository(name: &OsString) -> Result<OsString> {
    match name.to_str() {
        Some(text) if text.contains(':') => Ok(name.clone()),
        _ => Ok(whole(Path::new(name))?.into_os_string()),
    }
}

fn whole(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    absolute(path).with_context(|| format!("`{}`", path.display()))
}

fn temporary(base: Option<&Path>) -> Result<TemporaryFolder> {
    TemporaryFolder::new(base.unwrap_or(&env::temp_dir())).map_err(told)
}

/// A failure in both languages, with its exit code.
fn told(error: BackupError) -> anyhow::Error {
    let text: LocalText = error.text();
    match error.fault() {
        BackupFault::Usage => UsageError(text).into(),
        fault => {
            let is_integrity = fault == BackupFault::Integrity;
            Told { text, is_integrity, source: error.into() }.into()
        }
    }
}
