//! Which log a structured record comes from, told by what it says of itself.

use sancha_model::{EventClass, FieldId, Fields};

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

/// The texts of one record's telling fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told<'b> {
    texts: [&'b [u8]; MARKS.len()],
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

    /// Whether the field tells something, and what.
    #[inline]
    pub(crate) fn mark(&self, field: FieldId) -> Option<usize> {
        usize::from(self.marks.get(field.index()).copied().unwrap_or(0)).checked_sub(1)
    }
}

impl<'b> Told<'b> {
    #[inline]
    pub(crate) fn note(&mut self, mark: usize, text: &'b [u8]) {
        if let Some(slot) = self.texts.get_mut(mark)
            && slot.is_empty()
        {
            *slot = text;
            self.any = true;
        }
    }

    fn get(&self, mark: Mark) -> &'b [u8] {
        self.texts.get(mark as usize).copied().unwrap_or(&[])
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
