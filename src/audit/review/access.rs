//! Who got into which account: assumptions by workspace and account.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::{BaselineOrigin, WindowHistory};
use crate::audit::baseline::{FactKind, FactRef};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::subject::Subject;

/// So many rows and columns are told apart.
const ROWS: usize = 30;
const COLUMNS: usize = 16;

/// Assumptions by workspace and account, the most active ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The accounts, from the most active; an event without an account is under the empty name.
    pub accounts: Vec<Box<str>>,
    /// Whether each of them is new, as [`changes`](super::changes) says of accounts.
    pub new_accounts: Vec<bool>,
    /// The workspaces, from the most active.
    pub rows: Vec<WorkspaceAccess>,
    /// Workspaces that have no row.
    pub more_rows: usize,
    /// Accounts that have no column.
    pub more_accounts: usize,
}

/// One workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceAccess {
    /// Whose it is; empty where the subject is not decoded.
    pub organization: Box<str>,
    /// `project / workspace`, or the workspace alone where the token names no project, `project / stack / deployment`, a module, or the subject.
    pub name: Box<str>,
    /// Whether it is new, as [`changes`](super::changes) says of workspaces and deployments.
    pub new: bool,
    /// By account, in the order of [`Access::accounts`].
    pub cells: Vec<AccountAccess>,
}

/// What one workspace did in one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountAccess {
    /// Granted assumptions.
    pub granted: u64,
    /// Denied ones.
    pub denied: u64,
    /// Whether it is new that the workspace is in this account.
    pub new: bool,
}

/// The organization, and the name in it.
type WorkspaceName = (Box<str>, Box<str>);

/// What a subject belongs to, in one line.
#[must_use]
pub fn owner_name(subject: &Subject) -> String {
    match subject {
        Subject::Workspace { project: Some(project), workspace, .. } => format!("{project} / {workspace}"),
        Subject::Workspace { project: None, workspace, .. } => workspace.to_string(),
        Subject::Stack { project, stack, deployment, .. } => format!("{project} / {stack} / {deployment}"),
        Subject::ModuleTest { module, .. } => module.to_string(),
        Subject::Other(text) => text.to_string(),
    }
}

impl Access {
    /// Counts events, and holds them against the past.
    #[must_use]
    pub fn new(events: &EncodedEvents<'_>, past: &WindowHistory) -> Self {
        let is_new = |shown: Option<FactRef<'_>>, granted: u64| {
            let seen = shown.map(|shown| past.known().seen(&shown));
            let is_new = seen.is_some_and(|seen| seen.is_none_or(|seen| granted > 0 && !seen.granted));
            is_new && past.origin != BaselineOrigin::Nothing
        };
        let (names, row_of) = names(&events.owners);
        let mut cells = vec![(0, AccountAccess::default()); events.accesses.len()];
        for (event, codes) in events.iter() {
            let (owner, cell) = &mut cells[codes.access as usize];
            *owner = codes.owner as usize;
            match event.outcome {
                Outcome::Granted { .. } => cell.granted += 1,
                Outcome::Denied { .. } => cell.denied += 1,
            }
        }
        let mut totals = vec![0; names.len()];
        let mut granted_to = vec![0; events.owners.len()];
        let mut accounts: BTreeMap<&str, AccountAccess> = BTreeMap::new();
        for (first, (owner, cell)) in events.accesses.iter().zip(&mut cells) {
            cell.new = is_new(FactRef::account_workspace(first), cell.granted);
            totals[row_of[*owner]] += cell.granted + cell.denied;
            granted_to[*owner] += cell.granted;
            accounts.entry(account(first)).or_default().add(*cell);
        }
        let mut is_new_row = vec![false; names.len()];
        for (owner, first) in events.owners.iter().enumerate() {
            let shown = FactRef::workspace(first).or_else(|| FactRef::deployment(first));
            is_new_row[row_of[owner]] |= is_new(shown, granted_to[owner]);
        }
        let mut accounts: Vec<(&str, AccountAccess)> = accounts.into_iter().collect();
        accounts.sort_by_key(|(_, count)| Reverse(count.granted + count.denied));
        let mut ranked: Vec<usize> = (0..names.len()).collect();
        ranked.sort_by_key(|row| Reverse(totals[*row]));
        let (more_rows, more_accounts) = (names.len().saturating_sub(ROWS), accounts.len().saturating_sub(COLUMNS));
        ranked.truncate(ROWS);
        accounts.truncate(COLUMNS);
        let mut shown: Vec<WorkspaceAccess> = Vec::new();
        let mut place_of = vec![None; names.len()];
        for row in ranked {
            place_of[row] = Some(shown.len());
            let (organization, name) = names[row].clone();
            let cells = vec![AccountAccess::default(); accounts.len()];
            shown.push(WorkspaceAccess { organization, name, new: is_new_row[row], cells });
        }
        for (first, (owner, cell)) in events.accesses.iter().zip(cells) {
            let Some(place) = place_of[row_of[owner]] else { continue };
            if let Some(column) = accounts.iter().position(|(name, _)| *name == account(first)) {
                shown[place].cells[column].add(cell);
            }
        }
        let is_new_account = |(account, count): &(&str, AccountAccess)| {
            let shown = Some(*account).filter(|account| !account.is_empty());
            is_new(shown.map(|account| FactRef::new(FactKind::Account, &[account])), count.granted)
        };
        let new_accounts = accounts.iter().map(is_new_account).collect();
        let accounts = accounts.into_iter().map(|(account, _)| account.into()).collect();
        Self { rows: shown, accounts, new_accounts, more_rows, more_accounts }
    }
}

impl AccountAccess {
    fn add(&mut self, other: Self) {
        self.granted += other.granted;
        self.denied += other.denied;
        self.new |= other.new;
    }
}

/// The names of owners in their order, each once, and by owner which it is: two owners can have one name.
fn names(owners: &[&Assumption]) -> (Vec<WorkspaceName>, Vec<usize>) {
    let name = |first: &&Assumption| {
        (first.subject.organization().unwrap_or_default().into(), owner_name(&first.subject).into())
    };
    let mut sorted: Vec<(WorkspaceName, usize)> = owners.iter().map(name).zip(0..).collect();
    sorted.sort_unstable();
    let mut names: Vec<WorkspaceName> = Vec::new();
    let mut place_of = vec![0; owners.len()];
    for (name, owner) in sorted {
        if names.last() != Some(&name) {
            names.push(name);
        }
        place_of[owner] = names.len() - 1;
    }
    (names, place_of)
}

fn account(event: &Assumption) -> &str {
    event.account_id.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::sample::event;
    use super::*;
    use crate::audit::network::Networks;

    fn nothing() -> WindowHistory {
        WindowHistory::nothing(Networks::default())
    }

    #[test]
    fn what_was_never_granted_before_is_marked_where_it_stands() {
        let before = [event("2026-11-01T10:00:00Z", "web", true), event("2026-11-01T11:00:00Z", "net", false)];
        let mut past = nothing();
        past.add_older(&EncodedEvents::new(before.iter().collect(), 3_600));
        let mut events = ["web", "web", "net", "dns"].map(|name| event("2026-11-02T10:00:00Z", name, name != "dns"));
        events[1].account_id = Some("222233334444".into());
        let marks = |past: &WindowHistory| {
            let access = Access::new(&EncodedEvents::new(events.iter().collect(), 3_600), past);
            let row = |row: &WorkspaceAccess| {
                let cells = row.cells.iter().filter(|cell| cell.granted + cell.denied > 0);
                (row.name.to_string(), row.new, cells.map(|cell| cell.new).collect::<Vec<_>>())
            };
            let mut rows: Vec<_> = access.rows.iter().map(row).collect();
            rows.sort();
            (access.new_accounts, rows)
        };
        let all_old = marks(&past);
        assert!(all_old.1.iter().all(|(_, new, cells)| !new && !cells.contains(&true)), "there is no past");
        past.origin = BaselineOrigin::Since(super::super::sample::at("2026-11-01T00:00:00Z"));
        let (accounts, rows) = marks(&past);
        assert_eq!(accounts, [false, true]);
        let expected = [("dns", true, vec![true]), ("net", true, vec![true]), ("web", false, vec![false, true])];
        assert_eq!(rows, expected.map(|(name, new, cells)| (format!("core / {name}"), new, cells)));
    }

    #[test]
    fn the_most_active_come_first() {
        let mut events = [
            event("2026-11-02T10:00:00Z", "web", true),
            event("2026-11-02T10:00:01Z", "net", true),
            event("2026-11-02T10:00:02Z", "net", false),
        ];
        events[1].account_id = Some("222233334444".into());
        events[2].account_id = Some("222233334444".into());
        let access = Access::new(&EncodedEvents::new(events.iter().collect(), 3_600), &nothing());
        assert_eq!(access.accounts, ["222233334444", "111122223333"].map(Box::<str>::from));
        assert_eq!(&*access.rows[0].name, "core / net");
        assert_eq!(
            access.rows[0].cells,
            [AccountAccess { granted: 1, denied: 1, new: false }, AccountAccess::default()]
        );
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
        let access = Access::new(&EncodedEvents::new(events.iter().collect(), 3_600), &nothing());
        assert_eq!((access.rows.len(), access.more_rows), (30, 10));
        assert_eq!((access.accounts.len(), access.more_accounts), (16, 24));
    }
}
