//! The time zone of `--tz`.

use std::str::FromStr;

use jiff::tz::TimeZone;

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
    /// The zone itself.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        match text.to_ascii_lowercase().as_str() {
            "utc" => Ok(Self(TimeZone::UTC)),
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
        assert_eq!("UTC".parse(), Ok(Zone(TimeZone::UTC)));
        assert_eq!("Europe/Berlin".parse::<Zone>().unwrap().time_zone().iana_name(), Some("Europe/Berlin"));
        for text in ["", "Berlin", "CEST", "+02:00", "../UTC", "Europe/Berlin "] {
            assert_eq!(text.parse::<Zone>(), Err(ZoneError::Unknown), "{text:?}");
        }
    }
}
