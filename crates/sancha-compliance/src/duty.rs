//! Duties: what a provision asks of a kind of operator, as a question with the proof it needs.

mod answer;
mod applicability;
mod entries;
mod fault;
mod requirement;

use jiff::civil::Date;
use sancha_model::LocalText;
use serde::{Deserialize, Deserializer, de::Error};

pub use answer::{Answer, Scope, Shown, answer};
pub(crate) use applicability::designated;
pub use applicability::{Applicability, CaseTouch, NotBound};
pub use fault::Fault;
pub use requirement::{Requirement, SupervisionAsk};

use crate::{
    catalog::ProvisionName,
    closed::closed,
    profile::{BasisKind, OperatorKind, Profile, ProofKind, ProofShelf},
};

closed! {
    /// What has to be so before a duty binds.
    Need {
        PersonalInformation = "personal_information", "处理个人信息", "handles personal information";
        ImportantData = "important_data", "处理重要数据", "handles important data";
        NetworkProducts = "network_products", "提供网络产品或服务", "provides network products or services";
        KeyEquipment = "key_equipment", "提供关键设备或专用产品", "provides key equipment or special products";
        CriticalInfrastructure = "critical_infrastructure", "触及已认定的关键信息基础设施", "touches designated critical infrastructure";
        PartyCommittee = "party_committee", "设有党委（党组）", "has a Party committee or leading group";
        Contractor = "contractor", "被触及的系统有建设者、维护者或服务机构", "the systems touched have a builder, maintainer or service provider";
        PersonalInformationTouched = "personal_information_touched", "有证据显示触及个人信息", "evidence shows that personal information was reached";
        CrimeReported = "crime_reported", "有刑事案件线索", "there are leads of a crime";
        DataTouched = "data_touched", "有证据显示触及数据", "evidence shows that data was reached";
    }
}

closed! {
    /// On which day the state of a duty is judged.
    Judged {
        DayOfFacts = "day_of_facts", "事发当日", "the day of the facts";
        DayOfReport = "day_of_report", "本报告时点", "the day of this report";
    }
}

closed! {
    /// Whom a question is asked of.
    AskedOf {
        Operator = "operator", "运营者", "operator";
        Contractor = "contractor", "建设者、维护者和服务机构", "builder, maintainer or service provider";
    }
}

closed! {
    /// An answer that logs or clocks can give alone.
    Probe {
        LogRetention = "log_retention", "日志留存探针", "log retention probe";
        ReportClock = "report_clock", "报告时限探针", "report clock probe";
        ReportMade = "report_made", "报告对象探针", "report recipient probe";
    }
}

closed! {
    /// What kind of counter-evidence may lead to `not_met`.
    CounterEvidence {
        CompleteSource = "complete_source", "已证明完整的日志来源", "a log source shown to be complete";
        RecordedResult = "recorded_result", "有证明的记录本身显示不符", "a proven record that itself says otherwise";
    }
}

/// Operators that a duty can bind at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binds {
    All,
    Kinds(Vec<OperatorKind>),
}

impl<'de> Deserialize<'de> for Binds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Word(String),
            Kinds(Vec<OperatorKind>),
        }
        match Form::deserialize(deserializer)? {
            Form::Word(word) if word == "all" => Ok(Self::All),
            Form::Word(word) => Err(D::Error::custom(format!(
                "`{word}` is no set of operators; write `all` or a list of kinds"
            ))),
            Form::Kinds(kinds) => Ok(Self::Kinds(kinds)),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    pub operators: Binds,
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// What a provision asks, as a question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    pub id: String,
    #[serde(default = "operator")]
    pub asked_of: AskedOf,
    pub question: LocalText,
    pub binds: Binding,
    pub provisions: Vec<ProvisionName>,
    /// All lines must be answered; the words of one line are alternatives.
    pub requires: Vec<Vec<Requirement>>,
    /// Kinds of proof that answer it.
    pub proof: Vec<ProofKind>,
    #[serde(default)]
    pub probe: Option<Probe>,
    #[serde(default)]
    pub counter_evidence: Option<CounterEvidence>,
    /// How old the newest proof may be, where the law gives a number.
    #[serde(default)]
    pub within_months: Option<u8>,
    pub judged: Judged,
}

const fn operator() -> AskedOf {
    AskedOf::Operator
}

/// A question of the third investigation, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisionQuestion {
    pub id: String,
    pub question: LocalText,
    pub basis: BasisKind,
    #[serde(default)]
    pub needs: Vec<Need>,
    #[serde(default)]
    pub provisions: Vec<ProvisionName>,
    pub asks: SupervisionAsk,
    pub proof: Vec<ProofKind>,
}

impl SupervisionQuestion {
    /// Limits a question to the bodies that its basis binds.
    pub fn applies(
        &self,
        profile: &Profile,
        shelf: &ProofShelf,
        touch: &CaseTouch<'_>,
        day: Date,
    ) -> Applicability {
        applicability::needs(&self.needs, profile, shelf, touch, day)
    }
}
