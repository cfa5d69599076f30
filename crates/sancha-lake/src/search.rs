//! Questions to a lake: its parts in order of day, source and arrival, then what is not settled yet.

use std::sync::Arc;

use datafusion::{arrow::array::RecordBatch, error::DataFusionError};
use futures::StreamExt as _;
use sancha_model::{EventTime, Framing};
use sancha_normalize::Formats;
use sancha_seal::{Part, StreamRange};

use crate::{
    Lake, LakeError, Settings,
    gone::unless_retired,
    part::{Companion, DiskAt},
    query::{
        Filter, Fresh, Glob, Hit, Opened, Scan, SqlError, SqlOptions, Table, TimeRange, run_sql,
        shown,
    },
};

/// A question to a lake.
#[derive(Clone, Debug)]
pub struct Query {
    /// Of which sources; nothing: of all.
    pub source: Option<Glob>,
    pub time: TimeRange,
    /// Conditions that all must hold.
    pub filters: Vec<Filter>,
    pub with_values: WithValues,
}

/// Which answers must have the values of their fields; of others [`Hit::values`] may lack some. What lines need not have
/// is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithValues {
    All,
    /// Records of a fixed size, such as those of `btmp`, whose bytes say nothing to people.
    Records,
    None,
}

impl WithValues {
    fn of(self, part: &Part, formats: &Formats) -> bool {
        let has_records = |range: &StreamRange| {
            let format = formats.named(&range.format);
            format.is_some_and(|format| matches!(formats.get(format).framing(), Framing::Fixed(_)))
        };
        match self {
            Self::All => true,
            Self::Records => part.streams.iter().any(has_records),
            Self::None => false,
        }
    }
}

/// The name of a source as a lake has it: a path without what it begins with, `/` or `./`. Whoever names a
/// source may write the path as it is.
pub fn source_name(text: &str) -> &str {
    text.trim_start_matches("./").trim_start_matches('/')
}

/// A row that answers, and where it stands.
pub struct Answer<'a> {
    pub source: &'a str,
    /// Path of its part; nothing for one that is not settled.
    pub part: Option<&'a str>,
    pub hit: Hit<'a>,
}

/// Why a SQL query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlLakeError {
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The engine hands the same failure to several of its streams.
    #[error(transparent)]
    Lake(Arc<LakeError>),
}

impl From<LakeError> for SqlLakeError {
    fn from(error: LakeError) -> Self {
        Self::Lake(Arc::new(error))
    }
}

impl From<DataFusionError> for SqlLakeError {
    /// The lake's own failure, where the engine only passes it on.
    fn from(error: DataFusionError) -> Self {
        let own = match error.find_root() {
            DataFusionError::External(inner) => inner.downcast_ref::<Arc<LakeError>>().cloned(),
            _ => None,
        };
        own.map_or_else(|| Self::Sql(error.into()), Self::Lake)
    }
}

/// Looks at a part and adds its answers; whether more is wanted. `None`: its companion says that nothing can be
/// there.
type AskPart<'a> = dyn FnMut(&Part, &mut u64) -> Result<Option<bool>, LakeError> + 'a;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    pub parts: u64,
    /// Parts whose companion or times said that nothing can be there.
    pub skipped: u64,
    pub answers: u64,
}

impl Query {
    /// Whether a part can hold answers, by what the log says of it.
    pub(crate) fn concerns(&self, part: &Part) -> bool {
        let source = self.source.as_ref();
        let times = part.first.zip(part.last).map(|(first, last)| {
            self.time.touches(EventTime::from_nanos(first), EventTime::from_nanos(last))
        });
        source.is_none_or(|glob| glob.fits(part.source.as_bytes()))
            && times.unwrap_or(self.time.is_everything())
    }

    /// All conditions on rows.
    pub(crate) fn conditions(&self) -> Vec<Filter> {
        let mut filters = self.filters.clone();
        if !self.time.is_everything() {
            filters.insert(0, Filter::Time(self.time));
        }
        filters
    }
}

impl Lake {
    /// Calls `each` with every row that answers, until it says `false`. Companions that are damaged are done without,
    /// and are in [`Lake::damages`] then; so are parts that cannot be read, for the key of their month is not there.
    ///
    /// # Errors
    /// When another file is missing or damaged.
    pub fn search(
        &self,
        query: &Query,
        settings: &Settings<'_>,
        each: &mut dyn FnMut(Answer<'_>) -> bool,
    ) -> Result<Looked, LakeError> {
        let mut looked = Looked::default();
        if self.search_settled(query, settings, each, &mut looked)? {
            self.search_fresh(query, &query.conditions(), settings, each, &mut looked)?;
        }
        Ok(looked)
    }

    /// How many rows answer: as [`Lake::search`], without their lines.
    ///
    /// # Errors
    /// When another file is missing or damaged.
    pub fn count(&self, query: &Query, settings: &Settings<'_>) -> Result<Looked, LakeError> {
        let filters = query.conditions();
        let mut looked = Looked::default();
        self.ask_parts(query, &mut looked, &mut |part, answers| {
            let Some((scan, ranges)) = self.scan_anyway(part, &filters)? else { return Ok(None) };
            *answers += scan.count(&filters, ranges)?;
            Ok(Some(true))
        })?;
        self.search_fresh(query, &filters, settings, &mut |_| true, &mut looked)?;
        Ok(looked)
    }

    /// Rows of parts; whether more is wanted.
    pub(crate) fn search_settled(
        &self,
        query: &Query,
        settings: &Settings<'_>,
        each: &mut dyn FnMut(Answer<'_>) -> bool,
        looked: &mut Looked,
    ) -> Result<bool, LakeError> {
        let filters = query.conditions();
        self.ask_parts(query, looked, &mut |part, answers| {
            let Some((scan, ranges)) = self.scan_anyway(part, &filters)? else { return Ok(None) };
            let mut tell = |hit: Hit<'_>| {
                *answers += 1;
                each(Answer { source: &part.source, part: Some(&part.path), hit })
            };
            let with_values = query.with_values.of(part, settings.formats);
            scan.rows(&filters, ranges, with_values, &mut tell).map(Some)
        })
    }

    /// Asks the parts that can hold answers one after the other, until `ask` says that no more is wanted; whether
    /// more is.
    fn ask_parts(
        &self,
        query: &Query,
        looked: &mut Looked,
        ask: &mut AskPart<'_>,
    ) -> Result<bool, LakeError> {
        for part in self.catalog().parts.values() {
            looked.parts += 1;
            if !query.concerns(part) {
                looked.skipped += 1;
                continue;
            }
            let read = ask(part, &mut looked.answers);
            let Some(read) = self.noted().unless_keyless(&part.path, read).transpose() else {
                continue;
            };
            match unless_retired(self.disk(), &part.path, read)? {
                None => looked.parts -= 1,
                Some(None) => looked.skipped += 1,
                Some(Some(true)) => {}
                Some(Some(false)) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Answers a SQL query: `each` gets the result batch by batch, addresses as text, times in the zone asked for; of
    /// a result without rows one batch that has the columns.
    ///
    /// # Errors
    /// When the query cannot be answered, or a file is missing or damaged.
    pub fn sql(
        &self,
        sql: &str,
        settings: &Settings<'_>,
        options: SqlOptions,
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), SqlError>,
    ) -> Result<(), SqlLakeError> {
        let mut fresh = Vec::new();
        self.waiting_chunks(settings, &mut |chunk| {
            let batch = Fresh::read(&chunk, settings, self.catalog())?.into_batch();
            let numbers = (chunk.line..).take(batch.num_rows()).collect();
            fresh.push((chunk.source, batch, numbers));
            Ok(true)
        })?;
        let parts = self.catalog().parts.values().cloned().collect();
        let SqlOptions { threads, zone_minutes } = options;
        let table = Table::new(Arc::clone(self.disk()), parts, fresh, zone_minutes)
            .noting(self.noted().clone());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .build()
            .map_err(|error| LakeError::read("threads", error))?;
        runtime.block_on(async {
            let mut answering = run_sql(table, sql, threads).await?;
            let mut is_empty = true;
            while let Some(batch) = answering.stream.next().await {
                each(&shown(&batch?, &answering.addresses)?)?;
                is_empty = false;
            }
            if is_empty {
                let none = RecordBatch::new_empty(answering.stream.schema());
                each(&shown(&none, &answering.addresses)?)?;
            }
            Ok(())
        })
    }

    pub(crate) fn scan(
        &self,
        part: &Part,
        filters: &[Filter],
    ) -> Result<Option<Opened>, LakeError> {
        Scan::open(filters, Companion::of(self.disk(), part)?, || {
            Ok((DiskAt::open(self.disk(), &part.path)?, part.path.clone()))
        })
    }

    /// As [`Lake::scan`]; a companion that is damaged is noted and done without.
    pub(crate) fn scan_anyway(
        &self,
        part: &Part,
        filters: &[Filter],
    ) -> Result<Option<Opened>, LakeError> {
        Scan::open_anyway(filters, self.disk(), part, self.noted())
    }

    pub(crate) fn search_fresh(
        &self,
        query: &Query,
        filters: &[Filter],
        settings: &Settings<'_>,
        each: &mut dyn FnMut(Answer<'_>) -> bool,
        looked: &mut Looked,
    ) -> Result<(), LakeError> {
        self.waiting_chunks(settings, &mut |chunk| {
            if query.source.as_ref().is_some_and(|glob| !glob.fits(chunk.source.as_bytes())) {
                return Ok(true);
            }
            let mut tell = |hit: Hit<'_>| {
                looked.answers += 1;
                each(Answer { source: &chunk.source, part: None, hit })
            };
            Fresh::read(&chunk, settings, self.catalog())?.rows(&chunk, filters, &mut tell)
        })
    }
}
