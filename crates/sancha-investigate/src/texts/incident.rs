use sancha_model::Text;

pub const Q_ENTRY: Text = Text::new("incident.q.entry", "从哪里进入？", "How was it entered?");
pub const Q_PATH: Text =
    Text::new("incident.q.path", "经过了哪些步骤？", "By which steps did it go?");
pub const Q_ACTIONS: Text =
    Text::new("incident.q.actions", "进入之后做了什么？", "What was done after the entry?");
pub const Q_ACCOUNTS: Text =
    Text::new("incident.q.accounts", "涉及哪些账号？", "Which accounts are concerned?");
pub const Q_DATA: Text =
    Text::new("incident.q.data", "触及了哪些数据？", "Which data was reached?");
pub const Q_EXTENT: Text =
    Text::new("incident.q.extent", "波及哪些资产？", "Which assets are concerned?");
pub const Q_PERSISTENCE: Text =
    Text::new("incident.q.persistence", "是否留有后门？", "Is a way back left behind?");
pub const Q_CAUSE: Text = Text::new("incident.q.cause", "原因是什么？", "What was the cause?");
pub const Q_OVER: Text = Text::new("incident.q.over_or_not", "结束了吗？", "Is it over?");

pub const LIKELY: Text = Text::new("incident.likely", "很可能", "likely");
pub const CONFIRMED: Text = Text::new("incident.confirmed", "已确认", "confirmed");

pub const ENTRY_FOUND: Text = Text::new(
    "incident.entry.found",
    "现有日志中最早的进入迹象（{sure}）：始于{time}的{scenario}，来源地址{source}",
    "the earliest sign of entry in the logs at hand ({sure}): {scenario} that began at {time}, source address {source}",
);
pub const ENTRY_LOGIN: Text = Text::new(
    "incident.entry.login",
    "其中口令被猜中后首次登录（{sure}）：{time}",
    "of it the first login by a guessed password ({sure}): {time}",
);
pub const ENTRY_ALSO: Text = Text::new(
    "incident.entry.also",
    "另有可作为进入途径的记录（{sure}）：始于{time}的{scenario}，来源地址{source}",
    "another possible way in ({sure}): {scenario} that began at {time}, source address {source}",
);
pub const ENTRY_REASON: Text =
    Text::new("incident.entry.reason", "判断依据：{reason}", "why: {reason}");
pub const ENTRY_NOT_SEEN: Text = Text::new(
    "incident.entry.not_seen",
    "现有记录只见系统内部的改动，看不出从哪里进入",
    "the records show changes inside the system only; they do not show how it was entered",
);
pub const ENTRY_OF_FLOOD: Text = Text::new(
    "incident.entry.of_flood",
    "现有记录只见拒绝服务攻击，这种攻击不进入系统；这不能排除日志未覆盖的途径",
    "the records show a denial of service only, which enters nothing; ways that the logs do not cover remain possible",
);
pub const ENTRY_ATTEMPTS_ONLY: Text = Text::new(
    "incident.entry.attempts_only",
    "现有日志只见尝试，未见进入迹象；这不能排除日志未覆盖的途径",
    "the logs at hand show attempts and no sign of entry; ways that they do not cover remain possible",
);
pub const ENTRY_EARLIER: Text = Text::new(
    "incident.entry.earlier",
    "更早之前是否已被进入，现有日志不能回答",
    "whether it was entered even earlier, the logs at hand do not tell",
);

pub const PATH_STEP: Text =
    Text::new("incident.path.step", "{time} {phase}：{what}", "{time} {phase}: {what}");
pub const PATH_ATTEMPT: Text = Text::new(
    "incident.path.attempt",
    "{time} {phase}（未见成功迹象）：{what}",
    "{time} {phase} (no sign of success): {what}",
);
pub const PATH_OPEN: Text = Text::new(
    "incident.path.open",
    "{time} {phase}（是否成功未能判定）：{what}",
    "{time} {phase} (whether it succeeded cannot be told): {what}",
);
pub const PATH_LINKED: Text = Text::new(
    "incident.path.linked",
    "{time} {phase}：{what}；与本案的联系：{why}",
    "{time} {phase}: {what}; its link to this case: {why}",
);
pub const PATH_MORE: Text = Text::new(
    "incident.path.more",
    "其余{count}条告警见时间线",
    "{count} more findings are in the timeline",
);
pub const PATH_LEFT_OUT: Text = Text::new(
    "incident.path.left_out",
    "另有{count}条同类尝试未逐条列出，见 findings.jsonl",
    "{count} more attempts of the same kinds are not listed one by one; they stand in findings.jsonl",
);
pub const PATH_UNKNOWN: Text = Text::new(
    "incident.path.unknown",
    "相关记录没有时间，无法排列步骤",
    "the records carry no time, so the steps cannot be put in order",
);

pub const ACTION: Text = Text::new(
    "incident.action",
    "{scenario}（{sure}）：{count}条记录，涉及{objects}",
    "{scenario} ({sure}): {count} records; touched: {objects}",
);
pub const ACTION_UNCERTAIN: Text = Text::new(
    "incident.action.uncertain",
    "{scenario}：{count}条记录，涉及{objects}；是否与本案有关，现有日志不能判定",
    "{scenario}: {count} records; touched: {objects}; whether it belongs to this case cannot be told from the logs at hand",
);
pub const ACTION_UNKNOWN: Text = Text::new(
    "incident.action.unknown",
    "没有告警显示进入之后执行了什么操作；请按来源地址、账号和时间查看原始日志，规则未必识别其中的每一步",
    "no finding shows what was done after the entry; look the source, the account and the time up in the logs themselves, for rules do not know every step",
);
pub const ACTION_NO_ENTRY: Text = Text::new(
    "incident.action.no_entry",
    "现有日志未见进入迹象，因此没有可列出的后续操作",
    "the logs at hand show no sign of entry, so there is nothing done after it to list",
);
pub const OBJECTS_UNNAMED: Text =
    Text::new("incident.objects.unnamed", "记录中未写明的对象", "objects not named in the records");
pub const SOURCE_UNNAMED: Text =
    Text::new("incident.source.unnamed", "记录中未写明", "not named in the records");
pub const OBJECTS_MORE: Text = Text::new(
    "incident.objects.more",
    "{objects}等{count}项",
    "{objects} and others, {count} in all",
);

pub const ACCOUNT_GUESSED: Text = Text::new(
    "incident.account.guessed",
    "账号{users}：口令尝试之后登录成功（{sure}），来源地址{source}",
    "account {users}: a login after password guessing succeeded ({sure}), source address {source}",
);
pub const ACCOUNT_NAMED: Text = Text::new(
    "incident.account.named",
    "账号{users}：出现在“{scenario}”的记录中（{sure}）",
    "account {users}: named in the records of \"{scenario}\" ({sure})",
);
pub const ACCOUNT_NAMED_UNCERTAIN: Text = Text::new(
    "incident.account.named_uncertain",
    "账号{users}：出现在“{scenario}”的记录中，是否成功或是否与本案有关未能判定",
    "account {users}: named in the records of \"{scenario}\"; whether it succeeded, or belongs to this case, cannot be told",
);
pub const ACCOUNT_TRIED: Text = Text::new(
    "incident.account.tried",
    "账号{users}：只见登录尝试，未见成功",
    "account {users}: login attempts only, no success seen",
);
pub const ACCOUNT_UNKNOWN: Text = Text::new(
    "incident.account.unknown",
    "本案的告警没有写明账号",
    "the findings of this case name no account",
);

pub const DATA_REACHED: Text = Text::new(
    "incident.data.reached",
    "有数据被读取或带出的记录（{sure}）：{scenario}，{count}条记录，涉及{objects}",
    "records show data read or taken ({sure}): {scenario}, {count} records; touched: {objects}",
);
pub const DATA_CHANGED: Text = Text::new(
    "incident.data.changed",
    "有数据库内容被改动的记录（{sure}）：{scenario}，{count}条记录，涉及{objects}",
    "records show database content changed ({sure}): {scenario}, {count} records; touched: {objects}",
);
pub const DATA_PERSONAL: Text = Text::new(
    "incident.data.personal",
    "按单位档案，所触及的系统或数据表存有个人信息（{sure}）",
    "by the operator profile the system or table that was reached holds personal information ({sure})",
);
pub const DATA_NOT_SHOWN: Text = Text::new(
    "incident.data.not_shown",
    "现有日志中没有数据被读取的告警；不能据此认为数据未被读取",
    "no finding in the logs at hand shows that data was read; that does not mean that none was",
);
pub const DATA_AMOUNT: Text = Text::new(
    "incident.data.amount",
    "涉及多少人、多少条数据，现有日志不能回答",
    "how many persons and how many rows are concerned, the logs at hand do not tell",
);

pub const EXTENT_ASSET: Text = Text::new(
    "incident.extent.asset",
    "资产{asset}：{count}条告警显示不止于尝试",
    "asset {asset}: {count} findings show more than an attempt",
);
pub const EXTENT_ATTACKED: Text = Text::new(
    "incident.extent.attacked",
    "资产{asset}：受到攻击，未见成功迹象",
    "asset {asset}: attacked, no sign of success",
);
pub const EXTENT_UNNAMED: Text = Text::new(
    "incident.extent.unnamed",
    "记录没有写明资产名称；相关告警{count}条",
    "the records do not name the asset; {count} findings",
);
pub const EXTENT_OTHERS: Text = Text::new(
    "incident.extent.others",
    "没有告警显示波及其他主机和网段；这不能排除",
    "no finding shows other hosts or networks concerned; that does not rule it out",
);

pub const PERSISTENCE_FILE: Text = Text::new(
    "incident.persistence.file",
    "写入过可执行文件：{objects}；该文件是否仍在服务器上，须到服务器核对",
    "an executable file was put there: {objects}; whether it is still on the server has to be looked up there",
);
pub const PERSISTENCE_SHELL: Text = Text::new(
    "incident.persistence.shell",
    "使用过网页后门：{objects}；该文件是否仍在服务器上，须到服务器核对",
    "a web shell was used: {objects}; whether it is still on the server has to be looked up there",
);
pub const PERSISTENCE_CHANGE: Text = Text::new(
    "incident.persistence.change",
    "系统有改动（{sure}）：{scenario}，涉及{objects}，可能用于再次进入",
    "the system was changed ({sure}): {scenario}; touched: {objects}; it may serve to come back",
);
pub const PERSISTENCE_WIPED: Text = Text::new(
    "incident.persistence.wiped",
    "有清除日志或历史的记录（{sure}），涉及{objects}：是否另有后门、账号或启动项，被清除的日志已不能回答",
    "logs or histories were wiped ({sure}); touched: {objects}; whether another way back is there, the logs that are gone no longer tell",
);
pub const PERSISTENCE_ACCOUNT: Text = Text::new(
    "incident.persistence.account",
    "账号{users}的口令很可能已被他人掌握，现有日志未显示口令已更换",
    "the password of {users} is likely known to others; the logs at hand do not show that it was changed",
);
pub const PERSISTENCE_UNKNOWN: Text = Text::new(
    "incident.persistence.unknown",
    "没有主机快照，是否另有后门、账号或启动项不能回答",
    "without a snapshot of the host it cannot be told whether other back doors, accounts or startup items are there",
);

pub const CAUSE_UPLOAD: Text = Text::new(
    "incident.cause.upload",
    "直接原因（{sure}）：网站接受了可执行文件的上传，涉及{objects}",
    "direct cause ({sure}): the site accepted the upload of an executable file; touched: {objects}",
);
pub const CAUSE_PASSWORD: Text = Text::new(
    "incident.cause.password",
    "直接原因（{sure}）：账号{users}的口令经反复尝试后被用于登录",
    "direct cause ({sure}): the password of {users} was used to log in after repeated attempts",
);
pub const CAUSE_REQUEST: Text = Text::new(
    "incident.cause.request",
    "直接原因（{sure}）：网站对“{scenario}”请求的应答显示其可被利用，涉及{objects}",
    "direct cause ({sure}): the site's answers to requests of the kind {scenario} show that it can be used; touched: {objects}",
);
pub const CAUSE_ROOT: Text = Text::new(
    "incident.cause.root",
    "根本原因（为何存在该弱点、是否早已知晓）不能由日志回答",
    "the root cause (why the weakness was there, and whether it was known) cannot be told from logs",
);
pub const CAUSE_UNKNOWN: Text = Text::new(
    "incident.cause.unknown",
    "所利用的弱点没有记录可以证明，原因未知",
    "no record shows the weakness that was used; the cause is not known",
);

pub const OVER_LAST: Text = Text::new(
    "incident.over.last",
    "本案最后一条相关记录的时间：{time}",
    "the last record that belongs to this case is of {time}",
);
pub const OVER_REACHES: Text = Text::new(
    "incident.over.reaches",
    "日志 {path} 读到 {time}，在本案最后一条相关记录之后没有新的相关告警",
    "the log {path} was read up to {time}; it holds no further finding of this case after the last one",
);
pub const OVER_MORE_LOGS: Text = Text::new(
    "incident.over.more_logs",
    "另有{count}个文件也读到该时间之后，见读取情况说明",
    "{count} more files also reach beyond it; see the coverage statement",
);
pub const OVER_UNKNOWN: Text = Text::new(
    "incident.over.unknown",
    "是否已经结束，仅凭日志不能认定",
    "whether it is over cannot be settled from logs alone",
);
pub const OVER_NO_LATER: Text = Text::new(
    "incident.over.no_later",
    "没有日志读到该时间之后，是否仍在继续不能回答",
    "no log reaches beyond that time; whether it goes on cannot be told",
);
pub const OVER_NO_TIME: Text = Text::new(
    "incident.over.no_time",
    "相关记录没有时间，是否结束不能回答",
    "the records carry no time; whether it is over cannot be told",
);

pub const BRING_WEB_LOG: Text = Text::new(
    "incident.bring.web_log",
    "网站访问日志和错误日志（含轮转压缩的旧文件）",
    "access and error logs of the web server, rotated ones too",
);
pub const BRING_AUTH_LOG: Text = Text::new(
    "incident.bring.auth_log",
    "登录日志（auth.log 或 secure、journal、wtmp、btmp），VPN和堡垒机登录记录",
    "login records (auth.log or secure, journal, wtmp, btmp), and those of the VPN and the bastion host",
);
pub const BRING_EARLIER_LOG: Text = Text::new(
    "incident.bring.earlier_log",
    "最早相关记录之前的日志，直至六个月",
    "logs from before the first related record, six months back",
);
pub const BRING_AUDIT: Text = Text::new(
    "incident.bring.audit",
    "主机审计日志（auditd）、命令历史，上传目录中的文件",
    "audit log of the host (auditd), shell history, the files in the upload folder",
);
pub const BRING_DATABASE_LOG: Text = Text::new(
    "incident.bring.database_log",
    "记录语句的数据库日志、应用日志",
    "the database's log with statements, and the application's log",
);
pub const BRING_TRAFFIC: Text = Text::new(
    "incident.bring.traffic",
    "出口流量记录（防火墙、流量审计）",
    "records of outgoing traffic (firewall, traffic audit)",
);
pub const BRING_DATA_LIST: Text = Text::new(
    "incident.bring.data_list",
    "数据分类清单、受影响表的行数和字段说明",
    "the list of data classes, and rows and columns of the tables concerned",
);
pub const BRING_OTHER_HOSTS: Text = Text::new(
    "incident.bring.other_hosts",
    "同网段其他主机、域控和网络设备的日志",
    "logs of other hosts of the network, of the domain controller and of network devices",
);
pub const BRING_SNAPSHOT: Text = Text::new(
    "incident.bring.snapshot",
    "主机快照：服务、进程、启动项、计划任务、账号、SSH密钥、网站目录文件清单",
    "a snapshot of the host: services, processes, startup items, scheduled jobs, accounts, SSH keys, files of the web folder",
);
pub const BRING_VERSIONS: Text = Text::new(
    "incident.bring.versions",
    "系统和组件的版本、补丁记录、配置、口令策略、漏洞扫描报告",
    "versions, patch records, configuration, password policy and vulnerability reports",
);
pub const BRING_LATER_LOG: Text = Text::new(
    "incident.bring.later_log",
    "最后一条相关记录之后至今的日志",
    "logs from the last related record until now",
);

pub(super) static ALL_INCIDENT: &[&Text] = &[
    &Q_ENTRY,
    &Q_PATH,
    &Q_ACTIONS,
    &Q_ACCOUNTS,
    &Q_DATA,
    &Q_EXTENT,
    &Q_PERSISTENCE,
    &Q_CAUSE,
    &Q_OVER,
    &LIKELY,
    &CONFIRMED,
    &ENTRY_FOUND,
    &ENTRY_LOGIN,
    &ENTRY_ALSO,
    &ENTRY_REASON,
    &ENTRY_NOT_SEEN,
    &ENTRY_OF_FLOOD,
    &ENTRY_ATTEMPTS_ONLY,
    &ENTRY_EARLIER,
    &PATH_STEP,
    &PATH_ATTEMPT,
    &PATH_OPEN,
    &PATH_LINKED,
    &PATH_MORE,
    &PATH_LEFT_OUT,
    &PATH_UNKNOWN,
    &ACTION,
    &ACTION_UNCERTAIN,
    &ACTION_UNKNOWN,
    &ACTION_NO_ENTRY,
    &OBJECTS_UNNAMED,
    &SOURCE_UNNAMED,
    &OBJECTS_MORE,
    &ACCOUNT_GUESSED,
    &ACCOUNT_NAMED,
    &ACCOUNT_NAMED_UNCERTAIN,
    &ACCOUNT_TRIED,
    &ACCOUNT_UNKNOWN,
    &DATA_REACHED,
    &DATA_CHANGED,
    &DATA_PERSONAL,
    &DATA_NOT_SHOWN,
    &DATA_AMOUNT,
    &EXTENT_ASSET,
    &EXTENT_ATTACKED,
    &EXTENT_UNNAMED,
    &EXTENT_OTHERS,
    &PERSISTENCE_FILE,
    &PERSISTENCE_SHELL,
    &PERSISTENCE_CHANGE,
    &PERSISTENCE_WIPED,
    &PERSISTENCE_ACCOUNT,
    &PERSISTENCE_UNKNOWN,
    &CAUSE_UPLOAD,
    &CAUSE_PASSWORD,
    &CAUSE_REQUEST,
    &CAUSE_ROOT,
    &CAUSE_UNKNOWN,
    &OVER_LAST,
    &OVER_REACHES,
    &OVER_MORE_LOGS,
    &OVER_UNKNOWN,
    &OVER_NO_LATER,
    &OVER_NO_TIME,
    &BRING_WEB_LOG,
    &BRING_AUTH_LOG,
    &BRING_EARLIER_LOG,
    &BRING_AUDIT,
    &BRING_DATABASE_LOG,
    &BRING_TRAFFIC,
    &BRING_DATA_LIST,
    &BRING_OTHER_HOSTS,
    &BRING_SNAPSHOT,
    &BRING_VERSIONS,
    &BRING_LATER_LOG,
];
