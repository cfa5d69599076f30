//! Arguments of `key`: the key that signs a lake's log, and those that encrypt what it keeps.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::LakeArgs;

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) action: KeyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// 显示公钥，并说明密钥在哪里 / print the public key, and say where the secret is
    Show(LakeArgs),
    /// 备份密钥：附说明的文本，或可打印的网页 / back the secret up, with instructions
    Backup(KeyBackupArgs),
    /// 由备份恢复密钥 / put the secret back from its backup
    Restore(KeyRestoreArgs),
    /// 更换密钥：此后旧密钥不能再签 / replace the key: the old one signs nothing more
    Rotate(KeyRotateArgs),
    /// 销毁某月的加密密钥：该月日志的任何副本都不再可读 / destroy the key of a month: no copy of it reads any more
    Shred(ShredArgs),
}

// The now of a command that reads no lines.
#[derive(Debug, Args)]
pub(crate) struct NowArgs {
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyBackupArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 写到此文件；.html 为带二维码的打印页 / the file; .html makes a page to print, with a code
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRestoreArgs {
    /// 备份文件，或照抄了密钥一行的文本 / the backup, or a text with the line of the secret
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// 核对是不是这个日志湖的密钥 / make sure that it is the key of this lake
    #[arg(long, env = "SANCHA_LAKE", value_name = "DIR")]
    pub(crate) lake: Option<PathBuf>,
    /// 签名密钥所在文件夹 / folder of the signing key
    #[arg(long, env = "SANCHA_KEYS", value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRotateArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShredArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 月份，如 2026-03 / the month
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) period: String,
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
}
