//! Name servers: BIND, NSD, Unbound, PowerDNS, dnsdist.

use super::{Saying, failure, refusal};

pub(super) static SAYINGS: &[Saying] = &[
    // The channel over which BIND is told what to do.
    failure("password", "invalid command from {src}{*}: bad auth"),
    // BIND: `client [@0x…] address#port[ (name)]: [view x: ]…`.
    refusal("query", "client {src}{*}query{*}' denied"),
    refusal("query", "client @{*} {src}{*}query{*}' denied"),
    refusal("zone_transfer", "client {src}{*}zone transfer '{*}' denied"),
    refusal("zone_transfer", "client @{*} {src}{*}zone transfer '{*}' denied"),
    refusal("zone_transfer", "client {src}{*}bad zone transfer request: "),
    refusal("zone_transfer", "client @{*} {src}{*}bad zone transfer request: "),
    refusal("update", "client {src}{*}update '{*}' denied"),
    refusal("update", "client @{*} {src}{*}update '{*}' denied"),
    refusal("update", "client {src}{*}update forwarding '{*}' denied"),
    refusal("notify", "client {src}{*}notify '{*}' denied"),
    refusal("query", "client {src}{*}recursion{*} denied"),
    refusal("limit", "client {src}{*}rate limit drop "),
    refusal("limit", "client @{*} {src}{*}rate limit drop "),
    refusal("query", "client {src}{*}: query failed (REFUSED)"),
    refusal("query", "client @{*} {src}{*}: query failed (REFUSED)"),
    // NSD.
    refusal("limit", "ratelimit block {*} query {src}"),
    refusal("zone_transfer", "axfr for {*} from client {src} refused"),
    refusal("zone_transfer", "axfr for {*} from {src} refused"),
    refusal("notify", "notify for {*} from {src} refused"),
    refusal("notify", "notify for {*} from client {src} refused"),
    refusal("query", "query{*} from {src} refused, no acl matches"),
    // Unbound, PowerDNS.
    refusal("query", "refused query from ip4 {src} port"),
    refusal("query", "refused query from ip6 {src} port"),
    refusal("query", "refused{*} query from {src}").by("unbound"),
    refusal("zone_transfer", "AXFR of domain '{*}' {*}to {src}"),
    refusal("zone_transfer", "AXFR-out zone '{*}', client '{src}', {*}denied"),
    refusal("query", "[{src}] Dropped: not in ACL"),
    refusal("query", "query from {src} dropped because of ACL"),
];
