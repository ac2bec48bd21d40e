//! How a schedule is installed on a machine: the commands that its comments print, for root, one a line.

use super::command::{STATE, ScheduledReport};
use super::quote::shell;

/// The account of the machine that a schedule runs as.
pub(super) const ACCOUNT: &str = "tfctrail";

/// The file of variables, secrets among them.
pub(super) const ENVIRONMENT: &str = "/etc/tfctrail/environment";

/// The commands that put everything but the units in its place: the program, its account, its folders, its config file,
/// and the secrets, which `reader` reads.
pub(super) fn steps(plan: &ScheduledReport, reader: &str) -> Vec<String> {
    let mut steps = Vec::new();
    // What a package brought is in its place.
    if plan.program.starts_with("/usr/local/") {
        steps.push(format!("install -D -m 0755 \"$(command -v tfctrail)\" {}", shell(&plan.program)));
    }
    steps.push(format!("useradd --system --user-group --home-dir {STATE} --shell /usr/sbin/nologin {ACCOUNT}"));
    steps.push(folder_step(STATE));
    steps.extend(folders(plan).into_iter().map(folder_step));
    steps.extend(config(plan));
    if !plan.secrets.is_empty() {
        let lines: Vec<String> = plan.secrets.iter().map(|name| format!("{name}=…")).collect();
        steps.push(format!("install -D -m 0600 -o {reader} -g {reader} /dev/null {ENVIRONMENT}"));
        steps.push(format!("\"${{EDITOR:-vi}}\" {ENVIRONMENT}      and write {}, a line each", lines.join(", ")));
    }
    steps
}

/// The folders outside its own that a schedule writes to.
pub(super) fn folders(plan: &ScheduledReport) -> Vec<&str> {
    let of_store = plan.store.rsplit_once('/').map_or("/", |(folder, _)| folder);
    let mut folders = vec![of_store, &plan.out];
    folders.retain(|folder| folder.starts_with('/') && !is_below(folder, STATE));
    folders
}

fn folder_step(folder: &str) -> String {
    format!("install -d -m 0750 -o {ACCOUNT} -g {ACCOUNT} {}", shell(folder))
}

/// The config file: the one that was looked at, or a new one, with what is to be written into it by hand.
fn config(plan: &ScheduledReport) -> Vec<String> {
    let there = shell(&plan.config);
    if let Some(here) = &plan.config_here {
        return vec![format!("install -D -m 0644 {} {there}", shell(here))];
    }
    let folder = plan.config.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if folder.is_empty() { "/" } else { folder };
    let mut tables: Vec<String> = plan.notify.iter().map(|name| format!("[notify.{name}]")).collect();
    if plan.sources.is_empty() {
        tables.insert(0, "sources".to_owned());
    }
    let mut steps = vec![format!("install -d -m 0755 {}", shell(folder)), format!("tfctrail config init > {there}")];
    if !tables.is_empty() {
        steps.push(format!("\"${{EDITOR:-vi}}\" {there}      and fill in {}", tables.join(", ")));
    }
    steps
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && !path.contains("/..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_puts_one_thing_in_its_place() {
        let plan = ScheduledReport {
            out: "/srv/the reports".to_owned(),
            notify: vec!["security".to_owned()],
            ..ScheduledReport::default()
        };
        let expected = [
            "install -D -m 0755 \"$(command -v tfctrail)\" /usr/local/bin/tfctrail",
            "useradd --system --user-group --home-dir /var/lib/tfctrail --shell /usr/sbin/nologin tfctrail",
            "install -d -m 0750 -o tfctrail -g tfctrail /var/lib/tfctrail",
            "install -d -m 0750 -o tfctrail -g tfctrail '/srv/the reports'",
            "install -d -m 0755 /etc/tfctrail",
            "tfctrail config init > /etc/tfctrail/tfctrail.toml",
            "\"${EDITOR:-vi}\" /etc/tfctrail/tfctrail.toml      and fill in sources, [notify.security]",
        ];
        assert_eq!(steps(&plan, "root"), expected);
        let plan = ScheduledReport {
            program: "/usr/bin/tfctrail".to_owned(),
            config_here: Some("my config.toml".to_owned()),
            secrets: vec!["SLACK_WEBHOOK".to_owned()],
            ..ScheduledReport::default()
        };
        let expected = [
            expected[1],
            expected[2],
            "install -D -m 0644 'my config.toml' /etc/tfctrail/tfctrail.toml",
            "install -D -m 0600 -o root -g root /dev/null /etc/tfctrail/environment",
            "\"${EDITOR:-vi}\" /etc/tfctrail/environment      and write SLACK_WEBHOOK=…, a line each",
        ];
        assert_eq!(steps(&plan, "root"), expected);
    }

    #[test]
    fn folders_of_its_own_are_not_named() {
        let folders_of = |store: &str, out: &str| {
            let plan = ScheduledReport { store: store.to_owned(), out: out.to_owned(), ..ScheduledReport::default() };
            folders(&plan).join(" ")
        };
        assert_eq!(folders_of("/var/lib/tfctrail/store.db", "/var/lib/tfctrail/reports"), "");
        assert_eq!(folders_of("/srv/store.db", "s3://bucket/reports"), "/srv");
        assert_eq!(
            folders_of("/var/lib/tfctrail/../store.db", "/var/lib/tfctrails"),
            "/var/lib/tfctrail/.. /var/lib/tfctrails"
        );
    }
}
