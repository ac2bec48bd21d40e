//! Files of a finished report on their way into a bucket. Nothing is ever written into an archive that is read.

use std::borrow::Cow;
use std::path::PathBuf;
#[cfg(feature = "aws")]
use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

#[cfg(feature = "aws")]
use aws_sdk_s3::primitives::ByteStream;
#[cfg(feature = "aws")]
use base64::{Engine as _, engine::general_purpose::STANDARD};
#[cfg(feature = "aws")]
use sha2::{Digest as _, Sha256};

#[cfg(feature = "aws")]
use super::bucket::BucketAddress;
use crate::aws::AwsOptions;
#[cfg(feature = "aws")]
use crate::aws::{connect, failure};
use crate::domain::trouble::SourceTrouble;
#[cfg(feature = "aws")]
use crate::{decode::defect::io_reason, domain::trouble::TroubleKind};

/// Puts files below `target` (`s3://bucket/prefix`), one after the other, in their order. What was there is replaced. They
/// stream from the disk, and the bucket checks their SHA-256. Roles that read do not write: it is done as `role`, else
/// with the caller's own credentials.
#[cfg(feature = "aws")]
pub fn put(
    target: &str,
    files: &[(Cow<'static, str>, PathBuf)],
    options: &AwsOptions,
    role: Option<&str>,
) -> Result<(), SourceTrouble> {
    let rest = target.strip_prefix("s3://").unwrap_or(target);
    let usage = |error: super::bucket::BucketAddressError| {
        SourceTrouble::new(TroubleKind::Usage, format!("--out '{target}': {error}"))
    };
    let address: BucketAddress = rest.parse().map_err(usage)?;
    connect::runtime()?.block_on(async {
        // A public bucket is read without credentials; nobody writes without.
        let mut options = AwsOptions { no_sign_request: false, ..options.clone() };
        options.region = options.region.or_else(|| address.region.as_deref().map(str::to_owned));
        let config = connect::connect(&options, role).await?;
        let mut builder = aws_sdk_s3::config::Builder::from(&config);
        if options.path_style {
            builder = builder.force_path_style(true);
        }
        let client = aws_sdk_s3::Client::from_conf(builder.build());
        for (name, path) in files {
            let folder = address.prefix.trim_end_matches('/');
            let key = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
            let failed = |why: String, cause| {
                let who = role
                    .map_or("with your own credentials; --upload-role-arn names a role for it".to_owned(), |role| {
                        format!("as {role}")
                    });
                SourceTrouble::new(cause, format!("uploading s3://{}/{key}: {why}", address.bucket))
                    .hint("it takes s3:PutObject on that key, and a bucket that exists")
                    .hint(format!("it was tried {who}"))
            };
            let hash = tokio::task::block_in_place(|| sha256(path));
            let hash = hash.map_err(|error| failed(io_reason(&error), TroubleKind::Failure))?;
            let body = ByteStream::from_path(path).await;
            let body = body.map_err(|error| failed(error.to_string(), TroubleKind::Failure))?;
            let request = client.put_object().bucket(&address.bucket).key(&key).content_type(content_type(name));
            let sent = request.checksum_sha256(hash).body(body).send().await;
            sent.map_err(|error| {
                let status = error.raw_response().map(|answer| answer.status().as_u16());
                let cause =
                    if matches!(status, Some(401 | 403)) { TroubleKind::Permission } else { TroubleKind::Failure };
                failed(failure::words(&error), cause)
            })?;
        }
        Ok(())
    })
}

/// The hash of a file as the header of a request has it.
#[cfg(feature = "aws")]
fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = BufReader::with_capacity(64 << 10, File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(STANDARD.encode(hash.finalize()));
        }
        hash.update(bytes);
        let count = bytes.len();
        file.consume(count);
    }
}

/// What this build says.
#[cfg(not(feature = "aws"))]
pub fn put(
    _target: &str,
    _files: &[(Cow<'static, str>, PathBuf)],
    _options: &AwsOptions,
    _role: Option<&str>,
) -> Result<(), SourceTrouble> {
    Err(SourceTrouble::no_aws())
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
