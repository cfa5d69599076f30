//! Logins that services tell of in JSON of their own: clouds, directories, databases, object stores. Each is
//! known by the names of its members.

use sancha_model::{EventClass, FieldId, RowWriter};

use super::{cell, habit};
use crate::{
    Scratch,
    json::{Kind, Value},
    scan,
};

/// Members at the top level of which one tells that a line may be such a record.
pub(super) const MARKS: [&[u8]; 12] = [
    b"Operation",
    b"resultType",
    b"userPrincipalName",
    b"eventName",
    b"eventType",
    b"events",
    b"sourceIPs",
    b"Authentication",
    b"attr",
    b"event.action",
    b"api",
    b"mfa",
];

/// A login that ended.
struct Login<'v> {
    success: bool,
    user: Option<Value<'v>>,
    source: Option<Value<'v>>,
    /// For `auth.method`; empty where nothing is to be said of it.
    method: &'static str,
}

/// Reads such a record. Whoever has said already what the line tells is believed.
pub(super) fn login(
    row: &mut RowWriter<'_>,
    event: Value<'_>,
    scratch: &mut Scratch,
) -> Option<()> {
    let event = Record(event);
    let readers = [
        microsoft_365,
        entra,
        entra_export,
        amazon,
        okta,
        google,
        kubernetes,
        samba,
        mongodb,
        elasticsearch,
        minio,
        jumpserver,
    ];
    let login = readers.iter().find_map(|read| read(event))?;
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    if !row.has(FieldId::EVENT_ACTION) {
        row.constant(FieldId::EVENT_ACTION, "login");
    }
    if !row.has(FieldId::EVENT_OUTCOME) {
        row.constant(FieldId::EVENT_OUTCOME, if login.success { "success" } else { "failure" });
    }
    if !login.method.is_empty() {
        row.constant(FieldId::AUTH_METHOD, login.method);
    }
    if let Some(user) = login.user.filter(|_| !row.has(FieldId::USER_NAME)) {
        cell(row, FieldId::USER_NAME, user, scratch);
    }
    if let Some(source) = login.source.filter(|_| !row.has(FieldId::SOURCE_IP)) {
        address(row, source.raw());
    }
    Some(())
}

#[derive(Clone, Copy)]
struct Record<'v>(Value<'v>);

impl<'v> Record<'v> {
    /// The value at the end of a path; of a list the first element.
    fn at(self, path: &[&[u8]]) -> Option<Value<'v>> {
        let end = path.iter().try_fold(self.0, |value, name| {
            let value = value.elements().next().unwrap_or(value);
            value.members().find(|(known, _)| known.raw() == *name).map(|(_, value)| value)
        })?;
        let end = end.elements().next().unwrap_or(end);
        (!matches!(end.kind(), Kind::Null | Kind::Object)).then_some(end)
    }

    /// Its bytes; nothing where there is no such value.
    fn raw(self, path: &[&[u8]]) -> &'v [u8] {
        self.at(path).map_or(b"", Value::raw)
    }

    fn any(self, paths: &[&[&[u8]]]) -> Option<Value<'v>> {
        paths.iter().find_map(|path| self.at(path)).filter(|value| !value.raw().is_empty())
    }

    fn login(self, success: bool, user: &[&[&[u8]]], source: &[&[&[u8]]]) -> Option<Login<'v>> {
        Some(Login { success, user: self.any(user), source: self.any(source), method: "" })
    }
}

/// Microsoft 365, "Azure Active Directory STS logon schema".
fn microsoft_365(event: Record<'_>) -> Option<Login<'_>> {
    let success = match event.raw(&[b"Operation"]) {
        b"UserLoggedIn" => true,
        b"UserLoginFailed" => false,
        _ => return None,
    };
    event.login(success, &[&[b"UserId"]], &[&[b"ClientIP"], &[b"ActorIpAddress"]])
}

/// What Entra's codes say of a password; others ask for more, or are about applications.
fn entra_code(code: &[u8]) -> Option<bool> {
    match code {
        b"0" => Some(true),
        b"50034" | b"50053" | b"50056" | b"50057" | b"50064" | b"50126" => Some(false),
        _ => None,
    }
}

/// Entra's sign-ins as Azure Monitor streams them.
fn entra(event: Record<'_>) -> Option<Login<'_>> {
    if !event.raw(&[b"category"]).ends_with(b"SignInLogs") {
        return None;
    }
    let success = entra_code(event.raw(&[b"resultType"]))?;
    event.login(
        success,
        &[&[b"properties", b"userPrincipalName"], &[b"identity"]],
        &[&[b"callerIpAddress"], &[b"properties", b"ipAddress"]],
    )
}

/// The same as its portal and its interface export them.
fn entra_export(event: Record<'_>) -> Option<Login<'_>> {
    let success = entra_code(event.raw(&[b"status", b"errorCode"]))?;
    event.login(success, &[&[b"userPrincipalName"]], &[&[b"ipAddress"]])
}

/// CloudTrail.
fn amazon(event: Record<'_>) -> Option<Login<'_>> {
    if event.raw(&[b"eventName"]) != b"ConsoleLogin" {
        return None;
    }
    let success = match event.raw(&[b"responseElements", b"ConsoleLogin"]) {
        b"Success" => true,
        b"Failure" => false,
        _ => return None,
    };
    event.login(success, &[&[b"userIdentity", b"userName"]], &[&[b"sourceIPAddress"]])
}

/// Okta's System Log.
fn okta(event: Record<'_>) -> Option<Login<'_>> {
    if event.raw(&[b"eventType"]) != b"user.session.start" {
        return None;
    }
    let success = match event.raw(&[b"outcome", b"result"]) {
        b"SUCCESS" => true,
        b"FAILURE" => false,
        _ => return None,
    };
    event.login(success, &[&[b"actor", b"alternateId"]], &[&[b"client", b"ipAddress"]])
}

/// Google Workspace's reports.
fn google(event: Record<'_>) -> Option<Login<'_>> {
    let success = match event.raw(&[b"events", b"name"]) {
        b"login_success" => true,
        b"login_failure" => false,
        _ => return None,
    };
    event.login(success, &[&[b"actor", b"email"]], &[&[b"ipAddress"]])
}

/// The audit log of Kubernetes: whoever is unauthorized has shown no valid credentials.
fn kubernetes(event: Record<'_>) -> Option<Login<'_>> {
    let is_end = event.raw(&[b"stage"]) == b"ResponseComplete";
    let is_refused = is_end && event.raw(&[b"responseStatus", b"code"]) == b"401";
    let login = event.login(false, &[&[b"user", b"username"]], &[&[b"sourceIPs"]])?;
    is_refused.then_some(Login { method: "http", ..login })
}

/// Samba's `auth_json_audit`.
fn samba(event: Record<'_>) -> Option<Login<'_>> {
    let success = match event.raw(&[b"Authentication", b"status"]) {
        b"NT_STATUS_OK" => true,
        status if status.starts_with(b"NT_STATUS_") => false,
        _ => return None,
    };
    event.login(
        success,
        &[&[b"Authentication", b"clientAccount"], &[b"Authentication", b"mappedAccount"]],
        &[&[b"Authentication", b"remoteAddress"]],
    )
}

/// MongoDB since 4.4.
fn mongodb(event: Record<'_>) -> Option<Login<'_>> {
    if event.raw(&[b"c"]) != b"ACCESS" {
        return None;
    }
    let success = match event.raw(&[b"msg"]) {
        b"Authentication succeeded" | b"Successfully authenticated" => true,
        b"Authentication failed" | b"Failed to authenticate" => false,
        _ => return None,
    };
    event.login(
        success,
        &[&[b"attr", b"user"], &[b"attr", b"principalName"]],
        &[&[b"attr", b"client"], &[b"attr", b"remote"]],
    )
}

/// Elasticsearch's audit log, whose names hold dots.
fn elasticsearch(event: Record<'_>) -> Option<Login<'_>> {
    let success = match event.raw(&[b"event.action"]) {
        b"authentication_success" => true,
        b"authentication_failed" => false,
        _ => return None,
    };
    event.login(success, &[&[b"user.name"]], &[&[b"origin.address"]])
}

/// MinIO's audit log: a key that is unknown, a signature that is wrong.
fn minio(event: Record<'_>) -> Option<Login<'_>> {
    let error = event.raw(&[b"error"]);
    let is_key = [&b"Access Key Id"[..], b"signature we calculated"];
    let is_refused = event.raw(&[b"api", b"statusCode"]) == b"403"
        && is_key.iter().any(|words| memchr::memmem::find(error, words).is_some());
    let login = event.login(false, &[&[b"accessKey"]], &[&[b"remotehost"]])?;
    is_refused.then_some(login)
}

/// JumpServer's log of logins.
fn jumpserver(event: Record<'_>) -> Option<Login<'_>> {
    event.at(&[b"mfa"])?;
    let success = match event.at(&[b"status"])?.kind() {
        Kind::True => true,
        Kind::False => false,
        _ => return None,
    };
    event.login(success, &[&[b"username"]], &[&[b"ip"]])
}

/// `203.0.113.9`, with a port, or as Samba writes it: `ipv4:203.0.113.9:4022`.
fn address(row: &mut RowWriter<'_>, text: &[u8]) {
    let bare = text.strip_prefix(b"ipv4:").or_else(|| text.strip_prefix(b"ipv6:"));
    match scan::address(text).filter(|_| bare.is_none()) {
        Some(address) => row.ip(FieldId::SOURCE_IP, text, address),
        None => habit::peer(row, bare.unwrap_or(text)),
    }
}
