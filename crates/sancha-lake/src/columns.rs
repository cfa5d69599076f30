//! The columns of a part, in their order in the file. Names are those of the Elastic Common Schema with
//! `_` for `.`; what ECS lacks has no prefix here. Version 1: a later version may add columns at the end,
//! and never changes what a name means.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use sancha_model::FieldId;
use sancha_normalize::template::Kind;

/// A field of an event that has a column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub field: FieldId,
    /// IPv4 is kept as a 32-bit number; IPv6 as text in the column beside it, whose name ends in `6`.
    pub kind: Kind,
}

const fn text(name: &'static str, field: FieldId) -> Column {
    Column { name, field, kind: Kind::Text }
}

const fn int(name: &'static str, field: FieldId) -> Column {
    Column { name, field, kind: Kind::Int }
}

const fn address(name: &'static str, field: FieldId) -> Column {
    Column { name, field, kind: Kind::Address }
}

pub const COLUMNS: &[Column] = &[
    address("source_ip", FieldId::SOURCE_IP),
    text("source_address", FieldId::SOURCE_ADDRESS),
    int("source_port", FieldId::SOURCE_PORT),
    address("destination_ip", FieldId::DESTINATION_IP),
    int("destination_port", FieldId::DESTINATION_PORT),
    address("peer_ip", FieldId::NETWORK_PEER_IP),
    text("host_name", FieldId::HOST_NAME),
    text("user_name", FieldId::USER_NAME),
    text("user_target_name", FieldId::USER_TARGET_NAME),
    text("user_effective_name", FieldId::USER_EFFECTIVE_NAME),
    text("event_action", FieldId::EVENT_ACTION),
    text("event_outcome", FieldId::EVENT_OUTCOME),
    text("event_code", FieldId::EVENT_CODE),
    text("log_level", FieldId::LOG_LEVEL),
    text("auth_method", FieldId::AUTH_METHOD),
    text("process_name", FieldId::PROCESS_NAME),
    int("process_pid", FieldId::PROCESS_PID),
    text("process_executable", FieldId::PROCESS_EXECUTABLE),
    text("process_command_line", FieldId::PROCESS_COMMAND_LINE),
    text("file_path", FieldId::FILE_PATH),
    text("http_method", FieldId::HTTP_METHOD),
    text("http_version", FieldId::HTTP_VERSION),
    int("http_status", FieldId::HTTP_STATUS),
    int("http_response_bytes", FieldId::HTTP_RESPONSE_BYTES),
    text("url_path", FieldId::URL_PATH),
    text("url_query", FieldId::URL_QUERY),
    text("url_domain", FieldId::URL_DOMAIN),
    text("http_referrer", FieldId::HTTP_REFERRER),
    text("user_agent", FieldId::USER_AGENT),
    text("database_name", FieldId::DATABASE_NAME),
    text("database_statement", FieldId::DATABASE_STATEMENT),
];

/// Columns of numbers and words that have no field.
pub(crate) const INTS: [&str; 6] = ["i0", "i1", "i2", "i3", "i4", "i5"];
pub(crate) const WORDS: [&str; 6] = ["w0", "w1", "w2", "w3", "w4", "w5"];

/// What stands before and after the columns of fields.
pub const TIME: &str = "time";
/// Nanoseconds below the millisecond of `time`; null for none.
pub const TIME_NANOS: &str = "time_nanos";
/// The kind of record, such as `web` or `authentication`.
pub const CLASS: &str = "class";
/// The format that the line was read as.
pub const FORMAT: &str = "format";
pub const TEMPLATE: &str = "template";
/// Further words, each followed by byte 1.
pub const REST: &str = "rest";
/// The line with its end where it is not kept as template and parameters.
pub const RAW: &str = "raw";

pub(crate) const WORD_END: char = '\u{1}';

/// The column of IPv6 addresses beside an address column.
pub(crate) const fn six(name: &'static str) -> &'static str {
    match name.as_bytes() {
        b"source_ip" => "source_ip6",
        b"destination_ip" => "destination_ip6",
        _ => "peer_ip6",
    }
}

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(make_schema);

/// The schema of every part of this version.
pub fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

fn make_schema() -> SchemaRef {
    let mut fields = vec![
        Field::new(TIME, DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        Field::new(TIME_NANOS, DataType::Int32, true),
        Field::new(CLASS, DataType::Utf8, true),
        Field::new(FORMAT, DataType::Utf8, true),
    ];
    for column in COLUMNS {
        match column.kind {
            Kind::Address => {
                fields.push(Field::new(column.name, DataType::UInt32, true));
                fields.push(Field::new(six(column.name), DataType::Utf8, true));
            }
            Kind::Int => fields.push(Field::new(column.name, DataType::Int64, true)),
            Kind::Text => fields.push(Field::new(column.name, DataType::Utf8, true)),
        }
    }
    fields.push(Field::new(TEMPLATE, DataType::Utf8, true));
    fields.extend(INTS.map(|name| Field::new(name, DataType::Int64, true)));
    fields.extend(WORDS.map(|name| Field::new(name, DataType::Utf8, true)));
    fields.push(Field::new(REST, DataType::Utf8, true));
    fields.push(Field::new(RAW, DataType::Binary, true));
    Arc::new(Schema::new(fields))
}
