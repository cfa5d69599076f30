use std::{io, path::PathBuf};

use sancha_model::LocalText;

use super::{BackupFault, say};

/// What stands in the way at restic or its repository.
#[derive(Debug, thiserror::Error)]
pub enum ResticError {
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
}

impl ResticError {
    pub(super) fn fault(&self) -> BackupFault {
        match self {
            Self::NoRestic { .. }
            | Self::NoRepository
            | Self::RepositoryExists
            | Self::Password
            | Self::NoSnapshot { .. }
            | Self::SeveralLakes { .. } => BackupFault::Usage,
            Self::Damaged => BackupFault::Integrity,
            Self::Run { .. } | Self::Locked | Self::Failed { .. } | Self::Answer { .. } => {
                BackupFault::Outside
            }
        }
    }

    /// For people, with the way out.
    pub(super) fn text(&self) -> LocalText {
        match self {
            Self::NoRestic { program } => say(
                format!(
                    "找不到程序 {}；请安装 restic（Debian、Ubuntu：apt install restic），或用 --restic 指定其路径",
                    program.display()
                ),
                format!(
                    "there is no program {}; install restic (Debian, Ubuntu: apt install restic) \
                     or name it with --restic",
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
                "the password does not open the repository; check --password-file. With the \
                 password lost nobody can read the backup",
            ),
            Self::Locked => LocalText::new(
                "另一个 restic 正在使用备份仓库；请等它结束。确认没有进程在用时，可运行 restic unlock",
                "another restic is using the repository; wait until it has ended. When you are \
                 sure that none is, run restic unlock",
            ),
            Self::Damaged => LocalText::new(
                "备份仓库有损坏（详见上面 restic 的说明）；请立即另做一份备份，再按 restic 手册修复",
                "the repository is damaged (see what restic said above); make another backup \
                 elsewhere now, then repair this one by restic's manual",
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
                    "the repository has no snapshot of a lake `{wanted}`, or more than one; see \
                     sancha backup list"
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
        }
    }
}
