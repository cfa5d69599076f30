use std::net::IpAddr;

use sancha_detect::RuleEntry;
use sancha_model::{EventTime, Fields, Scenario, SuppressionState};
use sancha_normalize::IpRange;

use super::{AllowError, pattern::Pattern};
use crate::texts;

/// One entry: what it covers, who answers for it, from when until when.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) scope: Scope,
    pub(super) reason: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) from: Option<EventTime>,
    /// The first instant at which it acts no more.
    pub(super) until: Option<EventTime>,
    pub(super) state: SuppressionState,
}

impl Entry {
    pub(super) fn new(line: usize) -> Self {
        Self {
            line,
            scope: Scope::default(),
            reason: None,
            owner: None,
            from: None,
            until: None,
            state: SuppressionState::Active,
        }
    }

    /// Whether it acts at the *now* of the run.
    pub(super) fn judge(&mut self, at: EventTime) {
        self.state = if self.until.is_some_and(|until| at >= until) {
            SuppressionState::Expired
        } else if self.from.is_some_and(|from| at < from) {
            SuppressionState::NotYet
        } else {
            SuppressionState::Active
        };
    }

    pub(super) fn acts(&self) -> bool {
        self.state == SuppressionState::Active
    }
}

/// What an entry covers: every part that is there must fit; an empty part fits everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) rules: Vec<String>,
    /// A scenario or a family of them, such as `web_attack`.
    pub(super) scenarios: Vec<String>,
    pub(super) hosts: Vec<Pattern>,
    pub(super) paths: Vec<Pattern>,
    pub(super) fields: Vec<(String, Pattern)>,
    /// As written, and as read.
    pub(super) sources: Vec<(String, IpRange)>,
}

/// Where a record happened.
pub(super) struct Where<'a> {
    pub(super) hosts: [&'a [u8]; 2],
    pub(super) paths: [&'a [u8]; 2],
    pub(super) source: Option<IpAddr>,
}

impl Scope {
    /// Whether it names addresses and nothing else, and so covers all that they do.
    pub(super) fn is_source_only(&self) -> bool {
        !self.has_rule() && self.hosts.is_empty() && self.paths.is_empty() && self.fields.is_empty()
    }

    fn has_rule(&self) -> bool {
        !self.rules.is_empty() || !self.scenarios.is_empty()
    }

    pub(super) fn fits_scenario(&self, scenario: Scenario) -> bool {
        let id = scenario.id();
        let family = id.split('.').next().unwrap_or(id);
        self.scenarios.is_empty() || self.scenarios.iter().any(|own| own == id || own == family)
    }

    pub(super) fn has_source(&self, address: IpAddr) -> bool {
        self.sources.iter().any(|(_, range)| range.contains(address))
    }

    pub(super) fn has_host(&self, host: &[u8]) -> bool {
        let lower = host.to_ascii_lowercase();
        !host.is_empty() && self.hosts.iter().any(|pattern| pattern.fits(&lower))
    }

    pub(super) fn has_path(&self, path: &[u8]) -> bool {
        !path.is_empty() && self.paths.iter().any(|pattern| pattern.fits_path(path))
    }

    pub(super) fn fits_place(&self, place: &Where<'_>) -> bool {
        (self.hosts.is_empty() || place.hosts.iter().any(|host| self.has_host(host)))
            && (self.paths.is_empty() || place.paths.iter().any(|path| self.has_path(path)))
            && (self.sources.is_empty() || place.source.is_some_and(|one| self.has_source(one)))
    }

    /// For people, in the words of the file.
    pub(super) fn shown(&self) -> String {
        let patterns = |list: &[Pattern]| list.iter().map(|p| p.text().to_owned()).collect();
        let sources = self.sources.iter().map(|(text, _)| text.clone()).collect();
        let lists: [(&str, Vec<String>); 5] = [
            ("rules", self.rules.clone()),
            ("scenarios", self.scenarios.clone()),
            ("hosts", patterns(&self.hosts)),
            ("paths", patterns(&self.paths)),
            ("sources", sources),
        ];
        let mut parts: Vec<String> = lists
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| format!("{name}={}", list.join(",")))
            .collect();
        parts.extend(self.fields.iter().map(|(name, value)| format!("{name}={}", value.text())));
        parts.join(" ")
    }

    /// Rules and fields that nothing in this run has: the entry then covers less than its owner thinks.
    pub(super) fn unknown(&self, rules: &[RuleEntry], fields: &Fields) -> Vec<String> {
        // Analyses over time are in no list of rules.
        let is_analysis = |id: &str| sancha_detect::ANALYSES_OVER_TIME.contains(&id);
        let no_rule = |id: &&String| !is_analysis(id) && !rules.iter().any(|rule| rule.id == **id);
        let no_field = |name: &&String| fields.id(name).is_none();
        let names = self.fields.iter().map(|(name, _)| name).filter(no_field);
        self.rules.iter().filter(no_rule).chain(names).cloned().collect()
    }

    fn narrows(&self) -> bool {
        let everywhere = |(_, range): &(String, IpRange)| is_everything(&mut [range.bounds()]);
        self.has_rule()
            || self.hosts.iter().chain(&self.paths).any(Pattern::narrows)
            || (!self.sources.is_empty() && !self.sources.iter().any(everywhere))
    }
}

/// An entry that covers everything, or entries that do so together, would silence the program.
///
/// A field alone is no narrowing: its value is chosen by whoever sends the request.
///
/// # Errors
/// Each entry that covers everything, or the last of those that do so together.
pub(super) fn refuse_everything(entries: &[Entry]) -> Result<(), Vec<AllowError>> {
    let refuse = |line, text: &sancha_model::Text| AllowError { line, message: text.local() };
    let errors: Vec<AllowError> = entries
        .iter()
        .filter(|entry| !entry.scope.narrows())
        .map(|entry| refuse(entry.line, &texts::ALLOW_EVERYTHING))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let alone: Vec<&Entry> = entries.iter().filter(|e| e.scope.is_source_only()).collect();
    let ranges = alone.iter().flat_map(|entry| &entry.scope.sources);
    let mut bounds: Vec<(u128, u128)> = ranges.map(|(_, range)| range.bounds()).collect();
    match alone.last() {
        Some(last) if is_everything(&mut bounds) => {
            Err(vec![refuse(last.line, &texts::ALLOW_EVERYTHING_TOGETHER)])
        }
        _ => Ok(()),
    }
}

/// Whether ranges together hold every IPv4 address, or every IPv6 address in use (`2000::/3`).
fn is_everything(bounds: &mut [(u128, u128)]) -> bool {
    const V4: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);
    const V6: (u128, u128) = (0x2 << 124, (0x4 << 124) - 1);
    bounds.sort_unstable();
    let holds = |(first, last): (u128, u128)| {
        let mut next = first;
        for (from, until) in bounds.iter() {
            if *from <= next && *until >= next {
                next = until.saturating_add(1);
            }
        }
        next > last
    };
    holds(V4) || holds(V6)
}
