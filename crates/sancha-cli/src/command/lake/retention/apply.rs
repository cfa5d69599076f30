use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::{render_outcome, render_plan, term_text, unfounded_policies};
use sancha_lake::retain::{Rules, Standing};
use sancha_model::Lang;

use super::{clock, faulty, policies, policy_file, tell_idle, to_write};
use crate::{
    args::ApplyArgs,
    command::lake::{open, told},
    exit::Exit,
    instant,
};

pub(super) fn run(args: &ApplyArgs, lang: Lang) -> Result<Exit> {
    let (zone, now) = clock(&args.decision.now)?;
    if !args.dry_run {
        instant::not_ahead(now)?;
    }
    let lake = open(&args.decision.lake)?;
    let policies = policies(&args.policy, &args.decision.lake)?;
    let standing = Standing::of(&lake.catalog().entries);
    let rules = Rules { policies: &policies, standing: &standing, zone: &zone, now };
    let found = unfounded_policies(&policies, &lake.sources(), &standing, rules.today());
    let file = policy_file(&args.policy, &args.decision.lake);
    if !found.is_empty() {
        return Err(faulty(&file, &found).into());
    }
    tell_idle(&lake, &policies, &file, lang);
    let text = if args.dry_run {
        render_plan(&lake.retirable(&rules).map_err(told)?, lang)
    } else {
        let (mut lake, key) = to_write(&args.decision)?;
        render_outcome(&lake.retire(&rules, &term_text, &key).map_err(told)?, lang)
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}
