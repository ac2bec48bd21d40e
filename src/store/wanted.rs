//! What a writer keeps of the log files of a source.

use super::calls::kept::KeptCalls;
use super::error::StoreError;
use super::write::StoreWriter;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::IssuerRole;

impl StoreWriter {
    /// Forgets which days need not be listed any more, of sources whose log files are to be read again for calls.
    pub(super) fn list_again(&self) -> rusqlite::Result<()> {
        for part in &self.sources {
            let (calls, _) = self.scope_of(part.id);
            if self.store.lists_all_for(Some(part.id), calls)? {
                self.store.connection.execute("DELETE FROM settled WHERE source = ?", [part.id])?;
            }
        }
        Ok(())
    }

    /// Takes it that a source holds extracts, so that all of its days are listed each time.
    pub fn hold_extracts(&mut self, source: usize) -> Result<(), StoreError> {
        self.change(|writer| {
            let (connection, id) = (writer.connection(), writer.source_id(source));
            connection.execute("INSERT OR IGNORE INTO extract_sources VALUES (?)", [id])?;
            connection.execute("DELETE FROM settled WHERE source = ?", [id])?;
            Ok(())
        })
    }

    /// How much of the calls of a source is kept, and the scope of its log files.
    pub(super) fn scope_of(&self, source: i64) -> (KeptCalls, i64) {
        let holds_calls = self.sources.iter().any(|part| part.id == source && part.kind.holds_calls());
        self.scopes[usize::from(holds_calls)]
    }

    /// Whether calls of runs are kept.
    pub(super) fn keeps_calls(&self) -> bool {
        self.scopes[1].0 != KeptCalls::None
    }

    /// Whether an event is kept for its subject alone.
    pub(super) fn is_look_alike(&self, event: &Assumption) -> bool {
        let is_bare = event.correction.as_ref().is_some_and(|it| it.is_bare);
        !is_bare && self.issuers.role(event.issuer.as_deref().unwrap_or_default()) == IssuerRole::Foreign
    }
}
