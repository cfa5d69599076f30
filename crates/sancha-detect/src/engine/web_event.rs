use std::net::IpAddr;

use sancha_model::{Event, FieldId, Level, LocalText, Match, Scenario};

use super::{EngineScratch, familiar_parts::Known, record, request::Fields};
use crate::{
    RuleEntry,
    web::{self, Kind, Ordinary, Request, THRESHOLD},
};

/// Lets the analyses look at a request; those that speak become matches. Returns what was ordinary.
pub(super) fn inspect(
    event: Event<'_>,
    fields: &Fields<'_>,
    known: &Known,
    source: Option<IpAddr>,
    first: u32,
    scratch: &mut EngineScratch,
) -> Ordinary {
    scratch.hits.clear();
    let mut headers: Vec<(&[u8], &[u8])> = Vec::new();
    if !fields.headers.is_empty() {
        headers.extend(header_lines(fields.headers));
    }
    let request = Request {
        method: fields.method,
        target: fields.target,
        referer: fields.referer,
        user_agent: fields.agent,
        cookie: fields.cookie,
        headers: &headers,
        content_type: fields.content_type,
        body: fields.body,
        status: fields.status,
        size: fields.bytes,
    };
    let ordinary = web::inspect(&request, known.ordinary(), &mut scratch.web, &mut scratch.hits);
    for hit in &scratch.hits {
        if hit.score >= THRESHOLD {
            scratch.matches.push(matched(event, source, first, hit));
        }
    }
    ordinary
}

/// `Name: value` lines, as the transaction format hands headers over.
fn header_lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let (name, value) = line.split_at_checked(colon)?;
        let value = value.get(1..)?;
        Some((name, value.strip_prefix(b" ").unwrap_or(value)))
    })
}

fn matched(event: Event<'_>, source: Option<IpAddr>, first: u32, hit: &web::Hit) -> Match {
    let place = Kind::ALL.iter().position(|kind| *kind == hit.kind).unwrap_or(0);
    let entry = entry(hit.kind);
    let rule = first + u32::try_from(place).unwrap_or(0);
    let mut found = record::matched(event, rule, &entry, source, &[]);
    found.score = hit.score;
    found.fields = vec![(field(hit.part), hit.evidence.as_slice().into())];
    found
}

fn field(part: web::Part) -> FieldId {
    match part {
        web::Part::Method => FieldId::HTTP_METHOD,
        web::Part::Path => FieldId::URL_PATH,
        web::Part::Query => FieldId::URL_QUERY,
        web::Part::Referer => FieldId::HTTP_REFERRER,
        web::Part::UserAgent => FieldId::USER_AGENT,
        web::Part::Header => FieldId::HTTP_HEADERS,
        web::Part::Cookie => FieldId::HTTP_COOKIE,
        web::Part::Body => FieldId::HTTP_BODY,
    }
}

/// An analysis as a rule: its id, name, scenario and level.
pub(super) fn entry(kind: Kind) -> RuleEntry {
    use Level::{High, Low, Medium};
    let (scenario, level, zh, en) = match kind {
        Kind::Sqli => (Scenario::WEB_SQLI, High, "SQL注入分析", "SQL injection analysis"),
        Kind::Xss => (Scenario::WEB_XSS, Medium, "跨站脚本分析", "cross-site scripting analysis"),
        Kind::Upload => {
            (Scenario::WEB_UPLOAD, High, "可执行文件上传分析", "executable upload analysis")
        }
        Kind::Webshell => (Scenario::WEB_SHELL, High, "网页后门使用分析", "web shell use analysis"),
        Kind::AuthBypass => {
            (Scenario::WEB_AUTH_BYPASS, Medium, "授权绕过分析", "authentication bypass analysis")
        }
        Kind::Traversal => {
            (Scenario::WEB_TRAVERSAL, High, "目录遍历分析", "path traversal analysis")
        }
        Kind::Command => {
            (Scenario::WEB_COMMAND, High, "命令注入分析", "command injection analysis")
        }
        Kind::Code => (Scenario::WEB_COMMAND, High, "代码注入分析", "code injection analysis"),
        Kind::Ssrf => {
            (Scenario::WEB_SSRF, High, "服务端请求伪造分析", "server-side request forgery analysis")
        }
        Kind::Xxe => (Scenario::WEB_XXE, High, "XML外部实体分析", "XML external entity analysis"),
        Kind::Template => (
            Scenario::WEB_TEMPLATE,
            High,
            "模板与表达式注入分析",
            "template and expression injection analysis",
        ),
        Kind::Deserialization => {
            (Scenario::WEB_DESERIALIZATION, High, "反序列化分析", "deserialization analysis")
        }
        Kind::Nosql => (Scenario::WEB_SQLI, High, "NoSQL注入分析", "NoSQL injection analysis"),
        Kind::Ldap => (Scenario::WEB_SQLI, Medium, "LDAP注入分析", "LDAP injection analysis"),
        Kind::Xpath => (Scenario::WEB_SQLI, Medium, "XPath注入分析", "XPath injection analysis"),
        Kind::Mail => {
            (Scenario::WEB_PROTOCOL, Medium, "邮件头注入分析", "mail header injection analysis")
        }
        Kind::Protocol => (Scenario::WEB_PROTOCOL, Low, "协议滥用分析", "protocol abuse analysis"),
        Kind::ScannerAgent => {
            (Scenario::SCAN_VULN, Low, "扫描工具标识分析", "scanner user agent analysis")
        }
    };
    RuleEntry {
        is_named: false,
        id: format!("sancha.{}", kind.id()),
        title: LocalText::new(zh, en),
        scenario,
        level,
    }
}
