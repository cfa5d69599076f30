//! Arguments of `sancha compact`.

use clap::Args;

use super::{
    key::NowArgs,
    lake::{KEEP_FREE, LakeArgs},
};

/// The level that pays: see decision 0019.
const LEVEL: i32 = 9;

#[derive(Debug, Args)]
pub(crate) struct CompactArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 只整理至少这么多天以前（UTC）的 / only days that lie at least so far back, in UTC
    #[arg(long, value_name = "DAYS", default_value_t = 2)]
    pub(crate) older_than: u32,
    /// 只整理这一天（UTC）之前的 / only days before this one, in UTC
    #[arg(long, value_name = "DATE", conflicts_with = "older_than")]
    pub(crate) before: Option<String>,
    /// 压缩级（zstd）/ level of compression (zstd)
    #[arg(long, value_name = "N", default_value_t = LEVEL, value_parser = clap::value_parser!(i32).range(1..=22))]
    pub(crate) level: i32,
    /// 磁盘至少留出这么多 / what stays free of the disk
    #[arg(long, value_name = "SIZE", default_value = KEEP_FREE)]
    pub(crate) keep_free: String,
    /// 只说明会整理什么 / only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) now: NowArgs,
    /// 不显示进度与说明 / no progress, no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
