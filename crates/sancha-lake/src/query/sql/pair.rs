//! Addresses stand in two columns, IPv4 as numbers and IPv6 as text, of which one is null. A question names the first and
//! means both: who asks for another address than some one means those of either kind.

use std::{net::IpAddr, ops::ControlFlow};

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, UnaryOperator, Value, visit_expressions_mut,
};

use super::{address_column, column_of, number, text_of};
use crate::columns;

/// `expr` compares `column`, of addresses, with `other`: it is looked for where addresses of its kind stand.
pub(super) fn compared(expr: &mut Expr, column: &Expr, op: &BinaryOperator, mut other: Expr) {
    let Some(six) = six_of(column) else { return };
    let v6 = text_of(&other).and_then(v6);
    let (of, beside) = match v6 {
        Some(_) => (six, column.clone()),
        None => (column.clone(), six),
    };
    match v6 {
        Some(text) => other = text_literal(text),
        None if *op == BinaryOperator::NotEq && text_of(&other).is_none() => return,
        None => number(&mut other),
    }
    let compared = binary(of, op.clone(), other);
    *expr = match op {
        BinaryOperator::NotEq => either(compared, is_not_null(beside)),
        _ => compared,
    };
}

/// `expr` asks whether `column`, of addresses, is one of `list`.
pub(super) fn listed(expr: &mut Expr) {
    let Expr::InList { expr: column, list, negated } = expr else { return };
    let Some(six) = six_of(column) else { return };
    let (mut fours, mut sixes) = (Vec::new(), Vec::new());
    for mut item in std::mem::take(list) {
        match text_of(&item).and_then(v6) {
            Some(text) => sixes.push(text_literal(text)),
            None => {
                number(&mut item);
                fours.push(item);
            }
        }
    }
    let is_in = |column: &Expr, list: Vec<Expr>| Expr::InList {
        expr: Box::new(column.clone()),
        list,
        negated: *negated,
    };
    *expr = match (fours.is_empty(), sixes.is_empty()) {
        (false, true) if !*negated => is_in(column, fours),
        (true, false) if !*negated => is_in(&six, sixes),
        (false, true) => either(is_in(column, fours), is_not_null(six)),
        (true, false) => either(is_in(&six, sixes), is_not_null((**column).clone())),
        (_, _) => either(is_in(column, fours), is_in(&six, sixes)),
    };
}

/// Within `NOT`, a comparison of one column is false, not unknown, where the address is in the other.
pub(super) fn negated(expr: &mut Expr) {
    let Expr::UnaryOp { op: UnaryOperator::Not, expr } = expr else { return };
    let _: ControlFlow<()> = visit_expressions_mut(expr, |part| {
        if let Expr::BinaryOp { left, op: BinaryOperator::Eq, .. } = part
            && let Some(beside) = six_of(left).or_else(|| four_of(left))
        {
            let compared = part.clone();
            let is_null = Expr::IsNull(Box::new(beside));
            *part = Expr::Nested(Box::new(binary(is_null, BinaryOperator::And, compared)));
        }
        ControlFlow::Continue(())
    });
}

/// An address of IPv6 as it stands in its column.
pub(super) fn canonical(column: &Expr, other: &mut Expr) {
    if four_of(column).is_some()
        && let Some(text) = text_of(other).and_then(v6)
    {
        *other = text_literal(text);
    }
}

fn v6(text: &str) -> Option<String> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V6(address) => Some(address.to_string()),
        IpAddr::V4(_) => None,
    }
}

/// The column of IPv6 beside one of IPv4.
fn six_of(column: &Expr) -> Option<Expr> {
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

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
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
