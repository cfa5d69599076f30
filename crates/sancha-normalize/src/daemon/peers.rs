//! What a daemon said of a connection in an earlier line, for the lines that leave it out: slapd gives the
//! address when it accepts and only a number when a password is refused; sendmail refuses a recipient first
//! and names the relay when the mail ends.
//!
//! Kept for the lines of one batch, so that a record means the same on any number of threads; a connection
//! that spans two batches stays without its address.

use std::{
    collections::{VecDeque, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
    net::IpAddr,
};

use sancha_model::{FieldId, RowWriter};

use crate::program;

/// Connections remembered at a time: more than daemons keep open to clients that they turn away.
const KEPT: usize = 256;
/// Longer names are no account names.
const MOST_NAME_BYTES: usize = 256;

/// The program that says something, as far as its log tells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Speaker<'a> {
    pub(crate) program: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) pid: &'a [u8],
}

impl<'a> Speaker<'a> {
    pub(crate) fn program(program: &'a [u8]) -> Self {
        Self { program, ..Self::default() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Peers {
    known: VecDeque<Peer>,
    /// Numbers are chosen by daemons, queue ids perhaps by clients: not by a hash that they can predict.
    hashes: RandomState,
}

/// What is known of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Peer {
    key: u64,
    pub(super) address: Option<IpAddr>,
    user: Box<[u8]>,
    /// Something was refused, and the line that names the source is still to come.
    pub(super) is_refused: bool,
}

impl Default for Peers {
    fn default() -> Self {
        Self { known: VecDeque::new(), hashes: RandomState::new() }
    }
}

impl Peers {
    /// Forgets everything: a new batch begins.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// A connection or transaction of a speaker, by the name that the daemon gives it.
    pub(super) fn get(&self, speaker: Speaker<'_>, name: &[u8]) -> Option<&Peer> {
        let key = self.key(speaker, name);
        self.known.iter().rev().find(|peer| peer.key == key)
    }

    /// Its address is told: what an earlier connection of this number did is forgotten.
    pub(crate) fn begin(&mut self, speaker: Speaker<'_>, name: &[u8], address: Option<IpAddr>) {
        let key = self.key(speaker, name);
        self.known.retain(|peer| peer.key != key);
        self.add(Peer { key, address, ..Peer::default() });
    }

    pub(crate) fn set_user(&mut self, speaker: Speaker<'_>, name: &[u8], user: &[u8]) {
        let user = user.get(..MOST_NAME_BYTES).unwrap_or(user).into();
        self.entry(speaker, name).user = user;
    }

    pub(super) fn refuse(&mut self, speaker: Speaker<'_>, name: &[u8]) {
        self.entry(speaker, name).is_refused = true;
    }

    /// Cells that an earlier line of the connection had and this one lacks.
    pub(crate) fn write(&self, row: &mut RowWriter<'_>, speaker: Speaker<'_>, name: &[u8]) {
        let Some(peer) = self.get(speaker, name) else { return };
        if let Some(address) = peer.address.filter(|_| !row.has(FieldId::SOURCE_IP)) {
            row.ip(FieldId::SOURCE_IP, address.to_string().as_bytes(), address);
        }
        if !row.has(FieldId::USER_NAME) {
            program::user(row, FieldId::USER_NAME, &peer.user);
        }
    }

    fn entry(&mut self, speaker: Speaker<'_>, name: &[u8]) -> &mut Peer {
        let key = self.key(speaker, name);
        let place = self.known.iter().rposition(|peer| peer.key == key);
        let place = place.unwrap_or_else(|| {
            self.add(Peer { key, ..Peer::default() });
            self.known.len() - 1
        });
        &mut self.known[place]
    }

    fn add(&mut self, peer: Peer) {
        if self.known.len() == KEPT {
            self.known.pop_front();
        }
        self.known.push_back(peer);
    }

    fn key(&self, speaker: Speaker<'_>, name: &[u8]) -> u64 {
        let mut hasher = self.hashes.build_hasher();
        for part in [speaker.host, speaker.program, speaker.pid, name] {
            hasher.write(part);
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, Fields};

    use super::*;
    use crate::{FileContext, Formats, Head, Scratch, normalize};

    /// Action, account and address of the records that have an action, from lines of one file.
    fn told(name: &str, lines: &[&str]) -> Vec<String> {
        let formats = Formats::new(Vec::new());
        let bytes = lines.join("\n").into_bytes();
        let format = formats.detect(&Head::of(&bytes, name));
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let mut batch = Batch::default();
        batch.raw = bytes;
        normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
        let fields = [FieldId::EVENT_ACTION, FieldId::USER_NAME, FieldId::SOURCE_IP];
        let text = |event: sancha_model::Event<'_>| {
            fields.map(|field| String::from_utf8_lossy(event.field_text(field)).into_owned())
        };
        let told = batch.events().filter(|event| event.cell(FieldId::EVENT_ACTION).is_some());
        told.map(|event| text(event).join(" ")).collect()
    }

    #[test]
    fn directories_name_the_client_when_they_accept_it() {
        let line = |text: &str| format!("Oct 22 03:14:15 srv slapd[9]: {text}");
        let lines = [
            line("conn=7 fd=21 ACCEPT from IP=203.0.113.9:45011 (IP=0.0.0.0:389)"),
            line("conn=8 fd=22 ACCEPT from IP=192.0.2.8:45012 (IP=0.0.0.0:389)"),
            line("conn=7 op=0 BIND dn=\"uid=li,dc=example\" method=128"),
            line("conn=7 op=0 RESULT tag=97 err=49 text="),
            line("conn=8 op=0 RESULT tag=97 err=0 text="),
            line("conn=9 op=0 RESULT tag=97 err=49 text="),
        ];
        let lines = lines.each_ref().map(String::as_str);
        assert_eq!(told("slapd.log", &lines), ["login uid=li,dc=example 203.0.113.9", "login  "]);
    }

    #[test]
    fn sendmail_names_the_relay_after_the_refusal() {
        let lines = [
            "Jun 17 14:37:39 <mail.notice> robin sm-mta[2794]: 55HIbcGI002794: <a@example.org>... User unknown",
            "Jun 17 14:37:39 <mail.info> robin sm-mta[2794]: 55HIbcGI002794: from=<x@example.org>, size=8, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=[203.0.113.9]",
            "Jun 17 14:37:40 <mail.info> robin sm-mta[2795]: 55HIbcGI002795: from=<x@example.org>, size=8, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=[203.0.113.8]",
        ];
        assert_eq!(told("maillog", &lines), ["refused  203.0.113.9"]);
    }

    #[test]
    fn databases_name_the_client_when_it_connects() {
        let lines = [
            "2026-07-07T05:14:00.110+0100 [initandlisten] connection accepted from 203.0.113.9:53276 #15 (1 connection now open)",
            "2026-07-07T05:14:00.110+0100 [conn15] Failed to authenticate root@test with mechanism MONGODB-CR: AuthenticationFailed",
        ];
        assert_eq!(told("mongod.log", &lines), ["login root 203.0.113.9"]);
        let lines = [
            "2026-07-07 05:14:00.110 UTC [77] LOG:  connection received: host=203.0.113.9 port=51234",
            "2026-07-07 05:14:00.210 UTC [77] app@db FATAL:  password authentication failed for user \"app\"",
        ];
        assert_eq!(
            told("postgresql.log", &lines),
            ["connection  203.0.113.9", "login app 203.0.113.9"]
        );
    }

    #[test]
    fn brokers_and_gateways_name_the_client_before_they_refuse_it() {
        let lines = [
            "2026-11-20 09:00:05.367000+00:00 [error] <0.900.0> Error on AMQP connection <0.900.0> (203.0.113.77:50123 -> 10.0.0.2:5672, state: starting):",
            "2026-11-20 09:00:05.367000+00:00 [error] <0.900.0> PLAIN login refused: user 'admin' - invalid credentials",
        ];
        assert_eq!(told("rabbit.log", &lines), ["login admin 203.0.113.77"]);
        let lines = [
            "2026-11-20T09:00:05.383Z !! [FTP Session 12 203.0.113.77] USER admin",
            "2026-11-20T09:00:05.383Z == [FTP Session 12 203.0.113.77] 530 Login incorrect.",
        ];
        assert_eq!(told("filezilla.log", &lines), ["login admin 203.0.113.77"]);
        let lines = [
            "Nov 20 01:00:00 vpn charon[712]: 05[IKE] <180> 203.0.113.77 is initiating an IKE_SA",
            "Nov 20 01:00:02 vpn charon[712]: 07[IKE] <rw|180> EAP method EAP_MSCHAPV2 failed for peer erin",
        ];
        assert_eq!(told("charon.log", &lines), ["login erin 203.0.113.77"]);
    }

    const SLAPD: Speaker<'_> = Speaker { program: b"slapd", host: b"srv", pid: b"9" };

    #[test]
    fn a_connection_is_known_until_too_many_others_came() {
        let mut peers = Peers::default();
        let address = "203.0.113.9".parse().ok();
        peers.begin(SLAPD, b"7", address);
        assert_eq!(peers.get(SLAPD, b"7").and_then(|peer| peer.address), address);
        assert!(peers.get(Speaker { host: b"other", ..SLAPD }, b"7").is_none());
        for number in 0..KEPT {
            peers.set_user(SLAPD, format!("x{number}").as_bytes(), b"u");
        }
        assert!(peers.get(SLAPD, b"7").is_none());
        assert_eq!(peers.known.len(), KEPT);
    }

    #[test]
    fn a_number_used_again_is_another_connection() {
        let mut peers = Peers::default();
        peers.set_user(SLAPD, b"7", b"root");
        peers.begin(SLAPD, b"7", None);
        assert!(peers.get(SLAPD, b"7").is_some_and(|peer| peer.user.is_empty()));
    }
}
