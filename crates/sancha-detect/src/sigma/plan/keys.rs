use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::route::Owner;
use crate::sigma::{anchor::Wanted, pattern::Value};

/// Longest value that is looked up as a whole.
pub(crate) const KEY_LIMIT: usize = 64;

type Map<K> = HashMap<K, Vec<Owner>, FixedState>;

/// What values of one field wake: rules whose anchor is the whole value, its start, its end, or a number.
#[derive(Debug, Default)]
pub(super) struct Keys {
    whole: Map<Box<[u8]>>,
    numbers: Map<i64>,
    starts: Vec<(usize, Map<Box<[u8]>>)>,
    ends: Vec<(usize, Map<Box<[u8]>>)>,
}

impl Keys {
    /// Adds an anchor. A literal belongs to the prefilter and is not taken.
    pub(super) fn add(&mut self, wanted: &Wanted, owner: Owner) {
        match wanted {
            Wanted::Literal(..) => {}
            Wanted::Whole(text) => self.whole.entry(text.clone()).or_default().push(owner),
            Wanted::Number(number) => self.numbers.entry(*number).or_default().push(owner),
            Wanted::Start(text) => add_edge(&mut self.starts, text, owner),
            Wanted::End(text) => add_edge(&mut self.ends, text, owner),
        }
    }

    /// Calls `wake` with the rules that this value of the field wakes.
    pub(super) fn look_up(&self, value: Value<'_>, mut wake: impl FnMut(&[Owner])) {
        let text = value.text;
        if !self.numbers.is_empty()
            && let Some(owners) = value.int().and_then(|number| self.numbers.get(&number))
        {
            wake(owners);
        }
        let mut key = [0; KEY_LIMIT];
        if !self.whole.is_empty()
            && let Some(folded) = fold_into(text, &mut key)
            && let Some(owners) = self.whole.get(folded)
        {
            wake(owners);
        }
        for (len, map) in &self.starts {
            let folded = text.get(..*len).and_then(|text| fold_into(text, &mut key));
            if let Some(owners) = folded.and_then(|folded| map.get(folded)) {
                wake(owners);
            }
        }
        for (len, map) in &self.ends {
            let end = text.len().checked_sub(*len).and_then(|from| text.get(from..));
            let folded = end.and_then(|text| fold_into(text, &mut key));
            if let Some(owners) = folded.and_then(|folded| map.get(folded)) {
                wake(owners);
            }
        }
    }
}

fn add_edge(edges: &mut Vec<(usize, Map<Box<[u8]>>)>, text: &[u8], owner: Owner) {
    let at = edges.iter().position(|(len, _)| *len == text.len()).unwrap_or_else(|| {
        edges.push((text.len(), Map::default()));
        edges.len() - 1
    });
    if let Some((_, map)) = edges.get_mut(at) {
        map.entry(text.into()).or_default().push(owner);
    }
}

/// ASCII lower case in the buffer; nothing when it is too long for a key.
fn fold_into<'k>(text: &[u8], key: &'k mut [u8; KEY_LIMIT]) -> Option<&'k [u8]> {
    let folded = key.get_mut(..text.len())?;
    folded.copy_from_slice(text);
    folded.make_ascii_lowercase();
    Some(folded)
}
