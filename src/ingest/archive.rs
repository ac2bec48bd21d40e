//! The archive that extracts are of, where somebody names it. Extracts have those calls that a log file by itself shows to be of runs;
//! what else may be of runs is read here, of the few log files that may hold some.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::noted::{ExtractedPlace, NotedFile, ReadAgain};
use super::pool::{Pool, PoolTask};
use crate::aws::AwsOptions;
use crate::decode::{Decoded, Decoder};
use crate::domain::window::Window;
use crate::progress::Progress;
use crate::source::named::{self, NamedFile, NamedFiles};
use crate::source::place::FolderHandle;
use crate::source::question::RemoteQuestion;
use crate::source::remote::{self, OpenedRemotes, Remote};
use crate::source::{Chunk, Delivery, RemoteSource, SourceSpec, kinds};

/// Why a log file of an extract is not read where nobody says where it is.
pub(super) const NO_ARCHIVE: &str = "no --logs names the archive that its extract is of";

/// Where the log files of extracts are.
#[derive(Debug)]
pub struct Archive {
    /// Directories and buckets.
    places: Vec<SourceSpec>,
    /// How buckets are asked.
    question: RemoteQuestion,
}

/// Where one log file is.
enum FoundPlace {
    Local(PathBuf),
    /// Which of the places, and what follows the scheme in the text that names the object.
    Remote(usize, String),
}

impl Archive {
    /// That lies in these directories and buckets, which are asked so.
    #[must_use]
    pub fn new(places: Vec<SourceSpec>, question: RemoteQuestion) -> Self {
        // Whoever names a log file wants it, whatever its day.
        let window = Window::default();
        Self { places, question: RemoteQuestion { window, accounts: None, resume: None, chosen: None, ..question } }
    }

    /// Where the log file of an extract is whose source is called so: in the bucket of that name, else in a directory that has it,
    /// else in another bucket.
    fn find(&self, source: &str, log_file: &str) -> Result<FoundPlace, String> {
        let identity = kinds::find(source).and_then(|(kind, rest)| Some((kind.parse)(rest).ok()?.identity()));
        let remotes = || self.places.iter().enumerate().filter_map(|(at, spec)| Some((at, remote_of(spec)?)));
        let same = remotes().find(|(_, remote)| identity.as_ref() == Some(&remote.identity()));
        let folders = self.places.iter().filter_map(|spec| match spec {
            SourceSpec::Path(folder) if is_below(log_file) => Some(folder.join(log_file)),
            _ => None,
        });
        let mut local = folders.filter(|path| path.is_file()).map(FoundPlace::Local);
        let object = |(at, remote): (usize, &dyn RemoteSource)| {
            let kind = remote.kind();
            let text = format!("{}/{log_file}", remote.identity().trim_start_matches(kind.scheme));
            (kind.of_key)(&text).map(|_| FoundPlace::Remote(at, text))
        };
        if let Some(same) = same {
            return object(same);
        }
        match local.next() {
            Some(found) => Ok(found),
            None => remotes().next().map_or_else(|| Err("it is not where --logs says".to_owned()), object),
        }
    }

    /// How AWS is reached for one of the places.
    fn aws(&self, place: usize) -> AwsOptions {
        let region = remote_of(&self.places[place]).and_then(RemoteSource::region);
        self.question.of(place).at(region).aws
    }
}

fn remote_of(spec: &SourceSpec) -> Option<&dyn RemoteSource> {
    match spec {
        SourceSpec::Remote(source) => Some(&**source),
        _ => None,
    }
}

/// Whether a name leads to nothing outside of the folder that it is looked for in: whoever wrote an extract chose it.
fn is_below(log_file: &str) -> bool {
    Path::new(log_file).components().all(|part| matches!(part, Component::Normal(_)))
}

/// How log files of an archive are read.
pub(super) struct ArchiveReading<'a> {
    pub(super) archive: Option<&'a Archive>,
    pub(super) threads: NonZeroUsize,
    pub(super) progress: &'a Progress,
}

/// Log files to read, by their numbers, and those that cannot be.
#[derive(Default)]
struct Plan {
    /// Their source is their number.
    chunks: Vec<Chunk>,
    specs: Vec<SourceSpec>,
    own_aws: Vec<AwsOptions>,
    /// Objects, each with the number of its spec.
    objects: HashMap<(usize, Arc<str>), usize>,
    failed: Vec<(usize, String)>,
}

impl Plan {
    fn new(archive: &Archive, files: &[ExtractedPlace<'_>]) -> Self {
        let mut plan = Self::default();
        let mut keys: BTreeMap<usize, Vec<(usize, Arc<str>, String)>> = BTreeMap::new();
        for (number, ExtractedPlace { source, log_file }) in files.iter().enumerate() {
            match archive.find(source, log_file) {
                Ok(FoundPlace::Local(path)) => plan.add_local(number, path, log_file),
                Ok(FoundPlace::Remote(place, text)) => {
                    keys.entry(place).or_default().push((number, Arc::clone(log_file), text));
                }
                Err(reason) => plan.failed.push((number, reason)),
            }
        }
        for (place, keys) in keys {
            plan.add_objects(archive, place, &keys);
        }
        plan
    }

    fn add_local(&mut self, number: usize, path: PathBuf, log_file: &Arc<str>) {
        let files = vec![NamedFile { path, label: Arc::clone(log_file) }];
        let listing = named::list(&NamedFiles { label: String::new(), files }, number);
        self.chunks.extend(listing.chunks);
        self.failed.extend(listing.failed.into_iter().map(|unlisted| (number, unlisted.reason)));
    }

    fn add_objects(&mut self, archive: &Archive, place: usize, keys: &[(usize, Arc<str>, String)]) {
        let Some(remote) = remote_of(&archive.places[place]) else { return };
        let texts: Vec<&str> = keys.iter().map(|(_, _, text)| text.as_str()).collect();
        match (remote.kind().of_keys)(&texts) {
            // All texts are of one bucket, as its address is written.
            Ok(sources) => {
                for source in sources {
                    let spec = self.specs.len();
                    self.specs.push(SourceSpec::Remote(source));
                    self.own_aws.push(archive.aws(place));
                    self.objects.extend(keys.iter().map(|(number, name, _)| ((spec, Arc::clone(name)), *number)));
                }
            }
            Err(reason) => self.failed.extend(keys.iter().map(|(number, ..)| (*number, reason.clone()))),
        }
    }

    /// Opens the buckets; where that fails, none of their objects is read.
    fn open(&mut self, archive: &Archive) -> OpenedRemotes {
        let question = RemoteQuestion { own_aws: self.own_aws.clone(), ..archive.question.clone() };
        remote::open(&self.specs, &question).unwrap_or_else(|trouble| {
            self.failed.extend(self.objects.drain().map(|(_, number)| (number, trouble.to_string())));
            OpenedRemotes::default()
        })
    }

    /// What a delivery is of, and the log file in it or why there is none.
    fn delivered(&self, remote: &Remote, delivery: Delivery) -> Option<(usize, Result<Chunk, String>)> {
        let (name, chunk) = match delivery {
            Delivery::Chunk(chunk) => (Arc::clone(&chunk.log_file), Ok(chunk)),
            Delivery::Failed { unlisted, .. } => (unlisted.file, Err(unlisted.reason)),
            Delivery::Skipped { name, .. } => (name, Err("it is no log file".to_owned())),
            Delivery::Unchosen { .. } | Delivery::Unchanged(_) | Delivery::Gone(_) | Delivery::Incomplete(_) => {
                return None;
            }
        };
        self.objects.get(&(remote.source, name)).map(|number| (*number, chunk))
    }
}

/// What was read of a log file, by its number, or why it could not be read.
type ReadNumber = (usize, Result<Decoded, String>);

impl ArchiveReading<'_> {
    /// Reads files again that extracts are of, each worker with a decoder of its own: each file, its name, and what was read of it.
    pub(super) fn read<K: Send>(
        &self,
        files: Vec<NotedFile>,
        decoder: impl Fn() -> Decoder + Sync,
        nothing: impl Fn() -> K + Sync,
        keep: impl Fn(&mut K, &mut Decoded) + Sync,
    ) -> (Vec<ReadAgain>, Vec<K>) {
        let places: Vec<ExtractedPlace<'_>> = files.iter().filter_map(NotedFile::extracted).collect();
        let read = self.each(
            (&places, &|| false),
            decoder,
            || (Vec::new(), nothing()),
            |(found, kept): &mut (Vec<ReadNumber>, K), number, content| {
                let content = content.and_then(|decoded| files[number].unchanged(decoded));
                let content = content.map(|mut decoded| {
                    keep(kept, &mut decoded);
                    decoded
                });
                found.push((number, content));
            },
        );
        let mut contents: BTreeMap<usize, Result<Decoded, String>> = BTreeMap::new();
        let mut of_workers = Vec::new();
        for (found, kept) in read {
            contents.extend(found);
            of_workers.push(kept);
        }
        let names: Vec<Arc<str>> = places.iter().map(|place| Arc::clone(place.log_file)).collect();
        let all = files.into_iter().zip(names).zip(contents.into_values());
        (all.map(|((file, name), content)| (file, name, content)).collect(), of_workers)
    }

    /// Reads all of these files, unless it `is_over`, each worker with a decoder of its own, and gives `take` the number of each with
    /// what was read of it, or why it could not be read.
    pub(super) fn each<K: Send>(
        &self,
        (files, is_over): (&[ExtractedPlace<'_>], &(dyn Fn() -> bool + Sync)),
        decoder: impl Fn() -> Decoder + Sync,
        nothing: impl Fn() -> K + Sync,
        take: impl Fn(&mut K, usize, Result<Decoded, String>) + Sync,
    ) -> Vec<K> {
        let mut of_workers = Vec::new();
        let mut rest: BTreeMap<usize, String> = BTreeMap::new();
        if let Some(archive) = self.archive.filter(|_| !files.is_empty()) {
            rest.extend((0..files.len()).map(|number| (number, "it is not there any more".to_owned())));
            let mut plan = Plan::new(archive, files);
            let opened = plan.open(archive);
            rest.extend(std::mem::take(&mut plan.failed));
            let read = Pool::new(&plan.chunks, &opened.remotes, self.threads, self.progress).run(|tasks| {
                let (mut decoder, mut nearby) = (decoder(), FolderHandle::default());
                let (mut met, mut kept) = (Vec::new(), nothing());
                for task in tasks.take_while(|_| !is_over()) {
                    let Some((number, content)) = self.content(&plan, task, &mut decoder, &mut nearby) else {
                        continue;
                    };
                    take(&mut kept, number, content);
                    met.push(number);
                }
                (met, kept)
            });
            for (met, kept) in read {
                for number in &met {
                    rest.remove(number);
                }
                of_workers.push(kept);
            }
        } else {
            rest.extend((0..files.len()).map(|number| (number, NO_ARCHIVE.to_owned())));
        }
        if !is_over() {
            let mut kept = nothing();
            for (number, reason) in rest {
                take(&mut kept, number, Err(reason));
            }
            of_workers.push(kept);
        }
        of_workers
    }

    /// What a piece of work gives of which log file.
    fn content(
        &self,
        plan: &Plan,
        task: PoolTask<'_>,
        decoder: &mut Decoder,
        nearby: &mut FolderHandle,
    ) -> Option<ReadNumber> {
        let (number, size, content) = match task {
            PoolTask::Local(_, chunk) => (chunk.source, chunk.size(), chunk.decode(decoder, nearby)),
            PoolTask::Fetched(remote, delivery) => match plan.delivered(remote, delivery)? {
                (number, Ok(chunk)) => (number, chunk.size(), chunk.decode_fetched(&*remote.inbox, decoder)),
                (number, Err(reason)) => return Some((number, Err(reason))),
            },
        };
        self.progress.finish_file(size, 0);
        Some((number, content.map_err(|unlisted| unlisted.reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_an_extract_leads_to_nothing_outside() {
        let check = |name: &str, expected: bool| assert_eq!(is_below(name), expected, "{name}");
        check("AWSLogs/1/a.json.gz", true);
        check("a.json", true);
        check("../a.json", false);
        check("a/../../b.json", false);
        check("/etc/passwd", false);
    }
}
