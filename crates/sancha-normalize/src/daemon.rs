//! What daemons write when they refuse somebody: a login that failed, or a request that they turned away.
//!
//! In: the program's name (empty where a log has none) and its message. Out: cells. One list of
//! sentences per kind of service; see [`pattern`] for how they are written. A daemon that is not listed
//! is read with care by [`hint`]: a phrase that everybody uses for a failed login, and one remote address.
//!
//! | told | `event.category` | `event.action` | `event.outcome` | counts as a login |
//! | --- | --- | --- | --- | --- |
//! | a login failed | authentication | `login` | failure | yes |
//! | the same, which another line of the daemon counts | authentication | `authenticate` | failure | no |
//! | a request, call, query or peer was refused | network | `refused` | failure | no |
//! | a login went well | authentication | `login` | success | yes |
//! | a setting of the server was changed | configuration | `change` | success | no |
//!
//! A daemon that splits one event over two lines is read through [`peers`].

mod apps;
mod database;
mod dns;
#[cfg(test)]
mod fast_path;
mod ftp;
mod gate;
mod general;
mod hint;
mod mail;
mod network;
#[cfg(test)]
mod order;
mod pattern;
mod peers;
mod remote;
mod telephony;
mod web;

use std::sync::LazyLock;

use sancha_model::{EventClass, FieldId, RowWriter};

use crate::{encoding, nearby, program, scan};
use gate::Gate;
use pattern::{Found, Host, Search};
pub(crate) use peers::{Peers, Speaker};

/// One sentence of a daemon.
pub(crate) struct Saying {
    /// See [`pattern`].
    text: &'static str,
    tells: Tells,
    /// For `event.reason`.
    reason: &'static str,
    /// Part of the name of the program that says it; empty where the words alone tell.
    by: &'static str,
    /// What a line shortly before it says of the same source, where that one counts the try already.
    unless: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    Failure,
    /// Another line of the same daemon counts the try.
    Again,
    Refusal,
    Success,
    /// Somebody who had logged in changed a setting of the server.
    Change,
    /// Ordinary, though it may sound like a failure.
    Nothing,
    /// Anybody's words for a failed login: read only with one remote address beside them.
    Hint,
    /// Ordinary: whose connection it is, by address or account. See [`peers`].
    Peer,
    /// Somebody was refused whom a later line of the connection names.
    Unnamed,
    /// The line that names them; a refusal if there was one.
    Named,
}

impl Saying {
    const fn new(tells: Tells, reason: &'static str, text: &'static str) -> Self {
        Self { text, tells, reason, by: "", unless: "" }
    }

    const fn by(self, by: &'static str) -> Self {
        Self { by, ..self }
    }

    const fn unless(self, unless: &'static str) -> Self {
        Self { unless, ..self }
    }

    /// What it tells beside the lines before it.
    fn tells_beside(&self, row: &RowWriter<'_>, found: &Found<'_>) -> Tells {
        let is_told =
            |source: Host<'_>| nearby::before_has(row, &[self.unless.as_bytes(), source.text]);
        if !self.unless.is_empty() && found.source.is_some_and(is_told) {
            return Tells::Again;
        }
        self.tells
    }
}

const fn failure(reason: &'static str, text: &'static str) -> Saying {
    Saying::new(Tells::Failure, reason, text)
}

const fn again(reason: &'static str, text: &'static str) -> Saying {
    Saying::new(Tells::Again, reason, text)
}

const fn refusal(reason: &'static str, text: &'static str) -> Saying {
    Saying::new(Tells::Refusal, reason, text)
}

const fn success(text: &'static str) -> Saying {
    Saying::new(Tells::Success, "", text)
}

const fn change(text: &'static str) -> Saying {
    Saying::new(Tells::Change, "", text)
}

const fn peer(text: &'static str) -> Saying {
    Saying::new(Tells::Peer, "", text)
}

const fn nothing(text: &'static str) -> Saying {
    Saying::new(Tells::Nothing, "", text)
}

/// Every list, in the order in which sentences are tried: what says more before what is part of it, the hints last.
static ALL: &[&[Saying]] = &[
    mail::SAYINGS,
    ftp::SAYINGS,
    remote::SAYINGS,
    dns::SAYINGS,
    telephony::SAYINGS,
    web::SAYINGS,
    database::SAYINGS,
    apps::SAYINGS,
    network::SAYINGS,
    general::SAYINGS,
    hint::SAYINGS,
];

struct Sayings {
    gate: Gate,
    list: Vec<&'static Saying>,
}

static SAYINGS: LazyLock<Sayings> = LazyLock::new(|| {
    let list: Vec<&Saying> = ALL.iter().flat_map(|list| list.iter()).collect();
    Sayings { gate: Gate::new(list.iter().copied()), list }
});

/// Longer messages are no daemon's sentence; their head is read.
const MOST_BYTES: usize = 4_096;

/// Reads what `program` says about somebody it refused or let in. `None`: nothing of that kind.
pub(crate) fn read(row: &mut RowWriter<'_>, program: &[u8], message: &[u8]) -> Option<()> {
    // Nothing is remembered of a speaker whose lines come alone.
    read_beside(row, Speaker::program(program), message, &mut Peers::default())
}

/// The same for a log that holds a daemon's lines in their order.
pub(crate) fn read_beside(
    row: &mut RowWriter<'_>,
    speaker: Speaker<'_>,
    message: &[u8],
    peers: &mut Peers,
) -> Option<()> {
    let message = encoding::head(message, MOST_BYTES);
    match encoding::foreign(message) {
        Some(message) => told(row, speaker, &message, peers),
        None => told(row, speaker, message, peers),
    }
}

fn told(
    row: &mut RowWriter<'_>,
    speaker: Speaker<'_>,
    message: &[u8],
    peers: &mut Peers,
) -> Option<()> {
    let woken = SAYINGS.gate.wake(message);
    let mut search = Search::of_message();
    for place in woken.places() {
        let (Some(saying), Some(pattern)) =
            (SAYINGS.list.get(usize::from(place)), SAYINGS.gate.pattern(place))
        else {
            continue;
        };
        if !contains(speaker.program, saying.by.as_bytes()) {
            continue;
        }
        let Some(mut found) = pattern.find(message, &mut search) else { continue };
        match saying.tells {
            Tells::Nothing => return None,
            Tells::Peer | Tells::Unnamed => return remember(speaker, saying, &found, peers),
            Tells::Named if !is_refused(speaker, &found, peers) => continue,
            _ => {}
        }
        let may_have_source = saying.tells != Tells::Change && found.connection.is_none();
        if !pattern.has_source() && may_have_source {
            found.source = hint::remote(message);
        }
        let has_address =
            |name| peers.get(speaker, name).is_some_and(|peer| peer.address.is_some());
        let known = found.source.is_some()
            || row.has(FieldId::SOURCE_IP)
            || found.connection.is_some_and(has_address);
        let needs_source = matches!(saying.tells, Tells::Hint | Tells::Refusal);
        if (needs_source && !known) || (saying.tells == Tells::Hint && hint::is_denied(message)) {
            continue;
        }
        let tells = saying.tells_beside(row, &found);
        write(row, speaker.program, (tells, saying.reason), &found);
        if let Some(name) = found.connection {
            peers.write(row, speaker, name);
        }
        return Some(());
    }
    None
}

/// Keeps what a line tells of its connection. It is no event.
fn remember(
    speaker: Speaker<'_>,
    saying: &Saying,
    found: &Found<'_>,
    peers: &mut Peers,
) -> Option<()> {
    let name = found.connection?;
    if saying.tells == Tells::Unnamed {
        peers.refuse(speaker, name);
    } else if let Some(host) = found.source {
        peers.begin(speaker, name, host.address);
    } else if let Some(user) = found.user {
        peers.set_user(speaker, name, user.trim_ascii());
    }
    None
}

fn is_refused(speaker: Speaker<'_>, found: &Found<'_>, peers: &Peers) -> bool {
    let peer = found.connection.and_then(|name| peers.get(speaker, name));
    peer.is_some_and(|peer| peer.is_refused)
}

fn contains(program: &[u8], part: &[u8]) -> bool {
    part.is_empty() || memchr::memmem::find(program, part).is_some()
}

fn write(
    row: &mut RowWriter<'_>,
    program: &[u8],
    (tells, reason): (Tells, &'static str),
    found: &Found<'_>,
) {
    let (category, action, outcome) = match tells {
        Tells::Failure | Tells::Hint => ("authentication", "login", "failure"),
        Tells::Again => ("authentication", "authenticate", "failure"),
        Tells::Success => ("authentication", "login", "success"),
        Tells::Change => ("configuration", "change", "success"),
        Tells::Refusal | Tells::Nothing | Tells::Peer | Tells::Unnamed | Tells::Named => {
            ("network", "refused", "failure")
        }
    };
    if category == "authentication" {
        row.class(EventClass::Authentication);
    }
    row.constant(FieldId::EVENT_CATEGORY, category);
    row.constant(FieldId::EVENT_ACTION, action);
    row.constant(FieldId::EVENT_OUTCOME, outcome);
    if !reason.is_empty() {
        row.constant(FieldId::EVENT_REASON, reason);
    }
    if !program.is_empty() && !row.has(FieldId::SERVICE_NAME) {
        row.text(FieldId::SERVICE_NAME, program);
    }
    if let Some(name) = found
        .user
        .map(<[u8]>::trim_ascii)
        .filter(|name| !row.has(FieldId::USER_NAME) && name.len() <= 256)
    {
        program::user(row, FieldId::USER_NAME, name);
    }
    if let Some(count) = found.count
        && let Some(value) = scan::number(count)
    {
        row.int(FieldId::REPEATED, count, value);
    }
    if let Some(host) = found.source.filter(|_| !row.has(FieldId::SOURCE_IP)) {
        source(row, &host);
    }
}

fn source(row: &mut RowWriter<'_>, host: &Host<'_>) {
    match host.address {
        Some(address) => row.ip(FieldId::SOURCE_IP, host.text, address),
        None => row.text(FieldId::SOURCE_ADDRESS, host.text),
    }
    if let Some(port) = scan::number(host.port).filter(|_| !row.has(FieldId::SOURCE_PORT)) {
        row.int(FieldId::SOURCE_PORT, host.port, port);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, Fields};

    use super::*;
    use crate::{FileContext, Formats, Scratch, normalize};

    #[test]
    fn a_long_message_is_cut_where_a_character_ends() {
        let formats = Formats::new(Vec::new());
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let said = "Failed login for user 李雷 from IP: 203.0.113.9 ";
        for line in (0..4).map(|shift| said.to_owned() + &"x".repeat(shift) + &"登录".repeat(900))
        {
            for raw in [line.clone().into_bytes(), encoding::gb18030_of(&line).unwrap()] {
                let mut batch = Batch::default();
                batch.raw = raw;
                let format = formats.named("text/plain").unwrap();
                normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
                let event = batch.events().next().unwrap();
                let name = String::from_utf8_lossy(event.field_text(FieldId::USER_NAME));
                assert_eq!(name, "李雷");
            }
        }
    }

    #[test]
    fn every_sentence_has_a_part_to_be_found_by() {
        for saying in ALL.iter().flat_map(|list| list.iter()) {
            let pattern = pattern::Pattern::new(saying.text);
            assert!(pattern.literals().any(|part| part.len() >= 4), "{}", saying.text);
        }
    }

    #[test]
    fn every_file_of_the_folder_is_used() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/daemon");
        let source = include_str!("daemon.rs");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let list =
                std::fs::read_to_string(&path).unwrap().contains("static SAYINGS: &[Saying]");
            assert!(!list || source.contains(&format!("{stem}::SAYINGS")), "{stem}");
        }
    }
}
