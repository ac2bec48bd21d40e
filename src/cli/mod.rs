//! Floor 4: arguments, environment, terminal and exit codes. Nothing below knows them.

pub mod args;

pub mod commands;

pub mod config;

pub mod notify;

pub mod output;

pub mod parsing;

pub mod reading;

pub mod terminal;

pub mod asked;

pub mod clock;

pub mod command_line;

pub mod context;

pub mod error;

pub mod exit;

pub mod hold;

pub mod near;

pub mod config_position;

pub mod rules;

pub mod size;

pub mod time;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use self::asked::Asked;
use self::command_line::Cli;
use self::config::Config;
use self::context::{CommandContext, RunCommand as _};
use self::error::{Error, ErrorKind};
use self::parsing::origin::Origins;
use self::parsing::parse::ParseError;
use self::parsing::usage;
use self::terminal::talk::Talk;
use self::terminal::{ask, interrupt};
use crate::platform;

/// Does what the arguments say. The first one is the name of the program.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args = platform::arguments(args);
    platform::prepare_terminal();
    platform::on_a_large_stack(move || run_here(&args)).unwrap_or(ExitCode::FAILURE)
}

fn run_here(args: &[OsString]) -> ExitCode {
    let (talk, result) = match Cli::read(args) {
        Ok((cli, config, asked)) => {
            let talk = Arc::new(Talk::new(cli.ui.style()));
            let result = obey(&cli, &config, &asked, &talk);
            let origins = Origins::new(args, &config);
            (
                talk,
                result.map_err(|error| if error.kind() == ErrorKind::Usage { origins.explain(error) } else { error }),
            )
        }
        Err(refused) => {
            let result = match refused {
                ParseError::Words(error) => {
                    let config = Config::default();
                    usage::answer(&error, args, Cli::definition())
                        .map_err(|error| Origins::new(args, &config).explain(error))
                }
                ParseError::Config(error) | ParseError::Refused(error) => Err(error),
            };
            (Arc::new(Talk::new(usage::style(args))), result)
        }
    };
    match result {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) => {
            interrupt::let_end();
            talk.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn obey(cli: &Cli, config: &Config, asked: &Asked, talk: &Arc<Talk>) -> Result<(), Error> {
    interrupt::install(talk.style())?;
    ask::install();
    cli.ui.install_pager();
    let context = CommandContext { talk, ui: &cli.ui, config, asked, now: clock::now()?, definition: Cli::definition };
    context.tell_config();
    cli.command.run(&context)
}
