//! Working days, clocks and their provisional results; the wording of everything in `law/`; the doctor.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{fs, path::Path};

use jiff::{civil::date, tz::TimeZone};
use sancha_compliance::{
    Catalog, ClockFacts, Profile, ProofShelf, ProofState, RowCertainty, Within, clocks, doctor,
    import, months_before,
};
use sancha_model::EventTime;

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

fn catalog() -> Catalog {
    let files = law_files();
    Catalog::parse(files.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap()
}

fn instant(text: &str) -> EventTime {
    EventTime::from_timestamp(text.parse().unwrap())
}

#[test]
fn working_days() {
    let catalog = catalog();
    let workdays = catalog.workdays();
    for (day, expected) in [
        (date(2026, 10, 1), false),
        (date(2026, 10, 10), true),
        (date(2026, 10, 11), false),
        (date(2026, 10, 12), true),
        (date(2026, 1, 4), true),
        (date(2025, 9, 28), true),
        (date(2027, 2, 5), false),
        (date(2027, 2, 10), true),
    ] {
        assert_eq!(workdays.is_workday(day), expected, "{day}");
    }
    for year in [2025, 2026] {
        let days =
            date(year, 1, 1).series(jiff::ToSpan::day(1)).take_while(|day| day.year() == year);
        assert_eq!(days.filter(|day| workdays.is_workday(*day)).count(), 248, "{year}");
    }
    for (start, count, expected, years) in [
        (date(2026, 9, 30), 1, date(2026, 10, 8), vec![]),
        (date(2026, 9, 30), 3, date(2026, 10, 10), vec![]),
        (date(2026, 12, 30), 2, date(2027, 1, 4), vec![2027]),
        (date(2026, 11, 2), 0, date(2026, 11, 2), vec![]),
    ] {
        let counted = workdays.after(start, count);
        assert_eq!((counted.day, counted.without_calendar), (expected, years), "{start} + {count}");
    }
}

#[test]
fn periods_end_as_their_unit_says() {
    let catalog = catalog();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    for (within, start, expected) in [
        (Within::Minutes(240), "2026-09-30T23:00:00+08:00", "2026-10-01T03:00:00+08:00"),
        (Within::CalendarDays(30), "2026-09-15T10:00:00+08:00", "2026-10-15T23:59:59+08:00"),
        (Within::WorkingDays(3), "2026-09-30T10:00:00+08:00", "2026-10-10T23:59:59+08:00"),
        (Within::CalendarMonths(6), "2026-03-31T10:00:00+08:00", "2026-09-30T23:59:59+08:00"),
    ] {
        let due = within.due(instant(start), &zone, catalog.workdays()).unwrap();
        assert_eq!((due.at, due.without_calendar), (instant(expected), vec![]), "{within:?}");
    }
    for (day, expected) in [
        (date(2026, 11, 2), date(2026, 5, 2)),
        (date(2026, 8, 31), date(2026, 2, 28)),
        (date(2028, 8, 31), date(2028, 2, 29)),
    ] {
        assert_eq!(months_before(day, 6), Some(expected), "{day}");
    }
}

const NOTICE: &str = "[systems.critical_infrastructure]\ndate = 2020-01-01\nproof = [{ path = \"n\", sha256 = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", date = 2020-01-01, kind = \"designation_notice\" }]\n";

/// Minutes of the first-report rows and how sure they are, shortest first.
fn rows(
    kind: Option<&str>,
    designated: bool,
    shown: bool,
    day: jiff::civil::Date,
) -> Vec<(u32, RowCertainty)> {
    let notice = if designated { NOTICE } else { "" };
    let text = format!(
        "schema = 1\n[operator]\nname = \"u\"\nkind = \"{}\"\n[[systems]]\nid = \"s\"\nname = \"n\"\nin_use_since = 2020-01-01\n{notice}",
        kind.unwrap_or("network_operator"),
    );
    let (profile, problems) = Profile::parse(&text);
    assert_eq!(problems, []);
    let mut shelf = ProofShelf::default();
    if shown {
        shelf.put("n", ProofState::Readable { sha256: "a".repeat(64) });
    }
    let systems = if kind.is_some() { profile.systems.iter().collect() } else { Vec::new() };
    let facts = ClockFacts {
        law_day: None,
        first_day: day,
        last_day: day,
        systems,
        aware_at: None,
        handling_ended_at: None,
    };
    let found = clocks(&facts, kind.map(|_| &profile), &shelf, &catalog());
    let minutes = |within| match within {
        Within::Minutes(minutes) => Some(minutes),
        _ => None,
    };
    found.iter().filter_map(|clock| Some((minutes(clock.within)?, clock.certainty))).collect()
}

#[test]
fn which_row_runs_goes_by_the_systems_touched() {
    use RowCertainty::{Applies, IfDesignationIsShown, IfOfThisKind};
    let day = date(2026, 11, 2);
    let unit = Some("public_institution");
    for (kind, designated, shown, day, expected) in [
        (unit, false, false, day, vec![(240, Applies)]),
        // Each of the two bodies is owed its own report.
        (unit, true, true, day, vec![(60, Applies), (60, Applies)]),
        (
            unit,
            true,
            false,
            day,
            vec![(60, IfDesignationIsShown), (60, IfDesignationIsShown), (240, Applies)],
        ),
        (Some("central_organ"), false, false, day, vec![(120, Applies)]),
        (
            Some("central_organ"),
            true,
            true,
            day,
            vec![(60, Applies), (60, Applies), (120, Applies)],
        ),
        (
            None,
            false,
            false,
            day,
            vec![(60, IfOfThisKind), (60, IfOfThisKind), (120, IfOfThisKind), (240, IfOfThisKind)],
        ),
        (unit, false, false, date(2025, 10, 31), vec![]),
        (unit, false, false, date(2025, 11, 1), vec![(240, Applies)]),
    ] {
        assert_eq!(
            rows(kind, designated, shown, day),
            expected,
            "{kind:?} {designated} {shown} {day}"
        );
    }
}

#[test]
fn due_times_and_what_is_not_stated() {
    let (profile, _) =
        Profile::parse("schema = 1\n[operator]\nname = \"u\"\nkind = \"network_operator\"\n");
    let run = |aware: Option<&str>, ended: Option<&str>| {
        let day = date(2026, 12, 20);
        let facts = ClockFacts {
            law_day: None,
            first_day: day,
            last_day: day,
            systems: Vec::new(),
            aware_at: aware.map(instant),
            handling_ended_at: ended.map(instant),
        };
        clocks(&facts, Some(&profile), &ProofShelf::default(), &catalog())
    };
    let open = run(None, None);
    assert!(
        open.iter().all(|clock| clock.due.is_none() && clock.due_text.en.contains("not stated"))
    );
    let set = run(Some("2026-12-20T22:00:00+08:00"), Some("2026-12-22T09:00:00+08:00"));
    assert_eq!(set[0].due, Some(instant("2026-12-21T02:00:00+08:00")));
    assert_eq!(set[0].provisional, None);
    assert_eq!(set[1].due, Some(instant("2027-01-21T23:59:59+08:00")));
    assert_eq!(set[1].without_calendar, [2027]);
    assert!(set[1].provisional.as_ref().unwrap().zh.starts_with("【暂定"));
}

#[test]
fn the_doctor_says_what_would_change() {
    let catalog = catalog();
    let plan = "[[plans]]\nid = \"p\"\ntitle = \"t\"\nkind = \"incident\"\nfrom = 2025-01-01\n";
    let base = "schema = 1\n[operator]\nname = \"u\"\nkind = \"network_operator\"\n";
    let run = |more: &str, shelf: &ProofShelf| {
        let (profile, _) = Profile::parse(&format!("{base}{more}"));
        let all = doctor(&profile, shelf, &catalog, date(2026, 11, 2));
        let found = all.into_iter().find(|one| one.duty == "incident_plan");
        found.map(|one| one.message.en)
    };
    let proof = NOTICE.lines().last().unwrap().replace("designation_notice", "plan");
    let mut shelf = ProofShelf::default();
    assert!(run("", &shelf).unwrap().contains("plans.incident"));
    assert!(run(plan, &shelf).unwrap().contains("only declared"));
    assert!(run(&format!("{plan}{proof}\n"), &shelf).unwrap().contains("was not found"));
    shelf.put("n", ProofState::Readable { sha256: "a".repeat(64) });
    assert_eq!(run(&format!("{plan}{proof}\n"), &shelf), None);
}

/// Quoted `zh` and `en` values of the law, without titles of instruments.
fn wordings() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (file, text) in law_files() {
        for line in
            text.lines().filter(|line| !line.starts_with("title:") && !line.starts_with('#'))
        {
            let pieces: Vec<&str> = line.split('"').collect();
            all.extend(
                pieces.iter().skip(1).step_by(2).map(|piece| (file.clone(), (*piece).to_owned())),
            );
        }
    }
    assert!(all.len() > 200, "{}", all.len());
    all
}

#[test]
fn no_wording_pronounces_guilt() {
    let forbidden =
        ["违法", "犯罪", "失职", "渎职", "黑客", "嫌疑人", "guilty", "hacker", "is safe"];
    let own = sancha_compliance::texts::ALL.iter();
    let own =
        own.flat_map(|text| [text.zh, text.en]).map(|text| ("texts".to_owned(), text.to_owned()));
    for (file, text) in wordings().into_iter().chain(own) {
        let found = forbidden.iter().find(|word| text.contains(**word));
        assert_eq!(found, None, "{file}: {text}");
    }
}

/// The source data lies beside a checkout of this repository only on the machines of its authors.
fn statutes() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/law");
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let files = entries.map(|entry| entry.unwrap().path());
    let yaml = files.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    yaml.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn official_texts_are_imported_and_none_is_copied_here() {
    let mut runs = std::collections::BTreeSet::new();
    for (file, text) in statutes() {
        let Ok(imported) = import(&file, &text) else { continue };
        for article in &imported.articles {
            let letters: Vec<char> = article.text.chars().filter(|c| !c.is_whitespace()).collect();
            runs.extend(letters.windows(20).map(|run| run.iter().collect::<String>()));
        }
    }
    for (file, text) in wordings() {
        let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        let copied = letters.windows(20).find(|run| runs.contains(&run.iter().collect::<String>()));
        assert_eq!(copied, None, "{file}: {text}");
    }
}

#[test]
fn the_form_of_the_source_data_is_read() {
    let text =
        "id: x-2020\ntitle_zh: 某法\narticles:\n- 'no': 3\n  text: 丙\n- 'no': '4'\n  text: 丁\n";
    let imported = import("x.yaml", text).unwrap();
    assert_eq!((imported.id.as_deref(), imported.article(4)), (Some("x-2020"), Some("丁")));
    for (file, text) in statutes().iter().filter(|(file, _)| file.ends_with("csl-2026.yaml")) {
        assert_eq!(import(file, text).unwrap().articles.len(), 81);
    }
}
