use proptest::prelude::*;

use crate::report::cell::{Cell, Shape};
use crate::report::schema::Heading;
use crate::report::visible::is_hidden;
use crate::report::{Format, WriterOptions, headings, row, sample};

fn runs_table(width: Option<u16>, color: bool) -> String {
    let (schema, runs) = (row::runs::schema(), sample::runs());
    let columns = schema.table_columns(&runs);
    let mut options = WriterOptions::new(headings(&columns), None);
    (options.width, options.color) = (width, color);
    let (text, note) = sample::report(Format::Table, &options, |writer| {
        for run in &runs {
            let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(run)).collect();
            writer.write(&cells).unwrap();
        }
    });
    text + &note.unwrap_or_default()
}

#[test]
fn natural_width_wraps_nothing() {
    insta::assert_snapshot!(runs_table(None, false));
}

#[test]
fn narrow_tables_wrap_and_then_leave_columns_out() {
    insta::assert_snapshot!(runs_table(Some(140), false));
    insta::assert_snapshot!(runs_table(Some(80), false));
}

#[test]
fn only_the_header_is_bold_and_only_what_matters_has_a_colour() {
    let plain = runs_table(None, false);
    let bold = runs_table(None, true);
    assert_eq!(bold.matches("\u{1b}[38;5;9m1\u{1b}[39m").count(), 1, "{bold:?}");
    let bold = bold.replace("\u{1b}[38;5;9m", "").replace("\u{1b}[39m", "");
    assert_eq!(bold.lines().skip(1).collect::<Vec<_>>(), plain.lines().skip(1).collect::<Vec<_>>());
    assert!(bold.starts_with("\u{1b}[1mfirst_seen\u{1b}[0m"), "{bold:?}");
}

#[test]
fn header_can_be_left_out() {
    let mut options = WriterOptions::new(vec![sample::heading("a")], None);
    assert_eq!(sample::text_report(Format::Table, &options, &[]), "a\n─\n");
    options.no_header = true;
    assert_eq!(sample::text_report(Format::Table, &options, &[&["x"]]), "x\n");
    assert_eq!(sample::text_report(Format::Table, &options, &[]), "");
}

#[test]
fn a_long_report_repeats_its_header_and_loses_no_row() {
    let options = WriterOptions::new(vec![sample::heading("a")], None);
    let rows: Vec<&[&str]> = vec![&["x"]; super::BLOCK + 1];
    let text = sample::text_report(Format::Table, &options, &rows);
    assert_eq!(text.matches("x\n").count(), rows.len());
    assert!(text.ends_with("x\n\na\n─\nx\n"));
}

#[test]
fn one_long_text_does_not_pad_a_table() {
    let long = "x".repeat(5_000);
    let options = WriterOptions::new(vec![sample::heading("a"), sample::heading("b")], None);
    let (text, note) = sample::report(Format::Table, &options, |writer| {
        for one in ["y", &long, "z"] {
            writer.write(&[Cell::text(Some(one)), Cell::text(Some("end"))]).unwrap();
        }
    });
    assert!(text.lines().all(|line| line.chars().count() < 600), "{text}");
    assert!(text.contains("xxx…  end"), "{text}");
    assert_eq!(note.as_deref(), Some("what ends in … is longer"));
    let (text, note) = sample::report(Format::Table, &options, |writer| {
        let list = Cell::List(vec![std::borrow::Cow::from("é".repeat(250)); 40].into());
        writer.write(&[list, Cell::text(Some("end"))]).unwrap();
    });
    assert!(note.is_some() && text.lines().all(|line| line.chars().count() < 1_100), "{text}");
}

#[test]
fn a_row_shows_the_first_resources_and_says_that_there_are_more() {
    for (name, count, more) in [("resources", 20, false), ("resources", 25, true), ("account_ids", 25, false)] {
        let options = WriterOptions::new(vec![Heading { name, shape: Shape::List }], None);
        let arns: Vec<_> = (0..count).map(|at| std::borrow::Cow::from(format!("arn:{at:02}"))).collect();
        let (text, note) = sample::report(Format::Table, &options, |writer| {
            writer.write(&[Cell::List(arns.clone().into())]).unwrap();
        });
        assert_eq!(text.contains("arn:19;5 more…\n"), more, "{text}");
        assert_eq!(note.is_some(), more, "{name} {count}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn fits_and_hides_nothing_that_acts(
        texts in prop::collection::vec("[ -~]{0,60}|\\PC{0,30}|[\u{0}-\u{ff}\u{2000}-\u{2070}]{0,20}", 3),
        width in 12_u16..200,
    ) {
        let shapes = [Shape::Text, Shape::List, Shape::Text];
        let names = ["workspace", "phases", "user_agent"];
        let headings = names.iter().zip(shapes).map(|(name, shape)| Heading { name, shape }).collect();
        let mut options = WriterOptions::new(headings, None);
        options.width = Some(width);
        let (text, _) = sample::report(Format::Table, &options, |writer| {
            let list = texts[1].split(' ').map(std::borrow::Cow::Borrowed).collect();
            writer.write(&[Cell::text(Some(&texts[0])), Cell::List(list), Cell::text(Some(&texts[2]))]).unwrap();
        });
        for line in text.lines() {
            prop_assert!(!line.chars().any(is_hidden));
            if line.is_ascii() {
                prop_assert!(line.len() <= usize::from(width), "{}", text);
            }
        }
    }
}
