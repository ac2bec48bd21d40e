//! The command line as typed. Doc comments here are the help.

mod account;
mod aws;
mod config;
mod filter;
mod findings;
mod grouping;
mod issuer;
mod keys;
mod limit;
mod notify;
mod output;
mod parse;
mod query;
mod report;
mod schedule;
mod setup;
mod source;
mod store;
mod store_command;
mod sync;
mod time;
mod trust;
mod ui;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::source::kinds;

pub use self::account::{AccountPatterns, ids};
pub use self::aws::AwsArgs;
pub use self::config::{ConfigArgs, ConfigCommand, ConfigFileArgs, ConfigShowArgs};
pub use self::filter::FilterArgs;
pub use self::findings::{ExpectedArgs, FindingsArgs, RuleArgs};
pub use self::grouping::GroupingArgs;
pub use self::issuer::IssuerArgs;
pub use self::keys::{CallFilterArgs, KeysArgs};
pub use self::limit::{LimitArgs, RecordLimitArgs};
pub use self::notify::{NotifyArgs, TellArgs};
pub use self::output::{OutputArgs, SortKey};
pub use self::parse::{Parsed, Refused, command, parse, variable};
pub(in crate::cli) use self::parse::{Read, deepest, read};
pub use self::query::{AnswerArgs, QueryArgs};
pub use self::report::{GroupBy, ReportArgs};
pub use self::schedule::ScheduleArgs;
pub use self::setup::{SetupArgs, SetupPart};
pub use self::source::{SourceParser, SourceText};
pub use self::store::StoreArgs;
pub use self::store_command::{
    ExportArgs, StoreCommand, StoreCommandArgs, StoreInfoArgs, StorePruneArgs, StoreRemoveArgs,
};
pub use self::sync::SyncArgs;
pub use self::time::TimeArgs;
pub use self::trust::{Emit, TrustArgs};
pub use self::ui::{LogFormat, UiArgs, When};

/// Which Terraform run got into which AWS account, from where, with which role
///
/// Reads AWS CloudTrail logs and finds every AssumeRoleWithWebIdentity event of HCP Terraform and Terraform Enterprise.
#[derive(Debug, Parser)]
#[command(name = "tfctrail", version, max_term_width = 100, arg_required_else_help = true)]
#[command(subcommand_required = true, subcommand_value_name = "COMMAND")]
#[command(after_help = HELP_SHORT, after_long_help = HELP_LONG)]
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

const HELP_SHORT: &str = "\
First use:
  tfctrail runs s3://BUCKET                 the runs of the last week, from the archive of a trail
  tfctrail runs logs/ --last 30d            those of a month, from a local copy of it
  tfctrail runs --help                      all flags, with examples";

const HELP_LONG: &str = "\
First use:
  tfctrail runs s3://BUCKET                 the runs of the last week, from the archive of a trail
  tfctrail runs logs/ --last 30d            those of a month, from a local copy of it
  tfctrail runs --help                      all flags, with examples

Environment:
  Each flag has a twin that gives its default: TFCTRAIL_LATE_DAYS for --late-days, TFCTRAIL_ORG for
  --org. It holds one value, or what the flag takes with commas. A flag on the command line wins.
  NO_COLOR turns colours off.

Config file:
  ./tfctrail.toml, else tfctrail/tfctrail.toml in the user's config directory, names sources and
  gives defaults where the environment has none. tfctrail config init prints an example.

Exit codes:
  0    done; also when the reader of standard output closed it
  1    failure
  2    wrong usage; nothing was read
  4    no credentials, or no permission to read a whole source
  5    the report is out, but its coverage is incomplete, and says where: a failed or empty file,
       a malformed record, a source or a window without any log file; with --strict also a missing
       day of the window, or copies of an event that differ
  130  interrupted";

/// The commands, in reading order.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One row per Terraform run
    ///
    /// Folds the role assumptions of each Terraform run into one row: who (organization, project, workspace or Stack),
    /// when, into which accounts, from which source addresses, with which roles, and how often it was denied.
    #[command(after_help = "\
Examples:
  tfctrail runs logs/ --last 7d
  tfctrail runs s3://BUCKET --last 24h --profile audit
  tfctrail runs logs/ --account 111122223333 --phase apply -o csv --out runs.csv
  tfctrail runs logs/ --org acme --workspace 'prod-*' --workspace '!*-sandbox'
  tfctrail runs logs/ --ip '!198.51.100.0/24' --columns run_id,workspace,source_ips,run_url")]
    Runs(RunsArgs),
    /// One row per role assumption, granted or denied
    #[command(after_help = "\
Examples:
  tfctrail events logs/ --outcome denied --last 24h
  tfctrail events logs/ --run run-LMCK4SSiBfR6Y6rb -o json
  gunzip -c logs/*.gz | tfctrail events - --role 'deploy-*' -o ndjson
  tfctrail events logs/ --all-issuers --kind other --columns time,issuer,subject,role_arn")]
    Events(RunsArgs),
    /// Counts of runs, assumptions and denials, by any columns
    #[command(after_help = "\
Examples:
  tfctrail summary logs/ --last 30d
  tfctrail summary logs/ --by account_id,role_arn --sort -denied
  tfctrail summary logs/ --by day,organization -o csv")]
    Summary(SummaryArgs),
    /// Fill the store with what is new in sources
    ///
    /// Reads log files that are new or have changed, and remembers which, so that the store can be asked in place of them.
    /// However it ends, the next sync goes on: nothing is lost, and nothing is there twice.
    #[command(after_help = "\
Examples:
  tfctrail sync s3://BUCKET                          at first the last 7 days, then all that is new since
  tfctrail sync s3://BUCKET --from 2026-01-01        from there on
  tfctrail sync logs/ --store audit.db
  tfctrail sync event-history:all --watch 15m")]
    Sync(SyncArgs),
    /// What a security reviewer should look at: who got in that should not have, and which trust is too loose
    ///
    /// Each rule says in --rules what it finds, why that matters and what it cannot know. Findings of one kind at one
    /// place are one row with a count and the first events as evidence. What is suppressed in the config file is shown
    /// as suppressed, after all others. Subjects of Terraform's form are kept whoever issued them.
    #[command(after_help = "\
Examples:
  tfctrail findings logs/ --expected-organization acme --fail-on high
  tfctrail findings s3://BUCKET --last 1d --baseline history/ --rule 'first-seen-*'
  tfctrail findings logs/ -o sarif --out findings.sarif
  tfctrail findings --rules -o markdown")]
    Findings(FindingsArgs),
    /// What is in the store; write it into files for other tools; remove old events; check it
    #[command(after_help = "\
Examples:
  tfctrail store info
  tfctrail store export --out lake/
  tfctrail store prune --before 400d
  tfctrail store check")]
    Store(StoreCommandArgs),
    /// What the subject of a workload identity token says
    ///
    /// Takes subjects as arguments, or one per line from standard input. Needs no logs.
    #[command(after_help = "\
Examples:
  tfctrail decode 'organization:acme:project:Default Project:workspace:web:run_phase:plan'
  tfctrail events logs/ -o csv --columns subject --no-header | tfctrail decode -o json")]
    Decode(DecodeArgs),
    /// What was read and what is missing, by account, region and day
    #[command(after_help = "\
Examples:
  tfctrail coverage logs/ --from 2026-11-01 --to 2026-12-01
  tfctrail coverage logs/ --last 30d --strict -o json    exit 5 also if only a day is missing")]
    Coverage(CoverageArgs),
    /// Where Terraform still uses long-lived keys, beside what already uses OIDC
    ///
    /// One row per access key of an IAM user (or of root) that a Terraform user agent made any call with, and one per account
    /// that has none. The status speaks of the account and the window: static-keys, moving (both are seen) or done (only OIDC
    /// is seen). Workspaces beside a key are inferred, and the tie says from what: a word that somebody put into the user agent
    /// is the name of a workspace, or runs of at most five workspaces came from the same address into the same account. What is
    /// called with a role that a key assumed is not counted; those roles stand beside it.
    #[command(after_help = "\
Examples:
  tfctrail keys logs/ --last 30d
  tfctrail keys s3://BUCKET --last 7d -o csv --out keys.csv
  tfctrail keys logs/ --account 111122223333 --columns user,access_key_id,calls,last_seen,services,source_ips")]
    Keys(KeysArgs),
    /// The tightest trust policy of each role that covers what was seen; or what is wrong with one
    ///
    /// Without --policy, one row per role that was granted: each subject with its audience under StringEquals, nothing else.
    /// Organizations that are not expected are left out. What would stop working is named, and what was not seen (the apply of
    /// what was only planned). With --policy, that policy is held against the subjects seen, one row per remark: stranger (an
    /// organization that is not expected got in, and still can), open (an organization that nobody named gets in), missing (a
    /// subject that was granted is refused), loose (more is admitted than was seen), dead (a value that matches no subject) or tight.
    /// Conditions on keys of the request (aws:…) are not judged, nor is the identity provider's own list of audiences.
    #[command(after_help = "\
Examples:
  tfctrail trust logs/ --last 90d --org acme
  tfctrail trust logs/ --role deploy --org acme --emit hcl > trust.tf
  aws iam get-role --role-name deploy > role.json && tfctrail trust logs/ --policy role.json")]
    Trust(TrustArgs),
    /// Print what brings a workspace into an account by OIDC, with a tight trust
    ///
    /// A CloudFormation template and the same in Terraform's language: the identity provider, a role (or one for the plan and one
    /// for the apply) that admits this workspace's subjects with this audience and nobody else, outputs, and the variables to
    /// set in the workspace. Reads no logs and asks nobody.
    #[command(after_help = "\
Examples:
  tfctrail setup --org acme --project Platform --workspace web --split-phases
  tfctrail setup --org acme --workspace web --emit cloudformation --out web.json
  tfctrail setup --org acme --workspace web --tfe-host tfe.example.com --emit variables")]
    Setup(SetupArgs),
    /// Whether a source in AWS can be read: credentials, permissions, layout, and the policy it takes
    ///
    /// Tries everything that reading takes one by one, tells what it would cost for the window (the last 7 days unless
    /// --from or --last says otherwise), and prints the least IAM policy that is enough. Exit code 4 if something needed is denied.
    #[command(after_help = "\
Examples:
  tfctrail doctor s3://BUCKET
  tfctrail doctor s3://BUCKET/AWSLogs/ --profile audit --last 30d
  tfctrail doctor event-history:all")]
    Doctor(DoctorArgs),
    /// What happened in a night: what is new, what is wrong, what is missing
    ///
    /// Reviews a day (yesterday, UTC, unless told otherwise) against the time before it: the numbers, new organizations,
    /// workspaces, roles and networks, what vanished, denials, findings and coverage. Without --out one page goes to
    /// standard output; with --out DIR the directory gets report.html, report.md, report.json, runs.csv, events.csv,
    /// findings.csv, and manifest.json with the SHA-256 of each.
    #[command(after_help = "\
Examples:
  tfctrail report logs/ --out reports/today/
  tfctrail report logs/ --date 2026-11-04 -o html --out night.html
  tfctrail report logs/ --last 7d --group-by organization --out weekly/
  tfctrail report logs/ --catch-up --out reports/
  tfctrail report logs/ --compare 2026-11-01..2026-11-08 2026-11-08..2026-11-15")]
    Report(Box<ReportArgs>),
    /// SQL over the store, or over sources that are scanned for it
    ///
    /// Answers one statement that reads. It cannot write, attach files or load extensions.
    #[command(after_help = "\
Examples:
  tfctrail query \"SELECT workspace, count(*) FROM events GROUP BY 1\"
  tfctrail query \"SELECT * FROM runs WHERE denied > 0\" logs/ --last 7d -o csv
  tfctrail query --examples
  tfctrail query                            a prompt, with completion")]
    Query(QueryArgs),
    /// Print ready units that write the nightly report: systemd, cron, Kubernetes, GitHub Actions, EventBridge
    ///
    /// They are complete, hardened, and say in comments how to install them. Each night they sync the store, write the
    /// report of the day before and of every day that was missed, and tell whom --notify names.
    #[command(after_help = "\
Examples:
  tfctrail schedule systemd s3://BUCKET --at 05:30 --notify security --write .
  tfctrail schedule kubernetes s3://BUCKET --image IMAGE --role-arn ARN | kubectl apply -f -
  tfctrail schedule github-actions s3://BUCKET --role-arn ARN --aws-region eu-west-1 --state s3://STATE/tfctrail")]
    Schedule(ScheduleArgs),
    /// Send a test message to [notify.NAME] of the config file
    ///
    /// The kinds are slack (and webhooks that take the same), webhook (JSON, signed), smtp and sns. Exit code 1 if a message
    /// could not be delivered; why is said.
    #[command(after_help = "\
Examples:
  tfctrail notify security
  tfctrail notify security mail --config /etc/tfctrail/tfctrail.toml")]
    Notify(NotifyArgs),
    /// The config file: what holds, where it comes from, and an example
    ///
    /// tfctrail.toml is looked for in the current directory and then as tfctrail/tfctrail.toml in the user's config
    /// directory; --config FILE names another one. A flag wins over its variable, and that over the config file.
    #[command(after_help = "\
Examples:
  tfctrail config init > tfctrail.toml
  tfctrail config show --origin")]
    Config(ConfigArgs),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  tfctrail completions bash > ~/.local/share/bash-completion/completions/tfctrail
  tfctrail completions zsh > ~/.zfunc/_tfctrail
  tfctrail completions fish > ~/.config/fish/completions/tfctrail.fish")]
    Completions(CompletionsArgs),
    /// Write the manual, one page per command, into a directory
    #[command(after_help = "\
Examples:
  tfctrail man ~/.local/share/man/man1
  tfctrail man man && man -l man/tfctrail-runs.1")]
    Man(ManArgs),
}

fn source_help() -> String {
    format!("Log file, directory (read with all below it), {}, or - for standard input", kinds::forms())
}

fn source_long_help() -> String {
    let all = if kinds::KINDS.len() == 2 { "both" } else { "all" };
    format!(
        "{}\n\n{} Of {all} the last 7 days are read unless --from or --last says otherwise. @NAME is a source of the \
         config file; without SOURCE all of these are read.",
        source_help(),
        kinds::about()
    )
}

/// What every scan of logs takes.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", help = source_help(), long_help = source_long_help(), value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// Print what would be listed and fetched from remote sources, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write what was read and what is missing into a file, as JSON
    ///
    /// That is the coverage of -o json, with every failed file, malformed record and gap, beside any format. The file is
    /// readable by its owner only and appears when it is complete.
    #[arg(long = "coverage", value_name = "FILE", help_heading = "Output")]
    pub coverage: Option<PathBuf>,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The issuers.
    #[command(flatten)]
    pub issuers: IssuerArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `runs` and of `events`, which differ in what they show.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `summary`.
#[derive(Debug, Args)]
pub struct SummaryArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Columns of events, or day or hour, that make a group
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', default_value = "organization,project,workspace")]
    #[arg(help_heading = "Grouping")]
    pub by: Vec<String>,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `coverage`.
#[derive(Debug, Args)]
pub struct CoverageArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", help = format!("What to examine: {}", kinds::either()))]
    #[arg(value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Read log files delivered up to so many days after the window
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(..=3650))]
    #[arg(help_heading = "Limits")]
    pub late_days: u32,
}

/// Arguments of `decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Subject, as in the sub claim of a token; none or a single - reads lines from standard input
    #[arg(value_name = "SUBJECT")]
    pub subjects: Vec<String>,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limit: RecordLimitArgs,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The directory; created if it is missing
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}
