//! The table of `docs/src/scale.md`: what a day takes, by engine.

use super::SECOND;
use super::archive::Archive;
use super::engine::Engine;
use super::price::{self, DOLLAR};
use super::run::{Outcome, run};

/// Log files of 1 TB of JSON: 92 GB, and 61 KB each.
pub(crate) const OBJECTS_OF_TB: u64 = 1_500_000;
/// Accounts with four regions each.
const PREFIXES: usize = 4_000;

/// A day of so many TB of JSON in a bucket that S3 has divided into `partitions`.
pub(crate) fn archive(tb: u64, partitions: usize, seed: u64) -> Archive {
    Archive::new(tb * OBJECTS_OF_TB, PREFIXES, partitions, seed)
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    /// Who reads.
    pub(crate) name: String,
    /// How long, and for how much.
    pub(crate) cell: String,
    /// What else came of it.
    pub(crate) detail: String,
}

/// How many functions of Lambda read so many TB a day.
fn functions(tb: u64) -> u64 {
    20 * tb
}

/// The lines for a day of so many TB.
pub(crate) fn lines(archive: &Archive, tb: u64, seed: u64) -> Vec<Line> {
    let pages = archive.objects().div_ceil(1000) + 1;
    let mut lines = Vec::new();
    for engine in [Engine::machine(16), Engine::wide_machine(), Engine::machine(64)] {
        let outcome = run(archive, &engine, seed, |_| ());
        let price = price::machine(&engine, &outcome, pages);
        lines.push(line(&engine.name, format!("{}, {}", duration(outcome.wall), dollars(price)), &engine, &outcome));
    }
    let hour = Archive::new(archive.objects() / 24, PREFIXES, archive.partitions, seed);
    let engine = Engine::machine(16);
    let outcome = run(&hour, &engine, seed, |_| ());
    lines.push(line("`sync` every hour, 16 cores", format!("{} an hour", duration(outcome.wall)), &engine, &outcome));
    for cores in [64, 256] {
        let engine = Engine::spark(cores);
        let outcome = run(archive, &engine, seed, |_| ());
        let price = price::spark(&engine, &outcome, pages);
        lines.push(line(&engine.name, format!("{}, {}", duration(outcome.wall), dollars(price)), &engine, &outcome));
    }
    let batches = u64::try_from(archive.batches.len()).unwrap_or(u64::MAX);
    let engine = Engine::lambda(functions(tb), batches);
    let outcome = run(archive, &engine, seed, |_| ());
    let cell = format!("{} late, {}", duration(outcome.delay[1]), dollars(price::lambda(&outcome)));
    lines.push(line("Lambda, as log files come", cell, &engine, &outcome));
    let price = price::athena(archive.bytes(), archive.objects());
    lines.push(Line { name: "Athena, each question".into(), cell: dollars(price), detail: String::new() });
    lines
}

fn line(name: &str, cell: String, engine: &Engine, outcome: &Outcome) -> Line {
    let cores = engine.processes * engine.millicores;
    let used = outcome.cpu * 100_000 / (outcome.wall.max(1) * cores).max(1);
    let detail = format!(
        "{}: {} tasks, {} lost, {} requests, {} refused, {} of a core, {used} % of {} cores, listed in {}",
        engine.name,
        outcome.tasks,
        outcome.lost,
        outcome.requests,
        outcome.refused,
        duration(outcome.cpu),
        cores.div_ceil(1000),
        duration(outcome.listing),
    );
    Line { name: name.to_owned(), cell, detail }
}

/// Two digits are all that such figures are good for.
fn two_digits(value: u64) -> u64 {
    let mut unit = 1;
    while value / unit >= 100 {
        unit *= 10;
    }
    (value + unit / 2) / unit * unit
}

/// A length of time for people.
pub(crate) fn duration(time: u64) -> String {
    let seconds = time.div_ceil(SECOND);
    match seconds {
        0..120 => format!("{} s", two_digits(seconds)),
        120..7_200 => format!("{} min", two_digits(seconds.div_ceil(60))),
        _ => {
            let tenths = two_digits(seconds / 360);
            if tenths < 100 { format!("{}.{} h", tenths / 10, tenths % 10) } else { format!("{} h", tenths / 10) }
        }
    }
}

/// A price for people.
pub(crate) fn dollars(price: u64) -> String {
    let cents = two_digits((price / (DOLLAR / 100)).max(1));
    if cents < 1000 { format!("${}.{:02}", cents / 100, cents % 100) } else { format!("${}", cents / 100) }
}
