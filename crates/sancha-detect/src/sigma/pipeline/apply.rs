//! What one step of a pipeline does to a rule.

use regex_automata::{meta::Regex, util::captures::Captures};
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, FieldSpec, SigmaRule, SigmaString, SigmaValue,
};
use yaml_serde::Value;

use super::{Change, Step};

/// Name of the detection that a pipeline adds; rules have no such names.
const ADDED: &str = "_pipeline";

pub(super) fn step(step: &Step, rule: &mut SigmaRule) {
    match &step.change {
        Change::Source(source) => {
            rule.logsource.category.clone_from(&source.category);
            rule.logsource.product.clone_from(&source.product);
            rule.logsource.service.clone_from(&source.service);
        }
        Change::Condition { items, negated } => add_condition(rule, items, *negated),
        Change::Nothing => {}
        Change::Names(_)
        | Change::Prefix(_)
        | Change::Suffix(_)
        | Change::PrefixMap(_)
        | Change::Drop
        | Change::Replace { .. } => {
            for detection in rule.detection.named.values_mut() {
                let old = std::mem::replace(detection, Detection::AllOf(Vec::new()));
                *detection = changed(step, old);
            }
        }
    }
}

fn add_condition(rule: &mut SigmaRule, items: &[(String, Vec<Value>)], negated: bool) {
    let item = |(name, values): &(String, Vec<Value>)| DetectionItem {
        field: FieldSpec::new(Some(name.clone()), Vec::new()),
        values: values.iter().map(SigmaValue::from_yaml).collect(),
    };
    let count = rule.detection.named.keys().filter(|name| name.starts_with(ADDED)).count();
    let name = format!("{ADDED}{count}");
    let detection = Detection::AllOf(items.iter().map(item).collect());
    rule.detection.named.insert(name.clone(), detection);
    let added = ConditionExpr::Identifier(name);
    let added = if negated { ConditionExpr::Not(Box::new(added)) } else { added };
    for condition in &mut rule.detection.conditions {
        let old = std::mem::replace(condition, ConditionExpr::And(Vec::new()));
        *condition = ConditionExpr::And(vec![old, added.clone()]);
    }
}

fn changed(step: &Step, detection: Detection) -> Detection {
    match detection {
        Detection::AllOf(items) => all_of(step, items),
        Detection::AnyOf(parts) => {
            Detection::AnyOf(parts.into_iter().map(|part| changed(step, part)).collect())
        }
        Detection::And(parts) => {
            Detection::And(parts.into_iter().map(|part| changed(step, part)).collect())
        }
        Detection::Keywords(values) => match &step.change {
            Change::Replace { pattern, with } if step.fields.is_none() => {
                Detection::Keywords(values.iter().map(|v| replaced(v, pattern, with)).collect())
            }
            _ => Detection::Keywords(values),
        },
        other @ (Detection::ArrayMatch { .. } | Detection::Conditional { .. }) => other,
    }
}

/// A name that becomes several is one of them: the items are then split.
fn all_of(step: &Step, items: Vec<DetectionItem>) -> Detection {
    let mut plain = Vec::new();
    let mut split = Vec::new();
    for item in items {
        if !step.is_for_field(item.field.name.as_deref()) {
            plain.push(item);
            continue;
        }
        match &step.change {
            Change::Drop => {}
            Change::Replace { pattern, with } => {
                let values = item.values.iter().map(|value| replaced(value, pattern, with));
                plain.push(DetectionItem { values: values.collect(), field: item.field });
            }
            change => {
                let names = renamed(change, item.field.name.as_deref());
                let with = |name: String| DetectionItem {
                    field: FieldSpec::new(Some(name), item.field.modifiers.clone()),
                    values: item.values.clone(),
                };
                let mut items: Vec<DetectionItem> = names.into_iter().map(with).collect();
                match (items.len(), items.pop()) {
                    (0, _) | (_, None) => plain.push(item),
                    (1, Some(only)) => plain.push(only),
                    (_, Some(last)) => {
                        items.push(last);
                        let ways = items.into_iter().map(|item| Detection::AllOf(vec![item]));
                        split.push(Detection::AnyOf(ways.collect()));
                    }
                }
            }
        }
    }
    if split.is_empty() {
        return Detection::AllOf(plain);
    }
    if !plain.is_empty() {
        split.insert(0, Detection::AllOf(plain));
    }
    Detection::And(split)
}

fn renamed(change: &Change, name: Option<&str>) -> Vec<String> {
    let Some(name) = name else { return Vec::new() };
    match change {
        Change::Names(names) => names.get(name).cloned().unwrap_or_default(),
        Change::Prefix(prefix) => vec![format!("{prefix}{name}")],
        Change::Suffix(suffix) => vec![format!("{name}{suffix}")],
        Change::PrefixMap(pairs) => {
            let found = pairs.iter().find_map(|(from, to)| Some((name.strip_prefix(from)?, to)));
            found.map(|(rest, to)| format!("{to}{rest}")).into_iter().collect()
        }
        Change::Condition { .. }
        | Change::Source(_)
        | Change::Drop
        | Change::Replace { .. }
        | Change::Nothing => Vec::new(),
    }
}

fn replaced(value: &SigmaValue, pattern: &Regex, with: &str) -> SigmaValue {
    let SigmaValue::String(text) = value else { return value.clone() };
    let text = &text.original;
    let mut captures = pattern.create_captures();
    let (mut out, mut at) = (String::new(), 0);
    for found in pattern.find_iter(text) {
        pattern
            .search_captures(&regex_automata::Input::new(text).range(found.range()), &mut captures);
        out.push_str(text.get(at..found.start()).unwrap_or(""));
        out.push_str(&filled(with, text, &captures));
        at = found.end();
    }
    out.push_str(text.get(at..).unwrap_or(""));
    SigmaValue::String(SigmaString::new(&out))
}

/// The replacement with its `\1` filled in.
fn filled(with: &str, text: &str, captures: &Captures) -> String {
    let mut out = String::new();
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        let group = chars.peek().filter(|_| c == '\\').and_then(|digit| digit.to_digit(10));
        match group {
            Some(group) => {
                chars.next();
                let span = captures.get_group(group as usize);
                out.push_str(span.and_then(|span| text.get(span.range())).unwrap_or(""));
            }
            None => out.push(c),
        }
    }
    out
}
