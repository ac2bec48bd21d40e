//! What scanning costs (<https://aws.amazon.com/athena/pricing/>: $5 per TB in most regions, at least 10 MB a query).

/// What is scanned for a cent, in bytes.
const BYTES_FOR_A_CENT: u64 = 2_000_000_000;

/// The least that a query is charged for.
const AT_LEAST: u64 = 10_000_000;

/// What one query costs that scans so many bytes, in words. Rounded up, so that it is never more.
#[must_use]
pub fn price(bytes: u64) -> String {
    let cents = bytes.max(AT_LEAST).div_ceil(BYTES_FOR_A_CENT);
    let least = if cents == 1 { "at most " } else { "" };
    format!("{least}${}.{:02} at $5 a TB, the price in most regions", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanning_has_a_price() {
        assert_eq!(price(0), "at most $0.01 at $5 a TB, the price in most regions");
        assert_eq!(price(3_000_000_000_000), "$15.00 at $5 a TB, the price in most regions");
        assert_eq!(price(2_000_000_001), "$0.02 at $5 a TB, the price in most regions");
    }
}
