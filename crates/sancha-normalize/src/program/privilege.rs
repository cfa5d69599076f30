use sancha_model::{EventClass, FieldId, RowWriter};

use super::user;
use crate::scan;

fn privilege(row: &mut RowWriter<'_>, action: &'static str, outcome: &'static str) {
    row.class(EventClass::Privilege);
    row.constant(FieldId::EVENT_CATEGORY, "process");
    row.constant(FieldId::EVENT_ACTION, action);
    row.constant(FieldId::EVENT_OUTCOME, outcome);
}

/// `  admin : TTY=pts/0 ; PWD=/home/admin ; USER=root ; COMMAND=/bin/ls`; a refusal stands before
/// `TTY=`: `3 incorrect password attempts`, `user NOT in sudoers`, `command not allowed`.
pub(super) fn sudo(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let (name, mut rest) = scan::split_once(message.trim_ascii_start(), b" : ")?;
    // A line that is too long goes on in the next: the first one has told what happened.
    if let Some(more) = rest.strip_prefix(b"(command continued) ") {
        row.class(EventClass::Privilege);
        user(row, FieldId::USER_NAME, name.trim_ascii());
        row.text(FieldId::PROCESS_COMMAND_LINE, more);
        return Some(());
    }
    let first = scan::split_once(rest, b" ; ").map_or(rest, |(first, _)| first);
    let refused = !first.contains(&b'=');
    privilege(row, "sudo", if refused { "failure" } else { "success" });
    if refused {
        row.text(FieldId::EVENT_REASON, first);
    }
    user(row, FieldId::USER_NAME, name.trim_ascii());
    loop {
        // The command comes last and may hold ` ; ` itself.
        if let Some(command) = rest.strip_prefix(b"COMMAND=") {
            row.text(FieldId::PROCESS_COMMAND_LINE, command);
            row.text(FieldId::PROCESS_EXECUTABLE, scan::word(command).0);
            return Some(());
        }
        let (part, after) = scan::split_once(rest, b" ; ").unwrap_or((rest, b""));
        match scan::until(part, b'=') {
            Some((b"TTY", tty)) => row.text(FieldId::PROCESS_TTY, tty),
            Some((b"PWD", folder)) => row.text(FieldId::PROCESS_WORKING_DIRECTORY, folder),
            Some((b"USER", name)) => row.text(FieldId::USER_EFFECTIVE_NAME, name),
            _ => (),
        }
        if after.is_empty() {
            return Some(());
        }
        rest = after;
    }
}

/// shadow's `Successful su for root by admin` and `FAILED su for root by admin`; util-linux'
/// `(to root) admin on pts/0` and `FAILED SU (to root) admin on pts/0`.
pub(super) fn su(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let shadow = |open: &[u8]| scan::split_once(message.strip_prefix(open)?, b" by ");
    if let Some((to, by)) = shadow(b"Successful su for ") {
        became(row, "success", to, by);
    } else if let Some((to, by)) = shadow(b"FAILED su for ") {
        became(row, "failure", to, by);
    } else {
        let failed = message.strip_prefix(b"FAILED SU ");
        let rest = failed.unwrap_or(message).strip_prefix(b"(to ")?;
        let (to, rest) = scan::split_once(rest, b") ")?;
        let (by, tty) = scan::rsplit_once(rest, b" on ")?;
        became(row, if failed.is_some() { "failure" } else { "success" }, to, by);
        user(row, FieldId::PROCESS_TTY, tty);
    }
    Some(())
}

fn became(row: &mut RowWriter<'_>, outcome: &'static str, to: &[u8], by: &[u8]) {
    privilege(row, "su", outcome);
    user(row, FieldId::USER_NAME, by);
    user(row, FieldId::USER_EFFECTIVE_NAME, to);
}
