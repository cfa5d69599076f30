//! A string that ordinary records have is given up for another; what is found stays the same.

use proptest::prelude::*;
use sancha_model::{Batch, EventClass, Fields, FileId, RecordId};

use super::{Plan, PlanScratch, detection, rules, write};

const VALUES: [&str; 5] =
    ["/admin/list.php?cmd=1", "/admin/", "/index.html", "/ADMIN/x.php?cmd=", "/other/long/path"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn findings_do_not_change(seed in prop::collection::vec(0_usize..5, 1..20)) {
        let yaml = detection(
            "a:\n  f|contains: /admin/\n  h: x\nb:\n  f|contains: ['.php?cmd=', 'never-there']\n  g: x\nc:\n  f|endswith: /list.php?cmd=1\ncondition: a and not c or b",
        );
        let rules = rules(&yaml);
        let fields = Fields::new(rules.field_names());
        let plan = Plan::compile(&rules, &fields, false);
        let (mut fast, mut plain) = (PlanScratch::default(), PlanScratch::default());
        // Enough records for several reviews, most of them with the string; then another file.
        for (file, count) in [(0, 3_000_usize), (1, 40)] {
            let mut batch = Batch::default();
            for at in 0..count {
                let value = VALUES[seed[at % seed.len()]];
                let start = batch.raw.len();
                batch.raw.extend_from_slice(value.as_bytes());
                let end = batch.raw.len();
                let id = RecordId { file: FileId(file), offset: start as u64 };
                let one_in = |n: usize| if at % n == 0 { "x" } else { "y" };
                let pairs = [("f", value), ("g", one_in(3)), ("h", one_in(200))];
                batch.push_row(start..end, id, 1, Default::default(), |row| {
                    write(row, &fields, EventClass::Other, &pairs);
                });
            }
            for event in batch.events() {
                let (mut one, mut other) = (Vec::new(), Vec::new());
                plan.evaluate(event, &mut fast, &mut |rule, _| one.push(rule));
                plan.evaluate_plainly(event, &mut plain, &mut |rule, _| other.push(rule));
                prop_assert_eq!(&one, &other);
            }
        }
    }
}

/// Every record has the rule's rarest string; hardly any has the other thing that it asks for.
#[test]
fn a_rule_is_woken_by_what_this_site_seldom_has() {
    let yaml = detection(
        "a:\n  f|contains: /union-select/\n  h|endswith: ['.php', '.jsp', '.asp']\ncondition: a",
    );
    let rules = rules(&yaml);
    let fields = Fields::new(rules.field_names());
    let plan = Plan::compile(&rules, &fields, false);
    let mut scratch = PlanScratch::default();
    let mut found = 0;
    for at in 0..5_000_usize {
        let mut batch = Batch::default();
        batch.raw = b"/blog/union-select/explained".to_vec();
        let name = if at % 1_000 == 999 { "/a.php" } else { "/a.html" };
        let pairs = [("f", "/blog/union-select/explained"), ("h", name)];
        batch.push_row(0..28, RecordId::default(), 1, Default::default(), |row| {
            write(row, &fields, EventClass::Other, &pairs);
        });
        let event = batch.events().next().unwrap();
        plan.evaluate(event, &mut scratch, &mut |_, _| found += 1);
    }
    assert_eq!(found, 5);
    assert!(scratch.asked[0] < 1_100, "asked {} times", scratch.asked[0]);
}

#[test]
fn a_rule_that_needs_a_field_missing_is_not_asked_where_it_is_there() {
    for condition in ["a and not b", "a and not (b or c)", "not (b or not a)"] {
        let yaml = detection(&format!(
            "a:\n  f: x\nb:\n  g|exists: true\nc:\n  h: y\ncondition: {condition}"
        ));
        let rules = rules(&yaml);
        let fields = Fields::new(rules.field_names());
        let plan = Plan::compile(&rules, &fields, false);
        let mut scratch = PlanScratch::default();
        let mut found = 0;
        for at in 0..30 {
            let mut batch = Batch::default();
            batch.raw = b"x".to_vec();
            let both = [("f", "x"), ("g", "z")];
            let pairs = if at % 3 == 0 { &both[..1] } else { &both };
            batch.push_row(0..1, RecordId::default(), 1, Default::default(), |row| {
                write(row, &fields, EventClass::Other, pairs);
            });
            let event = batch.events().next().unwrap();
            plan.evaluate(event, &mut scratch, &mut |_, _| found += 1);
        }
        assert_eq!((found, scratch.asked[0]), (10, 10), "{condition}");
    }
}
