//! Names of accounts on their way into a format.

use std::io;

use super::account_names::AccountNames;
use super::cell::Cell;
use super::schema::Heading;
use super::writer::RowWriter;

/// Puts names beside the ids on their way into a format.
pub(super) struct NamingWriter<'a> {
    inner: Box<dyn RowWriter + 'a>,
    names: &'a AccountNames,
    /// Whether a column holds account ids, in the order of columns.
    holds_ids: Vec<bool>,
}

impl<'a> NamingWriter<'a> {
    pub(super) fn new(inner: Box<dyn RowWriter + 'a>, names: &'a AccountNames, headings: &[Heading]) -> Self {
        let holds_ids = headings.iter().map(|heading| matches!(heading.name, "account_id" | "account_ids")).collect();
        Self { inner, names, holds_ids }
    }
}

impl RowWriter for NamingWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let cells: Vec<Cell<'_>> = row
            .iter()
            .zip(&self.holds_ids)
            .map(|(cell, holds_ids)| match cell {
                Cell::Text(id) if *holds_ids => Cell::Text(self.names.beside(id)),
                Cell::List(ids) if *holds_ids => Cell::List(ids.iter().map(|id| self.names.beside(id)).collect()),
                other => other.clone(),
            })
            .collect();
        self.inner.write(&cells)
    }

    fn finish(self: Box<Self>) -> io::Result<Option<String>> {
        self.inner.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::report::cell::Shape;
    use crate::report::{Format, WriterOptions};

    fn check(format: Format, expected: &str) {
        let names = AccountNames::new([("111122223333".into(), "prod\u{1b}[2J|=1".into())]);
        let heading = |name, shape| Heading { name, shape };
        let headings = vec![heading("account_ids", Shape::List), heading("role_arn", Shape::Text)];
        let mut options = WriterOptions::new(headings, None);
        options.account_names = Some(&names);
        let mut out = Vec::new();
        let mut writer = format.open(Box::new(&mut out), &options).unwrap();
        let ids = vec![Cow::Borrowed("111122223333"), Cow::Borrowed("222233334444")].into();
        writer.write(&[Cell::List(ids), Cell::text(Some("111122223333"))]).unwrap();
        writer.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn names_are_for_people_only_and_harmless() {
        check(Format::Csv, "account_ids,role_arn\n\"111122223333;222233334444\",111122223333\n");
        check(Format::Ndjson, "{\"account_ids\":[\"111122223333\",\"222233334444\"],\"role_arn\":\"111122223333\"}\n");
        check(
            Format::Markdown,
            "| account\\_ids | role\\_arn |\n| --- | --- |\n\
             | 111122223333 (prod\\\\u001b\\[2J\\|=1);222233334444 | 111122223333 |\n",
        );
    }
}
