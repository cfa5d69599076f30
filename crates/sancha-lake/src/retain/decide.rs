//! Decisions of people that the log keeps: holds, their release, waivers.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sancha_seal::{Entry, Kind, SigningKey};

use super::{FLOOR_DAYS, Standing};
use crate::{Lake, LakeError};

/// A hold that is to be placed.
#[derive(Clone, Debug)]
pub struct NewHold {
    /// Numbered where none is given.
    pub name: Option<String>,
    pub source: Option<String>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub placed_by: String,
    pub reason: String,
}

/// A waiver that is to be granted.
#[derive(Clone, Debug)]
pub struct NewWaiver {
    pub source: String,
    pub days: u32,
    pub granted_by: String,
    pub reason: String,
    pub until: Date,
}

/// Why a decision is not entered.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A hold or a waiver on a name that is not there would keep or waive nothing, and nobody would notice.
    #[error("there is no source `{source_name}`")]
    NoSource { source_name: String, there: Vec<String> },
    #[error("there is a hold `{0}` already, or there was one")]
    NameTaken(String),
    #[error("there is no hold `{name}` in force")]
    NoHold { name: String, in_force: Vec<String> },
    #[error("the first day, {from}, is later than the last, {to}")]
    FromAfterTo { from: Date, to: Date },
    #[error("{0} days are no shorter than six calendar months and need no waiver")]
    NotShorter(u32),
    #[error("a waiver that ends on {0} has ended")]
    Ended(Date),
    /// Who, and why, has to be said.
    #[error("nobody is named, or no reason is given")]
    Unnamed,
    /// One alone cannot let go what is kept for a case.
    #[error("a release takes two people, each named")]
    OnePerson,
}

impl Lake {
    /// Places a hold, and returns its name.
    ///
    /// # Errors
    /// When it would keep nothing, nobody answers for it, or the log cannot be written.
    pub fn place_hold(
        &mut self,
        hold: NewHold,
        key: &SigningKey,
        at: &str,
    ) -> Result<String, Refused> {
        named(&[&hold.placed_by, &hold.reason])?;
        if let (Some(from), Some(to)) = (hold.from, hold.to)
            && to < from
        {
            return Err(Refused::FromAfterTo { from, to });
        }
        let _lock = self.lock(key)?;
        if let Some(source) = &hold.source {
            self.has(source)?;
        }
        let standing = Standing::of(&self.catalog().entries);
        let is_taken = |name: &String| standing.holds.iter().any(|held| held.name == *name);
        let numbered = || (1..).map(|number: u64| format!("hold-{number}")).find(|n| !is_taken(n));
        let name = match hold.name.map(|name| name.trim().to_owned()) {
            Some(name) if name.is_empty() => return Err(Refused::Unnamed),
            Some(name) if is_taken(&name) => return Err(Refused::NameTaken(name)),
            Some(name) => name,
            None => numbered().unwrap_or_default(),
        };
        let kind = Kind::Hold {
            name: name.clone(),
            source: hold.source,
            from: hold.from.map(|day| day.to_string()),
            to: hold.to.map(|day| day.to_string()),
            named_by: hold.placed_by,
            reason: hold.reason,
        };
        self.commit(&[Entry::new(at, kind)], key)?;
        Ok(name)
    }

    /// Releases a hold: from then on what it kept goes when its time is over.
    ///
    /// # Errors
    /// When there is none of that name in force, fewer than two people release it, or the log cannot be written.
    pub fn release_hold(
        &mut self,
        name: &str,
        by: &[String],
        reason: &str,
        key: &SigningKey,
        at: &str,
    ) -> Result<(), Refused> {
        named(&[reason])?;
        let mut people: Vec<&str> = by.iter().map(|name| name.trim()).collect();
        people.retain(|name| !name.is_empty());
        people.sort_unstable();
        people.dedup();
        if people.len() < 2 {
            return Err(Refused::OnePerson);
        }
        let _lock = self.lock(key)?;
        let standing = Standing::of(&self.catalog().entries);
        let in_force = standing.holds.iter().filter(|hold| hold.released.is_none());
        let in_force: Vec<String> = in_force.map(|hold| hold.name.clone()).collect();
        let name = name.to_owned();
        if !in_force.contains(&name) {
            return Err(Refused::NoHold { name, in_force });
        }
        let (named_by, reason) = (people.join("; "), reason.to_owned());
        Ok(self.commit(&[Entry::new(at, Kind::Released { name, named_by, reason })], key)?)
    }

    /// Grants a waiver; it takes the place of an earlier one of the same source.
    ///
    /// # Errors
    /// When it is none, nobody answers for it, or the log cannot be written.
    pub fn grant_waiver(
        &mut self,
        waiver: NewWaiver,
        today: Date,
        key: &SigningKey,
        at: &str,
    ) -> Result<(), Refused> {
        named(&[&waiver.granted_by, &waiver.reason])?;
        if waiver.days >= u32::from(FLOOR_DAYS) {
            return Err(Refused::NotShorter(waiver.days));
        }
        if waiver.until < today {
            return Err(Refused::Ended(waiver.until));
        }
        let _lock = self.lock(key)?;
        self.has(&waiver.source)?;
        let kind = Kind::Waiver {
            source: waiver.source,
            days: waiver.days,
            named_by: waiver.granted_by,
            reason: waiver.reason,
            until: waiver.until.to_string(),
        };
        Ok(self.commit(&[Entry::new(at, kind)], key)?)
    }

    /// Names of all sources that the log knows, sorted: also of those whose lines are all deleted, for they owe an
    /// answer still.
    pub fn sources(&self) -> Vec<&str> {
        let mut sources = BTreeSet::new();
        for entry in &self.catalog().entries {
            sources.extend(entry.new_parts().iter().map(|part| part.source.as_str()));
            if let Kind::Waiver { source, .. } = &entry.kind {
                sources.insert(source.as_str());
            }
        }
        sources.into_iter().collect()
    }

    fn has(&self, source: &str) -> Result<(), Refused> {
        let there = self.sources();
        if there.contains(&source) {
            return Ok(());
        }
        let there = there.into_iter().map(str::to_owned).collect();
        Err(Refused::NoSource { source_name: source.to_owned(), there })
    }
}

fn named(texts: &[&str]) -> Result<(), Refused> {
    if texts.iter().any(|text| text.trim().is_empty()) { Err(Refused::Unnamed) } else { Ok(()) }
}
