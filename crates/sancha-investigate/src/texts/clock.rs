use sancha_model::Text;

pub const DUE_NOT_STATED: Text = Text::new(
    "clock.due.not_stated",
    "单位获知事件后{within}内；获知时间：未说明",
    "{within} after the unit learned of it: not stated",
);
pub const ROW_APPLIES: Text = Text::new(
    "clock.row.applies",
    "应在获知后{within}内向{to}报告；适用理由：{because}",
    "to be reported to {to} within {within} of learning of it; applies because: {because}",
);
pub const ROW_SUBMITTED: Text = Text::new(
    "clock.row.submitted",
    "首次报告的提交时间：{time}",
    "the first report was submitted at {time}",
);
pub const SUMMARY_TO: Text =
    Text::new("clock.summary.to", "原报告渠道", "the channel of the first report");
pub const SUMMARY_LABEL: Text = Text::new("clock.summary.label", "处置总结报告", "summary report");
pub const SUMMARY_APPLIES: Text = Text::new(
    "clock.summary.applies",
    "处置工作结束后{days}日内（自然日）按原渠道上报处置总结报告",
    "a summary report is due through the same channel within {days} calendar days of the end of handling",
);
pub const SUMMARY_NOT_STATED: Text = Text::new(
    "clock.summary.not_stated",
    "处置结束后{days}日内；处置结束时间：未说明",
    "{days} days after handling ended: not stated",
);
pub const STATE_NOT_STATED: Text = Text::new(
    "clock.state.not_stated",
    "起算时间未说明，不能计算到期时间",
    "the start is not stated, so there is no due time",
);
pub const STATE_RUNNING: Text = Text::new("clock.state.running", "剩余{time}", "{time} left");
pub const STATE_OVERDUE: Text = Text::new(
    "clock.state.overdue",
    "已超过{time}，未见提交记录",
    "overdue by {time}; no submission is recorded",
);
pub const STATE_SENT: Text =
    Text::new("clock.state.sent", "有提交记录", "a submission is recorded");
pub const STATE_SENT_LATE: Text = Text::new(
    "clock.state.sent_late",
    "有提交记录，晚于到期时间{time}",
    "a submission is recorded, {time} after the due time",
);
pub const DAYS: Text = Text::new("clock.days", "{count}天", "{count} d");
pub const HOURS: Text = Text::new("clock.hours", "{count}小时", "{count} h");
pub const MINUTES: Text = Text::new("clock.minutes", "{count}分钟", "{count} min");
pub const CLOCK_STARTED: Text = Text::new(
    "clock.started",
    "时限自单位获知时起算：{time}；小时时限不因夜间、周末和节假日停止",
    "the time runs from when the unit learned of it: {time}; hours do not stop for nights, week-ends or holidays",
);
pub const CLOCK_AWARE_EARLY: Text = Text::new(
    "clock.aware_early",
    "所填的获知时间早于本案最早的记录（{time}）：可能另有线索在先，也可能填写有误，请核对",
    "the time stated lies before the first record of the case ({time}): something else may have told the unit, or the time is wrong; check it",
);
pub const CLOCK_AWARE_AHEAD: Text = Text::new(
    "clock.aware_ahead",
    "所填的获知时间晚于本报告的时刻（{time}），请核对",
    "the time stated lies after the time of this report ({time}); check it",
);
pub const CLOCK_NOT_STARTED: Text = Text::new(
    "clock.not_started",
    "单位何时获知事件未说明；日志时间不能代替获知时间，因此不计算到期时间",
    "when the unit learned of the incident is not stated; a time from a log cannot stand for it, so no due time is given",
);
pub const BRING_AWARE: Text = Text::new(
    "clock.bring.aware",
    "获知时间及其凭据（告警通知、值班记录、通报函），用 --aware 或单位档案的 incident.aware_at 填写",
    "when the unit learned of it, with its record (alert, duty log, official notice): give it with --aware or as incident.aware_at in the operator profile",
);
pub const CLOCK_NO_RULE: Text = Text::new(
    "clock.no_rule",
    "在所载法规中，事发当日没有可适用的报告时限；或单位类型不明，无法确定适用哪一行",
    "the law loaded has no report deadline that applies on the day of the facts, or the kind of operator is not known and no row can be chosen",
);
pub const BRING_RULE: Text = Text::new(
    "clock.bring.rule",
    "单位档案（operator.toml）中的单位类型；并向主管部门核实是否有行业规定的报告时限",
    "the kind of operator in the profile (operator.toml); and ask the authority in charge whether the sector has a deadline of its own",
);
pub const CLOCK_GRADE_OPEN: Text = Text::new(
    "clock.grade.open",
    "达到{from}及以上才要求报告；本案级别{grade}，定级之前按可能达到来准备",
    "a report is due from the grade \"{from}\" on; this case is {grade}: prepare the report as if it may be reached until the grade is settled",
);
pub const CLOCK_GRADE_REACHED: Text = Text::new(
    "clock.grade.reached",
    "达到{from}及以上要求报告；本案建议级别：{grade}",
    "a report is due from the grade \"{from}\" on; proposed for this case: {grade}",
);
pub const CLOCK_GRADE_BELOW: Text = Text::new(
    "clock.grade.below",
    "达到{from}及以上才要求报告；本案建议级别：{grade}，由人工最终认定",
    "a report is due from the grade \"{from}\" on; proposed for this case: {grade}; a person decides",
);

pub(super) static ALL_CLOCK: &[&Text] = &[
    &DUE_NOT_STATED,
    &ROW_APPLIES,
    &ROW_SUBMITTED,
    &SUMMARY_TO,
    &SUMMARY_LABEL,
    &SUMMARY_APPLIES,
    &SUMMARY_NOT_STATED,
    &STATE_NOT_STATED,
    &STATE_RUNNING,
    &STATE_OVERDUE,
    &STATE_SENT,
    &STATE_SENT_LATE,
    &DAYS,
    &HOURS,
    &MINUTES,
    &CLOCK_STARTED,
    &CLOCK_AWARE_EARLY,
    &CLOCK_AWARE_AHEAD,
    &CLOCK_NOT_STARTED,
    &BRING_AWARE,
    &CLOCK_NO_RULE,
    &BRING_RULE,
    &CLOCK_GRADE_OPEN,
    &CLOCK_GRADE_REACHED,
    &CLOCK_GRADE_BELOW,
];
