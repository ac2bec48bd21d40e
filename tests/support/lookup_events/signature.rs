//! Who asks, and where: what the Authorization header of Signature Version 4 says. The signature itself is not
//! recomputed; the clients' own libraries are trusted with that.

use super::rules::{Refusal, refuse};

/// The scope of a signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    /// The account of the access key, which has its number inside: `AKIA111122223333EXAMPLE`.
    pub(super) account: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl Signature {
    pub(super) fn read(authorization: &str, date: &str) -> Result<Self, Refusal> {
        if authorization.is_empty() {
            return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        let Some(parts) = authorization.strip_prefix("AWS4-HMAC-SHA256 ") else {
            return refuse("IncompleteSignatureException", "not a signature of version 4");
        };
        let part = |name: &str| {
            parts.split(',').find_map(|part| part.trim().strip_prefix(name)).filter(|value| !value.is_empty())
        };
        let scope = part("Credential=").map(|credential| credential.split('/').collect::<Vec<_>>());
        let (Some([key, day, region, service, "aws4_request"]), Some(headers), Some(signature)) =
            (scope.as_deref(), part("SignedHeaders="), part("Signature="))
        else {
            return refuse("IncompleteSignatureException", "a part of the signature is missing");
        };
        let whole = headers.split(';').any(|name| name == "host") && signature.len() == 64 && date.starts_with(day);
        if !whole {
            return refuse("IncompleteSignatureException", "the signature does not fit its request");
        }
        match key.get(4..16).filter(|account| account.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(account) => {
                Ok(Self { account: account.to_owned(), region: (*region).to_owned(), service: (*service).to_owned() })
            }
            None => refuse("UnrecognizedClientException", "The security token included in the request is invalid."),
        }
    }
}
