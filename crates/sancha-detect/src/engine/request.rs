use sancha_model::{Event, FieldId};

use super::{record, traits};
use crate::{MethodClass, Names, Request, SignalKind, Texts, flood::Traits, signal::short_mark};

/// What correlation needs of a request.
pub(super) struct WebSignal {
    pub(super) request: Request,
    pub(super) kind: SignalKind,
}

impl WebSignal {
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.kind, SignalKind::Request(_))
    }

    /// Names are needed only of requests that may become evidence by themselves.
    pub(super) fn names(&self, event: Event<'_>, texts: &mut Texts) -> Names {
        if self.is_plain() {
            return Names::default();
        }
        Names {
            host: texts.add(record::name_bytes(event.field_text(FieldId::URL_DOMAIN))),
            object: texts.add(record::object_bytes(event)),
            ..Names::default()
        }
    }
}

pub(super) fn read(event: Event<'_>) -> WebSignal {
    let (target, method) =
        (event.field_text(FieldId::URL_PATH), event.field_text(FieldId::HTTP_METHOD));
    let bytes = record::int(event, FieldId::HTTP_RESPONSE_BYTES).unwrap_or(0).max(0);
    let query = event.field_text(FieldId::URL_QUERY);
    let request = Request {
        status: record::int(event, FieldId::HTTP_STATUS)
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(0),
        method: MethodClass::of(method),
        path: short_mark(target),
        site: site(event),
        query: if query.is_empty() { 0 } else { short_mark(query) },
        agent: short_mark(event.field_text(FieldId::USER_AGENT)),
        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        traits: traits::of(event, method, target),
    };
    let kind = match method {
        b"POST" if request.traits.has(Traits::LOGIN) => SignalKind::WebLogin(request),
        b"POST" | b"PUT" if has_word(target, UPLOAD_WORDS) => SignalKind::Upload(request),
        _ => SignalKind::Request(request),
    };
    WebSignal { request, kind }
}

/// The virtual host; a log that names none is the log of one site.
fn site(event: Event<'_>) -> u32 {
    match event.field_text(FieldId::URL_DOMAIN) {
        b"" | b"-" => short_mark(&event.id().file.0.to_le_bytes()),
        domain => short_mark(domain),
    }
}

/// Words in the path of a form that takes files.
const UPLOAD_WORDS: &[&[u8]] = &[
    b"upload",
    b"import",
    b"attach",
    b"/media",
    b"/file",
    b"filemanager",
    b"kindeditor",
    b"ueditor",
];

pub(super) fn has_word(path: &[u8], words: &[&[u8]]) -> bool {
    let holds = |word: &&[u8]| path.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    words.iter().any(holds)
}
