//! Which entries of the profile speak to a requirement, and whether each holds on the day.

use jiff::civil::Date;
use sancha_model::EventTime;

use super::{Fault, Requirement, answer::Scope};
use crate::{
    deadline::months_before,
    profile::{
        Act, Backup, BackupKind, Body, BodyKind, Contractor, MeasureKind, Notice, NoticeTo,
        Obligation, Period, Plan, PlanKind, PolicyKind, PostRole, ProductRisk, Proof, ReportKind,
        Response, ResponseKind, Training, TrainingTopic,
    },
};

/// An entry with what proves it.
pub(super) struct Found<'a> {
    pub(super) key: String,
    pub(super) proof: &'a [Proof],
    pub(super) holds: Holds,
    /// When it was done; `None` for what is in force over a time.
    pub(super) done: Option<String>,
}

impl Found<'_> {
    fn on(self, done: impl ToString) -> Self {
        Self { done: Some(done.to_string()), ..self }
    }
}

pub(super) enum Holds {
    Yes,
    No(Fault),
    /// Its proof is still weighed; where it holds, this is what keeps the entry from answering.
    Open(Fault),
    /// The record itself says that it was not so.
    Otherwise,
}

impl Holds {
    fn unless(fault: Option<Fault>) -> Self {
        fault.map_or(Self::Yes, Self::No)
    }

    /// Something that has to be done by a day.
    fn by(day: Date, done: Date) -> Self {
        Self::unless((day < done).then_some(Fault::DoneLater(done)))
    }
}

fn found<'a>(section: &str, id: &str, proof: &'a [Proof], holds: Holds) -> Found<'a> {
    Found { key: format!("{section}.{id}"), proof, holds, done: None }
}

pub(super) fn entries(
    requirement: Requirement,
    within_months: Option<u8>,
    scope: Scope<'_>,
) -> Vec<Found<'_>> {
    use Requirement as R;
    match requirement {
        R::PolicyManagementRules => policies(PolicyKind::ManagementRules, scope),
        R::PolicyOperatingProcedures => policies(PolicyKind::OperatingProcedures, scope),
        R::PolicyResponsibilitySystem => policies(PolicyKind::ResponsibilitySystem, scope),
        R::PolicyPersonalInformation => policies(PolicyKind::PersonalInformation, scope),
        R::PolicyDataSecurity => policies(PolicyKind::DataSecurity, scope),
        R::PolicyAccessRights => policies(PolicyKind::AccessRights, scope),
        R::PostSecurityLead => posts(PostRole::SecurityLead, scope),
        R::PostDataSecurityLead => posts(PostRole::DataSecurityLead, scope),
        R::PostMainLeader => posts(PostRole::MainLeader, scope),
        R::LetterAny => letters(scope),
        R::MeasureMalware => measures(MeasureKind::MalwareProtection, scope),
        R::MeasureIntrusion => measures(MeasureKind::IntrusionPrevention, scope),
        R::MeasureMonitoring => measures(MeasureKind::Monitoring, scope),
        R::MeasureLogRetention => measures(MeasureKind::LogRetention, scope),
        R::MeasureAccessControl => measures(MeasureKind::AccessControl, scope),
        R::MeasureDataClassification => measures(MeasureKind::DataClassification, scope),
        R::MeasureEncryption => measures(MeasureKind::Encryption, scope),
        R::MeasureDeIdentification => measures(MeasureKind::DeIdentification, scope),
        R::BackupAny => backups(None, scope),
        R::BackupDisasterRecovery => backups(Some(BackupKind::DisasterRecovery), scope),
        R::RestoreTestPassed => restore_tests(scope),
        R::SystemFiling => filing(scope),
        R::ProductRiskFixed => product_risks(|risk| risk.fixed.as_ref(), scope),
        R::ProductRiskUsersTold => product_risks(|risk| risk.users_told.as_ref(), scope),
        R::ProductRiskReported => product_risks(|risk| risk.reported.as_ref(), scope),
        R::ProductMaintained => maintained(scope),
        R::ProductCertificate => certificates(scope),
        R::PlanIncident => plans(PlanKind::Incident, scope),
        R::PlanPersonalInformation => plans(PlanKind::PersonalInformation, scope),
        R::PlanDataSecurity => plans(PlanKind::DataSecurity, scope),
        R::RisksHandled => risks(scope),
        R::ResponsePlanStarted => plan_started(scope),
        R::ResponseRemedied => responses(ResponseKind::Remedied, scope),
        R::ResponseContained => responses(ResponseKind::Contained, scope),
        R::ReportFirst => reports(ReportKind::First, scope),
        R::ReportCrime => reports(ReportKind::Crime, scope),
        R::ReportPersonalInformation => reports(ReportKind::PersonalInformation, scope),
        R::ReportDataSecurity => reports(ReportKind::DataSecurity, scope),
        R::NoticePersons => notices(|notice| notice.to == NoticeTo::Persons, scope),
        R::NoticeAny => notices(|_| true, scope),
        R::ContractReportIncidents => contracts(Obligation::ReportIncidents, scope),
        R::ContractConfidentiality => contracts(Obligation::Confidentiality, scope),
        R::ContractMaintain => contracts(Obligation::MaintainUntilEnd, scope),
        R::BodyCii => bodies(BodyKind::CiiSecurityBody, scope, |_| true),
        R::BodyDataSecurity => bodies(BodyKind::DataSecurityBody, scope, |_| true),
        R::BodyFunded => funding(scope),
        R::BodyInDecisions => {
            bodies(BodyKind::CiiSecurityBody, scope, |body| body.takes_part_in_decisions)
        }
        R::VettingCii => vetting(scope),
        R::TrainingAssessed => training(within_months, scope, |one| one.assessed),
        R::TrainingPersonalInformation => training(within_months, scope, |one| {
            one.covers.contains(&TrainingTopic::PersonalInformation)
        }),
        R::TrainingDataSecurity => {
            training(within_months, scope, |one| one.covers.contains(&TrainingTopic::DataSecurity))
        }
        R::DrillInInterval => drills(scope),
        R::InspectionRiskAssessment => assessments(within_months, scope),
    }
}

/// Entries that name no system speak for all of them.
fn of_system(named: &[String], scope: Scope<'_>) -> bool {
    named.is_empty() || scope.system.is_none_or(|system| named.contains(&system.id))
}

fn in_force(period: Period, scope: Scope<'_>) -> Holds {
    Holds::unless(Fault::of_period(period, scope.day))
}

fn policies(kind: PolicyKind, scope: Scope<'_>) -> Vec<Found<'_>> {
    let policies = scope.profile.policies.iter();
    let fit = policies.filter(|p| p.kind == kind && of_system(&p.systems, scope));
    fit.map(|p| found("policies", &p.id, &p.proof, in_force(p.period, scope))).collect()
}

fn posts(role: PostRole, scope: Scope<'_>) -> Vec<Found<'_>> {
    let posts = scope.profile.posts.iter();
    let fit = posts.filter(|p| p.role == role && of_system(&p.systems, scope));
    fit.map(|p| found("posts", &p.id, &p.proof, in_force(p.period, scope))).collect()
}

fn letters(scope: Scope<'_>) -> Vec<Found<'_>> {
    let fit = scope.profile.letters.iter().filter(|l| of_system(&l.systems, scope));
    fit.map(|l| {
        let holds = match in_force(l.period, scope) {
            Holds::Yes => Holds::by(scope.day, l.signed),
            not => not,
        };
        found("letters", &l.id, &l.proof, holds)
    })
    .collect()
}

fn measures(kind: MeasureKind, scope: Scope<'_>) -> Vec<Found<'_>> {
    let measures = scope.profile.measures.iter();
    let fit = measures.filter(|m| m.kind == kind && of_system(&m.systems, scope));
    fit.map(|m| found("measures", &m.id, &m.proof, in_force(m.period, scope))).collect()
}

fn plans(kind: PlanKind, scope: Scope<'_>) -> Vec<Found<'_>> {
    let fit = scope.profile.plans.iter().filter(|p| p.kind == kind);
    fit.map(|p| found("plans", &p.id, &p.proof, in_force(p.period, scope))).collect()
}

fn backups_of(scope: Scope<'_>) -> impl Iterator<Item = &Backup> {
    let backups = scope.profile.backups.iter();
    backups.filter(move |b| scope.system.is_none_or(|system| system.id == b.system))
}

fn backups(kind: Option<BackupKind>, scope: Scope<'_>) -> Vec<Found<'_>> {
    let fit = backups_of(scope).filter(|b| kind.is_none_or(|kind| b.kind == kind));
    fit.map(|b| found("backups", &b.id, &b.proof, in_force(b.period, scope))).collect()
}

/// How old a restore test of a lake may be where the unit names no interval. No law has a number; a test is
/// one command, so this is not asked of backups that are tested by hand.
const LAKE_TEST_MONTHS: u16 = 12;

/// The last test before the day speaks for a backup; an older one does not.
fn restore_tests(scope: Scope<'_>) -> Vec<Found<'_>> {
    let mut all = Vec::new();
    for backup in backups_of(scope) {
        let key = format!("{}.restore_tests", backup.id);
        let past = backup.restore_tests.iter().filter(|test| test.date <= scope.day);
        let Some(test) = past.max_by_key(|test| test.date) else {
            let later = backup.restore_tests.iter().min_by_key(|test| test.date);
            all.extend(later.map(|test| {
                let holds = Holds::No(Fault::DoneLater(test.date));
                found("backups", &key, &test.proof, holds).on(test.date)
            }));
            continue;
        };
        let stated = backup.restore_test_every_months.map(u16::from);
        let months = stated.or(backup.lake.as_ref().map(|_| LAKE_TEST_MONTHS));
        let holds = if test.passed { recent(test.date, months, scope) } else { Holds::Otherwise };
        all.push(found("backups", &key, &test.proof, holds).on(test.date));
    }
    all
}

fn filing(scope: Scope<'_>) -> Vec<Found<'_>> {
    let systems = scope.profile.systems.iter();
    let fit = systems.filter(|one| scope.system.is_none_or(|system| system.id == one.id));
    let filed = fit.filter_map(|one| one.filing.as_ref().map(|filing| (one, filing)));
    filed
        .map(|(one, filing)| {
            let key = format!("{}.filing", one.id);
            let holds = Holds::by(scope.day, filing.date);
            found("systems", &key, &filing.proof, holds).on(filing.date)
        })
        .collect()
}

fn by_contractor(named: Option<&String>, scope: Scope<'_>) -> bool {
    named.map(String::as_str) == scope.contractor.map(|contractor| contractor.id.as_str())
}

/// Every defect found by the day has to be answered for.
fn product_risks<'a>(
    act: impl Fn(&'a ProductRisk) -> Option<&'a Act>,
    scope: Scope<'a>,
) -> Vec<Found<'a>> {
    let risks = scope.profile.product_risks.iter();
    let fit = risks.filter(|r| by_contractor(r.contractor.as_ref(), scope) && r.found <= scope.day);
    fit.map(|r| done("product_risks", &r.id, act(r), scope.day)).collect()
}

/// Something that had to be done by a day.
fn done<'a>(section: &str, id: &str, act: Option<&'a Act>, day: Date) -> Found<'a> {
    match act {
        Some(act) => found(section, id, &act.proof, Holds::by(day, act.date)).on(act.date),
        None => found(section, id, &[], Holds::No(Fault::NotRecorded)),
    }
}

fn maintained(scope: Scope<'_>) -> Vec<Found<'_>> {
    let products = scope.profile.products.iter();
    let fit = products.filter(|p| by_contractor(p.contractor.as_ref(), scope));
    fit.map(|p| {
        let until = [p.period.until, p.maintained_until].into_iter().flatten().min();
        let maintained = Period { until, ..p.period };
        found("products", &p.id, &p.proof, in_force(maintained, scope))
    })
    .collect()
}

fn certificates(scope: Scope<'_>) -> Vec<Found<'_>> {
    let products = scope.profile.products.iter();
    let fit = products.filter(|p| by_contractor(p.contractor.as_ref(), scope));
    let certified = fit.filter_map(|p| p.certificate.as_ref().map(|certificate| (p, certificate)));
    certified.map(|(p, c)| found("products", &p.id, &c.proof, in_force(c.period, scope))).collect()
}

/// Defects that inspections found and warnings that came before the day, all of them; where there are
/// none, the unit's vulnerability management answers.
fn risks(scope: Scope<'_>) -> Vec<Found<'_>> {
    let mut all = known_defects(scope);
    let warnings = scope.profile.warnings.iter();
    let known = warnings.filter(|w| w.received <= scope.day && of_system(&w.systems, scope));
    all.extend(known.map(|w| done("warnings", &w.id, w.acted.as_ref(), scope.day)));
    if all.is_empty() {
        return measures(MeasureKind::VulnerabilityManagement, scope);
    }
    all
}

fn known_defects(scope: Scope<'_>) -> Vec<Found<'_>> {
    let mut all = Vec::new();
    for inspection in scope.profile.inspections.iter().filter(|i| i.date <= scope.day) {
        for defect in &inspection.findings {
            let named: Vec<String> = match &defect.system {
                Some(system) => vec![system.clone()],
                None => inspection.systems.clone(),
            };
            if !of_system(&named, scope) {
                continue;
            }
            let key = format!("{}.findings.{}", inspection.id, defect.id);
            let failed = defect.recheck.as_ref().filter(|r| !r.passed && r.date <= scope.day);
            // Fixed only after the day, although it was due before: the record itself says so.
            let fixed_later = defect.fixed.as_ref().filter(|fixed| {
                scope.day < fixed.date && defect.due.is_some_and(|due| due < scope.day)
            });
            all.push(match (failed, fixed_later) {
                (Some(recheck), _) => found("inspections", &key, &recheck.proof, Holds::Otherwise),
                (None, Some(fixed)) => found("inspections", &key, &fixed.proof, Holds::Otherwise),
                (None, None) => done("inspections", &key, defect.fixed.as_ref(), scope.day),
            });
        }
    }
    all
}

/// From the first day of the facts to the day of the report.
fn in_answer(at: EventTime, scope: Scope<'_>) -> Holds {
    let day = at.date_in(&scope.profile.zone);
    if day < scope.since {
        return Holds::No(Fault::DoneBefore(day));
    }
    Holds::by(scope.day, day)
}

fn answered<'a>(
    section: &str,
    id: &str,
    proof: &'a [Proof],
    at: EventTime,
    scope: Scope<'a>,
) -> Found<'a> {
    found(section, id, proof, in_answer(at, scope)).on(at.display_in(&scope.profile.zone))
}

fn responses(kind: ResponseKind, scope: Scope<'_>) -> Vec<Found<'_>> {
    let by = scope.contractor.map_or("operator", |contractor| contractor.id.as_str());
    // What was done was done on a system, and says nothing of another.
    let of_system = |named: Option<&String>| match (named, scope.system) {
        (None, _) | (_, None) => true,
        (Some(named), Some(system)) => *named == system.id,
    };
    let all = scope.profile.responses.iter();
    let fit = all.filter(|r| r.kind == kind && r.by == by && of_system(r.system.as_ref()));
    fit.map(|r| answered("responses", &r.id, &r.proof, r.at, scope)).collect()
}

/// A plan is started for the unit. The law says at once and has no number; the unit's plan may have one.
fn plan_started(scope: Scope<'_>) -> Vec<Found<'_>> {
    let all = scope.profile.responses.iter();
    let fit = all.filter(|r| r.kind == ResponseKind::PlanStarted && r.by == "operator");
    fit.map(|r| {
        let mut one = answered("responses", &r.id, &r.proof, r.at, scope);
        if matches!(one.holds, Holds::Yes) {
            one.holds = started(r, scope);
        }
        one
    })
    .collect()
}

fn started(response: &Response, scope: Scope<'_>) -> Holds {
    let at = response.at;
    let day = at.date_in(&scope.profile.zone);
    let in_force = |plan: &&Plan| plan.kind == PlanKind::Incident && plan.period.covers(day);
    let mut plans = scope.profile.plans.iter().filter(in_force);
    let plan = match &response.plan {
        Some(named) => plans.find(|plan| plan.id == *named),
        None => plans.next(),
    };
    let Some(plan) = plan else { return Holds::No(Fault::PlanNotInForce { at }) };
    let Some(aware) = scope.aware_at else { return Holds::Open(Fault::StartedUnaware { at }) };
    if at < aware {
        return Holds::No(Fault::StartedBefore { at, aware });
    }
    match plan.start_within_minutes {
        None => Holds::Open(Fault::StartNotJudged { at, aware }),
        Some(minutes) if aware.plus(i64::from(minutes) * EventTime::MINUTE) < at => {
            Holds::Open(Fault::StartedLate { at, aware, minutes })
        }
        Some(_) => Holds::Yes,
    }
}

fn reports(kind: ReportKind, scope: Scope<'_>) -> Vec<Found<'_>> {
    let fit = scope.profile.reports.iter().filter(|r| r.kind == kind);
    fit.map(|r| answered("reports", &r.id, &r.proof, r.at, scope)).collect()
}

fn notices<'a>(fits: impl Fn(&Notice) -> bool, scope: Scope<'a>) -> Vec<Found<'a>> {
    let fit = scope.profile.notices.iter().filter(|n| fits(n));
    fit.map(|n| answered("notices", &n.id, &n.proof, n.at, scope)).collect()
}

fn contracts(obligation: Obligation, scope: Scope<'_>) -> Vec<Found<'_>> {
    let asked = |c: &&Contractor| match scope.contractor {
        Some(contractor) => contractor.id == c.id,
        None => of_system(&c.systems, scope) && c.period.covers(scope.day),
    };
    let fit = scope.profile.contractors.iter().filter(asked);
    fit.map(|c| match &c.contract {
        Some(contract) => {
            let bound = contract.obliges.contains(&obligation);
            let holds = match (in_force(c.period, scope), Holds::by(scope.day, contract.date)) {
                (Holds::Yes, Holds::Yes) if bound => Holds::Yes,
                (Holds::Yes, Holds::Yes) => Holds::No(Fault::NotAgreed),
                (Holds::Yes, not) | (not, _) => not,
            };
            found("contractors", &c.id, &contract.proof, holds)
        }
        None => found("contractors", &c.id, &[], Holds::No(Fault::NotRecorded)),
    })
    .collect()
}

fn bodies(kind: BodyKind, scope: Scope<'_>, fits: fn(&Body) -> bool) -> Vec<Found<'_>> {
    let fit = scope.profile.bodies.iter().filter(|b| b.kind == kind && fits(b));
    fit.map(|b| found("bodies", &b.id, &b.proof, in_force(b.period, scope))).collect()
}

fn funding(scope: Scope<'_>) -> Vec<Found<'_>> {
    let bodies = scope.profile.bodies.iter().filter(|b| b.kind == BodyKind::CiiSecurityBody);
    bodies
        .flat_map(|b| b.funding.iter().map(move |funding| (b, funding)))
        .map(|(b, funding)| {
            let key = format!("{}.funding", b.id);
            found("bodies", &key, &funding.proof, in_force(funding.period, scope))
        })
        .collect()
}

/// The head of the dedicated body and every key post of that day.
fn vetting(scope: Scope<'_>) -> Vec<Found<'_>> {
    let asked = [PostRole::CiiSecurityLead, PostRole::KeyPost];
    let posts = scope.profile.posts.iter();
    let fit = posts.filter(|p| {
        asked.contains(&p.role) && p.period.covers(scope.day) && of_system(&p.systems, scope)
    });
    fit.map(|p| done("posts", &format!("{}.vetted", p.id), p.vetted.as_ref(), scope.day)).collect()
}

/// Whether a day lies before the judged one and not further back than allowed.
fn recent(date: Date, months: Option<u16>, scope: Scope<'_>) -> Holds {
    if scope.day < date {
        return Holds::No(Fault::DoneLater(date));
    }
    let oldest = months.and_then(|months| months_before(scope.day, months));
    match oldest {
        Some(oldest) if date < oldest => Holds::No(Fault::TooOld),
        _ => Holds::Yes,
    }
}

fn training(
    within_months: Option<u8>,
    scope: Scope<'_>,
    fits: fn(&Training) -> bool,
) -> Vec<Found<'_>> {
    let fit = scope.profile.training.iter().filter(|t| fits(t));
    let months = within_months.map(u16::from);
    fit.map(|t| found("training", &t.id, &t.proof, recent(t.date, months, scope)).on(t.date))
        .collect()
}

/// The interval is the unit's own: 定期 carries no number in law.
fn drills(scope: Scope<'_>) -> Vec<Found<'_>> {
    let plan = scope
        .profile
        .plans
        .iter()
        .find(|plan| plan.kind == PlanKind::Incident && plan.period.covers(scope.day));
    let months = plan.and_then(|plan| plan.drill_every_months);
    let fit = scope.profile.drills.iter().filter(|d| of_system(&d.systems, scope));
    fit.map(|d| {
        let holds = match months {
            Some(_) => recent(d.date, months, scope),
            None => Holds::No(Fault::NoInterval),
        };
        found("drills", &d.id, &d.proof, holds).on(d.date)
    })
    .collect()
}

fn assessments(within_months: Option<u8>, scope: Scope<'_>) -> Vec<Found<'_>> {
    use crate::profile::InspectionKind::{Assessment, RiskAssessment};
    let inspections = scope.profile.inspections.iter();
    let fit = inspections
        .filter(|i| matches!(i.kind, Assessment | RiskAssessment) && of_system(&i.systems, scope));
    let months = within_months.map(u16::from);
    fit.map(|i| found("inspections", &i.id, &i.proof, recent(i.date, months, scope)).on(i.date))
        .collect()
}
