//! Wraps events as they arrive: every carrier, carriers in carriers, and what looks like one.

use std::io::Write as _;

use base64::Engine as _;

use tfctrail::decode::container;
use tfctrail::decode::container::Holds;

use crate::writer::Writer;

/// An example of each carrier of text and base64, by the words that tests use for them, and the carrier of the registry that
/// it is one of; none where it has no members. What is inside them is any text.
const EXAMPLES: [(&str, Option<&str>); 34] = [
    ("CloudTrailEvent", Some("LookupEvents")),
    ("CloudTrailEvent object", Some("LookupEvents")),
    ("detail", Some("EventBridge")),
    ("detail object", Some("EventBridge")),
    ("message", Some("CloudWatch Logs")),
    ("line", None),
    ("list of strings", None),
    ("Message", Some("SNS")),
    ("Sns", Some("SNS of a function")),
    ("Body", Some("SQS")),
    ("body", Some("SQS")),
    ("kinesis", Some("Kinesis")),
    ("kinesis gzip", Some("Kinesis")),
    ("data", Some("Firehose")),
    ("data gzip", Some("Firehose")),
    ("awslogs", Some("Lambda of CloudWatch Logs")),
    ("text of base64", None),
    ("wrapped base64", None),
    ("payload", None),
    ("insights", Some("CloudWatch Logs Insights")),
    ("lake", Some("CloudTrail Lake")),
    ("raw", Some("Splunk")),
    ("result", Some("Splunk")),
    ("original", Some("Elasticsearch")),
    ("hit", Some("Elasticsearch")),
    ("log", Some("Fluent Bit")),
    ("filebeat", Some("CloudWatch Logs")),
    ("vector", Some("CloudWatch Logs")),
    ("hits", Some("Elasticsearch")),
    ("fields", Some("Elasticsearch")),
    ("copied row", Some("CloudWatch Logs Insights")),
    ("copied row object", Some("CloudWatch Logs Insights")),
    ("data gzip twice", Some("Firehose")),
    ("text with a mark", Some("SQS")),
];

/// The names of the examples.
pub(crate) const CARRIERS: [&str; EXAMPLES.len()] = {
    let mut names = [""; EXAMPLES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = EXAMPLES[at].0;
        at += 1;
    }
    names
};

/// The carriers of the registry of which there is no example, though something may be in them.
pub(crate) fn without_example() -> Vec<&'static str> {
    let holds = container::CARRIERS.iter().filter(|carrier| carrier.holds != Holds::Nothing);
    holds.map(|carrier| carrier.name).filter(|name| !EXAMPLES.iter().any(|(_, of)| *of == Some(*name))).collect()
}

/// Whether it is a line of its own, which no list can have.
pub(crate) fn stands_alone(example: &str) -> bool {
    ["line", "payload"].contains(&example)
}

/// Whether a carrier takes one event, and neither lists nor envelopes.
pub(crate) fn takes_an_event(example: &str) -> bool {
    let of = EXAMPLES.iter().find(|(name, _)| *name == example).and_then(|(_, of)| *of);
    container::CARRIERS.iter().any(|carrier| Some(carrier.name) == of && carrier.holds == Holds::OneEvent)
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
        "wrapped base64" => {
            let base64 = self::base64(text, true);
            let lines: Vec<&str> =
                (0..base64.len()).step_by(76).map(|at| &base64[at..base64.len().min(at + 76)]).collect();
            format!("{{\"Body\":{}}}", serde_json::to_string(&lines.join("\n")).unwrap())
        }
        "payload" => {
            let base64 = self::base64(text, true);
            let lines: Vec<&str> =
                (0..base64.len()).step_by(60).map(|at| &base64[at..base64.len().min(at + 60)]).collect();
            lines.join("\r\n") + "\n"
        }
        "insights" => format!(
            "{{\"results\":[[{{\"field\":\"@timestamp\",\"value\":\"2026-11-02 08:12:05.000\"}},{{\"field\":\"@message\",\"value\":{quoted}}},{{\"field\":\"@ptr\",\"value\":\"{}\"}}]],\"status\":\"Complete\"}}",
            "Cm0KKgom".repeat(12)
        ),
        "lake" => format!(
            "{{\"QueryStatus\":\"FINISHED\",\"QueryResultRows\":[[{{\"eventTime\":\"2026-11-02 08:12:05.000\"}},{{\"eventJson\":{quoted}}}]]}}"
        ),
        "raw" => format!("{{\"_time\":\"1\",\"_raw\":{quoted},\"sourcetype\":\"aws:cloudtrail\"}}"),
        "result" => format!("{{\"preview\":false,\"offset\":0,\"result\":{{\"_raw\":{quoted}}}}}"),
        "original" => format!("{{\"@timestamp\":\"x\",\"event\":{{\"action\":\"x\",\"original\":{quoted}}}}}"),
        "hit" => format!("{{\"_index\":\"x\",\"_source\":{{\"event.original\":{quoted}}},\"sort\":[1]}}"),
        "hits" => format!(
            "{{\"took\":1,\"hits\":{{\"total\":{{\"value\":1,\"relation\":\"eq\"}},\"hits\":[{{\"_source\":{{\"event\":{{\"original\":{quoted}}}}}}}]}}}}"
        ),
        "fields" => format!("{{\"_index\":\"x\",\"fields\":{{\"event.original\":[{quoted}]}}}}"),
        "copied row" => format!("{{\"@timestamp\":\"2026-11-02 08:12:05.000\",\"@message\":{quoted}}}"),
        "copied row object" => format!("{{\"@timestamp\":\"x\",\"@message\":{text}}}"),
        "data gzip twice" => {
            let inner = gzip(text.as_bytes());
            format!("{{\"data\":{}}}", serde_json::to_string(&base64_of(&gzip(&inner))).unwrap())
        }
        "text with a mark" => {
            format!("{{\"Body\":{}}}", serde_json::to_string(&format!("\u{feff}{text}\u{feff}\n")).unwrap())
        }
        "log" => format!("{{\"log\":{},\"stream\":\"stdout\"}}", serde_json::to_string(&format!("{text}\n")).unwrap()),
        "filebeat" => format!(
            "{{\"@timestamp\":\"x\",\"message\":{quoted},\"log\":{{\"offset\":1}},\"event\":{{\"kind\":\"event\"}}}}"
        ),
        "vector" => format!("{{\"host\":\"h\",\"message\":{quoted},\"source_type\":\"aws_s3\",\"timestamp\":\"x\"}}"),
        other => panic!("no carrier {other}"),
    }
}

fn base64(text: &str, gzip: bool) -> String {
    if gzip { base64_of(&self::gzip(text.as_bytes())) } else { base64_of(text.as_bytes()) }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn base64_of(bytes: &[u8]) -> String {
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
                let keys =
                    ["Records", "records", "Events", "events", "logEvents", "Messages", "results", "hits", "data"];
                let key = keys[self.below(keys.len())];
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
                if stands_alone(carrier) {
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
            "status",
            "total",
            "preview",
            "event",
            "result",
            "attributes",
        ];
        let mut members = Vec::new();
        while self.one_in(4) {
            let key = keys[self.below(keys.len())];
            let value = match self.below(6) {
                0 => "[]".to_owned(),
                4 => ["true", "2", "{\"value\":2,\"relation\":\"gte\"}", "{}"][self.below(4)].to_owned(),
                5 => self.event(1),
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
