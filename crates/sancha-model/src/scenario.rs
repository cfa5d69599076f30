use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{LocalText, Text};

/// The nine families of trouble of the emergency-response plan that the product implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Scan,
    BruteForce,
    Exploit,
    WebAttack,
    Dos,
    ConfigTamper,
    DatabaseTamper,
    PageTamper,
    DataLeak,
}

/// A family with its sub-kind, such as `web_attack.sqli`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Scenario(u8);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no scenario; the list is in docs/glossary.md")]
pub struct UnknownScenario(pub String);

/// Name, names for people, GB/T 20986-2023 class (own identifier; the official code is not yet
/// verified), ATT&CK techniques.
struct Entry {
    family: Family,
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    class: &'static str,
    techniques: &'static [&'static str],
}

macro_rules! scenarios {
    ($($constant:ident $family:ident $id:literal $zh:literal $en:literal $class:literal [$($technique:literal),*];)*) => {
        #[expect(non_camel_case_types, reason = "variants only number the constants")]
        enum Position { $($constant,)* }
        impl Scenario {
            $(#[doc = concat!("`", $id, "`: ", $en, ".")] pub const $constant: Self = Self(Position::$constant as u8);)*
            pub const ALL: &'static [Self] = &[$(Self::$constant,)*];
        }
        const ENTRIES: &[Entry] = &[$(Entry { family: Family::$family, id: $id, zh: $zh, en: $en, class: $class, techniques: &[$($technique),*] },)*];
    };
}

scenarios! {
    SCAN_PORT Scan "scan.port" "端口扫描" "port scan" "attack.scan" ["T1046"];
    SCAN_WEB Scan "scan.web" "网站扫描" "web scan" "attack.scan" ["T1595.003"];
    SCAN_VULN Scan "scan.vuln" "漏洞扫描" "vulnerability scan" "attack.scan" ["T1595.002"];
    BRUTE_PASSWORD BruteForce "brute_force.password" "口令暴力破解" "password guessing" "attack.credential" ["T1110.001"];
    BRUTE_SPRAY BruteForce "brute_force.spray" "口令喷洒" "password spraying" "attack.credential" ["T1110.003"];
    BRUTE_STUFFING BruteForce "brute_force.stuffing" "撞库" "credential stuffing" "attack.credential" ["T1110.004"];
    BRUTE_SLOW BruteForce "brute_force.slow" "慢速暴力破解" "slow password guessing" "attack.credential" ["T1110"];
    EXPLOIT_KNOWN Exploit "exploit.known" "已知漏洞利用" "exploit of a known vulnerability" "attack.exploit" ["T1190"];
    EXPLOIT_PRIVILEGE Exploit "exploit.privilege" "权限提升" "privilege escalation" "attack.exploit" ["T1068"];
    EXPLOIT_LATERAL Exploit "exploit.lateral" "横向移动" "lateral movement" "attack.exploit" ["T1021"];
    EXPLOIT_MALWARE Exploit "exploit.malware" "恶意程序" "malware" "malware.other" ["T1204"];
    WEB_SQLI WebAttack "web_attack.sqli" "SQL注入" "SQL injection" "attack.exploit" ["T1190"];
    WEB_XSS WebAttack "web_attack.xss" "跨站脚本" "cross-site scripting" "attack.exploit" ["T1059.007"];
    WEB_UPLOAD WebAttack "web_attack.upload" "恶意文件上传" "upload of an executable" "attack.exploit" ["T1190", "T1105"];
    WEB_SHELL WebAttack "web_attack.webshell" "网页后门使用" "use of a web shell" "attack.backdoor" ["T1505.003"];
    WEB_AUTH_BYPASS WebAttack "web_attack.auth_bypass" "授权绕过" "authentication bypass" "attack.exploit" ["T1190"];
    WEB_TRAVERSAL WebAttack "web_attack.traversal" "目录遍历" "path traversal" "attack.exploit" ["T1083"];
    WEB_COMMAND WebAttack "web_attack.command" "命令注入" "command injection" "attack.exploit" ["T1059"];
    WEB_SSRF WebAttack "web_attack.ssrf" "服务端请求伪造" "server-side request forgery" "attack.exploit" ["T1190"];
    WEB_XXE WebAttack "web_attack.xxe" "XML外部实体" "XML external entity" "attack.exploit" ["T1190"];
    WEB_TEMPLATE WebAttack "web_attack.template" "模板与表达式注入" "template or expression injection" "attack.exploit" ["T1190"];
    WEB_DESERIALIZATION WebAttack "web_attack.deserialization" "反序列化" "unsafe deserialization" "attack.exploit" ["T1190"];
    WEB_PROTOCOL WebAttack "web_attack.protocol" "协议滥用" "protocol abuse" "attack.exploit" ["T1190"];
    DOS_VOLUME Dos "dos.volume" "大流量拒绝服务" "volume flood" "attack.dos" ["T1498"];
    DOS_CC Dos "dos.cc" "CC攻击" "HTTP flood" "attack.dos" ["T1499.002"];
    DOS_SLOW Dos "dos.slow" "慢速拒绝服务" "slow denial of service" "attack.dos" ["T1499"];
    CONFIG_SERVICE ConfigTamper "config_tamper.service" "服务异常" "service changed" "attack.backdoor" ["T1543"];
    CONFIG_PROCESS ConfigTamper "config_tamper.process" "进程异常" "unexpected process" "attack.backdoor" ["T1059"];
    CONFIG_STARTUP ConfigTamper "config_tamper.startup" "启动项异常" "startup item changed" "attack.backdoor" ["T1053"];
    CONFIG_ACCOUNT ConfigTamper "config_tamper.account" "账号异常" "account changed" "attack.backdoor" ["T1136"];
    CONFIG_FILE ConfigTamper "config_tamper.file" "系统文件被改" "system file changed" "attack.backdoor" ["T1565.001"];
    CONFIG_LOG ConfigTamper "config_tamper.log" "日志被清除" "logs wiped" "attack.backdoor" ["T1070"];
    CONFIG_KERNEL ConfigTamper "config_tamper.kernel" "内核模块异常" "kernel module changed" "attack.backdoor" ["T1547.006"];
    DATABASE_UPDATE DatabaseTamper "database_tamper.update" "数据被改" "rows changed" "data.tamper" ["T1565.001"];
    DATABASE_DELETE DatabaseTamper "database_tamper.delete" "数据被删" "rows deleted" "data.loss" ["T1485"];
    DATABASE_SCHEMA DatabaseTamper "database_tamper.schema" "库表结构被改" "schema changed" "data.tamper" ["T1565.001"];
    DATABASE_RANSOM DatabaseTamper "database_tamper.ransom" "数据库勒索" "database ransom" "data.loss" ["T1486"];
    PAGE_DEFACE PageTamper "page_tamper.deface" "页面被改" "page changed" "attack.page_tamper" ["T1491.002"];
    PAGE_HIDDEN_LINK PageTamper "page_tamper.hidden_link" "暗链" "hidden link" "attack.dark_link" ["T1491.002"];
    PAGE_INJECTED_SCRIPT PageTamper "page_tamper.injected_script" "植入脚本" "injected script" "attack.page_tamper" ["T1491.002"];
    PAGE_REDIRECT PageTamper "page_tamper.redirect" "页面跳转" "redirect" "attack.page_tamper" ["T1491.002"];
    LEAK_BULK_EXPORT DataLeak "data_leak.bulk_export" "批量导出数据" "bulk export" "data.theft" ["T1213"];
    LEAK_CREDENTIAL DataLeak "data_leak.credential" "凭据泄露" "credential leak" "data.leak" ["T1552"];
    LEAK_DUMP DataLeak "data_leak.dump" "数据库整库导出" "database dump" "data.theft" ["T1213"];
    LEAK_EXFILTRATION DataLeak "data_leak.exfiltration" "数据外传" "exfiltration" "data.theft" ["T1041"];
}

impl Scenario {
    fn entry(self) -> &'static Entry {
        // Built only from the constants, so the place is always there.
        ENTRIES.get(usize::from(self.0)).unwrap_or(&ENTRIES[0])
    }

    pub fn id(self) -> &'static str {
        self.entry().id
    }

    pub fn family(self) -> Family {
        self.entry().family
    }

    pub fn name(self) -> LocalText {
        LocalText { zh: self.entry().zh.into(), en: self.entry().en.into() }
    }

    /// The class of GB/T 20986-2023 in our own identifier.
    pub fn class(self) -> &'static str {
        self.entry().class
    }

    /// MITRE ATT&CK techniques.
    pub fn techniques(self) -> &'static [&'static str] {
        self.entry().techniques
    }
}

impl Family {
    pub const ALL: [Self; 9] = [
        Self::Scan,
        Self::BruteForce,
        Self::Exploit,
        Self::WebAttack,
        Self::Dos,
        Self::ConfigTamper,
        Self::DatabaseTamper,
        Self::PageTamper,
        Self::DataLeak,
    ];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::BruteForce => "brute_force",
            Self::Exploit => "exploit",
            Self::WebAttack => "web_attack",
            Self::Dos => "dos",
            Self::ConfigTamper => "config_tamper",
            Self::DatabaseTamper => "database_tamper",
            Self::PageTamper => "page_tamper",
            Self::DataLeak => "data_leak",
        }
    }

    pub const fn text(self) -> Text {
        match self {
            Self::Scan => Text::new("family.scan", "安全扫描攻击", "scanning"),
            Self::BruteForce => Text::new("family.brute_force", "暴力破解攻击", "brute force"),
            Self::Exploit => Text::new("family.exploit", "系统漏洞攻击", "system exploit"),
            Self::WebAttack => Text::new("family.web_attack", "WEB漏洞攻击", "web attack"),
            Self::Dos => Text::new("family.dos", "拒绝服务攻击", "denial of service"),
            Self::ConfigTamper => {
                Text::new("family.config_tamper", "系统配置遭篡改", "configuration tampering")
            }
            Self::DatabaseTamper => {
                Text::new("family.database_tamper", "数据库内容篡改", "database tampering")
            }
            Self::PageTamper => Text::new("family.page_tamper", "网站内容篡改", "page tampering"),
            Self::DataLeak => Text::new("family.data_leak", "信息数据泄露", "data leak"),
        }
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|scenario| scenario.id() == text);
        found.copied().ok_or_else(|| UnknownScenario(text.to_owned()))
    }
}

impl TryFrom<String> for Scenario {
    type Error = UnknownScenario;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Scenario> for &'static str {
    fn from(scenario: Scenario) -> Self {
        scenario.id()
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_reads_its_own_name_and_belongs_to_its_family() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.id().parse::<Scenario>().unwrap(), *scenario);
            assert!(scenario.id().starts_with(scenario.family().id()));
            assert!(!scenario.techniques().is_empty());
        }
        assert!("web_attack.unknown".parse::<Scenario>().is_err());
    }
}
