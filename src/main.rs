//! `tfctrail`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    tfctrail::cli::run(std::env::args_os())
}
