//! Arguments of the commands that keep logs and find them again.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::source;

/// What stays free of a disk: enough for a system to go on that has its own files on it.
pub(crate) const KEEP_FREE: &str = "256M";

// Which lake.
#[derive(Debug, Args)]
pub(crate) struct LakeArgs {
    /// 日志湖文件夹 / folder of the lake
    #[arg(long, env = "SANCHA_LAKE", value_name = "DIR")]
    pub(crate) lake: PathBuf,
    /// 密钥所在文件夹，不在日志湖内（默认 ~/.config/sancha/keys）/ folder of the keys, outside the lake
    #[arg(long, env = "SANCHA_KEYS", value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
}

// What decides how lines are read.
#[derive(Debug, Args)]
pub(crate) struct LinesArgs {
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// 日志未写明时区时所用的时区 / zone of times that state none
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
    /// nginx 的 log_format 或 Apache 的 LogFormat / the format of the given access logs
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Vec<String>,
    /// 可信代理网段（可多次）/ proxies whose forwarding header is believed
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<String>,
    /// 不显示进度与说明 / no progress, no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

// Of which time.
#[derive(Debug, Args)]
pub(crate) struct TimeArgs {
    /// 此时刻及以后 / from this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<String>,
    /// 此时刻以前 / before this instant
    #[arg(long, value_name = "INSTANT")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// 日志文件、文件夹、通配符、压缩包，`-` 为标准输入 / files, folders, globs, archives, `-`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 新建时：日志湖放在此对象存储，如 s3://bucket/prefix / when it is made: keep the lake in this store
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// 对象存储的地址（默认为亚马逊）/ address of the store, with its scheme and port
    #[arg(long, value_name = "URL", requires = "store")]
    pub(crate) endpoint: Option<String>,
    /// 对象存储的区域 / region of the store
    #[arg(long, value_name = "NAME", requires = "store")]
    pub(crate) region: Option<String>,
    /// 允许不加密的对象存储地址（http://）/ the store may be reached without TLS
    #[arg(long, requires = "store")]
    pub(crate) allow_http: bool,
    /// 新建时：加密存放，每月一把密钥 / when it is made: encrypt what is kept, with a key a month
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// 都记作这一来源（默认按各自路径）/ keep all as this source (default: each by its path)
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub(crate) source: Option<String>,
    /// 磁盘至少留出这么多，不足则停止接收 / stop accepting before less than this is free
    #[arg(long, value_name = "SIZE", default_value = KEEP_FREE)]
    pub(crate) keep_free: String,
    /// 在 SHA-256 之外再记 SM3 / SM3 beside SHA-256
    #[arg(long)]
    pub(crate) sm3: bool,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// 查询语句，表名 logs / the query; the table is `logs`
    #[arg(value_name = "SQL")]
    pub(crate) sql: String,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 输出格式 / output format
    #[arg(short, long, value_enum, default_value_t = ResultFormat::Table)]
    pub(crate) format: ResultFormat,
    /// 写入此文件而非标准输出 / write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// 线程数（默认为处理器数）/ threads
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultFormat {
    /// Cells with a tab between them.
    Table,
    Jsonl,
    Csv,
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 只查这一天（UTC）及以后的 / only from this day on, UTC
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// 只抽查这一部分，如 5% / only so much of it, spread evenly
    #[arg(long, value_name = "PERCENT", default_value = "100%")]
    pub(crate) subset: String,
    /// 从别处得到的公钥或其文件（可多次）：日志须由它签名 / a public key kept elsewhere: the log must be signed by it
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) key: Vec<String>,
    /// 以前留在他处的检查点：文件、抄录的文本或 anchor copy 的文件夹（可多次）/ a checkpoint left elsewhere before: file, text or copy
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) against: Vec<String>,
    /// 不显示进度与说明 / no progress, no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    #[command(subcommand)]
    pub(crate) action: EvidenceAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceAction {
    /// 导出符合条件的行及其未改动的证明 / export lines with the proof that they are unaltered
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// 查询，同 search / the question, as for `search`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) query: String,
    /// 证据包文件 / the pack's file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// 至多这么多行 / at most so many lines
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) limit: u64,
    /// 案件或证据编号 / number of the case or the pack
    #[arg(long, value_name = "TEXT")]
    pub(crate) number: Option<String>,
    /// 导出单位 / who exports
    #[arg(long, value_name = "TEXT")]
    pub(crate) organization: Option<String>,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}
