//! Signs what goes to a webhook, as <https://www.standardwebhooks.com> has it, for which many languages have a library:
//! HMAC-SHA256 over `id.timestamp.body`, in Base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::secret::Secret;
use crate::domain::timestamp::Timestamp;

/// The headers of a delivery. The id stays the same when it is tried again, so that a receiver knows a second copy.
pub(super) fn headers(secret: Option<&Secret>, now: Timestamp, body: &str) -> Vec<(&'static str, String)> {
    let (id, timestamp) = (id(body), now.seconds().to_string());
    let signature = secret.map(|secret| {
        let signed = sign(&key(secret.reveal()), &format!("{id}.{timestamp}.{body}"));
        ("webhook-signature", format!("v1,{signed}"))
    });
    [("webhook-id", id), ("webhook-timestamp", timestamp)].into_iter().chain(signature).collect()
}

/// The same for the same body.
pub(super) fn id(body: &str) -> String {
    let hash = Sha256::digest(body);
    let digits: Vec<String> = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("msg_{}", digits.concat())
}

/// A secret of the standard is Base64 behind `whsec_`; any other text is taken as it is.
fn key(secret: &str) -> Vec<u8> {
    let coded = secret.strip_prefix("whsec_").and_then(|coded| STANDARD.decode(coded).ok());
    coded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn sign(key: &[u8], text: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_signed_alike() {
        // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/rust/src/lib.rs
        let key = key("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let signed = sign(
            &key,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk.1649367553.{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
        );
        assert_eq!(signed, "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_delivery_that_is_tried_again_has_the_same_id() {
        let now = Timestamp::from_seconds(1_700_000_000).unwrap();
        let later = Timestamp::from_seconds(1_700_000_060).unwrap();
        let secret = Secret::new("x");
        let (one, two) = (headers(Some(&secret), now, "{}"), headers(Some(&secret), later, "{}"));
        assert_eq!(one[0], two[0]);
        assert_ne!(one[2], two[2]);
        assert_eq!(headers(None, now, "{}").len(), 2);
    }
}
