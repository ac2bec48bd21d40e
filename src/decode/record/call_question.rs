//! What a scan asks of the records that are no assumptions: at most one question at a time.

use std::sync::Arc;

use super::call::CallReader;
use super::principals::PrincipalNotes;
use super::session_call::SessionCallReader;
use crate::decode::defect::MalformedReason;
use crate::domain::call::Call;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;

/// Which calls are looked for.
#[derive(Debug)]
pub(in crate::decode) enum CallQuestion {
    /// Terraform's, with long-lived credentials.
    LongLived(Box<CallReader>),
    /// Those with the credentials of sessions.
    Session(Box<SessionCallReader>),
}

/// What a record turned out to be.
pub(in crate::decode) enum FoundCall {
    /// Nothing that was looked for.
    None,
    /// A call with a long-lived credential.
    LongLived(Call),
    /// A call with the credentials of a session.
    Session(Box<SessionCall>),
}

impl CallQuestion {
    /// Whether a record without escapes that hide letters may be such a call.
    pub(in crate::decode) fn may_be_call(&self, record: &[u8]) -> bool {
        match self {
            Self::LongLived(reader) => reader.may_be_call(record),
            Self::Session(reader) => reader.may_be_call(record),
        }
    }

    /// Reads a record. `hidden` says that escapes in it may spell letters.
    pub(in crate::decode) fn read(
        &mut self,
        record: &[u8],
        hidden: bool,
        issuers: &Issuers,
        log_file: &Arc<str>,
    ) -> Result<FoundCall, MalformedReason> {
        match self {
            Self::LongLived(reader) if hidden || reader.may_be_call(record) => {
                Ok(reader.read(record)?.map_or(FoundCall::None, FoundCall::LongLived))
            }
            Self::LongLived(_) => Ok(FoundCall::None),
            Self::Session(reader) => {
                let call = reader.read(record, hidden, issuers, log_file)?;
                Ok(call.map_or(FoundCall::None, |call| FoundCall::Session(Box::new(call))))
            }
        }
    }

    /// Whether the principals of sessions are wanted.
    pub(in crate::decode) fn wants_principals(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// Whether the file was read before, by a question that read fewer of its records.
    pub(in crate::decode) fn reads_again(&self) -> bool {
        matches!(self, Self::Session(reader) if reader.reads_again())
    }

    /// What was noted of the file that ends here.
    pub(in crate::decode) fn finish(&mut self) -> PrincipalNotes {
        match self {
            Self::LongLived(_) => PrincipalNotes::default(),
            Self::Session(reader) => reader.finish(),
        }
    }
}
