//! Whether the disk holds what has to be kept.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sancha_lake::{
    Lake, LakeError,
    retain::{DayOfData, Period, Rules, Term, Volume, bytes_per_day, full_on},
};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;

use super::shown;

/// What the parts and the disk tell.
#[derive(Clone, Debug)]
pub struct LakeForecast {
    pub sources: Vec<SourceForecast>,
    /// Where the system says.
    pub free: Option<u64>,
    /// What all sources take when their periods are full.
    pub needed: u64,
    /// Of that, what is there already.
    pub stored: u64,
    /// The first day without room; `None`: not within two years, or not known.
    pub full_on: Option<Date>,
    pub today: Date,
}

#[derive(Clone, Debug)]
pub struct SourceForecast {
    pub source: String,
    pub volume: Volume,
    pub term: Term,
    pub stored: u64,
}

/// Looks ahead by what the last four weeks with records brought. `keep_free` counts as no room.
///
/// # Errors
/// When the system cannot be asked for its free space.
pub fn forecast(lake: &Lake, rules: &Rules<'_>, keep_free: u64) -> Result<LakeForecast, LakeError> {
    let today = rules.today();
    let mut days: BTreeMap<&str, BTreeMap<Date, u64>> = BTreeMap::new();
    let mut releases: BTreeMap<Date, u64> = BTreeMap::new();
    for part in lake.catalog().parts.values() {
        let bytes = part.bytes + part.index_bytes;
        let of_source = days.entry(&part.source).or_default();
        let day: Date = part.day.parse().unwrap_or(today);
        *of_source.entry(day).or_default() += bytes;
        let kept = rules.standing.kept(part);
        let is_held = rules.standing.holds.iter().any(|hold| hold.covers(&kept, rules.zone));
        if !is_held {
            *releases.entry(rules.due(&kept).0).or_default() += bytes;
        }
    }
    let sources: Vec<SourceForecast> =
        days.into_iter().map(|(source, days)| of_source(source, &days, rules)).collect();
    let volumes: Vec<Volume> = sources.iter().map(|one| one.volume).collect();
    let free = lake.disk().free_space()?;
    let room = free.map(|free| free.saturating_sub(keep_free));
    Ok(LakeForecast {
        free,
        needed: volumes.iter().map(|volume| volume.bytes_for_period(today)).sum(),
        stored: sources.iter().map(|one| one.stored).sum(),
        full_on: room.and_then(|room| full_on(&volumes, &releases, room, today)),
        sources,
        today,
    })
}

fn of_source(source: &str, days: &BTreeMap<Date, u64>, rules: &Rules<'_>) -> SourceForecast {
    let data: Vec<DayOfData> =
        days.iter().map(|(day, bytes)| DayOfData { day: *day, stored_bytes: *bytes }).collect();
    let term = rules.term(source);
    let bytes_per_day = bytes_per_day(&data, rules.today());
    let volume = Volume { bytes_per_day, period: term.period };
    SourceForecast { source: source.to_owned(), volume, term, stored: days.values().sum() }
}

/// The forecast in plain words.
pub fn render_forecast(forecast: &LakeForecast, lang: Lang) -> String {
    let today = forecast.today;
    let mut lines: Vec<LocalText> =
        forecast.sources.iter().map(|one| source_line(one, today)).collect();
    let per_day: u64 = forecast.sources.iter().map(|one| one.volume.bytes_per_day).sum();
    let floor: u64 =
        forecast.sources.iter().map(|one| one.volume.bytes_for(Period::FLOOR, today)).sum();
    let [per_day, floor, needed, stored] =
        [per_day, floor, forecast.needed, forecast.stored].map(shown::size);
    lines.push(LocalText::new(
        format!("合计：每天约{per_day}，六个月约需{floor}，按各自期限约需{needed}，现有{stored}"),
        format!("all: about {per_day} a day; six months take about {floor}, the periods in force about {needed}; {stored} are there"),
    ));
    lines.push(outlook(forecast));
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
}

fn source_line(one: &SourceForecast, today: Date) -> LocalText {
    let SourceForecast { source, volume, term, stored } = one;
    let per_day = shown::size(volume.bytes_per_day);
    let needed = shown::size(volume.bytes_for_period(today));
    let (term, stored) = (shown::term(term), shown::size(*stored));
    LocalText::new(
        format!("{source}：每天约{per_day}，留存{}，约需{needed}，现有{stored}", term.zh),
        format!(
            "{source}: about {per_day} a day, kept {}, takes about {needed}; {stored} are there",
            term.en
        ),
    )
}

fn outlook(forecast: &LakeForecast) -> LocalText {
    let Some(free) = forecast.free else {
        return LocalText::new(
            "系统没有说明剩余空间，无法预测何时写满",
            "the system does not tell the free space, so when it will be full cannot be told",
        );
    };
    let free = shown::size(free);
    if forecast.sources.iter().all(|one| one.volume.bytes_per_day == 0) {
        return LocalText::new(
            format!("剩余{free}；还没有完整一天的日志，无法预测何时写满，请一天之后再看"),
            format!(
                "{free} are free; no whole day of logs is there yet, so when it will be full cannot be told: ask again in a day"
            ),
        );
    }
    let missing = shown::size(forecast.needed.saturating_sub(forecast.stored));
    match forecast.full_on {
        Some(day) => {
            let days = (day - forecast.today).get_days();
            LocalText::new(
                format!(
                    "剩余{free}，照此约{days}天后（{day}）写满；留满期限还需{missing}：请扩容，或把日志湖移到更大的磁盘"
                ),
                format!(
                    "{free} are free; at this rate the disk is full in {days} days ({day}); full periods take {missing} more: add space, or move the lake to a larger disk"
                ),
            )
        }
        None => LocalText::new(
            format!("剩余{free}，两年内不会写满"),
            format!("{free} are free; at this rate there is room for two years"),
        ),
    }
}
