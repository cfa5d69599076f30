//! Every sentence that detection shows to people.

use sancha_model::Text;

pub const SCAN_WEB: Text = Text::new(
    "detect.scan.web",
    "来源地址{source}在{count}次请求中探测了约{paths}个不存在或被拒绝的路径",
    "source address {source} probed about {paths} paths that do not exist or are refused, in {count} requests",
);
pub const SCAN_WEB_NAMED: Text = Text::new(
    "detect.scan.web_named",
    "来源地址{source}在{count}次请求中探测了约{paths}个不存在或被拒绝的路径，其中有{named}",
    "source address {source} probed about {paths} paths that do not exist or are refused, in {count} requests; among them {named}",
);
pub const FORCED_BROWSING: Text = Text::new(
    "detect.web.forced_browsing",
    "来源地址{source}在探测大量路径时请求了{objects}，服务器{count}次给出了正常应答",
    "while probing many paths, source address {source} asked for {objects}; the server answered normally {count} times",
);
pub const SCAN_SPREAD: Text = Text::new(
    "detect.scan.spread",
    "{sources}个来源地址（{source}）在一小时内分头探测了{count}次常见弱点路径，每个地址只请求几次",
    "{sources} source addresses ({source}) shared a search for weaknesses of {count} requests within an hour, a few each",
);
pub const BRUTE_SERVICE: Text = Text::new(
    "detect.brute.service",
    "来源地址{source}对{service}登录失败{count}次，涉及账号：{users}",
    "source address {source} failed {count} times to log in to {service}; accounts: {users}",
);
pub const BRUTE_LOOKUPS: Text = Text::new(
    "detect.brute.lookups",
    "来源地址{source}连接{service}{count}次，每次都报出同一个不存在的账号：{users}",
    "source address {source} connected to {service} {count} times and asked for one account that does not exist: {users}",
);
pub const BRUTE_DISTRIBUTED: Text = Text::new(
    "detect.brute.distributed",
    "{sources}个来源地址对{service}分散登录失败共{count}次，每个来源次数很少；涉及账号：{users}",
    "{sources} source addresses, each with few tries, failed {count} times to log in to {service}; accounts: {users}",
);
pub const BRUTE_WEB: Text = Text::new(
    "detect.brute.web",
    "来源地址{source}向登录页面{objects}提交了{count}次登录",
    "source address {source} submitted the login page {objects} {count} times",
);
pub const BRUTE_WEB_SPREAD: Text = Text::new(
    "detect.brute.web_spread",
    "{sources}个来源地址（{source}）共同向登录页面{objects}提交了{count}次登录，几乎不访问其他页面",
    "{sources} source addresses ({source}) together submitted the login page {objects} {count} times and asked for hardly anything else",
);
pub const FLOOD: Text = Text::new(
    "detect.flood",
    "{sources}个来源地址（{source}）发出{count}次请求，{shape}；最忙的一分钟{busiest}次，全站平时每分钟约{usual}次",
    "{sources} source addresses ({source}) sent {count} requests, {shape}; {busiest} in the busiest minute, the whole site usually has about {usual}",
);
pub const FLOOD_SAME_ADDRESS: Text =
    Text::new("detect.flood.same_address", "反复请求同一页面", "again and again for the same page");
pub const FLOOD_NEW_QUERIES: Text = Text::new(
    "detect.flood.new_queries",
    "同一页面每次换一个参数，绕过缓存",
    "for the same page with ever new parameters, past every cache",
);
pub const FLOOD_CHANGING_AGENTS: Text = Text::new(
    "detect.flood.changing_agents",
    "反复请求同一页面，浏览器标识不断变换",
    "again and again for the same page under ever changing user agents",
);
pub const FLOOD_RANDOM_PATHS: Text =
    Text::new("detect.flood.random_paths", "路径随机生成", "for paths drawn at random");
pub const FLOOD_VOLUME: Text =
    Text::new("detect.flood.volume", "反复下载大文件", "for the same large answers");
pub const FLOOD_SLOW: Text = Text::new(
    "detect.flood.slow",
    "请求迟迟不完成，服务器等待超时",
    "which were never completed; the server gave up waiting",
);
pub const WEB_ATTACK: Text = Text::new(
    "detect.web_attack",
    "来源地址{source}发出{count}次{scenario}请求，涉及：{objects}",
    "source address {source} sent {count} requests of the kind {scenario}; touched: {objects}",
);
pub const LOCAL: Text = Text::new(
    "detect.local",
    "本机记录显示{scenario}：{count}条记录，涉及：{objects}",
    "local records show {scenario}: {count} records; touched: {objects}",
);
pub const LOCAL_FROM_SOURCE: Text = Text::new(
    "detect.local_from_source",
    "本机记录显示{scenario}，来自来源地址{source}：{count}条记录，涉及：{objects}（账号：{users}）",
    "local records show {scenario} from source address {source}: {count} records; touched: {objects} (account: {users})",
);
pub const CORRELATION: Text = Text::new(
    "detect.correlation",
    "关联规则“{rule}”成立：{count}条记录",
    "correlation rule \"{rule}\" holds: {count} records",
);
pub const BY_RULES: Text =
    Text::new("detect.by_rules", "{summary}（规则：{titles}）", "{summary} (rules: {titles})");
pub const UNNAMED: Text =
    Text::new("detect.unnamed", "（记录中未写明）", "(not stated in the records)");

pub const REASON_ONLY_ATTEMPTS: Text = Text::new(
    "detect.reason.only_attempts",
    "记录中只见尝试，服务器均予拒绝或报错",
    "the records show attempts only; the server refused them or answered with errors",
);
pub const REASON_NO_SECOND_SIGNAL: Text = Text::new(
    "detect.reason.no_second_signal",
    "服务器有正常应答，但未见第二个佐证，仅凭这些日志无法判定是否成功",
    "the server answered normally, but there is no second signal; success is not determinable from these logs",
);
pub const REASON_NO_ANSWER: Text = Text::new(
    "detect.reason.no_answer",
    "日志未写明应答，或服务器等待超时；这不等于拒绝，仅凭这些日志无法判定是否成功",
    "the records state no answer, or the server gave up waiting for one, which is no refusal; success is not determinable from these logs",
);
pub const REASON_LOGIN_AFTER_FAILURES: Text = Text::new(
    "detect.reason.login_after_failures",
    "连续失败之后，同一来源地址登录成功（账号：{users}）",
    "after repeated failures a login from the same source address succeeded (account: {users})",
);
pub const REASON_WEB_LOGIN_MOVED: Text = Text::new(
    "detect.reason.web_login_moved",
    "多次返回登录页面之后，服务器首次给出跳转，随后同一来源地址请求其他页面并得到正常应答",
    "after many returns to the login page the server redirected for the first time, and the same source address was then given other pages",
);
pub const REASON_WEB_LOGIN_CHANGED: Text = Text::new(
    "detect.reason.web_login_changed",
    "多次相同的应答之后，服务器首次给出不同的应答，但未见随后的访问，无法判定是否登录成功",
    "after many like answers the server gave another one for the first time, but nothing followed; whether a login succeeded is not determinable",
);
pub const REASON_FLOOD_FELT: Text = Text::new(
    "detect.reason.flood_felt",
    "期间其他来源的{others}次请求中有{failed}次得到服务器错误，明显高于平时，说明服务受到影响",
    "meanwhile {failed} of {others} requests of other sources met server errors, far more than usual: the service was affected",
);
pub const REASON_FLOOD_NOT_FELT: Text = Text::new(
    "detect.reason.flood_not_felt",
    "期间其他来源的{others}次请求中有{failed}次得到服务器错误，与平时相近，未见服务受到影响",
    "meanwhile {failed} of {others} requests of other sources met server errors, about as usual: no effect on the service is seen",
);
pub const REASON_FLOOD_UNSEEN: Text = Text::new(
    "detect.reason.flood_unseen",
    "期间其他来源的请求太少（{others}次），仅凭这些日志无法判定服务是否受到影响",
    "meanwhile there were too few requests of other sources ({others}) to determine from these logs whether the service was affected",
);
pub const REASON_NO_LOGIN: Text = Text::new(
    "detect.reason.no_login",
    "已读懂的记录中未见该来源地址登录成功；有的设备和服务只写失败，或其登录成功的写法未能识别",
    "among the records that are understood is no successful login from this source address; some devices and services write failures only, or write a success in a way that is not known here",
);
pub const REASON_LOGIN_TOO: Text = Text::new(
    "detect.reason.login_too",
    "该来源地址也有登录成功，但此前的失败次数和账号数不足以认定为猜中；请向账号本人核实",
    "the source address also logged in, but after too few failures and accounts to call it a guess that hit; ask whose account it is",
);
pub const REASON_ACCOUNT_UNKNOWN: Text = Text::new(
    "detect.reason.account_unknown",
    "账号不存在，记录中也没有口令验证",
    "the account does not exist, and no password of this source was checked in the records",
);
pub const REASON_SOURCE_ENTERED: Text = Text::new(
    "detect.reason.source_entered",
    "其中来源地址{source}试错之后以账号{user}登录成功，此前该账号没有从那里登录过；若是账号本人，请说明",
    "source address {source} failed and then logged in as {user}, who had not logged in from there before; whoever owns the account can say whether that was them",
);
pub const REASON_SOURCES_NO_LOGIN: Text = Text::new(
    "detect.reason.sources_no_login",
    "记录中未见这些来源地址以所尝试的账号登录成功",
    "no successful login of these source addresses to the accounts they tried is in the records",
);
pub const REASON_UPLOAD_USED: Text = Text::new(
    "detect.reason.upload_used",
    "上传之后，脚本文件{object}被请求并返回正常应答",
    "after the upload the script {object} was requested and answered normally",
);
pub const REASON_SHELL_ANSWERED: Text = Text::new(
    "detect.reason.shell_answered",
    "该脚本此前由同一来源地址上传，随后带参数的请求得到正常应答",
    "the script had been uploaded by the same source address, and requests with parameters were answered normally",
);
pub const REASON_SHELL_SAME_ANSWER: Text = Text::new(
    "detect.reason.shell_same_answer",
    "服务器对该脚本的应答与对许多互不相干的路径的应答相同，不说明脚本存在或被使用；仅凭这些日志无法判定是否成功",
    "the server answered the script as it answers many paths that have nothing to do with each other, which does not show that it is there or was used; success is not determinable from these logs",
);
pub const REASON_SHELL_SHARED: Text = Text::new(
    "detect.reason.shell_shared",
    "该脚本由来源地址{source}上传，随后本来源地址带参数的请求得到正常应答",
    "the script had been uploaded by source address {source}, and this source address's requests were then answered normally",
);
pub const REASON_RULE_ONLY: Text = Text::new(
    "detect.reason.rule_only",
    "关联规则的条件成立；是否得手须结合其他记录判断",
    "the condition of the correlation rule holds; whether it succeeded is for other records to show",
);
pub const REASON_RULE_SHOWS: Text = Text::new(
    "detect.reason.rule_shows",
    "关联规则的各项记录合起来表明已经得手",
    "the records of the correlation rule together show that it succeeded",
);
pub const REASON_LOCAL_ALONE: Text = Text::new(
    "detect.reason.local_alone",
    "记录表明该操作已经发生，但未见与外部入侵的关联，可能是正常运维",
    "the records show that it happened, but no link to an intrusion; it may be ordinary work",
);
pub const REASON_LOCAL_PERSON: Text = Text::new(
    "detect.reason.local_person",
    "记录表明该操作由已登录的人员进行，不作为入侵所致的依据，可能是正常运维；请向该人员核实",
    "somebody who had logged in did it, so it is no sign of what an intruder caused; it may be ordinary work: ask that person",
);
pub const REASON_LOCAL_CRITICAL: Text = Text::new(
    "detect.reason.local_critical",
    "主机自身的记录表明该操作已经发生，且几乎不见于正常运维；未见从何处进入，请先核实由谁所为",
    "the host's own records show that it happened, and ordinary work hardly does it; how somebody got there is not seen: find out first who did it",
);
pub const REASON_LOCAL_LINKED: Text = Text::new(
    "detect.reason.local_linked",
    "该操作发生在同一资产疑似被侵入之后（{time}起）",
    "it happened on the same asset after the likely intrusion (from {time})",
);
pub const REASON_LOCAL_BESIDE: Text = Text::new(
    "detect.reason.local_beside",
    "发生在同一主机上几乎不见于正常运维的操作（{time}）前后",
    "it lies around a deed on the same host that ordinary work hardly does ({time})",
);
pub const REASON_GIVEN: Text = Text::new(
    "detect.reason.given",
    "服务器正常应答并发出了至少1 MiB的内容，远大于一般页面；文件很可能已被取走，请核对该文件里有什么",
    "the server answered normally with at least 1 MiB, far more than a page holds; the file was most likely taken: look what was in it",
);
pub const REASON_LOCAL_TOGETHER: Text = Text::new(
    "detect.reason.local_together",
    "同一主机自身的记录在十分钟内接连出现几种侵入者常做、正常运维少见的操作（{acts}），记录没有表明是登录的人所为；未见从何处进入，请先核实由谁所为",
    "within ten minutes the host's own records show several acts that intruders do and ordinary work seldom does ({acts}), by nobody who is known to have logged in; how somebody got there is not seen: find out first who did it",
);
pub const REASON_API_DONE: Text = Text::new(
    "detect.reason.api_done",
    "接口自己的审计记录写明已按请求执行，同一来源地址在数小时之内还有：{acts}；请核实是否为本单位人员所为",
    "the interface's own audit record says that it did what it was asked, and within hours there is of the same source address: {acts}; find out whether it was somebody of your own",
);
pub const REASON_SEEN_ON_HOST: Text = Text::new(
    "detect.reason.seen_on_host",
    "服务器有正常应答，且另一类日志在数分钟之内记录到主机上的后果：{sign}",
    "the server answered normally, and another kind of log shows within minutes what followed on the host: {sign}",
);
pub const REASON_LARGER_ANSWER: Text = Text::new(
    "detect.reason.larger_answer",
    "对{object}的这类请求得到{bytes}字节的应答，而同一地址对其他来源{count}次正常请求的应答最多{usual}字节：很可能多给了数据",
    "such a request of {object} was answered with {bytes} bytes, while {count} ordinary answers of it to other sources had at most {usual} bytes: it was probably given more data",
);
pub const REASON_FILES_DIFFER: Text = Text::new(
    "detect.reason.files_differ",
    "同一路径对{count}次索要其他文件的请求作出了{sizes}种大小的正常应答，最大的是最小的两倍以上：不存在的文件只会得到同一种应答，很可能确已读出文件",
    "one path answered {count} requests for other files by {sizes} sizes, the largest twice the smallest or more: what is not there is answered alike, so files were most likely read",
);
pub const REASON_WRITTEN_USED: Text = Text::new(
    "detect.reason.written_used",
    "写入的{object}随后被来源地址{source}请求，并得到正常应答",
    "{object}, which was written, was then asked for by source address {source} and answered normally",
);
pub const REASON_NEW_SCRIPT: Text = Text::new(
    "detect.reason.new_script",
    "上传请求得到正常应答之后，来源地址{source}请求了该网站此前从未应答过的一个程序页面，并得到正常应答",
    "after the upload had been answered normally, source address {source} asked for a program of this site that had never been served before, and was answered normally",
);
pub const REASON_PRIVATE_SCRIPT: Text = Text::new(
    "detect.reason.private_script",
    "来源地址{source}先攻击过该网站且未被拒绝；此后这个该网站此前从未应答过的程序几乎只有一人在用，发送的内容不经任何页面，应答大小不一，像是在使用网页后门",
    "source address {source} had attacked the site and was not refused; since then somebody nearly alone uses this program, which had never been served before: what is sent comes from no page and is answered by different sizes, as a web shell is used",
);
pub const REASON_PRIVATE_FILE: Text = Text::new(
    "detect.reason.private_file",
    "来源地址{source}先攻击过该网站且未被拒绝；此后有人向本应是静态文件的这个路径发送内容，不经任何页面，应答大小不一，像是在使用藏在内存或处理程序中的后门",
    "source address {source} had attacked the site and was not refused; since then somebody sends something to this path, which should be a static file, from no page and with answers of different sizes, as a shell in memory or in a handler is used",
);
pub const REASON_FILE_ANSWERS: Text = Text::new(
    "detect.reason.file_answers",
    "本应是静态文件的这个路径，对不经任何页面发送的内容作出大小不一的应答；静态文件不会如此，须查看是什么程序在应答",
    "this path, which should be a static file, answers what is sent from no page by different sizes; static files do not, and what program answers has to be found out",
);
pub const REASON_NEW_SHELL: Text = Text::new(
    "detect.reason.new_shell",
    "该脚本此前从未有过正常应答；在来源地址{source}的上传请求得到正常应答之后，它首次得到正常应答",
    "the script had never been served before; it was answered normally for the first time after an upload by source address {source} had been answered normally",
);
pub const REASON_ERROR_BESIDE: Text = Text::new(
    "detect.reason.error_beside",
    "服务器有正常应答，同一时刻的错误记录表明请求中的内容到达了解释它的程序（数据库、命令解释器或模板引擎）；读到了什么，记录不能说明",
    "the server answered normally, and an error recorded in the same seconds shows that the request's text reached the program that interprets it (database, shell or template engine); what it read the records do not say",
);
pub const REASON_TWO_SOURCES: Text = Text::new(
    "detect.reason.two_sources",
    "两类相互独立的日志在同一时段相互印证",
    "two independent kinds of logs support each other in the same period",
);

pub static ALL: &[&Text] = &[
    &SCAN_WEB,
    &SCAN_WEB_NAMED,
    &FORCED_BROWSING,
    &SCAN_SPREAD,
    &BRUTE_SERVICE,
    &BRUTE_LOOKUPS,
    &BRUTE_DISTRIBUTED,
    &BRUTE_WEB,
    &BRUTE_WEB_SPREAD,
    &FLOOD,
    &FLOOD_SAME_ADDRESS,
    &FLOOD_NEW_QUERIES,
    &FLOOD_CHANGING_AGENTS,
    &FLOOD_RANDOM_PATHS,
    &FLOOD_VOLUME,
    &FLOOD_SLOW,
    &WEB_ATTACK,
    &LOCAL,
    &LOCAL_FROM_SOURCE,
    &CORRELATION,
    &BY_RULES,
    &UNNAMED,
    &REASON_ONLY_ATTEMPTS,
    &REASON_NO_SECOND_SIGNAL,
    &REASON_NO_ANSWER,
    &REASON_LOGIN_AFTER_FAILURES,
    &REASON_WEB_LOGIN_MOVED,
    &REASON_NO_LOGIN,
    &REASON_LOGIN_TOO,
    &REASON_WEB_LOGIN_CHANGED,
    &REASON_FLOOD_FELT,
    &REASON_FLOOD_NOT_FELT,
    &REASON_FLOOD_UNSEEN,
    &REASON_ACCOUNT_UNKNOWN,
    &REASON_SOURCE_ENTERED,
    &REASON_SOURCES_NO_LOGIN,
    &REASON_UPLOAD_USED,
    &REASON_SHELL_ANSWERED,
    &REASON_SHELL_SAME_ANSWER,
    &REASON_SHELL_SHARED,
    &REASON_RULE_ONLY,
    &REASON_RULE_SHOWS,
    &REASON_LOCAL_ALONE,
    &REASON_LOCAL_PERSON,
    &REASON_LOCAL_CRITICAL,
    &REASON_LOCAL_LINKED,
    &REASON_LOCAL_BESIDE,
    &REASON_LOCAL_TOGETHER,
    &REASON_API_DONE,
    &REASON_GIVEN,
    &REASON_LARGER_ANSWER,
    &REASON_FILES_DIFFER,
    &REASON_WRITTEN_USED,
    &REASON_NEW_SCRIPT,
    &REASON_PRIVATE_SCRIPT,
    &REASON_PRIVATE_FILE,
    &REASON_FILE_ANSWERS,
    &REASON_NEW_SHELL,
    &REASON_ERROR_BESIDE,
    &REASON_TWO_SOURCES,
    &REASON_SEEN_ON_HOST,
];
