//! The statements for each layout of a table, as Athena gets them.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::collections::BTreeSet;

use tfctrail::domain::timestamp::Day;
use tfctrail::source::athena::days::DayRange;
use tfctrail::source::athena::layout::TableLayout;
use tfctrail::source::athena::shape::{TableColumn, TableShape};
use tfctrail::source::athena::sql::TableQuestion;
use tfctrail::source::athena::table::AthenaTable;

/// The columns that every documented table has, of those that are read.
const COLUMNS: &str = "eventversion:string useridentity:struct<type:string> eventtime:string eventsource:string \
                       eventname:string awsregion:string sourceipaddress:string useragent:string errorcode:string \
                       errormessage:string requestparameters:string responseelements:string additionaleventdata:string \
                       requestid:string eventid:string resources:array<struct<arn:string>> recipientaccountid:string \
                       sharedeventid:string addendum:struct<reason:string>";

const PROJECTED: &[(&str, &str)] = &[
    ("projection.enabled", "true"),
    ("projection.timestamp.type", "date"),
    ("projection.timestamp.format", "yyyy/MM/dd"),
    ("projection.account.type", "injected"),
];

struct Case {
    name: &'static str,
    table: &'static str,
    partitions: &'static str,
    properties: &'static [(&'static str, &'static str)],
    days: &'static [(&'static str, &'static str)],
    accounts: &'static [&'static str],
}

const WEEK: &[(&str, &str)] = &[("2026-10-28", "2026-11-05")];

const CASES: [Case; 8] = [
    Case {
        name: "projection",
        table: "default.cloudtrail_logs_pp",
        partitions: "timestamp:string",
        properties: PROJECTED,
        days: WEEK,
        accounts: &[],
    },
    Case {
        name: "projection_of_an_organization",
        table: "default.org?only.region=eu-west-1,us-east-1",
        partitions: "account:string region:string timestamp:string",
        properties: PROJECTED,
        days: WEEK,
        accounts: &["111122223333", "444455556666"],
    },
    Case {
        name: "manual",
        table: "default.cloudtrail_logs",
        partitions: "region:string year:string month:string day:string",
        properties: &[],
        days: WEEK,
        accounts: &["111122223333"],
    },
    Case {
        name: "numbers",
        table: "default.cloudtrail_logs",
        partitions: "account:string year:int month:int day:int",
        properties: &[],
        days: &[("2025-01-01", "2026-11-05")],
        accounts: &["111122223333"],
    },
    Case {
        name: "date",
        table: "lake.trail",
        partitions: "event_date:date",
        properties: &[],
        days: &[("2026-11-01", "2026-11-05"), ("2026-11-09", "2026-11-09")],
        accounts: &[],
    },
    Case {
        name: "said",
        table: "lake.trail?day=dt&format=yyyyMMdd",
        partitions: "dt:string",
        properties: &[],
        days: WEEK,
        accounts: &[],
    },
    Case {
        name: "without_partitions",
        table: "default.cloudtrail_logs",
        partitions: "",
        properties: &[],
        days: WEEK,
        accounts: &[],
    },
    Case {
        name: "names_with_quotes",
        table: "d\"b.t' OR '1'='1?only.re\"gion=a' OR 'b",
        partitions: "re\"gion:string region:string",
        properties: &[],
        days: WEEK,
        accounts: &[],
    },
];

fn columns(texts: &str) -> Vec<TableColumn> {
    let column = |text: &str| {
        let (name, kind) = text.split_once(':').unwrap();
        TableColumn::new(name, kind)
    };
    texts.split_whitespace().map(column).collect()
}

fn statement(case: &Case) -> String {
    let table = AthenaTable::parse(case.table).unwrap();
    let properties = case.properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut partitions = columns(case.partitions);
    if case.name == "names_with_quotes" {
        partitions.retain(|column| &*column.name == "region");
    }
    let shape = TableShape { columns: columns(COLUMNS), partitions, properties, is_view: false };
    let (columns, missing) = shape.read(&table.options);
    assert_eq!(missing.needed, [""; 0]);
    let layout = TableLayout::of(&shape, &table.options, &TableColumn::new("eventtime", "string")).unwrap();
    let question = TableQuestion { table: &table, columns: &columns, layout: &layout, has_files: case.name != "date" };
    let day = |text: &str| Day::parse(text).unwrap();
    let days: Vec<DayRange> =
        case.days.iter().map(|(first, last)| DayRange { first: day(first), last: day(last) }).collect();
    let accounts: BTreeSet<String> = case.accounts.iter().map(|account| (*account).to_owned()).collect();
    question.statement(&days, Some(&accounts))
}

#[test]
fn statements() {
    let all: Vec<String> = CASES.iter().map(|case| format!("-- {}\n{}\n", case.name, statement(case))).collect();
    insta::assert_snapshot!(all.join("\n"));
}
