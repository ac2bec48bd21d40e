//! One record that may be ours: its JSON read in place, and what it says as an [`Assumption`].
//!
//! Only the fields that a report needs are read; the session token, which CloudTrail logs, is never one of them.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::issuer::{IssuerRole, Issuers, issuer_of_provider};
use crate::domain::role::{arn_account, is_account, run_id_of_session};
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

use super::identity::WebIdentity;
use super::secret::without_secrets;
use super::wire::{AssumptionRecord, Resource, ResponseElements, lists_name, part_json, resources};
use crate::decode::defect::MalformedReason;
use crate::decode::fields::{ObjectOrText, ReadMode};

/// The event that this tool is about.
pub const EVENT_NAME: &str = "AssumeRoleWithWebIdentity";

/// What a record turned out to be.
#[derive(Debug)]
pub enum ReadRecord {
    /// A web identity of a selected issuer.
    Ours(Box<Assumption>),
    /// A web identity of an issuer that was not asked for.
    Foreign {
        /// That issuer.
        issuer: Box<str>,
    },
    /// Another event.
    Other,
}

/// Whether an escape in the record could spell a letter of the event's name. Without it, and without the name itself,
/// the record is of another event, JSON or not.
#[must_use]
pub fn may_hide_name(record: &[u8]) -> bool {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', record.get(at..).unwrap_or_default()) {
        at += step + 2;
        if matches!(record.get(at - 1..at + 3), Some([b'u', b'0', b'0', b'4'..=b'7'])) {
            return true;
        }
    }
    false
}

/// Reads a record.
pub fn read(record: &[u8], issuers: &Issuers, log_file: &Arc<str>) -> Result<ReadRecord, MalformedReason> {
    let text = simdutf8::basic::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
    // Half a surrogate pair, and a number beyond all bounds, are JSON by its grammar, but no quick reader takes them.
    let event: Result<AssumptionRecord, _> = ReadMode::Quick.read(text).or_else(|_| ReadMode::Careful.read(text));
    let event = event.map_err(|error: serde_json::Error| not_json(&error))?;
    if event.name.as_deref() != Some(EVENT_NAME) {
        return other(&event, text);
    }
    let (who, response, request) = (event.identity.open(), event.response.open(), event.request.open());
    let outcome = outcome(&event, &response);
    let identity = WebIdentity::of(&who, &response, outcome.is_denied());
    let issuer = identity.provider.map(|provider| without_secrets(issuer_of_provider(provider)));
    let issuer = issuer.as_deref();
    let subject_text = without_secrets(identity.subject.unwrap_or_default());
    check_identity(&event, issuer, &subject_text, !outcome.is_denied() && identity.names_nobody(&who))?;
    let role = issuers.role(issuer.unwrap_or_default());
    let time = event.time.as_deref().and_then(Timestamp::parse_event_time);
    let is_named = issuer.is_some() || event.addendum.is_absent();
    // What is kept for its subject alone is never more of a defect than where it is not kept.
    if role == IssuerRole::Foreign && (time.is_none() || (is_named && !issuers.keeps_subject(&subject_text))) {
        return Ok(ReadRecord::Foreign { issuer: issuer.unwrap_or_default().into() });
    }
    let correction = correction(&event, issuer.is_none() && role == IssuerRole::Foreign);
    if role == IssuerRole::Foreign && correction.is_none() && !issuers.keeps_subject(&subject_text) {
        return Ok(ReadRecord::Foreign { issuer: issuer.unwrap_or_default().into() });
    }
    let time = time.ok_or(MalformedReason::NoTime)?;
    let subject = match role {
        IssuerRole::Terraform => Subject::parse(&subject_text),
        _ => Subject::Other((*subject_text).into()),
    };
    let session = given(request.session.as_deref());
    let run_id = match subject.kind() {
        SubjectKind::Other => None,
        _ => session.as_deref().and_then(run_id_of_session).map(Into::into),
    };
    let place = RoleAndAccount::of(&event, request.role_arn.as_deref(), identity.provider);
    let credentials = response.credentials.open();
    Ok(ReadRecord::Ours(Box::new(Assumption {
        time,
        event_id: given(event.id.as_deref()),
        account_id: place.account,
        region: given(event.region.as_deref()),
        source_address: given(event.source_address.as_deref()).map(|text: Arc<str>| text.into()),
        subject,
        issuer: given(issuer),
        audience: given(identity.audience),
        role_arn: place.role_arn,
        role_session_name: session,
        run_id,
        duration_seconds: request.duration_seconds,
        expiration: credentials.expiration.as_deref().and_then(Timestamp::parse_expiration),
        verification_method: given(event.additional.open().verification_method.as_deref()),
        outcome,
        user_agent: given(event.user_agent.as_deref()),
        log_file: Arc::clone(log_file),
        content: Sha256::digest(compact(record)).into(),
        correction,
    })))
}

/// A record without the name of our event. One with a list of names is none that anybody can read.
fn other(event: &AssumptionRecord, text: &str) -> Result<ReadRecord, MalformedReason> {
    let is_listed = event.name.is_none() && lists_name(text, EVENT_NAME);
    if is_listed { Err(MalformedReason::ListedName) } else { Ok(ReadRecord::Other) }
}

/// An event without an issuer may be anybody's if its identity is not there, is text that is no JSON, or names nobody though the
/// role was given (`is_nobody`), and Terraform's if its subject has that form. CloudTrail writes an identity with its provider into
/// each (DOMAIN §4), unless it gives some fields of an event anew.
fn check_identity(
    event: &AssumptionRecord,
    issuer: Option<&str>,
    subject: &str,
    is_nobody: bool,
) -> Result<(), MalformedReason> {
    if issuer.is_some_and(|issuer| !issuer.is_empty()) {
        return Ok(());
    }
    check_text(&event.identity)?;
    let may_be_ours =
        || is_nobody || event.identity.is_absent() || Subject::parse(subject).kind() != SubjectKind::Other;
    if correction(event, true).is_none() && may_be_ours() {
        return Err(MalformedReason::NoIdentity);
    }
    Ok(())
}

/// An identity that is text has to be JSON.
pub(in crate::decode) fn check_text<T>(identity: &ObjectOrText<'_, T>) -> Result<(), MalformedReason> {
    let text = identity.text().filter(|text| !text.trim().is_empty());
    match text.map(serde_json::from_str::<IgnoredAny>) {
        Some(Err(_)) => Err(MalformedReason::NotJson("the text of its userIdentity".to_owned())),
        _ => Ok(()),
    }
}

/// What serde says of a text, without its line and column, which mean nothing in one record.
pub(in crate::decode) fn not_json(error: &serde_json::Error) -> MalformedReason {
    let text = error.to_string();
    MalformedReason::NotJson(text.split(" at line ").next().unwrap_or_default().to_owned())
}

/// Text of an event without what is secret by its shape; the empty one is none.
pub(in crate::decode) fn given<T: for<'a> From<&'a str>>(text: Option<&str>) -> Option<T> {
    text.filter(|text| !text.is_empty()).map(|text| T::from(&without_secrets(text)))
}

/// DESIGN §8: an error code of any kind is a denial, and so is a message where there is no answer.
fn outcome(event: &AssumptionRecord, response: &ResponseElements) -> Outcome {
    let is_denied = !event.error_code.is_blank() || (!event.error_message.is_blank() && event.response.is_absent());
    if is_denied {
        return Outcome::Denied { code: given(event.error_code.text()).unwrap_or_default() };
    }
    Outcome::Granted { access_key_id: given(response.credentials.open().access_key_id.as_deref()) }
}

/// Of which event this one has better data.
fn correction(event: &AssumptionRecord, is_bare: bool) -> Option<Box<Correction>> {
    let addendum = event.addendum.open();
    let original = given(addendum.original.as_deref())?;
    (addendum.reason.as_deref() == Some("UPDATED_DATA")).then(|| {
        Box::new(Correction { original, updated: given(addendum.updated.as_deref()).unwrap_or_default(), is_bare })
    })
}

/// The role asked for and the account that received the call, from wherever the record names them (DESIGN §8).
struct RoleAndAccount {
    role_arn: Option<Arc<str>>,
    account: Option<Arc<str>>,
}

impl RoleAndAccount {
    fn of(event: &AssumptionRecord, role_arn: Option<&str>, provider: Option<&str>) -> Self {
        let role_arn = role_arn.filter(|arn| !arn.is_empty());
        let account = event.account.as_deref().filter(|account| !account.is_empty());
        if let (Some(_), Some(_)) = (role_arn, account) {
            return Self { role_arn: given(role_arn), account: given(account) };
        }
        let json = part_json(event.resources);
        let resources = resources(&json);
        let role_of_resources = || {
            let is_role = |it: &&Resource<'_>| it.kind.as_deref() == Some("AWS::IAM::Role");
            resources.iter().filter(is_role).find_map(|it| it.arn.as_deref().filter(|arn| !arn.is_empty()))
        };
        let role_arn = role_arn.or_else(role_of_resources);
        let account_of_resources = || {
            resources.iter().find_map(|it| {
                let own = it.account.as_deref().filter(|id| is_account(id));
                own.or_else(|| it.arn.as_deref().and_then(arn_account))
            })
        };
        let account = account
            .or_else(|| role_arn.and_then(arn_account))
            .or_else(account_of_resources)
            .or_else(|| provider.and_then(arn_account));
        Self { role_arn: given(role_arn), account: given(account) }
    }
}

/// The record without white space outside strings. Nearly every record is like that already.
pub(in crate::decode) fn compact(record: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = record.get(at) {
        match byte {
            b'"' => at = end_of_string(record, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.extend_from_slice(&record[copied..at]);
                at += 1;
                copied = at;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(record);
    }
    out.extend_from_slice(&record[copied..]);
    Cow::Owned(out)
}

/// The position behind the closing quote of the string that starts at `at`.
fn end_of_string(record: &[u8], mut at: usize) -> usize {
    at += 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', record.get(at..).unwrap_or_default()) {
        at += step + 1;
        if record[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    record.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expected: Option<&str>) {
        let record = format!(
            r#"{{"eventName":"{EVENT_NAME}","eventTime":"2026-11-02T05:00:00Z","userIdentity":{{"userName":"alice"}},"eventID":{id},"userAgent":"x","n":1e999}}"#
        );
        let read = read(record.as_bytes(), &Issuers::new(["host"], true), &"f".into()).unwrap();
        let ReadRecord::Ours(event) = read else { panic!("{read:?}") };
        assert_eq!((event.event_id.as_deref(), event.user_agent.as_deref()), (expected, Some("x")));
    }

    #[test]
    fn what_is_json_by_its_grammar_costs_no_more_than_its_own_field() {
        check(r#""a""#, Some("a"));
        check("\"\\ud83d\\udca5\"", Some("\u{1f4a5}"));
        check("\"\\ud83d\\ud83d\\udca5x\"", Some("\u{fffd}\u{1f4a5}x"));
        check("\"\\ud83d\"", Some("\u{fffd}"));
        check("1e999", None);
        check("[1e999,{\"eventID\":\"b\"}]", None);
        check("null", None);
    }

    /// A record of ours with some of its members replaced or, with an empty value, removed.
    fn record(changes: &[(&str, &str)]) -> String {
        let plain = [
            ("eventName", r#""AssumeRoleWithWebIdentity""#),
            ("eventTime", r#""2026-11-02T05:00:00Z""#),
            ("recipientAccountId", r#""101010101010""#),
            (
                "userIdentity",
                r#"{"userName":"organization:fenwick:workspace:dns:run_phase:plan","identityProvider":"arn:aws:iam::606060606060:oidc-provider/app.terraform.io","principalId":"arn:aws:iam::606060606060:oidc-provider/app.terraform.io:aud:organization:fenwick:workspace:dns:run_phase:plan"}"#,
            ),
            (
                "requestParameters",
                r#"{"roleArn":"arn:aws:iam::202020202020:role/dns","roleSessionName":"terraform-run-run-Qq11"}"#,
            ),
            (
                "responseElements",
                r#"{"credentials":{"accessKeyId":"ASIAX","sessionToken":"never","expiration":"Nov 2, 2026, 6:00:00 AM"}}"#,
            ),
            (
                "resources",
                r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b"},{"type":"AWS::IAM::Role","ARN":"arn:aws:iam::303030303030:role/other","accountId":"404040404040"}]"#,
            ),
        ];
        let mut members: std::collections::BTreeMap<&str, &str> = plain.into_iter().collect();
        members.extend(changes.iter().copied());
        let members = members.iter().filter(|(_, value)| !value.is_empty());
        let members: Vec<String> = members.map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn ours(changes: &[(&str, &str)]) -> Assumption {
        let text = record(changes);
        match read(text.as_bytes(), &Issuers::new([""; 0], false), &"f".into()).unwrap() {
            ReadRecord::Ours(event) => *event,
            other => panic!("{other:?} of {text}"),
        }
    }

    #[test]
    fn the_account_and_the_role_are_where_the_record_has_them() {
        let check = |changes: &[(&str, &str)], account: &str, role: &str| {
            let event = ours(changes);
            let cells = [event.account_id, event.role_arn].map(|text| text.unwrap_or_default().to_string());
            assert_eq!(cells, [account, role], "{changes:?}");
        };
        let (own, other) = ("arn:aws:iam::202020202020:role/dns", "arn:aws:iam::303030303030:role/other");
        let (no_account, no_role) = (("recipientAccountId", ""), ("requestParameters", "null"));
        check(&[], "101010101010", own);
        check(&[no_account], "202020202020", own);
        check(&[("recipientAccountId", "101010101010")], "202020202020", own);
        check(&[no_role], "101010101010", other);
        check(&[no_account, no_role], "303030303030", other);
        let odd_role = ("requestParameters", r#"{"roleArn":"dns"}"#);
        check(&[no_account, odd_role], "404040404040", "dns");
        check(&[no_account, odd_role, ("resources", "[{},7,null]")], "606060606060", "dns");
        check(&[no_account, no_role, ("resources", "")], "606060606060", "");
        let text = r#""[{\"type\":\"AWS::IAM::Role\",\"ARN\":\"arn:aws:iam::505050505050:role/z\"}]""#;
        check(&[no_account, no_role, ("resources", text)], "505050505050", "arn:aws:iam::505050505050:role/z");
    }

    #[test]
    fn outcomes_are_told_by_code_and_by_message() {
        let check = |changes: &[(&str, &str)], expected: Option<&str>| {
            let outcome = ours(changes).outcome;
            let found = outcome.is_denied().then(|| outcome.error_code().unwrap_or_default());
            assert_eq!(found, expected, "{changes:?}");
        };
        let (message, silent) = (("errorMessage", r#""An unknown error occurred""#), ("responseElements", "null"));
        check(&[], None);
        check(&[silent], None);
        check(&[message], None);
        check(&[message, silent], Some(""));
        check(&[message, ("responseElements", "")], Some(""));
        check(&[message, ("responseElements", r#""null""#)], Some(""));
        check(&[("errorMessage", "null"), silent], None);
        check(&[("errorMessage", r#""""#), silent], None);
        check(&[("errorCode", r#""ExpiredTokenException""#)], Some("ExpiredTokenException"));
        for (code, is_denied) in [("null", false), (r#""""#, false), ("403", true), ("{}", true), ("false", true)] {
            check(&[("errorCode", code)], is_denied.then_some(""));
        }
    }

    #[test]
    fn json_text_is_read_as_its_object() {
        let plain = ours(&[]);
        let text = record(&[]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for parts in
            [&["userIdentity"][..], &["requestParameters", "responseElements"], &["userIdentity", "responseElements"]]
        {
            let texts: Vec<(&str, String)> = parts
                .iter()
                .map(|part| (*part, serde_json::Value::from(value[part].to_string()).to_string()))
                .collect();
            let changes: Vec<(&str, &str)> = texts.iter().map(|(part, text)| (*part, text.as_str())).collect();
            let event = ours(&changes);
            assert_eq!(Assumption { content: plain.content, ..event }, plain, "{parts:?}");
        }
        assert_eq!(plain.expiration.map(|time| time.to_string()).as_deref(), Some("2026-11-02T06:00:00Z"));
        assert_eq!((plain.subject.workspace(), plain.run_id.as_deref()), (Some("dns"), Some("run-Qq11")));
        // What is no JSON has no fields, and costs no more than its own.
        assert_eq!(ours(&[("requestParameters", r#""{role""#)]).role_session_name, None);
        // Nobody knows whose an event is that a struct of Athena's, printed as text, should tell.
        let text = record(&[("userIdentity", r#""{type=WebIdentityUser, username=x}""#)]);
        let found = read(text.as_bytes(), &Issuers::new([""; 0], false), &"f".into());
        assert!(matches!(found, Err(MalformedReason::NotJson(_))), "{found:?}");
    }

    #[test]
    fn an_event_without_an_identity_is_malformed() {
        let check = |changes: &[(&str, &str)], is_malformed: bool| {
            let found = read(record(changes).as_bytes(), &Issuers::new([""; 0], false), &"f".into());
            assert_eq!(matches!(found, Err(MalformedReason::NoIdentity)), is_malformed, "{changes:?} {found:?}");
        };
        let flat = ("userIdentity.identityProvider", r#""arn:aws:iam::606060606060:oidc-provider/app.terraform.io""#);
        for identity in ["", "null", r#""""#, r#"" null ""#] {
            check(&[("userIdentity", identity), flat], true);
        }
        // A role was given to somebody, and nothing tells to whom.
        for nobody in ["{}", r#"{"type":"WebIdentityUser"}"#, r#"{"principalId":"","userName":null}"#] {
            check(&[("userIdentity", nobody)], true);
            check(&[("userIdentity", nobody), ("errorCode", r#""AccessDenied""#)], false);
            check(&[("userIdentity", nobody), ("responseElements", r#"{"provider":"accounts.google.com"}"#)], false);
        }
        check(&[("userIdentity", r#"{"principalId":"accounts.google.com:fenwick:7"}"#)], false);
        // Fields that were chosen inside of it.
        let subject = r#"{"userName":"organization:fenwick:project:Edge:workspace:dns:run_phase:plan"}"#;
        check(&[("userIdentity", subject), flat], true);
        check(&[("userIdentity", &serde_json::Value::from(subject).to_string())], true);
        check(&[("userIdentity", r#"{"userName":"repo:fenwick/dns"}"#)], false);
        let corrects = ("addendum", r#"{"reason":"UPDATED_DATA","originalEventID":"a"}"#);
        check(&[("userIdentity", subject), corrects], false);
        for other in
            [r#"{"reason":"DELIVERY_DELAY","originalEventID":"a"}"#, r#"{"reason":"UPDATED_DATA"}"#, "{}", r#""x""#]
        {
            check(&[("userIdentity", subject), ("addendum", other)], true);
        }
        // The answer tells whose it is, and a correction may give other fields alone.
        check(&[("userIdentity", ""), ("responseElements", r#"{"provider":"accounts.google.com"}"#)], false);
        check(&[("userIdentity", ""), ("addendum", r#"{"reason":"UPDATED_DATA","originalEventID":"a"}"#)], false);
    }

    #[test]
    fn a_list_of_names_is_none() {
        let check = |name: &str, is_malformed: bool| {
            let found = read(record(&[("eventName", name)]).as_bytes(), &Issuers::new([""; 0], false), &"f".into());
            assert_eq!(matches!(found, Err(MalformedReason::ListedName)), is_malformed, "{name} {found:?}");
        };
        check(r#"["AssumeRoleWithWebIdentity"]"#, true);
        check(r#" [ 7, "AssumeRoleWith\u0057ebIdentity" ]"#, true);
        for other in [r#"["AssumeRole"]"#, "[]", r#"[["AssumeRoleWithWebIdentity"]]"#, "7", "null", r#""AssumeRole""#] {
            check(other, false);
        }
    }

    #[test]
    fn a_correction_names_its_original() {
        let check = |addendum: &str, expected: Option<(&str, &str)>| {
            let event = ours(&[("addendum", addendum)]);
            let found = event.correction.as_deref().map(|it| (&*it.original, &*it.updated));
            assert_eq!(found, expected, "{addendum}");
        };
        check(
            r#"{"reason":"UPDATED_DATA","updatedFields":"userAgent","originalEventID":"e1"}"#,
            Some(("e1", "userAgent")),
        );
        check(r#"{"reason":"UPDATED_DATA","originalEventID":"e1"}"#, Some(("e1", "")));
        check(r#"{"reason":"UPDATED_DATA","originalEventID":null}"#, None);
        check(r#"{"reason":"DELIVERY_DELAY","originalEventID":"e1"}"#, None);
        check("null", None);
    }

    #[test]
    fn secrets_are_in_no_field() {
        let jwt = format!("eyJhbGciOiJSUzI1NiJ9.eyJ{}.{}", "a".repeat(60), "b".repeat(60));
        let token = format!("IQoJb3JpZ2lu{}", "Zz/+".repeat(40));
        let credentials = format!(
            r#"{{"credentials":{{"accessKeyId":"ASIAX","sessionToken":"{token}","secretAccessKey":"wJalrXUtnFEMI"}}}}"#
        );
        let request = format!(
            r#"{{"roleArn":"arn:aws:iam::202020202020:role/dns","roleSessionName":"{jwt}","webIdentityToken":"{jwt}"}}"#
        );
        let quoted = |json: &str| serde_json::Value::from(json).to_string();
        for (request, response) in [(request.clone(), credentials.clone()), (quoted(&request), quoted(&credentials))] {
            let event = ours(&[
                ("requestParameters", &request),
                ("responseElements", &response),
                ("userAgent", &format!("\"curl {token} {jwt}\"")),
                ("awsRegion", &format!("\"{token}\"")),
                ("eventID", &format!("\"{jwt}\"")),
                ("errorMessage", &format!("\"no {token}\"")),
            ]);
            let all = format!("{event:?}");
            assert!(!all.contains(&token) && !all.contains(&jwt) && !all.contains("wJalr"), "{all}");
            assert_eq!(event.user_agent.as_deref(), Some("curl [redacted] [redacted]"));
        }
    }
}
