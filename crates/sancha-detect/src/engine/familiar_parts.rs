//! What is known of paths, links and agents that were seen before: most requests bring nothing new.

use crate::{
    familiar::Familiar,
    flood::Traits,
    sigma::{Quiet, Recurring},
    signal::{mark, short},
    web::{self, Ordinary},
};

use super::{request::Fields, traits};

/// A site has thousands of pages, which link to each other, and hundreds of agents visit it: 6 MiB. The set
/// of links is asked for in turn by crawlers: a memory that is just large enough forgets each before it comes
/// again.
const PATHS: (usize, usize) = (4096, 96);
const REFERERS: (usize, usize) = (8192, 96);
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
    /// As text.
    is_ordinary_text: bool,
    /// As a target without a query, for requests of this method and status; 0 for none.
    is_calm_for: u32,
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
    #[inline]
    fn of(memory: &Familiar<V>, text: &[u8], hash: u64, look: impl FnOnce(u64) -> V) -> Self {
        let remembered = memory.find(hash, text);
        Self { hash, remembered, known: remembered.unwrap_or_else(|| look(hash)) }
    }

    fn learn(&self, memory: &mut Familiar<V>, text: &[u8], found: V) {
        if self.remembered != Some(found) {
            memory.remember(self.hash, text, found);
        }
    }
}

/// How the whole of what was asked for goes on behind the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Bare,
    Query,
    /// The path does not stand in it as it is: what is known of one says nothing of the other.
    Other,
}

impl Target {
    fn of(target: &[u8], path: &[u8]) -> Self {
        match target.strip_prefix(path) {
            Some([]) => Self::Bare,
            Some([b'?', ..]) => Self::Query,
            _ => Self::Other,
        }
    }
}

/// What was known of a request's parts before it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    path: Told<Path>,
    referer: Told<Referer>,
    agent: Told<Agent>,
    target: Target,
    /// Method and status; 0 for a method of which there are few.
    asks: u32,
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
            path: self.target == Target::Bare && (self.path().is_ordinary || self.is_calm()),
            path_text: self.target != Target::Other && self.path().is_ordinary_text,
            referer: self.referer.known.is_ordinary,
            agent: self.agent().is_ordinary,
        }
    }

    fn is_calm(&self) -> bool {
        self.asks != 0 && self.asks == self.path().is_calm_for
    }

    pub(super) fn quiet(&self) -> Quiet {
        let is_bare = self.target == Target::Bare;
        let target = if is_bare { self.path().quiet_target } else { 0 };
        Quiet::default()
            .with(Recurring::Target, target)
            .with(Recurring::Path, self.path().quiet)
            .with(Recurring::Referer, self.referer.known.quiet)
            .with(Recurring::Agent, self.agent().quiet)
    }
}

/// Hashes of a request's parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    path: u64,
    referer: u64,
    agent: u64,
}

impl Marks {
    #[inline]
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        Self { path: mark(fields.path), referer: mark(fields.referer), agent: mark(fields.agent) }
    }
}

impl Parts {
    /// What is remembered lies far apart in memory: the processor is told early where it will be looked for.
    #[inline]
    pub(super) fn fetch_sets(&self, marks: &Marks) {
        self.paths.fetch_set(marks.path);
        self.referers.fetch_set(marks.referer);
        self.agents.fetch_set(marks.agent);
    }

    /// The same for what the sets point to, when they have arrived.
    #[inline]
    pub(super) fn fetch_texts(&self, fields: &Fields<'_>, marks: &Marks) {
        self.paths.fetch_text(marks.path, fields.path);
        self.referers.fetch_text(marks.referer, fields.referer);
        self.agents.fetch_text(marks.agent, fields.agent);
    }

    #[inline]
    pub(super) fn know(&self, fields: &Fields<'_>, marks: &Marks) -> Known {
        let look = |hash| {
            let (traits, takes_files) = traits::of_path(fields.path);
            let is_ordinary = web::is_ordinary_path(fields.path);
            Path { mark: short(hash), traits, takes_files, is_ordinary, ..Path::default() }
        };
        let path = Told::of(&self.paths, fields.path, marks.path, look);
        let referer =
            Told::of(&self.referers, fields.referer, marks.referer, |_| Referer::default());
        let agent = Told::of(&self.agents, fields.agent, marks.agent, |hash| Agent {
            mark: short(hash),
            fetches: traits::says_it_fetches(fields.agent),
            ..Agent::default()
        });
        let target = Target::of(fields.target, fields.path);
        Known { path, referer, agent, target, asks: asks(fields) }
    }

    /// Remembers what the look at a request found out.
    #[inline]
    pub(super) fn learn(
        &mut self,
        fields: &Fields<'_>,
        known: &Known,
        ordinary: Ordinary,
        quiet: Quiet,
    ) {
        let mut path = Path { quiet: quiet.of(Recurring::Path), ..*known.path() };
        if known.target != Target::Other {
            path.is_ordinary_text = ordinary.path_text;
        }
        if known.target == Target::Bare {
            path.quiet_target = quiet.of(Recurring::Target);
            if ordinary.path && !path.is_ordinary {
                path.is_calm_for = known.asks;
            }
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

fn asks(fields: &Fields<'_>) -> u32 {
    let method = match fields.method {
        b"GET" => 1,
        b"HEAD" => 2,
        b"POST" => 3,
        _ => return 0,
    };
    u32::from(fields.status) << 8 | method
}

#[cfg(test)]
mod tests {
    use super::*;

    fn know(parts: &Parts, fields: Fields<'_>) -> Known {
        parts.know(&fields, &Marks::of(&fields))
    }

    #[test]
    fn a_path_says_nothing_of_a_target_that_it_does_not_begin() {
        for (target, want) in [
            ("/a", Target::Bare),
            ("/a?b=c", Target::Query),
            ("/a/../../etc/passwd", Target::Other),
            ("http://site/a", Target::Other),
        ] {
            assert_eq!(Target::of(target.as_bytes(), b"/a"), want, "{target}");
        }
    }

    #[test]
    fn what_was_calm_is_looked_at_again_for_another_method_or_status() {
        let mut parts = Parts::default();
        let fields = Fields {
            method: b"GET",
            target: b"/x/upload.jsp",
            path: b"/x/upload.jsp",
            status: 200,
            ..Fields::default()
        };
        let known = know(&parts, fields);
        assert!(!known.ordinary().path);
        let calm = Ordinary { path: true, ..Ordinary::default() };
        parts.learn(&fields, &known, calm, Quiet::default());
        assert!(know(&parts, fields).ordinary().path);
        assert!(!know(&parts, Fields { status: 404, ..fields }).ordinary().path);
        assert!(!know(&parts, Fields { method: b"PUT", ..fields }).ordinary().path);
        assert!(
            !know(&parts, Fields { target: b"/x/upload.jsp?cmd=id", ..fields }).ordinary().path
        );
    }
}
