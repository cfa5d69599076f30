//! A small document made by hand: one case, three findings, conclusions of every status.

use jiff::tz::TimeZone;
use sancha_case::{
    AssetEffect, Background, Case, CaseId, Confidence, Criterion, Effect, Grade, JoinReason,
    LogKind, Member, OpenReason, Phase, Stage, Threshold, ThresholdValue, TimelineEntry,
    TimelineMark, grade,
};
use sancha_investigate::ClockState;
use sancha_model::{
    Citation, Citations, ClockRemark, Conclusion, Coverage, EventTime, EvidenceRef, FileCoverage,
    Finding, FindingId, Lang, Level, LocalText, LocalTitle, Outcome, ProvisionRef, RuleCoverage,
    Scenario, SingleClient, Statement, Status, Text,
};
use sancha_report::{CaseReport, ClockReport, Digested, Document, Inputs, LawUsed, RawLine};

/// Newline, terminal escape, markup, formula, text turned around, invisible space, a mobile number,
/// and characters of four bytes.
pub(crate) const HOSTILE: &str =
    "=cmd\n\u{1b}[31m<script>alert(1)</script><img src=x>\u{202e}txt\u{200b} 13800138000 𠮷😀医院";

const FOUND: Text = Text::new("test.found", "记录显示：{what}", "the records show: {what}");
const MISSING: Text = Text::new("test.missing", "没有证明材料", "there is no proof");

pub(crate) fn document(lang: Lang) -> Document {
    with("/uploads/a.jsp", lang)
}

pub(crate) fn hostile(lang: Lang) -> Document {
    let mut document = with(HOSTILE, lang);
    document.operator = Some(HOSTILE.to_owned());
    document.inputs.paths.push(HOSTILE.to_owned());
    document
}

pub(crate) fn empty(lang: Lang) -> Document {
    let mut document = with("/", lang);
    document.cases.clear();
    document.lines.clear();
    document
}

fn at(day: i64, hour: i64) -> EventTime {
    // 2026-10-20 00:00 in Asia/Shanghai.
    EventTime::from_seconds(1_792_425_600).plus(day * EventTime::DAY + hour * EventTime::HOUR)
}

fn both(zh: &str, en: &str) -> LocalText {
    LocalText::new(zh.to_owned(), en.to_owned())
}

fn record(line: u64) -> EvidenceRef {
    EvidenceRef { path: "logs/access.log".into(), line }
}

pub(crate) fn finding(object: &str) -> Finding {
    Finding {
        id: FindingId("F-upload".to_owned()),
        scenario: Scenario::WEB_UPLOAD,
        level: Level::High,
        outcome: Outcome::Confirmed,
        outcome_reason: both("上传后被访问", "opened after the upload"),
        first: Some(at(2, 3)),
        last: Some(at(2, 5)),
        count: 4,
        src: vec!["203.0.113.9".parse().unwrap()],
        hosts: vec!["web-1".to_owned()],
        users: vec![object.to_owned()],
        entered: Vec::new(),
        entered_hosts: Vec::new(),
        entered_at: None,
        rules: vec!["upload-1".to_owned()],
        evidence: vec![record(7), record(9)],
        by_person: false,
        by_api: false,
        gave_data: false,
        telling: None,
        objects: vec![object.to_owned()],
        summary: both(&format!("上传了{object}"), &format!("uploaded {object}")),
    }
}

fn scan() -> Finding {
    Finding {
        id: FindingId("F-scan".to_owned()),
        scenario: Scenario::SCAN_WEB,
        level: Level::Low,
        outcome: Outcome::Attempted,
        first: Some(at(0, 1)),
        last: Some(at(1, 2)),
        count: 1200,
        evidence: (20..30).map(record).collect(),
        ..finding("/admin")
    }
}

fn member(finding: Finding, supported_by: &[&str]) -> Member {
    Member {
        phase: Phase::of(finding.scenario),
        outcome: finding.outcome,
        outcome_reason: finding.outcome_reason.clone(),
        joined: JoinReason::SameSource,
        why_joined: both("来源地址相同", "the same source address"),
        log_kinds: vec![LogKind::Web],
        assets: vec![],
        reached: vec![],
        supported_by: supported_by.iter().map(|id| FindingId((*id).to_owned())).collect(),
        finding,
    }
}

fn case(object: &str) -> Case {
    let members = vec![member(scan(), &[]), member(finding(object), &["F-scan"])];
    let timeline = members
        .iter()
        .map(|member| TimelineEntry {
            time: member.finding.first.unwrap(),
            mark: TimelineMark::Begin,
            phase: member.phase,
            what: member.finding.summary.clone(),
            finding: member.finding.id.clone(),
            evidence: member.finding.evidence.clone(),
        })
        .collect();
    Case {
        id: CaseId("C-20261020-01".to_owned()),
        title: both(&format!("网站：{object}"), &format!("website: {object}")),
        opened: OpenReason::LikelySucceeded,
        why_opened: both("不止于尝试", "more than an attempt"),
        stage: Stage::Detected,
        outcome: Outcome::Confirmed,
        outcome_reason: both("两类日志彼此印证", "two kinds of logs agree"),
        asset_names: vec![object.to_owned()],
        assets: vec![object.to_owned()],
        sources: vec!["203.0.113.9".parse().unwrap()],
        accounts: vec![],
        first: Some(at(0, 1)),
        last: Some(at(2, 5)),
        members,
        effects: vec![AssetEffect {
            asset: None,
            confidentiality: Effect::NotDeterminable(both("看不到", "not visible")),
            integrity: Effect::Evidence(vec![FindingId("F-upload".to_owned())]),
            availability: Effect::NotDeterminable(both("看不到", "not visible")),
        }],
        left_out: 0,
        timeline,
    }
}

fn provision(article: u16, item: Option<u8>) -> ProvisionRef {
    let both = |zh: &str, en: &str| LocalTitle { zh: zh.to_owned(), en: en.to_owned() };
    ProvisionRef {
        instrument: "csl-2026".to_owned(),
        title: both("网络安全法", "Cybersecurity Law"),
        article,
        paragraph: None,
        item,
        effective_from: "2026-01-01".to_owned(),
        gist: both("保存日志不少于六个月", "keep logs for at least six months"),
    }
}

fn conclusion(id: &str, status: Option<Status>, statements: Vec<Statement>) -> Conclusion {
    Conclusion {
        id: id.to_owned(),
        question: both(&format!("问题 {id}"), &format!("question {id}")),
        status,
        bound: None,
        provisions: status.map(|_| provision(23, Some(3))).into_iter().collect(),
        statements,
    }
}

fn cited(what: &str, citation: Citation) -> Statement {
    let what = sancha_model::Param::Same(what.to_owned());
    Statement::cited(&FOUND, vec![("what", what)], Citations::one(citation))
}

fn unknown() -> Statement {
    Statement::unknown(&MISSING, vec![], vec![both("制度文件", "the rules in writing")])
}

fn duties() -> Vec<Conclusion> {
    let proof = Citation::Proof {
        path: "proofs/plan.pdf".to_owned(),
        sha256: "ab".repeat(32),
        date: "2026-03-01".to_owned(),
    };
    let coverage = Citation::Coverage { path: "logs/access.log".to_owned() };
    let profile = Citation::Profile { key: "operator.kind".to_owned() };
    vec![
        conclusion("plan", Some(Status::Met), vec![cited("plan", proof)]),
        conclusion("logs", Some(Status::NotMet), vec![cited("logs", coverage)]),
        conclusion("drill", Some(Status::NotShown), vec![unknown()]),
        conclusion("cii", Some(Status::NotApplicable), vec![cited("kind", profile)]),
    ]
}

fn report(object: &str) -> CaseReport {
    let entry = Citation::Record { record: record(7) };
    let over = Citation::Finding { id: "F-upload".to_owned() };
    CaseReport {
        case: case(object),
        grading: grade(&[criterion()], &[]),
        incident: vec![
            conclusion("entry", None, vec![cited(object, entry)]),
            conclusion(CaseReport::OVER, None, vec![cited("last", over), unknown()]),
            conclusion("cause", None, vec![unknown()]),
        ],
        operator_duty: duties(),
        supervision: vec![conclusion("letter", Some(Status::NotShown), vec![unknown()])],
        clocks: vec![clock("first", Some(at(3, 4))), clock("final", None)],
        decisions: vec![both("是否停用", "shut it down or not")],
        next_steps: vec![both("保全证据", "keep the evidence")],
    }
}

fn criterion() -> Criterion {
    let threshold = |grade, value| Threshold { grade, value, confidence: Confidence::Verified };
    Criterion {
        id: "people".to_owned(),
        name: both("受影响人数", "people affected"),
        unit: both("人", "people"),
        thresholds: vec![
            threshold(Grade::Serious, ThresholdValue::AtLeast { value: 1_000_000.0 }),
            threshold(Grade::RelativelySerious, ThresholdValue::Judged),
        ],
    }
}

fn clock(id: &str, due: Option<EventTime>) -> ClockReport {
    ClockReport {
        id: id.to_owned(),
        name: both("首次报告", "first report"),
        to: both("网信部门", "cyberspace administration"),
        due,
        state: match due {
            Some(_) => ClockState::Running { minutes_left: 120 },
            None => ClockState::NotStated,
        },
        state_text: both("剩余2小时", "2 h left"),
        rule: both("获知后4小时", "4 hours after it learned of it"),
        warnings: vec![],
        provisions: vec![provision(27, None)],
    }
}

fn with(object: &str, lang: Lang) -> Document {
    let file = FileCoverage {
        path: "logs/access.log".to_owned(),
        format: "web/combined".to_owned(),
        bytes: 123_456,
        records: 1000,
        parsed: 970,
        rejected: 30,
        first_rejected_line: Some(12),
        first: Some(at(0, 0)),
        last: Some(at(3, 0)),
        sha256: "cd".repeat(32),
        ..FileCoverage::default()
    };
    let mut document = Document {
        number: "SC-20261023-4f1a9c".to_owned(),
        at: at(3, 2),
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        version: "0.1.0".to_owned(),
        lang,
        operator: Some("某单位".to_owned()),
        inputs: Inputs { paths: vec!["logs".to_owned()], ..Inputs::default() },
        rules: Digested { count: 84, digest: "ef".repeat(32) },
        law: LawUsed { data: Digested { count: 9, digest: "01".repeat(32) }, simulated_on: None },
        cases: vec![report(object)],
        background: vec![Background {
            scenario: Scenario::SCAN_PORT,
            is_local: false,
            shown: Vec::new(),
            findings: 3,
            addresses: 2,
            attempts: 4321,
            first: Some(at(0, 0)),
            last: Some(at(1, 0)),
            top: vec![("198.51.100.7".parse().unwrap(), 4000)],
        }],
        network_warning: None,
        lines: vec![],
        quotes: vec![],
        coverage: Coverage {
            files: vec![file],
            clocks: vec![ClockRemark::Differs {
                path: format!("logs{object}"),
                than: "logs/access.log".to_owned(),
                seconds: -137,
                pairs: 40,
                of: 41,
            }],
            single_clients: vec![SingleClient {
                path: format!("logs{object}"),
                address: "10.0.0.7".parse().unwrap(),
                requests: 90,
                of: 100,
                trusted: false,
            }],
            rules: RuleCoverage { loaded: 84, ..RuleCoverage::default() },
            ..Coverage::default()
        },
    };
    let line = format!("203.0.113.9 - - \"GET {object} HTTP/1.1\" 200 5");
    document.lines = document
        .cited_records()
        .into_iter()
        .map(|record| RawLine::new(record, line.as_bytes()))
        .collect();
    document
}
