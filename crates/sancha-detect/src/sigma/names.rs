use super::LogSource;

/// The fields that a rule may mean by a name: Sigma's name for the log source in ECS, the name as the
/// rule has it, and what other shippers of the same log call it. The first one leads.
///
/// Names are those of Sigma's taxonomy (appendix of the specification), of Linux auditd records and of
/// Windows event data. A name that is not listed matches a record's own key.
pub(crate) fn resolve(source: &LogSource, name: &str) -> Vec<String> {
    let part = |part: &Option<String>| part.as_deref().unwrap_or("").to_ascii_lowercase();
    let (category, product) = (part(&source.category), part(&source.product));
    let found: &[&str] = match (category.as_str(), product.as_str()) {
        ("webserver" | "proxy", _) | (_, "apache" | "nginx") => web(name),
        (_, "linux") => linux(name),
        ("process_creation" | "authentication", "") => linux(name),
        ("database", _) | (_, "postgresql") => database(name),
        (_, "windows" | "macos") => windows(name),
        _ => &[],
    };
    let mut names: Vec<String> = found.iter().map(|known| (*known).to_owned()).collect();
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
    names
}

fn web(name: &str) -> &'static [&'static str] {
    match name {
        "c-ip" | "src_ip" => &["source.ip"],
        "c-uri" | "cs-uri" => &["url.original", "c-uri", "cs-uri"],
        "cs-uri-stem" | "c-uri-stem" => &["url.path", "cs-uri-stem", "c-uri-stem"],
        "cs-uri-query" | "c-uri-query" => &["url.query", "cs-uri-query", "c-uri-query"],
        "cs-method" | "c-method" => &["http.request.method", "cs-method"],
        "cs-host" | "r-dns" => &["url.domain", "cs-host", "r-dns"],
        "cs-version" => &["http.version"],
        "cs-user-agent" | "c-useragent" | "cs-useragent" | "cs(User-Agent)" => {
            &["user_agent.original", "c-useragent", "cs-user-agent", "cs(User-Agent)"]
        }
        "cs-referer" | "cs-referrer" | "cs(Referer)" => {
            &["http.request.referrer", "cs-referer", "cs(Referer)"]
        }
        "cs-cookie" | "cs(Cookie)" => &["http.request.headers.cookie", "cs-cookie", "cs(Cookie)"],
        "cs-username" => &["user.name"],
        "sc-status" => &["http.response.status_code", "sc-status"],
        "sc-bytes" => &["http.response.body.bytes"],
        "s-ip" | "dst_ip" => &["destination.ip"],
        "s-port" => &["destination.port"],
        _ => &[],
    }
}

fn linux(name: &str) -> &'static [&'static str] {
    match name {
        "Image" | "exe" => &["process.executable"],
        "CommandLine" | "cmdline" | "proctitle" => &["process.command_line"],
        "ParentImage" => &["process.parent.executable"],
        "ParentCommandLine" => &["process.parent.command_line"],
        "CurrentDirectory" | "cwd" => &["process.working_directory"],
        "ProcessId" | "pid" => &["process.pid"],
        "ParentProcessId" | "ppid" => &["process.parent.pid"],
        "comm" => &["process.name"],
        "tty" => &["process.tty"],
        "User" | "user" => &["user.name"],
        "uid" => &["user.id"],
        "auid" => &["user.audit.id"],
        "type" => &["auditd.message_type"],
        "key" => &["auditd.key"],
        "syscall" | "SYSCALL" => &["auditd.syscall", "syscall", "SYSCALL"],
        "nametype" => &["auditd.paths.nametype"],
        "item" => &["auditd.paths.item"],
        "name" | "TargetFilename" => &["file.path"],
        "hostname" => &["host.name"],
        "addr" | "src_ip" => &["source.ip"],
        "DestinationIp" => &["destination.ip"],
        "DestinationPort" => &["destination.port"],
        "DestinationHostname" => &["destination.domain"],
        _ => &[],
    }
}

/// Sysmon's names, those of event 4688 of the security log, and ECS as Winlogbeat writes it.
fn windows(name: &str) -> &'static [&'static str] {
    match name {
        "EventID" => &["EventID", "event.code", "winlog.event_id", "EventId"],
        "Channel" => &["Channel", "winlog.channel"],
        "Provider_Name" => &["Provider_Name", "winlog.provider_name", "SourceName"],
        "Computer" | "ComputerName" => &["Computer", "ComputerName", "winlog.computer_name"],
        "Image" => &["Image", "process.executable", "NewProcessName"],
        "CommandLine" => &["CommandLine", "process.command_line"],
        "ParentImage" => &["ParentImage", "process.parent.executable", "ParentProcessName"],
        "ParentCommandLine" => &["ParentCommandLine", "process.parent.command_line"],
        "CurrentDirectory" => &["CurrentDirectory", "process.working_directory"],
        "OriginalFileName" => &["OriginalFileName", "process.pe.original_file_name"],
        "TargetFilename" => &["TargetFilename", "file.path"],
        "TargetObject" => &["TargetObject", "registry.path"],
        "ImageLoaded" => &["ImageLoaded", "dll.path"],
        "QueryName" => &["QueryName", "dns.question.name"],
        "DestinationIp" => &["DestinationIp", "destination.ip"],
        "DestinationPort" => &["DestinationPort", "destination.port"],
        "DestinationHostname" => &["DestinationHostname", "destination.domain"],
        "SourceIp" => &["SourceIp", "source.ip"],
        "SourcePort" => &["SourcePort", "source.port"],
        "ScriptBlockText" => &["ScriptBlockText", "powershell.file.script_block_text"],
        "User" => &["User", "user.name"],
        _ => &[],
    }
}

fn database(name: &str) -> &'static [&'static str] {
    match name {
        "statement" | "query" => &["sancha.database.statement"],
        "database" => &["sancha.database.name"],
        "user" | "User" => &["user.name"],
        "client" => &["source.ip"],
        _ => &[],
    }
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
        assert_eq!(resolve(&web, "cs-uri-stem"), ["url.path", "cs-uri-stem", "c-uri-stem"]);
        assert_eq!(resolve(&linux, "Image"), ["process.executable", "Image"]);
        assert_eq!(resolve(&windows, "Image")[0], "Image");
        assert_eq!(resolve(&web, "x-own-key"), ["x-own-key"]);
    }

    #[test]
    fn every_leading_target_is_a_field_we_know() {
        let fields = Fields::new([]);
        let sigma = ["c-ip", "cs-uri", "cs-method", "cs-host", "sc-status", "s-port", "cs-cookie"];
        for name in sigma {
            assert!(fields.id(web(name)[0]).is_some(), "{name}");
        }
        for name in ["Image", "CommandLine", "cwd", "comm", "auid", "key", "nametype", "addr"] {
            assert!(fields.id(linux(name)[0]).is_some(), "{name}");
        }
    }
}
