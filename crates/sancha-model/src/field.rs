use std::collections::BTreeMap;

/// An interned field name.
///
/// The ids of the names below are constants; names that rules add follow in name order when
/// [`Fields`] is built, before the first record is read. Ids are never written to disk: names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(u16);

impl FieldId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Declares the constants and their names in one list: the order is the id.
macro_rules! known_fields {
    ($($constant:ident = $name:literal;)*) => {
        #[expect(
            non_camel_case_types,
            clippy::upper_case_acronyms,
            reason = "variants only number the constants"
        )]
        enum Position { $($constant,)* }
        impl FieldId {
            $(#[doc = concat!("ECS `", $name, "`.")] pub const $constant: Self = Self(Position::$constant as u16);)*
        }
        const KNOWN: &[&str] = &[$($name,)*];
    };
}

// Names of the Elastic Common Schema 8; `sancha.*` where ECS has none.
known_fields! {
    TIMESTAMP = "@timestamp";
    MESSAGE = "message";
    EVENT_KIND = "event.kind";
    EVENT_CATEGORY = "event.category";
    EVENT_ACTION = "event.action";
    EVENT_OUTCOME = "event.outcome";
    EVENT_REASON = "event.reason";
    EVENT_ID = "event.id";
    EVENT_CODE = "event.code";
    EVENT_DURATION = "event.duration";
    EVENT_SEQUENCE = "event.sequence";
    LOG_LEVEL = "log.level";
    LOG_LOGGER = "log.logger";
    SYSLOG_PRIORITY = "log.syslog.priority";
    HOST_NAME = "host.name";
    SOURCE_IP = "source.ip";
    SOURCE_PORT = "source.port";
    SOURCE_ADDRESS = "source.address";
    DESTINATION_IP = "destination.ip";
    DESTINATION_PORT = "destination.port";
    DESTINATION_ADDRESS = "destination.address";
    NETWORK_PEER_IP = "sancha.peer.ip";
    NETWORK_FORWARDED_IP = "network.forwarded_ip";
    USER_NAME = "user.name";
    USER_ID = "user.id";
    USER_EFFECTIVE_NAME = "user.effective.name";
    USER_TARGET_NAME = "user.target.name";
    USER_AUDIT_ID = "user.audit.id";
    SERVICE_NAME = "service.name";
    SERVICE_TYPE = "service.type";
    PROCESS_NAME = "process.name";
    PROCESS_PID = "process.pid";
    PROCESS_PARENT_PID = "process.parent.pid";
    PROCESS_EXECUTABLE = "process.executable";
    PROCESS_COMMAND_LINE = "process.command_line";
    PROCESS_WORKING_DIRECTORY = "process.working_directory";
    PROCESS_EXIT_CODE = "process.exit_code";
    PROCESS_TTY = "process.tty";
    FILE_PATH = "file.path";
    FILE_MODE = "file.mode";
    FILE_OWNER = "file.owner";
    FILE_INODE = "file.inode";
    HTTP_METHOD = "http.request.method";
    HTTP_VERSION = "http.version";
    HTTP_REFERRER = "http.request.referrer";
    HTTP_CONTENT_TYPE = "http.request.mime_type";
    HTTP_COOKIE = "http.request.headers.cookie";
    HTTP_HEADERS = "http.request.headers";
    HTTP_BODY = "http.request.body.content";
    HTTP_STATUS = "http.response.status_code";
    HTTP_RESPONSE_BYTES = "http.response.body.bytes";
    URL_ORIGINAL = "url.original";
    URL_PATH = "url.path";
    URL_QUERY = "url.query";
    URL_DOMAIN = "url.domain";
    USER_AGENT = "user_agent.original";
    DATABASE_NAME = "sancha.database.name";
    DATABASE_STATEMENT = "sancha.database.statement";
    DATABASE_ROWS = "sancha.database.rows";
    ERROR_CODE = "error.code";
    ERROR_MESSAGE = "error.message";
    AUTH_METHOD = "sancha.auth.method";
    REPEATED = "sancha.repeated";
    AUDIT_TYPE = "auditd.message_type";
    AUDIT_KEY = "auditd.key";
    AUDIT_SYSCALL = "auditd.syscall";
    AUDIT_NAMETYPE = "auditd.paths.nametype";
    AUDIT_ITEM = "auditd.paths.item";
    JOURNAL_UNIT = "systemd.unit";
    GROUP_NAME = "group.name";
    NETWORK_TRANSPORT = "network.transport";
    NETWORK_PROTOCOL = "network.protocol";
    HTTP_DURATION = "sancha.http.request_seconds";
    HTTP_UPSTREAM = "sancha.http.upstream";
    HTTP_REQUEST_BYTES = "http.request.bytes";
    RULE_NAME = "rule.name";
}

/// All field names of a run: the known ones, then those that rules and formats brought, in name order.
#[derive(Clone, Debug)]
pub struct Fields {
    names: Vec<String>,
    ids: BTreeMap<String, FieldId>,
}

impl Fields {
    /// Freezes the names of a run. Names already known keep their id; the same set in any order gives
    /// the same ids. At most 65,535 names: what comes after is left out, and `id` does not find it.
    pub fn new<'a>(extra: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<String> = KNOWN.iter().map(|name| (*name).to_owned()).collect();
        let mut more: Vec<&str> = extra.into_iter().filter(|name| !KNOWN.contains(name)).collect();
        more.sort_unstable();
        more.dedup();
        names.extend(more.into_iter().map(str::to_owned));
        names.truncate(usize::from(u16::MAX));
        let ids = names.iter().zip(0_u16..).map(|(name, at)| (name.clone(), FieldId(at))).collect();
        Self { names, ids }
    }

    /// For load time only: hot code holds ids.
    pub fn id(&self, name: &str) -> Option<FieldId> {
        self.ids.get(name).copied()
    }

    pub fn name(&self, id: FieldId) -> &str {
        self.names.get(id.index()).map_or("", String::as_str)
    }

    /// All names with their ids, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FieldId)> {
        self.names.iter().map(String::as_str).zip((0_u16..).map(FieldId))
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_do_not_depend_on_the_order_of_names() {
        let one = Fields::new(["Image", "CommandLine", "source.ip"]);
        let other = Fields::new(["source.ip", "CommandLine", "Image", "Image"]);
        assert_eq!(one.id("Image"), other.id("Image"));
        assert_eq!(one.id("source.ip"), Some(FieldId::SOURCE_IP));
        assert_eq!(one.name(FieldId::JOURNAL_UNIT), "systemd.unit");
        assert_eq!(one.len(), KNOWN.len() + 2);
    }

    #[test]
    fn known_names_are_unique() {
        let mut names = KNOWN.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
    }
}
