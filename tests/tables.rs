//! Rows of tables give the events that are in them, whatever kind of table it is; the kinds come from the registry. What
//! could be read in two ways is read in none.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::path::Path;

use serde_json::{Value, json};
use tfctrail::decode::container::TABLES;
use tfctrail::decode::defect::Defect;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::Issuers;

fn decode(text: &str, limits: DecodeLimits) -> Decoded {
    let decoder = || Decoder::new(Issuers::new([""; 0], true), limits);
    let whole = decoder().bytes(&"x".into(), text.as_bytes());
    assert!(whole.records.balances());
    let streamed = decoder().streaming().bytes(&"x".into(), text.as_bytes());
    assert_eq!(
        format!("{:?}", (&whole.assumptions, &whole.malformed, &whole.ended)),
        format!("{:?}", (&streamed.assumptions, &streamed.malformed, &streamed.ended))
    );
    whole
}

/// What events say, but for the bytes that they were written in.
fn events(decoded: &Decoded) -> Vec<String> {
    let words = |event: &Assumption| {
        let event = Assumption { content: [0; 32], ..event.clone() };
        format!("{event:?}")
    };
    decoded.assumptions.iter().map(words).collect()
}

/// The records of a fixture.
fn records(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes").join(name);
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["Records"].as_array().unwrap().clone()
}

fn plain(records: &[Value]) -> Decoded {
    decode(&json!({ "Records": records }).to_string(), DecodeLimits::default())
}

/// A value as Athena prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{}={}", name.to_lowercase(), printed(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The cells of a row of the table that the documentation of Athena has: names and texts.
fn athena_row(record: &Value) -> Vec<(String, String)> {
    let cell = |(name, value): (&String, &Value)| {
        let text = match name.as_str() {
            "requestParameters" | "responseElements" | "additionalEventData" if !value.is_null() => value.to_string(),
            _ if value.is_null() => String::new(),
            _ => printed(value),
        };
        (name.to_lowercase(), text)
    };
    let members = record.as_object().unwrap();
    let cells = members.iter().map(cell);
    // The table has its columns, whatever is in them.
    let absent = ["errorCode", "requestParameters"].into_iter().filter(|name| !members.contains_key(*name));
    cells.chain(absent.map(|name| (name.to_lowercase(), String::new()))).collect()
}

fn csv(rows: &[Vec<(String, String)>]) -> String {
    let mut names: Vec<&String> = rows.iter().flatten().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(&names).unwrap();
    for row in rows {
        let cell = |name: &&String| row.iter().find(|(other, _)| other == *name).map_or("", |(_, text)| text.as_str());
        writer.write_record(names.iter().map(cell)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// Rows of a kind of table that hold these records.
fn rows(columns: &[&str], records: &[Value]) -> Vec<Vec<(String, String)>> {
    let row = |record: &Value| match columns {
        [column] => vec![("a".to_owned(), "b,\"c\"\r\nd".to_owned()), ((*column).to_owned(), record.to_string())],
        _ => athena_row(record),
    };
    records.iter().map(row).collect()
}

#[test]
fn every_kind_of_table_gives_its_events() {
    for file in ["records.json", "subjects.json", "audience.json", "issuers.json", "non-string-fields.json"] {
        let records = records(file);
        let expected = plain(&records);
        assert!(!expected.assumptions.is_empty());
        for table in TABLES {
            if table.columns.len() > 1 && file == "non-string-fields.json" {
                // A table has text in its columns of text.
                continue;
            }
            let rows = rows(table.columns, &records);
            let as_fields = |row: &Vec<(String, String)>| -> Value {
                row.iter().map(|(field, value)| json!({"field": field, "value": value})).collect()
            };
            let as_members = |row: &Vec<(String, String)>| -> Value {
                row.iter().map(|(name, value)| json!({ name: value })).collect()
            };
            let texts = [
                csv(&rows),
                format!("\u{feff}{}", csv(&rows).replace("\"\n\"", "\"\r\n\"")),
                json!({"results": rows.iter().map(as_fields).collect::<Vec<_>>(), "status": "Complete"}).to_string(),
                json!({"QueryResultRows": rows.iter().map(as_members).collect::<Vec<_>>()}).to_string(),
                json!({"Body": csv(&rows)}).to_string(),
            ];
            for text in texts {
                let found = decode(&text, DecodeLimits::default());
                assert_eq!(
                    (&found.ended, found.records),
                    (&FileEnd::Read, expected.records),
                    "{text}\n{:?}",
                    found.malformed
                );
                assert_eq!(events(&found), events(&expected), "{} {text}", table.name);
            }
        }
    }
}

#[test]
fn cells_may_be_separated_as_other_languages_do() {
    let records = records("records.json");
    let expected = plain(&records);
    for table in TABLES {
        let rows = rows(table.columns, &records);
        let lines = csv(&rows);
        let with = |separator: u8| {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(lines.as_bytes());
            let quotes = csv::QuoteStyle::Always;
            let mut writer = csv::WriterBuilder::new().delimiter(separator).quote_style(quotes).from_writer(Vec::new());
            reader.byte_records().for_each(|row| writer.write_byte_record(&row.unwrap()).unwrap());
            String::from_utf8(writer.into_inner().unwrap()).unwrap()
        };
        for (hint, separator) in [
            ("", b';'),
            ("", b'\t'),
            ("", b'|'),
            ("sep=,\r\n", b','),
            ("sep=;\n", b';'),
            ("sep=\t\n", b'\t'),
            ("SEP=^\n", b'^'),
        ] {
            let text = format!("{hint}{}", with(separator));
            let found = decode(&text, DecodeLimits::default());
            assert_eq!(events(&found), events(&expected), "{} {text}", table.name);
            assert_eq!(found.records, expected.records);
            let cut = decode(text[..text.len() - 3].trim_end_matches('"'), DecodeLimits::default());
            assert!(matches!(cut.ended, FileEnd::Failed(Defect::TextCutOff { .. })), "{:?}", cut.ended);
        }
    }
}

#[test]
fn an_event_in_another_column_is_named() {
    let event = records("records.json")[0].to_string().replace('"', "\"\"");
    for row in [format!("\"{event}\",{{}}\n"), format!("\"{event}\",hello\n")] {
        let text = format!("other,eventjson\nx,\"{event}\"\n{row}");
        let found = decode(&text, DecodeLimits::default());
        assert_eq!((found.records.malformed, found.records.kept), (1, 1), "{row}");
    }
}

#[test]
fn an_unloaded_row_that_does_not_tell_whether_it_was_granted_is_malformed() {
    let row = |more: &str| {
        format!(
            "{{\"eventname\":\"AssumeRoleWithWebIdentity\",\"eventtime\":\"2026-11-02T08:12:05Z\",\"eventid\":\"e\",\"awsregion\":\"us-east-1\",\"sourceipaddress\":\"192.0.2.1\",\"requestparameters\":\"{{}}\",\"useridentity\":{{\"identityprovider\":\"arn:aws:iam::1:oidc-provider/app.terraform.io\"}}{more}}}\n"
        )
    };
    let granted = row(",\"responseelements\":\"{\\\"audience\\\":\\\"a\\\"}\"");
    for (more, outcome) in [
        ("", None),
        (",\"responseelements\":null", None),
        (",\"responseelements\":null,\"errorcode\":null", Some("granted")),
        (",\"errorcode\":\"AccessDenied\"", Some("denied")),
    ] {
        let found = decode(&format!("{granted}{}", row(more)), DecodeLimits::default());
        let outcomes: Vec<&str> = found.assumptions.iter().map(|event| event.outcome.as_str()).collect();
        assert_eq!(outcomes, [Some("granted"), outcome].into_iter().flatten().collect::<Vec<_>>(), "{more}");
        let said: String = found.malformed.iter().map(ToString::to_string).collect();
        assert_eq!(said.contains("SELECT both"), outcome.is_none(), "{more}: {said}");
    }
    // Other events have no response for another reason.
    let other = row("").replace("AssumeRoleWithWebIdentity", "ListBuckets");
    assert_eq!(decode(&format!("{granted}{other}"), DecodeLimits::default()).records.other, 1);
}

/// A record as `UNLOAD` writes it, but for the columns that it lacks.
fn unloaded(record: &Value) -> Value {
    fn lower(value: &Value) -> Value {
        match value {
            Value::Object(members) => members.iter().map(|(name, value)| (name.to_lowercase(), lower(value))).collect(),
            Value::Array(list) => list.iter().map(lower).collect(),
            other => other.clone(),
        }
    }
    let texts = ["requestParameters", "responseElements", "additionalEventData"];
    let member = |(name, value): (&String, &Value)| match value {
        Value::Object(_) if texts.contains(&name.as_str()) => (name.to_lowercase(), Value::from(value.to_string())),
        _ => (name.to_lowercase(), lower(value)),
    };
    record.as_object().unwrap().iter().map(member).collect()
}

#[test]
fn what_athena_unloads_as_json_gives_its_events() {
    for file in ["records.json", "subjects.json", "audience.json", "issuers.json"] {
        let records = records(file);
        let expected = plain(&records);
        let lines: Vec<String> = records.iter().map(|record| unloaded(record).to_string()).collect();
        let found = decode(&lines.join("\n"), DecodeLimits::default());
        assert_eq!((&found.ended, found.records), (&FileEnd::Read, expected.records), "{:?}", found.malformed);
        assert_eq!(events(&found), events(&expected));
    }
}

#[test]
fn an_unloaded_assumption_without_what_tells_its_run_is_malformed() {
    let record = &records("records.json")[0];
    let with_nulls = |mut row: Value| {
        row["errorcode"] = Value::Null;
        row
    };
    for (left_out, row, malformed) in [
        ("eventid", unloaded(record), 1),
        ("requestparameters", unloaded(record), 1),
        ("requestparameters", with_nulls(unloaded(record)), 1),
        ("awsregion", unloaded(record), 1),
        ("sourceipaddress", with_nulls(unloaded(record)), 1),
        ("useragent", with_nulls(unloaded(record)), 0),
    ] {
        let mut row = row;
        row.as_object_mut().unwrap().remove(left_out).unwrap();
        let found = decode(&row.to_string(), DecodeLimits::default());
        assert_eq!((found.records.malformed, found.records.total), (malformed, 1), "{row}");
        let said: String = found.malformed.iter().map(ToString::to_string).collect();
        assert_eq!(said.contains(&format!("lacks the column {left_out},")), malformed == 1, "{said}");
    }
    // A denied one may have had none, if who wrote it leaves out what is null.
    let denied = |more: &str| {
        format!(
            "{{\"eventname\":\"AssumeRoleWithWebIdentity\",\"eventtime\":\"2026-11-02T08:12:05Z\",\"eventid\":\"e\",\"errorcode\":\"x\",\"awsregion\":\"us-east-1\",\"sourceipaddress\":\"192.0.2.1\",\"useridentity\":{{}}{more}}}"
        )
    };
    assert_eq!(decode(&denied(""), DecodeLimits::default()).records.malformed, 0);
    assert_eq!(decode(&denied(",\"responseelements\":null"), DecodeLimits::default()).records.malformed, 1);
}

#[test]
fn what_a_stranger_writes_into_a_struct_changes_no_other_value() {
    let record = &records("records.json")[0];
    for (name, malformed) in [
        ("a, b", 0),
        ("a, identityprovider=arn:aws:iam::1:oidc-provider/app.terraform.io", 1),
        ("a, username=b", 1),
        ("a}, username={b", 1),
        ("a{", 1),
        ("a}", 1),
        ("{a}", 0),
    ] {
        let mut record = record.clone();
        let provider = "arn:aws:iam::111122223333:oidc-provider/evil.example";
        record["userIdentity"] = json!({
            "type": "WebIdentityUser", "principalId": format!("{provider}:aud:{name}"), "userName": name, "invokedBy": null
        });
        record["responseElements"] = Value::Null;
        record["errorCode"] = json!("AccessDenied");
        let found = decode(&csv(&[athena_row(&record)]), DecodeLimits::default());
        assert_eq!((found.records.malformed, found.records.total), (malformed, 1), "{name}: {:?}", found.assumptions);
        for event in found.assumptions {
            assert_eq!(event.subject.to_string(), name);
            assert_ne!(event.issuer.as_deref(), Some("app.terraform.io"));
        }
    }
}

#[test]
fn rows_that_are_damaged_are_named() {
    let event = records("records.json")[0].to_string();
    let quoted = event.replace('"', "\"\"");
    let limits = DecodeLimits { max_record: 20_000, ..DecodeLimits::default() };
    let many = vec!["x"; 5_000].join(",");
    for (text, kept, malformed, said) in [
        (format!("eventjson\n\"{quoted}\"\n"), 1, 0, ""),
        (format!("eventjson\n\"{quoted}\""), 1, 0, ""),
        (format!("\"eventJson\",b\n\"{quoted}\",\"\"\n\n\"{quoted}\",c\n"), 2, 0, ""),
        (format!("eventjson,b\n\"{quoted}\"\n\"{quoted}\",c\n"), 1, 1, "it has 1 cells under 2 names"),
        (format!("eventjson,b\n,c\n\"{quoted}\",c\n"), 1, 1, "its eventjson is empty"),
        (format!("eventjson,b\n{many}\n\"{quoted}\",c\n"), 1, 1, "it has more than 4096 cells"),
        (format!("eventjson,b\n\"{}\",c\n\"{quoted}\",c\n", "x".repeat(30_000)), 1, 1, "larger than --max-record"),
        (format!("eventjson\n\"{}\n", &quoted[..quoted.len() / 2]), 0, 0, "text ends inside a row"),
        (format!("eventjson\n\"{quoted}\n"), 0, 0, "text ends inside a row"),
        (format!("_raw\n\"{}\"\n\"{quoted}\"\n", &quoted[..quoted.len() / 2]), 1, 1, "not JSON"),
        ("User name,AWS access key,Event time,Event source,Event name\nx,,,,\n".to_owned(), 0, 0, "download JSON"),
        ("\"User name\",\"Event time\",\"Event source\"\nx,,\n".to_owned(), 0, 0, "download JSON"),
        ("eventtime,eventname,awsregion,eventid\na,b,c,d\n".to_owned(), 0, 0, "but CSV (a table is read that has"),
        // Without its error code, a denied event would seem granted.
        (
            "eventtime,eventname,useridentity,eventid,requestparameters\na,b,c,d,e\n".to_owned(),
            0,
            0,
            "eventid, errorcode, requestparameters, awsregion and sourceipaddress",
        ),
        // Without its address, a question about one would find nothing.
        (
            "eventtime,eventname,useridentity,eventid,errorcode,requestparameters,awsregion\na,b,c,d,e,f,g\n"
                .to_owned(),
            0,
            0,
            "awsregion and sourceipaddress",
        ),
        ("eventjson\n".to_owned(), 0, 0, ""),
    ] {
        let found = decode(&text, limits);
        let ended = match &found.ended {
            FileEnd::Failed(defect) => defect.to_string(),
            _ => found.malformed.first().map(ToString::to_string).unwrap_or_default(),
        };
        let short: String = text.chars().take(200).collect();
        assert_eq!((found.records.kept, found.records.malformed), (kept, malformed), "{short}: {ended}");
        assert!(ended.contains(said) && ended.is_empty() == said.is_empty(), "{short}: {ended}");
    }
    let mut bytes = format!("eventjson,b\n\"{quoted}\",").into_bytes();
    bytes.extend_from_slice(b"\xff\n");
    let found = Decoder::new(Issuers::default(), limits).bytes(&"x".into(), &bytes);
    assert_eq!(found.records.malformed, 1);
}

#[test]
fn a_table_that_is_cut_inside_its_last_row_is_failed() {
    let event = records("records.json")[0].clone();
    let records = [event.clone(), event];
    for table in TABLES {
        let whole = csv(&rows(table.columns, &records));
        let kept = decode(&whole, DecodeLimits::default()).records.kept;
        assert_eq!(kept, 2, "{}", table.name);
        // A line feed alone may be left out.
        assert_eq!(decode(&whole[..whole.len() - 1], DecodeLimits::default()).records.kept, 2);
        let end_of_row = whole.len() - 1;
        let salvaged = decode(&whole[..end_of_row - 1], DecodeLimits { salvage: true, ..DecodeLimits::default() });
        assert_eq!(salvaged.records.total, 1);
        let FileEnd::Failed(Defect::TextCutOff { start, .. }) = salvaged.ended else { panic!("{:?}", salvaged.ended) };
        for end in (usize::try_from(start).unwrap() + 1..end_of_row).step_by(41) {
            let found = decode(&whole[..end], DecodeLimits::default());
            let is_cut_off = matches!(found.ended, FileEnd::Failed(Defect::TextCutOff { what: "a row", .. }));
            // Behind a quote in a cell that holds no event, the row may have been whole.
            let is_whole = found.records.kept == 2 && table.columns.len() == 1;
            assert!(
                is_whole || (is_cut_off && found.records.total == 0),
                "{} up to {end}: {:?}",
                table.name,
                found.ended
            );
        }
        let header = whole.lines().next().unwrap();
        assert!(matches!(decode(header, DecodeLimits::default()).ended, FileEnd::Failed(Defect::TextCutOff { .. })));
    }
}

#[test]
fn what_an_event_says_makes_no_header_of_its_line() {
    let mut record = records("records.json").remove(0);
    let names =
        TABLES.iter().map(|table| table.columns.join(",")).chain(["User name,Event time,Event source".to_owned()]);
    for names in names {
        for separator in [",", ";", "|"] {
            record["userAgent"] = json!(format!("x,{names},y").replace(',', separator));
            let expected = events(&plain(std::slice::from_ref(&record)));
            let line = format!("2026-11-02T08:30:00.000Z {record}\n");
            let other = format!("2026-11-02T08:30:00.000Z GET /?q=x,{names},y 200\n");
            for text in [line.clone(), format!("{line}{line}"), format!("{other}{line}"), format!("{line}{other}")] {
                let decoded = decode(&text, DecodeLimits::default());
                let mut found = events(&decoded);
                found.dedup();
                assert_eq!((found, decoded.records.malformed), (expected.clone(), 0), "{text}");
            }
        }
    }
    let text = format!("app: {record}\n", record = json!({"userAgent": "x,_raw,y", "a": 1, "b": 2}));
    assert!(matches!(decode(&text, DecodeLimits::default()).ended, FileEnd::Failed(_)));
}

#[test]
fn an_event_in_a_second_column_is_named() {
    let ours = records("records.json")[0].clone();
    let mut other = ours.clone();
    other["eventName"] = json!("GetCallerIdentity");
    let mut second = ours.clone();
    second["eventID"] = json!("another");
    let cell = |event: &Value| format!("\"{}\"", event.to_string().replace('"', "\"\""));
    for names in ["eventjson,eventjson", "@message,x", "x,_raw", "eventjson,@message"] {
        for (one, two, kept, malformed) in
            [(&ours, &second, 1, 1), (&other, &ours, 0, 1), (&ours, &other, 1, 0), (&ours, &ours, 1, 0)]
        {
            // The first kind of table that fits is the one.
            let (one, two) = if ["x,_raw", "eventjson,@message"].contains(&names) { (two, one) } else { (one, two) };
            let csv = decode(&format!("{names}\n{},{}\n", cell(one), cell(two)), DecodeLimits::default());
            let cells: Vec<Value> = names
                .split(',')
                .zip([one, two])
                .map(|(name, event)| json!({"field": name, "value": event.to_string()}))
                .collect();
            let json = decode(&json!({"results": [cells], "status": "Complete"}).to_string(), DecodeLimits::default());
            for decoded in [csv, json] {
                assert_eq!((decoded.records.kept, decoded.records.malformed), (kept, malformed), "{names} {one} {two}");
            }
        }
    }
}
