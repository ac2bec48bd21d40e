//! One result that is being read.

use std::sync::{Arc, PoisonError};

use tokio::sync::mpsc::Sender;

use super::days::MOST_CELLS;
use super::losses::ProjectionLosses;
use super::plan::TablePlan;
use super::remember::RememberedDays;
use super::results::{Cells, RESULTS, ResultPages};
use super::rows::{ResultRow, RowFile, RowFiles};
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::progress::Progress;
use crate::source::chunk::{Body, Chunk};
use crate::source::delivery::Delivery;
use crate::source::known::ObjectVersion;
use crate::source::paged::inbox::FailureAdvice;
use crate::source::unlisted::Unlisted;

/// What is the same for all tables.
pub(super) struct ReadingContext {
    pub(super) source: usize,
    /// How the source is called: the log file of rows that come from none.
    pub(super) label: Arc<str>,
    pub(super) aws: AwsOptions,
    pub(super) progress: Arc<Progress>,
    pub(super) advice: FailureAdvice,
}

/// One result that is being read.
pub(super) struct TableReading {
    pub(super) plan: TablePlan,
    /// The query; none where nothing had to be asked.
    pub(super) query: Option<String>,
    /// What is remembered of the table, where somebody does.
    pub(super) days: Option<RememberedDays>,
    /// What the table cannot give of what is asked for.
    pub(super) losses: ProjectionLosses,
    pub(super) shared: Arc<ReadingContext>,
}

/// What says that a table, or some of it, is missing.
pub(super) fn failed(label: &str, reason: String, forbidden: bool) -> Delivery {
    // The events of a table may be those of any account and region.
    let key = LogKey::default();
    Delivery::Failed { key, unlisted: Unlisted { file: label.into(), reason, forbidden }, version: None }
}

/// When a log file was delivered: as its name says, else by the end of the day of its folder. Account, region and date are
/// not told: a log file without role assumptions is not seen, so that no day can be said to have none.
fn key_of(log_file: Option<&str>, day: Option<Day>) -> LogKey {
    let ends = day.and_then(|day| Timestamp::from_seconds(day.end().seconds() - 1));
    LogKey { delivered: log_file.and_then(|name| LogKey::parse(name).delivered).or(ends), ..LogKey::default() }
}

impl TableReading {
    /// What says what the table cannot give. Where somebody remembers, each day tells by itself whether it is missing.
    pub(super) fn lost(&self) -> Vec<Delivery> {
        let (label, role) = (self.plan.label(), self.plan.place.role());
        let days = self.losses.by_folder().filter(|_| self.days.is_none()).map(|(folder, reason)| {
            // Its name tells the days, so that a report of some days knows whether they are missing there.
            failed(&format!("{label}/{folder}"), format!("{role}{reason}"), false)
        });
        let others = self.losses.others.iter();
        days.chain(others.map(|what| Delivery::Incomplete(format!("{label}: {role}{what}")))).collect()
    }

    /// Delivers the log files that had rows, and at the end the days, or up to a failure and the failure. Ends early where
    /// nobody takes them.
    pub(super) async fn deliver(self, out: Sender<Delivery>) {
        let columns = self.plan.question().result_columns();
        let mut files = RowFiles::new(&columns[..columns.len() - self.told_cells()]);
        let is_over = match &self.query {
            Some(query) => self.deliver_rows(ResultPages::new(query, columns), &mut files, &out).await.is_some(),
            None => true,
        };
        if is_over {
            self.deliver_days(&files.empty(), &out).await;
        }
    }

    /// None where it was not read to its end, or nobody takes it.
    async fn deliver_rows(&self, mut pages: ResultPages, files: &mut RowFiles, out: &Sender<Delivery>) -> Option<()> {
        let who = self.plan.label();
        loop {
            // On the heap: with all of its requests it is large.
            let page = Box::pin(pages.next(&self.plan.place.client, &who)).await;
            let page = match page {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(failure) => {
                    if let Some(file) = files.finish() {
                        self.deliver_file(file, out).await?;
                    }
                    // Where the receiver is gone, nobody misses the rest.
                    drop(out.send(self.failed(&failure)).await);
                    return None;
                }
            };
            for row in page.into_iter().map(|cells| self.row(cells)) {
                if self.days.as_ref().is_some_and(|days| !days.wants(row.day)) {
                    continue;
                }
                if let Some(file) = files.take(&row) {
                    self.deliver_file(file, out).await?;
                }
            }
        }
        match files.finish() {
            Some(file) => self.deliver_file(file, out).await,
            None => Some(()),
        }
    }

    /// How many cells of a row tell where it comes from.
    fn told_cells(&self) -> usize {
        let of_day = self.plan.layout.day.selected().len();
        debug_assert!(of_day <= MOST_CELLS, "the cells of a day are few");
        of_day + usize::from(self.plan.question().has_files)
    }

    fn row(&self, mut cells: Cells) -> ResultRow {
        let told = cells.split_off(cells.len() - self.told_cells());
        let of_day = self.plan.layout.day.selected().len();
        let told: Vec<Option<&str>> = told.iter().map(Option::as_deref).collect();
        let day = self.plan.layout.day.read(&told[..of_day]);
        ResultRow { cells, day, path: told.get(of_day).copied().flatten().map(str::to_owned) }
    }

    /// Delivers the rows of a log file, under a name where somebody remembers.
    async fn deliver_file(&self, file: RowFile, out: &Sender<Delivery>) -> Option<()> {
        let RowFile { day, log_file, parts, csv } = file;
        let name = self.days.as_ref().map(|days| (days.file(day, log_file.as_deref(), parts), ""));
        // The day of an event is not that of its log file.
        let key = key_of(log_file.as_deref(), day.filter(|_| self.plan.layout.day.prunes()));
        self.deliver_csv(csv, log_file, key, name, out).await
    }

    /// Delivers what says that all was read: every day, where somebody remembers, else that the table was asked.
    async fn deliver_days(&self, empty: &[u8], out: &Sender<Delivery>) {
        let Some(days) = &self.days else {
            self.deliver_csv(empty.to_vec(), None, LogKey::default(), None, out).await;
            return;
        };
        for day in days.all() {
            if self.losses.lack(day) {
                // It does not count as read, so that the next sync asks for it.
                if let Some(reason) = self.losses.of_day(day)
                    && out.send(self.lost_day(day, days.name(day), &reason)).await.is_err()
                {
                    return;
                }
                continue;
            }
            let name = Some((days.name(day), days.tag(day)));
            if self.deliver_csv(empty.to_vec(), None, key_of(None, Some(day)), name, out).await.is_none() {
                return;
            }
        }
    }

    /// A day that the table cannot give, where somebody remembers: only a window that reaches it lacks it.
    fn lost_day(&self, day: Day, name: String, reason: &str) -> Delivery {
        let folder = format!("{}/{}/", self.plan.label(), day.to_string().replace('-', "/"));
        let reason = format!("{}{reason}", self.plan.place.role());
        let unlisted = Unlisted { file: folder.into(), reason, forbidden: false };
        let version = Some(ObjectVersion { name: name.into(), size: 0, tag: "".into() });
        Delivery::Failed { key: key_of(None, Some(day)), unlisted, version }
    }

    async fn deliver_csv(
        &self,
        csv: Vec<u8>,
        log_file: Option<Arc<str>>,
        key: LogKey,
        remembered: Option<(String, &str)>,
        out: &Sender<Delivery>,
    ) -> Option<()> {
        let size = csv.len() as u64;
        self.shared.progress.expect_file(size);
        let chunk = Chunk {
            source: self.shared.source,
            log_file: log_file.unwrap_or_else(|| Arc::clone(&self.shared.label)),
            key,
            version: remembered.map(|(name, tag)| ObjectVersion { name: name.into(), size, tag: tag.into() }),
            modified: None,
            walked: None,
            body: Body::Memory(Box::new(csv)),
        };
        out.send(Delivery::Chunk(chunk)).await.ok()
    }

    /// What a failure leaves unread.
    fn failed(&self, failure: &RequestFailure) -> Delivery {
        let place = &self.plan.place;
        let resource = place.resource("athena", &format!("workgroup/{}", self.plan.table.workgroup()));
        let mut trouble = failure.trouble(&place.aws(&self.shared.aws), RESULTS, &resource);
        if matches!(failure, RequestFailure::Answer(..)) {
            trouble =
                trouble.hint("the result of a query can be removed, and expires: ask again, which makes a new one");
        }
        self.shared.advice.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble.hints);
        let reason = format!("{}{}; the rest of the result is missing", place.role(), trouble.message);
        failed(&self.plan.label(), reason, failure.is_forbidden())
    }
}
