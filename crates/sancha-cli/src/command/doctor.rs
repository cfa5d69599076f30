use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use sancha_compliance::{Catalog, Missing, doctor};
use sancha_model::Lang;
use sancha_report::visible;

use crate::{args::DoctorArgs, data, exit::Exit, instant, output, texts};

/// Says what a profile lacks and which conclusion it would change.
pub(crate) fn run(args: &DoctorArgs, lang: Lang) -> Result<Exit> {
    let file = data::operator(&args.operator)?;
    output::profile_problems(&args.operator, &file.problems, lang);
    let law = data::shipped_law();
    let catalog = Catalog::parse(law.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .context("the law that this program brings along cannot be read")?;
    let day = match args.date.as_deref() {
        Some(text) => instant::parse_date("--date", text)?,
        None => instant::now().date_in(&file.profile.zone),
    };
    let gaps = doctor(&file.profile, &file.shelf, &catalog, day);
    let exit = if file.problems.is_empty() { Exit::Done } else { Exit::PartialInput };
    let mut lines: Vec<String> = gaps.iter().map(|gap| line(gap, &args.operator, lang)).collect();
    if gaps.is_empty() && file.problems.is_empty() {
        lines.push(texts::PROFILE_FINE.get(lang).to_owned());
    }
    match print(&lines) {
        // Who reads only the beginning is told by the exit code all the same.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(exit),
    }
}

fn print(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", visible(line))?;
    }
    out.flush()
}

/// With the line of the profile where an entry is there that does not answer.
fn line(missing: &Missing, profile: &Path, lang: Lang) -> String {
    let place = missing.line.map(|line| format!("{}:{line}: ", profile.display()));
    let about = missing.system.as_deref().or(missing.contractor.as_deref());
    let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
    let place = place.unwrap_or_default();
    format!("{place}{}{about}: {}", missing.duty, missing.message.get(lang))
}
