use sancha_model::{Family, FindingId, LocalText, Scenario};
use serde::Serialize;

use crate::{Member, texts};

/// What the records show of one of confidentiality, integrity, availability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Findings beyond an attempt that show it.
    Evidence(Vec<FindingId>),
    /// Never "none": the absence of a record is not the absence of an effect.
    NotDeterminable(LocalText),
}

/// Effect on one touched asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssetEffect {
    /// `None` where neither records nor profile name the asset.
    pub asset: Option<String>,
    pub confidentiality: Effect,
    pub integrity: Effect,
    pub availability: Effect,
}

/// `of_asset`: the members that belong to the asset.
pub(crate) fn effect(asset: Option<String>, of_asset: &[&Member]) -> AssetEffect {
    let by = |shows: fn(&Member) -> bool, lacking: &sancha_model::Text| {
        let findings: Vec<FindingId> = of_asset
            .iter()
            .filter(|member| member.happened() && shows(member))
            .map(|member| member.finding.id.clone())
            .collect();
        if findings.is_empty() {
            Effect::NotDeterminable(lacking.local())
        } else {
            Effect::Evidence(findings)
        }
    };
    AssetEffect {
        asset,
        confidentiality: by(shows_confidentiality, &texts::EFFECT_CONFIDENTIALITY),
        integrity: by(shows_integrity, &texts::EFFECT_INTEGRITY),
        availability: by(shows_availability, &texts::EFFECT_AVAILABILITY),
    }
}

/// A web shell in use could read anything, but that is a possibility and no evidence.
fn shows_confidentiality(member: &Member) -> bool {
    member.reads_data()
}

/// A file put on the server is a change of the server.
fn shows_integrity(member: &Member) -> bool {
    let scenario = member.finding.scenario;
    scenario == Scenario::WEB_UPLOAD
        || matches!(
            scenario.family(),
            Family::ConfigTamper | Family::DatabaseTamper | Family::PageTamper
        )
}

fn shows_availability(member: &Member) -> bool {
    let scenario = member.finding.scenario;
    scenario.family() == Family::Dos
        || scenario == Scenario::DATABASE_DELETE
        || scenario == Scenario::DATABASE_RANSOM
}
