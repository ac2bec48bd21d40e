//! A made-up `CloudTrail` archive in the layout of an organization trail, the same for the same [`CorpusSpec`].
//!
//! Field mix, nesting, escapes, skewed file sizes and compressibility follow real logs; every value is made up.
//! What was written is counted in `corpus.json`, so that a bench can hold its answers against it.

#[path = "corpus/caller.rs"]
mod caller;
#[path = "corpus/plan.rs"]
mod plan;
#[path = "corpus/record.rs"]
mod record;
#[path = "corpus/rng.rs"]
mod rng;
#[path = "corpus/shape.rs"]
mod shape;
#[path = "corpus/template.rs"]
mod template;
#[path = "corpus/web_identity.rs"]
mod web_identity;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use flate2::{Compression, GzBuilder, write::GzEncoder};
use serde::{Deserialize, Serialize};

use plan::LogFile;
use record::{Writer, Written};
use rng::Rng;
use template::Scene;

/// Raised when the same spec would give other bytes than before.
const GENERATOR: u32 = 2;
/// The folder that holds a corpus until it is whole.
const PARTIAL: &str = ".partial";
const MANIFEST: &str = "corpus.json";
/// What zlib, and with it `CloudTrail`, takes by default.
const LEVEL: u32 = 6;

/// What a corpus shall be like. Sizes are of the inflated text, in bytes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct CorpusSpec {
    generator: u32,
    pub(crate) seed: u64,
    pub(crate) files: usize,
    pub(crate) text_bytes: u64,
    pub(crate) smallest: u64,
    pub(crate) largest: u64,
    /// Files beyond `largest`; they count in `files` and `text_bytes`.
    pub(crate) large: Vec<u64>,
    /// A hundred times the deviation of the logarithm of the sizes.
    pub(crate) spread_percent: u32,
    /// Where a file ends, however short it is then.
    pub(crate) most_records: Option<u64>,
    /// Web identity events of a million records.
    pub(crate) web_identity: u32,
}

impl CorpusSpec {
    /// A busy organization: 3,000 files of very different sizes, 2 GB of text.
    pub(crate) fn standard() -> Self {
        Self {
            generator: GENERATOR,
            seed: 20_260_302,
            files: 3_074,
            text_bytes: 2_060_000_000,
            smallest: 1_000,
            largest: 15_000_000,
            large: vec![34_000_000, 23_000_000],
            spread_percent: 160,
            most_records: None,
            web_identity: 5_000,
        }
    }

    /// Many quiet accounts: 27,000 files of a few records, one of a hundred with a web identity.
    pub(crate) fn tiny() -> Self {
        Self {
            files: 27_000,
            text_bytes: 27_000 * 4_400,
            smallest: 1_000,
            largest: 7_500,
            large: Vec::new(),
            spread_percent: 60,
            most_records: Some(6),
            web_identity: 3_000,
            ..Self::standard()
        }
    }

    /// Small enough for every build.
    pub(crate) fn smoke() -> Self {
        Self { files: 120, text_bytes: 20_000_000, largest: 2_000_000, large: Vec::new(), ..Self::standard() }
    }

    /// One log file of 1 GB.
    pub(crate) fn huge() -> Self {
        let bytes = 1_000_000_000;
        Self { files: 1, text_bytes: bytes, large: vec![bytes], ..Self::standard() }
    }

    /// The preset of this name.
    pub(crate) fn preset(name: &str) -> Option<Self> {
        match name {
            "standard" => Some(Self::standard()),
            "tiny" => Some(Self::tiny()),
            "smoke" => Some(Self::smoke()),
            "huge" => Some(Self::huge()),
            _ => None,
        }
    }
}

/// What was written, exactly.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Manifest {
    pub(crate) spec: CorpusSpec,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

/// Sums over all files.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Counts {
    pub(crate) files: u64,
    pub(crate) gzip_bytes: u64,
    pub(crate) text_bytes: u64,
    pub(crate) records: u64,
    /// `AssumeRoleWithWebIdentity` events of any issuer, granted or denied.
    pub(crate) web_identity: u64,
    /// Those of them whose issuer is HCP Terraform.
    pub(crate) hcp: u64,
    /// Calls that Terraform made with the access key of an IAM user.
    pub(crate) calls: u64,
    /// Files with at least one of them, and the text of these files.
    pub(crate) files_with_web_identity: u64,
    pub(crate) text_bytes_with_web_identity: u64,
}

impl Counts {
    fn of_file(gzip_bytes: u64, text_bytes: u64, written: Written) -> Self {
        let hit = u64::from(written.web_identity > 0);
        Self {
            files: 1,
            gzip_bytes,
            text_bytes,
            records: written.records,
            web_identity: written.web_identity,
            hcp: written.hcp,
            calls: written.calls,
            files_with_web_identity: hit,
            text_bytes_with_web_identity: hit * text_bytes,
        }
    }

    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.gzip_bytes += other.gzip_bytes;
        self.text_bytes += other.text_bytes;
        self.records += other.records;
        self.web_identity += other.web_identity;
        self.hcp += other.hcp;
        self.calls += other.calls;
        self.files_with_web_identity += other.files_with_web_identity;
        self.text_bytes_with_web_identity += other.text_bytes_with_web_identity;
    }
}

/// The corpus of `spec` in `dir` (its files are below `AWSLogs`): the one that is there, or a new one.
/// A folder with anything else in it is refused; what an interrupted run left is written anew.
pub(crate) fn ensure(spec: &CorpusSpec, dir: &Path) -> io::Result<Manifest> {
    if let Ok(text) = fs::read(dir.join(MANIFEST))
        && let Ok(manifest) = serde_json::from_slice::<Manifest>(&text)
        && manifest.spec == *spec
    {
        return Ok(manifest);
    }
    fs::create_dir_all(dir)?;
    for entry in fs::read_dir(dir)? {
        if entry?.file_name() != PARTIAL {
            return Err(io::Error::other(format!(
                "{} holds something else: remove it, or take another",
                dir.display()
            )));
        }
    }
    let partial = dir.join(PARTIAL);
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let manifest = Manifest { spec: spec.clone(), counts: generate(spec, &partial)? };
    fs::rename(partial.join("AWSLogs"), dir.join("AWSLogs"))?;
    fs::remove_dir(&partial)?;
    fs::write(dir.join(MANIFEST), serde_json::to_vec_pretty(&manifest)?)?;
    Ok(manifest)
}

/// Writes all files, on all cores, the largest first.
fn generate(spec: &CorpusSpec, dir: &Path) -> io::Result<Counts> {
    let mut files = plan::files(spec);
    files.sort_by_key(|file| std::cmp::Reverse(file.text_bytes));
    let next = AtomicUsize::new(0);
    let worker = || -> io::Result<Counts> {
        let mut counts = Counts::default();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            counts.add(write_file(spec, file, &dir.join(&file.key))?);
        }
        Ok(counts)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut counts = Counts::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            counts.add(worker.join().map_err(|_| io::Error::other("a worker panicked"))??);
        }
        Ok(counts)
    })
}

/// Streams one file to `path`, however large it is.
fn write_file(spec: &CorpusSpec, file: &LogFile, path: &Path) -> io::Result<Counts> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let scene = Scene::new(file.account.clone(), file.region, file.delivered, spec.seed);
    let rng = Rng::new(spec.seed, file.lane);
    let share = spec.web_identity * busy(spec, file) / 100;
    let mut records = Writer::new(&scene, file.text_bytes, share, rng);
    let target = BufWriter::with_capacity(1 << 16, File::create(path)?);
    let mut gzip: GzEncoder<_> = GzBuilder::new().write(target, Compression::new(LEVEL));
    let text_bytes = write_text(&mut gzip, &mut records, file.text_bytes, spec.most_records)?;
    gzip.finish()?.flush()?;
    Ok(Counts::of_file(fs::metadata(path)?.len(), text_bytes, records.written))
}

/// Writes `{"Records":[…]}` until there are about `wanted` bytes; returns how many there are.
fn write_text(out: &mut impl Write, records: &mut Writer, wanted: u64, most: Option<u64>) -> io::Result<u64> {
    let mut piece = br#"{"Records":["#.to_vec();
    let mut flushed: u64 = 0;
    loop {
        records.record(&mut piece);
        let held = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let done = flushed + held + 800 >= wanted || most == Some(records.written.records);
        if done {
            piece.extend_from_slice(b"]}");
        }
        if done || held >= 1 << 18 {
            out.write_all(&piece)?;
            flushed += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            piece.clear();
        }
        if done {
            return Ok(flushed);
        }
    }
}

/// How many of a hundred of the usual web identities an account has in a region: one pair of eight has none.
fn busy(spec: &CorpusSpec, file: &LogFile) -> u32 {
    let pair = file
        .region
        .bytes()
        .fold(file.account.parse().unwrap_or(0), |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Rng::new(spec.seed ^ 0xb5, pair).pick(&[0, 40, 80, 100, 100, 130, 150, 200])
}
