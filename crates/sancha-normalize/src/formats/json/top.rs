//! What the top level of a line says by names that have no rule of their own.

use std::sync::LazyLock;

use super::{
    cloud,
    habit::{HABITS, Habit, NESTED, QUERIES},
    jumpserver,
    time::TIMES,
    windows,
};
use crate::json::{Kind, Value};

/// What stands at the top level of a line besides the fields of rules.
#[derive(Default)]
pub(super) struct Top<'v> {
    /// The likeliest time, with its place in [`TIMES`].
    pub(super) time: Option<(usize, Value<'v>)>,
    pub(super) habits: [Option<(Habit, Value<'v>)>; 24],
    pub(super) count: usize,
    pub(super) category: Option<Value<'v>>,
    /// A target that may be less than another one, which has its query.
    pub(super) path: Option<Value<'v>>,
    /// An address of which the name does not say whose it is.
    pub(super) address: Option<Value<'v>>,
    /// Of a request whose target stands beside it.
    pub(super) query: Option<Value<'v>>,
    /// The host of an event of Windows.
    pub(super) computer: Option<Value<'v>>,
    /// A whole line of another log.
    pub(super) line: Option<Value<'v>>,
    /// It has what events of Windows have.
    pub(super) windows: bool,
    /// It has what services in a cloud, or servers that log in JSON, tell of logins by.
    pub(super) cloud: bool,
}

/// Names under which whole lines are carried.
const CARRIERS: [&[u8]; 7] =
    [b"log", b"message", b"msg", b"MESSAGE", b"short_message", b"textPayload", b"line"];

/// By first byte of a name: a bit for each length that a name we have a use for has.
static TELLING: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut lengths = [0; 256];
    let own: [&[u8]; 7] =
        [b"event.category", b"event", b"request", b"Event", b"System", b"ip", b"request_path"];
    let habits = HABITS.iter().map(|(name, _)| *name).chain(NESTED.iter().map(|(name, _)| *name));
    let marks = CARRIERS.into_iter().chain(windows::MARKS).chain(cloud::MARKS).chain(QUERIES);
    let marks = marks.chain([jumpserver::MARK]);
    for name in TIMES.into_iter().chain(own).chain(habits).chain(marks) {
        if let Some(first) = name.first() {
            lengths[usize::from(*first)] |= 1 << name.len().min(63);
        }
    }
    lengths
});

impl<'v> Top<'v> {
    pub(super) fn note(&mut self, name: &[u8], value: Value<'v>) {
        let Some(first) = name.first() else { return };
        if TELLING[usize::from(*first)] >> name.len().min(63) & 1 == 0 {
            return;
        }
        if let Some(rank) = TIMES.iter().position(|time| *time == name) {
            // Google's `id` holds the time, others hold numbers there.
            if name != b"id" || value.kind() == Kind::Object {
                self.time_of(rank, value);
            }
        }
        self.windows |= windows::MARKS.contains(&name);
        self.cloud |= cloud::MARKS.contains(&name) || name == jumpserver::MARK;
        if self.line.is_none()
            && matches!(value.kind(), Kind::Text { .. })
            && CARRIERS.contains(&name)
        {
            self.line = Some(value);
        }
        let habit = match name {
            b"event.category" => return self.category = Some(value),
            b"event" => {
                let inner = value.members().find(|(name, _)| name.raw() == b"category");
                return self.category = inner.map(|(_, value)| value);
            }
            b"Event" => {
                let system = value.members().find(|(name, _)| name.raw() == b"System");
                return system.into_iter().for_each(|(_, system)| self.system(system));
            }
            b"System" => return self.system(value),
            b"request" => Some(Habit::Request),
            b"ip" => return self.address = Some(value),
            b"request_path" => return self.path = Some(value),
            name if QUERIES.contains(&name) && matches!(value.kind(), Kind::Text { .. }) => {
                return self.query = Some(value);
            }
            name => {
                let known = HABITS.iter().find(|(habit, _)| *habit == name);
                let nested = NESTED.iter().find(|(habit, _)| *habit == name);
                known
                    .map(|(_, field)| Habit::Field(*field))
                    .or_else(|| nested.map(|(_, members)| Habit::Members(members)))
            }
        };
        if let Some((habit, slot)) = habit.zip(self.habits.get_mut(self.count)) {
            *slot = Some((habit, value));
            self.count += 1;
        }
    }

    /// `System` of a Windows event in JSON has its time in `TimeCreated` and its host in `Computer`.
    fn system(&mut self, system: Value<'v>) {
        self.computer = system.members().find(|(name, _)| name.raw() == b"Computer").map(|c| c.1);
        let created = system.members().find(|(name, _)| name.raw() == b"TimeCreated");
        if let Some((_, created)) = created {
            self.time_of(TIMES.len(), created);
        }
    }

    fn time_of(&mut self, rank: usize, value: Value<'v>) {
        // The time may be an attribute, as XML has it.
        let inside = |value: Value<'v>| {
            let names: [&[u8]; 7] = [
                b"SystemTime",
                b"@SystemTime",
                b"#attributes",
                b"#text",
                // MongoDB's extended JSON; Google's reports.
                b"$date",
                b"$numberLong",
                b"time",
            ];
            value.members().find(|(name, _)| names.contains(&name.raw())).map(|(_, value)| value)
        };
        let once = inside(value).unwrap_or(value);
        let value = inside(once).unwrap_or(once);
        if self.time.is_none_or(|(best, _)| rank < best) {
            self.time = Some((rank, value));
        }
    }
}
