//! A table that is there, and how it is asked.

use std::collections::BTreeSet;

use super::days::DayRange;
use super::describe::{DESCRIBE, describe};
use super::layout::{LayoutError, TableLayout};
use super::losses::{AskedPartitions, ProjectionLosses};
use super::place::TablePlace;
use super::shape::{ReadColumn, TableShape};
use super::sql::TableQuestion;
use super::table::AthenaTable;
use crate::aws::failure::RequestFailure;
use crate::domain::timestamp::Day;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::source::question::RemoteQuestion;

/// What AWS documents.
const DOCUMENTED: &str =
    "https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html";

/// CloudTrail's first day; no log file is older.
const FIRST_DAY: i64 = 16_022;

/// A table, and how it is asked.
#[derive(Debug, Clone)]
pub(super) struct TablePlan {
    pub(super) table: AthenaTable,
    pub(super) place: TablePlace,
    pub(super) shape: TableShape,
    pub(super) layout: TableLayout,
    columns: Vec<ReadColumn>,
    /// The only accounts whose partitions are read.
    accounts: Option<BTreeSet<String>>,
    /// What to say about it.
    pub(super) notes: Vec<String>,
}

impl TablePlan {
    /// Looks at the table.
    pub(super) async fn of(
        table: &AthenaTable,
        place: TablePlace,
        question: &RemoteQuestion,
    ) -> Result<Self, SourceTrouble> {
        let found = describe(&place.client, table, &place.label(table)).await;
        let shape = found.map_err(|failure| no_table(&failure, table, &place, question))?;
        let (columns, missing) = shape.read(&table.options);
        let event_time = columns.iter().find(|column| column.wire == "eventtime");
        let event_time = match event_time {
            Some(column) if missing.needed.is_empty() => column.column.clone(),
            _ => return Err(no_columns(&missing.needed, &shape)),
        };
        let layout = TableLayout::of(&shape, &table.options, &event_time).map_err(|error| no_layout(&error, table))?;
        let unnamed = layout.unnamed(&table.options, question.accounts.as_ref());
        if let Some(column) = unnamed.first() {
            return Err(injected(column, table));
        }
        let mut notes = Vec::new();
        if !missing.wanted.is_empty() {
            let missing = missing.wanted.join(", ");
            notes.push(format!("the table has no columns {missing}; what they would tell is empty"));
        }
        if !layout.day.prunes() {
            notes.push("no partition column of the table tells the day, so that Athena reads all of it".to_owned());
        }
        let accounts = question.accounts.clone().filter(|_| layout.account.is_some());
        Ok(Self { table: table.clone(), place, shape, layout, columns, accounts, notes })
    }

    /// What is asked.
    pub(super) fn question(&self) -> TableQuestion<'_> {
        let Self { table, columns, layout, shape, .. } = self;
        TableQuestion { table, columns, layout, has_files: !shape.is_view }
    }

    /// The statement for some days.
    pub(super) fn statement(&self, days: &[DayRange]) -> String {
        self.question().statement(days, self.accounts.as_ref())
    }

    /// What the table cannot give of these days.
    pub(super) fn losses(&self, days: &[DayRange], question: &RemoteQuestion) -> ProjectionLosses {
        let asked = AskedPartitions {
            days,
            has_start: question.window.from.is_some(),
            accounts: question.accounts.as_ref(),
            regions: question.regions.as_ref(),
            now: question.now,
        };
        ProjectionLosses::of(&self.table, &self.shape, &self.layout, &asked)
    }

    /// How it is called.
    pub(super) fn label(&self) -> String {
        self.place.label(&self.table)
    }
}

/// The days that a window needs, as the folders of an archive.
pub(super) fn days(question: &RemoteQuestion) -> Option<DayRange> {
    let today = question.now.day();
    let last = question.window.last_folder(question.late_days).unwrap_or(today);
    let first = question.window.first_day().or_else(|| Day::from_number(FIRST_DAY)).unwrap_or(last);
    (first <= last).then_some(DayRange { first, last })
}

fn no_table(
    failure: &RequestFailure,
    table: &AthenaTable,
    place: &TablePlace,
    question: &RemoteQuestion,
) -> SourceTrouble {
    let (region, catalog) = (&place.place.region, table.catalog());
    let is_absent = matches!(failure, RequestFailure::Answer(..) | RequestFailure::Impossible(_));
    if !is_absent {
        let resource = place.resource("athena", &format!("datacatalog/{catalog}"));
        let trouble = failure.trouble(&place.aws(&question.aws), DESCRIBE, &resource);
        return trouble;
    }
    let message =
        format!("there is no table {} in {region} of the catalog {catalog}: {}", table.name(), failure.reason());
    let database = &table.database;
    SourceTrouble::new(TroubleKind::Failure, message)
        .hint(format!(
            "these are there: aws athena list-table-metadata --region {region} --catalog-name {catalog} --database-name \
             {database} --query 'TableMetadataList[].Name'"
        ))
        .hint("another region: --aws-region; another account: --role-arn; another catalog: ?catalog=NAME")
}

fn no_columns(missing: &[String], shape: &TableShape) -> SourceTrouble {
    let message = format!(
        "the table has no column {}, without which a role assumption cannot be told as it was",
        missing.join(", ")
    );
    let trouble = SourceTrouble::new(TroubleKind::Failure, message);
    match shape.is_other() {
        Some(what) => trouble.hint(what),
        None => trouble
            .hint(format!("make a table as AWS documents it: {DOCUMENTED}"))
            .hint("where the column has another name: ?column.errorcode=NAME, or columns in the config file"),
    }
}

fn no_layout(error: &LayoutError, table: &AthenaTable) -> SourceTrouble {
    let name = table.name();
    SourceTrouble::new(TroubleKind::Usage, error.to_string())
        .hint(format!("say which: 'athena:{name}?day=COLUMN&format=yyyy-MM-dd'"))
        .hint(format!("or in the config file: [athena.\"{name}\"] with day = \"COLUMN\" and format = \"yyyy-MM-dd\""))
}

fn injected(column: &str, table: &AthenaTable) -> SourceTrouble {
    let name = table.name();
    let message =
        format!("its partition column {column} is projected as injected: Athena reads only values that are named");
    SourceTrouble::new(TroubleKind::Usage, message)
        .hint(format!("name them: 'athena:{name}?only.{column}=VALUE,VALUE', or --account where it is the account"))
}
