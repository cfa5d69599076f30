//! What paths usually answer, before anybody attacked them.

use crate::{MethodClass, Request};

/// A power of two; 256 KiB in all.
const SLOTS: usize = 1 << 14;

/// How often a path was read, and the largest answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usual {
    site: u32,
    path: u32,
    pub(super) count: u32,
    pub(super) largest: u32,
}

/// The paths that are read most, each in the one place that it may have: of two that share it the one that is read
/// more often stays.
#[derive(Clone, Debug, Default)]
pub(super) struct UsualAnswers(Vec<Usual>);

impl UsualAnswers {
    /// `hash`: of site and path, 24 bits.
    pub(super) fn learn(&mut self, request: &Request, hash: usize) {
        if request.method() != MethodClass::Read {
            return;
        }
        if self.0.is_empty() {
            self.0 = vec![Usual::default(); SLOTS];
        }
        let Some(slot) = self.0.get_mut(hash % SLOTS) else { return };
        let is_it = slot.path == request.path && slot.site == request.site;
        match (is_it, slot.count) {
            (true, _) => {
                slot.count = slot.count.saturating_add(1);
                slot.largest = slot.largest.max(request.bytes);
            }
            (false, 0 | 1) => {
                let (site, path, largest) = (request.site, request.path, request.bytes);
                *slot = Usual { site, path, count: 1, largest };
            }
            (false, _) => slot.count -= 1,
        }
    }

    pub(super) fn of(&self, request: &Request, hash: usize) -> Usual {
        let slot = self.0.get(hash % SLOTS).filter(|slot| {
            (slot.site, slot.path) == (request.site, request.path)
                && request.method() == MethodClass::Read
        });
        slot.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flood::Traits;

    fn request(path: u32, bytes: u32) -> Request {
        let traits = Traits::NONE.by(MethodClass::Read);
        Request { status: 200, path, site: 1, bytes, traits, ..Request::default() }
    }

    #[test]
    fn the_path_that_is_read_more_often_stays() {
        let mut usual = UsualAnswers::default();
        for bytes in [2_000, 2_100, 1_900] {
            usual.learn(&request(7, bytes), 5);
        }
        usual.learn(&request(8, 90_000), 5 + SLOTS);
        let kept = usual.of(&request(7, 0), 5);
        assert_eq!((kept.count, kept.largest), (2, 2_100));
        assert_eq!(usual.of(&request(8, 0), 5 + SLOTS).count, 0);
        for _ in 0..3 {
            usual.learn(&request(8, 90_000), 5 + SLOTS);
        }
        assert_eq!(usual.of(&request(8, 0), 5 + SLOTS).largest, 90_000);
    }
}
