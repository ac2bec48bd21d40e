//! `findings` from outside: what the demo holds, what a quiet archive does not, and what the flags do.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use events::{Folder, fixture, records};
use serde_json::Value;
use support::{Ended, Run};

const PLAIN: [&str; 4] = ["-o", "csv", "--columns", "severity,rule_id,account_id,organization,workspace,count"];

fn findings(args: &[&str]) -> Ended {
    Run::new(&[&["findings"], args].concat()).ended()
}

/// The rows as CSV, without their head.
fn rows(args: &[&str], code: i32) -> Vec<String> {
    let ended = findings(&[args, PLAIN.as_slice()].concat());
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    ended.stdout.lines().skip(1).map(str::to_owned).collect()
}

const DEMO: [&str; 13] = [
    "high,role-shared-by-organizations,444455556666,,,3",
    "medium,denied-stranger,111122223333,quietfox-7,,1",
    "medium,denied-stranger,222233334444,quietfox-7,,1",
    "medium,denied-stranger,333344445555,quietfox-7,,1",
    "medium,unusual-session-name,222233334444,northwind,website,1",
    "medium,unusual-user-agent,222233334444,northwind,website,1",
    "low,role-shared-by-phases,111122223333,northwind,,2",
    "low,role-shared-by-phases,222233334444,northwind,,5",
    "low,role-shared-by-phases,222233334444,northwind,,4",
    "low,role-shared-by-phases,333344445555,northwind,,16",
    "low,role-shared-by-phases,333344445555,northwind,,2",
    "low,role-shared-by-phases,444455556666,northwind-labs,,2",
    "low,role-shared-by-phases,444455556666,northwind-labs,,2",
];

#[test]
fn the_demo_has_these_findings_whatever_else_is_kept() {
    let demo = fixture("demo");
    assert_eq!(rows(&[&demo], 0), DEMO);
    // GitHub, EKS and Buildkite are none of our business.
    assert_eq!(rows(&[&demo, "--all-issuers"], 0), DEMO);
    let ours = ["--expected-organization", "northwind,northwind-labs"];
    let strangers = [
        "critical,unexpected-organization,444455556666,quietfox-7,,1",
        "medium,unexpected-organization,111122223333,quietfox-7,,1",
        "medium,unexpected-organization,222233334444,quietfox-7,,1",
        "medium,unexpected-organization,333344445555,quietfox-7,,1",
    ];
    let found = rows(&[&[demo.as_str()], ours.as_slice()].concat(), 0);
    assert_eq!(found[0], strangers[0]);
    assert!(!found.iter().any(|row| row.contains("denied-stranger")));
    assert_eq!(rows(&[&[demo.as_str(), "--rule", "unexpected-*"], ours.as_slice()].concat(), 0), strangers);
}

#[test]
fn a_filter_hides_nothing_that_is_known_through_others() {
    let (folder, demo) = (Folder::new(), fixture("demo"));
    let store = folder.arg("store.db");
    assert_eq!(Run::new(&["sync", &demo, "--store", &store]).ended().code, Some(0));
    let check = |filter: &[&str], is_shown: &dyn Fn(&str) -> bool| {
        let expected: Vec<&str> = DEMO.into_iter().filter(|row| is_shown(row)).collect();
        for sources in [&[demo.as_str()][..], &["--store", &store]] {
            assert_eq!(rows(&[sources, filter].concat(), 0), expected, "{sources:?} {filter:?}");
            let window = ["--from", "2026-11-02", "--to", "2026-11-07", "-o", "json"];
            let report = Run::new(&[&["report"], sources, filter, &window].concat()).ended();
            let report: Value = serde_json::from_str(&report.stdout).unwrap();
            let rules = report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap());
            let expected: Vec<&str> = expected.iter().map(|row| row.split(',').nth(1).unwrap()).collect();
            assert_eq!(rules.collect::<Vec<_>>(), expected, "{sources:?} {filter:?}");
        }
    };
    // That others get in where one is denied, and that others are given its role, is known from the events of the others.
    let is_shared = |row: &str| row.contains("role-shared-by-organizations");
    check(&["--org", "quietfox-7"], &|row| row.contains("quietfox-7") || is_shared(row));
    check(&["--org", "northwind-labs"], &|row| row.contains("northwind-labs") || is_shared(row));
    check(&["--org", "!quietfox-7"], &|row| !row.contains("quietfox-7"));
    check(&["--outcome", "denied"], &|row| row.contains("denied-stranger"));
    check(&["--account", "444455556666"], &|row| row.contains("444455556666"));
    check(&["--org", "nobody"], &|_| false);
    let with_calls = rows(&[&demo, "--activity", "--rule", "denied-stranger", "--org", "quietfox-7"], 0);
    assert_eq!(with_calls, DEMO[1..4]);
}

#[test]
fn the_order_of_files_and_the_number_of_threads_make_no_difference() {
    let (folder, demo) = (Folder::new(), fixture("demo"));
    let files: Vec<walkdir::DirEntry> = walkdir::WalkDir::new(&demo).into_iter().map(Result::unwrap).collect();
    for (at, file) in files.iter().filter(|file| file.file_type().is_file()).enumerate() {
        let name = file.path().strip_prefix(&demo).unwrap().to_str().unwrap();
        // Sizes decide who is read first; a fresh tree has another order of directory entries.
        folder.write(&format!("{}/{name}", (at * 7) % 5), std::fs::read(file.path()).unwrap());
    }
    let whole = |args: &[&str]| {
        let ended = findings(&[args, &["-o", "json"]].concat());
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        report["rows"].to_string()
    };
    let one = whole(&[&demo, "--threads", "1"]);
    assert_eq!(one, whole(&[&demo, "--threads", "4"]));
    let parts: Vec<String> = (0..5).rev().map(|part| folder.arg(&part.to_string())).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    assert_eq!(one, whole(&parts));
}

/// A granted assumption of a run, as a record.
fn granted(id: &str, time: &str, workspace: &str, phase: &str) -> String {
    let role = format!("role/{workspace}-{phase}");
    let event = events::event(id, time, workspace).replace("run_phase:plan", &format!("run_phase:{phase}"));
    // A run of its own each day.
    let event = event.replace("terraform-run-run-", &format!("terraform-run-run-{}", &time[8..10]));
    event.replace("role/deploy/web", &role).replace("Terraform/1.9.5", "Terraform/1.13.4 terraform-provider-aws/6.1.0")
}

const CONFIG: &str = r#"
expected_organizations = ["acme"]
audience = "aws.workload.identity"
max_session = "1h"
[networks]
agents = ["192.0.2.0/24"]
[end_of_support]
terraform = "1.9"
provider = "5.0"
"#;

#[test]
fn a_quiet_and_well_configured_archive_gives_none() {
    let folder = Folder::new();
    let day = |day: u32, workspace: &str| {
        [("plan", "09:00:00"), ("plan", "09:00:01"), ("apply", "09:20:00"), ("apply", "10:15:00")].map(
            |(phase, time)| {
                let id = format!("{workspace}-{day}-{phase}-{time}");
                granted(&id, &format!("2026-11-{day:02}T{time}Z"), workspace, phase)
            },
        )
    };
    let before: Vec<String> = (1..5).flat_map(|number| [day(number, "web"), day(number, "dns")].concat()).collect();
    let now: Vec<String> = (5..9).flat_map(|number| [day(number, "web"), day(number, "dns")].concat()).collect();
    folder.write("before/a.json", records(&before));
    folder.write("now/a.json", records(&now));
    folder.write("tfctrail.toml", CONFIG);
    let (before, now, config) = (folder.arg("before"), folder.arg("now"), folder.arg("tfctrail.toml"));
    assert_eq!(rows(&[&now], 0), [""; 0]);
    let all = [now.as_str(), "--baseline", &before, "--config", &config, "--fail-on", "info", "--activity", "-v"];
    assert_eq!(rows(&all, 0), [""; 0]);
    // All rules had a say but those about digests, of which there are none.
    let ended = findings(&all);
    let silent: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("rules that did not run")).collect();
    let of_digests = "without --verified: log-altered, log-missing, log-unlisted, digest-gap, validation-off";
    let expected = [of_digests, "without audience: default-audience"];
    assert_eq!(silent, expected.map(|which| format!("tfctrail: rules that did not run {which}")));
}

#[test]
fn what_the_baseline_has_not_is_new() {
    let folder = Folder::new();
    folder.write("before/a.json", records(&[granted("1", "2026-11-01T09:00:00Z", "web", "plan")]));
    let now = [
        granted("2", "2026-11-02T09:00:00Z", "web", "plan"),
        granted("3", "2026-11-02T09:10:00Z", "dns", "plan").replace("192.0.2.7", "198.51.100.7"),
    ];
    folder.write("now/a.json", records(&now));
    let (before, now) = (folder.arg("before"), folder.arg("now"));
    let found = [
        "low,first-seen-network,111122223333,acme,,1",
        "low,first-seen-role,111122223333,acme,,1",
        "info,first-seen-workspace,111122223333,acme,dns,1",
    ];
    assert_eq!(rows(&[&now, "--baseline", &before], 0), found);
    assert_eq!(rows(&[&now, "--baseline", &before, "--min-severity", "low"], 0), found[..2]);
    assert_eq!(rows(&[&now], 0), [""; 0]);
    // What is scanned is no baseline of itself: of one archive, the part before the window counts.
    let window = ["--from", "2026-11-02", "--baseline"];
    let both = [&[before.as_str(), &now], window.as_slice(), &[&before, "--baseline", &now]].concat();
    assert_eq!(rows(&both, 0), found);
    let ended = findings(&[&before, "--baseline", &now]);
    let warning = "the baseline has 0 events before 2026-11-01T09:00:00Z, of 1 file; it is empty, so the rules cannot tell what is new";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    assert_eq!(findings(&[&now, "--baseline", "no/such"]).code, Some(2));
}

#[test]
fn fail_on_counts_what_is_not_suppressed() {
    let (folder, demo) = (Folder::new(), fixture("demo"));
    let check = |config: &str, level: &str, code: i32| {
        folder.write("tfctrail.toml", config);
        let ended = findings(&[&demo, "--config", &folder.arg("tfctrail.toml"), "--fail-on", level, "-o", "csv"]);
        assert_eq!(ended.code, Some(code), "{level}: {}", ended.stderr);
        ended
    };
    check("", "critical", 0);
    let ended = check("", "high", 3);
    assert!(ended.stderr.ends_with("tfctrail: error: 1 finding at or above high, as --fail-on says\n"));
    let shared =
        "[[suppress]]\nrule = \"role-shared-by-*\"\naccount_id = \"444455556666\"\nreason = \"known, moving\"\n";
    let ended = check(&format!("{shared}expires = \"2999-12-31\""), "high", 0);
    let line =
        "tfctrail: suppressed until 2999-12-31: role-shared-by-organizations 444455556666, 3 events: known, moving\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
    // It is in the rows, and says so.
    let suppressed = ended.stdout.lines().find(|row| row.contains("role-shared-by-organizations")).unwrap();
    assert!(suppressed.contains("suppressed: one role is given to several organizations"));
    assert!(suppressed.contains("suppressed=known, moving (until 2999-12-31)"));
    assert_eq!(ended.stdout.lines().count(), 14);
    let ended = check(&format!("{shared}expires = \"2026-11-01\""), "high", 3);
    let line = "a suppression expired on 2026-11-01, and findings still match it: known, moving\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
    let ended = check(shared, "high", 2);
    assert!(ended.stderr.contains("suppress: it never expires"), "{}", ended.stderr);
    let ended = check(&format!("{shared}expires = \"2999-12-31\"\nsubject = \"x\""), "high", 2);
    assert!(ended.stderr.contains("a suppression cannot match subject"), "{}", ended.stderr);
    let misspelt = shared.replace("role-shared-by-", "roles-shared-by-");
    let ended = check(&format!("{misspelt}expires = \"2999-12-31\""), "high", 2);
    assert!(ended.stderr.contains("suppress: rule: no rule matches 'roles-shared-by-*'"), "{}", ended.stderr);
    let misspelt = misspelt.replace("roles-", "!roles-");
    let ended = check(&format!("{misspelt}expires = \"2999-12-31\""), "high", 2);
    assert!(ended.stderr.contains("suppress: rule: '!roles-shared-by-*' leaves out no rule"), "{}", ended.stderr);
}

#[test]
fn an_issuer_that_nobody_named_is_found_without_being_asked_for() {
    let file = fixture("shapes/issuers.json");
    let issuers = |args: &[&str]| rows(&[&[file.as_str(), "--rule", "unnamed-issuer"], args].concat(), 0).len();
    assert_eq!((issuers(&[]), issuers(&["--all-issuers"]), issuers(&["--tfe-host", "tfe.corp.example"])), (4, 4, 3));
    // What is kept for it is counted as kept, and the counters balance.
    let ended = findings(&[&file, "-o", "json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let records = &report["coverage"]["records"];
    let count = |name: &str| records[name].as_u64().unwrap();
    assert_eq!(count("total"), count("kept") + count("other") + count("malformed"));
    assert_eq!(report["coverage"]["kept"]["reported"], records["kept"]);
}

#[test]
fn formats_of_findings_are_for_findings_only_and_always_the_same() {
    let demo = fixture("demo");
    for format in ["sarif", "ocsf", "asff"] {
        for command in ["runs", "events", "summary"] {
            let ended = Run::new(&[command, &demo, "-o", format]).ended();
            assert_eq!(ended.code, Some(2), "{command} {format}");
        }
        let first = findings(&[&demo, "-o", format]);
        assert_eq!((first.code, findings(&[&demo, "-o", format]).stdout), (Some(0), first.stdout.clone()));
        assert_eq!(findings(&[&demo, "-o", format, "--columns", "title"]).code, Some(2));
        assert_eq!(findings(&["--rules", "-o", format]).code, Some(2));
        for hostile in ["hostile", "shapes"] {
            let ended = findings(&[&fixture(hostile), "-o", format]);
            let documents = serde_json::Deserializer::from_str(&ended.stdout).into_iter::<Value>();
            assert!(documents.map(Result::unwrap).count() > 0, "{format} {hostile}");
        }
    }
    let sarif: Value = serde_json::from_str(&findings(&[&demo, "-o", "sarif"]).stdout).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!((run["results"].as_array().unwrap().len(), run["results"][0]["level"].as_str()), (13, Some("error")));
    for result in run["results"].as_array().unwrap() {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    }
    let asff: Value = serde_json::from_str(&findings(&[&demo, "-o", "asff", "--limit", "2"]).stdout).unwrap();
    assert_eq!(asff[1]["Resources"][0]["Id"], "arn:aws:iam::111122223333:role/tfc-network-apply");
}

#[test]
fn rules_are_documented_in_every_general_format() {
    for format in ["table", "csv", "json", "ndjson", "markdown"] {
        let ended = findings(&["--rules", "-o", format]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{format}");
        assert!(ended.stdout.contains("unexpected-organization"), "{format}");
    }
    let ended =
        findings(&["--rules", "-o", "csv", "--rule", "first-seen-*", "--rule", "!*-role", "--columns", "rule_id"]);
    assert_eq!(ended.stdout.lines().count(), 6);
    insta::assert_snapshot!(findings(&["--rules", "-o", "csv", "--columns", "rule_id,severity,title,needs"]).stdout);
    for (patterns, refused) in [
        (&["nope"][..], "no rule matches 'nope'"),
        (&["first-seen-*", "nope"], "no rule matches 'nope'"),
        (&["!persistance"], "'!persistance' leaves out no rule"),
        (&["persistence", "!persistence"], "no rule matches"),
    ] {
        let flags: Vec<&str> = patterns.iter().flat_map(|pattern| ["--rule", pattern]).collect();
        let ended = findings(&[&["--rules"][..], &flags].concat());
        let line = format!("tfctrail: error: --rule: {refused}");
        assert_eq!((ended.code, ended.stderr.lines().next()), (Some(2), Some(&*line)), "{patterns:?}");
    }
}

#[test]
fn a_store_is_its_own_baseline() {
    let folder = Folder::new();
    let (demo, store) = (fixture("demo"), folder.arg("store.db"));
    let synced = Run::new(&["sync", &demo, "--store", &store, "-q"]).ended();
    assert_eq!(synced.code, Some(0), "{}", synced.stderr);
    let of = |args: &[&str]| {
        let common = ["--rule", "first-seen-*", "--from", "2026-11-04", "-o", "csv"];
        findings(&[&common[..], args].concat())
    };
    let (own, named) = (of(&["--store", &store]), of(&[&demo, "--baseline", &demo]));
    assert!(own.stdout.contains("first-seen-workspace"), "{}", own.stdout);
    assert_eq!(own.stdout, named.stdout, "{}", own.stderr);
    assert!(!of(&[&demo]).stdout.contains("first-seen-"));
}
