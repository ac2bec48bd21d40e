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
    /// Those with the credentials of sessions, and perhaps what others do with what runs wrote.
    Session(Box<SessionCallReader>, OthersQuestion),
    /// Everybody's writes to some resources.
    Writes(Box<ResourceWriteReader>),
}

/// Of which kind the calls are that are looked for: what has to be known of each follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum CallKind {
    /// Terraform's, with long-lived credentials.
    LongLived,
    /// Those with the credentials of sessions, and what others do with what they wrote.
    Session,
}

/// What is asked about others in the reading that finds the calls of sessions.
#[derive(Debug, Default)]
pub(in crate::decode) struct OthersQuestion {
    /// Notes which resources all writes name.
    pub(in crate::decode) notes: Option<Box<WriteNotes>>,
    /// Finds everybody's writes to the resources that are known to be of runs already, of each file by itself.
    pub(in crate::decode) writes: Option<Box<ResourceWriteReader>>,
}

impl OthersQuestion {
    /// Reads what a record is to the resources of runs, if it is known to be something, and notes what else it may turn out to be.
    /// `is_own` says that it is a call of a run.
    fn read(
        &mut self,
        record: &[u8],
        hidden: bool,
        is_own: bool,
        log_file: &Arc<str>,
    ) -> Option<Result<ResourceWrite, MalformedReason>> {
        let Self { notes, writes } = self;
        let write = writes.as_mut().and_then(|reader| reader.read(record, hidden, is_own, log_file).transpose());
        if let Some(notes) = notes {
            let tells_all = || !hidden && writes.as_ref().is_some_and(|it| it.tells_all(record));
            let is_told = matches!(write, Some(Ok(_))) && tells_all();
            if !is_told {
                notes.note(record, hidden);
            }
        }
        write
    }
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
    /// A call with the credentials of a session, if it is one, and what it is to the resources of runs: a write to one, or one
    /// that cannot be read as such.
    Others(Option<Box<SessionCall>>, Result<Box<ResourceWrite>, MalformedReason>),
}

impl CallQuestion {
    /// Of which kind the calls are that are looked for.
    pub(in crate::decode) fn kind(&self) -> CallKind {
        match self {
            Self::LongLived(_) => CallKind::LongLived,
            Self::Session(..) | Self::Writes(_) => CallKind::Session,
        }
    }

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
            Self::Session(reader, others) => {
                let call = reader.read(record, hidden, issuers, log_file);
                let is_own = matches!(call, Ok(Some(_)));
                let write = others.read(record, hidden, is_own, log_file);
                let call = call?.map(Box::new);
                Ok(match (call, write) {
                    (call, Some(write)) => FoundCall::Others(call, write.map(Box::new)),
                    (Some(call), None) => FoundCall::Session(call),
                    (None, None) => FoundCall::None,
                })
            }
            Self::Writes(reader) => {
                let write = reader.read(record, hidden, false, log_file)?;
                Ok(write.map_or(FoundCall::None, |write| FoundCall::Write(Box::new(write))))
            }
        }
    }

    /// Whether the principals of sessions are wanted.
    pub(in crate::decode) fn wants_principals(&self) -> bool {
        matches!(self, Self::Session(..))
    }

    /// Whether `requestParameters` of calls of sessions are wanted.
    pub(in crate::decode) fn wants_parameters(&self) -> bool {
        matches!(self, Self::Session(reader, _) if reader.wants_parameters())
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
            Self::Session(reader, others) => {
                if let Some(writes) = &mut others.writes {
                    writes.begin_anew();
                }
                reader.finish()
            }
        }
    }

    /// The ARNs that its writes name.
    pub(in crate::decode) fn finish_writes(&mut self) -> WrittenArns {
        match self {
            Self::Session(_, OthersQuestion { notes: Some(notes), .. }) => notes.finish(),
            _ => Some(Box::default()),
        }
    }
}
