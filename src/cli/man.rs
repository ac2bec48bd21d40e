//! `tfctrail man DIR`.

use super::args::{self, ManArgs};
use super::error::{Error, reason};

/// Writes one page per command.
pub fn run(args: &ManArgs) -> Result<(), Error> {
    let dir = args.dir.display();
    std::fs::create_dir_all(&args.dir)
        .map_err(|error| Error::usage(format!("creating the directory '{dir}': {}", reason(&error))))?;
    clap_mangen::generate_to(args::command(), &args.dir)
        .map_err(|error| Error::failure(format!("writing pages into '{dir}': {}", reason(&error))))
}
