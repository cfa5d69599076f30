//! What writing parts anew would do, and what it did.

use std::collections::BTreeMap;

use sancha_lake::{Compacted, Job};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use super::retention::shown::size;

/// What would be written anew, a line for each source.
pub fn render_jobs(jobs: &[Job], lang: Lang) -> String {
    let mut by_source: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        let source = job.parts.first().map_or("", |part| part.source.as_str());
        by_source.entry(source).or_default().push(job);
    }
    let mut lines: Vec<LocalText> = by_source.into_iter().map(of_source).collect();
    let (parts, after) = (jobs.iter().map(|job| job.parts.len()).sum::<usize>(), jobs.len());
    let bytes = size(jobs.iter().map(Job::bytes).sum());
    lines.push(LocalText::new(
        format!("共{parts}个分区（{bytes}）可重写为{after}个；以上为预演，未改动任何内容"),
        format!(
            "{parts} parts ({bytes}) would become {after}; nothing was changed, this is a dry run"
        ),
    ));
    text(&lines, lang)
}

fn of_source((source, jobs): (&str, Vec<&Job>)) -> LocalText {
    let parts = || jobs.iter().flat_map(|job| &job.parts);
    let first = parts().map(|part| part.day.as_str()).min().unwrap_or_default();
    let last = parts().map(|part| part.day.as_str()).max().unwrap_or_default();
    let (before, after) = (parts().count(), jobs.len());
    let (lines, bytes) =
        (jobs.iter().map(|job| job.rows()).sum::<u64>(), jobs.iter().map(|job| job.bytes()).sum());
    let bytes = size(bytes);
    LocalText::new(
        format!("{source}：{first} 至 {last}，{before}个分区、{lines}行（{bytes}）重写为{after}个"),
        format!(
            "{source}: {first} to {last}, {before} parts, {lines} lines ({bytes}) become {after}"
        ),
    )
}

/// What was done.
pub fn render_compacted(done: &Compacted, lang: Lang) -> String {
    let Compacted { parts_before, parts_after, rows, .. } = done;
    let [before, after] = [done.bytes_before, done.bytes_after].map(size);
    let nothing = LocalText::new("没有值得重写的分区", "no part is worth writing anew");
    let written = LocalText::new(
        format!(
            "{parts_before}个分区（{before}）已重写为{parts_after}个（{after}），{rows}行逐行还原，与封存时一致"
        ),
        format!(
            "{parts_before} parts ({before}) became {parts_after} ({after}); {rows} lines were rebuilt, all as they were sealed"
        ),
    );
    let mut lines = vec![if *parts_before == 0 { nothing } else { written }];
    if done.waiting_bytes > 0 {
        let waiting = size(done.waiting_bytes);
        lines.push(LocalText::new(
            format!("旧文件{waiting}保留一小时，供仍在读取的进程使用；下次运行时删除"),
            format!(
                "{waiting} of old files stay an hour for who is reading them; the next run removes them"
            ),
        ));
    }
    if done.freed_bytes > 0 {
        let freed = size(done.freed_bytes);
        lines.push(LocalText::new(
            format!("已删除不再使用的旧文件{freed}"),
            format!("{freed} of old files were removed"),
        ));
    }
    if done.overtaken > 0 {
        let count = done.overtaken;
        lines.push(LocalText::new(
            format!("{count}组分区其间已被删除或重写，未采用"),
            format!("{count} groups of parts were deleted or written anew meanwhile and left"),
        ));
    }
    if let Some(shortage) = done.shortage {
        let [free, needed] = [shortage.free, shortage.needed].map(size);
        lines.push(LocalText::new(
            format!("磁盘剩余{free}，继续需要{needed}，已停止；一小时后旧文件可删，再运行即可"),
            format!(
                "stopped: {free} of the disk are free and {needed} are needed; old files can go in an hour, then run this again"
            ),
        ));
    }
    text(&lines, lang)
}

fn text(lines: &[LocalText], lang: Lang) -> String {
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
}
