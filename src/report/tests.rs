//! Every format on the same rows.

use proptest::prelude::*;
use serde_json::Value;

use super::cell::{Cell, Shape};
use super::schema::{Heading, Schema};
use super::zone::Zone;
use super::{Format, WriterOptions, headings, row, sample};

/// A report of these rows, harmless for whoever opens the snapshot.
fn whole<T>(format: Format, schema: &Schema<T>, names: Option<&str>, rows: &[T], zone: Zone) -> String {
    let columns = match names {
        Some(names) => schema.select(names).unwrap(),
        None => schema.columns().to_vec(),
    };
    let coverage = sample::coverage();
    let mut options = WriterOptions::new(headings(&columns), Some(&coverage));
    options.time_zone = zone;
    sample::report(format, &options, |writer| {
        for row in rows {
            let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row)).collect();
            writer.write(&cells).unwrap();
        }
    })
    .0
    .split('\n')
    .map(super::visible::visible)
    .collect::<Vec<_>>()
    .join("\n")
}

fn names<T>(schema: &Schema<T>) -> String {
    headings(schema.columns()).iter().map(|heading| heading.name).collect::<Vec<_>>().join(" ")
}

#[test]
fn formats_are_found_by_their_names() {
    for (at, format) in Format::of_findings().enumerate() {
        assert_eq!(format as usize, at);
        assert_eq!(Format::of_name(format.name()), Some(format));
    }
    assert_eq!(Format::of_name("CSV"), None);
}

#[test]
fn columns_are_those_of_the_contract() {
    assert_eq!(
        names(&row::events::schema()),
        "time event_id account_id region source_ip kind organization project workspace stack deployment module phase \
         run_id role_arn role_session_name issuer audience outcome error_code access_key_id terraform_version \
         provider_version user_agent subject log_file"
    );
    assert_eq!(
        names(&row::runs::schema()),
        "run_id kind issuer organization project workspace stack deployment phases first_seen last_seen account_ids \
         regions source_ips role_arns assumptions denied terraform_versions provider_versions run_url grouping"
    );
    assert_eq!(names(&row::coverage::schema()), "account_id region date files records kept gap gap_kind");
    assert_eq!(
        names(&row::decode::schema()),
        "subject kind organization project workspace stack deployment module phase"
    );
    assert_eq!(
        names(&row::summary::By::parse(row::summary::DEFAULT_BY).unwrap().schema()),
        "organization project workspace runs assumptions denied first_seen last_seen"
    );
}

#[test]
fn csv_of_events_and_runs() {
    insta::assert_snapshot!(whole(Format::Csv, &row::events::schema(), None, &sample::events(), Zone::UTC));
    insta::assert_snapshot!(whole(Format::Csv, &row::runs::schema(), None, &sample::runs(), Zone::UTC));
}

#[test]
fn json_of_runs_and_coverage() {
    let runs = whole(Format::Json, &row::runs::schema(), None, &sample::runs(), Zone::UTC);
    insta::assert_snapshot!(runs);
}

#[test]
fn json_without_rows_and_coverage() {
    let options = WriterOptions::new(headings(row::decode::schema().columns()), None);
    insta::assert_snapshot!(sample::text_report(Format::Json, &options, &[]));
}

#[test]
fn ndjson_of_events() {
    let (schema, zone) = (row::events::schema(), "Europe/Berlin".parse().unwrap());
    let shown = Some("time,account_id,organization,workspace,outcome,error_code,subject,log_file");
    insta::assert_snapshot!(whole(Format::Ndjson, &schema, shown, &sample::events(), zone));
}

#[test]
fn markdown_of_runs_in_a_time_zone() {
    let (schema, zone) = (row::runs::schema(), "Europe/Berlin".parse().unwrap());
    let shown = Some("first_seen,workspace,source_ips,assumptions");
    insta::assert_snapshot!(whole(Format::Markdown, &schema, shown, &sample::runs(), zone));
}

#[test]
fn table_of_events() {
    let (schema, events) = (row::events::schema(), sample::events());
    let columns = schema.table_columns(&events);
    let shown = headings(&columns).iter().map(|heading| heading.name).collect::<Vec<_>>().join(",");
    insta::assert_snapshot!(whole(Format::Table, &schema, Some(&shown), &events, Zone::UTC));
}

#[test]
fn a_terminal_never_sees_what_a_log_put_there() {
    for format in Format::all() {
        let mut options = WriterOptions::new(vec![sample::heading("a")], None);
        options.terminal = true;
        let text = sample::text_report(format, &options, &[&[sample::HOSTILE]]);
        assert!(!text.contains(|character| character != '\n' && super::visible::is_hidden(character)), "{text:?}");
        assert!(text.contains("u001b"), "{text:?}");
    }
}

proptest! {
    #[test]
    fn json_reads_back_what_was_written(
        rows in prop::collection::vec((any::<String>(), prop::collection::vec(any::<String>(), 0..3), any::<u64>(), any::<bool>()), 0..4),
        terminal: bool,
    ) {
        let shapes = [("text", Shape::Text), ("list", Shape::List), ("count", Shape::Count), ("flag", Shape::Flag)];
        let headings: Vec<Heading> = shapes.into_iter().map(|(name, shape)| Heading { name, shape }).collect();
        let expected: Vec<Value> = rows
            .iter()
            .map(|(text, list, count, flag)| {
                let text = if text.is_empty() { Value::Null } else { text.as_str().into() };
                serde_json::json!({"text": text, "list": list, "count": count, "flag": flag})
            })
            .collect();
        let write = |format: Format| {
            let mut options = WriterOptions::new(headings.clone(), None);
            options.terminal = terminal;
            sample::report(format, &options, |writer| {
                for (text, list, count, flag) in &rows {
                    let list = Cell::List(list.iter().map(|text| text.as_str().into()).collect());
                    writer.write(&[Cell::text(Some(text)), list, Cell::Count(*count), Cell::Flag(Some(*flag))]).unwrap();
                }
            })
            .0
        };
        let json: Value = serde_json::from_str(&write(Format::Json)).unwrap();
        prop_assert_eq!(json, serde_json::json!({"schema_version": 1, "rows": &expected, "coverage": null}));
        let lines = write(Format::Ndjson);
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(lines, expected);
    }
}

#[cfg(feature = "store")]
#[test]
fn every_column_is_known_as_ours() {
    fn names<T>(schema: &Schema<T>) -> Vec<&'static str> {
        schema.columns().iter().map(|column| column.heading().name).collect()
    }
    let rows = [
        names(&row::activity::schema()),
        names(&row::calls::schema()),
        names(&row::coverage::schema()),
        names(&row::decode::schema()),
        names(&row::events::schema()),
        names(&row::findings::schema()),
        names(&row::keys::schema()),
        names(&row::policy::schema()),
        names(&row::rules::schema()),
        names(&row::runs::schema()),
        names(&row::store::schema()),
        names(&row::sync::schema()),
        names(&row::trust::schema()),
        names(&row::trust::remarks_schema()),
        names(&row::work::schema()),
    ];
    // Those of `summary` are those of events, and what it counts.
    let mut all = rows.concat();
    all.extend(["day", "hour", "runs"]);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.join(" "), crate::decode::ours::COLUMNS);
}
