//! Files that a lake was asked without: companions that are damaged, and what no key opens. Each is told once, for who
//! got an answer has to know of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::LakeError;

/// What was done without and why, by the part or the write-ahead file that it is of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damages(Arc<Mutex<BTreeMap<String, Arc<LakeError>>>>);

impl Damages {
    pub(crate) fn note(&self, part: &str, error: LakeError) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.entry(part.to_owned()).or_insert_with(|| Arc::new(error));
    }

    /// What was read of a part or a write-ahead file; `None`, and noted, where no key opens its month.
    ///
    /// # Errors
    /// All others.
    pub(crate) fn unless_keyless<T>(
        &self,
        path: &str,
        read: Result<T, LakeError>,
    ) -> Result<Option<T>, LakeError> {
        match read {
            Err(error) if error.is_of_lost_key() => {
                self.note(path, error);
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    pub(crate) fn list(&self) -> Vec<Arc<LakeError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
