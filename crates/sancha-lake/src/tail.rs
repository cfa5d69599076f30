//! The newest rows of a lake, and those that come in.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use sancha_model::EventTime;
use sancha_seal::Part;

use crate::{
    Answer, Lake, LakeError, Query, Settings, WithValues,
    disk::{DiskError, Trouble},
    gone::unless_retired,
    index::STRIDE_ROWS,
    part::Companion,
    query::{Filter, Fresh, Hit, TimeRange, framing},
    settle::{NewPieces, numbered},
    wal::{self, Chunk, ChunkRef, Extent, Progress, StreamId, WalError, WalId, WalReader},
};

/// A row that was rendered.
type Rendered = (EventTime, Vec<u8>);

/// Renders a row.
pub type Render<'a> = dyn FnMut(&Answer<'_>, &mut Vec<u8>) + 'a;

/// Takes a chunk, and a piece of it that was not seen yet.
type EachPiece<'a> = dyn FnMut(&Lake, &Chunk, ChunkRef<'_>) -> Result<(), LakeError> + 'a;

/// The rows latest in time, as many as are asked for.
struct Newest {
    most: usize,
    /// In order of time; those of one instant as they were offered.
    rows: Vec<Rendered>,
}

impl Newest {
    /// Rows before this instant are not among them.
    fn floor(&self) -> EventTime {
        match self.rows.first() {
            Some((time, _)) if self.rows.len() >= self.most => *time,
            _ => EventTime::MIN,
        }
    }

    fn offer(&mut self, answer: &Answer<'_>, render: &mut Render<'_>) {
        let Some(time) = answer.hit.time() else { return };
        if self.rows.len() >= self.most && time < self.floor() {
            return;
        }
        let mut text = Vec::new();
        render(answer, &mut text);
        let place = self.rows.partition_point(|(other, _)| *other <= time);
        self.rows.insert(place, (time, text));
        if self.rows.len() > self.most {
            self.rows.remove(0);
        }
    }
}

/// Follows a lake: every line that answers, once, as it is accepted.
pub struct Tail {
    lake: Lake,
    query: Query,
    /// The log's checkpoint when it was looked at last.
    checkpoint: Vec<u8>,
    read: HashMap<WalId, Read>,
    /// What of each stream was seen: bytes, for a line may come in halves, and records have line feeds in them.
    seen: Progress,
    /// Parts that were looked at: those the log had entries for.
    entries: usize,
}

/// Up to where a write-ahead file was read, and how many of its records.
#[derive(Clone, Copy, Debug, Default)]
struct Read {
    at: u64,
    records: u64,
}

impl Tail {
    /// Begins behind what is settled now; [`Tail::newest`] goes on behind what else is there.
    pub fn new(lake: Lake, query: Query) -> Self {
        Self {
            checkpoint: lake.ledger().checkpoint().to_vec(),
            entries: lake.catalog().entries.len(),
            seen: lake.catalog().progress(),
            lake,
            query,
            read: HashMap::new(),
        }
    }

    /// The lake as it was looked at last; its damages are those that were met.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The rows that answer and are latest in time, in its order, at most so many; rows without a time are not
    /// among them. Parts and strides that can hold nothing later are not read. Companions that are damaged, and what no
    /// key opens, are done without, and are in [`Lake::damages`] then.
    ///
    /// # Errors
    /// When another file is missing or damaged.
    pub fn newest(
        &mut self,
        most: usize,
        settings: &Settings<'_>,
        render: &mut Render<'_>,
    ) -> Result<Vec<Vec<u8>>, LakeError> {
        let query = self.query.clone();
        let mut newest = Newest { most, rows: Vec::new() };
        while !self.fresh(&query, settings, &mut |answer| newest.offer(answer, render))? {
            // What was settled meanwhile is in parts, and may have been offered.
            *self = Self::new(Lake::open(Arc::clone(self.lake.disk()))?, query.clone());
            newest.rows.clear();
        }
        if most == 0 {
            return Ok(Vec::new());
        }
        let lake = &self.lake;
        let mut parts: Vec<&Part> =
            lake.catalog().parts.values().filter(|part| query.concerns(part)).collect();
        parts.sort_by_key(|part| Reverse(part.last));
        for part in parts {
            let last = part.last.map_or(EventTime::MIN, EventTime::from_nanos);
            if last < newest.floor() {
                break;
            }
            let read = newest_of(lake, part, &query, &mut newest, render);
            let read = unless_retired(lake.disk(), &part.path, read);
            lake.noted().unless_keyless(&part.path, read)?;
        }
        Ok(newest.rows.into_iter().map(|(_, text)| text).collect())
    }

    /// Calls `each` with every row that came in since it was looked at last.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn look(
        &mut self,
        settings: &Settings<'_>,
        each: &mut dyn FnMut(&Answer<'_>),
    ) -> Result<(), LakeError> {
        let query = self.query.clone();
        self.fresh(&query, settings, each)?;
        self.parts(each)
    }

    /// Calls `each` with every row of write-ahead files that was not seen; whether all of them were there.
    fn fresh(
        &mut self,
        query: &Query,
        settings: &Settings<'_>,
        each: &mut dyn FnMut(&Answer<'_>),
    ) -> Result<bool, LakeError> {
        let filters = query.conditions();
        let fits =
            |source: &str| query.source.as_ref().is_none_or(|glob| glob.fits(source.as_bytes()));
        self.chunks(&mut |lake, chunk, piece| {
            if fits(piece.source) {
                let whole = chunk.borrowed();
                let framing = framing(&whole, settings, lake.catalog());
                let piece = numbered(piece, &whole, framing).owned();
                let fresh = Fresh::read(&piece, settings, lake.catalog())?;
                fresh.rows(&piece, &filters, &mut |hit| {
                    each(&Answer { source: &piece.source, part: None, hit });
                    true
                })?;
            }
            Ok(())
        })
    }

    /// Calls `each` with what of write-ahead files was not seen; `false` when one was settled meanwhile.
    fn chunks(&mut self, each: &mut EachPiece<'_>) -> Result<bool, LakeError> {
        let files = wal::list(&**self.lake.disk())?;
        self.read.retain(|id, _| files.iter().any(|file| file.id == *id));
        let mut all_there = true;
        for file in files {
            if !self.lake.catalog().settled.contains(&file.id.to_string()) {
                match self.chunks_of(file.id, each) {
                    // The log knows it.
                    Err(LakeError::Wal(error)) if is_gone(&error) => all_there = false,
                    done => drop(self.lake.noted().unless_keyless(&file.path, done)?),
                }
            }
        }
        Ok(all_there)
    }

    fn chunks_of(&mut self, file: WalId, each: &mut EachPiece<'_>) -> Result<(), LakeError> {
        let Self { lake, read, seen, .. } = self;
        let read = read.entry(file).or_default();
        let mut reader = WalReader::open_at(&**lake.disk(), file, read.at)?;
        while let Some(chunk) = reader.next() {
            match chunk {
                Ok(chunk) => {
                    for new in NewPieces::of(chunk.borrowed(), seen, file, read.records) {
                        each(lake, &chunk, new)?;
                    }
                }
                // What is behind the damage comes next; `settle` tells of it.
                Err(WalError::Damaged { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            *read = Read { at: reader.position(), records: read.records + 1 };
        }
        Ok(())
    }

    /// Rows that were settled before their write-ahead file was looked at.
    fn parts(&mut self, each: &mut dyn FnMut(&Answer<'_>)) -> Result<(), LakeError> {
        let checkpoint = self.lake.ledger().newest_checkpoint()?;
        if checkpoint == self.checkpoint {
            return Ok(());
        }
        self.lake = Lake::open(Arc::clone(self.lake.disk()))?;
        self.checkpoint = self.lake.ledger().checkpoint().to_vec();
        let entries = self.lake.catalog().entries.iter().skip(self.entries);
        let new: HashSet<&str> =
            entries.flat_map(|entry| entry.new_parts()).map(|part| part.path.as_str()).collect();
        for part in self.lake.catalog().parts.values() {
            if new.contains(part.path.as_str()) {
                let read = self.rows(part, each);
                let read = unless_retired(self.lake.disk(), &part.path, read);
                self.lake.noted().unless_keyless(&part.path, read)?;
            }
        }
        for (stream, extent) in self.lake.catalog().extents() {
            self.seen.insert(stream, extent);
        }
        self.entries = self.lake.catalog().entries.len();
        Ok(())
    }

    /// The rows of a part that were not seen in a write-ahead file.
    fn rows(&self, part: &Part, each: &mut dyn FnMut(&Answer<'_>)) -> Result<(), LakeError> {
        if !self.query.concerns(part) {
            return Ok(());
        }
        let unseen = self.unseen(part)?;
        let filters = self.query.conditions();
        if unseen.is_empty() {
            return Ok(());
        }
        let Some((scan, ranges)) = self.lake.scan(part, &filters)? else { return Ok(()) };
        let with_values = self.query.with_values != WithValues::None;
        scan.rows(&filters, ranges, with_values, &mut |hit: Hit<'_>| {
            if unseen.iter().any(|rows| rows.contains(&hit.row)) {
                each(&Answer { source: &part.source, part: Some(&part.path), hit });
            }
            true
        })?;
        Ok(())
    }

    /// The rows of a part that begin where nothing of their stream was seen.
    fn unseen(&self, part: &Part) -> Result<Vec<Range<u64>>, LakeError> {
        let mut unseen = Vec::new();
        let mut row = 0;
        for range in &part.streams {
            let rows = row..row + range.lines;
            row = rows.end;
            let stream = StreamId { digest: range.id.0, prefix: range.prefix };
            let touches = |seen: &&Extent| seen.start < range.to && seen.end > range.from;
            let seen: Vec<_> = self.seen.extents(&stream).iter().filter(touches).collect();
            match seen.as_slice() {
                [] => unseen.push(rows),
                [one] if one.start <= range.from && one.end >= range.to => (),
                some => self.between(part, rows, range.from, some, &mut unseen)?,
            }
        }
        Ok(unseen)
    }

    /// Of rows that follow each other in a stream from byte `from` on those that begin outside of what was seen.
    fn between(
        &self,
        part: &Part,
        rows: Range<u64>,
        from: u64,
        seen: &[&Extent],
        unseen: &mut Vec<Range<u64>>,
    ) -> Result<(), LakeError> {
        let Some((scan, _)) = self.lake.scan(part, &[])? else { return Ok(()) };
        let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let mut at = from;
        let rows = place(rows.start)..place(rows.end);
        scan.rows(&[], vec![rows], false, &mut |hit: Hit<'_>| {
            if !seen.iter().any(|seen| (seen.start..seen.end).contains(&at)) {
                unseen.push(hit.row..hit.row + 1);
            }
            at += hit.line.len() as u64;
            true
        })?;
        Ok(())
    }
}

/// Looks at the strides of a part, those with the latest times first.
fn newest_of(
    lake: &Lake,
    part: &Part,
    query: &Query,
    newest: &mut Newest,
    render: &mut Render<'_>,
) -> Result<(), LakeError> {
    let filters = query.conditions();
    let Some((scan, ranges)) = lake.scan_anyway(part, &filters)? else { return Ok(()) };
    let times = match scan.companion().map(Companion::times).transpose() {
        Err(error) if error.is_damage() => {
            lake.noted().note(&part.path, error);
            None
        }
        times => times?,
    };
    let times = times.unwrap_or_default();
    let last = |row: usize| times.get(row / STRIDE_ROWS).map(|times| times.last);
    let mut strides: Vec<_> = ranges
        .into_iter()
        .flat_map(|range| {
            let end = range.end;
            range.step_by(STRIDE_ROWS).map(move |at| at..(at + STRIDE_ROWS).min(end))
        })
        .collect();
    strides.sort_by_key(|range| Reverse((last(range.start), range.start)));
    for range in strides {
        let floor = newest.floor();
        if last(range.start).is_some_and(|last| last < floor) {
            break;
        }
        let mut filters = filters.clone();
        filters.push(Filter::Time(TimeRange { from: floor, to: EventTime::MAX }));
        let with_values = query.with_values != WithValues::None;
        scan.rows(&filters, vec![range], with_values, &mut |hit| {
            newest.offer(&Answer { source: &part.source, part: Some(&part.path), hit }, render);
            true
        })?;
    }
    Ok(())
}

fn is_gone(error: &WalError) -> bool {
    matches!(error, WalError::Disk(DiskError { trouble: Trouble::Missing, .. }))
}

#[cfg(test)]
mod tests;
