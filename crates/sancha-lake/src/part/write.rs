//! Writes a part.

use std::{io::Write, net::IpAddr};

use parquet::errors::ParquetError;
use sancha_model::{Event, EventTime, FieldId};
use sancha_seal::{Algorithm, Hash32, PageHeader, PartHasher, PartProof};

use super::{
    groups::{Groups, LITTLE},
    recheck::LineSum,
    rows::Rows,
};
use crate::{
    index::{IndexWriter, Kind, Page},
    rollup::{EventRow, Tally},
};

/// Sizes chosen by measurement.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub group_rows: usize,
    pub page_rows: usize,
    /// What is zipped in one page is not much longer: whoever reads one row unpacks its page.
    pub page_bytes: usize,
    /// The same for texts without a dictionary, unless they take more room so.
    pub text_bytes: usize,
    pub zstd: i32,
    /// What many lines need is not zipped unless that makes it smaller by this factor: single rows are then read where
    /// they stand.
    pub in_place: f64,
    /// SM3 beside SHA-256.
    pub sm3: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            group_rows: 1 << 19,
            page_rows: 16_384,
            page_bytes: 32 << 10,
            text_bytes: 64 << 10,
            zstd: 3,
            in_place: 2.5,
            sm3: false,
        }
    }
}

impl Layout {
    /// For what is written once more and kept for months: one dictionary for all of a part is worth more than any level
    /// of compression.
    pub(crate) fn archive() -> Self {
        let page_bytes = 4 << 20;
        let (group_rows, text_bytes, in_place) = (1 << 21, page_bytes, LITTLE);
        Self { group_rows, page_bytes, text_bytes, in_place, ..Self::default() }
    }
}

/// The fields whose values the index knows as entities.
pub(crate) const ENTITIES: [(FieldId, Kind); 8] = [
    (FieldId::SOURCE_IP, Kind::Address),
    (FieldId::DESTINATION_IP, Kind::Address),
    (FieldId::NETWORK_PEER_IP, Kind::Address),
    (FieldId::USER_NAME, Kind::User),
    (FieldId::USER_TARGET_NAME, Kind::User),
    (FieldId::USER_EFFECTIVE_NAME, Kind::User),
    (FieldId::HOST_NAME, Kind::Host),
    (FieldId::URL_DOMAIN, Kind::Host),
];

/// Where a row stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub stream: [u8; 32],
    pub offset: u64,
    /// 1-based.
    pub line: u64,
}

/// Rows of one stream that follow each other in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub first: Position,
    pub lines: u64,
    pub bytes: u64,
}

impl Stretch {
    fn next(&self) -> Position {
        let Position { stream, offset, line } = self.first;
        Position { stream, offset: offset + self.bytes, line: line + self.lines }
    }
}

/// Writes a part's rows, its companion and its proof in one pass.
pub struct PartWriter<W: Write + Send> {
    rows: Rows,
    groups: Groups<W>,
    index: IndexWriter,
    tally: Tally,
    lines: LineSum,
    proof: PartHasher,
    proof_sm3: Option<PartHasher>,
    stretches: Vec<Stretch>,
    raw_bytes: u64,
    first: Option<EventTime>,
    last: Option<EventTime>,
}

/// What became of a part's rows.
pub struct Written {
    /// The bytes of the companion file.
    pub index: Vec<u8>,
    pub proof: PartProof,
    /// Its lines in 64 bits, to see whether they come back.
    pub lines: u64,
    pub root_sm3: Option<Hash32>,
    pub stretches: Vec<Stretch>,
    pub raw_bytes: u64,
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
}

impl<W: Write + Send> PartWriter<W> {
    pub fn new(to: W, layout: Layout) -> Result<Self, ParquetError> {
        Ok(Self {
            rows: Rows::new(),
            groups: Groups::new(to, layout)?,
            index: IndexWriter::default(),
            tally: Tally::new(),
            lines: LineSum::default(),
            proof: PartHasher::new(Algorithm::Sha256),
            proof_sm3: layout.sm3.then(|| PartHasher::new(Algorithm::Sm3)),
            stretches: Vec::new(),
            raw_bytes: 0,
            first: None,
            last: None,
        })
    }

    /// Stretches so far: each is named in the log.
    pub fn stretches(&self) -> usize {
        self.stretches.len()
    }

    /// Adds a row. `line`: the event's bytes with their end.
    pub fn push(
        &mut self,
        event: Event<'_>,
        line: &[u8],
        format: &str,
        at: Position,
    ) -> Result<(), ParquetError> {
        self.place(at, line.len() as u64);
        self.lines.line(line);
        self.proof.row(line);
        if let Some(proof) = &mut self.proof_sm3 {
            proof.row(line);
        }
        self.entities(event);
        self.index.line(line);
        self.index.end_row(event.time());
        self.tally.row(&EventRow { event, format });
        self.first = [self.first, event.time()].into_iter().flatten().min();
        self.last = self.last.max(event.time());
        self.rows.push(event, line, format);
        self.groups.take(&mut self.rows)
    }

    fn place(&mut self, at: Position, bytes: u64) {
        self.raw_bytes += bytes;
        if let Some(last) = self.stretches.last_mut()
            && last.next() == at
        {
            last.lines += 1;
            last.bytes += bytes;
            return;
        }
        let Position { stream, offset, line } = at;
        self.index.run(stream, offset, line);
        self.proof.run(&stream, offset, line);
        if let Some(proof) = &mut self.proof_sm3 {
            proof.run(&stream, offset, line);
        }
        self.stretches.push(Stretch { first: at, lines: 1, bytes });
    }

    fn entities(&mut self, event: Event<'_>) {
        for (field, kind) in ENTITIES {
            match event.cell(field) {
                None => (),
                Some(_) if kind == Kind::Address => match event.field_ip(field) {
                    Some(IpAddr::V4(address)) => self.index.entity(kind, &address.octets()),
                    Some(IpAddr::V6(address)) => self.index.entity(kind, &address.octets()),
                    None => (),
                },
                Some(cell) => self.index.entity(kind, event.text(cell)),
            }
        }
    }

    pub fn finish(mut self) -> Result<(W, Written), ParquetError> {
        let proof = self.proof.finish();
        let pages: Vec<_> = proof.pages.iter().zip(&proof.headers).map(page).collect();
        let parquet = self.groups.finish(&mut self.rows)?;
        let written = Written {
            index: self.index.finish(&pages, &self.tally.finish()),
            proof,
            lines: self.lines.finish(),
            root_sm3: self.proof_sm3.map(|proof| proof.finish().root),
            stretches: self.stretches,
            raw_bytes: self.raw_bytes,
            first: self.first,
            last: self.last,
        };
        Ok((parquet, written))
    }
}

fn page((root, header): (&Hash32, &PageHeader)) -> Page {
    Page { root: *root, offset: header.runs.first().map_or(0, |run| run.first_offset) }
}
