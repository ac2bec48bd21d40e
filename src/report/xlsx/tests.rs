//! Workbooks, read back from their archives.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::value::LONGEST;
use crate::decode::ours::is_ours;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::Heading;
use crate::report::{Format, WriterOptions, headings, row, sample, write_rows};

/// The files of an archive, by name, as its central directory tells them.
fn files(bytes: &[u8]) -> Vec<(String, String)> {
    let number = |at: usize, length: usize| {
        bytes[at..at + length].iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut found = Vec::new();
    for _ in 0..count {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (size, local) = (number(at + 20, 4), number(at + 42, 4));
        // No time of today, and nothing else of this machine.
        assert_eq!(number(at + 12, 4), 0x0021_0000, "1980-01-01");
        let name = String::from_utf8(bytes[at + 46..at + 46 + number(at + 28, 2)].to_vec()).unwrap();
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let mut text = String::new();
        DeflateDecoder::new(&bytes[start..start + size]).read_to_string(&mut text).unwrap();
        found.push((name, text));
        at += 46 + number(at + 28, 2) + number(at + 30, 2) + number(at + 32, 2);
    }
    found
}

fn file(bytes: &[u8], name: &str) -> String {
    files(bytes).into_iter().find(|(known, _)| known == name).map(|(_, text)| text).unwrap()
}

fn written(options: &WriterOptions<'_>, rows: &[Vec<Cell<'_>>]) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let mut writer = Format::Xlsx.open(Box::new(&mut out), options).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    let note = writer.finish().unwrap();
    (out, note)
}

#[test]
fn ids_are_text_and_nothing_is_a_formula() {
    let heading = |name, shape| Heading { name, shape };
    let headings = vec![heading("account_id", Shape::Text), heading("n", Shape::Count), heading("ids", Shape::List)];
    let row =
        |id: &'static str| vec![Cell::text(Some(id)), Cell::Count(7), Cell::List(vec!["a".into(), "b".into()].into())];
    let rows: Vec<Vec<Cell<'_>>> =
        ["012345678901", "=1+1", "{=1}", "http://x.example", "@x", "<&\u{1b}\t_x0041_"].map(row).to_vec();
    let (bytes, note) = written(&WriterOptions::new(headings, None), &rows);
    assert_eq!((note, written(&WriterOptions::new(vec![], None), &[]).1), (None, None));
    let sheet = file(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>") && !sheet.contains("hyperlink"), "{sheet}");
    assert!(sheet.contains("<pane ySplit=\"1\"") && sheet.contains("<autoFilter ref=\"A1:C7\"/>"), "{sheet}");
    assert_eq!(sheet.matches("t=\"s\"").count(), 3 + 2 * 6);
    let strings = file(&bytes, "xl/sharedStrings.xml");
    for text in
        ["<t>012345678901</t>", "<t>=1+1</t>", "<t>{=1}</t>", "<t>a;b</t>", "<t>&lt;&amp;_x001B_\t_x005F_x0041_</t>"]
    {
        assert!(strings.contains(text), "{text}: {strings}");
    }
}

#[test]
fn rows_and_coverage_have_a_sheet_each_and_always_the_same_bytes() {
    let (events, coverage) = (sample::events(), sample::coverage());
    let schema = row::events::schema();
    let written = || {
        let mut out = Vec::new();
        let options = WriterOptions::new(headings(schema.columns()), Some(&coverage));
        let writer = Format::Xlsx.open(Box::new(&mut out), &options).unwrap();
        write_rows(schema.columns(), &events, writer).unwrap();
        out
    };
    let bytes = written();
    assert_eq!(bytes, written());
    assert!(is_ours(&bytes[..4096.min(bytes.len())], &bytes[bytes.len() - 100..]));
    let book = file(&bytes, "xl/workbook.xml");
    assert!(book.contains("name=\"rows\"") && book.contains("name=\"coverage\""), "{book}");
    let strings = file(&bytes, "xl/sharedStrings.xml");
    assert!(
        strings.contains("files.total") && strings.contains("file: a_b.json.gz; reason: gzip stream ends early"),
        "{strings}"
    );
    assert!(file(&bytes, "docProps/core.xml").contains("2000-01-01T00:00:00Z"));
    // 2026-11-02T10:00:00Z
    assert!(file(&bytes, "xl/worksheets/sheet1.xml").contains("<v>46328.416666"));
}

#[test]
fn a_text_that_is_too_long_is_cut_and_that_is_said() {
    let long = "x".repeat(LONGEST + 1);
    let options = WriterOptions::new(vec![sample::heading("policy")], None);
    let (bytes, note) = written(&options, &[vec![Cell::text(Some(&long))], vec![Cell::text(Some(&long[1..]))]]);
    let note = note.unwrap();
    assert_eq!(note, "1 text longer than a cell of Excel can be ends in (cut: …); -o csv has them whole");
    let strings = file(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains("… (cut: 32768 characters in all)</t>") && strings.contains(&note));
    assert!(strings.contains(&format!("<t>{}</t>", &long[1..])));
}

#[test]
fn more_rows_than_a_sheet_has_are_refused() {
    let mut book = super::book::Book::new();
    let mut sheet = book.sheet("rows", &[sample::heading("a")]).unwrap();
    for _ in 1..1_048_576 {
        sheet.write(&[Cell::text(None)]).unwrap();
    }
    let error = sheet.write(&[Cell::text(None)]).unwrap_err().to_string();
    assert!(error.starts_with("a sheet of Excel has no room for more than 1048575 rows; narrow"), "{error}");
}
