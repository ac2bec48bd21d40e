//! `--verified`: the digests of the sources are judged before a log file is read.

use std::path::PathBuf;
use std::sync::Arc;

use super::evidence::EvidenceFiles;
use crate::audit::coverage::Coverage;
use crate::cli::error::Error;
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Day;
use crate::domain::verdict::{UncheckedReason, Verdict};
use crate::ingest::known_listings::KnownListings;
use crate::ingest::options::IngestOptions;
use crate::ingest::verify::book::{BookChoice, BookQuestion, ReadBook, read_book};
use crate::ingest::verify::found::FoundArchive;
use crate::ingest::verify::judge::{AskedPlaces, ScanJudge};
use crate::progress::Progress;
use crate::source::question::{ChosenLogs, LogChoice, RemoteQuestion, SourceNote};
use crate::source::{SourceSpec, directory};

/// Digests that were judged, for those who read log files.
pub struct JudgedDigests {
    /// Who judges log files.
    pub judge: Arc<dyn ArchiveJudge>,
    /// Which log files are read of buckets beside those of the window.
    pub chosen: Arc<dyn ChosenLogs>,
    /// What the local sources have.
    pub listed: KnownListings,
    /// The days of the first event and of the delivery of each log file that is too late for that first day.
    pub late: Vec<(Day, Day)>,
    /// What to say about remote sources.
    pub notes: Vec<SourceNote>,
    /// What to do about what failed, a line each.
    pub advice: Vec<String>,
}

/// Reads and judges the digests of sources. `remote` is how those behind APIs are asked for log files.
pub fn judge(
    sources: &[SourceSpec],
    evidence: &EvidenceFiles,
    options: &IngestOptions,
    remote: &RemoteQuestion,
    progress: &Progress,
) -> Result<JudgedDigests, Error> {
    let (mut found, mut listings) = (FoundArchive::default(), Vec::new());
    for (source, spec) in sources.iter().enumerate() {
        if let SourceSpec::Path(path) = spec {
            let listing = directory::list(path, source, &options.exclude, progress);
            found.take(path, source, &listing);
            listings.push((source, listing));
        }
    }
    let window = options.window.of_digests(options.late_days);
    // Whoever has no keys of a bucket asks CloudTrail; a local copy alone never makes anybody go online.
    let is_remote = sources.iter().any(SourceSpec::is_remote);
    let question = BookQuestion {
        window,
        keys: (evidence.has_keys || !is_remote).then_some(&evidence.keys),
        signatures: &evidence.signatures,
        now: remote.now,
        threads: options.threads,
    };
    let ReadBook { book, failed, notes, advice, .. } = read_book(&found, sources, remote, question, progress)?;
    let book = Arc::new(book);
    let judge = ScanJudge::new(
        Arc::clone(&book),
        failed,
        (options.window, options.late_days),
        remote.now,
        AskedPlaces::of(sources),
    );
    // What is there is there, whether it is read this time or was read before.
    for (source, listing) in &listings {
        for chunk in &listing.chunks {
            judge.meet(*source, &chunk.log_file, &chunk.key);
        }
        // What is there under its name, and that nobody can open, fails when log files are read.
        for unlisted in &listing.failed {
            judge.meet(*source, &unlisted.file, &LogKey::parse(&unlisted.file));
        }
    }
    let listed = listings.into_iter().collect();
    let late = book.late(options.late_days).collect();
    let judge = Arc::new(judge);
    let chosen = Arc::new(BookChoice { book, others: LogChoice::Read, reader: Some(Arc::clone(&judge)) });
    Ok(JudgedDigests { judge, chosen, listed, late, notes, advice })
}

/// What to do where digests could not be judged.
#[must_use]
pub fn advice(coverage: &Coverage) -> Option<String> {
    let has = |reason| {
        let is = move |verdict| verdict == Verdict::Unchecked(reason);
        coverage.verified.as_ref().is_some_and(|verified| verified.troubled_digests().any(|row| is(row.verdict)))
    };
    if has(UncheckedReason::NoKey) {
        return Some("--public-keys FILE takes the output of aws cloudtrail list-public-keys".to_owned());
    }
    has(UncheckedReason::NoSignature)
        .then(|| "a copy has lost the signature of its newest digest: --signatures FILE brings it along".to_owned())
}

/// The files of `--public-keys` and `--signatures`, which are no part of any archive.
pub fn own_files(evidence: Option<&Arc<EvidenceFiles>>) -> impl Iterator<Item = PathBuf> {
    evidence.into_iter().flat_map(|evidence| evidence.files.clone())
}
