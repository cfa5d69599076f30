use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::render_verdicts;
use sancha_lake::verify::Scope;
use sancha_model::{Lang, LocalText};

use super::{open, told};
use crate::{
    args::VerifyArgs,
    exit::{Exit, UsageError},
    instant,
};

pub(crate) fn run(args: &VerifyArgs, lang: Lang) -> Result<Exit> {
    let since =
        args.since.as_deref().map(|text| instant::parse_date("--since", text)).transpose()?;
    let percent = percent(&args.subset)?;
    let lake = open(&args.lake)?;
    let scope = Scope { since: since.map(|date| date.to_string()), percent };
    let verdicts = lake.verify(&scope, &|_| ()).map_err(told)?;
    io::stdout().write_all(render_verdicts(&verdicts, lang).as_bytes())?;
    Ok(if verdicts.is_unaltered() { Exit::Done } else { Exit::Integrity })
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
