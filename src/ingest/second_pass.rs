//! The second reading of files that hold calls of runs which no record tells by itself.
//!
//! After the first pass all assumptions are known, and who handed credentials on to whom. From the principals of the runs'
//! sessions this leads to every principal that may be a run's, whatever the order of the files. Only files that name one of
//! these in a record that was not kept are read again.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::archive::{ArchiveReading, NO_ARCHIVE};
use super::noted::{NotedFile, NotedFiles, NotedPlace, ReadAgain, missing};
use super::options::{IngestOptions, WantedCalls};
use super::pool::on_each;
use crate::audit::activity::grouped_calls::GroupedCalls;
use crate::audit::activity::put_aside::CallRoom;
use crate::audit::aside::file::AsideFile;
use crate::audit::coverage::{Coverage, MalformedRecord};
use crate::decode::record::principals::{PrincipalHash, hash};
use crate::decode::record::session_call::SessionPass;
use crate::decode::{Decoded, Decoder};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::progress::Progress;
use crate::source::Chunk;
use crate::source::known::ReadAgainFor;
use crate::source::place::FolderHandle;
use crate::source::remote::Remote;

/// Calls with the credentials of sessions, and what tells whose they are.
#[derive(Debug, Default)]
pub struct SessionCalls {
    /// The calls, copies and all, in no order. Some may be of sessions that no run began.
    pub calls: Vec<SessionCall>,
    /// More of them, of which only a little is kept each, where that was asked for.
    pub grouped: GroupedCalls,
    are_grouped: bool,
    /// The principals of the sessions that assumptions began, by the `content` of the assumption.
    pub principals: HashMap<[u8; 32], Box<str>>,
    /// What anybody wrote to the resources that calls among these wrote, copies and all; only where it was asked for.
    pub writes: Vec<ResourceWrite>,
}

impl SessionCalls {
    /// None yet; groups of calls take no more than there is room for.
    pub(super) fn new(options: &IngestOptions, room: CallRoom) -> Self {
        let are_grouped = options.calls == WantedCalls::Grouped;
        let grouped = if are_grouped { GroupedCalls::within(room, options.told) } else { GroupedCalls::default() };
        Self { grouped, are_grouped, ..Self::default() }
    }

    /// Those that a store keeps.
    #[must_use]
    pub fn of_store(
        (calls, grouped): (Vec<SessionCall>, GroupedCalls),
        principals: HashMap<[u8; 32], Box<str>>,
        writes: Vec<ResourceWrite>,
    ) -> Self {
        Self { calls, grouped, principals, writes, ..Self::default() }
    }

    /// Takes what was found in a file.
    pub(super) fn add(&mut self, decoded: &mut Decoded) {
        self.take(&mut decoded.session_calls);
        self.principals.extend(decoded.principals.drain(..));
    }

    fn take(&mut self, calls: &mut Vec<SessionCall>) {
        if !self.are_grouped {
            self.calls.append(calls);
            return;
        }
        self.calls.extend(calls.drain(..).filter_map(|call| self.grouped.add(call).err()).map(|call| *call));
    }

    /// Takes those calls of these principals that an extract has of a file, which is not read a second time.
    fn take_beside(&mut self, mut file: NotedFile, wanted: &HashSet<PrincipalHash>) {
        file.beside.retain(|call| {
            call.caller.principal_id.as_deref().is_some_and(|principal| wanted.contains(&hash(principal.as_bytes())))
        });
        self.take(&mut file.beside);
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.calls.append(&mut other.calls);
        self.grouped.merge(other.grouped);
        self.principals.extend(other.principals);
    }

    /// The principals that are a run's by themselves: those of assumptions, and those of kept calls.
    fn roots(&self) -> HashSet<PrincipalHash> {
        let callers = self.calls.iter().map(|call| &*call.caller).chain(self.grouped.callers());
        let of_calls = callers.filter_map(|caller| caller.principal_id.as_deref());
        let of_assumptions = self.principals.values().map(|principal| &**principal);
        of_calls.chain(of_assumptions).map(|principal| hash(principal.as_bytes())).collect()
    }
}

/// Room for so many bytes of calls; the others go into temporary files.
#[must_use]
pub fn call_room(bytes: u64) -> CallRoom {
    CallRoom::new(bytes, || Ok(Box::new(tempfile::tempfile()?) as Box<dyn AsideFile>))
}

/// Room for the groups of calls of each worker, in the first reading or in the second one.
pub(super) fn room_of_each(options: &IngestOptions) -> CallRoom {
    call_room(options.call_memory).shared_by(2 * options.threads.get())
}

/// How files are read again.
pub(super) struct SecondPass<'a> {
    pub(super) chunks: &'a [Chunk],
    pub(super) remotes: &'a [Remote],
    pub(super) options: &'a IngestOptions,
    /// Whether `requestParameters` are wanted.
    pub(super) parameters: bool,
    pub(super) progress: &'a Progress,
    /// How many calls of groups may lie in memory at once, for each worker.
    pub(super) room: CallRoom,
}

impl SecondPass<'_> {
    /// Reads what may hold more calls of runs, and puts them beside the others.
    pub(super) fn read(&self, noted: NotedFiles, sessions: &mut SessionCalls, coverage: &mut Coverage) {
        let wanted = Arc::new(noted.reached(sessions.roots()));
        if wanted.is_empty() {
            return;
        }
        let may_hold = |file: &NotedFile| {
            file.principals.as_ref().is_none_or(|all| all.iter().any(|principal| wanted.contains(principal)))
        };
        let (files, others): (Vec<NotedFile>, Vec<NotedFile>) = noted.files.into_iter().partition(may_hold);
        for file in others {
            sessions.take_beside(file, &wanted);
        }
        if files.is_empty() {
            return;
        }
        let (read, kept) = self.read_all(
            files,
            |decoder| decoder.with_session_calls(SessionPass::Second(Arc::clone(&wanted)), self.parameters),
            || SessionCalls::new(self.options, self.room.clone()),
            |kept, decoded| kept.take(&mut decoded.session_calls),
        );
        for kept in kept {
            sessions.merge(kept);
        }
        for (file, name, content) in read {
            match content {
                Ok(mut decoded) => {
                    coverage.reject_later(file.key.delivered, decoded.unread_calls.len() as u64);
                    coverage.malformed.extend(decoded.unread_calls.drain(..).map(|malformed| MalformedRecord {
                        file: Arc::clone(&name),
                        offset: malformed.offset,
                        reason: malformed.reason.to_string(),
                    }));
                }
                Err(reason) => {
                    coverage.incomplete.insert(missing(ReadAgainFor::Calls, &name, &reason));
                    sessions.take_beside(file, &wanted);
                }
            }
        }
    }

    /// Reads files again with a decoder that `asks` something, of which each worker keeps what it will: each file, its name, and
    /// what was read of it.
    pub(super) fn read_all<K: Send>(
        &self,
        files: Vec<NotedFile>,
        asks: impl Fn(Decoder) -> Decoder + Sync,
        nothing: impl Fn() -> K + Sync,
        keep: impl Fn(&mut K, &mut Decoded) + Sync,
    ) -> (Vec<ReadAgain>, Vec<K>) {
        let is_extracted = |file: &NotedFile| file.extracted().is_some();
        let (extracted, files): (Vec<NotedFile>, Vec<NotedFile>) = files.into_iter().partition(is_extracted);
        let (mut all, mut of_workers) = self.read_here(files, &asks, &nothing, &keep);
        let IngestOptions { archive, threads, .. } = self.options;
        let reading = ArchiveReading { archive: archive.as_deref(), threads: *threads, progress: self.progress };
        let (more, kept) = reading.read(extracted, || asks(self.options.decoder()).hashing_stored(), nothing, keep);
        all.extend(more);
        of_workers.extend(kept);
        (all, of_workers)
    }

    /// Reads files of the sources again.
    fn read_here<K: Send>(
        &self,
        mut files: Vec<NotedFile>,
        asks: &(impl Fn(Decoder) -> Decoder + Sync),
        nothing: &(impl Fn() -> K + Sync),
        keep: &(impl Fn(&mut K, &mut Decoded) + Sync),
    ) -> (Vec<ReadAgain>, Vec<K>) {
        if files.is_empty() {
            return (Vec::new(), Vec::new());
        }
        files.sort_by_key(|file| Reverse(file.bytes.read));
        for file in &files {
            self.progress.expect_file(file.bytes.read);
        }
        let next = AtomicUsize::new(0);
        let workers = self.options.threads.get().min(files.len());
        let read = on_each(workers, || {
            let mut decoder = asks(self.options.decoder());
            let mut nearby = FolderHandle::default();
            let (mut found, mut kept) = (Vec::new(), nothing());
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(file) = files.get(at) else { break };
                let (name, content) = self.read_again(file, &mut decoder, &mut nearby);
                self.progress.finish_file(file.bytes.read, 0);
                let content = content.and_then(|decoded| file.unchanged(decoded));
                let content = content.map(|mut decoded| {
                    keep(&mut kept, &mut decoded);
                    decoded
                });
                found.push((at, name, content));
            }
            (found, kept)
        });
        let mut files: Vec<Option<NotedFile>> = files.into_iter().map(Some).collect();
        let (mut all, mut of_workers) = (Vec::new(), Vec::new());
        for (found, kept) in read {
            all.extend(found.into_iter().filter_map(|(at, name, content)| Some((files[at].take()?, name, content))));
            of_workers.push(kept);
        }
        (all, of_workers)
    }

    fn read_again(
        &self,
        file: &NotedFile,
        decoder: &mut Decoder,
        nearby: &mut FolderHandle,
    ) -> (Arc<str>, Result<Decoded, String>) {
        match &file.place {
            NotedPlace::Local(at) => {
                let chunk = &self.chunks[*at];
                (Arc::clone(&chunk.log_file), chunk.decode(decoder, nearby).map_err(|unlisted| unlisted.reason))
            }
            NotedPlace::Remote { source, log_file, size } => {
                let remote = self.remotes.iter().find(|remote| remote.source == *source);
                let body = remote.and_then(|remote| remote.inbox.again(log_file, *size));
                let content = body.ok_or_else(|| "it could not be fetched again".to_owned()).and_then(|body| {
                    let key = file.key.clone();
                    let name = Arc::clone(log_file);
                    let (version, modified, walked) = (None, None, None);
                    let chunk = Chunk { source: *source, log_file: name, key, version, modified, walked, body };
                    chunk.decode(decoder, nearby).map_err(|unlisted| unlisted.reason)
                });
                (Arc::clone(log_file), content)
            }
            NotedPlace::Extracted { log_file, .. } => (Arc::clone(log_file), Err(NO_ARCHIVE.to_owned())),
        }
    }
}
