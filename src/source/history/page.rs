//! A page of events as the log file that it stands for.

use serde::{Deserialize, Serialize};

/// The container that the decoder reads: what `aws cloudtrail lookup-events` prints, without what we do not need.
/// Unlike a list of bare records it has room for none, and a text that is no JSON stays one malformed record.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LookupOutput<'a> {
    events: Vec<LookupEvent<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LookupEvent<'a> {
    cloud_trail_event: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient<'a> {
    #[serde(borrow)]
    recipient_account_id: Option<std::borrow::Cow<'a, str>>,
}

/// The log file of a page, from the texts of its records. An event without one becomes a malformed record.
#[must_use]
pub fn log_file<'a>(records: impl IntoIterator<Item = Option<&'a str>>) -> Vec<u8> {
    let item = |record: Option<&'a str>| LookupEvent { cloud_trail_event: record.unwrap_or_default() };
    let events = records.into_iter().map(item).collect();
    // Texts in a vector always have a JSON form.
    serde_json::to_vec(&LookupOutput { events }).unwrap_or_default()
}

/// The account of a record, as CloudTrail names it.
#[must_use]
pub fn account(record: &str) -> Option<Box<str>> {
    let account = serde_json::from_str::<Recipient>(record).ok()?.recipient_account_id?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
    use crate::domain::issuer::Issuers;

    fn decode(records: &[Option<&str>]) -> Decoded {
        let mut decoder = Decoder::new(Issuers::new([""; 0], true), DecodeLimits::default());
        decoder.bytes(&Arc::from("event-history:eu-west-1"), &log_file(records.iter().copied()))
    }

    #[test]
    fn a_page_without_events_is_complete() {
        let decoded = decode(&[]);
        assert_eq!((decoded.ended, decoded.records.total), (FileEnd::Read, 0));
    }

    #[test]
    fn a_broken_record_is_alone() {
        let record = r#"{"eventVersion":"1.08","eventName":"ConsoleLogin","note":"\u00e9 \"é\""}"#;
        let decoded = decode(&[Some(record), None, Some("{"), Some(record)]);
        assert_eq!(decoded.ended, FileEnd::Read);
        assert_eq!((decoded.records.total, decoded.records.other, decoded.records.malformed), (4, 2, 2));
    }

    #[test]
    fn a_record_names_its_account() {
        let check = |record: &str, expected: Option<&str>| assert_eq!(account(record).as_deref(), expected, "{record}");
        check(r#"{"eventVersion":"1.08","recipientAccountId":"111122223333"}"#, Some("111122223333"));
        check(r#"{"recipientAccountId":"<b>"}"#, None);
        check(r#"{"recipientAccountId":7}"#, None);
        check("{}", None);
        check("", None);
    }
}
