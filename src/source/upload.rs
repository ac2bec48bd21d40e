//! Files of a finished report on their way into a bucket. Nothing is ever written into an archive that is read.

use std::path::PathBuf;

use super::aws::AwsOptions;
use super::trouble::Trouble;
#[cfg(feature = "aws")]
use super::{
    aws::{connect, explain},
    bucket::Address,
    trouble::Cause,
};

/// Puts files below `target` (`s3://bucket/prefix`), one after the other, in their order. What was there is replaced.
#[cfg(feature = "aws")]
pub fn put(target: &str, files: &[(&'static str, PathBuf)], options: &AwsOptions) -> Result<(), Trouble> {
    let rest = target.strip_prefix("s3://").unwrap_or(target);
    let usage = |error: super::bucket::AddressError| Trouble::new(Cause::Usage, format!("--out '{target}': {error}"));
    let address: Address = rest.parse().map_err(usage)?;
    connect::runtime()?.block_on(async {
        let config = connect::connect(options, options.role_arns.first().map(String::as_str)).await;
        let mut builder = aws_sdk_s3::config::Builder::from(&config);
        if options.path_style {
            builder = builder.force_path_style(true);
        }
        let client = aws_sdk_s3::Client::from_conf(builder.build());
        for (name, path) in files {
            let folder = address.prefix.trim_end_matches('/');
            let key = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            let failed = |why: String, cause| {
                Trouble::new(cause, format!("uploading s3://{}/{key}: {why}", address.bucket))
                    .hint("it takes s3:PutObject on that key, and a bucket that exists")
            };
            let bytes = tokio::task::block_in_place(|| std::fs::read(path));
            let bytes = bytes.map_err(|error| failed(error.to_string(), Cause::Failure))?;
            let request = client.put_object().bucket(&address.bucket).key(&key).content_type(content_type(name));
            let sent = request.body(bytes.into()).send().await;
            sent.map_err(|error| {
                let status = error.raw_response().map(|answer| answer.status().as_u16());
                let cause = if matches!(status, Some(401 | 403)) { Cause::Permission } else { Cause::Failure };
                failed(explain::words(&error), cause)
            })?;
        }
        Ok(())
    })
}

/// What this build says.
#[cfg(not(feature = "aws"))]
pub fn put(_target: &str, _files: &[(&'static str, PathBuf)], _options: &AwsOptions) -> Result<(), Trouble> {
    Err(super::remote::no_aws())
}

#[cfg(feature = "aws")]
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "application/json",
    }
}
