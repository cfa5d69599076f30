use sancha_model::EventTime;

use super::{Entry, Guessing, Line};
use crate::flood::{Records, Request, Traits, session::Session};

const FAST_TRIES: usize = 8;
const FAST_WINDOW: u32 = 600;
/// So many forms within ten seconds no person fills in.
const BURST_TRIES: u32 = 6;
const BURST_WINDOW: u32 = 10;
/// So many tries of one source are guessing however slow; over half a day half as many are.
const SLOW_TRIES: u32 = 40;
const SLOW_SPAN: i64 = 12 * EventTime::HOUR;
/// Of an address that also reads the site, and so may be an office: this many failures, and this
/// many times its successes.
const OFFICE_FAILURES: u32 = 30;
const OFFICE_TIMES: u32 = 6;
/// One in so many tries: where more succeed and more fail, people log in.
const MIXED: u32 = 8;
/// Where all are let in, and some should have mistyped, it is the form that moves everybody on.
const ALL_LET_IN: u32 = 24;
/// An answer counts as changed after this many that were alike.
const ALIKE: u32 = 8;
/// Pages behind the login must follow within this time.
const ENTRY_WINDOW: i64 = 10 * EventTime::MINUTE;
/// A program with a stored password or token that is no longer valid tries at fixed intervals, like a
/// clock: within a twentieth, or within what whole seconds in a log can tell. Guessing with a pause
/// between tries is not that regular.
const STEADY_TRIES: u32 = 6;
const STEADY_SPREAD: f32 = 0.05;
const WHOLE_SECONDS: f32 = 0.6;
/// Nobody retries a form faster than this; a call that is refused may be.
const STEADY_FORM_SECONDS: f32 = 25.0;
const STEADY_CALL_SECONDS: f32 = 2.0;

/// A client that sends no credentials before it is asked for them has each request refused once, by NTLM twice,
/// and answers at once.
const CHALLENGES: u32 = 2;
const ANSWER_WINDOW: i64 = 5 * EventTime::SECOND;
/// Some ask elsewhere, for a token, and at once.
const TOKEN_WINDOW: i64 = EventTime::SECOND;

/// How the server answered a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Stayed,
    Moved,
    Refused,
    Failed,
}

impl Answer {
    fn of(status: u16) -> Self {
        match status {
            300..400 => Self::Moved,
            400..500 => Self::Refused,
            500.. => Self::Failed,
            _ => Self::Stayed,
        }
    }
}

/// One source at one form.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) first: EventTime,
    pub(super) last: EventTime,
    pub(super) tries: u32,
    /// A form was sent, not only a call refused.
    form: bool,
    /// Answers by kind, in the order of [`Answer`].
    answers: [u32; 4],
    /// Refusals that may be challenges: they follow each other at once and nothing was given since.
    challenged: u32,
    /// Answers alike in a row: kind and size.
    alike: u32,
    answer: Answer,
    bytes: u64,
    /// Seconds of the latest tries, as a ring.
    recent: [u32; FAST_TRIES],
    /// Mean and mean square of the intervals.
    interval: (f32, f32),
    /// What earlier visits asked for beside the form: pages, and parts of pages.
    pages: u32,
    assets: u32,
    changed: Option<(EventTime, Line)>,
    entered: Option<Line>,
    pub(super) found: Option<Guessing>,
    pub(super) records: Records,
}

impl Guest {
    pub(super) fn new(request: &Request) -> Self {
        Self {
            first: request.time,
            last: request.time,
            tries: 0,
            form: request.traits.has(Traits::LOGIN),
            answers: [0; 4],
            challenged: 0,
            alike: 0,
            answer: Answer::of(request.status),
            bytes: request.bytes,
            recent: [0; FAST_TRIES],
            interval: (0.0, 0.0),
            pages: 0,
            assets: 0,
            changed: None,
            entered: None,
            found: None,
            records: Records::default(),
        }
    }

    pub(super) fn add(&mut self, request: &Request, session: &Session, moves: bool) {
        let follows = request.time.since(self.last) <= ANSWER_WINDOW;
        self.challenged = if follows { self.challenged + 1 } else { 1 };
        self.pace(request);
        self.answered(request);
        self.records.add((request.at, request.line));
        self.tries += 1;
        self.last = self.last.max(request.time);
        if self.found.is_none() {
            self.found = self.judge(session, request.path, moves);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds between two tries")]
    fn pace(&mut self, request: &Request) {
        let seconds = u32::try_from(request.time.seconds()).unwrap_or(0);
        if self.tries > 0 {
            let gap = request.time.since(self.last).max(0) as f32 / 1e9;
            let n = self.tries as f32;
            self.interval.0 += (gap - self.interval.0) / n;
            self.interval.1 += (gap * gap - self.interval.1) / n;
        }
        let place = self.tries as usize % FAST_TRIES;
        if let Some(slot) = self.recent.get_mut(place) {
            *slot = seconds;
        }
    }

    fn answered(&mut self, request: &Request) {
        let answer = Answer::of(request.status);
        if let Some(count) = self.answers.get_mut(answer as usize) {
            *count += 1;
        }
        let same =
            answer == self.answer && (answer != Answer::Stayed || close(request.bytes, self.bytes));
        if same {
            self.alike += 1;
            return;
        }
        // A server error is no answer, and answers that always differ in size say nothing. A page for those who were
        // moved on before is a failure.
        let better = match answer {
            Answer::Moved => true,
            Answer::Stayed => self.answer != Answer::Moved,
            Answer::Refused | Answer::Failed => false,
        };
        if self.alike >= ALIKE && better && self.changed.is_none() {
            self.changed = Some((request.time, (request.at, request.line)));
            return;
        }
        if answer != Answer::Failed {
            self.answer = answer;
            self.bytes = request.bytes;
            self.alike = 1;
        }
    }

    /// Something is given at once, `here` or elsewhere: the refusal was a challenge and no failure.
    pub(super) fn meets(&mut self, request: &Request, here: bool) {
        let window = if here { ANSWER_WINDOW } else { TOKEN_WINDOW };
        if request.time.since(self.last) > window {
            return;
        }
        let challenged = std::mem::take(&mut self.challenged);
        if challenged <= CHALLENGES && !self.form && self.found.is_none() {
            self.tries = self.tries.saturating_sub(challenged);
            let [_, _, refused, _] = &mut self.answers;
            *refused = refused.saturating_sub(challenged);
        }
    }

    pub(super) fn enters(&mut self, request: &Request) {
        if let Some((when, _)) = self.changed
            && self.entered.is_none()
            && request.status == 200
            && request.time.since(when) <= ENTRY_WINDOW
        {
            self.entered = Some((request.at, request.line));
        }
    }

    /// What a visit that is over asked for beside the form.
    pub(super) fn visit_over(&mut self, session: &Session, path: u32) {
        let (pages, assets) = session.beside(path);
        self.pages = self.pages.saturating_add(pages);
        self.assets = self.assets.saturating_add(assets);
    }

    /// Sends the form and hardly anything else; the page with the form may be fetched for each try.
    pub(super) fn is_lone(&self, session: Option<&Session>, path: u32) -> bool {
        let (pages, assets) = session.map_or((0, 0), |session| session.beside(path));
        (self.assets + assets) * 5 <= self.tries && (self.pages + pages) * 4 <= self.tries * 5
    }

    fn judge(&self, session: &Session, path: u32, moves: bool) -> Option<Guessing> {
        if self.is_steady() {
            return None;
        }
        let lone = self.is_lone(Some(session), path);
        let [stayed, moved, refused, _] = self.answers;
        // Where a login that succeeds moves on, one that stays has failed; where one that fails is
        // refused, one that stays has succeeded.
        let (failures, successes) = if moves {
            (refused + stayed, moved)
        } else if refused > 0 {
            (refused, stayed + moved)
        } else {
            (0, 0)
        };
        let office = failures >= OFFICE_FAILURES && failures >= successes * OFFICE_TIMES;
        let spread = self.last.since(self.first);
        // People behind one address get in and are refused in turn; who guesses is hardly ever let in.
        let mixed = failures.min(successes) * MIXED > self.tries;
        if (!lone || mixed) && !office {
            return None;
        }
        // Most are let in, as far as this form tells: people of one office, until it turns out that all are.
        let let_in = moves && moved * 2 > self.tries;
        if let_in && (stayed > 0 || self.tries < ALL_LET_IN) && !self.is_burst() {
            return None;
        }
        let fast = self.tries as usize >= FAST_TRIES && self.window() <= FAST_WINDOW;
        if fast || self.is_burst() {
            Some(Guessing::Fast)
        } else if self.tries >= SLOW_TRIES || (self.tries >= SLOW_TRIES / 2 && spread >= SLOW_SPAN)
        {
            Some(Guessing::Slow)
        } else {
            None
        }
    }

    /// Calls that are refused come as fast from one page that loads; forms do not.
    fn is_burst(&self) -> bool {
        let Some(first) = self.tries.checked_sub(BURST_TRIES) else { return false };
        let time = |of: u32| self.recent.get(of as usize % FAST_TRIES).copied().unwrap_or(0);
        self.form && time(self.tries - 1).saturating_sub(time(first)) <= BURST_WINDOW
    }

    fn window(&self) -> u32 {
        let latest = self.recent.iter().max().copied().unwrap_or(0);
        latest - self.recent.iter().min().copied().unwrap_or(0)
    }

    pub(super) fn is_steady(&self) -> bool {
        let (mean, square) = self.interval;
        let spread = (square - mean * mean).max(0.0).sqrt();
        let least = if self.form { STEADY_FORM_SECONDS } else { STEADY_CALL_SECONDS };
        let clock = spread <= (mean * STEADY_SPREAD).max(WHOLE_SECONDS);
        self.tries >= STEADY_TRIES && mean >= least && clock
    }

    pub(super) fn entry(&mut self) -> Entry {
        let Some((_, changed)) = self.changed else { return Entry::None };
        self.records.decide(changed);
        let Some(entered) = self.entered else { return Entry::Changed };
        self.records.decide(entered);
        Entry::Entered
    }

    /// When the guess that let the guest in was answered.
    pub(super) fn entered_at(&self) -> Option<EventTime> {
        let (changed, _) = self.changed?;
        self.entered.map(|_| changed)
    }
}

/// Sizes within a fiftieth: the same page, with another token in it.
fn close(a: u64, b: u64) -> bool {
    a.abs_diff(b) * 50 <= a.max(b)
}
