//! Which columns of a table tell the day and the account: those of AWS's documented tables by themselves, others as they are
//! said to.

use std::collections::BTreeSet;

use super::days::{DayColumns, DayFormat, PartColumn};
use super::shape::{TableColumn, TableShape};
use super::table::TableOptions;

/// What partitions of a table are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLayout {
    /// What tells the day.
    pub day: DayColumns,
    /// What tells the account of a partition.
    pub account: Option<Box<str>>,
    /// Partition columns of which a query has to name every value that it reads.
    pub injected: Vec<Box<str>>,
}

/// Why the layout of a table cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A column that was said to tell something is not there.
    #[error("the table has no column {0}, which was said to tell the {1}")]
    NoColumn(String, &'static str),
    /// A text of which nobody says how days are written in it.
    #[error("how the column {0} writes days is not known; say format=yyyy-MM-dd, as it is")]
    NoFormat(String),
    /// Partitions that tell nothing that is known.
    #[error(
        "which of its partition columns ({0}) tells the day is not known; without that Athena would read all of them"
    )]
    Unknown(String),
    /// A property of the table that is not understood.
    #[error("its property projection.{0}.format: {1}")]
    Projection(String, String),
}

/// What partitions by account are called.
const ACCOUNTS: [&str; 5] = ["account", "account_id", "accountid", "aws_account", "aws_account_id"];

/// What partitions by region are called.
pub(super) const REGIONS: [&str; 3] = ["region", "aws_region", "awsregion"];

/// What partitions are called that tell neither day nor account nor region.
const OTHERS: [&str; 5] = ["organization", "organization_id", "org_id", "org", "trail"];

impl TableLayout {
    /// The layout of a table, as it is said, and else as its partitions are called.
    pub fn of(shape: &TableShape, options: &TableOptions, event_time: &TableColumn) -> Result<Self, LayoutError> {
        let account = match &options.account {
            Some(name) => Some(said(shape, name, "account")?.name.clone()),
            None => ACCOUNTS.iter().find_map(|name| partition(shape, name)).map(|column| column.name.clone()),
        };
        let injected = shape.partitions.iter().filter(|column| shape.is_projected_as(&column.name, "injected"));
        let injected = injected.map(|column| column.name.clone()).collect();
        let day = match said_day(shape, options)? {
            Some(day) => day,
            None => found_day(shape, event_time)?,
        };
        Ok(Self { day, account, injected })
    }

    /// The partition columns of which values have to be named, and are not.
    #[must_use]
    pub fn unnamed(&self, options: &TableOptions, accounts: Option<&BTreeSet<String>>) -> Vec<&str> {
        let is_named = |column: &str| {
            options.only.keys().any(|name| name.eq_ignore_ascii_case(column))
                || (self.account.as_deref() == Some(column) && accounts.is_some_and(|accounts| !accounts.is_empty()))
        };
        self.injected.iter().map(|column| &**column).filter(|column| !is_named(column)).collect()
    }
}

/// What somebody said.
fn said_day(shape: &TableShape, options: &TableOptions) -> Result<Option<DayColumns>, LayoutError> {
    let Some(day) = &options.day else { return Ok(None) };
    let column = said(shape, day, "day")?;
    if let (Some(year), Some(month)) = (&options.year, &options.month) {
        let part = |column: &TableColumn| PartColumn { name: column.name.clone(), is_text: column.is_text() };
        let (year, month) = (part(said(shape, year, "year")?), part(said(shape, month, "month")?));
        return Ok(Some(DayColumns::Parts { year, month, day: part(column) }));
    }
    if &*column.kind == "date" {
        return Ok(Some(DayColumns::Date(column.name.clone())));
    }
    let format = options.format.clone().map_or_else(|| format_of(shape, column), |format| Ok(Some(format)))?;
    let format = format.ok_or_else(|| LayoutError::NoFormat(column.name.to_string()))?;
    Ok(Some(DayColumns::Text(column.name.clone(), format)))
}

/// What the table itself tells.
fn found_day(shape: &TableShape, event_time: &TableColumn) -> Result<DayColumns, LayoutError> {
    for column in &shape.partitions {
        // One of the type `date` is compared with dates, however its folders write them; a year alone is part of a day.
        let is_day = &*column.kind != "date" && !column.name.eq_ignore_ascii_case("year");
        let is_projected = is_day && shape.is_projected_as(&column.name, "date");
        if is_projected && let Some(format) = format_of(shape, column)? {
            return Ok(DayColumns::Text(column.name.clone(), format));
        }
    }
    let part = |name: &str| {
        partition(shape, name).map(|column| PartColumn { name: column.name.clone(), is_text: column.is_text() })
    };
    if let (Some(year), Some(month), Some(day)) = (part("year"), part("month"), part("day")) {
        return Ok(DayColumns::Parts { year, month, day });
    }
    if let Some(column) = shape.partitions.iter().find(|column| &*column.kind == "date") {
        return Ok(DayColumns::Date(column.name.clone()));
    }
    let known = || ACCOUNTS.iter().chain(&REGIONS).chain(&OTHERS);
    let is_known = |column: &TableColumn| known().any(|name| column.name.eq_ignore_ascii_case(name));
    if !shape.partitions.iter().all(is_known) {
        let names: Vec<&str> = shape.partitions.iter().map(|column| &*column.name).collect();
        return Err(LayoutError::Unknown(names.join(", ")));
    }
    Ok(DayColumns::EventTime { column: event_time.name.clone(), is_text: event_time.is_text() })
}

/// How the properties of the table say that a column writes days. A projected `date` needs no format.
fn format_of(shape: &TableShape, column: &TableColumn) -> Result<Option<DayFormat>, LayoutError> {
    let Some(format) = shape.property(&format!("projection.{}.format", column.name)) else { return Ok(None) };
    let format = DayFormat::parse(format);
    format.map(Some).map_err(|error| LayoutError::Projection(column.name.to_string(), error.to_string()))
}

fn partition<'a>(shape: &'a TableShape, name: &str) -> Option<&'a TableColumn> {
    shape.partitions.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

/// A column that somebody named.
fn said<'a>(shape: &'a TableShape, name: &str, what: &'static str) -> Result<&'a TableColumn, LayoutError> {
    shape.find(name).ok_or_else(|| LayoutError::NoColumn(name.to_owned(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Partition columns and properties, `name:type` and `name=value`.
    fn shape(texts: &[&str]) -> TableShape {
        let mut shape = TableShape::default();
        for text in texts {
            if let Some((name, value)) = text.split_once('=') {
                shape.properties.insert(name.to_owned(), value.to_owned());
            } else {
                let (name, kind) = text.split_once(':').unwrap();
                shape.partitions.push(TableColumn::new(name, kind));
            }
        }
        shape
    }

    fn layout(texts: &[&str], options: &[(&str, &str)]) -> Result<TableLayout, LayoutError> {
        let mut found = TableOptions::default();
        for (key, value) in options {
            found.set(key, value).unwrap();
        }
        TableLayout::of(&shape(texts), &found, &TableColumn::new("eventtime", "string"))
    }

    #[test]
    fn documented_tables_tell_their_day() {
        let check = |texts: &[&str], expected: &str| {
            let found = layout(texts, &[]).unwrap();
            assert_eq!(format!("{:?} {:?}", found.day, found.account), expected);
        };
        let projected = [
            "timestamp:string",
            "projection.enabled=true",
            "projection.timestamp.type=date",
            "projection.timestamp.format=yyyy/MM/dd",
        ];
        check(&projected, r#"Text("timestamp", DayFormat("yyyy/MM/dd")) None"#);
        check(
            &["account:string", "region:string", "year:string", "month:string", "day:string"],
            "Parts { year: PartColumn { name: \"year\", is_text: true }, month: PartColumn { name: \"month\", is_text: true }, \
             day: PartColumn { name: \"day\", is_text: true } } Some(\"account\")",
        );
        check(&["event_date:date"], r#"Date("event_date") None"#);
        let projected = [
            "event_date:date",
            "projection.enabled=true",
            "projection.event_date.type=date",
            "projection.event_date.format=yyyy-MM-dd",
        ];
        check(&projected, r#"Date("event_date") None"#);
        check(&["region:string"], r#"EventTime { column: "eventtime", is_text: true } None"#);
        check(&[], r#"EventTime { column: "eventtime", is_text: true } None"#);
    }

    #[test]
    fn other_tables_need_a_word() {
        let wrong = |texts: &[&str], options: &[(&str, &str)]| layout(texts, options).unwrap_err().to_string();
        assert!(wrong(&["dt:string", "region:string"], &[]).contains("(dt, region) tells the day is not known"));
        assert!(wrong(&["dt:string"], &[("day", "dt")]).contains("say format=yyyy-MM-dd"));
        assert!(wrong(&["dt:string"], &[("day", "dx")]).contains("no column dx, which was said to tell the day"));
        let told = layout(&["dt:string", "acct:string"], &[("day", "dt"), ("format", "yyyyMMdd"), ("account", "acct")])
            .unwrap();
        assert_eq!(told.day, DayColumns::Text("dt".into(), DayFormat::parse("yyyyMMdd").unwrap()));
        assert_eq!(told.account.as_deref(), Some("acct"));
        let told = layout(&["y:int", "m:int", "d:int"], &[("year", "y"), ("month", "m"), ("day", "d")]).unwrap();
        assert!(matches!(told.day, DayColumns::Parts { .. }));
        let format =
            ["d:string", "projection.enabled=true", "projection.d.type=date", "projection.d.format=dd-MM-yyyy"];
        assert!(wrong(&format, &[]).contains("projection.d.format"));
    }

    #[test]
    fn injected_columns_need_their_values() {
        let texts = [
            "account:string",
            "region:string",
            "day:date",
            "projection.enabled=true",
            "projection.account.type=injected",
            "projection.region.type=injected",
        ];
        let found = layout(&texts, &[]).unwrap();
        assert_eq!(found.unnamed(&TableOptions::default(), None), ["account", "region"]);
        let mut options = TableOptions::default();
        options.set("only.region", "eu-west-1").unwrap();
        assert_eq!(found.unnamed(&options, Some(&["1".to_owned()].into())), [""; 0]);
    }
}
