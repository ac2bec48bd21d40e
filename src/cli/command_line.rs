//! The command line as a whole. Doc comments here, at the commands and in `args` are the help.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use super::args::config_file::ConfigFileArgs;
use super::args::ui::UiArgs;
use super::args::verified::refuse_idle_files;
use super::asked::Asked;
use super::commands::Command;
use super::config::Config;
use super::context::RunCommand as _;
use super::output::overwrite::refuse_flags;
use super::parsing::help::arranged;
use super::parsing::parse::{ParseError, read};

/// Which Terraform run got into which AWS account, from where, with which role
///
/// Reads AWS CloudTrail logs and finds every AssumeRoleWithWebIdentity event of HCP Terraform and Terraform Enterprise.
#[derive(Debug, Parser)]
#[command(name = "tfctrail", version, max_term_width = 100, arg_required_else_help = true)]
#[command(subcommand_required = true, subcommand_value_name = "COMMAND")]
#[command(help_template = TEMPLATE, after_long_help = HELP_LONG)]
pub struct Cli {
    /// How to talk.
    #[command(flatten)]
    pub ui: UiArgs,
    /// Which config file.
    #[command(flatten)]
    pub config: ConfigFileArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The help of the program begins with what somebody tries first.
const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

First use:
  tfctrail runs s3://BUCKET                 the runs of the last week, from the archive of a trail
  tfctrail runs logs/ --last 30d            those of a month, from a local copy of it
  tfctrail runs --help                      all flags, with examples

{all-args}{after-help}";

const HELP_LONG: &str = "\
Environment:
  Each flag has a twin that gives its default: TFCTRAIL_LATE_DAYS for --late-days, TFCTRAIL_ORG for
  --org. It holds one value, or what the flag takes with commas. A flag on the command line wins.
  NO_COLOR and TERM=dumb turn colours off. PAGER, or TFCTRAIL_PAGER, is the pager on a terminal.

Config file:
  ./tfctrail.toml, else tfctrail/tfctrail.toml in the user's config directory, names sources and
  gives defaults where the environment has none. tfctrail config init prints an example.

Exit codes:
  0    done; also when the reader of standard output closed it
  1    failure
  2    wrong usage; nothing was read
  3    findings at or above --fail-on, or an archive that is not as CloudTrail wrote it
  4    no credentials, or no permission to read a whole source
  5    the report is out, but its coverage is incomplete, and says where: a failed or empty file,
       a malformed record, a source or a window without any log file; with --strict also a missing
       day of the window, or copies of an event that differ
  130  interrupted";

impl Cli {
    /// The definition of all commands and flags, before environment and config file give any a default.
    #[must_use]
    pub fn definition() -> clap::Command {
        arranged(Self::command())
    }

    /// Reads the command line; where it is silent, the environment; and where that is silent too, the config file, which is
    /// the second. The third is what was asked, for hints.
    pub fn read(args: &[OsString]) -> Result<(Self, Config, Asked), ParseError> {
        let definition = Self::definition();
        let read = read(&definition, args)?;
        let mut cli = Self::from_arg_matches(&read.matches)?;
        cli.command.prepare(&read)?;
        refuse_idle_files(&read).and_then(|()| refuse_flags(&read)).map_err(ParseError::Refused)?;
        let asked = Asked::of(&read, &definition);
        Ok((cli, read.config, asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parsing::parse::with_twins;

    #[test]
    fn the_definition_is_sound() {
        with_twins(Cli::definition()).debug_assert();
    }
}
