//! The other operations that reading the event history needs: which regions an account has, whose credentials these
//! are, and changing into a role of another account.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::faults::Faults;
use super::loopback::{answer as respond, json_answer};
use super::signature::Signature;

/// The answer, if the request is for one of them.
pub(super) fn answer(
    method: &Method,
    path: &str,
    signature: &Signature,
    body: &[u8],
    faults: &Faults,
) -> Option<Response<Full<Bytes>>> {
    match (method, path, signature.service.as_str()) {
        (&Method::POST, "/listRegions", "account") => Some(list_regions(body, faults)),
        (&Method::POST, "/", "sts") if body.starts_with(b"Action=GetCallerIdentity&") => Some(identity(signature)),
        (&Method::POST, "/", "sts") => Some(assume_role(body)),
        _ => None,
    }
}

/// Two regions a page, of those with a status that was asked for.
fn list_regions(body: &[u8], faults: &Faults) -> Response<Full<Bytes>> {
    if faults.enabled.is_empty() {
        let body =
            json!({"__type": "AccessDeniedException", "message": "not authorized to perform: account:ListRegions"});
        return json_answer(StatusCode::FORBIDDEN, &body);
    }
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = request["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
    let region = |name: &String| json!({"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"});
    let page: Vec<Value> = faults.enabled.iter().skip(first).take(2).map(region).collect();
    let next = (first + 2 < faults.enabled.len()).then(|| (first + 2).to_string());
    json_answer(StatusCode::OK, &json!({"Regions": page, "NextToken": next}))
}

/// Who asks.
fn identity(signature: &Signature) -> Response<Full<Bytes>> {
    let account = &signature.account;
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/audit</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    respond(StatusCode::OK, "text/xml", body)
}

/// Credentials for the account of the role, if it asks for the session as a form.
fn assume_role(body: &[u8]) -> Response<Full<Bytes>> {
    let text = String::from_utf8_lossy(body).replace("%3A", ":").replace("%2F", "/");
    let account = text.split("RoleArn=arn:aws:iam::").nth(1).and_then(|rest| rest.get(..12));
    let (Some(account), true) = (account, text.contains("Action=AssumeRole&")) else {
        let error = "<Code>ValidationError</Code><Message>no such role</Message>";
        let body = format!("<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>");
        return respond(StatusCode::BAD_REQUEST, "text/xml", body);
    };
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIA{account}EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    respond(StatusCode::OK, "text/xml", body)
}
