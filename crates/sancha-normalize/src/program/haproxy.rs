use sancha_model::{EventClass, FieldId, RowWriter};

use crate::{formats::access, scan};

/// HAProxy's `option httplog` (configuration manual, 8.2.3): `client:port [time] frontend backend/server
/// timers status bytes … "request"`. What it refuses by itself (`<NOSRV>`) are sentences of a daemon.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let (peer, rest) = scan::until(message, b' ')?;
    let colon = memchr::memrchr(b':', peer)?;
    let (address, port) = (peer.get(..colon)?, peer.get(colon + 1..)?);
    let address_value = scan::address(address)?;
    let (_, rest) = scan::split_once(rest.strip_prefix(b"[")?, b"] ")?;
    let mut words = rest.splitn(6, |byte| *byte == b' ');
    let (_frontend, server, _timers) = (words.next()?, words.next()?, words.next()?);
    let (status, bytes, rest) = (words.next()?, words.next()?, words.next()?);
    let status_value = scan::number(status).filter(|_| status.len() == 3)?;
    // Captured headers in braces may hold quotes; the request is the last quoted text.
    let (_, request) = scan::split_once(rest.strip_suffix(b"\"")?, b" \"")?;
    if server.ends_with(b"/<NOSRV>") || memchr::memmem::find(request, b" /").is_none() {
        return None;
    }
    row.class(EventClass::Web);
    row.ip(FieldId::SOURCE_IP, address, address_value);
    if let Some(port_value) = scan::number(port) {
        row.int(FieldId::SOURCE_PORT, port, port_value);
    }
    access::request(row, request);
    row.int(FieldId::HTTP_STATUS, status, status_value);
    if let Some(size) = scan::number(bytes) {
        row.int(FieldId::HTTP_RESPONSE_BYTES, bytes, size);
    }
    Some(())
}
