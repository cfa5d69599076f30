use std::{io, path::PathBuf};

use sancha_lake::{LakeError, disk::Trouble};
use sancha_model::LocalText;

use super::say;
use crate::lake::lake_text;

/// Why a backup cannot be made, read, or trusted.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no program `{}`", .program.display())]
    NoRestic { program: PathBuf },
    #[error("failed to run `{}`", .program.display())]
    Run { program: PathBuf, source: io::Error },
    #[error("there is no repository")]
    NoRepository,
    #[error("a repository is there already")]
    RepositoryExists,
    #[error("the password does not open the repository")]
    Password,
    #[error("another restic holds the repository")]
    Locked,
    #[error("the repository is damaged")]
    Damaged,
    #[error("restic {command} failed")]
    Failed { command: &'static str, code: Option<i32>, last: String },
    #[error("the answer of restic {command} cannot be read")]
    Answer { command: &'static str },
    #[error("there is no such snapshot")]
    NoSnapshot { wanted: String },
    #[error("the repository holds several lakes")]
    SeveralLakes { names: Vec<String> },
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
            Self::NoRestic { .. }
            | Self::NoRepository
            | Self::RepositoryExists
            | Self::Password
            | Self::NoSnapshot { .. }
            | Self::SeveralLakes { .. }
            | Self::Missing { .. }
            | Self::NotEmpty { .. }
            | Self::NoLink { .. } => BackupFault::Usage,
            Self::Lake(LakeError::Disk(error)) if error.trouble == Trouble::NoKey => {
                BackupFault::Usage
            }
            Self::Damaged => BackupFault::Integrity,
            Self::Lake(error) if error.is_damage() => BackupFault::Integrity,
            Self::Run { .. }
            | Self::Locked
            | Self::Failed { .. }
            | Self::Answer { .. }
            | Self::Busy
            | Self::Space { .. }
            | Self::Io { .. }
            | Self::Lake(_) => BackupFault::Outside,
        }
    }

    /// For people, with the way out.
    pub fn text(&self) -> LocalText {
        match self {
            Self::NoRestic { .. }
            | Self::Run { .. }
            | Self::NoRepository
            | Self::RepositoryExists
            | Self::Password
            | Self::Locked
            | Self::Damaged
            | Self::Failed { .. }
            | Self::Answer { .. }
            | Self::NoSnapshot { .. }
            | Self::SeveralLakes { .. } => self.of_restic(),
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
        }
    }

    fn of_restic(&self) -> LocalText {
        match self {
            Self::NoRestic { program } => say(
                format!(
                    "找不到程序 {}；请安装 restic（Debian、Ubuntu：apt install restic），或用 --restic 指定其路径",
                    program.display()
                ),
                format!(
                    "there is no program {}; install restic (Debian, Ubuntu: apt install restic) or name it with --restic",
                    program.display()
                ),
            ),
            Self::Run { program, source } => say(
                format!("无法运行 {}：{source}", program.display()),
                format!("cannot run {}: {source}", program.display()),
            ),
            Self::NoRepository => LocalText::new(
                "没有找到备份仓库；请检查 --repo，第一次备份请加 --init",
                "no repository was found; check --repo, and give --init with the first backup",
            ),
            Self::RepositoryExists => LocalText::new(
                "此处已有备份仓库；请去掉 --init",
                "a repository is there already; leave out --init",
            ),
            Self::Password => LocalText::new(
                "口令打不开备份仓库；请检查 --password-file。口令丢失后，备份无法读出，任何人都不能",
                "the password does not open the repository; check --password-file. With the password lost nobody can read the backup",
            ),
            Self::Locked => LocalText::new(
                "另一个 restic 正在使用备份仓库；请等它结束。确认没有进程在用时，可运行 restic unlock",
                "another restic is using the repository; wait until it has ended. When you are sure that none is, run restic unlock",
            ),
            Self::Damaged => LocalText::new(
                "备份仓库有损坏（详见上面 restic 的说明）；请立即另做一份备份，再按 restic 手册修复",
                "the repository is damaged (see what restic said above); make another backup elsewhere now, then repair this one by restic's manual",
            ),
            Self::Failed { command, code, last } => {
                let code = code.map_or_else(|| "—".to_owned(), |code| code.to_string());
                say(
                    format!("restic {command} 未成功（退出码{code}）：{last}"),
                    format!("restic {command} failed (exit code {code}): {last}"),
                )
            }
            Self::Answer { command } => say(
                format!("看不懂 restic {command} 的输出；请使用 restic 0.14 或更新的版本"),
                format!(
                    "the answer of restic {command} cannot be read; use restic 0.14 or a later one"
                ),
            ),
            Self::NoSnapshot { wanted } => say(
                format!(
                    "备份仓库中没有日志湖快照“{wanted}”，或不止一个；用 sancha backup list 查看"
                ),
                format!(
                    "the repository has no snapshot of a lake `{wanted}`, or more than one; see sancha backup list"
                ),
            ),
            Self::SeveralLakes { names } => say(
                format!(
                    "备份仓库中有多个日志湖（{}）；请用 --name 或 --snapshot 指定",
                    names.join("、")
                ),
                format!(
                    "the repository holds several lakes ({}); choose with --name or --snapshot",
                    names.join(", ")
                ),
            ),
            _ => LocalText::same(self.to_string()),
        }
    }
}
