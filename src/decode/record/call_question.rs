//! What a scan asks of the records that are no assumptions: at most one question at a time.

use std::sync::Arc;

use super::call::CallReader;
use super::principals::PrincipalNotes;
use super::resource_write::{ResourceWriteReader, WriteNotes, WrittenArns};
use super::session_call::SessionCallReader;
use crate::decode::defect::MalformedReason;
use crate::domain::call::Call;
use crate::domain::issuer::Issuers;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;

/// Which calls are looked for.
#[derive(Debug)]
pub(in crate::decode) enum CallQuestion {
    /// Terraform's, with long-lived credentials.
    LongLived(Box<CallReader>),
    /// Those with the credentials of sessions; where it is wanted, which resources all others write is noted.
    Session(Box<SessionCallReader>, Option<Box<WriteNotes>>),
    /// Everybody's writes to some resources.
    Writes(Box<ResourceWriteReader>),
}

/// What a record turned out to be.
pub(in crate::decode) enum FoundCall {
    /// Nothing that was looked for.
    None,
    /// A call with a long-lived credential.
    LongLived(Call),
    /// A call with the credentials of a session.
    Session(Box<SessionCall>),
    /// A write to one of the resources.
    Write(Box<ResourceWrite>),
}

impl CallQuestion {
    /// Whether a record without escapes that hide letters may be such a call.
    pub(in crate::decode) fn may_be_call(&self, record: &[u8]) -> bool {
        match self {
            Self::LongLived(reader) => reader.may_be_call(record),
            Self::Session(reader, _) => reader.may_be_call(record),
            Self::Writes(_) => true,
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
            Self::Session(reader, writes) => {
                if let Some(writes) = writes {
                    writes.note(record, hidden);
                }
                let call = reader.read(record, hidden, issuers, log_file)?;
                Ok(call.map_or(FoundCall::None, |call| FoundCall::Session(Box::new(call))))
            }
            Self::Writes(reader) => {
                let write = reader.read(record, hidden, log_file)?;
                Ok(write.map_or(FoundCall::None, |write| FoundCall::Write(Box::new(write))))
            }
        }
    }

    /// Whether the principals of sessions are wanted.
    pub(in crate::decode) fn wants_principals(&self) -> bool {
        matches!(self, Self::Session(..))
    }

    /// Whether the file was read before, by a question that read fewer of its records.
    pub(in crate::decode) fn reads_again(&self) -> bool {
        match self {
            Self::LongLived(_) => false,
            Self::Session(reader, _) => reader.reads_again(),
            Self::Writes(_) => true,
        }
    }

    /// What was noted of the file that ends here.
    pub(in crate::decode) fn finish(&mut self) -> PrincipalNotes {
        match self {
            Self::LongLived(_) | Self::Writes(_) => PrincipalNotes::default(),
            Self::Session(reader, _) => reader.finish(),
        }
    }

    /// The ARNs that its writes name.
    pub(in crate::decode) fn finish_writes(&mut self) -> WrittenArns {
        match self {
            Self::Session(_, Some(writes)) => writes.finish(),
            _ => Some(Box::default()),
        }
    }
}
