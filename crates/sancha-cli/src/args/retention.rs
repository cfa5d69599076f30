//! Arguments of `sancha retention`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{
    lake::{KEEP_FREE, LakeArgs, LinesArgs},
    source,
};

#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    #[command(subcommand)]
    pub(crate) action: RetentionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionAction {
    /// 各来源留存多久、有无缺口、是否达到六个月 / how far back each source reaches, and whether without gaps
    Prove(ProveArgs),
    /// 删除已过留存期且未被保全的分区，先写删除记录 / delete what is past its time and not on hold
    Apply(ApplyArgs),
    /// 保全：为案件、检查、诉讼而不删除 / holds: what is kept for a case, an inspection, a court
    Hold {
        #[command(subcommand)]
        action: HoldAction,
    },
    /// 豁免：有人负责的缩短留存 / waivers: a source kept shorter, which somebody answers for
    Waiver {
        #[command(subcommand)]
        action: WaiverAction,
    },
    /// 磁盘何时写满，留满期限要多少 / when the disk is full, and what full periods take
    Forecast(ForecastArgs),
    /// 应有新行而没有的来源；有则退出码为 1 / sources that fell silent; exit code 1 when there are any
    Silent(AskArgs),
}

// The now, and the place whose days count.
#[derive(Debug, Args)]
pub(crate) struct ClockArgs {
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// 日期所属的时区 / zone of days
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
}

// Which file of policies.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// 留存策略文件（默认为日志湖中的 retention.toml）/ file of policies (default: retention.toml of the lake)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

// What every entry of a decision takes.
#[derive(Debug, Args)]
pub(crate) struct DecisionArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) now: ClockArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    /// 只看这一来源 / only this source
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub(crate) source: Option<String>,
    /// 输出格式 / output format
    #[arg(short, long, value_enum, default_value_t = ProofFormat::Text)]
    pub(crate) format: ProofFormat,
    /// 用日志湖的密钥签名（内容为 jsonl）/ signed with the lake's key, as JSON lines
    #[arg(long, conflicts_with = "format")]
    pub(crate) sign: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) lines: LinesArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProofFormat {
    Text,
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// 只说明会删除什么 / only say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HoldAction {
    /// 设立保全 / place a hold
    Add(HoldAddArgs),
    /// 解除保全，须两人 / release a hold, which takes two people
    Release(ReleaseArgs),
    /// 列出全部保全 / list all holds
    List {
        #[command(flatten)]
        lake: LakeArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct HoldAddArgs {
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
    /// 名称，如案号（默认编号）/ its name, such as a case number (default: numbered)
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// 只保全这一来源（默认全部）/ only this source (default: all)
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub(crate) source: Option<String>,
    /// 自这一天起 / from this day on
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// 到这一天为止（含）/ up to this day, with it
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// 决定人的姓名与职务 / name and post of who decides
    #[arg(long, value_name = "WHO")]
    pub(crate) by: String,
    /// 原因 / why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// 保全的名称 / name of the hold
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
    /// 决定人的姓名与职务，两人各写一次 / name and post of who decides; two people, each once
    #[arg(long, value_name = "WHO", required = true)]
    pub(crate) by: Vec<String>,
    /// 原因 / why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WaiverAction {
    /// 办理豁免 / grant a waiver
    Add(WaiverAddArgs),
    /// 列出全部豁免 / list all waivers
    List {
        #[command(flatten)]
        lake: LakeArgs,
        #[command(flatten)]
        now: ClockArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct WaiverAddArgs {
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
    /// 哪一来源 / which source
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub(crate) source: String,
    /// 至少留存多少天 / days that it is kept at least
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) days: u32,
    /// 批准人的姓名与职务 / name and post of who answers for it
    #[arg(long, value_name = "WHO")]
    pub(crate) named_by: String,
    /// 原因 / why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// 有效到这一天（含）/ the last day on which it holds
    #[arg(long, value_name = "DATE")]
    pub(crate) until: String,
}

#[derive(Debug, Args)]
pub(crate) struct ForecastArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// 磁盘至少留出这么多，同 ingest / what stays free, as for `ingest`
    #[arg(long, value_name = "SIZE", default_value = KEEP_FREE)]
    pub(crate) keep_free: String,
}

// What every question about a lake's rules takes.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) lake: LakeArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) now: ClockArgs,
}
