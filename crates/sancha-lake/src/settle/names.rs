//! What parts and their folders are called.

use sancha_model::{Civil, EventTime};
use sancha_seal::Algorithm;

use crate::wal::WalId;

/// The companion's path beside a part's. Readers of Parquet folders pass over names that begin with `_`.
pub(crate) fn companion_path(path: &str) -> String {
    let bare = path.strip_suffix(".parquet").unwrap_or(path);
    let (folder, name) = bare.rsplit_once('/').unwrap_or(("", bare));
    format!("{folder}/_{name}.idx")
}

/// Paths of a file's parts: always the same for the same lines.
pub(super) struct Names {
    wal: WalId,
    count: u32,
}

impl Names {
    pub(super) fn new(wal: WalId) -> Self {
        Self { wal, count: 0 }
    }

    pub(super) fn next(&mut self, source: &str, day: &str) -> String {
        let number = self.count;
        self.count += 1;
        format!("data/dt={day}/source={}/{}-{number:04}.parquet", folder_name(source), self.wal)
    }
}

/// File systems take names of 255 bytes, of which `source=` and a digest need some.
const SOURCE_MAX: usize = 200;
/// Hexadecimal digits of the SHA-256 behind a name that was cut.
const TOLD_APART_BY: usize = 16;

/// The folder of a source. A name too long for one is cut behind a character and told apart by its SHA-256; the
/// entries in the log have the source in full.
pub(super) fn folder_name(source: &str) -> String {
    let whole = escaped(source);
    if whole.len() <= SOURCE_MAX {
        return whole;
    }
    let digest = Algorithm::Sha256.hash(&[source.as_bytes()]).to_string();
    let digest = digest.get(..TOLD_APART_BY).unwrap_or(&digest);
    let mut name = String::new();
    for letter in source.chars() {
        let letter = escaped(letter.encode_utf8(&mut [0; 4]));
        if name.len() + letter.len() > SOURCE_MAX - TOLD_APART_BY - 1 {
            break;
        }
        name += &letter;
    }
    format!("{name}~{digest}")
}

/// As Hive writes a value in a folder's name: what is not a letter, digit, `.`, `_` or `-` as `%` and two
/// hexadecimal digits.
fn escaped(source: &str) -> String {
    use std::fmt::Write as _;
    source.bytes().fold(String::new(), |mut name, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            name.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(name, "%{byte:02X}");
        }
        name
    })
}

/// The day of a part: `YYYY-MM-DD` in UTC.
pub(super) fn day_name(time: EventTime) -> String {
    let Civil { year, month, day, .. } = Civil::of_utc(time);
    format!("{year:04}-{month:02}-{day:02}")
}
