//! Who did what a host's own record tells of: somebody who had logged in, or a service.

use sancha_model::{Event, EventClass, FieldId};

use super::record::name_bytes;

/// The login id of what never logged in.
const NO_LOGIN: [&[u8]; 3] = [b"4294967295", b"-1", b"unset"];

/// Audit records that one event has before the last.
const RECORDS_OF_ONE: usize = 8;

/// Accounts that services run as, by how their names begin; root is any of both.
const SERVICES: [&str; 46] = [
    "www",
    "apache",
    "httpd",
    "http",
    "nginx",
    "lighttpd",
    "caddy",
    "wwwrun",
    "php",
    "tomcat",
    "jetty",
    "jboss",
    "wildfly",
    "weblogic",
    "oracle",
    "nobody",
    "daemon",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "elastic",
    "solr",
    "memcache",
    "rabbitmq",
    "jenkins",
    "git",
    "node",
    "uwsgi",
    "gunicorn",
    "django",
    "rails",
    "puma",
    "zabbix",
    "nagios",
    "confluence",
    "jira",
    "nexus",
    "minio",
    "systemd",
    "ftp",
    "vsftpd",
    "proftpd",
    "_",
    "root",
];

/// Whether a record says that somebody did it who had logged in: by the login id that the kernel keeps, by a
/// terminal, or by an account that no service runs as.
pub(super) fn is_person(event: Event<'_>) -> bool {
    let text = |field| name_bytes(event.field_text(field));
    let (login, user) = (login_id(event), text(FieldId::USER_NAME));
    if !login.is_empty() {
        return !NO_LOGIN.contains(&login);
    }
    // Accounts of a database are not those of the host.
    if matches!(event.class(), EventClass::Database) {
        return false;
    }
    let is_root = user.is_empty() || user == b"root";
    if is_root { is_terminal(text(FieldId::PROCESS_TTY)) } else { !is_service(user) }
}

/// Whether an interface for programs says in its own record that it did what it was asked.
pub(super) fn is_api(event: Event<'_>) -> bool {
    event.field_text(FieldId::EVENT_CATEGORY) == b"api"
        && event.field_text(FieldId::EVENT_OUTCOME) == b"success"
}

/// The login id that the kernel keeps. Of several audit records of one event the first has it.
fn login_id(event: Event<'_>) -> &[u8] {
    let own = event.field_text(FieldId::USER_AUDIT_ID);
    let serial = event.field_text(FieldId::EVENT_SEQUENCE);
    if !own.is_empty() || serial.is_empty() {
        return own;
    }
    let same = |other: &Event<'_>| other.field_text(FieldId::EVENT_SEQUENCE) == serial;
    let before = event.before().take(RECORDS_OF_ONE).take_while(same);
    before
        .map(|other| other.field_text(FieldId::USER_AUDIT_ID))
        .find(|id| !id.is_empty())
        .unwrap_or_default()
}

/// A service whose shell was given a terminal stays a service; so does the account of a machine of Windows, whose name
/// ends in a dollar sign, and those that come with Windows.
fn is_service(user: &[u8]) -> bool {
    SERVICES.iter().any(|service| user.starts_with(service.as_bytes()))
        || user.ends_with(b"$")
        || OF_WINDOWS.iter().any(|service| user.eq_ignore_ascii_case(service.as_bytes()))
}

const OF_WINDOWS: [&str; 5] =
    ["system", "local service", "network service", "iusr", "defaultapppool"];

fn is_terminal(tty: &[u8]) -> bool {
    let name = tty.strip_prefix(b"/dev/").unwrap_or(tty);
    name.starts_with(b"pts") || name.strip_prefix(b"tty").is_some_and(|rest| !rest.is_empty())
}
