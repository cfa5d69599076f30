use rsigma_parser::{
    ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode,
};
use sancha_model::{FieldId, Fields, Level, LocalText, Outcome, Scenario};

use super::{about::About, names, pattern::Name, reason::Reason, source::LogSource, texts};

/// A Sigma correlation: so many matches of its rules, of one group, within a time span.
#[derive(Clone, Debug)]
pub struct Correlation {
    pub id: String,
    pub title: LocalText,
    pub note: LocalText,
    pub path: String,
    pub level: Level,
    pub scenario: Scenario,
    pub outcome: Option<Outcome>,
    /// Places in [`super::Rules::list`].
    pub rules: Vec<u32>,
    pub group_by: Vec<FieldId>,
    pub timespan_nanos: i64,
    pub kind: CorrelationKind,
    pub condition: Threshold,
    /// Whether its rules' matches also count by themselves (Sigma's `generate`).
    pub generate: bool,
}

/// What is counted within the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    EventCount,
    /// Different values of the field.
    ValueCount {
        field: FieldId,
    },
}

/// The correlation holds from this count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    pub at_least: u64,
}

/// A correlation whose fields have no ids yet.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) path: String,
    about: About,
    level: Level,
    rules: Vec<u32>,
    group_by: Vec<Name>,
    timespan_nanos: i64,
    counted: Option<Name>,
    at_least: u64,
    generate: bool,
}

/// Finds loaded rules and gives names their place.
pub(crate) trait Lookup {
    /// By id or `name`: place in the list and log source.
    fn rule(&self, reference: &str) -> Option<(u32, LogSource)>;
    fn name(&mut self, name: &str) -> Result<Name, Reason>;
}

impl Draft {
    pub(crate) fn read(
        rule: &CorrelationRule,
        path: &str,
        id: String,
        lookup: &mut dyn Lookup,
    ) -> Result<Self, Reason> {
        if rule.window != WindowMode::Sliding {
            return Err(unsupported(rule.window.as_str()));
        }
        if !rule.aliases.is_empty() {
            return Err(unsupported("aliases"));
        }
        let (at_least, field) = threshold(&rule.condition)?;
        let (rules, source) = referred(&rule.rules, lookup)?;
        let mut place = |name: &str| lookup.name(names::resolve(&source, name));
        let counted = match (rule.correlation_type, field) {
            (CorrelationType::EventCount, _) => None,
            (CorrelationType::ValueCount, Some(field)) => Some(place(field)?),
            (other, _) => return Err(unsupported(other.as_str())),
        };
        let group_by = rule.group_by.iter().map(|name| place(name)).collect::<Result<_, _>>()?;
        let description = rule.description.as_deref();
        Ok(Self {
            id,
            path: path.to_owned(),
            about: About::read(&rule.title, description, &rule.tags, &rule.custom_attributes)?,
            level: super::load::level(rule.level),
            rules,
            group_by,
            timespan_nanos: i64::try_from(rule.timespan.seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000_000_000),
            counted,
            at_least,
            generate: rule.generate,
        })
    }

    /// Names become ids; a name that `fields` lacks is left out and matches nothing.
    pub(crate) fn resolve(&self, names: &[String], fields: &Fields) -> Correlation {
        let id = |name: &Name| fields.id(names.get(usize::from(*name))?);
        Correlation {
            id: self.id.clone(),
            title: self.about.title.clone(),
            note: self.about.note.clone(),
            path: self.path.clone(),
            level: self.level,
            scenario: self.about.scenario,
            outcome: self.about.outcome,
            rules: self.rules.clone(),
            group_by: self.group_by.iter().filter_map(id).collect(),
            timespan_nanos: self.timespan_nanos,
            kind: match self.counted.as_ref().and_then(id) {
                Some(field) => CorrelationKind::ValueCount { field },
                None => CorrelationKind::EventCount,
            },
            condition: Threshold { at_least: self.at_least },
            generate: self.generate,
        }
    }
}

fn threshold(condition: &CorrelationCondition) -> Result<(u64, Option<&str>), Reason> {
    let CorrelationCondition::Threshold { predicates, field, percentile: None } = condition else {
        return Err(unsupported("condition"));
    };
    let at_least = match predicates.as_slice() {
        [(ConditionOperator::Gte, count)] => *count,
        [(ConditionOperator::Gt, count)] => count.saturating_add(1),
        _ => return Err(unsupported("condition")),
    };
    match field.as_deref() {
        None => Ok((at_least, None)),
        Some([field]) => Ok((at_least, Some(field))),
        Some(_) => Err(unsupported("condition.field")),
    }
}

fn referred(references: &[String], lookup: &dyn Lookup) -> Result<(Vec<u32>, LogSource), Reason> {
    let mut places = Vec::new();
    let mut source = None;
    for reference in references {
        let Some((place, its)) = lookup.rule(reference) else {
            let reason = Reason::new(&texts::CORRELATION_RULE, &[("name", reference)]);
            return Err(reason.near(reference.as_str()));
        };
        places.push(place);
        source.get_or_insert(its);
    }
    source.map(|source| (places, source)).ok_or_else(|| unsupported("rules"))
}

fn unsupported(name: &str) -> Reason {
    Reason::new(&texts::CORRELATION_KIND, &[("name", name)]).near("correlation:")
}
