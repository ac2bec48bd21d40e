//! Parquet of Amazon Security Lake gives the events that it was made of; another schema is refused by name, and damage ends in
//! no panic.

#![cfg(feature = "parquet")]
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, LogicalType, TimeUnit, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;
use serde_json::{Value, json};
use tfctrail::decode::record::session_call::SessionPass;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::session_call::SessionCall;

/// The columns of source version 2, as far as they are read, and some more. `PRINCIPAL` and `ARN` are the columns of these.
const SCHEMA: &str = "message spark_schema {
    optional group metadata { optional group product { optional binary version (UTF8); }
        optional binary uid (UTF8); optional binary event_code (UTF8); }
    optional int64 time;
    optional group cloud { optional binary region (UTF8); optional binary provider (UTF8); }
    optional group api { optional binary operation (UTF8); optional group service { optional binary name (UTF8); }
        optional group request { optional binary uid (UTF8); optional binary data (UTF8); }
        optional group response { optional binary error (UTF8); optional binary message (UTF8); optional binary data (UTF8); } }
    optional group actor { optional group user { optional binary type (UTF8); optional binary PRINCIPAL (UTF8);
            optional binary ARN (UTF8); optional binary name (UTF8); optional binary credential_uid (UTF8);
            optional group account { optional binary uid (UTF8); } }
        optional group idp { optional binary name (UTF8); }
        optional binary invoked_by (UTF8);
        optional group session { optional int64 created_time; optional binary issuer (UTF8); } }
    optional group src_endpoint { optional binary ip (UTF8); optional binary domain (UTF8); }
    optional group http_request { optional binary user_agent (UTF8); }
    optional group unmapped (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }
    optional group resources (LIST) { repeated group list { optional group element { optional binary uid (UTF8); } } }
    optional binary severity (UTF8);
}";

/// How Security Lake writes: the version of the source, and the codec of it.
#[derive(Debug, Clone, Copy)]
enum SourceVersion {
    One,
    Two,
}

fn decode(file: &[u8], limits: DecodeLimits) -> Decoded {
    let decoded = Decoder::new(Issuers::new([""; 0], true), limits).bytes(&"x".into(), file);
    assert!(decoded.records.balances());
    decoded
}

fn events(decoded: &Decoded) -> Vec<String> {
    let words = |event: &Assumption| format!("{:?}", Assumption { content: [0; 32], ..event.clone() });
    decoded.assumptions.iter().map(words).collect()
}

fn records(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes").join(name);
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["Records"].as_array().unwrap().clone()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// JSON of an object that is there.
fn part(value: &Value) -> Option<String> {
    value.is_object().then(|| value.to_string())
}

fn millis(value: &Value) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|time| time.timestamp_millis())
}

/// The text of a record in a column of text.
fn cell(record: &Value, column: &str, version: SourceVersion) -> Option<String> {
    let (who, version_two) = (&record["userIdentity"], matches!(version, SourceVersion::Two));
    let address = text(&record["sourceIPAddress"])?;
    let is_ip = address.parse::<std::net::IpAddr>().is_ok();
    match column {
        "metadata.product.version" => text(&record["eventVersion"]),
        "metadata.uid" => text(&record["eventID"]),
        "metadata.event_code" => text(&record["eventType"]),
        "cloud.region" => text(&record["awsRegion"]),
        "cloud.provider" => Some("AWS".to_owned()),
        "api.operation" => text(&record["eventName"]),
        "api.service.name" => text(&record["eventSource"]),
        "api.request.uid" => text(&record["requestID"]),
        "api.request.data" => part(&record["requestParameters"]).filter(|_| version_two),
        "api.response.data" => part(&record["responseElements"]).filter(|_| version_two),
        "api.response.error" => text(&record["errorCode"]),
        "api.response.message" => text(&record["errorMessage"]),
        "actor.user.type" => text(&who["type"]),
        "actor.user.uid_alt" => text(&who["principalId"]),
        "actor.user.uid" => text(if version_two { &who["arn"] } else { &who["principalId"] }),
        "actor.user.uuid" => Some(text(&who["arn"]).unwrap_or_default()),
        "actor.user.name" => text(&who["userName"]),
        "actor.user.credential_uid" => text(&who["accessKeyId"]),
        "actor.user.account.uid" => text(&who["accountId"]),
        "actor.idp.name" => text(&who["identityProvider"]),
        "src_endpoint.ip" => Some(address).filter(|_| is_ip),
        "src_endpoint.domain" => Some(address).filter(|_| !is_ip),
        "http_request.user_agent" => text(&record["userAgent"]),
        "actor.session.issuer" => text(&who["sessionContext"]["sessionIssuer"]["arn"]),
        "resources.list.element.uid" => text(&record["resources"][0]["ARN"]),
        _ => None,
    }
}

/// What no column has: names of the record, with dots.
fn unmapped(record: &Value, version: SourceVersion) -> Vec<(String, String)> {
    fn add(found: &mut Vec<(String, String)>, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    add(found, &format!("{name}.{key}"), value);
                }
            }
            Value::Null => {}
            Value::String(text) => found.push((name.to_owned(), text.clone())),
            other => found.push((name.to_owned(), other.to_string())),
        }
    }
    let mut found = Vec::new();
    let mut names = vec!["additionalEventData", "recipientAccountId", "readOnly", "sharedEventID"];
    if let SourceVersion::One = version {
        names.extend(["requestParameters", "responseElements"]);
    }
    for name in names {
        add(&mut found, name, &record[name]);
    }
    found
}

fn write_group(
    mut group: SerializedRowGroupWriter<'_, Vec<u8>>,
    schema: &SchemaDescriptor,
    records: &[Value],
    version: SourceVersion,
) {
    let maps: Vec<Vec<(String, String)>> = records.iter().map(|record| unmapped(record, version)).collect();
    for descriptor in schema.columns() {
        let mut column = group.next_column().unwrap().unwrap();
        let (path, max) = (descriptor.path().string(), descriptor.max_def_level());
        if path == "time" || path.contains("created_time") {
            let unit = match descriptor.logical_type_ref() {
                Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS => 1_000_000,
                Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::MICROS => 1_000,
                _ => 1,
            };
            let of = |record: &Value| match path.as_str() {
                "time" => millis(&record["eventTime"]),
                _ => millis(&record["userIdentity"]["sessionContext"]["attributes"]["creationDate"]),
            };
            let values: Vec<Option<i64>> = records.iter().map(of).collect();
            let levels: Vec<i16> = values.iter().map(|value| max - i16::from(value.is_none())).collect();
            let present: Vec<i64> = values.into_iter().flatten().map(|millis| millis * unit).collect();
            column.typed::<Int64Type>().write_batch(&present, Some(&levels), None).unwrap();
        } else {
            let (mut values, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
            if path.starts_with("unmapped") {
                for map in &maps {
                    for (at, (key, value)) in map.iter().enumerate() {
                        values.push(if path.ends_with("key") { key.clone() } else { value.clone() });
                        levels.push(max);
                        repeats.push(i16::from(at > 0));
                    }
                    if map.is_empty() {
                        levels.push(1);
                        repeats.push(0);
                    }
                }
            } else {
                for record in records {
                    let value = cell(record, &path, version);
                    repeats.extend((descriptor.max_rep_level() > 0).then_some(0));
                    levels.push(max - i16::from(value.is_none()));
                    values.extend(value);
                }
            }
            let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(text.as_str())).collect();
            let repeats = Some(repeats.as_slice()).filter(|repeats| !repeats.is_empty());
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), repeats).unwrap();
        }
        column.close().unwrap();
    }
    group.close().unwrap();
}

fn file(records: &[Value], version: SourceVersion) -> Vec<u8> {
    file_of(SCHEMA, records, version)
}

/// A schema with the columns of a version.
fn schema_of(schema: &str, version: SourceVersion) -> String {
    match version {
        SourceVersion::One => schema.replace("PRINCIPAL", "uid").replace("ARN", "uuid"),
        SourceVersion::Two => schema.replace("PRINCIPAL", "uid_alt").replace("ARN", "uid"),
    }
}

/// A file with two row groups.
fn file_of(schema: &str, records: &[Value], version: SourceVersion) -> Vec<u8> {
    let schema = schema_of(schema, version);
    let codec = match version {
        SourceVersion::One => Compression::GZIP(GzipLevel::default()),
        SourceVersion::Two => Compression::ZSTD(ZstdLevel::default()),
    };
    let properties = Arc::new(WriterProperties::builder().set_compression(codec).build());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let descriptor = SchemaDescriptor::new(Arc::clone(&schema));
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let (one, two) = records.split_at(records.len() / 2);
    for records in [one, two] {
        write_group(writer.next_row_group().unwrap(), &descriptor, records, version);
    }
    writer.into_inner().unwrap()
}

#[test]
fn both_versions_give_the_events_that_they_were_made_of() {
    for name in ["records.json", "subjects.json", "audience.json", "issuers.json"] {
        let records = records(name);
        let expected = decode(json!({ "Records": records }).to_string().as_bytes(), DecodeLimits::default());
        for version in [SourceVersion::One, SourceVersion::Two] {
            let found = decode(&file(&records, version), DecodeLimits::default());
            assert_eq!((&found.ended, found.records), (&FileEnd::Read, expected.records), "{:?}", found.malformed);
            assert_eq!(events(&found), events(&expected), "{name} {version:?}");
        }
    }
}

#[test]
fn another_schema_is_refused_by_name() {
    let schema = Arc::new(parse_message_type("message m { optional binary a (UTF8); }").unwrap());
    let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let found = decode(&writer.into_inner().unwrap(), DecodeLimits::default());
    let FileEnd::Failed(defect) = found.ended else { panic!("{:?}", found.ended) };
    assert!(defect.to_string().contains("Parquet of another schema"), "{defect}");
}

#[test]
fn columns_that_were_left_out_are_named() {
    let request = "optional group request { optional binary uid (UTF8); optional binary data (UTF8); }";
    let rest = SCHEMA.lines().find(|line| line.contains("unmapped")).unwrap();
    let check = |version: &str, left_out: &str, named: &str| {
        assert!(SCHEMA.contains(left_out));
        let schema = SCHEMA.replace(left_out, "").replace("ARN", version).replace("PRINCIPAL", "uid_alt");
        let writer =
            SerializedFileWriter::new(Vec::new(), Arc::new(parse_message_type(&schema).unwrap()), Arc::default());
        let found = decode(&writer.unwrap().into_inner().unwrap(), DecodeLimits::default());
        let said = match found.ended {
            FileEnd::Failed(defect) => defect.to_string(),
            _ => String::new(),
        };
        let is_named = said.contains(&format!("lacks the column {named},"));
        assert_ne!(is_named, named.is_empty(), "{left_out}: {said}");
    };
    for version in ["uid", "uuid"] {
        check(version, "optional binary error (UTF8); ", "api.response.error");
        check(version, "optional binary type (UTF8); ", "actor.user.type");
        check(version, "optional binary name (UTF8); optional binary credential_uid (UTF8);", "actor.user.name");
        check(version, "optional group idp { optional binary name (UTF8); }", "actor.idp.name");
        check(version, "optional binary ip (UTF8); ", "src_endpoint.ip");
    }
    check("uid", request, "api.request.data");
    check("uid", rest, "");
    check("uuid", request, "");
    check("uuid", rest, "unmapped");
}

/// A call of a run, as CloudTrail writes it.
fn call() -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-02T10:00:00Z", "eventID": "w", "eventName": "PutBucketPolicy",
        "eventSource": "s3.amazonaws.com", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userAgent": "APN/1.0",
        "recipientAccountId": "111122223333", "readOnly": false, "eventType": "AwsApiCall",
        "requestParameters": {"bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*"}]}},
        "resources": [{"ARN": "arn:aws:s3:::logs"}],
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROA1:terraform-run-run-Abc1", "accessKeyId": "ASIAONE",
            "accountId": "111122223333",
            "sessionContext": {
                "attributes": {"creationDate": "2026-11-02T09:59:00Z"},
                "sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"},
            },
        },
    })
}

fn decode_calls(file: &[u8]) -> Decoded {
    let decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
    decoder.with_session_calls(SessionPass::First, true).bytes(&"x".into(), file)
}

/// What calls say, but for the bytes that they were written in.
fn calls(decoded: &Decoded) -> Vec<String> {
    let words = |call: &SessionCall| {
        let parameters: Option<Value> = call.parameters.as_deref().map(|text| serde_json::from_str(text).unwrap());
        let call = SessionCall { content: [0; 32], parameters: None, ..call.clone() };
        format!("{call:?} {parameters:?}")
    };
    decoded.session_calls.iter().map(words).collect()
}

#[test]
fn calls_are_what_they_are_in_log_files_whatever_the_unit_of_time() {
    let records = [call(), call()];
    let expected = calls(&decode_calls(json!({ "Records": records }).to_string().as_bytes()));
    assert!(expected.len() == 2 && expected[0].contains("Effect") && expected[0].contains("logs"), "{expected:?}");
    let unit = |column: &str, kind: &str| SCHEMA.replace(&format!("int64 {column};"), &format!("int64 {kind};"));
    for version in [SourceVersion::One, SourceVersion::Two] {
        for schema in [
            SCHEMA.to_owned(),
            unit("created_time", "created_time_dt (TIMESTAMP(NANOS,true))"),
            unit("created_time", "created_time_dt (TIMESTAMP(NANOS,false))"),
            unit("created_time", "created_time_dt (TIMESTAMP(MICROS,false))"),
            unit("created_time", "created_time_dt (TIMESTAMP(MILLIS,true))"),
            unit("time", "time (TIMESTAMP(NANOS,true))"),
        ] {
            let found = decode_calls(&file_of(&schema, &records, version));
            assert_eq!(calls(&found), expected, "{version:?} {schema} {:?}", found.ended);
        }
    }
}

#[test]
fn columns_that_calls_need_are_named_where_calls_are_asked_for() {
    for version in [SourceVersion::One, SourceVersion::Two] {
        for (left_out, named, both) in [
            ("optional binary PRINCIPAL (UTF8);", "", true),
            ("optional binary credential_uid (UTF8);", "actor.user.credential_uid", false),
            ("optional int64 created_time;", "actor.session.created_time_dt", false),
            ("optional binary issuer (UTF8);", "actor.session.issuer", false),
            ("optional group account { optional binary uid (UTF8); }", "actor.user.account.uid", false),
            ("optional binary invoked_by (UTF8);", "actor.invoked_by", false),
            ("optional binary message (UTF8);", "api.response.message", false),
            ("optional group http_request { optional binary user_agent (UTF8); }", "http_request.user_agent", false),
            (
                "optional group resources (LIST) { repeated group list { optional group element { optional binary uid (UTF8); } } }",
                "resources",
                false,
            ),
        ] {
            let named = match (named, version) {
                ("", SourceVersion::One) => "actor.user.uid",
                ("", SourceVersion::Two) => "actor.user.uid_alt",
                (named, _) => named,
            };
            assert!(SCHEMA.contains(left_out), "{left_out}");
            let file = file_of(&SCHEMA.replace(left_out, ""), &[call()], version);
            let said = |decoded: Decoded| match decoded.ended {
                FileEnd::Failed(defect) => defect.to_string(),
                _ => String::new(),
            };
            let lack = format!("lacks the column {named},");
            assert!(said(decode_calls(&file)).contains(&lack), "{version:?} {named}: {}", said(decode_calls(&file)));
            assert_eq!(said(decode(&file, DecodeLimits::default())).contains(&lack), both, "{version:?} {named}");
        }
    }
    let without_answer = SCHEMA
        .replace("optional binary message (UTF8); optional binary data (UTF8);", "optional binary message (UTF8);");
    let found = decode_calls(&file_of(&without_answer, &[call()], SourceVersion::Two));
    let FileEnd::Failed(defect) = found.ended else { panic!("{:?}", found.ended) };
    assert!(defect.to_string().contains("lacks the column api.response.data,"), "{defect}");
}

#[test]
fn damage_gives_nothing_or_what_is_there_and_never_a_panic() {
    let file = file(&records("records.json"), SourceVersion::Two);
    let whole = decode(&file, DecodeLimits::default()).records;
    for end in (0..file.len()).step_by(397) {
        assert_eq!(decode(&file[..end], DecodeLimits::default()).records.total, 0, "up to {end}");
    }
    for at in (4..file.len() - 4).step_by(61) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x11;
        let found = decode(&damaged, DecodeLimits::default());
        assert!(found.records.total <= whole.total, "at {at}");
    }
    let small = DecodeLimits { max_file: 100, ..DecodeLimits::default() };
    let found = decode(&file, small);
    let FileEnd::Failed(defect) = found.ended else { panic!("{:?}", found.ended) };
    assert!(defect.to_string().starts_with("text is larger than --max-file 100 bytes"), "{defect}");
}
