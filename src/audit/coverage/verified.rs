//! What digests say of the log files that a report rests on (DESIGN §10).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::archive_judge::QuietDays;
use crate::domain::digest_key::{ChainKey, DigestKey, ends_early, is_hole_in};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// How many files have each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerdictTally {
    /// As CloudTrail wrote them.
    pub valid: u64,
    /// Altered.
    pub invalid: u64,
    /// Listed, and not there.
    pub missing: u64,
    /// There, and listed nowhere.
    pub unlisted: u64,
    /// Nobody can tell.
    pub unchecked: u64,
}

impl VerdictTally {
    /// Counts a file.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Valid => &mut self.valid,
            Verdict::Invalid(_) => &mut self.invalid,
            Verdict::Missing(_) => &mut self.missing,
            Verdict::Unlisted => &mut self.unlisted,
            Verdict::Unchecked(_) => &mut self.unchecked,
        } += 1;
    }

    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.valid += more.valid;
        self.invalid += more.invalid;
        self.missing += more.missing;
        self.unlisted += more.unlisted;
        self.unchecked += more.unchecked;
    }

    /// Whether all of them are valid.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self.invalid + self.missing + self.unlisted + self.unchecked == 0
    }
}

/// The digests of a chain: the end of the hour of each, in order, and what is known of it.
pub type ChainHours = BTreeMap<ChainKey, Vec<(Timestamp, Verdict)>>;

/// What digests say of the log files that a report rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The log files.
    pub logs: VerdictTally,
    /// Every file that is not valid, digests too, in the order of `verify`.
    pub troubles: Vec<VerifiedFile>,
    /// Log files that no digest covers yet; none of them was read.
    pub waiting: BTreeSet<Arc<str>>,
    /// The chains.
    pub chains: ChainHours,
    /// Days on which nothing was delivered.
    pub quiet: Vec<QuietDays>,
}

impl Verified {
    /// Counts a log file that is there, and of which no more is known.
    pub fn count(&mut self, file: &Arc<str>, key: &LogKey, verdict: Verdict) {
        self.take(log(file, key, verdict));
    }

    /// Counts a log file that is there.
    pub fn take(&mut self, row: VerifiedFile) {
        if row.verdict == Verdict::Unchecked(UncheckedReason::NotYetCovered) {
            self.waiting.insert(row.file);
            return;
        }
        self.logs.count(row.verdict);
        if row.verdict != Verdict::Valid {
            self.troubles.push(row);
        }
    }

    /// The log files that no digest covers yet, as rows of `verify`.
    pub fn waiting_files(&self) -> impl Iterator<Item = VerifiedFile> {
        let waits = Verdict::Unchecked(UncheckedReason::NotYetCovered);
        self.waiting.iter().map(move |file| log(file, &LogKey::parse(file), waits))
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: Self) {
        self.logs.add(other.logs);
        self.troubles.extend(other.troubles);
        self.waiting.extend(other.waiting);
        for (chain, hours) in other.chains {
            self.chains.entry(chain).or_default().extend(hours);
        }
        self.quiet.extend(other.quiet);
    }

    /// How many log files are not there that digests list.
    pub(super) fn absent(&self) -> u64 {
        let is_absent = |row: &&VerifiedFile| row.kind == VerifiedKind::Log && row.verdict.is_of_absent();
        self.troubles.iter().filter(is_absent).count() as u64
    }

    /// The digests.
    #[must_use]
    pub fn digests(&self) -> VerdictTally {
        let mut tally = VerdictTally::default();
        self.chains.values().flatten().for_each(|(_, verdict)| tally.count(*verdict));
        tally
    }

    /// The digests that speak of something that was done to the archive, or leave a question open.
    pub fn troubled_digests(&self) -> impl Iterator<Item = &VerifiedFile> {
        self.troubles.iter().filter(|row| row.kind == VerifiedKind::Digest && is_trouble(row.verdict))
    }

    /// The log files that no digest covers yet, and that were delivered in the window.
    pub fn waiting_in(&self, window: Window) -> impl Iterator<Item = &Arc<str>> {
        let is_inside = move |name: &str| LogKey::parse(name).delivered.is_none_or(|time| window.contains(time));
        self.waiting.iter().filter(move |name| is_inside(name))
    }

    /// Whether everything that an answer about that window rests on is as CloudTrail wrote it.
    #[must_use]
    pub fn is_clean(&self, window: Window) -> bool {
        self.logs.is_clean() && self.troubled_digests().next().is_none() && self.waiting_in(window).next().is_none()
    }

    /// The chains that are cut off before the end of a window, or were ended, each with the end of its newest valid digest. What
    /// was to be there before `today` is told.
    pub fn ends_early(&self, window: Window, today: Option<Day>) -> impl Iterator<Item = (&ChainKey, Timestamp)> {
        let chains = self.chains.iter().filter(|(chain, _)| !chain.is_backfill);
        chains.filter_map(move |(chain, hours)| {
            let newest = hours.iter().filter(|(_, verdict)| *verdict == Verdict::Valid).map(|(end, _)| *end).max()?;
            ends_early(newest, window, today?.start()).then_some((chain, newest))
        })
    }

    /// What of it a narrower window rests on, for which so many log files were read; `has_file` says whether it looks for one of
    /// that name. `asked` is the window that digests are asked about for it.
    #[must_use]
    pub(super) fn of_window(&self, asked: Window, read: u64, has_file: impl Fn(&str) -> bool) -> Self {
        let mut part = self.clone();
        part.waiting.retain(|name| has_file(name));
        part.troubles.retain(|row| match row.kind {
            VerifiedKind::Log => has_file(&row.file),
            VerifiedKind::Digest => row.time.is_none_or(|end| {
                let chain = DigestKey::parse(&row.file).map(|key| key.chain);
                self.is_asked(chain.as_deref(), (end, row.verdict), asked)
            }),
        });
        for (chain, hours) in &mut part.chains {
            hours.retain(|hour| self.is_asked(Some(chain), *hour, asked));
        }
        part.chains.retain(|_, hours| !hours.is_empty());
        part.logs = VerdictTally { valid: read, ..VerdictTally::default() };
        let logs = part.troubles.iter().filter(|row| row.kind == VerifiedKind::Log);
        logs.for_each(|row| part.logs.count(row.verdict));
        part
    }

    /// Whether a digest is one of those that are asked about: its hour ends in the window, or it is missing, and a part of the
    /// hole lies in the window.
    fn is_asked(&self, chain: Option<&ChainKey>, (end, verdict): (Timestamp, Verdict), asked: Window) -> bool {
        if !verdict.is_of_absent() {
            return asked.contains(end);
        }
        let hours = chain.and_then(|chain| self.chains.get(chain)).into_iter().flatten();
        let older =
            hours.filter(|(other, verdict)| *other < end && !verdict.is_of_absent()).map(|(other, _)| *other).max();
        is_hole_in(&asked, older, end)
    }
}

fn is_trouble(verdict: Verdict) -> bool {
    verdict.is_alarm() || verdict.is_open()
}

/// The row of a log file of which no digest is known to speak.
fn log(file: &Arc<str>, key: &LogKey, verdict: Verdict) -> VerifiedFile {
    VerifiedFile {
        kind: VerifiedKind::Log,
        account: key.account.clone(),
        region: key.region.clone(),
        trail: None,
        file: Arc::clone(file),
        time: key.delivered,
        verdict,
        digest: None,
        events: None,
    }
}
