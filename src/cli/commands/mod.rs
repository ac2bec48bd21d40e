//! The commands. Each is a file, or a room, with its arguments, its help and what it does, and a line in the registry below.

/// Makes an enumeration of commands, in the order of the help, that hands on what it is asked to the one that was typed.
macro_rules! commands {
    ($(#[doc = $doc:literal])* $registry:ident { $($name:ident($args:ty),)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, clap::Subcommand)]
        #[expect(missing_docs, reason = "what a command does stands at its arguments, as its help")]
        pub enum $registry {
            $($name($args),)*
        }

        impl $crate::cli::context::RunCommand for $registry {
            fn prepare(&mut self, read: &$crate::cli::parsing::parse::ParsedCommandLine) -> Result<(), clap::Error> {
                match self {
                    $(Self::$name(args) => args.prepare(read),)*
                }
            }

            fn run(&self, context: &$crate::cli::context::CommandContext<'_>) -> Result<(), $crate::cli::error::Error> {
                match self {
                    $(Self::$name(args) => args.run(context),)*
                }
            }
        }
    };
}

pub mod activity;

pub mod completions;

pub mod config;

pub mod coverage;

pub mod decode;

pub mod doctor;

pub mod events;

pub mod extract;

pub mod findings;

pub mod keys;

pub mod man;

pub mod notify;

pub mod policy;

pub mod query;

pub mod report;

pub mod runs;

pub mod schedule;

pub mod setup;

pub mod show;

pub mod store;

pub mod summary;

pub mod sync;

pub mod trust;

pub mod verify;

commands! {
    /// The commands, in reading order.
    Command {
        Runs(runs::RunsArgs),
        Events(events::EventsArgs),
        Summary(summary::SummaryArgs),
        Activity(activity::ActivityArgs),
        Show(Box<show::ShowArgs>),
        Sync(sync::args::SyncArgs),
        Findings(findings::FindingsArgs),
        Store(store::StoreCommandArgs),
        Decode(decode::DecodeArgs),
        Coverage(coverage::CoverageArgs),
        Verify(verify::VerifyArgs),
        Keys(keys::KeysArgs),
        Trust(trust::TrustArgs),
        Setup(setup::SetupArgs),
        Policy(policy::PolicyArgs),
        Doctor(doctor::DoctorArgs),
        Report(Box<report::args::ReportArgs>),
        Query(query::args::QueryArgs),
        Extract(extract::ExtractArgs),
        Schedule(schedule::ScheduleArgs),
        Notify(notify::NotifyArgs),
        Config(config::ConfigArgs),
        Completions(completions::CompletionsArgs),
        Man(man::ManArgs),
    }
}
