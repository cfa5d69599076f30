//! Logs as Sigma names them, and how their records are told: Windows channels and the events of
//! Sysmon, PowerShell and the security log; cloud and application logs.

/// One kind of record: what a rule's `logsource` may say to mean it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) product: &'static str,
    pub(crate) services: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
    /// The service cannot be told: rules for any of the product's services are meant.
    pub(crate) any_service: bool,
}

const fn windows_kind(
    services: &'static [&'static str],
    categories: &'static [&'static str],
) -> Kind {
    Kind { product: "windows", services, categories, any_service: false }
}

const fn other(product: &'static str, services: &'static [&'static str]) -> Kind {
    Kind { product, services, categories: &[], any_service: services.is_empty() }
}

/// Windows channels, in lower case, and Sigma's name of the service.
const CHANNELS: &[(&str, &[&str])] = &[
    ("application", &["application"]),
    ("security", &["security"]),
    ("system", &["system"]),
    ("microsoft-windows-sysmon/operational", &["sysmon"]),
    ("windows powershell", &["powershell-classic"]),
    ("microsoft-windows-powershell/operational", &["powershell"]),
    ("powershellcore/operational", &["powershell"]),
    ("microsoft-windows-applocker/exe and dll", &["applocker"]),
    ("microsoft-windows-applocker/msi and script", &["applocker"]),
    ("microsoft-windows-applocker/packaged app-deployment", &["applocker"]),
    ("microsoft-windows-applocker/packaged app-execution", &["applocker"]),
    ("microsoft-windows-appmodel-runtime/admin", &["appmodel-runtime"]),
    ("microsoft-windows-appxdeploymentserver/operational", &["appxdeployment-server"]),
    ("microsoft-windows-appxpackaging/operational", &["appxpackaging-om"]),
    ("microsoft-windows-bits-client/operational", &["bits-client"]),
    ("microsoft-windows-capi2/operational", &["capi2"]),
    (
        "microsoft-windows-certificateservicesclient-lifecycle-system/operational",
        &["certificateservicesclient-lifecycle-system"],
    ),
    ("microsoft-windows-codeintegrity/operational", &["codeintegrity-operational"]),
    ("microsoft-windows-diagnosis-scripted/operational", &["diagnosis-scripted"]),
    ("microsoft-windows-dns-client/operational", &["dns-client"]),
    ("dns server", &["dns-server"]),
    ("microsoft-windows-dns-server/audit", &["dns-server-audit"]),
    ("microsoft-windows-dns-server/analytical", &["dns-server-analytic"]),
    ("microsoft-windows-dnsserver/analytical", &["dns-server-analytic"]),
    ("microsoft-windows-driverframeworks-usermode/operational", &["driver-framework"]),
    ("microsoft-windows-windows firewall with advanced security/firewall", &["firewall-as"]),
    ("microsoft-iis-configuration/operational", &["iis-configuration"]),
    ("microsoft-windows-ldap-client/debug", &["ldap", "ldap_debug"]),
    ("microsoft-windows-lsa/operational", &["lsa-server"]),
    ("microsoft-servicebus-client", &["microsoft-servicebus-client"]),
    ("microsoft-servicebus-client/admin", &["microsoft-servicebus-client"]),
    ("microsoft-servicebus-client/operational", &["microsoft-servicebus-client"]),
    ("msexchange management", &["msexchange-management"]),
    ("microsoft-windows-ntlm/operational", &["ntlm"]),
    ("openssh/operational", &["openssh"]),
    ("microsoft-windows-printservice/admin", &["printservice-admin"]),
    ("microsoft-windows-printservice/operational", &["printservice-operational"]),
    ("microsoft-windows-security-mitigations/kernel mode", &["security-mitigations"]),
    ("microsoft-windows-security-mitigations/user mode", &["security-mitigations"]),
    ("microsoft-windows-shell-core/operational", &["shell-core"]),
    ("microsoft-windows-smbclient/connectivity", &["smbclient-connectivity"]),
    ("microsoft-windows-smbclient/security", &["smbclient-security"]),
    ("microsoft-windows-smbserver/connectivity", &["smbserver-connectivity"]),
    ("microsoft-windows-taskscheduler/operational", &["taskscheduler"]),
    (
        "microsoft-windows-terminalservices-localsessionmanager/operational",
        &["terminalservices-localsessionmanager"],
    ),
    ("microsoft-windows-vhdmp/operational", &["vhdmp"]),
    ("microsoft-windows-windows defender/operational", &["windefend"]),
    ("microsoft-windows-wmi-activity/operational", &["wmi"]),
    ("microsoft-windows-kernel-shimengine/operational", &["kernel-shimengine"]),
    ("microsoft-windows-kernel-shimengine/diagnostic", &["kernel-shimengine"]),
    ("microsoft-windows-kernel-eventtracing", &["kernel-event-tracing"]),
    ("microsoft-windows-sense/operational", &["sense"]),
    ("microsoft-windows-winrm/operational", &["winrm"]),
];

/// Events of a Windows service that Sigma also names by a category.
const EVENTS: &[(&str, &[u32], &[&str])] = &[
    ("sysmon", &[1], &["process_creation"]),
    ("sysmon", &[2], &["file_change"]),
    ("sysmon", &[3], &["network_connection"]),
    ("sysmon", &[4, 16], &["sysmon_status"]),
    ("sysmon", &[5], &["process_termination"]),
    ("sysmon", &[6], &["driver_load"]),
    ("sysmon", &[7], &["image_load"]),
    ("sysmon", &[8], &["create_remote_thread"]),
    ("sysmon", &[9], &["raw_access_thread"]),
    ("sysmon", &[10], &["process_access"]),
    ("sysmon", &[11], &["file_event"]),
    ("sysmon", &[12], &["registry_add", "registry_delete", "registry_event"]),
    ("sysmon", &[13], &["registry_set", "registry_event"]),
    ("sysmon", &[14], &["registry_rename", "registry_event"]),
    ("sysmon", &[15], &["create_stream_hash"]),
    ("sysmon", &[17, 18], &["pipe_created"]),
    ("sysmon", &[19, 20, 21], &["wmi_event"]),
    ("sysmon", &[22], &["dns_query"]),
    ("sysmon", &[23, 26], &["file_delete"]),
    ("sysmon", &[24], &["clipboard_capture"]),
    ("sysmon", &[25], &["process_tampering"]),
    ("sysmon", &[27, 28], &["file_block_executable", "file_block"]),
    ("sysmon", &[29], &["file_executable_detected"]),
    ("sysmon", &[255], &["sysmon_error"]),
    ("security", &[4688], &["process_creation"]),
    ("security", &[4657], &["registry_set", "registry_event"]),
    ("powershell", &[4103], &["ps_module"]),
    ("powershell", &[4104], &["ps_script"]),
    ("powershell-classic", &[400], &["ps_classic_start"]),
    ("powershell-classic", &[600], &["ps_classic_provider_start"]),
    ("powershell-classic", &[800], &["ps_classic_script"]),
];

/// Trace events of the kernel's file provider, by Sigma's category.
const KERNEL_FILE: Kind = windows_kind(
    &["kernel-file"],
    &["file_access", "file_rename", "file_delete", "file_event", "file_change"],
);
const LINUX_SYSMON: [(u32, Kind); 5] = [
    (1, linux_kind(&["process_creation"])),
    (3, linux_kind(&["network_connection"])),
    (5, linux_kind(&["process_termination"])),
    (11, linux_kind(&["file_event"])),
    (23, linux_kind(&["file_delete"])),
];

const fn linux_kind(categories: &'static [&'static str]) -> Kind {
    Kind { product: "linux", services: &["sysmon"], categories, any_service: false }
}

/// Logs told by other fields than a channel.
const OTHERS: &[Kind] = &[
    other("aws", &["cloudtrail"]),
    other("azure", &[]),
    other("bitbucket", &["audit"]),
    other("gcp", &["gcp.audit", "google_workspace.admin", "google_workspace.login"]),
    other("github", &["audit"]),
    Kind {
        product: "kubernetes",
        services: &["audit"],
        categories: &["application"],
        any_service: false,
    },
    other("m365", &["audit", "exchange"]),
    other("m365", &["threat_management", "threat_detection", "audit"]),
    other("okta", &["okta"]),
    Kind { product: "opencanary", services: &[], categories: &["application"], any_service: true },
    other("zeek", &[]),
];

/// Every kind: channels without and with their categories, the kernel's file trace, Sysmon for Linux,
/// the rest, and Windows records of a channel that Sigma has no name for.
pub(crate) fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        CHANNELS.iter().map(|(_, services)| windows_kind(services, &[])).collect();
    kinds.extend(
        EVENTS
            .iter()
            .map(|(service, _, categories)| windows_kind(services_of(service), categories)),
    );
    kinds.push(KERNEL_FILE);
    kinds.extend(LINUX_SYSMON.iter().map(|(_, kind)| *kind));
    kinds.extend(OTHERS);
    kinds.push(windows_kind(&[], &[]));
    kinds
}

fn services_of(service: &str) -> &'static [&'static str] {
    let known = CHANNELS.iter().find(|(_, services)| services.contains(&service));
    known.map_or(&[], |(_, services)| services)
}

const FIRST_EVENT: usize = CHANNELS.len();
const FIRST_KERNEL: usize = FIRST_EVENT + EVENTS.len();
const FIRST_LINUX: usize = FIRST_KERNEL + 1;
const FIRST_OTHER: usize = FIRST_LINUX + LINUX_SYSMON.len();
const NAMELESS: usize = FIRST_OTHER + OTHERS.len();

/// The kind of a Windows record, by its channel, or its provider where the channel is missing.
pub(crate) fn windows(channel: &[u8], provider: &[u8], id: Option<u32>) -> Option<usize> {
    let is = |text: &[u8], known: &str| text.eq_ignore_ascii_case(known.as_bytes());
    if is(channel, "linux-sysmon/operational") || is(provider, "linux-sysmon") {
        let event = LINUX_SYSMON.iter().position(|(event, _)| Some(*event) == id);
        return Some(FIRST_LINUX + event.unwrap_or(2));
    }
    if is(provider, "microsoft-windows-kernel-file") {
        return Some(FIRST_KERNEL);
    }
    let place = CHANNELS.iter().position(|(known, _)| is(channel, known)).or_else(|| {
        let of_provider = |(known, _): &(&str, &[&str])| {
            let folder = known.split('/').next().unwrap_or(known);
            folder.contains('-') && is(provider, folder)
        };
        let empty = channel.is_empty();
        CHANNELS
            .iter()
            .position(|channel| empty && of_provider(channel))
            .or_else(|| (empty && is(provider, "microsoft-windows-security-auditing")).then_some(1))
    });
    let Some((place, (_, services))) = place.and_then(|at| Some((at, CHANNELS.get(at)?))) else {
        let is_windows = provider.starts_with(b"Microsoft-") || channel.contains(&b'/');
        return is_windows.then_some(NAMELESS);
    };
    let event = EVENTS.iter().position(|(service, ids, _)| {
        services.contains(service) && id.is_some_and(|id| ids.contains(&id))
    });
    Some(event.map_or(place, |event| FIRST_EVENT + event))
}

/// The kind of a log that is no Windows channel.
pub(crate) fn named(product: &str, service: &str) -> Option<usize> {
    let fits = |kind: &Kind| {
        kind.product == product && (service.is_empty() || kind.services.first() == Some(&service))
    };
    OTHERS.iter().position(fits).map(|at| FIRST_OTHER + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(channel: &str, provider: &str, id: u32, service: &str, category: &str) {
        let place = windows(channel.as_bytes(), provider.as_bytes(), Some(id)).unwrap();
        let kind = kinds()[place];
        assert!(kind.services.contains(&service), "{kind:?}");
        let fits = if category.is_empty() {
            kind.categories.is_empty()
        } else {
            kind.categories.contains(&category)
        };
        assert!(fits, "{kind:?}");
    }

    #[test]
    fn windows_records_are_told_by_channel_provider_and_number() {
        let sysmon = "Microsoft-Windows-Sysmon/Operational";
        check(sysmon, "", 1, "sysmon", "process_creation");
        check(sysmon, "", 13, "sysmon", "registry_set");
        check("", "Microsoft-Windows-Sysmon", 22, "sysmon", "dns_query");
        check(
            "Security",
            "Microsoft-Windows-Security-Auditing",
            4688,
            "security",
            "process_creation",
        );
        check("security", "", 4624, "security", "");
        check("Windows PowerShell", "PowerShell", 400, "powershell-classic", "ps_classic_start");
        check("Linux-Sysmon/Operational", "Linux-Sysmon", 1, "sysmon", "process_creation");
        assert_eq!(windows(b"Some/Operational", b"", None), Some(NAMELESS));
        assert_eq!(windows(b"main", b"", None), None);
    }

    #[test]
    fn other_logs_are_found_by_name() {
        let kinds = kinds();
        for (product, service) in
            [("aws", "cloudtrail"), ("azure", ""), ("m365", "threat_management")]
        {
            let kind = kinds[named(product, service).unwrap()];
            assert_eq!(kind.product, product);
            assert!(service.is_empty() || kind.services[0] == service);
        }
        assert_eq!(kinds.len(), NAMELESS + 1);
    }
}
