//! Events that are too many for memory: whoever shows them gets them part after part, each with all events of some runs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answer::{ScanResult, scanned_once};
use super::dry_run::carry_out;
use super::scan::Scan;
use super::words::to_usize;
use crate::audit::aside::events::AsideEvents;
use crate::audit::aside::file::AsideError;
use crate::audit::aside::ordered::OrderedWriter;
use crate::audit::aside::parts::PARTS;
use crate::audit::aside::text_numbers::TextNumbers;
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::filter::select::{Selected, select};
use crate::audit::runs::dedupe::Deduplicated;
use crate::cli::args::events::EventArgs;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::coverage_file::CoverageFile;
use crate::domain::assumption::Assumption;
use crate::ingest::pool::on_each;

/// What a scan found.
pub enum Found<'a> {
    /// All of it lies in memory.
    Whole(Box<ScanResult>),
    /// Its events are too many for that.
    Aside(Box<AsideScan<'a>>),
}

/// A scan whose events are too many for memory.
pub struct AsideScan<'a> {
    answer: ScanResult,
    events: AsideEvents,
    filter: &'a Filter,
    whole_runs: Option<i64>,
    threads: usize,
    file: CoverageFile,
    context: &'a CommandContext<'a>,
}

/// Scans within the memory for events, and writes the file of `--coverage` once it is known what becomes of them.
pub fn find<'a>(
    scan: &'a Scan,
    grouping: &GroupingArgs,
    mut exclude: Vec<PathBuf>,
    context: &'a CommandContext<'a>,
) -> Result<Found<'a>, Error> {
    let file = CoverageFile::open(scan.coverage_file.as_deref())?;
    exclude.extend(file.own_files());
    let mut answer = scanned_once(scan, Some(grouping), exclude, context)?;
    let Some(events) = answer.aside.take() else {
        file.write(&answer.coverage, context)?;
        return Ok(Found::Whole(Box::new(answer)));
    };
    let whole_runs = grouping.whole_runs.then(|| grouping.run_gap.seconds());
    let threads = scan.limits.threads.get();
    let filter = &scan.filter;
    Ok(Found::Aside(Box::new(AsideScan { answer, events, filter, whole_runs, threads, file, context })))
}

/// What was put aside in order.
pub struct OrderedRecords {
    /// Who put it.
    pub writers: Vec<OrderedWriter>,
    /// How many records there are.
    pub total: usize,
    /// The numbers of their texts.
    pub texts: TextNumbers,
}

/// Does what a command that shows events does with its scan.
pub fn of_events(
    asked: &EventArgs,
    context: &CommandContext<'_>,
    write: impl FnOnce(&Scan) -> Result<(), Error>,
) -> Result<(), Error> {
    carry_out(Scan::of_events(asked, context.now)?, &asked.output, context, |scan| write(&scan))
}

impl Found<'_> {
    /// All of it in memory, whatever there is.
    pub fn whole(self) -> Result<ScanResult, Error> {
        match self {
            Self::Whole(answer) => Ok(*answer),
            Self::Aside(aside) => {
                let (mut answer, parts) = (*aside).visit(Vec::new, |all: &mut Vec<Assumption>, mut events| {
                    all.append(&mut events);
                    Ok(())
                })?;
                let mut events: Vec<Assumption> = parts.into_iter().flatten().collect();
                events.sort_unstable_by(Assumption::order);
                answer.selected.events = events;
                Ok(answer)
            }
        }
    }
}

impl AsideScan<'_> {
    /// Puts what a command makes of each part aside, in the order in which `put` gives it: the answer, and what was put.
    pub fn ordered(
        self,
        put: impl Fn(&mut OrderedWriter, &mut TextNumbers, &[Assumption]) -> Result<(), AsideError> + Sync,
    ) -> Result<(ScanResult, OrderedRecords), Error> {
        let (make, texts) = (self.events.room().make(), self.events.room().texts());
        let new = || (OrderedWriter::new(make), texts.beside());
        let (answer, writers) = self.visit(new, |(writer, texts), events| {
            put(writer, texts, &events)?;
            writer.end_stream();
            Ok(())
        })?;
        let writers: Vec<OrderedWriter> = writers.into_iter().map(|(writer, _)| writer).collect();
        let total = to_usize(writers.iter().map(OrderedWriter::records).sum());
        Ok((answer, OrderedRecords { writers, total, texts }))
    }

    /// Shows each part to something that `new` makes, of which there is one for each thread. A part has all events of some runs
    /// that are asked for, in the order of events.
    pub fn visit<V: Send>(
        self,
        new: impl Fn() -> V + Sync,
        show: impl Fn(&mut V, Vec<Assumption>) -> Result<(), AsideError> + Sync,
    ) -> Result<(ScanResult, Vec<V>), Error> {
        let Self { mut answer, mut events, filter, whole_runs, threads, file, context } = self;
        let strays = events.take_strays();
        let next = AtomicUsize::new(0);
        let results = on_each(threads, || {
            let (mut visitor, mut counted, mut texts) = (new(), Selected::default(), events.room().texts());
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= PARTS {
                    return Ok((visitor, counted));
                }
                let mut selected = select(events.part(part, &mut texts)?, filter, whole_runs);
                let events = std::mem::take(&mut selected.events);
                counted.add(selected);
                show(&mut visitor, events)?;
            }
        });
        let (visitors, counted): (Vec<V>, Vec<Selected>) =
            results.into_iter().collect::<Result<Vec<_>, AsideError>>()?.into_iter().unzip();
        let strays = select(Deduplicated { events: Vec::new(), ..strays }, filter, None);
        let mut all = Selected::default();
        for counted in counted.into_iter().chain([strays]) {
            all.add(counted);
        }
        all.contradictions.sort_unstable();
        answer.coverage = Coverage { kept: all.kept, conflicts: all.contradictions.clone(), ..answer.coverage };
        answer.selected = all;
        file.write(&answer.coverage, context)?;
        Ok((answer, visitors))
    }
}
