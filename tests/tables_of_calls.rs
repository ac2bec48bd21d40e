//! Calls of runs in tables, and with JSON text in the place of objects: they are what they are in CloudTrail's own log files, or
//! what is wrong is named, be it a column that was left out, or a wrapping that nobody knows.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use serde_json::{Value, json};
use tfctrail::decode::record::session_call::SessionPass;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::session_call::SessionCall;

/// The columns of the table that the documentation of Athena has.
const COLUMNS: [&str; 19] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "eventID",
    "resources",
    "eventType",
    "readOnly",
    "recipientAccountId",
    "sharedEventID",
];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Assumptions,
    Keys,
    Calls,
}

fn decode(text: &str, question: Question) -> Decoded {
    let decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
    let mut decoder = match question {
        Question::Assumptions => decoder,
        Question::Keys => decoder.with_calls(),
        Question::Calls => decoder.with_session_calls(SessionPass::First, true),
    };
    let found = decoder.bytes(&"x".into(), text.as_bytes());
    assert!(found.records.balances());
    found
}

/// What calls say, but for the bytes that they were written in.
fn calls(decoded: &Decoded) -> Vec<String> {
    let words = |call: &SessionCall| {
        let parameters: Option<Value> = call.parameters.as_deref().map(|text| serde_json::from_str(text).unwrap());
        let call = SessionCall { content: [0; 32], parameters: None, ..call.clone() };
        format!("{call:?} {parameters:?}")
    };
    decoded.session_calls.iter().map(words).collect()
}

/// Two calls of a run: a write, and one that begins a session.
fn records() -> [Value; 2] {
    let call = |id: &str, source: &str, name: &str, read_only: bool, parameters: Value, response: Value| {
        json!({
            "eventVersion": "1.11", "eventTime": "2026-11-02T10:00:00Z", "eventID": id, "eventName": name,
            "eventSource": source, "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userAgent": "APN/1.0",
            "recipientAccountId": "111122223333", "readOnly": read_only, "eventType": "AwsApiCall",
            "requestParameters": parameters, "responseElements": response,
            "resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs"}],
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROA1:terraform-run-run-Abc1", "accessKeyId": "ASIAONE",
                "accountId": "111122223333",
                "sessionContext": {
                    "attributes": {"creationDate": "2026-11-02T09:59:00Z"},
                    "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"},
                },
            },
        })
    };
    let answer = json!({"credentials": {"accessKeyId": "ASIATWO"}, "assumedRoleUser": {"assumedRoleId": "AROA2:x"}});
    let role = json!({"roleArn": "arn:aws:iam::222233334444:role/hub", "durationSeconds": 900});
    [
        call(
            "w",
            "s3.amazonaws.com",
            "PutBucketPolicy",
            false,
            json!({"bucketName": "logs", "n": [1, "b"]}),
            Value::Null,
        ),
        call("s", "sts.amazonaws.com", "AssumeRole", true, role, answer),
    ]
}

/// A value as Athena prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}={}", name.to_lowercase(), printed(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const TEXTS: [&str; 3] = ["requestParameters", "responseElements", "additionalEventData"];

/// A table in CSV without a column.
fn csv(records: &[Value], left_out: &str) -> String {
    let columns = || COLUMNS.iter().filter(|name| !name.eq_ignore_ascii_case(left_out));
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(columns().map(|name| name.to_lowercase())).unwrap();
    for record in records {
        writer
            .write_record(columns().map(|name| match &record[name] {
                Value::Null => String::new(),
                value if TEXTS.contains(name) => value.to_string(),
                value => printed(value),
            }))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// What `UNLOAD` writes, without a column; with what is null, or without.
fn unload(records: &[Value], left_out: &str, with_nulls: bool) -> String {
    fn lower(value: &Value) -> Value {
        match value {
            Value::Object(members) => members.iter().map(|(name, value)| (name.to_lowercase(), lower(value))).collect(),
            Value::Array(list) => list.iter().map(lower).collect(),
            other => other.clone(),
        }
    }
    let row = |record: &Value| -> Value {
        let columns = COLUMNS.iter().filter(|name| !name.eq_ignore_ascii_case(left_out));
        let columns = columns.filter(|name| with_nulls || !record[**name].is_null());
        let cell = |name: &&str| match &record[*name] {
            Value::Null => Value::Null,
            value if TEXTS.contains(name) => value.to_string().into(),
            value => lower(value),
        };
        columns.map(|name| (name.to_lowercase(), cell(name))).collect()
    };
    let lines: Vec<String> = records.iter().map(|record| row(record).to_string() + "\n").collect();
    lines.concat()
}

fn in_log_file(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}

#[test]
fn calls_are_the_same_in_every_table_and_with_text_in_the_place_of_objects() {
    let records = records();
    let expected = calls(&decode(&in_log_file(&records), Question::Calls));
    assert_eq!(expected.len(), 2);
    assert!(expected[0].contains("bucketName") && expected[1].contains("AROA2:x"), "{expected:?}");
    let as_text = |pretty: bool| -> Vec<Value> {
        let mut records = records.to_vec();
        for record in &mut records {
            for part in ["userIdentity", "requestParameters", "responseElements", "resources"] {
                let text = if pretty { format!("\n{:#}\n", record[part]) } else { record[part].to_string() };
                record[part] = text.into();
            }
        }
        records
    };
    for text in [
        in_log_file(&as_text(false)),
        in_log_file(&as_text(true)),
        csv(&records, ""),
        json!({ "Body": csv(&records, "") }).to_string(),
        unload(&records, "", false),
        unload(&records, "", true),
    ] {
        let found = decode(&text, Question::Calls);
        assert_eq!(calls(&found), expected, "{text} {:?} {:?}", found.malformed, found.ended);
        assert_eq!((found.records.other, found.records.malformed), (2, 0));
    }
}

#[test]
fn what_a_table_lacks_is_named_where_calls_are_asked_for() {
    let records = records();
    for (column, keys, calls) in [
        ("eventsource", true, true),
        ("useragent", true, true),
        ("responseelements", false, true),
        ("recipientaccountid", false, true),
        ("readonly", false, true),
        ("resources", false, true),
        ("sharedeventid", false, true),
        ("errormessage", false, true),
        ("eventtype", false, false),
        ("additionaleventdata", false, false),
    ] {
        let said = format!("lacks the column {column},");
        for (question, is_refused) in [(Question::Assumptions, false), (Question::Keys, keys), (Question::Calls, calls)]
        {
            let table = decode(&csv(&records, column), question);
            let failed = match &table.ended {
                FileEnd::Failed(defect) => defect.to_string(),
                _ => String::new(),
            };
            assert_eq!(failed.contains(&said), is_refused, "{question:?} {failed}");
            assert_eq!(table.records.other, if is_refused { 0 } else { 2 });
            let carried = decode(&json!({ "Body": csv(&records, column) }).to_string(), question);
            assert_eq!(carried.records.malformed, u64::from(is_refused), "{question:?} {column}");
            // Who writes what is null shows what was not selected.
            let unloaded = decode(&unload(&records[..1], column, true), question);
            let named = unloaded.malformed.iter().any(|malformed| malformed.to_string().contains(&said));
            assert_eq!((named, unloaded.records.malformed == 1), (is_refused, is_refused), "{question:?} {column}");
        }
    }
}

#[test]
fn what_may_have_been_null_is_not_taken_for_left_out() {
    let records = records();
    for (column, malformed) in [
        ("awsregion", 2),
        ("eventid", 2),
        ("responseelements", 1),
        ("readonly", 0),
        ("sharedeventid", 0),
        ("resources", 0),
    ] {
        let found = decode(&unload(&records, column, false), Question::Calls);
        assert_eq!(found.records.malformed, malformed, "{column} {:?}", found.malformed);
        assert_eq!(found.session_calls.len() as u64, 2 - malformed);
    }
    // What names no principal is a call of nobody.
    let mut of_service = records[0].clone();
    of_service["userIdentity"] = json!({"type": "AWSService", "invokedBy": "x.amazonaws.com"});
    let found = decode(&unload(&[of_service], "awsregion", true), Question::Calls);
    assert_eq!((found.records.other, found.records.malformed), (1, 0));
}

#[test]
fn what_may_hold_a_call_is_never_another_event() {
    let [write, start] = records();
    let wrapped = |key: &str| json!({ key: write }).to_string();
    let cell = |event: &Value| format!("\"{}\"", event.to_string().replace('"', "\"\""));
    let mut of_text = write.clone();
    of_text["userIdentity"] = "{type=AssumedRole, principalid=AROA1:terraform-run-run-Abc1}".into();
    let mut cut = json!({ "awsRegion": "eu-west-1" }).to_string();
    cut.truncate(cut.len() - 1);
    let cut = format!("{cut},{}", &write.to_string()[1..write.to_string().len() - 5]);
    for text in [
        format!("{{\"Records\":[{start},{}]}}", wrapped("wrapped")),
        format!("{start}\n{}\n", wrapped("payload")),
        format!("{start}\n{}\n", json!({ "msg": write.to_string() })),
        format!("{start}\n{}\n", json!({ "result": { "raw": write.to_string() } })),
        format!("{{\"message\":{:?}}}\n{{\"message\":{cut:?}}}\n", start.to_string()),
        format!("eventid,eventjson\ns,{}\neventjson,eventid\n{},w\n", cell(&start), cell(&write)),
        in_log_file(&[start.clone(), of_text]),
    ] {
        let found = decode(&text, Question::Calls);
        assert_eq!((found.session_calls.len(), found.records.malformed), (1, 1), "{text} {:?}", found.malformed);
        assert_eq!(decode(&text, Question::Assumptions).records.malformed, 0, "{text}");
    }
    // What is no call has other names.
    let other = json!({ "level": "info", "eventName": "x", "user": { "id": 1 } });
    let found = decode(&format!("{start}\n{other}\n"), Question::Calls);
    assert_eq!((found.records.other, found.records.malformed), (2, 0));
}
