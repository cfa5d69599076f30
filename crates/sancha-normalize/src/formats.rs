//! Every log format we read. To add one: a file in `formats/`, a line in [`ALL`], samples in
//! `tests/fixtures/`.

pub(crate) mod access;
mod auditd;
mod aws_alb;
mod cloudfront;
mod container;
mod document;
mod evtx;
mod iis;
mod journal;
mod journal_export;
mod journal_json;
pub(crate) mod json;
mod mysql;
mod postgresql;
mod shipped_access;
mod squid;
pub(crate) mod stamped;
mod syslog;
mod text;
mod transactions;
mod utmp;
mod web_error;
mod windows_document;
mod windows_export;
mod windows_json;
mod windows_xml;

pub use access::Access;
pub use auditd::Auditd;
pub use aws_alb::AwsAlb;
pub use cloudfront::CloudFront;
pub use container::Container;
pub use document::JsonDocument;
pub use evtx::Evtx;
pub use iis::Iis;
pub use journal::Journal;
pub use journal_export::JournalExport;
pub use journal_json::JournalJson;
pub use json::JsonLines;
pub use mysql::Mysql;
pub use postgresql::Postgresql;
pub use shipped_access::ShippedAccess;
pub use squid::Squid;
pub use stamped::Stamped;
pub use syslog::Syslog;
pub use text::PlainText;
pub use transactions::Transactions;
pub use utmp::Utmp;
pub use web_error::{ApacheError, NginxError};
pub use windows_document::WindowsDocument;
pub use windows_export::WindowsExport;
pub use windows_json::{WindowsJson, WindowsJsonDocument};
pub use windows_xml::WindowsXml;

use crate::Format;
pub use crate::custom_access::{CustomAccess, InvalidLogFormat};

/// In the order in which equally good fits are taken; plain text fits everything a little.
pub static ALL: &[&dyn Format] = &[
    &access::COMBINED,
    &access::COMMON,
    &web_error::NGINX,
    &web_error::APACHE,
    &aws_alb::AWS_ALB,
    &squid::SQUID,
    &iis::IIS,
    &cloudfront::CLOUDFRONT,
    &shipped_access::PROXY_MANAGER,
    &shipped_access::ALIYUN_CDN,
    &shipped_access::ENVOY,
    &shipped_access::HUAWEI_ELB,
    &shipped_access::ZORAXY,
    &container::CONTAINER,
    &evtx::EVTX,
    &windows_xml::WINDOWS_XML,
    &windows_document::WINDOWS_DOCUMENT,
    &windows_export::WINDOWS_EXPORT,
    &syslog::SYSLOG,
    &auditd::AUDITD,
    &postgresql::POSTGRESQL,
    &mysql::MYSQL,
    &journal::JOURNAL,
    &journal_export::JOURNAL_EXPORT,
    &utmp::WTMP,
    &utmp::BTMP,
    &transactions::TRANSACTIONS,
    &journal_json::JOURNAL_JSON,
    &windows_json::WINDOWS_JSON_DOCUMENT,
    &document::JSON_DOCUMENT,
    &windows_json::WINDOWS_JSON,
    &json::JSON_LINES,
    &stamped::STAMPED,
    &text::PLAIN_TEXT,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_list() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
        let source = include_str!("formats.rs");
        let (_, list) = source.split_once("pub static ALL").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            if path.extension().is_some() {
                assert!(list.contains(&format!("&{stem}::")), "`{stem}` is not in ALL");
            }
        }
    }

    #[test]
    fn names_are_unique_and_plain_text_comes_last() {
        let mut names: Vec<&str> = ALL.iter().map(|format| format.name()).collect();
        assert_eq!(names.last(), Some(&"text/plain"));
        // Detection counts PAM's records in a log from the end of the numbers.
        assert!(names.len() < 128);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
