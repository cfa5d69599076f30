use super::mark;
use crate::fetch::fetch;

/// Places of the table that finds a text that was added before.
const RECENT: usize = 1 << 10;

/// A text of a batch; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextId(u32);

impl TextId {
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Names of a batch's records, one after the other, each mostly once.
#[derive(Debug, Default)]
pub struct Texts {
    bytes: String,
    entries: Vec<Entry>,
    /// The last text of each hash; who loses a place is only copied again.
    recent: Vec<TextId>,
    /// The last name of each of [`Shared`].
    latest: [TextId; 2],
}

/// Names that most records have from the one before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shared {
    Host,
    Service,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    mark: u64,
    start: u32,
    end: u32,
}

impl Texts {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.recent.clear();
        self.latest = Default::default();
    }

    /// The same as [`Texts::add`] for a name that most records share.
    pub(crate) fn add_shared(&mut self, name: Shared, text: &[u8]) -> TextId {
        let latest = self.latest[name as usize];
        if !text.is_empty() && self.bytes_of(latest) == text {
            return latest;
        }
        let id = self.add(text);
        // One that was replaced is not what it was added for.
        self.latest[name as usize] = if self.bytes_of(id) == text { id } else { TextId::default() };
        id
    }

    /// The text's id; none for an empty text. What is not UTF-8 is replaced.
    pub(crate) fn add(&mut self, text: &[u8]) -> TextId {
        if text.is_empty() {
            return TextId::default();
        }
        let mark = mark(text);
        if self.recent.is_empty() {
            self.recent.resize(RECENT, TextId::default());
        }
        let slot = usize::try_from(mark % RECENT as u64).unwrap_or(0);
        let known = self.recent.get(slot).copied().unwrap_or_default();
        if self.mark(known) == Some(mark) && self.bytes_of(known) == text {
            return known;
        }
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        match std::str::from_utf8(text) {
            Ok(text) => self.bytes.push_str(text),
            Err(_) => self.bytes.push_str(&String::from_utf8_lossy(text)),
        }
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry { mark, start, end });
        let id = TextId(u32::try_from(self.entries.len()).unwrap_or(0));
        if let Some(place) = self.recent.get_mut(slot) {
            *place = id;
        }
        id
    }

    pub(crate) fn get(&self, id: TextId) -> Option<&str> {
        let entry = self.entry(id)?;
        self.bytes.get(entry.start as usize..entry.end as usize)
    }

    /// Fetches what is known of a text.
    pub(crate) fn fetch(&self, id: TextId) {
        self.entry(id).into_iter().for_each(fetch);
    }

    /// The text's 64-bit mark: equal texts have equal marks in every batch.
    pub(crate) fn mark(&self, id: TextId) -> Option<u64> {
        Some(self.entry(id)?.mark)
    }

    fn bytes_of(&self, id: TextId) -> &[u8] {
        self.get(id).unwrap_or_default().as_bytes()
    }

    fn entry(&self, id: TextId) -> Option<&Entry> {
        self.entries.get((id.0 as usize).checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        let mut texts = Texts::default();
        let (root, admin) = (texts.add(b"root"), texts.add(b"admin"));
        assert_eq!(texts.add(b"root"), root);
        assert_ne!(root, admin);
        assert_eq!(texts.get(admin), Some("admin"));
        assert!(texts.add(b"").is_none());
        assert_eq!(texts.get(TextId::default()), None);
    }

    #[test]
    fn a_shared_name_is_the_same_text() {
        let mut texts = Texts::default();
        let host = texts.add(b"web01");
        for _ in 0..2 {
            assert_eq!(texts.add_shared(Shared::Host, b"web01"), host);
            assert!(texts.add_shared(Shared::Host, b"").is_none());
            let service = texts.add_shared(Shared::Service, b"sshd");
            assert_eq!(texts.get(service), Some("sshd"));
            let replaced = texts.add_shared(Shared::Host, b"\xff");
            assert_ne!(texts.add_shared(Shared::Host, "\u{fffd}".as_bytes()), replaced);
        }
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        let mut texts = Texts::default();
        let id = texts.add(b"a\xff");
        assert_eq!(texts.get(id), Some("a\u{fffd}"));
    }
}
