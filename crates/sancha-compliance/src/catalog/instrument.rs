use jiff::civil::Date;
use sancha_model::{LocalText, LocalTitle, ProvisionRef};
use serde::Deserialize;

use crate::closed::closed;

closed! {
    /// How well a fact about the law is known. Only `verified` ever fires by itself.
    Confidence {
        Verified = "verified", "已核实", "verified";
        OneSource = "one_source", "单一来源", "one source";
        Memory = "memory", "未核实", "from memory";
        NotFound = "not_found", "未找到", "not found";
    }
}

closed! {
    Nature {
        Statute = "statute", "法律法规规章", "statute";
        PartyRule = "party_rule", "党内法规", "Party rule";
    }
}

closed! {
    PenaltySubject {
        NetworkOperator = "network_operator", "网络运营者", "network operator";
        Cii = "cii", "关键信息基础设施运营者", "operator of critical infrastructure";
        DataProcessor = "data_processor", "数据处理者", "data processor";
        Any = "any", "前述各类", "any of these";
    }
}

closed! {
    PenaltyTier {
        OrderToCorrect = "order_to_correct", "责令改正、警告", "order to correct, warning";
        RefusalOrHarm = "refusal_or_harm", "拒不改正或造成后果", "refusal, or harm done";
        SeriousHarm = "serious_harm", "后果严重", "serious harm";
        ParticularlySeriousHarm = "particularly_serious_harm", "后果特别严重", "particularly serious harm";
    }
}

/// One version of one instrument, with its effective period.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    pub id: String,
    /// The same for all versions, such as `csl`.
    pub family: String,
    pub title: LocalText,
    pub issuer: LocalText,
    pub nature: Nature,
    pub effective_from: Date,
    /// Last day in force.
    pub effective_until: Option<Date>,
    #[serde(default)]
    pub supersedes: Option<String>,
    /// Whether the articles were compared with a full text.
    pub text_verified: bool,
    pub source: String,
    #[serde(default)]
    pub notes: Option<String>,
    pub provisions: Vec<Provision>,
    #[serde(default)]
    pub penalties: Vec<Penalty>,
}

/// An article, paragraph or item, in our own short wording.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// The same over versions of a family.
    pub key: String,
    pub article: u16,
    #[serde(default)]
    pub paragraph: Option<u8>,
    #[serde(default)]
    pub item: Option<u8>,
    #[serde(default)]
    pub renumbered_from: Option<u16>,
    pub gist: LocalText,
    pub source: String,
    pub confidence: Confidence,
}

/// A band of amounts, as information for people. The product decides no penalty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Key of the provision in the same instrument.
    pub provision: String,
    pub subject: PenaltySubject,
    pub tier: PenaltyTier,
    pub unit_cny: Option<(u64, u64)>,
    pub person_cny: Option<(u64, u64)>,
    /// The amount may be imposed, not must.
    pub optional: bool,
    pub confidence: Confidence,
}

impl Instrument {
    pub fn in_force(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_until.is_none_or(|until| day <= until)
    }

    pub fn provision(&self, key: &str) -> Option<&Provision> {
        self.provisions.iter().find(|provision| provision.key == key)
    }

    pub fn reference(&self, provision: &Provision) -> ProvisionRef {
        ProvisionRef {
            instrument: self.id.clone(),
            title: title(&self.title),
            article: provision.article,
            paragraph: provision.paragraph,
            item: provision.item,
            effective_from: self.effective_from.to_string(),
            gist: title(&provision.gist),
        }
    }
}

fn title(text: &LocalText) -> LocalTitle {
    LocalTitle { zh: text.zh.clone().into_owned(), en: text.en.clone().into_owned() }
}
