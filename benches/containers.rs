//! What the same records take in other containers, as ratios to `{"Records":[…]}` per byte of text, in the same process;
//! where the records are texts in texts, per byte of the records.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use serde_json::value::RawValue;

use tfctrail::decode::{DecodeLimits, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;

use crate::floor;

/// As much text as one buffer of the decoder takes.
const MOST_TEXT: usize = 16_000_000;

#[derive(serde::Deserialize)]
struct LogFile<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

/// Rows of the table: each container, and its ratios, one a round.
pub(crate) fn ratios(root: &Path, rounds: usize) -> io::Result<Vec<(&'static str, Vec<f64>)>> {
    let records = records(root)?;
    let plain = format!("{{\"Records\":[{}]}}", records.join(","));
    let each = |wrap: &dyn Fn(&str) -> String| records.iter().map(|record| wrap(record)).collect::<Vec<_>>();
    let quoted = |record: &str| serde_json::to_string(record).unwrap_or_default();
    let bridge = |record: &str| {
        format!(
            "{{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.sts\",\"resources\":[],\"detail\":{record}}}"
        )
    };
    let message = |record: &str| format!("{{\"id\":\"1\",\"timestamp\":1,\"message\":{}}}", quoted(record));
    let splunk = |record: &str| format!("{{\"preview\":false,\"result\":{{\"_raw\":{}}}}}", quoted(record));
    let row = |record: &str| format!("[{{\"field\":\"@message\",\"value\":{}}}]", quoted(record));
    let cell = |record: &str| format!("\"{}\"", record.replace('"', "\"\""));
    let inner: usize = records.iter().map(String::len).sum();
    let as_texts = [
        ("CloudWatch Logs", format!("{{\"logEvents\":[{}]}}", each(&message).join(","))),
        ("Splunk", each(&splunk).join("\n")),
        ("Insights", format!("{{\"results\":[{}]}}", each(&row).join(","))),
        ("CSV of Lake", format!("eventjson\n{}\n", each(&cell).join("\n"))),
    ];
    let as_records = [
        ("NDJSON", records.join("\n")),
        ("array", format!("[{}]", records.join(","))),
        ("EventBridge", each(&bridge).join("\n")),
    ];
    let as_records = as_records.map(|(name, text)| (name, text.len(), text));
    let texts = as_records.into_iter().chain(as_texts.map(|(name, text)| (name, inner, text)));
    let mut rows = Vec::new();
    for (name, bytes, text) in texts {
        let mut ratios = Vec::new();
        for _ in 0..rounds {
            ratios.push(cost(&text, bytes, records.len())? / cost(&plain, plain.len(), records.len())?);
        }
        rows.push((name, ratios));
    }
    Ok(rows)
}

/// Seconds of CPU for each of so many bytes, of a few readings.
fn cost(text: &str, bytes: usize, records: usize) -> io::Result<f64> {
    const READINGS: u32 = 5;
    let mut decoder = Decoder::new(Issuers::default(), DecodeLimits::default());
    let measured = floor::measure(|| {
        for _ in 0..READINGS {
            let read = decoder.bytes(&"-".into(), text.as_bytes());
            if read.ended != FileEnd::Read || read.records.total != records as u64 {
                return Err(io::Error::other(format!("{:?}, {:?}", read.ended, read.records)));
            }
        }
        Ok(())
    })?;
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    Ok(measured.cpu.as_secs_f64() / f64::from(READINGS) / f64::from(bytes))
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
