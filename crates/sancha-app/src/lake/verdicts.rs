//! What a verification found, for people.

use sancha_lake::verify::{FaultKind, Verdicts};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

/// The verdicts one after the other, each with what it is about.
pub fn render_verdicts(verdicts: &Verdicts, lang: Lang) -> String {
    let mut lines = vec![log(verdicts), files(verdicts), streams(verdicts)];
    lines.extend(
        verdicts.log_faults.iter().map(|fault| LocalText::new(fault.clone(), fault.clone())),
    );
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
    lines.push(LocalText::new(
        "以上不能证明：接收之前有无遗漏；持有密钥者有无重写整个日志（除非检查点已存于他处）",
        "what this does not show: whether something was left out before it came in, and whether who holds the key wrote the whole log anew (unless a checkpoint was left elsewhere)",
    ));
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
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

fn files(verdicts: &Verdicts) -> LocalText {
    let Verdicts { parts, parts_checked, rows_checked, bytes_checked, faults, .. } = verdicts;
    let (zh, en) = match faults.len() {
        0 => ("均与封存时一致".to_owned(), "all as they were sealed".to_owned()),
        count => (format!("{count}个文件不符"), format!("{count} files are not as they were")),
    };
    LocalText::new(
        format!(
            "留存文件：{parts}个分区，检查{parts_checked}个（{rows_checked}行，{bytes_checked}字节），{zh}"
        ),
        format!(
            "files: {parts} parts, {parts_checked} checked ({rows_checked} rows, {bytes_checked} bytes), {en}"
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
        FaultKind::BytesOnly => {
            LocalText::new("文件字节有变，各行内容未变", "the file's bytes differ, its rows do not")
        }
        FaultKind::Altered => LocalText::new("已改动", "altered"),
        FaultKind::Rows(pages) => {
            let pages: Vec<_> = pages
                .iter()
                .map(|page| {
                    format!(
                        "page {} (rows {}–{}, from line {})",
                        page.number, page.first_row, page.last_row, page.first_line
                    )
                })
                .collect();
            LocalText::new(
                format!("行内容已改动：{}", pages.join("；")),
                format!("rows altered: {}", pages.join("; ")),
            )
        }
    }
}
