//! What a verification found, for people.

use sancha_lake::verify::{FaultKind, LogFault, Page, RewriteFault, Verdicts};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::audit::Altered;

use super::wal_text;

/// What was found of the log alone.
pub fn render_log_verdict(verdicts: &Verdicts, lang: Lang) -> String {
    render(
        std::iter::once(log(verdicts)).chain(verdicts.log_faults.iter().map(log_fault_text)),
        lang,
    )
}

fn render(lines: impl Iterator<Item = LocalText>, lang: Lang) -> String {
    lines.map(|line| visible(line.get(lang)).into_owned() + "\n").collect()
}

/// The verdicts one after the other, each with what it is about; [`super::render_trust`] says what they rest on.
pub fn render_verdicts(verdicts: &Verdicts, lang: Lang) -> String {
    let mut lines = vec![log(verdicts), files(verdicts), streams(verdicts)];
    lines.extend(verdicts.log_faults.iter().map(log_fault_text));
    for fault in &verdicts.faults {
        let what = kind(&fault.kind);
        let line = |lang| format!("  {}: {}", fault.path, what.get(lang));
        lines.push(LocalText::new(line(Lang::Zh), line(Lang::En)));
    }
    for gap in &verdicts.gaps {
        lines.push(LocalText::new(
            format!("  {}：第{}至{}字节从未收到", gap.source, gap.from, gap.to),
            format!("  {}: bytes {} to {} never came in", gap.source, gap.from, gap.to),
        ));
    }
    for stray in &verdicts.strays {
        lines.push(LocalText::new(
            format!("  {stray}：封存日志中没有此文件（可能是中断后的残留）"),
            format!("  {stray}: the log knows no such file (a crash may have left it)"),
        ));
    }
    if verdicts.unsettled > 0 {
        let count = verdicts.unsettled;
        lines.push(LocalText::new(
            format!("另有{count}个预写文件已接收、尚未封存"),
            format!("{count} write-ahead files are accepted and not sealed yet"),
        ));
    }
    lines.extend(verdicts.wal_damages.iter().map(|damage| {
        let text = wal_text(damage);
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| format!("  {}", text.get(lang)));
        LocalText::new(zh, en)
    }));
    render(lines.into_iter(), lang)
}

fn log(verdicts: &Verdicts) -> LocalText {
    let (entries, key) = (verdicts.entries, verdicts.signed_by.join(", "));
    match verdicts.log_faults.len() {
        0 => LocalText::new(
            format!("封存日志：{entries}条，未改动，签名密钥 {key}"),
            format!("log: {entries} entries, unaltered, signed by {key}"),
        ),
        faults => LocalText::new(
            format!("封存日志：{entries}条，{faults}处不符"),
            format!("log: {entries} entries, {faults} faults"),
        ),
    }
}

/// A fault of the log and where it is.
pub fn log_fault_text(fault: &LogFault) -> LocalText {
    match fault {
        LogFault::File { path, why } => LocalText::new(
            format!("  {path} 缺失或已损坏：{why}"),
            format!("  `{path}` is missing or damaged: {why}"),
        ),
        LogFault::Entry { index, entries, tile, altered } => {
            let (zh, en) = match altered {
                Altered::Entry => (format!("{entries} 已改动"), format!("`{entries}` was altered")),
                Altered::Tile => (
                    format!("{tile} 已损坏，条目未变"),
                    format!("`{tile}` is damaged, the entry is as it was"),
                ),
                Altered::Unknown => (
                    format!("{entries} 或 {tile} 已改动"),
                    format!("`{entries}` or `{tile}` was altered"),
                ),
            };
            LocalText::new(
                format!("  封存日志第{index}条与其摘要不符：{zh}"),
                format!(
                    "  entry {index} of the log does not have the hash that is kept of it: {en}"
                ),
            )
        }
        LogFault::Tile { below, above } => LocalText::new(
            format!("  {below} 与 {above} 中的摘要不符：其一已改动"),
            format!("  `{below}` does not give the hash in `{above}`: one of them was altered"),
        ),
        LogFault::Root { size } => LocalText::new(
            format!("  {size}条封存日志与检查点签名的根不符"),
            format!("  the log of {size} entries does not have the root of its checkpoint"),
        ),
        LogFault::Rewrite { index, what } => rewrite(*index, what),
    }
}

fn rewrite(index: u64, fault: &RewriteFault) -> LocalText {
    let (zh, en) = match fault {
        RewriteFault::Unknown { path } => (
            format!("所依据的 {path} 当时并不存在"),
            format!("`{path}`, which it was made of, was not there"),
        ),
        RewriteFault::Again { path } => {
            (format!("{path} 这一名称已用过"), format!("there was a part `{path}` before"))
        }
        RewriteFault::Other { path } => (
            format!("{path} 与原分区的行数、字节、来源或日期不符"),
            format!("`{path}` has not the lines, source and day of the parts before"),
        ),
    };
    LocalText::new(
        format!("  封存日志第{index}条（重写）有误：{zh}"),
        format!("  entry {index} of the log, parts written anew: {en}"),
    )
}

fn files(verdicts: &Verdicts) -> LocalText {
    let Verdicts { parts, parts_checked, rows_checked, bytes_checked, faults, .. } = verdicts;
    let (rebuilt_zh, rebuilt_en) = match verdicts.rows_rebuilt {
        0 => (String::new(), String::new()),
        rows => (
            format!("；重写过的分区共{rows}行已逐行还原，并与首次封存时的摘要比对"),
            format!(
                "; {rows} rows of parts that were written anew were rebuilt and held against what was sealed first"
            ),
        ),
    };
    let (zh, en) = match faults.len() {
        0 => ("均与封存时一致".to_owned(), "all as they were sealed".to_owned()),
        count => (format!("{count}个文件不符"), format!("{count} files are not as they were")),
    };
    LocalText::new(
        format!(
            "留存文件：{parts}个分区，检查{parts_checked}个（{rows_checked}行，{bytes_checked}字节），{zh}{rebuilt_zh}"
        ),
        format!(
            "files: {parts} parts, {parts_checked} checked ({rows_checked} rows, {bytes_checked} bytes), {en}{rebuilt_en}"
        ),
    )
}

fn streams(verdicts: &Verdicts) -> LocalText {
    match verdicts.gaps.len() {
        0 => LocalText::new("连续性：各来源无缺口", "continuity: no gap in any source"),
        gaps => LocalText::new(
            format!("连续性：{gaps}处缺口（未收到，不是改动）"),
            format!("continuity: {gaps} gaps (never came in; nothing was altered)"),
        ),
    }
}

fn kind(kind: &FaultKind) -> LocalText {
    match kind {
        FaultKind::Missing => LocalText::new("文件缺失", "missing"),
        FaultKind::Unreadable(why) => LocalText::new(
            format!("已改动，无法读出：{why}"),
            format!("altered, unreadable: {why}"),
        ),
        FaultKind::NoKey(why) => LocalText::new(
            format!("没有能打开它的密钥，无法核验：{why}"),
            format!("cannot be verified without the key that opens it: {why}"),
        ),
        FaultKind::BytesOnly => {
            LocalText::new("文件字节有变，各行内容未变", "the file's bytes differ, its rows do not")
        }
        FaultKind::Altered => LocalText::new("已改动", "altered"),
        FaultKind::Rows(pages) => {
            let place = |page: &Page| {
                let Page { number, first_row, last_row, first_line } = page;
                LocalText::new(
                    format!(
                        "第{number}页（第{first_row}至{last_row}条，自原日志第{first_line}行起）"
                    ),
                    format!("page {number} (rows {first_row}–{last_row}, from line {first_line})"),
                )
            };
            let places: Vec<_> = pages.iter().map(place).collect();
            let all = |lang, between| {
                places.iter().map(|place| place.get(lang)).collect::<Vec<_>>().join(between)
            };
            LocalText::new(
                format!("行内容已改动：{}", all(Lang::Zh, "；")),
                format!("rows altered: {}", all(Lang::En, "; ")),
            )
        }
    }
}
