use serde::Serialize;

use super::instrument::{Instrument, Provision};

/// What a later version of an instrument changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionDiff {
    pub older: String,
    pub newer: String,
    /// In the order of the newer version, then what is gone in the order of the older.
    pub differences: Vec<(String, Difference)>,
    /// Provisions that are the same in number and wording.
    pub unchanged: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// Same wording under another number.
    Renumbered {
        from: u16,
        to: u16,
    },
    /// Other wording; the numbers may differ too.
    Reworded {
        from: u16,
        to: u16,
    },
    New {
        article: u16,
    },
    Gone {
        article: u16,
    },
}

pub(super) fn diff(older: &Instrument, newer: &Instrument) -> VersionDiff {
    let mut differences = Vec::new();
    let mut unchanged = 0;
    for provision in &newer.provisions {
        match older.provision(&provision.key).map(|before| compare(before, provision)) {
            None => {
                let new = Difference::New { article: provision.article };
                differences.push((provision.key.clone(), new));
            }
            Some(Some(difference)) => differences.push((provision.key.clone(), difference)),
            Some(None) => unchanged += 1,
        }
    }
    let gone = older.provisions.iter().filter(|before| newer.provision(&before.key).is_none());
    differences.extend(
        gone.map(|before| (before.key.clone(), Difference::Gone { article: before.article })),
    );
    VersionDiff { older: older.id.clone(), newer: newer.id.clone(), differences, unchanged }
}

fn compare(before: &Provision, after: &Provision) -> Option<Difference> {
    let (from, to) = (before.article, after.article);
    if before.gist != after.gist {
        return Some(Difference::Reworded { from, to });
    }
    let same = (before.article, before.paragraph, before.item)
        == (after.article, after.paragraph, after.item);
    (!same).then_some(Difference::Renumbered { from, to })
}
