//! A timer and its service, in a sandbox.

use askama::Template;

use super::command::{NotPlanned, Plan, STATE};
use super::file::File;
use super::quote::{exec, lines, setting};

/// The service. Every value is quoted as systemd wants it.
#[derive(Template)]
#[template(path = "systemd.service", escape = "none")]
struct Service {
    program: String,
    /// The lines of the command, behind the program.
    lines: Vec<String>,
    /// Folders outside its own that it writes to.
    folders: Vec<String>,
}

pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    // The path of a program is no word: systemd refuses these in it, and replaces no variable.
    if plan.program.contains(['"', '\'', '\\', '$']) {
        return Err(NotPlanned(format!("--program '{}': systemd takes no quotes, \\ and $ in it", plan.program)));
    }
    Ok(vec![service(plan)?, File { name: "tfctrail-report.timer", text: timer(plan) }])
}

fn service(plan: &Plan) -> Result<File, NotPlanned> {
    let mut folders: Vec<&str> = [plan.store.rsplit_once('/').map_or("/", |(folder, _)| folder), &plan.out].to_vec();
    folders.retain(|folder| folder.starts_with('/') && !is_below(folder, STATE));
    let service = Service {
        program: setting(&plan.program),
        lines: lines(&plan.words_with_role(), exec),
        folders: folders.into_iter().map(setting).collect(),
    };
    File::render("tfctrail-report.service", &service)
}

fn timer(plan: &Plan) -> String {
    format!(
        "\
# /etc/systemd/system/tfctrail-report.timer

[Unit]
Description=Every day at {at} UTC: the report of the Terraform runs in CloudTrail

[Timer]
OnCalendar=*-*-* {at}:00 UTC
# A night that was slept through is made up for at the next start.
Persistent=true
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
",
        at = plan.at
    )
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && !path.contains("/..")
}
