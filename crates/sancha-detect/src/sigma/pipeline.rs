//! Field-mapping pipelines, as pySigma's processing pipelines write them.
//!
//! In: the text of a pipeline file. Out: rules whose names, values and log sources are those of the
//! user's logs. A transformation or condition that is not known is an error with its name: a pipeline
//! that is applied in part would change rules silently.

mod apply;

use std::collections::BTreeMap;

use regex_automata::meta;
use rsigma_parser::SigmaRule;
use sancha_model::{LocalText, Text};
use yaml_serde::Value;

use super::{LogSource, texts, values::Placeholders};

/// One pipeline file.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    vars: Placeholders,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    change: Change,
    /// Rules of these log sources; of all when there is none.
    sources: Vec<LogSource>,
    /// One of `sources` is enough.
    any_source: bool,
    /// All rules but those.
    not_sources: bool,
    /// Fields that are changed, or that are left alone.
    fields: Option<(bool, Vec<String>)>,
}

#[derive(Clone, Debug)]
enum Change {
    Names(BTreeMap<String, Vec<String>>),
    Prefix(String),
    Suffix(String),
    PrefixMap(Vec<(String, String)>),
    Condition {
        items: Vec<(String, Vec<Value>)>,
        negated: bool,
    },
    Source(LogSource),
    Drop,
    Replace {
        pattern: Box<meta::Regex>,
        with: String,
    },
    /// Placeholders are filled from `vars` when rules are read.
    Nothing,
}

impl Pipeline {
    /// # Errors
    /// What of the file cannot be used, in words for its author.
    pub fn parse(text: &str) -> Result<Self, LocalText> {
        let fault = |detail: &str| say(&texts::PIPELINE_SYNTAX, detail);
        let root: Value = yaml_serde::from_str(text).map_err(|error| fault(&error.to_string()))?;
        if !root.is_mapping() {
            return Err(fault("a mapping with `transformations` is expected"));
        }
        let mut pipeline = Self::default();
        if let Some(vars) = root.get("vars").and_then(Value::as_mapping) {
            for (name, values) in vars {
                let name = name.as_str().ok_or_else(|| fault("vars"))?;
                pipeline.vars.insert(name.to_owned(), strings(values));
            }
        }
        let steps = root.get("transformations").and_then(Value::as_sequence);
        for step in steps.into_iter().flatten() {
            pipeline.steps.push(Step::read(step)?);
        }
        Ok(pipeline)
    }

    /// Values of placeholders.
    pub fn vars(&self) -> &Placeholders {
        &self.vars
    }

    pub(crate) fn apply(&self, rule: &mut SigmaRule) {
        for step in &self.steps {
            if step.is_for(&LogSource::of(&rule.logsource)) {
                apply::step(step, rule);
            }
        }
    }
}

fn say(text: &Text, detail: &str) -> LocalText {
    text.fill(&[("detail", LocalText::same(detail))])
}

/// One string, or a list of strings and numbers.
fn strings(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    };
    match value.as_sequence() {
        Some(list) => list.iter().filter_map(one).collect(),
        None => one(value).into_iter().collect(),
    }
}

impl Step {
    fn read(step: &Value) -> Result<Self, LocalText> {
        let text = |key: &str| step.get(key).and_then(Value::as_str).map(str::to_owned);
        let is_set = |key: &str| step.get(key).and_then(Value::as_bool) == Some(true);
        let change = Change::read(step)?;
        let mut sources = Vec::new();
        let conditions = step.get("rule_conditions").and_then(Value::as_sequence);
        for condition in conditions.into_iter().flatten() {
            match condition.get("type").and_then(Value::as_str) {
                Some("logsource") => sources.push(source(condition)),
                other => return Err(say(&texts::PIPELINE_CONDITION, other.unwrap_or("?"))),
            }
        }
        let mut fields = None;
        let conditions = step.get("field_name_conditions").and_then(Value::as_sequence);
        for condition in conditions.into_iter().flatten() {
            let names = condition.get("fields").map(strings).unwrap_or_default();
            match condition.get("type").and_then(Value::as_str) {
                Some("include_fields") => fields = Some((true, names)),
                Some("exclude_fields") => fields = Some((false, names)),
                other => return Err(say(&texts::PIPELINE_CONDITION, other.unwrap_or("?"))),
            }
        }
        for key in ["detection_item_conditions", "rule_cond_expr", "field_name_cond_expr"] {
            if step.get(key).is_some() {
                return Err(say(&texts::PIPELINE_CONDITION, key));
            }
        }
        Ok(Self {
            change,
            sources,
            any_source: text("rule_cond_op").as_deref() == Some("or"),
            not_sources: is_set("rule_cond_not"),
            fields,
        })
    }

    fn is_for(&self, source: &LogSource) -> bool {
        let fits = |asked: &LogSource| {
            let same =
                |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
            same(&asked.category, &source.category)
                && same(&asked.product, &source.product)
                && same(&asked.service, &source.service)
        };
        let all = if self.any_source && !self.sources.is_empty() {
            self.sources.iter().any(fits)
        } else {
            self.sources.iter().all(fits)
        };
        all != self.not_sources
    }

    fn is_for_field(&self, name: Option<&str>) -> bool {
        match &self.fields {
            None => true,
            Some((wanted, names)) => {
                name.is_some_and(|name| names.iter().any(|known| known == name)) == *wanted
            }
        }
    }
}

fn source(value: &Value) -> LogSource {
    let part = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    LogSource { category: part("category"), product: part("product"), service: part("service") }
}

impl Change {
    fn read(step: &Value) -> Result<Self, LocalText> {
        let kind = step.get("type").and_then(Value::as_str).unwrap_or("?");
        let fault = |key: &str| say(&texts::PIPELINE_SYNTAX, &format!("{kind}: {key}"));
        let text = |key: &str| {
            step.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| fault(key))
        };
        let mapping =
            |key: &str| step.get(key).and_then(Value::as_mapping).ok_or_else(|| fault(key));
        Ok(match kind {
            "field_name_mapping" => {
                let pairs = mapping("mapping")?.iter();
                let pairs = pairs.map(|(from, to)| Some((from.as_str()?.to_owned(), strings(to))));
                Self::Names(pairs.collect::<Option<_>>().ok_or_else(|| fault("mapping"))?)
            }
            "field_name_prefix_mapping" => {
                let pairs = mapping("mapping")?.iter();
                let pairs = pairs
                    .map(|(from, to)| Some((from.as_str()?.to_owned(), to.as_str()?.to_owned())));
                Self::PrefixMap(pairs.collect::<Option<_>>().ok_or_else(|| fault("mapping"))?)
            }
            "field_name_prefix" => Self::Prefix(text("prefix")?),
            "field_name_suffix" => Self::Suffix(text("suffix")?),
            "add_condition" => {
                let pairs = mapping("conditions")?.iter();
                let pairs = pairs.map(|(name, value)| {
                    let values = match value.as_sequence() {
                        Some(list) => list.clone(),
                        None => vec![value.clone()],
                    };
                    Some((name.as_str()?.to_owned(), values))
                });
                Self::Condition {
                    items: pairs.collect::<Option<_>>().ok_or_else(|| fault("conditions"))?,
                    negated: step.get("negated").and_then(Value::as_bool) == Some(true),
                }
            }
            "change_logsource" => Self::Source(source(step)),
            "drop_detection_item" => Self::Drop,
            "replace_string" => {
                let source = text("regex")?;
                let config = meta::Config::new().nfa_size_limit(Some(1 << 20));
                let pattern = meta::Builder::new().configure(config).build(&source);
                let pattern = Box::new(pattern.map_err(|_| fault("regex"))?);
                Self::Replace { pattern, with: text("replacement")? }
            }
            "value_placeholders" => Self::Nothing,
            other => return Err(say(&texts::PIPELINE_STEP, other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use rsigma_parser::{SigmaRule, parse_sigma_yaml};

    use super::*;

    const RULE: &str = "title: t\nlogsource:\n  product: windows\n  category: process_creation\n\
        detection:\n  one:\n    Image|endswith: '\\a.exe'\n    User: bob\n  two:\n    - Image: x\n    \
        - Other: 'C:\\old\\*'\n  condition: one or two\n";

    #[track_caller]
    fn applied(steps: &str) -> SigmaRule {
        let pipeline = Pipeline::parse(&format!("transformations:\n{steps}")).unwrap();
        let mut rule = parse_sigma_yaml(RULE).unwrap().rules.remove(0);
        pipeline.apply(&mut rule);
        rule
    }

    fn shown(rule: &SigmaRule) -> String {
        format!("{:?}", rule.detection.named)
    }

    #[test]
    fn names_are_mapped_also_to_several() {
        let rule =
            applied("  - type: field_name_mapping\n    mapping:\n      Image: [exe, path]\n");
        let text = shown(&rule);
        assert!(!text.contains("\"Image\""), "{text}");
        assert!(text.contains("\"exe\"") && text.contains("\"path\""), "{text}");
        assert!(text.contains("\"User\""));
    }

    #[test]
    fn prefix_and_suffix_reach_every_field_asked_for() {
        let text = shown(&applied("  - type: field_name_prefix\n    prefix: win.\n"));
        assert!(text.contains("\"win.Image\"") && text.contains("\"win.Other\""), "{text}");
        let only = "  - type: field_name_suffix\n    suffix: .x\n    field_name_conditions:\n      \
            - type: include_fields\n        fields: [User]\n";
        let text = shown(&applied(only));
        assert!(text.contains("\"User.x\"") && text.contains("\"Image\""), "{text}");
    }

    #[test]
    fn a_condition_is_added_and_a_source_changed() {
        let rule = applied(
            "  - type: add_condition\n    conditions:\n      EventID: 1\n  - type: change_logsource\n    \
             product: other\n",
        );
        assert!(shown(&rule).contains("EventID"));
        assert!(rule.detection.conditions[0].to_string().contains("and"));
        assert_eq!(rule.logsource.product.as_deref(), Some("other"));
    }

    #[test]
    fn items_are_dropped_and_texts_replaced() {
        let drop = "  - type: drop_detection_item\n    field_name_conditions:\n      - type: include_fields\n        fields: [User]\n";
        assert!(!shown(&applied(drop)).contains("bob"));
        let replace =
            "  - type: replace_string\n    regex: '(?i)c:.(old)'\n    replacement: 'D:/\\1'\n";
        assert!(shown(&applied(replace)).contains("D:/old"));
    }

    #[test]
    fn only_rules_of_the_log_source_are_changed() {
        let step = |product: &str| {
            format!(
                "  - type: field_name_prefix\n    prefix: p.\n    rule_conditions:\n      - type: logsource\n        product: {product}\n"
            )
        };
        assert!(shown(&applied(&step("windows"))).contains("p.Image"));
        assert!(!shown(&applied(&step("linux"))).contains("p.Image"));
    }

    #[test]
    fn what_is_not_known_is_named() {
        let wrong = |text: &str| Pipeline::parse(text).unwrap_err().en;
        assert!(wrong("transformations:\n  - type: nest\n").contains("nest"));
        assert!(wrong("transformations:\n  - type: field_name_prefix\n").contains("prefix"));
        assert!(wrong("- a\n").contains("transformations"));
        assert!(wrong("a: [").contains("pipeline"));
        let condition = "transformations:\n  - type: drop_detection_item\n    rule_conditions:\n      - type: odd\n";
        assert!(wrong(condition).contains("odd"));
    }
}
