//! List prices of us-east-1 in November 2026, in billionths of a dollar so that they are whole numbers.

use super::SECOND;
use super::engine::Engine;
use super::run::Outcome;

/// A GET or HEAD request: $0.0004 for a thousand.
const READ: u64 = 400;
/// A PUT or LIST request: $0.005 for a thousand.
const WRITE: u64 = 5_000;
/// An hour of a core of a compute-optimized machine (c7i, on demand).
const CORE_HOUR: u64 = 44_600_000;
/// An hour of a core of EMR Serverless with 4 GB: $0.052624 and 4 × $0.0057785.
const SPARK_CORE_HOUR: u64 = 75_738_000;
/// A second of a function of Lambda with 1024 MB on arm64, and an invocation.
const FUNCTION_SECOND: u64 = 13_333;
const INVOCATION: u64 = 200;
/// A request to SQS: $0.40 for a million. A notification is sent alone, and received and deleted in batches of ten.
const MESSAGE: u64 = 400;

/// A dollar.
pub(crate) const DOLLAR: u64 = 1_000_000_000;

/// What a machine costs that is there for this alone, requests included.
pub(crate) fn machine(engine: &Engine, outcome: &Outcome, pages: u64) -> u64 {
    hours(outcome.wall, engine.processes * engine.millicores / 1000, CORE_HOUR) + requests(outcome, pages)
}

/// What executors and requests cost; a driver is one core more.
pub(crate) fn spark(engine: &Engine, outcome: &Outcome, pages: u64) -> u64 {
    hours(outcome.wall, engine.processes + 1, SPARK_CORE_HOUR) + requests(outcome, pages)
}

/// What functions, messages, requests and the objects that they write cost.
pub(crate) fn lambda(outcome: &Outcome) -> u64 {
    let seconds = outcome.busy / SECOND;
    let messages = outcome.objects + outcome.objects / 5;
    seconds * FUNCTION_SECOND
        + outcome.tasks * INVOCATION
        + messages * MESSAGE
        + outcome.requests * READ
        + outcome.objects * WRITE
}

/// What Athena costs that reads all of it once: $5 for a TB, here of packed bytes.
pub(crate) fn athena(bytes: u64, objects: u64) -> u64 {
    bytes / 1_000_000 * 5 * (DOLLAR / 1_000_000) + objects * READ + objects / 1000 * WRITE
}

fn requests(outcome: &Outcome, pages: u64) -> u64 {
    (outcome.requests - pages) * READ + pages * WRITE
}

fn hours(wall: u64, cores: u64, price: u64) -> u64 {
    wall / SECOND * cores * price / 3600
}
