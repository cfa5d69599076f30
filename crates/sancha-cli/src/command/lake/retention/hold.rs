use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::render_hold;
use sancha_lake::retain::{NewHold, Standing};
use sancha_model::Lang;

use super::{clock, refused, to_write};
use crate::{
    args::{HoldAction, HoldAddArgs, ReleaseArgs},
    command::lake::open,
    exit::Exit,
    instant, output, texts,
};

pub(super) fn run(action: &HoldAction, lang: Lang) -> Result<Exit> {
    match action {
        HoldAction::Add(args) => add(args, lang),
        HoldAction::Release(args) => release(args, lang),
        HoldAction::List { lake } => {
            let lake = open(lake)?;
            let mut out = io::stdout().lock();
            for hold in &Standing::of(&lake.catalog().entries).holds {
                out.write_all(render_hold(hold, lang).as_bytes())?;
            }
            Ok(Exit::Done)
        }
    }
}

fn add(args: &HoldAddArgs, lang: Lang) -> Result<Exit> {
    let (_, now) = clock(&args.decision.now)?;
    let date = |option: &str, text: &Option<String>| {
        text.as_deref().map(|text| instant::parse_date(option, text)).transpose()
    };
    let hold = NewHold {
        name: args.name.clone(),
        source: args.source.clone(),
        from: date("--from", &args.from)?,
        to: date("--to", &args.to)?,
        placed_by: args.by.clone(),
        reason: args.reason.clone(),
    };
    let (mut lake, key) = to_write(&args.decision)?;
    let name = lake.place_hold(hold, &key, &now.to_string()).map_err(refused)?;
    output::note(&texts::HELD.get(lang).replace("{name}", &name));
    Ok(Exit::Done)
}

fn release(args: &ReleaseArgs, lang: Lang) -> Result<Exit> {
    let (_, now) = clock(&args.decision.now)?;
    let (mut lake, key) = to_write(&args.decision)?;
    lake.release_hold(&args.name, &args.by, &args.reason, &key, &now.to_string())
        .map_err(refused)?;
    output::note(&texts::RELEASED.get(lang).replace("{name}", &args.name));
    Ok(Exit::Done)
}
