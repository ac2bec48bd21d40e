//! Whole numbers, refused in words.

/// The most days that a flag takes.
const DAYS: u32 = 3650;

/// A number of rows.
pub fn rows(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "not a whole number of rows")
}

/// A number of days.
pub fn days(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|days| *days <= DAYS).ok_or("not a whole number of days from 0 to 3650")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_taken() {
        assert_eq!((rows("0"), rows("18446744073709551615")), (Ok(0), Ok(u64::MAX)));
        for text in ["", "abc", "-1", "1.5", "1 000", "18446744073709551616"] {
            assert!(rows(text).is_err() && days(text).is_err(), "{text}");
        }
        assert_eq!((days("0"), days("3650")), (Ok(0), Ok(DAYS)));
        assert!(days("3651").is_err());
    }
}
