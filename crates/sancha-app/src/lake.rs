//! A lake: take logs in, find lines again, prove that nothing was altered.

mod compact;
mod config;
mod ingest;
mod retention;
mod rows;
mod saved;
mod sheet;
mod signed;
#[cfg(test)]
mod text_files;
mod texts;
mod trust;
mod verdicts;

use std::sync::Arc;

use jiff::tz::TimeZone;
use sancha_lake::{Settings, part::Layout};
use sancha_model::{EventTime, Fields};
use sancha_normalize::{FileContext, Formats, TrustedProxies};

pub use compact::{render_compacted, render_jobs};
pub use config::{ConfigProblem, LakeConfig};
pub use ingest::{IngestInput, Ingested, Oddity, TakenIn, ingest};
pub use retention::{
    LakeForecast, POLICY_FILE, PolicyFault, RetentionProofs, forecast, idle_policies,
    parse_policies, read_proofs, refused_text, render_forecast, render_hold, render_outcome,
    render_plan, render_retention, render_silence, render_waiver, retention_proofs, term_text,
    unfounded_policies,
};
pub use rows::{
    push_json_row, push_row, write_csv_head, write_csv_row, write_json_row, write_table_row,
};
pub use saved::{SAVED_SEARCHES, SavedFault, SavedSearch, save_search, saved_searches};
pub use sheet::{checkpoint_sheet, secret_page, secret_sheet};
pub use signed::{SignedStatement, StatementError, StatementKind};
pub use texts::{altered_text, lake_text, pack_text, query_text, sql_text, wal_text};
pub use trust::{anchor_error_text, anchor_text, render_trust};
pub use verdicts::{log_fault_text, render_log_verdict, render_verdicts};

/// How lines of a lake are read: formats and zones.
pub struct LakeReading {
    pub formats: Formats,
    pub zone: TimeZone,
    /// Somebody configured `zone`.
    pub zone_is_stated: bool,
    pub trusted_proxies: TrustedProxies,
    pub layout: Layout,
    fields: Arc<Fields>,
}

impl LakeReading {
    pub fn new(formats: Formats, zone: TimeZone, zone_is_stated: bool) -> Self {
        let fields = Arc::new(Fields::new([]));
        let (trusted_proxies, layout) = Default::default();
        Self { formats, zone, zone_is_stated, trusted_proxies, layout, fields }
    }

    /// What is known of a source besides its bytes.
    pub fn context(&self, _source: &str, reference: EventTime) -> FileContext {
        let mut context = FileContext::new(self.zone.clone(), reference, Arc::clone(&self.fields));
        context.zone_assumed = !self.zone_is_stated;
        context.trusted_proxies = self.trusted_proxies.clone();
        context
    }

    /// Calls `with` with these as a lake takes them.
    pub fn settings<T>(&self, with: impl FnOnce(&Settings<'_>) -> T) -> T {
        let context = |source: &str, reference| self.context(source, reference);
        with(&Settings { formats: &self.formats, context: &context, layout: self.layout })
    }
}
