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
    /// The field is there, whatever it says.
    Present,
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
/// Sets of anchors kept for one rule: the cheapest, and others for sites that have its strings.
pub(crate) const SETS: usize = 4;

/// Sets of anchors, each of which a record must meet for the rule to hold, the cheapest first; none
/// when the rule must be asked about every record. Tests that the anchors of the first set decide,
/// one way or the other, are marked.
pub(crate) fn choose(expr: &mut Expr, background: &Background) -> Vec<AnchorSet> {
    let mut sets = of_expr(expr, background);
    sets.retain(|set| {
        let is_small = set.anchors.len() <= SMALL && !set.is_presence();
        set.anchors.len() <= MOST && (set.cost <= WORTH || !is_small)
    });
    for set in &mut sets {
        set.anchors.sort_unstable();
        set.anchors.dedup();
    }
    if let Some(first) = sets.first() {
        mark(expr, first);
    }
    sets
}

impl AnchorSet {
    /// Whether it says no more than that some field is there.
    pub(crate) fn is_presence(&self) -> bool {
        self.anchors.iter().any(|anchor| anchor.wanted == Wanted::Present)
    }

    /// Whether values must be searched through for it.
    pub(crate) fn needs_search(&self) -> bool {
        self.anchors.iter().any(|anchor| matches!(anchor.wanted, Wanted::Literal(..)))
    }
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

/// Sets that stand for the expression, in rising order of their cost.
fn of_expr(expr: &Expr, background: &Background) -> Vec<AnchorSet> {
    match expr {
        Expr::Test(test) => of_test(test, background).into_iter().chain(presence(test)).collect(),
        Expr::Not(_) => Vec::new(),
        Expr::And(parts) => {
            cheapest(parts.iter().flat_map(|part| of_expr(part, background)).collect())
        }
        Expr::Or(parts) => {
            alternatives(parts.iter().map(|part| of_expr(part, background)).collect())
        }
    }
}

/// The first sets in order of their cost, of those that ask for the presence of a field only one.
fn cheapest(mut sets: Vec<AnchorSet>) -> Vec<AnchorSet> {
    sets.sort_by(|one, other| one.cost.total_cmp(&other.cost));
    let mut has_presence = false;
    sets.retain(|set| !set.is_presence() || !std::mem::replace(&mut has_presence, true));
    sets.truncate(SETS);
    sets
}

/// Every part must be stood for; the second set is that of everyone's second, and so on.
fn alternatives(parts: Vec<Vec<AnchorSet>>) -> Vec<AnchorSet> {
    if parts.is_empty() {
        // Nothing makes it hold.
        return vec![AnchorSet::default()];
    }
    let count = parts.iter().map(Vec::len).max().unwrap_or(0);
    let nth = |at: usize| union(parts.iter().map(|sets| sets.get(at).or(sets.last()).cloned()));
    cheapest((0..count).filter_map(nth).collect())
}

/// Whatever the test asks of its field, it must be there.
fn presence(test: &Test) -> Option<AnchorSet> {
    let is_asked = |pattern: &Pattern| !matches!(pattern, Pattern::Exists(false));
    let field = test.field.filter(|_| test.patterns.iter().all(is_asked))?;
    let wanted = Wanted::Present;
    let anchor = Anchor { field: Some(field), wanted, test: test.number, proves: false };
    Some(AnchorSet { anchors: vec![anchor], cost: PRESENT })
}

/// How likely a record has a field that a rule asks for, for want of anything better.
const PRESENT: f64 = 0.6;

fn of_test(test: &Test, background: &Background) -> Option<AnchorSet> {
    union(test.patterns.iter().map(|pattern| of_pattern(test, pattern, background)))
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
            let text = lower(text);
            let cost = background.whole(&text);
            (Wanted::Whole(text), cost)
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
