//! What a day of 1, 10 and 100 TB of JSON takes on one machine, on Spark and on Lambda, simulated:
//! `cargo bench --bench simulate -- [SEED]`. It prints the tables of `docs/src/scale.md`, and what else came of each run.
#![expect(clippy::print_stdout, reason = "the tables are for whoever started it")]

mod simulation;

use simulation::table::{archive, lines};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("nothing simulated: run it with cargo bench");
        return;
    }
    let seed = words.iter().find_map(|word| word.parse().ok()).unwrap_or(18);
    for partitions in [1, 40] {
        let columns: Vec<_> = [1, 10, 100].map(|tb| lines(&archive(tb, partitions, seed), tb, seed)).into();
        println!("\nIn {partitions}, seed {seed}:\n\n| | 1 TB | 10 TB | 100 TB |\n|---|---|---|---|");
        for (at, first) in columns[0].iter().enumerate() {
            let cells: Vec<&str> = columns.iter().map(|column| &*column[at].cell).collect();
            println!("| {} | {} |", first.name, cells.join(" | "));
        }
        println!();
        for line in columns.iter().flatten().filter(|line| !line.detail.is_empty()) {
            println!("{}", line.detail);
        }
    }
}
