//! Where the commands of a page run: a home of their own, with a copy of the fixtures, and an AWS on loopback.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use regex::{Captures, Regex};
use tfctrail::domain::timestamp::{Day, Timestamp};

use crate::lookup_events::events::{by_place, records};
use crate::lookup_events::{Faults, Server as LookupEvents, Setup};
use crate::s3::{ACCESS_KEY, SECRET_KEY, Server as S3};
use crate::support::{Run, program};

/// The bucket of the demo archive. In a member account of an organization with Control Tower, the trail's bucket is another.
const BUCKETS: [(&str, &str); 2] =
    [("northwind-audit-trail", ""), ("aws-controltower-logs-111122223333-eu-west-1", "o-n0rthw1nd5")];

/// Another bucket, for reports.
const EMPTY_BUCKET: &str = "northwind-reports";

/// The account whose event history is read.
const ACCOUNT: &str = "444455556666";

/// The day of the demo that the event history shows as yesterday.
const YESTERDAY: &str = "2026-11-06";

/// Runs a command in a folder as a shell does: `$?` is the exit code of the command before.
const SHELL: &str = r#"PATH="$1:$PATH"; exec 2>&1; set +e; (exit "$2"); eval "$3""#;

/// Servers for all pages.
pub(crate) struct Amazon {
    s3: S3,
    lookup_events: LookupEvents,
    today: Day,
    _buckets: tempfile::TempDir,
}

impl Amazon {
    pub(crate) fn start() -> Self {
        let buckets = tempfile::tempdir().unwrap();
        for (bucket, prefix) in BUCKETS {
            copy(Path::new("fixtures/demo"), &buckets.path().join(bucket).join(prefix));
        }
        std::fs::create_dir(buckets.path().join(EMPTY_BUCKET)).unwrap();
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let now = Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap();
        let enabled = ["eu-central-1", "eu-west-1", "us-east-1"].map(str::to_owned).into();
        let faults = Faults { enabled, ..Faults::default() };
        let events = by_place(&records(Path::new("fixtures/demo"), now.day()));
        let lookup_events = LookupEvents::start(Setup { events, now, faults });
        Self { s3: S3::start(buckets.path()), lookup_events, today: now.day(), _buckets: buckets }
    }

    /// Moves the dates of the event history back to those of the demo.
    fn at_the_time_of_the_demo(&self, text: &str) -> String {
        static DATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\d").unwrap());
        let day_number = |day: Day| day.start().seconds() / 86_400;
        let distance = day_number(self.today) - 1 - day_number(Day::parse(YESTERDAY).unwrap());
        let moved = |date: &Captures<'_>| {
            let day =
                Day::parse(&date[0]).filter(|day| (0..100).contains(&(day_number(self.today) - day_number(*day))));
            day.map_or_else(|| date[0].to_owned(), |day| day.plus(-distance).to_string())
        };
        DATE.replace_all(text, moved).into_owned()
    }
}

/// A home, for the commands of one page.
pub(crate) struct Place<'a> {
    amazon: &'a Amazon,
    root: tempfile::TempDir,
    /// The exit code of the last command.
    pub(crate) code: i32,
}

impl<'a> Place<'a> {
    pub(crate) fn new(amazon: &'a Amazon) -> Self {
        let place = Self { amazon, root: tempfile::tempdir().unwrap(), code: 0 };
        for folder in ["fixtures/demo", "fixtures/signed", "fixtures/shapes", "fixtures/hostile"] {
            copy(Path::new(folder), &place.folder().join(folder));
        }
        place
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("home/you/tfctrail")
    }

    /// What a command prints, with the names of this place as those of any user.
    pub(crate) fn run(&mut self, command: &str) -> Vec<String> {
        let (programs, code) = (Path::new(program()).parent().unwrap(), self.code.to_string());
        let run = Run::of("bash", &["-c", SHELL, "bash", programs.to_str().unwrap(), &code, command])
            .dir(&self.folder())
            .env("HOME", self.root.path().join("home/you").to_str().unwrap())
            .env("COLUMNS", "100")
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8");
        let ended = self.with_aws(run, command).ended();
        self.code = ended.code.unwrap();
        let text = ended.stdout.replace(self.root.path().to_str().unwrap(), "");
        let text = if is_history(command) { self.amazon.at_the_time_of_the_demo(&text) } else { text };
        text.lines().map(str::to_owned).collect()
    }

    /// The AWS that a command needs.
    fn with_aws(&self, run: Run, command: &str) -> Run {
        let (url, key) = if is_history(command) {
            (self.amazon.lookup_events.url(), format!("AKIA{ACCOUNT}EXAMPLE"))
        } else if command.contains("s3://") {
            (self.amazon.s3.url(), ACCESS_KEY.to_owned())
        } else {
            return run;
        };
        run.env("AWS_ENDPOINT_URL", &url)
            .env("AWS_ACCESS_KEY_ID", &key)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_REGION", "eu-west-1")
    }
}

fn is_history(command: &str) -> bool {
    command.contains("event-history:")
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let place = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(place).unwrap();
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}
