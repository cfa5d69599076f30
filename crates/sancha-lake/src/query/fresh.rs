//! Lines that were accepted and are not settled yet: read from the write-ahead log as they are.

use std::sync::Arc;

use datafusion::arrow::{array::RecordBatch, compute::cast};
use sancha_model::{Batch, EventTime, FormatId, Framing};
use sancha_normalize::{Head, Scratch, normalize};

use super::{Filter, Hit};
use crate::{
    Catalog, LakeError, Settings,
    part::{Lines, Rows, Templates, line_length, read_schema},
    wal::{Chunk, ChunkRef},
};

/// How the stream of a chunk is cut into lines.
pub(crate) fn framing(chunk: &ChunkRef<'_>, settings: &Settings<'_>, catalog: &Catalog) -> Framing {
    settings.formats.get(format_of(chunk, settings, catalog)).framing()
}

fn format_of(chunk: &ChunkRef<'_>, settings: &Settings<'_>, catalog: &Catalog) -> FormatId {
    let formats = settings.formats;
    let known = catalog.format_of(&chunk.stream).and_then(|name| formats.named(name));
    known.unwrap_or_else(|| formats.detect(&Head::of(chunk.bytes, chunk.source)))
}

/// The rows of a chunk as a part would have them.
pub(crate) struct Fresh {
    batch: RecordBatch,
}

impl Fresh {
    pub(crate) fn read(
        chunk: &Chunk,
        settings: &Settings<'_>,
        catalog: &Catalog,
    ) -> Result<Self, LakeError> {
        let formats = settings.formats;
        let format = format_of(&chunk.borrowed(), settings, catalog);
        let context = (settings.context)(&chunk.source, EventTime::from_nanos(chunk.reference));
        let mut batch = Batch::default();
        batch.raw.extend_from_slice(&chunk.bytes);
        (batch.first_offset, batch.first_line) = (chunk.offset, chunk.line);
        normalize(&mut batch, formats, format, &context, &mut Scratch::new(&context));
        let mut rows = Rows::new();
        let mut rest = chunk.bytes.as_slice();
        for event in batch.events() {
            let len = line_length(event.raw().len(), rest);
            let (line, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = after;
            rows.push(event, line, formats.get(format).name());
        }
        let broken = |error| LakeError::parquet("wal", parquet::errors::ParquetError::from(error));
        let plain = rows.finish().map_err(broken)?;
        let schema = read_schema();
        let columns = plain
            .columns()
            .iter()
            .zip(schema.fields())
            .map(|(column, field)| cast(column, field.data_type()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(broken)?;
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(broken)?;
        Ok(Self { batch })
    }

    pub(crate) fn into_batch(self) -> RecordBatch {
        self.batch
    }

    /// Calls `each` with the rows that all filters let through, until it says `false`.
    pub(crate) fn rows(
        &self,
        chunk: &Chunk,
        filters: &[Filter],
        each: &mut dyn FnMut(Hit<'_>) -> bool,
    ) -> Result<bool, LakeError> {
        let mut templates = Templates::default();
        let masks: Vec<_> =
            filters.iter().map(|filter| filter.rows(&self.batch, &mut templates)).collect();
        let mut lines = Lines::new(&self.batch, &mut templates);
        let mut line = Vec::new();
        for at in 0..self.batch.num_rows() {
            if masks.iter().any(|mask| !mask.value(at)) {
                continue;
            }
            let row = at as u64;
            line.clear();
            lines
                .write(at, &mut line)
                .ok_or_else(|| LakeError::Line { path: "wal".to_owned(), row })?;
            let number = chunk.line + row;
            let hit = Hit {
                batch: &self.batch,
                at,
                row,
                line: &line,
                stream: chunk.stream,
                number,
                has_values: true,
            };
            if !each(hit) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
