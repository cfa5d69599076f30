//! Holds and waivers for people, and why one is not entered.

use jiff::civil::Date;
use sancha_lake::retain::{Hold, Refused, Waiver};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use crate::lake::lake_text;

/// One hold, in force or released, with who answers for it.
pub fn render_hold(hold: &Hold, lang: Lang) -> String {
    let Hold { name, source, from, to, placed_by, placed_at, reason, released } = hold;
    let source = match source {
        Some(source) => LocalText::same(source.clone()),
        None => LocalText::new("全部来源", "all sources"),
    };
    let open = |day: &Option<Date>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let days = format!("{} – {}", open(from), open(to));
    let state = match released {
        None => LocalText::new("保全中", "in force"),
        Some(release) => LocalText::new(
            format!("已解除（{} {}：{}）", release.at, release.by, release.reason),
            format!("released ({} {}: {})", release.at, release.by, release.reason),
        ),
    };
    let line = LocalText::new(
        format!("{name}：{}，{days}，{placed_at} {placed_by}：{reason}，{}", source.zh, state.zh),
        format!("{name}: {}, {days}, {placed_at} {placed_by}: {reason}, {}", source.en, state.en),
    );
    visible(line.get(lang)).into_owned() + "\n"
}

/// One waiver; `counts` unless a later one of the same source took its place or it has ended.
pub fn render_waiver(waiver: &Waiver, counts: bool, lang: Lang) -> String {
    let Waiver { source, days, granted_by, reason, granted_at, until } = waiver;
    let state = match counts {
        true => LocalText::new("有效", "in force"),
        false => LocalText::new("已失效", "over"),
    };
    let line = LocalText::new(
        format!(
            "{source}：留存{days}天，{granted_at} {granted_by} 批准，至{until}，{reason}，{}",
            state.zh
        ),
        format!(
            "{source}: kept {days} days, granted {granted_at} by {granted_by} until {until}, {reason}, {}",
            state.en
        ),
    );
    visible(line.get(lang)).into_owned() + "\n"
}

/// Why a decision was not entered, with the way out.
pub fn refused_text(refused: &Refused) -> LocalText {
    match refused {
        Refused::Lake(error) => lake_text(error),
        Refused::NoSource { source_name, there } => {
            let there = there.join(", ");
            LocalText::new(
                format!("没有来源“{source_name}”，写入也不会起作用；现有来源：{there}"),
                format!(
                    "there is no source `{source_name}`, so it would do nothing; there are: {there}"
                ),
            )
        }
        Refused::NameTaken(name) => LocalText::new(
            format!("保全“{name}”已用过此名；请换一个 --name"),
            format!("there is or was a hold `{name}`; give another --name"),
        ),
        Refused::NoHold { name, in_force } => {
            let in_force = in_force.join(", ");
            LocalText::new(
                format!("没有生效中的保全“{name}”；生效中的：{in_force}"),
                format!("there is no hold `{name}` in force; in force: {in_force}"),
            )
        }
        Refused::FromAfterTo { from, to } => LocalText::new(
            format!("--from {from} 晚于 --to {to}；请对调"),
            format!("--from {from} is later than --to {to}; swap them"),
        ),
        Refused::NotShorter(days) => LocalText::new(
            format!("{days}天不短于六个月，无需豁免；请直接写入 retention.toml"),
            format!(
                "{days} days are no shorter than six months and need no waiver; write them in retention.toml"
            ),
        ),
        Refused::Ended(until) => LocalText::new(
            format!("--until {until} 已过去；请给出将来的日期"),
            format!("--until {until} is over; give a day to come"),
        ),
        Refused::Unnamed => LocalText::new(
            "须写明姓名与职务，以及原因",
            "name and post, and a reason, have to be given",
        ),
        Refused::OnePerson => LocalText::new(
            "解除保全须由两人共同作出；请写 --by 两次，各为一人的姓名与职务",
            "a release takes two people; give --by twice, each with a name and post",
        ),
    }
}
