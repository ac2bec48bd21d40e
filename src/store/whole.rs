//! What the tables rest on that people ask with SQL: every log file of a store, with the issuers it was read for.

use std::collections::BTreeMap;

use super::error::StoreError;
use super::handle::Store;
use super::question::StoreQuestion;
use super::read::WindowContents;
use super::tally::StoreTally;
use crate::audit::filter::Filter;
use crate::domain::issuer::Issuers;
use crate::domain::tally::KeptTally;

impl Store {
    /// Every issuer that log files were read for.
    pub fn all_issuers(&self) -> Result<Issuers, StoreError> {
        self.issuers_of_scopes().map_err(|error| self.error(error))
    }

    fn issuers_of_scopes(&self) -> rusqlite::Result<Issuers> {
        let scopes = self.scopes()?;
        let hosts = scopes.iter().flat_map(|(_, issuers)| issuers.hosts());
        Ok(Issuers::new(hosts, scopes.iter().any(|(_, issuers)| issuers.all())))
    }

    /// The coverage of all that is stored, without the events. Every counter is filled in: what stands is reported.
    pub fn about_all(&self) -> Result<WindowContents, StoreError> {
        self.at_one_moment(|| {
            let issuers = self.issuers_of_scopes()?;
            let filter = Filter::default();
            let question = StoreQuestion { issuers: &issuers, filter: &filter, whole_runs: None, late_days: 0 };
            let mut tallied = self.tally(&question)?;
            let kept = self.balance(&question, &mut tallied, 0, &mut BTreeMap::new())?;
            let StoreTally { mut coverage, forbidden, notes, .. } = tallied;
            coverage.kept = KeptTally { reported: kept.filtered, filtered: 0, ..kept };
            if coverage.kept.reported > 0 {
                coverage.issuers.clear();
            }
            Ok(WindowContents { events: Vec::new(), coverage, forbidden, notes })
        })
    }
}
