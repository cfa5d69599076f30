//! The key that signs a lake's log: shown, backed up, restored, replaced.

use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::{lake_text, secret_page, secret_sheet};
use sancha_lake::Lake;
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::{KeyKind, SigningKey};

use super::{keys, now, open, place, shred, told};
use crate::{
    args::{KeyAction, KeyArgs, KeyBackupArgs, KeyRestoreArgs, KeyRotateArgs, LakeArgs},
    exit::{Exit, UsageError},
    output, texts,
};

pub(crate) fn run(args: &KeyArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        KeyAction::Show(args) => show(args, lang),
        KeyAction::Backup(args) => backup(args, lang),
        KeyAction::Restore(args) => restore(args, lang),
        KeyAction::Rotate(args) => rotate(args, lang),
        KeyAction::Shred(args) => shred::shred(args, lang),
    }
}

fn show(args: &LakeArgs, lang: Lang) -> Result<Exit> {
    let lake = open(args)?;
    let folder = keys::folder(args.keys.as_deref())?;
    let key = lake.keys().current();
    writeln!(io::stdout(), "{key}")?;
    output::note(&texts::KEY_FINGERPRINT.get(lang).replace("{fingerprint}", &key.fingerprint()));
    let (text, path) = match keys::find(&folder, key) {
        Some(path) => (texts::KEY_IS_IN, path),
        None => (texts::KEY_IS_NOT_IN, folder),
    };
    output::note(&visible(&text.get(lang).replace("{path}", &path.display().to_string())));
    Ok(Exit::Done)
}

fn backup(args: &KeyBackupArgs, lang: Lang) -> Result<Exit> {
    let lake = open(&args.lake)?;
    let key = keys::open(&keys::folder(args.lake.keys.as_deref())?, &lake)?;
    let (secret, at) = (key.to_secret_text(), now(&args.now)?.to_string());
    let is_page = args.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
    let text = match is_page {
        true => secret_sheet(&secret, key.verifier(), &at),
        false => secret_page(&secret, key.verifier(), &at),
    };
    keys::write_private(&args.output, &text)?;
    let path = args.output.display().to_string();
    output::note(&visible(&texts::KEY_BACKED_UP.get(lang).replace("{path}", &path)));
    Ok(Exit::Done)
}

fn restore(args: &KeyRestoreArgs, lang: Lang) -> Result<Exit> {
    let shown = args.file.display().to_string();
    let bad = |zh: String, en: String| UsageError(LocalText::new(zh, en));
    let text = keys::read_text(&args.file).map_err(|error| {
        bad(format!("读不到 {shown}：{error}"), format!("cannot read {shown}: {error}"))
    })?;
    let start = text.find("PRIVATE+KEY+").ok_or_else(|| {
        bad(
            format!("{shown} 中没有以 PRIVATE+KEY+ 开头的密钥；请核对是不是备份文件"),
            format!("{shown} has no key that begins with PRIVATE+KEY+; is it the backup?"),
        )
    })?;
    let secret = text
        .get(start..)
        .and_then(|rest| rest.split(|letter: char| letter.is_whitespace() || letter == '<').next());
    let key = SigningKey::parse(secret.unwrap_or_default()).map_err(|error| {
        bad(
            format!("{shown} 中的密钥不完整或抄错了字符；请与备份逐字核对"),
            format!("the key in {shown} is incomplete or has a wrong character ({error}); compare it with the backup letter by letter"),
        )
    })?;
    let of = args.lake.clone().map(|lake| LakeArgs { lake, keys: args.keys.clone() });
    if let Some(disk) = of.as_ref().map(place::find).transpose()?.flatten() {
        match Lake::open(disk) {
            Ok(lake) => belongs(&key, &lake)?,
            // The key is put back all the same: the lake may be next.
            Err(error) => output::note(&visible(lake_text(&error).get(lang))),
        }
    }
    let path = keys::store(&keys::folder(args.keys.as_deref())?, &key)?;
    writeln!(io::stdout(), "{}", key.verifier())?;
    let path = path.display().to_string();
    output::note(&visible(&texts::KEY_RESTORED.get(lang).replace("{path}", &path)));
    Ok(Exit::Done)
}

/// Makes sure that a key is the one that signs now.
fn belongs(key: &SigningKey, lake: &Lake) -> Result<()> {
    let (given, current) = (key.verifier(), lake.keys().current());
    if given == current {
        return Ok(());
    }
    let text = match lake.keys().replaced_in(given) {
        Some(entry) => LocalText::new(
            format!("这是旧密钥，已在封存日志第{entry}号条目更换，不能再签名；请用更换之后的备份"),
            format!(
                "this is an old key: entry {entry} of the log replaced it, and it may not sign any more; use the backup made after that"
            ),
        ),
        None => LocalText::new(
            format!("这不是此日志湖的密钥：日志湖用的是 {current}，文件中是 {given}"),
            format!(
                "this is not the key of this lake: the lake's is {current}, the file's {given}"
            ),
        ),
    };
    Err(UsageError(text).into())
}

fn rotate(args: &KeyRotateArgs, lang: Lang) -> Result<Exit> {
    let mut lake = open(&args.lake)?;
    let folder = keys::folder(args.lake.keys.as_deref())?;
    let old = keys::open(&folder, &lake)?;
    let new = keys::draw(lake.ledger().origin(), KeyKind::Log)?;
    // First the secret, then the step that makes it needed.
    let path = keys::store(&folder, &new)?;
    let at = now(&args.now)?.to_string();
    lake.rotate_key((&old, &new), &at).map_err(told)?;
    writeln!(io::stdout(), "{}", new.verifier())?;
    let old = keys::find(&folder, old.verifier()).unwrap_or_default();
    let text = texts::KEY_ROTATED
        .get(lang)
        .replace("{path}", &path.display().to_string())
        .replace("{old}", &old.display().to_string());
    output::note(&visible(&text));
    Ok(Exit::Done)
}
