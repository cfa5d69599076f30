use crate::fetch::fetch;

/// Marks kept: exact up to here, and within an eighth of the truth beyond.
const KEPT: usize = 64;

/// Counts different marks in bounded memory: the lowest of them are kept, and where they are many, how
/// close together they lie tells how many there are (bottom-k; Bar-Yossef et al., 2002).
#[derive(Clone, Debug, Default)]
pub(super) struct Distinct {
    /// Sorted.
    lowest: Vec<u64>,
    /// The last of them once there are as many as are kept: what lies above is not looked for.
    highest: Option<u64>,
}

impl Distinct {
    pub(super) fn add(&mut self, mark: u64) {
        if self.highest.is_some_and(|highest| mark > highest) {
            return;
        }
        if let Err(place) = self.lowest.binary_search(&mark) {
            if self.lowest.len() == KEPT {
                self.lowest.pop();
            }
            self.lowest.insert(place, mark);
            self.highest = self.lowest.get(KEPT - 1).copied();
        }
    }

    pub(super) fn count(&self) -> u64 {
        match self.lowest.last() {
            Some(highest) if self.lowest.len() == KEPT => {
                u64::MAX / (highest / (KEPT as u64 - 1)).max(1)
            }
            _ => self.lowest.len() as u64,
        }
    }

    pub(super) fn fetch(&self) {
        fetch(&self.highest);
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.lowest.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::mark;

    fn of(different: u32, times: u32) -> u64 {
        let mut distinct = Distinct::default();
        for number in (0..times).flat_map(|_| 0..different) {
            distinct.add(mark(format!("user{number}").as_bytes()));
        }
        distinct.count()
    }

    #[test]
    fn few_are_counted_exactly() {
        assert_eq!(of(1, 9), 1);
        assert_eq!(of(63, 3), 63);
    }

    #[test]
    fn many_are_estimated() {
        for different in [200, 1_000, 50_000] {
            let estimate = of(different, 1);
            let truth = u64::from(different);
            assert!(estimate.abs_diff(truth) * 3 < truth, "{truth}: {estimate}");
        }
    }
}
