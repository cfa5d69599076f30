//! The newest rows of a lake, and those that come in.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sancha_model::EventTime;
use sancha_seal::{Part, StreamRange};

use crate::{
    Answer, Lake, LakeError, Looked, Query, Settings,
    disk::{DiskError, Trouble},
    gone::unless_retired,
    index::STRIDE_ROWS,
    query::{Filter, Fresh, Hit, TimeRange},
    wal::{self, Chunk, WalError, WalId, WalReader},
};

/// A row that was rendered.
type Rendered = (EventTime, Vec<u8>);

/// Renders a row.
pub type Render<'a> = dyn FnMut(&Answer<'_>, &mut Vec<u8>) + 'a;

/// Takes a chunk, and the number of the line of its stream that was not seen yet.
type EachChunk<'a> = dyn FnMut(&Lake, &Chunk, u64) -> Result<(), LakeError> + 'a;

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
    /// Up to where each write-ahead file was read.
    read: HashMap<WalId, u64>,
    /// Number of the line of each stream that comes next.
    next: HashMap<[u8; 32], u64>,
    /// Parts that were looked at: those the log had entries for.
    entries: usize,
}

impl Tail {
    /// Begins behind what is there now.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn new(lake: Lake, query: Query) -> Result<Self, LakeError> {
        let mut tail = Self {
            checkpoint: lake.ledger().checkpoint().to_vec(),
            entries: lake.catalog().entries.len(),
            lake,
            query,
            read: HashMap::new(),
            next: HashMap::new(),
        };
        for part in tail.lake.catalog().entries.iter().flat_map(|entry| entry.new_parts()) {
            for range in &part.streams {
                let next = tail.next.entry(range.id.0).or_default();
                *next = (*next).max(range.first_line + range.lines);
            }
        }
        tail.chunks(&mut |_, _, _| Ok(()))?;
        Ok(tail)
    }

    /// The rows that answer and are latest in time, in its order, at most so many; rows without a time are not
    /// among them. Parts and strides that can hold nothing later are not read.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn newest(
        &self,
        most: usize,
        settings: &Settings<'_>,
        render: &mut Render<'_>,
    ) -> Result<Vec<Vec<u8>>, LakeError> {
        let mut newest = Newest { most, rows: Vec::new() };
        if most == 0 {
            return Ok(Vec::new());
        }
        let (lake, query) = (&self.lake, &self.query);
        let mut looked = Looked::default();
        let mut fresh = |answer: Answer<'_>| {
            // What came in after it began is for `look`.
            if self.next.get(&answer.hit.stream).is_some_and(|next| answer.hit.number < *next) {
                newest.offer(&answer, render);
            }
            true
        };
        lake.search_fresh(query, &query.conditions(), settings, &mut fresh, &mut looked)?;
        let mut parts: Vec<&Part> =
            lake.catalog().parts.values().filter(|part| query.concerns(part)).collect();
        parts.sort_by_key(|part| Reverse(part.last));
        for part in parts {
            let last = part.last.map_or(EventTime::MIN, EventTime::from_nanos);
            if last < newest.floor() {
                break;
            }
            let read = newest_of(lake, part, query, &mut newest, render);
            unless_retired(lake.disk(), &part.path, read)?;
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
        let (query, filters) = (self.query.clone(), self.query.conditions());
        let fits =
            |source: &str| query.source.as_ref().is_none_or(|glob| glob.fits(source.as_bytes()));
        self.chunks(&mut |lake, chunk, next| {
            if fits(&chunk.source) {
                let fresh = Fresh::read(chunk, settings, lake.catalog())?;
                fresh.rows(chunk, &filters, &mut |hit| {
                    if hit.number >= next {
                        each(&Answer { source: &chunk.source, part: None, hit });
                    }
                    true
                })?;
            }
            Ok(())
        })?;
        self.parts(each)
    }

    /// Calls `each` with the chunks that are new, and the number of the line of their stream that comes next.
    fn chunks(&mut self, each: &mut EachChunk<'_>) -> Result<(), LakeError> {
        let files = wal::list(&**self.lake.disk())?;
        self.read.retain(|id, _| files.iter().any(|file| file.id == *id));
        for file in files {
            if !self.lake.catalog().settled.contains(&file.id.to_string()) {
                match self.chunks_of(file.id, each) {
                    // Settled meanwhile: the log knows it.
                    Err(LakeError::Wal(error)) if is_gone(&error) => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }

    fn chunks_of(&mut self, file: WalId, each: &mut EachChunk<'_>) -> Result<(), LakeError> {
        let Self { lake, read, next, .. } = self;
        let at = read.entry(file).or_default();
        let mut reader = WalReader::open_at(&**lake.disk(), file, *at)?;
        while let Some(chunk) = reader.next() {
            match chunk {
                Ok(chunk) => {
                    let next = next.entry(chunk.stream).or_default();
                    each(lake, &chunk, *next)?;
                    let lines = memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64;
                    let lines = lines + u64::from(!chunk.bytes.ends_with(b"\n"));
                    *next = (*next).max(chunk.line + lines);
                }
                // What is behind the damage comes next; `settle` tells of it.
                Err(WalError::Damaged { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            *at = reader.position();
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
        let mut seen = Vec::new();
        for part in self.lake.catalog().parts.values() {
            if new.contains(part.path.as_str()) {
                let read = self.rows(part, each);
                unless_retired(self.lake.disk(), &part.path, read)?;
                seen.extend(part.streams.iter().map(|one| (one.id.0, one.first_line + one.lines)));
            }
        }
        for (stream, line) in seen {
            let next = self.next.entry(stream).or_default();
            *next = (*next).max(line);
        }
        self.entries = self.lake.catalog().entries.len();
        Ok(())
    }

    /// The rows of a part that were not seen in a write-ahead file.
    fn rows(&self, part: &Part, each: &mut dyn FnMut(&Answer<'_>)) -> Result<(), LakeError> {
        let next = |stream: &[u8; 32]| self.next.get(stream).copied().unwrap_or_default();
        let is_new = |range: &StreamRange| range.first_line + range.lines > next(&range.id.0);
        if !part.streams.iter().any(is_new) || !self.query.concerns(part) {
            return Ok(());
        }
        let filters = self.query.conditions();
        let Some((scan, ranges)) = self.lake.scan(part, &filters)? else { return Ok(()) };
        scan.rows(&filters, ranges, self.query.with_values, &mut |hit: Hit<'_>| {
            if hit.number >= next(&hit.stream) {
                each(&Answer { source: &part.source, part: Some(&part.path), hit });
            }
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
    let Some((scan, ranges)) = lake.scan(part, &filters)? else { return Ok(()) };
    let times = scan.companion().times()?;
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
        scan.rows(&filters, vec![range], query.with_values, &mut |hit| {
            newest.offer(&Answer { source: &part.source, part: Some(&part.path), hit }, render);
            true
        })?;
    }
    Ok(())
}

fn is_gone(error: &WalError) -> bool {
    matches!(error, WalError::Disk(DiskError { trouble: Trouble::Missing, .. }))
}
