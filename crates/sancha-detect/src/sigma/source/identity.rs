//! Which log a structured record comes from, told by what it says of itself.

use sancha_model::{Event, EventClass, Fields};

use super::{
    LogSource,
    table::{self, Kind},
};

/// Fields that tell a log, in the order of [`Mark`].
const MARKS: [&[&str]; 15] = [
    &["Channel", "winlog.channel"],
    &["Provider_Name", "winlog.provider_name", "SourceName"],
    &["EventID", "event.code", "winlog.event_id", "EventId"],
    &["eventSource"],
    &["eventName"],
    &["operationName", "operation_name", "OperationName"],
    &["Workload"],
    &["eventType", "event_type"],
    &["logtype"],
    &["protoPayload.serviceName", "data.protoPayload.serviceName", "protoPayload.methodName"],
    &["objectRef.resource", "verb"],
    &["id.orig_h"],
    &["auditType.category"],
    &["actor_id", "repo", "org"],
    &["event.module", "event.dataset", "ecs.dataset"],
];

#[derive(Clone, Copy)]
enum Mark {
    Channel,
    Provider,
    EventId,
    AwsSource,
    AwsName,
    Azure,
    Workload,
    EventType,
    Canary,
    Gcp,
    Kubernetes,
    Zeek,
    Bitbucket,
    Github,
    Dataset,
}

/// Names that records must carry to be told apart.
pub(crate) fn field_names() -> impl Iterator<Item = &'static str> {
    MARKS.into_iter().flatten().copied()
}

/// The ids of the telling fields of a run.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// By field id: the mark it is, plus one.
    marks: Vec<u8>,
}

/// The telling fields of one record.
#[derive(Clone, Copy)]
pub(crate) struct Told<'b> {
    event: Event<'b>,
    /// Place of the first cell that has a text, plus one.
    cells: [u16; MARKS.len()],
    any: bool,
}

impl Identity {
    pub(crate) fn new(fields: &Fields) -> Self {
        let mut marks = vec![0; fields.len()];
        for (at, names) in (1_u8..).zip(MARKS) {
            for id in names.iter().filter_map(|name| fields.id(name)) {
                if let Some(slot) = marks.get_mut(id.index()) {
                    *slot = at;
                }
            }
        }
        Self { marks }
    }

    /// By field id: what the field tells of, plus one, and zero when it tells nothing; at most 127.
    pub(crate) fn marks(&self) -> &[u8] {
        &self.marks
    }
}

impl<'b> Told<'b> {
    pub(crate) fn nothing(event: Event<'b>) -> Self {
        Self { event, cells: [0; MARKS.len()], any: false }
    }

    /// The cell of this place tells what the mark stands for.
    pub(crate) fn note(&mut self, mark: u8, at: usize) {
        let text = self.event.cells().get(at).map_or(&[][..], |cell| self.event.text(cell));
        if let Some(slot) = self.cells.get_mut(usize::from(mark).wrapping_sub(1))
            && *slot == 0
            && !text.is_empty()
            // An object as a whole: what it holds follows.
            && !matches!(text.first(), Some(b'{' | b'['))
        {
            *slot = u16::try_from(at + 1).unwrap_or(0);
            self.any = true;
        }
    }

    fn get(&self, mark: Mark) -> &'b [u8] {
        let place = self.cells.get(mark as usize).copied().unwrap_or(0);
        let cell = usize::from(place).checked_sub(1).and_then(|at| self.event.cells().get(at));
        cell.map_or(&[], |cell| self.event.text(cell))
    }

    fn has(&self, mark: Mark) -> bool {
        !self.get(mark).is_empty()
    }

    /// The place in [`table::KINDS`] of the log that the record comes from.
    pub(crate) fn kind(&self) -> Option<usize> {
        if !self.any {
            return None;
        }
        let (channel, provider) = (self.get(Mark::Channel), self.get(Mark::Provider));
        if !channel.is_empty() || !provider.is_empty() {
            let id = std::str::from_utf8(self.get(Mark::EventId)).ok().and_then(|t| t.parse().ok());
            if let Some(kind) = table::windows(channel, provider, id) {
                return Some(kind);
            }
        }
        let contains = |mark, part: &[u8]| {
            let text = self.get(mark);
            text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
        };
        let named = |product, service| table::named(product, service);
        if self.has(Mark::AwsName) && self.has(Mark::AwsSource) {
            if contains(Mark::AwsSource, b".amazonaws.com") {
                return named("aws", "cloudtrail");
            }
            return named("m365", "threat_management");
        }
        if contains(Mark::Dataset, b"cloudtrail") {
            return named("aws", "cloudtrail");
        }
        if self.has(Mark::Gcp) {
            return named("gcp", "gcp.audit");
        }
        if self.has(Mark::Canary) {
            return named("opencanary", "");
        }
        if self.has(Mark::Kubernetes) && !self.has(Mark::Channel) {
            return named("kubernetes", "audit");
        }
        if self.has(Mark::Zeek) {
            return named("zeek", "");
        }
        if self.has(Mark::Bitbucket) {
            return named("bitbucket", "audit");
        }
        if self.has(Mark::Workload) || contains(Mark::AwsSource, b"securitycompliance") {
            return named("m365", "audit");
        }
        if self.has(Mark::Azure) {
            return named("azure", "");
        }
        if self.has(Mark::Github) {
            return named("github", "audit");
        }
        if contains(Mark::EventType, b"user.") || contains(Mark::EventType, b"policy.") {
            return named("okta", "okta");
        }
        None
    }
}

/// Whether a rule is meant for the records of a kind.
pub(crate) fn fits(source: &LogSource, kind: &Kind) -> bool {
    let same = |part: &Option<String>, known: &str| {
        part.as_deref().is_none_or(|part| part.is_empty() || part.eq_ignore_ascii_case(known))
    };
    let among = |part: &Option<String>, known: &[&str]| {
        part.as_deref().is_none_or(|part| {
            part.is_empty() || known.iter().any(|known| part.eq_ignore_ascii_case(known))
        })
    };
    same(&source.product, kind.product)
        && (kind.any_service || among(&source.service, kind.services))
        && among(&source.category, kind.categories)
}

/// Which records, of those no log could be told for, a rule sees: every JSON object may be anything,
/// but words alone do not make it the log that a rule was written for.
pub(crate) fn fits_unknown(source: &LogSource, has_keywords: bool) -> bool {
    let is_open = source.product.is_none() && source.service.is_none() && source.category.is_none();
    is_open || !has_keywords
}

/// Classes of records whose log is told by their fields; the others say it by what they are.
pub(crate) const fn is_open(class: EventClass) -> bool {
    !matches!(class, EventClass::Web | EventClass::WebError | EventClass::Database)
}
