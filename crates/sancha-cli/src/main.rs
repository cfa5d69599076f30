//! `sancha`: logs in, cases and three investigations out.
//!
//! This crate reads arguments, files and the clock, and writes results. What is computed is in the
//! crates below; the contract of arguments, outputs and exit codes is in `docs/cli.md`.

mod args;
mod command;
mod data;
mod exit;
mod instant;
mod language;
mod output;
mod progress;
mod texts;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; everything else is a usage error.
            if !error.use_stderr() {
                let _ = error.print();
                return Exit::Done.into();
            }
            usage::report(&error);
            return Exit::Usage.into();
        }
    };
    let lang = language::choose(cli.lang.as_deref());
    quiet_decoders();
    match instant::drill_clock_text() {
        Ok(Some(at)) => output::note(&texts::DRILL_CLOCK.get(lang).replace("{at}", &at)),
        Ok(None) => (),
        Err(error) => {
            output::error(&error.into(), lang);
            return Exit::Usage.into();
        }
    }
    let result = match &cli.command {
        Command::Investigate(arguments) => command::investigate::run(arguments, lang),
        Command::Detect(arguments) => command::detect::run(arguments, lang),
        Command::Explain(arguments) => command::explain::run(arguments, lang),
        Command::Ingest(arguments) => command::lake::ingest::run(arguments, lang),
        Command::Search(arguments) => command::lake::search::run(arguments, lang),
        Command::Tail(arguments) => command::lake::tail::run(arguments, lang),
        Command::Sql(arguments) => command::lake::sql::run(arguments, lang),
        Command::Retention(arguments) => command::lake::retention::run(arguments, lang),
        Command::Compact(arguments) => command::lake::compact::run(arguments, lang),
        Command::Evidence(arguments) => command::lake::evidence::run(arguments, lang),
        Command::Verify(arguments) => command::lake::verify::run(arguments, lang),
        Command::Backup(arguments) => command::lake::backup::run(arguments, lang),
        Command::Key(arguments) => command::lake::key::run(arguments, lang),
        Command::Anchor(arguments) => command::lake::anchor::run(arguments, lang),
        Command::Witness(arguments) => command::lake::witness::run(arguments, lang),
        Command::Rules(arguments) => command::rules::run(arguments, lang),
        Command::Law(arguments) => command::law::run(arguments, lang),
        Command::Doctor(arguments) => command::doctor::run(arguments, lang),
        Command::About => command::about::run(lang),
    };
    match result {
        Ok(exit) => exit.into(),
        // The reader of our output has seen enough, as `head` has.
        Err(error) if exit::is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::error(&error, lang);
            exit::of(&error).into()
        }
    }
}

/// A panic while a damaged file is decoded is told as that file's damage; the message of the panic would
/// only stand before it.
fn quiet_decoders() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !sancha_lake::part::is_decoding() {
            usual(panic);
        }
    }));
}
