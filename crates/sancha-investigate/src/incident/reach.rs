//! How far it went: data, extent, over or not.

use std::collections::BTreeMap;

use sancha_case::Member;
use sancha_model::{
    Citation, Citations, EventTime, Family, FileCoverage, LocalText, Outcome, Param, Statement,
};

use super::IncidentInput;
use crate::{
    Touched, texts,
    wording::{cite, cite_all, count, objects, sure, time},
};

/// So many logs that reach beyond the last record are named; the rest is counted.
const MOST_LOGS: usize = 3;

pub(super) fn data(input: &IncidentInput<'_>) -> Vec<Statement> {
    let of_data: Vec<&Member> = input.case.happened().filter(|m| is_of_data(m)).collect();
    let mut statements: Vec<Statement> = of_data.iter().map(|member| reached(member)).collect();
    statements.extend(personal(input, &of_data));
    let (text, bring) = if of_data.is_empty() {
        let traffic = texts::BRING_TRAFFIC.local();
        (&texts::DATA_NOT_SHOWN, vec![texts::BRING_DATABASE_LOG.local(), traffic])
    } else {
        let list = texts::BRING_DATA_LIST.local();
        (&texts::DATA_AMOUNT, vec![texts::BRING_DATABASE_LOG.local(), list])
    };
    statements.push(Statement::unknown(text, Vec::new(), bring));
    statements
}

fn is_of_data(member: &Member) -> bool {
    member.reads_data() || member.finding.scenario.family() == Family::DatabaseTamper
}

fn reached(member: &Member) -> Statement {
    let text = if member.reads_data() { &texts::DATA_REACHED } else { &texts::DATA_CHANGED };
    let params = vec![
        ("sure", sure(member.outcome)),
        ("scenario", Param::Local(member.finding.scenario.name())),
        ("count", count(member)),
        ("objects", Param::Local(objects(&member.finding.objects))),
    ];
    Statement::cited(text, params, cite(member))
}

/// Rests on the findings and on what the profile says of the systems.
fn personal(input: &IncidentInput<'_>, of_data: &[&Member]) -> Option<Statement> {
    let outcome = match input.facts.personal_information {
        Touched::NotShown => return None,
        Touched::Likely => Outcome::LikelySucceeded,
        Touched::Confirmed => Outcome::Confirmed,
    };
    let profile = |id: &String| Citation::Profile { key: format!("systems.{id}") };
    let citations = input.facts.personal_systems.iter().map(profile);
    let citations = citations.fold(cite_all(of_data)?, Citations::and);
    Some(Statement::cited(&texts::DATA_PERSONAL, vec![("sure", sure(outcome))], citations))
}

/// Per asset: more than an attempt, or attempts only. Other hosts stay unknown.
pub(super) fn extent(input: &IncidentInput<'_>) -> Vec<Statement> {
    let mut by_asset: BTreeMap<Option<&String>, Vec<&Member>> = BTreeMap::new();
    for member in &input.case.members {
        if member.assets.is_empty() {
            by_asset.entry(None).or_default().push(member);
        }
        for asset in &member.assets {
            by_asset.entry(Some(asset)).or_default().push(member);
        }
    }
    let mut statements: Vec<Statement> = by_asset
        .into_iter()
        .filter_map(|(asset, members)| of_asset(input, asset, &members))
        .collect();
    let bring = vec![texts::BRING_OTHER_HOSTS.local()];
    statements.push(Statement::unknown(&texts::EXTENT_OTHERS, Vec::new(), bring));
    statements
}

/// What people call an asset of the case.
fn called<'a>(input: &'a IncidentInput<'_>, id: &'a String) -> &'a String {
    let place = input.case.assets.iter().position(|asset| asset == id);
    place.and_then(|place| input.case.asset_names.get(place)).unwrap_or(id)
}

fn of_asset(
    input: &IncidentInput<'_>,
    asset: Option<&String>,
    members: &[&Member],
) -> Option<Statement> {
    let reached = |member: &Member| asset.is_none_or(|asset| member.reached.contains(asset));
    let happened: Vec<&Member> =
        members.iter().filter(|m| m.happened() && reached(m)).copied().collect();
    let telling = if happened.is_empty() { members } else { &happened };
    let count = ("count", Param::Number(i64::try_from(telling.len()).unwrap_or(i64::MAX)));
    let (text, params) = match asset {
        None => (&texts::EXTENT_UNNAMED, vec![count]),
        Some(asset) => {
            let asset = ("asset", Param::Same(called(input, asset).clone()));
            if happened.is_empty() {
                (&texts::EXTENT_ATTACKED, vec![asset])
            } else {
                (&texts::EXTENT_ASSET, vec![asset, count])
            }
        }
    };
    Some(Statement::cited(text, params, cite_all(telling)?))
}

/// Only the last related record, and which logs go on after it.
pub(super) fn over(input: &IncidentInput<'_>) -> Vec<Statement> {
    let bring = || vec![texts::BRING_LATER_LOG.local(), texts::BRING_SNAPSHOT.local()];
    let ends = |member: &&Member| member.finding.last.or(member.finding.first);
    let Some((last, member)) =
        input.case.members.iter().filter_map(|m| Some((ends(&m)?, m))).max_by_key(|(end, _)| *end)
    else {
        return vec![Statement::unknown(&texts::OVER_NO_TIME, Vec::new(), bring())];
    };
    let at = vec![("time", time(Some(last), input.zone))];
    let mut statements = vec![Statement::cited(&texts::OVER_LAST, at, cite(member))];
    let later = later_logs(input, last);
    statements.extend(later.iter().take(MOST_LOGS).map(|file| reaches(file, input)));
    let more = later.iter().skip(MOST_LOGS).map(|file| coverage(file)).collect::<Vec<_>>();
    let count = vec![("count", Param::Number(i64::try_from(more.len()).unwrap_or(i64::MAX)))];
    let more = Citations::from_vec(more);
    statements.extend(more.map(|more| Statement::cited(&texts::OVER_MORE_LOGS, count, more)));
    let text = if later.is_empty() { &texts::OVER_NO_LATER } else { &texts::OVER_UNKNOWN };
    statements.push(Statement::unknown(text, Vec::new(), bring()));
    statements
}

/// Logs that this case's evidence comes from, then the others; those that reach furthest first.
fn later_logs<'a>(input: &IncidentInput<'a>, last: EventTime) -> Vec<&'a FileCoverage> {
    let reaches = |file: &&FileCoverage| file.last.is_some_and(|end| end > last);
    let mut files: Vec<&FileCoverage> = input.coverage.files.iter().filter(reaches).collect();
    let of_case = |file: &FileCoverage| {
        input.case.findings().flat_map(|f| &f.evidence).any(|record| *record.path == *file.path)
    };
    files.sort_by_key(|file| (!of_case(file), std::cmp::Reverse(file.last), &file.path));
    files
}

fn reaches(file: &FileCoverage, input: &IncidentInput<'_>) -> Statement {
    let path = ("path", Param::Local(LocalText::same(file.path.as_str())));
    let params = vec![path, ("time", time(file.last, input.zone))];
    Statement::cited(&texts::OVER_REACHES, params, Citations::one(coverage(file)))
}

fn coverage(file: &FileCoverage) -> Citation {
    Citation::Coverage { path: file.path.clone() }
}
