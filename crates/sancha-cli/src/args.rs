mod anchor;
mod backup;
mod compact;
mod examples;
mod key;
mod lake;
mod retention;
mod search;

use std::{convert::Infallible, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use anchor::{
    AnchorAcceptArgs, AnchorAction, AnchorArgs, AnchorCopyArgs, AnchorExportArgs, AnchorListArgs,
    AnchorPrintArgs, StampAcceptArgs, StampRequestArgs, TimestampAction, WitnessAction,
    WitnessArgs, WitnessSignArgs, WitnessStateArgs,
};
pub(crate) use backup::{
    BackupAction, BackupArgs, CheckArgs, CreateArgs, ListArgs, RepositoryArgs, RestoreArgs,
    SnapshotArgs, TestArgs,
};
pub(crate) use compact::CompactArgs;
pub(crate) use key::{
    KeyAction, KeyArgs, KeyBackupArgs, KeyRestoreArgs, KeyRotateArgs, NowArgs, ShredArgs,
};
pub(crate) use lake::{
    EvidenceAction, EvidenceArgs, ExportArgs, IngestArgs, LakeArgs, LinesArgs, ResultFormat,
    SqlArgs, TimeArgs, VerifyArgs,
};
pub(crate) use retention::{
    ApplyArgs, AskArgs, ClockArgs, DecisionArgs, ForecastArgs, HoldAction, HoldAddArgs, PolicyArgs,
    ProofFormat, ProveArgs, ReleaseArgs, RetentionAction, RetentionArgs, WaiverAction,
    WaiverAddArgs,
};
pub(crate) use search::{RowFormat, RowOrder, SearchArgs, TailArgs, TailFormat};

/// 三查：从日志到案件，查案件、查主体责任、查监管责任。
///
/// Turns logs into cases and answers three questions from evidence: what happened, had the operator
/// done its duty on that day, did those answerable above it do theirs.
#[derive(Debug, Parser)]
#[command(name = "sancha", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// 语言 / language: zh or en (default: the locale)
    #[arg(long, global = true, value_parser = ["zh", "en"])]
    pub(crate) lang: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// Arguments of a command are made when it is the one that is asked for. What several commands share has no text of its own
// above it, for that would become the command's.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// 一次性分析：日志进，报告出 / files in, report out; no server, no network
    #[command(after_help = examples::INVESTIGATE)]
    Investigate(InvestigateArgs),
    /// 只做检测，输出告警 / print findings (or matches) only
    #[command(after_help = examples::DETECT)]
    Detect(DetectArgs),
    /// 逐步说明一行日志如何被解析和匹配 / show every parse and match step of one line
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// 接收日志并长期留存，每行一次，可证明未被改动 / take logs in and keep them, provably unaltered
    #[command(after_help = examples::INGEST)]
    Ingest(IngestArgs),
    /// 在留存的日志中查找 / find lines in what is kept
    #[command(after_help = examples::SEARCH)]
    Search(SearchArgs),
    /// 查看最新的行，可持续跟踪 / the newest lines, and those that come in
    Tail(TailArgs),
    /// 用 SQL 查询留存的日志 / ask what is kept in SQL
    #[command(after_help = examples::SQL)]
    Sql(SqlArgs),
    /// 留存期限：证明、保全、豁免、到期删除、磁盘预测 / how long logs are kept: proof, holds, deletion, disk
    #[command(after_help = examples::RETENTION)]
    Retention(RetentionArgs),
    /// 整理留存的日志：合并小分区，以更高压缩级重写 / make what is kept smaller: merge small parts, compress more
    Compact(CompactArgs),
    /// 证据包 / evidence packs
    #[command(after_help = examples::EVIDENCE)]
    Evidence(EvidenceArgs),
    /// 校验留存的日志未被改动 / verify that what is kept was not altered
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// 备份与恢复：restic 格式，另做恢复测试 / backups in restic's format, restored and tested
    Backup(BackupArgs),
    /// 密钥：显示、备份、恢复、更换、销毁 / keys: show, back up, restore, rotate, shred
    Key(KeyArgs),
    /// 外部锚定：把检查点留在他处 / anchors: checkpoints left with others
    Anchor(AnchorArgs),
    /// 为别人的日志作见证 / witness the logs of others
    Witness(WitnessArgs),
    /// 检查、测试、列出检测规则 / check, test and list detection rules
    #[command(after_help = examples::RULES)]
    Rules(RulesArgs),
    /// 查询法规数据 / the law as data
    Law(LawArgs),
    /// 检查单位档案：缺什么、会影响哪项结论 / what an operator profile lacks, and what that changes
    Doctor(DoctorArgs),
    /// 产品说明 / what this program is and is not
    About,
}

/// Memory for correlation state where `--memory` says nothing.
pub(crate) const DEFAULT_MEMORY: &str = "64M";

// What every reading of logs takes.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// 日志文件、文件夹、通配符、压缩包，`-` 为标准输入 / files, folders, globs, archives, `-`
    #[arg(required_unless_present = "lake", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// 不读文件，读此日志湖中留存的日志 / read what this lake keeps instead of files
    #[arg(long, value_name = "DIR")]
    pub(crate) lake: Option<PathBuf>,
    /// 只读日志湖的这一来源，可含 * 和 ? / of the lake, this source only; * and ? may stand in it
    #[arg(long, value_name = "NAME", requires = "lake", value_parser = source)]
    pub(crate) source: Option<String>,
    /// 追加规则文件夹（可多次）/ also load Sigma rules from this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
    /// 规则字段映射文件，pySigma流水线写法（可多次）/ a field-mapping pipeline for rules
    #[arg(long, value_name = "FILE")]
    pub(crate) pipeline: Vec<PathBuf>,
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// 日志未写明时区时所用的时区 / zone of times that state none
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
    /// 放行名单：只计数、不报告的命中 / allow list: hits that are counted, not reported
    #[arg(long, value_name = "FILE")]
    pub(crate) allow: Option<PathBuf>,
    /// nginx 的 log_format 或 Apache 的 LogFormat / the format of the given access logs
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Vec<String>,
    /// 可信代理网段（可多次）/ proxies whose forwarding header is believed
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<String>,
    /// 线程数（默认为处理器数）/ threads
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// 关联状态可用的内存，如 64M / memory for correlation state
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_MEMORY)]
    pub(crate) memory: String,
    /// 不看规则的日志来源限制 / run rules whose log source does not fit
    #[arg(long)]
    pub(crate) all_logsources: bool,
    /// 不显示进度与说明 / no progress, no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// 有此级别及以上告警时退出码为 1 / exit with 1 on findings at or above
    #[arg(long, value_name = "LEVEL", value_parser = ["informational", "low", "medium", "high", "critical"])]
    pub(crate) fail_on: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InvestigateArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// 报告输出文件夹 / folder for the report
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// 单位档案 operator.toml / the operator profile
    #[arg(long, value_name = "FILE")]
    pub(crate) operator: Option<PathBuf>,
    /// 留存证明（retention prove -f jsonl 写出），据此回答日志留存 / proof of retention that answers for the logs
    #[arg(long, value_name = "FILE")]
    pub(crate) retention: Option<PathBuf>,
    /// 单位知悉事件的时刻（报告时限由此起算）/ when the unit became aware
    #[arg(long, value_name = "INSTANT")]
    pub(crate) aware: Option<String>,
    /// 模拟：按此日的法规判断 / simulation: judge by the law of this day
    #[arg(long, value_name = "DATE")]
    pub(crate) law_date: Option<String>,
    /// backup test 写出的恢复测试证明（可多次）/ proofs that `backup test` wrote
    #[arg(long, value_name = "FILE", requires = "operator")]
    pub(crate) backup_proof: Vec<PathBuf>,
    /// 日志湖的公钥或其文件（可多次）：以上证明须由它签名 / a lake's public key: the proofs above must be signed by it
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) proof_key: Vec<String>,
    /// 用 law import 导入的官方文本所在文件夹，供报告引用 / folder of imported official texts to quote
    #[arg(long, value_name = "DIR")]
    pub(crate) law_text: Vec<PathBuf>,
    /// all：所有告警都立案 / `all`: every finding becomes a case
    #[arg(long, value_name = "WHICH", value_parser = ["all"])]
    pub(crate) case: Option<String>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// 另需的文件 / further files: pdf, docx
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) also: Vec<Also>,
}

/// Outputs that the contract names. `evidence.zip` is always written; the others not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Also {
    Pdf,
    Docx,
    Evidence,
}

#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// 只用这些规则，不用自带规则与分析 / these rules only
    #[arg(long, value_name = "DIR")]
    pub(crate) only_rules: Vec<PathBuf>,
    /// 输出格式 / output format
    #[arg(short, long, value_enum, default_value_t = Format::Jsonl)]
    pub(crate) format: Format,
    /// 最低级别 / least level
    #[arg(long, value_name = "LEVEL", value_parser = ["informational", "low", "medium", "high", "critical"])]
    pub(crate) level: Option<String>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    /// 输出逐条匹配而非告警 / print matches instead of findings
    #[arg(long)]
    pub(crate) matches: bool,
    /// 持续跟踪：文件增长、轮转、新出现时继续检测，按 Ctrl-C 结束 / go on as files grow, rotate, appear
    #[arg(long)]
    pub(crate) follow: bool,
    /// 同时输出放行名单覆盖的命中，注明条目 / also print what the allow list covers, marked
    #[arg(long)]
    pub(crate) suppressed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Jsonl,
    Json,
    Csv,
    Table,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// 一行日志 / the line itself
    #[arg(long, value_name = "TEXT", conflicts_with = "file", required_unless_present = "file")]
    pub(crate) line: Option<String>,
    /// 文件与行号 / file and line number
    #[arg(long, value_name = "FILE:LINE")]
    pub(crate) file: Option<String>,
    /// 追加规则文件夹 / also load rules from this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
    /// “现在”的时刻（默认取系统时钟）/ the now of every clock
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
    /// 日志未写明时区时所用的时区 / zone of times that state none
    #[arg(long, value_name = "TZ")]
    pub(crate) timezone: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// 哪些规则不能用、为什么、怎么改 / which rules do not load, why, and what to do
    Lint(RuleFolders),
    /// 用样本检验规则 / run rules on their samples
    Test(RuleFolders),
    /// 列出规则（不给文件夹时列出自带规则）/ list rules, ours where no folder is given
    List(RuleList),
    /// 对这些日志，每条规则跑了没有、为什么 / for these logs: which rules ran, and why others did not
    Coverage(Box<RuleCoverageArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct RuleFolders {
    #[arg(required = true, value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
    /// 字段映射文件（可多次）/ a field-mapping pipeline
    #[arg(long, value_name = "FILE")]
    pub(crate) pipeline: Vec<PathBuf>,
    /// 输出格式：table 或 json / output format
    #[arg(short, long, value_enum, default_value_t = RuleFormat::Table)]
    pub(crate) format: RuleFormat,
}

#[derive(Debug, Args)]
pub(crate) struct RuleList {
    #[arg(value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
    #[arg(short, long, value_enum, default_value_t = RuleFormat::Table)]
    pub(crate) format: RuleFormat,
}

#[derive(Debug, Args)]
pub(crate) struct RuleCoverageArgs {
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// 只用这些规则 / these rules only
    #[arg(long, value_name = "DIR")]
    pub(crate) only_rules: Vec<PathBuf>,
    #[arg(short, long, value_enum, default_value_t = RuleFormat::Table)]
    pub(crate) format: RuleFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleFormat {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct LawArgs {
    #[command(subcommand)]
    pub(crate) command: LawCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LawCommand {
    /// 有哪些法规、各自的施行期间 / instruments and when they are in force
    List(LawDay),
    /// 一部法规的条款要旨 / the provisions of one instrument
    Show {
        /// 如 csl-2026
        id: String,
    },
    /// 两个版本之间的条文对应 / what changed between two versions
    Diff { old: String, new: String },
    /// 某日某类单位的义务 / duties on a day, for an operator
    Duties(LawDay),
    /// 报告时限 / report deadlines on a day, for an operator
    Deadlines(LawDay),
    /// 导入官方文本 / import an official text, so that reports can quote it
    Import {
        file: PathBuf,
        /// 是哪一版本，如 csl-2026；文本自己写明 id 的可省 / which version it is
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// 写到哪个文件夹 / folder to write to
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LawDay {
    /// 日期，默认今天 / day, default today
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// 单位档案 / operator profile
    #[arg(long, value_name = "FILE")]
    pub(crate) operator: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// operator.toml
    pub(crate) operator: PathBuf,
    /// 按哪一天的法规检查，默认今天 / by the law of which day, default today
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
}

/// The name of a source as the lake has it.
fn source(text: &str) -> Result<String, Infallible> {
    Ok(sancha_lake::source_name(text).to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::Cli;

    /// Checks the arguments of every command on the way.
    #[test]
    fn a_command_with_its_arguments_is_told_as_without() {
        let mut whole = Cli::command();
        whole.build();
        let told = |command: &Command| command.get_about().map(ToString::to_string);
        for command in Cli::command().get_subcommands() {
            let with_arguments = whole.find_subcommand(command.get_name()).unwrap();
            assert_eq!(told(with_arguments), told(command), "{}", command.get_name());
            assert!(told(command).is_some(), "{}", command.get_name());
        }
    }
}
