//! Which strings or values a record must have for a rule to hold, the rarest that can be named.

use super::{
    pattern::{Name, Pattern, Test},
    program::Expr,
    text::{Fold, Piece, Shape, TextPattern, fold_char},
};
use crate::prefilter::{Background, SHORT, WINDOW};

/// What wakes a rule. Every string is in ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// Stands in a value, at this place; at least [`SHORT`] bytes.
    Literal(At, Box<[u8]>),
    /// Is the whole value.
    Whole(Box<[u8]>),
    /// Begins the value; shorter than [`WINDOW`].
    Start(Box<[u8]>),
    /// Ends the value; shorter than [`WINDOW`].
    End(Box<[u8]>),
    Number(i64),
}

/// Where in the value a string must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    Anywhere,
    Start,
    End,
    Whole,
}

/// One thing to look for in one field, and the test that asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor {
    /// `None`: anywhere in the record.
    pub(crate) field: Option<Name>,
    pub(crate) wanted: Wanted,
    /// Number of the test in its rule.
    pub(crate) test: u32,
    /// Finding it means that the test holds.
    pub(crate) proves: bool,
}

/// One of the anchors is in every record for which the expression holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnchorSet {
    pub(crate) anchors: Vec<Anchor>,
    /// Sum of the anchors' likelihoods in ordinary records.
    pub(crate) cost: f64,
}

/// Dearer sets than this wake the rule so often that asking it at once is cheaper, if it is a small one.
const WORTH: f64 = 0.6;
const SMALL: usize = 12;
/// More strings than this for one rule are not worth their memory.
const MOST: usize = 50_000;

/// The cheapest set of anchors, or nothing when the rule must be asked about every record. Tests that
/// their anchors decide, one way or the other, are marked.
pub(crate) fn choose(expr: &mut Expr, background: &Background) -> Option<AnchorSet> {
    let mut set = of_expr(expr, background)?;
    let is_small = set.anchors.len() <= SMALL;
    if (set.cost > WORTH && is_small) || set.anchors.len() > MOST {
        return None;
    }
    set.anchors.sort_unstable();
    set.anchors.dedup();
    mark(expr, &set);
    Some(set)
}

fn mark(expr: &mut Expr, set: &AnchorSet) {
    match expr {
        Expr::Test(test) => {
            let mut own = set.anchors.iter().filter(|anchor| anchor.test == test.number).peekable();
            test.decided = own.peek().is_some() && own.all(|anchor| anchor.proves);
        }
        Expr::Not(inner) => mark(inner, set),
        Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(|part| mark(part, set)),
    }
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
    union(test.patterns.iter().map(|pattern| of_pattern(test, pattern, background)))
}

fn cheapest(sets: impl Iterator<Item = AnchorSet>) -> Option<AnchorSet> {
    sets.min_by(|one, other| one.cost.total_cmp(&other.cost))
}

fn union(sets: impl Iterator<Item = Option<AnchorSet>>) -> Option<AnchorSet> {
    let mut all = AnchorSet::default();
    for set in sets {
        let set = set?;
        all.anchors.extend(set.anchors);
        all.cost += set.cost;
    }
    Some(all)
}

fn of_pattern(test: &Test, pattern: &Pattern, background: &Background) -> Option<AnchorSet> {
    let one = |wanted: Wanted, proves: bool, cost: f64| {
        let proves = proves && test.field.is_some();
        let anchor = Anchor { field: test.field, wanted, test: test.number, proves };
        AnchorSet { anchors: vec![anchor], cost }
    };
    match pattern {
        Pattern::Text(pattern) => of_text(test.field.is_some(), pattern, background)
            .map(|(wanted, proves, cost)| one(wanted, proves, cost)),
        Pattern::Regex(regex) => {
            let ways = regex.required(SHORT);
            union(ways.iter().map(|run| {
                let (wanted, cost) = literal(At::Anywhere, run, background)?;
                Some(one(wanted, false, cost))
            }))
            .filter(|set| !set.anchors.is_empty())
        }
        Pattern::Int(value) => {
            test.field?;
            let cost = background.number(*value);
            Some(one(Wanted::Number(*value), true, cost))
        }
        Pattern::Cidr(_)
        | Pattern::Bool(_)
        | Pattern::Compare(..)
        | Pattern::Part(..)
        | Pattern::Exists(_)
        | Pattern::SameAs { .. } => None,
    }
}

type Found = (Wanted, bool, f64);

fn of_text(has_field: bool, pattern: &TextPattern, background: &Background) -> Option<Found> {
    if pattern.fold != Fold::Unicode
        && has_field
        && let Some(found) = edge(pattern, background)
    {
        return Some(found);
    }
    let exact = pattern.fold == Fold::Ascii;
    let whole = |at: At, bytes: &[u8]| -> Option<Found> {
        if pattern.fold != Fold::Unicode {
            let (wanted, cost) = literal(at, bytes, background)?;
            return Some((wanted, exact, cost));
        }
        rarest_run(steady_runs(bytes).iter().map(Vec::as_slice), background)
    };
    match &pattern.shape {
        Shape::Equals(text) => whole(At::Whole, text),
        Shape::Starts(text) => whole(At::Start, text),
        Shape::Ends(text) => whole(At::End, text),
        Shape::Contains(needle) => whole(At::Anywhere, &needle.bytes),
        Shape::Glob(pieces) => {
            let texts = pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text),
                Piece::One | Piece::Many => None,
            });
            let runs: Vec<Vec<u8>> = texts
                .flat_map(|text| match pattern.fold {
                    Fold::Unicode => steady_runs(text),
                    Fold::None | Fold::Ascii => vec![text.to_vec()],
                })
                .collect();
            rarest_run(runs.iter().map(Vec::as_slice), background)
        }
    }
}

fn rarest_run<'r>(runs: impl Iterator<Item = &'r [u8]>, background: &Background) -> Option<Found> {
    let found = runs.filter_map(|run| {
        let (wanted, cost) = literal(At::Anywhere, run, background)?;
        Some((wanted, false, cost))
    });
    found.min_by(|one, other| one.2.total_cmp(&other.2))
}

/// Whole values, and starts and ends too short for the bitmap, by hash map.
fn edge(pattern: &TextPattern, background: &Background) -> Option<Found> {
    let exact = pattern.fold == Fold::Ascii;
    let (wanted, cost) = match &pattern.shape {
        Shape::Equals(text) if !text.is_empty() && text.len() <= super::plan::KEY_LIMIT => {
            (Wanted::Whole(lower(text)), background.whole(&lower(text)))
        }
        Shape::Starts(text) if (1..WINDOW).contains(&text.len()) => {
            (Wanted::Start(lower(text)), background.edge(&lower(text)))
        }
        Shape::Ends(text) if (1..WINDOW).contains(&text.len()) => {
            (Wanted::End(lower(text)), background.edge(&lower(text)))
        }
        _ => return None,
    };
    Some((wanted, exact, cost))
}

fn literal(at: At, bytes: &[u8], background: &Background) -> Option<(Wanted, f64)> {
    let bytes = lower(bytes);
    let (_, cost) = background.rarest(&bytes)?;
    Some((Wanted::Literal(at, bytes), cost))
}

fn lower(bytes: &[u8]) -> Box<[u8]> {
    bytes.to_ascii_lowercase().into()
}

/// Stretches of the pattern whose bytes every match has, ASCII case aside.
fn steady_runs(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let steady = |c: char| c.is_ascii() || (fold_char(c) == c && c.to_uppercase().eq([c]));
    text.split(|c| !steady(c)).map(|run| run.as_bytes().to_vec()).collect()
}
