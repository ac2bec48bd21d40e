//! Any text is a key; only a full file name of the right kind has a stamp.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfctrail::domain::log_key::{LogKey, LogKind};

fuzz_target!(|text: &str| {
    let key = LogKey::parse(text);
    assert!(key.delivered.is_none() || key.kind == Some(LogKind::CloudTrail));
    assert!(key.delivered.is_none() || (key.account.is_some() && key.region.is_some() && key.date.is_some()));
});
