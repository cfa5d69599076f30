use std::collections::BTreeMap;

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType,
    WindowMode,
};
use sancha_model::{FieldId, Level, LocalText, Outcome, Scenario};

use super::{about::About, pattern::Name, reason::Reason, source::LogSource, texts};

/// A Sigma correlation: what the matches of its members, of one group, must be within a time span.
#[derive(Clone, Debug)]
pub struct Correlation {
    pub id: String,
    pub title: LocalText,
    pub note: LocalText,
    pub path: String,
    pub level: Level,
    pub scenario: Scenario,
    pub outcome: Option<Outcome>,
    pub members: Vec<Member>,
    /// Each with the fields that it may be.
    pub group_by: Vec<GroupField>,
    pub timespan_nanos: i64,
    pub kind: CorrelationKind,
    /// The fields whose values are counted or summed.
    pub counted: Vec<Vec<FieldId>>,
    pub condition: Condition,
    /// Whether its rules' matches also count by themselves (Sigma's `generate`).
    pub generate: bool,
    /// The correlation that this one is a member of.
    pub parent: Option<u32>,
}

/// What a correlation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// Place in [`super::Rules::list`].
    Rule(u32),
    /// Place in the list of correlations.
    Correlation(u32),
}

/// One field of `group-by`, with the fields that an alias makes of it for single members.
#[derive(Clone, Debug, Default)]
pub struct GroupField {
    pub fields: Vec<FieldId>,
    pub by_rule: BTreeMap<u32, Vec<FieldId>>,
}

/// What is told of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    EventCount,
    /// Different values of the field.
    ValueCount,
    /// Which members fired; in the order of the list when `ordered`.
    Temporal {
        ordered: bool,
    },
    ValueSum,
    ValueAverage,
    /// In percent, 0 to 100; 50 is the median.
    ValuePercentile(u8),
}

/// When the correlation holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold of the number.
    Number(Vec<(ConditionOperator, f64)>),
    /// Says which members must have fired; the names are those of the list.
    Members { names: Vec<String>, expr: Option<ConditionExpr> },
}

/// A correlation whose fields have no ids yet.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) path: String,
    about: About,
    level: Level,
    pub(crate) members: Vec<Member>,
    group_by: Vec<(Name, BTreeMap<u32, Name>)>,
    pub(crate) group_names: Vec<String>,
    timespan_nanos: i64,
    kind: CorrelationKind,
    counted: Vec<Name>,
    condition: Condition,
    generate: bool,
    pub(crate) parent: Option<u32>,
}

/// Finds loaded rules and gives names their place.
pub(crate) trait Lookup {
    /// By id or `name`: what it is, and the log source of its first rule.
    fn member(&self, reference: &str) -> Option<(Member, LogSource)>;
    fn name(&mut self, source: &LogSource, name: &str) -> Result<Name, Reason>;
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
        let (members, sources) = referred(&rule.rules, lookup)?;
        let source = sources.first().cloned().unwrap_or_default();
        let (kind, fields) = kind(rule)?;
        let counted =
            fields.iter().map(|field| lookup.name(&source, field)).collect::<Result<_, _>>()?;
        let mut group_by = Vec::new();
        for field in &rule.group_by {
            let mut by_rule = BTreeMap::new();
            let alias = rule.aliases.iter().find(|alias| alias.alias == *field);
            for (reference, own) in alias.into_iter().flat_map(|alias| &alias.mapping) {
                let place = rule.rules.iter().position(|rule| rule == reference);
                let member = place.and_then(|at| members.get(at).zip(sources.get(at)));
                let Some((Member::Rule(member), source)) = member else {
                    return Err(unknown(reference));
                };
                by_rule.insert(*member, lookup.name(source, own)?);
            }
            group_by.push((lookup.name(&source, field)?, by_rule));
        }
        let description = rule.description.as_deref();
        Ok(Self {
            id,
            name: rule.name.clone(),
            path: path.to_owned(),
            about: About::read(&rule.title, description, &rule.tags, &rule.custom_attributes)?,
            level: super::load::level(rule.level),
            members,
            group_by,
            group_names: rule.group_by.clone(),
            timespan_nanos: i64::try_from(rule.timespan.seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000_000_000),
            kind,
            counted,
            condition: condition(rule)?,
            generate: rule.generate,
            parent: None,
        })
    }

    /// Names become ids; a name without one is left out and matches nothing.
    pub(crate) fn resolve(&self, ids_of: &dyn Fn(Name) -> Vec<FieldId>) -> Correlation {
        let group = |(name, by_rule): &(Name, BTreeMap<u32, Name>)| GroupField {
            fields: ids_of(*name),
            by_rule: by_rule.iter().map(|(rule, name)| (*rule, ids_of(*name))).collect(),
        };
        Correlation {
            id: self.id.clone(),
            title: self.about.title.clone(),
            note: self.about.note.clone(),
            path: self.path.clone(),
            level: self.level,
            scenario: self.about.scenario.unwrap_or(Scenario::EXPLOIT_MALWARE),
            outcome: self.about.outcome,
            members: self.members.clone(),
            group_by: self.group_by.iter().map(group).collect(),
            timespan_nanos: self.timespan_nanos,
            kind: self.kind,
            counted: self.counted.iter().map(|name| ids_of(*name)).collect(),
            condition: self.condition.clone(),
            generate: self.generate,
            parent: self.parent,
        }
    }
}

/// What is told of the window, and of which fields.
fn kind(rule: &CorrelationRule) -> Result<(CorrelationKind, Vec<String>), Reason> {
    let (fields, percentile) = match &rule.condition {
        CorrelationCondition::Threshold { field, percentile, .. } => {
            (field.clone().unwrap_or_default(), percentile.unwrap_or(50).min(100))
        }
        CorrelationCondition::Extended(_) => (Vec::new(), 50),
    };
    let kind = match rule.correlation_type {
        CorrelationType::EventCount => return Ok((CorrelationKind::EventCount, Vec::new())),
        CorrelationType::Temporal => CorrelationKind::Temporal { ordered: false },
        CorrelationType::TemporalOrdered => CorrelationKind::Temporal { ordered: true },
        CorrelationType::ValueCount => CorrelationKind::ValueCount,
        CorrelationType::ValueSum => CorrelationKind::ValueSum,
        CorrelationType::ValueAvg => CorrelationKind::ValueAverage,
        CorrelationType::ValueMedian => CorrelationKind::ValuePercentile(50),
        CorrelationType::ValuePercentile => {
            CorrelationKind::ValuePercentile(u8::try_from(percentile).unwrap_or(100))
        }
    };
    if fields.is_empty() && !matches!(kind, CorrelationKind::Temporal { .. }) {
        return Err(unsupported("condition.field"));
    }
    Ok((kind, fields))
}

fn condition(rule: &CorrelationRule) -> Result<Condition, Reason> {
    let is_temporal = matches!(
        rule.correlation_type,
        CorrelationType::Temporal | CorrelationType::TemporalOrdered
    );
    match &rule.condition {
        CorrelationCondition::Extended(expr) if is_temporal => {
            if let Some(name) = stranger(expr, &rule.rules) {
                return Err(unknown(name));
            }
            Ok(Condition::Members { names: rule.rules.clone(), expr: Some(expr.clone()) })
        }
        CorrelationCondition::Extended(_) => Err(unsupported("condition")),
        CorrelationCondition::Threshold { .. } if is_temporal => {
            Ok(Condition::Members { names: rule.rules.clone(), expr: None })
        }
        CorrelationCondition::Threshold { predicates, .. } => {
            #[expect(clippy::cast_precision_loss, reason = "thresholds are small")]
            let number = |(how, limit): &(ConditionOperator, u64)| (*how, *limit as f64);
            Ok(Condition::Number(predicates.iter().map(number).collect()))
        }
    }
}

/// A name of the condition that is none of the rules.
fn stranger<'e>(expr: &'e ConditionExpr, rules: &[String]) -> Option<&'e str> {
    match expr {
        ConditionExpr::Identifier(name) => (!rules.contains(name)).then_some(name),
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter().find_map(|part| stranger(part, rules))
        }
        ConditionExpr::Not(inner) => stranger(inner, rules),
        ConditionExpr::Selector { .. } => None,
    }
}

type Referred = (Vec<Member>, Vec<LogSource>);

fn referred(references: &[String], lookup: &dyn Lookup) -> Result<Referred, Reason> {
    let mut found: Referred = Default::default();
    for reference in references {
        let (member, source) = lookup.member(reference).ok_or_else(|| unknown(reference))?;
        found.0.push(member);
        found.1.push(source);
    }
    if found.0.is_empty() { Err(unsupported("rules")) } else { Ok(found) }
}

fn unknown(reference: &str) -> Reason {
    Reason::new(&texts::CORRELATION_RULE, &[("name", reference)]).near(reference)
}

pub(crate) fn unsupported(name: &str) -> Reason {
    Reason::new(&texts::CORRELATION_KIND, &[("name", name)]).near("correlation:")
}
