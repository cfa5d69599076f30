use sancha_model::{EventClass, FieldId, RowWriter};

use super::user;
use crate::scan;

/// `(root) CMD (run-parts /etc/cron.hourly)`, `(admin) REPLACE (admin)`, `(root) RELOAD (crontabs/root)`.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    row.class(EventClass::Schedule);
    row.constant(FieldId::EVENT_CATEGORY, "process");
    let (name, rest) = scan::split_once(message.strip_prefix(b"(")?, b") ")?;
    let (verb, what) = scan::split_once(rest, b" (")?;
    let what = what.strip_suffix(b")").unwrap_or(what);
    user(row, FieldId::USER_NAME, name);
    match verb {
        b"CMD" | b"CMDOUT" | b"CMDEND" => {
            row.constant(FieldId::EVENT_ACTION, if verb == b"CMD" { "run" } else { "output" });
            row.text(FieldId::PROCESS_COMMAND_LINE, what);
        }
        b"REPLACE" | b"DELETE" => {
            row.constant(FieldId::EVENT_ACTION, "crontab_change");
            user(row, FieldId::USER_TARGET_NAME, what);
        }
        _ => row.text(FieldId::EVENT_ACTION, verb),
    }
    Some(())
}
