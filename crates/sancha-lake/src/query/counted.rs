//! `SELECT …, count(*) … GROUP BY …` over columns that the companions count by is answered from their counts.

use std::sync::Arc;

use datafusion::{
    common::{
        Column, Result,
        tree_node::{Transformed, TreeNode as _, TreeNodeRecursion},
    },
    datasource::{provider_as_source, source_as_provider},
    functions_aggregate::expr_fn::sum,
    logical_expr::{
        Aggregate, Expr, Filter, LogicalPlan, LogicalPlanBuilder, TableScan, TableScanBuilder,
        expr::AggregateFunction, lit, utils::split_conjunction, when,
    },
    optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule},
};

use super::{
    pushdown,
    table::{SOURCE, Table},
};
use crate::{
    columns,
    rollup::{By, ROWS},
};

/// Units of time that whole hours are enough for.
const UNITS: [&str; 8] = ["hour", "day", "week", "month", "quarter", "year", "dow", "doy"];

/// The rule: rows that are only counted are not read where they are counted already.
#[derive(Debug)]
pub(super) struct Counted;

impl OptimizerRule for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        match from_counts(aggregate)? {
            Some(plan) => Ok(Transformed::yes(plan)),
            None => Ok(Transformed::no(plan)),
        }
    }
}

/// The same groups, from counts. `None`: it takes rows.
fn from_counts(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let Some((scan, conditions)) = scanned(&aggregate.input) else { return Ok(None) };
    let provider = source_as_provider(&scan.source)?;
    let Some(table) = (&*provider as &dyn std::any::Any).downcast_ref::<Table>() else {
        return Ok(None);
    };
    if table.is_counted() || scan.fetch.is_some() || !aggregate.aggr_expr.iter().all(is_count) {
        return Ok(None);
    }
    let by = counts_for(&aggregate.group_expr, &conditions, &scan.filters);
    let Some(by) = by.filter(|by| *by != By::Hour || table.has_whole_hours()) else {
        return Ok(None);
    };
    let source = provider_as_source(Arc::new(table.counted(by)));
    let name = scan.table_name.clone();
    let scan =
        TableScanBuilder::new(name.clone(), source).with_filters(scan.filters.clone()).build()?;
    let mut rows = LogicalPlanBuilder::from(LogicalPlan::TableScan(scan));
    for condition in conditions {
        rows = rows.filter(condition)?;
    }
    let total = sum(Expr::Column(Column::new(Some(name), ROWS)));
    let totals = if aggregate.aggr_expr.is_empty() { vec![] } else { vec![total] };
    let grouped = rows.aggregate(aggregate.group_expr.clone(), totals)?.build()?;
    as_before(grouped, aggregate).map(Some)
}

/// The columns of `aggregate`, in its order and under its names, of groups with one total or none: its counts are
/// all the same.
fn as_before(grouped: LogicalPlan, aggregate: &Aggregate) -> Result<LogicalPlan> {
    let made: Vec<Expr> = grouped.schema().columns().into_iter().map(Expr::Column).collect();
    let groups = aggregate.schema.fields().len().saturating_sub(aggregate.aggr_expr.len());
    let mut columns: Vec<Expr> = made.iter().take(groups).cloned().collect();
    if let Some(total) = made.get(groups) {
        // No row at all has no total, and counts as none.
        let count = when(total.clone().is_null(), lit(0_i64)).otherwise(total.clone())?;
        let counts = aggregate.schema.iter().skip(groups);
        columns.extend(
            counts
                .map(|(table, field)| count.clone().alias_qualified(table.cloned(), field.name())),
        );
    }
    LogicalPlanBuilder::from(grouped).project(columns)?.build()
}

/// The table's rows that a plan takes, and under which conditions.
fn scanned(plan: &LogicalPlan) -> Option<(&TableScan, Vec<Expr>)> {
    match plan {
        LogicalPlan::TableScan(scan) => Some((scan, scan.filters.clone())),
        LogicalPlan::Filter(Filter { predicate, input, .. }) => {
            let (scan, mut conditions) = scanned(input)?;
            conditions.extend(split_conjunction(predicate).into_iter().cloned());
            Some((scan, conditions))
        }
        LogicalPlan::Projection(projection) => {
            let is_plain = projection.expr.iter().all(|expr| matches!(expr, Expr::Column(_)));
            is_plain.then(|| scanned(&projection.input))?
        }
        _ => None,
    }
}

/// `count(*)`: of every row, whatever it has.
fn is_count(expr: &Expr) -> bool {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return false };
    let is_plain = !params.distinct && params.filter.is_none() && params.order_by.is_empty();
    let every = |argument: &Expr| matches!(argument, Expr::Literal(value, _) if !value.is_null());
    func.name() == "count" && is_plain && params.args.len() == 1 && params.args.iter().all(every)
}

/// Which counts tell all that groups and conditions ask for. A time range is fine where the table is told of it.
fn counts_for(groups: &[Expr], conditions: &[Expr], told: &[Expr]) -> Option<By> {
    let mut asked = Asked::default();
    groups.iter().try_for_each(|group| asked.by(group))?;
    for condition in conditions {
        let is_range = matches!(pushdown::filter(condition), Some(super::Filter::Time(_)));
        if !(is_range && told.contains(condition)) {
            asked.by(condition)?;
        }
    }
    let tells = |by: By| asked.names.iter().all(|name| name == SOURCE || by.tells(name));
    By::ALL.into_iter().find(|by| tells(*by) && (!asked.hours || *by == By::Hour))
}

/// What expressions ask of a row.
#[derive(Default)]
struct Asked {
    /// Columns but the time.
    names: Vec<String>,
    /// The time, in whole hours.
    hours: bool,
}

impl Asked {
    /// Adds an expression. `None`: it asks for more of the time than its hour, or may say something else every time.
    fn by(&mut self, expr: &Expr) -> Option<()> {
        let mut asks_more = expr.is_volatile();
        expr.apply(|part| {
            match part {
                Expr::ScalarFunction(function) if is_of_hours(function.name(), &function.args) => {
                    self.hours = true;
                    return Ok(TreeNodeRecursion::Jump);
                }
                Expr::Column(column) if column.name == columns::TIME => asks_more = true,
                Expr::Column(column) => self.names.push(column.name.clone()),
                Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_) => asks_more = true,
                _ => (),
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .ok()?;
        (!asks_more).then_some(())
    }
}

/// `date_trunc('hour', time)` and the like.
fn is_of_hours(name: &str, arguments: &[Expr]) -> bool {
    let [Expr::Literal(unit, _), Expr::Column(column)] = arguments else { return false };
    let unit = unit.try_as_str().flatten().unwrap_or("").to_ascii_lowercase();
    ["date_trunc", "date_part"].contains(&name)
        && column.name == columns::TIME
        && UNITS.contains(&unit.as_str())
}
