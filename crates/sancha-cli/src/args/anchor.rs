//! Arguments of `anchor` and `witness`: what of a log is left with others.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LakeArgs, NowArgs};

#[derive(Debug, Args)]
pub(crate) struct AnchorArgs {
    #[command(subcommand)]
    pub(crate) action: AnchorAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AnchorAction {
    /// 列出已有的锚定 / anchors that the log names
    List(AnchorListArgs),
    /// 写出给见证方的请求 / write a request for a witness
    #[command(visible_alias = "request")]
    Export(AnchorExportArgs),
    /// 收下见证方签名的检查点 / take a checkpoint back that a witness signed
    Accept(AnchorAcceptArgs),
    /// RFC 3161 时间戳 / time stamps of RFC 3161
    Timestamp(TimestampArgs),
    /// 打印检查点，交他人保管 / a page with the checkpoint, for somebody else to keep
    Print(AnchorPrintArgs),
    /// 把检查点与日志复制到不可改写的存储 / copy checkpoint and log to storage that cannot be overwritten
    Copy(AnchorCopyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AnchorListArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AnchorExportArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 请求文件 / the request's file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// 见证方的公钥或名称（签过不止一方时）/ public key or name of the witness, where several signed
    #[arg(long, value_name = "KEY")]
    pub(crate) witness: Option<String>,
    /// 见证方上次见到的条目数（默认按日志所记）/ entries the witness saw last (default: as the log has it)
    #[arg(long, value_name = "SIZE")]
    pub(crate) from: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct AnchorAcceptArgs {
    /// 见证方签名的检查点 / the checkpoint that the witness signed
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 见证方的公钥或其文件（首次需要）/ public key of the witness, needed the first time
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) witness: Vec<String>,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TimestampArgs {
    #[command(subcommand)]
    pub(crate) action: TimestampAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TimestampAction {
    /// 写出申请文件 / write a request
    Request(StampRequestArgs),
    /// 收下答复 / take the answer
    Accept(StampAcceptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StampRequestArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 申请文件 .tsq / the request's file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StampAcceptArgs {
    /// 答复文件 .tsr / the answer
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// 时间戳机构的名称，写入日志 / name of the authority, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AnchorPrintArgs {
    /// 网页文件 / the page's file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// 由谁保管；给出时记入日志 / who keeps it; noted in the log when given
    #[arg(long, value_name = "TEXT")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AnchorCopyArgs {
    /// 目标文件夹，如挂载的一次写入存储桶 / the folder, such as a mounted write-once bucket
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// 记入日志的名称（默认为文件夹路径）/ its name in the log (default: the folder's path)
    #[arg(long, value_name = "TEXT")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    pub(crate) action: WitnessAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessAction {
    /// 为别人的日志签名：确认它只增不改 / sign somebody else's log, if it only grew
    Sign(WitnessSignArgs),
    /// 显示见证方的公钥 / print the public key of this witness
    Show(WitnessStateArgs),
}

// Where a witness keeps what it signed.
#[derive(Debug, Args)]
pub(crate) struct WitnessStateArgs {
    /// 见证方自己的文件夹：密钥与各日志上次的状态 / the witness's own folder: its key and what it signed last
    #[arg(long, env = "SANCHA_WITNESS", value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// 首次使用时密钥的名称 / name of the key, when it is made
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessSignArgs {
    /// 对方用 anchor export 写出的请求 / the request, from `anchor export`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// 签名后的检查点 / the signed checkpoint
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// 对方日志的公钥或其文件（首次，及对方换钥之后需要）/ public key of the log, the first time and after a rotation
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) log: Vec<String>,
    #[command(flatten)]
    pub(crate) state: WitnessStateArgs,
    #[command(flatten)]
    pub(crate) now: NowArgs,
}
