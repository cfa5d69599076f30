//! The key that signs a lake's log: a file outside the lake, for its owner's eyes only.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sancha_model::LocalText;
use sancha_seal::{KeyKind, SigningKey};

use crate::exit::UsageError;

/// `--keys`, else `~/.config/sancha/keys`.
pub(super) fn folder(asked: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = asked {
        return Ok(folder.to_owned());
    }
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    base.map(|base| base.join("sancha/keys")).ok_or_else(|| {
        UsageError(LocalText::new(
            "不知道密钥放在哪里；请用 --keys 指定文件夹",
            "no place for the key is known; name a folder with --keys",
        ))
        .into()
    })
}

/// Makes the key of a new lake. Returns it with its file.
pub(super) fn create(folder: &Path) -> Result<(SigningKey, PathBuf)> {
    let seed: [u8; 32] = random()?;
    let tail: [u8; 4] = random()?;
    let name = format!("sancha-lake-{:08x}", u32::from_be_bytes(tail));
    let key = SigningKey::from_seed(&name, KeyKind::Log, &seed)?;
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let path = path(folder, &name);
    let mut file = private_file(&path).with_context(|| format!("{}", path.display()))?;
    writeln!(file, "{}", key.to_secret_text())?;
    file.sync_all()?;
    Ok((key, path))
}

/// The key of the log `origin`.
pub(super) fn open(folder: &Path, origin: &str) -> Result<SigningKey> {
    let path = path(folder, origin);
    let text = fs::read_to_string(&path).map_err(|error| {
        let shown = path.display();
        UsageError(LocalText::new(
            format!("读不到日志湖的签名密钥 {shown}（{error}）；请从备份放回，或用 --keys 指定所在文件夹"),
            format!("the lake's signing key {shown} cannot be read ({error}); put it back from its backup, or name its folder with --keys"),
        ))
    })?;
    Ok(SigningKey::parse(text.trim())?)
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.key"))
}

fn private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
