use std::collections::{BTreeMap, BTreeSet};

use rsigma_parser::CorrelationRule;

use super::{Document, Loader, RuleOptions, Rules, document::stated, spelt};
use crate::sigma::{
    LogSource,
    correlation::{self, Draft, Lookup, Member},
    pattern::Name,
    reason::Reason,
    texts,
};

impl<'t> Loader<'t> {
    /// A correlation is read after its members: round by round, until none is left whose members are
    /// there.
    pub(super) fn correlations(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        loop {
            let before = waiting.len();
            let known = |reference: &String| self.ids.contains_key(reference);
            let also: BTreeSet<String> = waiting
                .iter()
                .flat_map(|(rule, _)| [rule.id.clone(), rule.name.clone()])
                .flatten()
                .collect();
            let is_ready = |rule: &CorrelationRule| {
                rule.rules.iter().all(|reference| known(reference) || !also.contains(reference))
            };
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(rule, _)| is_ready(rule));
            for (rule, document) in ready {
                if let Err(reason) = self.correlation(&rule, document) {
                    self.refuse(reason, document);
                }
            }
            waiting = rest;
            if waiting.is_empty() {
                return;
            }
            if waiting.len() == before {
                break;
            }
        }
        // What is left names itself in a circle.
        for (_, document) in waiting {
            self.refuse(correlation::unsupported("rules"), document);
        }
    }

    fn correlation(
        &mut self,
        rule: &CorrelationRule,
        document: Document<'t>,
    ) -> Result<(), Reason> {
        if let (None, Some(stated)) = (rule.level, stated(document.text, "level:")) {
            return Err(Reason::new(&texts::LEVEL, &[("name", stated)]).near("level:"));
        }
        let id = rule.id.clone().unwrap_or_else(|| self.id_of_place(document));
        self.unused(&id)?;
        let mut lookup = Known { ids: &self.ids, rules: &mut self.rules, options: self.options };
        let draft = Draft::read(rule, document.path, id.clone(), &mut lookup)?;
        let place = u32::try_from(self.rules.correlations.len()).unwrap_or(u32::MAX);
        let children = draft.members.iter().filter_map(|member| match member {
            Member::Correlation(at) => Some(*at as usize),
            Member::Rule(_) => None,
        });
        let children: Vec<usize> = children.collect();
        for child in children.iter().filter_map(|at| self.rules.correlations.get(*at)) {
            // Its state must be where its members' is: grouped by no more, and a member only once.
            let is_narrower = draft.group_names.iter().all(|name| child.group_names.contains(name));
            if child.parent.is_some() || !is_narrower {
                return Err(correlation::unsupported("group-by"));
            }
        }
        for at in children {
            if let Some(child) = self.rules.correlations.get_mut(at) {
                child.parent = Some(place);
            }
        }
        let at = CORRELATION | place;
        self.ids.insert(id, at);
        if let Some(name) = &draft.name {
            self.ids.entry(name.clone()).or_insert(at);
        }
        self.rules.correlations.push(draft);
        Ok(())
    }
}

/// Marks places that are those of correlations.
const CORRELATION: u32 = 1 << 31;

struct Known<'k> {
    ids: &'k BTreeMap<String, u32>,
    rules: &'k mut Rules,
    options: &'k RuleOptions,
}

impl Lookup for Known<'_> {
    fn member(&self, reference: &str) -> Option<(Member, LogSource)> {
        let at = *self.ids.get(reference)?;
        let source = |rule: u32| Some(self.rules.list.get(rule as usize)?.log_source.clone());
        if at & CORRELATION == 0 {
            return Some((Member::Rule(at), source(at)?));
        }
        let at = at & !CORRELATION;
        let mut first = Member::Correlation(at);
        while let Member::Correlation(at) = first {
            first = *self.rules.correlations.get(at as usize)?.members.first()?;
        }
        let Member::Rule(rule) = first else { return None };
        Some((Member::Correlation(at), source(rule)?))
    }

    fn name(&mut self, source: &LogSource, name: &str) -> Result<Name, Reason> {
        self.rules.names.place(spelt(self.options, source, name))
    }
}
