//! Events made from a rule's own values: some that should fire it, some that just miss it.

use std::collections::BTreeMap;

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Modifier, Quantifier, SigmaRule, SigmaString,
    SigmaValue, SpecialChar, StringPart,
};
use serde_json::{Map, Value, json};

/// What a field must be for the event to fire.
#[derive(Clone, Debug, Default)]
struct Wanted {
    whole: Option<Value>,
    start: String,
    middle: Vec<String>,
    end: String,
}

/// Events for one rule, the same every time.
pub(super) fn events(rule: &SigmaRule) -> Vec<Value> {
    let mut all = Vec::new();
    for variant in 0..4 {
        let mut maker = Maker { rule, variant, fields: BTreeMap::new(), words: Vec::new() };
        for condition in rule.detection.conditions.iter().take(1) {
            maker.satisfy(condition);
        }
        let event = maker.event();
        if variant == 0 {
            all.extend(misses(&event));
        }
        all.push(event);
    }
    all.dedup();
    all
}

/// The event with one field left out, cut, lengthened, or in other letters.
fn misses(event: &Value) -> Vec<Value> {
    let Some(fields) = event.as_object() else { return Vec::new() };
    let mut all = Vec::new();
    for (name, value) in fields {
        let mut with = |value: Option<Value>| {
            let mut fields = fields.clone();
            match value {
                Some(value) => fields.insert(name.clone(), value),
                None => fields.remove(name),
            };
            all.push(Value::Object(fields));
        };
        with(None);
        with(Some(Value::Null));
        if let Some(text) = value.as_str() {
            with(Some(json!(text.to_uppercase())));
            with(Some(json!(format!("x{text}"))));
            with(Some(json!(format!("{text}\\x"))));
            let cut: String = text.chars().skip(1).collect();
            with(Some(json!(cut)));
            with(Some(json!([text, "other"])));
        }
        if let Some(number) = value.as_i64() {
            with(Some(json!(number + 1)));
            with(Some(json!(number.to_string())));
        }
    }
    all.truncate(24);
    all
}

struct Maker<'r> {
    rule: &'r SigmaRule,
    /// Which of several values or ways is taken.
    variant: usize,
    fields: BTreeMap<String, Wanted>,
    words: Vec<String>,
}

impl Maker<'_> {
    fn satisfy(&mut self, condition: &ConditionExpr) {
        match condition {
            ConditionExpr::And(parts) => parts.iter().for_each(|part| self.satisfy(part)),
            ConditionExpr::Or(parts) => {
                let at = self.variant % parts.len().max(1);
                parts.get(at).into_iter().for_each(|part| self.satisfy(part));
            }
            ConditionExpr::Not(_) => {}
            ConditionExpr::Identifier(name) => self.named(name),
            ConditionExpr::Selector { quantifier, pattern } => {
                let names = self.rule.detection.named.keys();
                let mut names: Vec<String> =
                    names.filter(|name| pattern.matches_detection_name(name)).cloned().collect();
                names.sort_unstable();
                match quantifier {
                    Quantifier::All => {}
                    Quantifier::Any => {
                        let at = self.variant % names.len().max(1);
                        names = names.into_iter().skip(at).take(1).collect();
                    }
                    Quantifier::Count(count) => names.truncate(usize::try_from(*count).unwrap()),
                }
                names.iter().for_each(|name| self.named(name));
            }
        }
    }

    fn named(&mut self, name: &str) {
        if let Some(detection) = self.rule.detection.named.get(name) {
            self.detection(&detection.clone());
        }
    }

    fn detection(&mut self, detection: &Detection) {
        match detection {
            Detection::AllOf(items) => items.iter().for_each(|item| self.item(item)),
            Detection::And(parts) => parts.iter().for_each(|part| self.detection(part)),
            Detection::AnyOf(parts) => {
                let at = self.variant % parts.len().max(1);
                parts.get(at).into_iter().for_each(|part| self.detection(part));
            }
            Detection::Keywords(values) => {
                let value = values.get(self.variant % values.len().max(1));
                self.words.extend(value.map(text_of));
            }
            Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {}
        }
    }

    fn item(&mut self, item: &DetectionItem) {
        let has = |modifier| item.field.has_modifier(modifier);
        let chosen: Vec<&SigmaValue> = if has(Modifier::All) {
            item.values.iter().collect()
        } else {
            item.values.iter().skip(self.variant % item.values.len().max(1)).take(1).collect()
        };
        let Some(name) = &item.field.name else {
            self.words.extend(chosen.into_iter().map(text_of));
            return;
        };
        let wanted = self.fields.entry(name.clone()).or_default();
        for value in chosen {
            let text = text_of(value);
            if has(Modifier::Re) {
                wanted.middle.push(sample(&value.to_string()));
            } else if has(Modifier::Cidr) {
                let address = text.split('/').next().unwrap_or(&text).to_owned();
                wanted.whole = Some(json!(address));
            } else if has(Modifier::Exists) {
                let is_wanted = matches!(value, SigmaValue::Bool(true));
                wanted.whole = is_wanted.then(|| json!("x"));
            } else if has(Modifier::Gt) || has(Modifier::Gte) {
                wanted.whole = text.parse::<i64>().ok().map(|number| json!(number + 1));
            } else if has(Modifier::Lt) || has(Modifier::Lte) {
                wanted.whole = text.parse::<i64>().ok().map(|number| json!(number - 1));
            } else if has(Modifier::FieldRef) {
                wanted.whole = Some(json!("same"));
                let other = self.fields.entry(text).or_default();
                other.whole = Some(json!("same"));
                return;
            } else if has(Modifier::Contains) {
                wanted.middle.push(text);
            } else if has(Modifier::StartsWith) {
                wanted.start = text;
            } else if has(Modifier::EndsWith) {
                wanted.end = text;
            } else {
                wanted.whole = match value {
                    SigmaValue::Integer(number) => Some(json!(number)),
                    SigmaValue::Bool(flag) => Some(json!(flag)),
                    SigmaValue::Null => None,
                    SigmaValue::Float(_) | SigmaValue::String(_) => Some(json!(text)),
                };
            }
        }
    }

    fn event(self) -> Value {
        let mut event = Map::new();
        for (name, wanted) in self.fields {
            let text = [wanted.start, wanted.middle.concat(), wanted.end].concat();
            let value = match wanted.whole {
                Some(value) => value,
                None if text.is_empty() => continue,
                None => json!(text),
            };
            event.insert(name, value);
        }
        if !self.words.is_empty() {
            event.insert("message".to_owned(), json!(self.words.join(" ")));
        }
        Value::Object(event)
    }
}

/// The value's text with something in place of its wildcards.
fn text_of(value: &SigmaValue) -> String {
    let SigmaValue::String(text) = value else { return value.to_string() };
    let text: &SigmaString = text;
    let parts = text.parts.iter().map(|part| match part {
        StringPart::Plain(plain) => plain.clone(),
        StringPart::Special(SpecialChar::WildcardMulti) => "ab".to_owned(),
        StringPart::Special(SpecialChar::WildcardSingle) => "c".to_owned(),
    });
    parts.collect()
}

/// A text that a regular expression matches: the first of every choice.
fn sample(source: &str) -> String {
    let parsed = regex_syntax::ParserBuilder::new().build().parse(source);
    let mut text = String::new();
    if let Ok(hir) = parsed {
        write(&hir, &mut text);
    }
    text
}

fn write(hir: &regex_syntax::hir::Hir, text: &mut String) {
    use regex_syntax::hir::{Class, HirKind};
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let plain = ranges.iter().find(|range| range.end() >= 'A' && range.start() <= 'z');
            let range = plain.or(ranges.first());
            text.extend(range.map(|range| range.start().max('a').min(range.end())));
        }
        HirKind::Class(Class::Bytes(class)) => {
            text.extend(class.ranges().first().map(|range| char::from(range.start())));
        }
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                write(&repetition.sub, text);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, text)),
        HirKind::Alternation(parts) => parts.first().into_iter().for_each(|p| write(p, text)),
    }
}
