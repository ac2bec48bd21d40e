//! What to do when a bucket says no.

use super::address::{bucket_arn, objects_arn};
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::aws::grant::granting;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// What to do about a failed request, a line each.
pub(crate) fn advice(failure: &RequestFailure, action: &str, bucket: &str, options: &AwsOptions) -> Vec<String> {
    if let RequestFailure::Denied(_, message) = failure
        && message.contains("kms:Decrypt")
    {
        let key = kms_key(message).unwrap_or("arn:aws:kms:REGION:ACCOUNT:key/KEY-ID");
        let grants = granting(message, "kms:Decrypt", key);
        let first = format!("the log files are encrypted with a KMS key; {grants}");
        let also = "and the policy of the key has to allow it too";
        return if message.contains("explicit deny") { vec![first] } else { vec![first, also.to_owned()] };
    }
    if !failure.is_forbidden() {
        return Vec::new();
    }
    failure.trouble(options, action, &resource(action, bucket, options)).hints
}

/// What to tell when nothing of a bucket can be read.
pub(crate) fn trouble(failure: &RequestFailure, bucket: &str, prefix: &str, options: &AwsOptions) -> SourceTrouble {
    match failure {
        RequestFailure::Answer(code, ..) if code == "NoSuchBucket" => {
            SourceTrouble::new(TroubleKind::Failure, format!("there is no bucket '{bucket}' (NoSuchBucket)"))
                .hint("check its name; aws s3 ls lists the buckets of your account")
        }
        RequestFailure::Denied(..) => {
            let action = "s3:ListBucket";
            let mut trouble = failure.trouble(options, action, &resource(action, bucket, options));
            if !options.requester_pays && !options.no_sign_request {
                trouble =
                    trouble.hint("where its owner has made it a Requester Pays bucket, agree with --requester-pays");
            }
            if prefix.is_empty() {
                trouble.hint(format!("where only a prefix may be listed, name it: s3://{bucket}/AWSLogs/"))
            } else {
                trouble
            }
        }
        failure => failure.trouble(options, "s3:ListBucket", &resource("s3:ListBucket", bucket, options)),
    }
}

/// What a statement has to name.
fn resource(action: &str, bucket: &str, options: &AwsOptions) -> String {
    let region = options.region.as_deref();
    if action == "s3:ListBucket" { bucket_arn(bucket, region) } else { objects_arn(bucket, region) + "*" }
}

/// The key that a denial names.
fn kms_key(message: &str) -> Option<&str> {
    let start = message.find(":kms:").and_then(|at| message[..at].rfind("arn:"))?;
    message[start..].split(|last: char| last.is_whitespace() || matches!(last, '"' | ')' | ',')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_where_the_denial_does() {
        let message = "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: kms:Decrypt on resource: \
                       arn:aws:kms:eu-west-1:1:key/abc because no policy allows it";
        let failure = RequestFailure::Denied("AccessDenied".to_owned(), message.to_owned());
        let lines = advice(&failure, "s3:GetObject", "logs", &AwsOptions::default());
        let statement = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:1:key/abc"}"#;
        assert!(lines[0].ends_with(statement), "{lines:?}");
        let failure = RequestFailure::Denied("AccessDenied".to_owned(), String::new());
        let lines = advice(&failure, "s3:GetObject", "logs", &AwsOptions::default());
        assert!(lines[0].ends_with(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#), "{lines:?}");
        assert_eq!(
            advice(&RequestFailure::SlowDown, "s3:GetObject", "logs", &AwsOptions::default()),
            Vec::<String>::new()
        );
    }
}
