use super::{RuleText, Rules, detection};

const GOOD: &str =
    "title: good\nid: good\nlogsource: {}\ndetection:\n  s:\n    f: x\n  condition: s\n";

/// A bad file beside a good one: the good one loads, the bad one is told with line and reason.
#[track_caller]
fn check(yaml: &str, line: u64, zh: &str, en: &str) {
    let texts = [RuleText { path: "bad.yml", yaml }, RuleText { path: "good.yml", yaml: GOOD }];
    let (rules, problems) = Rules::parse(&texts);
    assert_eq!(rules.list().len(), 1, "{problems:?}");
    let [problem] = problems.as_slice() else { panic!("one problem: {problems:?}") };
    assert_eq!(problem.path, "bad.yml");
    assert_eq!(problem.line, Some(line), "{problem:?}");
    assert!(problem.reason.zh.contains(zh), "{problem:?}");
    assert!(problem.reason.en.contains(en), "{problem:?}");
}

#[test]
fn what_cannot_be_loaded_is_named() {
    check("title: a\ndetection: [\n", 3, "解析", "parsed");
    check("title: [a\nlogsource: {}\n", 2, "解析", "parsed");
    check("just text\n", 1, "解析", "parsed");
    check("# only a comment\n", 1, "没有规则", "no rule");
    check("", 1, "没有规则", "no rule");
    check(&detection("s:\n  f|nonsense: x\ncondition: s"), 5, "nonsense", "nonsense");
    check(&detection("s:\n  f|re: 'a(?=b)'\ncondition: s"), 5, "a(?=b)", "look-around");
    check(&detection("s:\n  f|cidr: here\ncondition: s"), 5, "here", "cidr");
    check(&detection("s:\n  f|gt: many\ncondition: s"), 5, "many", "gt");
    check(&detection("s:\n  f: x\ncondition: s and other"), 6, "other", "other");
    check(&detection("s:\n  f: x\ncondition: s and"), 6, "解析", "parsed");
    check(&detection("s:\n  f: x\ntimeframe: 5m\ncondition: s"), 6, "timeframe", "correlation");
    check(&GOOD.replace("title", "x"), 1, "解析", "title");
    check(&detection("s: {}\ncondition: s"), 3, "没有任何内容", "holds nothing");
    let mark = GOOD.replace("good", "bad").replace("x\n", "x|\n");
    check(
        &format!("\u{feff}{}", mark.replace("    f:", "    f|nonsense:")),
        6,
        "nonsense",
        "nonsense",
    );
}

#[test]
fn a_broken_document_is_told_beside_good_ones() {
    let bad =
        "title: two\nid: two\nlogsource: {}\ndetection:\n  s:\n    f|nonsense: x\n  condition: s\n";
    for between in ["---\n", "--- # the second\n", "---   \n"] {
        let yaml = format!("{GOOD}{between}{bad}");
        let (rules, problems) = Rules::parse(&[RuleText { path: "two.yml", yaml: &yaml }]);
        assert_eq!((rules.list().len(), problems.len()), (1, 1), "{between:?}");
    }
    let whole =
        format!("action: global\nlevel: low\n---\n{GOOD}---\n{}", bad.replace("title: two\n", ""));
    let (_, problems) = Rules::parse(&[RuleText { path: "global.yml", yaml: &whole }]);
    assert!(!problems.is_empty());
}

#[test]
fn rules_of_one_file_need_no_ids() {
    let yaml = "title: base\nname: base\nlogsource: {}\ndetection:\n  s:\n    f: x\n  condition: s\n---\ntitle: many\ncorrelation:\n  type: event_count\n  rules: [base]\n  group-by: [g]\n  timespan: 1h\n  condition: {gte: 3}\n";
    let (rules, problems) = Rules::parse(&[RuleText { path: "two.yml", yaml }]);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(rules.list().len(), 1);
    let misspelt = yaml.replace("title: many\n", "title: many\nlevel: hihg\n");
    let (_, problems) = Rules::parse(&[RuleText { path: "two.yml", yaml: &misspelt }]);
    assert!(problems.iter().any(|problem| problem.reason.en.contains("hihg")), "{problems:?}");
}

#[test]
fn a_broken_filter_takes_no_rule_with_it() {
    let filter = "title: f\nlogsource: {}\nfilter:\n  rules: any\n  s:\n    f|re: 'a(?!b)'\n  condition: not s\n";
    let texts =
        [RuleText { path: "f.yml", yaml: filter }, RuleText { path: "good.yml", yaml: GOOD }];
    let (rules, problems) = Rules::parse(&texts);
    assert_eq!(rules.list().len(), 1);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.path, "f.yml");
}

#[test]
fn the_second_document_of_a_file_counts_lines_from_the_first() {
    let yaml = format!("{GOOD}---\n{}", detection("s:\n  f|nonsense: x\ncondition: s"));
    let (rules, problems) = Rules::parse(&[RuleText { path: "two.yml", yaml: &yaml }]);
    assert_eq!(rules.list().len(), 1);
    assert_eq!(problems[0].line, Some(13));
}

#[test]
fn own_keys_are_read_and_wrong_ones_told() {
    let own =
        "sancha:\n  scenario: web_attack.upload\n  outcome: likely_succeeded\n  title_zh: 上传\n";
    let (rules, problems) = Rules::parse(&[RuleText { path: "a", yaml: &format!("{GOOD}{own}") }]);
    assert!(problems.is_empty(), "{problems:?}");
    let rule = &rules.list()[0];
    assert_eq!(rule.scenario.id(), "web_attack.upload");
    assert_eq!(rule.title.zh, "上传");
    let bad = GOOD.replace("good", "bad");
    check(&format!("{bad}sancha:\n  scenario: nothing\n"), 9, "nothing", "nothing");
    check(&format!("{bad}sancha:\n  outcome: confirmed\n"), 9, "confirmed", "confirmed");
}

#[test]
fn an_id_is_used_once() {
    let texts = [RuleText { path: "a.yml", yaml: GOOD }, RuleText { path: "b.yml", yaml: GOOD }];
    let (rules, problems) = Rules::parse(&texts);
    assert_eq!(rules.list().len(), 1);
    assert_eq!((problems[0].path.as_str(), problems[0].line), ("b.yml", Some(2)));
    assert!(problems[0].reason.zh.contains("a.yml"));
}

#[test]
fn a_correlation_needs_its_rules_and_a_form_we_have() {
    let correlation = |kind: &str, rule: &str, condition: &str| {
        format!(
            "title: c\nid: c\ncorrelation:\n  type: {kind}\n  rules: [{rule}]\n  group-by: [f]\n  timespan: 1h\n  condition: {condition}\n"
        )
    };
    check(&correlation("event_count", "missing", "{gte: 3}"), 5, "missing", "missing");
    check(&correlation("value_sum", "good", "{gte: 3}"), 3, "condition.field", "condition.field");
    check(&correlation("temporal", "good", "good and stranger"), 8, "stranger", "stranger");
    let session = correlation("event_count", "good", "{gte: 3}")
        .replace("  timespan", "  window: session\n  gap: 5m\n  timespan");
    check(&session, 3, "session", "session");
}

#[test]
fn correlations_are_read_after_what_they_are_made_of_and_never_in_a_circle() {
    let one = |id: &str, of: &str, group: &str| {
        format!(
            "---\ntitle: {id}\nid: {id}\ncorrelation:\n  type: event_count\n  rules: [{of}]\n  group-by: [{group}]\n  timespan: 1h\n  condition: {{gte: 2}}\n"
        )
    };
    let parse = |yaml: &str| {
        let texts = [RuleText { path: "good.yml", yaml: GOOD }, RuleText { path: "c.yml", yaml }];
        Rules::parse(&texts)
    };
    let (rules, problems) = parse(&(one("outer", "inner", "f") + &one("inner", "good", "f, g")));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(rules.correlations.len(), 2);
    let (_, problems) = parse(&(one("a", "b", "f") + &one("b", "a", "f")));
    assert_eq!(problems.len(), 2);
    // State of the outer one must be where that of the inner one is.
    let (_, problems) = parse(&(one("outer", "inner", "h") + &one("inner", "good", "f")));
    assert!(problems[0].reason.en.contains("group-by"), "{problems:?}");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    check(&"# x\n".repeat(400_000), 1, "1048576", "1048576");
}

mod hostile {
    use proptest::prelude::*;

    use super::{GOOD, RuleText, Rules};

    proptest! {
        /// Whatever a file holds: it loads or it is told, and the good file beside it loads.
        #[test]
        fn nothing_takes_the_others_down(
            cut in 0..GOOD.len(),
            noise in prop_oneof!["\\PC{0,40}", "[\\[{:>|&*!%\"'\n\t -]{0,40}"],
        ) {
            let (head, tail) = GOOD.split_at(cut);
            let yaml = format!("{head}{noise}{tail}").replace("id: good", "id: x");
            let texts = [
                RuleText { path: "good.yml", yaml: GOOD },
                RuleText { path: "bad.yml", yaml: &yaml },
            ];
            let (rules, problems) = Rules::parse(&texts);
            prop_assert!(rules.list().iter().any(|rule| rule.path == "good.yml"), "{:?}", problems);
            prop_assert!(rules.list().len() + problems.len() >= 2);
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in ["[", "{a: ", "- "] {
            let yaml = format!("title: t\ndetection: {}", open.repeat(100_000));
            let (rules, problems) = Rules::parse(&[RuleText { path: "deep.yml", yaml: &yaml }]);
            assert!(rules.list().is_empty() && problems.len() == 1);
        }
    }
}
