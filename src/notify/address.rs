//! The address of a webhook. It is a secret as a whole: who knows it can post.

use std::net::IpAddr;

use super::secret::Secret;

/// An address that may be posted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Secret);

impl WebAddress {
    /// Checks an address: `https`, or `http` to this machine, or to any other with `allow_http`. The error is in lower
    /// case and shows nothing of it.
    pub fn new(text: &str, allow_http: bool) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or("not a URL; it starts with https://")?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['<', '>', '"', '\\', '^', '`', '{', '}'])
        {
            return Err("the URL has characters that none may have");
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("the URL has a user name in it, which is not supported");
        }
        let host = host(authority).ok_or("the URL names no host")?;
        match scheme {
            "https" => {}
            "http" if allow_http || is_loopback(host) => {}
            "http" => return Err("http sends everything in the clear; use https, or set allow_http"),
            _ => return Err("not a URL that starts with https://"),
        }
        Ok(Self(Secret::new(text)))
    }

    /// The address, for the one who sends.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// Whether it leads to this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let rest = self.reveal().split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().and_then(host).is_some_and(is_loopback)
    }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
            (host, port)
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port_is_one = port.is_none_or(|port| port.parse::<u16>().is_ok());
    (!host.is_empty() && port_is_one).then_some(host)
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_addresses_are_taken() {
        let check = |text: &str, allow_http, is_ok| {
            let address = WebAddress::new(text, allow_http);
            assert_eq!(address.is_ok(), is_ok, "{text}: {address:?}");
            assert!(!format!("{address:?}").contains("T000"));
        };
        check("https://hooks.slack.com/services/T000/B000/XXX", false, true);
        check("https://[2001:db8::1]:8443/T000?a=b", false, true);
        check("http://127.0.0.1:8080/T000", false, true);
        check("http://[::1]/T000", false, true);
        check("http://localhost/T000", false, true);
        check("http://hooks.example.com/T000", false, false);
        check("http://hooks.example.com/T000", true, true);
        check("http://127.0.0.1.example.com/T000", false, false);
        check("http://127.0.0.1@example.com/T000", false, false);
        check("http://localhost#@example.com/T000", false, true);
        check("https://user:T000@example.com/", false, false);
        for text in ["", "T000", "ftp://T000", "https://", "https:///T000", "https://h:99999/T000", "https://h/T000 x"]
        {
            check(text, true, false);
        }
        check("https://h/T000\r\nX: y", true, false);
    }
}
