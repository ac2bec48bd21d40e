//! Where the log files of extracts are.

use crate::aws::AwsOptions;
use crate::cli::args::logs::LogsArgs;
use crate::cli::error::Error;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::source::{own_aws, sources};
use crate::source::SourceSpec;

impl Scan {
    /// The same, which reads in the archive of `--logs` what extracts lack of calls.
    pub fn with_logs(mut self, args: &LogsArgs) -> Result<Self, Error> {
        let (logs, logs_aws) = archive(args, &self.aws)?;
        if logs.is_empty() {
            return Ok(self);
        }
        if self.sources.iter().all(|spec| matches!(spec, SourceSpec::Store(_))) {
            return Err(Error::usage("--logs names the archive of extracts, and no source holds an extract")
                .hint("name the directories of the extracts"));
        }
        (self.logs_aws, self.logs) = (logs_aws, logs);
        Ok(self)
    }
}

/// The places of an archive, and how AWS is reached for each of them; none where nobody names one.
pub fn archive(args: &LogsArgs, aws: &AwsOptions) -> Result<(Vec<SourceSpec>, Vec<AwsOptions>), Error> {
    if args.logs.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let logs = sources(&args.logs, None)?;
    if let Some(spec) = logs.iter().find(|spec| !has_log_files(spec)) {
        let message = format!("--logs '{}': is no archive of log files", spec.label());
        return Err(Error::usage(message).hint("name a directory or s3://BUCKET"));
    }
    Ok((logs, own_aws(&args.logs, aws)))
}

fn has_log_files(spec: &SourceSpec) -> bool {
    match spec {
        SourceSpec::Path(path) => path.is_dir(),
        SourceSpec::Remote(_) => !spec.is_paged(),
        SourceSpec::Files(_) | SourceSpec::Stdin | SourceSpec::Store(_) => false,
    }
}
