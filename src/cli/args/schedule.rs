//! Arguments of `schedule`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::schedule::{Kind, TimeOfDay};

/// Arguments of `schedule`.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// The scheduler
    #[arg(value_name = "KIND", value_parser = PossibleValuesParser::new(Kind::all().map(Kind::name)).try_map(|name| Kind::of_name(&name).ok_or("no such kind")))]
    pub kind: Kind,
    /// What the report is about; the sources of its config file where none is given
    #[arg(value_name = "SOURCE")]
    pub about: Vec<String>,
    /// When, each day, in UTC
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
    #[arg(long, value_name = "ARN", value_parser = super::aws::role)]
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
