//! Packet filters, port scan detectors, network devices.

use super::{Saying, nothing, refusal};

pub(super) static SAYINGS: &[Saying] = &[
    // scanlogd, PortSentry, psad.
    refusal("port_scan", "^{src} to {*} ports "),
    refusal("port_scan", "attackalert: {*} from host: {*}/{src} to "),
    refusal("port_scan", "attackalert: {*} from host: {src}/"),
    nothing("attackalert: Host {*} is already blocked"),
    refusal("port_scan", "Scan from: [{src}] "),
    refusal("port_scan", "scan detected{*}: {src} -> "),
    refusal("port_scan", "Portscan detected{*}from {src}"),
    refusal("port_scan", "port scan from {src}"),
    refusal("port_scan", "possible port scan"),
    refusal("port_scan", "Host: {*}/{src} Port: {*} Blocked"),
    // 3proxy: error codes 1 to 9 are those of authentication and access lists; SOCKS servers.
    refusal("not_allowed", " 00001 - {src} "),
    refusal("not_allowed", " 00001 {word} {src} "),
    refusal("not_allowed", " 00002 - {src} "),
    refusal("not_allowed", " 00002 {word} {src} "),
    refusal("not_allowed", " 00003 - {src} "),
    refusal("not_allowed", " 00003 {word} {src} "),
    refusal("not_allowed", " 00004 - {src} "),
    refusal("not_allowed", " 00004 {word} {src} "),
    refusal("not_allowed", " 00005 - {src} "),
    refusal("not_allowed", " 00005 {word} {src} "),
    refusal("not_allowed", " 00006 - {src} "),
    refusal("not_allowed", " 00006 {word} {src} "),
    refusal("not_allowed", " 00007 - {src} "),
    refusal("not_allowed", " 00007 {word} {src} "),
    refusal("not_allowed", " 00008 - {src} "),
    refusal("not_allowed", " 00008 {word} {src} "),
    refusal("not_allowed", " 00009 - {src} "),
    refusal("not_allowed", " 00009 {word} {src} "),
    refusal("not_allowed", "block({*}): tcp/accept ]: {src} "),
    refusal("not_allowed", "block({*}): {*} ]: {src} "),
    // A ban is the answer to refused tries that another log may not show.
    nothing("] Unban "),
    nothing("already banned"),
    refusal("banned", "fail2ban.actions{*}] Ban {src}"),
    refusal("banned", "fail2ban.actions{*}] Increase Ban {src}"),
    refusal("banned", "NOTICE  [{*}] Ban {src}"),
    // Devices of several makers.
    refusal("packet_filter", "firewall,info {*}: in:{*} proto {*}, {src}->"),
    // The mark before them is the program's name where syslog carries them.
    refusal("packet_filter", "Deny {*} src {*}:{src} dst "),
    refusal("packet_filter", "Inbound TCP connection denied from {src} to "),
    refusal("packet_filter", "list {*} denied {*} {src}({*}) -> "),
    refusal("packet_filter", "list {*} denied {*} {src} -> "),
    refusal("packet_filter", "list {*} denied {src} {count} packet"),
    refusal("port_scan", "Host {src} is attacking. Current burst rate is "),
    refusal("packet_filter", "RT_FLOW_SESSION_DENY: session denied {src}->"),
    refusal("packet_filter", "protocol={*}, source-ip={src}, source-port={*}, destination-ip=")
        .by("POLICYDENY"),
    // pf as pfSense and OPNsense write it: `…,match,block,in,4,…,source,destination,…`.
    refusal("packet_filter", ",match,block,in,{*},{src},"),
    refusal("packet_filter", "action=\"deny\"{*}srcip={src}"),
    refusal("packet_filter", "srcip={src} {*}action=\"deny\""),
    refusal("threat", "srcip={src} {*}subtype=\"ips\""),
    refusal("threat", "subtype=\"ips\" {*}srcip={src} "),
    // Palo Alto: `…,THREAT,subtype,…,time,source,destination,…`.
    refusal("threat", ",THREAT,{*},{*},{*},{src},"),
    // Snort, Suricata fast log.
    refusal("threat", "[Classification: {*}] [Priority: {*}]{*}} {src} -> "),
    refusal("threat", "[Priority: {*} {TCP} {src} -> "),
    // Its record in JSON; most signatures of lower severity only inform.
    refusal("threat", "\"event_type\":\"alert\"{*}\"src_ip\":\"{src}\"{*}\"severity\":1"),
    // IPMI and power devices.
    refusal("not_allowed", "SNMP{*}Failed Authentication{*}from {src}"),
    refusal("not_allowed", "Received SNMP packet(s) from UDP: [{src}]{*}refused"),
    refusal("not_allowed", "error: authentication failure{*}snmp{*}from {src}"),
];
