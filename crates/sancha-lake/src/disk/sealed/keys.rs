//! The folder of keys: one file a calendar month, outside the lake, for its owner's eyes only.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sancha_model::{Civil, EventTime};

use super::super::real::sync_folder;
use super::super::{DiskError, Operation, Trouble};
use super::cipher::PeriodKey;

/// What a key's file begins with; the month and the key in hexadecimal digits follow.
const BEGINS: &str = "sancha-period-key";

/// The keys of one lake.
pub struct PeriodKeys {
    folder: PathBuf,
    known: Mutex<HashMap<String, PeriodKey>>,
}

impl PeriodKeys {
    /// Keys in `folder`, which is made with the first of them.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), known: Mutex::default() }
    }

    /// The month whose key a file of this path is encrypted with.
    pub fn period_of(path: &str) -> Option<String> {
        period_of(path)
    }

    /// Name of the folder.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The file of a month's key.
    pub fn path(&self, period: &str) -> PathBuf {
        self.folder.join(format!("{period}.key"))
    }

    fn destroyed_path(&self, period: &str) -> PathBuf {
        self.folder.join(format!("{period}.destroyed"))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, PeriodKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of a month for what is there already.
    pub(super) fn find(&self, period: &str) -> Result<PeriodKey, DiskError> {
        self.look_up(period)?.ok_or_else(|| {
            let destroyed = fs::read_to_string(self.destroyed_path(period));
            self.no_key(
                period,
                match destroyed {
                    Ok(when) => format!("the key was destroyed on purpose: {}", when.trim()),
                    Err(_) => "no such file".to_owned(),
                },
            )
        })
    }

    /// Whether there is a key of this month.
    pub(super) fn has(&self, period: &str) -> Result<bool, DiskError> {
        Ok(self.look_up(period)?.is_some())
    }

    /// The key of a month for what is about to be written; made when there is none.
    pub(super) fn find_or_make(&self, period: &str) -> Result<PeriodKey, DiskError> {
        if let Some(key) = self.look_up(period)? {
            return Ok(key);
        }
        let path = self.path(period);
        self.make(period).map_err(|error| failed(&path, Operation::Create, error))?;
        self.find(period)
    }

    /// `None`: there is no file of this month.
    fn look_up(&self, period: &str) -> Result<Option<PeriodKey>, DiskError> {
        if let Some(key) = self.known().get(period) {
            return Ok(Some(key.clone()));
        }
        let path = self.path(period);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| failed(&path, Operation::Read, error))?,
        };
        let key = parse(&String::from_utf8_lossy(&bytes), period)
            .ok_or_else(|| self.other_key(period, "the file is no key of this month"))?;
        self.known().insert(period.to_owned(), key.clone());
        Ok(Some(key))
    }

    fn no_key(&self, period: &str, what: String) -> DiskError {
        let path = self.path(period).display().to_string();
        let trouble = if self.has_any() { Trouble::LostKey } else { Trouble::NoKey };
        DiskError::of(path, Operation::Read, trouble, what)
    }

    /// What stands in the place of a month's key is not the one that is asked for.
    pub(super) fn other_key(&self, period: &str, what: &'static str) -> DiskError {
        let path = self.path(period).display().to_string();
        DiskError::of(path, Operation::Read, Trouble::OtherKey, what)
    }

    /// Whether there is a key of some month.
    fn has_any(&self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries
            .into_iter()
            .any(|entry| entry.path().extension().is_some_and(|ending| ending == "key"))
    }

    /// Makes a key's file, durable before anything is encrypted with it. Two processes that make it at the
    /// same time get the same one: the second name is refused.
    fn make(&self, period: &str) -> io::Result<()> {
        let bytes: [u8; 32] = random()?;
        create_private_folder(&self.folder)?;
        let text = format!("{BEGINS} {period} {}\n", hex(&bytes));
        let beside = self.folder.join(format!("{period}.{}.new", hex(&random::<8>()?)));
        let mut file = private_file(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let named = fs::hard_link(&beside, self.path(period));
        fs::remove_file(&beside)?;
        match named {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        sync_folder(&self.folder)
    }

    /// Destroys a month's key: what is encrypted with it is lost for ever, wherever a copy of it may be.
    /// `when` is said to who looks for it later. `false`: there was none.
    ///
    /// The file is overwritten before it goes; a disk that writes elsewhere than it was told (flash, snapshots)
    /// may still have the old block, and backups of the key have to be destroyed by whom they were given to.
    ///
    /// # Errors
    /// When the folder refuses.
    pub fn destroy(&self, period: &str, when: &str) -> Result<bool, DiskError> {
        let path = self.path(period);
        let act = || -> io::Result<bool> {
            let mut file = match OpenOptions::new().write(true).open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                opened => opened?,
            };
            fs::write(self.destroyed_path(period), format!("{when}\n"))?;
            let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
            file.write_all(&vec![0; length])?;
            file.sync_all()?;
            fs::remove_file(&path)?;
            sync_folder(&self.folder)?;
            Ok(true)
        };
        self.known().remove(period);
        act().map_err(|error| failed(&path, Operation::Remove, error))
    }
}

fn failed(path: &Path, operation: Operation, error: io::Error) -> DiskError {
    DiskError::new(path.display().to_string(), operation, error)
}

fn parse(text: &str, period: &str) -> Option<PeriodKey> {
    let mut words = text.split_whitespace();
    let (begins, month, digits) = (words.next()?, words.next()?, words.next()?);
    if begins != BEGINS || month != period || words.next().is_some() || digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(PeriodKey::new(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The month of a file's path: of a part the one of its day, of a write-ahead file the one in which it was
/// begun.
pub(super) fn period_of(path: &str) -> Option<String> {
    let day = path.split('/').find_map(|part| part.strip_prefix("dt="));
    if let Some(day) = day {
        return day.get(..7).filter(|month| is_period(month)).map(str::to_owned);
    }
    let name = path.strip_prefix("wal/")?;
    let nanoseconds = u64::from_str_radix(name.get(..16)?, 16).ok()?;
    let made_at = EventTime::from_nanos(i64::try_from(nanoseconds).ok()?);
    let Civil { year, month, .. } = Civil::of_utc(made_at);
    Some(format!("{year:04}-{month:02}"))
}

/// `2026-03`
pub fn is_period(text: &str) -> bool {
    let month = text.get(5..).and_then(|month| month.parse::<u8>().ok());
    text.len() == 7
        && text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()))
        && text.get(4..5) == Some("-")
        && month.is_some_and(|month| (1..=12).contains(&month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_stands_in_the_path() {
        let of = |path: &str| period_of(path);
        assert_eq!(of("data/dt=2026-03-31/source=a/x.parquet").as_deref(), Some("2026-03"));
        // 2026-11-26T00:00:00Z is 1 795 651 200 seconds.
        let name = format!("wal/{:016x}0123456789abcdef.wal", 1_795_651_200_000_000_000_u64);
        assert_eq!(of(&name).as_deref(), Some("2026-11"));
        assert_eq!(of(&format!("{name}.new")).as_deref(), Some("2026-11"));
        for path in ["data/x", "data/dt=2026-13-01/x", "data/dt=2026/x", "wal/zz.wal", "seal/x"] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_only_and_can_be_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = || PeriodKeys::new(folder.path().join("keys/lake"));
        let path = keys().path("2026-03");
        assert_eq!(keys().find("2026-03").err().unwrap().trouble, Trouble::NoKey);
        let made: Vec<_> = std::thread::scope(|scope| {
            let make = || scope.spawn(|| keys().find_or_make("2026-03").unwrap().id);
            let threads: Vec<_> = (0..8).map(|_| make()).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(made.iter().all(|id| *id == made[0]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left over"
        );
        assert_ne!(keys().find_or_make("2026-04").unwrap().id, made[0]);
        let held = keys();
        assert!(held.destroy("2026-03", "2026-11-26 by Li").unwrap());
        assert!(!held.destroy("2026-03", "again").unwrap());
        let error = held.find("2026-03").err().unwrap();
        assert!(error.to_string().contains("2026-03.key"), "{error}");
        assert!(error.source.to_string().contains("on purpose: 2026-11-26 by Li"), "{error}");
        for wrong in [&b"sancha-period-key 2026-04 00\n"[..], &[0xff, 0, 0x9d, 0x80], b""] {
            fs::write(&path, wrong).unwrap();
            assert_eq!(keys().find_or_make("2026-03").err().unwrap().trouble, Trouble::OtherKey);
        }
    }
}
