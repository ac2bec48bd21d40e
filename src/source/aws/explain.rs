//! What an error of an AWS service means, in words, and what to do next.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::AwsOptions;
use super::bounds::too_large;
use super::connect::has_own_endpoint;
use super::sign_in::{bad_credentials, no_credentials};
use crate::source::history::regions::known;
use crate::source::trouble::{Cause, Trouble};

/// What became of a request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There are no credentials, or none that can be had; the reason.
    NoCredentials(String),
    /// The service does not accept the credentials; its code.
    BadCredentials(String),
    /// The credentials are not allowed to; the service's code and message.
    Denied(String, String),
    /// The service wants fewer requests.
    SlowDown,
    /// Another attempt may succeed.
    Passing(String),
    /// The service could not be reached; the reason.
    Unreachable(String),
    /// Any other answer of the service: code, message and status.
    Answer(String, String, u16),
    /// The request could not even be made; the reason.
    Impossible(String),
}

const BAD_CREDENTIALS: [&str; 9] = [
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "IncompleteSignature",
    "NotSignedUp",
];
pub(super) const EXPIRED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidToken"];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AllAccessDisabled",
    "Forbidden",
    "UnauthorizedAccess",
];
const SLOW_DOWN: [&str; 8] = [
    "SlowDown",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
];
const PASSING: [&str; 4] = ["InternalError", "RequestTimeout", "RequestTimeTooSkewed", "OperationAborted"];

impl Failure {
    /// Reads the error of a request.
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        if let Some(reason) = credentials(error) {
            return Self::NoCredentials(reason);
        }
        if let Some(reason) = too_large(error) {
            return Self::Impossible(reason);
        }
        match error {
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status().as_u16();
                let code = answer.err().code().unwrap_or_default();
                Self::of_answer(code, answer.err().message().unwrap_or_default(), status)
            }
            SdkError::ResponseError(_) | SdkError::TimeoutError(_) => Self::Passing(words(error)),
            SdkError::DispatchFailure(failure) if failure.is_user() => Self::Impossible(words(error)),
            SdkError::DispatchFailure(_) => Self::Unreachable(words(error)),
            _ => Self::Impossible(words(error)),
        }
    }

    /// Reads an answer. An answer to HEAD has no body, and so no code.
    fn of_answer(code: &str, message: &str, status: u16) -> Self {
        let is = |known: &[&str]| known.contains(&code);
        match status {
            _ if is(&BAD_CREDENTIALS) || is(&EXPIRED) => Self::BadCredentials(code.to_owned()),
            _ if is(&SLOW_DOWN) => Self::SlowDown,
            _ if is(&PASSING) => Self::Passing(code.to_owned()),
            _ if is(&DENIED) => Self::Denied(code.to_owned(), message.to_owned()),
            401 | 403 if code.is_empty() => Self::Denied("Forbidden".to_owned(), message.to_owned()),
            429 | 503 => Self::SlowDown,
            500 | 502 | 504 => Self::Passing(format!("status {status}")),
            _ => Self::Answer(code.to_owned(), message.to_owned(), status),
        }
    }

    /// Whether another attempt may succeed.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::SlowDown | Self::Passing(_) | Self::Unreachable(_))
    }

    /// Whether it is for want of credentials or permission.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::NoCredentials(_) | Self::BadCredentials(_) | Self::Denied(..))
    }

    /// In words, for the coverage: what was to be done failed, and why.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::NoCredentials(reason) => format!("no credentials: {reason}"),
            Self::BadCredentials(code) => format!("the credentials are not accepted ({code})"),
            Self::Denied(code, message) if message.is_empty() => format!("no permission ({code})"),
            Self::Denied(code, message) => format!("no permission ({code}: {message})"),
            Self::SlowDown => "the service kept asking for fewer requests (503 SlowDown)".to_owned(),
            Self::Passing(reason) | Self::Unreachable(reason) | Self::Impossible(reason) => reason.clone(),
            Self::Answer(code, message, status) => {
                let code = if code.is_empty() { format!("status {status}") } else { code.clone() };
                if message.is_empty() { code } else { format!("{code}: {message}") }
            }
        }
    }

    /// What to tell when a source ends with it; `action` and `resource` are what was to be done.
    pub(crate) fn trouble(&self, options: &AwsOptions, action: &str, resource: &str) -> Trouble {
        match self {
            Self::NoCredentials(reason) => no_credentials(reason, options),
            Self::BadCredentials(code) => bad_credentials(code, options),
            Self::Denied(_, message) => Trouble::new(Cause::Permission, format!("{action}: {}", self.reason()))
                .hint(granting(message, action, resource)),
            Self::Unreachable(reason) => unreachable(reason, options, || has_own_endpoint(options)),
            _ => Trouble::new(Cause::Failure, format!("{action}: {}", self.reason())),
        }
    }
}

/// What grants what was denied, as far as the denial tells (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
pub(crate) fn granting(message: &str, action: &str, resource: &str) -> String {
    let statement = statement(&[action], &[resource]);
    if let Some((_, rest)) = message.split_once("with an explicit deny") {
        let policy = rest.trim().trim_start_matches("in ").trim_end_matches('.');
        let policy = if policy.is_empty() { "a policy" } else { policy.split(':').next().unwrap_or(policy) };
        return format!(
            "{policy} denies it explicitly, so that no statement of yours grants it; whoever keeps that policy has to change it"
        );
    }
    let missing = message.split_once("because no ").and_then(|(_, rest)| rest.split_once(" allows"));
    match missing {
        Some((policy, _)) if policy != "identity-based policy" && policy.len() < 80 => {
            format!("a {policy} does not allow it; it has to contain: {statement}")
        }
        _ => format!("this statement grants it: {statement}"),
    }
}

/// What to say of a host that does not answer. The name of a region is part of its name, unless it is that of another
/// service, which only somebody who looks around can tell.
fn unreachable(reason: &str, options: &AwsOptions, is_elsewhere: impl Fn() -> bool) -> Trouble {
    let is_known = |region: &String| known(region).iter().any(|known| known.name == *region);
    let strange = options.region.as_ref().filter(|region| !is_known(region) && !is_elsewhere());
    if let Some(region) = strange {
        let message =
            format!("there is no region '{region}' that this version knows, and it cannot be reached: {reason}");
        return Trouble::new(Cause::Usage, message).hint("regions are written like eu-west-1; check its name");
    }
    let trouble = Trouble::new(Cause::Failure, format!("cannot be reached: {reason}"));
    if reason.contains("UnknownIssuer") || reason.contains("invalid peer certificate") {
        return trouble
            .hint("where a proxy or a service has certificates of its own, AWS_CA_BUNDLE or ca_bundle of the profile names them");
    }
    trouble.hint("check the network, a proxy, --aws-region, --endpoint-url and AWS_ENDPOINT_URL")
}

/// A statement of an IAM policy, on one line.
pub(crate) fn statement(actions: &[&str], resources: &[&str]) -> String {
    let list = |items: &[&str]| match items {
        [one] => serde_json::Value::from(*one),
        many => serde_json::Value::from(many.to_vec()),
    };
    format!(r#"{{"Effect":"Allow","Action":{},"Resource":{}}}"#, list(actions), list(resources))
}

/// The reason, where an error is for want of credentials.
fn credentials(error: &(dyn Error + 'static)) -> Option<String> {
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = at {
        if error.is::<CredentialsError>() {
            return Some(words(error));
        }
        at = error.source();
    }
    None
}

/// What the SDK says of errors that only wrap another one.
const WRAPPERS: [&str; 5] =
    ["an error occurred while loading credentials", "dispatch failure", "service error", "other", "io error"];

/// An error and its sources on one line, without what the next one repeats and without those that only wrap it.
pub(crate) fn words(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = at {
        let text = error.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        at = error.source();
    }
    let last = parts.len().saturating_sub(1);
    let mut at = 0..;
    parts.retain(|part| at.next() == Some(last) || !WRAPPERS.contains(&part.as_str()));
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_meanings() {
        let check = |code: &str, status, expected: Failure| {
            assert_eq!(Failure::of_answer(code, "", status), expected, "{code} {status}");
        };
        check("SignatureDoesNotMatch", 403, Failure::BadCredentials("SignatureDoesNotMatch".to_owned()));
        check("ExpiredToken", 400, Failure::BadCredentials("ExpiredToken".to_owned()));
        check("AccessDenied", 403, Failure::Denied("AccessDenied".to_owned(), String::new()));
        check("", 403, Failure::Denied("Forbidden".to_owned(), String::new()));
        check("SlowDown", 503, Failure::SlowDown);
        check("", 503, Failure::SlowDown);
        check("ThrottlingException", 400, Failure::SlowDown);
        check("InternalError", 500, Failure::Passing("InternalError".to_owned()));
        check("NoSuchBucket", 404, Failure::Answer("NoSuchBucket".to_owned(), String::new(), 404));
        check("InvalidObjectState", 403, Failure::Answer("InvalidObjectState".to_owned(), String::new(), 403));
    }

    #[test]
    fn denials_come_with_the_statement_that_grants() {
        let failure = Failure::Denied("AccessDenied".to_owned(), String::new());
        let trouble = failure.trouble(&AwsOptions::default(), "s3:ListBucket", "arn:aws:s3:::b");
        assert_eq!(trouble.message, "s3:ListBucket: no permission (AccessDenied)");
        let statement = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}"#;
        assert_eq!(trouble.hints, [format!("this statement grants it: {statement}")]);
    }
    #[test]
    fn a_denial_tells_what_would_grant() {
        let grants = |message: &str| granting(message, "s3:GetObject", "arn:aws:s3:::b/*");
        let statement = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
        let own = format!("this statement grants it: {statement}");
        let who = "User: arn:aws:iam::444455556666:user/ann is not authorized to perform: s3:GetObject";
        assert_eq!(grants(&format!("{who} because no identity-based policy allows the s3:GetObject action")), own);
        assert_eq!(grants("Access Denied"), own);
        let control = grants(&format!("{who} with an explicit deny in a service control policy"));
        assert!(
            control.starts_with("a service control policy denies it explicitly, so that no statement"),
            "{control}"
        );
        let point = grants(&format!("{who} because no VPC endpoint policy allows the s3:GetObject action"));
        assert_eq!(point, format!("a VPC endpoint policy does not allow it; it has to contain: {statement}"));
    }

    #[test]
    fn a_region_that_nobody_knows_is_named() {
        let options = AwsOptions { region: Some("eu-west-9".to_owned()), ..AwsOptions::default() };
        let trouble = unreachable("dns error", &options, || false);
        assert_eq!(trouble.cause, Cause::Usage);
        assert!(trouble.message.starts_with("there is no region 'eu-west-9'"), "{}", trouble.message);
        let check = |options: &AwsOptions, is_elsewhere: bool| {
            let trouble = unreachable("dns error", options, || is_elsewhere);
            assert_eq!((trouble.cause, &*trouble.message), (Cause::Failure, "cannot be reached: dns error"));
        };
        check(&options, true);
        check(&AwsOptions { region: Some("eu-west-1".to_owned()), ..options }, false);
    }
}
