//! The compiled path against a plain reading of the same rule, on rules and records at random.

use proptest::prelude::*;
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Modifier, Quantifier, SigmaRule, SigmaString,
    SigmaValue, SpecialChar, StringPart, parse_sigma_yaml,
};
use sancha_model::EventClass;

use super::{detection, matches, rules};

/// Straight from the syntax tree, with strings and recursion, sharing no code with what it checks.
fn holds(rule: &SigmaRule, pairs: &[(String, String)]) -> bool {
    rule.detection.conditions.iter().any(|condition| condition_holds(rule, condition, pairs))
}

fn condition_holds(
    rule: &SigmaRule,
    condition: &ConditionExpr,
    pairs: &[(String, String)],
) -> bool {
    let one = |condition: &ConditionExpr| condition_holds(rule, condition, pairs);
    match condition {
        ConditionExpr::And(parts) => parts.iter().all(one),
        ConditionExpr::Or(parts) => parts.iter().any(one),
        ConditionExpr::Not(part) => !one(part),
        ConditionExpr::Identifier(name) => detection_holds(&rule.detection.named[name], pairs),
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen = rule.detection.named.iter();
            let chosen: Vec<_> =
                chosen.filter(|(n, _)| pattern.matches_detection_name(n)).collect();
            let true_ones = chosen.iter().filter(|(_, d)| detection_holds(d, pairs)).count() as u64;
            match quantifier {
                Quantifier::Any => true_ones >= 1,
                Quantifier::All => true_ones == chosen.len() as u64,
                Quantifier::Count(count) => true_ones >= *count,
            }
        }
    }
}

fn detection_holds(detection: &Detection, pairs: &[(String, String)]) -> bool {
    match detection {
        Detection::AllOf(items) => items.iter().all(|item| item_holds(item, pairs)),
        Detection::AnyOf(parts) => parts.iter().any(|part| detection_holds(part, pairs)),
        Detection::And(parts) => parts.iter().all(|part| detection_holds(part, pairs)),
        Detection::Keywords(values) => {
            let line = line(pairs);
            values.iter().any(|value| text_holds(value, &line, true, true))
        }
        _ => unreachable!("not generated"),
    }
}

fn line(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|pair| pair.1.as_str()).collect::<Vec<_>>().join(" ")
}

fn item_holds(item: &DetectionItem, pairs: &[(String, String)]) -> bool {
    let name = item.field.name.as_deref().unwrap();
    let own: Vec<&str> =
        pairs.iter().filter(|pair| pair.0 == name).map(|pair| pair.1.as_str()).collect();
    let has = |modifier| item.field.has_modifier(modifier);
    let before = has(Modifier::Contains) || has(Modifier::EndsWith);
    let after = has(Modifier::Contains) || has(Modifier::StartsWith);
    let one = |value: &SigmaValue| match value {
        SigmaValue::Null => own.is_empty(),
        value => own.iter().any(|text| text_holds(value, text, before, after)),
    };
    if has(Modifier::All) { item.values.iter().all(one) } else { item.values.iter().any(one) }
}

fn text_holds(value: &SigmaValue, text: &str, before: bool, after: bool) -> bool {
    let mut pattern: Vec<Option<char>> = Vec::new();
    let many = Some('\u{1}');
    pattern.extend(before.then_some(many));
    for part in &SigmaString::new(&value.to_string()).parts {
        match part {
            StringPart::Plain(plain) => pattern.extend(plain.to_lowercase().chars().map(Some)),
            StringPart::Special(SpecialChar::WildcardMulti) => pattern.push(many),
            StringPart::Special(SpecialChar::WildcardSingle) => pattern.push(None),
        }
    }
    pattern.extend(after.then_some(many));
    let text: Vec<char> = text.to_lowercase().chars().collect();
    glob(&pattern, &text)
}

fn glob(pattern: &[Option<char>], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Some('\u{1}'), rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some((None, rest)) => !text.is_empty() && glob(rest, &text[1..]),
        Some((Some(c), rest)) => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

fn value() -> impl Strategy<Value = String> {
    // Few letters, so that strings of rules and records meet.
    prop_oneof![
        4 => "[abAB/]{0,3}",
        3 => "[abA]{6,7}",
        2 => "[ab]{1,2}[*?][ab]{0,6}",
        1 => "[aä院]{1,3}",
    ]
}

fn item() -> impl Strategy<Value = String> {
    let modifiers =
        prop::sample::select(vec!["", "|contains", "|startswith", "|endswith", "|contains|all"]);
    let values = prop::collection::vec(value(), 1..4);
    ("[fgh]", modifiers, values, any::<bool>()).prop_map(|(field, modifiers, values, null)| {
        let mut values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        if null && modifiers.is_empty() {
            values.push("null".to_owned());
        }
        format!("  {field}{modifiers}: [{}]", values.join(", "))
    })
}

/// Conditions over two maps and a list of keywords, `s1`, `s2` and `k`.
pub(super) fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "s1",
        "s1 and s2",
        "s1 or s2",
        "s1 and not s2",
        "not s1",
        "not (s1 and s2) and k",
        "k",
        "k or s1",
        "1 of s*",
        "all of them",
        "2 of them",
        "s1 and (s2 or not k)",
    ])
}

fn rule() -> impl Strategy<Value = String> {
    let keywords = prop::collection::vec("[ab]{1,7}", 1..3);
    (item(), item(), item(), keywords, condition()).prop_filter_map(
        "one field twice in a map is no YAML",
        |(one, two, three, keywords, condition)| {
            let key = |item: &str| item.split(':').next().map(str::to_owned);
            (key(&one) != key(&two)).then(|| {
                let keywords: Vec<String> = keywords.iter().map(|k| format!("'{k}'")).collect();
                detection(&format!(
                    "s1:\n{one}\n{two}\ns2:\n{three}\nk: [{}]\ncondition: {condition}",
                    keywords.join(", ")
                ))
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn compiled_rules_mean_what_the_rule_says(
        yaml in rule(),
        record in prop::collection::vec(
            ("[fgh]", prop_oneof![3 => "[abAB]{0,20}", 2 => "[abAB/äÄ院]{0,12}", 1 => "[ab]{6}"]),
            0..4,
        ),
    ) {
        let parsed = parse_sigma_yaml(&yaml).unwrap();
        let expected = holds(&parsed.rules[0], &record);
        let pairs: Vec<(&str, &str)> =
            record.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let found = matches(&rules(&yaml), EventClass::Other, &pairs) == [0];
        prop_assert_eq!(found, expected, "{}", yaml);
    }
}
