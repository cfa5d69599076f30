use std::net::IpAddr;

use sancha_model::{EventTime, Match, RecordId};

/// What one record contributes to correlation.
///
/// Small for the ordinary request; names and matches stand in `detail`, which most records lack.
#[derive(Clone, Debug)]
pub struct Signal {
    /// When it happened; a record without a time takes that of the record before it in its file.
    pub time: EventTime,
    pub at: RecordId,
    pub line: u64,
    pub source: Option<IpAddr>,
    pub kind: SignalKind,
    pub detail: Option<Box<Detail>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// Any HTTP request.
    Request { status: u16, path: u32 },
    /// A request that sends a login form; `path` is the hash of its path.
    WebLogin { status: u16, path: u32 },
    /// A request that may bring a file: sent to a path that looks like an upload.
    Upload { status: u16, path: u32 },
    /// A login to a service. `weight` counts repeats that the log folded into one line.
    Login { success: bool, weight: u32 },
    /// A rule fired that counts only in correlations.
    Counted,
    /// A rule fired; `detail.matched` is there. `status` is 0 where there is no HTTP answer.
    Match { status: u16, path: u32 },
}

#[derive(Clone, Debug, Default)]
pub struct Detail {
    pub host: Option<Box<str>>,
    pub user: Option<Box<str>>,
    /// What was touched: a URL path, a file, a statement's table.
    pub object: Option<Box<str>>,
    /// The service that was logged in to, or the program that a local record names.
    pub service: Option<Box<str>>,
    pub matched: Option<Match>,
    /// The correlation rules that this record counts for.
    pub parts: Vec<Part>,
}

/// A record's part in one correlation rule.
#[derive(Clone, Debug)]
pub struct Part {
    /// Place in the list of correlation rules.
    pub correlation: u32,
    /// The values that it is grouped by.
    pub group: Box<str>,
    /// The value that a `value_count` counts.
    pub value: Option<Box<str>>,
}

impl Signal {
    /// Order of a run: by time, then by place.
    pub fn order(&self) -> (EventTime, RecordId) {
        (self.time, self.at)
    }

    pub(crate) fn user(&self) -> Option<&str> {
        self.detail.as_ref()?.user.as_deref()
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.detail.as_ref()?.host.as_deref()
    }

    pub(crate) fn service(&self) -> Option<&str> {
        self.detail.as_ref()?.service.as_deref()
    }

    pub(crate) fn object(&self) -> Option<&str> {
        self.detail.as_ref()?.object.as_deref()
    }

    pub(crate) fn matched(&self) -> Option<&Match> {
        self.detail.as_ref()?.matched.as_ref()
    }
}

/// FNV-1a, 64 bits: a stable hash for ids and path marks. Not for tables that an attacker can fill.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A path's mark: 32 bits of its hash, enough to tell a source's paths apart.
pub(crate) fn path_mark(path: &[u8]) -> u32 {
    let hash = fnv1a(path);
    u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or(0)
}
