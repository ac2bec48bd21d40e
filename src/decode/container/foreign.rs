//! Names what is no JSON by what it is, and says what to do (DESIGN §11).

use std::fmt;

/// Something that is no JSON, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    what: &'static str,
    advice: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.advice)
    }
}

/// What begins with these bytes.
const BEGINNINGS: [(&[u8], &str, &str); 21] = [
    (b"PAR1", "Parquet in a packing, in a pipe, or without this reader", "write it into a file of its own"),
    (b"ORC", "ORC", "events are read from JSON"),
    (b"Obj\x01", "Avro", "events are read from JSON"),
    (b"\x1f\x8b", "gzip inside two packings", UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstd inside two packings", UNPACK),
    (b"BZh", "bzip2 inside two packings", UNPACK),
    (b"\xfd7zXZ\0", "xz inside two packings", UNPACK),
    (b"\x5d\0\0", "LZMA, the old form of xz", UNPACK),
    (b"PK\x03\x04", "a zip archive inside a packing", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x04\x22\x4d\x18", "LZ4", UNPACK),
    (b"\xff\x06\0\0sNaPpY", "Snappy", UNPACK),
    (b"SQLite format 3\0", "an SQLite database", "a store is read with store:PATH"),
    (b"%PDF-", "PDF", "download JSON"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old office program", "download JSON"),
    (b"\x7fELF", "a program", "name log files"),
    (b"<?xml", "XML", "perhaps an error message of S3 in the place of the object"),
    (b"<!", "HTML", "perhaps a sign-in page in the place of the file"),
    (b"<html", "HTML", "perhaps a sign-in page in the place of the file"),
    (b"version account-id interface-id", "VPC flow logs", "CloudTrail's log files lie in a folder CloudTrail"),
];

const UNPACK: &str = "unpack it first";

const CSV_ADVICE: &str = "a table is read that has a column eventjson, @message or _raw, or useridentity, eventname, \
                          eventtime, eventid, errorcode, requestparameters, awsregion and sourceipaddress";

/// Whether a text that begins with a quote is the heading of a table.
pub(in crate::decode) fn is_quoted_heading(text: &[u8]) -> bool {
    let line = text.get(..text.len().min(2_000)).unwrap_or_default().split(|byte| *byte == b'\n').next();
    let holds = |line: &[u8], between: &str| memchr::memmem::find(line, between.as_bytes()).is_some();
    line.is_some_and(|line| ["\",\"", "\";\"", "\"\t\""].iter().any(|between| holds(line, between)))
}

/// What a zip archive is whose first member has this name, if it is none of log files.
pub(in crate::decode) fn of_first_member(name: &str) -> Option<Foreign> {
    let (what, advice) = match name {
        "[Content_Types].xml" | "_rels/.rels" => ("a workbook or another document (xlsx, docx)", "export JSON or CSV"),
        "mimetype" => ("a document (ods, odt)", "export JSON or CSV"),
        "META-INF/MANIFEST.MF" | "META-INF/" => ("a Java archive", "name log files"),
        _ => return None,
    };
    Some(Foreign { what, advice })
}

/// Columns that are not those of Security Lake.
#[cfg(feature = "parquet")]
pub(in crate::decode) const OTHER_COLUMNS: Foreign =
    Foreign { what: "Parquet of another schema", advice: "that of Security Lake is read; UNLOAD other tables as JSON" };

/// An archive in an archive.
pub(in crate::decode) const ARCHIVE_INSIDE: Foreign = Foreign { what: "an archive inside an archive", advice: UNPACK };

const CONSOLE: Foreign = Foreign {
    what: "a CSV of the console's event history, which lacks the role and the session",
    advice: "download JSON there",
};

/// What the text is that begins here, where it is known.
#[must_use]
pub fn name(text: &[u8]) -> Option<Foreign> {
    let known = BEGINNINGS.iter().find(|(beginning, ..)| {
        let head = text.get(..beginning.len()).unwrap_or_default();
        if beginning.first() == Some(&b'<') { head.eq_ignore_ascii_case(beginning) } else { head == *beginning }
    });
    if let Some((_, what, advice)) = known {
        return Some(Foreign { what, advice });
    }
    if text.get(257..262) == Some(b"ustar") {
        return Some(Foreign { what: "a tar archive", advice: UNPACK });
    }
    if is_utf16(text) {
        return Some(UTF16);
    }
    let line = text.get(..text.len().min(2_000)).unwrap_or_default().split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    [',', ';', '\t'].into_iter().find_map(|separator| csv(line, separator))
}

/// UTF-16 that no mark tells.
pub(super) const UTF16: Foreign = Foreign { what: "UTF-16 without a byte order mark", advice: "save it as UTF-8" };

/// Whether a text begins as one of UTF-16 without a mark.
pub(super) fn is_utf16(text: &[u8]) -> bool {
    match text {
        [first, 0, ..] | [0, first, ..] if matches!(first, b'{' | b'[' | b'"') => true,
        [one, 0, other, 0, ..] | [0, one, 0, other, ..] => one.is_ascii_graphic() && other.is_ascii_graphic(),
        _ => false,
    }
}

fn csv(line: &str, separator: char) -> Option<Foreign> {
    let cells: Vec<&str> = line.split(separator).map(|cell| cell.trim().trim_matches('"')).collect();
    let has = |name: &str| cells.iter().any(|cell| cell.eq_ignore_ascii_case(name));
    if has("User name") && has("Event time") && has("Event source") && !line.contains("{\"") {
        return Some(CONSOLE);
    }
    // The heading of a table: words without the signs of JSON or prose.
    let word = |cell: &&str| {
        (1..60).contains(&cell.len())
            && cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.@ -".contains(&byte))
            && cell.split(' ').count() < 4
    };
    (cells.len() > 3 && cells.iter().all(word)).then_some(Foreign { what: "CSV", advice: CSV_ADVICE })
}

/// Whether the whole text is that of an object that only tests the way.
pub(in crate::decode) fn is_test(text: &[u8]) -> bool {
    text.len() < 100 && super::opened::is_test(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_named_by_what_it_is() {
        let check = |text: &[u8], expected: Option<&str>| {
            assert_eq!(name(text).map(|foreign| foreign.what), expected, "{}", String::from_utf8_lossy(text));
        };
        check(b"PAR1\x15\x04", Some("Parquet in a packing, in a pipe, or without this reader"));
        check(b"<!doctype html><p>", Some("HTML"));
        check(b"<HTML>", Some("HTML"));
        check(b"\x28\xb5\x2f\xfd\x04", Some("zstd inside two packings"));
        check(b"\0{\0\"", Some(UTF16.what));
        check(b"[\0{\0", Some(UTF16.what));
        check(b"e\0v\0e\0", Some(UTF16.what));
        check(b"e\0\0v", None);
        check(b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0", Some("LZMA, the old form of xz"));
        check(b"eventtime;eventname;awsregion;eventid\r\n", Some("CSV"));
        check(b"\"User name\"\t\"Event time\"\t\"Event source\"\n", Some(CONSOLE.what));
        let console = "User name,AWS access key,Event time,Event source,Event name\nx,,,,\n";
        check(console.as_bytes(), Some(CONSOLE.what));
        check(b"\"Event time\",\"User name\",\"Event source\"\r\n", Some(CONSOLE.what));
        check(b"eventversion,useridentity,eventtime,eventsource\n", Some("CSV"));
        check(b"a tale of terraform, aws, roles, and people who assume them now and then\n", None);
        check(b"{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", None);
        let mut tar = vec![b'x'; 257];
        tar.extend_from_slice(b"ustar\0");
        check(&tar, Some("a tar archive"));
        check(b"", None);
    }
}
