use std::{
    fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use anyhow::Result;
use sancha_app::lake::{log_fault_text, render_trust, render_verdicts};
use sancha_lake::{
    Lake,
    disk::{Disk, RealDisk},
    verify::{CopiedCheckpoints, LeftWith, Scope, Trusted, left_in_copy, log_faults},
};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::paper::{self, PaperError};

use super::{keys, open, place, told};
use crate::{
    args::{LakeArgs, VerifyArgs},
    exit::{Exit, UsageError},
    instant, output,
};

pub(crate) fn run(args: &VerifyArgs, lang: Lang) -> Result<Exit> {
    let since =
        args.since.as_deref().map(|text| instant::parse_date("--since", text)).transpose()?;
    let percent = percent(&args.subset)?;
    let keys = keys::public("--key", &args.key)?;
    let lake = open(&args.lake).inspect_err(|_| locate(&args.lake, lang))?;
    let mut left = Vec::new();
    for given in &args.against {
        left.extend(left_elsewhere(given, lake.ledger().origin())?);
    }
    let scope = Scope::some(since.map(|date| date.to_string()), percent);
    let verdicts = lake.verify(&scope, &|_| ()).map_err(told)?;
    let (trust, is_trusted) = trust(&lake, &Trusted { keys: &keys, left: &left }, lang)?;
    let mut out = io::stdout().lock();
    out.write_all(render_verdicts(&verdicts, lang).as_bytes())?;
    out.write_all(trust.as_bytes())?;
    let is_sound = verdicts.is_unaltered() && is_trusted;
    Ok(if is_sound { Exit::Done } else { Exit::Integrity })
}

fn trust(lake: &Lake, trusted: &Trusted<'_>, lang: Lang) -> Result<(String, bool)> {
    let verdicts = lake.verify_trust(trusted).map_err(told)?;
    Ok((render_trust(&verdicts, lang), verdicts.is_sound()))
}

/// Of a log that does not open, the places that are damaged.
fn locate(lake: &LakeArgs, lang: Lang) {
    let Ok(Some(disk)) = place::find(lake) else { return };
    // That the checkpoint or the list of keys is damaged is what opening told already.
    for fault in log_faults(&disk).unwrap_or_default() {
        output::note(&visible(log_fault_text(&fault).get(lang)));
    }
}

/// A checkpoint that was left with somebody: a file, the folder of a copy, or the text itself.
fn left_elsewhere(given: &str, origin: &str) -> Result<Vec<LeftWith>> {
    let path = Path::new(given);
    if path.is_dir() {
        let copy: Arc<dyn Disk> = Arc::new(RealDisk::new(path));
        let CopiedCheckpoints { left, broken } = left_in_copy(&copy, origin).map_err(told)?;
        if let Some((name, why)) = broken.first() {
            return Err(unreadable(&path.join(name).display().to_string(), *why).into());
        }
        if left.is_empty() {
            return Err(UsageError(LocalText::new(
                format!("{given} 中没有检查点；应是 sancha anchor copy 写出的文件夹"),
                format!("there is no checkpoint in {given}; it should be a folder that `sancha anchor copy` wrote"),
            ))
            .into());
        }
        return Ok(left);
    }
    let (name, bytes) = match fs::read(path) {
        Ok(bytes) => (given.to_owned(), bytes),
        Err(_) if given.contains('\n') => ("--against".to_owned(), given.as_bytes().to_vec()),
        Err(error) => {
            return Err(UsageError(LocalText::new(
                format!("读不到检查点 {given}：{error}"),
                format!("cannot read the checkpoint {given}: {error}"),
            ))
            .into());
        }
    };
    let left = paper::read(&bytes).map_err(|why| unreadable(&name, why))?;
    Ok(vec![LeftWith { name, left, copy: None }])
}

fn unreadable(name: &str, why: PaperError) -> UsageError {
    let zh = match why {
        PaperError::NotText => "应是至少三行的文本".to_owned(),
        PaperError::Size(line) => format!("第{line}行不是条目数"),
        PaperError::Root(line) => {
            format!("第{line}行不是根：应为base64，或每行16个十六进制数字加两位校验码")
        }
        PaperError::Row(line) => format!("第{line}行抄错了：校验码不符"),
        PaperError::Head => "日志名称或条目数抄错了：各行校验码都不符".to_owned(),
    };
    UsageError(LocalText::new(
        format!("{name} 不是检查点：{zh}；请与原件核对"),
        format!("{name} is no checkpoint: {why}; compare it with the original"),
    ))
}

pub(super) fn percent(text: &str) -> Result<u8, UsageError> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number.filter(|percent| (1..=100).contains(percent)).ok_or_else(|| {
        UsageError(LocalText::new(
            format!("--subset 的值“{text}”无法识别；请写成 1% 到 100%"),
            format!("cannot read `{text}` as the value of --subset; write 1% to 100%"),
        ))
    })
}
