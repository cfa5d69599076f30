//! Rules of every kind of value, several at a time: what wakes them against asking each of them, and what
//! every match of a regular expression needs against the expression itself. [`super::matches`] compares the
//! plan with plain evaluation and with each of its sets of anchors.

use proptest::prelude::*;
use sancha_model::{Batch, EventClass, Fields, FormatId, RecordId};

use super::{Plan, PlanScratch, RuleText, Rules, detection, matches, naive::condition, write};
use crate::sigma::regex::{Flags, LazyRegex};

/// Modifiers, and values that go with them.
fn item() -> impl Strategy<Value = String> {
    let text = || "[abA/]{1,3}|[ab]{4,5}|[abA]{6,8}|[ab]{1,3}[*?][ab]{0,4}";
    let number = || (0_u8..4).prop_map(|n| n.to_string());
    let of = |modifiers: &[&'static str], value: BoxedStrategy<String>| {
        (prop::sample::select(modifiers.to_vec()), prop::collection::vec(value, 1..4))
    };
    let item = prop_oneof![
        6 => of(
            &["", "|contains", "|startswith", "|endswith", "|cased", "|contains|cased", "|contains|all",
              "|startswith|cased", "|endswith|cased", "|contains|windash"],
            text().boxed(),
        ),
        2 => of(&["|base64offset|contains", "|base64|contains", "|wide|base64offset|contains"], "[ab]{3,9}".boxed()),
        3 => of(&["|re", "|re|i", "|re|m", "|re|s"], regex().boxed()),
        2 => of(&["", "|gt", "|gte", "|lt", "|lte"], number().boxed()),
        1 => of(&["|cidr"], prop::sample::select(vec!["10.0.0.0/8", "10.1.2.0/24", "2001:db8::/32"]).prop_map(str::to_owned).boxed()),
        1 => of(&["|fieldref"], "[fgh]".boxed()),
    ];
    let item = ("[fghn]", item).prop_map(|(field, (modifiers, values))| {
        let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        format!("  {field}{modifiers}: [{}]", values.join(", "))
    });
    let exists = ("[fghn]", any::<bool>()).prop_map(|(f, is)| format!("  {f}|exists: {is}"));
    prop_oneof![6 => item, 1 => exists]
}

/// Expressions over few letters, so that they meet values; `k` and `s` have relatives outside ASCII.
fn regex() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        5 => "[abAks]{1,7}",
        2 => prop::sample::select(vec![".", "[ab]", "[aA]", "[^a]", r"\\d", r"\\s", "^", "$", r"\\b"])
            .prop_map(|text| text.replace(r"\\", r"\")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner.clone(), prop::sample::select(vec!["?", "*", "+", "{2}", "{0,2}", "{1,3}"]))
                .prop_map(|(part, times)| format!("({part}){times}")),
            inner.prop_map(|part| format!("(?i:{part})")),
        ]
    })
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "[abAB/]{0,16}",
        2 => "[abk\u{212A}s\u{17F}]{0,9}",
        1 => "[0-4]",
        1 => prop::sample::select(vec!["10.1.2.3", "10.9.9.9", "192.0.2.1", "2001:db8::7", "YWJhYmFi", "YQBiAGEAYgA="])
            .prop_map(str::to_owned),
        1 => ("[ab]{0,4}", "[ab ]{1,9}").prop_map(|(one, two)| format!("{one}\n{two} -{one} /{two}")),
    ]
}

fn rules() -> impl Strategy<Value = Vec<String>> {
    let rule =
        (item(), item(), "[ab]{1,7}", condition()).prop_map(|(one, two, word, condition)| {
            detection(&format!("s1:\n{one}\ns2:\n{two}\nk: ['{word}']\ncondition: {condition}"))
        });
    prop::collection::vec(rule, 1..6)
}

/// Those of the rules that load: not every combination of modifiers and values does.
fn load(texts: &[String]) -> Rules {
    let texts: Vec<RuleText<'_>> =
        texts.iter().map(|yaml| RuleText { path: "test.yml", yaml }).collect();
    Rules::parse(&texts).0
}

type Record = Vec<(String, String)>;

fn record() -> impl Strategy<Value = Record> {
    prop::collection::vec(("[fghn]", value()), 0..4).prop_map(|mut pairs: Record| {
        pairs.sort();
        pairs.dedup_by(|one, other| one.0 == other.0);
        pairs
    })
}

fn pairs(record: &Record) -> Vec<(&str, &str)> {
    record.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

const CLASSES: [EventClass; 3] = [EventClass::Other, EventClass::Web, EventClass::Authentication];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn rules_with_every_modifier_are_woken(texts in rules(), record in record()) {
        let rules = load(&texts);
        matches(&rules, EventClass::Other, &pairs(&record));
    }

    /// Shapes, routes and what rules were woken by are remembered from record to record.
    #[test]
    fn a_worker_that_goes_on_finds_what_a_new_one_finds(
        texts in rules(),
        kinds in prop::collection::vec(record(), 1..5),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..CLASSES.len()), 1..60),
    ) {
        let rules = load(&texts);
        let fields = Fields::new(rules.field_names().chain(["f", "g", "h", "n"]));
        let plan = Plan::compile(&rules, &fields, false);
        let mut going_on = PlanScratch::default();
        for (pick, class) in picks {
            let record = pairs(pick.get(&kinds));
            let line: Vec<&str> = record.iter().map(|pair| pair.1).collect();
            let mut batch = Batch::default();
            batch.raw = line.join(" ").into_bytes();
            let end = batch.raw.len();
            batch.push_row(0..end, RecordId::default(), 1, FormatId(0), |row| {
                write(row, &fields, CLASSES[class], &record);
            });
            let event = batch.events().next().unwrap();
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            plan.evaluate(event, &mut going_on, &mut |rule, _| fast.push(rule));
            let mut new = PlanScratch::default();
            plan.evaluate_plainly(event, &mut new, &mut |rule, _| plain.push(rule));
            prop_assert_eq!(fast, plain);
        }
    }

    #[test]
    fn no_match_of_an_expression_lacks_what_it_requires(
        source in regex(),
        ignore_case: bool,
        values in prop::collection::vec(value(), 1..12),
    ) {
        let flags = Flags { ignore_case, ..Flags::default() };
        let Ok(regex) = LazyRegex::new(&source, flags) else { return Ok(()) };
        for least in [1, 3, 4, 6] {
            let required = regex.required(least);
            for value in &values {
                let lower = value.to_ascii_lowercase().into_bytes();
                let holds = |text: &Vec<u8>| memchr::memmem::find(&lower, text).is_some();
                let lacks = !required.is_empty() && !required.iter().any(holds);
                prop_assert!(!lacks || !regex.is_match(value.as_bytes()), "{} {:?}", value, required);
            }
        }
    }
}
