//! Files that a source read by their names through one path, shown by the sizes of the answers.

use std::net::IpAddr;

use sancha_model::{EventTime, LocalText, Scenario};

use super::{Attack, Place, Sign};
use crate::texts;

/// Files read through one path: so many requests, of whose answers two in three have a size of their own, the largest
/// twice the smallest. What is not there is answered alike; what scanners ask for is so nearly always.
const LEAST_FILES: usize = 3;
const FILES_KEPT: usize = 16;

/// What a source asked for by other files' names, and the sizes of the answers.
#[derive(Clone, Debug)]
pub(super) struct Files {
    source: IpAddr,
    requests: usize,
    sizes: Vec<u32>,
    /// Of the latest request.
    time: EventTime,
    place: Place,
}

impl Files {
    pub(super) fn of(attack: &Attack) -> Self {
        let Attack { source, bytes, time, place, .. } = *attack;
        Self { source, requests: 1, sizes: vec![bytes], time, place }
    }

    pub(super) fn is_of(&self, source: IpAddr) -> bool {
        self.source == source
    }

    pub(super) fn add(&mut self, attack: &Attack) {
        // Several rules may tell of one request.
        if self.place == attack.place {
            return;
        }
        self.requests += 1;
        (self.time, self.place) = (attack.time, attack.place);
        if self.sizes.len() < FILES_KEPT && !self.sizes.contains(&attack.bytes) {
            self.sizes.push(attack.bytes);
        }
    }

    pub(super) fn sign(&self) -> Option<Sign> {
        let (smallest, largest) = (self.sizes.iter().min()?, self.sizes.iter().max()?);
        let differ = self.sizes.len() >= LEAST_FILES
            && self.sizes.len() * 3 >= self.requests * 2
            && smallest.saturating_mul(2) <= *largest;
        differ.then(|| Sign {
            source: self.source,
            scenario: Scenario::WEB_TRAVERSAL,
            time: self.time,
            place: self.place,
            reason: texts::REASON_FILES_DIFFER.fill(&[
                ("count", LocalText::same(self.requests.to_string())),
                ("sizes", LocalText::same(self.sizes.len().to_string())),
            ]),
            by: None,
            gave_data: true,
        })
    }
}
