//! Whether the pages of a listing can be those of one: in order, of the prefix that was asked for, and with an end. A service
//! that gives others would be read for ever, or have read what nobody asked for. Pure.

use super::answer::ListingPage;
use super::span::KeySlice;

/// How much of a listing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListingLimits {
    /// Pages in all; a page has up to 1,000 keys.
    pub(crate) pages: u64,
    /// Pages in a row without anything on them.
    pub(crate) empty: u64,
}

impl Default for ListingLimits {
    fn default() -> Self {
        Self { pages: 200_000, empty: 1_000 }
    }
}

/// A listing that is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListingPages {
    limits: ListingLimits,
    count: u64,
    empty: u64,
    /// The last key, and the last folder, so far.
    last: [Option<String>; 2],
    /// A token of before, against which later ones are held; another one is taken at each power of two.
    token: Option<String>,
}

impl ListingPages {
    /// With these limits.
    #[cfg(test)]
    fn with(limits: ListingLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes the next page of the slice, or says why it cannot be one.
    pub(crate) fn take(&mut self, slice: &KeySlice, page: &ListingPage) -> Result<(), String> {
        self.count += 1;
        let [key, folder] = &mut self.last;
        let after = slice.after.as_deref();
        follow(key, page.objects.iter().map(|object| object.key.as_str()), &slice.prefix, after)?;
        follow(folder, page.folders.iter().map(String::as_str), &slice.prefix, None)?;
        let is_empty = page.objects.is_empty() && page.folders.is_empty();
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let Some(next) = &page.next else {
            return if page.is_cut { Err("says that there is more, but not where".to_owned()) } else { Ok(()) };
        };
        if self.token.as_ref() == Some(next) {
            return Err("gives the same continuation token again, and would never end".to_owned());
        }
        if self.count.is_power_of_two() {
            self.token = Some(next.clone());
        }
        if self.empty >= self.limits.empty {
            return Err(format!("gave {} empty pages in a row", self.empty));
        }
        if self.count >= self.limits.pages {
            return Err(format!("has more than {} pages; name a longer prefix", self.limits.pages));
        }
        Ok(())
    }
}

/// Checks that keys have the prefix and follow each other.
fn follow<'a>(
    last: &mut Option<String>,
    keys: impl Iterator<Item = &'a str>,
    prefix: &str,
    after: Option<&str>,
) -> Result<(), String> {
    let mut before: Option<&str> = last.as_deref().or(after);
    let mut newest = None;
    for key in keys {
        if !key.starts_with(prefix) {
            return Err(format!("gives the key '{}', which does not begin with '{prefix}'", shown(key)));
        }
        if before.is_some_and(|before| key <= before) {
            return Err(format!("gives the key '{}' again, or out of order", shown(key)));
        }
        before = Some(key);
        newest = Some(key);
    }
    if let Some(newest) = newest {
        *last = Some(newest.to_owned());
    }
    Ok(())
}

/// A key in a message.
fn shown(key: &str) -> String {
    let mut text: String = key.chars().take(200).collect();
    if text.len() < key.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::answer::ListedObject;
    use super::*;

    fn page(keys: &[&str], next: Option<&str>) -> ListingPage {
        let object = |key: &&str| ListedObject { key: (*key).to_owned(), size: 1, tag: "".into(), modified: None };
        ListingPage {
            objects: keys.iter().map(object).collect(),
            next: next.map(str::to_owned),
            ..ListingPage::default()
        }
    }

    /// The pages, each with its keys and its token; `expected` is the error of the last one.
    fn check(pages: &[(&[&str], Option<&str>)], expected: &str) {
        let mut taken = ListingPages::with(ListingLimits { pages: 20, empty: 3 });
        let slice = KeySlice { after: Some("p/2".to_owned()), ..KeySlice::all("p/") };
        let outcomes: Vec<_> = pages.iter().map(|(keys, next)| taken.take(&slice, &page(keys, *next))).collect();
        let (last, others) = outcomes.split_last().unwrap();
        assert!(others.iter().all(Result::is_ok), "{pages:?}: {outcomes:?}");
        assert_eq!(last.clone().err().unwrap_or_default(), expected, "{pages:?}");
    }

    #[test]
    fn a_listing_is_in_order_and_ends() {
        check(&[(&["p/3", "p/4"], Some("a")), (&[], Some("b")), (&["p/5"], None)], "");
        check(&[(&["p/3"], Some("a")), (&["q"], None)], "gives the key 'q', which does not begin with 'p/'");
        check(&[(&["p/2"], None)], "gives the key 'p/2' again, or out of order");
        check(&[(&["p/3"], Some("a")), (&["p/3"], Some("b"))], "gives the key 'p/3' again, or out of order");
        let again = "gives the same continuation token again, and would never end";
        check(&[(&["p/3"], Some("a")), (&["p/4"], Some("a"))], again);
        check(&[(&[], Some("a")), (&["p/3"], Some("b")), (&["p/4"], Some("b"))], again);
        check(
            &[(&["p/3"], Some("a")), (&[], Some("b")), (&[], Some("c")), (&[], Some("d"))],
            "gave 3 empty pages in a row",
        );
    }

    #[test]
    fn tokens_in_a_circle_are_found_in_bounded_memory() {
        let slice = KeySlice::all("");
        let mut taken = ListingPages::with(ListingLimits { pages: 1_000, empty: 1_000 });
        let error = (0..).find_map(|at: u64| taken.take(&slice, &page(&[], Some(&(at % 37).to_string()))).err());
        assert_eq!(error.unwrap(), "gives the same continuation token again, and would never end");
        assert!(taken.count < 4 * 37, "{}", taken.count);
    }

    #[test]
    fn what_never_ends_is_ended() {
        let slice = KeySlice::all("");
        let mut taken = ListingPages::with(ListingLimits { pages: 50, empty: 10 });
        let key = |at: u64| format!("{at:09}");
        let error = (0..).find_map(|at| taken.take(&slice, &page(&[&key(at)], Some(&key(at)))).err());
        assert_eq!(error.unwrap(), "has more than 50 pages; name a longer prefix");
        let cut = ListingPage { is_cut: true, ..page(&["a"], None) };
        assert_eq!(ListingPages::default().take(&slice, &cut).unwrap_err(), "says that there is more, but not where");
    }
}
