use std::collections::BTreeSet;

use super::{TextId, Texts, short};

/// Marks of hosts; the one before is told by its id, for most lines are of the same.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    marks: BTreeSet<u32>,
    last: Option<TextId>,
}

impl Hosts {
    fn mark(host: TextId, texts: &Texts) -> u32 {
        short(texts.mark(host).unwrap_or(0))
    }

    #[inline]
    pub(super) fn note(&mut self, host: TextId, texts: &Texts) {
        if self.last != Some(host) {
            self.last = Some(host);
            self.marks.insert(Self::mark(host, texts));
        }
    }

    pub(super) fn has(&self, host: TextId, texts: &Texts) -> bool {
        self.marks.contains(&Self::mark(host, texts))
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = u32> {
        self.marks.iter().copied()
    }

    pub(super) fn are_among(&self, others: &Self) -> bool {
        self.marks.is_subset(&others.marks)
    }
}
