use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sancha_model::Lang;

use crate::{output, texts};

/// A bar over the bytes read; silent when asked for, or when nobody is at a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// `known`: bytes in all, where that is known; else it only counts.
    pub(crate) fn new(known: Option<u64>, quiet: bool, lang: Lang) -> Self {
        let target = if quiet || !output::stderr_is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
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
