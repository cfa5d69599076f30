//! Labelled traffic, generated from a seed: every attack must be found with its sources, every crowd
//! of readers must stay quiet.

mod attacks;
mod ordinary;
mod traffic;

use std::collections::BTreeSet;
use std::net::IpAddr;

use sancha_model::EventTime;

use super::{Flood, Found, Guessing, Place, Shape, Traits};
use attacks::Kind;
use ordinary::Scene;
use traffic::{Ask, Traffic};

const SEEDS: std::ops::Range<u64> = 1..4;

fn detect(traffic: &Traffic) -> Found {
    let mut flood = Flood::new(16 << 20);
    for request in traffic.in_order() {
        flood.accept(&request, Place::default());
    }
    flood.finish()
}

/// The sources of all findings.
fn named(found: &Found) -> BTreeSet<IpAddr> {
    let floods = found.floods.iter().flat_map(|flood| &flood.sources);
    let guesses = found.guesses.iter().flat_map(|guesses| &guesses.sources);
    let searches = found.searches.iter().flat_map(|search| &search.sources);
    floods.chain(guesses).chain(searches).copied().collect()
}

/// Lays an attack over a scene and holds the findings against the labels.
fn check(scene: Scene, kind: Kind, pace: f64, seed: u64) {
    let mut traffic = Traffic::new(seed);
    scene.lay(&mut traffic);
    let background = traffic.sources();
    let attackers = kind.lay(&mut traffic, pace);
    let named = named(&detect(&traffic));
    let missed = attackers.difference(&named).count();
    assert!(
        missed * 20 <= attackers.len(),
        "{scene:?} {kind:?} at {pace}, seed {seed}: {missed} of {} sources missed",
        attackers.len()
    );
    let wrong: Vec<_> = named.difference(&attackers).collect();
    assert!(
        wrong.len() * 500 <= background.len(),
        "{scene:?} {kind:?} at {pace}, seed {seed}: {wrong:?} named of {} others",
        background.len()
    );
}

#[test]
fn every_kind_is_found_on_every_kind_of_site_at_many_paces() {
    for scene in Scene::ALL {
        for kind in Kind::ALL {
            for pace in [0.3, 1.0, 4.0] {
                for seed in SEEDS {
                    check(scene, kind, pace, seed);
                }
            }
        }
    }
}

#[test]
fn ordinary_traffic_is_quiet() {
    for scene in Scene::ALL {
        for seed in 1..9 {
            let mut traffic = Traffic::new(seed);
            scene.lay(&mut traffic);
            let found = detect(&traffic);
            assert!(named(&found).is_empty(), "{scene:?}, seed {seed}: {found:?}");
        }
    }
}

/// A news item: ten times the visitors within minutes, who read the page with all its parts, come from
/// everywhere and go on. Some reload.
#[test]
fn a_flash_crowd_is_told_from_a_flood() {
    for seed in 1..6 {
        let mut traffic = Traffic::new(seed);
        Scene::School.lay(&mut traffic);
        traffic.flash_crowd(3_000);
        let found = detect(&traffic);
        assert!(named(&found).is_empty(), "seed {seed}: {found:?}");
    }
}

/// Results of an examination on an interface without pages: everybody asks for the same thing at once,
/// and again while it is slow, after the calls that every start of the program makes.
#[test]
fn a_rush_on_an_interface_is_told_from_a_flood() {
    for seed in 1..6 {
        let mut traffic = Traffic::new(seed);
        Scene::Interface.lay(&mut traffic);
        traffic.rush(2_000);
        let found = detect(&traffic);
        assert!(named(&found).is_empty(), "seed {seed}: {found:?}");
    }
}

#[test]
fn a_search_crawler_and_an_office_behind_one_address_are_quiet() {
    for seed in 1..6 {
        let mut traffic = Traffic::new(seed);
        Scene::Shop.lay(&mut traffic);
        traffic.crawler(20_000, 0.5);
        traffic.office(300);
        let found = detect(&traffic);
        assert!(named(&found).is_empty(), "seed {seed}: {found:?}");
    }
}

/// The same office at a form that refuses a wrong password and answers a right one with 200.
#[test]
fn an_office_whose_login_is_answered_with_a_token_is_quiet() {
    let mut traffic = Traffic::new(2);
    Scene::Interface.lay(&mut traffic);
    let source = traffic.source();
    for n in 0..400 {
        let time = 32_400_000 + n * 9_000;
        let status = if n % 5 == 0 { 401 } else { 200 };
        traffic.send(time, source, 7, Ask::login(status, 512));
        for call in 0..4 {
            traffic.send(time + 1_000, source, 7, Ask::read(300 + call));
        }
    }
    let found = detect(&traffic);
    assert!(named(&found).is_empty(), "{found:?}");
}

/// A program with an expired password tries like a clock.
#[test]
fn a_client_with_a_stale_token_is_quiet() {
    let mut traffic = Traffic::new(1);
    Scene::Interface.lay(&mut traffic);
    traffic.stale_client();
    let found = detect(&traffic);
    assert!(named(&found).is_empty(), "{found:?}");
}

#[test]
fn more_forms_than_a_person_fills_in_are_guessing_after_six() {
    let found = |count: i64, gap: i64, ask: Ask| {
        let mut traffic = Traffic::new(1);
        let source = traffic.source();
        (0..count).for_each(|number| traffic.send(number * gap, source, 1, ask));
        !detect(&traffic).guesses.is_empty()
    };
    assert!(found(6, 1_500, Ask::login(200, 1_950)));
    assert!(!found(5, 500, Ask::login(200, 1_950)));
    assert!(!found(6, 5_000, Ask::login(200, 1_950)));
    // A page that loads with a session that is over.
    let call = Ask { traits: Traits::REFERER, ..Ask::login(401, 90) };
    assert!(!found(7, 100, call));
}

/// An application whose token has expired asks again and again, and not like a clock.
#[test]
fn a_call_without_a_token_is_no_guess() {
    let found = |traits| {
        let mut traffic = Traffic::new(1);
        let (source, mut time) = (traffic.source(), 0);
        for _ in 0..60 {
            time += 9_000 + traffic.wait(0.5);
            traffic.send(time, source, 1, Ask { path: 70, traits, ..Ask::login(401, 61) });
        }
        !detect(&traffic).guesses.is_empty()
    };
    assert!(found(Traits::NONE));
    assert!(!found(Traits::CALL));
}

/// A client of CalDAV, of a registry, of NTLM: it sends no credentials before it is asked for them.
#[test]
fn a_challenge_that_is_answered_is_no_guess() {
    let refused = Ask { path: 70, traits: Traits::NONE, ..Ask::login(401, 480) };
    let found = |challenges: i64, given: Option<Ask>| {
        let mut traffic = Traffic::new(1);
        let source = traffic.source();
        let mut time = 0;
        for _ in 0..40 {
            time += 20_000 + traffic.wait(0.02);
            for challenge in 0..challenges {
                traffic.send(time + challenge * 1_000, source, 1, refused);
            }
            if let Some(given) = given {
                traffic.send(time + challenges * 1_000, source, 1, given);
            }
        }
        !detect(&traffic).guesses.is_empty()
    };
    let here = Ask { status: 207, ..Ask::page(70) };
    assert!(!found(1, Some(here)) && !found(2, Some(here)) && !found(1, Some(Ask::page(71))));
    assert!(found(1, None) && found(3, Some(here)));
}

/// A form that hardly anybody uses: eighty sources with four tries each, over two hours.
#[test]
fn many_who_begin_slowly_at_an_unused_form_are_found() {
    for seed in 1..9 {
        let mut traffic = Traffic::new(seed);
        (0..3).for_each(|_| Scene::Shop.lay(&mut traffic));
        let mut guessers = BTreeSet::new();
        for _ in 0..80 {
            let source = traffic.source();
            guessers.insert(source);
            let mut time = 40_000_000 + i64::try_from(traffic.draw(5_400_000)).unwrap();
            for _ in 0..4 {
                traffic.send(time, source, 905, Ask { path: 9_002, ..Ask::login(200, 2_400) });
                time += 200_000 + i64::try_from(traffic.draw(700_000)).unwrap();
            }
        }
        let named = named(&detect(&traffic));
        let missed = guessers.difference(&named).count();
        assert!(missed * 20 <= guessers.len(), "seed {seed}: {missed} missed");
    }
}

/// A hundred and fifty sources that ask for two pages in turn, each once in two seconds.
#[test]
fn a_flood_over_several_addresses_is_found_where_visitors_load_parts() {
    let found = |seed| {
        let mut traffic = Traffic::new(seed);
        Scene::School.lay(&mut traffic);
        let begin = traffic.start(120);
        let mut attackers = BTreeSet::new();
        for _ in 0..150 {
            let source = traffic.source();
            attackers.insert(source);
            let mut time = begin + traffic.wait(0.5);
            while time < begin + 120_000 {
                let path = 40 + traffic.mark() % 2;
                traffic.send(time, source, 5, Ask::page(path));
                time += 300 + traffic.wait(0.7);
            }
        }
        let found = detect(&traffic);
        // Each minute brings thousands of requests, of which a flood found late saw the last hundreds.
        assert!(found.floods.iter().all(|flood| flood.busiest > 100), "{:?}", found.floods);
        (attackers, named(&found))
    };
    for seed in 1..6 {
        let (attackers, named) = found(seed);
        let missed = attackers.difference(&named).count();
        assert!(missed * 20 <= attackers.len(), "seed {seed}: {missed} missed");
        assert!(named.is_subset(&attackers), "seed {seed}");
    }
}

/// Requests that the server gave up waiting for, of four sources, none of which presses hard.
#[test]
fn a_few_sources_that_finish_no_request_are_found() {
    let named_of = |count: i64| {
        let mut traffic = Traffic::new(3);
        Scene::School.lay(&mut traffic);
        let begin = traffic.start(900);
        let sources: BTreeSet<IpAddr> = (0..4).map(|_| traffic.source()).collect();
        for source in &sources {
            for n in 0..count {
                let time = begin + n * 5_000;
                traffic.send(time, *source, 5, Ask { status: 408, ..Ask::page(8_888) });
            }
        }
        (sources, named(&detect(&traffic)))
    };
    let (sources, named) = named_of(170);
    assert_eq!(named, sources);
    // What browsers open ahead and never use ends like this, too.
    assert!(named_of(20).1.is_empty());
}

/// Machines that report once a minute, from the first line of the log to its last.
#[test]
fn what_a_site_is_used_for_from_the_start_is_no_flood() {
    let fleet = |from: i64, until: i64| {
        let mut traffic = Traffic::new(4);
        Scene::School.lay(&mut traffic);
        for _ in 0..100 {
            let source = traffic.source();
            let mut time = from * 60_000 + i64::try_from(traffic.draw(60_000)).unwrap();
            while time < until * 60_000 {
                traffic.send(time, source, 903, Ask::page(500));
                time += 58_000 + i64::try_from(traffic.draw(4_000)).unwrap();
            }
        }
        named(&detect(&traffic)).len()
    };
    assert_eq!(fleet(0, 1_440), 0);
    // It ends: then it was one.
    assert!(fleet(0, 120) > 95);
}

/// A load balancer asks once a second whether the service lives; a flood at the same address is one.
#[test]
fn a_check_of_health_is_no_flood() {
    let named_at = |gap: i64, check: Ask| {
        let mut traffic = Traffic::new(6);
        let source = traffic.source();
        for at in 0..1_200 {
            traffic.send(at * gap, source, 904, check);
        }
        named(&detect(&traffic)).len()
    };
    let check = Ask { traits: Traits::CHECK, ..Ask::page(500) };
    assert_eq!(named_at(1_000, check), 0);
    assert_eq!(named_at(1_000, Ask::page(500)), 1);
    assert_eq!(named_at(20, check), 1);
}

/// A balancer that asks for the home page, and a screen that polls with ever new parameters.
#[test]
fn what_asks_like_a_clock_for_one_small_page_is_no_flood() {
    let named = |gap: &dyn Fn(&mut Traffic) -> i64, bytes: u64, status: u16| {
        let mut traffic = Traffic::new(8);
        Scene::School.lay(&mut traffic);
        let (source, mut time) = (traffic.source(), 30_000_000);
        for _ in 0..4_000 {
            let query = if gap(&mut traffic) == 1_500 { traffic.mark() } else { 0 };
            traffic.send(time, source, 904, Ask { query, bytes, status, ..Ask::page(505) });
            time += gap(&mut traffic);
        }
        named(&detect(&traffic)).contains(&source)
    };
    assert!(!named(&|_| 1_000, 612, 200) && !named(&|_| 1_500, 512, 200));
    // Faster, for much, in vain, or not like a clock.
    assert!(named(&|_| 250, 612, 200));
    assert!(named(&|_| 1_000, 90_000, 200));
    assert!(named(&|_| 1_000, 612, 503));
    assert!(named(&|traffic| traffic.wait(1.0), 612, 200));
}

/// A check that turns into a flood is one from then on.
#[test]
fn a_clock_that_runs_away_is_a_flood() {
    let mut traffic = Traffic::new(9);
    let source = traffic.source();
    (0..7_200)
        .for_each(|n| traffic.send(n * 1_000, source, 904, Ask { bytes: 612, ..Ask::page(505) }));
    (0..6_000).for_each(|n| {
        traffic.send(7_200_000 + n * 50, source, 904, Ask { bytes: 612, ..Ask::page(505) });
    });
    let floods = detect(&traffic).floods;
    let [flood] = floods.as_slice() else { panic!("{floods:?}") };
    assert!(flood.count > 5_500 && flood.count < 6_200, "{flood:?}");
}

/// Places in courses are given away at noon: half of all come through the campus' one address, the server does not keep
/// up. Then the day goes on.
#[test]
fn an_address_with_many_people_in_a_crowd_is_no_flood() {
    let found = |others: i64| {
        let mut traffic = Traffic::new(10);
        let campus = traffic.source();
        let ask = |traffic: &mut Traffic| match traffic.draw(3) {
            0 => Ask { query: 1 + traffic.mark() % 30, ..Ask::page(700) },
            1 => Ask::page(701),
            _ => Ask::page(0),
        };
        for n in 0..4_500_i64 {
            let source = if n % 2 == 0 { campus } else { traffic.source() };
            let agent = traffic.mark() % 40;
            let page = if traffic.draw(3) == 0 { Ask::asset(9) } else { ask(&mut traffic) };
            traffic.send(n * 38_000, source, agent, page);
        }
        let noon = 129_600_000;
        for n in 0..16_000 {
            let from_campus = traffic.draw(2) == 0;
            let source = if from_campus { campus } else { traffic.source() };
            if !from_campus && n % others != 0 {
                continue;
            }
            let status = if traffic.draw(3) == 0 { 502 } else { 200 };
            let page = Ask { status, ..ask(&mut traffic) };
            let agent = traffic.mark() % 40;
            traffic.send(noon + n * 30, source, agent, page);
        }
        (campus, detect(&traffic).floods)
    };
    let (_, floods) = found(1);
    assert!(floods.is_empty(), "{floods:?}");
    // Hardly anybody else came: then it is that address.
    let (campus, floods) = found(100);
    let [flood] = floods.as_slice() else { panic!("{floods:?}") };
    assert_eq!(flood.sources, [campus]);
    // What leafs through thirty pages gets past no cache, and its end is not that of the day.
    assert_ne!(flood.shape, Shape::NewQueries);
    assert!(flood.last.since(flood.first) < 30 * EventTime::MINUTE, "{flood:?}");
}

/// A thousandth of what others ask for harms nobody; the same on a quiet site is a flood.
#[test]
fn a_flood_stands_out() {
    let named = |others: i64| {
        let mut traffic = Traffic::new(12);
        let poller = traffic.source();
        for minute in 0..600 {
            for n in 0..others {
                let (source, agent) = (traffic.source(), traffic.mark() % 40);
                let page = Ask::read(traffic.mark() % 80);
                traffic.send(minute * 60_000 + n * 60_000 / others, source, agent, page);
            }
        }
        let mut time = 20_000_000;
        for _ in 0..1_200 {
            traffic.send(time, poller, 5, Ask::page(77));
            time += traffic.wait(0.9);
        }
        named(&detect(&traffic)).contains(&poller)
    };
    assert!(named(20) && !named(400));
}

#[test]
fn a_finding_tells_what_the_requests_have_in_common() {
    let shapes = [
        (Kind::SingleUrl, Shape::SameAddress),
        (Kind::RandomUri, Shape::RandomPaths),
        (Kind::CacheBypass, Shape::NewQueries),
        (Kind::SwitchingAgents, Shape::ChangingAgents),
        (Kind::Slowloris, Shape::Slow),
    ];
    for (kind, shape) in shapes {
        let mut traffic = Traffic::new(7);
        Scene::School.lay(&mut traffic);
        kind.lay(&mut traffic, 1.0);
        let found = detect(&traffic);
        let shapes: Vec<_> = found.floods.iter().map(|flood| flood.shape).collect();
        assert_eq!(shapes, [shape], "{kind:?}");
    }
}

/// Two hundred sources ask for two or three names each; on other days a few come by each hour.
#[test]
fn a_search_for_weaknesses_shared_by_many_sources_is_found() {
    let mut traffic = Traffic::new(11);
    Scene::School.lay(&mut traffic);
    traffic.passers_by(120);
    assert!(named(&detect(&traffic)).is_empty());
    let searchers = traffic.shared_search(200);
    let found = detect(&traffic);
    let named = named(&found);
    assert!(searchers.difference(&named).count() * 20 <= searchers.len(), "{found:?}");
    // Those who came by in the same hour cannot be told apart.
    assert!(named.difference(&searchers).count() <= 12, "{found:?}");
}

#[test]
fn attacks_far_apart_are_findings_of_their_own() {
    let mut traffic = Traffic::new(3);
    Scene::School.lay(&mut traffic);
    traffic.at(10_000);
    Kind::LoginStuffing.lay(&mut traffic, 1.0);
    traffic.at(60_000);
    Kind::DistributedStuffing.lay(&mut traffic, 1.0);
    let guesses = detect(&traffic).guesses;
    let kinds: Vec<_> = guesses.iter().map(|found| (found.kind, found.sources.len())).collect();
    assert_eq!(kinds, [(Guessing::Fast, 1), (Guessing::Spread, 80)]);
}

#[test]
fn memory_is_bounded_and_what_was_given_up_is_counted() {
    let mut flood = Flood::new(1 << 20);
    let mut traffic = Traffic::new(5);
    traffic.many_sources(50_000);
    for request in traffic.in_order() {
        flood.accept(&request, Place::default());
    }
    assert!(flood.sessions.len() < 3 * 2048, "{}", flood.sessions.len());
    assert!(flood.evicted() > 0);
}
