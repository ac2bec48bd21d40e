//! Where a call came from: an IP address, or the name of an AWS service.

use std::net::IpAddr;
use std::sync::Arc;

/// `sourceIPAddress`: kept as text, since it may be an IP, a service's DNS name, `AWS Internal` or
/// `AWS Internal/<n>` (DOMAIN §4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceAddress(Arc<str>);

impl SourceAddress {
    /// The address as the record has it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text of the record.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, which others may share.
    #[must_use]
    pub fn shared(&self) -> &Arc<str> {
        &self.0
    }

    /// The IP address, if it is one. An IPv4 address mapped into IPv6 counts as the IPv4 address.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.parse().ok().map(|ip: IpAddr| ip.to_canonical())
    }
}

/// Shares the text.
impl From<Arc<str>> for SourceAddress {
    fn from(text: Arc<str>) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_addresses() {
        let check = |text: &str, ip: Option<&str>| {
            assert_eq!(SourceAddress::new(text).ip().map(|ip| ip.to_string()).as_deref(), ip, "{text:?}");
        };
        check("192.0.2.7", Some("192.0.2.7"));
        check("2001:db8::7", Some("2001:db8::7"));
        check("::ffff:192.0.2.7", Some("192.0.2.7"));
        check("AWS Internal", None);
        check("cloudformation.amazonaws.com", None);
        check("x.x.x.x", None);
        check("", None);
    }
}
