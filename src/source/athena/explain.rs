//! What to do about a query that has no result.

use super::execution::QueryFailure;
use super::place::TablePlace;
use super::table::AthenaTable;
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// What a failed query says, in whichever words, and what to do about it.
const ADVICE: [(&[&str], TroubleKind, &str); 8] = [
    (
        &["Access Denied", "AccessDenied", "Insufficient permissions", "not authorized"],
        TroubleKind::Permission,
        "whoever asks Athena also needs s3:GetObject and s3:ListBucket where the log files are, the keys of KMS that they \
         are encrypted with, and s3:PutObject where results go; tfctrail doctor prints the policy",
    ),
    (
        &["TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "COLUMN_NOT_FOUND"],
        TroubleKind::Failure,
        "the table is not what its catalog says: look at it with tfctrail doctor",
    ),
    (
        &["Bytes scanned limit"],
        TroubleKind::Failure,
        "the workgroup limits what a query may scan: ask for a shorter window, or in another workgroup (?workgroup=NAME)",
    ),
    (
        &["HIVE_EXCEEDED_PARTITION_LIMIT", "exceeded the limit of 1000000 partitions"],
        TroubleKind::Failure,
        "the table has more partitions than a query may have: ask for a shorter window, or narrow with --account or ?only.COLUMN=VALUE",
    ),
    (
        &["Query exhausted resources", "EXCEEDED_MEMORY_LIMIT", "Query timeout"],
        TroubleKind::Failure,
        "ask for a shorter window; several syncs of a month each read a year",
    ),
    (
        &["SlowDown", "reduce your request rate"],
        TroubleKind::Failure,
        "S3 refuses so many requests: ask for a shorter window, or later",
    ),
    (
        &["HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_INVALID_METADATA", "HIVE_PARTITION_SCHEMA_MISMATCH"],
        TroubleKind::Failure,
        "a log file or partition does not fit the table; s3://BUCKET reads the same log files without it, and names a damaged one",
    ),
    (
        &["INVALID_TABLE_PROPERTY"],
        TroubleKind::Failure,
        "a property of the table is wrong: SHOW CREATE TABLE shows them",
    ),
];

/// What `StartQueryExecution` says where nobody told where results go.
const NO_OUTPUT: &str = "output location";

impl QueryFailure {
    /// What to tell where a table ends with it.
    pub(super) fn trouble(&self, table: &AthenaTable, place: &TablePlace, aws: &AwsOptions) -> SourceTrouble {
        let workgroup = table.workgroup();
        match self {
            Self::Request(action, RequestFailure::Answer(code, message, _))
                if message.to_ascii_lowercase().contains(NO_OUTPUT) =>
            {
                SourceTrouble::new(
                    TroubleKind::Failure,
                    format!("{action}: the workgroup {workgroup} does not say where results go ({code}: {message})"),
                )
                .hint(format!("say it: 'athena:{}?output=s3://BUCKET/PREFIX/'", table.name()))
                .hint("or name a workgroup that has an output location: ?workgroup=NAME; or set one in the workgroup")
            }
            Self::Request(action, RequestFailure::Answer(code, message, _))
                if message.contains("WorkGroup") && message.contains("not found") =>
            {
                SourceTrouble::new(
                    TroubleKind::Failure,
                    format!("{action}: there is no workgroup {workgroup} ({code})"),
                )
                .hint(format!("these are there: aws athena list-work-groups --region {}", place.place.region))
            }
            Self::Request(action, failure) => {
                let resource = place.resource("athena", &format!("workgroup/{workgroup}"));
                failure.trouble(&place.aws(aws), action, &resource)
            }
            Self::Ended { state, reason, id } => {
                let found = ADVICE.iter().find(|(parts, ..)| parts.iter().any(|part| reason.contains(part)));
                let kind = found.map_or(TroubleKind::Failure, |(_, kind, _)| *kind);
                let trouble = SourceTrouble::new(kind, format!("the query {id} ended as {state}: {reason}"));
                match found {
                    Some((.., advice)) => trouble.hint(*advice),
                    None if state == "CANCELLED" => trouble.hint("somebody or something else stopped it; ask again"),
                    None => trouble,
                }
            }
        }
    }
}
