//! How a schedule is installed on a machine: the commands that its comments print, for root, one a line.

use super::command::{STATE, ScheduledReport};
use super::quote::shell;

/// The account of the machine that a schedule runs as.
pub(super) const ACCOUNT: &str = "tfctrail";

/// The file of variables, secrets among them.
pub(super) const ENVIRONMENT: &str = "/etc/tfctrail/environment";

/// The commands that put everything but the units in its place: the program, its account, its folders, its config file,
/// and the file of secrets, which `reader` reads. What is there already stays as it is, so they can be repeated.
pub(super) fn steps(plan: &ScheduledReport, reader: &str) -> Vec<String> {
    let mut steps = Vec::new();
    // What a package brought is in its place.
    if let Some(here) = plan.program_here.as_deref().filter(|here| *here != plan.program) {
        steps.push(format!("install -D -m 0755 {} {}", shell(here), shell(&plan.program)));
    }
    let new_account = format!("useradd --system --user-group --home-dir {STATE} --shell /usr/sbin/nologin {ACCOUNT}");
    steps.push(format!("id -u {ACCOUNT} >/dev/null 2>&1 || {new_account}"));
    steps.push(folder_step(STATE));
    steps.extend(folders(plan).into_iter().map(folder_step));
    steps.extend(config(plan));
    steps.push(unless_there(
        ENVIRONMENT,
        &format!("install -D -m 0600 -o {reader} -g {reader} /dev/null {ENVIRONMENT}"),
    ));
    if !plan.secrets.is_empty() {
        let lines: Vec<String> = plan.secrets.iter().map(|name| format!("{name}='…'")).collect();
        steps.push(edit_step(ENVIRONMENT, &format!("write {}, a line each", lines.join(", "))));
    } else if plan.config_here.is_none() && !plan.notify.is_empty() {
        let text = "write the secrets that the config file names: SLACK_WEBHOOK='…', a line each";
        steps.push(edit_step(ENVIRONMENT, text));
    }
    let read = plan.local_sources().map(shell);
    steps.extend(
        read.map(|path| format!("runuser -u {ACCOUNT} -- ls {path} >/dev/null     # it has to be able to read that")),
    );
    steps
}

/// A command that makes a file, where there is none yet.
fn unless_there(file: &str, command: &str) -> String {
    format!("[ -e {} ] || {command}", shell(file))
}

/// The same, and where there is one already, it is said: somebody may have meant another.
fn unless_kept(file: &str, command: &str) -> String {
    let said = shell(&format!("kept {file} as it was"));
    format!("if [ -e {} ]; then echo {said}; else {command}; fi", shell(file))
}

/// What somebody has to write into a file. For the shell it is a comment.
fn edit_step(file: &str, what: &str) -> String {
    format!("\"${{EDITOR:-vi}}\" {}     # {what}", shell(file))
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
        return vec![unless_kept(&plan.config, &format!("install -D -m 0644 {} {there}", shell(here)))];
    }
    let folder = plan.config.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if folder.is_empty() { "/" } else { folder };
    let mut tables: Vec<String> = plan.notify.iter().map(|name| format!("[notify.{name}]")).collect();
    if plan.sources.is_empty() {
        tables.insert(0, "[sources.…]".to_owned());
    }
    let init = format!("{} config init > {there}", shell(&plan.program));
    let mut steps = vec![format!("install -d -m 0755 {}", shell(folder)), unless_kept(&plan.config, &init)];
    if !tables.is_empty() {
        steps.push(edit_step(&plan.config, &format!("fill in {}", tables.join(", "))));
    }
    steps
}

/// Whether something that the schedule needs lies below one of these folders.
pub(super) fn needs(plan: &ScheduledReport, below: &[&str]) -> bool {
    let places = [plan.program.as_str(), &plan.config, &plan.store, &plan.out];
    places.into_iter().chain(plan.local_sources()).any(|path| below.iter().any(|folder| is_below(path, folder)))
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
            program_here: Some("/home/me/.cargo/bin/tfctrail".to_owned()),
            ..ScheduledReport::default()
        };
        let expected = [
            "install -D -m 0755 /home/me/.cargo/bin/tfctrail /usr/local/bin/tfctrail",
            "id -u tfctrail >/dev/null 2>&1 || \
             useradd --system --user-group --home-dir /var/lib/tfctrail --shell /usr/sbin/nologin tfctrail",
            "install -d -m 0750 -o tfctrail -g tfctrail /var/lib/tfctrail",
            "install -d -m 0750 -o tfctrail -g tfctrail '/srv/the reports'",
            "install -d -m 0755 /etc/tfctrail",
            "if [ -e /etc/tfctrail/tfctrail.toml ]; then echo 'kept /etc/tfctrail/tfctrail.toml as it was'; \
             else /usr/local/bin/tfctrail config init > /etc/tfctrail/tfctrail.toml; fi",
            "\"${EDITOR:-vi}\" /etc/tfctrail/tfctrail.toml     # fill in [sources.…], [notify.security]",
            "[ -e /etc/tfctrail/environment ] || \
             install -D -m 0600 -o root -g root /dev/null /etc/tfctrail/environment",
            "\"${EDITOR:-vi}\" /etc/tfctrail/environment     \
             # write the secrets that the config file names: SLACK_WEBHOOK='…', a line each",
        ];
        assert_eq!(steps(&plan, "root"), expected);
        let plan = ScheduledReport {
            program: "/usr/bin/tfctrail".to_owned(),
            program_here: Some("/usr/bin/tfctrail".to_owned()),
            sources: vec!["/srv/my logs".to_owned(), "s3://bucket".to_owned()],
            config_here: Some("my config.toml".to_owned()),
            secrets: vec!["SLACK_WEBHOOK".to_owned()],
            ..ScheduledReport::default()
        };
        let expected = [
            expected[1],
            expected[2],
            "if [ -e /etc/tfctrail/tfctrail.toml ]; then echo 'kept /etc/tfctrail/tfctrail.toml as it was'; \
             else install -D -m 0644 'my config.toml' /etc/tfctrail/tfctrail.toml; fi",
            expected[7],
            "\"${EDITOR:-vi}\" /etc/tfctrail/environment     # write SLACK_WEBHOOK='…', a line each",
            "runuser -u tfctrail -- ls '/srv/my logs' >/dev/null     # it has to be able to read that",
        ];
        assert_eq!(steps(&plan, "root"), expected);
    }

    #[test]
    fn what_it_needs_is_found_wherever_it_lies() {
        let sources = |source: &str| ScheduledReport { sources: vec![source.to_owned()], ..ScheduledReport::default() };
        for (source, expected) in [
            ("/home/me/logs", true),
            ("store:/root/store.db", true),
            ("/home", true),
            ("/homes/me", false),
            ("s3://bucket/home/me", false),
        ] {
            assert_eq!(needs(&sources(source), &["/home", "/root"]), expected, "{source}");
        }
        let plan = ScheduledReport { program: "/home/me/tfctrail".to_owned(), ..ScheduledReport::default() };
        assert!(needs(&plan, &["/home"]) && !needs(&plan, &["/tmp"]));
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
