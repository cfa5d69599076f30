//! The commit: one conditional write decides, so two machines never both win.
//!
//! What a commit writes stands first in one object beside the pointer, `POINTER.next`: all files, then the
//! pointer's content. It is written only if the object there is still the one that the commit builds on (its
//! tag, or its absence): **from then on the commit holds**. Then the files are put where they belong, and
//! the pointer last. Who dies in between has committed all the same: whoever reads the pointer next finds
//! that it is not what the object says, and puts the files there first.
//!
//! A loser has touched nothing. Were files written first and the pointer conditionally after them, the loser
//! could overwrite the winner's last tile. A slow winner does no harm either: under a name of the log there
//! is only ever one content, so files are written only where there is none, and the pointer only from the
//! content before it.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::super::commit::{Commit, found};
use super::super::{DiskError, Operation, Trouble};
use super::client::{Client, When};

const MAGIC: &[u8; 8] = b"sanchacm";
const VERSION: u32 = 1;
/// How often a commit is tried of which it is not known whether it arrived.
const ATTEMPTS: usize = 3;

/// What a commit writes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    files: Vec<(String, Vec<u8>)>,
    /// Of the pointer.
    bytes: Vec<u8>,
    /// What the pointer held before.
    before: Option<Vec<u8>>,
}

pub(super) fn commit(client: &Client, commit: &Commit<'_>) -> Result<(), DiskError> {
    let record = Record {
        files: commit.files.to_vec(),
        bytes: commit.bytes.to_vec(),
        before: commit.expected.map(<[u8]>::to_vec),
    };
    let path = next(commit.pointer);
    let bytes = Bytes::from(record.encode());
    let mut attempt = 0;
    loop {
        let held = found(client.get(&path))?;
        if held.as_ref().is_some_and(|(held, _)| *held == bytes) {
            break;
        }
        let (current, when) = match held {
            Some((held, tag)) => {
                let held = decoded(client, &path, &held)?;
                let tag = tag.ok_or_else(|| no_tag(client, &path))?;
                (Some(held.bytes), When::Tagged(tag))
            }
            None => (found(client.get(commit.pointer))?.map(|(bytes, _)| bytes.into()), When::New),
        };
        commit.check(current.as_deref()).map_err(|error| shown(client, commit, error))?;
        attempt += 1;
        match client.put(&path, bytes.clone(), when) {
            Ok(()) => break,
            // Somebody was quicker, or this very commit arrived and the answer did not: the next look tells.
            Err(error) if attempt < ATTEMPTS && error.trouble != Trouble::Denied => {}
            Err(error) => return Err(error),
        }
    }
    if commit.expected.is_none() {
        honours_conditions(client, &path, &bytes)?;
    }
    apply(client, commit.pointer, &record)
}

/// A store that writes whatever the condition would let two machines both win.
fn honours_conditions(client: &Client, path: &str, bytes: &Bytes) -> Result<(), DiskError> {
    for when in [When::New, When::Tagged("\"00000000000000000000000000000000\"".to_owned())] {
        match client.put(path, bytes.clone(), when) {
            Err(error) if matches!(error.trouble, Trouble::Exists | Trouble::Changed) => {}
            Err(error) => return Err(error),
            Ok(()) => {
                // Whoever looks next must not take it for a lake.
                client.delete(path)?;
                let what = "the store ignores conditional writes (If-Match, If-None-Match), so nothing keeps \
                            two machines apart: use another store";
                let path = client.shown(path);
                return Err(DiskError::of(path, Operation::Append, Trouble::Other, what));
            }
        }
    }
    Ok(())
}

/// The pointer's content, after what a commit left undone was done.
pub(super) fn read(client: &Client, pointer: &str) -> Result<Vec<u8>, DiskError> {
    let path = next(pointer);
    let Some((held, _)) = found(client.get(&path))? else {
        return Ok(client.get(pointer)?.0.into());
    };
    let record = decoded(client, &path, &held)?;
    let current = found(client.get(pointer))?.map(|(bytes, _)| bytes);
    if current.as_ref().is_some_and(|current| *current == record.bytes) {
        return Ok(record.bytes);
    }
    match (apply(client, pointer, &record), current) {
        (Ok(()), _) => Ok(record.bytes),
        // Who may only read sees the lake before the commit.
        (Err(error), Some(current)) if error.trouble == Trouble::Denied => Ok(current.into()),
        (Err(error), _) => Err(error),
    }
}

/// Puts the files of a commit that holds where they belong.
fn apply(client: &Client, pointer: &str, record: &Record) -> Result<(), DiskError> {
    for (path, bytes) in &record.files {
        put_new(client, path, bytes)?;
    }
    let Some(before) = &record.before else { return put_new(client, pointer, &record.bytes) };
    let (current, tag) = client.get(pointer)?;
    if current != *before {
        // Another put this one or a later one there.
        return Ok(());
    }
    let tag = tag.ok_or_else(|| no_tag(client, pointer))?;
    let bytes = Bytes::from(record.bytes.clone());
    match client.put(pointer, bytes, When::Tagged(tag)) {
        Err(error) if error.trouble == Trouble::Changed => Ok(()),
        done => done,
    }
}

fn put_new(client: &Client, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
    match client.put(path, Bytes::copy_from_slice(bytes), When::New) {
        Err(error) if error.trouble == Trouble::Exists => Ok(()),
        done => done,
    }
}

fn next(pointer: &str) -> String {
    format!("{pointer}.next")
}

fn decoded(client: &Client, path: &str, bytes: &[u8]) -> Result<Record, DiskError> {
    Record::decode(bytes).ok_or_else(|| {
        let what = "it is damaged, or a newer program wrote it";
        DiskError::of(client.shown(path), Operation::Read, Trouble::Other, what)
    })
}

fn no_tag(client: &Client, path: &str) -> DiskError {
    let what = "the store gives no ETag, so nothing keeps two machines apart: use another store";
    DiskError::of(client.shown(path), Operation::Append, Trouble::Other, what)
}

fn shown(client: &Client, commit: &Commit<'_>, error: DiskError) -> DiskError {
    DiskError { path: client.shown(commit.pointer), ..error }
}

impl Record {
    /// Magic, version, content before, files, content; each text and content with its length in front, all
    /// numbers little-endian; SHA-256 of all that at the end.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.push(u8::from(self.before.is_some()));
        put(&mut bytes, self.before.as_deref().unwrap_or_default());
        bytes.extend_from_slice(&(self.files.len() as u64).to_le_bytes());
        for (path, content) in &self.files {
            put(&mut bytes, path.as_bytes());
            put(&mut bytes, content);
        }
        put(&mut bytes, &self.bytes);
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        if Sha256::digest(body).as_slice() != digest {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
        let (has_before, behind) = rest.split_first()?;
        rest = behind;
        let before = match (has_before, take(&mut rest)?) {
            (0, before) if before.is_empty() => None,
            (1, before) => Some(before),
            _ => return None,
        };
        let (count, behind) = rest.split_first_chunk::<8>()?;
        rest = behind;
        let mut files = Vec::new();
        for _ in 0..u64::from_le_bytes(*count) {
            let path = String::from_utf8(take(&mut rest)?).ok()?;
            files.push((path, take(&mut rest)?));
        }
        let bytes = take(&mut rest)?;
        rest.is_empty().then_some(Self { files, bytes, before })
    }
}

/// Reads `bytes` as a record, as they are and with a true sum.
pub(crate) fn read_commit_record(bytes: &[u8]) {
    let summed = [bytes, Sha256::digest(bytes).as_slice()].concat();
    for bytes in [bytes, &summed] {
        let record = Record::decode(bytes);
        assert!(record.is_none_or(|record| record.encode() == bytes), "one content, one spelling");
    }
}

/// A record as a commit writes it.
#[cfg(test)]
pub(crate) fn commit_record_sample() -> Vec<u8> {
    let files = vec![("seal/tile/0/000.p/1".to_owned(), b"tile".to_vec())];
    Record { files, bytes: b"checkpoint".to_vec(), before: Some(b"before".to_vec()) }.encode()
}

fn put(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    into.extend_from_slice(bytes);
}

fn take(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (length, behind) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (bytes, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_a_changed_one_does_not() {
        let record = Record {
            files: vec![
                ("seal/tile/0/000.p/1".to_owned(), b"tile".to_vec()),
                (String::new(), vec![]),
            ],
            bytes: b"checkpoint".to_vec(),
            before: Some(Vec::new()),
        };
        let bytes = record.encode();
        assert_eq!(Record::decode(&bytes), Some(record.clone()));
        let first = Record { before: None, ..record };
        assert_eq!(Record::decode(&first.encode()), Some(first));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(Record::decode(&other), None, "{at}");
            assert_eq!(Record::decode(&bytes[..at]), None, "{at}");
        }
    }
}
