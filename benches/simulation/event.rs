//! What happens in a simulation, for whoever holds it against its rules.

/// Something that happened, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A process begins with a task, which came before.
    Started { process: usize, task: usize, came: u64, at: u64 },
    /// A share of the bucket took the requests that a process has for a batch.
    Taken { process: usize, batch: usize, partition: usize, count: u64, at: u64 },
    /// A process ended a task: the whole of it, or it is lost.
    Ended { process: usize, task: usize, at: u64, is_whole: bool },
}
