use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sancha_ingest::files::Source;
use sancha_model::Lang;

use crate::{output, texts};

/// A bar over the bytes read; silent when asked for, or when nobody is at a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(sources: &[Source], quiet: bool, lang: Lang) -> Self {
        let target = if quiet || !output::stderr_is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        // Compressed members expand by an unknown factor; the bar then only counts.
        let known: Option<u64> = sources.iter().map(|s| s.declared_bytes.or(s.size_on_disk)).sum();
        let bar = ProgressBar::with_draw_target(known, target);
        let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()),
        );
        bar.set_message(texts::READING.get(lang));
        Self(bar)
    }

    pub(crate) fn at(&self, bytes: u64) {
        if self.0.length().is_some_and(|length| length < bytes) {
            self.0.set_length(bytes);
        }
        self.0.set_position(bytes);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
