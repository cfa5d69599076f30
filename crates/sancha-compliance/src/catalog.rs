//! The law in versions: which instrument was in force on a day, and what two versions differ in.

mod diff;
mod instrument;
mod parse;

use jiff::civil::Date;
use sancha_model::ProvisionRef;

pub use diff::{Difference, VersionDiff};
pub use instrument::{
    Confidence, Instrument, Nature, Penalty, PenaltySubject, PenaltyTier, Provision,
};
pub use parse::CatalogError;

use crate::{
    deadline::Deadline,
    duty::{Duty, SupervisionQuestion},
    grading::Grading,
    workdays::Workdays,
};

/// Everything in `law/`, checked: every name that one file uses is defined in another.
#[derive(Clone, Debug)]
pub struct Catalog {
    instruments: Vec<Instrument>,
    duties: Vec<Duty>,
    supervision: Vec<SupervisionQuestion>,
    deadlines: Vec<Deadline>,
    grading: Grading,
    workdays: Workdays,
}

impl Catalog {
    /// Parses the files of `law/`, given as name and text, such as `instruments/csl-2026.yaml`.
    ///
    /// # Errors
    ///
    /// The first thing wrong, with file and line. The law is data of the product: half of it is none.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CatalogError> {
        parse::catalog(files)
    }

    /// All versions, sorted by family and first day of force.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    pub fn instrument(&self, id: &str) -> Option<&Instrument> {
        self.instruments.iter().find(|instrument| instrument.id == id)
    }

    /// The versions in force on a day, in the order of [`Self::instruments`].
    pub fn in_force(&self, day: Date) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(move |instrument| instrument.in_force(day))
    }

    /// The version of a family in force on a day.
    pub fn version(&self, family: &str, day: Date) -> Option<&Instrument> {
        self.in_force(day).find(|instrument| instrument.family == family)
    }

    /// The provision that `family.key` names, in the version in force on a day.
    pub fn provision(&self, name: &ProvisionName, day: Date) -> Option<ProvisionRef> {
        let instrument = self.version(&name.family, day)?;
        instrument.provision(&name.key).map(|provision| instrument.reference(provision))
    }

    /// The provisions in force between two days, each version once, older first.
    pub fn provisions_between(
        &self,
        names: &[ProvisionName],
        first: Date,
        last: Date,
    ) -> Vec<ProvisionRef> {
        let mut found = Vec::new();
        for name in names {
            let versions = self.instruments.iter().filter(|instrument| {
                instrument.family == name.family
                    && instrument.effective_from <= last
                    && instrument.effective_until.is_none_or(|until| first <= until)
            });
            for instrument in versions {
                if let Some(provision) = instrument.provision(&name.key) {
                    found.push(instrument.reference(provision));
                }
            }
        }
        found
    }

    /// The days between `first` and `last` at which the law changes for these provisions: the segments
    /// of a case, each judged by its own versions. Never empty.
    pub fn segments(&self, names: &[ProvisionName], first: Date, last: Date) -> Vec<(Date, Date)> {
        let mut starts: Vec<Date> = self
            .instruments
            .iter()
            .filter(|instrument| names.iter().any(|name| name.family == instrument.family))
            .flat_map(|instrument| {
                let after = instrument.effective_until.and_then(|until| until.tomorrow().ok());
                [Some(instrument.effective_from), after]
            })
            .flatten()
            .filter(|day| first < *day && *day <= last)
            .collect();
        starts.push(first);
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|day| day.yesterday().unwrap_or(*day));
        starts.iter().copied().zip(ends.chain([last])).collect()
    }

    /// What changed from one version to another, by the keys that both share.
    pub fn diff(&self, older: &str, newer: &str) -> Option<VersionDiff> {
        Some(diff::diff(self.instrument(older)?, self.instrument(newer)?))
    }

    /// First day of any law in the data. Facts before it have no version to be judged by.
    pub fn first_day(&self) -> Option<Date> {
        self.instruments.iter().map(|instrument| instrument.effective_from).min()
    }

    pub fn duties(&self) -> &[Duty] {
        &self.duties
    }

    pub fn duty(&self, id: &str) -> Option<&Duty> {
        self.duties.iter().find(|duty| duty.id == id)
    }

    pub fn supervision(&self) -> &[SupervisionQuestion] {
        &self.supervision
    }

    pub fn deadlines(&self) -> &[Deadline] {
        &self.deadlines
    }

    pub fn grading(&self) -> &Grading {
        &self.grading
    }

    pub fn workdays(&self) -> &Workdays {
        &self.workdays
    }
}

/// `family.key`: a provision without saying which version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct ProvisionName {
    pub family: String,
    pub key: String,
}

impl TryFrom<String> for ProvisionName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('.') {
            Some((family, key)) if !family.is_empty() && !key.is_empty() => {
                Ok(Self { family: family.to_owned(), key: key.to_owned() })
            }
            _ => Err(format!("`{text}` is no provision; write `family.key`")),
        }
    }
}

impl std::fmt::Display for ProvisionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.family, self.key)
    }
}
