//! Writes a corpus: `cargo bench --bench generate -- standard|tiny|smoke|huge DIR`.
#![expect(clippy::print_stdout, reason = "the figures are for whoever started it")]

mod corpus;

use std::io;
use std::path::Path;
use std::time::Instant;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [preset, dir] = words.as_slice() else {
        println!("usage: cargo bench --bench generate -- standard|tiny|smoke|huge DIR");
        return Ok(());
    };
    let Some(spec) = corpus::CorpusSpec::preset(preset) else {
        return Err(io::Error::other(format!("no preset is named {preset}: standard, tiny, smoke and huge are")));
    };
    let start = Instant::now();
    let manifest = corpus::ensure(&spec, Path::new(dir))?;
    println!("{} ({:.1} s)\n{}", dir, start.elapsed().as_secs_f64(), serde_json::to_string_pretty(&manifest)?);
    Ok(())
}
