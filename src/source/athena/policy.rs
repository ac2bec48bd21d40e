//! The least IAM policy that reads a table.

use serde_json::json;

use super::describe::DESCRIBE;
use super::execution::{LOOK, START};
use super::place::TablePlace;
use super::results::RESULTS;
use super::shape::TableShape;
use super::table::{AthenaTable, GLUE};
use crate::aws::regions::partition;

/// The permissions on the workgroup.
pub(super) const WORKGROUP: &str = "athena:GetWorkGroup";
const STOP: &str = "athena:StopQueryExecution";

/// The policy for a table. Athena reads the catalog and the log files with the permissions of whoever asks; `output` is where
/// results go, as far as that is known.
pub(super) fn policy(table: &AthenaTable, place: &TablePlace, shape: &TableShape, output: Option<&str>) -> String {
    let AthenaTable { database, table: name, .. } = table;
    let mut statements = vec![
        json!({"Sid": "AskAthena", "Effect": "Allow", "Action": [START, LOOK, RESULTS, STOP, WORKGROUP],
            "Resource": place.resource("athena", &format!("workgroup/{}", table.workgroup()))}),
        json!({"Sid": "ReadTheTable", "Effect": "Allow", "Action": DESCRIBE,
            "Resource": place.resource("athena", &format!("datacatalog/{}", table.catalog()))}),
    ];
    if table.catalog() == GLUE {
        let of = |rest: &str| place.resource("glue", rest);
        statements.push(json!({"Sid": "ReadTheCatalog", "Effect": "Allow",
            "Action": ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
            "Resource": [of("catalog"), of(&format!("database/{database}")), of(&format!("table/{database}/{name}"))]}));
    }
    let region = &place.place.region;
    let bucket = |address: &str| {
        let rest = address.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = format!("arn:{}:s3:::{bucket}", partition(region));
        Some((format!("{bucket}/{}*", prefix.split("${").next().unwrap_or_default()), bucket))
    };
    let files = shape.property("storage.location.template").or(shape.property("location")).and_then(bucket);
    let (objects, files) = files.unwrap_or_else(|| ("arn:aws:s3:::LOGS/*".to_owned(), "arn:aws:s3:::LOGS".to_owned()));
    statements.push(json!({"Sid": "ReadLogFiles", "Effect": "Allow", "Action": "s3:GetObject", "Resource": objects}));
    let listed = ["s3:ListBucket", "s3:GetBucketLocation"];
    statements.push(json!({"Sid": "ListLogFiles", "Effect": "Allow", "Action": listed, "Resource": files}));
    let output = output.and_then(bucket);
    let (objects, output) =
        output.unwrap_or_else(|| ("arn:aws:s3:::RESULTS/*".to_owned(), "arn:aws:s3:::RESULTS".to_owned()));
    statements.push(json!({"Sid": "KeepResults", "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        "Resource": objects}));
    statements.push(json!({"Sid": "ListResults", "Effect": "Allow",
        "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": output}));
    serde_json::to_string_pretty(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap_or_default()
}
