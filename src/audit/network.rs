//! Networks by name, and the network that a source address counts for.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::domain::source_address::SourceAddress;

/// Networks that source addresses are expected in, each with a name and its blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    named: Vec<(Box<str>, Vec<IpNet>)>,
}

/// Length of the blocks that stand for a network nobody named: what one site or one provider's pool usually has.
const V4_PREFIX: u8 = 24;
/// The same for IPv6: what one site is given.
const V6_PREFIX: u8 = 48;

impl Networks {
    /// These networks. Where blocks overlap, the first network in the order of names has the address.
    #[must_use]
    pub fn new(named: impl IntoIterator<Item = (Box<str>, Vec<IpNet>)>) -> Self {
        let mut named: Vec<(Box<str>, Vec<IpNet>)> = named.into_iter().collect();
        named.sort();
        Self { named }
    }

    /// Whether no network has a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The name of the network that an address is in.
    #[must_use]
    pub fn name_of(&self, ip: IpAddr) -> Option<&str> {
        let found = self.named.iter().find(|(_, blocks)| blocks.iter().any(|block| block.contains(&ip)));
        found.map(|(name, _)| &**name)
    }

    /// The network that a source address counts for: the named one, else its /24 or /48, and for the name of an AWS
    /// service that name.
    #[must_use]
    pub fn network_of(&self, address: &SourceAddress) -> Box<str> {
        let Some(ip) = address.ip() else { return address.as_str().into() };
        if let Some(name) = self.name_of(ip) {
            return name.into();
        }
        let prefix = if ip.is_ipv4() { V4_PREFIX } else { V6_PREFIX };
        IpNet::new(ip, prefix).map_or_else(|_| ip.to_string(), |block| block.trunc().to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_for_the_named_network_or_their_block() {
        let networks = Networks::new([
            ("agents".into(), vec!["192.0.2.0/25".parse().unwrap(), "2001:db8:1::/64".parse().unwrap()]),
            ("office".into(), vec!["192.0.2.0/26".parse().unwrap()]),
        ]);
        let check = |address: &str, network: &str| {
            assert_eq!(&*networks.network_of(&SourceAddress::new(address)), network, "{address}");
        };
        check("192.0.2.7", "agents");
        check("::ffff:192.0.2.7", "agents");
        check("192.0.2.200", "192.0.2.0/24");
        check("2001:db8:1::9", "agents");
        check("2001:db8:1:1::9", "2001:db8:1::/48");
        check("AWS Internal", "AWS Internal");
    }
}
