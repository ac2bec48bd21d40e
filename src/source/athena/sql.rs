//! The statement that asks for role assumptions.

use std::collections::BTreeSet;

use super::days::DayRange;
use super::layout::TableLayout;
use super::quote::{name, text, texts};
use super::shape::ReadColumn;
use super::table::AthenaTable;

/// The event that is asked for.
const EVENT: &str = "AssumeRoleWithWebIdentity";

/// The file that a row comes from.
const PATH: &str = "tfctrail_path";

/// What is asked of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableQuestion<'a> {
    /// The table.
    pub table: &'a AthenaTable,
    /// The columns that are read.
    pub columns: &'a [ReadColumn],
    /// What its partitions are for.
    pub layout: &'a TableLayout,
    /// Whether its rows come from files.
    pub has_files: bool,
}

impl TableQuestion<'_> {
    /// The names of the columns of the result. Behind those of the table is what tells the day, and then the file.
    #[must_use]
    pub fn result_columns(&self) -> Vec<&'static str> {
        let of_day = self.layout.day.selected().into_iter().map(|(_, name)| name);
        self.columns.iter().map(|column| column.wire).chain(of_day).chain(self.has_files.then_some(PATH)).collect()
    }

    /// The statement for these days, and the partitions of these accounts if others may be left out. Rows of one log file
    /// follow each other.
    #[must_use]
    pub fn statement(&self, days: &[DayRange], accounts: Option<&BTreeSet<String>>) -> String {
        let column = |name: &str| self.columns.iter().find(|column| column.wire == name);
        let mut selected: Vec<String> = self.columns.iter().map(selected).collect();
        let of_day = self.layout.day.selected();
        selected.extend(of_day.iter().map(|(what, called)| format!("{what} AS {}", name(called))));
        let mut order: Vec<String> = of_day.iter().map(|(_, called)| name(called)).collect();
        if self.has_files {
            selected.push(format!("\"$path\" AS {}", name(PATH)));
            order.push(name(PATH));
        }
        order.extend(["eventtime", "eventid"].map(name));
        let event_name = column("eventname").map_or_else(|| name("eventname"), |column| name(&column.column.name));
        let mut conditions = vec![format!("{event_name} = {}", text(EVENT)), self.layout.day.condition(days)];
        if let (Some(column), Some(accounts)) = (&self.layout.account, accounts.filter(|accounts| !accounts.is_empty()))
        {
            conditions.push(format!("{} IN {}", name(column), texts(accounts)));
        }
        for (column, values) in &self.table.options.only {
            conditions.push(format!("{} IN {}", name(column), texts(values)));
        }
        format!(
            "SELECT {} FROM {}.{} WHERE {} ORDER BY {}",
            selected.join(", "),
            name(&self.table.database),
            name(&self.table.table),
            conditions.join(" AND "),
            order.join(", ")
        )
    }
}

/// A column as the decoder knows it. A struct is given as JSON, which can be read in one way only.
fn selected(ReadColumn { wire, column }: &ReadColumn) -> String {
    let plain = name(&column.name);
    match (column.is_nested(), column.name.eq_ignore_ascii_case(wire)) {
        (true, _) => format!("CAST({plain} AS JSON) AS {}", name(wire)),
        (false, true) => plain,
        (false, false) => format!("{plain} AS {}", name(wire)),
    }
}
