//! What is known of paths, links and agents that were seen before: most requests bring nothing new.

use crate::{
    familiar::Familiar,
    flood::Traits,
    sigma::{Quiet, Recurring},
    signal::{mark, short},
    web::{self, Ordinary},
};

use super::{request::Fields, traits};

/// A site has thousands of pages, which link to each other, and hundreds of agents visit it: 4 MiB.
const PATHS: (usize, usize) = (4096, 96);
const REFERERS: (usize, usize) = (4096, 96);
const AGENTS: (usize, usize) = (512, 256);

/// What a path says by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) mark: u32,
    /// As if the path were posted to, without a link that led there.
    pub(super) traits: Traits,
    pub(super) takes_files: bool,
    /// As a target without a query.
    is_ordinary: bool,
    /// The rules that it does not wake, and does not wake as a target without a query.
    quiet: u32,
    quiet_target: u32,
}

/// What an agent says by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) mark: u32,
    pub(super) fetches: bool,
    is_ordinary: bool,
    quiet: u32,
}

/// What a link says by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Referer {
    is_ordinary: bool,
    quiet: u32,
}

/// One worker's memory.
#[derive(Debug)]
pub(super) struct Parts {
    paths: Familiar<Path>,
    referers: Familiar<Referer>,
    agents: Familiar<Agent>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            paths: Familiar::new(PATHS.0, PATHS.1),
            referers: Familiar::new(REFERERS.0, REFERERS.1),
            agents: Familiar::new(AGENTS.0, AGENTS.1),
        }
    }
}

/// A text's hash, what is remembered of it, and what is known without a closer look.
#[derive(Clone, Copy, Debug)]
struct Told<V> {
    hash: u64,
    remembered: Option<V>,
    known: V,
}

impl<V: Copy + Default + PartialEq> Told<V> {
    fn of(memory: &Familiar<V>, text: &[u8], look: impl FnOnce(u64) -> V) -> Self {
        let hash = mark(text);
        let remembered = memory.find(hash, text);
        Self { hash, remembered, known: remembered.unwrap_or_else(|| look(hash)) }
    }

    fn learn(&self, memory: &mut Familiar<V>, text: &[u8], found: V) {
        if self.remembered != Some(found) {
            memory.remember(self.hash, text, found);
        }
    }
}

/// What was known of a request's parts before it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    path: Told<Path>,
    referer: Told<Referer>,
    agent: Told<Agent>,
    has_query: bool,
}

impl Known {
    pub(super) fn path(&self) -> &Path {
        &self.path.known
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent.known
    }

    pub(super) fn ordinary(&self) -> Ordinary {
        Ordinary {
            path: self.path().is_ordinary && !self.has_query,
            referer: self.referer.known.is_ordinary,
            agent: self.agent().is_ordinary,
        }
    }

    pub(super) fn quiet(&self) -> Quiet {
        let target = if self.has_query { 0 } else { self.path().quiet_target };
        Quiet::default()
            .with(Recurring::Target, target)
            .with(Recurring::Path, self.path().quiet)
            .with(Recurring::Referer, self.referer.known.quiet)
            .with(Recurring::Agent, self.agent().quiet)
    }
}

impl Parts {
    pub(super) fn know(&self, fields: &Fields<'_>) -> Known {
        let look = |hash| {
            let (traits, takes_files) = traits::of_path(fields.path);
            let is_ordinary = web::is_ordinary_path(fields.path);
            Path { mark: short(hash), traits, takes_files, is_ordinary, ..Path::default() }
        };
        let path = Told::of(&self.paths, fields.path, look);
        let referer = Told::of(&self.referers, fields.referer, |_| Referer::default());
        let agent = Told::of(&self.agents, fields.agent, |hash| Agent {
            mark: short(hash),
            fetches: traits::says_it_fetches(fields.agent),
            ..Agent::default()
        });
        Known { path, referer, agent, has_query: fields.target != fields.path }
    }

    /// Remembers what the look at a request found out.
    pub(super) fn learn(
        &mut self,
        fields: &Fields<'_>,
        known: &Known,
        ordinary: Ordinary,
        quiet: Quiet,
    ) {
        let mut path = Path { quiet: quiet.of(Recurring::Path), ..*known.path() };
        if !known.has_query {
            path.quiet_target = quiet.of(Recurring::Target);
        }
        known.path.learn(&mut self.paths, fields.path, path);
        let quiet_referer = quiet.of(Recurring::Referer);
        let referer = Referer { is_ordinary: ordinary.referer, quiet: quiet_referer };
        known.referer.learn(&mut self.referers, fields.referer, referer);
        let quiet_agent = quiet.of(Recurring::Agent);
        let agent = Agent { is_ordinary: ordinary.agent, quiet: quiet_agent, ..*known.agent() };
        known.agent.learn(&mut self.agents, fields.agent, agent);
    }
}
