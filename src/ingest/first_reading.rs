//! How log files are read for the first time.

use std::io;
use std::sync::Arc;

use super::options::{IngestOptions, WantedCalls};
use crate::decode::Decoder;
use crate::decode::defect::io_reason;
use crate::decode::record::session_call::SessionPass;
use crate::domain::log_key::LogKey;
use crate::source::{Body, Chunk, Listing, Unlisted};

/// A decoder that finds what is asked for.
pub(super) fn decoder(options: &IngestOptions, is_extract: bool) -> Decoder {
    let decoder = options.decoder();
    let decoder = match (options.calls, options.calls.parameters_of_sessions()) {
        (WantedCalls::SessionAndWrites, _) => decoder.with_session_calls(SessionPass::First, true).noting_writes(),
        (_, Some(parameters)) => decoder.with_session_calls(SessionPass::First, parameters),
        (WantedCalls::LongLived, None) => decoder.with_calls(),
        _ => decoder,
    };
    match options.calls.parameters_of_sessions().filter(|_| is_extract) {
        // Whoever reads a log file again that an extract is of is to know whether it is the same.
        Some(_) => decoder.noting_places().hashing_stored(),
        None if is_extract => decoder.noting_places(),
        None => decoder,
    }
}

/// Standard input; `again` says that it may be read twice, so that it is put aside first.
pub(super) fn stdin_listing(source: usize, again: bool) -> Listing {
    let log_file: Arc<str> = "-".into();
    let body = match if again { spooled_stdin() } else { Ok(Body::Stdin) } {
        Ok(body) => body,
        Err(error) => {
            let reason = format!("cannot be put aside in a temporary file: {}", io_reason(&error));
            let unlisted = Unlisted { file: log_file, reason, forbidden: false };
            return Listing { failed: vec![unlisted], ..Listing::default() };
        }
    };
    let key = LogKey::default();
    let chunk = Chunk { source, log_file, key, version: None, modified: None, walked: None, body };
    Listing { chunks: vec![chunk], ..Listing::default() }
}

fn spooled_stdin() -> io::Result<Body> {
    let mut file = tempfile::tempfile()?;
    let size = io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(Body::Spooled { file, size, share: None })
}
