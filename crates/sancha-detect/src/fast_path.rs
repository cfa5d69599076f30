//! What is merged, remembered and looked up, against the plain way to do it.

use std::collections::HashMap;

use proptest::prelude::*;
use sancha_model::{EventTime, FileId, RecordId};

use crate::{
    familiar::Familiar,
    order::{Run, Runs},
    signal::{Texts, mark},
};

/// One file's part of a batch: times in order, the next one first.
struct Numbers(std::vec::IntoIter<(EventTime, RecordId)>);

impl Run for Numbers {
    fn head(&self) -> Option<(EventTime, RecordId)> {
        self.0.as_slice().first().copied()
    }
}

/// What arrives in a turn, as seconds, and how far all files have come then.
type Turn = (Vec<Vec<i64>>, i64);

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let batches = prop::collection::vec(prop::collection::vec(0_i64..20, 0..12), 0..4);
    prop::collection::vec((batches, 0_i64..25), 1..6)
}

proptest! {
    /// Runs that are taken up to the next one's head come out as one sorted list would.
    #[test]
    fn runs_are_merged_as_a_sorted_list(turns in turns()) {
        let (mut runs, mut waiting) = (Runs::default(), Vec::new());
        let (mut merged, mut sorted) = (Vec::new(), Vec::new());
        let mut place = 0;
        for (batches, watermark) in turns {
            for mut batch in batches {
                batch.sort_unstable();
                let mut at = |second: i64| {
                    place += 1;
                    let file = FileId(u32::try_from(place % 3).unwrap());
                    (EventTime::from_seconds(second), RecordId { file, offset: place })
                };
                let batch: Vec<_> = batch.into_iter().map(&mut at).collect();
                let mut batch = batch;
                batch.sort_unstable();
                waiting.extend(batch.iter().copied());
                runs.push(Numbers(batch.into_iter()));
            }
            let watermark = EventTime::from_seconds(watermark);
            runs.drain(watermark, |run: &mut Numbers, bound| {
                merged.extend(run.0.next());
                while run.head().is_some_and(|head| head < bound) {
                    merged.extend(run.0.next());
                }
            });
            waiting.sort_unstable();
            let complete = waiting.partition_point(|(time, _)| *time < watermark);
            sorted.extend(waiting.drain(..complete));
            prop_assert_eq!(&merged, &sorted);
        }
    }

    /// Names of a batch are kept once where that is cheap; each id still gives its own name.
    #[test]
    fn ids_of_texts_give_the_texts(added in prop::collection::vec("[ab院]{0,3}", 1..60)) {
        let mut texts = Texts::default();
        let ids: Vec<_> = added.iter().map(|text| texts.add(text.as_bytes())).collect();
        for (id, text) in ids.into_iter().zip(&added) {
            prop_assert_eq!(texts.get(id).unwrap_or_default(), text);
            let plain = (!text.is_empty()).then(|| mark(text.as_bytes()));
            prop_assert_eq!(texts.mark(id), plain);
        }
    }

    /// A memory of two sets, with hashes that many texts share: what it gives is what was put in last, and what
    /// comes twice in a row is there.
    #[test]
    fn what_is_remembered_is_what_was_put_in(
        steps in prop::collection::vec(("[abc]{0,4}", any::<u8>()), 1..200),
    ) {
        let (mut memory, mut plain) = (Familiar::<u8>::new(2, 3), HashMap::new());
        for (text, value) in steps.iter().map(|(text, value)| (text.as_bytes(), *value)) {
            let sum: u64 = text.iter().map(|byte| u64::from(*byte)).sum();
            let hash = ((sum % 2) << 32) | (sum % 3);
            if let Some(found) = memory.find(hash, text) {
                prop_assert_eq!(Some(&found), plain.get(text));
            }
            memory.remember(hash, text, value);
            plain.insert(text, value);
            let fits = (1..=3).contains(&text.len());
            if value % 2 == 1 {
                memory.remember(hash, text, value);
                prop_assert_eq!(memory.find(hash, text), fits.then_some(value));
            }
        }
    }
}
