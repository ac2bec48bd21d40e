//! Which table a text names: `DATABASE.TABLE[?KEY=VALUE[&KEY=VALUE…]]`, and what it says about it.

use std::collections::BTreeMap;
use std::fmt;

use super::days::{DayFormat, NoDayFormat};
use super::quote::{Unquotable, quotable};

/// What the texts of tables begin with.
pub const SCHEME: &str = "athena:";

/// The catalog where nobody names one: that of Glue.
pub const GLUE: &str = "AwsDataCatalog";

/// A table of Athena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AthenaTable {
    /// The database that it is in.
    pub database: Box<str>,
    /// Its name.
    pub table: Box<str>,
    /// What is said about it.
    pub options: TableOptions,
}

/// What is said about a table, by its text or by the config file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The catalog; Glue's where there is none.
    pub catalog: Option<Box<str>>,
    /// The workgroup that queries run in; `primary` where there is none.
    pub workgroup: Option<Box<str>>,
    /// Where results go, as an address in S3, where the workgroup does not say.
    pub output: Option<Box<str>>,
    /// The partition column of the day; beside `year` and `month` that of the day of the month.
    pub day: Option<Box<str>>,
    /// How the day is written in it.
    pub format: Option<DayFormat>,
    /// The partition column of the year.
    pub year: Option<Box<str>>,
    /// The partition column of the month.
    pub month: Option<Box<str>>,
    /// The partition column of the account.
    pub account: Option<Box<str>>,
    /// The only values of partition columns that are read.
    pub only: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// The names of columns that are not those of AWS's documentation, by these.
    pub columns: BTreeMap<Box<str>, Box<str>>,
}

/// The names in a text, and what it says about the table, each a key and its value.
pub fn parts(text: &str) -> (&str, impl Iterator<Item = &str>) {
    let (names, options) = text.split_once('?').map_or((text, None), |(names, options)| (names, Some(options)));
    (names, options.into_iter().flat_map(|options| options.split('&')))
}

/// Why a text names no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not a database and a table.
    #[error("'{0}' is no table of a database; write athena:DATABASE.TABLE, and ?catalog=NAME for another catalog")]
    Name(String),
    /// A name that cannot be quoted.
    #[error(transparent)]
    Unquotable(#[from] Unquotable),
    /// An unknown key.
    #[error("'{0}' is no key of a table; the keys are {KEYS}")]
    Key(String),
    /// A key that is there twice.
    #[error("'{0}' is given twice")]
    Twice(String),
    /// A name that no workgroup can have.
    #[error("'{0}' is no name of a workgroup, which has letters, digits, '.', '_' and '-'")]
    Workgroup(String),
    /// Not a place in S3.
    #[error("output '{0}' is no place in S3; write it like s3://bucket/prefix/")]
    Output(String),
    /// A format that is not understood.
    #[error(transparent)]
    Format(#[from] NoDayFormat),
}

/// The keys, in words.
const KEYS: &str = "workgroup, catalog, output, day, format, year, month, account, only.COLUMN and column.NAME";

impl AthenaTable {
    /// Reads what follows `athena:`.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let (names, options) = parts(text);
        let (database, table) = names.split_once('.').ok_or_else(|| TableError::Name(names.to_owned()))?;
        if database.is_empty() || table.is_empty() || table.contains('.') {
            return Err(TableError::Name(names.to_owned()));
        }
        quotable(database)?;
        quotable(table)?;
        let mut found = TableOptions::default();
        for pair in options {
            let (key, value) = pair.split_once('=').ok_or_else(|| TableError::Key(pair.to_owned()))?;
            found.set(key, value)?;
        }
        Ok(Self { database: database.into(), table: table.into(), options: found })
    }

    /// Its database and name, as SQL has them, without quotes.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.database, self.table)
    }

    /// The catalog that it is in.
    #[must_use]
    pub fn catalog(&self) -> &str {
        self.options.catalog.as_deref().unwrap_or(GLUE)
    }

    /// Which of its rows are read, as its text says it; empty where all are.
    #[must_use]
    pub fn only(&self) -> String {
        let only = self.options.only.iter().map(|(column, values)| format!("only.{column}={}", values.join(",")));
        only.collect::<Vec<_>>().join("&")
    }

    /// The workgroup that it is read in.
    #[must_use]
    pub fn workgroup(&self) -> &str {
        self.options.workgroup.as_deref().unwrap_or("primary")
    }
}

impl TableOptions {
    /// Takes what is said of a key.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), TableError> {
        quotable(value)?;
        if let Some(column) = key.strip_prefix("only.") {
            quotable(column)?;
            let values = value.split(',').map(Box::from).collect();
            return once(key, self.only.insert(column.into(), values));
        }
        if let Some(name) = key.strip_prefix("column.") {
            quotable(name)?;
            return once(key, self.columns.insert(name.to_ascii_lowercase().into(), value.into()));
        }
        let place = match key {
            "workgroup" if !is_workgroup(value) => return Err(TableError::Workgroup(value.to_owned())),
            "output" if !is_output(value) => return Err(TableError::Output(value.to_owned())),
            "format" => return once(key, self.format.replace(DayFormat::parse(value)?)),
            "workgroup" => &mut self.workgroup,
            "catalog" => &mut self.catalog,
            "output" => &mut self.output,
            "day" => &mut self.day,
            "year" => &mut self.year,
            "month" => &mut self.month,
            "account" => &mut self.account,
            _ => return Err(TableError::Key(key.to_owned())),
        };
        once(key, place.replace(value.into()))
    }
}

fn once<T>(key: &str, before: Option<T>) -> Result<(), TableError> {
    before.map_or(Ok(()), |_| Err(TableError::Twice(key.to_owned())))
}

/// What `CreateWorkGroup` takes.
fn is_workgroup(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_output(text: &str) -> bool {
    let bucket = text.strip_prefix("s3://").and_then(|rest| rest.split('/').next());
    bucket.is_some_and(|bucket| bucket.len() >= 3)
}

/// The table, and what tells one that has the same name from it, or other rows of it.
impl fmt::Display for AthenaTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        let catalog = self.options.catalog.iter().map(|catalog| format!("catalog={catalog}"));
        let said: Vec<String> = catalog.chain(Some(self.only()).filter(|only| !only.is_empty())).collect();
        if said.is_empty() { Ok(()) } else { write!(f, "?{}", said.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_tables() {
        let table = AthenaTable::parse("default.cloudtrail_logs").unwrap();
        assert_eq!(
            (table.to_string().as_str(), table.workgroup(), table.catalog()),
            ("default.cloudtrail_logs", "primary", GLUE)
        );
        let text = "a-b.c d?workgroup=audit&output=s3://results/x/&day=dt&format=yyyy-MM-dd&only.region=eu-west-1,us-east-1\
                    &column.errorcode=error_code&catalog=other";
        let table = AthenaTable::parse(text).unwrap();
        assert_eq!(
            (table.to_string().as_str(), table.workgroup()),
            ("a-b.c d?catalog=other&only.region=eu-west-1,us-east-1", "audit")
        );
        assert_eq!(table.options.only["region"].len(), 2);
        assert_eq!(&*table.options.columns["errorcode"], "error_code");
    }

    #[test]
    fn what_names_no_table_is_refused() {
        let check = |text: &str, part: &str| {
            let error = AthenaTable::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        };
        for text in ["", "a", "a.", ".b", "a.b.c"] {
            check(text, "is no table of a database");
        }
        check("a.b\n", "has a character");
        check("a.b?", "is no key");
        check("a.b?x=1", "is no key");
        check("a.b?workgroup=a b", "is no name of a workgroup");
        check("a.b?workgroup=a&workgroup=b", "twice");
        check("a.b?output=results", "is no place in S3");
        check("a.b?format=dd.MM.yyyy", "format 'dd.MM.yyyy'");
        check("a.b?day=", "has a character");
    }
}
