//! The entries of operator.toml as types. Every entry knows its line, so that a report can point at it.

use jiff::civil::Date;
use sancha_model::EventTime;

use crate::Signed;

use super::proof::{ProofCheck, ProofShelf};
use super::vocabulary::{
    BackupKind, BasisKind, BodyKind, ContractorRole, DataKind, ImpactCriterion, InspectionKind,
    JudgedGrade, MeasureKind, NoticeContent, NoticeTo, Obligation, OperatorKind, PlanKind,
    PolicyKind, PostRole, ProductKind, ProofKind, Receiver, ReportKind, ResponseKind,
    SupervisorRole, TrainingTopic,
};

/// A file that is said to prove an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Relative to the folder of operator.toml; never leaves it.
    pub path: String,
    /// 64 lower-case hex digits.
    pub sha256: String,
    /// The day the document was made.
    pub date: Date,
    pub kind: ProofKind,
    /// Of what a lake states of itself; of other documents nothing is known.
    pub signed: Option<Signed>,
    pub line: u32,
}

/// First and last day, both included; no last day means still in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Date,
    pub until: Option<Date>,
}

impl Period {
    pub fn covers(self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it covers any day from `first` to `last`.
    pub fn touches(self, first: Date, last: Date) -> bool {
        self.from <= last && self.until.is_none_or(|until| first <= until)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub name: String,
    pub kind: OperatorKind,
    pub province: Option<String>,
    pub locality: Option<String>,
    pub sector: Option<String>,
    pub services: Vec<String>,
    pub handles_personal_information: Option<bool>,
    pub handles_important_data: Option<bool>,
    pub provides_network_products: Option<bool>,
    pub provides_key_equipment: Option<bool>,
    pub party_committee: Option<bool>,
    pub line: u32,
}

/// What the unit says of this incident; nothing here comes from logs.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Incident {
    pub aware_at: Option<EventTime>,
    pub aware_how: Option<String>,
    pub handling_ended_at: Option<EventTime>,
    pub impact: Vec<Impact>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

/// What is known for one criterion of the grading guide, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Impact {
    pub criterion: ImpactCriterion,
    pub measured: Measured,
    pub proof: Vec<Proof>,
    pub line: u32,
}

impl Impact {
    /// Kinds of proof that can show it.
    pub const KINDS: [ProofKind; 3] =
        [ProofKind::ResponseRecord, ProofKind::Assessment, ProofKind::Minutes];

    /// How reports name the entry.
    pub fn key(&self) -> String {
        format!("incident.impact.{}", self.criterion.id())
    }

    /// The proof that shows it on a day.
    pub fn proven(&self, shelf: &ProofShelf, day: Date) -> Option<&Proof> {
        self.proof.iter().find(|one| shelf.check(one, &Self::KINDS, day) == ProofCheck::Good)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// In the unit of the criterion.
    Value(f64),
    /// A person's judgement.
    Judged(JudgedGrade),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub id: String,
    pub name: String,
    pub in_use_since: Date,
    pub out_of_use: Option<Date>,
    pub protection_level: Option<u8>,
    pub filing: Option<Filing>,
    pub personal_information: bool,
    pub important_data: bool,
    pub people_recorded: Option<u64>,
    pub hosts: Vec<String>,
    pub addresses: Vec<String>,
    pub log_paths: Vec<String>,
    pub critical_infrastructure: Option<Designation>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    pub number: Option<String>,
    pub authority: Option<String>,
    pub date: Date,
    pub proof: Vec<Proof>,
}

/// Designation of a system as critical information infrastructure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designation {
    pub notice_number: Option<String>,
    pub by: Option<String>,
    pub period: Period,
    pub proof: Vec<Proof>,
    pub line: u32,
}

/// Something that was done on a day, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub date: Date,
    pub to: Option<String>,
    pub proof: Vec<Proof>,
}

/// A post and who holds it. Reports name the post, never the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub id: String,
    pub post: String,
    pub role: PostRole,
    pub name: Option<String>,
    pub period: Period,
    pub systems: Vec<String>,
    pub vetted: Option<Act>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub id: String,
    pub name: String,
    pub kind: BodyKind,
    pub head: Option<String>,
    pub takes_part_in_decisions: bool,
    pub period: Period,
    pub proof: Vec<Proof>,
    pub funding: Vec<Funding>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funding {
    pub period: Period,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub id: String,
    pub title: String,
    pub kind: PolicyKind,
    pub period: Period,
    pub systems: Vec<String>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

/// 责任书: who answers for what, signed, for a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponsibilityLetter {
    pub id: String,
    pub signed: Date,
    pub period: Period,
    pub post: String,
    pub with: String,
    pub systems: Vec<String>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub id: String,
    pub title: String,
    pub kind: PlanKind,
    pub period: Period,
    /// The unit's own interval; the law gives no number for 定期.
    pub drill_every_months: Option<u16>,
    /// The unit's own number too; the law says at once.
    pub start_within_minutes: Option<u32>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    pub id: String,
    pub date: Date,
    pub plan: Option<String>,
    pub subject: Option<String>,
    pub systems: Vec<String>,
    pub attended: Vec<String>,
    pub supervisor_attended: Option<bool>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Training {
    pub id: String,
    pub date: Date,
    pub subject: Option<String>,
    pub held_by: Option<String>,
    pub assessed: bool,
    pub covers: Vec<TrainingTopic>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub id: String,
    pub system: String,
    pub what: Option<String>,
    pub kind: BackupKind,
    pub encrypted: Option<bool>,
    pub interval_hours: Option<u32>,
    /// Name of the lake that this is the backup of: its restore tests are proofs that `backup test` wrote.
    pub lake: Option<String>,
    /// The unit's own interval; no law has a number.
    pub restore_test_every_months: Option<u8>,
    pub period: Period,
    pub proof: Vec<Proof>,
    pub restore_tests: Vec<RestoreTest>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreTest {
    pub date: Date,
    pub passed: bool,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub id: String,
    pub kind: MeasureKind,
    pub name: Option<String>,
    pub systems: Vec<String>,
    pub period: Period,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    pub id: String,
    pub date: Date,
    /// Id of a supervisor, a name, or `self`.
    pub by: String,
    pub kind: InspectionKind,
    pub basis: Option<String>,
    pub systems: Vec<String>,
    pub result: Option<String>,
    pub findings: Vec<Defect>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

/// A defect that an inspection found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    pub id: String,
    pub text: String,
    pub system: Option<String>,
    pub due: Option<Date>,
    pub fixed: Option<Act>,
    pub recheck: Option<Recheck>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck {
    pub date: Date,
    pub by: Option<String>,
    pub passed: bool,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub id: String,
    pub received: Date,
    pub by: String,
    pub subject: Option<String>,
    pub systems: Vec<String>,
    pub proof: Vec<Proof>,
    pub passed_on: Option<Act>,
    pub acted: Option<Act>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub id: String,
    pub name: String,
    pub system: String,
    pub owner: Option<String>,
    /// 1 to 5, as are the next two.
    pub confidentiality: Option<u8>,
    pub integrity: Option<u8>,
    pub availability: Option<u8>,
    pub data: Vec<DataKind>,
    pub hosts: Vec<String>,
    pub addresses: Vec<String>,
    pub urls: Vec<String>,
    pub tables: Vec<String>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contractor {
    pub id: String,
    pub name: String,
    pub role: ContractorRole,
    pub systems: Vec<String>,
    pub period: Period,
    pub contract: Option<Contract>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub number: Option<String>,
    pub date: Date,
    pub obliges: Vec<Obligation>,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub kind: ProductKind,
    pub period: Period,
    pub maintained_until: Option<Date>,
    pub contractor: Option<String>,
    pub certificate: Option<Certificate>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub number: Option<String>,
    pub period: Period,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRisk {
    pub id: String,
    pub product: Option<String>,
    pub contractor: Option<String>,
    pub found: Date,
    pub fixed: Option<Act>,
    pub users_told: Option<Act>,
    pub reported: Option<Act>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervisor {
    pub id: String,
    pub name: String,
    pub role: SupervisorRole,
    pub basis: BasisKind,
    pub systems: Vec<String>,
    pub period: Period,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub id: String,
    pub kind: ResponseKind,
    pub at: EventTime,
    pub plan: Option<String>,
    pub system: Option<String>,
    /// `operator`, or the id of a contractor or supervisor.
    pub by: String,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub id: String,
    pub kind: ReportKind,
    pub to: String,
    pub row: Option<Receiver>,
    pub at: EventTime,
    pub channel: Option<String>,
    pub items: Vec<i64>,
    pub relayed: Option<Relay>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    pub at: EventTime,
    pub to: Option<String>,
    pub proof: Vec<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: String,
    pub to: NoticeTo,
    pub at: EventTime,
    pub way: Option<String>,
    pub contents: Vec<NoticeContent>,
    pub proof: Vec<Proof>,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    pub id: String,
    pub path: String,
    pub system: Option<String>,
    /// Zone of times that the log writes without one.
    pub zone: Option<String>,
    /// The source's clock minus true time.
    pub clock_offset_seconds: i64,
    pub log_format: Option<String>,
    pub complete_from: Option<Date>,
    /// On this day the folder given held all that was kept of this source.
    pub complete_as_of: Option<Date>,
    pub proof: Vec<Proof>,
    pub line: u32,
}
