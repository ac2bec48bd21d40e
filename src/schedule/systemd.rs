//! A timer and its service, in a sandbox.

use super::command::{NotPlanned, Plan, STATE};
use super::file::File;
use super::quote::{exec, lines, setting};

pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    // The path of a program is no word: systemd refuses these in it, and replaces no variable.
    if plan.program.contains(['"', '\'', '\\', '$']) {
        return Err(NotPlanned(format!("--program '{}': systemd takes no quotes, \\ and $ in it", plan.program)));
    }
    Ok(vec![
        File { name: "tfctrail-report.service", text: service(plan) },
        File { name: "tfctrail-report.timer", text: timer(plan) },
    ])
}

fn service(plan: &Plan) -> String {
    let words = lines(&plan.words_with_role(), exec).join(" \\\n    ");
    let command = format!("{} {words}", setting(&plan.program));
    let mut folders: Vec<&str> = [plan.store.rsplit_once('/').map_or("/", |(folder, _)| folder), &plan.out].to_vec();
    folders.retain(|folder| folder.starts_with('/') && !is_below(folder, STATE));
    let more: Vec<String> = folders.iter().map(|folder| format!("ReadWritePaths={}\n", setting(folder))).collect();
    let more = more.concat();
    format!(
        "\
# /etc/systemd/system/tfctrail-report.service
#
# The nightly report of tfctrail. To install:
#   useradd --system --home-dir {STATE} --shell /usr/sbin/nologin tfctrail
#   install -D -m 0644 tfctrail-report.service tfctrail-report.timer /etc/systemd/system/
#   tfctrail config init > /etc/tfctrail/tfctrail.toml      and name the sources and who is told
#   systemctl daemon-reload && systemctl enable --now tfctrail-report.timer
# To try it now: systemctl start tfctrail-report.service; journalctl -u tfctrail-report.service

[Unit]
Description=Nightly report of the Terraform runs in CloudTrail
Documentation=man:tfctrail(1)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
# What --sync reads once stays in the store; --catch-up also writes the report of every night that was missed.
ExecStart={command}
# A failed unit is worth a look. Exit codes 3 (findings) and 5 (incomplete coverage) come after the report is out.
TimeoutStartSec=6h

User=tfctrail
Group=tfctrail
UMask=0077
StateDirectory=tfctrail
StateDirectoryMode=0750
WorkingDirectory={STATE}
Environment=HOME={STATE}
# Secrets of notifications, and AWS credentials where there is no instance role. Owner root, mode 0600.
EnvironmentFile=-/etc/tfctrail/environment
{more}
# It reads, writes to its own folder, and talks to AWS and to those who are told. Nothing else.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

Nice=10
MemoryMax=2G
TasksMax=256
"
    )
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
