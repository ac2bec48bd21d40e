//! What regions are called, and which there are.

/// Words of lower-case letters, then a number: `eu-west-1`, `us-gov-east-1`. New regions need no new version.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.len() <= 32 && words.contains('-') && words.split('-').all(is_word)
}

/// The partition that a region is in, as ARNs name it.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    match region.split('-').collect::<Vec<_>>()[..] {
        ["cn", ..] => "aws-cn",
        ["us", "gov", ..] => "aws-us-gov",
        ["eusc", ..] => "aws-eusc",
        _ => "aws",
    }
}

/// A region as known to this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRegion {
    /// Its name.
    pub name: &'static str,
    /// Whether every account has it, without asking for it.
    pub always_enabled: bool,
}

const fn always(name: &'static str) -> KnownRegion {
    KnownRegion { name, always_enabled: true }
}

const fn on_request(name: &'static str) -> KnownRegion {
    KnownRegion { name, always_enabled: false }
}

/// The regions of the partition that `region` is in, for accounts that do not let us ask which they have enabled.
#[must_use]
pub fn known(region: &str) -> &'static [KnownRegion] {
    const COMMERCIAL: [KnownRegion; 34] = [
        always("ap-northeast-1"),
        always("ap-northeast-2"),
        always("ap-northeast-3"),
        always("ap-south-1"),
        always("ap-southeast-1"),
        always("ap-southeast-2"),
        always("ca-central-1"),
        always("eu-central-1"),
        always("eu-north-1"),
        always("eu-west-1"),
        always("eu-west-2"),
        always("eu-west-3"),
        always("sa-east-1"),
        always("us-east-1"),
        always("us-east-2"),
        always("us-west-1"),
        always("us-west-2"),
        on_request("af-south-1"),
        on_request("ap-east-1"),
        on_request("ap-east-2"),
        on_request("ap-south-2"),
        on_request("ap-southeast-3"),
        on_request("ap-southeast-4"),
        on_request("ap-southeast-5"),
        on_request("ap-southeast-6"),
        on_request("ap-southeast-7"),
        on_request("ca-west-1"),
        on_request("eu-central-2"),
        on_request("eu-south-1"),
        on_request("eu-south-2"),
        on_request("il-central-1"),
        on_request("me-central-1"),
        on_request("me-south-1"),
        on_request("mx-central-1"),
    ];
    const CHINA: [KnownRegion; 2] = [always("cn-north-1"), always("cn-northwest-1")];
    const EUROPEAN: [KnownRegion; 1] = [always("eusc-de-east-1")];
    const GOVERNMENT: [KnownRegion; 2] = [always("us-gov-east-1"), always("us-gov-west-1")];
    match region.split('-').collect::<Vec<_>>()[..] {
        ["cn", ..] => &CHINA,
        ["eusc", ..] => &EUROPEAN,
        ["us", "gov", ..] => &GOVERNMENT,
        _ => &COMMERCIAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_region_is_one() {
        for (own, count) in [("eu-west-1", 34), ("cn-north-1", 2), ("us-gov-east-1", 2)] {
            let regions = known(own);
            assert_eq!(regions.len(), count);
            assert!(regions.iter().any(|region| region.name == own));
            assert!(regions.iter().all(|region| is_region(region.name)));
        }
    }
}
