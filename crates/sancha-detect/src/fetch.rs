//! Has the processor fetch what will be needed soon, without waiting for it. Changes nothing.
//!
//! State of different sources lies far apart in memory: asked for when it is needed, each part of it is waited
//! for; asked for some records ahead, it has arrived by then.

pub(crate) use prefetch_index::prefetch_index as fetch_at;

/// Fetches the line of the cache in which a value begins.
#[inline]
pub(crate) fn fetch<T>(value: &T) {
    fetch_at(std::slice::from_ref(value), 0);
}

/// Fetches the first of a list.
#[inline]
pub(crate) fn fetch_first<T>(list: &[T]) {
    fetch_at(list, 0);
}
