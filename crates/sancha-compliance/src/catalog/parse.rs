use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::{Catalog, ProvisionName, instrument::Instrument};
use crate::{
    deadline::Deadline,
    duty::{Duty, SupervisionQuestion},
    grading::Grading,
    workdays::Workdays,
};

/// Something in `law/` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("`{file}`, line {line}: {reason}")]
    NotReadable { file: String, line: usize, reason: String },
    #[error(
        "`{file}`, line {line}: `{name}` is not defined in any instrument; add it there or correct the name"
    )]
    UnknownProvision { file: String, line: usize, name: String },
    #[error("`{file}`, line {line}: id `{id}` was used before; ids are unique")]
    SameId { file: String, line: usize, id: String },
    #[error(
        "`{file}`: version `{id}` overlaps `{other}` of the same family; end one the day before the other begins"
    )]
    Overlap { file: String, id: String, other: String },
    #[error("`{file}`, line {line}: `{id}` ends before it begins")]
    EndsBeforeItBegins { file: String, line: usize, id: String },
    #[error(
        "`{file}` is not a file of `law/`; known: instruments/*.yaml, duties/*.yaml, supervision.yaml, deadlines.yaml, grading.yaml, workdays.yaml"
    )]
    UnknownFile { file: String },
    #[error("`{file}` is missing from `law/`")]
    Missing { file: &'static str },
}

#[derive(Default)]
struct Parts<'a> {
    instruments: Vec<(&'a str, &'a str, Instrument)>,
    duties: Vec<(&'a str, &'a str, Vec<Duty>)>,
    supervision: Option<(&'a str, &'a str, Vec<SupervisionQuestion>)>,
    deadlines: Option<(&'a str, &'a str, Vec<Deadline>)>,
    grading: Option<Grading>,
    workdays: Option<Workdays>,
}

pub(super) fn catalog<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Catalog, CatalogError> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    let mut parts = Parts::default();
    for (name, text) in files {
        read_file(name, text, &mut parts)?;
    }
    check(&parts)?;
    assemble(parts)
}

fn read_file<'a>(name: &'a str, text: &'a str, parts: &mut Parts<'a>) -> Result<(), CatalogError> {
    if !name.ends_with(".yaml") {
        return Ok(());
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    match (folder.rsplit_once('/').map_or(folder, |(_, last)| last), file) {
        ("instruments", _) => parts.instruments.push((name, text, read(name, text)?)),
        ("duties", _) => parts.duties.push((name, text, read(name, text)?)),
        (_, "supervision.yaml") => parts.supervision = Some((name, text, read(name, text)?)),
        (_, "deadlines.yaml") => parts.deadlines = Some((name, text, read(name, text)?)),
        (_, "grading.yaml") => parts.grading = Some(read(name, text)?),
        (_, "workdays.yaml") => parts.workdays = Some(read(name, text)?),
        _ => return Err(CatalogError::UnknownFile { file: name.to_owned() }),
    }
    Ok(())
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, CatalogError> {
    yaml_serde::from_str(text).map_err(|error| CatalogError::NotReadable {
        file: name.to_owned(),
        line: error.location().map_or(1, |location| location.line()),
        reason: error.to_string(),
    })
}

fn check(parts: &Parts<'_>) -> Result<(), CatalogError> {
    check_periods(parts)?;
    check_ids(parts)?;
    check_penalties(parts)?;
    for (file, text, duties) in &parts.duties {
        for duty in duties {
            check_names(parts, file, text, &duty.id, &duty.provisions)?;
        }
    }
    if let Some((file, text, questions)) = &parts.supervision {
        for question in questions {
            check_names(parts, file, text, &question.id, &question.provisions)?;
        }
    }
    if let Some((file, text, deadlines)) = &parts.deadlines {
        for deadline in deadlines {
            check_names(parts, file, text, &deadline.id, &deadline.provision_names())?;
        }
    }
    Ok(())
}

fn check_periods(parts: &Parts<'_>) -> Result<(), CatalogError> {
    for (index, (file, text, one)) in parts.instruments.iter().enumerate() {
        if one.effective_until.is_some_and(|until| until < one.effective_from) {
            return Err(CatalogError::EndsBeforeItBegins {
                file: (*file).to_owned(),
                line: line_of(text, "effective_until:"),
                id: one.id.clone(),
            });
        }
        let rest = parts.instruments.iter().take(index);
        let overlap = rest.map(|(_, _, other)| other).find(|other| {
            other.family == one.family
                && other.effective_until.is_none_or(|until| one.effective_from <= until)
                && one.effective_until.is_none_or(|until| other.effective_from <= until)
        });
        if let Some(other) = overlap {
            return Err(CatalogError::Overlap {
                file: (*file).to_owned(),
                id: one.id.clone(),
                other: other.id.clone(),
            });
        }
    }
    Ok(())
}

fn check_ids(parts: &Parts<'_>) -> Result<(), CatalogError> {
    let instruments = parts.instruments.iter().map(|(file, text, one)| (*file, *text, &one.id));
    let duties = parts
        .duties
        .iter()
        .flat_map(|(file, text, duties)| duties.iter().map(move |duty| (*file, *text, &duty.id)));
    let mut seen = BTreeSet::new();
    for (file, text, id) in instruments.chain(duties) {
        if !seen.insert(id) {
            let line = line_of(text, &format!("id: {id}"));
            return Err(CatalogError::SameId { file: file.to_owned(), line, id: id.clone() });
        }
    }
    for (file, text, one) in &parts.instruments {
        let mut keys = BTreeSet::new();
        for provision in &one.provisions {
            if !keys.insert(&provision.key) {
                let line = line_of(text, &format!("key: {}", provision.key));
                let id = provision.key.clone();
                return Err(CatalogError::SameId { file: (*file).to_owned(), line, id });
            }
        }
    }
    Ok(())
}

fn check_penalties(parts: &Parts<'_>) -> Result<(), CatalogError> {
    for (file, text, one) in &parts.instruments {
        for penalty in &one.penalties {
            if one.provision(&penalty.provision).is_none() {
                return Err(CatalogError::UnknownProvision {
                    file: (*file).to_owned(),
                    line: line_of(text, &format!("provision: {}", penalty.provision)),
                    name: penalty.provision.clone(),
                });
            }
        }
    }
    Ok(())
}

fn check_names(
    parts: &Parts<'_>,
    file: &str,
    text: &str,
    id: &str,
    names: &[ProvisionName],
) -> Result<(), CatalogError> {
    for name in names {
        let known = parts.instruments.iter().any(|(_, _, instrument)| {
            instrument.family == name.family && instrument.provision(&name.key).is_some()
        });
        if !known {
            return Err(CatalogError::UnknownProvision {
                file: file.to_owned(),
                line: line_of(text, &format!("id: {id}")),
                name: name.to_string(),
            });
        }
    }
    Ok(())
}

/// The line where `needle` stands, 1-based; the first line when it is nowhere.
fn line_of(text: &str, needle: &str) -> usize {
    let whole =
        |line: &&str| line.trim_end().ends_with(needle) || line.contains(&format!("{needle},"));
    let exact = text.lines().position(|line| whole(&line));
    exact.or_else(|| text.lines().position(|line| line.contains(needle))).map_or(1, |at| at + 1)
}

fn assemble(parts: Parts<'_>) -> Result<Catalog, CatalogError> {
    let missing = |file| CatalogError::Missing { file };
    let mut instruments: Vec<Instrument> =
        parts.instruments.into_iter().map(|(_, _, instrument)| instrument).collect();
    if instruments.is_empty() {
        return Err(missing("instruments/*.yaml"));
    }
    instruments.sort_by(|a, b| (&a.family, a.effective_from).cmp(&(&b.family, b.effective_from)));
    let (_, _, supervision) = parts.supervision.ok_or(missing("supervision.yaml"))?;
    let (_, _, deadlines) = parts.deadlines.ok_or(missing("deadlines.yaml"))?;
    Ok(Catalog {
        instruments,
        duties: parts.duties.into_iter().flat_map(|(_, _, duties)| duties).collect(),
        supervision,
        deadlines,
        grading: parts.grading.ok_or(missing("grading.yaml"))?,
        workdays: parts.workdays.ok_or(missing("workdays.yaml"))?,
    })
}
