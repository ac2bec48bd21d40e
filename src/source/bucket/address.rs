//! `s3://bucket[/prefix]`

use std::fmt;
use std::str::FromStr;

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The bucket.
    pub bucket: String,
    /// What the keys begin with, without the slash behind the bucket; may be empty.
    pub prefix: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing follows the scheme.
    #[error("names no bucket; write it like s3://bucket or s3://bucket/prefix")]
    NoBucket,
    /// No bucket can have that name.
    #[error("no bucket can have that name; it takes 3 to 63 letters, digits, dots and hyphens")]
    Name,
}

/// Reads what follows `s3://`.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        if bucket.is_empty() {
            return Err(AddressError::NoBucket);
        }
        // Old buckets have underscores and capitals.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !(3..=255).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err(AddressError::Name);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl Address {
    /// The prefix as that of a folder, unless its end looks like the name of an object.
    #[must_use]
    pub fn folder(&self) -> String {
        let last = self.prefix.rsplit('/').next().unwrap_or_default();
        let slash = if last.is_empty() || last.contains('.') { "" } else { "/" };
        format!("{}{slash}", self.prefix)
    }
}

impl fmt::Display for Address {
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
            let found: Address = text.parse().unwrap();
            assert_eq!((&*found.bucket, &*found.prefix, &*found.to_string()), (bucket, prefix, shown));
        };
        check("logs", "logs", "", "s3://logs");
        check("logs/", "logs", "", "s3://logs");
        check("logs/AWSLogs/", "logs", "AWSLogs/", "s3://logs/AWSLogs/");
        check("my.Old_bucket//x", "my.Old_bucket", "/x", "s3://my.Old_bucket//x");
        for (text, folder) in
            [("logs", ""), ("logs/a", "a/"), ("logs/a/b/", "a/b/"), ("logs/a/b.json.gz", "a/b.json.gz")]
        {
            assert_eq!(text.parse::<Address>().unwrap().folder(), folder, "{text}");
        }
        assert_eq!("/x".parse::<Address>(), Err(AddressError::NoBucket));
        assert_eq!("".parse::<Address>(), Err(AddressError::NoBucket));
        assert_eq!("a b/x".parse::<Address>(), Err(AddressError::Name));
        assert_eq!("ab".parse::<Address>(), Err(AddressError::Name));
    }
}
