use crate::closed::closed;

closed! {
    /// An entry of the profile that answers a duty, in the words of `law/duties`.
    Requirement {
        PolicyManagementRules = "policies.management_rules", "安全管理制度", "security management rules";
        PolicyOperatingProcedures = "policies.operating_procedures", "操作规程", "operating procedures";
        PolicyResponsibilitySystem = "policies.responsibility_system", "责任制文件", "a responsibility document";
        PolicyPersonalInformation = "policies.personal_information", "个人信息保护制度", "personal information rules";
        PolicyDataSecurity = "policies.data_security", "数据安全管理制度", "data security rules";
        PolicyAccessRights = "policies.access_rights", "操作权限规定", "rules on access rights";
        PostSecurityLead = "posts.security_lead", "网络安全负责人任命文件", "appointment of the person responsible";
        PostDataSecurityLead = "posts.data_security_lead", "数据安全负责人任命文件", "appointment of the data security lead";
        PostMainLeader = "posts.main_leader", "主要负责人任职文件", "appointment of the main person in charge";
        LetterAny = "letters.any", "当日有效的责任书", "a responsibility letter in force that day";
        MeasureMalware = "measures.malware_protection", "恶意程序防护的配置或运行证明", "malware protection, configured or running";
        MeasureIntrusion = "measures.intrusion_prevention", "攻击和侵入防范的配置或运行证明", "intrusion prevention, configured or running";
        MeasureMonitoring = "measures.monitoring", "监测措施的配置或运行证明", "monitoring, configured or running";
        MeasureLogRetention = "measures.log_retention", "日志留存的配置或运行证明", "log retention, configured or running";
        MeasureAccessControl = "measures.access_control", "访问控制的配置或运行证明", "access control, configured or running";
        MeasureDataClassification = "measures.data_classification", "数据分类清单", "an inventory of classified data";
        MeasureEncryption = "measures.encryption", "加密的配置或运行证明", "encryption, configured or running";
        MeasureDeIdentification = "measures.de_identification", "去标识化的配置或运行证明", "de-identification, configured or running";
        BackupAny = "backups.any", "当日有效的备份记录", "backup records of that time";
        BackupDisasterRecovery = "backups.disaster_recovery", "容灾备份记录", "disaster backup records";
        RestoreTestPassed = "restore_tests.passed", "事发前通过的恢复测试记录", "a restore test passed before the incident";
        SystemFiling = "systems.filing", "定级和备案证明", "grading and filing";
        ProductRiskFixed = "product_risks.fixed", "缺陷修复材料", "proof that the defect was fixed";
        ProductRiskUsersTold = "product_risks.users_told", "告知用户的记录", "record of telling users";
        ProductRiskReported = "product_risks.reported", "向主管部门报告的回执", "receipt of the report";
        ProductMaintained = "products.maintained", "持续维护的约定和记录", "agreement and records of maintenance";
        ProductCertificate = "products.certificate", "认证或检测证明", "certificate or test";
        PlanIncident = "plans.incident", "网络安全事件应急预案", "incident response plan";
        PlanPersonalInformation = "plans.personal_information", "个人信息安全事件应急预案", "personal information incident plan";
        PlanDataSecurity = "plans.data_security", "网络数据安全事件应急预案", "data security incident plan";
        RisksHandled = "risks.handled", "已知问题的整改材料、预警处置记录或漏洞管理运行证明", "proof that known defects were fixed and warnings acted on, or of vulnerability management";
        ResponsePlanStarted = "responses.plan_started", "启动预案的记录", "record of starting the plan";
        ResponseRemedied = "responses.remedied", "补救措施记录", "record of remedies";
        ResponseContained = "responses.contained", "控制事态的记录", "record of containment";
        ReportFirst = "reports.first", "首次报告的回执", "receipt of the first report";
        ReportCrime = "reports.crime", "报案的回执", "receipt of the report to the police";
        ReportPersonalInformation = "reports.personal_information", "通知个人信息保护主管部门的回执", "receipt of the notice to the authority";
        ReportDataSecurity = "reports.data_security", "数据安全事件报告的回执", "receipt of the data security report";
        NoticePersons = "notices.persons", "通知个人的记录", "record of the notice to persons";
        NoticeAny = "notices.any", "通知个人或用户的记录", "record of a notice to persons or users";
        ContractReportIncidents = "contracts.report_incidents", "约定报告事件的合同", "a contract that binds to report incidents";
        ContractConfidentiality = "contracts.confidentiality", "约定安全保密的合同", "a contract that binds to secrecy";
        ContractMaintain = "contracts.maintain_until_end", "约定持续维护的合同", "a contract that binds to maintain";
        BodyCii = "bodies.cii_security_body", "专门安全管理机构设立文件", "founding document of the dedicated body";
        BodyDataSecurity = "bodies.data_security_body", "数据安全管理机构设立文件", "founding document of the data security body";
        BodyFunded = "bodies.funded", "专门机构当期经费证明", "funds of the dedicated body for the time";
        BodyInDecisions = "bodies.in_decisions", "专门机构参与决策的材料", "proof that the body takes part in decisions";
        VettingCii = "vetting.cii_security_lead", "负责人和关键岗位背景审查记录", "vetting of head and key posts";
        TrainingAssessed = "training.assessed", "有考核的培训记录", "training records with a test";
        TrainingPersonalInformation = "training.personal_information", "个人信息保护培训记录", "training records on personal information";
        TrainingDataSecurity = "training.data_security", "数据安全培训记录", "training records on data security";
        DrillInInterval = "drills.in_interval", "按规定间隔的演练记录", "drill records within the interval";
        InspectionRiskAssessment = "inspections.risk_assessment", "检测和风险评估报告", "test and risk assessment report";
    }
}

closed! {
    /// What a question of the third investigation looks for.
    SupervisionAsk {
        Supervisors = "supervisors.any", "监管关系的依据文件", "the document that says who supervises";
        IndustrySupervisors = "supervisors.industry", "行业主管部门或所在地区的监管依据", "the mandate of the regulator or the locality";
        Leaders = "posts.leaders", "第一责任人和直接责任人的任职文件", "appointments of the leaders responsible";
        Letters = "letters.any", "当日有效的责任书", "a responsibility letter in force that day";
        Inspections = "inspections.supervisor", "监督检查记录", "inspection records";
        IndustryInspections = "inspections.industry", "主管监管部门检查记录", "inspection records of the regulator";
        ProtectionInspections = "inspections.protection_department", "保护工作部门检查检测记录", "inspection records of the protection department";
        DefectsRechecked = "defects.rechecked", "问题复查记录", "re-check records";
        WarningsPassedOn = "warnings.passed_on", "预警转发记录", "records of passing warnings on";
        TrainingBySupervisor = "training.by_supervisor", "上级或监管部门组织的培训记录", "records of training held by the body above";
        DrillsAttended = "drills.supervisor_attended", "上级或监管部门参加演练的记录", "drill records with the body above present";
        ReportsRelayed = "reports.relayed", "报告继续上报的记录", "records of passing the report on";
        ResponsesBySupervisor = "responses.by_supervisor", "有关部门调查评估的材料", "papers of the departments' investigation";
        FindingOfResponsibility = "finding_of_responsibility", "责任事故认定文件", "a finding of responsibility";
    }
}
