use std::collections::{BTreeMap, BTreeSet};

use sancha_model::{Citation, EvidenceRef, FindingId, Lang, ProvisionRef};
use serde::Serialize;

use super::shown;
use crate::{Document, RawLine, document::place_in_law, texts};

/// Lines shown under their finding; the rest stand in the appendix.
pub(super) const LINES_PER_FINDING: usize = 6;

/// Where a citation leads. `href` is empty where the page has nothing to lead to.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) label: String,
    pub(super) href: String,
}

/// Every place of the page that citations lead to.
pub(super) struct Anchors<'a> {
    lang: Lang,
    lines: BTreeMap<&'a EvidenceRef, (usize, &'a RawLine)>,
    findings: BTreeMap<&'a FindingId, (usize, usize)>,
    provisions: Vec<&'a ProvisionRef>,
    proofs: Vec<Proof<'a>>,
    files: BTreeMap<&'a str, usize>,
    cases: usize,
}

/// A proof file that conclusions rest on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Proof<'a> {
    pub(super) path: &'a str,
    pub(super) date: &'a str,
    pub(super) sha256: &'a str,
}

impl<'a> Anchors<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut proofs: Vec<Proof<'a>> = document.citations().filter_map(proof).collect();
        proofs.sort_unstable();
        proofs.dedup();
        let (shown, hidden) = cited(document);
        let is_here =
            |line: &&RawLine| shown.contains(&line.record) || !hidden.contains(&line.record);
        let lines = document.lines.iter().enumerate().filter(|(_, line)| is_here(line));
        let files = document.coverage.files.iter().enumerate();
        let findings = document.cases.iter().enumerate().flat_map(|(case, report)| {
            let places = shown::places(&report.case);
            let findings = report.case.findings().enumerate();
            let listed = findings.filter(move |(at, _)| places.contains(at));
            listed.map(move |(at, finding)| (&finding.id, (case + 1, at + 1)))
        });
        Self {
            lang: document.lang,
            lines: lines.map(|(at, line)| (&line.record, (at + 1, line))).collect(),
            findings: findings.collect(),
            provisions: document.provisions(),
            proofs,
            files: files.map(|(at, file)| (file.path.as_str(), at + 1)).collect(),
            cases: document.cases.len(),
        }
    }

    /// Whether the page lists a finding by itself.
    pub(super) fn lists(&self, id: &FindingId) -> bool {
        self.findings.contains_key(id)
    }

    pub(super) fn line(&self, record: &EvidenceRef) -> Option<(usize, &'a RawLine)> {
        self.lines.get(record).copied()
    }

    pub(super) fn provisions(&self) -> &[&'a ProvisionRef] {
        &self.provisions
    }

    pub(super) fn proofs(&self) -> &[Proof<'a>] {
        &self.proofs
    }

    pub(super) fn citation(&self, citation: &Citation) -> Link {
        match citation {
            Citation::Record { record } => self.record(record),
            Citation::Finding { id } => self.finding(&FindingId(id.clone())),
            Citation::Proof { path, sha256, date } => self.proof(&Proof { path, date, sha256 }),
            Citation::Profile { key } => Link {
                label: texts::PROFILE_ENTRY.get(self.lang).replace("{key}", key),
                href: String::new(),
            },
            Citation::Coverage { path } => Link {
                label: texts::COVERAGE_OF.get(self.lang).replace("{path}", path),
                href: self
                    .files
                    .get(path.as_str())
                    .map_or("#coverage".to_owned(), |at| format!("#file-{at}")),
            },
            Citation::Provision { provision } => self.provision(provision),
        }
    }

    pub(super) fn record(&self, record: &EvidenceRef) -> Link {
        let href = self.line(record).map_or(String::new(), |(at, _)| format!("#line-{at}"));
        Link { label: format!("{}:{}", record.path, record.line), href }
    }

    pub(super) fn finding(&self, id: &FindingId) -> Link {
        let name = texts::FINDING.get(self.lang);
        match self.findings.get(id) {
            Some((case, at)) => Link {
                label: if self.cases > 1 {
                    format!("{name} {case}-{at}")
                } else {
                    format!("{name} {at}")
                },
                href: format!("#finding-{case}-{at}"),
            },
            None => Link { label: format!("{name} {}", id.0), href: String::new() },
        }
    }

    pub(super) fn provision(&self, provision: &ProvisionRef) -> Link {
        let place =
            self.provisions.iter().position(|known| place_in_law(known) == place_in_law(provision));
        Link {
            label: provision_label(provision, self.lang),
            href: place.map_or(String::new(), |at| format!("#law-{}", at + 1)),
        }
    }

    fn proof(&self, proof: &Proof<'_>) -> Link {
        let place = self.proofs.iter().position(|known| known == proof);
        Link {
            label: format!("{}{}", proof.path, bracketed(proof.date, self.lang)),
            href: place.map_or(String::new(), |at| format!("#proof-{}", at + 1)),
        }
    }
}

/// Records behind the findings that are listed, and behind those that are not.
fn cited(document: &Document) -> (BTreeSet<&EvidenceRef>, BTreeSet<&EvidenceRef>) {
    let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    for report in &document.cases {
        let places = shown::places(&report.case);
        for (at, finding) in report.case.findings().enumerate() {
            let records = if places.contains(&at) { &mut shown } else { &mut hidden };
            records.extend(&finding.evidence);
        }
    }
    (shown, hidden)
}

fn proof(citation: &Citation) -> Option<Proof<'_>> {
    match citation {
        Citation::Proof { path, sha256, date } => Some(Proof { path, date, sha256 }),
        Citation::Record { .. }
        | Citation::Finding { .. }
        | Citation::Profile { .. }
        | Citation::Coverage { .. }
        | Citation::Provision { .. } => None,
    }
}

/// ` (text)`, or in full-width brackets.
pub(super) fn bracketed(text: &str, lang: Lang) -> String {
    format!("{}{text}{}", texts::OPEN.get(lang), texts::CLOSE.get(lang))
}

/// `《网络安全法》第23条第3项` or `Cybersecurity Law, art. 23, item 3`.
pub(super) fn provision_label(provision: &ProvisionRef, lang: Lang) -> String {
    let part = |number: Option<u8>, text: fn(u8) -> String| number.map_or(String::new(), text);
    match lang {
        Lang::Zh => {
            let title = &provision.title.zh;
            let title =
                if title.starts_with('《') { title.clone() } else { format!("《{title}》") };
            let paragraph = part(provision.paragraph, |number| format!("第{number}款"));
            let item = part(provision.item, |number| format!("第{number}项"));
            format!("{title}第{}条{paragraph}{item}", provision.article)
        }
        Lang::En => {
            let paragraph = part(provision.paragraph, |number| format!(", para. {number}"));
            let item = part(provision.item, |number| format!(", item {number}"));
            format!("{}, art. {}{paragraph}{item}", provision.title.en, provision.article)
        }
    }
}
