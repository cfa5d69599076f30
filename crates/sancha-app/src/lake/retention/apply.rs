//! What the retention job would do, and what it did.

use std::collections::BTreeMap;

use sancha_lake::retain::{Going, Outcome, Plan, Term};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use super::shown;

/// A term as the tombstone names it, one language for all readers of the log.
pub fn term_text(term: &Term) -> String {
    shown::term(term).en.into_owned()
}

/// What would go.
pub fn render_plan(plan: &Plan, lang: Lang) -> String {
    render(plan, lang, |parts, freed| {
        LocalText::new(
            format!("共{parts}个分区文件可删，约腾出{freed}；以上为预演，未删除任何内容"),
            format!(
                "{parts} parts may go, which frees about {freed}; nothing was deleted, this is a dry run"
            ),
        )
    })
}

/// What went.
pub fn render_outcome(outcome: &Outcome, lang: Lang) -> String {
    render(&outcome.plan, lang, |parts, _| {
        let freed = shown::size(outcome.freed_bytes);
        LocalText::new(
            format!("已删除{parts}个分区文件，腾出{freed}；删除记录已写入封存日志"),
            format!("{parts} parts deleted, {freed} freed; the log holds a tombstone for each"),
        )
    })
}

fn render(plan: &Plan, lang: Lang, sum: impl Fn(usize, String) -> LocalText) -> String {
    let mut lines = going(&plan.going);
    lines.extend(held(plan));
    if !plan.left_over.is_empty() {
        let count = plan.left_over.len();
        lines.push(LocalText::new(
            format!("另有{count}个文件属于早先已删除或已重写的分区"),
            format!("{count} more files are of parts that were deleted or written anew before"),
        ));
    }
    let freed = plan.going.iter().map(|one| one.part.bytes + one.part.index_bytes).sum();
    lines.push(sum(plan.going.len(), shown::size(freed)));
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
}

/// One line for each source and term.
fn going(going: &[Going]) -> Vec<LocalText> {
    let mut by_source: BTreeMap<(&str, String), Vec<&Going>> = BTreeMap::new();
    for one in going {
        let key = (one.part.source.as_str(), term_text(&one.term));
        by_source.entry(key).or_default().push(one);
    }
    let line = |((source, _), parts): ((&str, String), Vec<&Going>)| {
        let term = parts.first().map(|one| shown::term(&one.term)).unwrap_or_default();
        let days = || parts.iter().map(|one| one.part.day.as_str());
        let (first, last) = (days().min().unwrap_or(""), days().max().unwrap_or(""));
        let lines: u64 = parts.iter().map(|one| one.part.rows).sum();
        let count = parts.len();
        LocalText::new(
            format!(
                "{source}：{first} 至 {last}，{count}个分区、{lines}行，已过留存期：{}",
                term.zh
            ),
            format!(
                "{source}: {first} to {last}, {count} parts, {lines} lines, past their time: {}",
                term.en
            ),
        )
    };
    by_source.into_iter().map(line).collect()
}

fn held(plan: &Plan) -> Vec<LocalText> {
    let mut by_hold: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for (part, hold) in &plan.held {
        let (parts, lines) = by_hold.entry((&part.source, hold)).or_default();
        (*parts, *lines) = (*parts + 1, *lines + part.rows);
    }
    let line = |((source, hold), (parts, lines)): ((&str, &str), (u64, u64))| {
        LocalText::new(
            format!("{source}：{parts}个分区、{lines}行已过留存期，因保全 {hold} 不删除"),
            format!(
                "{source}: {parts} parts, {lines} lines past their time stay: on hold ({hold})"
            ),
        )
    };
    by_hold.into_iter().map(line).collect()
}
