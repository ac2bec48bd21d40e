//! Which regions to ask.

use std::fmt;

/// What follows `event-history:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// The one region of the profile or the environment.
    Own,
    /// These, each once, in the order given.
    Named(Vec<Box<str>>),
    /// Every region that is enabled for the account.
    All,
}

/// Why a text names no regions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no region; write event-history:eu-west-1,us-east-1, event-history:all, or event-history: for the profile's own region"
)]
pub struct NoRegion(String);

impl Regions {
    /// Reads `[REGION,…|all]`.
    pub fn parse(text: &str) -> Result<Self, NoRegion> {
        match text {
            "" => return Ok(Self::Own),
            "all" => return Ok(Self::All),
            _ => {}
        }
        let mut named: Vec<Box<str>> = Vec::new();
        for region in text.split(',') {
            if !is_region(region) {
                return Err(NoRegion(region.to_owned()));
            }
            if !named.iter().any(|known| **known == *region) {
                named.push(region.into());
            }
        }
        Ok(Self::Named(named))
    }
}

impl Regions {
    /// The same for all texts that name the same regions.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let Self::Named(named) = self else { return self.clone() };
        let mut named = named.clone();
        named.sort_unstable();
        Self::Named(named)
    }
}

/// As it was typed, without repetitions.
impl fmt::Display for Regions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => Ok(()),
            Self::Named(named) => f.write_str(&named.join(",")),
            Self::All => f.write_str("all"),
        }
    }
}

/// Words of lower-case letters, then a number: `eu-west-1`, `us-gov-east-1`. New regions need no new version.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.len() <= 32 && words.contains('-') && words.split('-').all(is_word)
}

/// A region as known to this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// Whether every account has it, without asking for it.
    pub always_enabled: bool,
}

const fn always(name: &'static str) -> Known {
    Known { name, always_enabled: true }
}

const fn on_request(name: &'static str) -> Known {
    Known { name, always_enabled: false }
}

/// The regions of the partition that `region` is in, for accounts that do not let us ask which they have enabled.
#[must_use]
pub fn known(region: &str) -> &'static [Known] {
    const COMMERCIAL: [Known; 34] = [
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
    const CHINA: [Known; 2] = [always("cn-north-1"), always("cn-northwest-1")];
    const EUROPEAN: [Known; 1] = [always("eusc-de-east-1")];
    const GOVERNMENT: [Known; 2] = [always("us-gov-east-1"), always("us-gov-west-1")];
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
    fn texts_name_regions() {
        let named = |names: &[&str]| Ok(Regions::Named(names.iter().map(|name| (*name).into()).collect()));
        let check = |text: &str, expected| assert_eq!(Regions::parse(text), expected, "{text}");
        check("", Ok(Regions::Own));
        check("all", Ok(Regions::All));
        assert_eq!(Regions::parse("us-east-1,eu-west-1").unwrap().to_string(), "us-east-1,eu-west-1");
        check("eu-west-1", named(&["eu-west-1"]));
        check("us-gov-west-1,us-east-1,us-gov-west-1", named(&["us-gov-west-1", "us-east-1"]));
        assert_eq!(Regions::parse("us-east-1,eu-west-1").unwrap().sorted().to_string(), "eu-west-1,us-east-1");
        for text in ["eu", "EU-WEST-1", "eu-west", "eu-west-1,", "eu-west-1,all", "eu-west-1 ", "/", "eu--1", "a.b-c-1"]
        {
            assert!(Regions::parse(text).is_err(), "{text}");
        }
    }

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
