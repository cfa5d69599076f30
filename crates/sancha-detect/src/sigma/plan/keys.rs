use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::route::Owner;
use crate::sigma::{anchor::Wanted, pattern::Value};

/// Longest value that is looked up as a whole.
pub(crate) const KEY_LIMIT: usize = 64;

type Map<K> = HashMap<K, Vec<Owner>, FixedState>;

/// What values of one field wake: rules whose anchor is the whole value, its start, its end, a number,
/// or that there is one.
#[derive(Debug, Default)]
pub(super) struct Keys {
    present: Vec<Owner>,
    whole: Map<Box<[u8]>>,
    gate: Gate,
    numbers: Map<i64>,
    starts: Vec<(usize, Map<u64>)>,
    ends: Vec<(usize, Map<u64>)>,
}

/// Which values may be among the whole ones, told by length, first, middle and last byte: ordinary values
/// seldom look like one of them.
#[derive(Debug)]
struct Gate([u64; GATE_WORDS]);

const GATE_WORDS: usize = 16;

impl Default for Gate {
    fn default() -> Self {
        Self([0; GATE_WORDS])
    }
}

impl Gate {
    fn open(&mut self, text: &[u8]) {
        let place = Self::place(text);
        self.0[place >> 6] |= 1 << (place & 63);
    }

    #[inline]
    fn lets(&self, text: &[u8]) -> bool {
        let place = Self::place(text);
        self.0[place >> 6] >> (place & 63) & 1 == 1
    }

    /// Case aside.
    #[inline]
    fn place(text: &[u8]) -> usize {
        let (first, middle, last) = (text.first(), text.get(text.len() / 2), text.last());
        let byte = |byte: Option<&u8>| usize::from(byte.map_or(0, |byte| byte | 0x20));
        (text.len() * 37 + byte(first) * 5 + byte(middle) * 83 + byte(last) * 11)
            % (64 * GATE_WORDS)
    }
}

impl Keys {
    /// Adds an anchor. A literal belongs to the prefilter and is not taken.
    pub(super) fn add(&mut self, wanted: &Wanted, owner: Owner) {
        match wanted {
            Wanted::Literal(..) => {}
            Wanted::Present => self.present.push(owner),
            Wanted::Whole(text) => {
                self.gate.open(text);
                self.whole.entry(text.clone()).or_default().push(owner);
            }
            Wanted::Number(number) => self.numbers.entry(*number).or_default().push(owner),
            Wanted::Start(text) => add_edge(&mut self.starts, text, owner),
            Wanted::End(text) => add_edge(&mut self.ends, text, owner),
        }
    }

    /// Calls `wake` with the rules that this value of the field wakes.
    pub(super) fn look_up(&self, value: Value<'_>, mut wake: impl FnMut(&[Owner])) {
        let text = value.text;
        if !self.present.is_empty() {
            wake(&self.present);
        }
        if !self.numbers.is_empty()
            && let Some(owners) = value.int().and_then(|number| self.numbers.get(&number))
        {
            wake(owners);
        }
        if self.gate.lets(text) {
            let mut key = [0; KEY_LIMIT];
            let owners = fold_into(text, &mut key).and_then(|folded| self.whole.get(folded));
            owners.into_iter().for_each(|owners| wake(owners));
        }
        for (len, map) in &self.starts {
            let owners = text.get(..*len).and_then(|text| map.get(&packed(text)));
            owners.into_iter().for_each(|owners| wake(owners));
        }
        for (len, map) in &self.ends {
            let end = text.len().checked_sub(*len).and_then(|from| text.get(from..));
            let owners = end.and_then(|text| map.get(&packed(text)));
            owners.into_iter().for_each(|owners| wake(owners));
        }
    }
}

fn add_edge(edges: &mut Vec<(usize, Map<u64>)>, text: &[u8], owner: Owner) {
    let at = edges.iter().position(|(len, _)| *len == text.len()).unwrap_or_else(|| {
        edges.push((text.len(), Map::default()));
        edges.len() - 1
    });
    if let Some((_, map)) = edges.get_mut(at) {
        map.entry(packed(text)).or_default().push(owner);
    }
}

/// A start or end, which is shorter than eight bytes, as a number, in ASCII lower case.
#[inline]
fn packed(text: &[u8]) -> u64 {
    text.iter().fold(0, |key, byte| key << 8 | u64::from(byte.to_ascii_lowercase()))
}

/// ASCII lower case in the buffer; nothing when it is too long for a key.
fn fold_into<'k>(text: &[u8], key: &'k mut [u8; KEY_LIMIT]) -> Option<&'k [u8]> {
    let folded = key.get_mut(..text.len())?;
    folded.copy_from_slice(text);
    folded.make_ascii_lowercase();
    Some(folded)
}
