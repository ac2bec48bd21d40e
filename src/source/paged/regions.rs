//! Which regions to ask.

use std::fmt;

use crate::aws::regions::is_region;

/// The regions that a source names.
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
#[error("'{0}' is no region")]
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
}
