//! One function per section of operator.toml.

use super::{
    entries::{
        Act, Asset, Backup, Body, Certificate, Contract, Contractor, Defect, Designation, Drill,
        Filing, Funding, Impact, Incident, Inspection, LogSource, Measure, Measured, Notice,
        Operator, Period, Plan, Policy, Post, Product, ProductRisk, Proof, Recheck, Relay, Report,
        Response, ResponsibilityLetter, RestoreTest, Supervisor, System, Training, Warning,
    },
    reader::Entry,
    vocabulary::{
        BackupKind, BasisKind, BodyKind, ContractorRole, ImpactCriterion, InspectionKind,
        JudgedGrade, MeasureKind, NoticeTo, OperatorKind, PlanKind, PolicyKind, PostRole,
        ProductKind, ProofKind, ReportKind, ResponseKind, SupervisorRole,
    },
};
use crate::texts;

fn period(e: &mut Entry<'_, '_, '_>) -> Period {
    let (from, until) = e.period();
    Period { from, until }
}

fn small(e: &mut Entry<'_, '_, '_>, key: &'static str) -> Option<u8> {
    e.number(key, 1..6).and_then(|number| u8::try_from(number).ok())
}

fn proofs(e: &mut Entry<'_, '_, '_>) -> Vec<Proof> {
    let found = e.children("proof", |e| {
        let proof = Proof {
            path: e.need_text("path"),
            sha256: e.need_text("sha256").to_ascii_lowercase(),
            date: e.need_date("date"),
            kind: e.need_one_of("kind", ProofKind::Other),
            signed: None,
            line: e.line(),
        };
        if leaves_folder(&proof.path) {
            e.refuse("path", &texts::PROOF_PATH_LEAVES);
        }
        if !proof.sha256.is_empty() && !is_sha256(&proof.sha256) {
            e.refuse("sha256", &texts::NOT_A_DIGEST);
        }
        proof
    });
    e.shared.proofs.extend(found.iter().cloned());
    found
}

fn leaves_folder(path: &str) -> bool {
    path.starts_with(['/', '\\'])
        || path.contains(':')
        || path.split(['/', '\\']).any(|part| part == "..")
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn act(e: &mut Entry<'_, '_, '_>) -> Act {
    Act { date: e.need_date("date"), to: e.text("to"), proof: proofs(e) }
}

pub(super) fn operator(e: &mut Entry<'_, '_, '_>) -> Operator {
    Operator {
        name: e.need_text("name"),
        kind: e.need_one_of("kind", OperatorKind::NetworkOperator),
        province: e.text("province"),
        locality: e.text("locality"),
        sector: e.text("sector"),
        services: e.texts("services"),
        handles_personal_information: e.flag("handles_personal_information"),
        handles_important_data: e.flag("handles_important_data"),
        provides_network_products: e.flag("provides_network_products"),
        provides_key_equipment: e.flag("provides_key_equipment"),
        party_committee: e.flag("party_committee"),
        line: e.line(),
    }
}

pub(super) fn incident(e: &mut Entry<'_, '_, '_>) -> Incident {
    Incident {
        aware_at: e.instant("aware_at"),
        aware_how: e.text("aware_how"),
        handling_ended_at: e.instant("handling_ended_at"),
        impact: e.children("impact", impact),
        proof: proofs(e),
        line: e.line(),
    }
}

/// Exactly one of a value and a judgement; of a criterion in words only a judgement.
fn impact(e: &mut Entry<'_, '_, '_>) -> Impact {
    let criterion = e.need_one_of("criterion", ImpactCriterion::DataThreat);
    let (value, judged) = (e.has("value"), e.has("judged"));
    let measured = match (e.amount("value"), e.one_of("judged")) {
        (Some(value), None) if !judged => Measured::Value(value),
        (None, Some(grade)) if !value => Measured::Judged(grade),
        _ => {
            if value == judged {
                e.refuse("value", &texts::VALUE_OR_JUDGED);
            } else {
                e.leave_out();
            }
            Measured::Judged(JudgedGrade::NotReached)
        }
    };
    let is_known = e.text("criterion").as_deref() == Some(criterion.id());
    if is_known && criterion.is_judged() && value {
        e.refuse("value", &texts::ONLY_JUDGED);
    }
    if let Measured::Value(share) = measured
        && criterion == ImpactCriterion::PopulationSharePercent
        && share > 100.0
    {
        e.refuse("value", &texts::SHARE_TOO_LARGE);
    }
    Impact { criterion, measured, proof: proofs(e), line: e.line() }
}

pub(super) fn system(e: &mut Entry<'_, '_, '_>) -> System {
    System {
        id: e.need_text("id"),
        name: e.need_text("name"),
        in_use_since: e.need_date("in_use_since"),
        out_of_use: e.date("out_of_use"),
        protection_level: small(e, "protection_level"),
        filing: e.child("filing", |e| Filing {
            number: e.text("number"),
            authority: e.text("authority"),
            date: e.need_date("date"),
            proof: proofs(e),
        }),
        personal_information: e.flag("personal_information").unwrap_or_default(),
        important_data: e.flag("important_data").unwrap_or_default(),
        people_recorded: e.number("people_recorded", 0..i64::MAX).and_then(|n| n.try_into().ok()),
        hosts: e.texts("hosts"),
        addresses: e.texts("addresses"),
        log_paths: e.texts("log_paths"),
        critical_infrastructure: e.child("critical_infrastructure", designation),
        line: e.line(),
    }
}

fn designation(e: &mut Entry<'_, '_, '_>) -> Designation {
    let (from, until) = (e.need_date("date"), e.date("until"));
    e.check_order(from, until);
    Designation {
        notice_number: e.text("notice_number"),
        by: e.text("by"),
        period: Period { from, until },
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn post(e: &mut Entry<'_, '_, '_>) -> Post {
    Post {
        id: e.need_text("id"),
        post: e.need_text("post"),
        role: e.need_one_of("role", PostRole::DutyOfficer),
        name: e.text("name"),
        period: period(e),
        systems: e.texts("systems"),
        vetted: e.child("vetted", act),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn body(e: &mut Entry<'_, '_, '_>) -> Body {
    Body {
        id: e.need_text("id"),
        name: e.need_text("name"),
        kind: e.need_one_of("kind", BodyKind::SecurityBody),
        head: e.text("head"),
        takes_part_in_decisions: e.flag("takes_part_in_decisions").unwrap_or_default(),
        period: period(e),
        proof: proofs(e),
        funding: e.children("funding", |e| Funding { period: period(e), proof: proofs(e) }),
        line: e.line(),
    }
}

pub(super) fn policy(e: &mut Entry<'_, '_, '_>) -> Policy {
    Policy {
        id: e.need_text("id"),
        title: e.need_text("title"),
        kind: e.need_one_of("kind", PolicyKind::ManagementRules),
        period: period(e),
        systems: e.texts("systems"),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn letter(e: &mut Entry<'_, '_, '_>) -> ResponsibilityLetter {
    let (from, until) = (e.need_date("from"), e.need_date("until"));
    e.check_order(from, Some(until));
    ResponsibilityLetter {
        id: e.need_text("id"),
        signed: e.need_date("signed"),
        period: Period { from, until: Some(until) },
        post: e.need_text("post"),
        with: e.need_text("with"),
        systems: e.texts("systems"),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn plan(e: &mut Entry<'_, '_, '_>) -> Plan {
    Plan {
        id: e.need_text("id"),
        title: e.need_text("title"),
        kind: e.need_one_of("kind", PlanKind::Incident),
        period: period(e),
        start_within_minutes: e
            .number("start_within_minutes", 1..1_000_000)
            .and_then(|n| n.try_into().ok()),
        drill_every_months: e
            .number("drill_every_months", 1..121)
            .and_then(|months| months.try_into().ok()),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn drill(e: &mut Entry<'_, '_, '_>) -> Drill {
    Drill {
        id: e.need_text("id"),
        date: e.need_date("date"),
        plan: e.text("plan"),
        subject: e.text("subject"),
        systems: e.texts("systems"),
        attended: e.texts("attended"),
        supervisor_attended: e.flag("supervisor_attended"),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn training(e: &mut Entry<'_, '_, '_>) -> Training {
    Training {
        id: e.need_text("id"),
        date: e.need_date("date"),
        subject: e.text("subject"),
        held_by: e.text("held_by"),
        assessed: e.flag("assessed").unwrap_or_default(),
        covers: e.any_of("covers"),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn backup(e: &mut Entry<'_, '_, '_>) -> Backup {
    Backup {
        id: e.need_text("id"),
        system: e.need_text("system"),
        what: e.text("what"),
        kind: e.need_one_of("kind", BackupKind::Local),
        encrypted: e.flag("encrypted"),
        interval_hours: e.number("interval_hours", 1..100_000).and_then(|n| n.try_into().ok()),
        lake: e.text("lake"),
        restore_test_every_months: e
            .number("restore_test_every_months", 1..121)
            .and_then(|n| n.try_into().ok()),
        period: period(e),
        proof: proofs(e),
        restore_tests: e.children("restore_tests", |e| RestoreTest {
            date: e.need_date("date"),
            passed: e.flag("passed").unwrap_or_default(),
            proof: proofs(e),
        }),
        line: e.line(),
    }
}

pub(super) fn measure(e: &mut Entry<'_, '_, '_>) -> Measure {
    Measure {
        id: e.need_text("id"),
        kind: e.need_one_of("kind", MeasureKind::Monitoring),
        name: e.text("name"),
        systems: e.texts("systems"),
        period: period(e),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn inspection(e: &mut Entry<'_, '_, '_>) -> Inspection {
    Inspection {
        id: e.need_text("id"),
        date: e.need_date("date"),
        by: e.need_text("by"),
        kind: e.need_one_of("kind", InspectionKind::OnSite),
        basis: e.text("basis"),
        systems: e.texts("systems"),
        result: e.text("result"),
        findings: e.children("findings", defect),
        proof: proofs(e),
        line: e.line(),
    }
}

fn defect(e: &mut Entry<'_, '_, '_>) -> Defect {
    Defect {
        id: e.need_text("id"),
        text: e.need_text("text"),
        system: e.text("system"),
        due: e.date("due"),
        fixed: e.child("fixed", act),
        recheck: e.child("recheck", |e| Recheck {
            date: e.need_date("date"),
            by: e.text("by"),
            passed: e.flag("passed").unwrap_or_default(),
            proof: proofs(e),
        }),
        line: e.line(),
    }
}

pub(super) fn warning(e: &mut Entry<'_, '_, '_>) -> Warning {
    Warning {
        id: e.need_text("id"),
        received: e.need_date("received"),
        by: e.need_text("by"),
        subject: e.text("subject"),
        systems: e.texts("systems"),
        proof: proofs(e),
        passed_on: e.child("passed_on", act),
        acted: e.child("acted", act),
        line: e.line(),
    }
}

pub(super) fn asset(e: &mut Entry<'_, '_, '_>) -> Asset {
    Asset {
        id: e.need_text("id"),
        name: e.need_text("name"),
        system: e.need_text("system"),
        owner: e.text("owner"),
        confidentiality: small(e, "confidentiality"),
        integrity: small(e, "integrity"),
        availability: small(e, "availability"),
        data: e.any_of("data"),
        hosts: e.texts("hosts"),
        addresses: e.texts("addresses"),
        urls: e.texts("urls"),
        tables: e.texts("tables"),
        line: e.line(),
    }
}

pub(super) fn contractor(e: &mut Entry<'_, '_, '_>) -> Contractor {
    Contractor {
        id: e.need_text("id"),
        name: e.need_text("name"),
        role: e.need_one_of("role", ContractorRole::Builder),
        systems: e.texts("systems"),
        period: period(e),
        contract: e.child("contract", |e| Contract {
            number: e.text("number"),
            date: e.need_date("date"),
            obliges: e.any_of("obliges"),
            proof: proofs(e),
        }),
        line: e.line(),
    }
}

pub(super) fn product(e: &mut Entry<'_, '_, '_>) -> Product {
    Product {
        id: e.need_text("id"),
        name: e.need_text("name"),
        kind: e.need_one_of("kind", ProductKind::NetworkProduct),
        period: period(e),
        maintained_until: e.date("maintained_until"),
        contractor: e.text("contractor"),
        certificate: e.child("certificate", |e| {
            let (from, until) = (e.need_date("date"), e.date("until"));
            e.check_order(from, until);
            Certificate {
                number: e.text("number"),
                period: Period { from, until },
                proof: proofs(e),
            }
        }),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn product_risk(e: &mut Entry<'_, '_, '_>) -> ProductRisk {
    ProductRisk {
        id: e.need_text("id"),
        product: e.text("product"),
        contractor: e.text("contractor"),
        found: e.need_date("found"),
        fixed: e.child("fixed", act),
        users_told: e.child("users_told", act),
        reported: e.child("reported", act),
        line: e.line(),
    }
}

pub(super) fn supervisor(e: &mut Entry<'_, '_, '_>) -> Supervisor {
    Supervisor {
        id: e.need_text("id"),
        name: e.need_text("name"),
        role: e.need_one_of("role", SupervisorRole::SuperiorUnit),
        basis: e.need_one_of("basis", BasisKind::None),
        systems: e.texts("systems"),
        period: period(e),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn response(e: &mut Entry<'_, '_, '_>) -> Response {
    Response {
        id: e.need_text("id"),
        kind: e.need_one_of("kind", ResponseKind::Evaluated),
        at: e.need_instant("at"),
        plan: e.text("plan"),
        system: e.text("system"),
        by: e.text("by").unwrap_or_else(|| "operator".to_owned()),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn report(e: &mut Entry<'_, '_, '_>) -> Report {
    Report {
        id: e.need_text("id"),
        kind: e.need_one_of("kind", ReportKind::FollowUp),
        to: e.need_text("to"),
        row: e.one_of("row"),
        at: e.need_instant("at"),
        channel: e.text("channel"),
        items: e.numbers("items"),
        relayed: e.child("relayed", |e| Relay {
            at: e.need_instant("at"),
            to: e.text("to"),
            proof: proofs(e),
        }),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn notice(e: &mut Entry<'_, '_, '_>) -> Notice {
    Notice {
        id: e.need_text("id"),
        to: e.need_one_of("to", NoticeTo::Users),
        at: e.need_instant("at"),
        way: e.text("way"),
        contents: e.any_of("contents"),
        proof: proofs(e),
        line: e.line(),
    }
}

pub(super) fn source(e: &mut Entry<'_, '_, '_>) -> LogSource {
    let source = LogSource {
        id: e.need_text("id"),
        path: e.need_text("path"),
        system: e.text("system"),
        zone: e.text("zone"),
        clock_offset_seconds: e
            .number("clock_offset_seconds", -100_000_000..100_000_001)
            .unwrap_or_default(),
        log_format: e.text("log_format"),
        complete_from: e.date("complete_from"),
        complete_as_of: e.date("complete_as_of"),
        proof: proofs(e),
        line: e.line(),
    };
    if source.zone.as_deref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        e.refuse("zone", &texts::UNKNOWN_ZONE);
    }
    source
}
