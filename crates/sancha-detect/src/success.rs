//! Did it succeed? Relates findings of different logs: a second signal raises an outcome.

use std::collections::BTreeSet;

use sancha_model::{
    EventTime, Family, Finding, Level, LocalText, LogPlace, Outcome, Scenario, beside,
};

use crate::texts;

mod asked;
#[cfg(test)]
mod tests;
mod together;

/// What a host's own records show counts as a consequence while the intruder is at work, and for this
/// long after the last request: later, ordinary work is the likelier reason.
const CONSEQUENCE: i64 = 30 * EventTime::MINUTE;
/// What nobody but an intruder seems to have done belongs to a deed on the same host when it lies this close, before
/// or after: whoever takes over a host by hand works for hours.
const AROUND: i64 = 4 * EventTime::HOUR;
/// What an attack does to a host shows in its records within this time.
const AT_ONCE: i64 = 2 * EventTime::MINUTE;
/// A database complains of a statement while the request that holds it runs.
const SAME_SECONDS: i64 = 2 * EventTime::SECOND;
/// Two logs support each other when their records lie this close.
const TOGETHER: i64 = 10 * EventTime::MINUTE;

/// What is known of the logs and machines that findings come from.
pub struct Origins<'a> {
    /// The kind of log a path is, such as `web/combined`: two findings from the same kind do not support each other.
    pub kind: &'a dyn Fn(&str) -> String,
    /// The machines a finding is of; empty where nothing names one.
    pub machines: &'a dyn Fn(&Finding) -> BTreeSet<String>,
    /// A time as sentences give it.
    pub shown: &'a dyn Fn(EventTime) -> String,
}

/// The machines a finding is of.
enum Machines {
    Named(BTreeSet<String>),
    /// No log names any.
    AnyOne,
    /// Neither its own logs, which lie here, nor those beside them name one; others do.
    Unnamed(BTreeSet<String>),
    /// The logs beside its own name several, and nothing tells which it is of.
    OneOfSeveral,
}

impl Machines {
    fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::AnyOne, Self::AnyOne) => true,
            (Self::Named(own), Self::Named(other)) => !own.is_disjoint(other),
            (Self::Unnamed(own), Self::Unnamed(other)) => {
                let other: Vec<LogPlace<'_>> =
                    other.iter().map(|path| LogPlace::of(path)).collect();
                own.iter().any(|path| other.iter().any(|other| other.is_with(&LogPlace::of(path))))
            }
            _ => false,
        }
    }
}

/// What of the origins is asked again and again, by place in the list of findings.
struct Related<'a> {
    kinds: Vec<BTreeSet<String>>,
    machines: Vec<Machines>,
    /// A host's own records: few findings are, and only those are looked at beside each of the others.
    locals: &'a [usize],
}

impl Related<'_> {
    fn other_log(&self, a: usize, b: usize) -> bool {
        let both = self.kinds.get(a).zip(self.kinds.get(b));
        both.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && a.is_disjoint(b))
    }

    fn same_machine(&self, a: usize, b: usize) -> bool {
        let both = self.machines.get(a).zip(self.machines.get(b));
        both.is_some_and(|(a, b)| a.meet(b))
    }
}

/// The machines of each finding. One that names none is of those that the logs beside its own name.
fn machines(findings: &[Finding], origins: &Origins<'_>) -> Vec<Machines> {
    let named: Vec<BTreeSet<String>> = findings.iter().map(origins.machines).collect();
    let all: BTreeSet<(LogPlace<'_>, &BTreeSet<String>)> = findings
        .iter()
        .zip(&named)
        .filter(|(_, machines)| !machines.is_empty())
        .flat_map(|(finding, machines)| {
            finding.evidence.iter().map(move |evidence| (LogPlace::of(&evidence.path), machines))
        })
        .collect();
    let of = |(finding, own): (&Finding, &BTreeSet<String>)| {
        if !own.is_empty() {
            return Machines::Named(own.clone());
        }
        if all.is_empty() {
            return Machines::AnyOne;
        }
        let paths = || finding.evidence.iter().map(|evidence| &*evidence.path);
        let beside = beside(paths(), &all);
        match beside.first() {
            None => Machines::Unnamed(paths().map(str::to_owned).collect()),
            Some(only) if beside.len() == 1 => Machines::Named((**only).clone()),
            Some(_) => Machines::OneOfSeveral,
        }
    };
    findings.iter().zip(&named).map(of).collect()
}

/// Raises outcomes by what other logs show.
pub fn relate(findings: &mut [Finding], origins: &Origins<'_>) {
    asked::add_up(findings);
    let locals: Vec<usize> = (0..findings.len())
        .filter(|at| findings.get(*at).is_some_and(|finding| finding.src.is_empty()))
        .collect();
    if locals.is_empty() {
        share_scripts(findings);
        return;
    }
    let kinds: Vec<BTreeSet<String>> = findings
        .iter()
        .map(|finding| {
            // An attempt of a source stays one, and is no sign of another.
            let is_over = finding.outcome == Outcome::Attempted && !finding.src.is_empty();
            let evidence = finding.evidence.iter().filter(|_| !is_over);
            evidence.map(|evidence| (origins.kind)(&evidence.path)).collect()
        })
        .collect();
    let machines = machines(findings, origins);
    let related = Related { kinds, machines, locals: &locals };
    answered_by_host(findings, &related);
    share_scripts(findings);
    speak_for_themselves(findings, &locals);
    together::add_up(findings, &related);
    let entries: Vec<usize> = (0..findings.len())
        .filter(|at| findings.get(*at).is_some_and(|f| f.outcome >= Outcome::LikelySucceeded))
        .collect();
    let begin = entries.iter().filter_map(|at| findings.get(*at)?.first).min();
    for entry in entries {
        for other in &locals {
            if let Some(tie) = consequence(findings, &related, (entry, *other), begin) {
                let reason = match tie {
                    Tie::After(at) => (&texts::REASON_LOCAL_LINKED, at),
                    Tie::Beside(at) => (&texts::REASON_LOCAL_BESIDE, at),
                };
                let time = [("time", LocalText::same((origins.shown)(reason.1)))];
                link(findings, (entry, *other), reason.0.fill(&time), &related);
            }
        }
    }
}

/// A host's own record of the highest level is of a deed, not of a try, and hardly of ordinary work: a second
/// root, a shell to the outside. How it came about need not be known for somebody to have to look.
fn speak_for_themselves(findings: &mut [Finding], locals: &[usize]) {
    for local in locals {
        if let Some(finding) = findings.get_mut(*local)
            && finding.level == Level::Critical
            && finding.outcome == Outcome::NotDeterminable
        {
            finding.outcome = Outcome::LikelySucceeded;
            finding.outcome_reason = texts::REASON_LOCAL_CRITICAL.local();
        }
    }
}

/// An attack that the web server answered normally, and a host's own record of what such an attack
/// does, in another kind of log and within minutes: two signals.
fn answered_by_host(findings: &mut [Finding], related: &Related<'_>) {
    let signs: Vec<(usize, Scenario)> = (0..findings.len())
        .filter(|attack| findings.get(*attack).is_some_and(is_open_and_brief))
        .filter_map(|attack| {
            let of = |sign: &&usize| is_sign(findings, related, (attack, **sign));
            // What was done says more than what was complained of.
            let by_weight =
                |sign: &&usize| findings.get(**sign).is_some_and(|f| is_complaint(f.scenario));
            let sign = related.locals.iter().filter(of).min_by_key(by_weight)?;
            Some((attack, findings.get(*sign)?.scenario))
        })
        .collect();
    for (attack, sign) in signs {
        if let Some(finding) = findings.get_mut(attack) {
            finding.outcome = Outcome::LikelySucceeded;
            if is_complaint(sign) {
                finding.level = finding.level.max(Level::High);
                finding.outcome_reason = texts::REASON_ERROR_BESIDE.local();
            } else {
                finding.level = Level::Critical;
                finding.outcome_reason = texts::REASON_SEEN_ON_HOST.fill(&[("sign", sign.name())]);
            }
        }
    }
}

/// Whether a sign on the host would tell something of the attack. One that goes on for hours meets
/// everything that happens on a host.
fn is_open_and_brief(attack: &Finding) -> bool {
    let open = attack.outcome == Outcome::NotDeterminable && !attack.src.is_empty();
    open && is_brief(attack)
}

fn is_brief(finding: &Finding) -> bool {
    let period = finding.first.zip(finding.last);
    period.is_some_and(|(first, last)| last.since(first) <= TOGETHER)
}

/// A statement that the database itself found to be injected or broken: the attack's text arrived there.
fn is_complaint(sign: Scenario) -> bool {
    sign == Scenario::WEB_SQLI
}

fn is_sign(
    findings: &[Finding],
    related: &Related<'_>,
    (attack_at, sign_at): (usize, usize),
) -> bool {
    let (Some(attack), Some(sign)) = (findings.get(attack_at), findings.get(sign_at)) else {
        return false;
    };
    if sign.by_person || !does(attack.scenario, sign.scenario) {
        return false;
    }
    let (Some(first), Some(last), Some(seen)) = (attack.first, attack.last, sign.first) else {
        return false;
    };
    let (before, after) = if is_complaint(sign.scenario) {
        (SAME_SECONDS, SAME_SECONDS)
    } else {
        (EventTime::MINUTE, AT_ONCE)
    };
    let follows = seen >= first.plus(-before) && seen <= last.plus(after);
    follows
        && related.other_log(attack_at, sign_at)
        && related.same_machine(attack_at, sign_at)
        && !is_routine(findings, related.locals, first, sign)
}

/// Whether what the host shows is what such an attack does.
fn does(attack: Scenario, sign: Scenario) -> bool {
    match attack {
        Scenario::WEB_SQLI => {
            is_complaint(sign) || matches!(sign.family(), Family::DatabaseTamper | Family::DataLeak)
        }
        Scenario::WEB_COMMAND
        | Scenario::WEB_TEMPLATE
        | Scenario::WEB_DESERIALIZATION
        | Scenario::WEB_UPLOAD
        | Scenario::WEB_SHELL => {
            !is_complaint(sign)
                && matches!(
                    sign.family(),
                    Family::WebAttack | Family::ConfigTamper | Family::Exploit | Family::PageTamper
                )
        }
        _ => false,
    }
}

/// A script that one source uploaded and another uses: the second use has succeeded as well.
fn share_scripts(findings: &mut [Finding]) {
    let uploads: Vec<(Option<EventTime>, Vec<String>, String)> = findings
        .iter()
        .filter(|f| f.scenario == Scenario::WEB_UPLOAD && f.outcome >= Outcome::LikelySucceeded)
        .map(|f| (f.first, f.objects.clone(), f.src.iter().map(ToString::to_string).collect()))
        .collect();
    for finding in findings.iter_mut() {
        if finding.scenario != Scenario::WEB_SHELL || finding.outcome != Outcome::NotDeterminable {
            continue;
        }
        let brought = uploads.iter().find(|(first, objects, _)| {
            *first <= finding.last && finding.objects.iter().any(|object| objects.contains(object))
        });
        if let Some((_, _, source)) = brought {
            finding.outcome = Outcome::LikelySucceeded;
            finding.level = Level::Critical;
            finding.outcome_reason =
                texts::REASON_SHELL_SHARED.fill(&[("source", LocalText::same(source.as_str()))]);
        }
    }
}

/// How a host's record hangs together with an entry.
#[derive(Clone, Copy)]
enum Tie {
    /// It may follow from it, which began then.
    After(EventTime),
    /// It lies beside a deed on the same host that ordinary work hardly does, of then: of one hand, whoever's.
    Beside(EventTime),
}

/// How `other`, a local finding, hangs together with an entry.
fn consequence(
    findings: &[Finding],
    related: &Related<'_>,
    (entry_at, other_at): (usize, usize),
    begin: Option<EventTime>,
) -> Option<Tie> {
    let (entry, other) = (findings.get(entry_at)?, findings.get(other_at)?);
    let (from, until) = (entry.first?, entry.last?.plus(CONSEQUENCE));
    let is_deed = entry.src.is_empty() && entry.level == Level::Critical;
    // Who finds a deed works on the host as well, and people who work there are not all intruders.
    let around = if together::is_intruders_alone(other) { AROUND } else { CONSEQUENCE };
    if is_deed
        && other.level >= Level::High
        && (from.plus(-around)..=entry.last?.plus(around)).contains(&other.first?)
        && (!other.hosts.is_empty() || share_log(entry, other))
        && related.same_machine(entry_at, other_at)
        && !is_routine(findings, related.locals, begin?, other)
    {
        return Some(Tie::Beside(from));
    }
    // The log of a request is written when it ends, that of the host while it runs.
    if other.first? < from.plus(-EventTime::MINUTE) || other.first? > until {
        return None;
    }
    // A person's own work follows from an entry by that person's account only.
    // What names no account was done as root, who alone may do it: accounts made, rights given.
    let is_theirs = |user: &String| is_actor(entry, user);
    let as_root = || {
        other.users.is_empty()
            && (is_actor(entry, "root") || became_root(findings, related, entry_at, other))
    };
    let may_cause = !other.by_person || other.users.iter().any(is_theirs) || as_root();
    let follows = may_cause && related.same_machine(entry_at, other_at);
    let follows = follows && !is_routine(findings, related.locals, begin?, other);
    follows.then_some(Tie::After(from))
}

/// Whether a record of each stands in one log.
fn share_log(a: &Finding, b: &Finding) -> bool {
    a.evidence.iter().any(|of_a| b.evidence.iter().any(|of_b| of_a.path == of_b.path))
}

/// Windows does not tell upper case from lower.
fn is_actor(entry: &Finding, user: &str) -> bool {
    entry.acting().iter().any(|own| own.eq_ignore_ascii_case(user))
}

/// Whether an account that was entered had taken more rights before `later`.
fn became_root(
    findings: &[Finding],
    related: &Related<'_>,
    entry_at: usize,
    later: &Finding,
) -> bool {
    let Some(entry) = findings.get(entry_at) else { return false };
    related.locals.iter().any(|at| {
        findings.get(*at).is_some_and(|step| {
            step.scenario == Scenario::EXPLOIT_PRIVILEGE
                && entry.first <= step.first
                && step.first <= later.first
                && step.users.iter().any(|user| is_actor(entry, user))
                && related.same_machine(entry_at, *at)
        })
    })
}

/// Whether the same account did the same before anybody came in: then it is how this host works.
fn is_routine(findings: &[Finding], locals: &[usize], begin: EventTime, local: &Finding) -> bool {
    let others = locals.iter().filter_map(|at| findings.get(*at));
    others.filter(|other| !std::ptr::eq(*other, local)).any(|other| {
        other.scenario == local.scenario
            && other.first.is_some_and(|first| first < begin.plus(-EventTime::MINUTE))
            && other.users == local.users
            && other.hosts == local.hosts
            && other.objects.iter().any(|object| local.objects.contains(object))
    })
}

fn link(
    findings: &mut [Finding],
    (entry, other): (usize, usize),
    reason: LocalText,
    related: &Related<'_>,
) {
    let independent = related.other_log(entry, other);
    let close = findings.get(entry).zip(findings.get(other)).is_some_and(|(a, b)| touch(a, b));
    if let Some(local) = findings.get_mut(other)
        && local.outcome == Outcome::NotDeterminable
    {
        local.outcome = Outcome::LikelySucceeded;
        local.outcome_reason = reason;
    }
    if let Some(shell) = findings.get_mut(entry)
        && shell.scenario == Scenario::WEB_SHELL
        && independent
        && close
    {
        shell.outcome = Outcome::Confirmed;
        shell.outcome_reason = texts::REASON_TWO_SOURCES.local();
    }
}

fn touch(a: &Finding, b: &Finding) -> bool {
    let (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) =
        (a.first, a.last, b.first, b.last)
    else {
        return false;
    };
    b_first <= a_last.plus(TOGETHER) && b_last >= a_first.plus(-TOGETHER)
}
