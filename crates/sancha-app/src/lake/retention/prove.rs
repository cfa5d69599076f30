//! What the retention of each source amounts to.

use jiff::tz::TimeZone;
use sancha_lake::{
    Catalog, Lake, LakeError,
    retain::{
        Deleted, Holdings, Interval, RetentionProof, Rhythm, Rules, Silence, Verdict, deleted,
    },
};
use sancha_model::{EventTime, Lang, LocalText};
use sancha_report::visible;
use sancha_seal::Kind;

use super::shown;

/// What can be stated of the sources of a lake.
#[derive(Debug, Default)]
pub struct RetentionProofs {
    pub proofs: Vec<RetentionProof>,
    /// Sources that nothing is stated of, since no key opens a month that they have lines of: what nobody can read is not
    /// retained, and whether the key comes back is not known here.
    pub keyless: Vec<(String, LakeError)>,
}

/// One statement a source, sorted by name; of all, or of one. Also of sources of which nothing is kept any more.
///
/// # Errors
/// When a part is not there as it was sealed, or a companion that tells the times of a long part cannot be read.
pub fn retention_proofs(
    lake: &Lake,
    source: Option<&str>,
    rules: &Rules<'_>,
) -> Result<RetentionProofs, LakeError> {
    let sources = lake.sources();
    let wanted = sources.into_iter().filter(|name| source.is_none_or(|source| source == *name));
    let deleted = deleted(&lake.catalog().entries);
    let mut made = RetentionProofs::default();
    for name in wanted {
        match proof(lake, name, deleted.get(name).copied(), rules) {
            Ok(proof) => made.proofs.push(proof),
            Err(error) if error.is_of_lost_key() => made.keyless.push((name.to_owned(), error)),
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

/// Who holds a checkpoint outside of the lake: since when, of how many entries.
fn anchors(catalog: &Catalog) -> Vec<String> {
    let anchored = catalog.entries.iter().filter_map(|entry| match &entry.kind {
        Kind::Anchored { size, by, .. } => Some(format!("{by} {} ({size})", entry.at)),
        _ => None,
    });
    anchored.collect()
}

fn proof(
    lake: &Lake,
    source: &str,
    deleted: Option<Deleted>,
    rules: &Rules<'_>,
) -> Result<RetentionProof, LakeError> {
    let head = lake.ledger().head();
    let mut holdings = Holdings {
        source: source.to_owned(),
        root: head.root.hex(),
        log_size: head.size,
        anchors: anchors(lake.catalog()),
        deleted,
        ..Holdings::default()
    };
    let mut spans = Vec::new();
    for part in lake.catalog().parts.values().filter(|part| part.source == source) {
        lake.stands(part)?;
        holdings.lines += part.rows;
        holdings.raw_bytes += part.raw_bytes;
        holdings.stored_bytes += part.bytes + part.index_bytes;
        let times = lake.spans(part, rules.now)?;
        holdings.future_lines += times.later;
        spans.extend(times.spans);
    }
    Ok(RetentionProof::new(holdings, &spans, rules))
}

/// One statement for people.
pub fn render_retention(proof: &RetentionProof, zone: &TimeZone, lang: Lang) -> String {
    let instant = |time: EventTime| time.display_in(zone);
    let holdings = &proof.holdings;
    let span = match proof.span {
        Some(span) => span_text(span, zone),
        None if holdings.lines == 0 => {
            LocalText::new("现在一行也没有留存", "no line is kept any more")
        }
        None => LocalText::new("没有时间在此刻之前的记录", "no record has a time up to now"),
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
            format!("  按六个月的要求，应有 {} 起的记录", proof.needed_from),
            format!("  six calendar months ask for records from {} on", proof.needed_from),
        ),
    ];
    if proof.clock_by_hand {
        let at = instant(proof.at);
        lines.push(LocalText::new(
            format!("  时刻 {at} 由人指定（--at 或 SANCHA_CLOCK），不是系统时钟"),
            format!("  as of {at}, set by hand (--at or SANCHA_CLOCK), not by the system clock"),
        ));
    }
    lines.extend(holdings.deleted.as_ref().map(|deleted| deleted_text(deleted, zone)));
    if holdings.future_lines > 0 {
        let lines_of = holdings.future_lines;
        lines.push(LocalText::new(
            format!("  另有{lines_of}行的时间在此刻之后（时钟或年份有误），不计入"),
            format!("  {lines_of} lines tell a time in the future (a clock or a year was wrong), and do not count"),
        ));
    }
    for gap in &proof.gaps {
        lines.push(LocalText::new(
            format!("  缺口：{} 至 {} 没有记录", instant(gap.after), instant(gap.before)),
            format!("  gap: no record from {} to {}", instant(gap.after), instant(gap.before)),
        ));
    }
    lines.extend(proof.ended_since().map(|since| {
        let since = shown::duration(since);
        LocalText::new(
            format!("  最后一条记录距今已{}，此后没有记录：来源可能已停止上报", since.zh),
            format!("  no record for {} now: the source may have fallen silent", since.en),
        )
    }));
    lines.extend(standing(proof, zone));
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

fn span_text(span: Interval, zone: &TimeZone) -> LocalText {
    let (first, last) = (span.first.display_in(zone), span.last.display_in(zone));
    LocalText::new(format!("{first} 至 {last}"), format!("{first} to {last}"))
}

/// What was there and is not kept any more.
fn deleted_text(deleted: &Deleted, zone: &TimeZone) -> LocalText {
    let Deleted { parts, lines, span, at } = deleted;
    let at = at.display_in(zone);
    let span = match span {
        Some(span) => span_text(*span, zone),
        None => LocalText::new("记录没有时间", "no record has a time"),
    };
    LocalText::new(
        format!("  已删除：{lines}行，{parts}个分区（{}），最近一次在{at}", span.zh),
        format!("  deleted: {lines} lines, {parts} parts ({}), the last time {at}", span.en),
    )
}

/// What is decided about the source, and whether it is silent.
fn standing(proof: &RetentionProof, zone: &TimeZone) -> Vec<LocalText> {
    let mut lines = Vec::new();
    if let Some(waiver) = &proof.waiver {
        let (days, by, reason, until) =
            (waiver.days, &waiver.granted_by, &waiver.reason, waiver.until);
        lines.push(LocalText::new(
            format!("  豁免：只留存{days}天，{by} 批准，至{until}；原因：{reason}"),
            format!(
                "  waiver: kept {days} days only, granted by {by} until {until}; why: {reason}"
            ),
        ));
    }
    if !proof.holds.is_empty() {
        let names = proof.holds.join(", ");
        lines.push(LocalText::new(
            format!("  保全中，不删除：{names}"),
            format!("  on hold, nothing of it goes: {names}"),
        ));
    }
    lines.extend(proof.silence.as_ref().map(|silence| {
        let LocalText { zh, en } = silence_text(silence, zone);
        LocalText::new(format!("  中断：{zh}"), format!("  silent: {en}"))
    }));
    for anchor in &proof.holdings.anchors {
        lines.push(LocalText::new(format!("  锚定：{anchor}"), format!("  anchored: {anchor}")));
    }
    lines
}

/// Sources that should have said something by now, one line each.
pub fn render_silence(source: &str, silence: &Silence, zone: &TimeZone, lang: Lang) -> String {
    let text = silence_text(silence, zone);
    visible(&format!("{source}: {}", text.get(lang))).into_owned() + "\n"
}

/// Since when, and by what that is too long.
fn silence_text(silence: &Silence, zone: &TimeZone) -> LocalText {
    let since = silence.since.display_in(zone);
    let lasts = shown::duration(silence.lasts);
    let usual = shown::duration(silence.expected.quiet());
    let (zh, en) = match silence.expected {
        Rhythm::Set { .. } => {
            (format!("策略规定最多{}", usual.zh), format!("the policy allows {}", usual.en))
        }
        Rhythm::Learned { .. } => (
            format!("按以往最长间隔的两倍，至多{}", usual.zh),
            format!("twice its longest pause so far allows {}", usual.en),
        ),
        Rhythm::Unknown => (
            format!("接收不足七天，尚无规律可循，按{}计", usual.zh),
            format!("known for less than seven days, so {} are allowed", usual.en),
        ),
    };
    LocalText::new(
        format!("自{since}起没有收到新的行，已{}；{zh}", lasts.zh),
        format!("no new line since {since}, for {}; {en}", lasts.en),
    )
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
        Verdict::NoRecords => {
            LocalText::new("没有时间在此刻之前的记录", "there is no record with a time up to now")
        }
        Verdict::Waived => LocalText::new(
            "按豁免决定缩短留存：义务未落实",
            "kept shorter by a waiver: the duty is not met",
        ),
    }
}
