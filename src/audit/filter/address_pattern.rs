//! Patterns over source addresses: an IP address or a CIDR block, and its negation.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use super::pattern::{pass, split_negation};
use crate::domain::source_address::SourceAddress;

/// One address or block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressPattern {
    negated: bool,
    block: IpNet,
}

/// The text is neither an address nor a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither an IP address nor a CIDR block; write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")]
pub struct AddressPatternError;

impl FromStr for AddressPattern {
    type Err = AddressPatternError;

    /// Host bits are ignored: `192.0.2.7/24` is `192.0.2.0/24`.
    fn from_str(text: &str) -> Result<Self, AddressPatternError> {
        let (negated, rest) = split_negation(text);
        let block = match rest.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => rest.parse::<IpNet>().map_err(|_| AddressPatternError)?,
        };
        Ok(Self { negated, block: canonical(block) })
    }
}

/// Source addresses are compared as IPv4 where they are IPv4 mapped into IPv6, so the same holds for blocks of them.
fn canonical(block: IpNet) -> IpNet {
    match (block.network(), block.prefix_len().checked_sub(96)) {
        (IpAddr::V6(address), Some(prefix)) => address
            .to_ipv4_mapped()
            .and_then(|address: Ipv4Addr| Ipv4Net::new(address, prefix).ok())
            .map_or(block, IpNet::V4),
        _ => block,
    }
}

/// The patterns of `--ip`.
#[derive(Debug, Clone, Default)]
pub struct AddressPatterns(Vec<AddressPattern>);

impl AddressPatterns {
    /// All of `patterns` together.
    #[must_use]
    pub fn new(patterns: Vec<AddressPattern>) -> Self {
        Self(patterns)
    }

    /// Whether there is no pattern, so that everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address passes. One that is no IP address is like an absent one: no pattern matches it.
    #[must_use]
    pub fn pass(&self, address: Option<&SourceAddress>) -> bool {
        let ip = address.and_then(SourceAddress::ip);
        pass(self.0.iter().map(|pattern| (pattern.negated, ip.is_some_and(|ip| pattern.block.contains(&ip)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(patterns: &[&str], passing: &[&str], failing: &[&str]) {
        let compiled = AddressPatterns::new(patterns.iter().map(|text| text.parse().unwrap()).collect());
        for (values, expected) in [(passing, true), (failing, false)] {
            for value in values {
                let address = (*value != "(absent)").then(|| SourceAddress::new(value));
                assert_eq!(compiled.pass(address.as_ref()), expected, "{patterns:?} on {value:?}");
            }
        }
    }

    #[test]
    fn addresses_and_blocks_match() {
        check(&[], &["192.0.2.7", "AWS Internal", "(absent)"], &[]);
        check(&["192.0.2.7"], &["192.0.2.7", "::ffff:192.0.2.7"], &["192.0.2.8", "AWS Internal", "(absent)"]);
        check(&["192.0.2.99/24"], &["192.0.2.0", "192.0.2.255"], &["192.0.3.0", "2001:db8::1"]);
        check(&["0.0.0.0/0"], &["203.0.113.1"], &["::1", "cloudformation.amazonaws.com"]);
        check(&["2001:db8::5/32"], &["2001:db8:ffff::1"], &["2001:db9::1", "192.0.2.1"]);
        check(&["::/0"], &["::1"], &["192.0.2.1"]);
        check(&["::ffff:192.0.2.0/120"], &["192.0.2.9", "::ffff:192.0.2.9"], &["192.0.3.9"]);
    }

    #[test]
    fn negations_let_names_of_services_pass() {
        check(&["!192.0.2.0/24"], &["192.0.3.1", "AWS Internal", "", "(absent)"], &["192.0.2.1"]);
        check(&["192.0.2.0/24", "!192.0.2.7"], &["192.0.2.1"], &["192.0.2.7", "AWS Internal"]);
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["", "!", "192.0.2", "192.0.2.0/33", "192.0.2.*", "192.0.2.1-9", "host", " 192.0.2.1", "::1%eth0"] {
            assert_eq!(text.parse::<AddressPattern>(), Err(AddressPatternError), "{text:?}");
        }
    }
}
