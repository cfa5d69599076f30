use crate::{TextId, Texts, fetch::fetch_first, signal::mark};

/// So many names are kept as text; all beyond are left out.
const NAMES_KEPT: usize = 50;

/// The first different names that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Told apart by their marks, in the order they came.
    marks: Vec<u64>,
    /// One behind the other, and where each ends.
    text: String,
    ends: Vec<u32>,
    /// A bit of each mark: most names that are not kept are not searched for.
    bits: u128,
}

impl Names {
    /// Returns the name's place in the order of arrival; none where it is left out.
    pub(crate) fn add(&mut self, texts: &Texts, id: TextId) -> Option<usize> {
        self.keep(texts.mark(id)?, || texts.get(id).unwrap_or_default())
    }

    pub(crate) fn insert(&mut self, name: &str) {
        if !name.is_empty() {
            self.keep(mark(name.as_bytes()), || name);
        }
    }

    fn keep<'a>(&mut self, mark: u64, text: impl FnOnce() -> &'a str) -> Option<usize> {
        let known = self.place(mark);
        if known.is_none() && self.marks.len() < NAMES_KEPT {
            if let Some(more) = room(self.marks.len()) {
                self.marks.reserve_exact(more);
                self.ends.reserve_exact(more);
            }
            self.marks.push(mark);
            self.bits |= bit(mark);
            self.text.push_str(text());
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
            return Some(self.marks.len() - 1);
        }
        known
    }

    pub(crate) fn place(&self, mark: u64) -> Option<usize> {
        if self.bits & bit(mark) == 0 {
            return None;
        }
        self.marks.iter().position(|known| *known == mark)
    }

    pub(crate) fn fetch(&self) {
        fetch_first(&self.marks);
    }

    /// Takes over the names of another.
    pub(crate) fn merge(&mut self, other: Self) {
        for (mark, text) in other.marks.iter().zip(other.iter()) {
            self.keep(*mark, || text);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.marks.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let places = starts.zip(&self.ends);
        places.filter_map(|(start, end)| self.text.get(start as usize..*end as usize))
    }

    /// In byte order.
    pub(crate) fn sorted(&self) -> Vec<&str> {
        let mut sorted: Vec<&str> = self.iter().collect();
        sorted.sort_unstable();
        sorted
    }

    /// Bytes on the heap, about.
    pub(crate) fn bytes(&self) -> usize {
        self.marks.capacity() * 8 + self.ends.capacity() * 4 + self.text.capacity()
    }
}

/// How many more a list of so many should have room for, where it is full: most have one name, some have few,
/// and who tries many tries more than are kept.
fn room(len: usize) -> Option<usize> {
    const FEW: usize = 6;
    match len {
        0 => Some(1),
        1 => Some(FEW - 1),
        FEW => Some(NAMES_KEPT - FEW),
        _ => None,
    }
}

fn bit(mark: u64) -> u128 {
    1 << (mark >> 57)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_in_the_order_they_came() {
        let mut names = Names::default();
        let all: Vec<String> = (0..60).map(|n| format!("user{n}管")).collect();
        for name in all.iter().chain(&all) {
            names.insert(name);
        }
        names.insert("");
        assert!(names.iter().eq(all.iter().take(NAMES_KEPT)));
        assert_eq!(names.len(), NAMES_KEPT);
        let mut merged = Names::default();
        merged.insert("root");
        merged.merge(names);
        assert!(merged.iter().take(3).eq(["root", "user0管", "user1管"]));
        assert_eq!(merged.len(), NAMES_KEPT);
    }
}
