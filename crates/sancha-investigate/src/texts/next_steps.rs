use sancha_model::Text;

pub const NOW: Text = Text::new("steps.by.now", "立即", "now");
pub const BEFORE_CHANGES: Text =
    Text::new("steps.by.before_changes", "立即，先于任何改动", "now, before anything is changed");
pub const TODAY: Text = Text::new("steps.by.today", "今天之内", "today");
pub const BEFORE_RECOVERY: Text =
    Text::new("steps.by.before_recovery", "恢复上线之前", "before service is restored");
pub const AFTER_CONTAINMENT: Text =
    Text::new("steps.by.after_containment", "事态控制之后", "once it is contained");
pub const BY_LAW: Text = Text::new("steps.by.law", "{time}（{state}）", "{time} ({state})");

pub const KEEP_EVIDENCE: Text = Text::new(
    "steps.keep_evidence",
    "保全证据：复制全部日志，给{asset}做磁盘和内存快照，记录摘要值。不要重启，不要先删文件",
    "keep the evidence: copy all logs, take disk and memory snapshots of {asset}, note their digests. Do not restart, do not delete files first",
);
pub const KEEP_EVIDENCE_WHY: Text = Text::new(
    "steps.keep_evidence.why",
    "之后的每一步都会改变现场",
    "every later step changes what there is to see",
);
pub const DECIDE_RUNNING: Text = Text::new(
    "steps.decide.running",
    "请负责人决定：{asset}停用还是继续运行。记录决定、理由、时间和岗位",
    "ask management to decide: shut {asset} down or keep it running. Write down decision, reason, time and post",
);
pub const DECIDE_RUNNING_WHY: Text = Text::new(
    "steps.decide.running.why",
    "停用影响业务，继续运行可能扩大损失",
    "shutting down stops the service, running on may add to the loss",
);
pub const DECIDE_WATCH: Text = Text::new(
    "steps.decide.watch",
    "请负责人决定：立即切断来源地址{sources}，还是短时观察后再切断。记录决定、理由、时间和岗位",
    "ask management to decide: cut off {sources} at once, or watch for a short time first. Write down decision, reason, time and post",
);
pub const DECIDE_WATCH_WHY: Text = Text::new(
    "steps.decide.watch.why",
    "切断会惊动对方；观察期间损失可能继续",
    "cutting off warns the other side; while watching, the loss may go on",
);
pub const DECIDE_NOTIFY: Text = Text::new(
    "steps.decide.notify",
    "请负责人决定通知范围：主管部门、上级单位、受影响的个人、合作单位",
    "ask management whom to notify: the authority in charge, the unit above, persons concerned, partners",
);
pub const DECIDE_NOTIFY_WHY: Text = Text::new(
    "steps.decide.notify.why",
    "有法定时限的通知见报告时限",
    "notices with a legal deadline are in the report clock",
);
pub const DECIDE_POLICE: Text = Text::new(
    "steps.decide.police",
    "请负责人决定：是否涉及刑事案件线索；涉及的应及时向公安机关报案，并填入单位档案（reports）",
    "ask management to decide: are there leads of a crime? If so, report them to the police promptly and enter it in the profile (reports)",
);
pub const DECIDE_POLICE_WHY: Text = Text::new(
    "steps.decide.police.why",
    "是否涉及刑事案件线索由人判断",
    "whether there are leads of a crime is for a person to judge",
);
pub const POLICE_TOLD: Text = Text::new(
    "steps.police_told",
    "档案已记录报案（{key}）：保存报案回执，按公安机关要求提供证据",
    "the profile records the report to the police ({key}): keep its receipt and hand over evidence as the police ask",
);
pub const POLICE_TOLD_WHY: Text =
    Text::new("steps.police_told.why", "公安机关办理需要证据", "the police need the evidence");
pub const BLOCK_SOURCE: Text = Text::new(
    "steps.block_source",
    "在防火墙封禁来源地址{sources}；先核对不是本单位、代理或测评机构的地址",
    "block {sources} at the firewall; first check that it is no address of your own, of a proxy or of an assessment company",
);
pub const BLOCK_SOURCE_WHY: Text = Text::new(
    "steps.block_source.why",
    "本案的记录来自这些来源地址；对方可能更换地址，封禁不等于处置完毕",
    "the records of this case come from these addresses; the other side may change them, so blocking is not the end of it",
);
pub const DISABLE_ACCOUNT: Text = Text::new(
    "steps.disable_account",
    "停用账号{users}，结束其全部会话，更换口令；其他系统用同一口令的一并更换",
    "disable the account {users}, end all its sessions, change its password, and wherever the same password is used",
);
pub const DISABLE_ACCOUNT_WHY: Text = Text::new(
    "steps.disable_account.why",
    "记录显示口令尝试之后登录成功",
    "the records show a login after password guessing",
);
pub const REMOVE_FILE: Text = Text::new(
    "steps.remove_file",
    "取证之后移除文件{objects}，关闭上传目录的脚本执行权限，清查网站目录中{time}之后新增和改动的文件",
    "after copying them as evidence remove {objects}, switch off script execution in the upload folder, and go through all files of the web folder that are newer than {time}",
);
pub const REMOVE_FILE_WHY: Text = Text::new(
    "steps.remove_file.why",
    "记录显示可执行文件被上传或使用",
    "the records show that an executable file was uploaded or used",
);
pub const FIX_WEAKNESS: Text = Text::new(
    "steps.fix_weakness",
    "请建设方或维护方查明并修复被利用的功能（涉及{objects}）；修复前先停用该功能",
    "have the builder or maintainer find and fix the function that was used (touched: {objects}); switch it off until then",
);
pub const FIX_WEAKNESS_WHY: Text = Text::new(
    "steps.fix_weakness.why",
    "弱点不修，封禁来源地址之后仍会再被利用",
    "as long as the weakness is there it will be used again from other addresses",
);
pub const CHECK_SYSTEM: Text = Text::new(
    "steps.check_system",
    "逐项核对系统改动：{objects}；清查服务、启动项、计划任务、账号和SSH密钥",
    "check each change to the system: {objects}; go through services, startup items, scheduled jobs, accounts and SSH keys",
);
pub const CHECK_SYSTEM_WHY: Text = Text::new(
    "steps.check_system.why",
    "系统改动可能用于再次进入",
    "changes to the system may serve to come back",
);
pub const RESTORE_PAGE: Text = Text::new(
    "steps.restore_page",
    "先下线被改动的页面{objects}并留存副本，再用{time}之前的备份恢复",
    "take the changed pages {objects} off line and keep a copy, then restore them from a backup older than {time}",
);
pub const RESTORE_PAGE_WHY: Text = Text::new(
    "steps.restore_page.why",
    "记录显示页面内容被改动",
    "the records show that page content was changed",
);
pub const RESTORE_DATABASE: Text = Text::new(
    "steps.restore_database",
    "用{time}之前的备份与现库比对{objects}，确认差异后恢复",
    "compare {objects} with a backup older than {time}, and restore once the differences are known",
);
pub const RESTORE_DATABASE_WHY: Text = Text::new(
    "steps.restore_database.why",
    "记录显示数据库内容被改动",
    "the records show that database content was changed",
);
pub const ROTATE_SECRETS: Text = Text::new(
    "steps.rotate_secrets",
    "更换{asset}上的数据库口令、接口密钥和证书私钥，核查数据库账号权限",
    "replace the database passwords, interface keys and private keys kept on {asset}, and review the rights of the database accounts",
);
pub const ROTATE_SECRETS_WHY: Text = Text::new(
    "steps.rotate_secrets.why",
    "进入过该系统的人可能读到其中保存的口令和密钥",
    "whoever was inside the system may have read the passwords and keys kept there",
);
pub const COUNT_PERSONS: Text = Text::new(
    "steps.count_persons",
    "查清{objects}涉及多少人、哪些信息，并判断是否须通知个人和履行个人信息保护职责的部门",
    "find out how many persons and which information {objects} concerns, and whether the persons and the authority for personal information must be notified",
);
pub const COUNT_PERSONS_WHY: Text = Text::new(
    "steps.count_persons.why",
    "记录显示数据被读取或带出；人数也是定级依据",
    "the records show data read or taken; the number of persons also decides the grade",
);
pub const RELIEVE_FLOOD: Text = Text::new(
    "steps.relieve_flood",
    "联系运营商或防护服务商清洗流量，对{objects}限速，记录中断的起止时间",
    "have the carrier or protection service filter the traffic, limit the rate on {objects}, and note when service stopped and came back",
);
pub const RELIEVE_FLOOD_WHY: Text = Text::new(
    "steps.relieve_flood.why",
    "中断时长是定级依据",
    "how long service stopped decides the grade",
);
pub const HARDEN_LOGIN: Text = Text::new(
    "steps.harden_login",
    "对{asset}的登录限次锁定、开启多因素认证或改为仅允许VPN和堡垒机登录，核对账号{users}近期的成功登录",
    "on {asset} limit login attempts, switch on a second factor or allow logins over VPN or bastion host only, and check recent successful logins of {users}",
);
pub const HARDEN_LOGIN_WHY: Text =
    Text::new("steps.harden_login.why", "口令尝试仍可能继续", "password guessing may go on");
pub const BRING_LOGS: Text = Text::new(
    "steps.bring_logs",
    "补齐材料后重新运行：{bring}",
    "bring what is missing and run this again: {bring}",
);
pub const BRING_LOGS_WHY: Text = Text::new(
    "steps.bring_logs.why",
    "查案件中有问题因缺材料而未知",
    "answers of the incident investigation are unknown for want of it",
);
pub const REPORT: Text = Text::new(
    "steps.report",
    "{condition}向{to}报告（时限{within}）",
    "{condition}report to: {to} (within {within})",
);
pub const IF_KIND: Text = Text::new("steps.if.kind", "{kind}：", "{kind}: ");
pub const IF_GRADE: Text = Text::new(
    "steps.if.grade",
    "如事件达到{grade}及以上：",
    "if the grade is \"{grade}\" or graver: ",
);
pub const IF_BOTH: Text = Text::new(
    "steps.if.both",
    "{kind}，且事件达到{grade}及以上：",
    "{kind}, and the grade is \"{grade}\" or graver: ",
);
pub const REPORT_WHY: Text = Text::new(
    "steps.report.why",
    "不能判定原因、影响的，可先报已知项，其余及时补报",
    "where cause or effect is not known yet, report the known items first and add the rest later",
);
pub const STATE_AWARE: Text = Text::new(
    "steps.state_aware",
    "写明单位何时、怎样获知事件（--aware 或单位档案），否则无法计算报告时限",
    "state when and how the unit learned of the incident (--aware or the profile); without it no report deadline can be given",
);
pub const STATE_AWARE_WHY: Text = Text::new(
    "steps.state_aware.why",
    "报告时限自单位获知时起算",
    "the report deadline runs from when the unit learned of it",
);
pub const GRADE_CASE: Text = Text::new(
    "steps.grade_case",
    "由人工逐项填写分级标准并定级；目前建议：{grade}",
    "have a person fill in the grading criteria and settle the grade; proposed at present: {grade}",
);
pub const GRADE_CASE_WHY: Text = Text::new(
    "steps.grade_case.why",
    "级别决定是否须报告以及逐级上报的要求",
    "the grade decides whether a report is due and how far up it goes",
);
pub const PROVE_IMPACT: Text = Text::new(
    "steps.prove_impact",
    "档案中的 {keys} 没有可用的证明，未计入定级：请补充证明（见单位档案说明的 incident.impact）",
    "{keys} in the profile have no proof that holds and do not count for the grade: bring one (see incident.impact in the page on the profile)",
);
pub const PROVE_IMPACT_WHY: Text = Text::new(
    "steps.prove_impact.why",
    "没有证明的数值只是填报",
    "a value without a proof is only declared",
);
pub const RECOVER: Text = Text::new(
    "steps.recover",
    "恢复时选用{time}之前最近的备份，恢复后用同一套规则复查，由负责人签认",
    "recover from the newest backup older than {time}, check again with the same rules, and have the person in charge sign",
);
pub const RECOVER_WHY: Text = Text::new(
    "steps.recover.why",
    "该时间之后的备份可能已含有被改动的内容",
    "backups from after that time may hold what was changed",
);
pub const SUMMARY: Text = Text::new(
    "steps.summary",
    "记录处置结束时间，并在时限内上报处置总结报告",
    "note when handling ended, and hand in the summary report in time",
);
pub const SUMMARY_WHY: Text = Text::new(
    "steps.summary.why",
    "总结报告时限自处置工作结束起算",
    "the deadline of the summary report runs from the end of handling",
);

pub(super) static ALL_NEXT_STEPS: &[&Text] = &[
    &NOW,
    &BEFORE_CHANGES,
    &TODAY,
    &BEFORE_RECOVERY,
    &AFTER_CONTAINMENT,
    &BY_LAW,
    &KEEP_EVIDENCE,
    &KEEP_EVIDENCE_WHY,
    &DECIDE_RUNNING,
    &DECIDE_RUNNING_WHY,
    &DECIDE_WATCH,
    &DECIDE_WATCH_WHY,
    &DECIDE_NOTIFY,
    &DECIDE_NOTIFY_WHY,
    &DECIDE_POLICE,
    &DECIDE_POLICE_WHY,
    &POLICE_TOLD,
    &POLICE_TOLD_WHY,
    &BLOCK_SOURCE,
    &BLOCK_SOURCE_WHY,
    &DISABLE_ACCOUNT,
    &DISABLE_ACCOUNT_WHY,
    &REMOVE_FILE,
    &REMOVE_FILE_WHY,
    &FIX_WEAKNESS,
    &FIX_WEAKNESS_WHY,
    &CHECK_SYSTEM,
    &CHECK_SYSTEM_WHY,
    &RESTORE_PAGE,
    &RESTORE_PAGE_WHY,
    &RESTORE_DATABASE,
    &RESTORE_DATABASE_WHY,
    &ROTATE_SECRETS,
    &ROTATE_SECRETS_WHY,
    &COUNT_PERSONS,
    &COUNT_PERSONS_WHY,
    &RELIEVE_FLOOD,
    &RELIEVE_FLOOD_WHY,
    &HARDEN_LOGIN,
    &HARDEN_LOGIN_WHY,
    &BRING_LOGS,
    &BRING_LOGS_WHY,
    &REPORT,
    &IF_KIND,
    &IF_GRADE,
    &IF_BOTH,
    &REPORT_WHY,
    &STATE_AWARE,
    &STATE_AWARE_WHY,
    &GRADE_CASE,
    &GRADE_CASE_WHY,
    &PROVE_IMPACT,
    &PROVE_IMPACT_WHY,
    &RECOVER,
    &RECOVER_WHY,
    &SUMMARY,
    &SUMMARY_WHY,
];
