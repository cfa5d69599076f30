//! What the program itself says; everything else comes from the crates below.

use sancha_model::Text;

pub(crate) const ERROR: Text = Text::new("cli.error", "出错：", "error: ");
pub(crate) const NOTE: Text = Text::new("cli.note", "注意：{text}", "note: {text}");
pub(crate) const READING: Text = Text::new("cli.reading", "正在读取", "reading");
pub(crate) const MORE_PROBLEMS: Text = Text::new(
    "cli.more_problems",
    "……另有{count}条，见 coverage.json",
    "… and {count} more, see coverage.json",
);
pub(crate) const NOTHING_TO_READ: Text = Text::new(
    "cli.nothing_to_read",
    "没有可读的日志；请检查上面列出的路径",
    "there is no log to read; check the paths named above",
);
pub(crate) const NOTHING_KEPT: Text = Text::new(
    "cli.nothing_kept",
    "日志湖中没有符合 --source 的日志，或该时段内没有记录；sancha retention prove 可列出各来源及其起止时间",
    "the lake keeps no log that fits --source, or none of that time; `sancha retention prove` lists the sources with their first and last record",
);
pub(crate) const FILES_OR_LAKE: Text = Text::new(
    "cli.files_or_lake",
    "一次只能读文件或读日志湖（--lake），不能两者都读；请先用 sancha ingest 把文件收入日志湖，或去掉 --lake",
    "either files or a lake (--lake) are read at a time; take the files in with `sancha ingest` first, or leave out --lake",
);
pub(crate) const FOLLOW_LAKE: Text = Text::new(
    "cli.follow_lake",
    "--follow 只能跟踪文件；对日志湖请定期运行 detect --lake --from，或用 sancha tail --follow 查看新收到的行",
    "--follow goes with files; over a lake run `detect --lake --from` from time to time, or watch new lines with `sancha tail --follow`",
);
pub(crate) const SQL_IN_UTC: Text = Text::new(
    "cli.sql_in_utc",
    "所给时区一年之内时差有变化，SQL 中的时间一律为 UTC",
    "the offset of the given zone changes within the year: times in SQL are UTC",
);
pub(crate) const NOT_YET: Text = Text::new(
    "cli.not_yet",
    "{kind} 在本版本中尚未提供；已写出的 report.html 可用浏览器打印成 PDF",
    "{kind} is not available in this version; report.html can be printed to PDF from a browser",
);
pub(crate) const ALLOW_LIST: Text = Text::new("cli.allow_list", "放行名单", "the allow list");
pub(crate) const PIPELINE: Text = Text::new("cli.pipeline", "字段映射文件", "the pipeline");
pub(crate) const RULES_LOADED: Text = Text::new(
    "cli.rules.loaded",
    "{count}条规则可用，{errors}处错误，{advice}处建议",
    "{count} rules load, {errors} errors, {advice} pieces of advice",
);
pub(crate) const RULES_TESTED: Text = Text::new(
    "cli.rules.tested",
    "{count}条规则有样本，{errors}处不符",
    "{count} rules have samples, {errors} faults",
);
pub(crate) const RULES_COVERED: Text = Text::new(
    "cli.rules.covered",
    "{ran}条规则已运行（其中{hit}条命中），{source}条没有对应的日志，{field}条缺少所需字段，{values}条占位符没有取值，{not}条未加载",
    "{ran} rules ran ({hit} of them fired), {source} have no log here, {field} lack their fields, {values} lack values of placeholders, {not} not loaded",
);
pub(crate) const RULE_RAN: Text =
    Text::new("cli.rule.ran", "已运行，命中{count}次", "ran, {count} matches");
pub(crate) const RULE_NO_SOURCE: Text =
    Text::new("cli.rule.no_source", "未运行：没有对应的日志", "did not run: no such log here");
pub(crate) const RULE_NO_FIELD: Text = Text::new(
    "cli.rule.no_field",
    "不会命中：日志中没有字段 {names}",
    "cannot fire: no record has the field {names}",
);
pub(crate) const RULE_NO_VALUES: Text = Text::new(
    "cli.rule.no_values",
    "不会命中：占位符 {names} 没有取值",
    "cannot fire: no values given for {names}",
);
pub(crate) const RULE_NOT_LOADED: Text =
    Text::new("cli.rule.not_loaded", "未加载：{reason}", "not loaded: {reason}");
pub(crate) const NO_RULES: Text = Text::new(
    "cli.rules.none",
    "给出的文件夹中没有规则文件（.yml、.yaml）；请检查路径",
    "the folders given hold no rule file (.yml, .yaml); check the path",
);
pub(crate) const WRITTEN: Text = Text::new("cli.written", "报告：{path}", "report: {path}");
pub(crate) const EVIDENCE_SEALED: Text = Text::new(
    "cli.evidence.sealed",
    "证据包：{path}（援引的{cited}行中的{packed}行及其封存证明；含未脱敏的原始行，可用 sancha-verify 离线核验）",
    "evidence: {path} ({packed} of the {cited} lines cited, with the proof that they are as sealed; the lines are not masked; sancha-verify checks it offline)",
);
pub(crate) const EVIDENCE_UNSEALED: Text = Text::new(
    "cli.evidence.unsealed",
    "证据包：{path}（援引的{cited}行中的{packed}行及其文件的摘要；含未脱敏的原始行；未封存于日志，不证明未被改动）",
    "evidence: {path} ({packed} of the {cited} lines cited, with digests of their files; the lines are not masked; not sealed in a log, so nothing proves that they are unaltered)",
);
pub(crate) const NO_EVIDENCE: Text = Text::new(
    "cli.evidence.none",
    "没有写出证据包：援引的{cited}行无法再次读取，或尚未封存",
    "no evidence pack was written: the {cited} lines cited cannot be read again, or are not sealed yet",
);
pub(crate) const CLOCK: Text =
    Text::new("cli.clock", "“现在”取系统时钟：{at}", "the system clock is taken as now: {at}");
pub(crate) const OUTPUT_TAKEN: Text = Text::new(
    "cli.output_taken",
    "输出文件夹里已有{file}，而那里没有本程序的报告：可能是要读的日志，不予覆盖；请用 -o 另指定一个文件夹",
    "the output folder holds {file} and no report of this program: it may be a log that is to be read and is not overwritten; name another folder with -o",
);
pub(crate) const DRILL_CLOCK: Text = Text::new(
    "cli.drill_clock",
    "“现在”取环境变量 SANCHA_CLOCK，不是系统时钟（用于测试和演练）：{at}",
    "SANCHA_CLOCK, not the system clock, is taken as now (for tests and drills): {at}",
);
pub(crate) const FOLLOWING: Text =
    Text::new("cli.following", "正在跟踪；按 Ctrl-C 结束", "following; Ctrl-C ends");
pub(crate) const FOLLOW_FORMAT: Text = Text::new(
    "cli.follow_format",
    "--follow 没有结尾，只能逐行输出；请用 -f jsonl 或 -f table",
    "--follow has no end and prints line by line; use -f jsonl or -f table",
);
pub(crate) const FOLLOW_STDIN: Text = Text::new(
    "cli.follow_stdin",
    "标准输入不能跟踪；请给出文件、文件夹或通配符",
    "standard input cannot be followed; name files, folders or patterns",
);
pub(crate) const ABOUT: Text = Text::new(
    "cli.about",
    "sancha 三查 {version}\n\n把日志变成案件，并依据证据回答三个问题：发生了什么（查案件），单位当日是否落实了法定义务（查主体责任），对其负有监管责任的各方是否尽责（查监管责任）。\n\n“一案三查”按本产品的定义使用，未查到网络安全领域的官方定义。\n本产品不是等级测评，不是电子数据鉴定，不决定处罚，也不认定责任：结论由人作出。\n除使用者指定的对象存储和备份仓库外，本产品不联网，不回传数据。",
    "sancha 三查 {version}\n\nTurns logs into cases and answers three questions from evidence: what happened (incident), had the operator done its statutory duty on that day (operator duty), did those answerable above it do theirs (supervision).\n\n\"One case, three investigations\" is used as this product defines it; no official definition in cybersecurity was found.\nIt is no graded-protection assessment (等级测评) and no forensic examination of electronic data (电子数据鉴定); it decides no penalty and finds no responsibility: people do.\nIt opens no network connection but to the object store and the backup repository that its user names, and sends nothing home.",
);
pub(crate) const NO_LAW: Text = Text::new(
    "cli.law.none",
    "数据中没有当日施行的法规；不以今天的条文评判过去",
    "no instrument in the data was in force on that day; yesterday is not judged by today's text",
);
pub(crate) const NOT_VERIFIED: Text =
    Text::new("cli.law.not_verified", "（正文未核实）", " (text not verified)");
pub(crate) const DIFF_KEY: Text = Text::new(
    "cli.law.diff_key",
    "（* 要旨有改动；+ 新增；- 删去；另有{count}条未变）",
    "(* gist changed; + new; - gone; {count} unchanged)",
);
pub(crate) const DUTY_KEY: Text = Text::new(
    "cli.law.duty_key",
    "（✓ 适用；— 不适用；? 档案不足以判断；· 未给单位档案）",
    "(✓ applies; — does not; ? the profile does not say; · no profile given)",
);
pub(crate) const NO_DEADLINES: Text = Text::new(
    "cli.law.no_deadlines",
    "数据中当日没有适用的报告时限",
    "no report deadline in the data applies on that day",
);
pub(crate) const IMPORTED: Text =
    Text::new("cli.law.imported", "从 {file} 读出{count}条", "{count} articles read from {file}");
pub(crate) const WHICH_LAW: Text = Text::new(
    "cli.law.which",
    "文本没有写明是哪一版本；请用 --id 指定，如 --id csl-2026（见 sancha law list）",
    "the text does not say which version it is; name it with --id, such as --id csl-2026 (see sancha law list)",
);
pub(crate) const STORED: Text = Text::new(
    "cli.law.stored",
    "已写入 {path}；调查时用 --law-text 指定该文件夹，报告即引用其中被援引的条文",
    "written to {path}; with --law-text and that folder, reports quote the articles they cite",
);
pub(crate) const PROFILE_FINE: Text =
    Text::new("cli.doctor.fine", "没有发现缺项", "nothing missing was found");
pub(crate) const EXPLAIN_FORMAT: Text =
    Text::new("cli.explain.format", "格式：{format}", "format: {format}");
pub(crate) const EXPLAIN_TIME: Text = Text::new("cli.explain.time", "时间：{time}", "time: {time}");
pub(crate) const EXPLAIN_ASSUMED: Text =
    Text::new("cli.explain.assumed", "（年份或时区为推定）", " (year or zone assumed)");
pub(crate) const EXPLAIN_NO_TIME: Text =
    Text::new("cli.explain.no_time", "（未能读出）", "(could not be read)");
pub(crate) const EXPLAIN_FIELDS: Text = Text::new("cli.explain.fields", "字段：", "fields:");
pub(crate) const EXPLAIN_NOTES: Text = Text::new("cli.explain.notes", "解析备注：", "parse notes:");
pub(crate) const EXPLAIN_MATCHES: Text = Text::new("cli.explain.matches", "命中：", "matches:");
pub(crate) const EXPLAIN_NONE: Text = Text::new(
    "cli.explain.none",
    "没有规则命中这一行（在{count}条规则与分析中）",
    "no rule matched this line (of {count} rules and analyses)",
);
pub(crate) const KEY_MADE: Text = Text::new(
    "cli.key_made",
    "已生成日志湖的签名密钥：{path}。请立即备份（sancha key backup）；丢失后只能读、不能再接收，泄露后他人可代签",
    "made the lake's signing key: {path}. Back it up elsewhere now (sancha key backup): lost, nothing can be added any more; leaked, others can sign for you",
);
pub(crate) const KEY_FINGERPRINT: Text = Text::new(
    "cli.key.fingerprint",
    "公钥指纹（可电话核对）：{fingerprint}",
    "fingerprint, to compare by phone: {fingerprint}",
);
pub(crate) const KEY_IS_IN: Text =
    Text::new("cli.key.is_in", "密钥（机密）在 {path}", "the secret key is in {path}");
pub(crate) const KEY_IS_NOT_IN: Text = Text::new(
    "cli.key.is_not_in",
    "{path} 中没有这个密钥（机密）：没有它不能再接收日志；请从备份恢复：sancha key restore 文件",
    "the secret key is not in {path}: without it nothing can be added; restore it from its backup with `sancha key restore FILE`",
);
pub(crate) const KEY_BACKED_UP: Text = Text::new(
    "cli.key.backed_up",
    "已写出密钥备份 {path}。它就是密钥本身，属机密：请移到日志湖以外的地方保管，打印后删除此文件",
    "wrote the backup {path}. It is the key itself and SECRET: keep it away from the lake, and delete this file once it is printed",
);
pub(crate) const KEY_RESTORED: Text =
    Text::new("cli.key.restored", "密钥在 {path}", "the key is in {path}");
pub(crate) const KEY_ROTATED: Text = Text::new(
    "cli.key.rotated",
    "已更换密钥。新密钥在 {path}，请立即备份（sancha key backup），并把上面的公钥告知保管公钥的各方；旧密钥 {old} 不能再签名，请销毁它和它的备份",
    "the key is replaced. The new one is in {path}: back it up now (sancha key backup) and give the public key above to those who keep it; the old one, {old}, signs nothing more: destroy it and its backups",
);
pub(crate) const ANCHOR_EXPORTED: Text = Text::new(
    "cli.anchor.exported",
    "已写出给见证方的请求 {path}：自第{from}条至第{size}条。对方运行 sancha witness sign；首次须同时给他公钥（sancha key show）",
    "wrote the request {path}, from {from} to {size} entries. The witness runs `sancha witness sign`; the first time give them the public key, too (sancha key show)",
);
pub(crate) const ANCHOR_ACCEPTED: Text =
    Text::new("cli.anchor.accepted", "已收下：{by}", "accepted: {by}");
pub(crate) const ANCHOR_STAMP_ASKED: Text = Text::new(
    "cli.anchor.stamp_asked",
    "已写出时间戳申请 {path}（前{size}条）。送交时间戳机构，答复用 sancha anchor timestamp accept 收下",
    "wrote the request {path} over the first {size} entries. Send it to a time-stamp authority and take the answer with `sancha anchor timestamp accept`",
);
pub(crate) const ANCHOR_STAMPED: Text = Text::new(
    "cli.anchor.stamped",
    "已收下：{by} 于 {at} 对前{size}条盖章。机构的签名另行核验：openssl ts -verify -digest {digest} -in 答复文件 -CAfile 机构证书.pem",
    "accepted: {by} stamped the first {size} entries at {at}. Check the signature of the authority with openssl ts -verify -digest {digest} -in ANSWER -CAfile authority.pem",
);
pub(crate) const ANCHOR_PRINTED: Text = Text::new(
    "cli.anchor.printed",
    "已写出 {path}（前{size}条）：打印后交他人保管",
    "wrote {path}, the first {size} entries: print it and give it to somebody else to keep",
);
pub(crate) const ANCHOR_COPIED: Text = Text::new(
    "cli.anchor.copied",
    "已复制前{size}条：新写{written}个文件，{present}个已在",
    "copied the first {size} entries: {written} files written, {present} were there",
);
pub(crate) const ANCHOR_NONE: Text = Text::new(
    "cli.anchor.none",
    "尚无锚定；见 sancha anchor --help",
    "no anchor yet; see sancha anchor --help",
);
pub(crate) const ANCHOR_OPEN: Text = Text::new(
    "cli.anchor.open",
    "尚无答复的时间戳申请：{path}",
    "request without an answer yet: {path}",
);
pub(crate) const WITNESS_SIGNED: Text = Text::new(
    "cli.witness.signed",
    "已确认 {origin} 由{old}条增至{size}条、未被改写，签名写入 {path}；请交还对方（sancha anchor accept）",
    "{origin} grew from {old} to {size} entries and was not rewritten; signed in {path}: give it back (sancha anchor accept)",
);
pub(crate) const WITNESS_KEY_MADE: Text = Text::new(
    "cli.witness.key_made",
    "已生成见证方的密钥：{path}；公钥：{key}",
    "made the key of this witness: {path}; its public key: {key}",
);
pub(crate) const KEY_SHREDDED: Text = Text::new(
    "cli.key_shredded",
    "已销毁密钥 {path}，并已记入封存日志；该密钥的备份请一并销毁，否则副本仍可读",
    "destroyed the key {path}; the sealed log says so. Destroy its backups too: with one of them copies still read",
);
pub(crate) const INGESTED: Text = Text::new(
    "cli.ingested",
    "{files}个文件：新增{lines}行，已有{known}字节跳过；写入{parts}个分区文件，原文{raw}字节，占用{kept}字节",
    "{files} files: {lines} new lines, {known} bytes known already; {parts} parts written, {raw} bytes of lines kept in {kept} bytes",
);
pub(crate) const SEARCHED: Text = Text::new(
    "cli.searched",
    "{answers}行；共{parts}个数据文件，其中{skipped}个凭索引即可排除，未打开",
    "{answers} rows; {parts} parts, {skipped} of them ruled out by their index",
);
pub(crate) const ALLOW_UNKNOWN: Text = Text::new(
    "cli.allow_unknown",
    "放行名单 {entry}：本次运行中没有 {names}，这一条覆盖的比所写的少；规则编号可用 sancha rules list 列出",
    "allow list {entry}: this run has no {names}, so the entry covers less than it says; `sancha rules list` lists the rules",
);
pub(crate) const DETECTED: Text = Text::new(
    "cli.detected",
    "读取文件{files}个，记录{records}条（其中{rejected}条未能解析）；{what}{found}条",
    "files read: {files}, records: {records} (not understood: {rejected}); {what}: {found}",
);
pub(crate) const FINDINGS: Text = Text::new("cli.findings", "告警", "findings");
pub(crate) const MATCHES: Text = Text::new("cli.matches", "匹配", "matches");
pub(crate) const NO_ANSWER: Text = Text::new(
    "cli.no_answer",
    "没有一行同时符合所有条件。字段条件写成 名称:值；词按整词查找，查词的一部分写成 *部分*；几个条件任取其一用 OR；来源名称可用 sancha retention prove 列出",
    "no row meets all conditions. A condition on a field is written name:value; words are looked for whole, a part of one is written *part*; OR stands between alternatives; `sancha retention prove` lists the sources",
);
pub(crate) const NO_TIME: Text = Text::new(
    "cli.no_time",
    "没有时间的行（如程序报错的堆栈）不属于任何时间段；不写 --from 和 --to 才找得到",
    "lines without a time, such as a program's trace, are in no period: they are found without --from and --to",
);
pub(crate) const PARQUET_FILE: Text = Text::new(
    "cli.parquet_file",
    "Parquet 是二进制格式；请用 -o 文件名 写入文件",
    "Parquet is binary; write it to a file with -o FILE",
);
pub(crate) const NO_SAVED: Text = Text::new(
    "cli.no_saved",
    "尚无已保存的查询；用 sancha search --save 名称 '查询' 保存",
    "no search is saved; save one with sancha search --save NAME 'QUERY'",
);
pub(crate) const EXPORTED: Text = Text::new(
    "cli.exported",
    "已导出{lines}行及其证明：{path}；可用 sancha-verify 离线校验",
    "exported {lines} lines with their proof: {path}; sancha-verify checks it offline",
);
pub(crate) const WAL_DAMAGED: Text = Text::new(
    "cli.wal_damaged",
    "预写文件有损坏，能读出的已封存，原文件改名为 .damaged 留在 wal 文件夹：{what}",
    "a write-ahead file is damaged; what could be read is settled, the file stays in `wal` as .damaged: {what}",
);
pub(crate) const RESTORE_NOT_SHOWN: Text = Text::new(
    "cli.restore_not_shown",
    "{path}：这次恢复测试缺少密钥，没有结论，未采用",
    "{path}: this restore test lacked keys and shows nothing either way; it is left out",
);
pub(crate) const RESTORE_BY_HAND: Text = Text::new(
    "cli.restore_by_hand",
    "{path}：这次恢复测试的时间是手工给的（--at 或 SANCHA_CLOCK），不能说明当时已做，未采用",
    "{path}: the time of this restore test was set by hand (--at or SANCHA_CLOCK) and does not show when it was made; it is left out",
);
pub(crate) const SOURCE_WITHOUT_KEY: Text = Text::new(
    "cli.source_without_key",
    "{source}：未出具留存说明。{what}",
    "{source}: nothing is stated of its retention. {what}",
);
pub(crate) const WAL_WITHOUT_KEY: Text = Text::new(
    "cli.wal_without_key",
    "{what}。有已接收的行因此未能封存，仍留在 wal 文件夹；密钥放回后再次运行 sancha ingest 即封存",
    "{what}. So lines that were accepted are not sealed, and stay in `wal`; with the key back the next `sancha ingest` seals them",
);
pub(crate) const COMPANION_DAMAGED: Text = Text::new(
    "cli.companion_damaged",
    "{what}。查找（search、sql）未用此文件，已逐行查了它所属的分区；证据包（evidence export）不含该分区的行",
    "{what}. Answers of `search` and `sql` were found without this file, by reading all rows of its part; a pack of `evidence export` has no line of that part",
);
pub(crate) const PART_WITHOUT_KEY: Text = Text::new(
    "cli.part_without_key",
    "{what}。打不开的月份的行不在结果中",
    "{what}. The answer is without the lines of the months that no key opens",
);
pub(crate) const KEPT_APART: Text = Text::new(
    "cli.kept_apart",
    "{source}：第{at}字节处的行与同一日志流中已有的不同，另作一流留存",
    "{source}: lines at byte {at} differ from what the same stream has there; they are kept as a stream of their own",
);
pub(crate) const HELD: Text = Text::new(
    "cli.held",
    "已设立保全 {name}：所涉内容在解除之前不会被删除",
    "hold {name} is in force: nothing that it touches goes before it is released",
);
pub(crate) const RELEASED: Text = Text::new(
    "cli.released",
    "已解除保全 {name}：过了留存期的内容将由 retention apply 删除",
    "hold {name} is released: what is past its time goes with the next `retention apply`",
);
pub(crate) const WAIVED: Text = Text::new(
    "cli.waived",
    "已为来源 {source} 记入豁免：留存证明将显示六个月的义务未落实",
    "the waiver of {source} is entered: proofs will show the duty of six months as not met",
);
