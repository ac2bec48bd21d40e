//! Whether the pages of events come to an end: tokens do not repeat, and events get older and stay in what was asked for.

use crate::domain::timestamp::Timestamp;

/// So many pages in a row without an older event: no second has that many assumptions.
const STANDING: u32 = 400;

/// The pages so far.
#[derive(Debug, Clone, Default)]
pub struct PageHistory {
    count: u64,
    /// A token of before; another one is taken at each power of two.
    token: Option<String>,
    oldest: Option<Timestamp>,
    /// Pages since an event was older than all before it.
    standing: u32,
}

impl PageHistory {
    /// Takes a page with its token and the time of its oldest event, or says why it cannot be the next one of those that
    /// begin at `start`.
    pub fn take(&mut self, token: Option<&str>, oldest: Option<Timestamp>, start: Timestamp) -> Result<(), String> {
        self.count += 1;
        // Fractions of a second are cut from times, perhaps not everywhere.
        if let Some(oldest) = oldest.filter(|oldest| oldest.seconds() + 1 < start.seconds()) {
            return Err(format!("the answer has an event of {oldest}, which nobody asked for"));
        }
        let is_older = oldest.is_some_and(|oldest| self.oldest.is_none_or(|before| oldest < before));
        self.standing = if is_older { 0 } else { self.standing + 1 };
        self.oldest = self.oldest.into_iter().chain(oldest).min();
        let Some(token) = token else { return Ok(()) };
        if self.token.as_deref() == Some(token) {
            return Err("the same NextToken comes again, and the pages would never end".to_owned());
        }
        if self.count.is_power_of_two() {
            self.token = Some(token.to_owned());
        }
        if self.standing >= STANDING {
            return Err(format!("{STANDING} pages in a row have no older event"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds).unwrap()
    }

    /// The error of the first page that is refused, of pages with a token and a time each.
    fn refused(pages: impl Iterator<Item = (String, Option<i64>)>) -> Option<(usize, String)> {
        let mut turnover = PageHistory::default();
        let outcomes = pages.map(|(token, time)| turnover.take(Some(&token), time.map(at), at(0)));
        let mut numbered = outcomes.enumerate();
        numbered.find_map(|(page, outcome)| Some((page, outcome.err()?)))
    }

    #[test]
    fn pages_that_never_end_are_refused() {
        let fine = (0..1_000).map(|page| (page.to_string(), Some(1_000 - page)));
        assert_eq!(refused(fine), None);
        let again = "the same NextToken comes again, and the pages would never end";
        assert_eq!(refused((0..9).map(|_| ("t".to_owned(), None))), Some((1, again.to_owned())));
        let circle = refused((0..1_000).map(|page| ((page % 7).to_string(), None))).unwrap();
        assert!(circle.0 < 28 && circle.1 == again, "{circle:?}");
        let (page, reason) = refused((0..1_000).map(|page| (page.to_string(), Some(5)))).unwrap();
        assert_eq!((page, &*reason), (400, "400 pages in a row have no older event"));
        let outside = refused([("t".to_owned(), Some(-2))].into_iter()).unwrap();
        assert!(outside.1.ends_with("which nobody asked for"), "{outside:?}");
        assert_eq!(refused([("t".to_owned(), Some(-1))].into_iter()), None);
    }
}
