//! The operator profile: what a unit says of itself, and which files prove it.

mod check;
mod entries;
mod problem;
mod proof;
mod reader;
pub(crate) mod scope;
mod sections;
mod vocabulary;

use std::net::IpAddr;

use jiff::{civil::Date, tz::TimeZone};
use sancha_model::LocalText;
use toml::de::DeTable;

pub use entries::{
    Act, Asset, Backup, Body, Certificate, Contract, Contractor, Defect, Designation, Drill,
    Filing, Funding, Impact, Incident, Inspection, LogSource, Measure, Measured, Notice, Operator,
    Period, Plan, Policy, Post, Product, ProductRisk, Proof, Recheck, Relay, Report, Response,
    ResponsibilityLetter, RestoreTest, Supervisor, System, Training, Warning,
};
pub use problem::ProfileProblem;
pub use proof::{ProofCheck, ProofShelf, ProofState};
pub use vocabulary::{
    BackupKind, BasisKind, BodyKind, ContractorRole, DataKind, ImpactCriterion, InspectionKind,
    JudgedGrade, MeasureKind, NoticeContent, NoticeTo, Obligation, OperatorKind, PlanKind,
    PolicyKind, PostRole, ProductKind, ProofKind, Receiver, ReportKind, ResponseKind,
    SupervisorRole, TrainingTopic,
};

use self::{
    problem::Problems,
    reader::{Entry, Shared},
    scope::{address_in, name_matches, path_matches},
};
use crate::texts;

/// The zone of a profile that names none: all of mainland China keeps one time.
const HOME_ZONE: &str = "Asia/Shanghai";

/// operator.toml as far as it could be read.
#[derive(Clone, Debug)]
pub struct Profile {
    pub zone: TimeZone,
    pub zone_name: String,
    pub trusted_proxies: Vec<String>,
    /// `None` when the section is missing or unusable: no duty can then be applied.
    pub operator: Option<Operator>,
    pub incident: Incident,
    pub systems: Vec<System>,
    pub posts: Vec<Post>,
    pub bodies: Vec<Body>,
    pub policies: Vec<Policy>,
    pub letters: Vec<ResponsibilityLetter>,
    pub plans: Vec<Plan>,
    pub drills: Vec<Drill>,
    pub training: Vec<Training>,
    pub backups: Vec<Backup>,
    pub measures: Vec<Measure>,
    pub inspections: Vec<Inspection>,
    pub warnings: Vec<Warning>,
    pub assets: Vec<Asset>,
    pub contractors: Vec<Contractor>,
    pub products: Vec<Product>,
    pub product_risks: Vec<ProductRisk>,
    pub supervisors: Vec<Supervisor>,
    pub responses: Vec<Response>,
    pub reports: Vec<Report>,
    pub notices: Vec<Notice>,
    pub sources: Vec<LogSource>,
    proofs: Vec<Proof>,
}

/// Whether a system was critical infrastructure on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Designated {
    No,
    /// Said in the profile; no readable notice proves it.
    Declared,
    Shown,
}

impl Profile {
    /// Reads the text of operator.toml. What could not be used is in the problems; the rest is in the
    /// profile. There is no text for which this fails.
    pub fn parse(text: &str) -> (Self, Vec<ProfileProblem>) {
        let mut problems = Problems::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            let reason = LocalText::same(error.message());
            problems.add(offset, "toml".to_owned(), &texts::NOT_TOML, &[("reason", reason)]);
        }
        let zone = home_zone();
        let mut shared = Shared { problems, zone, proofs: Vec::new() };
        let mut root = Entry::root(&table, &mut shared);
        let mut profile = Self::read(&mut root);
        profile.proofs = std::mem::take(&mut shared.proofs);
        check::references(&profile, &mut shared.problems);
        (profile, shared.problems.into_sorted())
    }

    fn read(root: &mut Entry<'_, '_, '_>) -> Self {
        if root.number("schema", 1..2).is_none() {
            root.refuse("schema", &texts::SCHEMA_MISSING);
        }
        let zone_name = read_zone(root);
        let trusted_proxies = root.texts("trusted_proxies");
        let operator = root.child("operator", sections::operator);
        if operator.is_none() {
            root.refuse("operator", &texts::NO_OPERATOR);
        }
        let profile = Self {
            zone: root.shared.zone.clone(),
            zone_name,
            trusted_proxies,
            operator,
            incident: root.child("incident", sections::incident).unwrap_or_default(),
            systems: root.children("systems", sections::system),
            posts: root.children("posts", sections::post),
            bodies: root.children("bodies", sections::body),
            policies: root.children("policies", sections::policy),
            letters: root.children("letters", sections::letter),
            plans: root.children("plans", sections::plan),
            drills: root.children("drills", sections::drill),
            training: root.children("training", sections::training),
            backups: root.children("backups", sections::backup),
            measures: root.children("measures", sections::measure),
            inspections: root.children("inspections", sections::inspection),
            warnings: root.children("warnings", sections::warning),
            assets: root.children("assets", sections::asset),
            contractors: root.children("contractors", sections::contractor),
            products: root.children("products", sections::product),
            product_risks: root.children("product_risks", sections::product_risk),
            supervisors: root.children("supervisors", sections::supervisor),
            responses: root.children("responses", sections::response),
            reports: root.children("reports", sections::report),
            notices: root.children("notices", sections::notice),
            sources: root.children("sources", sections::source),
            proofs: Vec::new(),
        };
        root.finish();
        profile
    }

    /// Every proof named, in the order of the file: what the caller has to look for on disk.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// Adds a test to every backup that is one of `lake`; `false` when there is none. Of tests of one day the
    /// one that was added last speaks.
    pub fn add_restore_test(&mut self, lake: &str, test: &RestoreTest) -> bool {
        let of_lake = |backup: &&mut Backup| backup.lake.as_deref() == Some(lake);
        let backups = self.backups.iter_mut().filter(of_lake);
        backups.map(|backup| backup.restore_tests.push(test.clone())).count() > 0
    }

    /// The line of the entry that a key such as `posts.lead` or `posts.lead.vetted` names.
    pub fn line_of(&self, key: &str) -> Option<u32> {
        check::line_of(self, key)
    }

    pub fn system(&self, id: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.id == id)
    }

    pub fn post(&self, id: &str) -> Option<&Post> {
        self.posts.iter().find(|post| post.id == id)
    }

    pub fn supervisor(&self, id: &str) -> Option<&Supervisor> {
        self.supervisors.iter().find(|supervisor| supervisor.id == id)
    }

    /// The source that a log file belongs to; the first that fits, in the order of the profile.
    pub fn source_of(&self, path: &str) -> Option<&LogSource> {
        self.sources.iter().find(|source| path_matches(&source.path, path))
    }

    /// The system that a log file belongs to, by its source or by the system's own paths.
    pub fn system_of_path(&self, path: &str) -> Option<&System> {
        let by_source = self.source_of(path).and_then(|source| source.system.as_deref());
        by_source.and_then(|id| self.system(id)).or_else(|| {
            let fits = |system: &&System| system.log_paths.iter().any(|p| path_matches(p, path));
            self.systems.iter().find(fits)
        })
    }

    pub fn system_of_host(&self, host: &str) -> Option<&System> {
        let fits = |hosts: &[String]| hosts.iter().any(|pattern| name_matches(pattern, host));
        let by_system = self.systems.iter().find(|system| fits(&system.hosts));
        by_system.or_else(|| {
            let asset = self.assets.iter().find(|asset| fits(&asset.hosts))?;
            self.system(&asset.system)
        })
    }

    pub fn system_of_address(&self, address: IpAddr) -> Option<&System> {
        let fits = |networks: &[String]| networks.iter().any(|net| address_in(net, address));
        let by_system = self.systems.iter().find(|system| fits(&system.addresses));
        by_system.or_else(|| {
            let asset = self.assets.iter().find(|asset| fits(&asset.addresses))?;
            self.system(&asset.system)
        })
    }

    /// Assets of a system whose host, URL or table a case touched.
    pub fn assets_of<'a>(&'a self, system: &'a str) -> impl Iterator<Item = &'a Asset> {
        self.assets.iter().filter(move |asset| asset.system == system)
    }

    /// Whether a path of a URL belongs to an asset of the profile.
    pub fn asset_of_url(&self, system: &str, path: &str) -> Option<&Asset> {
        let fits = |asset: &&Asset| asset.urls.iter().any(|url| name_matches(url, path));
        self.assets.iter().filter(|asset| asset.system == system).find(fits)
    }
}

impl System {
    /// Whether the system was critical infrastructure on `day`, and whether a notice shows it.
    pub fn designated_on(&self, day: Date, shelf: &ProofShelf) -> Designated {
        let Some(designation) = &self.critical_infrastructure else { return Designated::No };
        if !designation.period.covers(day) {
            return Designated::No;
        }
        let kinds = [ProofKind::DesignationNotice];
        let good = |proof| shelf.check(proof, &kinds, day) == ProofCheck::Good;
        if designation.proof.iter().any(good) { Designated::Shown } else { Designated::Declared }
    }
}

/// The zone of a unit that names none.
pub fn home_zone() -> TimeZone {
    TimeZone::get(HOME_ZONE).unwrap_or(TimeZone::UTC)
}

/// Reads `zone` before everything else: instants without an offset are read in it.
fn read_zone(root: &mut Entry<'_, '_, '_>) -> String {
    let Some(name) = root.text("zone") else { return HOME_ZONE.to_owned() };
    match TimeZone::get(&name) {
        Ok(zone) => {
            root.shared.zone = zone;
            name
        }
        Err(_) => {
            root.refuse("zone", &texts::UNKNOWN_ZONE);
            HOME_ZONE.to_owned()
        }
    }
}
