use std::net::IpAddr;

use sancha_model::{EventTime, Finding, FindingId, Level, LocalText, Outcome};
use serde::Serialize;

use crate::{AssetEffect, Background, LogKind, Phase, Stage, TimelineEntry};

/// `C-20261029-01`: the day of the first record in the operator's zone, and the place among the
/// cases of that day. The same findings give the same ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// Why there is a case at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenReason {
    /// A finding is at `likely_succeeded` or above.
    LikelySucceeded,
    /// No sign of success, but the attack on one asset went on.
    Sustained,
    /// The user asked for every finding as a case.
    Asked,
}

/// How a finding came into the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinReason {
    /// It opened the case, or would have.
    Opened,
    SameSource,
    /// Another source address used the script that this case's source had put there.
    SameObject,
    /// No network source; on the same asset, soon after a likely success.
    AfterEntry,
}

/// A finding in its place in a case.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    pub finding: Finding,
    pub phase: Phase,
    /// As the case sees it: `confirmed` only where an independent kind of log agrees.
    pub outcome: Outcome,
    pub outcome_reason: LocalText,
    pub joined: JoinReason,
    pub why_joined: LocalText,
    /// Assets that the records or the profile name for it; empty where neither does.
    pub assets: Vec<String>,
    /// Of these, those on which it went beyond an attempt, where it did.
    #[serde(skip)]
    pub reached: Vec<String>,
    pub log_kinds: Vec<LogKind>,
    /// Findings whose evidence comes from another kind of log and supports this one.
    pub supported_by: Vec<FindingId>,
}

impl Member {
    /// Whether data was read or taken, as far as the records show it.
    pub fn reads_data(&self) -> bool {
        self.phase == Phase::Leak || self.finding.gave_data
    }

    /// Whether the records show that this happened, beyond an attempt.
    pub fn happened(&self) -> bool {
        self.outcome >= Outcome::LikelySucceeded
    }
}

/// An incident being handled. Members are in kill-chain order, then by time.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    pub id: CaseId,
    pub title: LocalText,
    pub opened: OpenReason,
    pub why_opened: LocalText,
    pub stage: Stage,
    pub outcome: Outcome,
    pub outcome_reason: LocalText,
    /// Assets that a finding beyond an attempt names, or, where there is none, all attacked assets.
    /// Empty where neither records nor profile name one.
    pub assets: Vec<String>,
    /// What people call them, in the same order.
    pub asset_names: Vec<String>,
    /// Addresses from outside, of findings beyond an attempt first.
    pub sources: Vec<IpAddr>,
    pub accounts: Vec<String>,
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
    pub members: Vec<Member>,
    /// Attempts beside those members: they count in the case's sources and times, and stand among the run's findings.
    pub left_out: u64,
    pub effects: Vec<AssetEffect>,
    pub timeline: Vec<TimelineEntry>,
}

impl Case {
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.members.iter().map(|member| &member.finding)
    }

    /// The first record that is not known to be of an attempt only: what was there before it is safe to go back to.
    pub fn may_have_begun(&self) -> Option<EventTime> {
        let open = self.members.iter().filter(|member| member.outcome != Outcome::Attempted);
        open.filter_map(|member| member.finding.entered_at.or(member.finding.first)).min()
    }

    /// The gravest level of what happened; of a case of attempts, of these.
    pub fn level(&self) -> Option<Level> {
        let level = |member: &Member| member.finding.level;
        self.happened().map(level).max().or_else(|| self.members.iter().map(level).max())
    }

    /// Members beyond an attempt, in kill-chain order.
    pub fn happened(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.happened())
    }
}

/// Many assets, or one source on many assets: more than one case can say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkWarning {
    pub assets: Vec<String>,
    pub sources: Vec<IpAddr>,
    pub text: LocalText,
}

/// What came of the findings; every finding is in exactly one case or one background line.
#[derive(Clone, Debug, Serialize)]
pub struct Opened {
    pub cases: Vec<Case>,
    pub background: Vec<Background>,
    pub network_warning: Option<NetworkWarning>,
}
