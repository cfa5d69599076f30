//! operator.toml: every failure names its line, and the rest stays usable.

use jiff::civil::date;
use sancha_compliance::{
    JudgedGrade, Measured, Profile, ProfileProblem, ProofCheck, ProofKind, ProofShelf, ProofState,
};

const OPERATOR: &str = "schema = 1\n[operator]\nname = \"单位\"\nkind = \"network_operator\"\n";

fn parse(more: &str) -> (Profile, Vec<ProfileProblem>) {
    Profile::parse(&format!("{OPERATOR}{more}"))
}

/// `more` begins on line 5.
fn check(more: &str, line: u32, expected: &str) {
    let (profile, problems) = parse(more);
    let found = problems.iter().any(|p| p.line == line && p.message.en.contains(expected));
    assert!(found, "line {line} `{expected}` in {problems:?}");
    assert!(problems.iter().all(|p| !p.message.zh.is_empty()));
    assert!(profile.operator.is_some(), "the rest stays usable");
}

#[test]
fn every_fault_names_its_line() {
    let proof = |inner: &str| {
        format!(
            "[[plans]]\nid = \"a\"\ntitle = \"t\"\nkind = \"incident\"\nfrom = 2025-01-01\nproof = [{inner}]\n"
        )
    };
    let digest = "a".repeat(64);
    check("[[postz]]\nid = \"a\"\n", 5, "did you mean `posts`?");
    check(
        "[[posts]]\nid = \"a\"\npost = \"p\"\nrole = \"main_leader\"\n",
        5,
        "post without a first day `posts[0].from`",
    );
    check(
        "[[posts]]\nid = \"a\"\nfrom = 2025-01-01\nrole = \"main_leader\"\n",
        5,
        "`posts[0].post` is missing",
    );
    check(
        "[[posts]]\nid = \"a\"\npost = \"p\"\nrole = \"main_leadr\"\nfrom = 2025-01-01\n",
        8,
        "did you mean `main_leader`?",
    );
    check(
        "[[posts]]\nid = \"a\"\npost = \"p\"\nrole = \"main_leader\"\nfrom = \"soon\"\n",
        9,
        "must be a date",
    );
    check(
        "[[posts]]\nid = \"a\"\npost = \"p\"\nrole = \"main_leader\"\nfrom = 2025-02-01\nuntil = 2025-01-01\n",
        5,
        "before the first day",
    );
    check(
        "[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2025-01-01\nprotection_level = 9\n",
        9,
        "whole number",
    );
    check(
        "[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2025-01-01\nhosts = 3\n",
        9,
        "list of texts",
    );
    check(
        "[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2025-01-01\nimportant_data = \"no\"\n",
        9,
        "true or false",
    );
    check(
        "[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2025-01-01\naddresses = [\"10.0.0.0/40\"]\n",
        5,
        "no address or network",
    );
    check("[incident]\naware_at = 2026-11-02\n", 6, "must be a date-time");
    check(
        "[[letters]]\nid = \"l\"\nsigned = 2026-01-01\nfrom = 2026-01-01\nuntil = 2026-12-31\npost = \"nobody\"\nwith = \"x\"\n",
        5,
        "names `nobody`",
    );
    check(
        "[[backups]]\nid = \"b\"\nsystem = \"nothing\"\nkind = \"local\"\nfrom = 2025-01-01\n",
        5,
        "names `nothing`",
    );
    check(
        "[[sources]]\nid = \"s\"\npath = \"a\"\nzone = \"Asia/Nowhere\"\n",
        5,
        "no known time zone",
    );
    check(
        &proof("{ path = \"../x\", sha256 = \"$\", date = 2025-01-01, kind = \"plan\" }"),
        10,
        "relative path inside",
    );
    check(
        &proof(&format!(
            "{{ path = \"/x\", sha256 = \"{digest}\", date = 2025-01-01, kind = \"plan\" }}"
        )),
        10,
        "relative path inside",
    );
    check(
        &proof("{ path = \"x\", sha256 = \"abc\", date = 2025-01-01, kind = \"plan\" }"),
        10,
        "64 hex digits",
    );
    check(
        &proof(&format!("{{ path = \"x\", sha256 = \"{digest}\", kind = \"plan\" }}")),
        10,
        "`plans[0].proof[0].date` is missing",
    );
    check(&(proof("") + &proof("")), 11, "occurs twice");
    check("[[plans]\n", 5, "not valid TOML");
    check(
        "[[responses]]\nid = \"r\"\nkind = \"plan_started\"\nat = 2026-11-02T09:00:00+08:00\nplan = \"nothing\"\n",
        5,
        "names `nothing`",
    );
}

#[test]
fn the_impact_of_an_incident_is_one_value_or_one_judgement_a_criterion() {
    let impact = |inner: &str| format!("[[incident.impact]]\n{inner}\n");
    for (inner, line, expected) in [
        (
            "criterion = \"personal_info_person\"\nvalue = 3",
            6,
            "did you mean `personal_info_people`?",
        ),
        ("criterion = \"direct_loss_cny\"", 5, "exactly one of"),
        ("criterion = \"direct_loss_cny\"\nvalue = 3\njudged = \"serious\"", 5, "exactly one of"),
        ("criterion = \"direct_loss_cny\"\nvalue = -3", 7, "not negative"),
        ("criterion = \"direct_loss_cny\"\nvalue = nan", 7, "not negative"),
        ("criterion = \"direct_loss_cny\"\njudged = \"seriuos\"", 7, "did you mean `serious`?"),
        ("criterion = \"data_threat\"\nvalue = 3", 5, "has no number"),
        ("value = 3", 5, "`incident.impact[0].criterion` is missing"),
    ] {
        check(&impact(inner), line, expected);
        let (profile, _) = parse(&impact(inner));
        assert_eq!(profile.incident.impact, [], "{inner}");
    }
    let one = impact("criterion = \"direct_loss_cny\"\nvalue = 3");
    check(&(one.clone() + &one), 8, "is given twice");
    let good = impact("criterion = \"population_share_percent\"\nvalue = 30.5")
        + &impact("criterion = \"data_threat\"\njudged = \"not_reached\"");
    let (profile, problems) = parse(&good);
    assert_eq!(problems, []);
    let measured: Vec<Measured> = profile.incident.impact.iter().map(|one| one.measured).collect();
    assert_eq!(measured, [Measured::Value(30.5), Measured::Judged(JudgedGrade::NotReached)]);
}

#[test]
fn an_entry_with_a_fault_is_left_out_and_its_neighbours_stay() {
    let (profile, problems) = parse(
        "[[posts]]\nid = \"a\"\npost = \"p\"\nrole = \"main_leader\"\n\
         [[posts]]\nid = \"b\"\npost = \"q\"\nrole = \"security_lead\"\nfrom = 2025-01-01\nextra = 1\n",
    );
    let ids: Vec<&str> = profile.posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(ids, ["b"]);
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn an_operator_of_no_kind_is_said_and_nothing_panics() {
    for (text, expected) in [
        ("", "no usable [operator]"),
        ("schema = 2", "of another version"),
        ("[operator]\nname = \"x\"\nkind = \"ciio\"\n", "designation belongs to a system"),
        ("zone = \"Moon\"", "no known time zone"),
        ("operator = 3", "must be a table"),
        ("posts = 3", "list of tables"),
        ("\u{0}", "not valid TOML"),
    ] {
        let (_, problems) = Profile::parse(text);
        let found = problems.iter().any(|problem| problem.message.en.contains(expected));
        assert!(found, "{text}: {problems:?}");
    }
}

#[test]
fn what_belongs_to_a_system_is_found() {
    let (profile, problems) = parse(
        "[[systems]]\nid = \"web\"\nname = \"n\"\nin_use_since = 2025-01-01\nhosts = [\"web*\"]\n\
         addresses = [\"192.0.2.0/28\"]\nlog_paths = [\"nginx/*\"]\n\
         [[sources]]\nid = \"auth\"\npath = \"auth.log*\"\nsystem = \"web\"\nclock_offset_seconds = -90\n",
    );
    assert_eq!(problems, []);
    let id = |system: Option<&sancha_compliance::System>| system.map(|system| system.id.clone());
    assert_eq!(id(profile.system_of_path("/x/nginx/access.log")).as_deref(), Some("web"));
    assert_eq!(id(profile.system_of_path("/x/auth.log.1")).as_deref(), Some("web"));
    assert_eq!(id(profile.system_of_path("/x/other.log")), None);
    assert_eq!(id(profile.system_of_host("WEB01")).as_deref(), Some("web"));
    assert_eq!(id(profile.system_of_address("192.0.2.5".parse().unwrap())).as_deref(), Some("web"));
    assert_eq!(profile.source_of("auth.log").map(|source| source.clock_offset_seconds), Some(-90));
}

#[test]
fn a_proof_counts_only_when_it_holds() {
    let digest = "A".repeat(64);
    let (profile, _) = parse(&format!(
        "[[plans]]\nid = \"a\"\ntitle = \"t\"\nkind = \"incident\"\nfrom = 2025-01-01\n\
         proof = [{{ path = \"x\", sha256 = \"{digest}\", date = 2025-06-01, kind = \"plan\" }}]\n"
    ));
    let proof = &profile.proofs()[0];
    let check = |state, kind, day| {
        let mut shelf = ProofShelf::default();
        shelf.put("x", state);
        shelf.check(proof, &[kind], day)
    };
    let good = || ProofState::Readable { sha256: "a".repeat(64) };
    let day = date(2025, 6, 1);
    assert_eq!(check(good(), ProofKind::Plan, day), ProofCheck::Good);
    assert_eq!(check(good(), ProofKind::Plan, date(2025, 5, 31)), ProofCheck::TooLate);
    assert_eq!(check(good(), ProofKind::Letter, day), ProofCheck::WrongKind);
    assert_eq!(check(ProofState::Missing, ProofKind::Plan, day), ProofCheck::Missing);
    let altered = ProofState::Readable { sha256: "b".repeat(64) };
    assert_eq!(check(altered, ProofKind::Plan, day), ProofCheck::DigestMismatch);
    let locked = ProofState::Unreadable { reason: "permission".to_owned() };
    assert_eq!(check(locked, ProofKind::Plan, day), ProofCheck::Unreadable);
    assert_eq!(ProofShelf::default().check(proof, &[ProofKind::Plan], day), ProofCheck::Missing);
}
