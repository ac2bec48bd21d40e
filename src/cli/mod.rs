//! Floor 4: arguments, environment, terminal and exit codes. Nothing below knows them.

pub mod args;

pub mod config;

pub mod time;

pub mod size;

pub mod source;

pub mod stores;

pub mod scan;

pub mod reading;

pub mod writing;

pub mod words;

pub mod dry_run;

pub mod doctor;

pub mod sync;

pub mod hold;

pub mod store;

pub mod schedule;

pub mod notify;

pub mod runs;

pub mod report;

pub mod events;

pub mod summary;

pub mod findings;

pub mod coverage;

pub mod keys;

pub mod trust;

pub mod near;

pub mod setup;

pub mod emitting;

pub mod query;

pub mod completions;

pub mod man;

pub mod decode;

pub mod output;

pub mod overwrite;

pub mod coverage_file;

pub mod interrupt;

pub mod progress;

pub mod talk;

pub mod error;

pub mod exit;

mod ask;

mod origin;

mod usage;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use self::args::{Command, Parsed, Refused};
use self::config::Config;
use self::error::{Error, Kind};
use self::origin::Origins;
use self::reading::CommandContext;
use self::scan::Scan;
use self::talk::Talk;
use crate::domain::timestamp::Timestamp;

/// Does what the arguments say. The first one is the name of the program.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let (talk, result) = match args::parse(args.clone()) {
        Ok(parsed) => {
            let talk = Arc::new(Talk::new(parsed.cli.ui.style()));
            let result = dispatch(&parsed, &talk);
            let origins = Origins::new(&args, &parsed.config);
            (talk, result.map_err(|error| if error.kind() == Kind::Usage { origins.explain(error) } else { error }))
        }
        Err(refused) => {
            let result = match refused {
                Refused::Words(error) => {
                    let config = Config::default();
                    usage::answer(&error).map_err(|error| Origins::new(&args, &config).explain(error))
                }
                Refused::Config(error) => Err(error),
            };
            (Arc::new(Talk::new(usage::style(&args))), result)
        }
    };
    match result {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) => {
            talk.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn dispatch(Parsed { cli, config, sync }: &Parsed, talk: &Arc<Talk>) -> Result<(), Error> {
    interrupt::install(talk.style())?;
    ask::install();
    let now = now()?;
    let context = CommandContext { talk, ui: &cli.ui, config };
    config::command::tell(&context);
    match &cli.command {
        Command::Runs(args) => {
            let scan = Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { runs::run(args, &scan, &context) }
        }
        Command::Events(args) => {
            let scan = Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { events::run(args, &scan, &context) }
        }
        Command::Summary(args) => {
            let scan = Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { summary::run(args, &scan, &context) }
        }
        Command::Coverage(args) => {
            let scan = Scan::new(&args.scan, None, &args.limits, now)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run {
                dry_run::run(&args.output, &scan, &context)
            } else {
                coverage::run(args, &scan, &context)
            }
        }
        Command::Keys(args) => {
            let scan = keys::scan_for_calls(args, Scan::new(&args.scan, None, &args.limits, now)?)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { keys::run(args, &scan, &context) }
        }
        Command::Trust(args) => {
            let scan = trust::scan_of_accounts(args, Scan::new(&args.scan, None, &args.limits, now)?);
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { trust::run(args, &scan, &context) }
        }
        Command::Setup(args) => setup::run(args, &context),
        Command::Sync(args) => sync::run(args, now, &context),
        Command::Findings(args) if args.rules.rules => findings::document(args, &context),
        Command::Findings(args) => {
            let scan = Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?;
            scan.refuse_overwriting(args.output.out.as_deref())?;
            if scan.dry_run { dry_run::run(&args.output, &scan, &context) } else { findings::run(args, scan, &context) }
        }
        Command::Store(args) => store::run(args, now, &context),
        Command::Doctor(args) => doctor::run(args, now, &context),
        Command::Decode(args) => decode::run(args, &context),
        Command::Report(args) => report::run(args, sync.as_deref(), now, &context),
        Command::Query(args) => query::run(args, now, &context),
        Command::Schedule(args) => schedule::run(args, &context),
        Command::Notify(args) => notify::run(args, now, &context),
        Command::Config(args) => config::command::run(args, &context),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

fn now() -> Result<Timestamp, Error> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    clock
        .and_then(|since| Timestamp::from_seconds(i64::try_from(since.as_secs()).ok()?))
        .ok_or_else(|| Error::failure("the clock of this machine is outside the years 1970 to 9999"))
}
