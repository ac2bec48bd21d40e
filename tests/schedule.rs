//! `schedule` from outside: what is shipped in deploy/ is what it prints, and its command means what it says.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use support::{Ended, Run};

const KINDS: [&str; 5] = ["systemd", "cron", "kubernetes", "github-actions", "eventbridge"];

/// What deploy/ is made with.
const PLAN: [&str; 13] = [
    "s3://my-trail-bucket",
    "--notify",
    "security",
    "--role-arn",
    "arn:aws:iam::111122223333:role/tfctrail",
    "--aws-region",
    "eu-west-1",
    "--state",
    "s3://my-report-bucket/tfctrail",
    "--config",
    "deploy/tfctrail.toml",
    "--program",
    "/usr/bin/tfctrail",
];

fn schedule(kind: &str, args: &[&str]) -> Ended {
    Run::new(&[&["schedule", kind], args].concat()).ended()
}

#[test]
fn the_folder_deploy_is_what_the_command_writes() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("new/deploy");
    for kind in KINDS {
        let ended = schedule(kind, &[&PLAN[..], &["--write", dir.to_str().unwrap()]].concat());
        let told = ["wrote ", "the image ", "the comments in ", "warning: the image "];
        let is_told = |line: &str| told.iter().any(|begin| line.starts_with(&format!("tfctrail: {begin}")));
        let is_there = |line: &str| line.ends_with("is there already, and the same");
        let is_all = ended.stderr.lines().all(|line| is_told(line) || is_there(line));
        assert_eq!((ended.code, ended.stdout.as_str(), is_all), (Some(0), "", true), "{kind}: {}", ended.stderr);
        let first = ended.stderr.lines().last().unwrap_or_default();
        assert!(first.ends_with(" say how to install it"), "{kind}: {}", ended.stderr);
    }
    let read = |dir: &Path| {
        let mut files: Vec<(String, String)> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
            .filter(|(name, _)| name != "Containerfile")
            .collect();
        files.sort();
        files
    };
    let (written, shipped) = (read(&dir), read(Path::new("deploy")));
    let advice = format!("write it anew: tfctrail schedule KIND {} --write deploy", PLAN.join(" "));
    assert_eq!(written, shipped, "{advice}");
    assert_eq!(written.len(), 7);
}

#[test]
fn without_a_folder_the_files_are_printed_one_after_the_other() {
    let ended = schedule("systemd", &["--config", "deploy/tfctrail.toml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let step = "#   if [ -e /etc/tfctrail/tfctrail.toml ]; then echo 'kept /etc/tfctrail/tfctrail.toml as it was'; \
         else install -D -m 0644 deploy/tfctrail.toml /etc/tfctrail/tfctrail.toml; fi";
    assert!(ended.stdout.lines().any(|line| line == step), "{}", ended.stdout);
    assert!(!ended.stdout.contains("[notify"), "the config file is not printed");
    assert!(ended.stdout.starts_with("# /etc/systemd/system/tfctrail-report.service\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("\n\n# /etc/systemd/system/tfctrail-report.timer\n"), "{}", ended.stdout);
}

#[test]
fn a_file_that_was_changed_by_hand_is_replaced_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let write = |args: &[&str]| {
        let words = [&["schedule", "systemd", "--write", "."], args].concat();
        Run::new(&words).dir(folder.path()).ended()
    };
    let timer = folder.path().join("tfctrail-report.timer");
    assert_eq!(write(&[]).code, Some(0));
    let printed = std::fs::read_to_string(&timer).unwrap();
    assert_eq!(write(&[]).code, Some(0), "the same files are no change");
    std::fs::write(&timer, "mine").unwrap();
    std::fs::remove_file(folder.path().join("tfctrail-report.service")).unwrap();
    let ended = write(&[]);
    let first = ended.stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "tfctrail: error: --write '.': tfctrail-report.timer is there already and differs");
    assert_eq!(ended.code, Some(2));
    assert_eq!(std::fs::read_to_string(&timer).unwrap(), "mine");
    assert!(!folder.path().join("tfctrail-report.service").exists(), "all of the files or none");
    assert_eq!(write(&["--force"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&timer).unwrap(), printed);
}

#[test]
fn sources_are_named_as_the_schedule_finds_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = |kind: &str, source: &str| {
        let args = ["schedule", kind, source, "--role-arn", "arn:aws:iam::111122223333:role/tfctrail"];
        let more = ["--aws-region", "eu-west-1", "--state", "s3://my-report-bucket/tfctrail"];
        Run::new(&[&args[..], &more].concat()).dir(folder.path()).ended()
    };
    let here = std::fs::canonicalize(folder.path()).unwrap();
    for (source, expected) in [
        ("logs", format!("report {}/logs", here.display())),
        ("store:old.db", format!("report store:{}/old.db", here.display())),
        ("/srv/logs", "report /srv/logs".to_owned()),
        ("@prod", "report @prod".to_owned()),
        ("event-history:", "report event-history:".to_owned()),
    ] {
        for kind in ["systemd", "cron"] {
            let ended = run(kind, source);
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            assert!(ended.stdout.contains(&expected), "{kind} {source}: {}", ended.stdout);
        }
    }
    for kind in ["kubernetes", "github-actions", "eventbridge"] {
        let ended = run(kind, "logs");
        let first = ended.stderr.lines().next().unwrap_or_default().to_owned();
        let expected = format!("tfctrail: error: SOURCE 'logs': the container of {kind} does not have this path");
        assert_eq!((first, ended.code), (expected, Some(2)));
        assert_eq!(run(kind, "/srv/logs").code, Some(0));
    }
    assert_eq!(run("cron", "-").code, Some(2));
    let ended = run("kubernetes", "s3://my-trail-bucket");
    assert!(ended.stderr.contains("is a placeholder; --image names yours"), "{}", ended.stderr);
}

/// The steps of an installation that a file prints, up to those that install the file itself.
fn printed_steps(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix("#   "));
    lines.take_while(|line| !line.contains("tfctrail-report.")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_printed_steps_install_what_the_schedule_needs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let logs = format!("{root}/logs");
    for kind in ["systemd", "cron"] {
        let ended = schedule(kind, &[&logs, "--notify", "security"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        // Nobody here is root: the folders lie below another one, and nobody else is made or becomes an owner.
        let mut steps = printed_steps(&ended.stdout);
        for place in ["/usr/local/bin", "/etc/tfctrail", "/var/lib/tfctrail"] {
            steps = steps.replace(&format!(" {place}"), &format!(" {root}/{kind}{place}"));
        }
        let steps = steps.replace("-o root -g root ", "").replace("-o tfctrail -g tfctrail ", "");
        let script = format!(
            "set -e; useradd() {{ :; }}; runuser() {{ shift 3; \"$@\"; }}; PATH=/usr/bin:/bin; EDITOR=\"$PWD/editor\"\n{steps}"
        );
        let editor = folder.path().join("editor");
        std::fs::write(&editor, "#!/bin/sh\necho \"# $# edited\" >> \"$1\"\n").unwrap();
        std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
        // The second time nothing that was written by hand is lost.
        for times in 1..=2 {
            let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{kind}: {}\n{script}", String::from_utf8_lossy(&output.stderr));
            let at = |path: &str| folder.path().join(kind).join(path);
            let mode = |path: &str| std::fs::metadata(at(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode("usr/local/bin/tfctrail"), 0o755);
            assert_eq!((mode("etc/tfctrail/environment"), mode("var/lib/tfctrail")), (0o600, 0o750));
            for (path, begins) in
                [("etc/tfctrail/tfctrail.toml", "# tfctrail.toml: "), ("etc/tfctrail/environment", "# 1 ")]
            {
                let text = std::fs::read_to_string(at(path)).unwrap();
                assert!(text.starts_with(begins), "{path}: {text}");
                assert_eq!(text.matches("# 1 edited\n").count(), times, "{path}");
            }
        }
    }
}

#[test]
fn the_sandbox_shows_what_the_schedule_reads() {
    let check = |source: &str, home: &str, tmp: &str| {
        let text = schedule("systemd", &[source]).stdout;
        for line in [format!("ProtectHome={home}"), format!("PrivateTmp={tmp}")] {
            assert!(text.lines().any(|printed| printed == line), "{source}: {line}");
        }
    };
    check("s3://my-trail-bucket", "yes", "yes");
    check("/srv/logs", "yes", "yes");
    check("/home/me/logs", "read-only", "yes");
    check("store:/root/store.db", "read-only", "yes");
    check("/tmp/logs", "yes", "no");
}

/// A program that prints its arguments, one a line, in a folder with a name that no shell takes well.
fn printer(folder: &Path) -> String {
    let dir = folder.join("it's a $(folder) & \"more\"");
    std::fs::create_dir(&dir).unwrap();
    let path = dir.join("program");
    std::fs::write(&path, "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A value that would do something in most languages.
const HOSTILE: &str = "/srv/it's $(touch pwned) `id` \"$HOME\" #: {a} * ; exit";

#[test]
fn cron_runs_the_words_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let program = printer(folder.path());
    let ended = schedule("cron", &["--out", HOSTILE, "--program", &program, "--at", "05:30"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let line = ended.stdout.lines().last().unwrap();
    let command = line.strip_prefix("30 5 * * * tfctrail ").unwrap();
    let output = Command::new("sh").args(["-c", command]).current_dir(folder.path()).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let expected = ["report", "--sync", "--catch-up", "--store", "/var/lib/tfctrail/store.db", "--out", HOSTILE];
    assert_eq!(words.lines().take(7).collect::<Vec<_>>(), expected, "{command}");
    assert!(!folder.path().join("pwned").exists());
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let check = |kind: &str, args: &[&str], message: &str| {
        let ended = schedule(kind, args);
        let first = ended.stderr.lines().next().unwrap_or_default().to_owned();
        assert_eq!((first, ended.code), (format!("tfctrail: error: {message}"), Some(2)));
        assert_eq!(ended.stdout, "");
    };
    check(
        "cron",
        &["--at", "25:00"],
        "invalid value '25:00' for '--at <HH:MM>': not a time of the day; write it like 06:00",
    );
    check("cron", &["--out", "reports"], "--out 'reports': neither an absolute path nor s3://bucket/prefix");
    check(
        "systemd",
        &["--out", "/a\nb"],
        "--out '/a\\u000ab': a unit cannot contain line breaks or control characters",
    );
    check(
        "kubernetes",
        &["s3://my-trail-bucket", "--notify", "security"],
        "the config file is brought along, and there is none that has [notify.security]",
    );
    check("github-actions", &[], "--role-arn is missing: the workflow assumes it by OIDC");
    check(
        "systemd",
        &["--config", "deploy/tfctrail.toml", "--notify", "nobody"],
        "notify 'nobody': deploy/tfctrail.toml has no [notify.nobody]",
    );
}
