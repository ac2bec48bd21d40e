//! What others did with what the runs of a [world](crate::world) wrote, and with a key that a run of ours made: in log files of
//! their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tfctrail::domain::timestamp::Timestamp;

use crate::choices::Choices;
use crate::events::records;
use crate::few::{assumed, call, log_name};
use crate::world::{BEGIN, HOUR};

/// The key that the run makes, and one that looks like it.
const KEYS: [&str; 2] = ["AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN8EXAMPLE"];

/// What runs of a world write, what the run here writes, and what no run writes.
const ARNS: [&str; 4] = ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::own", "arn:aws:s3:::nobodys"];

fn time(seconds: i64) -> String {
    Timestamp::from_seconds(seconds).unwrap().to_string()
}

/// Log files, some of which have names of the same hour.
pub(crate) fn others(choices: &mut Choices) -> Vec<(String, Vec<u8>)> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |choices: &mut Choices, seconds: i64, text: String| {
        let stamp = time(seconds - seconds.rem_euclid(6 * HOUR) + 6 * HOUR);
        let account = ["111122223333", "999900001111"][choices.below(2)];
        let clock = format!("{}{}", stamp[11..13].to_owned(), ["20", "25", "30"][choices.below(3)]);
        files.entry(log_name(account, &stamp[..10], &clock)).or_default().push(text);
    };
    let start = BEGIN + HOUR;
    put(choices, start, assumed("others-0", &time(start), "made"));
    let mut made = call("others-1", &time(start + 60), "made", &time(start));
    made["resources"] = json!([{"ARN": ARNS[2]}]);
    put(choices, start + 60, made.to_string());
    let mut key = call("others-2", &time(start + 120), "made", &time(start));
    key["eventSource"] = "iam.amazonaws.com".into();
    key["eventName"] = "CreateAccessKey".into();
    key["responseElements"] = json!({"accessKey": {"accessKeyId": KEYS[0], "status": "Active", "userName": "ci"}});
    put(choices, start + 120, key.to_string());
    for number in 0..60 {
        let seconds = BEGIN + i64::try_from(choices.below(usize::try_from(30 * HOUR).unwrap())).unwrap();
        let event = other(choices, number, seconds);
        put(choices, seconds, event.to_string());
        if choices.one_in(6) {
            // A copy, which may lie in another log file.
            put(choices, seconds, event.to_string());
        }
    }
    files.into_iter().map(|(name, texts)| (name, records(&texts).into_bytes())).collect()
}

/// Anything that somebody did.
fn other(choices: &mut Choices, number: usize, seconds: i64) -> Value {
    let user = |name: &str| json!({"type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{name}")});
    let mut identity = match choices.below(6) {
        0 => json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}),
        1 | 2 => user("ben"),
        _ => user("anna"),
    };
    if choices.one_in(3) {
        identity["accessKeyId"] = KEYS[choices.below(2)].into();
    }
    let (name, is_read) = (["PutBucketPolicy", "PutBucketTagging"][choices.below(2)], choices.one_in(4));
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time(seconds),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "readOnly": is_read,
        "eventID": format!("other-{number}"),
        "recipientAccountId": "111122223333",
    });
    let first = choices.below(ARNS.len());
    let last = first + choices.below(ARNS.len() - first);
    event["resources"] = ARNS[first..=last].iter().map(|arn| json!({"ARN": arn})).collect();
    if choices.one_in(5) {
        event["errorCode"] = "AccessDenied".into();
    }
    if choices.one_in(5) {
        event["sharedEventID"] = format!("shared-{}", choices.below(3)).into();
    }
    event
}
