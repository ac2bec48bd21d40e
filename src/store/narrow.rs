//! Which log files hold events of issuers that are asked for, and were read for fewer.

use std::collections::BTreeSet;

use super::handle::Store;
use super::question::StoreQuestion;
use crate::domain::issuer::{IssuerRole, OTHER_ISSUERS};

impl Store {
    /// How many log files of a question have more events of the issuers that it asks for than were kept, of those that were read
    /// in these scopes.
    pub(super) fn read_for_fewer(&self, question: &StoreQuestion<'_>, scopes: &[i64]) -> rusqlite::Result<usize> {
        let scopes: Vec<String> = scopes.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT f.id, ifnull(t.text, ''), s.events, f.pruned + (
                SELECT count(*) FROM assumptions AS a LEFT JOIN issuers AS i ON i.id = a.issuer
                WHERE a.id >= f.first_row AND a.id < f.first_row + f.rows AND a.log_file = f.id
                    AND ifnull(i.text, '') = ifnull(t.text, '')
            )
            FROM seen AS s JOIN log_files AS f ON f.id = s.log_file LEFT JOIN texts AS t ON t.id = s.issuer
            WHERE f.scope IN ({}) AND {}",
            scopes.join(", "),
            self.files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut lacking = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let (file, issuer): (i64, String) = (row.get(0)?, row.get(1)?);
            let (events, kept): (i64, i64) = (row.get(2)?, row.get(3)?);
            let is_asked = issuer == OTHER_ISSUERS || question.issuers.role(&issuer) != IssuerRole::Foreign;
            if is_asked && events > kept {
                lacking.insert(file);
            }
        }
        Ok(lacking.len())
    }
}
