//! What is known of paths, links and agents that were seen before: most requests bring nothing new.

use crate::{
    familiar::Familiar,
    flood::Traits,
    signal::{mark, short},
    web::{self, Ordinary},
};

use super::traits;

/// A site has thousands of pages, which link to each other, and hundreds of agents visit it: 4 MiB.
const PATHS: (usize, usize) = (4096, 96);
const REFERERS: (usize, usize) = (4096, 96);
const AGENTS: (usize, usize) = (512, 256);

/// What a path says by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    pub(super) mark: u32,
    /// As if the path were posted to, without a link that led there.
    pub(super) traits: Traits,
    pub(super) takes_files: bool,
    /// As a target without a query.
    is_ordinary: bool,
}

/// What an agent says by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Agent {
    pub(super) mark: u32,
    pub(super) fetches: bool,
    is_ordinary: bool,
}

/// One worker's memory.
#[derive(Debug)]
pub(super) struct Parts {
    paths: Familiar<Path>,
    referers: Familiar<()>,
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

/// What was known of a request's parts before it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) path: Path,
    pub(super) agent: Agent,
    pub(super) ordinary: Ordinary,
    /// Hashes of what is not remembered yet.
    new_referer: Option<u64>,
    new_agent: Option<u64>,
}

impl Parts {
    /// `target` is the whole of what was asked for, of which `path` is a part.
    pub(super) fn know(
        &mut self,
        (target, path): (&[u8], &[u8]),
        referer: &[u8],
        agent: &[u8],
    ) -> Known {
        let path_hash = mark(path);
        let path_known = self.paths.find(path_hash, path).unwrap_or_else(|| {
            let (traits, takes_files) = traits::of_path(path);
            let is_ordinary = web::is_ordinary_path(path);
            let found = Path { mark: short(path_hash), traits, takes_files, is_ordinary };
            self.paths.remember(path_hash, path, found);
            found
        });
        let agent_hash = mark(agent);
        let agent_known = self.agents.find(agent_hash, agent);
        let referer_hash = mark(referer);
        let referer_known =
            referer.is_empty() || self.referers.find(referer_hash, referer).is_some();
        let ordinary = Ordinary {
            path: path_known.is_ordinary && target == path,
            referer: referer_known,
            agent: agent_known.is_some_and(|agent| agent.is_ordinary),
        };
        Known {
            path: path_known,
            agent: agent_known.unwrap_or_else(|| Agent {
                mark: short(agent_hash),
                fetches: traits::says_it_fetches(agent),
                is_ordinary: false,
            }),
            ordinary,
            new_referer: (!referer_known).then_some(referer_hash),
            new_agent: agent_known.is_none().then_some(agent_hash),
        }
    }

    /// Remembers what the look at a request found out.
    pub(super) fn learn(&mut self, known: &Known, found: Ordinary, referer: &[u8], agent: &[u8]) {
        if let Some(hash) = known.new_referer.filter(|_| found.referer) {
            self.referers.remember(hash, referer, ());
        }
        if let Some(hash) = known.new_agent {
            self.agents.remember(hash, agent, Agent { is_ordinary: found.agent, ..known.agent });
        }
    }
}
