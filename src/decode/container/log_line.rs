//! A message of a log as export tasks of CloudWatch Logs and `aws logs tail` write it: a time, perhaps the name of the stream,
//! and the text, which for other programs may go on over several lines.

use serde::de::IgnoredAny;

use super::opened::is_test;

/// The text of the message.
pub(in crate::decode) fn message_of(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii();
    if is_test(line) {
        return line;
    }
    let message = behind_word(line);
    if message.starts_with(b"{") {
        return message;
    }
    let behind_stream = behind_word(message);
    if behind_stream.starts_with(b"{") { behind_stream } else { message }
}

/// Whether a message that ends with the text, in one line or in several, is cut off: in its JSON, or in front of it. Every
/// writer ends its last line.
pub(super) fn is_cut_off(lines: &[u8]) -> bool {
    let message = message_of(lines);
    if message.starts_with(b"{") {
        let mut values = serde_json::Deserializer::from_slice(message).into_iter::<IgnoredAny>();
        return values.find_map(Result::err).is_some_and(|error| error.is_eof());
    }
    !is_test(message) && behind_word(message).is_empty()
}

fn behind_word(text: &[u8]) -> &[u8] {
    let word = text.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    text[word..].trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{DecodeLimits, Decoder, FileEnd};
    use crate::domain::issuer::Issuers;

    #[test]
    fn a_line_that_is_cut_anywhere_is_seen_to_be() {
        let event = r#"{"eventVersion":"1.11","userIdentity":{"type":"WebIdentityUser"},"eventName":"x"}"#;
        for beginning in
            ["2026-11-02T08:12:05.000Z ", "2026-11-02T08:12:05.000000+00:00 111122223333_CloudTrail_eu-west-1 "]
        {
            let line = format!("{beginning}{event}");
            assert_eq!(message_of(line.as_bytes()), event.as_bytes());
            for end in 20..line.len() {
                assert!(is_cut_off(&line.as_bytes()[..end]), "{}", &line[..end]);
            }
            for whole in [line, format!("{beginning}{event} "), format!("{beginning}it was all done")] {
                assert!(!is_cut_off(whole.as_bytes()), "{whole}");
            }
            assert!(!is_cut_off(format!("{beginning}aws-logs-write-test").as_bytes()));
        }
    }

    #[test]
    fn a_file_that_is_cut_inside_its_last_line_is_failed() {
        let event = r#"{"eventVersion":"1.11","userIdentity":{"type":"WebIdentityUser"},"eventName":"AssumeRole"}"#;
        for stream in ["", "111122223333_CloudTrail_eu-west-1 "] {
            let line = format!("2026-11-02T08:12:05.000Z {stream}{event}");
            let text = format!("{line}\n{line}\n");
            let decode = |end: usize, streams: bool| {
                let decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
                let mut decoder = if streams { decoder.streaming() } else { decoder };
                decoder.bytes(&"x".into(), &text.as_bytes()[..end])
            };
            for streams in [false, true] {
                for end in [text.len(), text.len() - 1] {
                    assert_eq!(decode(end, streams).records.total, 2);
                }
                for end in line.len() + 2..text.len() - 1 {
                    let found = decode(end, streams);
                    let is_failed = matches!(found.ended, FileEnd::Failed(_));
                    assert!(is_failed && found.records.total == 0, "{}: {:?}", &text[..end], found.ended);
                }
            }
        }
    }
}
