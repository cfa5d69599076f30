//! What a file's records say about the file itself: whose clock it kept, and who its requests came from.

mod clients;
mod witness;

use std::net::IpAddr;

use sancha_model::{Event, EventClass, EventTime};

pub use clients::PrivateClients;
pub use witness::{Witness, Witnesses};

/// Of one batch, then of one file.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub witnesses: Witnesses,
    pub clients: PrivateClients,
}

impl Observed {
    /// `status` is that of a request, as it stands in the record.
    pub(crate) fn add(&mut self, event: Event<'_>, source: Option<IpAddr>, status: &[u8]) {
        match event.class() {
            EventClass::Web => {
                self.clients.add(source);
                // The error log has what was refused or failed; of the access log nothing else is needed.
                if matches!(status.first(), Some(b'4' | b'5')) {
                    self.witnesses.add(event, source);
                }
            }
            EventClass::WebError => self.witnesses.add(event, source),
            _ => {}
        }
    }

    /// Adds a login: how it ended and on which host, as they stand in the record.
    pub(crate) fn add_login(
        &mut self,
        time: Option<EventTime>,
        source: Option<IpAddr>,
        [outcome, host]: [&[u8]; 2],
    ) {
        if let Some((time, source)) = time.zip(source) {
            self.witnesses.add_login(time, source, [outcome, host]);
        }
    }

    /// Adds the next batch of the same file.
    pub fn merge(&mut self, next: &Self) {
        self.witnesses.merge(&next.witnesses);
        self.clients.merge(&next.clients);
    }

    pub(crate) fn clear(&mut self) {
        self.witnesses.clear();
        self.clients.clear();
    }
}
