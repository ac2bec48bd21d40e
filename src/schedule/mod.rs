//! Floor 2: units that write the nightly report, for each kind of scheduler. Text only: nothing is read or written here.
//!
//! A [`Plan`] says what is to happen; a [`Kind`] renders it as [`File`]s with comments that say how to install them. Every
//! value is quoted as the format wants it, and a value that a format cannot hold is refused.

mod command;

mod file;

mod quote;

mod systemd;

mod cron;

mod kubernetes;

mod github_actions;

mod eventbridge;

pub use self::command::{NotPlanned, Plan, TimeOfDay};
pub use self::file::File;

/// The schedulers.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    name: &'static str,
    render: fn(&Plan) -> Result<Vec<File>, NotPlanned>,
}

/// All of them, in the order of the help.
const KINDS: [Kind; 5] = [
    Kind { name: "systemd", render: systemd::render },
    Kind { name: "cron", render: cron::render },
    Kind { name: "kubernetes", render: kubernetes::render },
    Kind { name: "github-actions", render: github_actions::render },
    Kind { name: "eventbridge", render: eventbridge::render },
];

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Kind {
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

    /// The files that make the plan happen.
    pub fn render(self, plan: &Plan) -> Result<Vec<File>, NotPlanned> {
        plan.check()?;
        (self.render)(plan)
    }
}

#[cfg(test)]
mod tests;
