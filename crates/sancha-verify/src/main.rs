//! `sancha-verify`: verifies an evidence pack, a zip or a folder, from its bytes alone.
//!
//! No network, no server, no lake: what it needs is in the pack, and a public key that whoever
//! verifies has from elsewhere. What is checked is in `sancha-seal`; this crate reads files and prints.

mod args;
mod folder;
mod limits;
mod report;
mod texts;
mod zipped;

use std::{fs, io::Write as _, process::ExitCode};

use sancha_model::{Lang, LocalText, visible};
use sancha_seal::{
    VerifierKey,
    evidence::{PackFile, Problem, verify},
};

use args::{Args, Request};

/// Exit codes of `docs/cli.md`.
const SOUND: u8 = 0;
const USAGE: u8 = 2;
const BROKEN: u8 = 4;

/// What a path held: the files of a pack, and what was wrong with the container.
struct Read {
    files: Vec<PackFile>,
    problems: Vec<Problem>,
}

fn main() -> ExitCode {
    let request = Request::parse(std::env::args_os().skip(1));
    let lang = request.lang;
    let (text, code) = match request.asked {
        Ok(args::Asked::Help) => (texts::HELP.get(lang).to_owned(), SOUND),
        Ok(args::Asked::Version) => (format!("sancha-verify {}", env!("CARGO_PKG_VERSION")), SOUND),
        Ok(args::Asked::Verify(asked)) => match run(&asked, lang) {
            Ok(done) => done,
            Err(why) => return usage(&why, lang),
        },
        Err(why) => return usage(&why, lang),
    };
    // Whoever reads our output may have seen enough, as `head` has.
    let _ = writeln!(std::io::stdout().lock(), "{}", text.trim_end());
    code.into()
}

fn usage(why: &LocalText, lang: Lang) -> ExitCode {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{}", why.get(lang));
    let _ = writeln!(err, "{}", texts::SEE_HELP.get(lang));
    USAGE.into()
}

fn run(asked: &Args, lang: Lang) -> Result<(String, u8), LocalText> {
    let known = keys(asked)?;
    let failed = |error: &std::io::Error| {
        let path = LocalText::same(visible(&asked.path.to_string_lossy()));
        let why = LocalText::same(visible(&error.to_string()));
        texts::NOT_READ.fill(&[("path", path), ("why", why)])
    };
    let metadata = fs::metadata(&asked.path).map_err(|error| failed(&error))?;
    let read = if metadata.is_dir() {
        folder::read(&asked.path)
    } else {
        zipped::read(&asked.path, limits::PACK_BYTES)
    };
    let read = read.map_err(|error| failed(&error))?;
    let mut verdicts = verify(&read.files, &known);
    let is_sound = verdicts.is_sound() && read.problems.is_empty();
    verdicts.problems.splice(0..0, read.problems);
    let text = report::render(&verdicts, is_sound, lang);
    Ok((text, if is_sound { SOUND } else { BROKEN }))
}

/// The keys of `--key`: each a key itself, or a file of keys, one a line.
fn keys(asked: &Args) -> Result<Vec<VerifierKey>, LocalText> {
    let mut keys = Vec::new();
    for given in &asked.keys {
        let text = match VerifierKey::parse(given) {
            Ok(_) => given.clone(),
            Err(_) => key_file(given)?,
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let key = VerifierKey::parse(line).map_err(|error| bad_key(given, &error))?;
            keys.push(key);
        }
    }
    Ok(keys)
}

fn key_file(path: &str) -> Result<String, LocalText> {
    let bytes = limits::read_capped(path.as_ref(), limits::KEY_FILE_BYTES)
        .map_err(|error| bad_key(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn bad_key(given: &str, why: &dyn std::error::Error) -> LocalText {
    let value = |text: String| LocalText::same(visible(&text));
    texts::NO_KEY.fill(&[("key", value(given.to_owned())), ("why", value(why.to_string()))])
}
