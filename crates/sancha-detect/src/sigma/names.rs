use super::LogSource;

/// The field that a rule means: Sigma's name for the log source, else the name as the rule has it.
///
/// Names are those of Sigma's taxonomy (appendix of the specification) and of Linux auditd records.
/// A name that is not listed keeps its own id and matches a record's own key.
pub(crate) fn resolve<'a>(source: &LogSource, name: &'a str) -> &'a str {
    let category = source.category.as_deref().unwrap_or("");
    let product = source.product.as_deref().unwrap_or("");
    let found = match (category, product) {
        ("webserver" | "proxy", _) | (_, "apache" | "nginx") => web(name),
        (_, "linux") => linux(name),
        ("process_creation" | "authentication", "") => linux(name),
        ("database", _) | (_, "postgresql") => database(name),
        _ => None,
    };
    found.unwrap_or(name)
}

fn web(name: &str) -> Option<&'static str> {
    Some(match name {
        "c-ip" | "src_ip" => "source.ip",
        "c-uri" | "cs-uri" => "url.original",
        "cs-uri-stem" | "c-uri-stem" => "url.path",
        "cs-uri-query" | "c-uri-query" => "url.query",
        "cs-method" => "http.request.method",
        "cs-host" | "r-dns" => "url.domain",
        "cs-version" => "http.version",
        "cs-user-agent" | "c-useragent" | "cs-useragent" => "user_agent.original",
        "cs-referer" | "cs-referrer" => "http.request.referrer",
        "cs-cookie" => "http.request.headers.cookie",
        "cs-username" => "user.name",
        "sc-status" => "http.response.status_code",
        "sc-bytes" => "http.response.body.bytes",
        "s-ip" | "dst_ip" => "destination.ip",
        "s-port" => "destination.port",
        _ => return None,
    })
}

fn linux(name: &str) -> Option<&'static str> {
    Some(match name {
        "Image" | "exe" => "process.executable",
        "CommandLine" | "cmdline" | "proctitle" => "process.command_line",
        "CurrentDirectory" | "cwd" => "process.working_directory",
        "ProcessId" | "pid" => "process.pid",
        "ParentProcessId" | "ppid" => "process.parent.pid",
        "comm" => "process.name",
        "tty" => "process.tty",
        "User" | "user" => "user.name",
        "uid" => "user.id",
        "auid" => "user.audit.id",
        "type" => "auditd.message_type",
        "key" => "auditd.key",
        "syscall" | "SYSCALL" => "auditd.syscall",
        "nametype" => "auditd.paths.nametype",
        "item" => "auditd.paths.item",
        "name" | "TargetFilename" => "file.path",
        "hostname" => "host.name",
        "addr" | "src_ip" => "source.ip",
        _ => return None,
    })
}

fn database(name: &str) -> Option<&'static str> {
    Some(match name {
        "statement" | "query" => "sancha.database.statement",
        "database" => "sancha.database.name",
        "user" | "User" => "user.name",
        "client" => "source.ip",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use sancha_model::Fields;

    use super::*;

    #[test]
    fn names_follow_the_log_source() {
        let web = LogSource { category: Some("webserver".to_owned()), ..LogSource::default() };
        let linux = LogSource { product: Some("linux".to_owned()), ..LogSource::default() };
        let windows = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
        assert_eq!(resolve(&web, "cs-uri-stem"), "url.path");
        assert_eq!(resolve(&linux, "Image"), "process.executable");
        assert_eq!(resolve(&windows, "Image"), "Image");
        assert_eq!(resolve(&web, "x-own-key"), "x-own-key");
    }

    #[test]
    fn every_target_is_a_field_we_know() {
        let fields = Fields::new([]);
        let sigma = ["c-ip", "cs-uri", "cs-method", "cs-host", "sc-status", "s-port", "cs-cookie"];
        for name in sigma {
            assert!(fields.id(web(name).unwrap()).is_some(), "{name}");
        }
        for name in ["Image", "CommandLine", "cwd", "comm", "auid", "key", "nametype", "addr"] {
            assert!(fields.id(linux(name).unwrap()).is_some(), "{name}");
        }
    }
}
