//! Arguments of the commands that find lines of a lake.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LakeArgs, LinesArgs, TimeArgs};

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// 查询，如 'ip:1.2.3.4 path:*.jsp "union select"' / the question
    #[arg(default_value = "", value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// 输出格式 / output format
    #[arg(short, long, value_enum, default_value_t = RowFormat::Table)]
    pub(crate) format: RowFormat,
    /// 写入此文件而非标准输出 / write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// 行的次序：kept 按日、来源、到达先后；time 按时间 / order of the rows
    #[arg(long, value_enum, default_value_t = RowOrder::Kept)]
    pub(crate) order: RowOrder,
    /// 至多这么多行（默认不限）/ at most so many rows (default: all)
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// 只要行数 / only how many
    #[arg(long)]
    pub(crate) count: bool,
    /// 以此名称保存这个查询（写入日志湖的 searches.toml），并运行 / save this search under a name, and run it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["saved", "list_saved"])]
    pub(crate) save: Option<String>,
    /// 运行以此名称保存的查询 / run the search saved under this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["query", "list_saved"])]
    pub(crate) saved: Option<String>,
    /// 列出已保存的查询 / list the saved searches
    #[arg(long)]
    pub(crate) list_saved: bool,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// 查询，同 search / the question, as for `search`
    #[arg(default_value = "", value_name = "QUERY", allow_hyphen_values = true)]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 先显示时间上最新的这么多行 / begin with so many rows, those latest in time
    #[arg(short = 'n', long = "rows", value_name = "N", default_value_t = 10)]
    pub(crate) rows: usize,
    /// 持续显示新收到的行，按 Ctrl-C 结束 / go on with rows as they are accepted; Ctrl-C ends
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// 输出格式 / output format
    #[arg(long, value_enum, default_value_t = TailFormat::Table)]
    pub(crate) format: TailFormat,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    Table,
    Jsonl,
    Csv,
    /// The lines as they came, byte for byte.
    Raw,
    Parquet,
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowOrder {
    /// By day, source and order of arrival.
    Kept,
    /// By time, over all sources; rows without a time come last.
    Time,
}

/// How rows are written that go on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TailFormat {
    Table,
    Jsonl,
    Raw,
}
