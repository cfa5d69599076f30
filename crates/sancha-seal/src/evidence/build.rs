use serde::Serialize;

use super::{
    ANCHORS, CHECKPOINT, MOST_BYTES, PROOFS, PUBLIC_KEY, PackFile, README, RECORDS,
    bag::{self, is_anchor_name},
    page,
    proofs::{LogEntry, Proofs, SealedBlock, VERSION},
    record::Record,
    verdict::Verdicts,
    verify::verify,
};
use crate::{Hash32, VerifierKey, proof::BlockProof, tlog::ProvenEntry};

/// What goes into a pack.
#[derive(Clone, Debug)]
pub struct Pack {
    pub description: Description,
    pub blocks: Vec<Block>,
    /// The entries that the blocks name.
    pub entries: Vec<ProvenEntry>,
    /// The signed checkpoint that the entries are proven under. Where there is one that somebody else
    /// holds or signed and that has the entries, take that.
    pub checkpoint: Vec<u8>,
    /// The key of the log, then those of witnesses.
    pub keys: Vec<VerifierKey>,
    /// Files for anchors, by plain names.
    pub anchors: Vec<PackFile>,
}

/// What whoever exports says of the pack; nothing of it is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Number of the pack or the case.
    pub number: String,
    /// What was asked for.
    pub query: String,
    pub organization: String,
    /// When it was exported, RFC 3339.
    pub at: String,
    /// Program and version.
    pub agent: String,
}

/// The rows of one block, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub source: String,
    /// As the entry names it.
    pub part: String,
    /// Index in the log of the entry that names it.
    pub entry: u64,
    pub proof: BlockProof,
    /// The same block under the part's SM3 root, where it has one.
    pub proof_sm3: Option<BlockProof>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// With the line end.
    pub raw: Vec<u8>,
    pub offset: u64,
    /// Nanoseconds since 1970, as read from the line.
    pub time: Option<i64>,
    pub asked: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("row {row} of block {block} is not in the header of its page")]
    Row { block: u64, row: usize },
    #[error("`{0}` cannot name the file of an anchor: letters, digits, `.`, `-` and `_` only")]
    AnchorName(String),
    #[error("a pack of more than {MOST_BYTES} bytes is not made")]
    TooLarge,
    #[error("records cannot be written")]
    Json(#[source] serde_json::Error),
    /// The proofs do not hold, so nothing is handed out.
    #[error("the pack does not verify: {}", first_problem(.0))]
    DoesNotVerify(Box<Verdicts>),
}

fn first_problem(verdicts: &Verdicts) -> String {
    let shown = |problem: &super::Problem| format!("{}: {}", problem.file, problem.what.en);
    verdicts.problems.first().map(shown).unwrap_or_default()
}

impl Pack {
    /// The files of the pack, tag files first. The same input gives the same bytes.
    ///
    /// # Errors
    /// When the pack would not verify, or would be larger than what verifiers read.
    pub fn build(self) -> Result<Vec<PackFile>, BuildError> {
        self.build_within(MOST_BYTES)
    }

    pub(super) fn build_within(self, most_bytes: usize) -> Result<Vec<PackFile>, BuildError> {
        let Self { description, blocks, entries, checkpoint, keys, anchors } = self;
        let mut lines = Vec::new();
        let mut shown = page::Shown::default();
        let mut proofs = Proofs {
            v: VERSION,
            entries: entries.iter().map(LogEntry::new).collect(),
            blocks: vec![],
        };
        // A block gives its memory back when it is written: a pack of many lines is large.
        for (number, block) in (0..).zip(blocks) {
            for (place, row) in block.rows.iter().enumerate() {
                let record = record(number, place, &block, row);
                let record = record.ok_or(BuildError::Row { block: number, row: place })?;
                record.write(&mut lines).map_err(BuildError::Json)?;
                shown.push(&record);
            }
            let Block { part, entry, proof, proof_sm3, .. } = block;
            proofs.blocks.push(SealedBlock::new((part, entry), proof, proof_sm3));
            if lines.len() > most_bytes {
                return Err(BuildError::TooLarge);
            }
        }
        let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
        let info = description.info();
        let readme = page::render(&info, &shown, &checkpoint, keys.as_bytes());
        let mut payload = vec![
            (RECORDS.to_owned(), lines),
            (PROOFS.to_owned(), json(&proofs)?),
            (CHECKPOINT.to_owned(), checkpoint),
            (PUBLIC_KEY.to_owned(), keys.into_bytes()),
            (README.to_owned(), readme.into_bytes()),
        ];
        drop((proofs, shown));
        for (name, bytes) in anchors {
            if !is_anchor_name(&name) {
                return Err(BuildError::AnchorName(name));
            }
            payload.push((format!("{ANCHORS}{name}"), bytes));
        }
        if payload.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > most_bytes {
            return Err(BuildError::TooLarge);
        }
        let files = bag::wrap(payload, &info);
        let verdicts = verify(&files, &[]);
        if !verdicts.is_sound() {
            return Err(BuildError::DoesNotVerify(Box::new(verdicts)));
        }
        Ok(files)
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, BuildError> {
    serde_json::to_vec(value).map_err(BuildError::Json)
}

fn record(number: u64, place: usize, block: &Block, row: &Row) -> Option<Record> {
    let in_block = u64::try_from(place).ok()?;
    let in_page = block.proof.block.checked_mul(crate::BLOCK_ROWS as u64)?.checked_add(in_block)?;
    let (run, nth) = block.proof.header.locate(in_page)?;
    // Every i64 of nanoseconds is a time that jiff knows.
    let instant = |time| jiff::Timestamp::from_nanosecond(i128::from(time)).ok();
    let time = row.time.and_then(instant).map(|time| time.to_string());
    let mut record = Record {
        block: number,
        row: block.proof.first_row().checked_add(in_block)?,
        asked: row.asked,
        source: block.source.clone(),
        stream: Hash32(run.stream),
        offset: row.offset,
        line: run.first_line.checked_add(nth)?,
        time,
        text: None,
        base64: None,
    };
    record.set_raw(&row.raw);
    Some(record)
}

impl Description {
    pub(super) fn info(&self) -> Vec<(&'static str, String)> {
        let day = self.at.split('T').next().unwrap_or_default();
        [
            ("Source-Organization", self.organization.as_str()),
            ("External-Identifier", &self.number),
            ("External-Description", &self.query),
            ("Bagging-Date", day),
            ("Bag-Software-Agent", &self.agent),
            ("Sancha-Exported-At", &self.at),
            ("Sancha-Pack-Version", "1"),
        ]
        .into_iter()
        .map(|(label, value)| (label, bag::one_line(value)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }
}
