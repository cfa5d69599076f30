//! The law as shipped in `law/`: parses, holds its dates, and says where a file is wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{fs, path::Path};

use jiff::civil::{Date, date};
use sancha_compliance::{Catalog, Difference, ImpactCriterion, LegalGrade, ProvisionName};

fn law_files() -> Vec<(String, String)> {
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
    files
}

fn parse(files: &[(String, String)]) -> Result<Catalog, String> {
    Catalog::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(|error| error.to_string())
}

fn catalog() -> Catalog {
    parse(&law_files()).unwrap()
}

fn name(text: &str) -> ProvisionName {
    text.to_owned().try_into().unwrap()
}

fn article(catalog: &Catalog, provision: &str, day: Date) -> Option<(String, u16)> {
    let found = catalog.provision(&name(provision), day)?;
    Some((found.instrument, found.article))
}

#[test]
fn the_version_in_force_on_the_day_is_cited() {
    let catalog = catalog();
    for (provision, day, expected) in [
        ("csl.protection_rules", date(2017, 5, 31), None),
        ("csl.protection_rules", date(2017, 6, 1), Some(("csl-2017", 21))),
        ("csl.protection_rules", date(2025, 12, 31), Some(("csl-2017", 21))),
        ("csl.protection_rules", date(2026, 1, 1), Some(("csl-2026", 23))),
        ("csl.product_no_malware", date(2025, 12, 31), Some(("csl-2017", 22))),
        ("csl.product_no_malware", date(2026, 1, 1), Some(("csl-2026", 24))),
        ("csl.key_equipment", date(2025, 12, 31), Some(("csl-2017", 23))),
        ("csl.key_equipment", date(2026, 1, 1), Some(("csl-2026", 25))),
        ("csl.incident_plan", date(2025, 12, 31), Some(("csl-2017", 25))),
        ("csl.incident_plan", date(2026, 1, 1), Some(("csl-2026", 27))),
        ("csl.cii_body", date(2025, 12, 31), Some(("csl-2017", 34))),
        ("csl.cii_body", date(2026, 1, 1), Some(("csl-2026", 36))),
        ("csl.authority_emergency", date(2025, 12, 31), Some(("csl-2017", 55))),
        ("csl.authority_emergency", date(2026, 1, 1), Some(("csl-2026", 57))),
        ("psb-inspection.scope", date(2026, 9, 30), Some(("psb-151", 2))),
        ("psb-inspection.scope", date(2026, 10, 1), Some(("psb-176", 6))),
        ("incident-report.report_other", date(2025, 10, 31), None),
        ("incident-report.report_other", date(2025, 11, 1), Some(("incident-report-2025", 4))),
    ] {
        let found = article(&catalog, provision, day);
        let expected = expected.map(|(id, number)| (id.to_owned(), number));
        assert_eq!(found, expected, "{provision} on {day}");
    }
    assert_eq!(catalog.first_day(), Some(date(2017, 6, 1)));
}

#[test]
fn a_case_across_a_change_is_cut_at_it_and_cites_both() {
    let catalog = catalog();
    let names = [name("csl.protection_rules")];
    let (first, last) = (date(2025, 12, 28), date(2026, 1, 5));
    let expected = vec![(first, date(2025, 12, 31)), (date(2026, 1, 1), last)];
    assert_eq!(catalog.segments(&names, first, last), expected);
    let cited = catalog.provisions_between(&names, first, last);
    let cited: Vec<_> =
        cited.iter().map(|found| (found.instrument.as_str(), found.article)).collect();
    assert_eq!(cited, [("csl-2017", 21), ("csl-2026", 23)]);
    assert_eq!(catalog.segments(&names, last, last), vec![(last, last)]);
}

#[test]
fn two_versions_differ_in_what_the_decision_changed() {
    let diff = catalog().diff("csl-2017", "csl-2026").unwrap();
    let find = |key: &str| diff.differences.iter().find(|(name, _)| name == key).map(|(_, d)| d);
    let renumbered = Difference::Renumbered { from: 21, to: 23 };
    assert_eq!(find("protection_monitoring"), Some(&renumbered));
    assert_eq!(find("penalty_discretion"), Some(&Difference::New { article: 73 }));
    assert_eq!(diff.unchanged, 0);
    assert!(catalog().diff("csl-2017", "csl-1999").is_none());
}

#[test]
fn enough_duties_and_each_is_answerable() {
    let catalog = catalog();
    assert!(catalog.duties().len() >= 24, "{}", catalog.duties().len());
    for duty in catalog.duties() {
        assert!(!duty.proof.is_empty() && !duty.requires.is_empty(), "{}", duty.id);
        assert!(!duty.provisions.is_empty(), "{}", duty.id);
    }
}

#[test]
fn unverified_thresholds_never_fire() {
    let catalog = catalog();
    for criterion in &catalog.grading().criteria {
        for (grade, threshold) in criterion.thresholds.worst_first() {
            let verified = threshold.confidence.id() == "verified" && !threshold.judged;
            let fires = threshold.reached(u64::MAX);
            assert_eq!(fires, verified.then_some(true), "{} {}", criterion.key, grade.id());
        }
    }
    let people =
        catalog.grading().criteria.iter().find(|c| c.key == "personal_info_people").unwrap();
    assert_eq!(people.thresholds.larger.reached(1_000_000), Some(true), "the number is included");
    assert_eq!(people.thresholds.larger.reached(999_999), Some(false));
    assert_eq!(people.thresholds.worst_first()[0].0, LegalGrade::ParticularlyMajor);
}

#[test]
fn a_profile_can_name_every_criterion_of_the_law() {
    let catalog = catalog();
    let law = catalog.grading().criteria.iter();
    let law: Vec<_> =
        law.map(|one| (one.key.as_str(), one.label.zh.as_ref(), one.unit == "judged")).collect();
    let named = ImpactCriterion::ALL.iter();
    let named: Vec<_> = named.map(|one| (one.id(), one.label().zh, one.is_judged())).collect();
    assert_eq!(named, law);
}

#[test]
fn penalty_bands_differ_by_version() {
    let catalog = catalog();
    let bands = |id| &catalog.instrument(id).unwrap().penalties;
    assert_eq!(bands("csl-2017")[1].unit_cny, Some((10_000, 100_000)));
    assert_eq!(bands("csl-2026")[1].unit_cny, Some((50_000, 500_000)));
    assert_eq!(bands("csl-2026").last().unwrap().unit_cny, Some((2_000_000, 10_000_000)));
}

/// Replaces `from` in one file of the law and gives the error that follows.
fn broken(file: &str, from: &str, to: &str) -> String {
    let mut files = law_files();
    let found = files.iter_mut().find(|(name, _)| name == file).unwrap();
    assert!(found.1.contains(from), "{file} holds `{from}`");
    found.1 = found.1.replacen(from, to, 1);
    parse(&files).unwrap_err()
}

#[test]
fn every_fault_names_file_and_line() {
    for (file, from, to, expected) in [
        (
            "instruments/dsl-2021.yaml",
            "nature: statute",
            "nature: statut",
            "did you mean `statute`",
        ),
        ("instruments/dsl-2021.yaml", "nature: statute", "natur: statute", "line"),
        (
            "instruments/csl-2026.yaml",
            "effective_from: 2026-01-01",
            "effective_from: 2025-12-31",
            "overlaps",
        ),
        (
            "instruments/csl-2017.yaml",
            "effective_until: 2025-12-31",
            "effective_until: 2016-12-31",
            "ends before",
        ),
        (
            "instruments/dsl-2021.yaml",
            "provision: system",
            "provision: nothing",
            "`nothing` is not defined",
        ),
        (
            "duties/10-protection.yaml",
            "[csl.protection_rules]",
            "[csl.nothing]",
            "line 3: `csl.nothing`",
        ),
        ("duties/10-protection.yaml", "[csl.protection_rules]", "[nothing]", "write `family.key`"),
        ("duties/10-protection.yaml", "id: security_lead", "id: security_rules", "was used before"),
        ("duties/10-protection.yaml", "operators: all", "operators: every", "write `all`"),
        (
            "duties/10-protection.yaml",
            "policies.operating_procedures",
            "policies.operating_procedure",
            "did you mean",
        ),
        ("supervision.yaml", "basis: statute", "basis: habit", "known: statute"),
        ("deadlines.yaml", "{ hours: 1 }", "{ hours: 1, minutes: 5 }", "exactly one"),
        ("deadlines.yaml", "incident-report.report_cii", "incident-report.nothing", "not defined"),
        ("workdays.yaml", "2025-01-28", "2025-02-30", "line"),
    ] {
        let error = broken(file, from, to);
        assert!(error.contains(file) && error.contains(expected), "{file}: {error}");
    }
}

#[test]
fn missing_and_foreign_files_are_named() {
    let mut files = law_files();
    files.retain(|(name, _)| name != "deadlines.yaml");
    assert_eq!(parse(&files).unwrap_err(), "`deadlines.yaml` is missing from `law/`");
    files.push(("notes.yaml".to_owned(), "a: 1".to_owned()));
    assert!(parse(&files).unwrap_err().contains("`notes.yaml` is not a file of `law/`"));
}
