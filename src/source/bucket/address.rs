//! `s3://bucket[/prefix]`, and what else people paste for it (DESIGN §8).

use std::fmt;

use crate::aws::regions::partition;

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketAddress {
    /// The bucket, its alias, or the ARN of an access point.
    pub bucket: String,
    /// What the keys begin with, without the slash behind the bucket; may be empty.
    pub prefix: String,
    /// The region, where what was pasted tells it.
    pub region: Option<Box<str>>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketAddressError {
    /// Nothing follows the scheme.
    #[error("names no bucket; write it like s3://bucket or s3://bucket/prefix")]
    NoBucket,
    /// No bucket can have that name.
    #[error("no bucket can have that name; it takes 3 to 63 letters, digits, dots and hyphens")]
    Name,
    /// An access point of several regions.
    #[error("a multi-region access point is not read; name the bucket or a regional access point")]
    MultiRegion,
    /// Another kind of ARN.
    #[error("that ARN is neither of a bucket nor of an access point; write it like arn:aws:s3:::bucket/prefix")]
    Arn,
    /// A page for people.
    #[error("that is a page of the console; write {0}")]
    Console(String),
    /// A web address that is not of S3.
    #[error(
        "that is no address of S3 in AWS; write s3://bucket/prefix, and for another service's S3 --endpoint-url https://host"
    )]
    Foreign,
}

impl BucketAddress {
    /// A place in a bucket whose name is plain.
    pub(super) fn of(bucket: &str, prefix: &str, region: Option<&str>) -> Result<Self, BucketAddressError> {
        if bucket.is_empty() {
            return Err(BucketAddressError::NoBucket);
        }
        // Old buckets have underscores and capitals.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err(BucketAddressError::Name);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned(), region: region.map(Box::from) })
    }

    /// The ARN of what is listed, in the partition of the region that requests go to.
    #[must_use]
    pub fn arn(&self, region: Option<&str>) -> String {
        bucket_arn(&self.bucket, region)
    }
}

/// The ARN of a bucket, or that of the access point that stands for it.
#[must_use]
pub fn bucket_arn(bucket: &str, region: Option<&str>) -> String {
    if bucket.starts_with("arn:") {
        return bucket.to_owned();
    }
    format!("arn:{}:s3:::{bucket}", partition(region.unwrap_or_default()))
}

/// What the ARNs of objects begin with, whose keys follow.
#[must_use]
pub fn objects_arn(bucket: &str, region: Option<&str>) -> String {
    let arn = bucket_arn(bucket, region);
    if bucket.starts_with("arn:") { format!("{arn}/object/") } else { format!("{arn}/") }
}

impl BucketAddress {
    /// The prefix as that of a folder, unless its end looks like the name of an object.
    #[must_use]
    pub fn folder(&self) -> String {
        let last = self.prefix.rsplit('/').next().unwrap_or_default();
        let slash = if last.is_empty() || last.contains('.') { "" } else { "/" };
        format!("{}{slash}", self.prefix)
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_meanings() {
        let check = |text: &str, bucket: &str, prefix: &str, shown: &str| {
            let found: BucketAddress = text.parse().unwrap();
            assert_eq!((&*found.bucket, &*found.prefix, &*found.to_string()), (bucket, prefix, shown));
        };
        check("logs", "logs", "", "s3://logs");
        check("logs/", "logs", "", "s3://logs");
        check("logs/AWSLogs/", "logs", "AWSLogs/", "s3://logs/AWSLogs/");
        check("my.Old_bucket//x", "my.Old_bucket", "/x", "s3://my.Old_bucket//x");
        for (text, folder) in
            [("logs", ""), ("logs/a", "a/"), ("logs/a/b/", "a/b/"), ("logs/a/b.json.gz", "a/b.json.gz")]
        {
            assert_eq!(text.parse::<BucketAddress>().unwrap().folder(), folder, "{text}");
        }
        assert_eq!("/x".parse::<BucketAddress>(), Err(BucketAddressError::NoBucket));
        assert_eq!("".parse::<BucketAddress>(), Err(BucketAddressError::NoBucket));
        assert_eq!("a b/x".parse::<BucketAddress>(), Err(BucketAddressError::Name));
        assert_eq!("ab".parse::<BucketAddress>(), Err(BucketAddressError::Name));
    }

    #[test]
    fn resources_have_the_arn_of_their_partition() {
        assert_eq!(bucket_arn("logs", Some("cn-north-1")), "arn:aws-cn:s3:::logs");
        assert_eq!(objects_arn("logs", Some("us-gov-west-1")), "arn:aws-us-gov:s3:::logs/");
        assert_eq!(objects_arn("logs", None), "arn:aws:s3:::logs/");
        let point = "arn:aws:s3:eu-west-1:444455556666:accesspoint/trail";
        assert_eq!(bucket_arn(point, Some("eu-west-1")), point);
        assert_eq!(objects_arn(point, None), format!("{point}/object/"));
    }
}
