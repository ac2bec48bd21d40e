//! Rows of a result, as the log files that they come from: CSV, as Athena writes it into its results.

use std::sync::Arc;

use crate::domain::timestamp::Day;

/// So many bytes of one log file are held. What comes behind them is another part of it.
const PART: usize = 8 << 20;

/// One row: its cells, without those that tell where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The cells of the table, `None` for NULL.
    pub cells: Vec<Option<String>>,
    /// The day of its partition, or of its event; `None` where that cannot be told.
    pub day: Option<Day>,
    /// The log file that it comes from, as Athena writes it.
    pub path: Option<String>,
}

/// Rows of one log file and day that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFile {
    /// Their day.
    pub day: Option<Day>,
    /// The log file: the key of its object.
    pub log_file: Option<Arc<str>>,
    /// How many parts of it came before.
    pub parts: usize,
    /// A table in CSV.
    pub csv: Vec<u8>,
}

/// Puts rows together.
#[derive(Debug)]
pub struct RowFiles {
    header: Vec<u8>,
    open: Option<RowFile>,
}

impl RowFiles {
    /// For rows of columns with these names.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        let mut header = Vec::new();
        write_row(&mut header, columns.iter().map(|name| Some(*name)));
        Self { header, open: None }
    }

    /// A log file without rows.
    #[must_use]
    pub fn empty(&self) -> Vec<u8> {
        self.header.clone()
    }

    /// Takes a row; gives the log file in front of it, where that is over.
    pub fn take(&mut self, row: &ResultRow) -> Option<RowFile> {
        let log_file = row.path.as_deref().map(key);
        let is_same = |open: &RowFile| open.day == row.day && open.log_file.as_deref() == log_file;
        let done = match &self.open {
            Some(open) if is_same(open) && open.csv.len() < PART => None,
            _ => self.open.take(),
        };
        let open = self.open.get_or_insert_with(|| RowFile {
            day: row.day,
            log_file: log_file.map(Arc::from),
            parts: done.as_ref().filter(|done| is_same(done)).map_or(0, |done| done.parts + 1),
            csv: self.header.clone(),
        });
        write_row(&mut open.csv, row.cells.iter().map(Option::as_deref));
        done
    }

    /// What is left after the last row.
    pub fn finish(&mut self) -> Option<RowFile> {
        self.open.take()
    }
}

/// The key of an object whose address this is: what the rows of an archive call it.
fn key(path: &str) -> &str {
    path.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).map_or(path, |(_, key)| key)
}

/// Every cell in quotes, so that no row looks cut off.
fn write_row<'a>(out: &mut Vec<u8>, cells: impl Iterator<Item = Option<&'a str>>) {
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let Some(cell) = cell else { continue };
        out.push(b'"');
        for part in cell.split_inclusive('"') {
            out.extend_from_slice(part.as_bytes());
            if part.ends_with('"') {
                out.push(b'"');
            }
        }
        out.push(b'"');
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::container::ATHENA_NEEDED;
    use crate::decode::{DecodeLimits, Decoder, FileEnd};
    use crate::domain::issuer::Issuers;

    fn row(day: &str, path: Option<&str>, cell: Option<&str>) -> ResultRow {
        let cells = vec![Some("x".to_owned()), cell.map(str::to_owned)];
        ResultRow { cells, day: Day::parse(day), path: path.map(str::to_owned) }
    }

    #[test]
    fn rows_of_a_log_file_come_together() {
        let mut files = RowFiles::new(&["a", "b"]);
        let mut found = Vec::new();
        for row in [
            row("2026-11-01", Some("s3://b/k/1.gz"), Some("say \"a\"")),
            row("2026-11-01", Some("s3://b/k/1.gz"), None),
            row("2026-11-01", Some("s3://b/k/2.gz"), Some("a\nb")),
            row("2026-11-02", None, Some("")),
        ] {
            found.extend(files.take(&row));
        }
        found.extend(files.finish());
        let shown: Vec<(&str, &str)> =
            found.iter().map(|it| (it.log_file.as_deref().unwrap_or("-"), str::from_utf8(&it.csv).unwrap())).collect();
        assert_eq!(
            shown,
            [
                ("k/1.gz", "\"a\",\"b\"\n\"x\",\"say \"\"a\"\"\"\n\"x\",\n"),
                ("k/2.gz", "\"a\",\"b\"\n\"x\",\"a\nb\"\n"),
                ("-", "\"a\",\"b\"\n\"x\",\"\"\n"),
            ]
        );
    }

    #[test]
    fn a_large_log_file_comes_in_parts() {
        let mut files = RowFiles::new(&["a", "b"]);
        let cell = "x".repeat(PART / 2);
        let mut parts = Vec::new();
        for _ in 0..5 {
            parts.extend(files.take(&row("2026-11-01", None, Some(&cell))));
        }
        parts.extend(files.finish());
        assert_eq!(parts.iter().map(|part| part.parts).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn the_decoder_reads_them() {
        let mut decoder = Decoder::new(Issuers::new([""; 0], true), DecodeLimits::default());
        let files = RowFiles::new(&ATHENA_NEEDED);
        let none = decoder.bytes(&"x".into(), &files.empty());
        assert_eq!((none.ended, none.records.total), (FileEnd::Read, 0));
        let cells = [
            "AssumeRoleWithWebIdentity",
            "2026-11-01T00:00:00Z",
            r#"{"type":"WebIdentityUser","principalid":"arn:aws:iam::1:oidc-provider/app.terraform.io:a:s","sessioncontext":null}"#,
            "1",
            "",
            r#"{"roleArn":"arn:aws:iam::111122223333:role/a","roleSessionName":"terraform-run-run-abc"}"#,
            "us-east-1",
            "192.0.2.1",
        ];
        let mut files = RowFiles::new(&ATHENA_NEEDED);
        files.take(&ResultRow { cells: cells.map(|cell| Some(cell.to_owned())).into(), day: None, path: None });
        let one = decoder.bytes(&"x".into(), &files.finish().unwrap().csv);
        assert_eq!((one.ended, one.records.total, one.records.kept), (FileEnd::Read, 1, 1));
    }
}
