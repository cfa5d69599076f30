//! What one entry says of another: ids that must be unique, ids that must exist, networks that must parse.

use std::collections::BTreeSet;

use sancha_model::LocalText;

use super::{Profile, problem::Problems, scope::parse_network};
use crate::{suggest::nearest, texts};

pub(super) fn references(profile: &Profile, problems: &mut Problems) {
    unique_ids(profile, problems);
    known_systems(profile, problems);
    known_posts(profile, problems);
    known_plans(profile, problems);
    criteria(profile, problems);
    networks(profile, problems);
}

/// Section, id and line of every entry.
fn ids(profile: &Profile) -> Vec<(&'static str, &str, u32)> {
    macro_rules! collect {
        ($($section:ident),+ $(,)?) => {{
            let mut all = Vec::new();
            $(all.extend(profile.$section.iter().map(|e| (stringify!($section), e.id.as_str(), e.line)));)+
            all
        }};
    }
    collect!(
        systems,
        posts,
        bodies,
        policies,
        letters,
        plans,
        drills,
        training,
        backups,
        measures,
        inspections,
        warnings,
        assets,
        contractors,
        products,
        product_risks,
        supervisors,
        responses,
        reports,
        notices,
        sources,
    )
}

/// Ids may hold dots: the longest that fits is meant.
pub(super) fn line_of(profile: &Profile, key: &str) -> Option<u32> {
    let named = |(section, id, _): &(&str, &str, u32)| {
        let rest = key.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
        rest.and_then(|rest| rest.strip_prefix(id))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let fit = ids(profile).into_iter().filter(named);
    fit.max_by_key(|(_, id, line)| (id.len(), std::cmp::Reverse(*line))).map(|(.., line)| line)
}

fn unique_ids(profile: &Profile, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (section, id, line) in ids(profile) {
        if !seen.insert((section, id)) {
            problems.add_at(line, format!("{section}.{id}"), &texts::SAME_ID_TWICE, &[]);
        }
    }
}

fn known_systems(profile: &Profile, problems: &mut Problems) {
    let known: Vec<&str> = profile.systems.iter().map(|system| system.id.as_str()).collect();
    for (key, named, line) in named_systems(profile) {
        unknown(&known, key, named, line, problems);
    }
}

fn named_systems(profile: &Profile) -> Vec<(String, &str, u32)> {
    macro_rules! collect {
        (many: $($many:ident),+; one: $($one:ident),+; maybe: $($maybe:ident),+) => {{
            let mut all: Vec<(String, &str, u32)> = Vec::new();
            $(for e in &profile.$many {
                all.extend(e.systems.iter().map(|s| {
                    (format!("{}.{}.systems", stringify!($many), e.id), s.as_str(), e.line)
                }));
            })+
            $(all.extend(profile.$one.iter().map(|e| {
                (format!("{}.{}.system", stringify!($one), e.id), e.system.as_str(), e.line)
            }));)+
            $(all.extend(profile.$maybe.iter().filter_map(|e| {
                let system = e.system.as_deref()?;
                Some((format!("{}.{}.system", stringify!($maybe), e.id), system, e.line))
            }));)+
            all
        }};
    }
    collect!(
        many: posts, policies, letters, drills, measures, inspections, warnings, contractors, supervisors;
        one: backups, assets;
        maybe: responses, sources
    )
}

fn known_posts(profile: &Profile, problems: &mut Problems) {
    let known: Vec<&str> = profile.posts.iter().map(|post| post.id.as_str()).collect();
    for letter in &profile.letters {
        let key = format!("letters.{}.post", letter.id);
        unknown(&known, key, &letter.post, letter.line, problems);
    }
    for drill in &profile.drills {
        for post in &drill.attended {
            unknown(&known, format!("drills.{}.attended", drill.id), post, drill.line, problems);
        }
    }
    for body in &profile.bodies {
        if let Some(head) = &body.head {
            unknown(&known, format!("bodies.{}.head", body.id), head, body.line, problems);
        }
    }
    for asset in &profile.assets {
        if let Some(owner) = &asset.owner {
            unknown(&known, format!("assets.{}.owner", asset.id), owner, asset.line, problems);
        }
    }
}

fn known_plans(profile: &Profile, problems: &mut Problems) {
    let known: Vec<&str> = profile.plans.iter().map(|plan| plan.id.as_str()).collect();
    let drills = profile.drills.iter().map(|one| ("drills", &one.id, &one.plan, one.line));
    let responses = profile.responses.iter().map(|one| ("responses", &one.id, &one.plan, one.line));
    for (section, id, plan, line) in drills.chain(responses) {
        if let Some(plan) = plan {
            unknown(&known, format!("{section}.{id}.plan"), plan, line, problems);
        }
    }
}

/// One value for each criterion.
fn criteria(profile: &Profile, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for impact in &profile.incident.impact {
        if !seen.insert(impact.criterion) {
            let key = format!("incident.impact.{}", impact.criterion.id());
            problems.add_at(impact.line, key, &texts::CRITERION_TWICE, &[]);
        }
    }
}

fn unknown(known: &[&str], key: String, named: &str, line: u32, problems: &mut Problems) {
    if known.contains(&named) {
        return;
    }
    let hint = match nearest(named, known) {
        Some(near) => texts::DID_YOU_MEAN.fill(&[("near", LocalText::same(near))]),
        None => LocalText::default(),
    };
    let values = [("value", LocalText::same(named)), ("hint", hint)];
    problems.add_at(line, key, &texts::UNKNOWN_REFERENCE, &values);
}

fn networks(profile: &Profile, problems: &mut Problems) {
    let proxies = profile.trusted_proxies.iter().map(|net| ("trusted_proxies".to_owned(), net, 1));
    let systems = profile.systems.iter().flat_map(|system| {
        let key = format!("systems.{}.addresses", system.id);
        system.addresses.iter().map(move |net| (key.clone(), net, system.line))
    });
    for (key, network, line) in proxies.chain(systems) {
        if parse_network(network).is_none() {
            let value = ("value", LocalText::same(network.as_str()));
            problems.add_at(line, key, &texts::NOT_A_NETWORK, &[value]);
        }
    }
}
