//! Whether text that is written as a JSON string or a cell of CSV is one whole object, told by its brackets as they stand there.

use crate::decode::structure::{InnerObject, InnerScan, ScanProgress, Scanner};

/// A JSON string as it is written, with its quotes.
#[derive(Debug, Clone, Copy)]
pub struct QuotedText<'a> {
    json: &'a [u8],
    /// What a scan saw of the object with which its text begins, if there was one.
    object: Option<InnerObject>,
}

impl<'a> QuotedText<'a> {
    pub(super) fn new(json: &'a [u8], object: Option<InnerObject>) -> Self {
        Self { json, object }
    }

    /// As it is written.
    pub(super) fn json(&self) -> &'a [u8] {
        self.json
    }

    /// What is between its quotes.
    fn inner(&self) -> &'a [u8] {
        self.json.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or_default()
    }

    /// What is seen of the object that is all of its text, without resolving its escapes. Nothing where that is not so, or where a
    /// quote or a bracket may be spelled as a number.
    pub(super) fn one_object(&self, scanner: Scanner) -> Option<InnerObject> {
        let object = self.object.or_else(|| scan_string(self.json, scanner))?;
        is_one(self.inner(), object, is_white_in_json).then_some(object)
    }
}

/// The same of the text of a cell of CSV, in which two quotes stand for one.
pub(super) fn is_one_object_in_cell(cell: &[u8], object: InnerObject) -> bool {
    is_one(cell, object, |rest| rest.trim_ascii().is_empty())
}

fn scan_string(json: &[u8], scanner: Scanner) -> Option<InnerObject> {
    let mut scan = InnerScan::default();
    let is_whole =
        json.starts_with(b"\"{") && scanner.feed_inner(&mut scan, json, 1, true) == ScanProgress::Ended(json.len());
    is_whole.then(|| scan.object())
}

fn is_one(text: &[u8], object: InnerObject, is_white: fn(&[u8]) -> bool) -> bool {
    let parts = object.end.and_then(|end| text.split_at_checked(end));
    !object.hidden && parts.is_some_and(|(object, behind)| object.ends_with(b"}") && is_white(behind))
}

fn is_white_in_json(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b'\\', b'n' | b'r' | b't', rest @ ..] | [b' ', rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::decode::{DecodeLimits, Decoded, Decoder};
    use crate::domain::issuer::Issuers;

    fn is_one_in_string(quoted: &[u8]) -> bool {
        QuotedText::new(quoted, None).one_object(Scanner::default()).is_some()
    }

    fn is_one_in_cell(cell: &[u8]) -> bool {
        let text = [cell, b"\"\n"].concat();
        let found = Scanner::default().inner_cell(&text, 0).filter(|_| cell.starts_with(b"{"));
        found.is_some_and(|(end, object)| end == cell.len() && is_one_object_in_cell(cell, object))
    }

    fn check(text: &str, expected: bool) {
        let quoted = serde_json::to_string(text).unwrap();
        assert_eq!(is_one_in_string(quoted.as_bytes()), expected, "{text}");
        let cell = text.replace('"', "\"\"");
        assert_eq!(is_one_in_cell(cell.as_bytes()), expected, "{cell}");
    }

    #[test]
    fn one_whole_object_is_told_by_its_brackets() {
        for text in [
            "{}",
            "{\"a\":1} \r\n\t",
            r#"{"a":{"b":"}{"},"c":[{}]}"#,
            r#"{"a":"\"}\\","b":"\\\"{"}"#,
            r#"{"a":"{\"b\":\"\\\"}\"}"}"#,
        ] {
            check(text, true);
            let whole = text.trim_end().len();
            (0..text.len()).for_each(|end| check(&text[..end], end >= whole));
            check(&format!("{text}{text}"), false);
            check(&format!("{text}x"), false);
        }
        check("{\"a\":1]", false);
        check("{\"a\":[}", false);
        // Numbers may spell anything.
        assert!(!is_one_in_string(br#""{\u0022a\u0022:1}""#));
        assert!(!is_one_in_string(br#""{\"a\":\"\u0001\"}""#));
        assert!(!is_one_in_string(br#""{}"#) && !is_one_in_string(b"") && !is_one_in_cell(b"{\"a\":1}"));
    }
    /// What is told of a text, wherever it lies.
    fn told(file: &str) -> String {
        let Decoded { records, assumptions, malformed, ended, .. } =
            Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), file.as_bytes());
        let malformed: Vec<String> = malformed.into_iter().map(|malformed| malformed.reason.to_string()).collect();
        format!("{records:?} {} {malformed:?} {ended:?}", assumptions.len())
    }

    /// Parts of an event in which a text may be cut, or go wrong.
    const PARTS: [&str; 22] = [
        r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole"},"#,
        r#""eventName":"PutRolePolicy","#,
        r#""requestParameters":{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\\\"}\"}]}"},"#,
        r#""eventName":"AssumeRoleWithWebIdentity""#,
        r#""list":[{"a":[1,2,{}]},"}{][",null],"#,
        r#""a":"\\","b":"\\\"","#,
        r#""c":"\u0041\u00e9\u003c \ud83d\udca5","#,
        r#""eventID":"3d24b7a4-0000-4000-8000-000000000000"}"#,
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\\\\\\",
        "\\u00",
        ":",
        ",",
        " ",
        "\n",
        "\u{1}",
        "é💥",
    ];

    fn text() -> impl Strategy<Value = String> {
        let part = prop::sample::select(&PARTS[..]);
        let deep = prop_oneof![20 => Just(0_usize), 1 => 60..200_usize];
        let parts =
            (any::<bool>(), prop::collection::vec(part, 0..12), deep, any::<prop::sample::Index>(), any::<bool>());
        parts.prop_map(|(begins, parts, deep, end, is_cut)| {
            let begin = if begins { PARTS[0] } else { "" };
            let deep = format!("\"d\":{}{}", "[".repeat(deep), "]".repeat(deep));
            let text = format!("{begin}{}{}{deep}}}", parts.concat(), if begins { "\"e\":1," } else { "" });
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            if is_cut { text[..*end.get(&ends)].to_owned() } else { text }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_text_counts_as_what_it_is_however_it_is_spelled(text in text()) {
            let beside = r#"{"eventVersion":"1.11","userIdentity":{},"eventName":"x"}"#;
            let quoted = serde_json::to_string(&text).unwrap();
            let base64 = STANDARD.encode(&text);
            // Undone, it is looked at as a text.
            let resolved = told(&format!("{{\"records\":[{beside},{{\"data\":\"{base64}\"}}]}}"));
            let spelled = told(&format!("{{\"Messages\":[{beside},{{\"Body\":{quoted}}}]}}"));
            prop_assert_eq!(&spelled, &resolved, "{}", &quoted);
            let numbered = quoted.replace('<', "\\u003c").replace("Role", "\\u0052ole");
            prop_assert_eq!(&told(&format!("{{\"Messages\":[{beside},{{\"Body\":{numbered}}}]}}")), &resolved);

            let message = told(&format!("{{\"logEvents\":[{beside},{{\"message\":{quoted}}}]}}"));
            let row = format!("[{{\"field\":\"@message\",\"value\":{quoted}}}]");
            let first = format!("[{{\"field\":\"@message\",\"value\":{}}}]", serde_json::to_string(beside).unwrap());
            let cell = text.replace('"', "\"\"");
            let first_cell = beside.replace('"', "\"\"");
            let csv = told(&format!("eventjson\n\"{first_cell}\"\n\"{cell}\"\n"));
            let rows = told(&format!("{{\"results\":[{first},{row}]}}"));
            if !text.is_empty() {
                prop_assert_eq!(&rows, &message);
                prop_assert_eq!(&csv, &message);
            }
        }
    }
}
