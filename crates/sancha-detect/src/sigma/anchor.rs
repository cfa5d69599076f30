//! Which strings or values a record must have for a rule to hold, the rarest that can be named.

use super::{
    pattern::{Name, Pattern, Test},
    program::Expr,
    text::{Fold, Piece, Shape, TextPattern, fold_char},
};
use crate::prefilter::{Background, WINDOW};

/// What wakes a rule. Every string is in ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anchor {
    /// Stands somewhere in one of the values; at least [`WINDOW`] bytes.
    Literal(Box<[u8]>),
    /// Is the whole value.
    Whole(Name, Box<[u8]>),
    /// Begins the value; shorter than [`WINDOW`].
    Start(Name, Box<[u8]>),
    /// Ends the value; shorter than [`WINDOW`].
    End(Name, Box<[u8]>),
    Number(Name, i64),
}

/// One of the anchors is in every record for which the expression holds.
#[derive(Clone, Debug)]
pub(crate) struct AnchorSet {
    pub(crate) anchors: Vec<Anchor>,
    /// Sum of the anchors' likelihoods in ordinary records.
    pub(crate) cost: f64,
}

/// Dearer sets than this wake the rule so often that asking it at once is cheaper.
const WORTH: f64 = 0.3;
/// More strings than this for one rule are not worth their memory.
const MOST: usize = 2000;

/// The cheapest set of anchors, or nothing when the rule must be asked about every record.
pub(crate) fn choose(expr: &Expr, background: &Background) -> Option<AnchorSet> {
    let mut set = of_expr(expr, background)?;
    set.anchors.sort_unstable();
    set.anchors.dedup();
    (set.cost <= WORTH && set.anchors.len() <= MOST).then_some(set)
}

fn of_expr(expr: &Expr, background: &Background) -> Option<AnchorSet> {
    match expr {
        Expr::Test(test) => of_test(test, background),
        Expr::Not(_) => None,
        Expr::And(parts) => cheapest(parts.iter().filter_map(|part| of_expr(part, background))),
        Expr::Or(parts) => union(parts.iter().map(|part| of_expr(part, background))),
    }
}

fn of_test(test: &Test, background: &Background) -> Option<AnchorSet> {
    union(test.patterns.iter().map(|pattern| of_pattern(test.field, pattern, background)))
}

fn cheapest(sets: impl Iterator<Item = AnchorSet>) -> Option<AnchorSet> {
    sets.min_by(|one, other| one.cost.total_cmp(&other.cost))
}

fn union(sets: impl Iterator<Item = Option<AnchorSet>>) -> Option<AnchorSet> {
    let mut all = AnchorSet { anchors: Vec::new(), cost: 0.0 };
    for set in sets {
        let set = set?;
        all.anchors.extend(set.anchors);
        all.cost += set.cost;
    }
    Some(all)
}

fn of_pattern(
    field: Option<Name>,
    pattern: &Pattern,
    background: &Background,
) -> Option<AnchorSet> {
    match pattern {
        Pattern::Text(pattern) => of_text(field, pattern, background),
        Pattern::Regex(regex) => {
            let runs = regex.required();
            cheapest(runs.iter().filter_map(|run| literal(run, background)))
        }
        Pattern::Int(value) => {
            let cost = background.whole(value.to_string().as_bytes());
            Some(AnchorSet { anchors: vec![Anchor::Number(field?, *value)], cost })
        }
        Pattern::Cidr(_)
        | Pattern::Bool(_)
        | Pattern::Compare(..)
        | Pattern::Exists(_)
        | Pattern::SameAs { .. } => None,
    }
}

fn of_text(
    field: Option<Name>,
    pattern: &TextPattern,
    background: &Background,
) -> Option<AnchorSet> {
    if pattern.fold != Fold::Unicode
        && let Some(field) = field
        && let Some(set) = edge(field, &pattern.shape, background)
    {
        return Some(set);
    }
    let whole = |bytes: &[u8]| steady_runs(bytes, pattern.fold);
    let runs: Vec<Vec<u8>> = match &pattern.shape {
        Shape::Equals(text) | Shape::Starts(text) | Shape::Ends(text) => whole(text),
        Shape::Contains(needle) => whole(&needle.bytes),
        Shape::Glob(pieces) => pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Text(text) => whole(text),
                Piece::One | Piece::Many => Vec::new(),
            })
            .collect(),
    };
    cheapest(runs.iter().filter_map(|run| literal(run, background)))
}

/// Whole values, and starts and ends too short for the bitmap, by hash map.
fn edge(field: Name, shape: &Shape, background: &Background) -> Option<AnchorSet> {
    let (anchor, cost) = match shape {
        Shape::Equals(text) if !text.is_empty() && text.len() <= super::plan::KEY_LIMIT => {
            (Anchor::Whole(field, lower(text)), background.whole(&lower(text)))
        }
        Shape::Starts(text) if (1..WINDOW).contains(&text.len()) => {
            (Anchor::Start(field, lower(text)), background.edge(&lower(text)))
        }
        Shape::Ends(text) if (1..WINDOW).contains(&text.len()) => {
            (Anchor::End(field, lower(text)), background.edge(&lower(text)))
        }
        _ => return None,
    };
    Some(AnchorSet { anchors: vec![anchor], cost })
}

fn literal(bytes: &[u8], background: &Background) -> Option<AnchorSet> {
    let bytes = lower(bytes);
    let (_, cost) = background.rarest(&bytes)?;
    Some(AnchorSet { anchors: vec![Anchor::Literal(bytes)], cost })
}

fn lower(bytes: &[u8]) -> Box<[u8]> {
    bytes.to_ascii_lowercase().into()
}

/// Stretches of the pattern whose bytes every match has, ASCII case aside.
fn steady_runs(bytes: &[u8], fold: Fold) -> Vec<Vec<u8>> {
    let text = match (fold, std::str::from_utf8(bytes)) {
        (Fold::Unicode, Ok(text)) => text,
        (Fold::Unicode, Err(_)) => return Vec::new(),
        (Fold::None | Fold::Ascii, _) => return vec![bytes.to_vec()],
    };
    let steady = |c: char| c.is_ascii() || (fold_char(c) == c && c.to_uppercase().eq([c]));
    text.split(|c| !steady(c)).map(|run| run.as_bytes().to_vec()).collect()
}
