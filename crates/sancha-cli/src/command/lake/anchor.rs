//! What of a lake's log is left with others.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use sancha_app::lake::{anchor_error_text, anchor_text, checkpoint_sheet};
use sancha_lake::{AnchorError, Lake, disk::RealDisk};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::{AnchorMethod, Checkpoint, SigningKey, VerifierKey};

use super::{keys, now, open, told};
use crate::{
    args::{
        AnchorAcceptArgs, AnchorAction, AnchorArgs, AnchorCopyArgs, AnchorExportArgs,
        AnchorListArgs, AnchorPrintArgs, LakeArgs, StampAcceptArgs, StampRequestArgs,
        TimestampAction,
    },
    exit::{Exit, Told, UsageError},
    output, texts,
};

pub(crate) fn run(args: &AnchorArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        AnchorAction::List(args) => list(args, lang),
        AnchorAction::Export(args) => export(args, lang),
        AnchorAction::Accept(args) => accept(args, lang),
        AnchorAction::Timestamp(args) => match &args.action {
            TimestampAction::Request(args) => ask_for_stamp(args, lang),
            TimestampAction::Accept(args) => accept_stamp(args, lang),
        },
        AnchorAction::Print(args) => print(args, lang),
        AnchorAction::Copy(args) => copy(args, lang),
    }
}

fn list(args: &AnchorListArgs, lang: Lang) -> Result<Exit> {
    let lake = open(&args.lake)?;
    let mut out = io::stdout().lock();
    for anchor in lake.anchors() {
        writeln!(out, "{}", visible(anchor_text(&anchor).get(lang)))?;
    }
    for path in lake.unanswered().map_err(told)? {
        output::note(&visible(&texts::ANCHOR_OPEN.get(lang).replace("{path}", &path)));
    }
    if lake.anchors().next().is_none() {
        output::note(texts::ANCHOR_NONE.get(lang));
    }
    Ok(Exit::Done)
}

fn export(args: &AnchorExportArgs, lang: Lang) -> Result<Exit> {
    let lake = open(&args.lake)?;
    let from = match args.from {
        Some(from) => from,
        None => seen(&lake, args.witness.as_deref())?,
    };
    let request = lake.witness_request(from).map_err(failed)?;
    write(&args.output, &request.to_bytes())?;
    let text = texts::ANCHOR_EXPORTED
        .get(lang)
        .replace("{path}", &args.output.display().to_string())
        .replace("{from}", &from.to_string())
        .replace("{size}", &lake.ledger().head().size.to_string());
    output::note(&visible(&text));
    Ok(Exit::Done)
}

/// The size that the witness saw last; which witness has to be said where several signed.
fn seen(lake: &Lake, asked: Option<&str>) -> Result<u64> {
    let known = lake.witnesses();
    let is_asked = |key: &&VerifierKey| {
        asked.is_none_or(|asked| key.name() == asked || key.to_string() == asked.trim())
    };
    let mut found = known.iter().filter(is_asked);
    let first = found.next();
    match (first, found.next()) {
        (Some(key), None) => Ok(lake.seen_by(key)),
        // Nobody signed yet, or this one did not.
        (None, _) => Ok(0),
        (Some(_), Some(_)) => {
            let names: Vec<_> = known.iter().map(ToString::to_string).collect();
            let names = names.join("\n  ");
            Err(UsageError(LocalText::new(
                format!("有多个见证方签过；请用 --witness 指定：\n  {names}"),
                format!("several witnesses signed before; name one with --witness:\n  {names}"),
            ))
            .into())
        }
    }
}

fn accept(args: &AnchorAcceptArgs, lang: Lang) -> Result<Exit> {
    let witnesses = keys::public("--witness", &args.witness)?;
    let (mut lake, key) = with_key(&args.lake)?;
    let bytes = read(&args.file)?;
    let at = now(&args.now)?.to_string();
    let names = lake.accept_witness(&bytes, &witnesses, (&key, &at)).map_err(failed)?;
    let by = names.join(", ");
    output::note(&visible(&texts::ANCHOR_ACCEPTED.get(lang).replace("{by}", &by)));
    Ok(Exit::Done)
}

fn ask_for_stamp(args: &StampRequestArgs, lang: Lang) -> Result<Exit> {
    let lake = open(&args.lake)?;
    let nonce = u64::from_be_bytes(keys::random()?);
    let (head, request) = lake.stamp_request(nonce).map_err(failed)?;
    write(&args.output, &request)?;
    let text = texts::ANCHOR_STAMP_ASKED
        .get(lang)
        .replace("{path}", &args.output.display().to_string())
        .replace("{size}", &head.size.to_string());
    output::note(&visible(&text));
    Ok(Exit::Done)
}

fn accept_stamp(args: &StampAcceptArgs, lang: Lang) -> Result<Exit> {
    let (mut lake, key) = with_key(&args.lake)?;
    let bytes = read(&args.file)?;
    let at = now(&args.now)?.to_string();
    let (head, stamp) = lake.accept_stamp(&bytes, &args.by, (&key, &at)).map_err(failed)?;
    let text = texts::ANCHOR_STAMPED
        .get(lang)
        .replace("{by}", &args.by)
        .replace("{at}", &stamp.at.to_string())
        .replace("{size}", &head.size.to_string())
        .replace("{digest}", &stamp.digest.hex());
    output::note(&visible(&text));
    Ok(Exit::Done)
}

fn print(args: &AnchorPrintArgs, lang: Lang) -> Result<Exit> {
    let lake = open(&args.lake)?;
    let (head, note) = (lake.ledger().head(), lake.ledger().checkpoint());
    let checkpoint = Checkpoint::new(lake.ledger().origin(), head);
    let at = now(&args.now)?.to_string();
    let note = String::from_utf8_lossy(note);
    let page = checkpoint_sheet(&checkpoint, &note, lake.keys().current(), &at);
    write(&args.output, page.as_bytes())?;
    if let Some(by) = &args.by {
        let (mut lake, key) = with_key(&args.lake)?;
        let anchor = (AnchorMethod::Paper, by.as_str());
        lake.note_anchor(head, anchor, (&key, &at)).map_err(failed)?;
    }
    let text = texts::ANCHOR_PRINTED
        .get(lang)
        .replace("{path}", &args.output.display().to_string())
        .replace("{size}", &head.size.to_string());
    output::note(&visible(&text));
    Ok(Exit::Done)
}

fn copy(args: &AnchorCopyArgs, lang: Lang) -> Result<Exit> {
    let (mut lake, key) = with_key(&args.lake)?;
    let at = now(&args.now)?.to_string();
    let by = args.by.clone().unwrap_or_else(|| args.folder.display().to_string());
    let copied = lake.copy_to(&RealDisk::new(&args.folder)).map_err(failed)?;
    let is_noted = |lake: &Lake| {
        let same = |anchor: &sancha_lake::Anchor<'_>| {
            anchor.method == AnchorMethod::Worm && anchor.by == by
        };
        let last = lake.anchors().filter(same).map(|anchor| anchor.head.size).max();
        last.is_some_and(|last| !lake.has_news_since(last))
    };
    // A copy each night of a log that nothing happened to is no news: its entries would be all that grows.
    if !is_noted(&lake) {
        let anchor = (AnchorMethod::Worm, by.as_str());
        lake.note_anchor(copied.head, anchor, (&key, &at)).map_err(failed)?;
    }
    let text = texts::ANCHOR_COPIED
        .get(lang)
        .replace("{size}", &copied.head.size.to_string())
        .replace("{written}", &copied.written.to_string())
        .replace("{present}", &copied.present.to_string());
    output::note(&text);
    Ok(Exit::Done)
}

fn with_key(args: &LakeArgs) -> Result<(Lake, SigningKey)> {
    let lake = open(args)?;
    let key = keys::open(&keys::folder(args.keys.as_deref())?, &lake)?;
    Ok((lake, key))
}

/// A failure in both languages. What somebody handed in and cannot be used is a matter of usage.
fn failed(error: AnchorError) -> anyhow::Error {
    let text = anchor_error_text(&error);
    match error {
        AnchorError::Checkpoint(_)
        | AnchorError::NoWitness
        | AnchorError::Stamp(_)
        | AnchorError::NotAsked
        | AnchorError::Nonce => UsageError(text).into(),
        AnchorError::Lake(error) => told(error),
        error => Told { text, is_integrity: error.is_damage(), source: error.into() }.into(),
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let shown = path.display();
        UsageError(LocalText::new(
            format!("读不到 {shown}：{error}"),
            format!("cannot read {shown}: {error}"),
        ))
        .into()
    })
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())
}
