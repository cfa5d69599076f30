use sancha_model::{Event, EventClass, FieldId};

use super::{familiar_parts::Known, record, traits};
use crate::{
    MethodClass, Names, Request, SignalKind, Texts,
    flood::Traits,
    signal::{Shared, short_mark},
};

/// The fields of a request, gathered in one pass over its cells; absent ones are empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'b> {
    pub(super) method: &'b [u8],
    pub(super) target: &'b [u8],
    pub(super) path: &'b [u8],
    pub(super) query: &'b [u8],
    pub(super) domain: &'b [u8],
    pub(super) referer: &'b [u8],
    pub(super) agent: &'b [u8],
    pub(super) cookie: &'b [u8],
    pub(super) headers: &'b [u8],
    pub(super) content_type: &'b [u8],
    pub(super) body: &'b [u8],
    /// As it stands in the record, and as a number: 0 when it is not known.
    pub(super) status_text: &'b [u8],
    pub(super) status: u16,
    pub(super) bytes: i64,
}

impl<'b> Fields<'b> {
    #[inline]
    pub(super) fn of(event: Event<'b>) -> Self {
        let mut fields = Self::default();
        // Backwards, so that the first cell of a field stays.
        for cell in event.cells().iter().rev() {
            let number = || record::int_of(event, cell).unwrap_or(0);
            let slot = match cell.field {
                FieldId::HTTP_METHOD => &mut fields.method,
                FieldId::URL_ORIGINAL => &mut fields.target,
                FieldId::URL_PATH => &mut fields.path,
                FieldId::URL_QUERY => &mut fields.query,
                FieldId::URL_DOMAIN => &mut fields.domain,
                FieldId::HTTP_REFERRER => &mut fields.referer,
                FieldId::USER_AGENT => &mut fields.agent,
                FieldId::HTTP_COOKIE => &mut fields.cookie,
                FieldId::HTTP_HEADERS => &mut fields.headers,
                FieldId::HTTP_CONTENT_TYPE => &mut fields.content_type,
                FieldId::HTTP_BODY => &mut fields.body,
                FieldId::HTTP_STATUS => {
                    fields.status = u16::try_from(number()).unwrap_or(0);
                    fields.status_text = event.text(cell);
                    continue;
                }
                FieldId::HTTP_RESPONSE_BYTES => {
                    fields.bytes = number();
                    continue;
                }
                _ => continue,
            };
            *slot = event.text(cell);
        }
        fields
    }
}

/// Whether a record tells of a request: one of an access log, or of an error log that says what was asked for.
#[inline]
pub(super) fn is_in(event: Event<'_>) -> bool {
    match event.class() {
        EventClass::Web => true,
        EventClass::WebError => event.cell(FieldId::URL_ORIGINAL).is_some(),
        _ => false,
    }
}

/// What correlation needs of a request.
pub(super) struct WebSignal {
    pub(super) request: Request,
    pub(super) kind: SignalKind,
}

impl WebSignal {
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.kind, SignalKind::Request(_))
    }

    /// Something is sent to a program or a file, from no page.
    fn may_use_shell(&self) -> bool {
        let traits = self.request.traits;
        self.request.method() == MethodClass::Write
            && traits.has(Traits::SCRIPT.with(Traits::ASSET))
            && !traits.has(Traits::REFERER)
    }

    /// Names are needed only of requests that may become evidence by themselves.
    pub(super) fn names(&self, event: Event<'_>, texts: &mut Texts) -> Names {
        if self.is_plain() {
            // Of plain requests only what a search for weaknesses asks for is told by name, and what a shell may be.
            return if self.request.traits.has(Traits::PROBE) || self.may_use_shell() {
                let path = record::name_bytes(event.field_text(FieldId::URL_PATH));
                Names { object: texts.add(path), ..Names::default() }
            } else {
                Names::default()
            };
        }
        Names {
            host: texts.add_shared(
                Shared::Host,
                record::name_bytes(event.field_text(FieldId::URL_DOMAIN)),
            ),
            object: texts.add(record::object_bytes(event)),
            ..Names::default()
        }
    }
}

pub(super) fn read(event: Event<'_>, fields: &Fields<'_>, known: &Known) -> WebSignal {
    let has_referer = !matches!(fields.referer, b"" | b"-");
    let path_says = path_says(event, fields, known.path().traits, has_referer);
    let request = Request {
        status: fields.status,
        path: known.path().mark,
        site: site(event, fields.domain),
        query: if fields.query.is_empty() { 0 } else { short_mark(fields.query) },
        agent: known.agent().mark,
        bytes: u32::try_from(fields.bytes.max(0)).unwrap_or(u32::MAX),
        traits: traits::of(path_says, fields.method, has_referer, known.agent().fetches)
            .by(MethodClass::of(fields.method)),
    };
    if event.class() == EventClass::WebError {
        let request = Request { site: 0, ..request };
        return WebSignal { request, kind: SignalKind::Request(request) };
    }
    let kind = match fields.method {
        b"POST" if request.traits.has(Traits::LOGIN) => SignalKind::WebLogin(request),
        b"POST" | b"PUT" if known.path().takes_files => SignalKind::Upload(request),
        _ => SignalKind::Request(request),
    };
    WebSignal { request, kind }
}

/// What the path says of a request whose query and answer are known.
fn path_says(event: Event<'_>, fields: &Fields<'_>, path: Traits, has_referer: bool) -> Traits {
    let is_sent = fields.method == b"POST";
    if has_referer && is_sent && path.has(Traits::LOGIN) && traits::is_workplace(fields.path) {
        return path.only(Traits::RANDOM.with(Traits::PROBE).with(Traits::SCRIPT));
    }
    // A password that a browser sends by itself is told by the name that goes with it.
    let has_name = || !matches!(event.field_text(FieldId::USER_NAME), b"" | b"-");
    if fields.status == 401 && path.has(Traits::CALL) && has_name() {
        return path.without(Traits::CALL);
    }
    let logs_in = is_sent
        && (traits::is_refused_token(fields.path, fields.status)
            || (!fields.query.is_empty() && traits::query_logs_in(fields.query)));
    if logs_in { path.with(Traits::LOGIN) } else { path }
}

/// The virtual host; a log that names none is the log of one site.
fn site(event: Event<'_>, domain: &[u8]) -> u32 {
    match domain {
        b"" | b"-" => short_mark(&event.id().file.0.to_le_bytes()),
        domain => short_mark(domain),
    }
}
