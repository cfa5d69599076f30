//! The lake as a table for SQL: the same parts, companions and conditions as the search box.

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringBuilder, StringViewArray},
        compute::{cast, filter_record_batch},
        datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    },
    catalog::{Session, TableProvider},
    common::Result,
    datasource::TableType,
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::{
        ExecutionPlan,
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};
use sancha_normalize::readable;
use sancha_seal::Part;

use super::{Filter, Scan, pushdown};
use crate::{
    LakeError,
    columns::{self, COLUMNS},
    damages::Damages,
    disk::Disk,
    gone::{look_again, unless_retired},
    part::{Companion, Lines, Templates, line_columns, read_schema},
    rollup::{By, ROWS},
};

pub(super) const SOURCE: &str = "source";
const LINE: &str = "line";

/// Parts of a lake, and rows that are not settled yet.
#[derive(Clone)]
pub(crate) struct Table {
    disk: Arc<dyn Disk>,
    parts: Vec<Part>,
    fresh: Vec<(String, RecordBatch, Vec<u64>)>,
    schema: SchemaRef,
    counted: Option<By>,
    /// An hour begins when one of UTC does.
    has_whole_hours: bool,
    damages: Damages,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lake of {} parts", self.parts.len())
    }
}

/// Time, source and line, the kind of record, its fields, the line itself.
pub(crate) fn schema(zone_minutes: i32) -> SchemaRef {
    let read = read_schema();
    let of = |name: &str| read.field_with_name(name).ok().cloned();
    let zone = DataType::Timestamp(TimeUnit::Millisecond, Some(zone_name(zone_minutes).into()));
    let mut fields = vec![Some(Field::new(columns::TIME, zone, true))];
    fields.push(Some(Field::new(SOURCE, DataType::Utf8View, false)));
    fields.push(Some(Field::new(LINE, DataType::Int64, false)));
    fields.extend([columns::CLASS, columns::FORMAT].map(of));
    for column in COLUMNS {
        fields.push(of(column.name));
        if column.kind == sancha_normalize::template::Kind::Address {
            fields.push(of(columns::six(column.name)));
        }
    }
    fields.push(Some(Field::new(columns::RAW, DataType::Utf8, true)));
    Arc::new(Schema::new(fields.into_iter().flatten().collect::<Vec<_>>()))
}

/// `+08:00`.
fn zone_name(minutes: i32) -> String {
    match minutes {
        0 => "UTC".to_owned(),
        _ => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    }
}

impl Table {
    /// `fresh`: source, columns as a part has them, and line numbers. Times are in a zone so far ahead of UTC.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        parts: Vec<Part>,
        fresh: Vec<(String, RecordBatch, Vec<u64>)>,
        zone_minutes: i32,
    ) -> Self {
        let (schema, has_whole_hours) = (schema(zone_minutes), zone_minutes % 60 == 0);
        let damages = Damages::default();
        Self { disk, parts, fresh, schema, counted: None, has_whole_hours, damages }
    }

    /// Companions that are damaged are noted there.
    pub(crate) fn noting(self, damages: Damages) -> Self {
        Self { damages, ..self }
    }

    pub(super) fn has_whole_hours(&self) -> bool {
        self.has_whole_hours
    }

    /// The same rows, of which many may stand in one: a further column, [`ROWS`], says how many. They are told
    /// apart by what `by` tells apart; other columns must not be asked for.
    pub(super) fn counted(&self, by: By) -> Self {
        let fields = self.schema.fields().iter().cloned();
        let rows = Arc::new(Field::new(ROWS, DataType::Int64, true));
        let schema = Schema::new(fields.chain([rows]).collect::<Vec<_>>());
        Self { schema: Arc::new(schema), counted: Some(by), ..self.clone() }
    }

    pub(super) fn is_counted(&self) -> bool {
        self.counted.is_some()
    }
}

#[async_trait::async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let understood = |filter: &&Expr| match pushdown::filter(filter) {
            Some(_) if pushdown::is_exact(filter) => TableProviderFilterPushDown::Exact,
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(understood).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(places) => Arc::new(self.schema.project(places)?),
            None => Arc::clone(&self.schema),
        };
        let filters: Arc<[Filter]> = filters.iter().filter_map(pushdown::filter).collect();
        let count = state.config().target_partitions().clamp(1, self.parts.len().max(1));
        let piece = |number: usize| {
            let parts = self.parts.iter().skip(number).step_by(count).cloned().collect();
            let fresh = if number == 0 { self.fresh.clone() } else { Vec::new() };
            let (disk, schema, filters) =
                (Arc::clone(&self.disk), Arc::clone(&schema), Arc::clone(&filters));
            let (counted, damages) = (self.counted, self.damages.clone());
            Arc::new(Piece { disk, parts, fresh, schema, filters, counted, damages })
                as Arc<dyn PartitionStream>
        };
        let pieces = (0..count).map(piece).collect();
        let plan = StreamingTableExec::try_new(schema, pieces, None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Some of the parts, read one after the other.
struct Piece {
    disk: Arc<dyn Disk>,
    parts: Vec<Part>,
    fresh: Vec<(String, RecordBatch, Vec<u64>)>,
    schema: SchemaRef,
    filters: Arc<[Filter]>,
    counted: Option<By>,
    damages: Damages,
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parts", self.parts.len())
    }
}

impl PartitionStream for Piece {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (disk, schema) = (Arc::clone(&self.disk), Arc::clone(&self.schema));
        let filters = Arc::clone(&self.filters);
        let (for_fresh, fresh) = (Arc::clone(&schema), self.fresh.clone());
        let of_fresh = Arc::clone(&self.filters);
        let fresh = fresh.into_iter().map(move |(source, batch, numbers)| {
            let mut templates = Templates::default();
            let (batch, numbers) = passing(batch, numbers, &of_fresh, &for_fresh, &mut templates)?;
            output(&batch, &for_fresh, &source, &numbers, &mut templates)
        });
        let (for_parts, parts, by) = (Arc::clone(&schema), self.parts.clone(), self.counted);
        let damages = self.damages.clone();
        let settled = parts.into_iter().flat_map(move |part| {
            let read = || batches(&disk, &part, &filters, &for_parts, &damages);
            let opened = match by.map(|by| counts(&disk, &part, &filters, &for_parts, by)) {
                None | Some(Ok(None)) => read(),
                Some(Ok(Some(counts))) => Ok(counts),
                Some(Err(error)) => match look_again(&disk, &part.path, error) {
                    error if error.is_damage() => {
                        read().inspect(|_| damages.note(&part.path, error))
                    }
                    error => Err(error),
                },
            };
            match unless_retired(&disk, &part.path, opened) {
                Ok(Some(batches)) => batches,
                Ok(None) => Box::new(std::iter::empty()),
                Err(error) => Box::new(std::iter::once(Err(outer(error)))),
            }
        });
        let stream = futures::stream::iter(settled.chain(fresh));
        Box::pin(RecordBatchStreamAdapter::new(schema, stream))
    }
}

fn outer(error: LakeError) -> DataFusionError {
    DataFusionError::External(Box::new(Arc::new(error)))
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// The rows of a part as its companion counts them. `None`: they are not counted so, or a time that is asked for
/// begins or ends among them.
fn counts(
    disk: &Arc<dyn Disk>,
    part: &Part,
    filters: &Arc<[Filter]>,
    schema: &SchemaRef,
    by: By,
) -> std::result::Result<Option<Batches>, LakeError> {
    let companion = match Companion::of(disk, part) {
        // Noted where the rows are asked.
        Err(error) if error.is_of_lost_key() => return Ok(None),
        companion => companion?,
    };
    if let Some(span) = companion.span()?
        && !filters.iter().all(|filter| pushdown::takes_all(filter, span))
    {
        return Ok(None);
    }
    let Some(batch) = companion.counts(by)? else { return Ok(None) };
    let mut templates = Templates::default();
    let counted = passing(batch, Vec::new(), filters, schema, &mut templates)
        .and_then(|(batch, none)| output(&batch, schema, &part.source, &none, &mut templates));
    Ok(Some(Box::new(std::iter::once(counted))))
}

/// The rows of a part that the filters let through, in the columns of `schema`.
fn batches(
    disk: &Arc<dyn Disk>,
    part: &Part,
    filters: &Arc<[Filter]>,
    schema: &SchemaRef,
    damages: &Damages,
) -> std::result::Result<Batches, LakeError> {
    let opened = Scan::open_anyway(filters, disk, part, damages);
    let opened = damages.unless_keyless(&part.path, opened)?;
    let Some((scan, ranges)) = opened.flatten() else { return Ok(Box::new(std::iter::empty())) };
    let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    if names.contains(&columns::RAW) {
        names.extend(line_columns());
    }
    let mut wanted = Vec::new();
    filters.iter().for_each(|filter| filter.columns(&mut wanted));
    names.extend(wanted);
    if !names.iter().any(|name| read_schema().field_with_name(name).is_ok()) {
        // Rows are counted by some column.
        names.push(columns::TIME);
    }
    let reader = scan.columns().reader(&names, &ranges)?;
    let wants_numbers = schema.field_with_name(LINE).is_ok();
    let numbers = if wants_numbers { scan.numbers(&ranges) } else { Vec::new() };
    let (filters, schema) = (Arc::clone(filters), Arc::clone(schema));
    let source = part.source.clone();
    let mut templates = Templates::default();
    let mut numbers = numbers.into_iter();
    let (disk, path) = (Arc::clone(disk), part.path.clone());
    // Nothing follows an error, so a part that goes while it is read has come to its end.
    let kept = reader.filter_map(move |batch| unless_retired(&disk, &path, batch).transpose());
    Ok(Box::new(kept.map(move |batch| {
        let batch = batch.map_err(outer)?;
        let here: Vec<u64> = numbers.by_ref().take(batch.num_rows()).collect();
        let (batch, here) = passing(batch, here, &filters, &schema, &mut templates)?;
        output(&batch, &schema, &source, &here, &mut templates)
    })))
}

/// The rows that all filters let through, with their line numbers where there are any. Columns that only the
/// filters look at go.
fn passing(
    batch: RecordBatch,
    numbers: Vec<u64>,
    filters: &[Filter],
    schema: &Schema,
    templates: &mut Templates,
) -> Result<(RecordBatch, Vec<u64>)> {
    let mut masks = filters.iter().map(|filter| filter.rows(&batch, templates));
    let Some(first) = masks.next() else { return Ok((batch, numbers)) };
    let mask = masks.fold(first, |all, one| &all & &one);
    if mask.count_set_bits() == batch.num_rows() {
        return Ok((batch, numbers));
    }
    let kept = numbers.iter().zip(mask.iter()).filter(|(_, keep)| *keep).map(|(line, _)| *line);
    let kept = kept.collect();
    let is_wanted = |name: &str| schema.column_with_name(name).is_some();
    let columns = batch.schema_ref().fields().iter().enumerate();
    let wanted: Vec<_> = columns
        .filter(|(_, field)| is_wanted(columns::RAW) || is_wanted(field.name()))
        .map(|(place, _)| place)
        .collect();
    Ok((filter_record_batch(&batch.project(&wanted)?, &mask.into())?, kept))
}

/// A batch as the table has it.
fn output(
    batch: &RecordBatch,
    schema: &SchemaRef,
    source: &str,
    numbers: &[u64],
    templates: &mut Templates,
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let mut made: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        made.push(match field.name().as_str() {
            SOURCE => {
                Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(source, rows)))
            }
            LINE => {
                let number = |line: &u64| i64::try_from(*line).unwrap_or(i64::MAX);
                Arc::new(Int64Array::from_iter_values(numbers.iter().map(number)))
            }
            columns::RAW => raw(batch, source, templates)?,
            ROWS if batch.column_by_name(ROWS).is_none() => {
                Arc::new(Int64Array::from_value(1, rows))
            }
            name => match batch.column_by_name(name) {
                Some(column) => cast(column, field.data_type())?,
                None => datafusion::arrow::array::new_null_array(field.data_type(), rows),
            },
        });
    }
    let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), made, &options)?)
}

/// The lines without their ends.
fn raw(batch: &RecordBatch, source: &str, templates: &mut Templates) -> Result<ArrayRef> {
    let mut lines = Lines::new(batch, templates);
    let mut line = Vec::new();
    let mut texts = StringBuilder::new();
    for row in 0..batch.num_rows() {
        line.clear();
        lines
            .write(row, &mut line)
            .ok_or_else(|| outer(LakeError::Line { path: source.to_owned(), row: row as u64 }))?;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        texts.append_value(readable(text));
    }
    Ok(Arc::new(texts.finish()))
}
