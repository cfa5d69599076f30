//! Names that servers and applications habitually use, taken for the fields they mean.

use sancha_model::{FieldId, RowWriter};

use super::cell;
use crate::{
    Scratch,
    formats::access,
    json::{Kind, Value},
    scan,
};

/// Names and the fields they mean.
type Fields = &'static [(&'static [u8], FieldId)];

/// What a name without a rule that knows it is taken for.
#[derive(Clone, Copy)]
pub(super) enum Habit {
    Field(FieldId),
    /// nginx' `$request` in an `escape=json` format.
    Request,
    /// An object whose members are such fields.
    Members(Fields),
}

/// What servers and applications habitually call these fields at the top level of their lines.
pub(super) const HABITS: &[(&[u8], FieldId)] = &[
    (b"client", FieldId::SOURCE_IP),
    (b"client_ip", FieldId::SOURCE_IP),
    (b"clientip", FieldId::SOURCE_IP),
    (b"downstream_remote_address", FieldId::SOURCE_IP),
    (b"http_referer", FieldId::HTTP_REFERRER),
    (b"http_user_agent", FieldId::USER_AGENT),
    (b"ip_address", FieldId::SOURCE_IP),
    (b"level", FieldId::LOG_LEVEL),
    (b"method", FieldId::HTTP_METHOD),
    (b"msg", FieldId::MESSAGE),
    (b"Message", FieldId::MESSAGE),
    (b"path", FieldId::URL_ORIGINAL),
    (b"remote_addr", FieldId::SOURCE_IP),
    (b"remote_ip", FieldId::SOURCE_IP),
    (b"remote_user", FieldId::USER_NAME),
    (b"request_body", FieldId::HTTP_BODY),
    (b"request_method", FieldId::HTTP_METHOD),
    (b"request_uri", FieldId::URL_ORIGINAL),
    (b"response_code", FieldId::HTTP_STATUS),
    (b"status_code", FieldId::HTTP_STATUS),
    (b"body_bytes_sent", FieldId::HTTP_RESPONSE_BYTES),
    (b"bytes_sent", FieldId::HTTP_RESPONSE_BYTES),
    (b"http_referrer", FieldId::HTTP_REFERRER),
    (b"http_host", FieldId::URL_DOMAIN),
    (b"vhost", FieldId::URL_DOMAIN),
    (b"src_ip", FieldId::SOURCE_IP),
    (b"status", FieldId::HTTP_STATUS),
    (b"uri", FieldId::URL_ORIGINAL),
    (b"url", FieldId::URL_ORIGINAL),
    (b"c-ip", FieldId::SOURCE_IP),
    (b"c-uri", FieldId::URL_ORIGINAL),
    (b"cs-method", FieldId::HTTP_METHOD),
    (b"cs-uri", FieldId::URL_ORIGINAL),
    (b"sc-status", FieldId::HTTP_STATUS),
    (b"sourceIPAddress", FieldId::SOURCE_IP),
    (b"user", FieldId::USER_NAME),
    (b"user-agent", FieldId::USER_AGENT),
    (b"user_agent", FieldId::USER_AGENT),
    (b"username", FieldId::USER_NAME),
    (b"x-envoy-origin-path", FieldId::URL_ORIGINAL),
    // Zeek.
    (b"id.orig_h", FieldId::SOURCE_IP),
    (b"response_body_len", FieldId::HTTP_RESPONSE_BYTES),
    // Traefik.
    (b"ClientHost", FieldId::SOURCE_IP),
    (b"ClientUsername", FieldId::USER_NAME),
    (b"DownstreamContentSize", FieldId::HTTP_RESPONSE_BYTES),
    (b"DownstreamStatus", FieldId::HTTP_STATUS),
    (b"RequestHost", FieldId::URL_DOMAIN),
    (b"RequestMethod", FieldId::HTTP_METHOD),
    (b"RequestPath", FieldId::URL_ORIGINAL),
    (b"request_Referer", FieldId::HTTP_REFERRER),
    (b"request_User-Agent", FieldId::USER_AGENT),
    // Cloudflare.
    (b"ClientIP", FieldId::SOURCE_IP),
    (b"ClientRequestHost", FieldId::URL_DOMAIN),
    (b"ClientRequestMethod", FieldId::HTTP_METHOD),
    (b"ClientRequestReferer", FieldId::HTTP_REFERRER),
    (b"ClientRequestURI", FieldId::URL_ORIGINAL),
    (b"ClientRequestUserAgent", FieldId::USER_AGENT),
    (b"EdgeResponseBytes", FieldId::HTTP_RESPONSE_BYTES),
    (b"EdgeResponseStatus", FieldId::HTTP_STATUS),
    (b"ClientRequestPath", FieldId::URL_ORIGINAL),
    // Windows, as forwarders write its events.
    (b"Computer", FieldId::HOST_NAME),
    (b"ComputerName", FieldId::HOST_NAME),
    (b"Hostname", FieldId::HOST_NAME),
    (b"MachineName", FieldId::HOST_NAME),
    // Alibaba Cloud's web application firewall.
    (b"real_client_ip", FieldId::SOURCE_IP),
    // SafeLine.
    (b"urlpath", FieldId::URL_ORIGINAL),
    // Nextcloud.
    (b"remoteAddr", FieldId::SOURCE_IP),
];

/// Names of a query that stands beside its path.
pub(super) const QUERIES: [&[u8]; 6] = [
    b"args",
    b"query_string",
    b"querystring",
    b"request_query",
    b"cs-uri-query",
    b"ClientRequestQuery",
];

/// Objects at the top level that hold a request: of Google's load balancer, of Azure's application gateway.
pub(super) const NESTED: &[(&[u8], Fields)] = &[
    (
        b"httpRequest",
        &[
            // Amazon's web application firewall.
            (b"args", FieldId::URL_QUERY),
            (b"clientIp", FieldId::SOURCE_IP),
            (b"httpMethod", FieldId::HTTP_METHOD),
            (b"uri", FieldId::URL_ORIGINAL),
            (b"referer", FieldId::HTTP_REFERRER),
            (b"remoteIp", FieldId::SOURCE_IP),
            (b"requestMethod", FieldId::HTTP_METHOD),
            (b"requestUrl", FieldId::URL_ORIGINAL),
            (b"responseSize", FieldId::HTTP_RESPONSE_BYTES),
            (b"status", FieldId::HTTP_STATUS),
            (b"userAgent", FieldId::USER_AGENT),
        ],
    ),
    // Winlogbeat.
    (b"winlog", &[(b"computer_name", FieldId::HOST_NAME)]),
    // Suricata's events.
    (
        b"http",
        &[
            (b"hostname", FieldId::URL_DOMAIN),
            (b"http_method", FieldId::HTTP_METHOD),
            (b"http_refer", FieldId::HTTP_REFERRER),
            (b"http_user_agent", FieldId::USER_AGENT),
            (b"length", FieldId::HTTP_RESPONSE_BYTES),
            (b"status", FieldId::HTTP_STATUS),
            (b"url", FieldId::URL_ORIGINAL),
        ],
    ),
    // Kong and APISIX.
    (b"response", &[(b"size", FieldId::HTTP_RESPONSE_BYTES), (b"status", FieldId::HTTP_STATUS)]),
    (
        b"properties",
        &[
            (b"clientIP", FieldId::SOURCE_IP),
            (b"clientIp", FieldId::SOURCE_IP),
            (b"host", FieldId::URL_DOMAIN),
            (b"httpMethod", FieldId::HTTP_METHOD),
            (b"httpStatus", FieldId::HTTP_STATUS),
            (b"httpStatusCode", FieldId::HTTP_STATUS),
            (b"requestUri", FieldId::URL_ORIGINAL),
            (b"requestQuery", FieldId::URL_QUERY),
            (b"sentBytes", FieldId::HTTP_RESPONSE_BYTES),
            (b"userAgent", FieldId::USER_AGENT),
        ],
    ),
];

pub(super) fn by_habit(
    row: &mut RowWriter<'_>,
    habit: Habit,
    value: Value<'_>,
    scratch: &mut Scratch,
) {
    match (habit, value.kind()) {
        (Habit::Request, Kind::Object) => return request_object(row, value, scratch),
        (Habit::Members(fields), Kind::Object) => return members(row, fields, value, scratch),
        _ => {}
    }
    if matches!(value.kind(), Kind::Object | Kind::Array | Kind::Null) || value.raw().is_empty() {
        return;
    }
    let mut buffer = std::mem::take(&mut scratch.line);
    match habit {
        Habit::Request if !row.has(FieldId::URL_ORIGINAL) => {
            let line = value.text(&mut buffer);
            if memchr::memmem::find(line, b" HTTP/").is_some() {
                access::request(row, line);
            }
        }
        Habit::Field(field) if !row.has(field) => match field {
            FieldId::URL_ORIGINAL => access::target_parts(row, value.text(&mut buffer)),
            FieldId::SOURCE_IP if scan::address(value.raw()).is_none() => peer(row, value.raw()),
            FieldId::HTTP_STATUS if scan::number(value.raw()).is_none() => (),
            FieldId::USER_NAME if matches!(value.raw(), b"-" | b"--") => (),
            field => cell(row, field, value, scratch),
        },
        Habit::Request | Habit::Field(_) | Habit::Members(_) => (),
    }
    scratch.line = buffer;
}

fn members(row: &mut RowWriter<'_>, fields: Fields, object: Value<'_>, scratch: &mut Scratch) {
    let (mut target, mut query) = (None, None);
    for (name, value) in object.members() {
        match fields.iter().find(|(known, _)| *known == name.raw()) {
            Some((_, FieldId::URL_ORIGINAL)) => target = Some(value),
            Some((_, FieldId::URL_QUERY)) => query = Some(value),
            Some((_, field)) => by_habit(row, Habit::Field(*field), value, scratch),
            None => {}
        }
    }
    if let Some(target) = target {
        target_of(row, target, query, scratch);
    }
}

/// A target whose query may stand beside it.
pub(super) fn target_of(
    row: &mut RowWriter<'_>,
    target: Value<'_>,
    query: Option<Value<'_>>,
    scratch: &mut Scratch,
) {
    let is_bare = |query: &Value<'_>| {
        !matches!(query.raw(), b"" | b"-") && memchr::memchr(b'?', target.raw()).is_none()
    };
    let Some(query) = query.filter(is_bare) else {
        return by_habit(row, Habit::Field(FieldId::URL_ORIGINAL), target, scratch);
    };
    if row.has(FieldId::URL_ORIGINAL) {
        return;
    }
    let mut whole = std::mem::take(&mut scratch.line);
    let mut buffer = std::mem::take(&mut scratch.text);
    whole.clear();
    whole.extend_from_slice(target.text(&mut buffer));
    whole.push(b'?');
    let query = query.text(&mut buffer);
    whole.extend_from_slice(query.strip_prefix(b"?").unwrap_or(query));
    access::target_parts(row, &whole);
    (scratch.line, scratch.text) = (whole, buffer);
}

/// A request as an object, as Caddy, Kong and APISIX write it: `{"remote_ip": …, "method": …, "uri": …, "headers": {…}}`.
fn request_object(row: &mut RowWriter<'_>, request: Value<'_>, scratch: &mut Scratch) {
    for (name, value) in request.members() {
        let field = match name.raw() {
            // The one that trusted proxies named comes after the peer and is not believed here.
            b"remote_ip" | b"remote_addr" => FieldId::SOURCE_IP,
            b"method" => FieldId::HTTP_METHOD,
            b"host" => FieldId::URL_DOMAIN,
            b"uri" => FieldId::URL_ORIGINAL,
            b"headers" => {
                for (name, value) in value.members() {
                    let is = |header: &[u8]| name.raw().eq_ignore_ascii_case(header);
                    let field = if is(b"User-Agent") {
                        FieldId::USER_AGENT
                    } else if is(b"Referer") {
                        FieldId::HTTP_REFERRER
                    } else {
                        continue;
                    };
                    let first = value.elements().next().unwrap_or(value);
                    by_habit(row, Habit::Field(field), first, scratch);
                }
                continue;
            }
            _ => continue,
        };
        by_habit(row, Habit::Field(field), value, scratch);
    }
}

/// `203.0.113.9:4022`, as programs write the other end of a connection.
pub(super) fn peer(row: &mut RowWriter<'_>, text: &[u8]) {
    if let Some((address, port)) =
        memchr::memrchr(b':', text).and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
        && let (Some(value), Some(_)) = (scan::address(address), scan::number(port))
    {
        row.ip(FieldId::SOURCE_IP, address, value);
    }
}
