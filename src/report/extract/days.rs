//! The events and calls of an extract laid out by day, for engines that ask about days: a folder for each day, and in it files of
//! typed columns. Tallies have no day, and are not there.
//!
//! A file has rows of one day in the order of time. Rows are held until there are many of them; a day that has more gets one more file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use serde::Deserialize;

use super::columns::{headings, write_line};
use super::event_headings;
use crate::domain::timestamp::{Day, Timestamp};
use crate::report::cell::Shape;
use crate::report::schema::Heading;
use crate::report::{Format, WriterOptions};

/// So many bytes of rows are held, about.
const HELD_BYTES: usize = 64 << 20;

/// What a row takes beside its text, about.
const ROW_BYTES: usize = 200;

/// What a row says of how it was written, and of what is the same in all of its file.
const LEFT_OUT: [&str; 3] = ["row", "schema_version", "filled"];

/// The columns of calls, in the order of their lines.
const CALLS: [&str; 33] = [
    "time",
    "event_id",
    "account_id",
    "region",
    "service",
    "event_name",
    "read_only",
    "outcome",
    "error_code",
    "source_ip",
    "user_agent",
    "access_key_id",
    "resources",
    "log_file",
    "record_sha256",
    "offset",
    "etag",
    "attempt",
    "shared_event_id",
    "identity_type",
    "identity_account_id",
    "principal_id",
    "session_created",
    "session_issuer_arn",
    "web_identity_issuer",
    "invoked_by",
    "issued_access_key_id",
    "issued_principal_id",
    "issued_role_arn",
    "issued_end",
    "created_key",
    "parameters",
    "error_message",
];

/// A kind of rows.
struct RowKind {
    /// How its lines begin.
    start: &'static [u8],
    folder: &'static str,
    headings: Vec<Heading>,
}

impl RowKind {
    fn all() -> [Self; 2] {
        let known = headings();
        let heading = |name: &str| known.iter().find(|heading| heading.name == name).copied();
        let of_events = event_headings().into_iter().filter(|heading| !LEFT_OUT.contains(&heading.name));
        let events = of_events.filter_map(|it| heading(it.name)).collect();
        // In a table of their own, their resources are a list as elsewhere.
        let listed = |heading: Heading| {
            if heading.name == "resources" { Heading { shape: Shape::List, ..heading } } else { heading }
        };
        let calls = CALLS.iter().filter_map(|name| heading(name)).map(listed).collect();
        [
            Self { start: b"{\"row\":\"event\",", folder: "events", headings: events },
            Self { start: b"{\"row\":\"call\",", folder: "calls", headings: calls },
        ]
    }
}

/// What the order of rows goes by, and in what order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RowOrder {
    time: Timestamp,
    event_id: Option<Box<str>>,
    log_file: Box<str>,
    offset: u64,
}

impl RowOrder {
    fn of(line: &[u8]) -> io::Result<Self> {
        #[derive(Deserialize)]
        struct Row<'l> {
            #[serde(borrow)]
            time: Cow<'l, str>,
            event_id: Option<Box<str>>,
            log_file: Box<str>,
            offset: u64,
        }
        let Row { time, event_id, log_file, offset } = serde_json::from_slice(line)?;
        let no_time = || io::Error::new(io::ErrorKind::InvalidData, format!("a row has the time '{time}'"));
        let time = Timestamp::parse_rfc3339(&time).ok_or_else(no_time)?;
        Ok(Self { time, event_id, log_file, offset })
    }
}

/// Rows of one day.
#[derive(Default)]
struct HeldDay {
    rows: Vec<(RowOrder, Box<[u8]>)>,
    bytes: usize,
}

/// Lays rows out by their days.
pub struct ExtractDays<C> {
    kinds: [RowKind; 2],
    create: C,
    held: BTreeMap<(usize, Day), HeldDay>,
    bytes: usize,
    most: usize,
    /// How many files a day has already.
    files: BTreeMap<(usize, Day), u32>,
    rows: u64,
}

impl<C: FnMut(&str) -> io::Result<File>> ExtractDays<C> {
    /// No row yet. `create` makes the file of a new path, like `events/day=2026-11-02/00000.parquet`, with its folders.
    pub fn new(create: C) -> Self {
        let (held, files) = Default::default();
        Self { kinds: RowKind::all(), create, held, bytes: 0, most: HELD_BYTES, files, rows: 0 }
    }

    /// Adds the events and calls of whole lines.
    ///
    /// # Errors
    ///
    /// Those of files.
    pub fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        for line in lines.split(|byte| *byte == b'\n') {
            let Some(kind) = self.kinds.iter().position(|kind| line.starts_with(kind.start)) else { continue };
            let order = RowOrder::of(line)?;
            let bytes = line.len() + ROW_BYTES;
            let day = self.held.entry((kind, order.time.day())).or_default();
            day.rows.push((order, line.into()));
            day.bytes += bytes;
            self.bytes += bytes;
            self.rows += 1;
        }
        while self.bytes > self.most {
            let largest = self.held.iter().max_by_key(|(_, day)| day.bytes).map(|(at, _)| *at);
            let Some(at) = largest else { break };
            self.write(at)?;
        }
        Ok(())
    }

    /// All rows are there: how many they are.
    ///
    /// # Errors
    ///
    /// Those of files.
    pub fn finish(&mut self) -> io::Result<u64> {
        while let Some(at) = self.held.keys().next().copied() {
            self.write(at)?;
        }
        Ok(self.rows)
    }

    /// Writes what is held of a day.
    fn write(&mut self, at: (usize, Day)) -> io::Result<()> {
        let HeldDay { mut rows, bytes } = self.held.remove(&at).unwrap_or_default();
        self.bytes -= bytes;
        rows.sort_unstable();
        let number = self.files.entry(at).or_default();
        let kind = &self.kinds[at.0];
        let file = (self.create)(&format!("{}/day={}/{number:05}.parquet", kind.folder, at.1))?;
        *number += 1;
        let options = WriterOptions::new(kind.headings.clone(), None);
        let mut writer = Format::Parquet.open(Box::new(&file), &options)?;
        for (_, line) in &rows {
            write_line(line, &kind.headings, &mut *writer)?;
        }
        writer.finish()?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::{Field, Row};

    use super::*;
    use crate::report::sample;

    /// The lines of a log file with an event and a call.
    fn lines() -> Vec<u8> {
        let log = r#"{"Records":[
            {"eventVersion":"1.11","userIdentity":{"type":"WebIdentityUser","identityProvider":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io","userName":"organization:o:project:p:workspace:w:run_phase:plan"},"eventTime":"2026-11-02T05:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","eventID":"e","requestParameters":{"durationSeconds":900}},
            {"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA1:terraform-run-run-a"},"eventTime":"2026-11-03T05:00:00Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","readOnly":false,"resources":[{"ARN":"arn:aws:s3:::a"},{"ARN":"arn:aws:s3:::b"}],"eventID":"c"}]}"#;
        sample::extract_lines(log)
    }

    /// Lays lines out that come in pieces, of which so many bytes are held; the names of the files.
    fn laid_out(pieces: &[Vec<u8>], most: usize) -> (tempfile::TempDir, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        let mut days = ExtractDays::new(|name: &str| {
            names.push(name.to_owned());
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap())?;
            File::create_new(path)
        });
        days.most = most;
        for piece in pieces {
            days.put(piece).unwrap();
        }
        let count: usize = pieces
            .iter()
            .map(|piece| piece.split(|byte| *byte == b'\n').filter(|line| is_laid_out(line)).count())
            .sum();
        assert_eq!(days.finish().unwrap(), count as u64);
        drop(days);
        (folder, names)
    }

    fn is_laid_out(line: &[u8]) -> bool {
        !line.is_empty() && !line.starts_with(b"{\"row\":\"tally\"")
    }

    fn rows(folder: &tempfile::TempDir, name: &str) -> Vec<Row> {
        let file = SerializedFileReader::new(File::open(folder.path().join(name)).unwrap()).unwrap();
        file.get_row_iter(None).unwrap().map(Result::unwrap).collect()
    }

    fn texts(rows: &[Row], column: &str) -> String {
        let field = |row: &Row| row.get_column_iter().find(|(name, _)| *name == column).unwrap().1.to_string();
        rows.iter().map(field).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_kind_has_the_columns_of_its_lines() {
        let lines = lines();
        let (folder, names) = laid_out(std::slice::from_ref(&lines), HELD_BYTES);
        assert_eq!(names, ["events/day=2026-11-02/00000.parquet", "calls/day=2026-11-03/00000.parquet"]);
        for (name, line) in names.iter().zip(lines.split(|byte| *byte == b'\n')) {
            let line: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).unwrap();
            let [row] = &rows(&folder, name)[..] else { panic!("{name}") };
            let mut columns: Vec<&String> = row.get_column_iter().map(|(name, _)| name).collect();
            for (column, value) in row.get_column_iter() {
                let is_absent = match value {
                    Field::ListInternal(list) => list.elements().is_empty(),
                    value => matches!(value, Field::Null),
                };
                let is_null = line[column].is_null() || line[column].as_array().is_some_and(Vec::is_empty);
                assert_eq!(is_absent, is_null, "{column}");
            }
            columns.sort();
            assert_eq!(columns, line.keys().filter(|key| !LEFT_OUT.contains(&key.as_str())).collect::<Vec<_>>());
        }
        assert_eq!(texts(&rows(&folder, &names[0]), "duration_seconds"), "900");
        assert_eq!(texts(&rows(&folder, &names[1]), "resources"), r#"["arn:aws:s3:::a", "arn:aws:s3:::b"]"#);
        assert_eq!(texts(&rows(&folder, &names[1]), "read_only"), "false");
    }

    #[test]
    fn a_file_is_in_the_order_of_time_and_a_large_day_has_several() {
        let line = |day: &str, id: &str| {
            format!(
                "{{\"row\":\"event\",\"time\":\"2026-11-{day}T05:00:00Z\",\"event_id\":\"{id}\",\"log_file\":\"a\",\"offset\":1}}\n"
            )
        };
        let check = |pieces: &[String], most: usize, expected: &[(&str, &str)]| {
            let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
            let (folder, names) = laid_out(&pieces, most);
            let found: Vec<(String, String)> = names
                .iter()
                .map(|name| (name.clone(), texts(&rows(&folder, name), "event_id").replace('"', "")))
                .collect();
            let found: Vec<(&str, &str)> = found.iter().map(|(name, ids)| (&**name, &**ids)).collect();
            assert_eq!(found, expected);
        };
        let [first, second] = ["events/day=2026-11-02/00000.parquet", "events/day=2026-11-02/00001.parquet"];
        let tally = "{\"row\":\"tally\",\"log_file\":\"a\"}\n";
        let piece = [line("02", "b"), line("03", "c"), line("02", "a"), tally.to_owned()].concat();
        check(&[piece], HELD_BYTES, &[(first, "a b"), ("events/day=2026-11-03/00000.parquet", "c")]);
        let pieces = ["d", "c", "b", "a"].map(|id| line("02", id));
        check(&pieces, 700, &[(first, "b c d"), (second, "a")]);
    }
}
