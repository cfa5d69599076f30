use std::{io, path::PathBuf, sync::Arc};

use sancha_lake::LakeError;
use sancha_model::LocalText;

use super::{ResticError, say};
use crate::lake::lake_text;

/// Why a backup cannot be made, read, or trusted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Restic(#[from] ResticError),
    #[error("another backup of the lake is running")]
    Busy,
    #[error("`{}` is not there", .path.display())]
    Missing { path: PathBuf },
    #[error("`{}` holds something", .path.display())]
    NotEmpty { path: PathBuf },
    #[error("no hard link can be made of `{}`", .path.display())]
    NoLink { path: PathBuf, source: io::Error },
    #[error("too little space")]
    Space { path: PathBuf, needed: u64, free: u64 },
    #[error("`{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// It is encrypted, and no key is at hand.
    #[error(transparent)]
    Keyless(Arc<LakeError>),
}

/// What a failure is, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupFault {
    /// What was asked for cannot be done as asked.
    Usage,
    /// What is kept is damaged.
    Integrity,
    /// The machine, the network, or another process stood in the way.
    Outside,
}

impl BackupError {
    pub fn fault(&self) -> BackupFault {
        match self {
            Self::Restic(error) => error.fault(),
            Self::Missing { .. }
            | Self::NotEmpty { .. }
            | Self::NoLink { .. }
            | Self::Keyless(_) => BackupFault::Usage,
            Self::Lake(error) if error.is_of_missing_key() => BackupFault::Usage,
            Self::Lake(error) if error.is_damage() => BackupFault::Integrity,
            Self::Busy | Self::Space { .. } | Self::Io { .. } | Self::Lake(_) => {
                BackupFault::Outside
            }
        }
    }

    /// For people, with the way out.
    pub fn text(&self) -> LocalText {
        match self {
            Self::Restic(error) => error.text(),
            Self::Busy => LocalText::new(
                "这个日志湖的另一次备份正在进行；请等它结束",
                "another backup of this lake is running; wait until it has ended",
            ),
            Self::Missing { path } => say(
                format!("没有 {}；请检查路径", path.display()),
                format!("there is no {}; check the path", path.display()),
            ),
            Self::NotEmpty { path } => say(
                format!("{} 里已有内容；恢复只写入新的或空的文件夹，请换一个", path.display()),
                format!(
                    "{} holds something already; a restore goes to a new or empty folder only: name another",
                    path.display()
                ),
            ),
            Self::NoLink { path, source } => say(
                format!(
                    "无法为 {} 建立硬链接（{source}）；日志湖须整个位于同一个支持硬链接的文件系统，且由其所有者或 root 备份",
                    path.display()
                ),
                format!(
                    "no hard link can be made of {} ({source}); the whole lake has to be on one filesystem that has hard links, and is backed up by its owner or root",
                    path.display()
                ),
            ),
            Self::Space { path, needed, free } => say(
                format!(
                    "{} 所在磁盘剩余{free}字节，恢复需要{needed}字节；请用 --temp 指定另一文件夹",
                    path.display()
                ),
                format!(
                    "the disk of {} has {free} bytes left, the restore needs {needed}; name another folder with --temp",
                    path.display()
                ),
            ),
            Self::Io { path, source } => say(
                format!("{}：{source}", path.display()),
                format!("{}: {source}", path.display()),
            ),
            Self::Lake(error) => lake_text(error),
            Self::Keyless(error) => lake_text(error),
        }
    }
}
