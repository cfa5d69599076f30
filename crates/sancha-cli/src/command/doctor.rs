use std::io::Write as _;

use anyhow::{Context as _, Result};
use sancha_compliance::{Catalog, Missing, doctor};
use sancha_model::Lang;

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
    let mut out = std::io::stdout().lock();
    for gap in &gaps {
        writeln!(out, "{}", line(gap, lang))?;
    }
    if gaps.is_empty() && file.problems.is_empty() {
        writeln!(out, "{}", texts::PROFILE_FINE.get(lang))?;
    }
    Ok(if file.problems.is_empty() { Exit::Done } else { Exit::PartialInput })
}

fn line(missing: &Missing, lang: Lang) -> String {
    let about = missing.system.as_deref().or(missing.contractor.as_deref());
    let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
    format!("{}{about}: {}", missing.duty, missing.message.get(lang))
}
