use std::sync::Arc;

use sancha_detect::{BatchResult, Engine, EngineScratch};
use sancha_model::{Batch, FormatId, ParseNoteKind, RecordId};
use sancha_normalize::{FileContext, Formats, Scratch, normalize};

use super::ChunkKind;

/// A batch on its way to a worker.
pub(super) struct Job {
    pub(super) batch: Box<Batch>,
    pub(super) format: FormatId,
    pub(super) context: Arc<FileContext>,
    pub(super) kind: ChunkKind,
}

/// Normalizes and evaluates; keeps buffers from job to job.
pub(super) struct Worker<'a> {
    engine: &'a Engine,
    formats: &'a Formats,
    scratch: EngineScratch,
    /// Where batches are understood: buffers that stay in the caches of one core.
    rows: Batch,
    /// Of the file worked on last.
    file: Option<(Arc<FileContext>, Scratch)>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(engine: &'a Engine, formats: &'a Formats) -> Self {
        let (scratch, rows) = (EngineScratch::default(), Batch::default());
        Self { engine, formats, scratch, rows, file: None }
    }

    pub(super) fn work(
        &mut self,
        job: Job,
        mut result: Box<BatchResult>,
    ) -> (Box<Batch>, Box<BatchResult>) {
        let Job { mut batch, format, context, kind } = job;
        batch.swap_rows(&mut self.rows);
        match kind {
            ChunkKind::Records => {
                let formats = self.formats;
                let scratch = self.scratch_for(&context);
                normalize(&mut batch, formats, format, &context, scratch);
            }
            ChunkKind::TooLong => rejected(&mut batch, format, ParseNoteKind::TooLong),
            ChunkKind::Cut => rejected(&mut batch, format, ParseNoteKind::Truncated),
        }
        self.engine.evaluate(&batch, &mut self.scratch, &mut result);
        batch.swap_rows(&mut self.rows);
        self.rows.clear_rows();
        (batch, result)
    }

    fn scratch_for(&mut self, context: &Arc<FileContext>) -> &mut Scratch {
        let fits = self.file.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, context));
        if !fits {
            self.file = None;
        }
        let fresh = || (Arc::clone(context), Scratch::new(context));
        &mut self.file.get_or_insert_with(fresh).1
    }
}

/// A record that is only kept as evidence.
fn rejected(batch: &mut Batch, format: FormatId, note: ParseNoteKind) {
    let id = RecordId { file: batch.file, offset: batch.first_offset };
    let (line, end) = (batch.first_line, batch.raw.len());
    batch.push_row(0..end, id, line, format, |row| row.note(note, &[]));
}
