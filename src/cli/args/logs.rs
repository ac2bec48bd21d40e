//! `--logs`.

use clap::Args;

use super::source::{SourceParser, SourceText};
use crate::cli::error::Error;

/// Where the log files of extracts are, as typed.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::doc_markdown, reason = "the help shows it as it is typed")]
pub struct LogsArgs {
    /// Archive that extracts are of, a directory or s3://BUCKET: what they lack of calls is read there; repeatable
    ///
    /// Extracts that extract --activity made have the calls that a log file by itself shows to be of runs. A role that a run assumed
    /// may have called elsewhere: the few log files that may hold such calls are read again. Without --logs, and where one is not
    /// there any more or has changed, each is named, and the exit code is 5. A store keeps what sync --logs read.
    #[arg(long, value_name = "SOURCE", value_parser = SourceParser::default(), help_heading = "Limits")]
    pub logs: Vec<SourceText>,
}

impl LogsArgs {
    /// Refuses an archive where a command reads no calls.
    pub fn refuse_without(&self, command: &str) -> Result<(), Error> {
        if self.logs.is_empty() {
            return Ok(());
        }
        Err(Error::usage("--logs is about calls of runs, which are not asked for")
            .hint(format!("{command} --activity asks for them")))
    }
}
