//! The simulation behind `docs/src/scale.md` keeps its own rules, and the page has its figures.

use std::collections::{BTreeMap, HashMap, HashSet};

#[path = "../benches/simulation/mod.rs"]
#[expect(dead_code, reason = "the bench uses the rest")]
mod simulation;

use simulation::SECOND;
use simulation::archive::Archive;
use simulation::engine::Engine;
use simulation::event::Event;
use simulation::limit::{Limit, READS};
use simulation::run::{Outcome, run};
use simulation::table::{archive, dollars, duration, lines};

const SEED: u64 = 18;

fn small(partitions: usize) -> Archive {
    Archive::new(60_000, 200, partitions, SEED)
}

/// Engines of every kind, on which more goes wrong than usual.
fn engines(archive: &Archive) -> Vec<Engine> {
    let batches = archive.batches.len() as u64;
    let engines = [
        Engine::machine(16),
        Engine::wide_machine(),
        Engine::machine(64),
        Engine::spark(7),
        Engine::spark(64),
        Engine::lambda(30, batches),
    ];
    engines.map(|engine| Engine { lost: 150_000, ..engine }).into()
}

/// Every rule, for everything that happens.
fn check(archive: &Archive, engine: &Engine) -> Outcome {
    let (mut of_process, mut of_task) = (HashMap::new(), HashMap::new());
    let mut of_reading: HashMap<usize, Vec<usize>> = HashMap::new();
    let (mut read, mut batches) = (HashSet::new(), Vec::new());
    let mut taken: BTreeMap<usize, Vec<(u64, u64)>> = BTreeMap::new();
    let mut lost = 0;
    let mut before = 0;
    let outcome = run(archive, engine, SEED, |event| {
        let now = match event {
            Event::Started { process, task, came, at } => {
                assert!(came <= at, "task {task} begins before it came");
                assert_eq!(of_process.insert(process, task), None, "process {process} has two tasks");
                assert_eq!(of_task.insert(task, process), None, "task {task} has two processes");
                at
            }
            Event::Taken { process, batch, partition, count, at } => {
                taken.entry(partition).or_default().push((at, count));
                of_reading.entry(process).or_default().push(batch);
                at
            }
            Event::Ended { process, task, at, is_whole } => {
                assert_eq!(of_process.remove(&process), Some(task));
                assert_eq!(of_task.remove(&task), Some(process));
                let reading = of_reading.remove(&process).unwrap_or_default();
                if is_whole {
                    assert!(read.insert(task), "task {task} was read twice");
                    batches.extend(reading);
                } else {
                    lost += 1;
                }
                at
            }
        };
        assert!(now >= before, "time runs back");
        before = now;
    });
    assert!(of_process.is_empty() && of_task.is_empty());
    batches.sort_unstable();
    assert!(batches.into_iter().eq(0..archive.batches.len()), "{}: a batch was read twice, or not at all", engine.name);
    assert_eq!(outcome.tasks, read.len() as u64);
    assert_eq!((outcome.objects, outcome.lost), (archive.objects(), lost), "{}", engine.name);
    for (partition, taken) in &taken {
        within_limit(*partition, taken);
    }
    // Nothing is faster than all cores together, or than what S3 takes.
    let cores = engine.processes * engine.millicores;
    assert!(outcome.wall * cores / 1000 >= outcome.cpu, "{}", engine.name);
    let most = taken.values().map(|taken| taken.iter().map(|(_, count)| count).sum::<u64>()).max().unwrap_or(0);
    assert!(outcome.wall >= most.saturating_sub(Limit::burst(READS)) * SECOND / READS, "{}", engine.name);
    outcome
}

/// In no second, wherever it begins, S3 takes more than it says.
fn within_limit(partition: usize, taken: &[(u64, u64)]) {
    let (mut first, mut sum) = (0, 0);
    for (at, count) in taken {
        sum += count;
        while at - taken[first].0 > SECOND {
            sum -= taken[first].1;
            first += 1;
        }
        assert!(sum <= READS + Limit::burst(READS), "{sum} requests to {partition} in the second before {at}");
    }
}

#[test]
fn work_is_conserved_nobody_shares_a_task_and_limits_hold() {
    for partitions in [1, 5] {
        let archive = small(partitions);
        // One that has to wait for its cores, which no chance changes.
        let starved = Engine { millicores: 20, ..Engine::machine(16) };
        for engine in engines(&archive).into_iter().chain([starved]) {
            let outcome = check(&archive, &engine);
            assert_eq!(outcome.lost > 0, engine.tasks > 10, "{}", engine.name);
        }
    }
}

#[test]
fn one_seed_has_one_result() {
    let archive = small(3);
    for engine in engines(&archive) {
        let [one, same, other] = [1, 1, 2].map(|seed| run(&archive, &engine, seed, |_| ()));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(one.objects, other.objects);
    }
    assert_eq!(small(3).batches, archive.batches);
}

#[test]
fn an_archive_has_what_it_is_to_have() {
    let archive = Archive::new(1_000_001, 4_000, 40, SEED);
    assert_eq!(archive.objects(), 1_000_001);
    let mean = archive.bytes() / archive.objects();
    assert!((58_000..64_000).contains(&mean), "a log file has {mean} bytes on average");
    assert!(archive.longest_prefix > 3 * 1_000_001 / 4_000, "no prefix has more than its share");
}

#[test]
fn where_requests_are_scarce_more_shares_help_and_more_cores_do_not() {
    let (one, forty) = (Archive::new(300_000, 4_000, 1, SEED), Archive::new(300_000, 4_000, 40, SEED));
    let wall = |archive: &Archive, engine: &Engine| run(archive, engine, SEED, |_| ()).wall;
    let plain = |engine: Engine| Engine { start: 0, slow: 0, lost: 0, lists_first: false, ..engine };
    let [few, many] = [64, 256].map(|cores| plain(Engine::spark(cores)));
    assert!(wall(&one, &few) > 2 * wall(&forty, &few));
    assert!(wall(&one, &many) * 10 > wall(&one, &few) * 9);
    assert!(wall(&forty, &many) * 2 < wall(&forty, &few) * 2 - wall(&forty, &few) / 4);
    assert!(run(&one, &many, SEED, |_| ()).refused > 1000);
    assert_eq!(run(&forty, &plain(Engine::spark(2)), SEED, |_| ()).refused, 0);
}

#[test]
fn what_is_slow_or_lost_takes_longer() {
    let archive = small(40);
    let calm = Engine { slow: 0, lost: 0, ..Engine::spark(16) };
    let wall = |engine: &Engine| run(&archive, engine, SEED, |_| ()).wall;
    assert!(wall(&Engine { slow: 100_000, ..calm.clone() }) > wall(&calm));
    assert!(wall(&Engine { lost: 200_000, ..calm.clone() }) > wall(&calm));
}

#[test]
fn figures_are_written_for_people() {
    let seconds = |count: u64| duration(count * SECOND);
    let written = [1, 99, 119, 120, 3_600, 7_199, 7_200, 35_999, 36_000, 400_000].map(seconds);
    assert_eq!(written, ["1 s", "99 s", "120 s", "2 min", "60 min", "120 min", "2.0 h", "9.9 h", "10 h", "110 h"]);
    let written = [1, 10_000_000, 614_000_000, 9_994_000_000, 61_400_000_000].map(dollars);
    assert_eq!(written, ["$0.01", "$0.01", "$0.61", "$10", "$61"]);
}

/// The columns of 10 and 100 TB are from the same program: `cargo bench --bench simulate`.
#[test]
fn the_page_has_the_figures_of_the_simulation() {
    let page = include_str!("../docs/src/scale.md");
    for partitions in [1, 40] {
        for line in lines(&archive(1, partitions, SEED), 1, SEED) {
            let expected = format!("| {} | {} |", line.name, line.cell);
            assert!(
                page.contains(&expected),
                "docs/src/scale.md lacks `{expected}`: cargo bench --bench simulate prints its tables"
            );
        }
    }
}
