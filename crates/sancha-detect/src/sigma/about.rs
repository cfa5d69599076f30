//! What a rule says of itself: our own keys under `sancha:`, else what its tags tell.

use std::collections::HashMap;

use sancha_model::{LocalText, Outcome, Scenario};
use yaml_serde::Value;

use super::{reason::Reason, texts};

/// The rule's texts and judgement.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) title: LocalText,
    pub(crate) note: LocalText,
    /// What is stated in our terms, else what a tag tells; nothing where no tag does.
    pub(crate) scenario: Option<Scenario>,
    /// It is stated in our terms: the scenario says what the rule is about.
    pub(crate) is_filed: bool,
    pub(crate) outcome: Option<Outcome>,
}

impl About {
    /// `sancha: { scenario, outcome, title_zh, note_zh, note_en }` beside Sigma's own keys.
    pub(crate) fn read(
        title: &str,
        description: Option<&str>,
        tags: &[String],
        custom: &HashMap<String, Value>,
    ) -> Result<Self, Reason> {
        let own = |key: &str| custom.get("sancha").and_then(|own| own.get(key)?.as_str());
        let scenario =
            match own("scenario") {
                Some(name) => Some(name.parse().map_err(|_| {
                    Reason::new(&texts::SCENARIO, &[("name", name)]).near("scenario:")
                })?),
                None => scenario_of(tags),
            };
        let outcome = match own("outcome") {
            None => None,
            Some("attempted") => Some(Outcome::Attempted),
            Some("likely_succeeded") => Some(Outcome::LikelySucceeded),
            Some(name) => {
                return Err(Reason::new(&texts::OUTCOME, &[("name", name)]).near("outcome:"));
            }
        };
        let text =
            |zh: Option<&str>, en: &str| LocalText::new(zh.unwrap_or(en).to_owned(), en.to_owned());
        let description = description.unwrap_or("").trim();
        Ok(Self {
            title: text(own("title_zh"), title),
            note: text(own("note_zh"), own("note_en").unwrap_or(description)),
            scenario,
            is_filed: own("scenario").is_some(),
            outcome,
        })
    }
}

/// MITRE ATT&CK technique, or else tactic, of a tag, and what we call it. The first line that
/// any tag fits is taken, so the narrow ones stand first.
const BY_TAG: &[(&str, Scenario)] = &[
    ("attack.t1505.003", Scenario::WEB_SHELL),
    ("attack.t1595", Scenario::SCAN_VULN),
    ("attack.t1046", Scenario::SCAN_PORT),
    ("attack.t1110", Scenario::BRUTE_PASSWORD),
    ("attack.t1190", Scenario::EXPLOIT_KNOWN),
    ("attack.t1068", Scenario::EXPLOIT_PRIVILEGE),
    ("attack.t1548", Scenario::EXPLOIT_PRIVILEGE),
    ("attack.t1021", Scenario::EXPLOIT_LATERAL),
    ("attack.t1136", Scenario::CONFIG_ACCOUNT),
    ("attack.t1098", Scenario::CONFIG_ACCOUNT),
    ("attack.t1053", Scenario::CONFIG_STARTUP),
    ("attack.t1543", Scenario::CONFIG_SERVICE),
    ("attack.t1547.006", Scenario::CONFIG_KERNEL),
    ("attack.t1547", Scenario::CONFIG_STARTUP),
    ("attack.t1546", Scenario::CONFIG_STARTUP),
    ("attack.t1486", Scenario::DATABASE_RANSOM),
    ("attack.t1485", Scenario::DATABASE_DELETE),
    ("attack.t1491", Scenario::PAGE_DEFACE),
    ("attack.t1498", Scenario::DOS_VOLUME),
    ("attack.t1499", Scenario::DOS_CC),
    ("attack.t1003", Scenario::LEAK_CREDENTIAL),
    ("attack.t1552", Scenario::LEAK_CREDENTIAL),
    ("attack.t1059", Scenario::CONFIG_PROCESS),
    ("attack.exfiltration", Scenario::LEAK_EXFILTRATION),
    ("attack.lateral", Scenario::EXPLOIT_LATERAL),
    ("attack.credential", Scenario::LEAK_CREDENTIAL),
    ("attack.privilege", Scenario::EXPLOIT_PRIVILEGE),
    ("attack.persistence", Scenario::CONFIG_STARTUP),
    ("attack.initial", Scenario::EXPLOIT_KNOWN),
    ("attack.reconnaissance", Scenario::SCAN_VULN),
    ("attack.discovery", Scenario::CONFIG_PROCESS),
    ("attack.execution", Scenario::CONFIG_PROCESS),
];

fn scenario_of(tags: &[String]) -> Option<Scenario> {
    let fits = |name: &str| tags.iter().any(|tag| tag.to_ascii_lowercase().starts_with(name));
    BY_TAG.iter().find(|(name, _)| fits(name)).map(|(_, scenario)| *scenario)
}
