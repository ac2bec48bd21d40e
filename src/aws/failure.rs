//! What an error of an AWS service means.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bounds::too_large;

/// What became of a request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestFailure {
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

impl RequestFailure {
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
        let check = |code: &str, status, expected: RequestFailure| {
            assert_eq!(RequestFailure::of_answer(code, "", status), expected, "{code} {status}");
        };
        check("SignatureDoesNotMatch", 403, RequestFailure::BadCredentials("SignatureDoesNotMatch".to_owned()));
        check("ExpiredToken", 400, RequestFailure::BadCredentials("ExpiredToken".to_owned()));
        check("AccessDenied", 403, RequestFailure::Denied("AccessDenied".to_owned(), String::new()));
        check("", 403, RequestFailure::Denied("Forbidden".to_owned(), String::new()));
        check("SlowDown", 503, RequestFailure::SlowDown);
        check("", 503, RequestFailure::SlowDown);
        check("ThrottlingException", 400, RequestFailure::SlowDown);
        check("InternalError", 500, RequestFailure::Passing("InternalError".to_owned()));
        check("NoSuchBucket", 404, RequestFailure::Answer("NoSuchBucket".to_owned(), String::new(), 404));
        check("InvalidObjectState", 403, RequestFailure::Answer("InvalidObjectState".to_owned(), String::new(), 403));
    }
}
