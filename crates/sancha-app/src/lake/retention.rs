//! What the retention of each source amounts to.

use jiff::tz::TimeZone;
use sancha_lake::{
    Lake,
    retain::{Holdings, Interval, RetentionProof, Rhythm, Rules, Verdict},
};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::visible;

/// Up to so long without a record needs no explanation: a quiet weekend is shorter.
const LONGEST_QUIET: i64 = 3 * EventTime::DAY;

/// One statement a source, sorted by name; of all, or of one.
pub fn retention_proofs(
    lake: &Lake,
    source: Option<&str>,
    zone: &TimeZone,
    now: EventTime,
) -> Vec<RetentionProof> {
    let head = lake.ledger().head();
    let mut sources: Vec<&str> =
        lake.catalog().parts.values().map(|part| part.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let rules = Rules { policies: &[], kinds: &[], holds: &[], zone, now };
    let wanted = sources.into_iter().filter(|name| source.is_none_or(|source| source == *name));
    wanted
        .map(|name| {
            let parts = lake.catalog().parts.values().filter(|part| part.source == name);
            let mut holdings = Holdings {
                source: name.to_owned(),
                root: head.root.hex(),
                log_size: head.size,
                ..Holdings::default()
            };
            let mut spans = Vec::new();
            for part in parts {
                holdings.lines += part.rows;
                holdings.raw_bytes += part.raw_bytes;
                holdings.stored_bytes += part.bytes + part.index_bytes;
                let span = part.first.zip(part.last);
                spans.extend(span.map(|(first, last)| Interval {
                    first: EventTime::from_nanos(first),
                    last: EventTime::from_nanos(last),
                }));
            }
            let quiet = Rhythm::learned(&spans).quiet().clamp(LONGEST_QUIET, i64::MAX);
            RetentionProof::new(holdings, &spans, quiet, &rules)
        })
        .collect()
}

/// One statement for people.
pub fn render_retention(proof: &RetentionProof, zone: &TimeZone, lang: Lang) -> String {
    let instant = |time: EventTime| time.display_in(zone);
    let holdings = &proof.holdings;
    let span = match proof.span {
        Some(span) => LocalText::new(
            format!("{} 至 {}", instant(span.first), instant(span.last)),
            format!("{} to {}", instant(span.first), instant(span.last)),
        ),
        None => LocalText::new("没有带时间的记录", "no record has a time"),
    };
    let mut lines = vec![
        LocalText::new(
            format!("来源：{}", holdings.source),
            format!("source: {}", holdings.source),
        ),
        LocalText::new(format!("  记录：{}", span.zh), format!("  records: {}", span.en)),
        LocalText::new(
            format!(
                "  {}行，原文{}字节，占用{}字节",
                holdings.lines, holdings.raw_bytes, holdings.stored_bytes
            ),
            format!(
                "  {} lines, {} bytes, kept in {} bytes",
                holdings.lines, holdings.raw_bytes, holdings.stored_bytes
            ),
        ),
        LocalText::new(
            format!("  依六个月的要求，应留存至 {} 起", proof.needed_from),
            format!("  six calendar months ask for records from {} on", proof.needed_from),
        ),
    ];
    for gap in &proof.gaps {
        lines.push(LocalText::new(
            format!("  缺口：{} 至 {} 没有记录", instant(gap.after), instant(gap.before)),
            format!("  gap: no record from {} to {}", instant(gap.after), instant(gap.before)),
        ));
    }
    let verdict = verdict(proof.verdict);
    lines.push(LocalText::new(
        format!("  判断：{}", verdict.zh),
        format!("  verdict: {}", verdict.en),
    ));
    lines.push(LocalText::new(
        format!("  封存日志：{}条，根 {}", holdings.log_size, holdings.root),
        format!("  log: {} entries, root {}", holdings.log_size, holdings.root),
    ));
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
}

fn verdict(verdict: Verdict) -> LocalText {
    match verdict {
        Verdict::Met => LocalText::new(
            "记录连续覆盖六个月",
            "the records reach back six months without a gap that needs an explanation",
        ),
        Verdict::BeginsLater => LocalText::new(
            "最早的记录晚于应留存之日；更早的日志是否存在过，此处不知",
            "the first record is later than the day needed; whether there were older ones this lake cannot know",
        ),
        Verdict::HasGaps => {
            LocalText::new("期间有需要说明的缺口", "there are gaps that need an explanation")
        }
        Verdict::EndsEarly => LocalText::new(
            "最近的记录已较久远，来源可能已停止上报",
            "the newest record is old: the source may have fallen silent",
        ),
        Verdict::NoRecords => LocalText::new("没有带时间的记录", "there is no record with a time"),
        Verdict::Waived => LocalText::new(
            "按豁免决定缩短留存：义务未落实",
            "kept shorter by a waiver: the duty is not met",
        ),
    }
}
