//! Every log format we read. To add one: a file in `formats/`, a line in [`ALL`], samples in
//! `tests/fixtures/`.

mod access;
mod syslog;
mod text;

pub use access::Access;
pub use syslog::Syslog;
pub use text::PlainText;

use crate::Format;

/// In the order in which equally good fits are taken; plain text fits everything a little.
pub static ALL: &[&dyn Format] = &[&access::COMBINED, &access::COMMON, &syslog::SYSLOG, &PlainText];
