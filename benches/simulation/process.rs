//! One process at its work: how long a batch takes it, and how it keeps to what S3 says. The pace is that of
//! `src/source/bucket/pace.rs`: one request more after each round of successes, half as many and a pause when told to slow down.

use super::archive::Batch;
use super::engine::{BYTES_OF_CORE, CPU_OF_REQUEST, Engine, PICOSECONDS_A_BYTE};
use super::rng::Rng;
use super::{SECOND, engine};

/// Microseconds until S3 answers: a twentieth of all requests takes each of them. The guide of S3 says 100 to 200 ms of
/// requests at the worst; these are what is seen within a region.
const ANSWERS: [u64; 20] = [
    12_000, 14_000, 15_000, 16_000, 17_000, 18_000, 19_000, 20_000, 21_000, 22_000, 24_000, 26_000, 28_000, 30_000,
    33_000, 37_000, 42_000, 50_000, 65_000, 100_000,
];
/// So many of a million requests take `LATE`.
const LATE_ONES: usize = 1_000;
const LATE: u64 = 2 * SECOND;

/// The first pause, and the longest.
const PAUSE: u64 = SECOND / 50;
const LONGEST_PAUSE: u64 = 4 * SECOND;

/// A process and its task.
#[derive(Debug)]
pub(crate) struct Process {
    /// The task, and the next of its batches.
    pub(crate) task: Option<(usize, usize)>,
    /// At which batch the task is lost.
    pub(crate) lost_at: Option<usize>,
    /// How many times as long everything takes.
    pub(crate) slowness: u64,
    lanes: u64,
    successes: u64,
    pause: u64,
}

/// What a batch takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Until it is read.
    pub(crate) time: u64,
    /// Of a core.
    pub(crate) cpu: u64,
    /// The last answer, which nothing else runs beside when the task ends with it.
    pub(crate) last: u64,
}

impl Process {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self { task: None, lost_at: None, slowness: 1, lanes: engine.lanes[0], successes: 0, pause: PAUSE }
    }

    /// A program that starts anew knows no pace.
    pub(crate) fn begin(&mut self, task: usize, engine: &Engine) {
        *self = Self { task: Some((task, 0)), ..Self::new(engine) };
    }

    /// Reads a batch that S3 takes the requests for.
    pub(crate) fn read(&mut self, batch: &Batch, engine: &Engine, rng: &mut Rng) -> Effort {
        let requests = batch.objects * engine.requests;
        let (mut waited, mut last) = (0, 0);
        for _ in 0..requests {
            let draw = usize::try_from(rng.below(1_000_000)).unwrap_or(0);
            let answer = if draw < LATE_ONES { LATE } else { ANSWERS[draw % ANSWERS.len()] };
            waited += answer;
            last = last.max(answer);
        }
        let cpu = cpu(batch, engine);
        let of_cores = cpu * 1000 / engine.millicores;
        let of_network = batch.bytes * 1000 / (BYTES_OF_CORE / SECOND) / engine.millicores.max(1000);
        let time = (waited / self.lanes).max(of_cores).max(of_network) * self.slowness;
        self.pause = PAUSE;
        self.successes += requests;
        while self.successes >= self.lanes {
            self.successes -= self.lanes;
            self.lanes = (self.lanes + 1).min(engine.lanes[2]);
        }
        Effort { time: time.max(1), cpu, last: last * self.slowness }
    }

    /// S3 says to slow down: how long this process waits, and how many requests were refused.
    pub(crate) fn refused(&mut self, batch: &Batch, engine: &Engine, rng: &mut Rng) -> (u64, u64) {
        let refused = self.lanes.min(batch.objects * engine.requests);
        let wait = self.pause / 2 + rng.below(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.lanes = (self.lanes / 2).max(engine.lanes[1]);
        self.successes = 0;
        (wait.max(1), refused)
    }
}

/// Microseconds of a core for a batch.
pub(crate) fn cpu(batch: &Batch, engine: &engine::Engine) -> u64 {
    let of_bytes = batch.bytes * PICOSECONDS_A_BYTE / SECOND;
    of_bytes + batch.objects * (engine.requests * CPU_OF_REQUEST + engine.cpu_of_object)
}
