//! What the use cases themselves say.

use sancha_model::Text;

pub const FIRST_REPORT: Text = Text::new("app.clock.first", "首次报告", "first report");
pub const SUMMARY_REPORT: Text = Text::new("app.clock.summary", "处置总结报告", "summary report");

pub const ALLOW_ADDRESS: Text = Text::new(
    "app.allow.address",
    "“{text}”不是地址或网段；请写成 `203.0.113.0/24`",
    "`{text}` is no address or range; write it like `203.0.113.0/24`",
);
pub const ALLOW_TOML: Text = Text::new(
    "app.allow.toml",
    "不是有效的TOML：{why}；写法见 docs/allow-list.md",
    "this is no valid TOML: {why}; docs/allow-list.md shows how to write it",
);
pub const ALLOW_KEY: Text = Text::new(
    "app.allow.key",
    "不认识的键“{key}”；每项写在 [[allow]] 之下，可用的键见 docs/allow-list.md",
    "`{key}` is not known; entries stand below [[allow]], their keys are in docs/allow-list.md",
);
pub const ALLOW_LIST: Text = Text::new(
    "app.allow.list",
    "{key} 应为非空文本或其列表，如 {key} = [\"…\"]",
    "{key} is a text or a list of texts, none of them empty: {key} = [\"…\"]",
);
pub const ALLOW_FIELDS: Text = Text::new(
    "app.allow.fields",
    "fields 应写成 { \"字段名\" = \"值，可含*\" }",
    "fields is written as { \"field.name\" = \"value, * for any text\" }",
);
pub const ALLOW_SCENARIO: Text = Text::new(
    "app.allow.scenario",
    "没有“{text}”这一场景；可用的场景见 docs/glossary.md",
    "`{text}` is no scenario; the list is in docs/glossary.md",
);
pub const ALLOW_REASON: Text = Text::new(
    "app.allow.reason",
    "缺少原因；请写 reason = \"为什么这些命中不必报告\"",
    "the reason is missing; add reason = \"why these hits need no report\"",
);
pub const ALLOW_OWNER: Text = Text::new(
    "app.allow.owner",
    "缺少负责岗位；请写 owner = \"由谁负责\"",
    "the owner is missing; add owner = \"who answers for it\"",
);
pub const ALLOW_FROM: Text = Text::new(
    "app.allow.from",
    "缺少起始日期，或写法无法识别；请写 from = 2026-01-01",
    "the first day is missing or cannot be read; add from = 2026-01-01",
);
pub const ALLOW_UNTIL: Text = Text::new(
    "app.allow.until",
    "缺少截止日期，或写法无法识别；请写 until = 2026-12-31，到期后不再生效",
    "the last day is missing or cannot be read; add until = 2026-12-31, after which it no longer acts",
);
pub const ALLOW_PERIOD: Text = Text::new(
    "app.allow.period",
    "截止日期早于起始日期；请改正 from 或 until",
    "the last day is before the first; correct from or until",
);
pub const ALLOW_EVERYTHING: Text = Text::new(
    "app.allow.everything",
    "此项会隐去全部命中，不予采用；请用 rules、scenarios、hosts、paths 或较小的网段限定范围（字段的值由请求方决定，不能单独作为范围）",
    "this entry would swallow every hit and is refused; narrow it by rules, scenarios, hosts, paths or a smaller range (a field alone does not narrow: whoever sends the request chooses its value)",
);
pub const ALLOW_EVERYTHING_TOGETHER: Text = Text::new(
    "app.allow.everything_together",
    "到此项为止，各网段合起来包含全部地址，会隐去全部命中，不予采用；请缩小网段，或用 rules、scenarios 限定",
    "up to this entry the ranges together hold every address and would swallow every hit; refused: use smaller ranges, or narrow them by rules or scenarios",
);
pub const LINT_NO_ID: Text = Text::new(
    "app.lint.no_id",
    "规则没有 id，命中时以文件路径代替。请补上一个UUID（第4版）",
    "the rule has no `id` and its path stands for it; give it a UUID (version 4)",
);
pub const LINT_NO_TAG: Text = Text::new(
    "app.lint.no_tag",
    "没有能说明手法的标签，命中归入“{scenario}”。请加上 tags（如 attack.t1190），或写明 sancha: {scenario: …}（名称见 docs/glossary.md）",
    "no tag tells a technique, so what it finds is filed under \"{scenario}\"; add `tags` (such as attack.t1190), or state `sancha: {scenario: …}` (names: docs/glossary.md)",
);
pub const LINT_PLACEHOLDER: Text = Text::new(
    "app.lint.placeholder",
    "占位符 `%{name}%` 没有取值，依赖它的条件不会命中。请在 --pipeline 文件的 vars 中给出取值",
    "the placeholder `%{name}%` has no values, so what depends on it never matches; give them under `vars` of a --pipeline file",
);
pub const LINT_NO_ANCHOR: Text = Text::new(
    "app.lint.no_anchor",
    "规则没有可供快速筛选的字符串或取值，每条记录都要完整检查，会变慢。请加上至少三个字节的固定字符串或确定的取值",
    "no string or value of this rule can be looked for ahead, so every record is checked in full, which is slow; add a fixed string of three bytes or more, or a definite value",
);
pub const TEST_NO_SAMPLE: Text = Text::new(
    "app.rule_test.no_sample",
    "缺少样本 {name}。每条规则须有应命中（fire）和不应命中（quiet）两份样本",
    "the sample {name} is missing; every rule needs one that must fire and one that must stay quiet",
);
pub const TEST_EMPTY: Text = Text::new(
    "app.rule_test.empty",
    "样本 {name} 中没有记录。请放入真实格式的日志行",
    "the sample {name} holds no record; put lines of a real log format into it",
);
pub const TEST_SILENT: Text = Text::new(
    "app.rule_test.silent",
    "规则 {name} 没有命中这一行，而它应当命中。可用 sancha explain 查看该行如何被解析",
    "the rule {name} stays quiet on this line and should fire; `sancha explain` shows how the line is parsed",
);
pub const TEST_NEVER: Text = Text::new(
    "app.rule_test.never",
    "规则 {name} 没有命中样本中的任何一行，而同一文件中的每条规则都应至少命中一行",
    "the rule {name} fires on no line of the sample; each rule of a file has to fire on one",
);
pub const TEST_FIRES: Text = Text::new(
    "app.rule_test.fires",
    "规则 {name} 命中了这一行，而它不应命中。请收紧条件",
    "the rule {name} fires on this line and should not; narrow its condition",
);

pub static ALL: &[&Text] = &[
    &FIRST_REPORT,
    &SUMMARY_REPORT,
    &ALLOW_ADDRESS,
    &ALLOW_TOML,
    &ALLOW_KEY,
    &ALLOW_LIST,
    &ALLOW_FIELDS,
    &ALLOW_SCENARIO,
    &ALLOW_REASON,
    &ALLOW_OWNER,
    &ALLOW_FROM,
    &ALLOW_UNTIL,
    &ALLOW_PERIOD,
    &ALLOW_EVERYTHING,
    &ALLOW_EVERYTHING_TOGETHER,
    &LINT_NO_ID,
    &LINT_NO_TAG,
    &LINT_PLACEHOLDER,
    &LINT_NO_ANCHOR,
    &TEST_NO_SAMPLE,
    &TEST_EMPTY,
    &TEST_SILENT,
    &TEST_NEVER,
    &TEST_FIRES,
];
