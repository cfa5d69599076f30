//! Arguments of `backup`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LakeArgs, ProofFormat};

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    pub(crate) action: BackupAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackupAction {
    /// 备份日志湖，可带密钥与配置 / back up a lake, with keys and configuration where asked
    Create(CreateArgs),
    /// 列出备份 / list the backups
    List(ListArgs),
    /// 检查备份仓库，并抽取一部分恢复校验 / check the repository, restore a part and verify it
    Verify(CheckArgs),
    /// 恢复到新的文件夹并校验 / restore to a new folder and verify
    Restore(RestoreArgs),
    /// 恢复测试：恢复到临时文件夹、校验、写出带日期的证明 / restore test with a dated proof
    Test(TestArgs),
}

// Which repository, and how it is opened.
#[derive(Debug, Args)]
pub(crate) struct RepositoryArgs {
    /// restic 备份仓库（默认取环境变量 RESTIC_REPOSITORY）/ the repository, as restic names it
    #[arg(short, long, value_name = "REPO")]
    pub(crate) repo: Option<String>,
    /// 口令所在文件（默认取环境变量 RESTIC_PASSWORD_FILE）/ file that holds the password
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// restic 程序 / the program restic
    #[arg(long, value_name = "PATH", default_value = "restic")]
    pub(crate) restic: PathBuf,
    /// 不显示进度与说明 / no progress, no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

// Which snapshot.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
    /// 快照编号（默认最新）/ its id (default: the newest)
    #[arg(long, value_name = "ID")]
    pub(crate) snapshot: Option<String>,
    /// 日志湖名称，仓库中有多个时用 / name of the lake, where the repository holds several
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// 密钥所在文件夹：加密的日志湖用它读取 / folder of the keys, which an encrypted lake is read with
    #[arg(long, env = "SANCHA_KEYS", value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
    /// 第一次备份：先建立备份仓库 / first backup: make the repository
    #[arg(long)]
    pub(crate) init: bool,
    /// 连同签名密钥备份；得到备份与口令者即可代签 / with the signing key: whoever can read the backup can sign
    #[arg(long)]
    pub(crate) with_keys: bool,
    /// 一并备份的配置文件或文件夹，如单位档案（可多次）/ configuration to take along
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) repository: RepositoryArgs,
    /// 只看这一日志湖 / only this lake
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// 输出格式 / output format
    #[arg(short, long, value_enum, default_value_t = ProofFormat::Text)]
    pub(crate) format: ProofFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) snapshot: SnapshotArgs,
    /// 抽查的比例，如 5% / how much of it
    #[arg(long, value_name = "PERCENT", default_value = "5%", conflicts_with = "full")]
    pub(crate) subset: String,
    /// 全部检查 / all of it
    #[arg(long)]
    pub(crate) full: bool,
    /// 临时文件夹建在何处 / where the temporary folder is made
    #[arg(long, value_name = "DIR")]
    pub(crate) temp: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    pub(crate) snapshot: SnapshotArgs,
    /// 恢复到这个新的或空的文件夹 / the folder to restore to, new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) snapshot: SnapshotArgs,
    /// 日志湖文件夹：证明写在它旁边 / folder of the lake: the proof is written beside it
    #[arg(long, env = "SANCHA_LAKE", value_name = "DIR", required_unless_present = "output")]
    pub(crate) lake: Option<PathBuf>,
    /// 证明文件 / file of the proof
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// 证明用日志湖的密钥签名 / the proof is signed with the lake's key
    #[arg(long)]
    pub(crate) sign: bool,
    /// 临时文件夹建在何处 / where the temporary folder is made
    #[arg(long, value_name = "DIR")]
    pub(crate) temp: Option<PathBuf>,
    /// 测试的时刻（默认取系统时钟）/ when it is made
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
}
