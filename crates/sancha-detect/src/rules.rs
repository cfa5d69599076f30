use sancha_model::{Level, LocalText, Scenario};

/// One rule or named analysis that a match can point to.
#[derive(Clone, Debug)]
pub struct RuleEntry {
    /// The Sigma rule's id, or `sancha.…` for an analysis in code.
    pub id: String,
    pub title: LocalText,
    pub scenario: Scenario,
    pub level: Level,
    /// Findings say its title: the scenario alone does not tell what it is about.
    pub is_named: bool,
}

impl From<&crate::sigma::RuleInfo> for RuleEntry {
    fn from(info: &crate::sigma::RuleInfo) -> Self {
        Self {
            id: info.id.clone(),
            title: info.title.clone(),
            scenario: info.scenario,
            level: info.level,
            is_named: info.is_named,
        }
    }
}

impl From<&crate::sigma::Correlation> for RuleEntry {
    fn from(rule: &crate::sigma::Correlation) -> Self {
        Self {
            id: rule.id.clone(),
            title: rule.title.clone(),
            scenario: rule.scenario,
            level: rule.level,
            // What they yield is called by their title anyway.
            is_named: false,
        }
    }
}
