//! Wraps events as they arrive: every carrier, carriers in carriers, and what looks like one.

use std::io::Write as _;

use base64::Engine as _;

use crate::writer::Writer;

/// The carriers of text and base64, by the words that tests use for them. What is inside them is any text.
pub(crate) const CARRIERS: [&str; 17] = [
    "CloudTrailEvent",
    "CloudTrailEvent object",
    "detail",
    "detail object",
    "message",
    "line",
    "list of strings",
    "Message",
    "Sns",
    "Body",
    "body",
    "kinesis",
    "kinesis gzip",
    "data",
    "data gzip",
    "awslogs",
    "text of base64",
];

/// Whether a carrier takes one event, and neither lists nor envelopes.
pub(crate) fn takes_an_event(carrier: &str) -> bool {
    carrier.starts_with("CloudTrailEvent")
}

/// The text in a carrier.
pub(crate) fn wrap(carrier: &str, text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    let base64 = |gzip| serde_json::to_string(&base64(text, gzip)).unwrap();
    match carrier {
        "CloudTrailEvent" => format!("{{\"EventId\":\"1\",\"CloudTrailEvent\":{quoted},\"EventName\":\"x\"}}"),
        "CloudTrailEvent object" => format!("{{\"EventId\":\"1\",\"CloudTrailEvent\":{text}}}"),
        "detail" => format!("{{\"version\":\"0\",\"detail-type\":\"x\",\"source\":\"aws.sts\",\"detail\":{quoted}}}"),
        "detail object" => format!("{{\"detail-type\":\"x\",\"detail\":{text},\"resources\":[]}}"),
        "message" => format!("{{\"id\":\"1\",\"timestamp\":1,\"message\":{quoted}}}"),
        "line" => format!("2026-11-02T08:12:05.000Z {text}\n"),
        "list of strings" => format!("[{quoted}]"),
        "Message" => {
            format!("{{\"Type\":\"Notification\",\"Message\":{quoted},\"Signature\":\"{}\"}}", "QmFzZTY0".repeat(20))
        }
        "Sns" => format!("{{\"EventSource\":\"aws:sns\",\"Sns\":{{\"Type\":\"Notification\",\"Message\":{quoted}}}}}"),
        "Body" => format!("{{\"MessageId\":\"1\",\"Body\":{quoted}}}"),
        "body" => format!("{{\"messageId\":\"1\",\"body\":{quoted},\"eventSource\":\"aws:sqs\"}}"),
        "kinesis" => format!(
            "{{\"kinesis\":{{\"data\":{}}},\"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\"}}",
            base64(false)
        ),
        "kinesis gzip" => format!(
            "{{\"eventVersion\":\"1.0\",\"eventSource\":\"aws:kinesis\",\"kinesis\":{{\"data\":{}}}}}",
            base64(true)
        ),
        "data" => format!("{{\"recordId\":\"1\",\"data\":{}}}", base64(false)),
        "data gzip" => format!("{{\"Data\":{}}}", base64(true)),
        "awslogs" => format!("{{\"awslogs\":{{\"data\":{}}}}}", base64(true)),
        "text of base64" => format!("{{\"Body\":{}}}", base64(true)),
        other => panic!("no carrier {other}"),
    }
}

fn base64(text: &str, gzip: bool) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if gzip {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&bytes).unwrap();
        bytes = encoder.finish().unwrap();
    }
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

impl Writer {
    /// A text of anything: events, carriers of it up to `levels` deep, lists of it, and what holds none.
    pub(crate) fn anything(&mut self, levels: usize) -> String {
        if levels == 0 {
            return self.plain();
        }
        match self.below(8) {
            0 => self.plain(),
            1 => {
                let key = ["Records", "records", "Events", "events", "logEvents", "Messages"][self.below(6)];
                let elements: Vec<String> = (0..self.below(4)).map(|_| self.anything(levels - 1)).collect();
                let list = self.list(&elements);
                let mut members = self.odd_members();
                members.push((key.to_owned(), list));
                members.extend(self.odd_members());
                self.object(members)
            }
            2 => {
                let elements: Vec<String> = (0..self.below(3)).map(|_| self.anything(levels - 1)).collect();
                self.list(&elements)
            }
            3 => format!("{}{}", self.anything(levels - 1), self.anything(levels - 1)),
            _ => {
                let carrier = CARRIERS[self.below(CARRIERS.len())];
                let mut text = self.anything(levels - 1);
                if carrier.ends_with("object") && !text.starts_with(['{', '[']) {
                    text = self.event(1);
                }
                if carrier == "line" {
                    text = text.replace('\n', " ");
                }
                if self.one_in(12) {
                    text.truncate((0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
                }
                wrap(carrier, &text)
            }
        }
    }

    /// Members that tell something, in the wrong place.
    fn odd_members(&mut self) -> Vec<(String, String)> {
        let keys = [
            "eventVersion",
            "eventName",
            "digestS3Object",
            "detail-type",
            "NextToken",
            "message",
            "Body",
            "x",
            "Records",
        ];
        let mut members = Vec::new();
        while self.one_in(4) {
            let key = keys[self.below(keys.len())];
            let value = match self.below(4) {
                0 => "[]".to_owned(),
                1 => serde_json::to_string(&self.event(1)).unwrap(),
                _ => "\"1.11\"".to_owned(),
            };
            members.push((key.to_owned(), value));
        }
        members
    }

    /// What holds no carrier.
    fn plain(&mut self) -> String {
        match self.below(14) {
            0..=5 => self.event(1),
            6 => self.as_cloudtrail_writes(),
            7 => "{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"k\"}}}]}".to_owned(),
            8 => "{\"s3Bucket\":\"b\",\"s3ObjectKey\":[\"AWSLogs/k\"]}".to_owned(),
            9 => "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\"}".to_owned(),
            10 => format!("{{\"level\":\"info\",\"text\":{}}}", self.value(1)),
            11 => "\"CWL CONTROL MESSAGE: Checking health of destination.\"".to_owned(),
            12 => self.value(2),
            _ => self.broken(),
        }
    }

    /// An event in the order of CloudTrail's own writer, sometimes with a list in it.
    fn as_cloudtrail_writes(&mut self) -> String {
        let event = self.event(1);
        let rest = event.trim_start().strip_prefix('{').unwrap_or("}").to_owned();
        let space = ["", " ", "\n  "][self.below(3)];
        let list = if self.one_in(3) { format!("\"Records\":[{}],", self.event(1)) } else { String::new() };
        format!("{{{space}\"eventVersion\":{space}\"1.09\",{space}\"userIdentity\":{{}},{list}\"last\":0,{rest}")
            .replace(",}", "}")
    }
}
