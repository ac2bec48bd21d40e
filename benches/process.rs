//! How far the program is above the floor where each is a process of its own, the start and the walk included:
//! `cargo bench --bench process -- [standard|tiny|smoke|huge]`.
//!
//! In one process, the floor and the program share what a process costs once, and what one of them leaves to the other.
//! Here none does. Each run of the program stands right behind a run of the floor, and the ratio of such a pair counts.
#![expect(clippy::print_stdout, reason = "the table is for whoever started it")]

mod child;
mod corpus;
#[expect(dead_code, reason = "the other bench uses the rest")]
mod floor;

use std::io;
use std::path::Path;

use corpus::CorpusSpec;

const ROUNDS: usize = 9;

/// Says to this program that it is the floor.
const FLOOR: &str = "--floor";

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, root, threads] = words.as_slice()
        && word == FLOOR
    {
        floor::inflate_all(Path::new(root), threads.parse().map_err(io::Error::other)?)?;
        return Ok(());
    }
    if !words.iter().any(|word| word == "--bench") {
        println!("nothing measured: run it with cargo bench");
        return Ok(());
    }
    let preset = words.iter().find(|word| !word.starts_with('-')).map_or("standard", String::as_str);
    let Some(spec) = CorpusSpec::preset(preset) else {
        return Err(io::Error::other(format!("no preset is named {preset}: standard, tiny, smoke and huge are")));
    };
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let dir = tmp.parent().unwrap_or(tmp).join("bench-corpus").join(preset);
    corpus::ensure(&spec, &dir)?;
    compare(&dir.join("AWSLogs"))
}

/// Prints a row for each command and number of threads.
fn compare(root: &Path) -> io::Result<()> {
    let (root, this) = (root.to_string_lossy(), std::env::current_exe()?);
    println!("| command | ratio to the floor (CPU) | min–max | threads |\n|---|---|---|---|");
    for threads in ["1", "2"] {
        for command in ["events", "runs"] {
            let floor = [&this.to_string_lossy(), FLOOR, &root, threads];
            let program = [env!("CARGO_BIN_EXE_tfctrail"), command, &root, "--threads", threads, "-o", "csv"];
            let ratios = child::ratios(&floor, &program, ROUNDS)?;
            let [least, middle, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|at| ratios[at]);
            println!("| {command} | {middle:.3} | {least:.3}–{most:.3} | {threads} |");
        }
    }
    Ok(())
}
