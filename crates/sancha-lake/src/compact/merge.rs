//! Makes one part of several: columns are copied row for row, the companion is made anew.

use std::{net::IpAddr, sync::Arc};

use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch, UInt32Array, new_null_array},
    compute::cast,
    datatypes::UInt32Type,
    error::ArrowError,
};
use parquet::errors::ParquetError;
use sancha_model::FieldId;
use sancha_seal::{Algorithm, Hash32, Part, PartProof, StreamRange, part_root};

use super::{Job, ranges};
use crate::{
    LakeError,
    columns::{self, COLUMNS},
    disk::{Disk, folder_of},
    index::{IndexWriter, Kind, Page},
    origin::{self, Origin},
    part::{
        Columns, Companion, CopyWriter, DiskAt, ENTITIES, Layout, Lines, Recheck, Strides,
        Templates, Texts,
    },
    rollup::{BatchRows, Tally},
    settle::{Sink, companion_path, hash},
    verify::is_as_sealed,
};

/// Writes the rows of a job's parts to a part at `path`, and reads it back.
///
/// # Errors
/// When a part is not as it was sealed, the new one does not read back as the same rows, or the disk refuses.
pub(super) fn write(
    disk: &Arc<dyn Disk>,
    job: &Job,
    path: &str,
    zstd: i32,
) -> Result<Part, LakeError> {
    for part in &job.parts {
        is_as_sealed(disk, part)?;
    }
    let sealed = job.origins();
    let mut copy = Copy::new(disk, path, zstd, job)?;
    for part in &job.parts {
        copy.part(disk, part)?;
    }
    let index = copy.index.take();
    let parquet = copy.parquet.finish().map_err(|error| LakeError::unwritten(path, error))?;
    let (path, sha256, bytes) = parquet.finish()?;
    let streams = ranges(&job.parts);
    let (index_path, index_sha256, index_bytes) = match (index, &job.parts[..]) {
        // The same rows have the same companion.
        (None, [part, ..]) => (part.index_path.clone(), part.index_sha256, part.index_bytes),
        (index, parts) => {
            let (index, tally) = index.unwrap_or_else(|| (IndexWriter::default(), Tally::new()));
            let index = index.finish(&stored_pages(disk, parts)?, &tally.finish());
            let index_path = companion_path(&path);
            disk.write_at_once(&index_path, &index)?;
            (index_path, hash(&index), index.len() as u64)
        }
    };
    disk.sync_folder(folder_of(&path))?;
    let cuts = origin::cuts(&sealed);
    let recheck = Recheck { disk, path: &path, index_path: &index_path, cuts: &cuts };
    let found = recheck.proof(Algorithm::Sha256)?;
    if !are_sealed(&found, &sealed) {
        return Err(LakeError::NotTheSame { path });
    }
    let has_sm3 = sealed.iter().all(|origin| origin.part.root_sm3.is_some());
    let root_sm3 = has_sm3.then(|| recheck.proof(Algorithm::Sm3)).transpose()?;
    let first = job.parts.first();
    Ok(Part {
        source: first.map(|part| part.source.clone()).unwrap_or_default(),
        day: first.map(|part| part.day.clone()).unwrap_or_default(),
        rows: found.rows,
        raw_bytes: job.parts.iter().map(|part| part.raw_bytes).sum(),
        first: job.parts.iter().filter_map(|part| part.first).min(),
        last: job.parts.iter().filter_map(|part| part.last).max(),
        root: found.root,
        root_sm3: root_sm3.map(|proof| proof.root),
        sha256,
        bytes,
        index_path,
        index_sha256,
        index_bytes,
        streams,
        path,
    })
}

/// Whether the rows give the roots of all that they were sealed as.
fn are_sealed(found: &PartProof, origins: &[Origin<'_>]) -> bool {
    let roots = origin_roots(found, origins);
    let rows: u64 = origins.iter().map(|origin| origin.part.rows).sum();
    found.rows == rows
        && roots.len() == origins.len()
        && roots.iter().zip(origins).all(|(root, origin)| *root == Some(origin.part.root))
}

/// The roots that the pages of each origin lead to.
pub(crate) fn origin_roots(found: &PartProof, origins: &[Origin<'_>]) -> Vec<Option<Hash32>> {
    let pages = origin::pages(origins);
    let firsts = pages.chunk_by(|a, b| a.origin == b.origin).filter_map(|pages| pages.first());
    let root = |page: &origin::SealedPage| {
        let places = page.siblings.clone();
        let (headers, roots) = (found.headers.get(places.clone())?, found.pages.get(places)?);
        part_root(Algorithm::Sha256, headers, roots)
    };
    firsts.map(root).collect()
}

/// The pages of all parts, as their companions have them.
fn stored_pages(disk: &Arc<dyn Disk>, parts: &[Part]) -> Result<Vec<Page>, LakeError> {
    let mut pages = Vec::new();
    for part in parts {
        pages.extend(Companion::of(disk, part)?.pages()?);
    }
    Ok(pages)
}

/// A part that is being written from others.
struct Copy {
    parquet: CopyWriter<Sink>,
    path: String,
    /// Where there is more than one part.
    index: Option<(IndexWriter, Tally)>,
    /// First row, stream, offset and line of stretches that are still to come.
    runs: std::vec::IntoIter<(u64, StreamRange)>,
    next: Option<(u64, StreamRange)>,
    row: u64,
}

impl Copy {
    fn new(disk: &Arc<dyn Disk>, path: &str, zstd: i32, job: &Job) -> Result<Self, LakeError> {
        let layout = Layout { zstd, ..Layout::archive() };
        let sink = Sink::create(disk, path.to_owned())?;
        let parquet =
            CopyWriter::new(sink, layout).map_err(|error| LakeError::unwritten(path, error))?;
        let mut row = 0;
        let runs = ranges(&job.parts).into_iter().map(|range| {
            let first = row;
            row += range.lines;
            (first, range)
        });
        let mut runs = runs.collect::<Vec<_>>().into_iter();
        let next = runs.next();
        let index = (job.parts.len() > 1).then(|| (IndexWriter::default(), Tally::new()));
        Ok(Self { parquet, path: path.to_owned(), index, runs, next, row: 0 })
    }

    fn part(&mut self, disk: &Arc<dyn Disk>, part: &Part) -> Result<(), LakeError> {
        let columns = Columns::open(DiskAt::open(disk, &part.path)?, &part.path)?;
        let schema = columns::schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let all = Strides::all(part.rows, true).ranges(part.rows);
        let mut templates = Templates::default();
        for batch in columns.reader(&names, &all)? {
            let batch = batch?;
            let written = as_written(&batch).map_err(ParquetError::from);
            written
                .and_then(|batch| self.parquet.write(&batch))
                .map_err(|error| LakeError::unwritten(&self.path, error))?;
            if self.index.is_some() {
                self.rows(&batch, &mut templates, &part.path)?;
            }
        }
        Ok(())
    }

    /// Says where rows can be found.
    fn rows(
        &mut self,
        batch: &RecordBatch,
        templates: &mut Templates,
        path: &str,
    ) -> Result<(), LakeError> {
        let Some((index, tally)) = &mut self.index else { return Ok(()) };
        let entities = Entity::all(batch);
        let counted = BatchRows::of(batch);
        let mut lines = Lines::new(batch, templates);
        let mut line = Vec::new();
        for at in 0..batch.num_rows() {
            while let Some((_, range)) = self.next.take_if(|(row, _)| *row == self.row) {
                index.run(range.id.0, range.from, range.first_line);
                self.next = self.runs.next();
            }
            for entity in &entities {
                entity.tell(at, index);
            }
            line.clear();
            let broken = || LakeError::Line { path: path.to_owned(), row: self.row };
            lines.write(at, &mut line).ok_or_else(broken)?;
            index.line(&line);
            index.end_row(lines.time(at));
            tally.row(&counted.row(at));
            self.row += 1;
        }
        Ok(())
    }
}

/// A batch as it was read, in the columns and types of a file.
fn as_written(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = columns::schema();
    let column = |field: &Arc<datafusion::arrow::datatypes::Field>| match batch
        .column_by_name(field.name())
    {
        Some(column) => cast(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema, columns)
}

/// A column whose values are entities.
struct Entity<'a> {
    kind: Kind,
    four: Option<&'a UInt32Array>,
    text: Option<Texts<'a>>,
}

impl<'a> Entity<'a> {
    fn all(batch: &'a RecordBatch) -> Vec<Self> {
        ENTITIES.iter().filter_map(|(field, kind)| Self::of(batch, *field, *kind)).collect()
    }

    fn of(batch: &'a RecordBatch, field: FieldId, kind: Kind) -> Option<Self> {
        let name = COLUMNS.iter().find(|column| column.field == field)?.name;
        if kind != Kind::Address {
            return Some(Self { kind, four: None, text: Texts::of(batch, name) });
        }
        let four = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt32Type>());
        Some(Self { kind, four, text: Texts::of(batch, columns::six(name)) })
    }

    fn tell(&self, row: usize, index: &mut IndexWriter) {
        if let Some(four) = self.four.filter(|four| four.is_valid(row)) {
            return index.entity(self.kind, &four.value(row).to_be_bytes());
        }
        let Some(text) = self.text.and_then(|text| text.get(row)) else { return };
        match (self.kind, text.parse()) {
            (Kind::Address, Ok(IpAddr::V6(address))) => {
                index.entity(self.kind, &address.octets());
            }
            (Kind::Address, _) => (),
            (Kind::User | Kind::Host | Kind::Word, _) => index.entity(self.kind, text.as_bytes()),
        }
    }
}
