//! Conditions of SQL as the lake's own, so that companions and times rule parts out. What is not understood
//! is left to the engine, which tests every row again unless a condition says all.

use datafusion::{
    common::ScalarValue,
    logical_expr::{BinaryExpr, Expr, Operator},
};
use sancha_model::EventTime;
use sancha_normalize::template::Kind;

use super::{EntityKind, Filter, Glob, TimeRange, filter::number};
use crate::columns::{self, COLUMNS};

/// Nanoseconds by which a condition on time is widened.
const AROUND: i64 = 1_000_000;

pub(super) fn filter(expr: &Expr) -> Option<Filter> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            match (filter(left), filter(right)) {
                (Some(left), Some(right)) => Some(Filter::All(vec![left, right])),
                (one, other) => one.or(other),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(Filter::Any(vec![filter(left)?, filter(right)?]))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
            (Expr::Column(column), Expr::Literal(value, _)) => compare(&column.name, *op, value),
            (Expr::Literal(value, _), Expr::Column(column)) => {
                compare(&column.name, op.swap()?, value)
            }
            _ => None,
        },
        Expr::InList(list) if !list.negated => {
            let Expr::Column(column) = &*list.expr else { return None };
            let one = |value: &Expr| match value {
                Expr::Literal(value, _) => compare(&column.name, Operator::Eq, value),
                _ => None,
            };
            list.list.iter().map(one).collect::<Option<Vec<_>>>().map(Filter::Any)
        }
        _ => None,
    }
}

/// Whether [`filter`] says all of a condition, so that the engine need not test it again: comparisons of numbers and
/// texts. Times are rounded, and addresses stand in two columns.
pub(super) fn is_exact(expr: &Expr) -> bool {
    let is_plain = |expr: &Expr| {
        let Expr::Column(column) = expr else { return false };
        let kind = COLUMNS.iter().find(|known| known.name == column.name).map(|known| known.kind);
        [columns::CLASS, columns::FORMAT].contains(&column.name.as_str())
            || matches!(kind, Some(Kind::Int | Kind::Text))
    };
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            is_exact(left) && is_exact(right)
        }
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => {
            (is_plain(left) || is_plain(right)) && filter(expr).is_some()
        }
        Expr::InList(list) => is_plain(&list.expr) && filter(expr).is_some(),
        _ => false,
    }
}

/// Whether a condition on time lets through whatever happened between these instants, and says nothing that needs
/// a row's own time. Conditions on other columns do not matter.
pub(super) fn takes_all(filter: &Filter, (first, last): (EventTime, EventTime)) -> bool {
    match filter {
        Filter::All(list) => list.iter().all(|filter| takes_all(filter, (first, last))),
        Filter::Any(_) | Filter::Not(_) => !concerns_time(filter),
        // As much as `time` widens a range.
        Filter::Time(range) => range.from.plus(AROUND) <= first && last.plus(AROUND) < range.to,
        Filter::Address { .. } | Filter::Int { .. } | Filter::Value { .. } | Filter::Line(_) => {
            true
        }
    }
}

fn concerns_time(filter: &Filter) -> bool {
    let mut names = Vec::new();
    filter.columns(&mut names);
    names.contains(&columns::TIME)
}

fn compare(name: &str, op: Operator, value: &ScalarValue) -> Option<Filter> {
    if name == columns::TIME {
        return time(op, value).map(Filter::Time);
    }
    if [columns::CLASS, columns::FORMAT].contains(&name) {
        let column = if name == columns::CLASS { columns::CLASS } else { columns::FORMAT };
        return text(vec![column], op, value, None);
    }
    let column = COLUMNS.iter().find(|column| column.name == name)?;
    match column.kind {
        Kind::Int => {
            let value = integer(value)?;
            let range = match op {
                Operator::Eq => value..=value,
                Operator::Lt => i64::MIN..=value.checked_sub(1)?,
                Operator::LtEq => i64::MIN..=value,
                Operator::Gt => value.checked_add(1)?..=i64::MAX,
                Operator::GtEq => value..=i64::MAX,
                _ => return None,
            };
            Some(Filter::Int { column: column.name, range })
        }
        Kind::Address if op == Operator::Eq => {
            let bits = u32::try_from(integer(value)?).ok()?;
            let address = number(std::net::Ipv4Addr::from_bits(bits).into());
            Some(Filter::Address { columns: vec![column.name], range: address..=address })
        }
        Kind::Address => None,
        Kind::Text => {
            let entity = match column.name {
                "user_name" | "user_target_name" | "user_effective_name" => Some(EntityKind::User),
                "host_name" | "url_domain" => Some(EntityKind::Host),
                _ => None,
            };
            text(vec![column.name], op, value, entity)
        }
    }
}

fn text(
    columns: Vec<&'static str>,
    op: Operator,
    value: &ScalarValue,
    entity: Option<EntityKind>,
) -> Option<Filter> {
    let text = value.try_as_str().flatten().filter(|_| op == Operator::Eq)?;
    Some(Filter::Value { columns, glob: Glob::as_written(text), entity })
}

fn time(op: Operator, value: &ScalarValue) -> Option<TimeRange> {
    let nanos = match value {
        ScalarValue::TimestampSecond(Some(value), _) => value.checked_mul(1_000_000_000)?,
        ScalarValue::TimestampMillisecond(Some(value), _) => value.checked_mul(1_000_000)?,
        ScalarValue::TimestampMicrosecond(Some(value), _) => value.checked_mul(1_000)?,
        ScalarValue::TimestampNanosecond(Some(value), _) => *value,
        _ => return None,
    };
    // The column has milliseconds: the range is a little wider, the engine tests again.
    let (from, to) = (EventTime::from_nanos(nanos), EventTime::from_nanos(nanos).plus(AROUND));
    Some(match op {
        Operator::Eq => TimeRange { from, to },
        Operator::Lt | Operator::LtEq => TimeRange { from: EventTime::MIN, to },
        Operator::Gt | Operator::GtEq => TimeRange { from, to: EventTime::MAX },
        _ => return None,
    })
}

fn integer(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int64(value) => *value,
        ScalarValue::Int32(value) => value.map(i64::from),
        ScalarValue::UInt32(value) => value.map(i64::from),
        ScalarValue::UInt64(value) => value.and_then(|value| i64::try_from(value).ok()),
        _ => None,
    }
}
