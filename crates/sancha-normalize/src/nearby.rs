//! The lines around one, for daemons that tell of one try twice, or of several by a number.
//!
//! Only what is rare looks around, and only within a batch: a record means the same on any number of threads.

use sancha_model::RowWriter;

/// How far a daemon's own lines may lie apart where other programs write to the same file.
const FAR: usize = 4;
/// The same for a log that several hosts write to.
pub(crate) const FAR_OF_HOST: usize = 32;
/// How long the trace of a program may be.
pub(crate) const FAR_OF_TRACE: usize = 160;

/// Whether one of the few lines before holds all of `parts`.
pub(crate) fn before_has(row: &RowWriter<'_>, parts: &[&[u8]]) -> bool {
    lines_before(row).take(FAR).any(|line| has_all(line, parts))
}

/// Whether one of the few lines after holds all of `parts`.
pub(crate) fn after_has(row: &RowWriter<'_>, parts: &[&[u8]]) -> bool {
    let lines = row.after().split(|byte| *byte == b'\n').skip(1);
    lines.take(FAR).any(|line| has_all(line, parts))
}

/// The nearest of so many lines before for which `fits` gives something.
pub(crate) fn nearest_before<'b, T>(
    row: &RowWriter<'b>,
    far: usize,
    fits: impl FnMut(&'b [u8]) -> Option<T>,
) -> Option<T> {
    lines_before(row).take(far).find_map(fits)
}

/// From the nearest one backwards.
fn lines_before<'b>(row: &RowWriter<'b>) -> impl Iterator<Item = &'b [u8]> {
    let before = row.before();
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    let lines = before.rsplit(|byte| *byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.is_empty())
}

fn has_all(line: &[u8], parts: &[&[u8]]) -> bool {
    parts.iter().all(|part| memchr::memmem::find(line, part).is_some())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, FieldId, Fields};

    use crate::{FileContext, Formats, Head, Scratch, normalize};

    /// Action, account, address and number of repeats of the records, from lines of one file.
    #[track_caller]
    fn check(lines: &[&str], want: &[&str]) {
        let formats = Formats::new(Vec::new());
        let bytes = lines.join("\n").into_bytes();
        let format = formats.detect(&Head::of(&bytes, "x.log"));
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let mut batch = Batch::default();
        batch.raw = bytes;
        normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
        let fields =
            [FieldId::EVENT_ACTION, FieldId::USER_NAME, FieldId::SOURCE_IP, FieldId::REPEATED];
        let told = batch.events().map(|event| {
            let text = |field| String::from_utf8_lossy(event.field_text(field)).into_owned();
            fields.map(text).join(" ").trim_end().to_owned()
        });
        assert_eq!(told.collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_repeat_says_what_the_line_before_it_says() {
        check(
            &[
                "Nov 20 10:00:00 web01 sshd[9]: Failed password for root from 203.0.113.77 port 4022 ssh2",
                "Nov 20 10:00:01 web02 sshd[9]: Accepted publickey for an from 198.51.100.7 port 4022 ssh2",
                "Nov 20 10:00:30 web01 last message repeated 9 times",
                "Nov 20 10:00:31 web03 last message repeated 2 times",
            ],
            &[
                "login root 203.0.113.77",
                "login an 198.51.100.7",
                "login root 203.0.113.77 9",
                "repeated   2",
            ],
        );
    }

    #[test]
    fn two_lines_of_one_try_count_once() {
        let asa = |time: &str, text: &str| format!("Nov 20 10:00:{time} asa {text}");
        let rejected = "%ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = admin : user IP = 203.0.113.77";
        let denied = "%ASA-6-605004: Login denied from 203.0.113.77/46716 to outside:10.0.0.2/ssh for user \"admin\"";
        let other = denied.replace("203.0.113.77", "203.0.113.78");
        let lines = [asa("00", rejected), asa("00", denied), asa("05", &other)];
        let lines = lines.each_ref().map(String::as_str);
        check(
            &lines,
            &[
                "login admin 203.0.113.77",
                "authenticate admin 203.0.113.77",
                "login admin 203.0.113.78",
            ],
        );
        check(
            &[
                "Nov 20 09:00:05 mx sshd[811]: Failed password for admin from 203.0.113.77 port 50123 ssh2",
                "Nov 20 09:00:05 mx sshd[811]: SSHD_LOGIN_FAILED: Login failed for user 'admin' from host '203.0.113.77'",
            ],
            &["login admin 203.0.113.77", "authenticate admin 203.0.113.77"],
        );
    }

    #[test]
    fn what_a_later_line_counts_is_not_counted_before() {
        check(
            &[
                "Nov 20 10:00:00 bsd sshd[2]: error: PAM: Authentication error for illegal user admin from 203.0.113.77",
                "Nov 20 10:00:00 bsd sshd[2]: Failed keyboard-interactive/pam for invalid user admin from 203.0.113.77 port 58361 ssh2",
                "Nov 20 10:00:05 bsd sshd[3]: error: PAM: Authentication error for root from 203.0.113.77",
                "Nov 20 10:00:07 bsd sshd[4]: ROOT LOGIN REFUSED FROM 203.0.113.77 port 6000",
                "Nov 20 10:00:07 bsd sshd[4]: Failed password for root from 203.0.113.77 port 6000 ssh2",
            ],
            &[
                "preauth admin 203.0.113.77",
                "login admin 203.0.113.77",
                "login root 203.0.113.77",
                "preauth root 203.0.113.77",
                "login root 203.0.113.77",
            ],
        );
    }
}
