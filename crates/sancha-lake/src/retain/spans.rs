//! The times with records of a part.

use sancha_model::EventTime;
use sancha_seal::Part;

use super::{Interval, standing::span};
use crate::{
    Lake, LakeError,
    part::{Companion, DiskAt},
};

impl Lake {
    /// The times with records of a part. One that reaches over more than a day may have holes, so its companion
    /// is asked, which knows the times of each few thousand rows.
    ///
    /// # Errors
    /// When that companion is missing or damaged.
    pub fn spans(&self, part: &Part) -> Result<Vec<Interval>, LakeError> {
        let Some(whole) = span(part) else { return Ok(Vec::new()) };
        if whole.last.since(whole.first) <= EventTime::DAY {
            return Ok(vec![whole]);
        }
        let file = DiskAt::open(self.disk(), &part.index_path)?;
        let times = Companion::open(file, &part.index_path)?.times()?;
        let spans = times.iter().filter(|times| times.first <= times.last);
        Ok(spans.map(|times| Interval { first: times.first, last: times.last }).collect())
    }
}
