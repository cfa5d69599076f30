//! Database servers and search engines.

use super::{Saying, again, change, failure, peer, refusal, success};

pub(super) static SAYINGS: &[Saying] = &[
    failure("password", "Access denied for user '{user}'@'{src}'"),
    refusal("not_allowed", "Host '{src}' is not allowed to connect"),
    refusal("limit", "Host '{src}' is blocked because of many connection errors"),
    refusal(
        "unfinished",
        "Aborted connection {*} host: '{src}' (Got an error reading communication packets)",
    ),
    refusal("unfinished", "Aborted connection {*} user: 'unauthenticated' host: '{src}'"),
    failure("password", "Login failed for user '{user}'{*}[CLIENT: {src}]"),
    failure("password", "Login failed{*}[CLIENT: {src}]"),
    failure("password", "Login failed for user '{user}'{*}[客户端: {src}]"),
    failure("password", "用户 '{user}' 登录失败{*}[客户端: {src}]"),
    success("Login succeeded for user '{user}'{*}[CLIENT: {src}]"),
    success("Login succeeded for user '{user}'{*}[客户端: {src}]"),
    // SQL Server, its settings.
    change("Configuration option '{*}' changed from {*} to {*}. Run the RECONFIGURE statement"),
    change("配置选项 '{*}' 已从 {*} 更改为 {*}。请运行 RECONFIGURE 语句"),
    failure("password", "authentication failed for {user} on {*} from client {src}"),
    failure("password", "Failed to authenticate {user}@{*} from client {src}"),
    peer("connection accepted from {src} #{conn} ("),
    failure("password", "[conn{conn}] Failed to authenticate {user}@{*} with mechanism {*}"),
    failure("password", "Failed to authenticate {user}@{*} with mechanism {*}"),
    failure(
        "password",
        "\"msg\":\"Authentication failed\"{*}\"principalName\":\"{user}\",\"authenticationDatabase\"{*}\"remote\":\"{src}\"",
    ),
    failure(
        "password",
        "\"msg\":\"Authentication failed\"{*}\"user\":\"{user}\",\"db\"{*}\"remote\":\"{src}\"",
    ),
    success("\"msg\":\"Successfully authenticated\"{*}\"remote\":\"{src}\""),
    success("\"msg\":\"Authentication succeeded\"{*}\"remote\":\"{src}\""),
    failure("password", "Authentication of [{user}] was terminated{*}from [{src}]"),
    failure("password", "Authentication finally failed for {user} from {src}"),
    failure("password", "rest] [authentication_failed]{*}origin_address=[{src}]"),
    failure("password", "AUTHENTICATE {*}host: {src}{*}failed"),
    failure("password", "WRONGPASS{*}from {src}"),
    // PgBouncer tells of one refusal three times.
    again("password", "@{src:port} closing because: {*}authentication failed"),
    again("password", "@{src:port} pooler error: {*}authentication failed"),
    failure("password", "/{user}@{src:port} password authentication failed"),
    // PostgreSQL's log as JSON.
    failure(
        "password",
        "\"remote_host\":\"{src}\"{*}\"message\":\"password authentication failed for user \\\"{user}\\\"",
    ),
    // The audit plugin of MariaDB and MySQL: time, server, user, client, connection, query, what, …
    failure("password", ":{*},{*},{user},{src},{*},FAILED_CONNECT,,,"),
    refusal("not_allowed", "no pg_hba.conf entry for host \"{src}\""),
    refusal("not_allowed", "pg_hba.conf rejects connection for host \"{src}\""),
    refusal("probe", "Possible SECURITY ATTACK detected.{*}from {src}"),
];
