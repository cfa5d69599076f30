//! SQL over a lake: one table, `logs`.
//!
//! Addresses are numbers in the columns and text for people: `source_ip = '1.2.3.4'` is read as the number, and
//! [`address`] tells which columns of a result are shown as text. `ip('1.2.3.0')` is the number of an address,
//! `ip_text(source_ip)` its text. Times are in one zone: that of the run.

mod address;
mod comparisons;
mod fault;
mod pair;
mod values;

use std::{net::IpAddr, net::Ipv4Addr, ops::ControlFlow, sync::Arc};

use datafusion::{
    arrow::{
        array::RecordBatch,
        datatypes::{DataType, Field, Schema},
    },
    error::DataFusionError,
    execution::SendableRecordBatchStream,
    prelude::{SessionConfig, SessionContext},
    sql::{
        parser::{DFParser, Statement},
        sqlparser::ast::{self, BinaryOperator, Expr, Value, VisitMut as _, visit_expressions_mut},
    },
};
use sancha_normalize::template::Kind;

use super::{
    counted::Counted,
    table::{SOURCE, Table},
};
use crate::columns::{self, COLUMNS};

pub use fault::AddressFault;
use values::{as_text, chosen, function, is_text};

/// What of a statement cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// In the engine's words.
    #[error("{0}")]
    Engine(String),
    #[error(transparent)]
    Address(#[from] AddressFault),
}

impl From<DataFusionError> for SqlError {
    /// What went wrong first, without names that nobody gave.
    fn from(error: DataFusionError) -> Self {
        let root = error.find_root().strip_backtrace();
        match AddressFault::in_words_of_engine(&root) {
            Some(fault) => Self::Address(fault),
            None => Self::Engine(root.replace("datafusion.public.", "")),
        }
    }
}

impl SqlError {
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// Name of the table.
const TABLE: &str = "logs";

/// A running answer.
pub(crate) struct Answering {
    pub(crate) stream: SendableRecordBatchStream,
    /// For each column, whether it is an address.
    pub(crate) addresses: Vec<bool>,
}

/// How a question in SQL is answered.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    pub threads: usize,
    /// Minutes by which the zone of times is ahead of UTC.
    pub zone_minutes: i32,
}

pub(crate) async fn run(table: Table, sql: &str, threads: usize) -> Result<Answering, SqlError> {
    let config = SessionConfig::new().with_target_partitions(threads).with_information_schema(true);
    // Whoever asks for the newest row wants one that has a time.
    let config = config.set_str("datafusion.sql_parser.default_null_ordering", "nulls_last");
    let context = SessionContext::new_with_config(config);
    context.add_optimizer_rule(Arc::new(Counted));
    context.register_udf(address::as_text());
    context.register_udf(address::order());
    context.register_table(TABLE, Arc::new(table))?;
    let statement = statement(sql)?;
    let state = context.state();
    let plan = state.statement_to_plan(statement).await?;
    let addresses = address::columns(&plan);
    let stream = context.execute_logical_plan(plan).await?.execute_stream().await?;
    Ok(Answering { stream, addresses })
}

/// The one statement of `sql`, a query, with addresses as numbers.
fn statement(sql: &str) -> Result<Statement, SqlError> {
    let mut statements = DFParser::parse_sql(sql)?;
    let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
        return Err(SqlError::Engine("one statement is expected".to_owned()));
    };
    in_numbers(statement)
}

fn in_numbers(statement: Statement) -> Result<Statement, SqlError> {
    let mut query = match statement {
        Statement::Statement(query) => query,
        Statement::Explain(mut explain) => {
            explain.statement = Box::new(in_numbers(*explain.statement)?);
            return Ok(Statement::Explain(explain));
        }
        _ => return Err(only_questions()),
    };
    let asks = matches!(
        *query,
        ast::Statement::Query(_)
            | ast::Statement::ExplainTable { .. }
            | ast::Statement::ShowColumns { .. }
            | ast::Statement::ShowTables { .. }
    );
    if !asks {
        return Err(only_questions());
    }
    every_expression(&mut query, comparisons::plain)?;
    let _: ControlFlow<()> = query.visit(&mut pair::Conditions);
    every_expression(&mut query, numbers)?;
    Ok(Statement::Statement(query))
}

fn every_expression(
    query: &mut ast::Statement,
    change: fn(&mut Expr) -> Result<(), AddressFault>,
) -> Result<(), AddressFault> {
    let changed = visit_expressions_mut(query, |expr| match change(expr) {
        Ok(()) => ControlFlow::Continue(()),
        Err(fault) => ControlFlow::Break(fault),
    });
    match changed {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(fault) => Err(fault),
    }
}

fn only_questions() -> SqlError {
    SqlError::Engine("only questions are answered: SELECT …, EXPLAIN …, DESCRIBE logs".to_owned())
}

/// Writes addresses as numbers where they are compared with an address column, or `ip(…)` asks for it, and as text
/// where text is made of them; gives times their seconds.
fn numbers(expr: &mut Expr) -> Result<(), AddressFault> {
    match expr {
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            if is_address(left) {
                compared(left, right)?;
            } else if is_address(right) {
                compared(right, left)?;
            } else if is_time(left) {
                with_seconds(right);
            } else if is_time(right) {
                with_seconds(left);
            } else if column_of(left) == Some(SOURCE) {
                without_root(right);
            } else {
                pair::canonical(left, right);
            }
            if is_order(op) {
                pair::ordered(left, right)?;
            }
        }
        Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
            if is_address(left) {
                compared(left, right)?;
            } else if is_address(right) {
                compared(right, left)?;
            }
        }
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => {
            as_text(left);
            as_text(right);
        }
        Expr::InList { expr: column, list, .. } if is_address(column) => {
            list.iter_mut().try_for_each(number)?;
            pair::listed(expr);
        }
        Expr::InList { expr: column, list, .. } if column_of(column) == Some(SOURCE) => {
            list.iter_mut().for_each(without_root);
        }
        Expr::InList { expr: column, list, .. } => {
            list.iter_mut().for_each(|item| pair::canonical(column, item));
        }
        Expr::Like { expr: column, pattern, .. } if column_of(column) == Some(SOURCE) => {
            without_root(pattern);
        }
        Expr::Between { expr, low, high, .. } if is_time(expr) => {
            with_seconds(low);
            with_seconds(high);
        }
        Expr::Like { expr, .. } | Expr::ILike { expr, .. } | Expr::SimilarTo { expr, .. } => {
            as_text(expr);
        }
        Expr::Cast { expr, data_type, .. } if is_text(data_type) => as_text(expr),
        Expr::Case { conditions, else_result, .. } => {
            let mut values: Vec<&mut Expr> = conditions.iter_mut().map(|c| &mut c.result).collect();
            values.extend(else_result.as_deref_mut());
            chosen(values);
        }
        Expr::Function(_) => function(expr)?,
        _ => (),
    }
    Ok(())
}

/// `column`, of addresses, is compared with `other`.
fn compared(column: &mut Expr, other: &mut Expr) -> Result<(), AddressFault> {
    number(other)?;
    pair::compared(column, other);
    Ok(())
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}

/// One that asks which comes first.
fn is_order(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}

/// The name of a column, whatever table stands before it.
fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(name) => Some(&name.value),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.as_str()),
        _ => None,
    }
}

fn is_address(expr: &Expr) -> bool {
    column_of(expr).is_some_and(is_address_column)
}

fn is_time(expr: &Expr) -> bool {
    column_of(expr) == Some(columns::TIME)
}

fn is_address_column(name: &str) -> bool {
    address_column(name).is_some()
}

fn address_column(name: &str) -> Option<&'static str> {
    let is_it = |column: &&columns::Column| column.kind == Kind::Address && column.name == name;
    COLUMNS.iter().find(is_it).map(|column| column.name)
}

fn text_of(expr: &Expr) -> Option<&str> {
    let Expr::Value(value) = expr else { return None };
    let Value::SingleQuotedString(text) = &value.value else { return None };
    Some(text)
}

/// A text that an address column is compared with, as a number; one of IPv6 stays.
fn number(expr: &mut Expr) -> Result<(), AddressFault> {
    let Some(text) = text_of(expr) else { return Ok(()) };
    match text.parse::<IpAddr>() {
        Ok(address) => {
            if let IpAddr::V4(address) = address.to_canonical() {
                *expr = literal(address);
            }
            Ok(())
        }
        Err(_) => Err(AddressFault::NotOne { text: text.to_owned() }),
    }
}

/// The IPv4 address of a text, which may be written as one of IPv6, such as `::ffff:198.51.100.7`: in the table it is
/// IPv4.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn literal(address: Ipv4Addr) -> Expr {
    Expr::value(Value::Number(address.to_bits().to_string(), false))
}

/// `2026-11-27 02:00` as the engine reads it: all other options take times without seconds.
fn with_seconds(expr: &mut Expr) {
    let text = match expr {
        Expr::Value(value) => &mut value.value,
        Expr::TypedString(typed) => &mut typed.value.value,
        _ => return,
    };
    if let Value::SingleQuotedString(text) = text
        && text.len() == "2026-11-27 02:00".len()
        && text.bytes().filter(|byte| *byte == b':').count() == 1
    {
        text.push_str(":00");
    }
}

/// Sources have the names of files without the `/` that they begin with.
fn without_root(expr: &mut Expr) {
    if let Expr::Value(value) = expr
        && let Value::SingleQuotedString(text) = &mut value.value
        && text.starts_with('/')
    {
        text.remove(0);
    }
}

/// A result with its addresses as text.
pub(crate) fn shown(batch: &RecordBatch, addresses: &[bool]) -> Result<RecordBatch, SqlError> {
    let schema = batch.schema();
    let is_address = addresses.iter().copied().chain(std::iter::repeat(false));
    let columns = batch.columns().iter().zip(schema.fields().iter()).zip(is_address).map(
        |((column, field), is_address)| match column.data_type() {
            DataType::UInt32 if is_address => {
                (Field::new(field.name(), DataType::Utf8, true), address::texts_of(column))
            }
            _ => (field.as_ref().clone(), Arc::clone(column)),
        },
    );
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.unzip();
    let shown = Arc::new(Schema::new(fields));
    RecordBatch::try_new(shown, arrays).map_err(|error| SqlError::of(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_address_is_one_of_either_kind() {
        let read = |sql: &str| {
            let whole = statement(&format!("SELECT 1 FROM logs WHERE {sql}")).unwrap().to_string();
            whole.split_once("WHERE ").unwrap().1.to_owned()
        };
        for (asked, means) in [
            ("source_ip <> '1.2.3.4'", "(source_ip <> 16909060 OR source_ip6 IS NOT NULL)"),
            ("'2001:DB8::1' <> peer_ip", "('2001:db8::1' <> peer_ip6 OR peer_ip IS NOT NULL)"),
            ("source_ip <> peer_ip", "source_ip <> peer_ip"),
            ("source_ip <> ip('1.2.3.4')", "(source_ip <> 16909060 OR source_ip6 IS NOT NULL)"),
            (
                "NOT (source_ip IN ('::1') OR source_ip LIKE '10.%')",
                "NOT ((source_ip IS NULL AND source_ip6 IN ('::1')) OR (source_ip6 IS NULL AND ip_text(source_ip) LIKE '10.%'))",
            ),
            ("NOT (source_ip = '1.2.3.4')", "NOT ((source_ip6 IS NULL AND source_ip = 16909060))"),
            (
                "NOT source_ip = '2001:db8::1'",
                "NOT (source_ip IS NULL AND source_ip6 = '2001:db8::1')",
            ),
            (
                "source_ip IN ('1.2.3.4', '::1')",
                "(source_ip IN (16909060) OR source_ip6 IN ('::1'))",
            ),
            ("source_ip IN ('::1')", "source_ip6 IN ('::1')"),
            (
                "source_ip NOT IN ('1.2.3.4')",
                "(source_ip NOT IN (16909060) OR source_ip6 IS NOT NULL)",
            ),
            (
                "source_ip NOT IN ('1.2.3.4', '::1')",
                "(source_ip NOT IN (16909060) OR source_ip6 NOT IN ('::1'))",
            ),
            ("source_ip6 = '2001:DB8::1'", "source_ip6 = '2001:db8::1'"),
            ("source LIKE '/var/%'", "source LIKE 'var/%'"),
        ] {
            assert_eq!(read(asked), means, "{asked}");
        }
    }

    #[test]
    fn over_another_query_there_is_one_column_only() {
        let read = |sql: &str| statement(sql).unwrap().to_string();
        let inner = "(SELECT source_ip, count(*) AS n FROM logs GROUP BY source_ip)";
        let asked = format!("SELECT source_ip, n FROM {inner} WHERE source_ip <> '1.2.3.4'");
        assert!(read(&asked).ends_with("WHERE source_ip <> 16909060"));
        let having = "SELECT source_ip FROM logs GROUP BY source_ip HAVING source_ip <> '1.2.3.4'";
        assert!(read(having).ends_with("HAVING source_ip <> 16909060"));
    }

    #[test]
    fn addresses_become_numbers_where_addresses_are_compared() {
        let read = |sql: &str| statement(sql).map(|statement| statement.to_string());
        assert_eq!(
            read("SELECT 1 FROM logs WHERE source_ip = '1.2.3.4' AND host_name = '1.2.3.4'")
                .unwrap(),
            "SELECT 1 FROM logs WHERE source_ip = 16909060 AND host_name = '1.2.3.4'"
        );
        assert_eq!(
            read("SELECT ip('::ffff:1.2.3.4') FROM logs WHERE source_ip = '::ffff:1.2.3.4' OR '::FFFF:102:304' = peer_ip OR source_ip IN ('::ffff:1.2.3.4')")
                .unwrap(),
            "SELECT 16909060 FROM logs WHERE source_ip = 16909060 OR 16909060 = peer_ip OR source_ip IN (16909060)"
        );
        assert_eq!(
            read("SELECT 1 FROM logs WHERE source_ip BETWEEN ip('10.0.0.0') AND '10.255.255.255'")
                .unwrap(),
            "SELECT 1 FROM logs WHERE (source_ip >= 167772160 AND source_ip <= 184549375)"
        );
        assert_eq!(
            read("SELECT concat(source_ip, ':'), min(source_ip), cast(peer_ip AS text) FROM logs")
                .unwrap(),
            "SELECT concat(ip_text(source_ip), ':'), min(source_ip), CAST(ip_text(peer_ip) AS TEXT) FROM logs"
        );
        assert_eq!(
            read(
                "SELECT 1 FROM logs WHERE source_ip LIKE '10.%' OR logs.source_ip = '2001:DB8::0:1'"
            )
            .unwrap(),
            "SELECT 1 FROM logs WHERE ip_text(source_ip) LIKE '10.%' OR logs.source_ip6 = '2001:db8::1'"
        );
        assert_eq!(
            read("SELECT coalesce(source_ip, 'none'), coalesce(source_ip, peer_ip) FROM logs")
                .unwrap(),
            "SELECT coalesce(ip_text(source_ip), 'none'), coalesce(source_ip, peer_ip) FROM logs"
        );
        assert_eq!(
            read("SELECT 1 FROM logs WHERE time >= '2026-11-27 02:00' AND time < timestamp '2026-11-27 04:00'")
                .unwrap(),
            "SELECT 1 FROM logs WHERE time >= '2026-11-27 02:00:00' AND time < TIMESTAMP '2026-11-27 04:00:00'"
        );
        assert_eq!(
            read("EXPLAIN SELECT 1 FROM logs WHERE source IN ('/var/log/auth.log')").unwrap(),
            "EXPLAIN SELECT 1 FROM logs WHERE source IN ('var/log/auth.log')"
        );
        assert!(read("EXPLAIN DROP TABLE logs").is_err());
        assert!(read("DROP TABLE logs").is_err());
        assert!(read("SELECT 1; SELECT 2").is_err());
        assert!(read("SELEC").is_err());
    }
}
