//! Reads a log file the slow and obvious way: the whole text, byte by byte, each record as a `serde_json::Value`.
//!
//! It shares no code with the library. Its rules are those of DESIGN §3 and §4.

use std::collections::BTreeMap;
use std::io::Read as _;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};
use regex::Regex;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cursor::{Failed, depth};
use crate::looker::State;

pub(crate) const NAME: &str = "AssumeRoleWithWebIdentity";

/// What a file is found to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) failed: bool,
    pub(crate) digest: bool,
    pub(crate) next_token: bool,
    pub(crate) kept: u64,
    pub(crate) other: u64,
    pub(crate) malformed: u64,
    /// One line per event of ours, its columns in the public order but for the log file.
    pub(crate) events: Vec<Vec<String>>,
    /// One line per call of Terraform with a long-lived credential, where they were asked for.
    pub(crate) calls: Vec<Vec<String>>,
}

/// How to read.
pub(crate) struct Oracle {
    /// Hosts besides those of HCP Terraform, in lower case.
    pub(crate) hosts: Vec<&'static str>,
    pub(crate) all_issuers: bool,
    pub(crate) calls: bool,
    pub(crate) max_record: usize,
    subject: [Regex; 4],
    session: Regex,
    time: Regex,
}

impl Oracle {
    pub(crate) fn new(hosts: Vec<&'static str>, all_issuers: bool, max_record: usize) -> Self {
        let regex = |text: &str| Regex::new(text).unwrap();
        Self {
            hosts,
            all_issuers,
            // The same reader asks both questions: with every issuer, and with the calls.
            calls: all_issuers,
            max_record,
            subject: [
                regex("^organization:([^:]+):project:([^:]+):workspace:([^:]+):run_phase:([^:]+)$"),
                regex("^organization:([^:]+):project:([^:]+):stack:([^:]+):deployment:([^:]+):operation:([^:]+)$"),
                regex("^organization:([^:]+):module:([^:]+):operation:([^:]+)$"),
                regex("^organization:([^:]+):workspace:([^:]+):run_phase:([^:]+)$"),
            ],
            session: regex("^terraform-run-((?:run-)?[A-Za-z0-9]+)$"),
            time: regex(
                "^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?$",
            ),
        }
    }

    /// Reads the bytes of a stored file.
    pub(crate) fn read(&self, file: &[u8]) -> Found {
        let mut text = file.to_vec();
        for _ in 0..2 {
            if text.starts_with(&[0x1f, 0x8b]) {
                let mut inner = Vec::new();
                if flate2::bufread::MultiGzDecoder::new(&text[..]).read_to_end(&mut inner).is_err() {
                    return Found { failed: true, ..Found::default() };
                }
                text = inner;
            }
        }
        let order: Option<fn([u8; 2]) -> u16> = match text[..] {
            [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
            [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
            _ => None,
        };
        if let Some(order) = order {
            let units: Vec<u16> = text[2..].chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
            text = String::from_utf16_lossy(&units).into_bytes();
        }
        self.read_text(&text)
    }

    fn read_text(&self, text: &[u8]) -> Found {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut state = State::new(self);
        let failed = state.stream(text).is_err();
        let nothing = !state.known;
        if failed || (nothing && !state.digest && state.unknown) {
            return Found { failed: true, ..Found::default() };
        }
        if nothing && state.digest {
            return Found { digest: true, ..Found::default() };
        }
        state.found
    }
}

impl Oracle {
    /// The columns of an event of ours; `Err` without a usable time.
    pub(crate) fn event(&self, value: &Value) -> Result<Option<Vec<String>>, Failed> {
        if value["eventName"].as_array().is_some_and(|names| names.iter().any(|name| name == NAME)) {
            return Err(Failed);
        }
        if value["eventName"].as_str() != Some(NAME) {
            return Ok(None);
        }
        let raw = value;
        let value = &unfolded(value);
        let at = |path: &[&str]| {
            let found = path.iter().try_fold(value, |value, key| value.get(key));
            found.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let either = |one: String, other: String| if one.is_empty() { other } else { one };
        let given = |value: &Value| !value.is_null() && value.as_str() != Some("");
        let is_denied =
            given(&value["errorCode"]) || (given(&value["errorMessage"]) && value["responseElements"].is_null());
        let granted = !is_denied;
        let principal = at(&["userIdentity", "principalId"]);
        let mut provider = either(at(&["userIdentity", "identityProvider"]), at(&["responseElements", "provider"]));
        let mut subject =
            either(at(&["userIdentity", "userName"]), at(&["responseElements", "subjectFromWebIdentityToken"]));
        let mut audience = at(&["responseElements", "audience"]);
        if provider.is_empty() && principal.starts_with("arn:") && principal.contains(":oidc-provider/") {
            let (front, back) = principal.split_once(":oidc-provider/").unwrap();
            if let Some((host, _)) = back.split_once(':') {
                provider = format!("{front}:oidc-provider/{host}");
            }
        }
        if provider.is_empty() && !subject.is_empty() && !audience.is_empty() {
            let back = format!(":{audience}:{subject}");
            principal.strip_suffix(&back).unwrap_or_default().clone_into(&mut provider);
        } else if audience.is_empty() && !provider.is_empty() && !subject.is_empty() {
            let rest = principal.strip_prefix(&format!("{provider}:")).unwrap_or_default();
            rest.strip_suffix(&format!(":{subject}")).unwrap_or_default().clone_into(&mut audience);
        } else if subject.is_empty() && !provider.is_empty() && !audience.is_empty() {
            principal.strip_prefix(&format!("{provider}:{audience}:")).unwrap_or_default().clone_into(&mut subject);
        } else if !granted && !provider.is_empty() && subject.is_empty() && audience.is_empty() {
            let rest = principal.strip_prefix(&format!("{provider}:")).unwrap_or_default();
            if let Some((front, back)) = rest.rsplit_once(":organization:") {
                (audience, subject) = (front.to_owned(), format!("organization:{back}"));
            }
        }
        let (account, role) = place(value, &provider);
        let issuer = match provider.split_once(":oidc-provider/") {
            Some((_, host)) if provider.starts_with("arn:") => host.to_owned(),
            _ => provider,
        };
        let host = issuer.to_lowercase();
        let identity = raw["userIdentity"].as_str().map(str::trim).unwrap_or_default();
        if issuer.is_empty() && !identity.is_empty() && parse(identity.as_bytes()).is_none() {
            return Err(Failed);
        }
        let is_absent =
            |name: &str| raw[name].is_null() || raw[name].as_str().is_some_and(|it| ["", "null"].contains(&it.trim()));
        let names_nobody = granted && subject.is_empty() && principal.is_empty();
        let may_be_ours = names_nobody || is_absent("userIdentity") || self.names(&subject)[0] != "other";
        let corrects =
            at(&["addendum", "reason"]) == "UPDATED_DATA" && !at(&["addendum", "originalEventID"]).is_empty();
        if issuer.is_empty() && may_be_ours && !corrects {
            return Err(Failed);
        }
        let ours =
            ["app.terraform.io", "app.eu.terraform.io"].contains(&host.as_str()) || self.hosts.contains(&host.as_str());
        if !ours && !self.all_issuers {
            return Ok(None);
        }
        let time = self.time(&at(&["eventTime"])).ok_or(Failed)?;
        let names = if ours { self.names(&subject) } else { names("other", [""; 7]) };
        let session = at(&["requestParameters", "roleSessionName"]);
        let run_id = match self.session.captures(&session) {
            Some(parts) if names[0] != "other" => format!("run-{}", parts[1].strip_prefix("run-").unwrap_or(&parts[1])),
            _ => String::new(),
        };
        let agent = at(&["userAgent"]);
        let version = |name: &str| {
            let mut tokens = agent.split([' ', '\t', '\n', '\r', '\x0c']);
            tokens.find_map(|token| token.strip_prefix(name)).unwrap_or_default().to_owned()
        };
        let error = at(&["errorCode"]);
        let key = at(&["responseElements", "credentials", "accessKeyId"]);
        let mut columns = vec![time, at(&["eventID"]), account, at(&["awsRegion"]), at(&["sourceIPAddress"])];
        columns.extend(names);
        columns.extend([
            run_id,
            role,
            session,
            issuer,
            audience,
            if granted { "granted" } else { "denied" }.to_owned(),
            error,
            if granted { key } else { String::new() },
            version("Terraform/"),
            version("terraform-provider-aws/"),
            agent.clone(),
            subject,
            at(&["additionalEventData", "identityProviderConnectionVerificationMethod"]),
            Self::seconds(&value["requestParameters"]["durationSeconds"]),
        ]);
        Ok(Some(columns))
    }

    /// What a call of Terraform with a long-lived credential says; `Err` without a usable time.
    pub(crate) fn call(&self, value: &Value) -> Result<Option<Vec<String>>, Failed> {
        let value = &unfolded(value);
        let at = |path: &[&str]| {
            let found = path.iter().try_fold(value, |value, key| value.get(key));
            found.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let kind = at(&["userIdentity", "type"]);
        let agent = at(&["userAgent"]);
        let version = |name: &str| {
            let mut tokens = agent.split([' ', '\t', '\n', '\r', '\x0c']);
            tokens.find_map(|token| token.strip_prefix(name)).unwrap_or_default().to_owned()
        };
        let partner = !version("APN/").is_empty();
        let named = partner && (!version("Terraform/").is_empty() || !version("OpenTofu-S3-Backend/").is_empty());
        let issuer_asked_for = value["eventName"].as_str() == Some(NAME);
        if !self.calls
            || !named
            || !["IAMUser", "Root"].contains(&kind.as_str())
            || (issuer_asked_for && self.all_issuers)
        {
            return Ok(None);
        }
        let time = self.time(&at(&["eventTime"])).ok_or(Failed)?;
        let either = |one: String, other: String| if one.is_empty() { other } else { one };
        let source = at(&["eventSource"]);
        let role = at(&["requestParameters", "roleArn"]);
        Ok(Some(vec![
            time,
            kind,
            either(at(&["userIdentity", "accountId"]), at(&["recipientAccountId"])),
            at(&["userIdentity", "userName"]),
            at(&["userIdentity", "accessKeyId"]),
            source.strip_suffix(".amazonaws.com").unwrap_or(&source).to_owned(),
            at(&["awsRegion"]),
            at(&["sourceIPAddress"]),
            either(version("Terraform/"), version("OpenTofu/")),
            version("terraform-provider-aws/"),
            if at(&["eventName"]) == "AssumeRole" { role } else { String::new() },
            (!value["errorCode"].is_null() && value["errorCode"].as_str() != Some("")).to_string(),
        ]))
    }

    /// A whole number of seconds, or text that is one.
    fn seconds(value: &Value) -> String {
        let number = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
        let seconds = number.or_else(|| value.as_str()?.parse().ok());
        seconds.map(|seconds| seconds.to_string()).unwrap_or_default()
    }

    fn names(&self, subject: &str) -> [String; 8] {
        let [workspace, stack, module, before_projects] = &self.subject;
        if subject.trim() != subject {
            names("other", [""; 7])
        } else if let Some(it) = before_projects.captures(subject) {
            names("workspace", [&it[1], "", &it[2], "", "", "", &it[3]])
        } else if let Some(it) = workspace.captures(subject) {
            names("workspace", [&it[1], &it[2], &it[3], "", "", "", &it[4]])
        } else if let Some(it) = stack.captures(subject) {
            names("stack", [&it[1], &it[2], "", &it[3], &it[4], "", &it[5]])
        } else if let Some(it) = module.captures(subject) {
            names("module-test", [&it[1], "", "", "", "", &it[2], &it[3]])
        } else {
            names("other", [""; 7])
        }
    }

    fn time(&self, text: &str) -> Option<String> {
        let parts = self.time.captures(text)?;
        let clock = parts[2].strip_suffix(":60").map_or_else(|| parts[2].to_owned(), |front| format!("{front}:59"));
        let civil = NaiveDateTime::parse_from_str(&format!("{}T{clock}", &parts[1]), "%Y-%m-%dT%H:%M:%S").ok()?;
        let offset = parts.get(3).map_or("Z", |offset| offset.as_str());
        let seconds = if offset.eq_ignore_ascii_case("z") {
            0
        } else {
            let (hours, minutes): (i64, i64) = (offset[1..3].parse().ok()?, offset[4..].parse().ok()?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if offset.starts_with('-') { -60 } else { 60 }
        };
        let utc = civil.checked_sub_signed(TimeDelta::seconds(seconds))?;
        (0..=9999).contains(&utc.year()).then(|| utc.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

fn names(kind: &str, rest: [&str; 7]) -> [String; 8] {
    let [organization, project, workspace, stack, deployment, module, phase] = rest;
    [kind, organization, project, workspace, stack, deployment, module, phase].map(str::to_owned)
}

/// The account and the role of a record, from wherever it names them.
fn place(value: &Value, provider: &str) -> (String, String) {
    let account_of = |arn: &str| {
        let account = arn.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(3)).unwrap_or_default();
        if is_account(account) { account.to_owned() } else { String::new() }
    };
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let resources: Vec<Value> = value["resources"].as_array().cloned().unwrap_or_default();
    let mut role = text(&value["requestParameters"], "roleArn");
    let mut account = text(value, "recipientAccountId");
    for resource in &resources {
        if role.is_empty() && text(resource, "type") == "AWS::IAM::Role" {
            role = text(resource, "ARN");
        }
    }
    if account.is_empty() {
        account = account_of(&role);
    }
    for resource in &resources {
        if account.is_empty() && is_account(&text(resource, "accountId")) {
            account = text(resource, "accountId");
        } else if account.is_empty() {
            account = account_of(&text(resource, "ARN"));
        }
    }
    if account.is_empty() {
        account = account_of(provider);
    }
    (account, role)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|it| it.is_ascii_digit())
}

/// The record with objects where it has JSON text of objects.
fn unfolded(value: &Value) -> Value {
    let mut value = value.clone();
    let unfold = |value: &mut Value, key: &str| {
        if let Some(part) = value.get_mut(key)
            && let Some(text) = part.as_str()
        {
            *part = parse(text.trim().as_bytes()).unwrap_or(if text.trim().is_empty() {
                Value::Null
            } else {
                Value::from(0)
            });
        }
    };
    for key in ["userIdentity", "requestParameters", "responseElements", "additionalEventData", "resources", "addendum"]
    {
        unfold(&mut value, key);
    }
    if let Some(response) = value.get_mut("responseElements") {
        unfold(response, "credentials");
    }
    value
}

/// Whether what is no JSON might be an event of ours. What cannot be is never looked at (DESIGN §5).
pub(crate) fn may_be_ours(text: &[u8]) -> bool {
    hides_letters(text) || holds(text, NAME)
}

/// The same for a call of Terraform with a long-lived credential.
pub(crate) fn may_be_call(text: &[u8]) -> bool {
    hides_letters(text) || (holds(text, "APN") && (holds(text, "\"IAMUser") || holds(text, "\"Root")))
}

pub(crate) fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window == word.as_bytes())
}

pub(crate) fn hides_letters(text: &[u8]) -> bool {
    let mut at = 0;
    let mut escapes = false;
    while at < text.len() {
        if text[at] == b'\\' {
            let digits = text.get(at + 2..at + 5).unwrap_or(b"004");
            escapes |=
                text.get(at + 1) == Some(&b'u') && digits.starts_with(b"00") && (b'4'..=b'7').contains(&digits[2]);
            at += 1;
        }
        at += 1;
    }
    escapes
}

/// A record as a value. What nests deeper than `serde_json` goes by default is taken apart one level at a time.
pub(crate) fn parse(text: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(text).ok()?;
    let text = &mend(text);
    if depth(text.as_bytes()) < 100 { serde_json::from_str(text).ok() } else { parse_deep(text) }
}

/// The text with U+FFFD for each half of a surrogate pair, which JSON's grammar admits and `Value` does not.
fn mend(text: &str) -> String {
    let mut mended = text.to_owned();
    let half = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let mut at = 0;
    while at < text.len() {
        match (half(at), half(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.replace_range(at..at + 6, "\\ufffd");
                at += 6;
            }
            _ if text.as_bytes()[at] == b'\\' => at += 2,
            _ => at += 1,
        }
    }
    mended
}

fn parse_deep(text: &str) -> Option<Value> {
    let part = |raw: &RawValue| match raw.get() {
        text if depth(text.as_bytes()) < 100 => serde_json::from_str(text).ok(),
        text => parse_deep(text),
    };
    if text.trim_start().starts_with('[') {
        let elements: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
        return elements.iter().map(|raw| part(raw)).collect::<Option<_>>().map(Value::Array);
    }
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
    let members = members.into_iter().map(|(key, raw)| part(&raw).map(|value| (key, value)));
    members.collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
}
