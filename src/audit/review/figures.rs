//! The numbers of a window, against the window before and the usual.

use crate::audit::baseline::counts::WindowCounts;

/// One number, and what to hold it against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// What is counted.
    pub name: &'static str,
    /// How many.
    pub value: u64,
    /// How many in the window before; absent where nothing is known of it.
    pub before: Option<u64>,
    /// What is usual; absent where fewer than two windows before are known.
    pub usual: Option<Median>,
}

/// The middle of some numbers; that of an even count can lie between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Median {
    twice: u64,
}

impl Median {
    /// The median, of two numbers at least.
    #[must_use]
    pub fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let middle = numbers.len() / 2;
        let upper = *numbers.get(middle).filter(|_| numbers.len() > 1)?;
        let lower = if numbers.len().is_multiple_of(2) { numbers[middle - 1] } else { upper };
        Some(Self { twice: lower.saturating_add(upper) })
    }

    /// The whole part, and whether a half comes on top.
    #[must_use]
    pub fn parts(self) -> (u64, bool) {
        (self.twice / 2, !self.twice.is_multiple_of(2))
    }

    /// How `value` compares with it.
    #[must_use]
    pub fn compare(self, value: u64) -> std::cmp::Ordering {
        value.saturating_mul(2).cmp(&self.twice)
    }
}

impl std::fmt::Display for Median {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, half) = self.parts();
        write!(f, "{whole}{}", if half { ".5" } else { "" })
    }
}

/// The numbers of a window against those of the windows `before` it, the latest first.
#[must_use]
pub fn figures(now: WindowCounts, before: &[WindowCounts]) -> Vec<Figure> {
    let places = now.named().into_iter().enumerate();
    let figures = places.map(|(place, (name, value))| {
        let past: Vec<u64> = before.iter().map(|counts| counts.named()[place].1).collect();
        Figure { name, value, before: past.first().copied(), usual: Median::of(past) }
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn medians_lie_in_the_middle() {
        let check = |numbers: &[u64], expected: Option<&str>| {
            assert_eq!(Median::of(numbers.to_vec()).map(|median| median.to_string()).as_deref(), expected);
        };
        check(&[], None);
        check(&[7], None);
        check(&[9, 2], Some("5.5"));
        check(&[9, 1, 2], Some("2"));
        check(&[4, 1, 2, 8], Some("3"));
        check(&[0, 0, 0, 900], Some("0"));
    }

    #[test]
    fn values_compare_with_halves() {
        let median = Median::of(vec![2, 3]).unwrap();
        assert_eq!([2, 3].map(|value| median.compare(value)), [Ordering::Less, Ordering::Greater]);
        assert_eq!(Median::of(vec![3, 3]).unwrap().compare(3), Ordering::Equal);
    }

    #[test]
    fn figures_have_the_window_before_and_the_usual() {
        let counts = |runs| WindowCounts { runs, ..WindowCounts::default() };
        let found = figures(counts(5), &[counts(1), counts(2), counts(9)]);
        assert_eq!((found[0].name, found[0].value, found[0].before), ("runs", 5, Some(1)));
        assert_eq!(found[0].usual.unwrap().to_string(), "2");
        assert_eq!(figures(counts(5), &[])[0].before, None);
    }
}
