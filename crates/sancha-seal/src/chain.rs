//! Which key signs a log, from its beginning to now.
//!
//! The first key stands in the entry that began the log. Each later one is named by an entry that carries
//! a signature of the key before: whoever trusts any older key comes to the newest by it. From that entry
//! on the key before signs nothing more: what it signed then or later is refused.
//!
//! What the key before signs for its successor:
//!
//! ```text
//! sancha key rotation v1\n
//! <name of the log>\n
//! <number of entries before, decimal>\n
//! <root over them, base64>\n
//! <the new public key>\n
//! ```
//!
//! A checkpoint never begins like that, because names of keys have no spaces. The root ties it to one
//! history: whoever has the new key alone cannot write another one before it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Entry, Hash32, Kind, TreeHead, VerifierKey,
    entry::Handover,
    key::{KeyKind, SigningKey},
};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("entry 0 does not begin a log: it names no key")]
    NoBeginning,
    #[error("entry {0} names a key that cannot sign for this log")]
    Key(u64),
    #[error(
        "entry {0} names a new key, and the key before did not sign for it over these entries: it was put there by somebody else"
    )]
    NotHandedOver(u64),
    #[error(
        "signed by `{signer}`, which was replaced by a new key in entry {entry}: it may not sign any more"
    )]
    Replaced { signer: String, entry: u64 },
    #[error("not signed by the key that the entries of the log name, `{0}`")]
    NotByCurrent(String),
    #[error("the keys listed are not those that the entries of the log name")]
    Listed,
}

/// The keys of a log, each with the size from which on it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChain {
    first: VerifierKey,
    later: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    /// Of the entry that names the key.
    entry: u64,
    key: VerifierKey,
}

impl KeyChain {
    /// Follows the keys through all entries of a log. `root_at` gives the root over so many first entries.
    ///
    /// # Errors
    /// When the first entry names no key, or one of the others was not signed for by the key before.
    pub fn read(
        entries: &[Entry],
        root_at: impl Fn(u64) -> Option<Hash32>,
    ) -> Result<Self, ChainError> {
        let Some(Kind::LakeCreated { origin, public_key }) = entries.first().map(|one| &one.kind)
        else {
            return Err(ChainError::NoBeginning);
        };
        let first = own_key(origin, public_key).ok_or(ChainError::Key(0))?;
        let mut chain = Self { first, later: Vec::new() };
        for (index, entry) in (0..).zip(entries) {
            let Kind::KeyRotated { new_public, handover } = &entry.kind else { continue };
            let key = own_key(origin, new_public).ok_or(ChainError::Key(index))?;
            let given = handover.as_ref().filter(|given| root_at(index) == Some(given.root));
            let holds = given.is_some_and(|given| is_given(chain.current(), index, &key, given));
            if !holds || chain.place(&key).is_some() {
                return Err(ChainError::NotHandedOver(index));
            }
            chain.later.push(Link { entry: index, key });
        }
        Ok(chain)
    }

    /// The key that signs now.
    pub fn current(&self) -> &VerifierKey {
        self.later.last().map_or(&self.first, |link| &link.key)
    }

    /// From the first to the newest.
    pub fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        [&self.first].into_iter().chain(self.later.iter().map(|link| &link.key))
    }

    /// The key that signs checkpoints of so many entries.
    pub fn key_at(&self, size: u64) -> &VerifierKey {
        let link = self.later.iter().rev().find(|link| link.entry < size);
        link.map_or(&self.first, |link| &link.key)
    }

    /// How many keys have taken over since `key`; `None` when it was never one of this log.
    pub fn rotations_since(&self, key: &VerifierKey) -> Option<u64> {
        Some(self.later.len() as u64 - self.place(key)?)
    }

    /// The entry that replaced `key`.
    pub fn replaced_in(&self, key: &VerifierKey) -> Option<u64> {
        let place = usize::try_from(self.place(key)?).ok()?;
        self.later.get(place).map(|link| link.entry)
    }

    fn place(&self, key: &VerifierKey) -> Option<u64> {
        (0..).zip(self.keys()).find(|(_, other)| *other == key).map(|(place, _)| place)
    }
}

/// The entry that names a new key, signed for by the one before. `before`: the log without it.
pub fn hand_over(old: &SigningKey, new: &VerifierKey, before: &TreeHead) -> Kind {
    let text = statement(before, new);
    let signature = STANDARD.encode(old.sign(text.as_bytes()));
    let handover = Some(Handover { root: before.root, signature });
    Kind::KeyRotated { new_public: new.to_string(), handover }
}

/// Of keys that somebody trusts, those that may sign after these entries: each key has given way to the
/// one that it signed for. With each: how often, and in which entry the last time.
pub fn follow<'a>(
    trusted: &[VerifierKey],
    entries: impl IntoIterator<Item = (u64, &'a Entry)>,
) -> Vec<Followed> {
    let begin =
        |key: &VerifierKey| Followed { key: key.clone(), rotations: 0, replaced: Vec::new() };
    let mut all: Vec<_> = trusted.iter().map(begin).collect();
    for (index, entry) in entries {
        let Kind::KeyRotated { new_public, handover: Some(given) } = &entry.kind else { continue };
        let Ok(new) = VerifierKey::parse(new_public) else { continue };
        for one in &mut all {
            let is_theirs = new.name() == one.key.name() && new.kind() == KeyKind::Log;
            if is_theirs && is_given(&one.key, index, &new, given) {
                one.replaced.push((one.key.clone(), index));
                one.key = new.clone();
                one.rotations += 1;
            }
        }
    }
    all
}

/// A trusted key, or what it has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    pub key: VerifierKey,
    pub rotations: u64,
    /// Keys that gave way, with the entry in which they did.
    pub replaced: Vec<(VerifierKey, u64)>,
}

fn statement(before: &TreeHead, new: &VerifierKey) -> String {
    let TreeHead { size, root } = before;
    let root = STANDARD.encode(root.0);
    format!("sancha key rotation v1\n{}\n{size}\n{root}\n{new}\n", new.name())
}

fn is_given(old: &VerifierKey, index: u64, new: &VerifierKey, given: &Handover) -> bool {
    let text = statement(&TreeHead { size: index, root: given.root }, new);
    let signature = STANDARD.decode(&given.signature).unwrap_or_default();
    old.verifies(text.as_bytes(), &signature)
}

/// A key of the log `origin`.
fn own_key(origin: &str, text: &str) -> Option<VerifierKey> {
    let key = VerifierKey::parse(text).ok()?;
    (key.name() == origin && key.kind() == KeyKind::Log).then_some(key)
}

#[cfg(test)]
#[path = "chain_test.rs"]
mod tests;
