//! Who got into which account: assumptions by workspace and account.

use std::collections::BTreeMap;

use crate::audit::encoded::Encoded;
use crate::domain::assumption::Outcome;
use crate::domain::subject::Subject;

/// So many rows and columns are told apart.
const ROWS: usize = 30;
const COLUMNS: usize = 16;

/// Assumptions by workspace and account, the most active ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The accounts, from the most active; an event without an account is under the empty name.
    pub accounts: Vec<Box<str>>,
    /// The workspaces, from the most active.
    pub rows: Vec<Row>,
    /// Workspaces that have no row.
    pub more_rows: usize,
    /// Accounts that have no column.
    pub more_accounts: usize,
}

/// One workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whose it is; empty where the subject is not decoded.
    pub organization: Box<str>,
    /// `project / workspace`, `project / stack / deployment`, a module, or the subject.
    pub name: Box<str>,
    /// By account, in the order of [`Access::accounts`].
    pub cells: Vec<Cell>,
}

/// What one workspace did in one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Granted assumptions.
    pub granted: u64,
    /// Denied ones.
    pub denied: u64,
}

/// What a subject belongs to, in one line.
#[must_use]
pub fn owner_name(subject: &Subject) -> String {
    match subject {
        Subject::Workspace { project, workspace, .. } => format!("{project} / {workspace}"),
        Subject::Stack { project, stack, deployment, .. } => format!("{project} / {stack} / {deployment}"),
        Subject::ModuleTest { module, .. } => module.to_string(),
        Subject::Other(text) => text.to_string(),
    }
}

impl Access {
    /// Counts events.
    #[must_use]
    pub fn new(events: &Encoded<'_>) -> Self {
        let mut rows: BTreeMap<(String, String), BTreeMap<&str, Cell>> = BTreeMap::new();
        let mut accounts: BTreeMap<&str, u64> = BTreeMap::new();
        let mut cells = vec![Cell::default(); events.accesses.len()];
        for (event, codes) in events.iter() {
            let cell = &mut cells[codes.access as usize];
            match event.outcome {
                Outcome::Granted { .. } => cell.granted += 1,
                Outcome::Denied { .. } => cell.denied += 1,
            }
        }
        // Two owners can have one name.
        for (first, Cell { granted, denied }) in events.accesses.iter().zip(cells) {
            let (subject, account) = (&first.subject, first.account_id.as_deref().unwrap_or_default());
            let row = rows.entry((subject.organization().unwrap_or_default().to_owned(), owner_name(subject)));
            let cell = row.or_default().entry(account).or_default();
            *cell = Cell { granted: cell.granted + granted, denied: cell.denied + denied };
            *accounts.entry(account).or_default() += granted + denied;
        }
        let mut accounts: Vec<(&str, u64)> = accounts.into_iter().collect();
        accounts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let total = |cells: &BTreeMap<&str, Cell>| cells.values().map(|cell| cell.granted + cell.denied).sum::<u64>();
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, cells)| std::cmp::Reverse(total(cells)));
        let (more_rows, more_accounts) = (rows.len().saturating_sub(ROWS), accounts.len().saturating_sub(COLUMNS));
        rows.truncate(ROWS);
        accounts.truncate(COLUMNS);
        let row = |((organization, name), cells): ((String, String), BTreeMap<&str, Cell>)| Row {
            organization: organization.into(),
            name: name.into(),
            cells: accounts.iter().map(|(account, _)| cells.get(account).copied().unwrap_or_default()).collect(),
        };
        Self {
            rows: rows.into_iter().map(row).collect(),
            accounts: accounts.iter().map(|(account, _)| (*account).into()).collect(),
            more_rows,
            more_accounts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::event;
    use super::*;
    use crate::domain::assumption::Assumption;

    #[test]
    fn the_most_active_come_first() {
        let mut events = [
            event("2026-11-02T10:00:00Z", "web", true),
            event("2026-11-02T10:00:01Z", "net", true),
            event("2026-11-02T10:00:02Z", "net", false),
        ];
        events[1].account_id = Some("222233334444".into());
        events[2].account_id = Some("222233334444".into());
        let access = Access::new(&Encoded::new(events.iter().collect(), 3_600));
        assert_eq!(access.accounts, ["222233334444", "111122223333"].map(Box::<str>::from));
        assert_eq!(&*access.rows[0].name, "core / net");
        assert_eq!(access.rows[0].cells, [Cell { granted: 1, denied: 1 }, Cell::default()]);
        assert_eq!((access.more_rows, access.more_accounts), (0, 0));
    }

    #[test]
    fn the_rest_is_counted() {
        let events: Vec<Assumption> = (0..40)
            .map(|at| {
                let mut event = event("2026-11-02T10:00:00Z", &format!("w{at:02}"), true);
                event.account_id = Some(format!("{at:012}").into());
                event
            })
            .collect();
        let access = Access::new(&Encoded::new(events.iter().collect(), 3_600));
        assert_eq!((access.rows.len(), access.more_rows), (30, 10));
        assert_eq!((access.accounts.len(), access.more_accounts), (16, 24));
    }
}
