//! Ranges, choices and patterns of addresses, written as the comparisons that they stand for, so that they mean the same.

use std::net::IpAddr;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::{
    AddressFault,
    pair::{binary, is_either, six_of},
    text_of,
};

/// `a BETWEEN b AND c` of addresses is `a >= b AND a <= c`; `CASE a WHEN b …` is `CASE WHEN a = b …`; a
/// pattern of IPv6 is looked for where those stand; `NOT` comes before all.
///
/// # Errors
/// When a range goes from one kind of address to the other.
pub(super) fn plain(expr: &mut Expr) -> Result<(), AddressFault> {
    match expr {
        Expr::Between { expr: value, negated, low, high }
            if [&*value, &*low, &*high].into_iter().any(|part| is_either(part)) =>
        {
            of_one_kind(low, high)?;
            let than = |op, bound: &Expr| binary((**value).clone(), op, bound.clone());
            let (from, to) = (than(BinaryOperator::GtEq, low), than(BinaryOperator::LtEq, high));
            let both = Expr::Nested(Box::new(binary(from, BinaryOperator::And, to)));
            *expr = if *negated { not(both) } else { both };
        }
        Expr::Like { expr: column, pattern, negated, .. }
        | Expr::ILike { expr: column, pattern, negated, .. }
            if is_either(column) =>
        {
            // No address of IPv4 has a colon.
            if let Some(six) = six_of(column).filter(|_| text_of(pattern).is_some_and(has_colon)) {
                **column = six;
            }
            if std::mem::take(negated) {
                *expr = not(expr.clone());
            }
        }
        Expr::Case { operand, conditions, .. } if operand.as_deref().is_some_and(is_either) => {
            let Some(operand) = operand.take() else { return Ok(()) };
            for when in conditions {
                let value = when.condition.clone();
                when.condition = binary((*operand).clone(), BinaryOperator::Eq, value);
            }
        }
        _ => (),
    }
    Ok(())
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(Expr::Nested(Box::new(expr))) }
}

fn has_colon(text: &str) -> bool {
    text.contains(':')
}

fn of_one_kind(low: &Expr, high: &Expr) -> Result<(), AddressFault> {
    let address = |bound| {
        let text = text_of(bound)?;
        Some((text, text.parse::<IpAddr>().ok()?.to_canonical().is_ipv6()))
    };
    match (address(low), address(high)) {
        (Some((low, low_is_six)), Some((high, high_is_six))) if low_is_six != high_is_six => {
            Err(AddressFault::TwoKinds { low: low.to_owned(), high: high.to_owned() })
        }
        _ => Ok(()),
    }
}
