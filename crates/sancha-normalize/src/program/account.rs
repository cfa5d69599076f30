use sancha_model::{EventClass, FieldId, RowWriter};

use super::user;
use crate::scan;

fn account(row: &mut RowWriter<'_>, action: &'static str, outcome: &'static str) {
    row.class(EventClass::Account);
    row.constant(FieldId::EVENT_CATEGORY, "iam");
    row.constant(FieldId::EVENT_ACTION, action);
    row.constant(FieldId::EVENT_OUTCOME, outcome);
}

/// Lines of shadow's tools: `new user: name=…`, `delete user 'x'`, `add 'x' to group 'sudo'`,
/// `change user 'x' password`, `group added to /etc/group: name=…`.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let after = |open: &[u8]| message.strip_prefix(open);
    if let Some(rest) = after(b"new user: ") {
        account(row, "user_add", "success");
        new_user(row, rest);
    } else if let Some(rest) = after(b"new group: ").or_else(|| after(b"group added to ")) {
        account(row, "group_add", "success");
        let (_, name) = scan::split_once(rest, b"name=").unwrap_or((b"", rest));
        user(row, FieldId::GROUP_NAME, until_comma(name));
    } else if let Some(rest) = after(b"failed adding user ") {
        account(row, "user_add", "failure");
        user(row, FieldId::USER_TARGET_NAME, scan::between(rest, b"'", b"'")?);
    } else if let Some(rest) = after(b"delete user ") {
        account(row, "user_delete", "success");
        user(row, FieldId::USER_TARGET_NAME, scan::between(rest, b"'", b"'")?);
    } else if let Some(rest) = after(b"removed group ") {
        account(row, "group_delete", "success");
        user(row, FieldId::GROUP_NAME, scan::between(rest, b"'", b"'")?);
    } else {
        changed(row, message)?;
    }
    Some(())
}

/// `name=web, UID=1001, GID=1001, home=/home/web, shell=/bin/bash, from=/dev/pts/0`.
fn new_user(row: &mut RowWriter<'_>, rest: &[u8]) {
    for part in rest.split(|byte| *byte == b',') {
        match scan::until(part.trim_ascii_start(), b'=') {
            Some((b"name", name)) => user(row, FieldId::USER_TARGET_NAME, name),
            Some((b"UID", uid)) => user(row, FieldId::USER_ID, uid),
            Some((b"from", tty)) => user(row, FieldId::PROCESS_TTY, tty),
            _ => (),
        }
    }
}

fn changed(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let (verb, rest) = scan::word(message);
    match verb {
        b"add" | b"delete" => {
            let (who, group) = scan::split_once(rest, b" group ")?;
            // `add 'x' to shadow group 'sudo'` says the same of the other file.
            let adds = verb == b"add";
            account(row, if adds { "group_member_add" } else { "group_member_remove" }, "success");
            user(row, FieldId::USER_TARGET_NAME, scan::between(who, b"'", b"'")?);
            user(row, FieldId::GROUP_NAME, scan::between(group, b"'", b"'")?);
        }
        b"change" => {
            let name = scan::between(rest, b"user '", b"'")?;
            let password = rest.ends_with(b" password");
            account(row, if password { "password_change" } else { "user_change" }, "success");
            user(row, FieldId::USER_TARGET_NAME, name);
        }
        b"lock" | b"unlock" => {
            account(row, if verb == b"lock" { "user_lock" } else { "user_unlock" }, "success");
            user(row, FieldId::USER_TARGET_NAME, scan::between(rest, b"'", b"'")?);
        }
        b"password" => {
            account(row, "password_change", "success");
            user(row, FieldId::USER_TARGET_NAME, scan::between(rest, b"'", b"'")?);
            user(row, FieldId::USER_NAME, scan::between(rest, b" by '", b"'")?);
        }
        // gpasswd: `user x added by root to group sudo`.
        b"user" => {
            let (who, group) = scan::rsplit_once(rest, b" group ")?;
            let (name, how) = scan::word(who);
            let (verb, by) = scan::split_once(how, b" by ")?;
            let adds = verb == b"added";
            account(row, if adds { "group_member_add" } else { "group_member_remove" }, "success");
            user(row, FieldId::USER_TARGET_NAME, name);
            user(row, FieldId::USER_NAME, scan::word(by).0);
            user(row, FieldId::GROUP_NAME, group);
        }
        _ => return None,
    }
    Some(())
}

fn until_comma(bytes: &[u8]) -> &[u8] {
    scan::until(bytes, b',').map_or(bytes, |(head, _)| head)
}
