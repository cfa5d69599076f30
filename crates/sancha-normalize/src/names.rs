use sancha_model::{FieldId, Fields};

/// Field names of a run by hash, for formats that read names from the line.
///
/// Only names known beforehand are in it, so no line can make a chain long; a name is found or missed
/// in about one comparison, where a `BTreeMap` of 500 names needs nine.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Places in `entries` by hash, 0 for none, else one more than the place.
    slots: Vec<u16>,
    entries: Vec<(Box<[u8]>, FieldId)>,
}

impl Names {
    pub(crate) fn new(fields: &Fields) -> Self {
        let entries: Vec<(Box<[u8]>, FieldId)> =
            fields.iter().map(|(name, id)| (name.as_bytes().into(), id)).collect();
        let mut slots = vec![0_u16; (entries.len() * 4).next_power_of_two().max(1)];
        for (place, (name, _)) in (1..).zip(&entries) {
            let mut at = hash(name) & (slots.len() - 1);
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (slots.len() - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = place;
            }
        }
        Self { slots, entries }
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<FieldId> {
        let mut at = hash(name) & (self.slots.len() - 1);
        loop {
            let place = usize::from(*self.slots.get(at)?).checked_sub(1)?;
            let (known, id) = self.entries.get(place)?;
            if **known == *name {
                return Some(*id);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// As [`Names::find`], and `Threat Name`, as Defender calls it, by the `ThreatName` of those who write rules.
    pub(crate) fn find_spaced(&self, name: &[u8]) -> Option<FieldId> {
        let found = self.find(name);
        if found.is_some() || memchr::memchr(b' ', name).is_none() {
            return found;
        }
        let mut joined = [0; LONGEST_SPACED];
        let letters = name.iter().filter(|byte| **byte != b' ');
        let len = letters.clone().count();
        joined.iter_mut().zip(letters).for_each(|(to, byte)| *to = *byte);
        self.find(joined.get(..len)?)
    }
}

/// A name of more letters, spaces left out, is no event's.
const LONGEST_SPACED: usize = 64;

/// FNV-1a over the length and at most 24 bytes from the end: names differ there.
fn hash(name: &[u8]) -> usize {
    let tail = name.get(name.len().saturating_sub(24)..).unwrap_or(name);
    let seed = 0xcbf2_9ce4_8422_2325_u64 ^ name.len() as u64;
    let hash = tail
        .iter()
        .fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    usize::try_from((hash ^ (hash >> 32)) & 0xFFFF_FFFF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let extra: Vec<String> = (0..4_000).map(|n| format!("field{n}.x")).collect();
        let fields = Fields::new(extra.iter().map(String::as_str));
        let names = Names::new(&fields);
        for (name, id) in fields.iter() {
            assert_eq!(names.find(name.as_bytes()), Some(id), "{name}");
        }
        for name in ["", "field4000.x", "Message", "source.i", "x"] {
            assert_eq!(names.find(name.as_bytes()), None, "{name}");
        }
    }
    #[test]
    fn spaces_within_a_name_are_passed_over() {
        let fields = Fields::new(["ThreatName", "Exact Name"]);
        let names = Names::new(&fields);
        let named = |name: &str| names.find_spaced(name.as_bytes()).is_some();
        for name in ["ThreatName", "Threat Name", "Threat  Name", "Exact Name"] {
            assert!(named(name), "{name}");
        }
        for name in ["Threat", "ExactName", "", " ", &"a b".repeat(LONGEST_SPACED)] {
            assert!(!named(name), "{name}");
        }
    }
}
