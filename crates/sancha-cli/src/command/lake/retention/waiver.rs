use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::render_waiver;
use sancha_lake::retain::{NewWaiver, Standing};
use sancha_model::Lang;

use super::{clock, refused, to_write};
use crate::{
    args::{ClockArgs, LakeArgs, WaiverAction, WaiverAddArgs},
    command::lake::open,
    exit::Exit,
    instant, output, texts,
};

pub(super) fn run(action: &WaiverAction, lang: Lang) -> Result<Exit> {
    match action {
        WaiverAction::Add(args) => add(args, lang),
        WaiverAction::List { lake, now } => list(lake, now, lang),
    }
}

fn list(lake: &LakeArgs, now: &ClockArgs, lang: Lang) -> Result<Exit> {
    let (zone, now) = clock(now)?;
    let standing = Standing::of(&open(lake)?.catalog().entries);
    let mut out = io::stdout().lock();
    for waiver in &standing.waivers {
        let in_force = standing.waiver(&waiver.source, now.date_in(&zone));
        let counts = in_force.is_some_and(|in_force| std::ptr::eq(in_force, waiver));
        out.write_all(render_waiver(waiver, counts, lang).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn add(args: &WaiverAddArgs, lang: Lang) -> Result<Exit> {
    let (zone, now) = clock(&args.decision.now)?;
    let waiver = NewWaiver {
        source: args.source.clone(),
        days: args.days,
        granted_by: args.named_by.clone(),
        reason: args.reason.clone(),
        until: instant::parse_date("--until", &args.until)?,
    };
    let (mut lake, key) = to_write(&args.decision)?;
    lake.grant_waiver(waiver, now.date_in(&zone), &key, &now.to_string()).map_err(refused)?;
    output::note(&texts::WAIVED.get(lang).replace("{source}", &args.source));
    Ok(Exit::Done)
}
