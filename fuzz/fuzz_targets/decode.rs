//! Any bytes are decoded without a panic, the tally balances, and every way to decode gives the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfctrail::decode::structure::Scanner;
use tfctrail::decode::{Decoded, Decoder, FileEnd, DecodeLimits};
use tfctrail::domain::issuer::Issuers;

/// What must be the same for every way to decode.
fn gist(decoded: &Decoded) -> String {
    assert!(decoded.records.balances());
    assert_eq!(decoded.records.kept, decoded.assumptions.len() as u64);
    let failed = matches!(decoded.ended, FileEnd::Failed(_));
    format!("{failed} {:?} {:?} {:?}", decoded.records, decoded.malformed, decoded.assumptions)
}

fuzz_target!(|bytes: &[u8]| {
    let limits = DecodeLimits { salvage: true, max_record: 4_000, max_file: 1 << 20 };
    let decoder = || Decoder::new(Issuers::new([""; 0], true), limits);
    let expected = gist(&decoder().bytes(&"-".into(), bytes));
    for scanner in Scanner::every() {
        let mut whole = decoder().with_scanner(scanner);
        assert_eq!(gist(&whole.bytes(&"-".into(), bytes)), expected);
        assert_eq!(gist(&whole.streaming().bytes(&"-".into(), bytes)), expected);
    }
});
