//! What a schedule does each night, whatever the scheduler.

use std::fmt;
use std::str::FromStr;

use crate::report::visible::is_hidden;

/// What is to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledReport {
    /// Time of the daily run, in UTC.
    pub at: TimeOfDay,
    /// What is read; the sources of the config file where there is none.
    pub sources: Vec<String>,
    /// Where reports go: a directory, or `s3://bucket/prefix`.
    pub out: String,
    /// The file of the store.
    pub store: String,
    /// The config file, where it is when the schedule runs.
    pub config: String,
    /// The config file that is here, and is to be installed; none where there is none yet.
    pub config_here: Option<String>,
    /// Its text, for schedulers that bring it along.
    pub config_text: Option<String>,
    /// Whether it tells what the runs did, too.
    pub activity: bool,
    /// Whether only log files count that are as CloudTrail wrote them.
    pub verified: bool,
    /// Who is told: names of `[notify.NAME]`.
    pub notify: Vec<String>,
    /// Variables that hold secrets of the config file.
    pub secrets: Vec<String>,
    /// The program, where there is no container.
    pub program: String,
    /// The program that is here, and is to be installed as that one; none where that one is there already.
    pub program_here: Option<String>,
    /// The image of the container.
    pub image: String,
    /// The AWS role that reads.
    pub role_arn: Option<String>,
    /// The AWS region of the client.
    pub region: Option<String>,
    /// Where a scheduler without a disk keeps the store: `s3://bucket/prefix`.
    pub state: Option<String>,
}

/// The folder that a schedule may write to.
pub(super) const STATE: &str = "/var/lib/tfctrail";

/// Where the config file is.
pub(super) const CONFIG: &str = "/etc/tfctrail/tfctrail.toml";

/// Where a program is that no package has installed.
pub const PROGRAM: &str = "/usr/local/bin/tfctrail";

impl Default for ScheduledReport {
    fn default() -> Self {
        Self {
            at: TimeOfDay { hour: 6, minute: 0 },
            sources: Vec::new(),
            out: format!("{STATE}/reports"),
            store: format!("{STATE}/store.db"),
            config: CONFIG.to_owned(),
            config_here: None,
            config_text: None,
            activity: false,
            verified: false,
            notify: Vec::new(),
            secrets: Vec::new(),
            program: PROGRAM.to_owned(),
            program_here: None,
            image: concat!("registry.example.com/tfctrail:", env!("CARGO_PKG_VERSION")).to_owned(),
            role_arn: None,
            region: None,
            state: None,
        }
    }
}

/// A time of the day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
}

impl FromStr for TimeOfDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let digits = |part: &str, end| {
            let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u8>().ok().filter(|number| is_number && *number < end)
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((digits(hour, 24)?, digits(minute, 60)?)));
        let (hour, minute) = parts.ok_or("not a time of the day; write it like 06:00")?;
        Ok(Self { hour, minute })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// Why a plan cannot be what was asked for, in lower case: the flag, its value, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(pub(super) String);

impl ScheduledReport {
    /// The words behind the name of the program.
    pub(super) fn words(&self) -> Vec<&str> {
        let mut words = vec!["report"];
        words.extend(self.sources.iter().map(String::as_str));
        words.extend(["--sync", "--catch-up", "--store", &self.store, "--out", &self.out]);
        if self.activity {
            words.push("--activity");
        }
        if self.verified {
            words.push("--verified");
        }
        for name in &self.notify {
            words.extend(["--notify", name]);
        }
        words.extend(["--config", &self.config]);
        words
    }

    /// The same, with the role and the region, for schedulers that do not give them in their own way.
    #[must_use]
    pub fn words_with_role(&self) -> Vec<&str> {
        let mut words = self.words();
        words.extend(self.role_arn.iter().flat_map(|role| ["--role-arn", role.as_str()]));
        words.extend(self.region.iter().flat_map(|region| ["--aws-region", region.as_str()]));
        words
    }

    /// Paths of sources that lie on the machine itself.
    pub(super) fn local_sources(&self) -> impl Iterator<Item = &str> {
        let path = |source: &'_ String| -> Option<usize> {
            let scheme = if source.starts_with("store:/") { "store:".len() } else { 0 };
            source[scheme..].starts_with('/').then_some(scheme)
        };
        self.sources.iter().filter_map(move |source| Some(&source[path(source)?..]))
    }

    /// Every value with its flag.
    pub(super) fn values(&self) -> Vec<(&'static str, &str)> {
        let mut values = vec![
            ("--out", self.out.as_str()),
            ("--store", &self.store),
            ("--config-path", &self.config),
            ("--program", &self.program),
            ("--image", &self.image),
        ];
        values.extend(self.sources.iter().map(|source| ("SOURCE", source.as_str())));
        values.extend(self.notify.iter().map(|name| ("--notify", name.as_str())));
        values.extend(self.role_arn.iter().map(|role| ("--role-arn", role.as_str())));
        values.extend(self.region.iter().map(|region| ("--aws-region", region.as_str())));
        values.extend(self.state.iter().map(|state| ("--state", state.as_str())));
        values
    }

    /// Refuses values that no unit can hold.
    pub(super) fn check(&self) -> Result<(), ScheduleError> {
        // What is here stands only in comments, which no scheduler reads.
        let config_here = self.config_here.as_deref().map(|path| ("--config", path));
        let program_here = self.program_here.as_deref().map(|path| ("the path of this program", path));
        for (flag, value) in self.values().into_iter().chain(config_here).chain(program_here) {
            let wrong = if value.is_empty() {
                "the value is empty"
            } else if value.starts_with('-') {
                "a value that starts with - would be read as a flag"
            } else if value.chars().any(is_hidden) {
                "a unit cannot contain line breaks or control characters"
            } else {
                continue;
            };
            return Err(ScheduleError(format!("{flag} '{value}': {wrong}")));
        }
        for path in [("--program", &self.program), ("--store", &self.store), ("--config-path", &self.config)] {
            if !path.1.starts_with('/') {
                return Err(ScheduleError(format!("{} '{}': not an absolute path", path.0, path.1)));
            }
        }
        if !self.out.starts_with('/') && !self.out.starts_with("s3://") {
            return Err(ScheduleError(format!(
                "--out '{}': neither an absolute path nor s3://bucket/prefix",
                self.out
            )));
        }
        if let Some(name) = self.secrets.iter().find(|name| !is_variable(name)) {
            return Err(ScheduleError(format!(
                "'{name}', which the config file names for a secret, is not a valid name of a variable"
            )));
        }
        Ok(())
    }

    /// A value that this kind of schedule needs.
    pub(super) fn need<'a>(value: Option<&'a String>, flag: &str, why: &str) -> Result<&'a str, ScheduleError> {
        value.map(String::as_str).ok_or_else(|| ScheduleError(format!("{flag} is missing: {why}")))
    }
}

fn is_variable(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
