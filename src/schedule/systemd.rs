//! A timer and its service, in a sandbox.

use askama::Template;

use super::command::{STATE, ScheduleError, ScheduledReport};
use super::file::UnitFile;
use super::installation::{folders, needs, steps};
use super::quote::{exec, lines, setting};

/// The service. Every value is quoted as systemd wants it.
#[derive(Template)]
#[template(path = "systemd.service", escape = "none")]
struct ServiceUnit {
    program: String,
    /// The lines of the command, behind the program.
    lines: Vec<String>,
    /// The commands that install what it needs.
    steps: Vec<String>,
    /// Folders outside its own that it writes to.
    folders: Vec<String>,
    /// What it sees of the folders of users.
    home: &'static str,
    /// Whether it has a folder for temporary files of its own.
    tmp: &'static str,
}

pub(super) fn render(plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
    // The path of a program is no word: systemd refuses these in it, and replaces no variable.
    if plan.program.contains(['"', '\'', '\\', '$']) {
        return Err(ScheduleError(format!("--program '{}': systemd takes no quotes, \\ and $ in it", plan.program)));
    }
    Ok(vec![service(plan)?, UnitFile { name: "tfctrail-report.timer", text: timer(plan) }])
}

fn service(plan: &ScheduledReport) -> Result<UnitFile, ScheduleError> {
    let service = ServiceUnit {
        program: setting(&plan.program),
        lines: lines(&plan.words_with_role(), exec),
        folders: folders(plan).into_iter().map(setting).collect(),
        steps: steps(plan, "root"),
        home: if needs(plan, &["/home", "/root", "/run/user"]) { "read-only" } else { "yes" },
        tmp: if needs(plan, &["/tmp", "/var/tmp"]) { "no" } else { "yes" },
    };
    UnitFile::render("tfctrail-report.service", &service)
}

fn timer(plan: &ScheduledReport) -> String {
    format!(
        "\
# /etc/systemd/system/tfctrail-report.timer

[Unit]
Description=Every day at {at} UTC: the report of the Terraform runs in CloudTrail

[Timer]
OnCalendar=*-*-* {at}:00 UTC
# A night that was missed is made up for at the next start.
Persistent=true
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
",
        at = plan.at
    )
}
