//! What came of attacks, by the answers that a site gives to all who ask: seen where all requests of all
//! sources come together.
//!
//! A path is watched from the first attack on it that was answered. Ordinary answers of it, before and from then on,
//! teach what it usually holds; an attack that got far more has likely read something. A file that a request wrote
//! is watched likewise, and so is the first script of a site that nobody had been served before.

mod files;

use std::{collections::BTreeMap, net::IpAddr};

use hashbrown::HashMap;
use sancha_model::{EventTime, Family, Level, LocalText, Outcome, RecordId, Scenario};

use files::Files;

use super::{
    ordinary::{Answers, Ordinary, mix},
    packed::{Drafts, Packed},
    private::Private,
    source::UPLOAD_TO_USE,
    tally::Script,
    usual::UsualAnswers,
};
use crate::{
    MethodClass, Request, SignalKind,
    flood::{Flood, Traits},
    signal::Seen,
    texts,
};

/// Paths watched at a time, and sources remembered for each. Later ones stay unwatched.
const PATHS_KEPT: usize = 1_024;
const ATTACKS_KEPT: usize = 8;
/// Fewer ordinary answers do not show what is usual.
const ENOUGH_ORDINARY: u32 = 30;
/// Far more: so many times the largest ordinary answer, and by at least so many bytes.
const TIMES_LARGEST: u32 = 4;
const LEAST_MORE_BYTES: u32 = 8 << 10;
/// Uploads remembered, and how long after one a new script is likely its doing. The uploader comes back
/// later than anybody stumbles over a page that was not asked for before.
const UPLOADS_KEPT: usize = 64;
const UPLOADER_RETURNS: i64 = EventTime::DAY;
const OTHERS_COME: i64 = 30 * EventTime::MINUTE;
/// One bit per path that was answered, by hash: 128 KiB. Where two paths share one, the later is not new.
const ANSWERED_BITS: usize = 1 << 20;
const FILTER_BITS: usize = 1 << 12;
const SIGNS_KEPT: usize = 4_096;

/// A record's place in its log.
type Place = (RecordId, u64);

#[derive(Clone, Default)]
pub(super) struct Followed {
    paths: HashMap<(u32, u32), Path, foldhash::fast::RandomState>,
    /// A bit for each watched path: nearly every request is spared the look-up.
    filter: Vec<u64>,
    answered: Vec<u64>,
    usual: UsualAnswers,
    /// Uploads that look like attacks, and all of them, latest last.
    uploads: Vec<Written>,
    sent: Vec<Written>,
    private: Private,
    signs: Vec<Sign>,
    answers: Answers,
}

#[derive(Clone, Debug, Default)]
struct Path {
    object: Box<str>,
    method: MethodClass,
    attacks: Vec<Attack>,
    read: Vec<Files>,
    ordinary: u32,
    largest: u32,
    written: Option<Written>,
}

/// The largest answer that a source got to its attacks of one kind.
#[derive(Clone, Copy, Debug)]
struct Attack {
    source: IpAddr,
    scenario: Scenario,
    bytes: u32,
    time: EventTime,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    source: IpAddr,
    scenario: Scenario,
    site: u32,
    time: EventTime,
    place: Place,
}

/// A second signal of an attack.
#[derive(Clone, Debug)]
pub(super) struct Sign {
    source: IpAddr,
    scenario: Scenario,
    /// A time of the attack.
    time: EventTime,
    /// The record that shows it.
    place: Place,
    reason: LocalText,
    /// The script that answered, and how many bytes.
    by: Option<(Script, u32)>,
    /// The answer was far larger than others: data went out.
    gave_data: bool,
}

impl Followed {
    /// Looks at a request of any source. `flood` knows whether a site has been seen for long enough.
    pub(super) fn accept(&mut self, seen: Seen<'_>, request: Request, flood: &Flood) {
        let Some(source) = seen.source else { return };
        self.private.attacked(seen, &request, source);
        if !(200..300).contains(&request.status) {
            return;
        }
        let is_new = self.is_new(&request);
        self.answers.accept(seen, &request, source);
        match seen.kind {
            SignalKind::Match {
                scenario: scenario @ (Scenario::WEB_UPLOAD | Scenario::PAGE_DEFACE),
                ..
            } => self.wrote(seen, &request, source, scenario),
            SignalKind::Match { scenario: Scenario::WEB_SHELL, .. } if is_new => {
                self.new_shell(seen, &request, source, flood);
            }
            SignalKind::Upload(_) => {
                push(&mut self.sent, written(seen, &request, source, Scenario::WEB_UPLOAD));
            }
            SignalKind::Match { scenario, .. } if reads(scenario) => {
                self.attacked(seen, &request, source, scenario);
            }
            SignalKind::Match { .. } => {}
            _ => self.usual.learn(&request, mix(&request)),
        }
        if self.is_watched(&request) {
            self.watched(seen, &request, source);
        }
        if is_new && request.traits.has(Traits::SCRIPT) && flood.knows(request.site) {
            self.private.opened(seen, &request);
            self.new_script(seen, &request, source);
        }
        self.private.answered(seen, &request, source, flood);
    }

    /// Whether nobody was served this path before.
    fn is_new(&mut self, request: &Request) -> bool {
        if self.answered.is_empty() {
            self.answered = vec![0; ANSWERED_BITS / 64];
        }
        set(&mut self.answered, mix(request) % ANSWERED_BITS)
    }

    fn is_watched(&self, request: &Request) -> bool {
        let at = mix(request) % FILTER_BITS;
        self.filter.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn path(&mut self, seen: Seen<'_>, request: &Request) -> Option<&mut Path> {
        let key = (request.site, request.path);
        if self.paths.len() >= PATHS_KEPT && !self.paths.contains_key(&key) {
            return None;
        }
        self.filter.resize(FILTER_BITS / 64, 0);
        set(&mut self.filter, mix(request) % FILTER_BITS);
        let usual = self.usual.of(request, mix(request));
        let new = || Path {
            object: seen.object().unwrap_or_default().into(),
            method: request.method(),
            ordinary: usual.count,
            largest: usual.largest,
            ..Path::default()
        };
        Some(self.paths.entry(key).or_insert_with(new))
    }

    fn attacked(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr, scenario: Scenario) {
        let Some(path) = self.path(seen, request) else { return };
        let attack = Attack {
            source,
            scenario,
            bytes: request.bytes,
            time: seen.stated,
            place: (seen.at, seen.line),
        };
        if scenario == Scenario::WEB_TRAVERSAL {
            path.asked_for_file(&attack);
        }
        let same = |known: &&mut Attack| known.source == source && known.scenario == scenario;
        if let Some(known) = path.attacks.iter_mut().find(same) {
            if known.bytes < attack.bytes {
                *known = attack;
            }
        } else if path.attacks.len() < ATTACKS_KEPT {
            path.attacks.push(attack);
        }
    }

    fn wrote(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr, scenario: Scenario) {
        let written = written(seen, request, source, scenario);
        if scenario == Scenario::WEB_UPLOAD {
            push(&mut self.uploads, written);
        }
        // Only `PUT` names the file that it writes; a form's path is asked for by everybody.
        if request.method() == MethodClass::Put
            && let Some(path) = self.path(seen, request)
        {
            path.written.get_or_insert(written);
        }
    }

    /// A request of a watched path: of its attacker, or an ordinary one.
    fn watched(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let Some(path) = self.paths.get_mut(&(request.site, request.path)) else { return };
        let is_attack = matches!(seen.kind, SignalKind::Match { .. });
        let is_attacker = path.attacks.iter().any(|attack| attack.source == source);
        if !is_attack && !is_attacker && request.method() == path.method {
            path.ordinary = path.ordinary.saturating_add(1);
            path.largest = path.largest.max(request.bytes);
        }
        if request.method() == MethodClass::Read
            && let Some(written) = path.written.take()
        {
            let values = [
                ("object", LocalText::same(&*path.object)),
                ("source", LocalText::same(source.to_string())),
            ];
            self.tell(Sign {
                source: written.source,
                scenario: written.scenario,
                time: written.time,
                place: (seen.at, seen.line),
                reason: texts::REASON_WRITTEN_USED.fill(&values),
                by: Some(((request.site, request.path), request.bytes)),
                gave_data: false,
            });
        }
    }

    /// A script of a well-known site answers for the first time, not long after somebody sent one.
    fn new_script(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr) {
        let follows = |upload: &&Written| {
            let limit = if upload.source == source { UPLOADER_RETURNS } else { OTHERS_COME };
            let after = seen.time.since(upload.time);
            upload.site == request.site && after > 0 && after <= limit
        };
        let Some(upload) = self.uploads.iter().rfind(follows).copied() else { return };
        self.uploads.retain(|known| known.source != upload.source || known.site != upload.site);
        self.tell(Sign {
            source: upload.source,
            scenario: Scenario::WEB_UPLOAD,
            time: upload.time,
            place: (seen.at, seen.line),
            reason: texts::REASON_NEW_SCRIPT
                .fill(&[("source", LocalText::same(source.to_string()))]),
            by: Some(((request.site, request.path), request.bytes)),
            gave_data: false,
        });
    }

    /// A script among uploads is served for the first time, after somebody else had sent a file.
    fn new_shell(&mut self, seen: Seen<'_>, request: &Request, source: IpAddr, flood: &Flood) {
        let brought = |upload: &&Written| {
            let after = seen.time.since(upload.time);
            upload.site == request.site && after > 0 && after <= UPLOAD_TO_USE
        };
        let Some(upload) = self.sent.iter().rfind(brought).filter(|_| flood.knows(request.site))
        else {
            return;
        };
        self.tell(Sign {
            source,
            scenario: Scenario::WEB_SHELL,
            time: seen.stated,
            place: upload.place,
            reason: texts::REASON_NEW_SHELL
                .fill(&[("source", LocalText::same(upload.source.to_string()))]),
            by: Some(((request.site, request.path), request.bytes)),
            gave_data: false,
        });
    }

    /// A site with so many signs needs no more: whoever chooses paths must not fill the memory.
    fn tell(&mut self, sign: Sign) {
        if self.signs.len() < SIGNS_KEPT {
            self.signs.push(sign);
        }
    }

    pub(super) fn close(self, drafts: &mut Drafts) -> (Vec<Sign>, Ordinary) {
        self.private.close(drafts);
        let ordinary = self.answers.close();
        let mut signs = self.signs;
        signs.retain(|sign| sign.by.is_none_or(|by| !ordinary.is(by)));
        for path in self.paths.into_values() {
            signs.extend(path.larger_answers());
            signs.extend(path.read.iter().filter_map(Files::sign));
        }
        (signs, ordinary)
    }
}

impl Path {
    fn asked_for_file(&mut self, attack: &Attack) {
        if let Some(files) = self.read.iter_mut().find(|files| files.is_of(attack.source)) {
            files.add(attack);
        } else if self.read.len() < ATTACKS_KEPT {
            self.read.push(Files::of(attack));
        }
    }

    fn larger_answers(&self) -> impl Iterator<Item = Sign> {
        let far = self.largest.saturating_mul(TIMES_LARGEST);
        let far = far.max(self.largest.saturating_add(LEAST_MORE_BYTES));
        let is_far = move |attack: &&Attack| attack.bytes > far;
        let enough = self.ordinary >= ENOUGH_ORDINARY;
        self.attacks.iter().filter(move |_| enough).filter(is_far).map(|attack| Sign {
            source: attack.source,
            scenario: attack.scenario,
            time: attack.time,
            place: attack.place,
            reason: texts::REASON_LARGER_ANSWER.fill(&[
                ("object", LocalText::same(&*self.object)),
                ("bytes", LocalText::same(attack.bytes.to_string())),
                ("count", LocalText::same(self.ordinary.to_string())),
                ("usual", LocalText::same(self.largest.to_string())),
            ]),
            by: None,
            gave_data: true,
        })
    }
}

fn written(seen: Seen<'_>, request: &Request, source: IpAddr, scenario: Scenario) -> Written {
    Written { source, scenario, site: request.site, time: seen.time, place: (seen.at, seen.line) }
}

fn push(uploads: &mut Vec<Written>, written: Written) {
    if uploads.len() == UPLOADS_KEPT {
        uploads.remove(0);
    }
    uploads.push(written);
}

/// Attacks that read what they should not: their success is in the size of the answer.
fn reads(scenario: Scenario) -> bool {
    scenario.family() == Family::WebAttack
        && !matches!(scenario, Scenario::WEB_XSS | Scenario::WEB_SHELL | Scenario::WEB_UPLOAD)
}

/// Signs by the source and kind of the attacks that they belong to.
#[derive(Default)]
pub(super) struct Signs {
    all: BTreeMap<(IpAddr, Scenario), Vec<Sign>>,
    ordinary: Ordinary,
}

impl Signs {
    pub(super) fn add(&mut self, mut signs: Vec<Sign>, ordinary: Ordinary) {
        signs.sort_by_key(|sign| (sign.time, sign.place));
        for sign in signs {
            self.all.entry((sign.source, sign.scenario)).or_default().push(sign);
        }
        self.ordinary.extend(ordinary);
    }

    /// Raises findings, where nothing else has told what came of the attack, and takes back what only ordinary answers
    /// told.
    pub(super) fn apply(&self, drafts: &mut Drafts) {
        let mut is_open = false;
        drafts.retain_mut(|draft| {
            let is_use = draft.analysis == Some("sancha.upload.used");
            if is_use {
                return self.is_first_use(draft, &mut is_open);
            }
            if draft.scenario == Scenario::WEB_SHELL && !self.ordinary.is_empty() {
                self.take_back(draft);
            }
            self.raise(draft);
            draft.scenario != Scenario::WEB_SHELL
                || draft.outcome != Outcome::NotDeterminable
                || !self.is_of_site(draft)
        });
    }

    /// Of the uses of what a source uploaded the first one stands whose answer shows something. `is_open`: none did so far.
    fn is_first_use(&self, draft: &Packed, is_open: &mut bool) -> bool {
        let scripts = draft.rest().scripts;
        if scripts.instead_of == 0 {
            *is_open = true;
        }
        let shows = scripts.used.iter().any(|used| !self.ordinary.is(*used));
        let stands = *is_open && shows;
        *is_open &= !stands;
        stands
    }

    /// A web shell that only such answers showed in use.
    fn take_back(&self, draft: &mut Packed) {
        let used = draft.rest().scripts.used;
        if draft.outcome == Outcome::LikelySucceeded
            && !used.is_empty()
            && used.iter().all(|used| self.ordinary.is(*used))
        {
            draft.outcome = Outcome::NotDeterminable;
            draft.level = Level::Medium;
            draft.reason = (&texts::REASON_SHELL_SAME_ANSWER).into();
        }
    }

    /// All that the source read is the site's own.
    fn is_of_site(&self, draft: &Packed) -> bool {
        if self.ordinary.is_empty() {
            return false;
        }
        let read = draft.rest().scripts.read;
        !read.is_empty() && read.iter().all(|script| self.ordinary.owns(*script))
    }

    fn raise(&self, draft: &mut Packed) {
        let key = draft.source.map(|source| (source, draft.scenario));
        let open = draft.outcome == Outcome::NotDeterminable && draft.has_requests;
        let signs = key.filter(|_| open).and_then(|key| self.all.get(&key));
        for sign in signs.into_iter().flatten() {
            let within = draft.first.is_some_and(|first| first <= sign.time)
                && draft.last.is_some_and(|last| last >= sign.time);
            if !within {
                continue;
            }
            draft.decide(sign.place.0, sign.place.1);
            draft.gave_data |= sign.gave_data;
            if draft.outcome == Outcome::NotDeterminable {
                draft.outcome = Outcome::LikelySucceeded;
                draft.level = Level::Critical;
                draft.reason = sign.reason.clone().into();
            }
        }
    }
}

/// Sets a bit; whether it was not set before.
fn set(bits: &mut [u64], at: usize) -> bool {
    let Some(word) = bits.get_mut(at / 64) else { return false };
    let before = *word;
    *word |= 1 << (at % 64);
    *word != before
}
