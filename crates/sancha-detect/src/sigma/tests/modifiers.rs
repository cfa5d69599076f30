//! Every modifier of the specification, on values that satisfy it and values that just do not.

use sancha_model::EventClass;

use super::{RuleText, Rules, detection, matches, rules};
use crate::sigma::RuleOptions;

#[track_caller]
fn check(item: &str, fires: &[&str], quiet: &[&str]) {
    let rules = rules(&detection(&format!("s:\n  {item}\ncondition: s")));
    let holds = |value: &str| !matches(&rules, EventClass::Other, &[("f", value)]).is_empty();
    for value in fires {
        assert!(holds(value), "`{item}` is silent on {value:?}");
    }
    for value in quiet {
        assert!(!holds(value), "`{item}` fires on {value:?}");
    }
}

#[test]
fn places_and_case() {
    check("f: Word", &["word", "WORD"], &["words", "sword", ""]);
    check("f|contains: ord", &["a word", "ORD"], &["or d"]);
    check("f|startswith: wo", &["Word", "wo"], &["aword"]);
    check("f|endswith: rd", &["word", "RD"], &["word."]);
    check("f|contains|all: [one, two]", &["two one"], &["one", "two"]);
    check("f|cased: Word", &["Word"], &["word"]);
    check("f|contains|cased: longWord", &["a longWord"], &["a longword"]);
    check("f|neq: word", &["other", ""], &["word", "WORD"]);
    check("f|contains|neq: [long-word, x]", &["other"], &["a long-word", "x"]);
}

#[test]
fn numbers_and_addresses() {
    check("f|gt: 5", &["6", "5.5"], &["5", "-7", "x", ""]);
    check("f|gte: 5", &["5"], &["4.9"]);
    check("f|lt: 5", &["4", "-1"], &["5"]);
    check("f|lte: 5", &["5"], &["6"]);
    check("f: 5", &["5", "5.0"], &["05x", "6"]);
    check("f|cidr: 10.0.0.0/8", &["10.1.2.3"], &["11.0.0.1", "10"]);
    check("f|cidr: 2001:db8::/32", &["2001:db8::1"], &["2001:db9::1", "10.0.0.1"]);
}

#[test]
fn parts_of_a_time() {
    check("f|hour: 23", &["2026-03-01T23:15:00Z"], &["2026-03-01T22:15:00Z", "23"]);
    check("f|minute: 15", &["2026-03-01T23:15:00Z"], &["2026-03-01T23:16:00Z"]);
    check("f|day: 1", &["2026-03-01T23:15:00Z"], &["2026-03-02T23:15:00Z"]);
    check("f|week: 9", &["2026-03-01T23:15:00Z"], &["2026-03-02T23:15:00Z"]);
    check("f|month: 3", &["2026-03-01 10:00:00"], &["2026-04-01 10:00:00"]);
    check("f|year|gte: 2026", &["2026-03-01T00:00:00Z"], &["2025-03-01T00:00:00Z"]);
}

#[test]
fn expressions_and_their_flags() {
    check(r"f|re: '^a\d+$'", &["a12"], &["A12", "a", "xa1"]);
    check(r"f|re|i: '^a\d+$'", &["A12"], &["b1"]);
    check(r"f|re|s: 'a.b'", &["a\nb"], &["ab"]);
    check(r"f|re|m: '^long-b'", &["a\nlong-b"], &["a long-b"]);
    check(r"f|re: '(?:whoami|ipconfig)\s'", &["x whoami /all"], &["whoami"]);
}

#[test]
fn encodings() {
    check("f|base64: foobar", &["Zm9vYmFy"], &["foobar", "Zm9vYmFyx"]);
    // "xfoobar" and "xyfoobar" in base64.
    check("f|base64offset|contains: foobar", &["eGZvb2Jhcg==", "eHlmb29iYXI="], &["foobar"]);
    check("f|wide|base64offset|contains: foobar", &["ZgBvAG8AYgBhAHIA"], &["Zm9vYmFy"]);
    check("f|utf16le|base64: ab", &["YQBiAA=="], &["AGEAYg=="]);
    check("f|utf16be|base64: ab", &["AGEAYg=="], &["YQBiAA=="]);
    check("f|utf16|base64: ab", &["//5hAGIA"], &["YQBiAA=="]);
    check("f|windash|contains: ' -enc '", &["x /enc y", "x \u{2013}enc y"], &["x _enc y"]);
}

#[test]
fn wildcards_and_escapes() {
    check(r"f: 'C:\*\x?.exe'", &[r"C:*\xy.exe"], &[r"C:\a\xy.exe"]);
    check(r"f: 'C:\\*\x?.exe'", &[r"C:\a\b\xy.exe"], &[r"C:\a\xyz.exe"]);
    check(r"f: 'a\?b'", &["a?b"], &["axb"]);
    check("f: '*'", &["", "x"], &[]);
}

#[test]
fn what_is_there_and_what_is_not() {
    let yaml =
        detection("s:\n  g|exists: true\n  h: null\n  f|fieldref|startswith: g\ncondition: s");
    let rules = rules(&yaml);
    let holds = |pairs: &[(&str, &str)]| !matches(&rules, EventClass::Other, pairs).is_empty();
    assert!(holds(&[("f", "abcd"), ("g", "ab")]));
    assert!(!holds(&[("f", "xabcd"), ("g", "ab")]));
    assert!(!holds(&[("f", "abcd"), ("g", "ab"), ("h", "x")]));
    assert!(!holds(&[("f", "abcd")]));
}

#[test]
fn placeholders_are_what_the_user_gives() {
    let yaml = detection("s:\n  f|expand: '%host%-%n%'\ncondition: s");
    let given = |name: &str, values: &[&str]| {
        (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
    };
    let placeholders = [given("host", &["web", "db"]), given("n", &["1"])].into_iter().collect();
    let texts = [RuleText { path: "a.yml", yaml: &yaml }];
    let options = RuleOptions { placeholders, ..RuleOptions::default() };
    let (rules, problems) = Rules::parse_with(&texts, &options);
    assert!(problems.is_empty() && rules.list()[0].open_placeholders.is_empty());
    let holds = |value| !matches(&rules, EventClass::Other, &[("f", value)]).is_empty();
    assert!(holds("web-1") && holds("DB-1") && !holds("web-2") && !holds("%host%-%n%"));
    let (rules, problems) = Rules::parse(&texts);
    assert!(problems.is_empty(), "it loads all the same");
    assert_eq!(rules.list()[0].open_placeholders, ["host"]);
    assert!(matches(&rules, EventClass::Other, &[("f", "web-1")]).is_empty());
}

#[test]
fn what_is_filled_in_is_no_placeholder() {
    let yaml = detection("s:\n  f|expand: 'C:%dirs%.exe'\ncondition: s");
    let values = vec!["%APPDATA%".to_owned(), "%dirs%x".to_owned(), "\\x\\a".to_owned()];
    let placeholders = [("dirs".to_owned(), values)].into_iter().collect();
    let options = RuleOptions { placeholders, ..RuleOptions::default() };
    let (rules, _) = Rules::parse_with(&[RuleText { path: "a.yml", yaml: &yaml }], &options);
    let holds = |value| !matches(&rules, EventClass::Other, &[("f", value)]).is_empty();
    assert!(holds("C:%APPDATA%.exe") && holds("C:%dirs%x.exe") && holds("C:\\x\\a.exe"));
    assert!(!holds("C:.exe"));
}

#[test]
fn all_of_nothing_is_no_match() {
    let yaml = detection("s:\n  f|contains|all: []\ncondition: s");
    let (rules, _) = Rules::parse(&[RuleText { path: "a.yml", yaml: &yaml }]);
    assert!(matches(&rules, EventClass::Other, &[("f", "x")]).is_empty());
}

#[test]
fn a_filter_takes_matches_away() {
    let rule =
        "title: r\nid: r\nlogsource: {product: x}\ndetection:\n  s:\n    f: a\n  condition: s\n";
    let filter = |rules: &str, product: &str| {
        format!(
            "---\ntitle: no bob\nlogsource: {{product: {product}}}\nfilter:\n  rules: {rules}\n  bob:\n    user: bob\n  condition: not bob\n"
        )
    };
    let fires = |yaml: &str| {
        let (rules, problems) = Rules::parse(&[RuleText { path: "r.yml", yaml }]);
        let fields = sancha_model::Fields::new(rules.field_names());
        let plan = super::Plan::compile(&rules, &fields, true);
        let mut batch = sancha_model::Batch::default();
        batch.raw = b"a bob".to_vec();
        batch.push_row(0..5, Default::default(), 1, Default::default(), |row| {
            super::write(row, &fields, EventClass::Other, &[("f", "a"), ("user", "bob")]);
        });
        let mut count = 0;
        let event = batch.events().next().unwrap();
        plan.evaluate(event, &mut Default::default(), &mut |_, _| count += 1);
        (count, problems.len())
    };
    assert_eq!(fires(rule), (1, 0));
    assert_eq!(fires(&format!("{rule}{}", filter("[r]", "x"))), (0, 0));
    assert_eq!(fires(&format!("{rule}{}", filter("any", "x"))), (0, 0));
    assert_eq!(fires(&format!("{rule}{}", filter("[r]", "y"))), (1, 0));
    assert_eq!(fires(&format!("{rule}{}", filter("[missing]", "x"))), (1, 1));
}
