//! Why a rule was not loaded, in words for the person who wrote it.

use sancha_model::Text;

pub const SYNTAX: Text = Text::new(
    "rule.syntax",
    "规则无法解析：{detail}。请按所示位置改正后重试，其余规则不受影响",
    "the rule cannot be parsed: {detail}; correct it at the place shown and run again, other rules are not affected",
);
pub const TOO_LARGE: Text = Text::new(
    "rule.too_large",
    "规则文件超过{limit}字节，未读取。请拆分为较小的文件",
    "the rule file is larger than {limit} bytes and was not read; split it into smaller files",
);
pub const NO_RULE: Text = Text::new(
    "rule.none",
    "文件中没有规则。Sigma规则须有 title、logsource 和 detection",
    "the file holds no rule; a Sigma rule needs `title`, `logsource` and `detection`",
);
pub const EMPTY: Text = Text::new(
    "rule.empty",
    "一个检测项没有任何内容，会命中每一条记录，该规则未启用。请写上字段和值，或检查 --pipeline 是否去掉了全部条目",
    "a detection holds nothing and would match every record; the rule is not active. Write fields and values, or look whether a pipeline dropped them all",
);
pub const LEVEL: Text = Text::new(
    "rule.level",
    "`{name}` 不是 Sigma 的级别，该规则未启用。请写成 informational、low、medium、high 或 critical",
    "`{name}` is no level of Sigma and the rule is not active; write informational, low, medium, high or critical",
);
pub const FILTER: Text = Text::new(
    "rule.filter",
    "过滤器引用的规则 `{name}` 未加载，过滤器未启用。请一并提供该规则，或改正编号",
    "the filter refers to the rule `{name}`, which is not loaded, so it is not active; provide the rule or correct the id",
);
pub const MODIFIER: Text = Text::new(
    "rule.modifier",
    "不支持修饰符 `{name}`，该规则未启用。请改用受支持的修饰符",
    "the modifier `{name}` is not supported and the rule is not active; use a supported modifier instead",
);
pub const ARRAY: Text = Text::new(
    "rule.array",
    "不支持数组匹配 `{name}`，该规则未启用。请改写为普通字段条件",
    "array matching on `{name}` is not supported and the rule is not active; rewrite it with plain fields",
);
pub const VALUE: Text = Text::new(
    "rule.value",
    "字段 `{field}` 的值 `{value}` 不能与修饰符 `{name}` 一起使用。请核对该值",
    "the value `{value}` of `{field}` cannot be used with `{name}`; check the value",
);
pub const REGEX: Text = Text::new(
    "rule.regex",
    "正则表达式 `{value}` 不能使用：{detail}。不支持环视与反向引用，请改写",
    "the regular expression `{value}` cannot be used: {detail}; look-around and back-references are not supported, rewrite it",
);
pub const CONDITION: Text = Text::new(
    "rule.condition",
    "condition 引用了不存在的检测项 `{name}`。请改正名称或补上该检测项",
    "the condition names `{name}`, which the rule does not define; correct the name or add it",
);
pub const COUNT: Text = Text::new(
    "rule.count",
    "condition 中的 `{name}` 展开后过大，该规则未启用。请改写条件",
    "`{name}` in the condition grows too large and the rule is not active; rewrite the condition",
);
pub const TIMEFRAME: Text = Text::new(
    "rule.timeframe",
    "detection 中的 timeframe 是旧写法，该规则未启用。请改写为 Sigma 关联规则",
    "`timeframe` inside `detection` is the old form and the rule is not active; write a Sigma correlation instead",
);
pub const SCENARIO: Text = Text::new(
    "rule.scenario",
    "sancha.scenario 的值 `{name}` 不是已知场景。可用场景见术语表",
    "`{name}` in `sancha.scenario` is no known scenario; the glossary lists them",
);
pub const OUTCOME: Text = Text::new(
    "rule.outcome",
    "sancha.outcome 的值 `{name}` 无效，可用 attempted 或 likely_succeeded",
    "`{name}` in `sancha.outcome` is not valid; use `attempted` or `likely_succeeded`",
);
pub const DUPLICATE: Text = Text::new(
    "rule.duplicate",
    "规则编号 `{name}` 已被 {path} 使用，本文件中的同号规则未启用。请换用新的编号",
    "the rule id `{name}` is already used by {path}, so this rule is not active; give it a new id",
);
pub const CORRELATION_KIND: Text = Text::new(
    "rule.correlation_kind",
    "关联规则的 `{name}` 无法使用，该规则未启用。可用类型：event_count、value_count、temporal、temporal_ordered、value_sum、value_avg、value_percentile、value_median（取值类须写 condition.field）；引用其他关联规则时 group-by 不得多于被引用者，且每条关联只能被引用一次",
    "`{name}` of the correlation cannot be used and the rule is not active; the types are event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile and value_median (those of values need `condition.field`); over other correlations, `group-by` may name no more fields than they do, and each may be a member only once",
);
pub const CORRELATION_RULE: Text = Text::new(
    "rule.correlation_rule",
    "关联规则引用的规则 `{name}` 未加载。请一并提供该规则，或改正编号",
    "the correlation refers to the rule `{name}`, which is not loaded; provide it as well or correct the id",
);
pub const TOO_MANY_FIELDS: Text = Text::new(
    "rule.too_many_fields",
    "规则使用的字段名总数超过上限，该规则未启用。请减少一次加载的规则",
    "the rules use more field names than fit and this rule is not active; load fewer rules at once",
);

pub const PIPELINE_SYNTAX: Text = Text::new(
    "pipeline.syntax",
    "不是可用的字段映射文件：{detail}。请按 pySigma 流水线的写法改正",
    "is no usable pipeline: {detail}; write it as a pySigma processing pipeline",
);
pub const PIPELINE_STEP: Text = Text::new(
    "pipeline.step",
    "不支持转换 `{detail}`，文件未采用。可用 field_name_mapping、field_name_prefix、field_name_prefix_mapping、field_name_suffix、add_condition、change_logsource、drop_detection_item、replace_string、value_placeholders",
    "the transformation `{detail}` is not supported and the file is not used; there are field_name_mapping, field_name_prefix, field_name_prefix_mapping, field_name_suffix, add_condition, change_logsource, drop_detection_item, replace_string and value_placeholders",
);
pub const PIPELINE_CONDITION: Text = Text::new(
    "pipeline.condition",
    "不支持条件 `{detail}`，文件未采用。可用 rule_conditions 的 logsource，field_name_conditions 的 include_fields、exclude_fields",
    "the condition `{detail}` is not supported and the file is not used; there are `logsource` in rule_conditions, `include_fields` and `exclude_fields` in field_name_conditions",
);

/// Every sentence of this module, for the test of wording.
pub static ALL: &[&Text] = &[
    &SYNTAX,
    &TOO_LARGE,
    &NO_RULE,
    &EMPTY,
    &FILTER,
    &MODIFIER,
    &ARRAY,
    &VALUE,
    &REGEX,
    &CONDITION,
    &COUNT,
    &TIMEFRAME,
    &SCENARIO,
    &OUTCOME,
    &DUPLICATE,
    &CORRELATION_KIND,
    &CORRELATION_RULE,
    &TOO_MANY_FIELDS,
    &PIPELINE_SYNTAX,
    &PIPELINE_STEP,
    &PIPELINE_CONDITION,
];
