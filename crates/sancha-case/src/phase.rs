use sancha_model::{Family, Scenario, Text};
use serde::Serialize;

/// Where a finding stands in the chain from first look to loss. The order of the variants is the
/// order in which a case shows its findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Scan,
    BruteForce,
    Flood,
    Exploit,
    WebShell,
    ConfigTamper,
    /// Database or page content.
    ContentTamper,
    Leak,
}

impl Phase {
    pub fn of(scenario: Scenario) -> Self {
        if scenario == Scenario::WEB_SHELL {
            return Self::WebShell;
        }
        match scenario.family() {
            Family::Scan => Self::Scan,
            Family::BruteForce => Self::BruteForce,
            Family::Dos => Self::Flood,
            Family::Exploit | Family::WebAttack => Self::Exploit,
            Family::ConfigTamper => Self::ConfigTamper,
            Family::DatabaseTamper | Family::PageTamper => Self::ContentTamper,
            Family::DataLeak => Self::Leak,
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::Scan => Text::new("case.phase.scan", "探测扫描", "scanning"),
            Self::BruteForce => {
                Text::new("case.phase.brute_force", "口令尝试", "password guessing")
            }
            Self::Flood => Text::new("case.phase.flood", "流量冲击", "flooding"),
            Self::Exploit => Text::new("case.phase.exploit", "漏洞攻击", "exploitation"),
            Self::WebShell => Text::new("case.phase.web_shell", "后门使用", "back-door use"),
            Self::ConfigTamper => {
                Text::new("case.phase.config_tamper", "系统改动", "changes to the system")
            }
            Self::ContentTamper => {
                Text::new("case.phase.content_tamper", "内容篡改", "changes to content")
            }
            Self::Leak => Text::new("case.phase.leak", "数据外泄", "loss of data"),
        }
    }

    pub const ALL: [Self; 8] = [
        Self::Scan,
        Self::BruteForce,
        Self::Flood,
        Self::Exploit,
        Self::WebShell,
        Self::ConfigTamper,
        Self::ContentTamper,
        Self::Leak,
    ];
}
