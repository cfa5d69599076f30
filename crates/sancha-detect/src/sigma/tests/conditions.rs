use sancha_model::EventClass;

use super::{Pairs, detection, matches, rules};

#[track_caller]
fn check(body: &str, pairs: Pairs<'_>, expected: bool) {
    let found = matches(&rules(&detection(body)), EventClass::Other, pairs);
    assert_eq!(found == [0], expected, "{body}\non {pairs:?}");
}

#[test]
fn modifiers() {
    for (item, value, expected) in [
        ("f: abc", "ABC", true),
        ("f: abc", "abcd", false),
        ("f|contains: /.git/config", "/x/.GIT/config", true),
        ("f|contains: abc", "xabcx", true),
        ("f|startswith: /adm", "/ADMIN", true),
        ("f|endswith: .env", "/.env", true),
        ("f|endswith: .env", "/.env.x", false),
        ("f|endswith: '/a/longer/end.php'", "x/a/longer/end.PHP", true),
        ("f|contains|all: [abc, def]", "defabc", true),
        ("f|contains|all: [abc, def]", "abc", false),
        ("f: 'a*z'", "abcz", true),
        ("f: '/upload/*.php'", "/upload/x/y.php", true),
        ("f: '/upload/*.php'", "/upload/x/y.phpx", false),
        (r"f: 'a\*z'", "abz", false),
        ("f|cased: Abc", "abc", false),
        ("f|cased|contains: SecretThing", "xSecretThingx", true),
        ("f|cased|contains: SecretThing", "xsecretthingx", false),
        (r"f|re: '^/a\d+$'", "/a17", true),
        (r"f|re: '^/a\d+$'", "/ab", false),
        ("f|re: 'longword[0-9]'", "a longword7", true),
        ("f|re|i: 'LONGWORD[0-9]'", "a longword7", true),
        ("f|re: 'LONGWORD[0-9]'", "a longword7", false),
        ("f|cidr: 10.0.0.0/8", "10.2.3.4", true),
        ("f|cidr: [10.0.0.0/8, '2001:db8::/32']", "2001:db8::1", true),
        ("f|cidr: 10.0.0.0/8", "11.2.3.4", false),
        ("f|gt: 5", "6", true),
        ("f|gte: 6", "6", true),
        ("f|lt: 5", "6", false),
        ("f|lte: 6.5", "6", true),
        ("f|gt: 5", "word", false),
        ("f: 7", "7", true),
        ("f: 7", "8", false),
        ("f: true", "True", true),
        ("f|exists: true", "x", true),
        ("f|exists: false", "x", false),
        ("g|exists: false", "x", true),
        ("g: null", "x", true),
        ("f: null", "x", false),
        ("f: [null, abc]", "abc", true),
        ("f|base64|contains: whoami", "xd2hvYW1pyy", true),
        ("f|base64offset|contains: whoami /all", "echo eHdob2FtaSAvYWxs|sh", true),
        ("f|wide|base64offset|contains: 'ping'", "x cABpAG4AZwA= y", true),
        ("f|windash|contains: ' -enc '", "x /enc y", true),
        ("f|windash|contains: ' -enc '", "x \u{2013}enc y", true),
        ("f|windash|contains: ' -enc '", "x enc y", false),
        ("f|contains: 患者信息表", "导出患者信息表。", true),
        ("f|contains: ÜBERSICHT", "die übersicht", true),
    ] {
        let body = format!("s:\n  {item}\ncondition: s");
        check(&body, &[("f", value)], expected);
    }
}

#[test]
fn one_field_in_another() {
    let body = "s:\n  f|fieldref: g\ncondition: s";
    check(body, &[("f", "Abc"), ("g", "abC")], true);
    check(body, &[("f", "abc"), ("g", "abd")], false);
    check(body, &[("f", "abc")], false);
    let body = "s:\n  f|fieldref|endswith: g\ncondition: s";
    check(body, &[("f", "xxabc"), ("g", "abc")], true);
}

#[test]
fn a_field_may_stand_more_than_once() {
    let body = "s:\n  f: second\ncondition: s";
    check(body, &[("f", "first"), ("g", "x"), ("f", "second")], true);
    check(body, &[("f", "first"), ("g", "second"), ("f", "third")], false);
}

#[test]
fn keywords_look_at_the_whole_record() {
    check("k: [some-keyword, other]\ncondition: k", &[("f", "has SOME-keyword in")], true);
    check("k: [some-keyword, other]\ncondition: k", &[("f", "another")], true);
    check("k: [some-keyword]\ncondition: k", &[("f", "some"), ("g", "keyword")], false);
    check(
        "k:\n  '|all': [alpha-one, beta-two]\ncondition: k",
        &[("f", "beta-two alpha-one")],
        true,
    );
    check("k:\n  '|all': [alpha-one, beta-two]\ncondition: k", &[("f", "alpha-one")], false);
}

#[test]
fn conditions() {
    let named = "a:\n  f: one\nb:\n  g: two\nc:\n  h: three\ncondition: ";
    for (condition, pairs, expected) in [
        ("a and b", &[("f", "one"), ("g", "two")] as Pairs<'_>, true),
        ("a and b", &[("f", "one")], false),
        ("a or b", &[("g", "two")], true),
        ("a and not b", &[("f", "one")], true),
        ("a and not b", &[("f", "one"), ("g", "two")], false),
        ("not a", &[("f", "two")], true),
        ("not (a or b)", &[("h", "three")], true),
        ("1 of them", &[("h", "three")], true),
        ("all of them", &[("f", "one"), ("g", "two")], false),
        ("all of them", &[("f", "one"), ("g", "two"), ("h", "three")], true),
        ("2 of them", &[("f", "one"), ("h", "three")], true),
        ("2 of them", &[("f", "one")], false),
        ("a and 1 of b*", &[("f", "one"), ("g", "two")], true),
    ] {
        check(&format!("{named}{condition}"), pairs, expected);
    }
    check("a:\n  - f: one\n  - g: two\ncondition: a", &[("g", "two")], true);
}
