//! `detect --follow`: results as files grow, until the program is asked to end.

use std::{
    io::{self, Write},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use sancha_app::{NamedMatch, Update, Watcher};
use sancha_model::{CoverageProblem, Lang};
use sancha_report::{render_findings_head, render_findings_table, write_finding, write_withdrawn};

use super::{
    detect,
    read::{Reading, write_named, write_suppressed},
};
use crate::{
    args::{DetectArgs, Format},
    exit::{Exit, UsageError},
    output, texts,
};

/// How long to wait when nothing has grown: short against the time people take to react, and so long that
/// looking costs next to nothing.
pub(super) const PAUSE: Duration = Duration::from_millis(250);

pub(super) fn run(args: &DetectArgs, lang: Lang) -> Result<Exit> {
    if !matches!(args.format, Format::Jsonl | Format::Table) {
        return Err(UsageError(texts::FOLLOW_FORMAT.local()).into());
    }
    if args.read.paths.iter().any(|path| path == Path::new("-")) {
        return Err(UsageError(texts::FOLLOW_STDIN.local()).into());
    }
    let reading = Reading::to_follow(&args.read, &args.time)?;
    let (rules, options) = (detect::rules(args)?, detect::options(args));
    let settings = |_: &str| Default::default();
    let input = reading.input(&args.read, rules, options, &settings, &|_| {})?;
    let mut terminal = Terminal {
        args,
        lang,
        zone: reading.home.clone(),
        out: io::stdout().lock(),
        lines: Vec::new(),
        begun: begun(),
        ended: end_signal()?,
    };
    if !args.read.quiet {
        output::note(texts::FOLLOWING.get(lang));
    }
    if args.format == Format::Table && !args.matches {
        terminal.lines.extend_from_slice(render_findings_head(lang).as_bytes());
    }
    let found = sancha_app::follow(input, &args.read.paths, &mut terminal)?;
    if args.suppressed && !args.matches {
        found.suppressed.iter().for_each(|one| write_suppressed(&mut terminal.lines, one));
    }
    terminal.flush()?;
    Ok(detect::end(&found, args, &reading.home, lang))
}

#[expect(clippy::disallowed_methods, reason = "pauses are measured; no result depends on it")]
fn begun() -> Instant {
    Instant::now()
}

/// Hears Ctrl-C, and the request to end that service managers send.
pub(super) fn end_signal() -> Result<Receiver<()>> {
    let (tell, ended) = channel();
    ctrlc::set_handler(move || {
        // The second one finds nobody: the run is ending already.
        let _ = tell.send(());
    })
    .context("failed to listen for the signal to end")?;
    Ok(ended)
}

/// Standard output, written and flushed after every look.
struct Terminal<'a> {
    args: &'a DetectArgs,
    lang: Lang,
    zone: TimeZone,
    out: io::StdoutLock<'static>,
    lines: Vec<u8>,
    begun: Instant,
    ended: Receiver<()>,
}

impl Terminal<'_> {
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.lines)?;
        self.lines.clear();
        self.out.flush()
    }
}

impl Watcher for Terminal<'_> {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn go_on(&mut self, more: bool) -> bool {
        let pause = if more { Duration::ZERO } else { PAUSE };
        matches!(self.ended.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
    }

    fn found(&mut self, found: NamedMatch<'_>) -> io::Result<()> {
        if self.args.matches && (found.suppressed_by.is_none() || self.args.suppressed) {
            write_named(&mut self.lines, &found);
        }
        if self.lines.len() < 1 << 16 { Ok(()) } else { self.flush() }
    }

    fn looked(&mut self) -> io::Result<()> {
        if self.lines.is_empty() { Ok(()) } else { self.flush() }
    }

    fn report(&mut self, update: Update<'_>) -> io::Result<()> {
        match (self.args.matches, self.args.format, update) {
            (true, ..) => {}
            (false, Format::Table, Update::Stands(finding)) => {
                let row =
                    render_findings_table(std::slice::from_ref(finding), &self.zone, self.lang);
                self.lines.extend_from_slice(row.as_bytes());
            }
            (false, Format::Table, Update::Withdrawn(_)) => {}
            (false, _, Update::Stands(finding)) => write_finding(&mut self.lines, finding),
            (false, _, Update::Withdrawn(id)) => write_withdrawn(&mut self.lines, id),
        }
        Ok(())
    }

    fn tell(&mut self, problem: &CoverageProblem) {
        if !self.args.read.quiet {
            output::problems(std::slice::from_ref(problem), self.lang);
        }
    }
}
