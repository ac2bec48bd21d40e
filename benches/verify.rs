//! How far `verify` and `--verified` are above their floor, which inflates the same files, digests too, and hashes their texts with
//! the same SHA-256: `cargo bench --bench verify -- [standard|tiny|smoke|huge]`.
//!
//! The first row shares a process with its floor; all others are processes, of which each stands right behind one of the floor.
//! Aims: 1.10 for `verify`, 1.25 of that for `runs --verified`.
#![expect(clippy::print_stdout, reason = "the table is for whoever started it")]

mod child;
mod corpus;
#[expect(dead_code, reason = "the other bench uses the rest")]
mod floor;
#[path = "corpus/signed.rs"]
mod signed;

use std::fs;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corpus::CorpusSpec;
use sha2::{Digest as _, Sha256};
use tfctrail::audit::verify::public_keys::PublicKeys;
use tfctrail::audit::verify::signatures::Signatures;
use tfctrail::aws::AwsOptions;
use tfctrail::domain::timestamp::Timestamp;
use tfctrail::domain::window::Window;
use tfctrail::ingest::verify::{VerifyQuestion, verify};
use tfctrail::progress::Progress;
use tfctrail::source::SourceSpec;

use tfctrail::source::question::RemoteQuestion;

const ROUNDS: usize = 7;

/// Says to this program that it is the floor.
const FLOOR: &str = "--floor";

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, root, threads] = words.as_slice()
        && word == FLOOR
    {
        return hash_all(Path::new(root), threads.parse().map_err(io::Error::other)?);
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
    let dir = tmp.parent().unwrap_or(tmp).join("bench-corpus");
    let (plain, archive) = (dir.join(preset), dir.join(format!("{preset}-signed")));
    corpus::ensure(&spec, &plain)?;
    signed::ensure(&plain, &archive)?;
    println!("| what | threads | ratio to the floor (CPU) | min–max |\n|---|---|---|---|");
    for threads in [1, 2] {
        in_process(&archive, threads)?;
        as_processes(&archive, threads)?;
    }
    Ok(())
}

/// The floor.
fn hash_all(archive: &Path, threads: usize) -> io::Result<()> {
    floor::inflate_each(&archive.join("AWSLogs"), threads, |text| u64::from(black_box(Sha256::digest(text))[0]))?;
    Ok(())
}

fn row(name: &str, threads: usize, ratios: &[f64]) {
    let [least, middle, most] = [0, ratios.len() / 2, ratios.len() - 1].map(|at| ratios[at]);
    println!("| {name} | {threads} | {middle:.3} | {least:.3}–{most:.3} |");
}

fn in_process(archive: &Path, threads: usize) -> io::Result<()> {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let floor = floor::measure(|| hash_all(archive, threads))?;
        let own = floor::measure(|| verify_all(archive, threads))?;
        ratios.push(own.cpu.as_secs_f64() / floor.cpu.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    row("verify (library)", threads, &ratios);
    Ok(())
}

/// The library's verifying, as the command line calls it.
fn verify_all(archive: &Path, threads: usize) -> io::Result<()> {
    let text = |name: &str| fs::read_to_string(archive.join(name));
    let keys = PublicKeys::read(&text(signed::KEYS)?).map_err(io::Error::other)?;
    let signatures = Signatures::read(&text(signed::SIGNATURES)?).map_err(io::Error::other)?;
    let now = Timestamp::from_seconds(2_000_000_000).ok_or_else(|| io::Error::other("no such time"))?;
    let remote = RemoteQuestion {
        window: Window::default(),
        accounts: None,
        regions: None,
        late_days: 1,
        now,
        resume: None,
        chosen: None,
        verifies: false,
        aws: AwsOptions::default(),
        own_aws: Vec::new(),
        lists_only: false,
        progress: Arc::default(),
    };
    let question = VerifyQuestion {
        specs: &[SourceSpec::Path(archive.join("AWSLogs"))],
        exclude: &[],
        remote: &remote,
        window: Window::default(),
        keys: Some(&keys),
        signatures,
        now,
        threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN),
        max_file: 8 << 30,
        all: false,
    };
    let verification = verify(question, &Progress::default()).map_err(io::Error::other)?;
    let files = verification.tally.files();
    if files.all() == 0 || files.valid < files.all() {
        return Err(io::Error::other(format!("not all is valid: {files:?}")));
    }
    Ok(())
}

fn as_processes(archive: &Path, threads: usize) -> io::Result<()> {
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let (this, root) = (path(std::env::current_exe()?), path(archive.to_owned()));
    let [logs, keys, signatures] = ["AWSLogs", signed::KEYS, signed::SIGNATURES].map(|name| path(archive.join(name)));
    let count = threads.to_string();
    let floor = [&*this, FLOOR, &root, &count];
    let rest = [&*logs, "--threads", &count, "-o", "csv"];
    let evidence = ["--public-keys", &*keys, "--signatures", &signatures];
    let program = env!("CARGO_BIN_EXE_tfctrail");
    for (name, command) in [
        ("tfctrail verify", [&[program, "verify"], &rest[..], &evidence].concat()),
        ("tfctrail runs --verified", [&[program, "runs", "--verified"], &rest[..], &evidence].concat()),
        ("tfctrail runs", [&[program, "runs"], &rest[..]].concat()),
    ] {
        row(name, threads, &child::ratios(&floor, &command, ROUNDS)?);
    }
    Ok(())
}
