//! Rules over what digest files say of an archive. They need digests, which only commands with `--verified` read.

mod over_files;

pub(super) mod log_altered;

pub(super) mod log_missing;

pub(super) mod log_unlisted;

pub(super) mod digest_gap;

pub(super) mod validation_off;

#[cfg(test)]
mod sample;

/// What rules over digests need.
const NEEDS: &str = "--verified";

/// Where AWS documents what digests are for.
const SOURCE: &str =
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html";
