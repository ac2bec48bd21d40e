//! Floor 2: units that write the nightly report, for each kind of scheduler. Text only: nothing is read or written here.
//!
//! A [`ScheduledReport`] says what is to happen; a [`Scheduler`] renders it as [`UnitFile`]s with comments that say how to
//! install them. Every value is quoted as the format wants it, and a value that a format cannot hold is refused.

mod command;

mod file;

mod installation;

mod quote;

mod systemd;

mod cron;

mod kubernetes;

mod github_actions;

mod eventbridge;

pub use self::command::{PROGRAM, ScheduleError, ScheduledReport, TimeOfDay};
pub use self::file::UnitFile;

/// The schedulers.
#[derive(Debug, Clone, Copy)]
pub struct Scheduler {
    name: &'static str,
    /// It starts a container, which has no other folder than its own.
    in_container: bool,
    /// Its files hold the config file.
    carries_config: bool,
    render: fn(&ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError>,
}

/// All of them, in the order of the help.
const KINDS: [Scheduler; 5] = [
    Scheduler { name: "systemd", in_container: false, carries_config: false, render: systemd::render },
    Scheduler { name: "cron", in_container: false, carries_config: false, render: cron::render },
    Scheduler { name: "kubernetes", in_container: true, carries_config: true, render: kubernetes::render },
    Scheduler { name: "github-actions", in_container: true, carries_config: false, render: github_actions::render },
    Scheduler { name: "eventbridge", in_container: true, carries_config: false, render: eventbridge::render },
];

impl PartialEq for Scheduler {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Scheduler {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter()
    }

    /// The kind of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it starts a container, which has no other folder than its own.
    #[must_use]
    pub fn is_in_container(self) -> bool {
        self.in_container
    }

    /// Whether its files hold the config file, so that it has to be here when they are made.
    #[must_use]
    pub fn carries_config(self) -> bool {
        self.carries_config
    }

    /// The files that make the plan happen.
    pub fn render(self, plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
        plan.check()?;
        (self.render)(plan)
    }
}

#[cfg(test)]
mod tests;
