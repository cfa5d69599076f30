//! The closed sets of words that operator.toml uses.

use crate::closed::closed;

closed! {
    /// What the operator is. Designation as critical infrastructure belongs to a system, not here.
    OperatorKind {
        NetworkOperator = "network_operator", "网络运营者", "network operator";
        InternetServiceProvider = "internet_service_provider", "互联网服务提供者", "internet service provider";
        PublicInstitution = "public_institution", "事业单位", "public institution";
        StateOrgan = "state_organ", "地方党政机关", "local Party or state organ";
        CentralOrgan = "central_organ", "中央和国家机关各部门及其直属单位", "central Party or state organ, or a unit directly under it";
        ProductProvider = "product_provider", "网络产品、服务提供者", "provider of network products or services";
    }
}

closed! {
    /// What a proof file is. A proof counts only for the questions that its kind can answer.
    ProofKind {
        Policy = "policy", "制度文件", "internal rules";
        Appointment = "appointment", "任命或设立文件", "appointment or founding document";
        Letter = "letter", "责任书", "responsibility letter";
        Filing = "filing", "备案证明", "filing certificate";
        Assessment = "assessment", "测评报告", "assessment report";
        DesignationNotice = "designation_notice", "关键信息基础设施认定通知", "designation notice";
        Plan = "plan", "应急预案", "emergency plan";
        DrillRecord = "drill_record", "演练记录", "drill record";
        TrainingRecord = "training_record", "培训记录", "training record";
        BackupRecord = "backup_record", "备份记录", "backup record";
        RestoreTest = "restore_test", "恢复测试记录", "restore test record";
        InspectionRecord = "inspection_record", "检查记录", "inspection record";
        Rectification = "rectification", "整改材料", "proof of rectification";
        RecheckRecord = "recheck_record", "复查记录", "re-check record";
        WarningNotice = "warning_notice", "预警通报", "warning notice";
        RelayRecord = "relay_record", "转发或报送记录", "record of passing on";
        Configuration = "configuration", "配置或运行证明", "configuration or running state";
        Contract = "contract", "合同或协议", "contract or agreement";
        ReportReceipt = "report_receipt", "报告回执", "receipt of a report";
        NoticeRecord = "notice_record", "通知记录", "record of a notice";
        Inventory = "inventory", "清单台账", "inventory";
        Funding = "funding", "经费证明", "proof of funding";
        VettingRecord = "vetting_record", "背景审查记录", "vetting record";
        Minutes = "minutes", "会议纪要", "minutes";
        ResponseRecord = "response_record", "处置记录", "response record";
        Certificate = "certificate", "认证或检测证明", "certificate";
        LogStatement = "log_statement", "日志完整性说明", "statement on the logs kept";
        Other = "other", "其他材料", "other document";
    }
}

closed! {
    /// What a post answers for.
    PostRole {
        MainLeader = "main_leader", "主要负责人", "main person in charge";
        DirectLeader = "direct_leader", "主管网络安全的领导班子成员", "leader in charge of network security";
        SecurityLead = "security_lead", "网络安全负责人", "person responsible for network security";
        DataSecurityLead = "data_security_lead", "数据安全负责人", "person responsible for data security";
        CiiSecurityLead = "cii_security_lead", "专门安全管理机构负责人", "head of the dedicated security body";
        KeyPost = "key_post", "关键岗位", "key post";
        SystemOwner = "system_owner", "系统责任人", "system owner";
        DutyOfficer = "duty_officer", "值班人员", "duty officer";
    }
}

closed! {
    BodyKind {
        SecurityBody = "security_body", "网络安全管理机构", "security body";
        CiiSecurityBody = "cii_security_body", "专门安全管理机构", "dedicated security body for critical infrastructure";
        DataSecurityBody = "data_security_body", "数据安全管理机构", "data security body";
    }
}

closed! {
    PolicyKind {
        ManagementRules = "management_rules", "安全管理制度", "security management rules";
        OperatingProcedures = "operating_procedures", "操作规程", "operating procedures";
        DataSecurity = "data_security", "数据安全管理制度", "data security rules";
        PersonalInformation = "personal_information", "个人信息保护制度", "personal information rules";
        AccessRights = "access_rights", "操作权限规定", "rules on access rights";
        ResponsibilitySystem = "responsibility_system", "责任制文件", "responsibility system";
    }
}

closed! {
    PlanKind {
        Incident = "incident", "网络安全事件应急预案", "incident response plan";
        PersonalInformation = "personal_information", "个人信息安全事件应急预案", "personal information incident plan";
        DataSecurity = "data_security", "网络数据安全事件应急预案", "data security incident plan";
    }
}

closed! {
    TrainingTopic {
        Security = "security", "网络安全", "network security";
        DataSecurity = "data_security", "数据安全", "data security";
        PersonalInformation = "personal_information", "个人信息保护", "personal information protection";
    }
}

closed! {
    BackupKind {
        Local = "local", "本地备份", "local backup";
        Offsite = "offsite", "异地备份", "off-site backup";
        DisasterRecovery = "disaster_recovery", "容灾备份", "disaster recovery backup";
    }
}

closed! {
    MeasureKind {
        MalwareProtection = "malware_protection", "恶意程序防护", "malware protection";
        IntrusionPrevention = "intrusion_prevention", "攻击和侵入防范", "intrusion prevention";
        Monitoring = "monitoring", "运行状态和事件监测", "monitoring";
        LogRetention = "log_retention", "日志留存", "log retention";
        AccessControl = "access_control", "访问控制", "access control";
        DataClassification = "data_classification", "数据分类", "data classification";
        Encryption = "encryption", "加密", "encryption";
        DeIdentification = "de_identification", "去标识化", "de-identification";
        VulnerabilityManagement = "vulnerability_management", "漏洞管理", "vulnerability management";
    }
}

closed! {
    InspectionKind {
        OnSite = "on_site", "现场检查", "on-site inspection";
        Remote = "remote", "远程检测", "remote inspection";
        SelfCheck = "self_check", "自查", "self-check";
        Assessment = "assessment", "等级测评", "level-protection assessment";
        RiskAssessment = "risk_assessment", "检测评估", "test and risk assessment";
        PenetrationTest = "penetration_test", "渗透测试", "penetration test";
    }
}

closed! {
    ContractorRole {
        Builder = "builder", "建设者", "builder";
        Maintainer = "maintainer", "维护者", "maintainer";
        SecurityService = "security_service", "网络安全服务机构", "security service provider";
        Cloud = "cloud", "云服务提供者", "cloud provider";
    }
}

closed! {
    /// What a contract binds a builder or maintainer to.
    Obligation {
        ReportIncidents = "report_incidents", "及时报告发现的事件", "report incidents found";
        Confidentiality = "confidentiality", "安全保密", "confidentiality";
        FixDefects = "fix_defects", "修复缺陷和漏洞", "fix defects";
        KeepLogs = "keep_logs", "留存日志", "keep logs";
        MaintainUntilEnd = "maintain_until_end", "在约定期限内持续维护", "maintain for the agreed term";
    }
}

closed! {
    ProductKind {
        NetworkProduct = "network_product", "网络产品", "network product";
        NetworkService = "network_service", "网络服务", "network service";
        KeyEquipment = "key_equipment", "网络关键设备", "key network equipment";
        SecurityProduct = "security_product", "网络安全专用产品", "special security product";
    }
}

closed! {
    SupervisorRole {
        IndustryRegulator = "industry_regulator", "行业主管监管部门", "industry regulator";
        PublicSecurity = "public_security", "公安机关", "public security organ";
        CyberspaceAdministration = "cyberspace_administration", "网信部门", "cyberspace administration";
        ProtectionDepartment = "protection_department", "保护工作部门", "protection department";
        SuperiorUnit = "superior_unit", "上级单位", "superior unit";
        Locality = "locality", "所在地区", "locality";
    }
}

closed! {
    /// What a question of the third investigation rests on.
    BasisKind {
        Statute = "statute", "法律法规规章", "statute";
        PartyRule = "party_rule", "党内法规", "Party rule";
        Letter = "letter", "责任书", "responsibility letter";
        InternalRule = "internal_rule", "内部规定", "internal rule";
        None = "none", "无明文依据，作为管理事项列出", "no express basis; listed as a management matter";
    }
}

closed! {
    ResponseKind {
        PlanStarted = "plan_started", "启动预案", "plan started";
        Contained = "contained", "控制事态", "contained";
        Remedied = "remedied", "采取补救措施", "remedied";
        EvidenceKept = "evidence_kept", "保存证据", "evidence kept";
        Evaluated = "evaluated", "调查评估", "evaluated";
    }
}

closed! {
    ReportKind {
        First = "first", "首次报告", "first report";
        FollowUp = "follow_up", "续报", "follow-up report";
        Summary = "summary", "处置总结报告", "summary report";
        Crime = "crime", "报案", "report to the police";
        PersonalInformation = "personal_information", "个人信息事件通知（主管部门）", "personal information notice to the authority";
        DataSecurity = "data_security", "数据安全事件报告", "data security report";
    }
}

closed! {
    /// Who receives a report.
    Receiver {
        ProtectionDepartment = "protection_department", "保护工作部门", "protection department";
        PublicSecurity = "public_security", "公安机关", "public security organ";
        OwnCacBody = "own_cac_body", "本部门网信工作机构", "the department's own cyberspace body";
        ProvincialCac = "provincial_cac", "属地省级网信部门", "provincial cyberspace administration of the place";
        PiAuthority = "pi_authority", "履行个人信息保护职责的部门", "authority for personal information";
        SectorRegulator = "sector_regulator", "行业主管监管部门", "sector regulator";
        SuperiorUnit = "superior_unit", "上级单位", "superior unit";
    }
}

closed! {
    NoticeTo {
        Persons = "persons", "个人", "the persons concerned";
        Users = "users", "用户", "users";
    }
}

closed! {
    NoticeContent {
        Kinds = "kinds", "信息种类", "kinds of information";
        Cause = "cause", "原因", "cause";
        Harm = "harm", "可能造成的危害", "possible harm";
        Measures = "measures", "补救措施", "measures";
        Contact = "contact", "联系方式", "contact";
    }
}

closed! {
    DataKind {
        PersonalInformation = "personal_information", "个人信息", "personal information";
        ImportantData = "important_data", "重要数据", "important data";
    }
}

closed! {
    /// The criteria of `law/grading.yaml`.
    ImpactCriterion {
        PortalOutageHours = "portal_outage_hours", "党政机关门户或重点新闻网站中断时长", "outage of a government portal or key news site";
        CiiFullOutageMinutes = "cii_full_outage_minutes", "关键信息基础设施整体中断时长", "full outage of critical infrastructure";
        CiiMainFunctionOutageMinutes = "cii_main_function_outage_minutes", "关键信息基础设施主要功能中断时长", "outage of the main function of critical infrastructure";
        PopulationSharePercent = "population_share_percent", "受影响人口比例", "share of people affected";
        PeopleDailyLife = "people_daily_life", "工作生活受影响人数", "people whose daily life is affected";
        PersonalInfoPeople = "personal_info_people", "泄露个人信息涉及人数", "people whose personal information leaked";
        DirectLossCny = "direct_loss_cny", "直接经济损失", "direct loss";
        SpreadHomepageMinutes = "spread_homepage_minutes", "首页有害信息持续时长", "unlawful content on the home page";
        SpreadOtherPageMinutes = "spread_other_page_minutes", "其他页面有害信息持续时长", "unlawful content on other pages";
        SpreadReposts = "spread_reposts", "转发数量", "reposts";
        SpreadViews = "spread_views", "点击浏览数量", "views";
        DataThreat = "data_threat", "核心数据、重要数据受损对国家安全和社会稳定的威胁", "threat to national security and social stability from core or important data";
    }
}

impl ImpactCriterion {
    /// Its thresholds are words: only a person's judgement answers it.
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::DataThreat)
    }
}

closed! {
    /// What a person judged a criterion to come to.
    JudgedGrade {
        ParticularlySerious = "particularly_serious", "特别重大", "particularly serious";
        Serious = "serious", "重大", "serious";
        RelativelySerious = "relatively_serious", "较大", "relatively serious";
        NotReached = "not_reached", "未达到较大", "below relatively serious";
    }
}
