//! Sizes in bytes as a person types them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It is not a number and a unit.
    #[error("not a size; write a whole number of bytes, or one with KiB, MiB, GiB, TiB, kB, MB, GB or TB: 16MiB")]
    Form,
    /// Nothing would pass such a limit.
    #[error("a size must be above zero")]
    Zero,
    /// More than 64 bits.
    #[error("the size is too large")]
    Range,
}

/// By names in lower case, longer ones first, so that none hides behind another.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

impl Size {
    /// How many bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = SizeError;

    /// The case of the unit does not matter, neither does a space in front of it.
    fn from_str(text: &str) -> Result<Self, SizeError> {
        let lower = text.to_ascii_lowercase();
        let (number, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((lower.strip_suffix(name)?, *unit)))
            .unwrap_or((lower.as_str(), 1));
        let number = number.strip_suffix(' ').unwrap_or(number);
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SizeError::Form);
        }
        let number: u64 = number.parse().map_err(|_| SizeError::Range)?;
        match number.checked_mul(unit) {
            Some(0) => Err(SizeError::Zero),
            Some(bytes) => Ok(Self(bytes)),
            None => Err(SizeError::Range),
        }
    }
}

/// In the largest binary unit that leaves no rest.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let (unit, name) = units.into_iter().find(|(unit, _)| self.0.is_multiple_of(*unit)).unwrap_or((1, " bytes"));
        write!(f, "{}{name}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units() {
        let check = |text: &str, bytes: u64, shown: &str| {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, shown), "{text}");
        };
        check("16MiB", 16 << 20, "16MiB");
        check("8GiB", 8 << 30, "8GiB");
        check("512KiB", 512 << 10, "512KiB");
        check("1MB", 1_000_000, "1000000 bytes");
        check("1 gib", 1 << 30, "1GiB");
        check("1048576", 1 << 20, "1MiB");
        check("7b", 7, "7 bytes");
    }

    #[test]
    fn refuses_the_rest() {
        let check = |text: &str, expected| assert_eq!(text.parse::<Size>(), Err(expected), "{text:?}");
        for text in ["", "MiB", "-1", "+1", "1.5MiB", "16M", "1  MiB", " 1", "1e6", "١MiB", "16MiBs"] {
            check(text, SizeError::Form);
        }
        check("0", SizeError::Zero);
        check("0GiB", SizeError::Zero);
        check("18446744073709551616", SizeError::Range);
        check("99999999999TiB", SizeError::Range);
    }
}
