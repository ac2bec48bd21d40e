//! Log events as the log file that they stand for.

use serde::Serialize;

/// What `aws logs filter-log-events` prints, without what we do not need. A message that is no JSON stays one record.
#[derive(Serialize)]
struct FilteredEvents<'a> {
    events: Vec<FilteredEvent<'a>>,
}

#[derive(Serialize)]
struct FilteredEvent<'a> {
    message: &'a str,
}

/// The log file of some messages.
#[must_use]
pub fn log_file<'a>(messages: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let events = messages.into_iter().map(|message| FilteredEvent { message }).collect();
    // Texts in a vector always have a JSON form.
    serde_json::to_vec(&FilteredEvents { events }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
    use crate::domain::issuer::Issuers;

    fn decode(messages: &[&str]) -> Decoded {
        let mut decoder = Decoder::new(Issuers::new([""; 0], true), DecodeLimits::default());
        decoder
            .bytes(&Arc::from("arn:aws:logs:eu-west-1:111122223333:log-group:g"), &log_file(messages.iter().copied()))
    }

    #[test]
    fn a_page_without_events_is_complete() {
        let decoded = decode(&[]);
        assert_eq!((decoded.ended, decoded.records.total), (FileEnd::Read, 0));
    }

    #[test]
    fn each_message_is_a_record() {
        let record = r#"{"eventVersion":"1.08","eventName":"ConsoleLogin","note":"\u0041 \"é\""}"#;
        let wrapped = format!(r#"{{"version":"0","detail-type":"x","source":"aws.signin","detail":{record}}}"#);
        let decoded = decode(&[record, &wrapped, "GET /?u0041", "AssumeRoleWithWebIdentity failed", record]);
        assert_eq!(decoded.ended, FileEnd::Read);
        assert_eq!((decoded.records.total, decoded.records.other, decoded.records.malformed), (5, 4, 1));
    }
}
