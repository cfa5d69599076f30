use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use jiff::tz::TimeZone;
use sancha_case::{Case, Member, Sources};
use sancha_compliance::{Asset, DataKind, Profile, System};
use sancha_model::{Coverage, EventTime, Finding, Outcome};

use crate::{CaseFacts, Touched};

/// Which files are of which format and which system, as opening cases asks it. A system of the profile
/// is an asset under its id; what no system claims keeps the host name that the records give.
pub fn sources(profile: Option<&Profile>, coverage: &Coverage, findings: &[Finding]) -> Sources {
    let mut sources = Sources::default();
    for file in &coverage.files {
        sources.format_by_path.insert(file.path.clone(), file.format.clone());
    }
    let Some(profile) = profile else { return sources };
    for file in &coverage.files {
        if let Some(system) = profile.system_of_path(&file.path) {
            sources.asset_by_path.insert(file.path.clone(), system.id.clone());
        }
    }
    for host in findings.iter().flat_map(|finding| &finding.hosts) {
        if let Some(system) = profile.system_of_host(host) {
            sources.asset_by_host.insert(host.clone(), system.id.clone());
        }
    }
    // A folder may be called like a machine.
    for part in coverage.files.iter().flat_map(|file| file.path.split(['/', '!'])) {
        let is_named =
            |system: &&System| system.hosts.iter().any(|host| host.eq_ignore_ascii_case(part));
        if let Some(system) = profile.systems.iter().find(is_named) {
            sources.asset_by_host.insert(part.to_owned(), system.id.clone());
        }
    }
    let own = |address: &IpAddr| profile.system_of_address(*address).is_some();
    let addresses = findings.iter().flat_map(|finding| finding.src.iter().copied());
    sources.own_addresses = addresses.filter(own).collect();
    let names = profile.systems.iter().map(|system| (system.id.clone(), system.name.clone()));
    sources.asset_names = names.collect();
    sources.beside = beside(profile);
    sources
}

/// The systems that a finding's logs or hosts belong to, and those on the same machines. A host that no system
/// claims stands for itself.
pub fn machines(profile: Option<&Profile>, finding: &Finding) -> BTreeSet<String> {
    let hosts = || finding.hosts.iter().cloned();
    let Some(profile) = profile else { return hosts().collect() };
    let by_path = finding.evidence.iter().filter_map(|e| profile.system_of_path(&e.path));
    let mut machines: BTreeSet<String> = by_path.map(|system| system.id.clone()).collect();
    if machines.is_empty() {
        let system = |host: String| profile.system_of_host(&host).map_or(host, |s| s.id.clone());
        machines = hosts().map(system).collect();
    }
    let beside = beside(profile);
    machines.extend(machines.clone().iter().filter_map(|id| beside.get(id)).flatten().cloned());
    machines
}

/// Systems that share an address or a host are on one machine.
fn beside(profile: &Profile) -> BTreeMap<String, BTreeSet<String>> {
    let shares = |a: &System, b: &System| {
        a.addresses.iter().any(|address| b.addresses.contains(address))
            || a.hosts.iter().any(|host| b.hosts.contains(host))
    };
    let others = |system: &System| {
        let others = profile.systems.iter().filter(|other| shares(system, other));
        others.map(|other| other.id.clone()).collect()
    };
    profile.systems.iter().map(|system| (system.id.clone(), others(system))).collect()
}

impl CaseFacts {
    /// What the duties ask of a case. `aware_at` is what the unit says, never a time of a log; a case
    /// without any time is judged by the day of `at`.
    pub fn of(
        case: &Case,
        profile: Option<&Profile>,
        zone: &TimeZone,
        aware_at: Option<EventTime>,
        at: EventTime,
    ) -> Self {
        let day = |time: Option<EventTime>| time.unwrap_or(at).date_in(zone);
        let is_system = |asset: &&String| profile.is_some_and(|p| p.system(asset).is_some());
        Self {
            first_day: day(case.first),
            last_day: day(case.last),
            law_day: None,
            began: case.first,
            systems: case.assets.iter().filter(is_system).cloned().collect(),
            personal_systems: profile.map(|p| personal_systems(case, p)).unwrap_or_default(),
            personal_information: profile.map_or(Touched::NotShown, |p| personal(case, p)),
            aware_at,
            at,
            findings: case.findings().map(|finding| finding.id.clone()).collect(),
        }
    }
}

/// The touched systems that hold personal information, by themselves or in one of their assets.
fn personal_systems(case: &Case, profile: &Profile) -> Vec<String> {
    let personal = |asset: &Asset| asset.data.contains(&DataKind::PersonalInformation);
    let touched = case.assets.iter().filter_map(|id| profile.system(id));
    let holds = |system: &&System| {
        system.personal_information || profile.assets_of(&system.id).any(personal)
    };
    touched.filter(holds).map(|system| system.id.clone()).collect()
}

/// The strongest that any member shows.
fn personal(case: &Case, profile: &Profile) -> Touched {
    let members = case.happened().filter(|member| reaches_data(member));
    members.map(|member| personal_by(member, profile)).max().unwrap_or(Touched::NotShown)
}

/// A page or a setting that was changed gives nobody's data away.
fn reaches_data(member: &Member) -> bool {
    member.reads_data() || member.finding.scenario.family() == sancha_model::Family::DatabaseTamper
}

/// Data of a system that holds personal information: likely. Confirmed only where the finding is
/// confirmed and names a table or address that the profile lists as personal information.
fn personal_by(member: &Member, profile: &Profile) -> Touched {
    let systems: Vec<_> = member.assets.iter().filter_map(|id| profile.system(id)).collect();
    let personal = |asset: &&Asset| asset.data.contains(&DataKind::PersonalInformation);
    let of_systems = systems.iter().flat_map(|system| profile.assets_of(&system.id));
    let named = of_systems.filter(personal).any(|asset| names(member, asset, profile));
    if named && member.outcome == Outcome::Confirmed {
        Touched::Confirmed
    } else if named || systems.iter().any(|system| system.personal_information) {
        Touched::Likely
    } else {
        Touched::NotShown
    }
}

fn names(member: &Member, asset: &Asset, profile: &Profile) -> bool {
    let table = |object: &String| {
        let last = object.rsplit('.').next().unwrap_or(object);
        asset.tables.iter().any(|table| table == object || table == last)
    };
    let url = |object: &String| {
        profile.asset_of_url(&asset.system, object).is_some_and(|found| found.id == asset.id)
    };
    member.finding.objects.iter().any(|object| table(object) || url(object))
}
