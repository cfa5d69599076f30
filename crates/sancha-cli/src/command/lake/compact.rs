//! `sancha compact`: makes what is kept smaller.

use std::io::{self, Write};

use anyhow::Result;
use jiff::{Span, tz::TimeZone};
use sancha_app::lake::{lake_text, render_compacted, render_jobs};
use sancha_lake::{Compaction, Job, LakeError};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::visible;

use super::{keys, now, open, patience, told};
use crate::{
    args::CompactArgs,
    command::read,
    exit::{Exit, UsageError},
    instant, output,
};

pub(crate) fn run(args: &CompactArgs, lang: Lang) -> Result<Exit> {
    let given = args.now.at.is_some();
    let at = now(&args.now)?;
    let before = before(args, at)?;
    let mut lake = open(&args.lake)?;
    if args.dry_run {
        let jobs = lake.compactable(&before, args.level);
        io::stdout().write_all(render_jobs(&jobs, lang).as_bytes())?;
        return Ok(Exit::Done);
    }
    // The old files go an hour after the entry that replaced them.
    instant::not_ahead(at)?;
    let key = keys::open(&keys::folder(args.lake.keys.as_deref())?, &lake)?;
    let progress = |job: &Job| {
        if !args.quiet {
            output::note(&visible(described(job).get(lang)));
        }
    };
    let how = Compaction {
        before,
        zstd: args.level,
        keep_free: read::size("--keep-free", &args.keep_free)? as u64,
        now: &|| if given { at } else { instant::now() },
        wait: &patience(),
        progress: &progress,
    };
    let done = lake.compact(&how, &key).map_err(told)?;
    for damage in &done.damages {
        output::note(&visible(lake_text(damage).get(lang)));
    }
    io::stdout().write_all(render_compacted(&done, lang).as_bytes())?;
    Ok(match (done.damages.is_empty(), done.shortage) {
        (false, _) if done.damages.iter().all(LakeError::is_of_lost_key) => Exit::PartialInput,
        (false, _) => Exit::Integrity,
        (true, Some(_)) => Exit::Internal,
        (true, None) => Exit::Done,
    })
}

/// Parts of days before this one.
fn before(args: &CompactArgs, at: EventTime) -> Result<String> {
    if let Some(text) = &args.before {
        return Ok(instant::parse_date("--before", text)?.to_string());
    }
    // Of a day that lies two days back nothing comes any more but what is late.
    let back = Span::new().try_days(i64::from(args.older_than) - 1);
    let first = back.and_then(|back| at.date_in(&TimeZone::UTC).checked_sub(back));
    Ok(first.map_err(|_| not_so_far(args.older_than))?.to_string())
}

fn not_so_far(days: u32) -> UsageError {
    UsageError(LocalText::new(
        format!("--older-than 的值“{days}”过大；请写天数，如 30"),
        format!("--older-than {days} lies too far back; write a number of days such as 30"),
    ))
}

fn described(job: &Job) -> LocalText {
    let first = job.parts.first();
    let (source, day) = first.map_or(("", ""), |part| (&part.source, &part.day));
    let (parts, rows) = (job.parts.len(), job.rows());
    LocalText::new(
        format!("{source} {day}：{parts}个分区、{rows}行已重写并逐行核对"),
        format!("{source} {day}: {parts} parts, {rows} lines written anew and compared"),
    )
}
