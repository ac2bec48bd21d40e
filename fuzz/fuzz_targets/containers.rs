//! Any bytes in any wrapping, table or packing of the registries are decoded without a panic, the tally balances, and every
//! way to decode gives the same. The first bytes of an input say which wrappings are put around the rest.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use tfctrail::decode::container::{CARRIERS, Holds, TABLES};
use tfctrail::decode::{Decoded, DecodeLimits, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;

fn gist(decoded: &Decoded) -> String {
    assert!(decoded.records.balances());
    assert_eq!(decoded.records.kept, decoded.assumptions.len() as u64);
    let failed = matches!(decoded.ended, FileEnd::Failed(_));
    format!("{failed} {:?} {:?} {:?} {}", decoded.records, decoded.malformed, decoded.assumptions, decoded.has_more.is_some())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A text in a member of each key that a carrier of the registry opens, in a row of each kind of table, or in a packing.
fn wrapped(choice: u8, inner: &[u8]) -> Vec<u8> {
    let quoted = serde_json::to_string(&String::from_utf8_lossy(inner)).unwrap_or_default();
    let (kind, number) = (choice % 4, usize::from(choice / 4));
    let carrier = &CARRIERS[number % CARRIERS.len()];
    let key = carrier.keys().nth(number / CARRIERS.len()).or(carrier.keys().next()).unwrap_or("Records");
    match kind {
        0 if carrier.holds == Holds::Nothing => format!("{{\"{key}\":[{quoted}]}}").into_bytes(),
        0 => format!("{{\"{key}\":{quoted}}}").into_bytes(),
        1 => [format!("{{\"{key}\":").as_bytes(), inner, b"}"].concat(),
        2 => {
            let table = &TABLES[number % TABLES.len()];
            let cells = vec![format!("\"{}\"", String::from_utf8_lossy(inner).replace('"', "\"\"")); table.columns.len()];
            format!("{}\n{}\n", table.columns.join(","), cells.join(",")).into_bytes()
        }
        _ => gzip(inner),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choices, rest)) = bytes.split_at_checked(3) else { return };
    let mut file = rest.to_vec();
    for choice in choices {
        if choice % 5 != 0 {
            file = wrapped(*choice, &file);
        }
    }
    let limits = DecodeLimits { salvage: true, max_record: 4_000, max_file: 1 << 20 };
    let decoder = || Decoder::new(Issuers::new([""; 0], true), limits);
    let expected = gist(&decoder().bytes(&"-".into(), &file));
    assert_eq!(gist(&decoder().streaming().bytes(&"-".into(), &file)), expected);
});
