//! An example or two of each command, at the end of its help.

pub(super) const INVESTIGATE: &str = "\
示例 / Examples:
  sancha investigate /var/log -o report
  sancha investigate logs.zip --operator operator.toml --aware '2026-11-02 09:10' -o report";

pub(super) const DETECT: &str = "\
示例 / Examples:
  sancha detect /var/log -f table
  sancha detect access.log --from 2026-11-01 --to 2026-11-02 --fail-on high
  sancha detect /var/log/nginx --follow";

pub(super) const INGEST: &str = "\
示例 / Examples:
  sancha ingest /var/log --lake /srv/lake
  journalctl -o json --cursor-file=journal.cursor | sancha ingest - --source journal --lake /srv/lake";

pub(super) const SEARCH: &str = "\
查询 / Queries:
  ip:203.0.113.9 path:*.jsp \"union select\"   三者都须成立 / all three
  user:root OR user:admin                     任取其一 / either
  -status:200  NOT outcome:success            不是 / not
  status:4xx  bytes:>1000000  ip:10.0.0.0/8   范围 / ranges
  /sel.{2}t/  *passw*                         正则，词的一部分 / patterns
  字段 / fields: ip src dst port host user action outcome code level process pid exe command file
                 method status bytes path query referer agent source class format

示例 / Examples:
  sancha search 'user:root outcome:failure' --from 2026-11-01 --lake /srv/lake
  sancha search 'ip:203.0.113.9' -f csv -o lines.csv --lake /srv/lake";

pub(super) const SQL: &str = "\
示例 / Examples:
  sancha sql 'DESCRIBE logs' --lake /srv/lake
  sancha sql \"SELECT source_ip, count(*) AS n FROM logs WHERE http_status = 404 GROUP BY 1 ORDER BY 2 DESC LIMIT 10\" --lake /srv/lake
  sancha sql \"SELECT time, raw FROM logs WHERE time >= '2026-11-01 02:00' AND time < '2026-11-01 04:00'\" -f csv -o lines.csv --lake /srv/lake";

pub(super) const VERIFY: &str = "\
示例 / Examples:
  sancha verify --lake /srv/lake
  sancha verify --subset 5% --since 2026-11-01 --lake /srv/lake";

pub(super) const EVIDENCE: &str = "\
示例 / Example:
  sancha evidence export --query 'ip:203.0.113.9' --from 2026-11-01 --lake /srv/lake -o pack.zip
  sancha-verify pack.zip";

pub(super) const RETENTION: &str = "\
示例 / Examples:
  sancha retention prove --lake /srv/lake
  sancha retention prove --source var/log/auth.log -f jsonl --lake /srv/lake > retention.jsonl";

pub(super) const RULES: &str = "\
示例 / Examples:
  sancha rules lint ./my-rules
  sancha rules coverage /var/log --rules ./my-rules";

pub(super) const EXPLAIN: &str = "\
示例 / Example:
  sancha explain --file access.log:12";
