//! Which columns of a result are addresses, whatever the question calls them.
//!
//! Addresses are numbers in the table. A column is one when it is an address column of the table, under whatever
//! name, or the least, the greatest, the first … of such.

use datafusion::{
    arrow::{
        array::{Array as _, ArrayRef, AsArray as _, StringArray},
        datatypes::{DataType, UInt32Type},
    },
    common::{Column, DFSchema},
    logical_expr::{
        ColumnarValue, Distinct, Expr, LogicalPlan, ScalarUDF, Volatility, create_udf,
        expr::{Alias, WindowFunctionDefinition},
    },
    sql::sqlparser::ast,
};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use super::is_address_column;

/// Functions that give one of the values that they are given.
pub(super) const CHOOSES: [&str; 11] = [
    "min",
    "max",
    "first_value",
    "last_value",
    "nth_value",
    "lag",
    "lead",
    "coalesce",
    "nullif",
    "greatest",
    "least",
];

/// For each column of a plan's result, whether it is an address.
pub(super) fn columns(plan: &LogicalPlan) -> Vec<bool> {
    let input = |expr: &[Expr], below: &LogicalPlan| {
        let known = columns(below);
        expr.iter().map(|expr| is_address(expr, below.schema(), &known)).collect()
    };
    match plan {
        LogicalPlan::TableScan(scan) => {
            scan.projected_schema.fields().iter().map(|f| is_address_column(f.name())).collect()
        }
        LogicalPlan::Projection(projection) => input(&projection.expr, &projection.input),
        LogicalPlan::Aggregate(aggregate) => {
            let all = [aggregate.group_expr.clone(), aggregate.aggr_expr.clone()].concat();
            input(&all, &aggregate.input)
        }
        LogicalPlan::Window(window) => {
            let mut all = columns(&window.input);
            let made: Vec<bool> = input(&window.window_expr, &window.input);
            all.extend(made);
            all
        }
        LogicalPlan::Join(join) => {
            let mut all = columns(&join.left);
            all.extend(columns(&join.right));
            fitted(all, plan)
        }
        LogicalPlan::Union(union) => {
            let mut all = union.inputs.iter().map(|input| columns(input));
            let first = all.next().unwrap_or_default();
            all.fold(first, |first, next| first.iter().zip(next).map(|(a, b)| *a && b).collect())
        }
        LogicalPlan::Distinct(Distinct::On(distinct)) => {
            input(&distinct.select_expr, &distinct.input)
        }
        _ => match plan.inputs().as_slice() {
            [below] => fitted(columns(below), plan),
            _ => fitted(Vec::new(), plan),
        },
    }
}

/// What does not fit the plan's columns one to one says nothing of them.
fn fitted(known: Vec<bool>, plan: &LogicalPlan) -> Vec<bool> {
    let count = plan.schema().fields().len();
    if known.len() == count { known } else { vec![false; count] }
}

fn is_address(expr: &Expr, schema: &DFSchema, known: &[bool]) -> bool {
    let of = |expr: &Expr| is_address(expr, schema, known);
    let chosen = |name: &str, arguments: &[Expr]| {
        // An offset or a place is no value; a null is none of another kind.
        let values = if ["nth_value", "lag", "lead"].contains(&name) { 1 } else { arguments.len() };
        let mut values = arguments.iter().take(values);
        CHOOSES.contains(&name) && !arguments.is_empty() && values.all(of)
    };
    match expr {
        Expr::Column(column) => is_known(column, schema, known),
        Expr::Alias(Alias { expr, .. }) => of(expr),
        Expr::AggregateFunction(call) => chosen(call.func.name(), &call.params.args),
        Expr::ScalarFunction(call) => chosen(call.name(), &call.args),
        Expr::WindowFunction(call) => match &call.fun {
            WindowFunctionDefinition::AggregateUDF(f) => chosen(f.name(), &call.params.args),
            WindowFunctionDefinition::WindowUDF(f) => chosen(f.name(), &call.params.args),
        },
        Expr::Case(case) => {
            let otherwise = case.else_expr.as_ref().is_none_or(|expr| of(expr));
            otherwise && case.when_then_expr.iter().all(|(_, then)| of(then))
        }
        Expr::Literal(value, _) => value.is_null(),
        _ => false,
    }
}

fn is_known(column: &Column, schema: &DFSchema, known: &[bool]) -> bool {
    let place = schema.maybe_index_of_column(column);
    place.and_then(|place| known.get(place)).copied().unwrap_or(false)
}

/// Name of [`as_text`].
pub(super) const AS_TEXT: &str = "ip_text";

/// `ip_text(source_ip)`: an address as text.
pub(super) fn as_text() -> ScalarUDF {
    let call = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let texts: ArrayRef = match arrays.first() {
            Some(numbers) => texts_of(numbers),
            None => Arc::new(StringArray::new_null(0)),
        };
        Ok(ColumnarValue::Array(texts))
    };
    let (takes, gives) = (vec![DataType::UInt32], DataType::Utf8);
    create_udf(AS_TEXT, takes, gives, Volatility::Immutable, Arc::new(call))
}

/// Name of [`order`].
const ORDER: &str = "ip6_order";

/// `ip6_order(source_ip6)`: a text that is in order as addresses of IPv6 are by their numbers. Null for what is none.
pub(super) fn order() -> ScalarUDF {
    let call = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let texts = arrays.first().and_then(|texts| texts.as_string_opt::<i32>());
        let orders: StringArray =
            texts.into_iter().flatten().map(|text| text.and_then(order_of)).collect();
        Ok(ColumnarValue::Array(Arc::new(orders)))
    };
    create_udf(ORDER, vec![DataType::Utf8], DataType::Utf8, Volatility::Immutable, Arc::new(call))
}

/// The 32 hexadecimal digits of an address of IPv6.
pub(super) fn order_of(text: &str) -> Option<String> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V6(address) => Some(format!("{:032x}", address.to_bits())),
        IpAddr::V4(_) => None,
    }
}

/// `ip6_order(expr)`
pub(super) fn in_order(expr: ast::Expr) -> ast::Expr {
    call(ORDER, expr)
}

/// A function of one value.
pub(super) fn call(name: &str, value: ast::Expr) -> ast::Expr {
    let list = ast::FunctionArgumentList {
        duplicate_treatment: None,
        args: vec![ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(value))],
        clauses: Vec::new(),
    };
    ast::Expr::Function(ast::Function {
        name: ast::ObjectName::from(vec![ast::Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Numbers as addresses; anything else is all null.
pub(super) fn texts_of(numbers: &ArrayRef) -> ArrayRef {
    let Some(numbers) = numbers.as_primitive_opt::<UInt32Type>() else {
        return Arc::new(StringArray::new_null(numbers.len()));
    };
    let text = numbers.iter().map(|bits| Some(Ipv4Addr::from_bits(bits?).to_string()));
    Arc::new(text.collect::<StringArray>())
}
