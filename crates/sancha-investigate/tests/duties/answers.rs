//! Each body its own report, plans that were started, and why an entry does not answer.

use jiff::civil::date;
use sancha_case::Grade;
use sancha_investigate::ClockState;
use sancha_model::{Basis, Conclusion, Status};

use super::{Story, designated, profile_text, proof, status};

/// The keys and the sentences of an answer, Chinese and English.
fn said(all: &[Conclusion], id: &str) -> String {
    let one = all.iter().find(|one| one.id == id).unwrap();
    let say = |statement: &sancha_model::Statement| {
        let text = statement.render();
        format!("{} {} {}\n", statement.key(), text.zh, text.en)
    };
    one.statements.iter().map(say).collect()
}

fn bring(all: &[Conclusion], id: &str) -> String {
    let one = all.iter().find(|one| one.id == id).unwrap();
    let asked = one.statements.iter().filter_map(|statement| match statement.basis() {
        Basis::Unknown(bring) => Some(bring.iter().map(|text| text.zh.to_string()).collect()),
        Basis::Cited(_) => None,
    });
    asked.collect::<Vec<String>>().concat()
}

fn report(id: &str, row: &str, at: &str) -> String {
    let receipt = proof("receipt.png", "2026-11-02", "report_receipt");
    format!(
        "\n[[reports]]\nid = \"{id}\"\nkind = \"first\"\nto = \"x\"\nrow = \"{row}\"\nat = 2026-11-{at}:00+08:00\n{receipt}\n"
    )
}

/// The profile of the other tests with its own report to the provincial administration taken out.
fn unreported(kind: &str, more: &str) -> String {
    let text = profile_text(kind, more);
    let start = text.find("[[reports]]").unwrap();
    let end = text.find("[[sources]]").unwrap();
    [text.get(..start).unwrap(), text.get(end..).unwrap()].concat()
}

#[test]
fn each_body_is_owed_its_own_report_in_time() {
    let base = unreported("public_institution", &designated());
    let police = report("police", "public_security", "02T09:30");
    for (what, department, grade, in_time, at_all) in [
        ("both in time", "02T09:50", Grade::Serious, Status::Met, Status::Met),
        ("one late", "02T12:00", Grade::Serious, Status::NotMet, Status::Met),
        ("late, no grade", "02T12:00", Grade::Undetermined, Status::NotShown, Status::Met),
        ("never", "", Grade::Serious, Status::NotShown, Status::NotShown),
        ("later than now", "09T12:00", Grade::Serious, Status::NotShown, Status::NotShown),
    ] {
        let other = if department.is_empty() {
            String::new()
        } else {
            report("department", "protection_department", department)
        };
        let mut story = Story::new(format!("{base}{police}{other}"));
        story.grade = grade;
        let (duty, _) = story.run();
        assert_eq!(status(&duty, "reported_in_time"), in_time, "{what}");
        assert_eq!(status(&duty, "reported"), at_all, "{what}");
        let clock = story.clock();
        let state = |body: &str| {
            let row = clock.rows.iter().find(|row| row.id.ends_with(body)).unwrap();
            (row.state, row.warnings.len())
        };
        assert_eq!(state("public_security"), (ClockState::Sent, 0), "{what}");
        let late = matches!(
            state("protection_department").0,
            ClockState::SentLate { .. } | ClockState::Overdue { .. }
        );
        assert_eq!(late, in_time != Status::Met, "{what}");
    }
    let (duty, _) = Story::new(format!("{base}{police}")).run();
    assert!(said(&duty, "reported_in_time").contains("档案中没有报给保护工作部门的首次报告"));
}

#[test]
fn a_report_that_does_not_count_says_why_on_the_clock_and_in_the_duty() {
    let base = unreported("public_institution", "");
    for (what, at, key) in [
        ("after now", "05T09:00", "duty.report_ahead"),
        ("before the unit knew", "02T08:00", "duty.report_before_aware"),
        ("before the facts", "01T08:00", "duty.report_before_facts"),
    ] {
        let story = Story::new(format!("{base}{}", report("one", "provincial_cac", at)));
        let (duty, _) = story.run();
        assert!(said(&duty, "reported_in_time").contains(key), "{what}");
        assert!(said(&duty, "reported").contains(key), "{what}");
        let clock = story.clock();
        let row = &clock.rows[0];
        assert!(matches!(row.state, ClockState::Overdue { .. }), "{what}");
        assert!(row.warnings[0].zh.contains("reports.one"), "{what}: {:?}", row.warnings);
    }
    let sent = Story::new(profile_text("public_institution", "")).clock();
    assert_eq!((sent.rows[0].state, sent.rows[0].warnings.len()), (ClockState::Sent, 0));
    // The summary too: it is said to be sent later than now.
    let summary = report("sum", "provincial_cac", "09T09:00").replace("\"first\"", "\"summary\"");
    let clock = Story::new(format!("{base}{summary}")).clock();
    let warnings = &clock.summary.as_ref().unwrap().warnings;
    assert!(warnings[0].zh.contains("处置总结报告（reports.sum）写明于2026-11-09"), "{warnings:?}");
    let mut unproven = Story::new(profile_text("public_institution", ""));
    unproven.missing.push("receipt.png");
    assert!(unproven.clock().rows[0].warnings[0].en.contains("was not found"));
}

#[test]
fn whether_a_plan_was_started_at_once_a_person_judges_unless_the_plan_has_a_number() {
    let base = profile_text("public_institution", "");
    let record = proof("start.txt", "2026-11-02", "response_record");
    let run = |at: &str, plan: &str| {
        let text = base.replace("kind = \"incident\"\n", &format!("kind = \"incident\"\n{plan}\n"));
        let started = format!(
            "\n[[responses]]\nid = \"start\"\nkind = \"plan_started\"\nplan = \"plan\"\nat = 2026-11-{at}:00+08:00\n{record}\n"
        );
        let (duty, _) = Story::new(text + &started).run();
        (status(&duty, "plan_started"), said(&duty, "plan_started"))
    };
    for (at, plan, expected, key) in [
        ("02T09:30", "", Status::NotShown, "duty.start_not_judged"),
        ("02T09:30", "start_within_minutes = 30", Status::Met, "duty.shown_done"),
        ("02T09:31", "start_within_minutes = 30", Status::NotShown, "duty.started_late"),
        ("02T08:30", "", Status::NotShown, "duty.started_before"),
        ("02T09:30", "until = 2026-11-01", Status::NotShown, "duty.plan_not_in_force"),
        ("09T09:30", "", Status::NotShown, "duty.done_later"),
    ] {
        let (found, said) = run(at, plan);
        assert_eq!(found, expected, "{at} {plan}: {said}");
        assert!(said.contains(key), "{at} {plan}: {said}");
    }
    let (_, said) = run("03T09:30", "");
    assert!(said.contains("2026-11-03 09:30:00") && said.contains("2026-11-02 09:00:00"), "{said}");
}

#[test]
fn both_leaders_are_asked_for() {
    let base = profile_text("state_organ", "");
    let appointed = proof("post.txt", "2020-01-01", "appointment");
    let head = base.replace(
        "role = \"main_leader\"\nfrom = 2020-01-01",
        &format!("role = \"main_leader\"\nfrom = 2020-01-01\n{appointed}"),
    );
    let (_, above) = Story::new(head.clone()).run();
    assert_eq!(status(&above, "leader_named"), Status::NotShown);
    assert!(
        said(&above, "leader_named").contains("直接责任人"),
        "{}",
        said(&above, "leader_named")
    );
    let direct = |from: &str| {
        format!(
            "\n[[posts]]\nid = \"deputy\"\npost = \"副主任\"\nrole = \"direct_leader\"\nfrom = {from}\n{appointed}\n"
        )
    };
    let (_, above) = Story::new(head.clone() + &direct("2020-01-01")).run();
    assert_eq!(status(&above, "leader_named"), Status::Met);
    let (_, above) = Story::new(head + &direct("2026-11-03")).run();
    assert_eq!(status(&above, "leader_named"), Status::NotShown);
    assert!(said(&above, "leader_named").contains("自2026-11-03起有效"));
}

#[test]
fn no_contractor_in_the_profile_is_not_known_and_an_expired_one_counts_nowhere() {
    let asked = ["contractors_bound_to_report", "contractor_contract", "contractor_maintenance"];
    let base = profile_text("public_institution", "");
    let (duty, _) = Story::new(base.clone()).run();
    for id in asked {
        assert_eq!(status(&duty, id), Status::NotShown, "{id}");
    }
    let contractor = |until: &str| {
        let contract = proof("contract.txt", "2024-01-01", "contract");
        format!(
            "\n[[contractors]]\nid = \"firm\"\nname = \"某公司\"\nrole = \"maintainer\"\nfrom = 2024-01-01\nuntil = {until}\ncontract = {{ date = 2024-01-01, obliges = [\"report_incidents\", \"confidentiality\"], {contract} }}\n"
        )
    };
    let (duty, _) = Story::new(format!("{base}{}", contractor("2025-12-31"))).run();
    for id in asked {
        assert_eq!(status(&duty, id), Status::NotShown, "{id}");
        assert!(said(&duty, id).contains("有效期至2025-12-31"), "{id}: {}", said(&duty, id));
        assert!(duty.iter().all(|one| one.bound.is_none()), "{id}");
    }
    let (duty, _) = Story::new(format!("{base}{}", contractor("2026-12-31"))).run();
    assert_eq!(status(&duty, asked[0]), Status::Met);
    assert_eq!(status(&duty, asked[1]), Status::Met);
}

#[test]
fn what_was_not_entered_is_not_called_unproven() {
    let base = profile_text("public_institution", "");
    let start = base.find("recheck = ").unwrap();
    let end = start + base.get(start..).unwrap().find('\n').unwrap();
    let unchecked = [base.get(..start).unwrap(), base.get(end..).unwrap()].concat();
    let drill = proof("drill.txt", "2026-03-01", "drill_record");
    let drill = format!("\n[[drills]]\nid = \"march\"\ndate = 2026-03-01\n{drill}\n");
    let (_, above) = Story::new(unchecked + &drill).run();
    for (id, key) in [
        ("defects_rechecked", "supervision.no_recheck"),
        ("drill_attended", "supervision.attendance_open"),
    ] {
        let said = said(&above, id);
        assert_eq!(status(&above, id), Status::NotShown, "{id}");
        assert!(said.contains(key) && !said.contains("未附证明"), "{id}: {said}");
    }
}

#[test]
fn an_entry_that_does_not_answer_says_why_with_the_day() {
    let base = profile_text("public_institution", "");
    let configured = proof("c.txt", "2026-01-01", "configuration");
    let measure = |from: &str, until: &str| {
        format!(
            "\n[[measures]]\nid = \"m\"\nkind = \"monitoring\"\nfrom = {from}\nuntil = {until}\n{configured}\n"
        )
    };
    for (more, id, expected) in [
        (
            measure("2026-11-03", "2026-12-31"),
            "monitoring",
            "自2026-11-03起有效，2026-11-02尚未生效",
        ),
        (measure("2026-01-01", "2026-11-01"), "monitoring", "有效期至2026-11-01，2026-11-02已失效"),
    ] {
        let (duty, _) = Story::new(format!("{base}{more}")).run();
        assert_eq!(status(&duty, id), Status::NotShown, "{id}");
        assert!(said(&duty, id).contains(expected), "{}", said(&duty, id));
    }
    // What was done was done on a day, and is not in force on another.
    let done = proof("r.txt", "2026-11-02", "response_record");
    let done = format!(
        "\n[[responses]]\nid = \"r\"\nkind = \"contained\"\nat = 2026-11-02T10:00:00+08:00\n{done}\n"
    );
    let (duty, _) = Story::new(format!("{base}{done}")).run();
    assert!(said(&duty, "remedied").contains("时间为2026-11-02 10:00:00 +08:00"));
    assert!(!said(&duty, "remedied").contains("2026-11-04有效"));
}

#[test]
fn what_is_done_after_the_facts_may_be_proven_until_the_report() {
    let (_, above) = Story::new(profile_text("public_institution", "")).run();
    for id in ["report_relayed", "authority_emergency"] {
        assert!(bring(&above, id).contains("对应 2026-11-04 或之前"), "{}", bring(&above, id));
    }
    let (duty, above) =
        Story::new(String::new()).conclude(None, &sancha_compliance::ProofShelf::default());
    for (all, id) in [(&duty, "plan_started"), (&above, "report_relayed")] {
        assert!(bring(all, id).contains("对应 2026-11-04 或之前"), "{}", bring(all, id));
    }
}

#[test]
fn a_report_to_the_police_is_taken_up() {
    let base = profile_text("public_institution", "");
    let (duty, _) = Story::new(base.clone()).run();
    assert_eq!(status(&duty, "crime_reported"), Status::NotShown);
    assert!(said(&duty, "crime_reported").contains("有刑事案件线索"));
    let told = report("police", "public_security", "02T10:00")
        .replace("kind = \"first\"", "kind = \"crime\"");
    let (duty, _) = Story::new(base + &told).run();
    assert_eq!(status(&duty, "crime_reported"), Status::Met);
}

#[test]
fn without_a_version_of_that_day_nothing_is_judged() {
    let day = date(1990, 1, 1);
    let (duty, above) = Story::new(profile_text("state_organ", "")).on(day, day).run();
    let one = duty.iter().find(|one| one.id == "incident_plan").unwrap();
    assert_eq!(one.status, None);
    assert_eq!(one.statements[0].key(), "duty.no_law");
    assert!(above.iter().any(|one| one.status.is_none()));
}

#[test]
fn a_flag_that_is_not_given_is_not_known() {
    let text = profile_text("public_institution", "");
    let unsaid = text
        .replace("provides_network_products = false\n", "")
        .replace("provides_key_equipment = false\n", "");
    assert_ne!(unsaid, text);
    let (duty, _) = Story::new(unsaid).run();
    for id in ["product_defects", "key_equipment"] {
        assert_eq!(status(&duty, id), Status::NotShown, "{id}");
    }
}
