use anyhow::Result;
use sancha_lake::{Shredded, disk::is_period};
use sancha_model::{Lang, LocalText};

use super::{keys, open, place, told};
use crate::{
    args::ShredArgs,
    exit::{Exit, UsageError},
    instant, output, texts,
};

/// Paths that are shown of those that stand in the way.
const SHOWN: usize = 3;

pub(super) fn shred(args: &ShredArgs, lang: Lang) -> Result<Exit> {
    let period = args.period.as_str();
    if !is_period(period) {
        return Err(usage(
            format!("--period 的值“{period}”无法识别；请写成 2026-03"),
            format!("cannot read `{period}` as the value of --period; write 2026-03"),
        ));
    }
    let at = match args.at.as_deref() {
        Some(text) => instant::parse("--at", text, &instant::zone(instant::HOME_ZONE)?)?,
        None => instant::now(),
    };
    let mut lake = open(&args.lake)?;
    let Some(period_keys) = place::period_keys(&args.lake)? else {
        return Err(usage(
            "此日志湖未加密，没有可销毁的密钥",
            "this lake is not encrypted; there is no key to destroy",
        ));
    };
    let folder = keys::folder(args.lake.keys.as_deref())?;
    let key = keys::open(&folder, &lake)?;
    let path = period_keys.path(period);
    match lake.shred(period, &period_keys, &key, &at.to_string()).map_err(told)? {
        Shredded::Done { .. } => {
            let text = texts::KEY_SHREDDED.get(lang).replace("{path}", &path.display().to_string());
            output::note(&text);
            Ok(Exit::Done)
        }
        Shredded::NoKey => Err(usage(
            format!("没有这把密钥：{}", path.display()),
            format!("there is no such key: {}", path.display()),
        )),
        Shredded::Needed { parts } => {
            let shown: Vec<_> = parts.iter().take(SHOWN).map(String::as_str).collect();
            let (count, shown) = (parts.len(), shown.join(", "));
            Err(usage(
                format!(
                    "{period} 仍有{count}个文件在留存中（{shown}）；到期后先由留存作业删除，再销毁密钥"
                ),
                format!(
                    "{count} files of {period} are still kept ({shown}); when their time is over let the retention job delete them first, then destroy the key"
                ),
            ))
        }
    }
}

fn usage(zh: impl Into<String>, en: impl Into<String>) -> anyhow::Error {
    UsageError(LocalText::new(zh.into(), en.into())).into()
}
