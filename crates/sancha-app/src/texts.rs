//! What the use cases themselves say.

use sancha_model::Text;

pub const FIRST_REPORT: Text = Text::new("app.clock.first", "首次报告", "first report");
pub const SUMMARY_REPORT: Text = Text::new("app.clock.summary", "处置总结报告", "summary report");

pub static ALL: &[&Text] = &[&FIRST_REPORT, &SUMMARY_REPORT];
