//! The fast way to read a log file gives what the slow and obvious one gives: on the fixtures, on a generated archive, on
//! files written to be hard to read, and on every file below the folder that `TFCTRAIL_SAMPLES` names.

#![expect(clippy::unwrap_used, reason = "a test without its files has failed")]

#[path = "support/cases.rs"]
mod cases;
#[expect(dead_code, reason = "benches use the rest")]
#[path = "../benches/corpus.rs"]
mod corpus;
#[path = "oracle/cursor.rs"]
mod cursor;
#[path = "oracle/looker.rs"]
mod looker;
#[path = "oracle/reader.rs"]
mod reader;
#[path = "oracle/spelling.rs"]
mod spelling;
#[path = "oracle/wrapper.rs"]
mod wrapper;
#[path = "oracle/writer.rs"]
mod writer;

use std::path::{Path, PathBuf};

use cases::config;
use proptest::prelude::*;
use reader::{Found, Oracle};
use tfctrail::decode::container::TABLES;
use tfctrail::decode::structure::Scanner;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::assumption::Assumption;
use tfctrail::domain::call::Call;
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::source_address::SourceAddress;
use tfctrail::domain::user_agent::{provider_version, terraform_version};
use wrapper::{CARRIERS, stands_alone, takes_an_event, without_example, wrap};
use writer::Writer;

const HOST: &str = "tfe.example";

/// What an event says: the public columns in their order, but for the log file, and then what has no column.
fn columns(event: &Assumption) -> Vec<String> {
    let subject = &event.subject;
    let agent = event.user_agent.as_deref();
    [
        Some(event.time.to_string().as_str()),
        event.event_id.as_deref(),
        event.account_id.as_deref(),
        event.region.as_deref(),
        event.source_address.as_ref().map(SourceAddress::as_str),
        Some(subject.kind().as_str()),
        subject.organization(),
        subject.project(),
        subject.workspace(),
        subject.stack(),
        subject.deployment(),
        subject.module(),
        subject.phase(),
        event.run_id.as_deref(),
        event.role_arn.as_deref(),
        event.role_session_name.as_deref(),
        event.issuer.as_deref(),
        event.audience.as_deref(),
        Some(event.outcome.as_str()),
        event.outcome.error_code(),
        event.outcome.access_key_id(),
        agent.and_then(terraform_version),
        agent.and_then(provider_version),
        agent,
        Some(subject.to_string().as_str()),
        event.verification_method.as_deref(),
        event.duration_seconds.map(|seconds| seconds.to_string()).as_deref(),
    ]
    .map(|cell| cell.unwrap_or_default().to_owned())
    .into()
}

/// What a call says, but for the words that people put into the user agent, which have tests of their own.
fn call_columns(call: &Call) -> Vec<String> {
    let it = &call.circumstances;
    let denied = it.denied.to_string();
    [
        Some(call.time.to_string().as_str()),
        Some(it.principal.as_str()),
        it.account_id.as_deref(),
        it.user.as_deref(),
        it.access_key_id.as_deref(),
        it.service.as_deref(),
        it.region.as_deref(),
        it.source_address.as_ref().map(SourceAddress::as_str),
        it.terraform_version.as_deref(),
        it.provider_version.as_deref(),
        it.role_arn.as_deref(),
        Some(&denied),
    ]
    .map(|cell| cell.unwrap_or_default().to_owned())
    .into()
}

fn found(decoded: &Decoded) -> Found {
    assert!(decoded.records.balances());
    Found {
        failed: matches!(decoded.ended, FileEnd::Failed(_)),
        digest: decoded.ended == FileEnd::Digest,
        next_token: decoded.has_more.is_some(),
        kept: decoded.records.kept,
        other: decoded.records.other,
        malformed: decoded.records.malformed,
        events: decoded.assumptions.iter().map(columns).collect(),
        calls: decoded.calls.iter().map(call_columns).collect(),
    }
}

/// Every way to decode.
fn decoders(all_issuers: bool, limits: DecodeLimits) -> Vec<(String, Decoder)> {
    let mut decoders = Vec::new();
    for (at, scanner) in Scanner::every().into_iter().enumerate() {
        let decoder = || {
            let decoder = Decoder::new(Issuers::new([HOST], all_issuers), limits).with_scanner(scanner);
            // Both questions at once, and the plain one.
            if all_issuers { decoder.with_calls() } else { decoder }
        };
        decoders.push((format!("scanner {at}, whole"), decoder()));
        decoders.push((format!("scanner {at}, streaming"), decoder().streaming()));
    }
    decoders
}

/// Compares every way to decode with the oracle.
struct Comparison {
    oracles: [Oracle; 2],
    decoders: [Vec<(String, Decoder)>; 2],
}

impl Comparison {
    fn new(max_record: usize) -> Self {
        let limits = DecodeLimits { max_record: max_record as u64, ..DecodeLimits::default() };
        Self {
            oracles: [false, true].map(|all| Oracle::new(vec![HOST], all, max_record)),
            decoders: [false, true].map(|all| decoders(all, limits)),
        }
    }

    fn check(&mut self, file: &[u8], what: &str) -> Found {
        let mut first = None;
        for (oracle, decoders) in self.oracles.iter().zip(&mut self.decoders) {
            let expected = oracle.read(file);
            for (way, decoder) in decoders {
                let decoded = decoder.bytes(&what.into(), file);
                let ended = &decoded.ended;
                assert_eq!(found(&decoded), expected, "{what}, {way}: {ended:?} {:?}", decoded.malformed);
            }
            let calls = expected.calls.len();
            first.get_or_insert(expected).calls.resize(calls, Vec::new());
        }
        first.unwrap()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// How many files, records, events and calls below `folder` were compared.
fn compare_below(folder: &Path) -> (u64, u64, u64, u64) {
    let mut comparison = Comparison::new(16 << 20);
    let mut counts = (0, 0, 0, 0);
    for path in files_below(folder) {
        // The oracle knows neither tables nor packings but gzip: tests/packings.rs and tests/tables.rs have them.
        let end = path.extension().unwrap_or_default().to_str().unwrap();
        if ["bz2", "xz", "zst", "zip", "csv"].contains(&end)
            || path.ends_with("athena-unload.ndjson")
            || path.to_str().unwrap().ends_with(".tar.gz")
        {
            continue;
        }
        let found = comparison.check(&std::fs::read(&path).unwrap(), &path.to_string_lossy());
        let records = found.kept + found.other + found.malformed;
        let calls = found.calls.len() as u64;
        counts = (counts.0 + 1, counts.1 + records, counts.2 + found.kept, counts.3 + calls);
    }
    counts
}

#[test]
fn fixtures_are_read_as_the_oracle_reads_them() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let (_, _, kept, calls) = compare_below(&fixtures.join("demo"));
    assert!(kept > 0 && calls > 0);
    assert!(compare_below(&fixtures.join("shapes")).2 > 0);
    assert!(compare_below(&fixtures.join("hostile")).2 > 0);
}

#[test]
fn samples_are_read_as_the_oracle_reads_them() {
    if let Some(folder) = std::env::var_os("TFCTRAIL_SAMPLES") {
        let (files, records, kept, calls) = compare_below(Path::new(&folder));
        println!("{files} files, {records} records, {kept} kept, {calls} calls");
    }
}

#[test]
fn a_generated_archive_is_read_as_the_oracle_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = corpus::CorpusSpec::smoke();
    (spec.files, spec.text_bytes, spec.largest, spec.large) = (12, 1_500_000, 400_000, Vec::new());
    spec.web_identity = 40_000;
    let manifest = corpus::ensure(&spec, folder.path()).unwrap();
    std::fs::remove_file(folder.path().join("corpus.json")).unwrap();
    let counts = &manifest.counts;
    assert!(counts.hcp > 0 && counts.calls > 0);
    assert_eq!(compare_below(folder.path()), (counts.files, counts.records, counts.hcp, counts.calls));
}

#[test]
fn containers_in_odd_shapes() {
    let mut comparison = Comparison::new(1 << 20);
    let event = Writer::new(3).event(1);
    for text in [
        "",
        " ",
        "\u{feff}",
        "{}",
        "[]",
        "[[]]",
        "{\"Records\":[]}",
        "{\"Records\":null}",
        "{\"Records\":{}}",
        "{\"Records\":[EVENT],\"Records\":[EVENT]}",
        "{\"Records\":[EVENT,]}",
        "{\"Records\":[EVENT EVENT]}",
        "{\"Records\":[,EVENT]}",
        "{\"Records\":[EVENT]",
        "{\"Records\":[EVENT",
        "{\"Records\":[EVENT]]",
        "{\"Records\":[EVENT}}",
        "{\"Records\":[EVENT],}",
        "{\"Records\":[EVENT],\"x\"}",
        "{\"Records\":[EVENT],\"x\":}",
        "{\"Records\":[EVENT],\"x\":tru}",
        "{\"Records\":[EVENT],\"x\":{]}",
        "{\"x\":[},\"Records\":[EVENT]}",
        "{\"x\":01,\"Records\":[EVENT]}",
        "{\"\\u0052ecords\":[EVENT]}",
        "{\"Event\\u0073\":[EVENT],\"Next\\u0054oken\":\"x\"}",
        "{\"Records\" : [EVENT] , \"NextToken\":\"\"}",
        "{\"NextToken\":\"x\",\"Events\":[EVENT]}",
        "{\"Events\":[{\"Records\":[EVENT]},{\"Events\":[EVENT]}]}",
        "[EVENT,[EVENT],{\"Records\":[EVENT]}]",
        "EVENT,EVENT",
        "EVENTEVENT",
        "EVENT]",
        "]EVENT",
        "EVENT null EVENT",
        "EVENT nul EVENT",
        "null",
        "nullnull",
        "\"text\"EVENT",
        "\"text",
        "{\"detail\":EVENT}",
        "{\"detail-type\":\"x\",\"detail\":{\"a\":1}}",
        "{\"logEvents\":[1,{\"message\":2},{}]}",
        "{\"logEvents\":7,\"messageType\":\"DATA_MESSAGE\"}",
        "{\"CloudTrailEvent\":7}",
        "{\"CloudTrailEvent\":\"\"}",
        "{\"CloudTrailEvent\":\"7\"}",
        "{\"CloudTrailEvent\":\" {}\"}",
        "{\"digestS3Object\":1}",
        "{\"digestS3Object\":1}{}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":1]",
        "{]",
        "\u{feff}\u{feff}EVENT",
    ] {
        let text = text.replace("EVENT", &event);
        comparison.check(text.as_bytes(), &text);
    }
    for mark in [&b"\xef{}"[..], b"\xef\xbb{\"Records\":[]}", b"\xef\xbb\xbf{\"Records\":[]}"] {
        comparison.check(mark, "a byte order mark");
    }
}

/// Three events of ours, in plain records.
fn trio() -> Vec<String> {
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    let event = |id: usize| {
        format!(
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"userName\":\"organization:acme:project:p:workspace:w{id}:run_phase:plan\",\"identityProvider\":\"{provider}\"}},\"eventTime\":\"2026-11-02T08:12:05Z\",\"eventName\":\"AssumeRoleWithWebIdentity\",\"eventID\":\"{id}\"}}"
        )
    };
    (0..3).map(event).collect()
}

#[test]
fn every_carrier_and_every_pair_of_them_give_the_events() {
    assert_eq!(without_example(), [""; 0]);
    let mut comparison = Comparison::new(1 << 20);
    let trio = trio();
    let plain = comparison.check(format!("{{\"Records\":[{}]}}", trio.join(",")).as_bytes(), "records").events;
    assert_eq!(plain.len(), 3);
    for outer in CARRIERS {
        let ends = [("", "\n", ""), ("[", ",", "]"), ("{\"Records\":[", ",", "]}"), ("{\"logEvents\":[", ",", "]}")];
        let wrapped: Vec<String> = trio.iter().map(|event| wrap(outer, event)).collect();
        for (before, between, after) in ends {
            if stands_alone(outer) && !before.is_empty() {
                continue;
            }
            let text = format!("{before}{}{after}", wrapped.join(between));
            let found = comparison.check(text.as_bytes(), &format!("{outer}: {text}"));
            assert_eq!((found.events, found.other, found.malformed), (plain.clone(), 0, 0), "{text}");
        }
        // A list in the place of an object is documented nowhere.
        let is_object = outer.ends_with(" object");
        let fits = |inner: &str| !stands_alone(inner) && (inner != "list of strings" || !is_object);
        for inner in CARRIERS.into_iter().filter(|inner| fits(inner) && !takes_an_event(outer)) {
            let pairs: Vec<String> = trio.iter().map(|event| wrap(outer, &wrap(inner, event))).collect();
            let text = pairs.join("\n");
            let found = comparison.check(text.as_bytes(), &format!("{inner} in {outer}: {text}"));
            assert_eq!((found.events, found.other, found.malformed), (plain.clone(), 0, 0), "{text}");
        }
    }
}

#[test]
fn answers_that_say_that_there_is_more_are_incomplete() {
    let mut comparison = Comparison::new(1 << 20);
    let event = &trio()[0];
    let quoted = serde_json::to_string(event).unwrap();
    let row = format!("[{{\"field\":\"@message\",\"value\":{quoted}}}]");
    let hit = format!("{{\"_source\":{event}}}");
    for (text, more) in [
        (format!("{{\"events\":[{{\"message\":{quoted}}}],\"nextToken\":\"x\"}}"), true),
        (
            format!("{{\"events\":[{{\"message\":{quoted}}}],\"nextForwardToken\":\"x\",\"nextBackwardToken\":\"y\"}}"),
            false,
        ),
        (format!("{{\"results\":[{row}],\"statistics\":{{\"recordsMatched\":1.0}},\"status\":\"Complete\"}}"), false),
        (format!("{{\"results\":[{row}],\"statistics\":{{\"recordsMatched\":2.0}},\"status\":\"Complete\"}}"), true),
        (format!("{{\"status\":\"Running\",\"results\":[{row}]}}"), true),
        (format!("{{\"preview\":true,\"result\":{{\"_raw\":{quoted}}}}}"), true),
        (format!("{{\"hits\":{{\"total\":1,\"hits\":[{hit}]}}}}"), false),
        (format!("{{\"hits\":{{\"total\":{{\"value\":10,\"relation\":\"eq\"}},\"hits\":[{hit}]}}}}"), true),
        (format!("{{\"hits\":{{\"hits\":[{hit}],\"total\":10}}}}"), true),
        (
            format!(
                "{{\"QueryResultRows\":[[{{\"eventjson\":{quoted}}}]],\"QueryStatistics\":{{\"TotalResultsCount\":2}}}}"
            ),
            true,
        ),
        (
            format!(
                "{{\"data\":[{{\"attributes\":{{\"attributes\":{event}}}}}],\"meta\":{{\"page\":{{\"after\":\"x\"}}}}}}"
            ),
            true,
        ),
        (format!("{{\"data\":[{{\"attributes\":{{\"attributes\":{event}}}}}]}}"), false),
    ] {
        let found = comparison.check(text.as_bytes(), &text);
        assert_eq!((found.kept, found.other, found.malformed, found.next_token), (1, 0, 0, more), "{text}");
    }
}

#[test]
fn what_says_that_there_is_more_is_named() {
    let event = &trio()[0];
    let check = |text: &str, expected: &str| {
        let text = text.replace("EVENT", event);
        let decoded = Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), text.as_bytes());
        let words = decoded.has_more.as_deref().unwrap_or_default();
        assert!(words.starts_with(expected), "{text}: {words}");
    };
    check("{\"Events\":[EVENT],\"NextToken\":\"x\"}", "a NextToken: ");
    check("{\"events\":[EVENT],\"nextToken\":\"x\"}", "a nextToken: ");
    check("{\"status\":\"Running\",\"results\":[EVENT]}", "a status other than Complete: ");
    check("{\"statistics\":{\"recordsMatched\":9.0},\"results\":[EVENT]}", "statistics.recordsMatched above its rows");
    check("{\"preview\":true,\"result\":EVENT}", "preview: true: ");
    check("{\"hits\":{\"total\":9,\"hits\":[EVENT]}}", "a hits.total above its hits");
    check("{\"timed_out\":true,\"hits\":{\"hits\":[EVENT]}}", "timed_out: ");
    check("{\"data\":[EVENT],\"links\":{\"next\":\"x\"}}", "links.next: ");
}

#[test]
fn every_carrier_in_a_cell_of_every_table_of_texts_gives_the_events() {
    let trio = trio();
    let decode = |text: &str| {
        Decoder::new(Issuers::new([HOST], false), DecodeLimits::default()).bytes(&"x".into(), text.as_bytes())
    };
    let plain = found(&decode(&trio.join("\n")));
    for table in TABLES {
        let [column] = table.columns else { continue };
        for inner in CARRIERS.into_iter().filter(|inner| !stands_alone(inner)) {
            let cells: Vec<String> =
                trio.iter().map(|event| format!("\"{}\"", wrap(inner, event).replace('"', "\"\""))).collect();
            let text = format!("{column}\n{}\n", cells.join("\n"));
            assert_eq!(found(&decode(&text)), plain, "{inner} in {}: {text}", table.name);
        }
    }
}

#[test]
fn a_carrier_that_is_cut_off_anywhere_is_named() {
    let trio = trio();
    for carrier in CARRIERS {
        let [one, two, three] = [0, 1, 2].map(|at| wrap(carrier, &trio[at]).trim_end().to_owned());
        let front = format!("{one}\n{two}\n");
        for end in (1..three.len()).step_by(if three.len() > 500 { 11 } else { 1 }) {
            let Some(part) = three.get(..end) else { continue };
            let text = format!("{front}{part}");
            for mut decoder in [false, true].map(|streams| {
                let decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
                if streams { decoder.streaming() } else { decoder }
            }) {
                let decoded = decoder.bytes(&"x".into(), text.as_bytes());
                let is_named = matches!(decoded.ended, FileEnd::Failed(_)) || decoded.records.malformed > 0;
                // Base64 is whole without what fills its end.
                let is_whole = decoded.records.kept == 3 && carrier == "payload";
                assert!(is_named || is_whole, "{carrier}, {text}: {:?}", decoded.records);
            }
        }
    }
}

#[test]
fn what_inflates_in_a_carrier_is_bounded() {
    let bomb = vec![b' '; 30 << 20];
    let event = &trio()[0];
    for packed in [wrapper::gzip(&bomb), wrapper::gzip(&wrapper::gzip(&bomb)), zstd::encode_all(&bomb[..], 1).unwrap()]
    {
        let text = format!("{{\"records\":[{{\"data\":\"{}\"}},{event}]}}", wrapper::base64_of(&packed));
        let decoded = Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), text.as_bytes());
        assert_eq!((decoded.records.kept, decoded.records.malformed), (1, 1));
        let said = decoded.malformed[0].to_string();
        assert!(said.contains("what it carries inflates to more than 25165824 bytes"), "{said}");
    }
    // What is damaged or cut off there is named, too, and so is what is no text.
    let whole = zstd::encode_all(event.as_bytes(), 1).unwrap();
    for (packed, expected) in [
        (&whole[..whole.len() - 4], "what it carries does not inflate: zstd stream is cut off"),
        (&wrapper::gzip(event.as_bytes())[..40], "what it carries does not inflate: gzip stream is cut off"),
        (b"PK\x03\x04\xff\xff\xff\xff", "no event"),
    ] {
        let text = format!("{{\"records\":[{{\"data\":\"{}\"}},{event}]}}", wrapper::base64_of(packed));
        let decoded = Decoder::new(Issuers::default(), DecodeLimits::default()).bytes(&"x".into(), text.as_bytes());
        assert_eq!((decoded.records.kept, decoded.records.malformed), (1, 1));
        let said = decoded.malformed[0].to_string();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn messages_of_logs_may_have_several_lines() {
    let mut comparison = Comparison::new(1 << 20);
    let event = trio()[0].clone();
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&event).unwrap()).unwrap();
    let time = "2026-11-02T08:12:05.000Z ";
    for (lines, other, malformed) in [
        ("TIMETraceback\n  at foo\n\nValueError: {x}\n", 1, 0),
        ("TIMETraceback\r\n\tat foo\r\n", 1, 0),
        ("TIMEstream {\n  \"level\": 1,\n  \"b\": [\n1]\n}\n", 1, 0),
        ("TIMEit was\n[1]\n\"x\n", 1, 0),
        ("TIMEit was\nAssumeRoleWithWebIdentity\n", 0, 1),
        ("TIMEit was\n{\"level\":1}\n", 2, 0),
        ("TIMEit was\n\u{feff}TIMEit is\n", 2, 0),
        ("TIME{\"level\":1}\n{\"level\":2}\n", 2, 0),
        ("TIME{\"level\":1} and\nmore\n", 1, 0),
        ("TIMEa\nTIMEb\nc\n", 2, 0),
    ] {
        let lines = lines.replace("TIME", time);
        for text in [
            format!("{time}{event}\n{lines}"),
            format!("{lines}{time}{event}\n"),
            format!("{lines}{time}stream {pretty}\n{lines}").replacen(&lines, "", 1),
        ] {
            let found = comparison.check(text.as_bytes(), &text);
            assert_eq!((found.kept, found.other, found.malformed), (1, other, malformed), "{text}");
            // The same in a carrier of text, and what is cut off there.
            for carrier in ["body", "data", "message", "hits"] {
                let inside = wrap(carrier, &text);
                let found = comparison.check(inside.as_bytes(), &inside);
                assert_eq!((found.kept, found.other, found.malformed), (1, other, malformed), "{inside}");
            }
        }
    }
    let cut = format!("{time}{event}\n{time}{}", &event[..event.len() - 2]);
    let inside = format!("{}\n{event}\n", wrap("body", &cut));
    let found = comparison.check(inside.as_bytes(), &inside);
    assert_eq!((found.kept, found.malformed), (1, 1), "{inside}");
}

#[test]
fn what_may_be_any_event_is_not_another_one() {
    let mut comparison = Comparison::new(1 << 20);
    let event = trio()[0].clone();
    for end in [16, 30, 60, 100, event.len() - 1] {
        for carrier in ["message", "Body", "raw", "log", "line"] {
            let text = format!("{event}\n{}\n", wrap(carrier, &event[..end]));
            let found = comparison.check(text.as_bytes(), &text);
            assert_eq!((found.kept, found.other, found.malformed), (1, 0, 1), "{text}");
        }
    }
    // Nobody knows whose an event is that a struct as text should tell.
    let text = format!("[{event},{}]", event.replacen("{\"userName\"", "\"{type=x\",\"y\":{\"userName\"", 1));
    let found = comparison.check(text.as_bytes(), &text);
    assert_eq!((found.kept, found.other, found.malformed), (1, 0, 1), "{text}");
    // What stands beside an empty part.
    let fields = "\"fields\":{\"eventName\":[\"AssumeRoleWithWebIdentity\"]}";
    for hit in [format!("{{\"_source\":{{}},{fields}}}"), format!("{{{fields},\"_source\":{{}}}}")] {
        let text = format!("{{\"hits\":{{\"hits\":[{hit},{{\"_source\":{event}}}]}}}}");
        let found = comparison.check(text.as_bytes(), &text);
        assert_eq!((found.kept, found.malformed), (1, 1), "{text}");
        let both = text.replace("\"_source\":{}", &format!("\"_source\":{event}"));
        let found = comparison.check(both.as_bytes(), &both);
        assert_eq!((found.kept, found.malformed), (2, 0), "{both}");
    }
}

#[test]
fn byte_order_marks_may_stand_where_texts_were_joined() {
    let mut comparison = Comparison::new(1 << 20);
    let event = trio()[0].clone();
    for text in [
        format!("\u{feff}{event}\n\u{feff}{event}\n"),
        format!("\u{feff}{{\"Records\":[{event}]}}\u{feff}{{\"Records\":[{event}]}}"),
        format!("\u{feff}\u{feff}2026-11-02T08:12:05.000Z {event}\n\u{feff}2026-11-02T08:12:05.000Z {event}\n"),
        format!("{}\n{event}", wrap("Message", &format!("\u{feff} \u{feff}{event}"))),
    ] {
        let found = comparison.check(text.as_bytes(), &text);
        assert_eq!((found.kept, found.other, found.malformed), (2, 0, 0), "{text}");
    }
}

#[test]
fn carriers_nest_up_to_a_limit() {
    let mut comparison = Comparison::new(1 << 20);
    let mut text = trio()[0].clone();
    for (levels, carrier) in ["message", "Message", "body", "kinesis gzip", "data"].into_iter().enumerate() {
        text = wrap(carrier, &text);
        let found = comparison.check(text.as_bytes(), &text);
        let read = levels < 4;
        assert_eq!((found.kept, found.malformed), (u64::from(read), u64::from(!read)), "{} levels", levels + 1);
        // Base64 of it is no carrier, in a file and in a carrier.
        let payload = wrap("payload", &text);
        let found = comparison.check(payload.as_bytes(), &payload);
        assert_eq!(
            (found.kept, found.malformed),
            (u64::from(read), u64::from(!read)),
            "{} levels in base64",
            levels + 1
        );
        let inside = wrap("Body", &payload);
        let found = comparison.check(inside.as_bytes(), &inside);
        let read = levels < 3;
        assert_eq!(
            (found.kept, found.malformed),
            (u64::from(read), u64::from(!read)),
            "{} levels and base64",
            levels + 2
        );
    }
}

#[test]
fn base64_in_base64_comes_to_an_end() {
    let mut comparison = Comparison::new(1 << 20);
    let mut text = trio()[0].clone();
    let mut read = 0;
    for times in 1..13 {
        text = wrap("payload", &text);
        let found = comparison.check(text.as_bytes(), &text);
        assert_eq!(found.kept + found.malformed, 1, "{times} times");
        assert!(found.malformed == 1 || read + 1 == times, "{times} times");
        read += usize::try_from(found.kept).unwrap();
    }
    assert!((2..12).contains(&read), "{read}");
}

#[test]
fn what_is_no_event_is_looked_at() {
    let mut comparison = Comparison::new(1 << 20);
    let event = trio()[0].clone();
    let base64 = "eyJldmVudE5hbWUi".repeat(5);
    // What stands beside an event: how many others and malformed it makes.
    for (element, other, malformed) in [
        ("1", 1, 0),
        ("-2.5e3", 1, 0),
        ("null", 0, 1),
        ("\"a line of another program\"", 1, 0),
        ("\"AssumeRoleWithWebIdentity\"", 0, 1),
        ("\"Assume\\u0052oleWithWebIdentity\"", 0, 1),
        ("{\"detail-type\":\"EC2\",\"source\":\"aws.ec2\",\"detail\":{\"state\":\"running\"}}", 1, 0),
        ("{\"x\":\"AssumeRoleWithWebIdentity\"}", 0, 1),
        ("{\"x\":{\"event\":\"{\\\"eventName\\\":\\\"Assume\\\\u0052oleWithWebIdentity\\\"}\"}}", 0, 1),
        ("{\"x\":\"BASE64\"}", 0, 1),
        ("{\"body\":\"BASE64\"}", 0, 1),
        ("{\"body\":\"hello\",\"receiptHandle\":\"BASE64\"}", 1, 0),
        ("{\"body\":\"hello\",\"x\":\"AssumeRoleWithWebIdentity\"}", 1, 1),
        ("{\"x\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\"}", 1, 0),
        ("{\"kinesis\":{\"data\":\"//79/A==\"}}", 0, 1),
        ("{\"EventId\":\"1\",\"EventName\":\"x\"}", 0, 1),
        ("{\"CloudTrailEvent\":null}", 0, 1),
        ("{\"CloudTrailEvent\":\"{'a':1}\"}", 0, 1),
        ("{\"eventSource\":\"aws:s3\",\"eventVersion\":\"2.1\",\"s3\":{\"object\":{\"key\":\"k\"}}}", 0, 1),
        ("{\"Message\":\"{\\\"s3Bucket\\\":\\\"b\\\",\\\"s3ObjectKey\\\":[\\\"k\\\"]}\"}", 0, 1),
        ("{\"source\":\"aws.s3\",\"detail\":{\"object\":{\"key\":\"k\"}}}", 0, 1),
        ("{\"Message\":\"CloudTrail validation message.\"}", 0, 0),
        ("{\"Type\":\"SubscriptionConfirmation\",\"Message\":\"AssumeRoleWithWebIdentity\"}", 0, 0),
        ("{\"Event\":\"s3:TestEvent\"}", 0, 0),
        ("{\"message\":\"CWL CONTROL MESSAGE: x\"}", 0, 0),
        ("{\"message\":\"aws-logs-write-test\"}", 0, 0),
        ("{\"message\":\"{\\\"level\\\":1} and more\"}", 1, 0),
    ] {
        let element = element.replace("BASE64", &base64);
        for text in [
            format!("{{\"Records\":[{event},{element}]}}"),
            format!("[{element},{event}]"),
            format!("{event}\n{element}\n"),
        ] {
            let found = comparison.check(text.as_bytes(), &text);
            assert_eq!((found.kept, found.other, found.malformed), (1, other, malformed), "{text}");
        }
        let alone = comparison.check(format!("[{element}]").as_bytes(), &element);
        // An event was there, or belongs there.
        let belongs = ["CloudTrailEvent", "EventId", "null"].iter().any(|word| element.contains(word));
        let read = (other, malformed) == (0, 0) || belongs;
        assert_eq!(alone.failed, !read, "{element} alone");
    }
}

#[test]
fn no_key_in_front_hides_a_list() {
    let mut comparison = Comparison::new(1 << 20);
    let trio = trio().join(",");
    for front in [
        "\"eventVersion\":\"1.0\"",
        "\"eventVersion\":\"1.08\",\"userIdentity\":{}",
        "\"eventName\":\"x\"",
        "\"userIdentity\":{}",
        "\"eventTime\":\"x\"",
        "\"eventSource\":\"x\"",
        "\"digestS3Object\":\"x\"",
        "\"detail-type\":\"x\"",
        "\"messageType\":\"CONTROL_MESSAGE\"",
        "\"CloudTrailEvent\":\"{}\"",
        "\"message\":\"x\"",
        "\"logEvents\":[]",
        "\"Events\":[1]",
        "\"detail\":{}",
    ] {
        for key in ["Records", "Events", "logEvents", "records"] {
            for text in [format!("{{{front},\"{key}\":[{trio}]}}"), format!("{{\"{key}\":[{trio}],{front}}}")] {
                let found = comparison.check(text.as_bytes(), &text);
                assert_eq!((found.failed, found.kept), (false, 3), "{text}");
            }
        }
    }
}

/// What a key or a token says does not depend on where the pieces of a text end, even where its object is larger than a record may
/// be.
#[test]
fn keys_and_tokens_tell_across_the_end_of_a_window() {
    const WINDOW: usize = 256 * 1024;
    let limits = DecodeLimits { max_record: 100_000, ..DecodeLimits::default() };
    let trio = trio().join(",");
    let long = format!("\"status\":\"{}\",", "y".repeat(120_000));
    for (tells, list, has_more) in [
        ("", "Records", false),
        ("\"NextToken\":\"x\",", "Records", true),
        ("\"NextToken\":null,", "Records", false),
        ("\"status\":\"Running\",", "results", true),
        ("\"status\":\"Complete\",", "results", false),
        // What is larger than a record may be is not that one word.
        (&*long, "results", true),
        ("\"total\":25,", "hits", true),
        ("\"total\":3,", "hits", false),
    ] {
        let behind = format!("{tells}\"{list}\":[{trio}]}}");
        for before in 0..40 {
            // Behind the long text, short members: no scanner walks over them, which would ask for more as soon as the end is near.
            let (front, short) = ("{\"pad\":\"", "\",".to_owned() + &"\"a\":\"b\",".repeat(20));
            let pad = "x".repeat(WINDOW - before - front.len() - short.len());
            let text = format!("{front}{pad}{short}{behind}");
            // A buffer that was used before may be longer.
            let mut decoder = Decoder::new(Issuers::new([HOST], false), limits).streaming();
            let found = found(&decoder.bytes(&"x".into(), text.as_bytes()));
            assert_eq!((found.kept, found.next_token), (3, has_more), "{behind} {before} in front of the window's end");
        }
    }
}

#[test]
fn an_event_in_a_carrier_beside_a_list_is_read() {
    let mut comparison = Comparison::new(1 << 20);
    let trio = trio();
    let (event, text) = (&trio[0], serde_json::to_string(&trio[0]).unwrap());
    for member in [
        format!("\"detail\":{event}"),
        format!("\"detail\":{text}"),
        format!("\"_source\":{event}"),
        format!("\"message\":{text}"),
    ] {
        for listed in [&trio[..0], &trio[1..2], &trio[1..]] {
            let list = listed.join(",");
            for text in [format!("{{\"Records\":[{list}],{member}}}"), format!("{{{member},\"Records\":[{list}]}}")] {
                let found = comparison.check(text.as_bytes(), &text);
                let kept = 1 + listed.len() as u64;
                assert_eq!((found.failed, found.kept, found.malformed), (false, kept, 0), "{text}");
            }
        }
    }
}

#[test]
fn an_event_beside_the_one_that_is_opened_is_named() {
    let mut comparison = Comparison::new(1 << 20);
    let trio = trio();
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let other = "{\"eventVersion\":\"1.11\",\"userIdentity\":{},\"eventName\":\"x\"}";
    let without_id = |event: &str| event.replace("\"eventID\"", "\"x\"");
    let spelled = |text: &str| quoted(text).replace("Role", "\\u0052ole");
    let wrapped = |event: &str| {
        [
            format!("\"_raw\":{}", quoted(event)),
            format!("\"detail\":{event}"),
            format!("\"event\":{{\"kind\":\"event\",\"original\":{}}}", quoted(event)),
            format!("\"data\":\"{}\"", wrapper::base64_of(event.as_bytes())),
            format!("\"result\":{{\"_raw\":{}}}", quoted(event)),
            format!("\"Records\":[{event}]"),
        ]
    };
    let beside = |event: &str| {
        [
            format!("\"eventjson\":{}", quoted(event)),
            format!("\"x\":{event}"),
            format!("\"x\":[1,{}]", spelled(event)),
            format!("\"x\":{{\"y\":{}}}", quoted(&spelled(event))),
            format!("\"source\":{}", spelled(event)),
        ]
    };
    for (front, first) in [(&trio[0], 1), (&other.to_owned(), 0)] {
        for opened in wrapped(front) {
            // What stands beside a list without an id is nothing of CloudTrail.
            let is_list = ["\"Records\"", "\"result\""].iter().any(|list| opened.starts_with(list));
            let without = u64::from(!is_list);
            let with_ids = beside(&trio[1]).into_iter().map(|beside| (beside, 1));
            let without_ids = beside(&without_id(&trio[1])).into_iter().map(|beside| (beside, without));
            for (beside, malformed) in with_ids.chain(without_ids) {
                for text in [format!("{{{opened},{beside}}}"), format!("{{{beside},{opened}}}")] {
                    let found = comparison.check(text.as_bytes(), &text);
                    let counts = (found.failed, found.kept, found.malformed);
                    assert_eq!(counts, (false, first, malformed), "{text}");
                }
            }
        }
    }
    // A copy of the text that was opened is no other event, and neither is a search for the name.
    let query = "\"QueryString\":\"SELECT eventVersion FROM x WHERE eventName = 'AssumeRoleWithWebIdentity'\"";
    for opened in &wrapped(&trio[0])[..3] {
        for beside in beside(&trio[0]).iter().map(String::as_str).chain([query]) {
            for text in [format!("{{{opened},{beside}}}"), format!("{{{beside},{opened}}}")] {
                let found = comparison.check(text.as_bytes(), &text);
                assert_eq!((found.kept, found.other, found.malformed), (1, 0, 0), "{text}");
            }
        }
    }
    // Two values under keys of one carrier, in whatever spelling.
    for (one, two) in [("body", "Body"), ("data", "Data"), ("event.original", "fields")] {
        let value = |key: &str, event: &str| match key {
            "fields" => format!("{{\"event.original\":[{}]}}", quoted(event)),
            "event.original" => quoted(event),
            _ => spelled(event),
        };
        for (one, two) in [(one, two), (two, one)] {
            let text = format!("{{\"{one}\":{},\"{two}\":{}}}", value(one, &trio[0]), value(two, &trio[1]));
            let found = comparison.check(text.as_bytes(), &text);
            assert_eq!((found.kept, found.malformed), (1, 1), "{text}");
        }
    }
    let text = format!("{{\"fields\":{{\"event.original\":[{},{}]}}}}", quoted(&trio[0]), quoted(&trio[1]));
    let found = comparison.check(text.as_bytes(), &text);
    assert_eq!((found.kept, found.malformed), (1, 1), "{text}");
}

#[test]
fn the_fields_of_a_text_hide_it_not() {
    let mut comparison = Comparison::new(1 << 20);
    let trio = trio();
    let other = trio[0].replace("AssumeRoleWithWebIdentity", "AssumeRole");
    let fields = "\"eventName\":\"AssumeRoleWithWebIdentity\",\"eventVersion\":\"1.11\",\"userIdentity.type\":\"x\"";
    for (event, kept) in [(&trio[0], 1), (&other, 0)] {
        let quoted = serde_json::to_string(event).unwrap();
        for text in ["\"_raw\"", "\"@message\"", "\"message\"", "\"event.original\"", "\"log\""] {
            for object in [format!("{{{fields},{text}:{quoted}}}"), format!("{{{text}:{quoted},{fields}}}")] {
                for file in [object.clone(), format!("{{\"preview\":false,\"result\":{object}}}")] {
                    let found = comparison.check(file.as_bytes(), &file);
                    assert_eq!((found.kept, found.other, found.malformed), (kept, 1 - kept, 0), "{file}");
                }
            }
        }
    }
    // An event is told by its own members; another one in it is named, and a copy of it is none.
    let quoted = serde_json::to_string(&trio[1]).unwrap();
    let own = trio[0].replacen('{', &format!("{{\"message\":{quoted},"), 1);
    let found = comparison.check(own.as_bytes(), &own);
    assert_eq!((found.kept, found.malformed), (1, 1), "{own}");
    let twice = own.replacen('{', &format!("{{\"_raw\":{quoted},"), 1);
    let found = comparison.check(twice.as_bytes(), &twice);
    assert_eq!((found.kept, found.malformed), (1, 1), "{twice}");
    let copy = trio[0].replacen('{', &format!("{{\"message\":{},", serde_json::to_string(&trio[0]).unwrap()), 1);
    let found = comparison.check(copy.as_bytes(), &copy);
    assert_eq!((found.kept, found.malformed), (1, 0), "{copy}");
    // Words of another program, which has names of its own.
    let words = format!("{{\"eventName\":\"login\",\"message\":\"it was all done\"}}\n{}", trio[0]);
    let found = comparison.check(words.as_bytes(), &words);
    assert_eq!((found.kept, found.other, found.malformed), (1, 1, 0), "{words}");
}

#[test]
fn containers_in_containers_end_at_a_limit() {
    let mut decoders = decoders(false, DecodeLimits::default());
    let mut ends_with = |levels: usize, defect: bool| {
        let text = format!("{}{}", "{\"Events\":[".repeat(levels), "]}".repeat(levels));
        for (way, decoder) in &mut decoders {
            let failed = matches!(decoder.bytes(&"-".into(), text.as_bytes()).ended, FileEnd::Failed(_));
            assert_eq!(failed, defect, "{levels} levels, {way}");
        }
    };
    ends_with(128, false);
    ends_with(129, true);
    ends_with(1_000_000, true);
}

#[test]
fn members_of_an_object_end_at_a_limit() {
    let event = &trio()[0];
    for member in ["\"Message\":\"x\",", "\"Records\":[],"] {
        for (count, malformed) in [(65_000, 0), (65_600, 1)] {
            let text = format!("[{{\"body\":\"x\",{}\"x\":0}},{event}]", member.repeat(count));
            for (way, decoder) in &mut decoders(false, DecodeLimits::default()) {
                let records = decoder.bytes(&"-".into(), text.as_bytes()).records;
                assert_eq!((records.kept, records.malformed), (1, malformed), "{count} times {member}, {way}");
            }
        }
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn files_that_are_hard_to_read(seed: u64) {
        let mut writer = Writer::new(seed);
        let mut file = writer.file();
        if writer.one_in(6)
            && let Ok(text) = std::str::from_utf8(&file)
        {
            let order = if writer.one_in(2) { u16::to_le_bytes } else { u16::to_be_bytes };
            file = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect();
        }
        for _ in 0..2 {
            if writer.one_in(3) {
                file = writer.gzip(&file);
            }
        }
        let max_record = if writer.one_in(8) { 700 + writer.below(1_500) } else { 1 << 20 };
        Comparison::new(max_record).check(&file, &format!("seed {seed}"));
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn carriers_in_carriers(seed: u64) {
        let mut writer = Writer::new(seed);
        let levels = 1 + writer.below(5);
        let mut text = String::new();
        for _ in 0..=writer.below(2) {
            text += &writer.anything(levels);
            text.push('\n');
        }
        let max_record = if writer.one_in(8) { 700 + writer.below(1_500) } else { 1 << 20 };
        Comparison::new(max_record).check(text.as_bytes(), &format!("seed {seed}: {text}"));
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn files_longer_than_a_window(seed: u64) {
        let mut writer = Writer::new(seed);
        let file = writer.long_file();
        Comparison::new(1 << 20).check(&file, &format!("seed {seed}"));
        Comparison::new(100_000).check(&writer.gzip(&file), &format!("seed {seed}"));
        let file = writer.long_object();
        Comparison::new(100_000).check(&file, &format!("object of seed {seed}"));
    }
}
