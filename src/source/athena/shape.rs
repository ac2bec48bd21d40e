//! The columns and partitions that a table has, as its catalog tells.

use std::collections::BTreeMap;

use super::table::TableOptions;
use crate::decode::container::ATHENA_NEEDED;

/// What a catalog says of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableShape {
    /// Its columns, without those of partitions.
    pub columns: Vec<TableColumn>,
    /// The columns of its partitions.
    pub partitions: Vec<TableColumn>,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Whether it is a view, whose rows come from no file.
    pub is_view: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: Box<str>,
    /// Its type, as Hive writes it.
    pub kind: Box<str>,
}

/// A column that is read: what the decoder calls it, and what it is in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadColumn {
    /// The name in AWS's documentation.
    pub wire: &'static str,
    /// The column.
    pub column: TableColumn,
}

/// What is read besides, where it is there: all that a row of `events` is made of, and what tells copies and corrections.
const WANTED: [&str; 10] = [
    "eventversion",
    "eventsource",
    "useragent",
    "errormessage",
    "responseelements",
    "additionaleventdata",
    "resources",
    "recipientaccountid",
    "sharedeventid",
    "addendum",
];

/// Of those that are wanted, these leave no cell empty if they are not there.
const MAY_LACK: [&str; 6] =
    ["eventversion", "eventsource", "additionaleventdata", "sharedeventid", "addendum", "resources"];

impl TableColumn {
    /// A column.
    #[must_use]
    pub fn new(name: &str, kind: &str) -> Self {
        Self { name: name.into(), kind: kind.trim().to_ascii_lowercase().into() }
    }

    /// Whether it holds text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        ["string", "varchar", "char"].iter().any(|kind| self.kind.split('(').next() == Some(kind))
    }

    /// Whether it holds several values with names or numbers.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        ["struct", "row", "array", "map"].iter().any(|kind| self.kind.split(['<', '(']).next() == Some(kind))
    }
}

impl TableShape {
    /// A property.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// A property of a projected column; nothing where the table projects no partitions.
    #[must_use]
    pub fn projection(&self, column: &str, property: &str) -> Option<&str> {
        let is_projected = self.property("projection.enabled").is_some_and(|it| it.trim().eq_ignore_ascii_case("true"));
        self.property(&format!("projection.{column}.{property}")).filter(|_| is_projected)
    }

    /// Whether a column is projected as values of that type.
    #[must_use]
    pub fn is_projected_as(&self, column: &str, kind: &str) -> bool {
        self.projection(column, "type").is_some_and(|found| found.trim().eq_ignore_ascii_case(kind))
    }

    /// A column of any kind, whose name may be written in any case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().chain(&self.partitions).find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The columns that are read; what is missing of those without which nothing can be told, or of others whose cells are
    /// empty then.
    #[must_use]
    pub fn read(&self, options: &TableOptions) -> (Vec<ReadColumn>, MissingColumns) {
        let (mut found, mut missing) = (Vec::new(), MissingColumns::default());
        for wire in ATHENA_NEEDED.into_iter().chain(WANTED) {
            let name = options.columns.get(wire).map_or(wire, |name| name);
            match self.find(name) {
                Some(column) => found.push(ReadColumn { wire, column: column.clone() }),
                None if ATHENA_NEEDED.contains(&wire) => missing.needed.push(name.to_owned()),
                None if MAY_LACK.contains(&wire) => {}
                None => missing.wanted.push(name.to_owned()),
            }
        }
        // In the order of a record.
        found.sort_by_key(|column| self.columns.iter().position(|other| other.name == column.column.name));
        (found, missing)
    }

    /// What else the table holds, if its columns tell: what is said then.
    #[must_use]
    pub fn is_other(&self) -> Option<&'static str> {
        let has = |name: &str| self.find(name).is_some();
        if has("class_uid") || (has("api") && has("unmapped")) {
            return Some(
                "it looks like a table of Security Lake, whose Parquet files are read from their bucket: s3://…",
            );
        }
        if has("eventjson") {
            return Some("its column eventjson holds events: export its result as CSV, and read that");
        }
        None
    }
}

/// Columns that a table does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingColumns {
    /// Those without which nothing can be told.
    pub needed: Vec<String>,
    /// Those whose cells are empty then.
    pub wanted: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart() {
        let check = |kind: &str, is_text: bool, is_nested: bool| {
            let column = TableColumn::new("c", kind);
            assert_eq!((column.is_text(), column.is_nested()), (is_text, is_nested), "{kind}");
        };
        check("string", true, false);
        check("VARCHAR(20)", true, false);
        check("struct<a:string>", false, true);
        check("array<struct<a:string>>", false, true);
        check("row(a varchar)", false, true);
        check("timestamp", false, false);
        check("charstruct", false, false);
    }

    #[test]
    fn what_is_missing_is_named() {
        let column = |name: &&str| TableColumn::new(name, "string");
        let names = [
            "eventTime",
            "eventname",
            "useridentity",
            "requestparameters",
            "error_code",
            "eventid",
            "awsregion",
            "sourceipaddress",
        ];
        let shape = TableShape { columns: names.iter().map(column).collect(), ..TableShape::default() };
        let (_, missing) = shape.read(&TableOptions::default());
        assert_eq!(missing.needed, ["errorcode"]);
        let mut options = TableOptions::default();
        options.set("column.errorcode", "error_code").unwrap();
        let (found, missing) = shape.read(&options);
        assert_eq!(missing.needed, [""; 0]);
        assert_eq!(missing.wanted, ["useragent", "errormessage", "responseelements", "recipientaccountid"]);
        assert_eq!((found.len(), found[4].wire, &*found[4].column.name), (8, "errorcode", "error_code"));
    }
}
