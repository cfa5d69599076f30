use sancha_model::{Batch, EventClass, FieldId, Fields, FormatId, RecordId, RowWriter};

use super::{Plan, PlanScratch, RuleText, Rules, anchor::SETS};

mod conditions;
mod demotion;
mod fast_path;
mod loading;
mod modifiers;
mod naive;
mod routing;

/// A record as tests write it: field name and value; a number is written as one.
type Pairs<'a> = &'a [(&'a str, &'a str)];

fn rules(yaml: &str) -> Rules {
    let (rules, problems) = Rules::parse(&[RuleText { path: "test.yml", yaml }]);
    assert!(problems.is_empty(), "{problems:?}");
    rules
}

/// A rule without log source whose detection is given.
fn detection(body: &str) -> String {
    let body = body.trim_end().replace('\n', "\n  ");
    format!("title: test\nlogsource: {{}}\ndetection:\n  {body}\n")
}

fn write(row: &mut RowWriter<'_>, fields: &Fields, class: EventClass, pairs: Pairs<'_>) {
    row.class(class);
    for (name, value) in pairs {
        let Some(id) = fields.id(name) else { continue };
        match (id == FieldId::HTTP_STATUS, value.parse(), value.parse()) {
            (true, Ok(number), _) => row.int(id, value.as_bytes(), number),
            (false, _, Ok(address)) => row.ip(id, value.as_bytes(), address),
            _ => row.text(id, value.as_bytes()),
        }
    }
}

/// The rules that hold for one record, by the fast path; the plain one must agree.
fn matches(rules: &Rules, class: EventClass, pairs: Pairs<'_>) -> Vec<u32> {
    let fields = Fields::new(rules.field_names().chain(pairs.iter().map(|pair| pair.0)));
    let plan = Plan::compile(rules, &fields, false);
    let line: Vec<&str> = pairs.iter().map(|pair| pair.1).collect();
    let mut batch = Batch::default();
    batch.raw = line.join(" ").into_bytes();
    let end = batch.raw.len();
    batch.push_row(0..end, RecordId::default(), 1, FormatId(0), |row| {
        write(row, &fields, class, pairs);
    });
    let event = batch.events().next().unwrap();
    let mut scratch = PlanScratch::default();
    let (mut fast, mut plain) = (Vec::new(), Vec::new());
    plan.evaluate(event, &mut scratch, &mut |rule, _| fast.push(rule));
    plan.evaluate_plainly(event, &mut scratch, &mut |rule, _| plain.push(rule));
    assert_eq!(fast, plain, "filter and plain evaluation differ on {pairs:?}");
    for set in 0..SETS {
        let mut other = Vec::new();
        plan.evaluate_by_set(set, event, &mut |rule, _| other.push(rule));
        assert_eq!(other, plain, "the anchors' set {set} misses something on {pairs:?}");
    }
    fast
}
