//! What holds for every kind.

use super::*;

/// A plan that every kind takes.
fn plan() -> ScheduledReport {
    ScheduledReport {
        sources: vec!["s3://my-trail-bucket".to_owned()],
        notify: vec!["security".to_owned()],
        secrets: vec!["TFCTRAIL_SLACK_URL".to_owned()],
        role_arn: Some("arn:aws:iam::111122223333:role/tfctrail".to_owned()),
        region: Some("eu-west-1".to_owned()),
        state: Some("s3://my-report-bucket/tfctrail".to_owned()),
        ..ScheduledReport::default()
    }
}

#[test]
fn every_kind_runs_the_same_command_at_the_same_time() {
    for kind in Scheduler::all() {
        let plan = ScheduledReport { at: "04:07".parse().unwrap(), activity: true, verified: true, ..plan() };
        let text: String = kind.render(&plan).unwrap().into_iter().map(|file| file.text).collect();
        let flags = ["--sync", "--catch-up", "--activity", "--verified", "--notify"];
        for word in ["report", "security", "s3://my-trail-bucket"].into_iter().chain(flags) {
            assert!(text.contains(word), "{}: {word}", kind.name());
        }
        let at = ["04:07:00 UTC", "7 4 * * *", "cron(7 4 * * ? *)"];
        assert!(at.iter().any(|at| text.contains(at)), "{}", kind.name());
        assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{}", kind.name());
        assert!(text.lines().all(|line| line == line.trim_end()), "{}", kind.name());
        assert_eq!(Scheduler::of_name(kind.name()), Some(kind));
    }
}

#[test]
fn what_no_unit_can_hold_is_refused_by_every_kind() {
    let check = |plan: &ScheduledReport, message: &str| {
        for kind in Scheduler::all() {
            assert_eq!(kind.render(plan).unwrap_err().to_string(), message, "{}", kind.name());
        }
    };
    let out = |out: &str| ScheduledReport { out: out.to_owned(), ..plan() };
    check(&out(""), "--out '': the value is empty");
    check(
        &out("/x\nExecStart=/bin/sh"),
        "--out '/x\nExecStart=/bin/sh': a unit cannot contain line breaks or control characters",
    );
    check(&out("reports"), "--out 'reports': neither an absolute path nor s3://bucket/prefix");
    let notify = ScheduledReport { notify: vec!["--out".to_owned()], ..plan() };
    check(&notify, "--notify '--out': a value that starts with - would be read as a flag");
    let secrets = ScheduledReport { secrets: vec!["A B".to_owned()], ..plan() };
    check(&secrets, "'A B', which the config file names for a secret, is not a valid name of a variable");
}

#[test]
fn what_a_kind_cannot_hold_is_refused_by_it() {
    let check = |kind: &str, plan: ScheduledReport, message: &str| {
        assert_eq!(Scheduler::of_name(kind).unwrap().render(&plan).unwrap_err().to_string(), message);
    };
    let image = |image: &str| ScheduledReport { image: image.to_owned(), ..plan() };
    check(
        "cron",
        ScheduledReport { store: "/100%".to_owned(), ..plan() },
        "--store '/100%': cron gives % and \\ a meaning of its own; choose a name without them, or schedule systemd",
    );
    check(
        "eventbridge",
        image("{{resolve:ssm:x}}"),
        "--image '{{resolve:ssm:x}}': CloudFormation would take it for a dynamic reference; choose a name without {{",
    );
    let message = "--state is missing: a runner has no disk that lasts; name s3://bucket/prefix";
    check("github-actions", ScheduledReport { state: None, ..plan() }, message);
    let message = "--role-arn is missing: the workflow assumes it by OIDC";
    check("github-actions", ScheduledReport { role_arn: None, ..plan() }, message);
    check(
        "systemd",
        ScheduledReport { program: "/opt/it's/tfctrail".to_owned(), ..plan() },
        "--program '/opt/it's/tfctrail': systemd takes no quotes, \\ and $ in it",
    );
    let long = ScheduledReport { sources: vec!["s3://my-trail-bucket".to_owned(); 50], ..plan() };
    assert!(Scheduler::of_name("cron").unwrap().render(&long).unwrap_err().to_string().starts_with("the command has "));
}

#[test]
fn times_have_two_digits_each() {
    for text in ["00:00", "06:30", "23:59"] {
        assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
    }
    for text in ["", "6:00", "24:00", "06:60", "06", "06:0", "+6:00", "06:00:00"] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
    }
}
