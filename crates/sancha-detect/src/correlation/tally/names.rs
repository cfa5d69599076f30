use crate::{TextId, Texts, signal::mark};

/// So many names are kept as text; all beyond are left out.
const NAMES_KEPT: usize = 50;

/// The first different names that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Told apart by their marks, in the order they came.
    marks: Vec<u64>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn add(&mut self, texts: &Texts, id: TextId) {
        if let Some(mark) = texts.mark(id)
            && !self.marks.contains(&mark)
            && self.marks.len() < NAMES_KEPT
        {
            self.marks.push(mark);
            self.texts.push(texts.get(id).unwrap_or_default().into());
        }
    }

    pub(crate) fn insert(&mut self, name: &str) {
        let mark = mark(name.as_bytes());
        if !name.is_empty() && !self.marks.contains(&mark) && self.marks.len() < NAMES_KEPT {
            self.marks.push(mark);
            self.texts.push(name.into());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// In byte order.
    pub(crate) fn sorted(&self) -> Vec<&str> {
        let mut sorted: Vec<&str> = self.texts.iter().map(AsRef::as_ref).collect();
        sorted.sort_unstable();
        sorted
    }
}
