//! MariaDB's audit plugin (`server_audit`), whose records stand behind a time in its own file and behind a tag in syslog:
//! `server,account,host,connection,query,operation,database,object,code`.
//!
//! A client chooses the account and the database of a connection and may put commas into them, so who it was is told only
//! of a record that has no more of them than it must. The code at the end is the server's.

use sancha_model::{EventClass, FieldId, RowWriter};

use super::login;
use crate::{Scratch, scan};

const FIELDS: usize = 9;

/// Whether it has what all records have.
pub(crate) fn is_record(record: &[u8]) -> bool {
    let commas = memchr::memchr_iter(b',', record).take(FIELDS).count();
    commas + 1 >= FIELDS && code(record).is_some()
}

pub(crate) fn read(row: &mut RowWriter<'_>, record: &[u8], scratch: &mut Scratch) -> Option<()> {
    let code = code(record)?;
    let mut fields = record.splitn(FIELDS - 1, |byte| *byte == b',');
    let mut next = || fields.next();
    let (server, user, host) = (next()?, next()?, next()?);
    let (connection, query, operation) = (next()?, next()?, next()?);
    let (database, object) = (next()?, next()?);
    if !server.is_empty() && !row.has(FieldId::HOST_NAME) {
        row.text(FieldId::HOST_NAME, server);
    }
    let is_whole = scan::number(connection).is_some() && scan::number(query).is_some();
    let is_plain = is_whole && memchr::memchr_iter(b',', record).count() + 1 == FIELDS;
    let is_connect = if code.is_empty() {
        false
    } else if is_plain {
        matches!(operation, b"CONNECT" | b"FAILED_CONNECT")
    } else {
        is_empty_object(record) && memchr::memmem::find(record, b",FAILED_CONNECT,").is_some()
    };
    if is_connect {
        login(row, if code == b"0" { "success" } else { "failure" });
        if code == b"1045" {
            row.constant(FieldId::EVENT_REASON, "password");
        }
        if !is_plain {
            return Some(());
        }
    } else {
        let statement = statement(object, code).filter(|_| operation == b"QUERY" && is_whole);
        let of_object = object_action(operation).filter(|_| is_plain);
        if statement.is_none() && of_object.is_none() {
            return None;
        }
        row.class(EventClass::Database);
        row.constant(FieldId::EVENT_CATEGORY, "database");
        row.constant(FieldId::EVENT_ACTION, of_object.unwrap_or("statement"));
        if let Some(text) = statement {
            unescaped(row, text, scratch);
        }
        if !matches!(code, b"" | b"0") {
            row.constant(FieldId::EVENT_OUTCOME, "failure");
            row.text(FieldId::ERROR_CODE, code);
        }
    }
    for (field, text) in [(FieldId::USER_NAME, user), (FieldId::DATABASE_NAME, database)] {
        if !text.is_empty() {
            row.text(field, text);
        }
    }
    super::source_address(row, host);
    Some(())
}

/// What is told of tables, and the end of a connection.
fn object_action(operation: &[u8]) -> Option<&'static str> {
    Some(match operation {
        b"DISCONNECT" => "disconnect",
        b"READ" => "read",
        b"WRITE" => "write",
        b"CREATE" => "create",
        b"ALTER" => "alter",
        b"RENAME" => "rename",
        b"DROP" => "drop",
        _ => return None,
    })
}

/// The code at the end, which records of tables leave out.
fn code(record: &[u8]) -> Option<&[u8]> {
    let at = memchr::memrchr(b',', record)?;
    record.get(at + 1..).filter(|code| code.is_empty() || scan::number(code).is_some())
}

/// `…,FAILED_CONNECT,database,,1045`: a connection is for no object.
fn is_empty_object(record: &[u8]) -> bool {
    let before = memchr::memrchr(b',', record).and_then(|at| record.get(..at));
    before.is_some_and(|before| before.ends_with(b","))
}

/// `'DROP DATABASE his',0`.
fn statement<'a>(object: &'a [u8], code: &[u8]) -> Option<&'a [u8]> {
    let quoted = object.strip_suffix(code)?.strip_suffix(b",")?;
    quoted.strip_prefix(b"'")?.strip_suffix(b"'")
}

/// Quotes and line ends of a statement are written with a backslash.
fn unescaped(row: &mut RowWriter<'_>, text: &[u8], scratch: &mut Scratch) {
    if !text.contains(&b'\\') {
        return row.text(FieldId::DATABASE_STATEMENT, text);
    }
    let mut shown = std::mem::take(&mut scratch.text);
    shown.clear();
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        shown.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(other) => other,
                None => byte,
            },
            byte => byte,
        });
    }
    row.decoded(FieldId::DATABASE_STATEMENT, text, &shown);
    scratch.text = shown;
}
