//! The doctor: what it says of sound entries, of proofs that changed, and of what the profile leaves open.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{fs, path::Path};

use jiff::civil::date;
use sancha_compliance::{Catalog, Missing, Profile, ProofShelf, ProofState, doctor};

fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let mut files = Vec::new();
    for folder in ["", "instruments", "duties"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    Catalog::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap()
}

const BASE: &str = "schema = 1\n[operator]\nname = \"u\"\nkind = \"network_operator\"\n";

fn proof(path: &str, kind: &str) -> String {
    let digest = "a".repeat(64);
    format!(
        "proof = [{{ path = \"{path}\", sha256 = \"{digest}\", date = 2026-06-02, kind = \"{kind}\" }}]\n"
    )
}

/// What is said of a profile half a year after its incident; files named `changed` have other bytes.
fn told(more: &str) -> Vec<Missing> {
    let (profile, _) = Profile::parse(&format!("{BASE}{more}"));
    let mut shelf = ProofShelf::default();
    for proof in profile.proofs() {
        let digest = if proof.path == "changed" { "b" } else { "a" };
        shelf.put(&proof.path, ProofState::Readable { sha256: digest.repeat(64) });
    }
    doctor(&profile, &shelf, &catalog(), date(2026, 11, 28))
}

fn of<'a>(told: &'a [Missing], duty: &str) -> Vec<&'a Missing> {
    told.iter().filter(|one| one.duty == duty).collect()
}

#[test]
fn what_was_done_in_answer_to_an_incident_has_no_term_that_ends() {
    let report = |path: &str| {
        format!(
            "[[reports]]\nid = \"one\"\nkind = \"first\"\nto = \"x\"\nrow = \"provincial_cac\"\nat = 2026-06-02T09:00:00+08:00\n{}",
            proof(path, "report_receipt")
        )
    };
    assert_eq!(of(&told(&report("sound")), "reported"), Vec::<&Missing>::new());
    let changed = told(&report("changed"));
    let changed = of(&changed, "reported");
    assert!(changed[0].message.en.contains("does not have the digest"), "{changed:?}");
    assert_eq!(changed[0].line, Some(5));
}

#[test]
fn two_systems_of_one_id_are_told_of_once() {
    let system = "[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2020-01-01\n";
    let told = told(&format!("{system}{system}"));
    let lines: Vec<_> = of(&told, "incident_plan");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn what_the_profile_leaves_open_is_asked_for_before_its_proofs() {
    let told = told("");
    for (duty, expected) in [
        ("product_defects", "provides network products"),
        ("key_equipment", "provides key equipment"),
        ("contractors_bound_to_report", "builder, maintainer"),
    ] {
        let said = of(&told, duty);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].message.en.contains(expected), "{said:?}");
    }
    assert_eq!(of(&told, "crime_reported"), Vec::<&Missing>::new());
}

#[test]
fn a_value_for_the_grade_without_a_proof_is_named() {
    let impact = "[[incident.impact]]\ncriterion = \"direct_loss_cny\"\nvalue = 3\n";
    let without = told(impact);
    let said = of(&without, "grade");
    assert!(said[0].message.en.contains("incident.impact.direct_loss_cny"), "{said:?}");
    assert_eq!(said[0].line, Some(5));
    let with = told(&format!("{impact}{}", proof("sound", "assessment")));
    assert_eq!(of(&with, "grade"), Vec::<&Missing>::new());
}
