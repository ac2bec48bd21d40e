//! What reads an archive: how many processes of which size, and what goes wrong with them. Figures that were measured say so.

use super::SECOND;

/// Picoseconds of a core for a packed byte: 189 MB a second (measured, docs/src/speed.md).
pub(crate) const PICOSECONDS_A_BYTE: u64 = 5_290;
/// Microseconds of a core for a request to S3 (measured on loopback).
pub(crate) const CPU_OF_REQUEST: u64 = 160;
/// Bytes that a core gets over the network in a second: 16 cores with 10 Gbit/s.
pub(crate) const BYTES_OF_CORE: u64 = 78_000_000;

/// How an archive is read.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// What it is called.
    pub(crate) name: String,
    /// How many processes run at a time.
    pub(crate) processes: u64,
    /// Thousandths of a core that each of them has.
    pub(crate) millicores: u64,
    /// How many requests each of them has under way: at first, at least, and at most.
    pub(crate) lanes: [u64; 3],
    /// Requests to the archive for each log file.
    pub(crate) requests: u64,
    /// Microseconds of a core for each log file beside its requests and bytes.
    pub(crate) cpu_of_object: u64,
    /// Into how many tasks the log files are dealt out. As many as processes: each has its share. As many as batches: one each.
    pub(crate) tasks: u64,
    /// Before the first task: capacity is found, a session starts.
    pub(crate) start: u64,
    /// Before each task: a program starts.
    pub(crate) start_of_task: u64,
    /// Whether all log files are listed before the first task begins.
    pub(crate) lists_first: bool,
    /// So many tasks of a million run on a slow machine, `slowness` times as long.
    pub(crate) slow: u32,
    /// How many times as long.
    pub(crate) slowness: u64,
    /// So many tasks of a million are lost in the middle, and start again.
    pub(crate) lost: u32,
    /// After how long a lost task is there again.
    pub(crate) lost_for: u64,
    /// Over how long a time log files come, a burst every five minutes; 0 where all are there.
    pub(crate) comes_over: u64,
}

/// One process of this program, at its pace.
const LANES: [u64; 3] = [32, 16, 128];

impl Engine {
    /// This program on one machine; of more than 16 cores, as processes of 16 that share the accounts.
    pub(crate) fn machine(cores: u64) -> Self {
        let processes = cores.div_ceil(16);
        Self {
            name: format!("one machine, {cores} cores"),
            processes,
            millicores: cores * 1000 / processes,
            lanes: LANES,
            requests: 1,
            cpu_of_object: 0,
            tasks: processes,
            start: 0,
            start_of_task: SECOND / 10,
            lists_first: false,
            slow: 0,
            slowness: 1,
            lost: 0,
            lost_for: 0,
            comes_over: 0,
        }
    }

    /// This program on 16 cores with `--concurrency 512`.
    pub(crate) fn wide_machine() -> Self {
        Self { name: "16 cores, --concurrency 512".into(), lanes: [512, 16, 512], ..Self::machine(16) }
    }

    /// The job for Spark on executors with so many cores in all, four tasks for each.
    pub(crate) fn spark(cores: u64) -> Self {
        Self {
            name: format!("Spark, {cores} cores"),
            processes: cores,
            millicores: 1000,
            tasks: cores * 4,
            start: 60 * SECOND,
            start_of_task: 2 * SECOND,
            lists_first: true,
            slow: 20_000,
            slowness: 3,
            lost: 5_000,
            lost_for: 5 * SECOND,
            ..Self::machine(1)
        }
    }

    /// The function of deploy/lambda with so many running at a time, over log files that come all day.
    pub(crate) fn lambda(functions: u64, batches: u64) -> Self {
        Self {
            name: format!("Lambda, {functions} functions"),
            processes: functions,
            // 1024 MB.
            millicores: 578,
            lanes: [8, 8, 8],
            // A GET request of the archive, and before it a HEAD request, which finds the region.
            requests: 2,
            cpu_of_object: 40_000,
            tasks: batches,
            start: 0,
            start_of_task: 0,
            lists_first: false,
            slow: 10_000,
            slowness: 3,
            lost: 1_000,
            lost_for: 720 * SECOND,
            comes_over: 86_400 * SECOND,
        }
    }
}
