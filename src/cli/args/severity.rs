//! How bad a finding is, as typed.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::domain::finding::Severity;

/// The words of the severities.
pub fn severities() -> impl TypedValueParser<Value = Severity> {
    let words = PossibleValuesParser::new(Severity::ALL.map(Severity::as_str));
    words.map(|word| Severity::of_word(&word).unwrap_or(Severity::Info))
}
