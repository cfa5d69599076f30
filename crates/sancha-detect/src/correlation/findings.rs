//! What a run found, in the order of its report.

use std::{net::IpAddr, sync::Arc};

use sancha_model::{
    EvidenceRef, Finding, FindingId, Lang, Level, LocalText, Outcome, Scenario, TellingRecords,
};

use super::packed::{Line, Packed, Rest};
use crate::{
    rules::RuleEntry,
    signal::fnv1a,
    success::{self, Origins},
    texts,
};

/// All findings, packed: there may be tens of thousands, and each is made only while it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    list: Vec<Packed>,
    publishing: Publishing,
}

impl Findings {
    /// `paths[file]` names the files for evidence; `rules` the rules that matches point to.
    pub(super) fn of(paths: &[String], rules: &Arc<[RuleEntry]>) -> Self {
        let paths = paths.iter().map(|path| path.as_str().into()).collect();
        Self { list: Vec::new(), publishing: Publishing { paths, rules: Arc::clone(rules) } }
    }

    pub(super) fn extend(&mut self, packed: Vec<Packed>) {
        // Not twice the room: at the end of a run this is most of its memory.
        self.list.reserve_exact(packed.len());
        self.list.extend(packed);
    }

    /// Sorts by (first, scenario, source).
    pub(super) fn sort(&mut self) {
        let Self { list, publishing } = self;
        let when = |packed: &Packed| (packed.first, packed.scenario);
        list.sort_by_key(when);
        // Few come together; only of those is unpacked, once each, what tells them apart.
        for together in list.chunk_by_mut(|a, b| when(a) == when(b)).filter(|all| all.len() > 1) {
            together.sort_by_cached_key(|packed| publishing.rank(packed));
        }
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.list.iter().map(|packed| packed.level)
    }

    pub fn iter(&self) -> impl Iterator<Item = Finding> {
        self.list.iter().map(|packed| self.publishing.finding(packed))
    }

    /// Takes out the findings for which `covering` gives something, each with that.
    pub fn extract<T>(
        &mut self,
        mut covering: impl FnMut(&Finding) -> Option<T>,
    ) -> Vec<(T, Finding)> {
        let Self { list, publishing } = self;
        let mut taken = Vec::new();
        list.retain(|packed| {
            let finding = publishing.finding(packed);
            let covered = covering(&finding);
            let stays = covered.is_none();
            taken.extend(covered.map(|by| (by, finding)));
            stays
        });
        taken
    }

    /// Raises outcomes by what other logs show, see [`success::relate`].
    pub fn relate(&mut self, origins: &Origins<'_>) {
        let has_locals = self.list.iter().any(is_local);
        let is_asked = |packed: &&mut Packed| has_locals && may_relate(packed) || shares(packed);
        let publishing = &self.publishing;
        let mut asked: Vec<&mut Packed> = self.list.iter_mut().filter(is_asked).collect();
        let mut findings: Vec<Finding> =
            asked.iter().map(|packed| publishing.finding(packed)).collect();
        success::relate(&mut findings, origins);
        for (packed, finding) in asked.iter_mut().zip(findings) {
            (packed.level, packed.outcome) = (finding.level, finding.outcome);
            if packed.reason.local() != finding.outcome_reason {
                packed.reason = finding.outcome_reason.into();
            }
        }
    }
}

/// A host's own record, or the finding of a log that names no sources.
fn is_local(packed: &Packed) -> bool {
    packed.source.is_none() && packed.sources().is_empty()
}

/// An attempt of a source stays one, and is no sign of another.
fn may_relate(packed: &Packed) -> bool {
    packed.outcome != Outcome::Attempted || is_local(packed)
}

/// What the use of a script in several hands is told by.
fn shares(packed: &Packed) -> bool {
    match packed.scenario {
        Scenario::WEB_UPLOAD => packed.outcome >= Outcome::LikelySucceeded,
        Scenario::WEB_SHELL => packed.outcome == Outcome::NotDeterminable,
        _ => false,
    }
}

/// What packed findings lack: the names of files and of rules.
#[derive(Clone, Debug)]
struct Publishing {
    paths: Vec<Arc<str>>,
    rules: Arc<[RuleEntry]>,
}

impl Default for Publishing {
    fn default() -> Self {
        Self { paths: Vec::new(), rules: Arc::from([]) }
    }
}

impl Publishing {
    /// What orders findings that begin together.
    fn rank(&self, packed: &Packed) -> (Vec<IpAddr>, Vec<String>, FindingId) {
        let rest = packed.rest();
        let (sources, hosts) = (packed.sources(), rest.hosts.iter().map(|host| (*host).to_owned()));
        let by = self.by(packed, &rest);
        let id = id(packed, &by, &named(&sources).en, &self.evidence(&rest));
        (sources, hosts.collect(), id)
    }

    /// The records that show it, by path and line.
    fn evidence(&self, rest: &Rest<'_>) -> Vec<EvidenceRef> {
        let mut evidence: Vec<EvidenceRef> = rest.evidence().map(|line| self.place(line)).collect();
        evidence.sort();
        evidence.dedup();
        evidence.shrink_to_fit();
        evidence
    }

    fn telling(&self, rest: &Rest<'_>) -> Option<TellingRecords> {
        let (first, last) = rest.ends()?;
        let deciding = rest.deciding.iter().map(|line| self.place(*line)).collect();
        Some(TellingRecords { first: self.place(first), last: self.place(last), deciding })
    }

    fn place(&self, (file, line): Line) -> EvidenceRef {
        EvidenceRef { path: self.paths.get(file as usize).cloned().unwrap_or_default(), line }
    }

    fn rule_ids(&self, rest: &Rest<'_>) -> impl Iterator<Item = String> {
        rest.rules.iter().filter_map(|at| Some(self.rules.get(*at as usize)?.id.clone()))
    }

    /// Who found it. What rules, what an analysis and what two correlations found of one source may begin with the
    /// same record.
    fn by(&self, packed: &Packed, rest: &Rest<'_>) -> String {
        if packed.text.key == texts::CORRELATION.key {
            return self.rule_ids(rest).collect();
        }
        packed.analysis.unwrap_or_default().to_owned()
    }

    fn finding(&self, packed: &Packed) -> Finding {
        let rest = packed.rest();
        let evidence = self.evidence(&rest);
        let mut names: Vec<String> = packed.analysis.map(str::to_owned).into_iter().collect();
        names.extend(self.rule_ids(&rest));
        names.sort();
        names.dedup();
        names.shrink_to_fit();
        let src = packed.sources();
        let source = named(&src);
        let by = self.by(packed, &rest);
        let id = id(packed, &by, &source.en, &evidence);
        Finding {
            id,
            scenario: packed.scenario,
            level: packed.level,
            outcome: packed.outcome,
            outcome_reason: packed.reason.local(),
            first: packed.first,
            last: packed.last,
            count: rest.count,
            src,
            hosts: rest.hosts.iter().map(|host| (*host).to_owned()).collect(),
            users: rest.users.iter().map(|user| masked(user)).collect(),
            entered: rest.entered.iter().map(|user| masked(user)).collect(),
            entered_hosts: rest.entered_hosts.iter().map(|host| (*host).to_owned()).collect(),
            entered_at: rest.entered_at,
            rules: names,
            evidence,
            by_person: packed.by_person,
            by_api: packed.by_api,
            gave_data: packed.gave_data,
            telling: self.telling(&rest).map(Box::new),
            objects: rest.objects.iter().map(|object| masked(object)).collect(),
            summary: self.summary(packed, rest, source),
        }
    }

    fn summary(&self, packed: &Packed, rest: Rest<'_>, source: LocalText) -> LocalText {
        let named = rest.rules.iter().filter_map(|at| self.rules.get(*at as usize));
        // A host's record is told by what was seen in it, which its scenario hardly says.
        let is_local = [texts::LOCAL.key, texts::LOCAL_FROM_SOURCE.key].contains(&packed.text.key);
        let named: Vec<_> =
            named.filter(|rule| is_local || rule.is_named).map(|rule| &rule.title).collect();
        // Names are listed and put together only where the text has a place for them.
        let value = |name| {
            Some(match name {
                "source" => source.clone(),
                "count" => LocalText::same(rest.count.to_string()),
                "scenario" => packed.scenario.name(),
                "users" => listed(&rest.users),
                "objects" => listed(&rest.objects),
                "rule" => {
                    let rule = rest.rules.first().and_then(|at| self.rules.get(*at as usize));
                    rule.map(|entry| entry.title.clone()).unwrap_or_default()
                }
                _ => return None,
            })
        };
        let places = packed.text.places();
        let mut values: Vec<_> = places.filter_map(|name| Some((name, value(name)?))).collect();
        values.extend(rest.values);
        let summary = packed.text.fill(&values);
        if named.is_empty() {
            return summary;
        }
        let of = |lang| {
            let shown: Vec<&str> = named.iter().take(3).map(|title| title.get(lang)).collect();
            let dots = if named.len() > shown.len() { "…" } else { "" };
            shown.join(if lang == Lang::Zh { "、" } else { ", " }) + dots
        };
        let titles = LocalText::new(of(Lang::Zh), of(Lang::En));
        texts::BY_RULES.fill(&[("summary", summary), ("titles", titles)])
    }
}

/// Of everything that tells a finding from others; written as it always was, for ids are kept elsewhere.
fn id(packed: &Packed, by: &str, source: &str, evidence: &[EvidenceRef]) -> FindingId {
    let mut number = itoa::Buffer::new();
    let mut seed = String::with_capacity(256);
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| seed.push_str(part));
    put(&[packed.scenario.id(), "|", by, "|", source, "|"]);
    match packed.first {
        Some(first) => put(&["Some(EventTime(", number.format(first.nanos()), "))|"]),
        None => put(&["None|"]),
    }
    if let Some(EvidenceRef { path, line }) = evidence.first() {
        put(&[path, ":", number.format(*line)]);
    }
    FindingId(format!("F-{:016x}", fnv1a(seed.as_bytes())))
}

/// The first three addresses, and how many more.
fn named(sources: &[IpAddr]) -> LocalText {
    match sources {
        [source] => LocalText::same(source.to_string()),
        _ => some_of(sources.iter().take(3).map(ToString::to_string).collect(), sources.len()),
    }
}

fn masked(text: &str) -> String {
    sancha_model::mask_personal_text(text).into_owned()
}

/// A list for a sentence: the first five of sorted names, and how many more.
pub(super) fn listed(sorted: &[&str]) -> LocalText {
    match sorted {
        [] => texts::UNNAMED.local(),
        [name] => LocalText::same(masked(name)),
        _ => some_of(sorted.iter().take(5).map(|name| masked(name)).collect(), sorted.len()),
    }
}

/// The first of a list, and how many it has in all.
fn some_of(shown: Vec<String>, all: usize) -> LocalText {
    let (mut zh, mut en) = (shown.join("、"), shown.join(", "));
    if all > shown.len() {
        zh.push_str(&format!("等{all}个"));
        en.push_str(&format!(" and {} more", all - shown.len()));
    }
    LocalText::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlation::packed::{Drafts, tests::draft};

    #[test]
    fn an_id_is_of_the_words_that_it_always_was_of() {
        let mut drafts = Drafts::default();
        drafts.push(draft());
        let [packed] = &mut drafts.into_list()[..] else { panic!("one draft") };
        let first = packed.first;
        let evidence = [EvidenceRef { path: "access.log".into(), line: 29 }];
        let of = |seed: String| FindingId(format!("F-{:016x}", fnv1a(seed.as_bytes())));
        let want = of(format!("{}|rule|192.0.2.1|{:?}|access.log:29", packed.scenario, first));
        assert_eq!(id(packed, "rule", "192.0.2.1", &evidence), want);
        packed.first = None;
        assert_eq!(id(packed, "", "", &[]), of(format!("{}|||None|", packed.scenario)));
    }
}
