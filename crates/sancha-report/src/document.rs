use jiff::{civil::Date, tz::TimeZone};
use sancha_case::{Background, Case, Grading, NetworkWarning};
use sancha_investigate::ClockState;
use sancha_model::{
    Basis, Citation, Conclusion, Coverage, EventTime, EvidenceRef, Lang, LocalText, ProvisionRef,
    text_of,
};
use serde::{Serialize, Serializer};

/// Everything a report shows. The app fills it; every renderer only reads it.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Report number, such as `SC-20261102-4f1a9c`: the day, and six digits of what was given and what came of it.
    pub number: String,
    /// The *now* of every clock in the report.
    pub at: EventTime,
    /// Zone in which pages show times; JSON keeps UTC.
    #[serde(serialize_with = "zone_name")]
    pub zone: TimeZone,
    /// Of sancha.
    pub version: String,
    /// Language of the page; JSON holds both.
    pub lang: Lang,
    /// Name of the unit, where a profile gives one.
    pub operator: Option<String>,
    pub inputs: Inputs,
    pub rules: Digested,
    pub law: LawUsed,
    /// In the order they should be read.
    pub cases: Vec<CaseReport>,
    pub background: Vec<Background>,
    pub network_warning: Option<NetworkWarning>,
    /// Lines of the records that [`Document::cited_records`] names, as far as they could be read.
    pub lines: Vec<RawLine>,
    /// Official text of cited articles, as far as the user imported it.
    pub quotes: Vec<Quote>,
    pub coverage: Coverage,
}

/// The text of an article that the user brought; this product ships none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Id of the version, such as `csl-2026`.
    pub instrument: String,
    pub article: u16,
    pub text: String,
    /// Name of the file it was imported from, and its SHA-256 in hex.
    pub origin: String,
    pub sha256: String,
}

/// What the run was given; part of what makes it reproducible.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inputs {
    pub paths: Vec<String>,
    /// Options that change the result, as given: name and value.
    pub options: Vec<(String, String)>,
    /// `--at` was not given and the system clock was read.
    pub at_from_clock: bool,
}

/// A set of data files by one digest over their contents in name order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Digested {
    pub count: u64,
    /// SHA-256 in hex.
    pub digest: String,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct LawUsed {
    #[serde(flatten)]
    pub data: Digested,
    /// Set by `--law-date`: the whole report is then a simulation, and every page says so.
    pub simulated_on: Option<Date>,
}

/// One incident with its three investigations.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    #[serde(flatten)]
    pub case: Case,
    pub grading: Grading,
    pub incident: Vec<Conclusion>,
    pub operator_duty: Vec<Conclusion>,
    pub supervision: Vec<Conclusion>,
    pub clocks: Vec<ClockReport>,
    /// What only management can decide, most urgent first.
    pub decisions: Vec<LocalText>,
    /// What to do now, in order.
    pub next_steps: Vec<LocalText>,
}

impl ClockReport {
    /// Whether the due time passed, with or without a report.
    pub(crate) const fn is_late(&self) -> bool {
        match self.state {
            ClockState::Overdue { .. } | ClockState::SentLate { .. } => true,
            ClockState::NotStated | ClockState::Running { .. } | ClockState::Sent => false,
        }
    }

    /// Whether something is still to be sent.
    pub(crate) const fn is_open(&self) -> bool {
        match self.state {
            ClockState::Sent | ClockState::SentLate { .. } => false,
            ClockState::NotStated | ClockState::Running { .. } | ClockState::Overdue { .. } => true,
        }
    }
}

impl CaseReport {
    /// Id of the conclusion of the incident that the first page quotes as "is it over".
    pub const OVER: &'static str = "over_or_not";

    /// Every conclusion of the three investigations.
    pub fn conclusions(&self) -> impl Iterator<Item = &Conclusion> {
        self.incident.iter().chain(&self.operator_duty).chain(&self.supervision)
    }
}

impl Document {
    /// The records that findings, grades and conclusions of the cases point at, each once, sorted.
    /// The app reads their lines and puts them into [`Document::lines`].
    pub fn cited_records(&self) -> Vec<EvidenceRef> {
        let mut records: Vec<EvidenceRef> = self
            .cases
            .iter()
            .flat_map(|case| case.case.findings())
            .flat_map(|finding| finding.evidence.iter().cloned())
            .collect();
        records.extend(self.citations().filter_map(|citation| match citation {
            Citation::Record { record } => Some(record.clone()),
            Citation::Finding { .. }
            | Citation::Proof { .. }
            | Citation::Profile { .. }
            | Citation::Coverage { .. }
            | Citation::Provision { .. } => None,
        }));
        records.sort_unstable();
        records.dedup();
        records
    }

    /// Every citation of conclusions and grades, in reading order, with repeats.
    pub(crate) fn citations(&self) -> impl Iterator<Item = &Citation> {
        self.cases.iter().flat_map(|case| {
            let stated = case.conclusions().flat_map(|conclusion| &conclusion.statements);
            let observed = case.grading.results.iter().filter_map(|line| line.observed.as_ref());
            stated
                .filter_map(|statement| match statement.basis() {
                    Basis::Cited(citations) => Some(citations.iter()),
                    Basis::Unknown(_) => None,
                })
                .flatten()
                .chain(observed.flat_map(|observed| &observed.evidence))
        })
    }

    /// Every provision that conclusions, citations and clocks name, each once, by version and number.
    pub fn provisions(&self) -> Vec<&ProvisionRef> {
        let cited = self.citations().filter_map(|citation| match citation {
            Citation::Provision { provision } => Some(provision),
            Citation::Record { .. }
            | Citation::Finding { .. }
            | Citation::Proof { .. }
            | Citation::Profile { .. }
            | Citation::Coverage { .. } => None,
        });
        let named = self.cases.iter().flat_map(|case| {
            let of_conclusions = case.conclusions().flat_map(|conclusion| &conclusion.provisions);
            of_conclusions.chain(case.clocks.iter().flat_map(|clock| &clock.provisions))
        });
        let mut provisions: Vec<&ProvisionRef> = cited.chain(named).collect();
        provisions.sort_unstable_by_key(|provision| place_in_law(provision));
        provisions.dedup_by_key(|provision| place_in_law(provision));
        provisions
    }
}

/// What tells one provision from another. An article may bind several kinds of operators in one sentence each, so
/// what it says in short belongs to it.
pub(crate) fn place_in_law(
    provision: &ProvisionRef,
) -> (&str, &str, u16, Option<u8>, Option<u8>, &str) {
    (
        &provision.instrument,
        &provision.effective_from,
        provision.article,
        provision.paragraph,
        provision.item,
        &provision.gist.zh,
    )
}

/// A line of a log as it was read, for people: cut when very long, bytes that are no text shown as
/// `\xNN`. The bytes themselves stay in the file that `record` names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawLine {
    #[serde(flatten)]
    pub record: EvidenceRef,
    pub text: String,
    /// Bytes left out at the end.
    pub cut: u64,
}

impl RawLine {
    /// Longest part of a line that a report shows.
    pub const LIMIT: usize = 2048;

    pub fn new(record: EvidenceRef, bytes: &[u8]) -> Self {
        let shown = bytes.get(..Self::LIMIT).unwrap_or(bytes);
        let cut = u64::try_from(bytes.len() - shown.len()).unwrap_or(u64::MAX);
        Self { record, text: text_of(shown), cut }
    }
}

/// One deadline of the report duty, or another one with a clock.
#[derive(Clone, Debug, Serialize)]
pub struct ClockReport {
    pub id: String,
    /// What is due: first report, follow-up, summary.
    pub name: LocalText,
    /// To whom.
    pub to: LocalText,
    /// `None` when the start is not stated; `rule` then says from when the hours count.
    pub due: Option<EventTime>,
    /// How it stands: what was sent stops the clock.
    pub state: ClockState,
    /// The same for people.
    pub state_text: LocalText,
    /// How the due time comes about.
    pub rule: LocalText,
    /// Loud remarks, such as why a report that the profile has does not count.
    pub warnings: Vec<LocalText>,
    pub provisions: Vec<ProvisionRef>,
}

fn zone_name<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&name_of(zone))
}

/// `Asia/Shanghai`, or `+08:00` for a zone that is only an offset.
pub(crate) fn name_of(zone: &TimeZone) -> String {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => name.to_owned(),
        (None, Ok(offset)) => offset.to_string(),
        (None, Err(_)) => "UTC".to_owned(),
    }
}
