//! Any text is a subject that says the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfctrail::domain::subject::{Subject, SubjectKind};

fuzz_target!(|text: &str| {
    let subject = Subject::parse(text);
    assert_eq!(subject.to_string(), text);
    assert_eq!(subject.kind() == SubjectKind::Other, subject.organization().is_none());
    assert_eq!(subject.organization().is_some(), subject.phase().is_some());
});
