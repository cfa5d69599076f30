//! Verifies a pack from its files alone. Each verdict stands by itself, and each break has a place.

use std::collections::BTreeMap;

use sancha_model::LocalText;

use super::{
    ANCHORS, BAG_INFO, CHECKPOINT, PROOFS, PUBLIC_KEY, PackFile, README, RECORDS, bag, claims,
    find,
    page::{self, Shown},
    proofs::{LogEntry, Proofs, SealedBlock},
    record::Record,
    texts, unsealed,
    verdict::{Anchor, AnchorKind, Counts, Problem, Problems, SignedBy, Verdict, Verdicts},
};
use crate::{
    Algorithm, Checkpoint, Entry, Note, VerifierKey,
    chain::{self, Followed},
    checkpoint::{self, Opened},
    merkle::{leaf_hash, verify_inclusion},
    page::PageHeader,
    timestamp,
};

/// Verifies a pack. `known` are keys of logs and witnesses that whoever asks has from elsewhere; with
/// none, the keys in the pack are taken, and the verdict says so.
pub fn verify(files: &[PackFile], known: &[VerifierKey]) -> Verdicts {
    if unsealed::is_unsealed(files) {
        return unsealed::verify(files, known);
    }
    let mut problems = Problems::default();
    bag::check(files, &mut problems);
    let checkpoint = read_checkpoint(files, &mut problems);
    let proofs = read_proofs(files, &mut problems);
    let entries = check_entries(proofs.as_ref(), checkpoint.as_ref(), &mut problems);
    let keys = Keys::new(files, known, &entries, &mut problems);
    let opened = checkpoint.as_ref().and_then(|_| check_signature(files, &keys, &mut problems));
    let (counts, shown) = check_records(files, proofs.as_ref(), &entries, &mut problems);
    let page = check_readme(files, &shown, &mut problems);
    let (signed_by, anchored_by) = signers(files, opened.as_ref(), &keys, &mut problems);
    Verdicts {
        is_sealed: true,
        intact: Verdict::of(!files.is_empty(), problems.is_bag_broken),
        unchanged: Verdict::of(counts.blocks > 0, problems.are_rows_broken),
        in_log: Verdict::of(checkpoint.is_some() && !entries.is_empty(), problems.is_log_broken),
        signed_by,
        anchored_by,
        page,
        counts,
        checkpoint,
        problems: problems.all,
    }
}

fn read_checkpoint(files: &[PackFile], problems: &mut Problems) -> Option<Checkpoint> {
    let note = Note::from_bytes(find(files, CHECKPOINT)?);
    let checkpoint = note.map_err(Into::into).and_then(|note| Checkpoint::parse(&note.text));
    checkpoint.map_err(|_| problems.signature(texts::CHECKPOINT_MALFORMED.local())).ok()
}

/// The keys of the pack; a line that is none is a problem.
fn pack_keys(files: &[PackFile]) -> Vec<Result<VerifierKey, u64>> {
    let bytes = find(files, PUBLIC_KEY).unwrap_or_default();
    let text = str::from_utf8(bytes).unwrap_or("\u{fffd}");
    (1..).zip(text.lines()).map(|(line, text)| VerifierKey::parse(text).map_err(|_| line)).collect()
}

/// Keys as they stand after the rotations that the pack shows: a key that was replaced signs nothing more.
struct Keys {
    /// That whoever asks has from elsewhere.
    known: Vec<Followed>,
    of_pack: Vec<Followed>,
}

impl Keys {
    fn new(
        files: &[PackFile],
        known: &[VerifierKey],
        entries: &BTreeMap<u64, Entry>,
        problems: &mut Problems,
    ) -> Self {
        let mut of_pack = Vec::new();
        for key in pack_keys(files) {
            match key {
                Ok(key) => of_pack.push(key),
                Err(line) => {
                    problems.bag(Problem::at(PUBLIC_KEY, line, texts::KEY_MALFORMED.local()));
                }
            }
        }
        let follow = |keys: &[VerifierKey]| {
            chain::follow(keys, entries.iter().map(|(index, entry)| (*index, entry)))
        };
        Self { known: follow(known), of_pack: follow(&of_pack) }
    }

    /// Those that whoever asks has come first.
    fn all(&self) -> impl Iterator<Item = &Followed> {
        self.known.iter().chain(&self.of_pack)
    }

    fn find(&self, name: &str, id: u32) -> Option<&Followed> {
        self.all().find(|one| one.key.name() == name && one.key.id() == id)
    }

    fn is_known(&self, name: &str, id: u32) -> bool {
        self.known.iter().any(|one| one.key.name() == name && one.key.id() == id)
    }

    /// The entry that replaced a key of these signatures.
    fn replaced(&self, note: &Note) -> Option<u64> {
        let mut replaced = self.all().flat_map(|one| &one.replaced);
        let signed = |key: &VerifierKey| {
            let is_theirs = |name: &str, id| name == key.name() && id == key.id();
            note.signatures.iter().any(|signature| is_theirs(&signature.name, signature.key_id))
        };
        replaced.find(|(key, _)| signed(key)).map(|(_, entry)| *entry)
    }
}

fn check_signature(files: &[PackFile], keys: &Keys, problems: &mut Problems) -> Option<Opened> {
    let bytes = find(files, CHECKPOINT)?;
    let all: Vec<_> = keys.all().map(|one| one.key.clone()).collect();
    match checkpoint::open(bytes, &all) {
        Ok(opened) => Some(opened),
        Err(error) => {
            let replaced = Note::from_bytes(bytes).ok().and_then(|note| keys.replaced(&note));
            problems.signature(match replaced {
                Some(entry) => {
                    let entry = LocalText::same(entry.to_string());
                    texts::SIGNED_BY_REPLACED.fill(&[("entry", entry)])
                }
                None => {
                    let why = texts::shown(&error.to_string());
                    texts::SIGNATURE_BROKEN.fill(&[("why", why)])
                }
            });
            None
        }
    }
}

fn signers(
    files: &[PackFile],
    opened: Option<&Opened>,
    keys: &Keys,
    problems: &mut Problems,
) -> (Option<SignedBy>, Vec<Anchor>) {
    let signed = |signer: &crate::Signer| {
        let one = keys.find(&signer.name, signer.key_id)?;
        let is_known = keys.is_known(&signer.name, signer.key_id);
        let (name, fingerprint) = (signer.name.clone(), one.key.fingerprint());
        let (key_id, rotations) = (signer.key_id, one.rotations);
        Some(SignedBy { name, key_id, fingerprint, is_known, rotations })
    };
    let mut logs: Vec<_> =
        opened.iter().flat_map(|opened| &opened.by_log).filter_map(signed).collect();
    logs.sort_by_key(|signed| !signed.is_known);
    let log = logs.into_iter().next();
    if !keys.known.is_empty() && log.as_ref().is_some_and(|log| !log.is_known) {
        problems.signature(texts::SIGNED_BY_OTHER.local());
    }
    let witness = |signer: &crate::Signer| Anchor {
        kind: AnchorKind::Witness { at: signer.cosigned_at.unwrap_or_default() },
        by: signer.name.clone(),
        is_known: keys.is_known(&signer.name, signer.key_id),
    };
    let witnesses = opened.iter().flat_map(|opened| &opened.by_witnesses).map(witness);
    (log, witnesses.chain(kept_anchors(files, problems)).collect())
}

/// Files of anchors; a time stamp has to be of this checkpoint.
fn kept_anchors(files: &[PackFile], problems: &mut Problems) -> Vec<Anchor> {
    let note = find(files, CHECKPOINT).and_then(|bytes| Note::from_bytes(bytes).ok());
    let digest = note.map(|note| Algorithm::Sha256.hash(&[note.text.as_bytes()]));
    let mut anchors = Vec::new();
    for (name, bytes) in files {
        let Some(by) = name.strip_prefix(ANCHORS) else { continue };
        let kind = match timestamp::read(bytes) {
            _ if !by.ends_with(".tsr") => AnchorKind::File,
            Ok(stamp) if Some(stamp.digest) == digest => AnchorKind::Stamp { at: stamp.at },
            Ok(_) => {
                problems.anchor(Problem::new(name, texts::STAMP_OF_OTHER.local()));
                continue;
            }
            Err(_) => {
                problems.anchor(Problem::new(name, texts::STAMP_MALFORMED.local()));
                continue;
            }
        };
        anchors.push(Anchor { kind, by: by.to_owned(), is_known: false });
    }
    anchors
}

fn read_proofs(files: &[PackFile], problems: &mut Problems) -> Option<Proofs> {
    let proofs = Proofs::from_bytes(find(files, PROOFS)?);
    if proofs.is_none() {
        problems.rows(Problem::new(PROOFS, texts::PROOFS_MALFORMED.local()));
    }
    proofs
}

/// Entries that can be read, by their index; each is held against the checkpoint.
fn check_entries(
    proofs: Option<&Proofs>,
    checkpoint: Option<&Checkpoint>,
    problems: &mut Problems,
) -> BTreeMap<u64, Entry> {
    let mut entries = BTreeMap::new();
    for proven in proofs.iter().flat_map(|proofs| &proofs.entries) {
        let index = LocalText::same(proven.index.to_string());
        let bytes = proven.bytes().unwrap_or_default();
        if checkpoint.is_some_and(|checkpoint| !is_in_log(proven, &bytes, checkpoint)) {
            let what = texts::ENTRY_NOT_IN_LOG.fill(&[("index", index.clone())]);
            problems.log(Problem::new(PROOFS, what));
        }
        match Entry::from_bytes(&bytes) {
            Ok(entry) => drop(entries.insert(proven.index, entry)),
            Err(error) => {
                let values = [("index", index), ("why", texts::shown(&error.to_string()))];
                problems.log(Problem::new(PROOFS, texts::ENTRY_MALFORMED.fill(&values)));
            }
        }
    }
    entries
}

fn is_in_log(proven: &LogEntry, bytes: &[u8], checkpoint: &Checkpoint) -> bool {
    let algorithm = Algorithm::Sha256;
    let leaf = leaf_hash(algorithm, bytes);
    let place = (proven.index, checkpoint.size);
    verify_inclusion(algorithm, &leaf, place, &proven.path, &checkpoint.root)
}

/// A record and its line in the file.
pub(super) type Numbered = (u64, Record);

/// Reads the records block by block, so that those of one block at a time are in memory.
fn check_records(
    files: &[PackFile],
    proofs: Option<&Proofs>,
    entries: &BTreeMap<u64, Entry>,
    problems: &mut Problems,
) -> (Counts, Shown) {
    let mut shown = Shown::default();
    let mut reading = proofs.map(|proofs| Blocks { of: &proofs.blocks, at: 0, rows: Vec::new() });
    let bytes = find(files, RECORDS).unwrap_or_default();
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        match line.strip_suffix(b"\n").and_then(Record::from_line) {
            Some(record) if record.raw().is_some() => {
                shown.push(&record);
                if let Some(reading) = &mut reading {
                    reading.take((number, record), entries, problems);
                }
            }
            _ => problems.rows(Problem::at(RECORDS, number, texts::RECORD_MALFORMED.local())),
        }
    }
    let Some(mut reading) = reading else { return (Counts::default(), shown) };
    let blocks = reading.of.len();
    reading.close(blocks, entries, problems);
    let counts = Counts {
        asked: shown.asked as u64,
        neighbours: shown.neighbours as u64,
        blocks: blocks as u64,
    };
    (counts, shown)
}

/// Blocks whose records are being read, which stand in their order.
struct Blocks<'a> {
    of: &'a [SealedBlock],
    /// The one at hand, and its records so far.
    at: usize,
    rows: Vec<Numbered>,
}

impl Blocks<'_> {
    fn take(
        &mut self,
        numbered: Numbered,
        entries: &BTreeMap<u64, Entry>,
        problems: &mut Problems,
    ) {
        let (line, record) = &numbered;
        match usize::try_from(record.block) {
            Ok(block) if block >= self.at && block < self.of.len() => {
                self.close(block, entries, problems);
                self.rows.push(numbered);
            }
            _ => problems.rows(Problem::at(RECORDS, *line, texts::RECORD_WITHOUT_BLOCK.local())),
        }
    }

    /// Holds the blocks before `block` against their proofs.
    fn close(&mut self, block: usize, entries: &BTreeMap<u64, Entry>, problems: &mut Problems) {
        let done = self.of.get(self.at..block).unwrap_or_default();
        for (number, sealed) in (self.at..).zip(done) {
            if self.rows.is_empty() {
                let values = [("block", LocalText::same(number.to_string()))];
                problems.rows(Problem::new(RECORDS, texts::BLOCK_WITHOUT_ROWS.fill(&values)));
                continue;
            }
            check_block(sealed, &self.rows, entries, problems);
            self.rows.clear();
        }
        self.at = block;
    }
}

fn check_block(
    sealed: &SealedBlock,
    rows: &[Numbered],
    entries: &BTreeMap<u64, Entry>,
    problems: &mut Problems,
) {
    let lines = rows.first().zip(rows.last()).map(|((first, _), (last, _))| *first..=*last);
    let mut broken = |what: LocalText| {
        problems.rows(Problem { file: RECORDS.to_owned(), lines: lines.clone(), what });
    };
    let values = [("part", texts::shown(&sealed.part))];
    let parts = entries.get(&sealed.entry).map(Entry::new_parts).unwrap_or_default();
    let Some(part) = parts.iter().find(|part| part.path == sealed.part) else {
        return broken(texts::PART_NOT_IN_ENTRY.fill(&values));
    };
    let Some(header) = sealed.header() else {
        return broken(texts::HEADER_MALFORMED.fill(&values));
    };
    match lead_elsewhere(sealed, &header, part, rows) {
        // What is said of rows has no place to be held against then.
        Err(what) => return broken(what),
        Ok(found) => found.into_iter().for_each(broken),
    }
    claims::check(sealed, &header, part, rows, problems);
}

/// What the rows do not lead to, of the roots of their part.
///
/// # Errors
/// When the proof is not one of a block of this part at all.
fn lead_elsewhere(
    sealed: &SealedBlock,
    header: &PageHeader,
    part: &crate::Part,
    rows: &[Numbered],
) -> Result<Vec<LocalText>, LocalText> {
    let raw: Vec<_> = rows.iter().map(|(_, row)| row.raw().unwrap_or_default()).collect();
    let algorithms: Vec<_> = sealed.proofs.iter().map(|paths| paths.algorithm).collect();
    let both = [Algorithm::Sha256, Algorithm::Sm3];
    if algorithms != both && algorithms != both[..1] {
        return Err(texts::PROOF_MISSING.local());
    }
    let mut found = Vec::new();
    for paths in &sealed.proofs {
        let name = ("digest", LocalText::same(paths.algorithm.label()));
        let root = match paths.algorithm {
            Algorithm::Sha256 => Some(part.root),
            Algorithm::Sm3 => part.root_sm3,
        };
        match sealed.proof(header, paths).part_root(paths.algorithm, &raw, part.rows) {
            Ok(leads_to) if Some(leads_to) == root => {}
            Ok(_) => found.push(texts::ROWS_CHANGED.fill(&[name])),
            Err(mismatch) => {
                let why = texts::mismatch(mismatch).local();
                return Err(texts::PROOF_SHAPE.fill(&[name, ("why", why)]));
            }
        }
    }
    Ok(found)
}

fn check_readme(files: &[PackFile], shown: &Shown, problems: &mut Problems) -> Verdict {
    let checkpoint = find(files, CHECKPOINT).unwrap_or_default();
    let keys = find(files, PUBLIC_KEY).unwrap_or_default();
    compare_readme(files, |info| page::render(info, shown, checkpoint, keys), problems)
}

/// The page for readers is made from the other files, so it is made again and compared.
pub(super) fn compare_readme(
    files: &[PackFile],
    render: impl FnOnce(&[(&str, String)]) -> String,
    problems: &mut Problems,
) -> Verdict {
    let Some(readme) = find(files, README) else {
        problems.bag(Problem::new(README, texts::FILE_MISSING.local()));
        return Verdict::Broken;
    };
    if !page::is_of_this_version(readme) {
        return Verdict::NotChecked;
    }
    let info = find(files, BAG_INFO).and_then(bag::read_info).unwrap_or_default();
    let info: Vec<_> = info
        .into_iter()
        .filter(|(label, _)| *label != bag::OXUM)
        .map(|(label, value)| (label, value.to_owned()))
        .collect();
    if render(&info).as_bytes() == readme {
        return Verdict::Holds;
    }
    problems.bag(Problem::new(README, texts::README_DIFFERS.local()));
    Verdict::Broken
}
