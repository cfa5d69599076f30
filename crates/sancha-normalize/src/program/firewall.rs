//! Attacks that firewalls of Chinese makers report: source, destination, and what they call the attack.
//!
//! What a client may have written, such as an account's name or a target, stands behind the addresses, of which the first
//! are taken, and before what the firewall says of the attack, of which the last is.

use sancha_model::{FieldId, RowWriter};

use crate::{encoding, scan};

/// What is told of an attack. Parts that are absent are empty.
#[derive(Default)]
struct Attack<'a> {
    reason: &'static str,
    name: &'a [u8],
    severity: &'a [u8],
    source: (&'a [u8], &'a [u8]),
    destination: (&'a [u8], &'a [u8]),
    is_stopped: bool,
}

/// Huawei: `IPS/4/DETECT`, an intrusion, and `SEC/4/ATCKDF`, a scan or flood.
pub(super) fn huawei(row: &mut RowWriter<'_>, program: &[u8], message: &[u8]) -> Option<()> {
    let is = |module: &[u8]| memchr::memmem::find(program, module).is_some();
    if is(b"IPS/") && is(b"/DETECT") {
        intrusion(row, message)
    } else if is(b"SEC/") && is(b"/ATCKDF") {
        scan_or_flood(row, message)
    } else {
        None
    }
}

/// `An intrusion was detected. (…, SrcIp=203.0.113.9, DstIp=…, User="…", SignName="…", Severity=high, Action=Alert)`.
/// Signatures of lower severity mostly inform.
fn intrusion(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let first = |name: &[u8]| scan::between(message, name, b",").unwrap_or_default();
    let last = |name: &[u8]| {
        let at = memchr::memmem::rfind(message, name)?;
        let rest = message.get(at + name.len()..)?;
        rest.split(|byte| matches!(byte, b',' | b')')).next()
    };
    let severity = last(b", Severity=")?;
    let name = memchr::memmem::rfind(message, b", SignName=\"").and_then(|at| message.get(at..));
    let attack = Attack {
        reason: if matches!(severity, b"high" | b"critical") { "threat" } else { "" },
        name: name.and_then(|name| scan::between(name, b"\"", b"\"")).unwrap_or_default(),
        severity,
        source: (first(b", SrcIp="), first(b", SrcPort=")),
        destination: (first(b", DstIp="), first(b", DstPort=")),
        is_stopped: matches!(last(b", Action="), Some(b"Block" | b"block")),
    };
    attack.write(row);
    Some(())
}

/// `AttackType="Port scan attack", …, src="203.0.113.9:41000 ", dst="198.51.100.9:22 198.51.100.9:3389 ", …`. Sources of
/// a flood may be anybody's.
fn scan_or_flood(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let name = scan::between(message.strip_prefix(b"AttackType=")?, b"\"", b"\"")?;
    let hosts = |open: &[u8]| scan::between(message, open, b"\"").unwrap_or_default();
    let is_scan = matches!(name, b"Port scan attack" | b"IP sweep attack" | b"Ip sweep attack");
    let attack = Attack {
        reason: if is_scan { "port_scan" } else { "" },
        name,
        source: only(hosts(b", src=\"")),
        destination: only(hosts(b", dst=\"")),
        is_stopped: scan::between(message, b", Action=\"", b"\"")
            .is_some_and(|action| action.starts_with(b"discard")),
        ..Attack::default()
    };
    attack.write(row);
    Some(())
}

/// The address of a list that names one only, and its port where there is one only.
fn only(list: &[u8]) -> (&[u8], &[u8]) {
    let hosts = || {
        let words = list.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        words.map(|word| match memchr::memrchr(b':', word) {
            Some(at) => (word.get(..at).unwrap_or(word), word.get(at + 1..).unwrap_or_default()),
            None => (word, &b""[..]),
        })
    };
    let Some((address, port)) = hosts().next() else { return Default::default() };
    if hosts().any(|(other, _)| other != address) {
        return Default::default();
    }
    (address, if hosts().all(|(_, other)| other == port) { port } else { b"" })
}

/// Sangfor: `日志类型:WEB应用防护日志, …, 源IP:203.0.113.9, 源端口:…, 攻击类型:SQL注入攻击, …, URL:…`. The target comes last.
pub(super) fn sangfor(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let foreign = encoding::foreign(message);
    let message = std::str::from_utf8(foreign.as_deref().unwrap_or(message)).ok()?;
    let kind = message.strip_prefix("日志类型:")?.split(", ").next()?;
    let reason = match kind {
        "WEB应用防护日志" | "WEB应用防护" => "firewall",
        _ if ["漏洞", "IPS", "僵尸网络"].iter().any(|word| kind.contains(word)) => "threat",
        _ => return None,
    };
    let value = |name: &str| {
        let found = message.split(", ").find_map(|part| part.strip_prefix(name));
        found.and_then(|rest| rest.strip_prefix(':')).unwrap_or_default().trim().as_bytes()
    };
    let action = value("系统动作");
    let attack = Attack {
        reason,
        name: value("攻击类型"),
        severity: value("严重级别"),
        source: (value("源IP"), value("源端口")),
        destination: (value("目的IP"), value("目的端口")),
        is_stopped: ["被拒绝", "拒绝", "被阻断", "阻断"]
            .iter()
            .any(|word| word.as_bytes() == action),
    };
    attack.write(row);
    Some(())
}

impl Attack<'_> {
    fn write(&self, row: &mut RowWriter<'_>) {
        row.constant(FieldId::EVENT_CATEGORY, "network");
        row.constant(
            FieldId::EVENT_ACTION,
            if self.reason.is_empty() { "reported" } else { "refused" },
        );
        if self.is_stopped {
            row.constant(FieldId::EVENT_OUTCOME, "failure");
        }
        if !self.reason.is_empty() {
            row.constant(FieldId::EVENT_REASON, self.reason);
        }
        for (field, text) in [(FieldId::RULE_NAME, self.name), (FieldId::LOG_LEVEL, self.severity)]
        {
            if !text.is_empty() {
                row.text(field, text);
            }
        }
        for (field, text) in
            [(FieldId::SOURCE_IP, self.source.0), (FieldId::DESTINATION_IP, self.destination.0)]
        {
            if let Some(address) = scan::address(text) {
                row.ip(field, text, address);
            }
        }
        for (field, text) in
            [(FieldId::SOURCE_PORT, self.source.1), (FieldId::DESTINATION_PORT, self.destination.1)]
        {
            if let Some(port) = scan::number(text) {
                row.int(field, text, port);
            }
        }
    }
}
