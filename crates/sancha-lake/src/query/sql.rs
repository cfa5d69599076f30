//! SQL over a lake: one table, `logs`.
//!
//! Addresses are numbers in the columns and text for people: `source_ip = '1.2.3.4'` is read as the number,
//! and a result column that is an address is shown as text. `ip('1.2.3.0')` is the number of an address.

use std::{net::Ipv4Addr, ops::ControlFlow, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type},
    },
    error::DataFusionError,
    execution::SendableRecordBatchStream,
    prelude::{SessionConfig, SessionContext},
    sql::{
        parser::{DFParser, Statement},
        sqlparser::ast::{self, BinaryOperator, Value, visit_expressions_mut},
    },
};
use sancha_normalize::template::Kind;

use super::{counted::Counted, table::Table};
use crate::columns::COLUMNS;

/// What of a statement cannot be done; the text is the engine's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SqlError(String);

impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> Self {
        Self(error.strip_backtrace())
    }
}

impl SqlError {
    pub(super) fn of(error: &dyn std::error::Error) -> Self {
        Self(error.to_string())
    }
}

/// Name of the table.
const TABLE: &str = "logs";

pub(crate) async fn run(
    table: Table,
    sql: &str,
    threads: usize,
) -> Result<SendableRecordBatchStream, SqlError> {
    let config = SessionConfig::new().with_target_partitions(threads);
    let context = SessionContext::new_with_config(config);
    context.add_optimizer_rule(Arc::new(Counted));
    context.register_table(TABLE, Arc::new(table))?;
    let statement = statement(sql)?;
    let state = context.state();
    let plan = state.statement_to_plan(statement).await?;
    Ok(context.execute_logical_plan(plan).await?.execute_stream().await?)
}

/// The one statement of `sql`, a query, with addresses as numbers.
fn statement(sql: &str) -> Result<Statement, SqlError> {
    let mut statements = DFParser::parse_sql(sql)?;
    let (Some(Statement::Statement(mut query)), true) =
        (statements.pop_front(), statements.is_empty())
    else {
        return Err(SqlError("one statement is expected".to_owned()));
    };
    if !matches!(*query, ast::Statement::Query(_) | ast::Statement::Explain { .. }) {
        return Err(SqlError("only queries are answered: SELECT …".to_owned()));
    }
    let _: ControlFlow<()> = visit_expressions_mut(&mut query, |expr| {
        numbers(expr);
        ControlFlow::Continue(())
    });
    Ok(Statement::Statement(query))
}

/// Writes addresses as numbers where they are compared with an address column, or `ip(…)` asks for it.
fn numbers(expr: &mut ast::Expr) {
    match expr {
        ast::Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            if is_address(left) {
                number(right);
            } else if is_address(right) {
                number(left);
            }
        }
        ast::Expr::InList { expr, list, .. } if is_address(expr) => {
            list.iter_mut().for_each(number);
        }
        ast::Expr::Between { expr, low, high, .. } if is_address(expr) => {
            number(low);
            number(high);
        }
        ast::Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("ip") => {
            let text = function.args.to_string();
            let address = text.trim_matches(['(', ')', '\'']).parse::<Ipv4Addr>();
            if let Ok(address) = address {
                *expr = literal(address);
            }
        }
        _ => (),
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq)
}

fn is_address(expr: &ast::Expr) -> bool {
    let name = match expr {
        ast::Expr::Identifier(name) => name,
        ast::Expr::CompoundIdentifier(names) => match names.last() {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    is_address_column(&name.value)
}

fn is_address_column(name: &str) -> bool {
    COLUMNS.iter().any(|column| column.kind == Kind::Address && column.name == name)
}

fn number(expr: &mut ast::Expr) {
    if let ast::Expr::Value(value) = expr
        && let Value::SingleQuotedString(text) = &value.value
        && let Ok(address) = text.parse::<Ipv4Addr>()
    {
        *expr = literal(address);
    }
}

fn literal(address: Ipv4Addr) -> ast::Expr {
    ast::Expr::value(Value::Number(address.to_bits().to_string(), false))
}

/// A result with its addresses as text.
pub(crate) fn shown(batch: &RecordBatch) -> Result<RecordBatch, SqlError> {
    let schema = batch.schema();
    let columns =
        batch.columns().iter().zip(schema.fields().iter()).map(|(column, field)| match column
            .as_primitive_opt::<UInt32Type>(
        ) {
            Some(numbers) if is_address_column(field.name()) => {
                let text = numbers.iter().map(|bits| Some(Ipv4Addr::from_bits(bits?).to_string()));
                let text: ArrayRef = Arc::new(text.collect::<StringArray>());
                (Field::new(field.name(), DataType::Utf8, true), text)
            }
            _ => (field.as_ref().clone(), Arc::clone(column)),
        });
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.unzip();
    let shown: SchemaRef = Arc::new(Schema::new(fields));
    RecordBatch::try_new(shown, arrays).map_err(|error| SqlError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_numbers_where_addresses_are_compared() {
        let read = |sql: &str| statement(sql).map(|statement| statement.to_string());
        assert_eq!(
            read("SELECT 1 FROM logs WHERE source_ip = '1.2.3.4' AND host_name = '1.2.3.4'")
                .unwrap(),
            "SELECT 1 FROM logs WHERE source_ip = 16909060 AND host_name = '1.2.3.4'"
        );
        assert_eq!(
            read("SELECT 1 FROM logs WHERE source_ip BETWEEN ip('10.0.0.0') AND '10.255.255.255'")
                .unwrap(),
            "SELECT 1 FROM logs WHERE source_ip BETWEEN 167772160 AND 184549375"
        );
        assert!(read("DROP TABLE logs").is_err());
        assert!(read("SELECT 1; SELECT 2").is_err());
        assert!(read("SELEC").is_err());
    }
}
