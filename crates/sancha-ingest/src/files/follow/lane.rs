use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use super::super::{Chunk, Limits, Problem, ProblemKind, display_path};
use super::copies;
use super::generation::{Generation, Lines, Seen};

/// A rotated file is at its end when it has not grown for this long: writers reopen within seconds of the
/// rotation.
const GRACE: Duration = Duration::from_secs(2);
/// … and is still looked at for this long, in case one did not.
const LINGER: Duration = Duration::from_secs(600);
/// Rotated files that are kept open beside the newest.
const LINGERING: usize = 4;

/// One followed path.
pub(super) struct Lane {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) last_growth: Duration,
    /// Oldest first; the last is what the path names.
    queue: VecDeque<(Generation, Duration)>,
    /// Rotated files that were read to their end.
    lingering: Vec<(Generation, Duration)>,
    dropped: Vec<Seen>,
    delivered: u64,
    next_line: u64,
}

impl Lane {
    pub(super) fn new(path: PathBuf, first: Generation, now: Duration) -> Self {
        Self {
            shown: display_path::of_path(&path),
            path,
            last_growth: now,
            queue: VecDeque::from([(first, now)]),
            lingering: Vec::new(),
            dropped: Vec::new(),
            delivered: 0,
            next_line: 1,
        }
    }

    pub(super) fn head(&self, bytes: usize) -> Vec<u8> {
        self.queue.front().map(|(first, _)| first.beginning(bytes)).unwrap_or_default()
    }

    /// Whether the path still names the newest file.
    pub(super) fn is_current(&self) -> bool {
        self.queue.back().is_some_and(|(newest, _)| newest.is_at(&self.path))
    }

    pub(super) fn rotated(&mut self, fresh: Generation, now: Duration) {
        self.queue.push_back((fresh, now));
    }

    fn open(&self) -> impl Iterator<Item = &Generation> {
        self.queue.iter().chain(&self.lingering).map(|(generation, _)| generation)
    }

    pub(super) fn holds(&self, other: &Generation) -> bool {
        self.open().any(|own| own.key == other.key)
    }

    pub(super) fn beginnings(&self) -> Vec<Seen> {
        self.open().map(|own| self.seen(own)).collect()
    }

    fn seen(&self, own: &Generation) -> Seen {
        Seen { key: own.key, head: own.head.clone(), stem: copies::stem(&self.path) }
    }

    pub(super) fn take_dropped(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.dropped)
    }

    /// The next whole lines that are there.
    pub(super) fn read(
        &mut self,
        now: Duration,
        ended: bool,
        into: &mut Vec<u8>,
        target: usize,
        limits: &Limits,
        problems: &mut Vec<Problem>,
    ) -> Option<Chunk> {
        self.let_go(now);
        for at in 0..self.lingering.len() {
            if let Some((generation, since)) = self.lingering.get_mut(at)
                && let Some(lines) = generation.read(into, target, limits.max_line_bytes)
            {
                *since = now;
                return Some(self.account(lines, now));
            }
        }
        loop {
            self.recover(now, limits, problems);
            let newer = self.queue.len() > 1;
            let (front, grown) = self.queue.front_mut()?;
            let before = front.position;
            let lines = front.read(into, target, limits.max_line_bytes);
            if front.position > before {
                *grown = now;
                self.last_growth = now;
            }
            match lines {
                Some(lines) => return Some(self.account(lines, now)),
                // A half line that grows: there may be more of it.
                None if front.position > before => {}
                None if front.was_emptied() => {}
                None => {
                    let over = front.is_copy()
                        || (newer && (ended || now.saturating_sub(*grown) >= GRACE))
                        || (ended && front.has_half_line());
                    if !over {
                        return None;
                    }
                    if front.is_copy() {
                        self.copy_ends();
                        continue;
                    }
                    let last = front.last(into);
                    if newer {
                        self.retire(now);
                    }
                    if let Some(lines) = last {
                        return Some(self.account(lines, now));
                    }
                }
            }
        }
    }

    /// The file was emptied: what was not read yet stands in the copy that was made before.
    fn recover(&mut self, now: Duration, limits: &Limits, problems: &mut Vec<Problem>) {
        let Some((front, _)) = self.queue.front_mut() else { return };
        if front.is_copy() || !front.was_emptied() {
            return;
        }
        let rest = copies::rest_of(&self.path, front, limits);
        if rest.is_none() {
            let problem = Problem::new(&self.shown, ProblemKind::Emptied, "");
            problems.push(problem.at(front.position));
        }
        let reader = rest.unwrap_or_else(|| copies::nothing(&self.shown, limits));
        self.dropped.push(Seen {
            key: (0, 0),
            head: front.head.clone(),
            stem: copies::stem(&self.path),
        });
        let copy = Generation::of_copy(reader, front);
        self.queue.push_front((copy, now));
    }

    fn copy_ends(&mut self) {
        if let Some((mut copy, _)) = self.queue.pop_front()
            && let Some((front, _)) = self.queue.front_mut()
        {
            front.go_on_from(&mut copy);
        }
    }

    fn retire(&mut self, now: Duration) {
        let Some((old, _)) = self.queue.pop_front() else { return };
        self.lingering.push((old, now));
        if self.lingering.len() > LINGERING {
            let (oldest, _) = self.lingering.remove(0);
            let seen = self.seen(&oldest);
            self.dropped.push(seen);
        }
    }

    fn let_go(&mut self, now: Duration) {
        let is_over = |since: &Duration| now.saturating_sub(*since) > LINGER;
        if self.lingering.first().is_some_and(|(_, since)| is_over(since)) {
            let (oldest, _) = self.lingering.remove(0);
            let seen = self.seen(&oldest);
            self.dropped.push(seen);
        }
    }

    fn account(&mut self, lines: Lines, now: Duration) -> Chunk {
        let (first_offset, first_line) = (self.delivered, self.next_line);
        self.delivered += lines.bytes;
        self.next_line += lines.lines;
        self.last_growth = now;
        Chunk {
            first_offset,
            first_line,
            bytes: lines.bytes,
            lines: lines.lines,
            oversize: lines.oversize,
            cut: false,
        }
    }
}
