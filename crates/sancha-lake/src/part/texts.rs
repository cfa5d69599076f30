//! A column of texts, as it was read.

use datafusion::arrow::{
    array::{Array, AsArray, Int32Array, RecordBatch, StringArray, StringViewArray},
    datatypes::Int32Type,
};

/// Texts by their place in a dictionary where every page of the column uses one, else as views into pages.
#[derive(Clone, Copy)]
pub(crate) enum Texts<'a> {
    Keys { keys: &'a Int32Array, values: &'a StringArray },
    Views(&'a StringViewArray),
}

impl<'a> Texts<'a> {
    /// `None`: the batch has no such column, or it has no texts.
    pub(crate) fn of(batch: &'a RecordBatch, name: &str) -> Option<Self> {
        let column = batch.column_by_name(name)?;
        if let Some(views) = column.as_string_view_opt() {
            return Some(Self::Views(views));
        }
        let keyed = column.as_dictionary_opt::<Int32Type>()?;
        Some(Self::Keys { keys: keyed.keys(), values: keyed.values().as_string_opt()? })
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Keys { keys, values } => {
                let key = keys.is_valid(row).then(|| usize::try_from(keys.value(row)).ok())??;
                (key < values.len()).then(|| values.value(key))
            }
            Self::Views(views) => views.is_valid(row).then(|| views.value(row)),
        }
    }

    /// The bytes of a text and of what is stored behind it, and the length of the text: whoever copies it can take more
    /// at once.
    #[inline]
    pub(super) fn with_what_follows(&self, row: usize) -> Option<(&'a [u8], usize)> {
        match self {
            Self::Keys { keys, values } => {
                let key = keys.is_valid(row).then(|| usize::try_from(keys.value(row)).ok())??;
                let [start, end] = *values.value_offsets().get(key..)?.first_chunk::<2>()?;
                let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
                Some((values.value_data().get(start..)?, end.checked_sub(start)?))
            }
            Self::Views(views) => {
                let text = views.is_valid(row).then(|| views.value(row).as_bytes())?;
                Some((text, text.len()))
            }
        }
    }

    /// Equal for two rows of this column only when their texts are equal. `None`: no text.
    pub(crate) fn identity(&self, row: usize) -> Option<u128> {
        match self {
            Self::Keys { keys, .. } => {
                keys.is_valid(row).then(|| u128::try_from(keys.value(row)).ok())?
            }
            Self::Views(views) => {
                views.is_valid(row).then(|| views.views().get(row).copied()).flatten()
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Keys { keys, .. } => keys.null_count() == keys.len(),
            Self::Views(views) => views.null_count() == views.len(),
        }
    }
}
