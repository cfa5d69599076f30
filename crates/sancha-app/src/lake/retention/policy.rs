//! The file of policies, `retention.toml`: how long which source is kept, which kind of record longer.

use jiff::civil::Date;
use sancha_lake::{
    query::Glob,
    retain::{KindRule, Period, Policies, Policy, Standing, Unfounded},
    source_name,
};
use sancha_model::{EventTime, LocalText};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The file's name in a lake's folder.
pub const POLICY_FILE: &str = "retention.toml";

/// What of a file of policies cannot be used, with its line and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    pub line: usize,
    pub message: LocalText,
}

/// Reads a file of policies; `name` is how it is called in tombstones and proofs.
///
/// # Errors
/// Every fault there is: a half-read file would keep too little or too much.
pub fn parse_policies(name: &str, text: &str) -> Result<Policies, Vec<PolicyFault>> {
    let mut reader = Reader { name, text, faults: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let start = error.span().map_or(0, |span| span.start);
        reader.fault(start, not_toml(error.message()));
    }
    let mut policies = Policies::default();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "default" => policies.default = reader.default(value),
            "source" => policies.sources = reader.each(value, Reader::source),
            "kind" => policies.kinds = reader.each(value, Reader::kind),
            other => {
                reader.fault(key.span().start, unknown(other, "[default] [[source]] [[kind]]"));
            }
        }
    }
    let mut faults = reader.faults;
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(policies) } else { Err(faults) }
}

/// Policies shorter than the floor that nobody answers for, each with the way out.
pub fn unfounded_policies(
    policies: &Policies,
    sources: &[&str],
    standing: &Standing,
    today: Date,
) -> Vec<PolicyFault> {
    let found = policies.unfounded(sources, standing, today);
    found.into_iter().map(|(line, why)| PolicyFault { line, message: refusal(&why) }).collect()
}

/// Policies that fit no source, such as one with a slip in its name: they make nothing longer.
pub fn idle_policies(policies: &Policies, sources: &[&str]) -> Vec<PolicyFault> {
    let message = || {
        LocalText::new(
            "没有来源符合此名称，这条策略不起作用；sancha retention prove 列出全部来源",
            "no source fits this name, so the policy does nothing; sancha retention prove lists all sources",
        )
    };
    let idle = policies.idle(sources);
    idle.map(|policy| PolicyFault { line: policy.line, message: message() }).collect()
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    faults: Vec<PolicyFault>,
}

impl Reader<'_> {
    fn fault(&mut self, offset: usize, message: LocalText) {
        self.faults.push(PolicyFault { line: self.line(offset), message });
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn each<T>(
        &mut self,
        value: &Value<'_>,
        read: fn(&mut Self, &DeTable<'_>, usize) -> Option<T>,
    ) -> Vec<T> {
        let Some(list) = value.get_ref().as_array() else {
            self.fault(value.span().start, unknown("[…]", "[default] [[source]] [[kind]]"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in list {
            if let Some(table) = entry.get_ref().as_table() {
                found.extend(read(self, table, entry.span().start));
            }
        }
        found
    }

    fn default(&mut self, value: &Value<'_>) -> Option<Policy> {
        let start = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            self.fault(start, unknown("default", "[default] [[source]] [[kind]]"));
            return None;
        };
        self.known(table, &["months", "days", "quiet_hours"]);
        self.policy(table, start, Glob::new("*"))
    }

    fn source(&mut self, table: &DeTable<'_>, start: usize) -> Option<Policy> {
        self.known(table, &["name", "months", "days", "quiet_hours"]);
        let source = self.pattern(table, start, "name", source_name);
        self.policy(table, start, source)
    }

    fn policy(
        &mut self,
        table: &DeTable<'_>,
        start: usize,
        source: Option<Glob>,
    ) -> Option<Policy> {
        let keep = self.period(table, start);
        let hours = self.number(table, "quiet_hours");
        if !["months", "days", "quiet_hours"].iter().any(|key| table.contains_key(*key)) {
            self.fault(start, no_period());
        }
        let line = self.line(start);
        let quiet = hours.map(|hours| i64::from(hours) * EventTime::HOUR);
        Some(Policy { source: source?, keep, quiet, label: format!("{}:{line}", self.name), line })
    }

    fn kind(&mut self, table: &DeTable<'_>, start: usize) -> Option<KindRule> {
        self.known(table, &["format", "months", "days", "basis"]);
        let kind = self.pattern(table, start, "format", |text| text);
        let period = self.period(table, start);
        if !["months", "days"].iter().any(|key| table.contains_key(*key)) {
            self.fault(start, no_period());
        }
        if period.is_some_and(|period| !period.meets_floor()) {
            self.fault(
                start,
                LocalText::new(
                    "[[kind]] 只能延长留存；此期限短于六个月，请改长或删去",
                    "[[kind]] only makes longer; this is shorter than six months: lengthen it or take it out",
                ),
            );
        }
        let basis = table.get("basis").and_then(|value| value.get_ref().as_str()).map(str::trim);
        let Some(basis) = basis.filter(|basis| !basis.is_empty()) else {
            self.fault(
                start,
                LocalText::new(
                    "缺少依据；请写 basis = \"哪条规定要求延长\"",
                    "what asks for it is missing; write basis = \"the rule that does\"",
                ),
            );
            return None;
        };
        Some(KindRule { kind: kind?, period: period?, basis: basis.to_owned() })
    }

    fn known(&mut self, table: &DeTable<'_>, keys: &[&str]) {
        for (key, _) in table {
            if !keys.contains(&key.get_ref().as_ref()) {
                self.fault(key.span().start, unknown(key.get_ref(), &keys.join(" ")));
            }
        }
    }

    fn pattern(
        &mut self,
        table: &DeTable<'_>,
        start: usize,
        key: &str,
        as_kept: fn(&str) -> &str,
    ) -> Option<Glob> {
        let value = table.get(key);
        let text = value.and_then(|value| value.get_ref().as_str()).map(str::trim);
        let pattern = text.map(as_kept).filter(|text| !text.is_empty()).and_then(Glob::new);
        if pattern.is_none() {
            let at = value.map_or(start, |value| value.span().start);
            self.fault(
                at,
                LocalText::new(
                    format!("缺少 {key}；请写 {key} = \"…\"，* 代表任意文字"),
                    format!("{key} is missing; write {key} = \"…\", * stands for any text"),
                ),
            );
        }
        pattern
    }

    /// `months` or `days`, one of them.
    fn period(&mut self, table: &DeTable<'_>, start: usize) -> Option<Period> {
        let months = self.number(table, "months").map(Period::Months);
        let days = self.number(table, "days").map(Period::Days);
        if months.is_some() && days.is_some() {
            self.fault(
                start,
                LocalText::new(
                    "months 与 days 只能写一个",
                    "months and days are both given; write one of them",
                ),
            );
        }
        months.or(days)
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str) -> Option<u16> {
        let value = table.get(key)?;
        let integer = value.get_ref().as_integer();
        let number = integer
            .and_then(|integer| u16::from_str_radix(integer.as_str(), integer.radix()).ok())
            .filter(|number| (1..=MOST).contains(number));
        if number.is_none() {
            self.fault(
                value.span().start,
                LocalText::new(
                    format!("{key} 应为 1 到 {MOST} 的整数"),
                    format!("{key} is a whole number from 1 to {MOST}"),
                ),
            );
        }
        number
    }
}

/// A hundred years of days: longer than anybody keeps logs.
const MOST: u16 = 36_500;

fn not_toml(why: &str) -> LocalText {
    LocalText::new(
        format!("不是有效的TOML：{why}；写法见 docs/lake.md"),
        format!("this is no valid TOML: {why}; docs/lake.md shows how to write it"),
    )
}

fn unknown(key: &str, known: &str) -> LocalText {
    LocalText::new(
        format!("不认识“{key}”；可用：{known}"),
        format!("`{key}` is not known here; what is: {known}"),
    )
}

fn no_period() -> LocalText {
    LocalText::new(
        "没有写留存多久；请写 months = 12 或 days = 400",
        "how long is missing; write months = 12 or days = 400",
    )
}

fn refusal(why: &Unfounded) -> LocalText {
    match why {
        Unfounded::Default => LocalText::new(
            "默认期限短于六个月：不能对所有来源豁免；请改为六个月以上，短的逐个来源写在 [[source]] 并办理豁免",
            "the default is shorter than six months, which nobody can waive for every source; make it six months or more, and write shorter ones by source, each with a waiver",
        ),
        Unfounded::NoSource => LocalText::new(
            "期限短于六个月，而日志湖中没有由它决定的来源，无从豁免；请改正名称或删去",
            "shorter than six months, and it decides over no source of the lake, so that nobody can waive it; correct the name or take it out",
        ),
        Unfounded::NoWaiver { source, days } => LocalText::new(
            format!(
                "来源“{source}”的期限短于六个月，且没有有效的豁免；请改为六个月以上，或由负责人办理：sancha retention waiver add --source '{source}' --days {days} --named-by 姓名与职务 --reason 原因 --until 日期"
            ),
            format!(
                "`{source}` is kept shorter than six months and no waiver is in force; make it six months or more, or have somebody answer for it: sancha retention waiver add --source '{source}' --days {days} --named-by NAME --reason WHY --until DATE"
            ),
        ),
        Unfounded::Shorter { source, days, waived } => LocalText::new(
            format!(
                "来源“{source}”的期限为{days}天，豁免只到{waived}天；请改为{waived}天以上，或重新办理豁免（--days {days}）"
            ),
            format!(
                "`{source}` would be kept {days} days, its waiver goes down to {waived}; make it {waived} days or more, or have a new waiver granted (--days {days})"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use sancha_lake::retain::FLOOR_MONTHS;
    use sancha_model::Lang;

    use super::*;

    fn faults(text: &str) -> Vec<(usize, String)> {
        let faults = parse_policies("retention.toml", text).expect_err("it has faults");
        faults.into_iter().map(|one| (one.line, one.message.get(Lang::En).to_owned())).collect()
    }

    #[test]
    fn the_first_policy_that_fits_a_source_counts() {
        let text = "[default]\nmonths = 7\n\n[[source]]\nname = \"web*\"\nmonths = 12\n\n[[source]]\nname = \"*\"\ndays = 200\nquiet_hours = 2\n\n[[kind]]\nformat = \"postgresql/*\"\nmonths = 36\nbasis = \"行业规定\"\n";
        let policies = parse_policies("retention.toml", text).unwrap();
        let of = |source: &str| policies.of(source).unwrap();
        assert_eq!(of("web01").keep, Some(Period::Months(12)));
        assert_eq!(of("web01").label, "retention.toml:4");
        assert_eq!(
            (of("db").keep, of("db").quiet),
            (Some(Period::Days(200)), Some(2 * EventTime::HOUR))
        );
        assert_eq!(policies.default.unwrap().keep, Some(Period::Months(FLOOR_MONTHS + 1)));
        assert_eq!(
            (policies.kinds[0].period, policies.kinds[0].basis.as_str()),
            (Period::Months(36), "行业规定")
        );
        assert!(parse_policies("x", "").unwrap().of("web01").is_none());
    }

    #[test]
    fn every_fault_has_its_line_and_the_way_out() {
        let text = "keep = 3\n[[source]]\nmonths = 0\ndays = 9\n[[source]]\nname = \"a\"\n[[kind]]\nformat = \"x\"\nmonths = 5\n[[source]]\nname = \"b\"\nmonths = \"six\"\nyears = 1\n";
        let found = faults(text);
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 3, 5, 7, 7, 12, 13], "{found:?}");
        let said: String = found.into_iter().map(|(_, message)| message + "\n").collect();
        for part in [
            "`keep` is not known",
            "name is missing",
            "from 1 to",
            "months = 12",
            "basis =",
            "only makes longer",
            "`years`",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(faults("[[source]\n")[0].0, 1);
        assert!(faults("[[source]]\nname = \"a\"\nmonths = 7\ndays = 8\n")[0].1.contains("both"));
    }
}
