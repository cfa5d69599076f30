use rsigma_parser::ConditionOperator;
use sancha_model::{EventClass, FieldId, Fields};

use super::{
    super::{Condition, CorrelationKind, Member},
    Plan, matches, rules,
};

const WEB: &str = "title: t\nlogsource: {category: webserver}\ndetection:\n  s:\n    cs-uri-stem|endswith: .php\n    sc-status: 200\n  condition: s\n";

#[test]
fn a_rule_runs_on_its_own_log_source_only() {
    let pairs = [("url.path", "/a.php"), ("http.response.status_code", "200")];
    let rules = rules(WEB);
    assert_eq!(matches(&rules, EventClass::Web, &pairs), [0]);
    assert!(matches(&rules, EventClass::Process, &pairs).is_empty());
    let plan = Plan::compile(&rules, &Fields::new(rules.field_names()), true);
    assert!(!plan.has_run(0), "no record was seen");
}

#[test]
fn names_of_the_taxonomy_are_one_with_our_own() {
    let rules = rules(WEB);
    let names: Vec<&str> = rules.field_names().collect();
    assert_eq!(names[..3], ["url.path", "cs-uri-stem", "c-uri-stem"]);
    assert!(names.contains(&"http.response.status_code"));
}

#[test]
fn a_match_tells_the_fields_that_were_tested() {
    let rules = rules(WEB);
    let fields = Fields::new(rules.field_names());
    let plan = Plan::compile(&rules, &fields, false);
    let mut batch = sancha_model::Batch::default();
    batch.raw = b"/x.php 200".to_vec();
    let pairs = [("url.path", "/x.php"), ("http.response.status_code", "200")];
    batch.push_row(0..10, Default::default(), 1, Default::default(), |row| {
        super::write(row, &fields, EventClass::Web, &pairs);
    });
    let mut tested: Vec<FieldId> = Vec::new();
    let event = batch.events().next().unwrap();
    plan.evaluate(event, &mut Default::default(), &mut |_, fields| tested.extend(fields));
    assert!(tested.contains(&FieldId::HTTP_STATUS) && tested.contains(&FieldId::URL_PATH));
}

#[test]
fn a_correlation_names_its_rules_and_fields() {
    let yaml = format!(
        "{WEB}id: base\n---\ntitle: many\nid: many\ncorrelation:\n  type: value_count\n  rules: [base]\n  group-by: [c-ip]\n  timespan: 5m\n  condition: {{gt: 9, field: cs-uri-stem}}\nlevel: high\n"
    );
    let rules = rules(&yaml);
    let plan = Plan::compile(&rules, &Fields::new(rules.field_names()), false);
    let [one] = plan.correlations() else { panic!("one correlation") };
    assert_eq!(one.members, [Member::Rule(0)]);
    assert_eq!(one.group_by[0].fields[0], FieldId::SOURCE_IP);
    assert_eq!(one.kind, CorrelationKind::ValueCount);
    assert_eq!(one.counted[0][0], FieldId::URL_PATH);
    assert_eq!(one.condition, Condition::Number(vec![(ConditionOperator::Gt, 9.0)]));
    assert_eq!(one.timespan_nanos, 300_000_000_000);
    assert!(!one.generate);
}
