//! Addresses of IPv4 as texts, where texts are made of them or they stand among texts.

use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

use super::{AddressFault, address, ipv4, is_address, literal};

/// `ip('1.2.3.4')` becomes its number; of other functions, those that take texts are given texts.
///
/// # Errors
/// When `ip(…)` is asked for what is no address of IPv4.
pub(super) fn function(expr: &mut Expr) -> Result<(), AddressFault> {
    let Expr::Function(function) = expr else { return Ok(()) };
    let name = function.name.to_string().to_ascii_lowercase();
    if name == "ip" {
        let text = function.args.to_string();
        let text = text.trim_matches(['(', ')', '\'']);
        let address = ipv4(text).ok_or_else(|| AddressFault::NotFour { text: text.to_owned() })?;
        *expr = literal(address);
        return Ok(());
    }
    let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
    let values: Vec<&mut Expr> = list.args.iter_mut().filter_map(value_of).collect();
    if address::CHOOSES.contains(&name.as_str()) {
        chosen(values);
    } else if !["count", address::AS_TEXT, "approx_distinct"].contains(&name.as_str()) {
        values.into_iter().for_each(as_text);
    }
    Ok(())
}

fn value_of(argument: &mut FunctionArg) -> Option<&mut Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value))
        | FunctionArg::Named { arg: FunctionArgExpr::Expr(value), .. } => Some(value),
        _ => None,
    }
}

pub(super) fn is_text(kind: &ast::DataType) -> bool {
    use ast::DataType as Type;
    matches!(
        kind,
        Type::Varchar(_) | Type::Text | Type::String(_) | Type::Char(_) | Type::Nvarchar(_)
    )
}

/// Values of which one is chosen: where some are no addresses of IPv4, those that are become texts.
pub(super) fn chosen(values: Vec<&mut Expr>) {
    let fits = |value: &&mut Expr| is_address_value(value) || is_number_or_null(value);
    if !values.iter().all(fits) {
        values.into_iter().for_each(as_text);
    }
}

/// Whether the value is an address column of IPv4, or one chosen of such.
fn is_address_value(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_address_value(inner),
        Expr::Case { conditions, else_result, .. } => {
            let results = conditions.iter().map(|when| &when.result);
            are_addresses(&results.chain(else_result.as_deref()).collect::<Vec<_>>())
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            let FunctionArguments::List(list) = &function.args else { return false };
            let values = list.args.iter().filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
                _ => None,
            });
            address::CHOOSES.contains(&name.as_str()) && are_addresses(&values.collect::<Vec<_>>())
        }
        _ => is_address(expr),
    }
}

/// Whether some are addresses of IPv4, and the others numbers or nothing.
fn are_addresses(values: &[&Expr]) -> bool {
    values.iter().any(|value| is_address_value(value))
        && values.iter().all(|value| is_address_value(value) || is_number_or_null(value))
}

fn is_number_or_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..) | Value::Null))
}

/// An address of IPv4, as text.
pub(super) fn as_text(expr: &mut Expr) {
    if !is_address_value(expr) {
        return;
    }
    *expr = address::call(address::AS_TEXT, expr.clone());
}
