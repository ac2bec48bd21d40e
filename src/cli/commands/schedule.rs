//! `tfctrail schedule KIND`: units that write the nightly report.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{self, Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cli::args::aws::role;
use crate::cli::config::find::text;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, reason};
use crate::cli::notify;
use crate::cli::output::Output;
use crate::cli::reading::source::SourceArg;
use crate::cli::terminal::talk::Level;
use crate::schedule::{PROGRAM, ScheduledReport, Scheduler, TimeOfDay, UnitFile};

/// The name of the config file beside the units.
const CONFIG_FILE: &str = "tfctrail.toml";

/// Get a report every morning: units for systemd, cron, Kubernetes, …
///
/// Prints ready units for systemd, cron, Kubernetes, GitHub Actions and EventBridge. They are complete and hardened, and
/// comments in them say how to install them. Each night they sync the store, write the report of the day before and of
/// every day that was missed, and notify the recipients of --notify.
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
    /// Report on what the runs did, too, with a page for each run
    #[arg(long)]
    pub activity: bool,
    /// Take only log files that are as CloudTrail wrote them, by its digest files
    #[arg(long)]
    pub verified: bool,
    /// Tell [notify.NAME] of the config file; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub notify: Vec<String>,
    /// Role that reads: assumed by the program, or by the job itself where the scheduler can do that
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub role_arn: Option<String>,
    /// Region of the AWS client
    #[arg(long, value_name = "REGION")]
    pub aws_region: Option<String>,
    /// The program, where the schedule runs: systemd, cron [default: this one where it is installed for all, else
    /// /usr/local/bin/tfctrail]
    #[arg(long, value_name = "FILE")]
    pub program: Option<String>,
    /// Image of the container, best with its digest: kubernetes, github-actions, eventbridge
    #[arg(long, value_name = "IMAGE", default_value = concat!("registry.example.com/tfctrail:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// Where store and reports are kept from night to night: github-actions
    #[arg(long, value_name = "S3-URL")]
    pub state: Option<String>,
    /// Write the files into a directory in place of standard output
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// Let --write replace files that differ
    #[arg(long, requires = "write")]
    pub force: bool,
}

impl RunCommand for ScheduleArgs {
    /// Prints the units, or writes them into a directory.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let plan = plan(self, context)?;
        let mut files = self.kind.render(&plan).map_err(|wrong| Error::usage(wrong.to_string()))?;
        if self.kind.carries_config() {
            refuse_lack(&plan)?;
        }
        if self.kind.is_in_container() && plan.image == ScheduledReport::default().image {
            let text = format!("the image {} is a placeholder; --image names yours", plan.image);
            context.talk.say(Level::Warning, &text);
        }
        if !self.kind.is_in_container()
            && self.program.is_none()
            && plan.program_here.is_none()
            && plan.program == PROGRAM
        {
            let text = format!("put the program for that machine at {PROGRAM}; the one that runs here is another");
            context.talk.say(Level::Warning, &text);
        }
        // A container's job brings its config file along.
        if let Some(text) = plan.config_text.filter(|_| self.write.is_some() && !self.kind.is_in_container()) {
            files.push(UnitFile { name: CONFIG_FILE, text });
        }
        match &self.write {
            None => {
                let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
                write(Output::open(None)?, &texts.join("\n"))
            }
            Some(dir) => write_all(dir, &files, self.force, context),
        }
    }
}

/// Writes the files into a directory. A file that is there, and says something else, was probably changed by hand: then
/// none is written, unless it may be replaced.
fn write_all(dir: &Path, files: &[UnitFile], replace: bool, context: &CommandContext<'_>) -> Result<(), Error> {
    let refuse = |error: &io::Error| Error::usage(format!("--write '{}': {}", dir.display(), reason(error)));
    let mut wanted = Vec::new();
    for file in files {
        match fs::read(dir.join(file.name)) {
            Ok(there) if there == file.text.as_bytes() => {}
            Ok(_) if !replace => {
                let error = format!("--write '{}': {} is there already and differs", dir.display(), file.name);
                return Err(Error::usage(error).hint("--force replaces it; without --write the files are printed"));
            }
            Ok(_) => wanted.push(file),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => wanted.push(file),
            Err(error) => return Err(refuse(&error)),
        }
    }
    fs::create_dir_all(dir).map_err(|error| refuse(&error))?;
    for file in files {
        let path = dir.join(file.name);
        if wanted.iter().any(|wanted| wanted.name == file.name) {
            write(Output::open(Some(&path))?, &file.text)?;
            context.talk.say(Level::Info, &format!("wrote {}", path.display()));
        } else {
            context.talk.say(Level::Info, &format!("{} is there already, and the same", path.display()));
        }
    }
    if let Some(first) = files.first() {
        let text = format!("the comments in {} say how to install it", dir.join(first.name).display());
        context.talk.say(Level::Info, &text);
    }
    Ok(())
}

/// Refuses files that would hold a config file without what the report needs of it.
fn refuse_lack(plan: &ScheduledReport) -> Result<(), Error> {
    let mut lacks: Vec<String> = plan.notify.iter().map(|name| format!("[notify.{name}]")).collect();
    if plan.sources.is_empty() {
        lacks.insert(0, "a source".to_owned());
    }
    if plan.config_text.is_some() || lacks.is_empty() {
        return Ok(());
    }
    let lacks = lacks.join(" and ");
    Err(Error::usage(format!("the config file is brought along, and there is none that has {lacks}"))
        .hint(format!("tfctrail config init > tfctrail.toml prints one; fill in {lacks}")))
}

/// Where the program is when the schedule runs, and from where it is put there.
fn programs(named: Option<&str>) -> (String, Option<String>) {
    let here = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    // That of Windows runs on none of those machines.
    let here = here.filter(|path| path.starts_with('/'));
    let is_for_all = |path: &&String| ["/usr/", "/opt/"].iter().any(|folder| path.starts_with(folder));
    let program = match (named, here.as_ref().filter(is_for_all)) {
        (Some(named), _) => named.to_owned(),
        (None, Some(here)) => here.clone(),
        (None, None) => PROGRAM.to_owned(),
    };
    // Any other one was brought there by a package.
    let is_ours = program.starts_with("/usr/local/");
    (program, here.filter(|_| is_ours))
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
    let (program, program_here) = programs(args.program.as_deref());
    Ok(ScheduledReport {
        at: args.at,
        sources: args.about.iter().map(|source| whole_source(source, args.kind)).collect::<Result<_, _>>()?,
        out: args.out.clone(),
        store: args.store_path.clone(),
        config: args.config_path.clone(),
        config_here: loaded.file.as_ref().map(|path| match &args.write {
            Some(_) => CONFIG_FILE.to_owned(),
            None => path.display().to_string(),
        }),
        config_text,
        activity: args.activity,
        verified: args.verified,
        notify: args.notify.clone(),
        secrets: notify::variables(&args.notify, loaded)?,
        program,
        program_here,
        image: args.image.clone(),
        role_arn: args.role_arn.clone(),
        region: args.aws_region.clone(),
        state: args.state.clone(),
    })
}

/// A source as it is named where the schedule runs, which is in another folder than this one.
fn whole_source(source: &str, kind: Scheduler) -> Result<String, Error> {
    let (scheme, path) = match SourceArg::parse(source.as_ref()) {
        SourceArg::Stdin => {
            let error = Error::usage("SOURCE '-': a schedule has no standard input");
            return Err(error.hint("name a directory or a bucket"));
        }
        // One of the config file, where the schedule runs.
        SourceArg::Path(_) if source.starts_with('@') => return Ok(source.to_owned()),
        SourceArg::Remote { .. } => return Ok(source.to_owned()),
        SourceArg::Store(path) => ("store:", PathBuf::from(path)),
        SourceArg::Path(path) => ("", path),
    };
    if is_of_unix(&path) {
        return Ok(source.to_owned());
    }
    if kind.is_in_container() {
        let error = format!("SOURCE '{source}': the container of {} does not have this path", kind.name());
        return Err(Error::usage(error).hint("name a bucket, or an absolute path that you mount there"));
    }
    let whole = path::absolute(path).map_err(|error| Error::usage(format!("SOURCE '{source}': {}", reason(&error))))?;
    if !is_of_unix(&whole) {
        let error = format!("SOURCE '{source}': is a path of Windows, where {} does not run", kind.name());
        return Err(Error::usage(error).hint("name a bucket, or an absolute path of the machine that it runs on"));
    }
    Ok(format!("{scheme}{}", whole.display()))
}

/// Whether a path is an absolute one of the machines that schedules are for, whatever this one is.
fn is_of_unix(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(b"/")
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
