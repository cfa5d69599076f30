use foldhash::fast::FixedState;
use hashbrown::HashMap;
use sancha_model::Scalar;

use crate::sigma::anchor::Anchor;

/// Longest value that is looked up as a whole.
pub(crate) const KEY_LIMIT: usize = 64;

type Map<K> = HashMap<K, Vec<u32>, FixedState>;

/// What values of one field wake: rules whose anchor is the whole value, its start, its end, or a number.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Its text is searched by the prefilter.
    pub(super) searched: bool,
    whole: Map<Box<[u8]>>,
    numbers: Map<i64>,
    starts: Vec<(usize, Map<Box<[u8]>>)>,
    ends: Vec<(usize, Map<Box<[u8]>>)>,
}

/// Adds an anchor to the keys of its field. A literal belongs to the prefilter and is handed back.
pub(super) fn add<'a>(all: &mut [Keys], anchor: &'a Anchor, rule: u32) -> Option<&'a [u8]> {
    let name = match anchor {
        Anchor::Literal(text) => return Some(text),
        Anchor::Whole(name, _)
        | Anchor::Number(name, _)
        | Anchor::Start(name, _)
        | Anchor::End(name, _) => *name,
    };
    let keys = all.get_mut(usize::from(name))?;
    match anchor {
        Anchor::Literal(_) => {}
        Anchor::Whole(_, text) => keys.whole.entry(text.clone()).or_default().push(rule),
        Anchor::Number(_, number) => keys.numbers.entry(*number).or_default().push(rule),
        Anchor::Start(_, text) => add_edge(&mut keys.starts, text, rule),
        Anchor::End(_, text) => add_edge(&mut keys.ends, text, rule),
    }
    None
}

fn add_edge(edges: &mut Vec<(usize, Map<Box<[u8]>>)>, text: &[u8], rule: u32) {
    let at = edges.iter().position(|(len, _)| *len == text.len()).unwrap_or_else(|| {
        edges.push((text.len(), Map::default()));
        edges.len() - 1
    });
    if let Some((_, map)) = edges.get_mut(at) {
        map.entry(text.into()).or_default().push(rule);
    }
}

impl Keys {
    /// Calls `wake` with the rules that this value of the field wakes.
    pub(super) fn look_up(&self, text: &[u8], value: Scalar, mut wake: impl FnMut(&[u32])) {
        if !self.numbers.is_empty() {
            let number = match value {
                Scalar::Int(number) => Some(number),
                _ => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
            };
            if let Some(rules) = number.and_then(|number| self.numbers.get(&number)) {
                wake(rules);
            }
        }
        let mut key = [0; KEY_LIMIT];
        if !self.whole.is_empty()
            && let Some(folded) = fold_into(text, &mut key)
            && let Some(rules) = self.whole.get(folded)
        {
            wake(rules);
        }
        for (len, map) in &self.starts {
            let folded = text.get(..*len).and_then(|text| fold_into(text, &mut key));
            if let Some(rules) = folded.and_then(|folded| map.get(folded)) {
                wake(rules);
            }
        }
        for (len, map) in &self.ends {
            let end = text.len().checked_sub(*len).and_then(|from| text.get(from..));
            let folded = end.and_then(|text| fold_into(text, &mut key));
            if let Some(rules) = folded.and_then(|folded| map.get(folded)) {
                wake(rules);
            }
        }
    }
}

/// ASCII lower case in the buffer; nothing when it is too long for a key.
fn fold_into<'k>(text: &[u8], key: &'k mut [u8; KEY_LIMIT]) -> Option<&'k [u8]> {
    let folded = key.get_mut(..text.len())?;
    folded.copy_from_slice(text);
    folded.make_ascii_lowercase();
    Some(folded)
}
