//! Floods and login guessing as findings.

use sancha_model::{Level, LocalText, Outcome, Scenario};

use super::{
    packed::Drafts,
    tally::{Draft, Entered, Tally},
};
use crate::{
    flood::{Entry, Flood, Flooding, Guesses, Guessing, Place, Request, Search, Shape},
    signal::Seen,
    texts,
};

/// So many times a usual minute of the site is a flood of high severity.
const HIGH: f32 = 10.0;
/// As many sources are, however much they send.
const HIGH_SOURCES: usize = 20;

/// Hands a request on to the analyses of a site.
pub(super) fn accept(flood: &mut Flood, seen: Seen<'_>, request: crate::Request) {
    let Some(source) = seen.source else { return };
    let place = Place { path: seen.object(), host: seen.host() };
    let request = Request {
        time: seen.time,
        at: seen.at,
        line: seen.line,
        source,
        site: request.site,
        path: request.path,
        query: request.query,
        agent: request.agent,
        status: request.status,
        bytes: u64::from(request.bytes),
        traits: request.traits,
    };
    flood.accept(&request, place);
}

pub(super) fn close(flood: Flood, drafts: &mut Drafts) {
    let found = flood.finish();
    drafts.extend(found.floods.into_iter().map(flooding));
    drafts.extend(found.guesses.into_iter().map(guessing));
    drafts.extend(found.searches.into_iter().map(search));
}

fn search(found: Search) -> Draft {
    Draft {
        source: None,
        scenario: Scenario::SCAN_VULN,
        level: Level::Low,
        outcome: Outcome::Attempted,
        reason: (&texts::REASON_ONLY_ATTEMPTS).into(),
        analysis: Some("sancha.scan.web"),
        text: &texts::SCAN_SPREAD,
        values: vec![("sources", LocalText::same(found.sources.len().to_string()))],
        entered: Entered::default(),
        tally: Tally::summed(found.first, found.last, found.count, found.records.all()),
        sources: found.sources,
    }
}

fn flooding(flood: Flooding) -> Draft {
    let (scenario, analysis) = match flood.shape {
        Shape::SameAddress | Shape::NewQueries | Shape::ChangingAgents | Shape::RandomPaths => {
            (Scenario::DOS_CC, "sancha.flood.cc")
        }
        Shape::Volume => (Scenario::DOS_VOLUME, "sancha.flood.volume"),
        Shape::Slow => (Scenario::DOS_SLOW, "sancha.flood.slow"),
    };
    #[expect(clippy::cast_precision_loss, reason = "requests of a minute")]
    let times = flood.busiest as f32 / flood.usual.max(1.0);
    let is_high = times >= HIGH || flood.sources.len() >= HIGH_SOURCES;
    let effect = flood.effect;
    let (outcome, reason) = if effect.is_felt() {
        (Outcome::LikelySucceeded, &texts::REASON_FLOOD_FELT)
    } else if effect.is_known() {
        (Outcome::Attempted, &texts::REASON_FLOOD_NOT_FELT)
    } else {
        (Outcome::NotDeterminable, &texts::REASON_FLOOD_UNSEEN)
    };
    let number = |n: u64| LocalText::same(n.to_string());
    Draft {
        source: None,
        scenario,
        level: if is_high { Level::High } else { Level::Medium },
        outcome,
        reason: reason
            .fill(&[
                ("failed", number(effect.failed.into())),
                ("others", number(effect.requests.into())),
            ])
            .into(),
        analysis: Some(analysis),
        text: &texts::FLOOD,
        values: vec![
            ("sources", number(flood.sources.len() as u64 + flood.unnamed)),
            ("shape", shape(flood.shape).local()),
            ("busiest", number(flood.busiest.into())),
            ("usual", LocalText::same(format!("{:.0}", flood.usual.ceil()))),
        ],
        entered: Entered::default(),
        tally: Tally::summed(flood.first, flood.last, flood.count, flood.records.all()),
        sources: flood.sources,
    }
}

fn shape(shape: Shape) -> &'static sancha_model::Text {
    match shape {
        Shape::SameAddress => &texts::FLOOD_SAME_ADDRESS,
        Shape::NewQueries => &texts::FLOOD_NEW_QUERIES,
        Shape::ChangingAgents => &texts::FLOOD_CHANGING_AGENTS,
        Shape::RandomPaths => &texts::FLOOD_RANDOM_PATHS,
        Shape::Volume => &texts::FLOOD_VOLUME,
        Shape::Slow => &texts::FLOOD_SLOW,
    }
}

fn guessing(found: Guesses) -> Draft {
    let scenario = match found.kind {
        Guessing::Fast => Scenario::BRUTE_PASSWORD,
        Guessing::Slow => Scenario::BRUTE_SLOW,
        Guessing::Spread => Scenario::BRUTE_STUFFING,
    };
    let text = match found.kind {
        Guessing::Fast | Guessing::Slow => &texts::BRUTE_WEB,
        Guessing::Spread => &texts::BRUTE_WEB_SPREAD,
    };
    let (outcome, level, reason) = match found.entry {
        Entry::Entered => {
            (Outcome::LikelySucceeded, Level::Critical, &texts::REASON_WEB_LOGIN_MOVED)
        }
        Entry::Changed => (Outcome::NotDeterminable, Level::High, &texts::REASON_WEB_LOGIN_CHANGED),
        Entry::None => (Outcome::Attempted, Level::Medium, &texts::REASON_NO_LOGIN),
    };
    let mut tally = Tally::summed(found.first, found.last, found.count, found.records.all());
    tally.hosts.insert(found.host.as_deref().unwrap_or_default());
    tally.objects.insert(found.form.as_deref().unwrap_or_default());
    Draft {
        source: None,
        scenario,
        level,
        outcome,
        reason: reason.into(),
        analysis: Some("sancha.brute_force.web"),
        text,
        values: vec![("sources", LocalText::same(found.sources.len().to_string()))],
        entered: Entered { at: found.entered_at, ..Entered::default() },
        tally,
        sources: found.sources,
    }
}
