use sancha_model::Text;

macro_rules! texts {
    ($($name:ident = $key:literal, $zh:literal, $en:literal;)+) => {
        $(pub const $name: Text = Text::new($key, $zh, $en);)+
        pub(super) const ALL_DUTY: &[&Text] = &[$(&$name),+];
    };
}

texts! {
    JUDGED_BY = "duty.judged_by", "{from}至{until}的事实按当时有效的{title}判断", "the facts of {from} to {until} are judged by {title}, then in force";
    INSPECTED_UNDER = "supervision.inspected_under", "{from}的检查按当时有效的{title}进行", "the inspection of {from} was made under {title}, then in force";
    NO_LAW = "duty.no_law", "事实发生在{day}，本产品法规数据中没有当日有效的相应版本，不作判断", "the facts are of {day}; the law data holds no version in force that day, so nothing is judged";
    BRING_LAW = "duty.bring_law", "当日有效的法规文本", "the text in force that day";
    NO_PROFILE = "duty.no_profile", "未提供单位档案（operator.toml），无法判断；需提供所列证明", "no operator profile was given, so this cannot be judged; bring the proof listed";
    BRING = "duty.bring", "{what}（对应 {day} 或之前形成，可读取且摘要相符）", "{what} (dated {day} or before, readable, with its digest)";
    SHOWN = "duty.shown", "{system}：{what}有证明，{day}有效（档案条目 {key}）", "{system}: {what} is proven for {day} (profile entry {key})";
    RESTORED = "duty.restored", "{system}：恢复测试于{date}进行并通过，距所判断的{day}为{before}天，距本报告{age}天（档案条目 {key}）", "{system}: the restore test of {date} passed, {before} days before {day}, the day judged, and {age} days before this report (profile entry {key})";
    NOT_RESTORED = "duty.not_restored", "{system}：{date}的恢复测试未通过，距所判断的{day}为{before}天，距本报告{age}天（档案条目 {key}）", "{system}: the restore test of {date} failed, {before} days before {day}, the day judged, and {age} days before this report (profile entry {key})";
    AGAINST = "duty.against", "{system}：有证明的记录本身显示不符（档案条目 {key}）", "{system}: the proven record itself says otherwise (profile entry {key})";
    DECLARED = "duty.declared", "{system}：已填报{what}（{key}），但未附证明，按未见证据处理", "{system}: {what} is declared ({key}), no proof; counted as not shown";
    PROOF_MISSING = "duty.proof_missing", "{system}：{what}的证明文件未找到（{key}，{path}）", "{system}: the proof of {what} was not found ({key}, {path})";
    PROOF_UNREADABLE = "duty.proof_unreadable", "{system}：{what}的证明文件无法读取（{key}，{path}）", "{system}: the proof of {what} cannot be read ({key}, {path})";
    PROOF_DIGEST = "duty.proof_digest", "{system}：{what}的证明文件与档案所写摘要不符（{key}，{path}）", "{system}: the proof of {what} does not have the digest stated ({key}, {path})";
    PROOF_TOO_LATE = "duty.proof_too_late", "{system}：{what}的证明形成于{day}之后（{key}，{path}）", "{system}: the proof of {what} was made after {day} ({key}, {path})";
    PROOF_WRONG_KIND = "duty.proof_wrong_kind", "{system}：所附证明的种类不能回答此问（{key}，{path}）", "{system}: the proof is of a kind that does not answer this ({key}, {path})";
    NOT_IN_FORCE = "duty.not_in_force", "{system}：{what}在{day}未见有效或已办的记录（{key}）", "{system}: {what} is not recorded as in force or done on {day} ({key})";
    TOO_OLD = "duty.too_old", "{system}：{what}距{day}已超出规定间隔（{key}）", "{system}: {what} lies further back from {day} than the interval allows ({key})";
    NO_INTERVAL = "duty.no_interval", "{system}：预案未写明演练间隔，法规没有规定具体数字（{key}）", "{system}: the plan names no interval for drills and the law gives no number ({key})";
    NO_ENTRY = "duty.no_entry", "{system}：档案中没有{what}", "{system}: the profile lacks: {what}";
    ALL_SYSTEMS = "duty.all_systems", "本单位", "the unit";
    NOT_BOUND_KIND = "duty.not_bound_kind", "此项不约束该类运营者（{kind}）", "this does not bind operators of this kind ({kind})";
    NOT_BOUND_NEED = "duty.not_bound_need", "此项以“{need}”为前提，档案和现有证据表明不具备该前提", "this presupposes: {need}; profile and evidence show that it is not so";
    OPEN_NEED = "duty.open_need", "此项以“{need}”为前提，档案或现有证据未能表明是否具备", "this presupposes: {need}; profile and evidence do not say whether it is so";
    BRING_NEED = "duty.bring_need", "说明是否“{need}”的材料", "material that says whether: {need}";
    OPEN_DESIGNATION = "duty.open_designation", "档案称被触及的系统已认定为关键信息基础设施，但没有可读取、摘要相符的认定通知", "the profile says that a touched system is designated as critical infrastructure; no readable notice with its digest shows it";
    BRING_DESIGNATION = "duty.bring_designation", "关键信息基础设施认定通知", "the designation notice";
    OPEN_OPERATOR = "duty.open_operator", "档案没有可用的单位信息，无法判断是否适用", "the profile has no usable operator section, so whether this binds cannot be told";
    BRING_OPERATOR = "duty.bring_operator", "单位名称和类型", "name and kind of the operator";
    NO_CONTRACTOR = "duty.no_contractor", "档案未写明被触及系统的建设者、维护者或服务机构", "the profile names no builder, maintainer or service provider of the systems touched";
    LOGS_MET = "duty.logs_met", "{source}：记录自{first}连续至{last}，早于或等于所需起始日{needed}", "{source}: records run from {first} to {last}, back to the day needed, {needed}, or further";
    LOGS_SHORT = "duty.logs_short", "{source}：截至{complete}的全部日志最早为{first}，晚于所需起始日{needed}，而系统当时已在用", "{source}: all logs kept as of {complete} begin on {first}, after the day needed, {needed}, while the system was in use";
    LOGS_OPEN = "duty.logs_open", "{source}：现有日志自{first}至{last}，所需起始日为{needed}；{why}", "{source}: the logs given run from {first} to {last}, needed from {needed}; {why}";
    LOGS_UNDATED = "duty.logs_undated", "{source}：所需起始日为{needed}；{why}", "{source}: needed from {needed}; {why}";
    LOGS_NONE = "duty.logs_none", "没有读到被触及系统的日志，日志留存未见证据", "no log of the systems touched was read, so retention is not shown";
    KEPT_MET = "duty.kept_met", "{source}：日志湖{made}的留存证明载明，记录自{first}连续至{last}，早于或等于所需起始日{needed}（封存日志{size}条，根{root}；锚定：{anchors}）", "{source}: the lake's proof of {made} states records from {first} to {last} without a gap, back to the day needed, {needed}, or further (log of {size} entries, root {root}; anchored: {anchors})";
    KEPT_WAIVED = "duty.kept_waived", "{source}：封存日志载明当日按有效的豁免只留存{days}天（至{until}），短于六个月（封存日志{size}条，根{root}）", "{source}: the sealed log holds a waiver that was in force that day, until {until}: kept {days} days only, less than six months (log of {size} entries, root {root})";
    KEPT_OPEN = "duty.kept_open", "{source}：日志湖{made}的留存证明载明，记录自{first}至{last}，所需起始日为{needed}；{why}（封存日志{size}条，根{root}）", "{source}: the lake's proof of {made} states records from {first} to {last}, needed from {needed}; {why} (log of {size} entries, root {root})";
    KEPT_UNDATED = "duty.kept_undated", "{source}：日志湖{made}有留存证明，所需起始日为{needed}；{why}（封存日志{size}条，根{root}）", "{source}: there is a proof of the lake of {made}, needed from {needed}; {why} (log of {size} entries, root {root})";
    SIGNED_BY = "duty.signed_by", "{path}由{key}签名，经所给公钥核验成立", "{path} is signed by {key}: the signature holds under a public key that was given";
    SIGNED_NOT_CHECKED = "duty.signed_not_checked", "{path}有签名，但没有给出公钥（--proof-key），未予核验", "{path} has a signature, which was not checked: no public key was given (--proof-key)";
    SIGNED_NO = "duty.signed_no", "{path}没有签名，是谁写的、写后有无改动，无从核验", "{path} has no signature: who wrote it, and whether it was changed since, cannot be checked";
    WHY_MADE_BEFORE = "duty.why_made_before", "证明早于事发当日，说明不了当日", "the proof is older than the facts and says nothing of that day";
    WHY_BEGINS_LATER = "duty.why_begins_later", "更早的日志是否存在过，日志湖不知", "whether there were older logs the lake does not know";
    BRING_RETAINED_LOGS = "duty.bring_logs", "六个月内的全部日志，或日志完整性说明", "all logs of the six months, or a statement that the logs are complete";
    WHY_NOT_DECLARED = "duty.why_not_declared", "档案未说明所给日志是否为全部留存", "nobody says that the logs given are all that was kept";
    WHY_NOT_PROVEN = "duty.why_not_proven", "称日志完整，但没有可读取的证明", "they are said to be complete, without a readable proof";
    WHY_TOO_EARLY = "duty.why_too_early", "完整性说明的日期早于事发当日", "the statement of completeness is older than the facts";
    WHY_IN_USE = "duty.why_in_use", "系统在用未满所需时间，或未说明何时启用", "the system was not in use long enough, or nobody says since when";
    WHY_GAP = "duty.why_gap", "{from}至{until}之间没有记录，原因未说明", "there is no record between {from} and {until}, unexplained";
    WHY_NO_RECORDS = "duty.why_no_records", "没有带时间的记录", "no record has a time";
    REPORT_IN_TIME = "duty.report_in_time", "首次报告于{at}提交，截止时刻为{due}", "the first report was sent at {at}; it was due at {due}";
    REPORT_LATE = "duty.report_late", "首次报告于{at}提交，晚于截止时刻{due}", "the first report was sent at {at}, after it was due at {due}";
    REPORT_GRADE_OPEN = "duty.report_grade_open", "事件等级尚未确定为较大以上，是否须在此时限内报告待定", "the grade is not established as larger or above, so whether this limit binds is open";
    REPORT_NO_CLOCK = "duty.report_no_clock", "未说明获知时间，或无法确定适用的时限", "the time of awareness is not stated, or the limit that applies cannot be told";
    REPORT_BEFORE_AWARE = "duty.report_before_aware", "档案中的首次报告（{key}）于{at}提交，早于获知时间{aware}：两个时间必有一个不对，不能据此判断", "the first report in the profile ({key}) was sent at {at}, before the unit became aware at {aware}: one of the two times is wrong, and nothing follows from them";
    REPORT_ELSEWHERE = "duty.report_elsewhere", "档案中的首次报告（{key}）报给{given}，没有写明（row）属于应报的{to}，不能据此判断", "the first report in the profile ({key}) went to {given}; it is not stated (row) to be one that is owed it ({to}), and nothing follows from it";
    BRING_ROW = "duty.bring_row", "报给上述部门的首次报告及回执，并在档案中写明 row", "the first report to that body with its receipt, its `row` stated in the profile";
    BRING_AWARE_AT = "duty.bring_aware_at", "获知时间及依据（aware_at）", "when the unit became aware, with what shows it (aware_at)";
    BRING_GRADE = "duty.bring_grade", "事件定级意见", "the grading of the incident";
    BASIS = "supervision.basis", "本问题的依据：{basis}", "this question rests on: {basis}";
    SUPERVISED = "supervision.found", "{what}：{detail}（{date}，档案条目 {key}）", "{what}: {detail} ({date}, profile entry {key})";
    RECHECK_NOT_PASSED = "supervision.recheck_not_passed", "复查记录显示问题仍未解决（{date}，档案条目 {key}）", "the re-check record says that the defect remains ({date}, profile entry {key})";
    NOT_ATTENDED = "supervision.not_attended", "有记录的演练没有上级或监管部门参加（{key}），法规未作此要求", "the drill on record had nobody from above ({key}); no law asks for it";
    THREE_OPEN = "supervision.three_open", "仅在关键信息基础设施发生重大以上事件并经调查确定责任后适用，由有关部门认定；本产品不作认定", "applies to critical infrastructure only, at major grade or above, after the departments have found responsibility; the product makes no such finding";
    BRING_FINDING = "supervision.bring_finding", "有关部门的责任认定文件和事件定级意见", "the departments' finding of responsibility and the grading";
}
