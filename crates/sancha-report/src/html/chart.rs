use sancha_case::{Case, Member, Phase};
use sancha_model::{EventTime, Lang};
use serde::Serialize;

use super::{anchors::Anchors, format::Format};

/// Geometry in SVG user units; the drawing scales to the width of the page.
const WIDTH: f64 = 720.0;
/// Room for the names of the phases.
const fn labels(lang: Lang) -> f64 {
    match lang {
        Lang::Zh => 96.0,
        Lang::En => 132.0,
    }
}
const RIGHT: f64 = 14.0;
const LANE: f64 = 34.0;
const TOP: f64 = 10.0;
const FOOT: f64 = 34.0;
const TICKS: i32 = 5;
/// A moment is drawn as wide as this, so that it can be seen.
const NARROWEST: f64 = 7.0;

/// The timeline as lanes of bars: one lane per phase that occurs, one bar per finding.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    lanes: Vec<LaneView>,
    ticks: Vec<Tick>,
}

#[derive(Debug, Serialize)]
struct LaneView {
    name: String,
    top: f64,
    middle: f64,
    bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    width: f64,
    y: f64,
    height: f64,
    happened: bool,
    /// The finding's number; empty where the bar before it is too near for another one.
    number: String,
    number_x: f64,
    href: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    anchor: &'static str,
    upper: String,
    lower: String,
}

impl Chart {
    /// `None` when no finding of the case has a time.
    pub(super) fn of(
        case: &Case,
        case_number: usize,
        anchors: &Anchors<'_>,
        format: &Format<'_>,
    ) -> Option<Self> {
        let first = case.members.iter().filter_map(|member| member.finding.first).min()?;
        let last = case.members.iter().filter_map(|member| member.finding.last).max()?;
        let left = labels(format.lang);
        let scale = Scale { left, first, span: last.since(first).max(EventTime::MINUTE) };
        let phases: Vec<Phase> = Phase::ALL
            .into_iter()
            .filter(|phase| {
                case.members.iter().any(|m| m.phase == *phase && m.finding.first.is_some())
            })
            .collect();
        let mut top = TOP;
        let mut lanes = Vec::with_capacity(phases.len());
        for phase in phases {
            lanes.push(LaneView {
                name: format.label(&phase.text()),
                top,
                middle: top + LANE / 2.0,
                bars: bars((case, case_number), phase, top, &scale, anchors, format),
            });
            top += LANE;
        }
        let ticks = (0..=TICKS).map(|at| scale.tick(at, format)).collect();
        Some(Self {
            width: WIDTH,
            height: top + FOOT,
            left: scale.left,
            right: WIDTH - RIGHT,
            bottom: top,
            lanes,
            ticks,
        })
    }
}

fn bars(
    (case, case_number): (&Case, usize),
    phase: Phase,
    top: f64,
    scale: &Scale,
    anchors: &Anchors<'_>,
    format: &Format<'_>,
) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    let mut free_from = f64::MIN;
    let drawn = |member: &Member| member.phase == phase && anchors.lists(&member.finding.id);
    let mut members: Vec<_> =
        case.members.iter().zip(1_usize..).filter(|(member, _)| drawn(member)).collect();
    members.sort_by_key(|(member, number)| (member.finding.first, *number));
    for (member, number) in members {
        let Some(first) = member.finding.first else { continue };
        let last = member.finding.last.unwrap_or(first);
        let x = scale.x(first).min(WIDTH - RIGHT - NARROWEST);
        let width = (scale.x(last) - x).max(NARROWEST);
        let shows_number = x >= free_from;
        if shows_number {
            free_from = x + 16.0;
        }
        bars.push(Bar {
            x: round(x),
            width: round(width),
            y: top + 15.0,
            height: 11.0,
            happened: member.happened(),
            number: if shows_number { number.to_string() } else { String::new() },
            number_x: round(x),
            href: format!("#finding-{case_number}-{number}"),
            title: format!(
                "{number}  {}  {}",
                member.finding.scenario.name().get(format.lang),
                format.period(Some(first), Some(last))
            ),
        });
    }
    bars
}

struct Scale {
    left: f64,
    first: EventTime,
    span: i64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a place in a drawing")]
    fn x(&self, time: EventTime) -> f64 {
        let share = time.since(self.first) as f64 / self.span as f64;
        self.left + share.clamp(0.0, 1.0) * (WIDTH - self.left - RIGHT)
    }

    fn tick(&self, at: i32, format: &Format<'_>) -> Tick {
        let time = self.first.plus(self.span / i64::from(TICKS) * i64::from(at));
        let lower = if self.span > 3 * EventTime::MINUTE { "%H:%M" } else { "%H:%M:%S" };
        Tick {
            x: round(self.x(time)),
            anchor: if at == TICKS {
                "end"
            } else if at == 0 {
                "start"
            } else {
                "middle"
            },
            upper: format.zoned(time, "%m-%d"),
            lower: format.zoned(time, lower),
        }
    }
}

/// One decimal: the page is compared byte by byte.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
