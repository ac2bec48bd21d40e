//! Addresses as people paste them: ARNs of buckets and access points, web addresses of objects in every form that S3 has,
//! and pages of the console, which are refused with the right spelling (DESIGN §8). Pure.

use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::address::{BucketAddress, BucketAddressError};
use crate::aws::regions::partition;
use crate::domain::log_key::{is_account, is_region};

/// The domains of the partitions, and the region of the addresses that name none.
const DOMAINS: [(&str, Option<&str>); 3] =
    [(".amazonaws.com.cn", Some("cn-north-1")), (".amazonaws.com", None), (".amazonaws.eu", Some("eusc-de-east-1"))];

/// Whether a text is meant as an ARN or a web address, whatever it says.
#[must_use]
pub(super) fn is_pasted(text: &str) -> bool {
    let front = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    front.starts_with("arn:") || front == "https://" || front.starts_with("http://")
}

/// Reads what follows `s3://`, and whole ARNs and web addresses.
impl FromStr for BucketAddress {
    type Err = BucketAddressError;

    fn from_str(text: &str) -> Result<Self, BucketAddressError> {
        if !is_pasted(text) {
            let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
            return Self::of(bucket, prefix, None);
        }
        if text.starts_with("arn:") {
            return arn(text);
        }
        url(text.split_once("://").map_or(text, |(_, rest)| rest))
    }
}

/// `arn:PARTITION:s3:::BUCKET[/PREFIX]` or `arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME[/PREFIX]`
fn arn(text: &str) -> Result<BucketAddress, BucketAddressError> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, "s3", region, account, resource] = parts[..] else { return Err(BucketAddressError::Arn) };
    if !["aws", "aws-cn", "aws-us-gov", "aws-eusc"].contains(&partition) {
        return Err(BucketAddressError::Arn);
    }
    if region.is_empty() && account.is_empty() {
        let (bucket, prefix) = resource.split_once('/').unwrap_or((resource, ""));
        let home = match partition {
            "aws-cn" => Some("cn-north-1"),
            "aws-us-gov" => Some("us-gov-west-1"),
            "aws-eusc" => Some("eusc-de-east-1"),
            _ => None,
        };
        // A star at the end is how policies write a prefix.
        return BucketAddress::of(bucket, prefix.trim_end_matches('*'), home);
    }
    // The older form has a colon.
    let resource = resource.strip_prefix("accesspoint/").or_else(|| resource.strip_prefix("accesspoint:"));
    let (name, rest) = resource.map(|it| it.split_once('/').unwrap_or((it, ""))).ok_or(BucketAddressError::Arn)?;
    // No file, and AWS writes it like that.
    if region.is_empty() || name.strip_suffix(".mrap").is_some() {
        return Err(BucketAddressError::MultiRegion);
    }
    if !is_region(region) {
        return Err(BucketAddressError::Arn);
    }
    // As the ARN of an object has it.
    let prefix = rest.strip_prefix("object/").unwrap_or(rest).trim_end_matches('*');
    access_point(partition, region, account, name, prefix)
}

fn access_point(
    partition: &str,
    region: &str,
    account: &str,
    name: &str,
    prefix: &str,
) -> Result<BucketAddress, BucketAddressError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if account.len() != 12 || !is_account(account) || !(3..=50).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(BucketAddressError::Arn);
    }
    let bucket = format!("arn:{partition}:s3:{region}:{account}:accesspoint/{name}");
    Ok(BucketAddress { bucket, prefix: prefix.to_owned(), region: Some(region.into()) })
}

/// What follows `https://`.
fn url(rest: &str) -> Result<BucketAddress, BucketAddressError> {
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = unescaped(path);
    if host.split('.').any(|label| label == "console") {
        return Err(console(&host, &path, query));
    }
    let (front, home) = DOMAINS
        .iter()
        .find_map(|(domain, home)| Some((host.strip_suffix(domain)?, *home)))
        .ok_or(BucketAddressError::Foreign)?;
    let (bucket, service) = split_service(front).ok_or(BucketAddressError::Foreign)?;
    let region = service.region.or(home);
    // Whoever lists by hand has the prefix there. Signatures are never looked at.
    let asked = parameter(query, "prefix");
    if service.is_access_point {
        let (name, account) = bucket.rsplit_once('-').ok_or(BucketAddressError::Foreign)?;
        let region = region.ok_or(BucketAddressError::Foreign)?;
        return access_point(partition(region), region, account, name, &asked.unwrap_or(path));
    }
    if bucket.is_empty() {
        let (bucket, prefix) = path.split_once('/').unwrap_or((&path, ""));
        return BucketAddress::of(bucket, asked.as_deref().unwrap_or(prefix), region);
    }
    BucketAddress::of(bucket, asked.as_deref().unwrap_or(&path), region)
}

/// What the labels behind a bucket say.
struct S3HostLabels<'a> {
    region: Option<&'a str>,
    is_access_point: bool,
}

/// Splits `BUCKET.s3[-fips|-REGION|-accelerate|-accesspoint][.dualstack][.REGION]`, from behind; the bucket may be empty.
fn split_service(front: &str) -> Option<(&str, S3HostLabels<'_>)> {
    let starts = memchr::memchr_iter(b'.', front.as_bytes()).map(|at| at + 1);
    let starts: Vec<usize> = [0].into_iter().chain(starts).collect();
    starts.into_iter().rev().find_map(|start| {
        let mut labels = front[start..].split('.');
        let name = labels.next()?.strip_prefix("s3")?;
        let mut region = None;
        for label in labels {
            match label {
                "dualstack" if region.is_none() => {}
                label if region.is_none() && is_region(label) => region = Some(label),
                _ => return None,
            }
        }
        let is_access_point = matches!(name, "-accesspoint" | "-accesspoint-fips");
        match name {
            "" | "-fips" | "-accelerate" | "-accesspoint" | "-accesspoint-fips" => {}
            "-external-1" => region = Some("us-east-1"),
            old => region = Some(old.strip_prefix('-').filter(|region| is_region(region))?),
        }
        Some((front[..start].trim_end_matches('.'), S3HostLabels { region, is_access_point }))
    })
}

/// What to write for a page of the console.
fn console(host: &str, path: &str, query: &str) -> BucketAddressError {
    let shown = |text: &str| text.chars().filter(|character| !character.is_control()).collect::<String>();
    if path.starts_with("cloudtrail") {
        let region = parameter(query, "region").or_else(|| host.split('.').next().map(str::to_owned));
        let region = region.filter(|region| is_region(region)).unwrap_or_default();
        return BucketAddressError::Console(format!("event-history:{region}"));
    }
    let bucket = path.strip_prefix("s3/buckets/").or_else(|| path.strip_prefix("s3/object/"));
    let bucket = bucket.and_then(|rest| rest.split('/').next()).filter(|bucket| !bucket.is_empty());
    let prefix = parameter(query, "prefix").map(|prefix| format!("/{prefix}")).unwrap_or_default();
    BucketAddressError::Console(match bucket {
        Some(bucket) => shown(&format!("s3://{bucket}{prefix}")),
        None => "s3://bucket/prefix, or event-history:REGION".to_owned(),
    })
}

fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(unescaped)
}

/// Undoes `%2F` and the like; what is no UTF-8 then stays as it is.
fn unescaped(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is the address as shown, and behind a space the region.
    fn check(texts: &[&str], expected: &str) {
        for text in texts {
            let found: BucketAddress = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            let region = found.region.as_deref().map_or_else(String::new, |region| format!(" {region}"));
            assert_eq!(format!("{found}{region}"), expected, "{text}");
        }
    }

    #[test]
    fn arns_are_read() {
        check(&["arn:aws:s3:::my-logs"], "s3://my-logs");
        check(&["arn:aws:s3:::my-logs/AWSLogs/", "arn:aws:s3:::my-logs/AWSLogs/*"], "s3://my-logs/AWSLogs/");
        check(&["arn:aws-cn:s3:::my-logs"], "s3://my-logs cn-north-1");
        check(&["arn:aws-us-gov:s3:::my-logs/x"], "s3://my-logs/x us-gov-west-1");
        check(&["arn:aws-eusc:s3:::my-logs"], "s3://my-logs eusc-de-east-1");
        let point = "arn:aws:s3:eu-west-1:444455556666:accesspoint/trail";
        check(&[point, &format!("{point}/")], &format!("s3://{point} eu-west-1"));
        let below = format!("s3://{point}/AWSLogs/ eu-west-1");
        check(&[&format!("{point}/AWSLogs/"), &format!("{point}/object/AWSLogs/*")], &below);
    }

    #[test]
    fn web_addresses_are_read() {
        check(
            &[
                "https://my-logs.s3.amazonaws.com/",
                "https://s3.amazonaws.com/my-logs",
                "https://my-logs.s3-accelerate.amazonaws.com",
                "HTTPS://My-Logs.S3.Amazonaws.Com",
                "http://my-logs.s3.dualstack.amazonaws.com:80/",
            ],
            "s3://my-logs",
        );
        check(
            &[
                "https://my-logs.s3.eu-west-1.amazonaws.com/AWSLogs/a%20b/",
                "https://my-logs.s3-eu-west-1.amazonaws.com/AWSLogs/a%20b/",
                "https://s3.eu-west-1.amazonaws.com/my-logs/AWSLogs/a%20b/",
                "https://s3.dualstack.eu-west-1.amazonaws.com/my-logs/AWSLogs/a%20b/",
                "https://my-logs.s3.dualstack.eu-west-1.amazonaws.com/AWSLogs/a%20b/?X-Amz-Signature=secret",
                "https://my-logs.s3-fips.eu-west-1.amazonaws.com/?list-type=2&prefix=AWSLogs%2Fa%20b%2F",
            ],
            "s3://my-logs/AWSLogs/a b/ eu-west-1",
        );
        check(&["https://my.old.bucket.s3.us-east-2.amazonaws.com/x"], "s3://my.old.bucket/x us-east-2");
        check(
            &["https://s3.cn-north-1.amazonaws.com.cn/my-logs", "https://my-logs.s3.amazonaws.com.cn"],
            "s3://my-logs cn-north-1",
        );
        check(&["https://my-logs.s3.eusc-de-east-1.amazonaws.eu/"], "s3://my-logs eusc-de-east-1");
        check(&["https://s3-us-gov-west-1.amazonaws.com/my-logs"], "s3://my-logs us-gov-west-1");
        check(
            &["https://trail-444455556666.s3-accesspoint.eu-west-1.amazonaws.com/AWSLogs/"],
            "s3://arn:aws:s3:eu-west-1:444455556666:accesspoint/trail/AWSLogs/ eu-west-1",
        );
    }

    #[test]
    fn all_else_is_refused_with_the_right_spelling() {
        let check = |text: &str, expected: BucketAddressError| {
            assert_eq!(text.parse::<BucketAddress>(), Err(expected), "{text}");
        };
        check("arn:aws:s3::444455556666:accesspoint/abc.mrap", BucketAddressError::MultiRegion);
        check("arn:aws:s3::444455556666:accesspoint/trail", BucketAddressError::MultiRegion);
        for text in [
            "arn:aws:s3-outposts:eu-west-1:444455556666:outpost/x",
            "arn:aws:s3-object-lambda:eu-west-1:444455556666:accesspoint/x",
            "arn:aws:s3:eu-west-1:4444:accesspoint/trail",
            "arn:aws:iam::444455556666:role/audit",
            "arn:x",
        ] {
            check(text, BucketAddressError::Arn);
        }
        check("arn:aws:s3:::", BucketAddressError::NoBucket);
        let console = |text: &str| BucketAddressError::Console(text.to_owned());
        check(
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/my-logs?region=eu-west-1&prefix=AWSLogs%2F&tab=objects",
            console("s3://my-logs/AWSLogs/"),
        );
        check("https://s3.console.aws.amazon.com/s3/buckets/my-logs", console("s3://my-logs"));
        check(
            "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events",
            console("event-history:eu-west-1"),
        );
        for text in
            ["https://minio.example.com/my-logs", "https://amazonaws.com/x", "https://my-logs.ec2.amazonaws.com"]
        {
            check(text, BucketAddressError::Foreign);
        }
    }
}
