//! Keys: secrets in files outside the lake, for their owner's eyes only; public ones as people give them.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sancha_lake::Lake;
use sancha_model::LocalText;
use sancha_seal::{KeyKind, SigningKey, VerifierKey};

use crate::exit::UsageError;

/// Longer files hold no keys.
const MOST_BYTES: u64 = 1 << 20;

/// `--keys`, else `~/.config/sancha/keys`.
pub(super) fn folder(asked: Option<&Path>) -> Result<PathBuf> {
    own_folder(asked, "keys", "--keys")
}

/// A folder of the user's own, below their configuration.
pub(super) fn own_folder(asked: Option<&Path>, name: &str, option: &str) -> Result<PathBuf> {
    if let Some(folder) = asked {
        return Ok(folder.to_owned());
    }
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    base.map(|base| base.join("sancha").join(name)).ok_or_else(|| {
        UsageError(LocalText::new(
            format!("不知道密钥放在哪里；请用 {option} 指定文件夹"),
            format!("no place for the key is known; name a folder with {option}"),
        ))
        .into()
    })
}

/// Makes the key of a new lake. Returns it with its file.
pub(super) fn create(folder: &Path) -> Result<(SigningKey, PathBuf)> {
    let tail: [u8; 4] = random()?;
    let key = draw(&format!("sancha-lake-{:08x}", u32::from_be_bytes(tail)), KeyKind::Log)?;
    let path = store(folder, &key)?;
    Ok((key, path))
}

/// A new key that nobody has seen.
pub(super) fn draw(name: &str, kind: KeyKind) -> Result<SigningKey> {
    let seed: [u8; 32] = random()?;
    SigningKey::from_seed(name, kind, &seed).map_err(|error| {
        UsageError(LocalText::new(
            format!("“{name}”不能作密钥的名称：不能有空格和加号"),
            error.to_string(),
        ))
        .into()
    })
}

/// The key that signs the log of a lake.
pub(super) fn open(folder: &Path, lake: &Lake) -> Result<SigningKey> {
    let wanted = lake.keys().current();
    let (mut older, mut unread) = (None, None);
    for (path, read) in files(folder, wanted.name()) {
        match read {
            Ok(key) if key.verifier() == wanted => return Ok(key),
            Ok(key) if lake.keys().replaced_in(key.verifier()).is_some() => older = Some(path),
            Ok(_) => {}
            Err(error) => unread = Some((path, error)),
        }
    }
    let shown = path(folder, wanted.name()).display().to_string();
    let text = match (older, unread) {
        (Some(older), _) => {
            let older = older.display();
            LocalText::new(
                format!(
                    "{older} 是已更换的旧密钥，不能再签名；请从备份恢复新密钥：sancha key restore 文件，或用 --keys 指定所在文件夹"
                ),
                format!(
                    "{older} is a key that was replaced and may not sign any more; restore the new one from its backup with `sancha key restore FILE`, or name its folder with --keys"
                ),
            )
        }
        (None, Some((path, error))) => {
            let shown = path.display();
            LocalText::new(
                format!(
                    "读不到日志湖的签名密钥 {shown}（{error}）；请从备份恢复：sancha key restore 文件"
                ),
                format!(
                    "the lake's signing key {shown} cannot be read ({error}); put it back from its backup with `sancha key restore FILE`"
                ),
            )
        }
        (None, None) => LocalText::new(
            format!(
                "没有日志湖的签名密钥 {shown}；请从备份恢复：sancha key restore 文件，或用 --keys 指定所在文件夹"
            ),
            format!(
                "the lake's signing key {shown} is not there; put it back from its backup with `sancha key restore FILE`, or name its folder with --keys"
            ),
        ),
    };
    Err(UsageError(text).into())
}

/// The file in which a key is kept.
pub(super) fn find(folder: &Path, wanted: &VerifierKey) -> Option<PathBuf> {
    let is_it = |read: &Result<SigningKey>| read.as_ref().is_ok_and(|key| key.verifier() == wanted);
    files(folder, wanted.name()).into_iter().find(|(_, read)| is_it(read)).map(|(path, _)| path)
}

/// Files of keys whose names begin like this one, in order.
pub(super) fn files(folder: &Path, name: &str) -> Vec<(PathBuf, Result<SigningKey>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let name = plain(name);
    let is_key = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(&name) && file.ends_with(".key")
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_key).collect();
    paths.sort();
    let read = |path: &PathBuf| Ok(SigningKey::parse(fs::read_to_string(path)?.trim())?);
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// Keeps a key, in a file of its own. One that is kept already stays where it is.
pub(super) fn store(folder: &Path, key: &SigningKey) -> Result<PathBuf> {
    if let Some(path) = find(folder, key.verifier()) {
        return Ok(path);
    }
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let name = key.verifier().name();
    let mut path = path(folder, name);
    if path.exists() {
        path = self::path(folder, &format!("{name}+{:08x}", key.verifier().id()));
    }
    write_private(&path, &format!("{}\n", key.to_secret_text()))?;
    // The name has to outlive a power cut as well: without this key nothing can be added.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(path)
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.key", plain(name)))
}

/// A name without folders in it.
fn plain(name: &str) -> String {
    name.replace(['/', '\\'], "_")
}

/// Writes a file that only its owner reads, and never over another.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let shown = path.display();
            return Err(UsageError(LocalText::new(
                format!("{shown} 已存在，不覆盖；请换一个文件名"),
                format!("{shown} is there already and is not overwritten; name another file"),
            ))
            .into());
        }
        opened => opened.with_context(|| format!("{}", path.display()))?,
    };
    file.write_all(text.as_bytes()).with_context(|| format!("{}", path.display()))?;
    file.sync_all()?;
    Ok(())
}

pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Public keys as they are given: each a key itself, or a file of keys, one a line.
pub(super) fn public(option: &str, given: &[String]) -> Result<Vec<VerifierKey>> {
    let mut keys = Vec::new();
    for given in given {
        let bad = |why: &dyn std::fmt::Display| {
            UsageError(LocalText::new(
                format!("{option} 的值“{given}”不是公钥，也不是公钥文件：{why}"),
                format!("`{given}` for {option} is neither a public key nor a file of them: {why}"),
            ))
        };
        let text = match VerifierKey::parse(given.trim()) {
            Ok(_) => given.clone(),
            Err(_) => read_text(Path::new(given)).map_err(|error| bad(&error))?,
        };
        let before = keys.len();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            keys.push(VerifierKey::parse(line).map_err(|error| bad(&error))?);
        }
        if keys.len() == before {
            return Err(bad(&"it is empty").into());
        }
    }
    Ok(keys)
}

/// A small file of text.
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not text"))
}
