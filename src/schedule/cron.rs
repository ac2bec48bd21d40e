//! A file for `/etc/cron.d`.

use super::command::{ScheduleError, ScheduledReport};
use super::file::UnitFile;
use super::installation::{ACCOUNT, ENVIRONMENT, steps};
use super::quote::shell;

/// The longest command that Debian's cron takes is of 999 bytes.
const MAX_COMMAND: usize = 999;

pub(super) fn render(plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
    // cron ends a command at %, and its implementations differ in what a backslash in front of one does.
    if let Some((flag, value)) = plan.values().into_iter().find(|(_, value)| value.contains(['%', '\\'])) {
        let text = "cron gives % and \\ a meaning of its own; choose a name without them, or schedule systemd";
        return Err(ScheduleError(format!("{flag} '{value}': {text}")));
    }
    let words: Vec<String> = [plan.program.as_str()].into_iter().chain(plan.words_with_role()).map(shell).collect();
    // cron mails what a command prints, and looks at no exit code.
    let command = format!(
        "umask 077; set -a; [ ! -r {ENVIRONMENT} ] || . {ENVIRONMENT}; set +a; {} \
         || {{ code=$?; echo \"tfctrail report ended with exit code $code\" >&2; exit $code; }}",
        words.join(" ")
    );
    if command.len() > MAX_COMMAND {
        let text = "name sources and recipients in the config file";
        return Err(ScheduleError(format!(
            "the command has {} bytes, and cron takes {MAX_COMMAND} at most: {text}",
            command.len()
        )));
    }
    let steps: Vec<String> = steps(plan, ACCOUNT).into_iter().map(|step| format!("#   {step}")).collect();
    let steps = steps.join("\n");
    let text = format!(
        "\
# /etc/cron.d/tfctrail-report
#
# The nightly report of tfctrail. To install, as root, in the folder of this file:
{steps}
#   install -m 0644 tfctrail-report.cron /etc/cron.d/tfctrail-report
# {ENVIRONMENT}, owner {ACCOUNT} and mode 0600, holds NAME=value: secrets of notifications, AWS credentials.
#
# cron mails what the command prints to MAILTO; a night that does not end with exit code 0 says so there.
# cron does not make up for nights that it missed; --catch-up writes their reports the next time.
# CRON_TZ is for cronie. Where cron does not know it (Debian's), the time is that of the machine.
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
CRON_TZ=UTC
{} {} * * * {ACCOUNT} {command}
",
        plan.at.minute, plan.at.hour,
    );
    Ok(vec![UnitFile { name: "tfctrail-report.cron", text }])
}
