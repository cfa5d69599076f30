//! Every sentence of this crate that a person reads.

use sancha_model::Text;

macro_rules! texts {
    ($($name:ident = $key:literal, $zh:literal, $en:literal;)+) => {
        $(pub const $name: Text = Text::new($key, $zh, $en);)+
        /// All of them, for the wording test.
        pub static ALL: &[&Text] = &[$(&$name),+];
    };
}

texts! {
    NOT_TOML = "profile.not_toml", "此处不符合 TOML 写法：{reason}；该处之外的内容照常读取", "not valid TOML here: {reason}; the rest is still read";
    UNKNOWN_KEY = "profile.unknown_key", "不认识的键 `{key}`，未读取{hint}", "unknown key `{key}`, not read{hint}";
    DID_YOU_MEAN = "profile.did_you_mean", "；是否想写 `{near}`", "; did you mean `{near}`?";
    MISSING_KEY = "profile.missing_key", "缺少必填的 `{key}`，此条未采用；请补上后重新运行", "required `{key}` is missing, the entry is left out; add it and run again";
    POST_WITHOUT_DATE = "profile.post_without_date", "岗位没有任职起始日期 `{key}`，此条未采用：没有日期就无法判断当日由谁负责；请写 from = 年-月-日", "a post without a first day `{key}` is left out: without dates nobody can say who held it that day; write from = YYYY-MM-DD";
    WRONG_FORM = "profile.wrong_form", "`{key}` 应为{wanted}，未采用", "`{key}` must be {wanted}; not used";
    WANTED_TEXT = "profile.wanted_text", "非空文字", "a text that is not empty";
    WANTED_TEXTS = "profile.wanted_texts", "文字列表，如 [\"甲\", \"乙\"]", "a list of texts such as [\"a\", \"b\"]";
    WANTED_FLAG = "profile.wanted_flag", "true 或 false", "true or false";
    WANTED_NUMBER = "profile.wanted_number", "允许范围内的整数", "a whole number in the allowed range";
    WANTED_DATE = "profile.wanted_date", "日期，如 2026-03-01", "a date such as 2026-03-01";
    WANTED_INSTANT = "profile.wanted_instant", "日期时间，如 2026-11-02T09:10:00+08:00", "a date-time such as 2026-11-02T09:10:00+08:00";
    WANTED_TABLE = "profile.wanted_table", "一个表", "a table";
    WANTED_TABLES = "profile.wanted_tables", "表的列表，如 [[posts]]", "a list of tables such as [[posts]]";
    NOT_A_WORD = "profile.not_a_word", "`{key}` 的值 `{value}` 不在可用词之内{hint}；可用：{known}", "`{value}` is not a word for `{key}`{hint}; known: {known}";
    CIIO_IS_NO_KIND = "profile.ciio_is_no_kind", "`{key}` 不设 `ciio`：关键信息基础设施的认定属于具体系统，请在该系统下写 [systems.critical_infrastructure] 并附认定通知；可用：{known}", "`ciio` is no value of `{key}`: designation belongs to a system, write [systems.critical_infrastructure] there with the notice as proof; known: {known}";
    UNTIL_BEFORE_FROM = "profile.until_before_from", "`{key}` 早于起始日期，此条未采用", "`{key}` is before the first day; the entry is left out";
    PROOF_PATH_LEAVES = "profile.proof_path_leaves", "`{key}` 必须是 operator.toml 所在文件夹之内的相对路径，此证明未采用", "`{key}` must be a relative path inside the folder of operator.toml; this proof is left out";
    NOT_A_DIGEST = "profile.not_a_digest", "`{key}` 应为 64 位十六进制 SHA-256，此证明未采用；可用 sha256sum 计算", "`{key}` must be a SHA-256 of 64 hex digits; this proof is left out; `sha256sum` computes it";
    UNKNOWN_ZONE = "profile.unknown_zone", "`{key}` 不是已知时区；请写如 Asia/Shanghai", "`{key}` is no known time zone; write for example Asia/Shanghai";
    SCHEMA_MISSING = "profile.schema_missing", "缺少 `schema = 1` 或版本不受支持；按版本 1 读取", "`schema = 1` is missing or of another version; read as version 1";
    NO_OPERATOR = "profile.no_operator", "没有可用的 [operator]（至少要有 name 和 kind）：无法判断哪些义务适用", "no usable [operator] (name and kind at least): which duties apply cannot be told";
    SAME_ID_TWICE = "profile.same_id_twice", "`{key}` 的编号重复；同一节内编号须唯一", "the id of `{key}` occurs twice; ids are unique in a section";
    UNKNOWN_REFERENCE = "profile.unknown_reference", "`{key}` 指向不存在的 `{value}`{hint}", "`{key}` names `{value}`, which does not exist{hint}";
    NOT_A_NETWORK = "profile.not_a_network", "`{key}` 中的 `{value}` 不是地址或网段（如 10.0.0.5 或 10.0.0.0/8），未采用", "`{value}` in `{key}` is no address or network (such as 10.0.0.5 or 10.0.0.0/8); not used";
    WANTED_AMOUNT = "profile.wanted_amount", "不小于 0 的数", "a number that is not negative";
    VALUE_OR_JUDGED = "profile.value_or_judged", "`{key}` 与 judged 须写一个，且只写一个，此条未采用", "exactly one of `{key}` and judged has to be given; the entry is left out";
    ONLY_JUDGED = "profile.only_judged", "该标准没有数值界限，请删去 `{key}`，改写 judged（由人判断的级别），此条未采用", "this criterion has no number: replace `{key}` by judged, the grade that a person gives; the entry is left out";
    SHARE_TOO_LARGE = "profile.share_too_large", "`{key}` 是百分比，须在 0 至 100 之间，此条未采用", "`{key}` is a percentage between 0 and 100; the entry is left out";
    CRITERION_TWICE = "profile.criterion_twice", "`{key}` 写了两次；每项标准只写一条", "`{key}` is given twice; give each criterion once";
    HOURS = "within.hours", "{n} 小时", "{n} hours";
    MINUTES = "within.minutes", "{n} 分钟", "{n} minutes";
    CALENDAR_DAYS = "within.calendar_days", "{n} 日（自然日）", "{n} calendar days";
    WORKING_DAYS = "within.working_days", "{n} 个工作日", "{n} working days";
    CALENDAR_MONTHS = "within.calendar_months", "{n} 个月（按日历月）", "{n} calendar months";
    DUE_AT = "clock.due_at", "自{starts}起 {within} 内，最迟 {due}", "within {within} of {starts}: by {due}";
    DUE_NOT_STATED = "clock.due_not_stated", "自{starts}起 {within} 内；起算时间未写明，无法给出截止时刻", "within {within} of {starts}: not stated, so no due time can be given";
    PROVISIONAL_WORKING_DAYS = "clock.provisional_working_days", "【暂定，请务必核对】数据中没有 {years} 年的官方节假日安排，此截止日按已知法定节日推算，公布后可能变动", "[PROVISIONAL, CHECK] no official holiday notice for {years} is in the data; this due day is counted with the statutory days alone and may move";
    PROVISIONAL_CALENDAR = "clock.provisional_calendar", "【暂定，请务必核对】时限进入 {years} 年，数据中没有该年官方节假日安排；本时限按连续时间计算，不因节假日停止，但相邻的工作日时限可能变动", "[PROVISIONAL, CHECK] this clock runs into {years}, for which no official holiday notice is in the data; it runs without stopping, but periods in working days beside it may move";
    DOCTOR_NO_ENTRY = "doctor.no_entry", "缺少{what}：请在档案中填写（{where}）并附证明", "missing: {what}; add it to the profile ({where}) with its proof";
    DOCTOR_NO_PROOF = "doctor.no_proof", "`{key}` 只是填报，未附证明：请列出 path、sha256、date、kind", "`{key}` is only declared: name path, sha256, date and kind of its proof";
    DOCTOR_MISSING = "doctor.missing", "`{key}` 的证明文件 {path} 未找到：请放回或更正路径", "the proof {path} of `{key}` was not found: put it back or correct the path";
    DOCTOR_UNREADABLE = "doctor.unreadable", "`{key}` 的证明文件 {path} 无法读取：请检查权限", "the proof {path} of `{key}` cannot be read: check its permissions";
    DOCTOR_DIGEST = "doctor.digest", "`{key}` 的证明文件 {path} 与所写摘要不符：请核对文件，确认无误后更新摘要", "the proof {path} of `{key}` does not have the digest stated: check the file, then update the digest";
    DOCTOR_TOO_LATE = "doctor.too_late", "`{key}` 的证明 {path} 形成于判断日之后：请提供更早形成的证明", "the proof {path} of `{key}` was made after the day judged: bring an earlier one";
    DOCTOR_WRONG_KIND = "doctor.wrong_kind", "`{key}` 的证明 {path} 种类不能回答此问：请提供对应种类的证明", "the proof {path} of `{key}` is of a kind that does not answer this: bring one that does";
    DOCTOR_ENDED = "doctor.ended", "`{key}` 有效期至{date}，判断日已失效：请核对起止日期，或补充当期的条目", "`{key}` was in force until {date} only: check its dates, or add the entry of the time";
    DOCTOR_BEGINS = "doctor.begins", "`{key}` 自{date}起有效，判断日尚未生效：请核对起止日期，或补充当期的条目", "`{key}` is in force from {date} on only: check its dates, or add the entry of the time";
    DOCTOR_DONE_LATER = "doctor.done_later", "`{key}` 的日期{date}晚于判断日：请核对日期", "`{key}` is dated {date}, after the day judged: check the date";
    DOCTOR_DONE_BEFORE = "doctor.done_before", "`{key}` 的日期{date}早于事发首日：请核对日期", "`{key}` is dated {date}, before the facts: check the date";
    DOCTOR_NOT_RECORDED = "doctor.not_recorded", "`{key}` 没有写明已办：请补充办理记录", "`{key}` does not record that it was done: add the record";
    DOCTOR_NOT_AGREED = "doctor.not_agreed", "`{key}` 的合同没有写明所问的义务（obliges）：请核对合同", "the contract of `{key}` does not name the duty asked about (obliges): check the contract";
    DOCTOR_NOT_DONE = "doctor.not_done", "`{key}` 所写的结果是未通过或逾期，且没有可用的证明：请核对", "`{key}` says that it failed or was late, without a proof that holds: check it";
    DOCTOR_PLAN_NOT_IN_FORCE = "doctor.plan_not_in_force", "`{key}` 于{at}启动预案，但档案中没有当时有效的该预案：请核对预案的起止日期", "`{key}` started a plan at {at}, but the profile has no such plan in force then: check the dates of the plan";
    DOCTOR_STARTED_UNAWARE = "doctor.started_unaware", "`{key}` 于{at}启动预案，但没有写明获知时间：请填写 incident.aware_at", "`{key}` started a plan at {at}, but nothing says when the unit became aware: fill in incident.aware_at";
    DOCTOR_STARTED_BEFORE = "doctor.started_before", "`{key}` 于{at}启动预案，早于获知时间{aware}：请核对这两个时间", "`{key}` started a plan at {at}, before the unit became aware at {aware}: check both times";
    DOCTOR_START_NOT_JUDGED = "doctor.start_not_judged", "`{key}` 于{at}启动预案，获知时间为{aware}：法规没有规定具体时限，请在预案条目中写明本单位的时限（start_within_minutes），否则由人判断", "`{key}` started a plan at {at}, aware at {aware}: the law has no number, so write the unit's own into the plan (start_within_minutes), else a person judges";
    DOCTOR_STARTED_LATE = "doctor.started_late", "`{key}` 于{at}启动预案，获知时间为{aware}，超出预案自定的{minutes}分钟：请核对", "`{key}` started a plan at {at}, aware at {aware}, later than the {minutes} minutes of the unit's plan: check it";
    DOCTOR_NEED = "doctor.need", "档案没有写明是否“{need}”，有关义务是否适用因此不能判断：请补充", "the profile does not say whether: {need}; so whether the duty applies cannot be told: add it";
    DOCTOR_DESIGNATION = "doctor.designation", "档案称系统已认定为关键信息基础设施，但没有可读取、摘要相符的认定通知：请补充", "the profile says that a system is designated as critical infrastructure; no readable notice with its digest shows it: add it";
    DOCTOR_IMPACT = "doctor.impact", "`{key}` 没有可用的证明，不计入定级：请附证明（{kinds}），核对日期、路径和摘要", "`{key}` has no proof that holds and does not count for the grade: add one ({kinds}), check date, path and digest";
    DOCTOR_TOO_OLD = "doctor.too_old", "`{key}` 已超出规定间隔：请补充间隔之内的记录", "`{key}` is older than the interval: add a newer record";
    DOCTOR_NO_INTERVAL = "doctor.no_interval", "`{key}` 所依据的预案没有写演练间隔：请填写 drill_every_months", "the plan behind `{key}` names no interval: fill in drill_every_months";
}
