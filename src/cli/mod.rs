//! Floor 4: arguments, environment, terminal and exit codes. Nothing below knows them.

pub mod args;

pub mod time;

pub mod size;

pub mod zone;

pub mod source;

pub mod scan;

pub mod completions;

pub mod man;

pub mod decode;

pub mod output;

pub mod interrupt;

pub mod progress;

pub mod talk;

pub mod error;

pub mod exit;

mod usage;

mod visible;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use self::args::{Cli, Command};
use self::error::Error;
use self::scan::Scan;
use self::talk::Talk;
use crate::domain::timestamp::Timestamp;

/// Does what the arguments say. The first one is the name of the program.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let (talk, result) = match args::parse(args.clone()) {
        Ok(cli) => {
            let talk = Arc::new(Talk::new(cli.ui.style()));
            let result = dispatch(&cli, &talk);
            (talk, result)
        }
        Err(error) => (Arc::new(Talk::new(usage::style(&args))), usage::answer(&error)),
    };
    match result {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) => {
            talk.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn dispatch(cli: &Cli, talk: &Arc<Talk>) -> Result<(), Error> {
    interrupt::install(talk.style())?;
    let now = now()?;
    match &cli.command {
        Command::Runs(args) => not_connected(Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?),
        Command::Events(args) => not_connected(Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?),
        Command::Summary(args) => not_connected(Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?),
        Command::Coverage(args) => not_connected(Scan::new(&args.scan, None, &args.limits, now)?),
        Command::Decode(args) => not_connected(decode::subjects(args)?),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

fn not_connected<T>(_ready: T) -> Result<(), Error> {
    Err(Error::failure("not connected"))
}

fn now() -> Result<Timestamp, Error> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    clock
        .and_then(|since| Timestamp::from_seconds(i64::try_from(since.as_secs()).ok()?))
        .ok_or_else(|| Error::failure("the clock of this machine is outside the years 1970 to 9999"))
}
