//! What the same records take in other wrappings: `cargo bench --bench containers -- [standard|tiny|smoke|huge] [NAME…]`.
//!
//! A container of records is held against `{"Records":[…]}`, per byte of the records that are in it, and one whose payload is gzip
//! against the same in gzip as well, which is what CloudTrail writes; a packing against its own decoder, which gives the same text
//! to nobody. Both run in turn, in this process, and what counts is the least that each of them took: whatever else a machine does
//! adds to both. Beside it stand the median of the ratios of neighbours, and what it has to be within. With names, only those
//! wrappings are measured that have one of them in theirs.
#![expect(clippy::print_stdout, reason = "the table is for whoever started it")]

mod corpus;
#[expect(dead_code, reason = "the other bench uses the rest")]
mod floor;

use std::io::{self, Cursor, Read, Write as _};
use std::path::Path;
use std::sync::Mutex;

use base64::Engine as _;
use serde_json::value::RawValue;

use corpus::CorpusSpec;
use tfctrail::decode::{DecodeLimits, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;

const ROUNDS: usize = 61;

/// What is packed takes ten times as long.
const ROUNDS_OF_PACKINGS: usize = 15;

/// As much text as one buffer of the decoder takes.
const MOST_TEXT: usize = 16_000_000;

/// What records as they are may take, in whatever list or envelope.
const AIM_RECORDS: f64 = 2.0;

/// What records as texts in texts may take.
const AIM_TEXTS: f64 = 3.0;

/// What packed records may take, beside their decoder.
const AIM_PACKINGS: f64 = 1.2;

/// How the name of a container ends whose payload is packed.
const IN_GZIP: &str = "beside Records of gzip";

#[derive(serde::Deserialize)]
struct LogFile<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("nothing measured: run it with cargo bench");
        return Ok(());
    }
    let mut words = words.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let preset = words.next().unwrap_or("standard");
    let names: Vec<&str> = words.collect();
    let is_asked_for = |name: &str| names.is_empty() || names.iter().any(|part| name.contains(part));
    let Some(spec) = CorpusSpec::preset(preset) else {
        return Err(io::Error::other(format!("no preset is named {preset}: standard, tiny, smoke and huge are")));
    };
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let dir = tmp.parent().unwrap_or(tmp).join("bench-corpus").join(preset);
    corpus::ensure(&spec, &dir)?;
    let records = records(&dir.join("AWSLogs"))?;
    let inner: usize = records.iter().map(String::len).sum();
    println!("{} records, {} MB\n", records.len(), inner / 1_000_000);
    println!("| container | ratio to Records per byte of record (CPU) | median | within |\n|---|---|---|---|");
    let plain = format!("{{\"Records\":[{}]}}", records.join(","));
    let zipped = gzip(plain.as_bytes())?;
    for (name, aim, text) in containers(&records).into_iter().filter(|(name, ..)| is_asked_for(name)) {
        let own = if name.ends_with(IN_GZIP) { &*zipped } else { plain.as_bytes() };
        let pair = || Ok([read(text.as_bytes(), records.len())?, read(own, records.len())?]);
        print_row(name, aim, ROUNDS, pair)?;
    }
    println!("\n| packing | ratio to its own decoder (CPU) | median | within |\n|---|---|---|---|");
    for Packing { name, pack, open } in packings().into_iter().filter(|packing| is_asked_for(packing.name)) {
        let packed = pack(plain.as_bytes())?;
        let pair = || Ok([read(&packed, records.len())?, undo(&packed, open)?]);
        print_row(name, AIM_PACKINGS, ROUNDS_OF_PACKINGS, pair)?;
    }
    Ok(())
}

/// Measures pairs, ours in front, and prints what comes out.
fn print_row(name: &str, aim: f64, rounds: usize, pair: impl Fn() -> io::Result<[f64; 2]>) -> io::Result<()> {
    let pairs = (0..rounds).map(|_| pair()).collect::<io::Result<Vec<_>>>()?;
    let least = |which: usize| pairs.iter().map(|pair| pair[which]).fold(f64::INFINITY, f64::min);
    let ratio = least(0) / least(1);
    let mut ratios: Vec<f64> = pairs.iter().map(|[ours, other]| ours / other).collect();
    ratios.sort_by(f64::total_cmp);
    let verdict = if ratio <= aim { "" } else { " (missed)" };
    println!("| {name} | {ratio:.2} | {:.2} | {aim}{verdict} |", ratios[rounds / 2]);
    io::stdout().flush()
}

/// The records in each container: its name, what it may take, and the text.
fn containers(records: &[String]) -> Vec<(&'static str, f64, String)> {
    let each = |wrap: &dyn Fn(&str) -> String| records.iter().map(|record| wrap(record)).collect::<Vec<_>>();
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let bridge = |record: &str| {
        format!(
            "{{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.sts\",\"resources\":[],\"detail\":{record}}}"
        )
    };
    let member = |key: &'static str| move |record: &str| format!("{{\"id\":\"1\",\"{key}\":{}}}", quoted(record));
    let base64 = |record: &str| base64::engine::general_purpose::STANDARD.encode(record);
    let subscription = |records: &[String]| {
        let events: Vec<String> = records.iter().map(|record| member("message")(record)).collect();
        let text = format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{}]}}", events.join(","));
        base64::engine::general_purpose::STANDARD.encode(gzip(text.as_bytes()).unwrap_or_default())
    };
    let lambda = |records: &[String]| format!("{{\"awslogs\":{{\"data\":\"{}\"}}}}", subscription(records));
    let subscriptions = records.chunks(500).map(lambda).collect::<Vec<_>>().join("\n");
    let list = |key: &str, elements: Vec<String>| format!("{{\"{key}\":[{}]}}", elements.join(","));
    let row = |record: &str| format!("[{{\"field\":\"@message\",\"value\":{}}}]", quoted(record));
    let cell = |record: &str| format!("\"{}\"", record.replace('"', "\"\""));
    let splunk = |record: &str| format!("{{\"preview\":false,\"result\":{{\"_raw\":{}}}}}", quoted(record));
    let original = |record: &str| format!("{{\"_source\":{{\"event\":{{\"original\":{}}}}}}}", quoted(record));
    let log = |record: &str| format!("{{\"log\":{},\"stream\":\"stdout\"}}", quoted(&format!("{record}\n")));
    let line = |record: &str| format!("2026-11-02T08:12:05.000Z {record}");
    let data = |record: &str| format!("{{\"data\":\"{}\"}}", base64(record));
    vec![
        ("NDJSON", AIM_RECORDS, records.join("\n")),
        ("array", AIM_RECORDS, format!("[{}]", records.join(","))),
        ("EventBridge", AIM_RECORDS, each(&bridge).join("\n")),
        ("Elasticsearch, objects", AIM_TEXTS, each(&|record| format!("{{\"_source\":{record}}}")).join("\n")),
        ("CloudWatch Logs", AIM_TEXTS, list("logEvents", each(&member("message")))),
        ("subscription, beside plain Records", AIM_TEXTS, subscriptions.clone()),
        ("subscription, beside Records of gzip", AIM_TEXTS, subscriptions),
        ("export task", AIM_TEXTS, each(&line).join("\n") + "\n"),
        ("Insights", AIM_TEXTS, list("results", each(&row))),
        ("SNS", AIM_TEXTS, each(&member("Message")).join("\n")),
        ("SQS", AIM_TEXTS, list("Messages", each(&member("Body")))),
        ("Firehose", AIM_TEXTS, list("records", each(&data))),
        ("lookup-events", AIM_TEXTS, list("Events", each(&member("CloudTrailEvent")))),
        ("CSV of Lake", AIM_TEXTS, format!("eventjson\n{}\n", each(&cell).join("\n"))),
        ("Splunk", AIM_TEXTS, each(&splunk).join("\n")),
        ("Elasticsearch, texts", AIM_TEXTS, each(&original).join("\n")),
        ("Fluent Bit", AIM_TEXTS, each(&log).join("\n")),
    ]
}

/// How a text is packed, and what undoes nothing but the packing.
struct Packing {
    name: &'static str,
    pack: fn(&[u8]) -> io::Result<Vec<u8>>,
    open: Open,
}

type Open = for<'a> fn(&'a [u8]) -> io::Result<Box<dyn Read + 'a>>;

fn packings() -> [Packing; 6] {
    let packing = |name, pack, open| Packing { name, pack, open };
    [
        packing(
            "gzip in gzip",
            |text| gzip(&gzip(text)?),
            |bytes| {
                let outer = flate2::bufread::MultiGzDecoder::new(bytes);
                Ok(Box::new(flate2::read::MultiGzDecoder::new(outer)))
            },
        ),
        packing("zstd", |text| zstd::encode_all(text, 3), |bytes| Ok(Box::new(zstd::Decoder::with_buffer(bytes)?))),
        packing("bzip2", bzip2_of, |bytes| Ok(Box::new(bzip2::bufread::MultiBzDecoder::new(bytes)))),
        packing(
            "xz",
            |text| liblzma::encode_all(text, 6),
            |bytes| Ok(Box::new(liblzma::bufread::XzDecoder::new(bytes))),
        ),
        packing("zip", zip_of, |bytes| {
            // Behind the header of its one member, which has a name and nothing else.
            let extra = usize::from(u16::from_le_bytes([bytes[28], bytes[29]]));
            let text = flate2::bufread::DeflateDecoder::new(&bytes[30 + "a.json".len() + extra..]);
            // Its sum is part of the format, as that of gzip is.
            Ok(Box::new(flate2::CrcReader::new(text)))
        }),
        packing(
            "tar in gzip",
            |text| gzip(&tar_of(text)?),
            |bytes| Ok(Box::new(flate2::bufread::MultiGzDecoder::new(bytes))),
        ),
    ]
}

fn bzip2_of(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(text)?;
    encoder.finish()
}

fn zip_of(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.json", zip::write::SimpleFileOptions::default()).map_err(io::Error::other)?;
    zip.write_all(text)?;
    Ok(zip.finish().map_err(io::Error::other)?.into_inner())
}

fn tar_of(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(text.len()).map_err(io::Error::other)?);
    tar.append_data(&mut header, "a.json", text)?;
    tar.into_inner()
}

fn gzip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text)?;
    encoder.finish()
}

/// Seconds of CPU of a reading by the program, which finds so many records. Its buffers are there already, as they are for all
/// files but the first.
fn read(file: &[u8], records: usize) -> io::Result<f64> {
    let mut decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
    let mut step = || {
        let read = decoder.bytes(&"-".into(), file);
        if read.ended != FileEnd::Read || read.records.total != records as u64 {
            return Err(io::Error::other(format!("{:?}, {:?}", read.ended, read.records)));
        }
        Ok(())
    };
    step()?;
    seconds(step)
}

/// The same of its decoder alone.
fn undo(packed: &[u8], open: Open) -> io::Result<f64> {
    let mut piece = vec![0; 256 << 10];
    seconds(|| {
        let mut text = open(packed)?;
        while text.read(&mut piece)? > 0 {}
        Ok(())
    })
}

fn seconds(step: impl FnMut() -> io::Result<()>) -> io::Result<f64> {
    Ok(floor::measure(step)?.cpu.as_secs_f64())
}

/// Records of the archive, as they are written.
fn records(root: &Path) -> io::Result<Vec<String>> {
    let found = Mutex::new((Vec::new(), 0));
    floor::inflate_each(root, 1, |text| {
        let Ok(mut found) = found.lock() else { return 0 };
        let (records, bytes) = &mut *found;
        if let Ok(file) = serde_json::from_slice::<LogFile>(text) {
            let more = file.records.iter().take_while(|record| {
                *bytes += record.get().len();
                *bytes < MOST_TEXT
            });
            records.extend(more.map(|record| record.get().to_owned()));
        }
        0
    })?;
    found.into_inner().map(|(records, _)| records).map_err(|_| io::Error::other("a worker has failed"))
}
