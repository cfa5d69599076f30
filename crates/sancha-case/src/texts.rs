//! Every sentence that this crate shows to people.

use sancha_model::Text;

use crate::{Grade, LogKind, Phase, Stage};

pub const TITLE: Text = Text::new("case.title", "{asset}：{what}", "{asset}: {what}");
pub const TITLE_SUSTAINED: Text =
    Text::new("case.title.sustained", "{asset}：持续遭受{what}", "{asset}: sustained {what}");
pub const TITLE_ASSET_UNNAMED: Text =
    Text::new("case.title.asset_unnamed", "未标明名称的资产", "an asset not named in the records");
pub const TITLE_AND_MORE: Text = Text::new("case.title.and_more", "{what}等", "{what} and more");

pub const OPENED_LIKELY: Text = Text::new(
    "case.opened.likely",
    "记录显示“{scenario}”不止于尝试：{reason}",
    "the records show more than an attempt of {scenario}: {reason}",
);
pub const OPENED_SUSTAINED: Text = Text::new(
    "case.opened.sustained",
    "未见成功迹象，但同一资产持续遭受攻击：{addresses}个来源地址，共{count}次，历时{duration}",
    "no sign of success, but one asset was attacked on and on: {addresses} source addresses, {count} attempts, over {duration}",
);
pub const OPENED_ASKED: Text = Text::new(
    "case.opened.asked",
    "按使用者要求立案（--case all），记录中未见成功迹象",
    "opened on request (--case all); the records show no sign of success",
);

pub const JOINED_OPENED: Text = Text::new(
    "case.joined.opened",
    "该告警本身即达到立案条件",
    "this finding meets the condition for a case by itself",
);
pub const JOINED_SUSTAINED: Text = Text::new(
    "case.joined.sustained",
    "针对同一资产的同类攻击，达到持续攻击的条件",
    "the same kind of attack on the same asset; it meets the condition for a sustained attack",
);
pub const JOINED_SAME_SOURCE: Text = Text::new(
    "case.joined.same_source",
    "与本案的来源地址{source}相同，资产相同或未标明，前后相隔不超过{days}天",
    "the same source address {source} as this case, the same asset or none named, no more than {days} days apart",
);
pub const JOINED_SAME_OBJECT: Text = Text::new(
    "case.joined.same_object",
    "使用了本案中上传的同一文件：{object}",
    "it used the same file that was uploaded in this case: {object}",
);
pub const JOINED_AFTER_ENTRY: Text = Text::new(
    "case.joined.after_entry",
    "该记录没有外部来源地址；发生在同一资产上，在告警“{scenario}”（{time}）之后{hours}小时以内",
    "the records name no source from outside; it happened on the same asset, within {hours} hours after the finding \"{scenario}\" ({time})",
);
pub const JOINED_AFTER_ENTRY_UNNAMED: Text = Text::new(
    "case.joined.after_entry_unnamed",
    "该记录没有外部来源地址，也没有同时标明双方资产；发生在告警“{scenario}”（{time}）之后{hours}小时以内，是否同一资产需人工核对",
    "the records name no source from outside and do not name both assets; it happened within {hours} hours after the finding \"{scenario}\" ({time}); a person must check that the asset is the same",
);

pub const CONFIRMED: Text = Text::new(
    "case.outcome.confirmed",
    "相互独立的日志彼此印证：{kinds}",
    "independent kinds of logs support each other: {kinds}",
);
pub const ONE_KIND: Text = Text::new(
    "case.outcome.one_kind",
    "很可能已成功，但只有一类日志可以证明（{kinds}）；确认需要另一类独立日志",
    "success is likely, but only one kind of log shows it ({kinds}); to confirm it, another independent kind is needed",
);
pub const KINDS_APART: Text = Text::new(
    "case.outcome.kinds_apart",
    "很可能已成功；虽有多类日志（{kinds}），但时间相隔较远且来源地址不同，不能彼此印证",
    "success is likely; there are several kinds of logs ({kinds}), but too far apart in time and without a common source address to support each other",
);
pub const KIND_UNKNOWN: Text =
    Text::new("case.outcome.kind_unknown", "日志类别不明", "kind of log not known");
pub const NO_SUCCESS: Text = Text::new(
    "case.outcome.no_success",
    "现有日志中未见成功迹象",
    "the logs at hand show no sign of success",
);
pub const NOT_DETERMINED: Text = Text::new(
    "case.outcome.not_determined",
    "是否成功，现有日志不能判定",
    "whether it succeeded, the logs at hand do not tell",
);
pub const LINKED_BY_CASE: Text = Text::new(
    "case.outcome.linked",
    "记录表明该操作已经发生，且在同一资产疑似被侵入之后；单凭该记录不能排除正常运维",
    "the records show that it happened, on the same asset after the likely intrusion; by itself it may still be ordinary work",
);

pub const EFFECT_CONFIDENTIALITY: Text = Text::new(
    "case.effect.confidentiality",
    "所读日志中没有显示数据被读取或带出的告警；是否被读取无法由此判定",
    "no finding in the logs read shows that data was read or taken; whether it was cannot be told from them",
);
pub const EFFECT_INTEGRITY: Text = Text::new(
    "case.effect.integrity",
    "所读日志中没有显示文件、配置、网页或数据库被改动的告警；是否被改动需与基线比对",
    "no finding in the logs read shows a change of files, configuration, pages or database; compare with a baseline to know",
);
pub const EFFECT_AVAILABILITY: Text = Text::new(
    "case.effect.availability",
    "所读日志中没有显示服务中断的告警；中断时长需由监控记录或值班记录说明",
    "no finding in the logs read shows that service stopped; monitoring or duty records must say how long, if it did",
);

pub const TIMELINE_END: Text = Text::new(
    "case.timeline.end",
    "“{scenario}”的最后一条相关记录",
    "last related record of \"{scenario}\"",
);

pub const NETWORK_ASSETS: Text = Text::new(
    "case.network.assets",
    "{count}个资产在所读时段内各有案件，可能是波及全网的事件，请通报其他单位和网段排查",
    "{count} assets have cases in the period read; this may concern the whole network: have other units and networks check",
);
pub const NETWORK_SOURCE: Text = Text::new(
    "case.network.source",
    "来源地址{source}出现在{count}个资产的攻击记录中，请在全网排查该地址",
    "source address {source} attacked {count} assets; check the whole network for it",
);

pub const GRADE_NO_CRITERIA: Text = Text::new(
    "case.grade.no_criteria",
    "事发当日没有可用的分级标准数据，不能提出级别建议",
    "there are no grading criteria for the day of the facts, so no grade is proposed",
);
pub const GRADE_UNDETERMINED: Text = Text::new(
    "case.grade.open",
    "还有{open}项标准缺少数值、缺少经核实的界限或未经人工判断，不能提出级别建议",
    "{open} criteria lack a value, a verified threshold or a person's judgement, so no grade is proposed",
);
pub const GRADE_GENERAL: Text = Text::new(
    "case.grade.all_below",
    "全部标准均有数值且低于经核实的界限，或已由人工判断为未达到，建议定为一般",
    "every criterion has a value below a verified threshold or was judged not reached by a person; general is proposed",
);
pub const GRADE_FIRED: Text = Text::new(
    "case.grade.fired",
    "至少一项标准达到该级别的界限或经人工判断达到",
    "at least one criterion reaches the threshold of this grade, or a person judged so",
);
pub const GRADE_FIRED_OPEN: Text = Text::new(
    "case.grade.fired_open",
    "至少一项标准达到该级别；还有{open}项标准未定，级别可能更高",
    "at least one criterion reaches this grade; {open} criteria are still open, so the grade may be graver",
);

pub const DURATION_HOURS: Text =
    Text::new("case.duration.hours", "约{count}小时", "about {count} hours");
pub const DURATION_MINUTES: Text =
    Text::new("case.duration.minutes", "约{count}分钟", "about {count} minutes");
pub const LIST_SEPARATOR: Text = Text::new("case.list.separator", "、", ", ");

/// The sentences above; [`all`] adds the names of phases, stages, grades and kinds of logs.
pub static ALL: &[&Text] = &[
    &TITLE,
    &TITLE_SUSTAINED,
    &TITLE_ASSET_UNNAMED,
    &TITLE_AND_MORE,
    &OPENED_LIKELY,
    &OPENED_SUSTAINED,
    &OPENED_ASKED,
    &JOINED_OPENED,
    &JOINED_SUSTAINED,
    &JOINED_SAME_SOURCE,
    &JOINED_SAME_OBJECT,
    &JOINED_AFTER_ENTRY,
    &JOINED_AFTER_ENTRY_UNNAMED,
    &CONFIRMED,
    &ONE_KIND,
    &KINDS_APART,
    &KIND_UNKNOWN,
    &NO_SUCCESS,
    &NOT_DETERMINED,
    &LINKED_BY_CASE,
    &EFFECT_CONFIDENTIALITY,
    &EFFECT_INTEGRITY,
    &EFFECT_AVAILABILITY,
    &TIMELINE_END,
    &NETWORK_ASSETS,
    &NETWORK_SOURCE,
    &GRADE_NO_CRITERIA,
    &GRADE_UNDETERMINED,
    &GRADE_GENERAL,
    &GRADE_FIRED,
    &GRADE_FIRED_OPEN,
    &DURATION_HOURS,
    &DURATION_MINUTES,
    &LIST_SEPARATOR,
];

/// Every text of this crate, for the wording test.
pub fn all() -> Vec<Text> {
    let grades = Grade::WITH_THRESHOLD.into_iter().chain([Grade::General, Grade::Undetermined]);
    let mut texts: Vec<Text> = ALL.iter().map(|text| **text).collect();
    texts.extend(Phase::ALL.map(Phase::text));
    texts.extend(Stage::ALL.map(Stage::text));
    texts.extend(LogKind::ALL.map(LogKind::text));
    texts.extend(grades.map(Grade::text));
    texts
}
