use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use sancha_compliance::{
    Applicability, CaseTouch, Catalog, ClockFacts, Difference, ImportError, Instrument, Profile,
    ProofShelf, StoredText, clocks, import,
};
use sancha_model::{Lang, LocalText, ProvisionRef};
use sancha_seal::sha256_hex;

use crate::{
    args::{LawArgs, LawCommand, LawDay},
    data,
    exit::{Exit, UsageError},
    instant, output, texts,
};

pub(crate) fn run(args: &LawArgs, lang: Lang) -> Result<Exit> {
    let files = data::shipped_law();
    let catalog = Catalog::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .context("the law that this program brings along cannot be read")?;
    let lines = match &args.command {
        LawCommand::List(day) => list(&catalog, day, lang)?,
        LawCommand::Show { id } => show(instrument(&catalog, id)?, lang),
        LawCommand::Diff { old, new } => diff(&catalog, old, new, lang)?,
        LawCommand::Duties(day) => duties(&catalog, day, lang)?,
        LawCommand::Deadlines(day) => deadlines(&catalog, day, lang)?,
        LawCommand::Import { file, id, output } => {
            import_text(&catalog, file, id.as_deref(), output.as_deref(), lang)?
        }
    };
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(Exit::Done)
}

fn instrument<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a Instrument> {
    let known = || {
        let ids: Vec<&str> = catalog.instruments().iter().map(|i| i.id.as_str()).collect();
        ids.join("、")
    };
    Ok(catalog.instrument(id).ok_or_else(|| {
        UsageError(LocalText::new(
            format!("没有法规“{id}”；现有：{}", known()),
            format!("there is no instrument `{id}`; there are: {}", known().replace('、', ", ")),
        ))
    })?)
}

/// The day asked for, default today, in the zone of the country.
fn day(asked: Option<&str>) -> Result<Date> {
    let home = instant::zone(instant::HOME_ZONE)?;
    Ok(match asked {
        Some(text) => instant::parse_date("--date", text)?,
        None => instant::now().date_in(&home),
    })
}

fn profile(args: &LawDay, lang: Lang) -> Result<Option<(Profile, ProofShelf)>> {
    let Some(path) = &args.operator else { return Ok(None) };
    let file = data::operator(path)?;
    output::profile_problems(path, &file.problems, lang);
    Ok(Some((file.profile, file.shelf)))
}

fn list(catalog: &Catalog, args: &LawDay, lang: Lang) -> Result<Vec<String>> {
    let day = args.date.as_deref().map(|text| day(Some(text))).transpose()?;
    let shown = catalog.instruments().iter().filter(|i| day.is_none_or(|day| i.in_force(day)));
    let mut lines: Vec<String> = shown.map(|instrument| headline(instrument, lang)).collect();
    if lines.is_empty() {
        lines.push(texts::NO_LAW.get(lang).to_owned());
    }
    Ok(lines)
}

fn headline(instrument: &Instrument, lang: Lang) -> String {
    let until = instrument.effective_until.map_or("…".to_owned(), |until| until.to_string());
    let mark = if instrument.text_verified { "" } else { texts::NOT_VERIFIED.get(lang) };
    let title = instrument.title.get(lang);
    format!("{:<28} {} — {:<10}  {title}{mark}", instrument.id, instrument.effective_from, until)
}

fn show(instrument: &Instrument, lang: Lang) -> Vec<String> {
    let mut lines = vec![headline(instrument, lang)];
    for provision in &instrument.provisions {
        let place = place(&instrument.reference(provision), lang);
        let gist = provision.gist.get(lang);
        lines.push(format!(
            "  {place}  {gist}  [{} · {}]",
            provision.source,
            provision.confidence.id()
        ));
    }
    lines
}

/// `第23条第1款第3项` or `art. 23(1)(3)`.
fn place(provision: &ProvisionRef, lang: Lang) -> String {
    let part = |number: Option<u8>, zh: &str| match (number, lang) {
        (None, _) => String::new(),
        (Some(number), Lang::Zh) => format!("第{number}{zh}"),
        (Some(number), Lang::En) => format!("({number})"),
    };
    let article = match lang {
        Lang::Zh => format!("第{}条", provision.article),
        Lang::En => format!("art. {}", provision.article),
    };
    format!("{article}{}{}", part(provision.paragraph, "款"), part(provision.item, "项"))
}

fn diff(catalog: &Catalog, old: &str, new: &str, lang: Lang) -> Result<Vec<String>> {
    let (older, newer) = (instrument(catalog, old)?, instrument(catalog, new)?);
    let Some(diff) = catalog.diff(&older.id, &newer.id) else { return Ok(Vec::new()) };
    let mut lines = vec![format!("{old} → {new}")];
    for (key, difference) in &diff.differences {
        let gist = newer.provision(key).or_else(|| older.provision(key)).map(|p| p.gist.get(lang));
        let change = match difference {
            Difference::Renumbered { from, to } => format!("{from} → {to}"),
            Difference::Reworded { from, to } => format!("{from} → {to} *"),
            Difference::New { article } => format!("+ {article}"),
            Difference::Gone { article } => format!("- {article}"),
        };
        lines.push(format!("  {change:<14} {}", gist.unwrap_or_default()));
    }
    lines.push(texts::DIFF_KEY.get(lang).replace("{count}", &diff.unchanged.to_string()));
    Ok(lines)
}

fn duties(catalog: &Catalog, args: &LawDay, lang: Lang) -> Result<Vec<String>> {
    let day = day(args.date.as_deref())?;
    let profile = profile(args, lang)?;
    let mut lines = Vec::new();
    for duty in catalog.duties() {
        let provisions = catalog.provisions_between(&duty.provisions, day, day);
        if provisions.is_empty() {
            continue;
        }
        let applies = profile.as_ref().map(|(profile, shelf)| {
            let touch =
                CaseTouch { systems: profile.systems.iter().collect(), ..CaseTouch::default() };
            duty.applies(profile, shelf, &touch, day)
        });
        let mark = match applies {
            None => "·",
            Some(Applicability::Applies) => "✓",
            Some(Applicability::NotApplicable(_)) => "—",
            Some(Applicability::Undetermined(_)) => "?",
        };
        let places: Vec<String> =
            provisions.iter().map(|p| format!("{} {}", p.instrument, place(p, lang))).collect();
        lines.push(format!(
            "{mark} {:<32} {}  [{}]",
            duty.id,
            duty.question.get(lang),
            places.join("; ")
        ));
    }
    lines.push(if lines.is_empty() { texts::NO_LAW } else { texts::DUTY_KEY }.get(lang).to_owned());
    Ok(lines)
}

fn deadlines(catalog: &Catalog, args: &LawDay, lang: Lang) -> Result<Vec<String>> {
    let day = day(args.date.as_deref())?;
    let profile = profile(args, lang)?;
    let (profile, shelf) = match &profile {
        Some((profile, shelf)) => (Some(profile), shelf.clone()),
        None => (None, ProofShelf::default()),
    };
    let facts = ClockFacts {
        first_day: day,
        last_day: day,
        law_day: None,
        systems: profile.map(|profile| profile.systems.iter().collect()).unwrap_or_default(),
        aware_at: profile.and_then(|profile| profile.incident.aware_at),
        handling_ended_at: profile.and_then(|profile| profile.incident.handling_ended_at),
    };
    let mut lines = Vec::new();
    for clock in clocks(&facts, profile, &shelf, catalog) {
        lines.push(format!(
            "{:<24} {} → {}: {}  [{} {}]",
            clock.id,
            clock.label.get(lang),
            clock.to.get(lang),
            clock.due_text.get(lang),
            clock.provision.instrument,
            place(&clock.provision, lang)
        ));
        lines.extend(clock.provisional.iter().map(|loud| format!("  ! {}", loud.get(lang))));
    }
    if lines.is_empty() {
        lines.push(texts::NO_DEADLINES.get(lang).to_owned());
    }
    Ok(lines)
}

/// Why a text was not imported; what the reader of YAML says of itself is in English.
fn not_imported(error: &ImportError) -> LocalText {
    let zh = match error {
        ImportError::NotStored { file, line, reason } => {
            format!("{file} 第{line}行：{reason}；请用 sancha law import 重新生成该文件夹")
        }
        ImportError::NotYaml { file, line, reason } => {
            format!("{file} 第{line}行不是可用的 YAML：{reason}")
        }
        ImportError::NoArticles { file } => {
            format!("{file} 中没有条文；每条应以“第…条”起行，或改用含 articles 的 YAML")
        }
        ImportError::Twice { file, article } => {
            format!("{file} 中第{article}条出现两次；一个文件只放一部法规的一个版本")
        }
    };
    LocalText::new(zh, error.to_string())
}

fn import_text(
    catalog: &Catalog,
    file: &Path,
    id: Option<&str>,
    folder: Option<&Path>,
    lang: Lang,
) -> Result<Vec<String>> {
    let text = data::text(file, "法规文本", "the text of the instrument")?;
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut imported = import(name, &text).map_err(|error| UsageError(not_imported(&error)))?;
    imported.id = id.map(str::to_owned).or(imported.id);
    let mut lines = vec![
        texts::IMPORTED
            .get(lang)
            .replace("{count}", &imported.articles.len().to_string())
            .replace("{file}", &file.display().to_string()),
    ];
    if let Some(folder) = folder {
        let Some(id) = &imported.id else {
            return Err(UsageError(texts::WHICH_LAW.local()).into());
        };
        // A version that the catalog lacks could never be quoted.
        let id = instrument(catalog, id)?.id.clone();
        fs::create_dir_all(folder).map_err(|error| output::not_written(folder, error))?;
        let target = folder.join(format!("{id}.json"));
        let sha256 = sha256_hex(&fs::read(file)?);
        let stored = StoredText { sha256, text: imported };
        fs::write(&target, serde_json::to_string_pretty(&stored)?)
            .map_err(|error| output::not_written(&target, error))?;
        lines.push(texts::STORED.get(lang).replace("{path}", &target.display().to_string()));
    }
    Ok(lines)
}
