//! The audit log of Kubernetes: who asked its API for what, and what was answered. The object is in the fields that rules
//! name by their paths, such as `objectRef.resource`.

use sancha_model::{FieldId, RowWriter};

use super::cell;
use crate::{
    FileContext, Scratch, client,
    formats::access,
    json::{Kind, Value},
    scan,
};

/// What a record tells besides its cells.
pub(super) struct Asked<'v> {
    verb: Value<'v>,
    user: Option<Value<'v>>,
    code: Option<Value<'v>>,
    is_answered: bool,
}

/// Reads what was asked, and from where.
pub(super) fn read<'v>(
    row: &mut RowWriter<'_>,
    record: Value<'v>,
    context: &FileContext,
    scratch: &mut Scratch,
) -> Option<Asked<'v>> {
    let at = |path: &[&[u8]]| {
        let end = path.iter().try_fold(record, |value, name| {
            value.members().find(|(known, _)| known.raw() == *name).map(|(_, value)| value)
        });
        end.filter(|value| !matches!(value.kind(), Kind::Null) && !value.raw().is_empty())
    };
    let (stage, verb, target) = (at(&[b"stage"])?, at(&[b"verb"])?, at(&[b"requestURI"])?);
    source(row, at(&[b"sourceIPs"])?, context, scratch);
    let mut buffer = std::mem::take(&mut scratch.line);
    if !row.has(FieldId::URL_ORIGINAL) {
        access::target_parts(row, target.text(&mut buffer));
    }
    scratch.line = buffer;
    let code = at(&[b"responseStatus", b"code"]);
    for (field, value) in [(FieldId::USER_AGENT, at(&[b"userAgent"])), (FieldId::HTTP_STATUS, code)]
    {
        if let Some(value) = value.filter(|_| !row.has(field)) {
            cell(row, field, value, scratch);
        }
    }
    let is_answered = stage.raw() == b"ResponseComplete";
    Some(Asked { verb, user: at(&[b"user", b"username"]), code, is_answered })
}

/// A client puts any addresses before its own, which is the last: the others are a proxy's word.
fn source(
    row: &mut RowWriter<'_>,
    addresses: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    let mut forwarded = std::mem::take(&mut scratch.line);
    forwarded.clear();
    let mut last: &[u8] = b"";
    for address in addresses.elements().map(Value::raw) {
        if !last.is_empty() {
            forwarded.extend_from_slice(last);
            forwarded.push(b',');
        }
        last = address;
    }
    if scan::address(last).is_some() && !row.has(FieldId::SOURCE_IP) {
        let list = forwarded.strip_suffix(b",").unwrap_or(&forwarded);
        client::write(row, context, last, list);
    }
    scratch.line = forwarded;
}

impl Asked<'_> {
    /// What came of it, where it was no login that failed. Whoever gave no name and is refused has been turned away.
    pub(super) fn write(&self, row: &mut RowWriter<'_>, scratch: &mut Scratch) {
        if let Some(user) = self.user.filter(|_| !row.has(FieldId::USER_NAME)) {
            cell(row, FieldId::USER_NAME, user, scratch);
        }
        let code = self.code.and_then(|code| scan::number(code.raw())).filter(|_| self.is_answered);
        let is_anonymous = self.user.is_some_and(|user| user.raw() == b"system:anonymous");
        if code == Some(403) && is_anonymous {
            row.constant(FieldId::EVENT_CATEGORY, "network");
            row.constant(FieldId::EVENT_ACTION, "refused");
            row.constant(FieldId::EVENT_REASON, "not_allowed");
        } else {
            row.constant(FieldId::EVENT_CATEGORY, "api");
            cell(row, FieldId::EVENT_ACTION, self.verb, scratch);
        }
        match code {
            Some(..400) => row.constant(FieldId::EVENT_OUTCOME, "success"),
            Some(_) => row.constant(FieldId::EVENT_OUTCOME, "failure"),
            None => {}
        }
    }
}
