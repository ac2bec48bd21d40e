//! Few calls, written by hand.

use serde_json::{Value, json};

use crate::events::event;

/// An assumption of the run `run-WORKSPACE`, whose session has the key `ASIAEXAMPLE` and lasts for an hour.
pub(crate) fn assumed(id: &str, time: &str, workspace: &str) -> String {
    let user = format!("\"assumedRoleUser\":{{\"assumedRoleId\":\"AROA1:terraform-run-run-{workspace}\"}}");
    event(id, time, workspace).replace("\"responseElements\":{", &format!("\"responseElements\":{{{user},"))
}

/// A call of that run with that key, in a session that began at a time.
pub(crate) fn call(id: &str, time: &str, workspace: &str, created: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROA1:terraform-run-run-{workspace}"),
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": "AROA1", "arn": "arn:aws:iam::111122223333:role/deploy/web"},
                "attributes": {"creationDate": created},
            },
        },
        "eventTime": time,
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "Terraform/1.9.5",
        "readOnly": false,
        "eventID": id,
        "recipientAccountId": "111122223333",
    })
}

/// Makes of a call that it gives out the key `ASIACHILD` to the principal `AROACHILD:next`.
pub(crate) fn begins(mut call: Value) -> Value {
    call["eventSource"] = "sts.amazonaws.com".into();
    call["eventName"] = "AssumeRole".into();
    call["readOnly"] = true.into();
    call["requestParameters"] = json!({"roleArn": "arn:aws:iam::222233334444:role/next"});
    call["responseElements"] = json!({
        "credentials": {"accessKeyId": "ASIACHILD"},
        "assumedRoleUser": {"assumedRoleId": "AROACHILD:next"},
    });
    call
}

/// Makes of a call that it is made with what [`begins`] gave out, at that time.
pub(crate) fn of_child(mut call: Value, created: &str) -> Value {
    call["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": "AROACHILD:next",
        "accountId": "222233334444",
        "accessKeyId": "ASIACHILD",
        "sessionContext": {"attributes": {"creationDate": created}},
    });
    call["recipientAccountId"] = "222233334444".into();
    call
}

/// The name of a log file of that account in an archive, of a day and a clock time as in `0805`.
pub(crate) fn log_name(account: &str, day: &str, clock: &str) -> String {
    let (folder, stamp) = (day.replace('-', "/"), day.replace('-', ""));
    let region = "eu-west-1";
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{folder}/{account}_CloudTrail_{region}_{stamp}T{clock}Z_0123456789abcdef.json"
    )
}
