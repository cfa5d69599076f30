//! Every sentence and label of this crate that a person reads.

use sancha_model::{Outcome, Text};

macro_rules! texts {
    ($($name:ident = $key:literal, $zh:literal, $en:literal;)+) => {
        $(pub const $name: Text = Text::new($key, $zh, $en);)+
        /// All of them, for the wording test and for the labels of the templates.
        pub static ALL: &[&Text] = &[$(&$name),+];
    };
}

texts! {
    TITLE = "report.title", "网络安全事件一案三查报告", "Incident report: three investigations";
    TERMINAL_READ = "terminal.read", "读取{files}个文件，{records}条记录（未能识别{rejected}条），{first}至{last}（{zone}）", "read {files} files, {records} records ({rejected} not understood), {first} to {last} ({zone})";
    TERMINAL_LATE = "terminal.late", "注意：{count}条记录比所在文件前面的记录早5分钟以上，只作单条匹配，未参与关联；如果是把多个日志拼在一起读入，请改为分别给出各文件", "note: {count} records are more than 5 minutes earlier than records before them in their file; they were matched singly and not correlated. If several logs were joined into one, give the files separately";
    TERMINAL_NOTE = "terminal.note", "注意：{text}", "note: {text}";
    TERMINAL_BACKGROUND = "terminal.background", "背景：{kinds}类，{count}次，未见成功迹象或与入侵的关联，不立案（同一请求可计入多类）", "background: {kinds} kinds, {count} times, no sign of success or of a link to an intrusion, no case (a request may count in several kinds)";
    TERMINAL_ALLOWED = "terminal.allowed", "放行名单：{matches}条命中、{findings}项告警只计数、不报告（写在 suppressed.jsonl）；{expired}项放行已到期，不再生效", "allow list: {matches} matches and {findings} findings are counted and not reported (they are in suppressed.jsonl); {expired} entries have expired and no longer act";
    TERMINAL_ALLOWED_DETECT = "terminal.allowed_detect", "放行名单：{matches}条命中、{findings}项告警只计数、不报告（加 --suppressed 可输出）；{expired}项放行已到期，不再生效", "allow list: {matches} matches and {findings} findings are counted and not reported (--suppressed prints them); {expired} entries have expired and no longer act";
    TERMINAL_TALLY = "terminal.tally", "已落实 {met}，不符 {not_met}，未见证据 {not_shown}，不适用 {not_applicable}", "shown {met}, evidence to the contrary {not_met}, not shown {not_shown}, not applicable {not_applicable}";
    TITLE_EMPTY = "report.title_empty", "日志检查报告", "Log examination report";
    NUMBER = "report.number", "报告编号", "Report number";
    GENERATED = "report.generated", "生成时间", "Generated";
    UNIT = "report.unit", "单位", "Unit";
    UNIT_UNNAMED = "report.unit_unnamed", "（未提供单位档案）", "(no operator profile given)";
    PERIOD = "report.period", "日志时段", "Period of the logs";
    ZONE = "report.zone", "本报告时间均为 {zone} 时区", "All times in this report are in the zone {zone}";
    VERSION = "report.version", "程序版本", "Program version";
    DIGEST = "report.digest", "report.json 的 SHA-256 摘要", "SHA-256 digest of report.json";
    RULES = "report.rules", "检测规则", "Detection rules";
    LAW_DATA = "report.law_data", "法规数据", "Law data";
    SIMULATED = "report.simulated", "模拟：按 {date} 的法规推演，不是对本案的判断", "Simulation: with the law of {date}; not an assessment of this case";
    SIMULATED_SHORT = "report.simulated_short", "模拟推演，不是对本案的判断", "Simulation, not an assessment of this case";
    ASSUMED_AT = "report.assumed_at", "“当前时间”取自系统时钟", "\"now\" was taken from the system clock";
    NOT_STATED = "report.not_stated", "未说明", "not stated";
    NO_TIME = "report.no_time", "无时间", "no time";
    TO = "report.to", "至", "to";
    LIST_SEPARATOR = "report.list_separator", "、", ", ";
    AND_MORE = "report.and_more", "等{count}个", "and more, {count} in all";
    COLON = "report.colon", "：", ": ";
    OPEN = "report.open", "（", " (";
    CLOSE = "report.close", "）", ")";
    CONTENTS = "report.contents", "目录", "Contents";

    LEADER = "report.leader", "领导摘要", "Summary for management";
    CASES_FOUND = "report.cases_found", "所读日志形成{count}起案件。以下结论均来自证据，没有证据之处写明“未见证据”，由人作出决定。", "Cases in the logs read: {count}. Every conclusion below comes from evidence; where there is none it says \"not shown\". People decide.";
    WHAT_HAPPENED = "report.what_happened", "发生了什么", "What happened";
    IS_IT_OVER = "report.is_it_over", "是否已经结束", "Is it over";
    OVER_UNKNOWN = "report.over_unknown", "现有日志不能回答。", "The logs at hand do not answer this.";
    TO_DECIDE = "report.to_decide", "请领导决定", "To decide";
    NO_DECISIONS = "report.no_decisions", "目前没有需要领导专门决定的事项。", "Nothing needs a decision of management now.";
    BY_WHEN = "report.by_when", "报告时限", "Due";
    NO_CLOCKS = "report.no_clocks", "事发当日没有适用的报告时限数据。", "There is no data on report deadlines that applies on the day of the facts.";
    DUE_NOT_STATED = "report.due_not_stated", "起算时间未说明", "start not stated";
    DUE = "report.due", "最迟", "due";
    THREE = "report.three", "三查结果", "The three investigations";
    MORE_CASES = "report.more_cases", "其余{count}起案件见后文。", "Other cases, which follow below: {count}.";
    CASE = "report.case", "案件", "Case";

    INCIDENT = "report.incident", "一查：案件", "First: the incident";
    DUTY = "report.duty", "二查：主体责任", "Second: the operator's duty";
    SUPERVISION = "report.supervision", "三查：监管责任", "Third: supervision";
    INVESTIGATION = "report.investigation", "查什么", "Investigation";
    STANDING = "report.standing", "结果", "Standing";
    DETAIL = "report.detail", "分项", "Items";
    ANSWERED = "report.answered", "{answered}问有答案，{partly}问部分有答案，{open}问现有日志不能回答", "{answered} questions answered, {partly} in part, {open} not answered by the logs at hand";
    TALLY = "report.tally", "已落实 {met}　不符 {not_met}　未见证据 {not_shown}　不适用 {not_applicable}", "shown {met} · evidence to the contrary {not_met} · not shown {not_shown} · not applicable {not_applicable}";
    TALLY_NOT_JUDGED = "report.tally_not_judged", "未作判断 {count}", "not judged {count}";
    NOT_JUDGED = "report.not_judged", "未作判断", "not judged";
    STAND_ANSWERED = "report.stand_answered", "已查明主要事实", "main facts established";
    STAND_PARTLY = "report.stand_partly", "部分查明", "partly established";
    STAND_OPEN = "report.stand_open", "尚未查明", "not established";
    STAND_MET = "report.stand_met", "均有证据", "shown by evidence throughout";
    STAND_NOT_MET = "report.stand_not_met", "有不符项", "evidence shows otherwise in part";
    STAND_NOT_SHOWN = "report.stand_not_shown", "有项目未见证据", "in part not shown";
    STAND_NOT_JUDGED = "report.stand_not_judged", "未作判断", "not judged";
    STAND_NONE = "report.stand_none", "没有适用的项目", "no item applies";

    BASICS = "report.basics", "基本情况", "Outline";
    CASE_ID = "report.case_id", "案件编号", "Case number";
    OUTCOME = "report.outcome", "判定", "Outcome";
    WHY_OPENED = "report.why_opened", "立案理由", "Why a case";
    PERIOD_ASKED = "report.period_asked", "{period}（只查此时段）", "{period} (only this was looked at)";
    FACTS_PERIOD = "report.facts_period", "事实时段", "Period of the facts";
    SOURCES = "report.sources", "来源地址", "Source addresses";
    ASSETS = "report.assets", "涉及资产", "Assets touched";
    ACCOUNTS = "report.accounts", "涉及账号", "Accounts";
    GRADE = "report.grade", "级别建议", "Proposed grade";
    NONE_NAMED = "report.none_named", "记录中未标明", "not named in the records";
    TIMELINE = "report.timeline", "时间线", "Timeline";
    CHART_LABEL = "report.chart_label", "按阶段排列的时间线图，编号与告警编号一致", "Timeline by phase; the numbers are those of the findings";
    LEGEND_HAPPENED = "report.legend_happened", "有成功迹象", "more than an attempt";
    LEGEND_ATTEMPT = "report.legend_attempt", "仅见尝试或无法判定", "attempt, or not determinable";
    TIME = "report.time", "时间", "Time";
    PHASE = "report.phase", "阶段", "Phase";
    WHAT = "report.what", "内容", "What";
    RECORDS = "report.records", "记录", "Records";
    FINDING = "report.finding", "告警", "Finding";
    FINDINGS = "report.findings", "告警与原始记录", "Findings and their raw lines";
    LEVEL = "report.level", "级别", "Level";
    COUNT = "report.count", "记录数", "Records";
    RULE = "report.rule", "规则", "Rules";
    OBJECTS = "report.objects", "涉及对象", "Objects";
    WHY_OUTCOME = "report.why_outcome", "判定理由", "Why this outcome";
    WHY_JOINED = "report.why_joined", "并入本案的理由", "Why in this case";
    SUPPORTED_BY = "report.supported_by", "佐证", "Supported by";
    RAW_LINES = "report.raw_lines", "原始记录", "Raw lines";
    FINDINGS_LEFT_OUT = "report.findings_left_out", "另有{count}条告警未逐条列出；这里列出的是结果最重、级别最高的{shown}条。全部见 findings.jsonl 与 report.json。", "{count} more findings are not listed one by one; these {shown} have the gravest outcomes and levels. All are in findings.jsonl and report.json.";
    LINES_ELSEWHERE = "report.lines_elsewhere", "另有{count}条，见", "{count} more; see";
    LINES_UNREAD = "report.lines_unread", "该告警的原始记录未能取回，请按文件和行号查看", "the raw lines of this finding could not be fetched; see the files at the lines named";
    LINE_CUT = "report.line_cut", "……（其后{count}字节未显示）", "… ({count} more bytes not shown)";
    EFFECTS = "report.effects", "对机密性、完整性、可用性的影响", "Effect on confidentiality, integrity and availability";
    CONFIDENTIALITY = "report.confidentiality", "机密性", "Confidentiality";
    INTEGRITY = "report.integrity", "完整性", "Integrity";
    AVAILABILITY = "report.availability", "可用性", "Availability";
    EFFECT_SHOWN = "report.effect_shown", "有证据", "evidence";
    EFFECT_OPEN = "report.effect_open", "无法判定", "not determinable";
    ASSET = "report.asset", "资产", "Asset";
    BASIS = "report.basis", "依据", "Basis";
    QUESTION = "report.question", "问题", "Question";
    UNKNOWN = "report.unknown", "不明", "unknown";
    BRING = "report.bring", "需提供", "Bring";
    BOUND = "report.bound", "责任方", "Bound";
    NO_QUESTIONS = "report.no_questions", "没有可回答的问题。", "There is no question to answer.";
    CLOCKS = "report.clocks", "报告时限", "Report clock";
    REPORT_TO = "report.report_to", "报送", "To";
    HOW_DUE = "report.how_due", "如何起算", "How it runs";
    NEXT_STEPS = "report.next_steps", "下一步", "Next steps";
    NO_STEPS = "report.no_steps", "没有由本程序提出的下一步。", "The program proposes no next step.";
    GRADING = "report.grading", "分级依据", "Grading";
    CRITERION = "report.criterion", "标准", "Criterion";
    VALUE = "report.value", "数值", "Value";
    THRESHOLDS = "report.thresholds", "界限（可信程度）", "Thresholds (confidence)";
    RESULT = "report.result", "结果", "Result";
    VALUE_OPEN = "report.value_open", "尚无数值", "no value yet";
    BELOW = "report.below", "未达到上三级", "below the three upper grades";
    CRITERION_OPEN = "report.criterion_open", "未定", "open";
    REACHED_UNVERIFIED = "report.reached_unverified", "达到未经核实的界限：{grades}，由人判断", "reaches thresholds that are not verified: {grades}; a person judges";
    JUDGED_AS = "report.judged_as", "由人判断为{grade}", "judged by a person as {grade}";
    JUDGED_NOT = "report.judged_not", "由人判断为未达到或不适用", "judged by a person as not reached or not applicable";
    AT_LEAST = "report.at_least", "{grade} ≥ {value}", "{grade} ≥ {value}";
    BY_WORDS = "report.by_words", "{grade}：由人判断", "{grade}: a person judges";
    NO_NUMBER = "report.no_number", "{grade}：数值未查实", "{grade}: number not established";
    GRAVER = "report.graver", "仍有标准未定，级别可能更高。", "Some criteria are open; the grade may be graver.";
    CONFIDENCE_VERIFIED = "report.confidence_verified", "已核实", "verified";
    CONFIDENCE_ONE = "report.confidence_one", "单一来源", "one source";
    CONFIDENCE_DRAFT = "report.confidence_draft", "仅见于征求意见稿", "draft only";
    CONFIDENCE_MEMORY = "report.confidence_memory", "未经核对", "not checked";
    CONFIDENCE_NOT_FOUND = "report.confidence_not_found", "未找到出处", "no source found";

    NETWORK_WARNING = "report.network_warning", "全网预警", "Network-wide warning";
    BACKGROUND = "report.background", "背景", "Background";
    BACKGROUND_INTRO = "report.background_intro", "以下不立案，不起算时限，按类别汇总；同一请求可计入多类。来自外部的是未见成功迹象的尝试；标明“本机记录”的已经发生，但未见与入侵的关联，可能是正常运维，请核对。", "No case and no clock, summed by kind; a request may count in several. What came from outside are attempts without a sign of success; what is marked “local records” did happen, but shows no link to an intrusion and may be ordinary work: please check.";
    BACKGROUND_LOCAL = "report.background_local", "{name}（本机记录）", "{name} (local records)";
    BACKGROUND_SHOWN = "report.background_shown", "逐条查看", "One by one";
    BACKGROUND_MORE = "report.background_more", "另有{count}条，见 findings.jsonl", "{count} more stand in findings.jsonl";
    NO_BACKGROUND = "report.no_background", "没有归入背景的尝试。", "No attempts were counted as background.";
    KIND = "report.kind", "类别", "Kind";
    ADDRESSES = "report.addresses", "地址数", "Addresses";
    ATTEMPTS = "report.attempts", "次数", "Attempts";
    TOP_ADDRESSES = "report.top_addresses", "次数最多的来源地址", "Most active source addresses";

    COVERAGE = "report.coverage", "读取范围说明", "Coverage statement";
    READ_IN_ALL = "report.read_in_all", "共读取{files}个文件，{bytes}字节，{records}条记录：解析{parsed}条，未能解析{rejected}条（原文保留）。", "{files} files were read, {bytes} bytes, {records} records: {parsed} parsed, {rejected} not parsed (the originals are kept).";
    DAYS_READ = "report.days_read", "记录的时间范围：{first} 至 {last}。", "The records span {first} to {last}.";
    DAYS_UNKNOWN = "report.days_unknown", "所读记录都没有可用的时间。", "No record that was read has a usable time.";
    NOTHING_READ = "report.nothing_read", "没有读到任何文件。", "No file was read.";
    FILE = "report.file", "文件", "File";
    FORMAT = "report.format", "格式", "Format";
    BYTES = "report.bytes", "字节", "Bytes";
    PARSED = "report.parsed", "解析", "Parsed";
    REJECTED = "report.rejected", "未解析", "Rejected";
    SPAN = "report.span", "时段", "Span";
    REMARKS = "report.remarks", "说明", "Remarks";
    ASSUMED_YEAR = "report.assumed_year", "年份为推定", "year assumed";
    ASSUMED_ZONE = "report.assumed_zone", "时区为推定", "zone assumed";
    WITHOUT_TIME = "report.without_time", "{count}条无时间", "{count} without time";
    LATE_IN_FILE = "report.late_in_file", "{count}条迟到", "{count} late";
    FIRST_REJECTED = "report.first_rejected", "首个未解析行：{line}", "first rejected line: {line}";
    MANY_REJECTED = "report.many_rejected", "注意：未解析超过2%", "attention: more than 2 % rejected";
    LONGEST_GAP = "report.longest_gap", "最长间断：{from} 至 {until}", "longest gap: {from} to {until}";
    RULES_LOADED = "report.rules_loaded", "规则：载入{loaded}条，其中{without}条没有对应的日志；未载入{not_loaded}条。", "Rules: {loaded} loaded, {without} of them without a matching log; {not_loaded} not loaded.";
    RULES_NOT_LOADED = "report.rules_not_loaded", "未载入的规则", "Rules not loaded";
    REASON = "report.reason", "原因", "Reason";
    PROBLEMS = "report.problems", "未能读取的输入与达到的上限", "Inputs not read, and limits reached";
    COUNTS_LIMITS = "report.counts_limits", "超出重排窗口而只作单条匹配的记录{late}条；因内存上限放弃的关联状态{evicted}项；按放行名单计入的匹配{allowed}条。", "{late} records came after the reorder window and were matched singly; {evicted} correlation states were given up for memory; {allowed} matches fell under the allow list.";
    ALLOW_LIST = "report.allow_list", "放行名单：只计数、不报告的命中", "Allow list: hits that are counted and not reported";
    ALLOW_SCOPE = "report.allow_scope", "范围", "Scope";
    ALLOW_REASON = "report.allow_reason", "原因与负责岗位", "Reason and owner";
    ALLOW_PERIOD = "report.allow_period", "有效期", "Period";
    ALLOW_COUNTS = "report.allow_counts", "命中 / 告警 / 记录", "Matches / findings / records";
    ALLOW_NO_REASON = "report.allow_no_reason", "未写原因", "no reason given";
    ALLOW_NO_OWNER = "report.allow_no_owner", "未写负责岗位", "no owner given";
    ALLOW_NO_END = "report.allow_no_end", "未写截止日期", "no last day given";
    ALLOW_ACTIVE = "report.allow_active", "生效", "acts";
    ALLOW_NOT_YET = "report.allow_not_yet", "未到起始日期，不生效", "not yet begun, does not act";
    ALLOW_EXPIRED = "report.allow_expired", "已到期，不再生效", "expired, acts no more";
    ALLOW_UNKNOWN = "report.allow_unknown", "本次没有这些规则或字段：{names}", "this run has no such rule or field: {names}";
    CANNOT_SHOW = "report.cannot_show", "这些日志不能说明什么", "What these logs cannot show";
    INPUTS = "report.inputs", "本次输入", "Inputs of this run";
    OPTIONS = "report.options", "选项", "Options";

    EMPTY_LEAD = "report.empty_lead", "所读日志没有形成案件。这只说明：在下列文件和时段内，所用规则没有发现不止于尝试的迹象；不表示没有发生过事件。", "The logs read make no case. This says only that in the files and days below the rules used found no sign beyond attempts; it does not say that nothing happened.";
    EMPTY_NEXT = "report.empty_next", "如另有线索，请补充下列日志后重新检查，或用 --case all 把全部告警列为案件。", "If there are other indications, add the logs named below and run again, or list every finding as a case with --case all.";
    ODD = "report.odd", "日志本身的异常", "Odd about the logs themselves";
    CLOCK_DIFFERS = "report.clock_differs", "{path} 与 {than} 记录了相同的事件，前者的时间{direction}{span}（{of}件可对照的事件中有{pairs}件如此）。哪一方的时钟不准，记录本身不能说明；这里只作提示，未作修正。查明后在单位档案该来源处写 clock_offset_seconds = {seconds}（如果不准的是前者），再运行一次。", "{path} and {than} recorded the same events, and the times of the first are {direction} by {span} ({pairs} of {of} events that both could have). Which clock is off the records do not say; this is shown and was not corrected. Once it is known, state clock_offset_seconds = {seconds} for that source in the profile (if the first is off) and run again.";
    CLOCK_DIFFERS_ZONE = "report.clock_differs_zone", "{path} 与 {than} 记录了相同的事件，前者的时间{direction}{span}（{of}件可对照的事件中有{pairs}件如此）。相差为整数个半小时，更像是时区读错，而不是时钟不准；这里只作提示，未作修正。查明后在单位档案该来源处写明 `zone`（或 clock_offset_seconds = {seconds}），再运行一次。", "{path} and {than} recorded the same events, and the times of the first are {direction} by {span} ({pairs} of {of} events that both could have). Whole half hours look like a wrong zone rather than a wrong clock; this is shown and was not corrected. Once it is known, state `zone` (or clock_offset_seconds = {seconds}) for that source in the profile and run again.";
    CLOCK_LATER = "report.clock_later", "晚", "later";
    CLOCK_EARLIER = "report.clock_earlier", "早", "earlier";
    CLOCK_AFTER_NOW = "report.clock_after_now", "{path} 最后一条记录的时间是 {last}，比本次的“现在”晚{span}：可能是该来源的时钟快了、时区读错，或 --at 给早了。这里只作提示，未作修正。", "the last record of {path} is of {last}, {span} after the \"now\" of this run: the clock of that source may be fast, its zone wrong, or --at too early. This is shown and was not corrected.";
    FROM_LAKE = "report.from_lake", "记录取自日志湖：{parts}个分区文件中读了{read}个（时段：{period}；来源：{source}），封存日志{entries}条，根 {root}。", "The records were read from a lake: {read} of its {parts} parts (period: {period}; source: {source}); its log has {entries} entries and the root {root}.";
    FROM_LAKE_UNSEALED = "report.from_lake_unsealed", "其中{bytes}字节已接收、尚未封存。", "Of them {bytes} bytes are accepted and not sealed yet.";
    FROM_LAKE_ALWAYS = "report.from_lake_always", "不限", "any";
    FROM_LAKE_FROM = "report.from_lake_from", "{from} 起", "from {from}";
    FROM_LAKE_UNTIL = "report.from_lake_until", "{until} 前", "before {until}";
    FROM_LAKE_BETWEEN = "report.from_lake_between", "{from} 起，{until} 前", "from {from}, before {until}";
    SINGLE_CLIENT = "report.single_client", "{path} 的{of}次请求中有{requests}次来自同一个内网地址 {address}：它很可能是代理、CDN 或 WAF，真正的来源地址被它遮住。如确是代理，请用 --trusted-proxy {address}（或单位档案的 trusted_proxies）说明，并让日志记下 X-Forwarded-For，再运行一次。", "{requests} of the {of} requests of {path} came from one private address, {address}: it is probably a proxy, CDN or WAF that hides the real clients. If so, say it with --trusted-proxy {address} (or trusted_proxies of the profile), have the log write X-Forwarded-For, and run again.";
    SINGLE_CLIENT_TRUSTED = "report.single_client_trusted", "{path} 的{of}次请求中有{requests}次来自可信代理 {address} 而没有写明为谁转发：真正的来源地址无从得知。请让日志记下 X-Forwarded-For（如 nginx 的 $http_x_forwarded_for），并用 --log-format 说明格式。", "{requests} of the {of} requests of {path} came from the trusted proxy {address} without saying for whom: the real clients cannot be known. Have the log write X-Forwarded-For (nginx: $http_x_forwarded_for) and describe the format with --log-format.";
    MORE_REMARKS = "report.more_remarks", "另有{count}项，见 coverage.json。", "{count} more are in coverage.json.";
    LIMIT_ALWAYS = "report.limit_always", "没有被记录、已被删除或未交来的内容，任何检查都看不到；日志本身可能被改动过。", "What was never recorded, was deleted or was not handed over cannot be seen by any examination; the logs themselves may have been altered.";
    LIMIT_RULES = "report.limit_rules", "规则没有覆盖的手法不会产生告警。", "Techniques that the rules do not cover raise no finding.";
    LIMIT_WEB = "report.limit_web", "网站访问日志通常不含请求正文和响应内容：表单提交了什么、返回了哪些数据，看不到。", "Web access logs usually hold neither request bodies nor responses: what a form sent or which data came back is not in them.";
    LIMIT_NO_WEB = "report.limit_no_web", "没有网站访问日志：经网页进行的攻击看不到。", "There is no web access log: attacks through web pages are not visible.";
    LIMIT_NO_HOST = "report.limit_no_host", "没有主机系统日志：登录、提权、计划任务看不到。", "There is no system log of the host: logins, privilege changes and scheduled jobs are not visible.";
    LIMIT_NO_AUDIT = "report.limit_no_audit", "没有内核审计日志：执行了什么程序、改了什么文件，缺少直接证据。", "There is no kernel audit log: which programs ran and which files changed lacks direct evidence.";
    LIMIT_NO_DATABASE = "report.limit_no_database", "没有数据库日志：哪些数据被读取或修改，无法直接证明。", "There is no database log: which data was read or changed cannot be shown directly.";
    LIMIT_ASKED = "report.limit_asked", "只查了 {first} 至 {last}：此前此后的情况，即使所读日志中有记录，也没有查。", "Only {first} to {last} was looked at: what happened before or after was not, even where the logs have records of it.";
    ASKED = "report.asked", "按 --from、--to 只查了{period}的记录；所读文件中其余的记录没有查", "by --from and --to only records {period} were looked at; the other records of the files were not";
    SAME_CONTENT = "report.same_content", "{path} 与 {other} 的内容完全相同，其中的记录被计算了不止一次：请只给其中一个，再运行一次", "{path} and {other} are the same to the byte, so their records are counted more than once: give one of them and run again";
    UNKNOWN_SHAPE = "report.unknown_shape", "{count}个文件的格式没有认出（{paths}）：各行按纯文本保留和查找，但没有读出时间、来源地址和账号，靠这些判断的检测在其中不起作用；若是网站访问日志，请用 --log-format 写明格式后再运行一次", "files of no known shape: {count} ({paths}): their lines are kept and searched as text, but no time, address or account was read, and detection that needs them sees nothing there; where it is an access log, state its form with --log-format and run again";
    LIMIT_DAYS = "report.limit_days", "{first} 之前和 {last} 之后的情况，不在所读日志之内。", "What happened before {first} or after {last} is not in the logs read.";

    PROVISIONS = "report.provisions", "引用的法规条款", "Provisions cited";
    PROVISIONS_INTRO = "report.provisions_intro", "各项义务按事实发生当日有效的版本判断；以下为本产品自己的概述，不是条文原文。", "Duties are judged by the version in force on the day of the facts; the wording below is our own summary, not the official text.";
    PROVISIONS_INTRO_QUOTED = "report.provisions_intro_quoted", "各项义务按事实发生当日有效的版本判断；概述是本产品自己的表述；引文由使用者导入，出处与摘要附后，本产品不保证其为官方文本。", "Duties are judged by the version in force on the day of the facts; the summaries are our own wording. Quoted text was imported by the user, with its origin and digest; this product does not vouch for it being the official text.";
    QUOTED = "report.quoted", "导入的文本：{origin}，SHA-256 {sha256}", "imported text: {origin}, SHA-256 {sha256}";
    PROVISION = "report.provision", "条款", "Provision";
    IN_FORCE_FROM = "report.in_force_from", "施行日期", "In force from";
    GIST = "report.gist", "概述", "Summary";
    PROOFS = "report.proofs", "证明材料", "Proof files";
    PROOF = "report.proof", "材料", "File";
    DATE = "report.date", "日期", "Date";
    PROFILE_ENTRY = "report.profile_entry", "单位档案 {key}", "profile {key}";
    COVERAGE_OF = "report.coverage_of", "读取范围 {path}", "coverage of {path}";
    OTHER_LINES = "report.other_lines", "附录：其余被引用的原始记录", "Appendix: the other raw lines cited";
    RAW_NOTE = "report.raw_note", "控制字符、不可见字符和无法识别的字节以 \\x1b、\\u{202e} 这样的形式显示；证件号、手机号、银行卡号已遮盖。", "Control characters, invisible characters and unreadable bytes are shown as \\x1b or \\u{202e}; identity, mobile and card numbers are masked.";

    SIGN = "report.sign", "签署", "Signatures";
    SIGN_MADE = "report.sign_made", "编制", "Prepared by";
    SIGN_CHECKED = "report.sign_checked", "复核", "Checked by";
    SIGN_APPROVED = "report.sign_approved", "批准", "Approved by";
    SIGN_DATE = "report.sign_date", "日期", "Date";
    ABOUT = "report.about", "关于本报告", "About this report";
    PAGE = "report.page", "第", "Page ";
    PAGE_OF = "report.page_of", "页 共", " of ";
    PAGE_END = "report.page_end", "页", "";

    NOT_ASSESSMENT = "report.not_assessment", "本报告不是等级测评报告，不是电子数据鉴定意见；本程序不是经认证的产品。", "This report is no classified-protection assessment (等级测评) and no forensic opinion on electronic data (电子数据鉴定); the program is no certified product.";
    THREE_DEFINED = "report.three_defined", "“一案三查”按本产品的定义使用：一查案件，二查运营者等主体的责任，三查监管责任。在网络安全领域未查到官方定义。", "\"One case, three investigations\" (一案三查) is used as this product defines it: the incident, the duty of the operator and its suppliers, and supervision. No official definition in cybersecurity was found.";
    PEOPLE_DECIDE = "report.people_decide", "本报告把事实、义务与证据并列，不认定任何人的责任，不作处理决定；决定由人作出。", "The report lays facts, duties and evidence side by side; it attributes responsibility to no one and decides no measure. People decide.";
    NOT_SHOWN_MEANS = "report.not_shown_means", "“未见证据”只表示没有见到证明材料，不等于没有做。", "\"Not shown\" says only that no proof was seen, not that it was not done.";
    REPRODUCIBLE = "report.reproducible", "同样的输入、版本和 --at，得到逐字节相同的 report.json。", "The same input, version and --at give a byte-identical report.json.";

    OUTCOME_NOT_DETERMINABLE = "report.outcome_not_determinable", "无法判定", "not determinable";
    OUTCOME_ATTEMPTED = "report.outcome_attempted", "仅见尝试", "attempted";
    OUTCOME_LIKELY = "report.outcome_likely", "疑似成功", "likely succeeded";
    OUTCOME_CONFIRMED = "report.outcome_confirmed", "确认成功", "confirmed";
    LEVEL_INFORMATIONAL = "report.level_informational", "信息", "informational";
    LEVEL_LOW = "report.level_low", "低", "low";
    LEVEL_MEDIUM = "report.level_medium", "中", "medium";
    LEVEL_HIGH = "report.level_high", "高", "high";
    LEVEL_CRITICAL = "report.level_critical", "严重", "critical";


    CSV_ID = "report.csv_id", "告警编号", "id";
    CSV_SCENARIO = "report.csv_scenario", "场景代码", "scenario";
    CSV_NAME = "report.csv_name", "场景", "name";
    CSV_LEVEL = "report.csv_level", "级别", "level";
    CSV_OUTCOME = "report.csv_outcome", "判定", "outcome";
    CSV_FIRST = "report.csv_first", "首次", "first";
    CSV_LAST = "report.csv_last", "末次", "last";
    CSV_COUNT = "report.csv_count", "记录数", "count";
    CSV_SRC = "report.csv_src", "来源地址", "src";
    CSV_HOSTS = "report.csv_hosts", "主机", "hosts";
    CSV_USERS = "report.csv_users", "账号", "users";
    CSV_RULES = "report.csv_rules", "规则", "rules";
    CSV_SUMMARY = "report.csv_summary", "摘要", "summary";
}

/// Foot of every report.
pub static DISCLAIMERS: &[&Text] =
    &[&NOT_ASSESSMENT, &THREE_DEFINED, &PEOPLE_DECIDE, &NOT_SHOWN_MEANS, &REPRODUCIBLE];

/// Head of the findings table, in the order of its columns.
pub static CSV_HEAD: &[&Text] = &[
    &CSV_ID,
    &CSV_SCENARIO,
    &CSV_NAME,
    &CSV_LEVEL,
    &CSV_OUTCOME,
    &CSV_FIRST,
    &CSV_LAST,
    &CSV_COUNT,
    &CSV_SRC,
    &CSV_HOSTS,
    &CSV_USERS,
    &CSV_RULES,
    &CSV_SUMMARY,
];

pub const fn outcome(outcome: Outcome) -> Text {
    match outcome {
        Outcome::NotDeterminable => OUTCOME_NOT_DETERMINABLE,
        Outcome::Attempted => OUTCOME_ATTEMPTED,
        Outcome::LikelySucceeded => OUTCOME_LIKELY,
        Outcome::Confirmed => OUTCOME_CONFIRMED,
    }
}

pub const fn level(level: sancha_model::Level) -> Text {
    match level {
        sancha_model::Level::Informational => LEVEL_INFORMATIONAL,
        sancha_model::Level::Low => LEVEL_LOW,
        sancha_model::Level::Medium => LEVEL_MEDIUM,
        sancha_model::Level::High => LEVEL_HIGH,
        sancha_model::Level::Critical => LEVEL_CRITICAL,
    }
}
