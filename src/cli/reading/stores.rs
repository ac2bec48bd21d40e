//! The stores that a command reads. Each is opened once, so that all that a command asks of one is of one moment, whatever
//! a sync writes meanwhile.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::platform;
use crate::store::{Store, StoreError};

/// Open stores.
#[derive(Debug, Clone, Default)]
pub struct Stores {
    open: Rc<RefCell<BTreeMap<PathBuf, Rc<Store>>>>,
    /// Whether only what is as CloudTrail wrote it is read.
    is_verified: bool,
}

impl Stores {
    /// None yet; where `is_verified`, only what is as CloudTrail wrote it will be read of them.
    #[must_use]
    pub fn new(is_verified: bool) -> Self {
        Self { open: Rc::default(), is_verified }
    }

    /// The store at `path`, as it was when it was asked for the first time.
    pub fn open(&self, path: &Path) -> Result<Rc<Store>, StoreError> {
        let same = platform::canonical(path).unwrap_or_else(|_| path.to_owned());
        if let Some(store) = self.open.borrow().get(&same) {
            return Ok(Rc::clone(store));
        }
        let store = if self.is_verified { Store::open_verified(path)? } else { Store::open_read(path)? };
        store.stay()?;
        let store = Rc::new(store);
        self.open.borrow_mut().insert(same, Rc::clone(&store));
        Ok(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_meanwhile_is_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let writer = Store::create(&path).unwrap();
        let write = |text: &str| writer.connection().execute("INSERT INTO texts (text) VALUES (?)", [text]).unwrap();
        let count = |store: &Store| {
            store.connection().query_row("SELECT count(*) FROM texts", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        write("one");
        let stores = Stores::default();
        let first = stores.open(&path).unwrap();
        write("two");
        assert_eq!(count(&first), 1);
        // Questions have their own transactions, and leave this one as it is.
        first.info().unwrap();
        first.about_all().unwrap();
        let again = stores.clone().open(&folder.path().join("./store.db")).unwrap();
        write("three");
        assert_eq!((count(&again), count(&Stores::default().open(&path).unwrap())), (1, 3));
    }
}
