//! CloudTrail's events in the classes of OCSF, as Amazon Security Lake writes them: source version 1 (OCSF 1.0) and 2 (1.1
//! and later).
//!
//! Source: github.com/ocsf/examples, mappings/markdown/AWS/v1.1.0/CloudTrail. What no column has is in `unmapped`, under
//! the name that it has in the record.

use std::collections::BTreeMap;

use parquet::record::{Field, Row};
use parquet::schema::types::SchemaDescriptor;
use serde::de::IgnoredAny;

use super::cells::{TimeUnits, at, entries, text};
use crate::decode::container::ObjectText;
use crate::decode::record::call_question::CallKind;

/// The columns that are read.
pub(super) const COLUMNS: [&str; 9] =
    ["metadata", "time", "api", "actor", "cloud", "src_endpoint", "http_request", "resources", "unmapped"];

/// Whether a schema is that of CloudTrail's events in Security Lake.
pub(super) fn is_schema(schema: &SchemaDescriptor) -> bool {
    let has = |path: &str| schema.columns().iter().any(|column| column.path().string() == path);
    ["metadata.uid", "time", "api.operation", "api.service.name", "cloud.region"].into_iter().all(has)
}

/// Paths of which a file has to have one, with what they tell.
type NeededPath = (&'static [&'static str], &'static str);

/// Columns without which a denied event would read as granted, or one of ours as another one. Both versions have them.
const NEEDED: [NeededPath; 5] = [
    (&["api.response.error"], "whether it was denied"),
    (&["actor.user.type"], "who asked"),
    (&["actor.user.name"], "the subject"),
    (&["actor.idp.name"], "the issuer"),
    (&["src_endpoint.ip"], "the source address"),
];

/// Columns without which a call gets lost, or a filter finds none.
const NEEDED_FOR_CALLS: [NeededPath; 2] =
    [(&["actor.user.credential_uid"], "the access key"), (&["http_request.user_agent"], "which program called")];

/// The same where it is asked whose session it was made with.
const NEEDED_FOR_SESSIONS: [NeededPath; 7] = [
    (&["actor.session.created_time_dt", "actor.session.created_time"], "when the session began"),
    (&["actor.session.issuer"], "the role"),
    (&["actor.user.account.uid", "actor.user.account_uid"], "the account of the caller"),
    (&["actor.invoked_by"], "the service that called on behalf of somebody"),
    (&["api.response.message"], "what was refused"),
    (&["resources"], "what was touched"),
    (&["unmapped"], "the account and what only reads"),
];

/// What a file lacks of the columns that tell what an event is, as a sentence. A query that chose columns leaves some out. `calls`
/// are looked for.
pub(super) fn lack(schema: &SchemaDescriptor, calls: Option<CallKind>) -> Option<String> {
    let has = |path: &str| {
        schema.columns().iter().any(|column| {
            let found = column.path().string();
            found.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    // The first version has the principal in another column, and keeps the parameters and the answer of a request among what it has
    // no columns for.
    let (principal, request, response): (&[&str], &[&str], &[&str]) = if has("actor.user.uuid") {
        (&["actor.user.uid"], &["unmapped"], &["unmapped"])
    } else {
        (&["actor.user.uid_alt"], &["api.request.data"], &["api.response.data"])
    };
    let of_version = [(request, "the role and the session"), (principal, "the principal and the audience")];
    let of_sessions = NEEDED_FOR_SESSIONS.into_iter().chain([(response, "which sessions and keys came of it")]);
    let needed = NEEDED
        .into_iter()
        .chain(of_version)
        .chain(NEEDED_FOR_CALLS.into_iter().filter(|_| calls.is_some()))
        .chain(of_sessions.filter(|_| calls == Some(CallKind::Session)));
    let (paths, tells) = needed.into_iter().find(|(paths, _)| !paths.iter().any(|path| has(path)))?;
    let path = paths.first()?;
    Some(format!("it lacks the column {path}, which tells {tells} (export all columns)"))
}

/// The record of a row.
pub(super) fn record(row: &Row, units: &TimeUnits) -> String {
    let unmapped = entries(at(row, "unmapped"));
    let first = |paths: &[&str]| paths.iter().find_map(|path| text(at(row, path)?)).filter(|text| !text.is_empty());
    let rest = |name: &str| unmapped.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut record = ObjectText::default();
    let mut put = |name: &str, text: Option<String>| text.map(|text| record.text(name, &text)).unwrap_or_default();
    put("eventVersion", first(&["metadata.product.version"]).or_else(|| Some("1.08".to_owned())));
    put("eventTime", units.time(row, "time"));
    put("eventSource", first(&["api.service.name"]));
    put("eventName", first(&["api.operation"]));
    put("eventID", first(&["metadata.uid"]));
    put("eventType", first(&["metadata.event_code"]).or_else(|| rest("eventType")));
    put("awsRegion", first(&["cloud.region"]));
    put("sourceIPAddress", first(&["src_endpoint.ip", "src_endpoint.domain"]));
    put("userAgent", first(&["http_request.user_agent"]));
    put("errorCode", first(&["api.response.error"]));
    put("errorMessage", first(&["api.response.message"]));
    put("requestID", first(&["api.request.uid"]));
    put("vpcEndpointId", first(&["src_endpoint.uid"]));
    put("sharedEventID", rest("sharedEventID"));
    put(
        "recipientAccountId",
        rest("recipientAccountId").or_else(|| first(&["cloud.account.uid", "cloud.account_uid"])),
    );
    for (name, path) in [
        ("requestParameters", "api.request.data"),
        ("responseElements", "api.response.data"),
        ("additionalEventData", "unmapped"),
        ("addendum", "unmapped"),
    ] {
        match first(&[path]).or_else(|| rest(name)) {
            Some(json) => record.text(name, &json),
            None => nested(&below(&unmapped, name), 0).map(|json| record.json(name, &json)).unwrap_or_default(),
        }
    }
    if let Some(truth) = rest("readOnly").filter(|truth| ["true", "false"].contains(&truth.as_str())) {
        record.json("readOnly", &truth);
    }
    record.json("userIdentity", &identity(row, units));
    record.json("resources", &resources(at(row, "resources")));
    record.finish()
}

fn identity(row: &Row, units: &TimeUnits) -> String {
    let first = |paths: &[&str]| paths.iter().find_map(|path| text(at(row, path)?)).filter(|text| !text.is_empty());
    let mut identity = ObjectText::default();
    let kind = first(&["actor.user.type"]);
    let is_web_identity = kind.as_deref() == Some("WebIdentityUser");
    // The first version has the principal in `uid` and the ARN in `uuid`, the second in `uid_alt` and `uid`.
    let is_first_version = at(row, "actor.user.uuid").is_some();
    let (principal, arn) = if is_first_version {
        (first(&["actor.user.uid"]), first(&["actor.user.uuid"]))
    } else {
        (first(&["actor.user.uid_alt"]), first(&["actor.user.uid"]))
    };
    let provider = first(&["actor.idp.name"]);
    let mut put = |name: &str, text: Option<String>| text.map(|text| identity.text(name, &text)).unwrap_or_default();
    put("type", kind);
    put("principalId", principal);
    put("arn", arn);
    put("accountId", first(&["actor.user.account.uid", "actor.user.account_uid"]));
    put("accessKeyId", first(&["actor.user.credential_uid"]));
    put("userName", first(&["actor.user.name"]));
    put("invokedBy", first(&["actor.invoked_by"]));
    put("identityProvider", provider.clone().filter(|_| is_web_identity));
    let created = ["actor.session.created_time_dt", "actor.session.created_time"];
    let created = created.iter().find_map(|path| units.time(row, path));
    let issuer = first(&["actor.session.issuer"]);
    if created.is_some() || issuer.is_some() {
        identity.json("sessionContext", &session(created, issuer, provider.filter(|_| !is_web_identity)));
    }
    identity.finish()
}

fn session(created: Option<String>, issuer: Option<String>, provider: Option<String>) -> String {
    let mut session = ObjectText::default();
    for (part, name, value) in [
        ("attributes", "creationDate", created),
        ("sessionIssuer", "arn", issuer),
        ("webIdFederationData", "federatedProvider", provider),
    ] {
        let Some(value) = value else { continue };
        let mut object = ObjectText::default();
        object.text(name, &value);
        session.json(part, &object.finish());
    }
    session.finish()
}

fn resources(field: Option<&Field>) -> String {
    let Some(Field::ListInternal(list)) = field else { return "[]".to_owned() };
    let resource = |field: &Field| {
        let Field::Group(row) = field else { return None };
        let mut resource = ObjectText::default();
        for (name, paths) in
            [("ARN", ["uid", "uid"]), ("accountId", ["account.uid", "account_uid"]), ("type", ["type", "type"])]
        {
            if let Some(value) = paths.iter().find_map(|path| text(at(row, path)?)) {
                resource.text(name, &value);
            }
        }
        Some(resource.finish())
    };
    format!("[{}]", list.elements().iter().filter_map(resource).collect::<Vec<_>>().join(","))
}

/// The entries below a name, without it.
fn below<'a>(unmapped: &'a [(String, String)], name: &str) -> Vec<(&'a str, &'a str)> {
    let entry = |(key, value): &'a (String, String)| Some((key.strip_prefix(name)?.strip_prefix('.')?, value.as_str()));
    unmapped.iter().filter_map(entry).collect()
}

/// Entries whose names are paths as an object; nothing if there are none.
fn nested(entries: &[(&str, &str)], depth: u8) -> Option<String> {
    // Nobody writes deeper.
    if entries.is_empty() || depth > 8 {
        return None;
    }
    let mut parts: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let mut object = ObjectText::default();
    for (path, value) in entries {
        match path.split_once('.') {
            Some((name, rest)) => parts.entry(name).or_default().push((rest, value)),
            // Lists, which no name leads into, are there as JSON.
            None if value.starts_with('[') && serde_json::from_str::<IgnoredAny>(value).is_ok() => {
                object.json(path, value);
            }
            None => object.text(path, value),
        }
    }
    for (name, entries) in parts {
        if let Some(json) = nested(&entries, depth + 1) {
            object.json(name, &json);
        }
    }
    Some(object.finish())
}
