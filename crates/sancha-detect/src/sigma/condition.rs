//! A rule's `detection` section as one expression.

use rsigma_parser::{ConditionExpr, Detection, Detections, Quantifier, SelectorPattern};

use super::{
    pattern::Name,
    program::Expr,
    reason::Reason,
    texts,
    values::{self, Placeholders},
};

/// `2 of …` is written out as every pair; more than this many ways is refused.
const COMBINATIONS: usize = 256;
/// Tests that one condition may grow to when detections are named more than once.
const TESTS: usize = 100_000;

type Names<'n> = &'n mut dyn FnMut(&str) -> Result<Name, Reason>;

pub(crate) fn read(
    detections: &Detections,
    placeholders: &Placeholders,
    names: Names<'_>,
) -> Result<Expr, Reason> {
    if detections.timeframe.is_some() {
        return Err(Reason::new(&texts::TIMEFRAME, &[]).near("timeframe:"));
    }
    let mut reader = Reader { detections, placeholders, names, tests: 0 };
    let mut all = Vec::new();
    for condition in &detections.conditions {
        all.push(reader.condition(condition)?);
    }
    Ok(Expr::Or(all).simplified())
}

/// The placeholders that a rule names, each once.
pub(crate) fn placeholders(detections: &Detections) -> Vec<String> {
    fn walk(detection: &Detection, names: &mut Vec<String>) {
        match detection {
            Detection::AllOf(items) => {
                names.extend(items.iter().flat_map(values::placeholder_names));
            }
            Detection::AnyOf(parts) | Detection::And(parts) => {
                parts.iter().for_each(|part| walk(part, names));
            }
            Detection::Keywords(_)
            | Detection::ArrayMatch { .. }
            | Detection::Conditional { .. } => {}
        }
    }
    let mut names = Vec::new();
    detections.named.values().for_each(|detection| walk(detection, &mut names));
    names.sort_unstable();
    names.dedup();
    names
}

struct Reader<'r> {
    detections: &'r Detections,
    placeholders: &'r Placeholders,
    names: Names<'r>,
    tests: usize,
}

impl Reader<'_> {
    fn condition(&mut self, condition: &ConditionExpr) -> Result<Expr, Reason> {
        Ok(match condition {
            ConditionExpr::And(parts) => Expr::And(self.conditions(parts)?),
            ConditionExpr::Or(parts) => Expr::Or(self.conditions(parts)?),
            ConditionExpr::Not(inner) => Expr::Not(Box::new(self.condition(inner)?)),
            ConditionExpr::Identifier(name) => self.named(name)?,
            ConditionExpr::Selector { quantifier, pattern } => self.select(quantifier, pattern)?,
        })
    }

    fn conditions(&mut self, parts: &[ConditionExpr]) -> Result<Vec<Expr>, Reason> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn named(&mut self, name: &str) -> Result<Expr, Reason> {
        let Some(detection) = self.detections.named.get(name) else {
            return Err(Reason::new(&texts::CONDITION, &[("name", name)]).near("condition:"));
        };
        self.tests += 1;
        if self.tests > TESTS {
            return Err(Reason::new(&texts::COUNT, &[("name", name)]).near("condition:"));
        }
        self.detection(detection)
    }

    fn detection(&mut self, detection: &Detection) -> Result<Expr, Reason> {
        Ok(match detection {
            Detection::AllOf(items) if items.is_empty() => {
                return Err(Reason::new(&texts::EMPTY, &[]).near("detection:"));
            }
            Detection::AllOf(items) => {
                let read = |item| values::item(item, self.placeholders, self.names);
                Expr::And(items.iter().map(read).collect::<Result<_, _>>()?)
            }
            Detection::AnyOf(parts) => Expr::Or(self.detections(parts)?),
            Detection::And(parts) => Expr::And(self.detections(parts)?),
            Detection::Keywords(keywords) => values::keywords(keywords)?,
            Detection::ArrayMatch { field, .. } => return Err(array(field)),
            Detection::Conditional { .. } => return Err(array("condition")),
        })
    }

    fn detections(&mut self, parts: &[Detection]) -> Result<Vec<Expr>, Reason> {
        parts.iter().map(|part| self.detection(part)).collect()
    }

    fn select(&mut self, many: &Quantifier, pattern: &SelectorPattern) -> Result<Expr, Reason> {
        // The parser keeps names in a hash map: sort, or the code would differ from run to run.
        let mut found: Vec<&str> = self.detections.named.keys().map(String::as_str).collect();
        found.retain(|name| pattern.matches_detection_name(name));
        found.sort_unstable();
        let shown = format!("{many} of {pattern}");
        if found.is_empty() {
            return Err(Reason::new(&texts::CONDITION, &[("name", &shown)]).near("condition:"));
        }
        let wanted = match many {
            Quantifier::Any => 1,
            Quantifier::All => found.len(),
            Quantifier::Count(count) => usize::try_from(*count).unwrap_or(usize::MAX),
        };
        let choices = match wanted {
            0 => None,
            1 => Some(found.iter().map(|name| vec![*name]).collect()),
            wanted => combinations(&found, wanted),
        };
        let too_large = || Reason::new(&texts::COUNT, &[("name", &shown)]).near("condition:");
        let mut ways = Vec::new();
        for choice in choices.ok_or_else(too_large)? {
            let parts = choice.into_iter().map(|name| self.named(name));
            ways.push(Expr::And(parts.collect::<Result<_, _>>()?));
        }
        Ok(Expr::Or(ways))
    }
}

fn array(field: &str) -> Reason {
    Reason::new(&texts::ARRAY, &[("name", field)]).near(field)
}

/// Every choice of `count` names, or nothing when there are too many.
fn combinations<'n>(names: &[&'n str], count: usize) -> Option<Vec<Vec<&'n str>>> {
    if count == names.len() {
        return Some(vec![names.to_vec()]);
    }
    let mut ways: Vec<Vec<&str>> = vec![Vec::new()];
    let mut next: Vec<usize> = vec![0];
    for _ in 0..count {
        let mut longer = Vec::new();
        let mut starts = Vec::new();
        for (way, start) in ways.iter().zip(&next) {
            for (at, name) in names.iter().enumerate().skip(*start) {
                longer.push([way.as_slice(), &[*name]].concat());
                starts.push(at + 1);
            }
        }
        if longer.len() > COMBINATIONS {
            return None;
        }
        (ways, next) = (longer, starts);
    }
    Some(ways)
}

impl Expr {
    /// Takes away chains of one part, which reading leaves everywhere.
    fn simplified(self) -> Self {
        match self {
            Self::Test(_) => self,
            Self::Not(inner) => Self::Not(Box::new(inner.simplified())),
            Self::And(parts) => Self::chain(parts, Self::And),
            Self::Or(parts) => Self::chain(parts, Self::Or),
        }
    }

    fn chain(parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        let mut parts: Vec<Self> = parts.into_iter().map(Self::simplified).collect();
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                parts.extend(last);
                join(parts)
            }
        }
    }
}
