//! Operator duty and supervision over small profiles: dates, applicability, proof taken away.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod proofs;

use std::{fs, path::Path};

use jiff::civil::{Date, date};
use sancha_case::Grade;
use sancha_compliance::{Catalog, KeptLogs, Profile, ProofShelf, ProofState};
use sancha_investigate::{
    CaseFacts, DutyInput, ReportClock, Touched, clock_input, operator_duty, report_clock,
    supervision,
};
use sancha_model::{Citation, Conclusion, Coverage, EventTime, FileCoverage, SourceSpan, Status};

const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

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

fn proof(path: &str, day: &str, kind: &str) -> String {
    format!(
        "proof = [{{ path = \"{path}\", sha256 = \"{DIGEST}\", date = {day}, kind = \"{kind}\" }}]"
    )
}

fn profile_text(kind: &str, more: &str) -> String {
    let plan = proof("plan.pdf", "2025-01-01", "plan");
    let receipt = proof("receipt.png", "2026-11-02", "report_receipt");
    let letter = proof("letter.pdf", "2026-01-02", "letter");
    let statement = proof("statement.txt", "2026-11-03", "log_statement");
    let inspection = proof("inspection.pdf", "2026-04-15", "inspection_record");
    let recheck = "recheck = { date = 2026-05-20, passed = true, ".to_owned()
        + &proof("recheck.pdf", "2026-05-20", "recheck_record")
        + " }";
    format!(
        r#"
schema = 1
[operator]
name = "单位"
kind = "{kind}"
handles_personal_information = true
handles_important_data = false
provides_network_products = false
provides_key_equipment = false
party_committee = false
[incident]
aware_at = 2026-11-02T09:00:00+08:00
[[systems]]
id = "web"
name = "网站"
in_use_since = 2020-01-01
log_paths = ["access.log*"]
{more}
[[systems]]
id = "other"
name = "另一系统"
in_use_since = 2020-01-01
[systems.critical_infrastructure]
date = 2020-01-01
{notice}
[[posts]]
id = "head"
post = "主任"
role = "main_leader"
from = 2020-01-01
[[plans]]
id = "plan"
title = "预案"
kind = "incident"
from = 2025-01-01
{plan}
[[policies]]
id = "rules"
title = "制度"
kind = "management_rules"
from = 2020-01-01
[[letters]]
id = "letter"
signed = 2026-01-02
from = 2026-01-01
until = 2026-12-31
post = "head"
with = "上级单位"
{letter}
[[inspections]]
id = "april"
date = 2026-04-15
by = "某公安机关"
kind = "on_site"
{inspection}
[[inspections.findings]]
id = "one"
text = "目录权限"
{recheck}
[[reports]]
id = "first"
kind = "first"
to = "某省网信部门"
row = "provincial_cac"
at = 2026-11-02T12:00:00+08:00
{receipt}
[[sources]]
id = "access"
path = "access.log*"
system = "web"
complete_as_of = 2026-11-03
{statement}
"#,
        notice = proof("other-notice.pdf", "2020-01-01", "designation_notice"),
    )
}

fn designated() -> String {
    let notice = proof("notice.pdf", "2020-01-01", "designation_notice");
    format!("[systems.critical_infrastructure]\ndate = 2020-01-01\n{notice}")
}

fn instant(text: &str) -> EventTime {
    EventTime::from_timestamp(text.parse().unwrap())
}

struct Story {
    text: String,
    first: Date,
    last: Date,
    grade: Grade,
    touched: Touched,
    log_from: Date,
    /// Paths whose file is missing, or whose bytes differ.
    missing: Vec<&'static str>,
    altered: Vec<&'static str>,
    kept: Vec<KeptLogs>,
    law_day: Option<Date>,
}

impl Story {
    fn new(text: String) -> Self {
        let day = date(2026, 11, 2);
        Self {
            text,
            first: day,
            last: day,
            grade: Grade::RelativelySerious,
            touched: Touched::NotShown,
            log_from: date(2026, 5, 2),
            missing: Vec::new(),
            altered: Vec::new(),
            kept: Vec::new(),
            law_day: None,
        }
    }

    fn on(mut self, first: Date, last: Date) -> Self {
        (self.first, self.last) = (first, last);
        self
    }

    fn run(&self) -> (Vec<Conclusion>, Vec<Conclusion>) {
        let (profile, shelf) = self.given();
        self.conclude(Some(&profile), &shelf)
    }

    fn given(&self) -> (Profile, ProofShelf) {
        let (profile, problems) = Profile::parse(&self.text);
        assert_eq!(problems, [], "the profile of the test is sound");
        let mut shelf = ProofShelf::default();
        for proof in profile.proofs() {
            let path = proof.path.as_str();
            let state = if self.missing.contains(&path) {
                ProofState::Missing
            } else if self.altered.contains(&path) {
                ProofState::Readable { sha256: "b".repeat(64) }
            } else {
                ProofState::Readable { sha256: DIGEST.to_owned() }
            };
            shelf.put(path, state);
        }
        (profile, shelf)
    }

    fn facts(&self, profile: Option<&Profile>) -> CaseFacts {
        CaseFacts {
            law_day: self.law_day,
            first_day: self.first,
            last_day: self.last,
            began: None,
            systems: profile.map(|_| vec!["web".to_owned()]).unwrap_or_default(),
            personal_systems: Vec::new(),
            personal_information: self.touched,
            aware_at: profile.and_then(|profile| profile.incident.aware_at),
            at: instant("2026-11-04T12:00:00+08:00"),
            findings: Vec::new(),
        }
    }

    fn clock(&self) -> ReportClock {
        let (profile, shelf) = self.given();
        let facts = self.facts(Some(&profile));
        let from = Citation::Profile { key: "incident.aware_at".to_owned() };
        let catalog = catalog();
        let zone = &profile.zone;
        report_clock(&clock_input(
            &facts,
            Some(&profile),
            &shelf,
            &catalog,
            self.grade,
            &from,
            zone,
        ))
    }

    fn conclude(
        &self,
        profile: Option<&Profile>,
        shelf: &ProofShelf,
    ) -> (Vec<Conclusion>, Vec<Conclusion>) {
        let facts = self.facts(profile);
        let at_start = |day: Date| instant(&format!("{day}T04:00:00+08:00"));
        let file = FileCoverage {
            path: "/logs/access.log".to_owned(),
            first: Some(at_start(self.log_from)),
            last: Some(at_start(self.last)),
            stretches: vec![SourceSpan {
                from: at_start(self.log_from),
                until: at_start(self.last),
            }],
            ..FileCoverage::default()
        };
        let coverage = Coverage { files: vec![file], ..Coverage::default() };
        let catalog = catalog();
        let grade = self.grade;
        let input = DutyInput {
            facts: &facts,
            profile,
            shelf,
            catalog: &catalog,
            coverage: &coverage,
            kept: &self.kept,
            grade,
        };
        (operator_duty(&input), supervision(&input))
    }
}

fn status(all: &[Conclusion], id: &str) -> Status {
    all.iter().find(|one| one.id == id).unwrap().status.unwrap()
}

fn cited(all: &[Conclusion], id: &str) -> Vec<(String, u16)> {
    let one = all.iter().find(|one| one.id == id).unwrap();
    one.provisions.iter().map(|p| (p.instrument.clone(), p.article)).collect()
}

#[test]
fn proof_declared_missing_or_altered() {
    let base = || Story::new(profile_text("public_institution", ""));
    let (duty, above) = base().run();
    for (id, expected) in [
        ("incident_plan", Status::Met),
        ("security_rules", Status::NotShown),
        ("reported", Status::Met),
        ("reported_in_time", Status::Met),
        ("logs_six_months", Status::Met),
        ("cii_body", Status::NotApplicable),
        ("key_equipment", Status::NotApplicable),
    ] {
        assert_eq!(status(&duty, id), expected, "{id}");
    }
    for (id, expected) in [
        ("letter_valid", Status::Met),
        ("last_inspection", Status::Met),
        ("defects_rechecked", Status::Met),
        ("leader_named", Status::NotApplicable),
        ("supervisor_named", Status::NotShown),
        ("report_relayed", Status::NotShown),
    ] {
        assert_eq!(status(&above, id), expected, "{id}");
    }
    for spoil in [true, false] {
        let mut story = base();
        if spoil {
            story.missing.push("plan.pdf")
        } else {
            story.altered.push("plan.pdf")
        }
        let (changed, same) = story.run();
        for (before, after) in duty.iter().zip(&changed) {
            let expected =
                if before.id == "incident_plan" { Some(Status::NotShown) } else { before.status };
            assert_eq!(after.status, expected, "{}", after.id);
        }
        assert_eq!(above, same, "only the plan's conclusion changes");
    }
}

#[test]
fn each_segment_cites_the_law_of_its_days() {
    let text = || profile_text("public_institution", "");
    for (first, last, expected) in [
        (date(2025, 12, 31), date(2025, 12, 31), vec![("csl-2017", 25)]),
        (date(2026, 1, 1), date(2026, 1, 1), vec![("csl-2026", 27)]),
        (date(2025, 12, 28), date(2026, 1, 5), vec![("csl-2017", 25), ("csl-2026", 27)]),
        (date(2017, 5, 31), date(2017, 5, 31), vec![]),
    ] {
        let (duty, _) = Story::new(text()).on(first, last).run();
        let expected: Vec<_> = expected.into_iter().map(|(id, n)| (id.to_owned(), n)).collect();
        assert_eq!(cited(&duty, "incident_plan"), expected, "{first}");
    }
    let (duty, _) = Story::new(text()).on(date(2017, 5, 31), date(2017, 5, 31)).run();
    assert!(
        duty.iter()
            .all(|one| one.status == Some(Status::NotApplicable) || one.provisions.is_empty())
    );
    let said = &duty.iter().find(|one| one.id == "incident_plan").unwrap().statements[0];
    assert_eq!(said.key(), "duty.no_law");
}

#[test]
fn inspection_orders_and_report_hours_follow_their_dates() {
    for (day, order) in [(date(2026, 9, 30), "psb-151"), (date(2026, 10, 1), "psb-176")] {
        // The order goes by the day of the inspection, whatever the day of the facts.
        let text = profile_text("public_institution", "");
        let text = text.replace("date = 2026-04-15", &format!("date = {day}"));
        let story = Story::new(text).on(date(2026, 11, 2), date(2026, 11, 2));
        let cited = cited(&story.run().1, "last_inspection");
        assert_eq!(cited.len(), 1, "{day}");
        assert_eq!(cited[0].0, order, "{day}");
    }
    for (day, none) in [(date(2025, 10, 31), true), (date(2025, 11, 1), false)] {
        let story = Story::new(profile_text("public_institution", "")).on(day, day);
        assert_eq!(cited(&story.run().0, "reported_in_time").is_empty(), none, "{day}");
    }
}

#[test]
fn critical_infrastructure_goes_by_the_system_touched_and_its_notice() {
    let text = profile_text("public_institution", &designated());
    let text = text.replace("row = \"provincial_cac\"", "row = \"protection_department\"");
    let (duty, _) = Story::new(text.clone()).run();
    assert_eq!(status(&duty, "cii_body"), Status::NotShown);
    assert!(cited(&duty, "cii_body").contains(&("csl-2026".to_owned(), 36)));
    assert_eq!(status(&duty, "reported_in_time"), Status::NotMet, "three hours after, one allowed");
    let mut story = Story::new(text);
    story.missing.push("notice.pdf");
    let (duty, _) = story.run();
    let cii = duty.iter().find(|one| one.id == "cii_body").unwrap();
    assert!(cii.statements.iter().any(|said| said.key() == "duty.open_designation"));
}

#[test]
fn a_late_report_is_a_ground_only_where_the_grade_asks_for_it() {
    let text = profile_text("public_institution", "").replace("T12:00:00", "T19:00:00");
    for (grade, expected) in [
        (Grade::RelativelySerious, Status::NotMet),
        (Grade::General, Status::NotShown),
        (Grade::Undetermined, Status::NotShown),
    ] {
        let mut story = Story::new(text.clone());
        story.grade = grade;
        assert_eq!(status(&story.run().0, "reported_in_time"), expected, "{grade:?}");
    }
    let unaware = text.replace("aware_at = 2026-11-02T09:00:00+08:00", "");
    assert_eq!(status(&Story::new(unaware).run().0, "reported_in_time"), Status::NotShown);
}

#[test]
fn a_report_older_than_the_awareness_proves_nothing() {
    let text = profile_text("public_institution", "");
    let later = text.replace("aware_at = 2026-11-02T09:00:00", "aware_at = 2026-11-02T13:00:00");
    assert_ne!(later, text);
    let (duty, _) = Story::new(later).run();
    let report = duty.iter().find(|one| one.id == "reported_in_time").unwrap();
    assert_eq!(report.status, Some(Status::NotShown));
    assert!(report.statements.iter().any(|said| said.key() == "duty.report_before_aware"));
}

#[test]
fn a_report_to_another_body_stops_no_clock() {
    let text = profile_text("public_institution", "");
    for row in ["row = \"sector_regulator\"", "row = \"public_security\"", ""] {
        let elsewhere = text.replace("row = \"provincial_cac\"", row);
        assert_ne!(elsewhere, text);
        let (duty, _) = Story::new(elsewhere).run();
        let report = duty.iter().find(|one| one.id == "reported_in_time").unwrap();
        assert_eq!(report.status, Some(Status::NotShown), "{row}");
        let said = report.statements.iter().find(|said| said.key() == "duty.report_elsewhere");
        assert!(said.unwrap().render().zh.contains("属地省级网信部门"), "{row}");
    }
}

#[test]
fn short_logs_are_a_ground_only_when_shown_complete() {
    let short = |text: String| {
        let mut story = Story::new(text);
        story.log_from = date(2026, 5, 3);
        story
    };
    let text = profile_text("public_institution", "");
    assert_eq!(status(&short(text.clone()).run().0, "logs_six_months"), Status::NotMet);
    let mut unproven = short(text.clone());
    unproven.missing.push("statement.txt");
    assert_eq!(status(&unproven.run().0, "logs_six_months"), Status::NotShown);
    let undeclared = text.replace("complete_as_of = 2026-11-03", "");
    assert_eq!(status(&short(undeclared).run().0, "logs_six_months"), Status::NotShown);
    let new = text.replacen("in_use_since = 2020-01-01", "in_use_since = 2026-06-01", 1);
    assert_eq!(status(&short(new).run().0, "logs_six_months"), Status::NotShown);
}

#[test]
fn a_simulated_law_judges_the_facts_of_their_own_days() {
    let mut story = Story::new(profile_text("public_institution", ""));
    let own = story.run().0;
    story.law_day = Some(date(2026, 12, 30));
    let later = story.run().0;
    assert_eq!(status(&later, "logs_six_months"), status(&own, "logs_six_months"));
    assert_eq!(status(&own, "logs_six_months"), Status::Met);
    story.law_day = Some(date(2018, 1, 1));
    let earlier = story.run().0;
    assert_ne!(cited(&earlier, "logs_six_months"), Vec::new());
    let laws = |all: &[Conclusion]| -> Vec<_> {
        all.iter().flat_map(|one| one.provisions.clone()).collect()
    };
    assert_ne!(laws(&earlier), laws(&own), "the law of 2018 is another");
}

#[test]
fn without_a_profile_all_is_not_shown_with_what_to_bring() {
    let story = Story::new(String::new());
    let (duty, above) = story.conclude(None, &ProofShelf::default());
    for one in duty.iter().chain(&above).filter(|one| one.id != "logs_six_months") {
        assert_eq!(one.status, Some(Status::NotShown), "{}", one.id);
        let json = serde_json::to_string(&one.statements).unwrap();
        assert!(json.contains("unknown"), "{} says what to bring", one.id);
    }
}

#[test]
fn a_failed_recheck_on_record_says_otherwise() {
    let text = profile_text("public_institution", "").replace("passed = true", "passed = false");
    let (duty, above) = Story::new(text).run();
    assert_eq!(status(&above, "defects_rechecked"), Status::NotMet);
    assert_eq!(status(&duty, "risks_handled"), Status::NotMet);
}

/// Kinds of operator against duties: golden.
#[test]
fn applicability_by_kind_of_operator() {
    let ids = [
        "incident_plan",
        "product_defects",
        "key_equipment",
        "cii_body",
        "pi_plan",
        "important_data_lead",
    ];
    let above = ["leader_named", "cii_inspection"];
    let mut table = String::new();
    for kind in [
        "network_operator",
        "internet_service_provider",
        "public_institution",
        "state_organ",
        "central_organ",
        "product_provider",
    ] {
        for (label, more) in [("", String::new()), ("+cii", designated())] {
            let (duty, supervision) = Story::new(profile_text(kind, &more)).run();
            let mut marks: Vec<&str> = ids.iter().map(|id| status(&duty, id).id()).collect();
            marks.extend(above.iter().map(|id| status(&supervision, id).id()));
            let bound = marks.iter().map(|mark| if *mark == "not_applicable" { "-" } else { "x" });
            table += &format!("{kind}{label}: {}\n", bound.collect::<Vec<_>>().join(" "));
        }
    }
    let expected = "\
network_operator: x - - - x - - -
network_operator+cii: x - - x x - - x
internet_service_provider: x x - - x - - -
internet_service_provider+cii: x x - x x - - x
public_institution: x - - - x - - -
public_institution+cii: x - - x x - - x
state_organ: x - - - x - x -
state_organ+cii: x - - x x - x x
central_organ: x - - - x - x -
central_organ+cii: x - - x x - x x
product_provider: x x - - x - - -
product_provider+cii: x x - x x - - x
";
    assert_eq!(table, expected);
}
