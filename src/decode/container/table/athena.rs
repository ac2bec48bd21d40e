//! The table of CloudTrail's log files as the AWS documentation has it for Athena, and `SELECT *` of CloudTrail Lake: a
//! column for each part of a record, all of them in lower case. As CSV, structs are printed as they are in
//! [`super::struct_text`]; as JSON, which `UNLOAD` writes, they are objects.
//!
//! Source: docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html. Its `useridentity` has no `identityprovider`;
//! the provider is then taken from where else the record has it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::cells::Row;
use super::kind::{RowHolds, Table};
use super::needed::{Members, keeps_nulls, lack_of_event, lack_of_object, lacks};
use super::object_text::ObjectText;
use super::struct_text::{self, Field};
use crate::decode::record::call_question::CallKind;

/// The columns without which a row of Athena would tell another story: whatever was denied would seem granted, and a question about an
/// address or a region would find nothing.
pub const NEEDED: [&str; 8] = [
    "eventname",
    "eventtime",
    "useridentity",
    "eventid",
    "errorcode",
    "requestparameters",
    "awsregion",
    "sourceipaddress",
];

pub(super) const TABLE: Table = Table { name: "Athena", columns: &NEEDED, holds: RowHolds::Parts(record) };

/// What a column is on the wire.
enum ColumnKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Truth,
    /// JSON text, which stays one.
    Json,
    /// A struct.
    Struct(&'static [Field]),
    /// A list of structs.
    List(&'static [Field]),
}

/// A column: its name in the table and on the wire.
struct Column(&'static str, &'static str, ColumnKind);

use ColumnKind::{Json, List, Struct, Text, Truth};

/// The columns of which a record is put together.
const COLUMNS: [Column; 25] = [
    Column("eventversion", "eventVersion", Text),
    Column("useridentity", "userIdentity", Struct(IDENTITY)),
    Column("eventtime", "eventTime", Text),
    Column("eventsource", "eventSource", Text),
    Column("eventname", "eventName", Text),
    Column("awsregion", "awsRegion", Text),
    Column("sourceipaddress", "sourceIPAddress", Text),
    Column("useragent", "userAgent", Text),
    Column("errorcode", "errorCode", Text),
    Column("errormessage", "errorMessage", Text),
    Column("requestparameters", "requestParameters", Json),
    Column("responseelements", "responseElements", Json),
    Column("additionaleventdata", "additionalEventData", Json),
    Column("requestid", "requestID", Text),
    Column("eventid", "eventID", Text),
    Column("readonly", "readOnly", Truth),
    Column("resources", "resources", List(RESOURCE)),
    Column("eventtype", "eventType", Text),
    Column("apiversion", "apiVersion", Text),
    Column("recipientaccountid", "recipientAccountId", Text),
    Column("sharedeventid", "sharedEventID", Text),
    Column("vpcendpointid", "vpcEndpointId", Text),
    Column("eventcategory", "eventCategory", Text),
    Column("managementevent", "managementEvent", Truth),
    Column("addendum", "addendum", Struct(ADDENDUM)),
];

const fn leaf(name: &'static str, wire: &'static str) -> Field {
    Field { name, wire, fields: &[] }
}

const fn part(name: &'static str, wire: &'static str, fields: &'static [Field]) -> Field {
    Field { name, wire, fields }
}

const IDENTITY: &[Field] = &[
    leaf("type", "type"),
    leaf("principalid", "principalId"),
    leaf("arn", "arn"),
    leaf("accountid", "accountId"),
    leaf("invokedby", "invokedBy"),
    leaf("accesskeyid", "accessKeyId"),
    leaf("username", "userName"),
    leaf("identityprovider", "identityProvider"),
    leaf("onbehalfof", "onBehalfOf"),
    leaf("inscopeof", "inScopeOf"),
    leaf("credentialid", "credentialId"),
    part("sessioncontext", "sessionContext", SESSION),
];

const SESSION: &[Field] = &[
    part("attributes", "attributes", ATTRIBUTES),
    part("sessionissuer", "sessionIssuer", ISSUER),
    leaf("ec2roledelivery", "ec2RoleDelivery"),
    part("webidfederationdata", "webIdFederationData", FEDERATION),
    leaf("sourceidentity", "sourceIdentity"),
    leaf("assumedroot", "assumedRoot"),
];

const ATTRIBUTES: &[Field] = &[leaf("mfaauthenticated", "mfaAuthenticated"), leaf("creationdate", "creationDate")];

const ISSUER: &[Field] = &[
    leaf("type", "type"),
    leaf("principalid", "principalId"),
    leaf("arn", "arn"),
    leaf("accountid", "accountId"),
    leaf("username", "userName"),
];

const FEDERATION: &[Field] = &[leaf("federatedprovider", "federatedProvider"), leaf("attributes", "attributes")];

const RESOURCE: &[Field] = &[leaf("arn", "ARN"), leaf("accountid", "accountId"), leaf("type", "type")];

const ADDENDUM: &[Field] = &[
    leaf("reason", "reason"),
    leaf("updatedfields", "updatedFields"),
    leaf("originalrequestid", "originalRequestID"),
    leaf("originaleventid", "originalEventID"),
];

/// The record of a row.
fn record(row: &Row<'_>) -> Result<String, String> {
    let mut record = ObjectText::default();
    for Column(name, wire, kind) in &COLUMNS {
        let Some(text) = row.get(name).filter(|text| !text.is_empty()) else { continue };
        let json = match kind {
            Truth if ["true", "false"].contains(&text) => Some(text.to_owned()),
            Text | Truth => {
                record.text(wire, text);
                continue;
            }
            Json if is_object(text) => {
                record.text(wire, text);
                continue;
            }
            Json => None,
            Struct(fields) => struct_text::read(text, fields).or_else(|| renamed(text, fields)),
            List(fields) => struct_text::read_list(text, fields).or_else(|| renamed(text, fields)),
        };
        let json = json.ok_or_else(|| format!("its {name} can be read in no way, or in several; SELECT it as JSON"))?;
        record.json(wire, &json);
    }
    Ok(record.finish())
}

/// Whether a text is JSON of an object, or `null`.
fn is_object(text: &str) -> bool {
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
    is_json && (text.trim_start().starts_with('{') || text.trim() == "null")
}

/// JSON with the names of the wire in the place of those of the table.
fn renamed(json: &str, fields: &'static [Field]) -> Option<String> {
    let json = json.trim();
    match json.as_bytes().first()? {
        b'{' => {
            let members: BTreeMap<Cow<str>, &RawValue> = serde_json::from_str(json).ok()?;
            let mut object = ObjectText::default();
            for (name, value) in members {
                match fields.iter().find(|field| *field.name == *name) {
                    Some(Field { wire, fields: [], .. }) => object.json(wire, value.get()),
                    Some(Field { wire, fields, .. }) => object.json(wire, &renamed(value.get(), fields)?),
                    None => object.json(&name, value.get()),
                }
            }
            Some(object.finish())
        }
        b'[' => {
            let list: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            // Lists of lists are not there, however deep a stranger nests them.
            let element = |value: &RawValue| match value.get() {
                list if list.starts_with('[') => Some(list.to_owned()),
                value => renamed(value, fields),
            };
            let list: Option<Vec<String>> = list.into_iter().map(element).collect();
            Some(format!("[{}]", list?.join(",")))
        }
        _ => serde_json::from_str::<&RawValue>(json).ok().map(|value| value.get().to_owned()),
    }
}

/// Why a row cannot be read.
pub(in crate::decode) enum RowDefect {
    /// It tells nothing for sure.
    Row(String),
    /// It tells too little of a call, and would do for somebody who asks for none.
    Call(String),
    /// It tells of an assumption, and too little of the session that began.
    Session(String),
}

/// The record of an object whose names are those of the table, or why it cannot be told. `calls` are looked for.
pub(in crate::decode) fn record_of_lower_case(object: &[u8], calls: Option<CallKind>) -> Result<String, RowDefect> {
    const NO_JSON: &str = "it is no JSON";
    let no_json = || RowDefect::Row(NO_JSON.to_owned());
    let members: Members<'_> = serde_json::from_slice(object).map_err(|_| no_json())?;
    if members.get("eventname").is_some_and(|name| name.get() == ASSUMPTION) {
        check_assumption(&members, calls)?;
    } else if let Some(lack) =
        calls.filter(|_| is_of_principal(&members)).and_then(|kind| lack_of_object(kind, &members))
    {
        return Err(RowDefect::Call(lack));
    }
    let mut record = ObjectText::default();
    for Column(name, wire, kind) in &COLUMNS {
        let Some(value) = members.get(*name).map(|value| value.get()).filter(|value| *value != "null") else {
            continue;
        };
        match kind {
            Struct(fields) | List(fields) => {
                record.json(wire, &renamed(value, fields).ok_or_else(no_json)?);
            }
            Text | Truth | Json => record.json(wire, value),
        }
    }
    Ok(record.finish())
}

/// Whether a row names a principal: no other one is a call of a session or with a key.
fn is_of_principal(members: &Members<'_>) -> bool {
    members.get("useridentity").is_some_and(|identity| {
        memchr::memmem::find(identity.get().as_bytes(), b"principalid").is_some()
            || memchr::memmem::find(identity.get().as_bytes(), b"principalId").is_some()
    })
}

/// Whether a row tells what became of an assumption.
///
/// Some writers leave out what is null, so that an object does not show whether a column was selected. Without an error code,
/// an assumption was granted if it has a response, and nobody knows if it has none. One that was granted has parameters.
fn check_assumption(members: &Members<'_>, calls: Option<CallKind>) -> Result<(), RowDefect> {
    let given = |name: &str| members.get(name).is_some_and(|value| !["null", "\"\""].contains(&value.get()));
    let has = |name: &str| members.contains_key(name);
    if !has("errorcode") && !given("responseelements") {
        return Err(RowDefect::Row(UNTOLD.to_owned()));
    }
    if let Some(lack) = lack_of_event(members) {
        return Err(RowDefect::Row(lack));
    }
    let is_granted = !given("errorcode") && (given("responseelements") || !given("errormessage"));
    if !has("requestparameters") && (is_granted || keeps_nulls(members)) {
        return Err(RowDefect::Row(lacks("requestparameters", "the role and the run")));
    }
    if is_granted && !has("responseelements") && calls == Some(CallKind::Session) {
        return Err(RowDefect::Session(lacks("responseelements", "which session began")));
    }
    Ok(())
}

/// The name of our event as it is written.
const ASSUMPTION: &str = "\"AssumeRoleWithWebIdentity\"";

/// What is wrong where nobody can tell whether something was denied.
const UNTOLD: &str = "without errorcode and responseelements nobody can tell whether it was granted; SELECT both";
