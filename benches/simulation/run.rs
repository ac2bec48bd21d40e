//! The simulation itself: processes take tasks from one list, and whatever happens next happens.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::SECOND;
use super::archive::{Archive, BATCH};
use super::engine::Engine;
use super::event::Event;
use super::limit::{Limit, READS};
use super::process::Process;
use super::rng::Rng;

/// What came of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Until the last log file was read, the start and the listing included.
    pub(crate) wall: u64,
    /// Until all log files were listed.
    pub(crate) listing: u64,
    /// Of all cores at work, tasks that were lost included.
    pub(crate) cpu: u64,
    /// Of all processes, from the beginning of a task to its end.
    pub(crate) busy: u64,
    /// Requests that S3 took, those of the listing included.
    pub(crate) requests: u64,
    /// Requests that S3 refused.
    pub(crate) refused: u64,
    /// Tasks that were lost.
    pub(crate) lost: u64,
    /// Tasks that were read whole.
    pub(crate) tasks: u64,
    /// Log files that were read, each once.
    pub(crate) objects: u64,
    /// From the arrival of a log file to its extract: half of them, and all but one of a hundred. 0 where all were there.
    pub(crate) delay: [u64; 2],
}

/// Reads an archive with an engine, and tells `watch` of everything.
pub(crate) fn run(archive: &Archive, engine: &Engine, seed: u64, mut watch: impl FnMut(Event)) -> Outcome {
    let mut simulation = Simulation::new(archive, engine, seed);
    while let Some(Reverse((now, number))) = simulation.next.pop() {
        simulation.step(now, number, &mut watch);
    }
    simulation.outcome()
}

/// A task that waits: since when, and which one.
type Waiting = Reverse<(u64, usize)>;

struct Simulation<'a> {
    archive: &'a Archive,
    engine: &'a Engine,
    /// Batches of each task.
    tasks: Vec<Vec<usize>>,
    /// When each task came.
    came: Vec<u64>,
    waiting: BinaryHeap<Waiting>,
    processes: Vec<Process>,
    began: Vec<u64>,
    /// When which process does something.
    next: BinaryHeap<Reverse<(u64, usize)>>,
    /// Processes without a task.
    idle: VecDeque<usize>,
    limits: Vec<Limit>,
    rng: Rng,
    delays: Vec<u64>,
    outcome: Outcome,
}

impl<'a> Simulation<'a> {
    fn new(archive: &'a Archive, engine: &'a Engine, seed: u64) -> Self {
        let (pages, listing) = listing(archive);
        let start = engine.start + if engine.lists_first { listing } else { 0 };
        let tasks = deal_out(archive, engine.tasks);
        let came: Vec<u64> =
            (0..tasks.len()).map(|task| start + arrival(task, tasks.len(), engine.comes_over)).collect();
        let count = usize::try_from(engine.processes).unwrap_or(1).max(1);
        let is_coming = engine.comes_over > 0;
        Self {
            archive,
            engine,
            waiting: came.iter().enumerate().map(|(task, at)| Reverse((*at, task))).collect(),
            tasks,
            came,
            processes: (0..count).map(|_| Process::new(engine)).collect(),
            began: vec![0; count],
            next: (0..count).map(|number| Reverse((start, number))).collect(),
            idle: VecDeque::new(),
            limits: (0..archive.partitions).map(|_| Limit::new(READS)).collect(),
            rng: Rng::new(seed, 2),
            delays: Vec::new(),
            // Notifications come by themselves; everybody else lists.
            outcome: Outcome {
                listing: if is_coming { 0 } else { listing },
                requests: if is_coming { 0 } else { pages },
                ..Outcome::default()
            },
        }
    }

    /// A process does what is next.
    fn step(&mut self, now: u64, number: usize, watch: &mut impl FnMut(Event)) {
        let Some((task, at)) = self.processes[number].task else {
            self.begin(now, number, watch);
            return;
        };
        if self.processes[number].lost_at == Some(at) {
            self.end(now, number, task, false, watch);
            return;
        }
        let Some(batch_number) = self.tasks[task].get(at).copied() else {
            self.end(now, number, task, true, watch);
            return;
        };
        let batch = self.archive.batches[batch_number];
        let count = batch.objects * self.engine.requests;
        if !self.limits[batch.partition].take(now, count) {
            let (wait, refused) = self.processes[number].refused(&batch, self.engine, &mut self.rng);
            self.outcome.refused += refused;
            self.next.push(Reverse((now + wait, number)));
            return;
        }
        watch(Event::Taken { process: number, batch: batch_number, partition: batch.partition, count, at: now });
        let effort = self.processes[number].read(&batch, self.engine, &mut self.rng);
        self.outcome.requests += count;
        self.outcome.cpu += effort.cpu;
        let is_last = at + 1 == self.tasks[task].len();
        self.processes[number].task = Some((task, at + 1));
        self.next.push(Reverse((now + effort.time + if is_last { effort.last } else { 0 }, number)));
    }

    /// A process takes the next task; where none is there yet, it waits for one.
    fn begin(&mut self, now: u64, number: usize, watch: &mut impl FnMut(Event)) {
        let Some(Reverse((came, task))) = self.waiting.pop() else {
            self.idle.push_back(number);
            return;
        };
        if came > now {
            self.waiting.push(Reverse((came, task)));
            self.next.push(Reverse((came, number)));
            return;
        }
        let process = &mut self.processes[number];
        process.begin(task, self.engine);
        if self.rng.chance(self.engine.slow) {
            process.slowness = self.engine.slowness;
        }
        if self.rng.chance(self.engine.lost) {
            let batches = u64::try_from(self.tasks[task].len()).unwrap_or(1).max(1);
            process.lost_at = usize::try_from(self.rng.below(batches)).ok();
        }
        self.began[number] = now;
        watch(Event::Started { process: number, task, came, at: now });
        self.next.push(Reverse((now + self.engine.start_of_task, number)));
    }

    fn end(&mut self, now: u64, number: usize, task: usize, is_whole: bool, watch: &mut impl FnMut(Event)) {
        watch(Event::Ended { process: number, task, at: now, is_whole });
        self.outcome.busy += now - self.began[number];
        self.processes[number].task = None;
        self.next.push(Reverse((now, number)));
        if is_whole {
            self.outcome.tasks += 1;
            self.outcome.objects +=
                self.tasks[task].iter().map(|batch| self.archive.batches[*batch].objects).sum::<u64>();
            self.outcome.wall = self.outcome.wall.max(now);
            if self.engine.comes_over > 0 {
                self.delays.push(now - self.came[task]);
            }
            return;
        }
        self.outcome.lost += 1;
        let again = now + self.engine.lost_for;
        self.waiting.push(Reverse((again, task)));
        if let Some(idle) = self.idle.pop_front() {
            self.next.push(Reverse((again, idle)));
        }
    }

    fn outcome(mut self) -> Outcome {
        self.outcome.wall = self.outcome.wall.max(self.outcome.listing);
        self.delays.sort_unstable();
        let at =
            |share: usize| self.delays.get(self.delays.len().saturating_sub(1) * share / 100).copied().unwrap_or(0);
        self.outcome.delay = [at(50), at(99)];
        self.outcome
    }
}

/// Deals the batches out to tasks as the job for Spark does: the largest first, each to the task that has least. A log file costs
/// its requests, too, as if it were 64 KiB larger.
fn deal_out(archive: &Archive, count: u64) -> Vec<Vec<usize>> {
    let count = usize::try_from(count).unwrap_or(usize::MAX).clamp(1, archive.batches.len().max(1));
    if count == archive.batches.len() {
        return (0..count).map(|batch| vec![batch]).collect();
    }
    let weight = |batch: &usize| archive.batches[*batch].bytes + archive.batches[*batch].objects * 65_536;
    let mut by_size: Vec<usize> = (0..archive.batches.len()).collect();
    by_size.sort_by_key(|batch| (Reverse(weight(batch)), *batch));
    let mut tasks = vec![Vec::new(); count];
    let mut least: BinaryHeap<Reverse<(u64, usize)>> = (0..count).map(|task| Reverse((0, task))).collect();
    for batch in by_size {
        if let Some(Reverse((total, task))) = least.pop() {
            tasks[task].push(batch);
            least.push(Reverse((total + weight(&batch), task)));
        }
    }
    for task in &mut tasks {
        task.sort_unstable();
    }
    tasks
}

/// When a task comes: with the others of its five minutes, as CloudTrail delivers.
fn arrival(task: usize, tasks: usize, over: u64) -> u64 {
    let (task, tasks) = (u128::try_from(task).unwrap_or(0), u128::try_from(tasks).unwrap_or(1).max(1));
    let at = u64::try_from(u128::from(over) * task / tasks).unwrap_or(0);
    at / (300 * SECOND) * (300 * SECOND)
}

/// Pages that listing takes, and how long: 64 prefixes side by side, the pages of one after the other, each in a tenth of a second.
fn listing(archive: &Archive) -> (u64, u64) {
    const PAGE: u64 = SECOND / 10;
    let pages = archive.objects().div_ceil(1000) + 1;
    let longest = archive.longest_prefix.div_ceil(1000) + 1;
    (pages, (pages * PAGE / 64).max(longest * PAGE).max(BATCH))
}
