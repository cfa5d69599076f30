//! Companions that a lake was asked without: each is told once, for who got an answer has to know of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::LakeError;

/// What was found damaged, by the part that it is of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damages(Arc<Mutex<BTreeMap<String, Arc<LakeError>>>>);

impl Damages {
    pub(crate) fn note(&self, part: &str, error: LakeError) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.entry(part.to_owned()).or_insert_with(|| Arc::new(error));
    }

    pub(crate) fn list(&self) -> Vec<Arc<LakeError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
