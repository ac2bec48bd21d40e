//! `tfctrail schedule KIND`: units that write the nightly report.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cli::args::aws::role;
use crate::cli::config::find::text;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, reason};
use crate::cli::notify;
use crate::cli::output::Output;
use crate::schedule::{ScheduledReport, Scheduler, TimeOfDay, UnitFile};

/// Print ready units that write the nightly report: systemd, cron, Kubernetes, GitHub Actions, EventBridge
///
/// They are complete and hardened, and comments in them say how to install them. Each night they sync the store, write
/// the report of the day before and of every day that was missed, and notify the recipients of --notify.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail schedule systemd s3://BUCKET --at 05:30 --notify security --write .
  tfctrail schedule kubernetes s3://BUCKET --image IMAGE --role-arn ARN | kubectl apply -f -
  tfctrail schedule github-actions s3://BUCKET --role-arn ARN --aws-region eu-west-1 --state s3://STATE/tfctrail")]
pub struct ScheduleArgs {
    /// The scheduler
    #[arg(value_name = "KIND", value_parser = PossibleValuesParser::new(Scheduler::all().map(Scheduler::name)).try_map(|name| Scheduler::of_name(&name).ok_or("no such kind")))]
    pub kind: Scheduler,
    /// Sources that the report reads; without them, the sources of its config file
    #[arg(value_name = "SOURCE")]
    pub about: Vec<String>,
    /// Time of the daily run, in UTC
    #[arg(long, value_name = "HH:MM", default_value = "06:00")]
    pub at: TimeOfDay,
    /// Where reports go: a directory, or a prefix of a bucket
    #[arg(long, value_name = "DIR|S3-URL", default_value = "/var/lib/tfctrail/reports")]
    pub out: String,
    /// File of the store, where the schedule runs
    #[arg(long, value_name = "FILE", default_value = "/var/lib/tfctrail/store.db")]
    pub store_path: String,
    /// Config file, where the schedule runs; kubernetes brings along the one that is here
    #[arg(long, value_name = "FILE", default_value = "/etc/tfctrail/tfctrail.toml")]
    pub config_path: String,
    /// Tell [notify.NAME] of the config file; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub notify: Vec<String>,
    /// Role that reads: assumed by the program, or by the job itself where the scheduler can do that
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub role_arn: Option<String>,
    /// Region of the AWS client
    #[arg(long, value_name = "REGION")]
    pub aws_region: Option<String>,
    /// The program, where the schedule runs: systemd, cron
    #[arg(long, value_name = "FILE", default_value = "/usr/local/bin/tfctrail")]
    pub program: String,
    /// Image of the container, best with its digest: kubernetes, github-actions, eventbridge
    #[arg(long, value_name = "IMAGE", default_value = concat!("registry.example.com/tfctrail:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// Where store and reports are kept from night to night: github-actions
    #[arg(long, value_name = "S3-URL")]
    pub state: Option<String>,
    /// Write the files into a directory in place of standard output
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
}

impl RunCommand for ScheduleArgs {
    /// Prints the units, or writes them into a directory.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let plan = plan(self, context)?;
        let files = self.kind.render(&plan).map_err(|wrong| Error::usage(wrong.to_string()))?;
        match &self.write {
            None => {
                let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
                write(Output::open(None)?, &texts.join("\n"))
            }
            Some(dir) => {
                let refuse = |error| Error::usage(format!("--write '{}': {}", dir.display(), reason(&error)));
                fs::create_dir_all(dir).map_err(refuse)?;
                files.iter().try_for_each(|UnitFile { name, text }| write(Output::open(Some(&dir.join(name)))?, text))
            }
        }
    }
}

fn write(mut output: Output, text: &str) -> Result<(), Error> {
    output.write_all(text.as_bytes()).map_err(|error| output.error(&error))?;
    output.finish()
}

fn plan(args: &ScheduleArgs, context: &CommandContext<'_>) -> Result<ScheduledReport, Error> {
    let loaded = context.config;
    let config_text = match &loaded.file {
        Some(path) => Some(
            text(path)
                .map_err(|error| Error::usage(format!("config file '{}': {}", path.display(), reason(&error))))?,
        ),
        None => None,
    };
    Ok(ScheduledReport {
        at: args.at,
        sources: args.about.clone(),
        out: args.out.clone(),
        store: args.store_path.clone(),
        config: args.config_path.clone(),
        config_text,
        notify: args.notify.clone(),
        secrets: notify::variables(&args.notify, loaded)?,
        program: args.program.clone(),
        image: args.image.clone(),
        role_arn: args.role_arn.clone(),
        region: args.aws_region.clone(),
        state: args.state.clone(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::command_line::Cli;
    use crate::schedule::ScheduledReport;

    #[test]
    fn the_report_takes_the_words_of_a_schedule() {
        let plan = ScheduledReport {
            sources: vec!["s3://my-trail-bucket".to_owned()],
            notify: vec!["security".to_owned()],
            role_arn: Some("arn:aws:iam::111122223333:role/tfctrail".to_owned()),
            region: Some("eu-west-1".to_owned()),
            ..ScheduledReport::default()
        };
        let words = [vec!["tfctrail"], plan.words_with_role()].concat();
        let refused = Cli::command().try_get_matches_from(words).err();
        assert!(refused.is_none(), "{}", refused.map(|error| error.to_string()).unwrap_or_default());
    }
}
