//! Addresses stand in two columns, IPv4 as numbers and IPv6 as text, of which one is null. A question names the first and
//! means both: who asks for another address than some one means those of either kind.

use std::{net::IpAddr, ops::ControlFlow};

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, ObjectName, Query, SetExpr, TableFactor, UnaryOperator, Value,
    VisitorMut, visit_expressions_mut,
};

use super::{AddressFault, TABLE, address, address_column, column_of, is_comparison, text_of};
use crate::columns;

/// Makes the conditions of every `SELECT … FROM logs WHERE` mean addresses of both kinds. Elsewhere, as over another
/// query, there may be one of the columns only.
pub(super) struct Conditions;

impl VisitorMut for Conditions {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = &mut *query.body
            && let [from] = &select.from[..]
            && from.joins.is_empty()
            && matches!(&from.relation, TableFactor::Table { name, .. } if is_logs(name))
            && let Some(condition) = &mut select.selection
        {
            let _: ControlFlow<()> = visit_expressions_mut(condition, |expr| {
                other(expr);
                ControlFlow::Continue(())
            });
        }
        ControlFlow::Continue(())
    }
}

fn is_logs(name: &ObjectName) -> bool {
    name.to_string().eq_ignore_ascii_case(TABLE)
}

/// A condition that asks for what is not some address.
fn other(expr: &mut Expr) {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::NotEq, right } => {
            let named = (six_of(left), six_of(right));
            let (column, address, six) = match named {
                (Some(six), None) => (left, right, six),
                (None, Some(six)) => (right, left, six),
                _ => return,
            };
            let beside = match text_of(address).and_then(v6) {
                Some(_) => (**column).clone(),
                None if column_of(address).is_none() => six,
                None => return,
            };
            *expr = either(expr.clone(), is_not_null(beside));
        }
        Expr::InList { expr: column, list, negated } => {
            let Some(six) = six_of(column) else { return };
            let (sixes, fours): (Vec<_>, Vec<_>) =
                list.iter().cloned().partition(|item| text_of(item).and_then(v6).is_some());
            let is_in = |column: &Expr, list: Vec<Expr>| Expr::InList {
                expr: Box::new(column.clone()),
                list,
                negated: *negated,
            };
            let nothing = |list: &Vec<Expr>| list.is_empty();
            *expr = match (nothing(&fours), nothing(&sixes), *negated) {
                (_, true, false) => return,
                (true, false, false) => is_in(&six, sixes),
                (_, true, true) => either(is_in(column, fours), is_not_null(six)),
                (true, false, true) => either(is_in(&six, sixes), is_not_null((**column).clone())),
                (false, false, _) => either(is_in(column, fours), is_in(&six, sixes)),
            };
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => negated(expr),
        _ => (),
    }
}

/// Within `NOT`, what is asked of one column is false, not unknown, where the address is in the other.
fn negated(expr: &mut Expr) {
    let _: ControlFlow<()> = visit_expressions_mut(expr, |part| {
        if let Some(beside) = beside(part) {
            let is_null = Expr::IsNull(Box::new(beside));
            *part = Expr::Nested(Box::new(binary(is_null, BinaryOperator::And, part.clone())));
        }
        ControlFlow::Continue(())
    });
}

/// The column beside the one that a condition asks of.
fn beside(condition: &Expr) -> Option<Expr> {
    let (column, address) = match condition {
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            if is_either(left) {
                (left, Some(right))
            } else {
                (right, Some(left))
            }
        }
        Expr::InList { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::Like { expr, .. }
        | Expr::ILike { expr, .. } => (expr, None),
        _ => return None,
    };
    let six = six_of(column);
    // A condition on an address of IPv6 is asked of the other column later.
    let is_v6 = address.and_then(|address| text_of(address)).and_then(v6).is_some();
    match six {
        Some(_) if is_v6 => Some((**column).clone()),
        Some(six) => Some(six),
        None => four_of(column),
    }
}

/// `column`, of addresses, is compared with an address of IPv6: it is looked for where those stand.
pub(super) fn compared(column: &mut Expr, other: &mut Expr) {
    if let (Some(six), Some(text)) = (six_of(column), text_of(other).and_then(v6)) {
        (*column, *other) = (six, text_literal(text));
    }
}

/// An address of IPv6 as it stands in its column.
pub(super) fn canonical(column: &Expr, other: &mut Expr) {
    if four_of(column).is_some()
        && let Some(text) = text_of(other).and_then(v6)
    {
        *other = text_literal(text);
    }
}

/// A list that has addresses of IPv6: those are looked for in their column, also where no `WHERE` asks.
pub(super) fn listed(expr: &mut Expr) {
    let Expr::InList { list, .. } = expr else { return };
    let mut has_six = false;
    for item in list {
        if let Some(text) = text_of(item).and_then(v6) {
            *item = text_literal(text);
            has_six = true;
        }
    }
    if has_six {
        other(expr);
    }
}

/// What comes first is asked of `left` and `right`: addresses of IPv6 are in order by their numbers, not as texts.
///
/// # Errors
/// When they are held against what is none.
pub(super) fn ordered(left: &mut Expr, right: &mut Expr) -> Result<(), AddressFault> {
    let Some(column) = [&*left, &*right].into_iter().find(|side| four_of(side).is_some()) else {
        return Ok(());
    };
    let column = column.to_string();
    for side in [left, right] {
        match text_of(side).map(|text| (text.to_owned(), address::order_of(text))) {
            None => *side = address::in_order(side.clone()),
            Some((_, Some(order))) => *side = text_literal(order),
            Some((text, None)) => return Err(AddressFault::NotSix { column, text }),
        }
    }
    Ok(())
}

/// Whether an expression is a column of addresses, of either kind.
pub(super) fn is_either(expr: &Expr) -> bool {
    six_of(expr).or_else(|| four_of(expr)).is_some()
}

fn v6(text: &str) -> Option<String> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V6(address) => Some(address.to_string()),
        IpAddr::V4(_) => None,
    }
}

/// The column of IPv6 beside one of IPv4.
pub(super) fn six_of(column: &Expr) -> Option<Expr> {
    let six = columns::six(address_column(column_of(column)?)?);
    Some(renamed(column, six))
}

/// The column of IPv4 beside one of IPv6.
fn four_of(column: &Expr) -> Option<Expr> {
    let name = column_of(column)?;
    let four = columns::COLUMNS.iter().map(|column| column.name);
    let four = four.filter_map(address_column).find(|four| columns::six(four) == name)?;
    Some(renamed(column, four))
}

fn renamed(column: &Expr, name: &str) -> Expr {
    let mut column = column.clone();
    match &mut column {
        Expr::Identifier(own) => name.clone_into(&mut own.value),
        Expr::CompoundIdentifier(names) => {
            names.last_mut().into_iter().for_each(|own| name.clone_into(&mut own.value));
        }
        _ => (),
    }
    column
}

pub(super) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

fn either(one: Expr, other: Expr) -> Expr {
    Expr::Nested(Box::new(binary(one, BinaryOperator::Or, other)))
}

fn is_not_null(column: Expr) -> Expr {
    Expr::IsNotNull(Box::new(column))
}

fn text_literal(text: String) -> Expr {
    Expr::value(Value::SingleQuotedString(text))
}
