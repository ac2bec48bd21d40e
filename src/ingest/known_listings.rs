//! What local sources have, where somebody listed them before they are read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::Listing;

/// Listings by the numbers of their sources. Whoever reads a source takes its listing.
#[derive(Debug, Clone, Default)]
pub struct KnownListings(Arc<Mutex<BTreeMap<usize, Listing>>>);

impl KnownListings {
    /// That of a source.
    pub(super) fn take(&self, source: usize) -> Option<Listing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&source)
    }
}

impl FromIterator<(usize, Listing)> for KnownListings {
    fn from_iter<I: IntoIterator<Item = (usize, Listing)>>(listings: I) -> Self {
        Self(Arc::new(Mutex::new(listings.into_iter().collect())))
    }
}
