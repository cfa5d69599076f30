//! Small readers over bytes that never panic: past the end is a zero byte or an empty slice.

/// The byte at `index`, or 0 past the end.
pub(super) fn at(bytes: &[u8], index: usize) -> u8 {
    steps::add(1);
    bytes.get(index).copied().unwrap_or(0)
}

/// The rest from `index`, empty past the end.
pub(super) fn from(bytes: &[u8], index: usize) -> &[u8] {
    bytes.get(index..).unwrap_or_default()
}

/// The bytes before `index`, all of them when it lies past the end.
pub(super) fn upto(bytes: &[u8], index: usize) -> &[u8] {
    bytes.get(..index).unwrap_or(bytes)
}

/// Where `needle` first stands.
///
/// By its first byte: values are short, and a substring searcher costs more to build than to use.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let Some(first) = needle.first() else { return Some(0) };
    let found =
        memchr::memchr_iter(*first, bytes).find(|place| from(bytes, *place).starts_with(needle));
    steps::add(found.unwrap_or(bytes.len()));
    found
}

/// Whether `needle` stands anywhere.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    find(bytes, needle).is_some()
}

/// Whether any of `needles` stands anywhere.
pub(super) fn contains_any(bytes: &[u8], needles: &[&[u8]]) -> bool {
    needles.iter().any(|needle| contains(bytes, needle))
}

/// A letter, digit or underscore: what words of programming languages are made of.
pub(super) fn is_word(byte: u8) -> bool {
    steps::add(1);
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word that starts at `index`, empty when there is none.
pub(super) fn word(bytes: &[u8], index: usize) -> &[u8] {
    let rest = from(bytes, index);
    let len = rest.iter().take_while(|b| is_word(**b)).count();
    upto(rest, len)
}

/// The first index at or after `index` that is not white space.
pub(super) fn skip_space(bytes: &[u8], index: usize) -> usize {
    index + from(bytes, index).iter().take_while(|b| is_space(**b)).count()
}

/// White space in the sense of SQL, HTML and shells together.
pub(super) fn is_space(byte: u8) -> bool {
    steps::add(1);
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Splits at the first `separator`; the second half is empty when there is none.
pub(super) fn split_once(bytes: &[u8], separator: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(separator, bytes) {
        Some(index) => (upto(bytes, index), from(bytes, index + 1)),
        None => (bytes, &[]),
    }
}

/// Whether two byte strings are the same but for ASCII case, the second given in lower case.
pub(super) fn starts_ignore_case(bytes: &[u8], lower: &[u8]) -> bool {
    upto(bytes, lower.len()).eq_ignore_ascii_case(lower)
}

#[cfg(not(test))]
mod steps {
    pub(super) fn add(_: usize) {}
}

/// Counts what the readers here look at, for the test that work grows with a text's length and not with its square. A
/// clock would tell how busy the machine is as well.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add(count: usize) {
        STEPS.set(STEPS.get() + count);
    }

    /// The steps of this thread since they were last taken.
    pub(in crate::web) fn take() -> usize {
        STEPS.take()
    }
}
