//! The time zone of `--tz`.
//!
//! All else that has to do with dates is chrono's. The zones are those of jiff, since each of its releases brings the tz
//! database of that month, and it prefers the database of the machine. chrono-tz 0.10.4 has that of March 2025: it shows
//! the times of Vancouver, Edmonton, Winnipeg and Casablanca an hour wrong since autumn 2026, and knows of no summer
//! time after 2099.

use std::str::FromStr;

use jiff::tz::TimeZone;

use crate::domain::timestamp::Timestamp;

/// The zone in which tables show times; data formats stay in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text is no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The database does not have the name.
    #[error("no such time zone; write UTC, local, or a name of the tz database such as Europe/Berlin")]
    Unknown,
    /// `local` was asked for.
    #[error("the time zone of this machine is not set; name one, such as Europe/Berlin")]
    NoLocal,
}

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// RFC 3339 with the offset of the zone; `Z` for UTC.
    #[must_use]
    pub fn rfc3339(&self, time: Timestamp) -> String {
        let is_utc = self.0 == TimeZone::UTC || matches!(self.0.iana_name(), Some("UTC" | "Etc/UTC"));
        // The last day of the year 9999 is beyond what zones are defined for.
        match jiff::Timestamp::from_second(time.seconds()) {
            Ok(instant) if !is_utc => instant.to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            _ => time.to_string(),
        }
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        match text.to_ascii_lowercase().as_str() {
            "utc" => Ok(Self::UTC),
            "local" => TimeZone::try_system().map(Self).map_err(|_| ZoneError::NoLocal),
            _ => TimeZone::get(text).map(Self).map_err(|_| ZoneError::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_database() {
        assert_eq!("UTC".parse(), Ok(Zone::UTC));
        assert_eq!("europe/berlin".parse::<Zone>(), "Europe/Berlin".parse());
        for text in ["", "Berlin", "CEST", "+02:00", "../UTC", "Europe/Berlin "] {
            assert_eq!(text.parse::<Zone>(), Err(ZoneError::Unknown), "{text:?}");
        }
    }

    #[test]
    fn times_have_the_offset_of_their_zone() {
        let check = |zone: &str, time: &str, expected: &str| {
            let zone: Zone = zone.parse().unwrap();
            assert_eq!(zone.rfc3339(Timestamp::parse_rfc3339(time).unwrap()), expected);
        };
        check("UTC", "2026-07-02T22:30:00Z", "2026-07-02T22:30:00Z");
        check("Etc/UTC", "2026-07-02T22:30:00Z", "2026-07-02T22:30:00Z");
        check("Etc/GMT", "2026-07-02T22:30:00Z", "2026-07-02T22:30:00+00:00");
        check("Etc/GMT+5", "2026-07-02T22:30:00Z", "2026-07-02T17:30:00-05:00");
        check("Europe/Berlin", "2026-07-02T22:30:00Z", "2026-07-03T00:30:00+02:00");
        check("Europe/Berlin", "2126-07-02T22:30:00Z", "2126-07-03T00:30:00+02:00");
        check("Europe/Berlin", "1890-07-02T22:30:00Z", "1890-07-02T23:23:28+00:53:28");
        check("Europe/Berlin", "9999-12-31T22:30:00Z", "9999-12-31T22:30:00Z");
    }
}
