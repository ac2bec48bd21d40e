//! Every command says the same about the same days: which log files were read, which failed, which days have none, and
//! with which code it ends. It does so over log files and over a store, however the store was filled.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/archives.rs"]
mod archives;
#[path = "support/asked.rs"]
mod asked;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use archives::{Archive, Choices};
use asked::{Asker, Days, done, store_of};
use events::{Folder, event, records};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Day;

const fn asker(seed: u64) -> Asker<'static> {
    Asker { run: &Run::new, seed }
}

fn sync(folder: &Folder, store: &str, source: &str) -> Ended {
    asked::synced(&Run::new, folder, store, &[&folder.arg(source)])
}

fn check_seed(seed: u64) -> usize {
    let mut choices = Choices(seed);
    let archive = Archive::chosen(&mut choices);
    let folder = Folder::new();
    // The second store sees the archive grow, with log files that fail at first.
    for step in 0..3 {
        archive.write_part(&folder, step, 3, &mut choices);
        sync(&folder, "many.db", "logs");
    }
    archive.write(&folder);
    sync(&folder, "many.db", "logs");
    sync(&folder, "one.db", "logs");
    let sources = [vec![folder.arg("logs")], store_of(&folder, "one.db"), store_of(&folder, "many.db")];
    let mut incomplete = 0;
    for _ in 0..4 {
        let days = Days::chosen_open(&mut choices);
        let strict: &[&str] = if choices.one_in(2) { &["--strict"] } else { &[] };
        let (said, _) = asker(seed).agreed(&sources, &days, strict, &mut choices);
        incomplete += usize::from(said.code == Some(5));
    }
    incomplete
}

#[test]
fn all_commands_say_the_same_about_the_same_days() {
    let seeds = cases::seeds(0, 5);
    let asked = 4 * seeds.clone().count();
    let incomplete: usize = seeds.map(check_seed).sum();
    assert!((1..asked).contains(&incomplete), "{incomplete}");
}

/// The filters of events leave what is said about log files as it is.
fn check_filters(seed: u64) {
    let mut choices = Choices(seed);
    let folder = Folder::new();
    Archive::chosen(&mut choices).write(&folder);
    sync(&folder, "s.db", "logs");
    let sources = [vec![folder.arg("logs")], store_of(&folder, "s.db")];
    for filter in [&["--account", "111122223333"][..], &["--org", "!acme"], &["--region", "us-*", "--strict"]] {
        let days = Days::chosen_open(&mut choices);
        asker(seed).agreed(&sources, &days, filter, &mut choices);
    }
}

#[test]
fn filtered_they_say_the_same() {
    cases::seeds(50, 2).for_each(check_filters);
}

/// Two sources in one store, of which one is forgotten: what is left is the other.
fn check_removal(seed: u64) {
    let mut choices = Choices(seed);
    let folder = Folder::new();
    Archive::chosen(&mut choices).write_below(&folder, "logs/one");
    Archive::chosen(&mut choices).write_below(&folder, "logs/two");
    for source in ["logs/one", "logs/two", "logs/one"] {
        sync(&folder, "both.db", source);
    }
    sync(&folder, "left.db", "logs/two");
    let both = vec![folder.arg("logs/one"), folder.arg("logs/two")];
    let asked: Vec<Days> = (0..2).map(|_| Days::chosen_open(&mut choices)).collect();
    for days in &asked {
        asker(seed).agreed(&[both.clone(), store_of(&folder, "both.db")], days, &[], &mut choices);
    }
    done(&folder, "both.db", &["store", "remove", &folder.arg("logs/one")]);
    let left = [vec![folder.arg("logs/two")], store_of(&folder, "left.db"), store_of(&folder, "both.db")];
    for days in &asked {
        asker(seed).agreed(&left, days, &[], &mut choices);
    }
}

#[test]
fn a_removed_source_leaves_what_the_others_say() {
    // The last has conflicts of log files that have one name in both sources.
    cases::seeds(100, 2).chain([111]).for_each(check_removal);
}

/// After a prune, the days behind it say what they said, and the days in front of it are incomplete in every command, as
/// far as they had events. A later sync brings nothing back.
fn check_prune(seed: u64) {
    let mut choices = Choices(seed);
    let folder = Folder::new();
    Archive::chosen(&mut choices).write(&folder);
    sync(&folder, "s.db", "logs");
    let cut = Day::parse("2026-10-30").unwrap().plus(i64::try_from(choices.below(6)).unwrap());
    let (behind, in_front) = (Days::of(cut, cut.plus(5)), Days::of(cut.plus(-3), cut));
    let before = asker(seed).said(&[folder.arg("logs")], &in_front, &[], &mut choices).0;
    let before_cut = cut.to_string();
    let mut prune = vec!["store", "prune", "--before", &before_cut];
    prune.extend(choices.one_in(2).then_some("--forget"));
    done(&folder, "s.db", &prune);
    for _ in 0..2 {
        let sources = [vec![folder.arg("logs")], store_of(&folder, "s.db")];
        asker(seed).agreed(&sources, &behind, &[], &mut choices);
        let (stored, events) = asker(seed).said(&sources[1], &in_front, &[], &mut choices);
        assert_eq!(events.lines().count(), 1, "seed {seed}: {events}");
        let is_left = before.coverage["kept"]["reported"] != 0;
        assert_eq!(stored.code, if is_left { Some(5) } else { before.code }, "seed {seed}: {stored:?}");
        for member in ["gaps", "failed"] {
            assert_eq!(stored.coverage[member], before.coverage[member], "seed {seed}");
        }
        sync(&folder, "s.db", "logs");
    }
}

#[test]
fn a_prune_is_said_by_every_command() {
    cases::seeds(200, 2).for_each(check_prune);
}

/// An archive with a log file of these events, which was delivered at 00:05 of 2 November, and one of these, ten minutes later.
fn delivered_at_midnight(files: [&[String]; 2]) -> Folder {
    let folder = Folder::new();
    for (clock, events) in ["0005", "0015"].iter().zip(files) {
        let name = format!("111122223333_CloudTrail_eu-west-1_20261102T{clock}Z_0123456789abcdef.json");
        let day = "logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02";
        folder.write_old(&format!("{day}/{name}"), records(events));
    }
    sync(&folder, "s.db", "logs");
    done(&folder, "s.db", &["store", "prune", "--before", "2026-11-02"]);
    folder
}

const MIDNIGHT: [&str; 2] = ["2026-11-01T23:58:00Z", "2026-11-02T00:02:00Z"];

#[test]
fn a_run_that_a_prune_cut_is_not_whole() {
    let [before, after] = [event("a", MIDNIGHT[0], "web"), event("b", MIDNIGHT[1], "web")];
    let folder = delivered_at_midnight([&[before, after], &[]]);
    let days = Days { from: Some("2026-11-02".to_owned()), to: Some("2026-11-03".to_owned()) };
    let code =
        |command: &[&str], flags: &[&str]| asker(0).ask(command, &store_of(&folder, "s.db"), &days, flags).0.code;
    for command in [&["runs"][..], &["summary"], &["events"]] {
        assert_eq!((code(command, &["--whole-runs"]), code(command, &[])), (Some(5), Some(0)), "{command:?}");
    }
}

#[test]
fn what_was_replaced_by_what_a_prune_removes_does_not_come_back() {
    let correction = |id: &str, time: &str, original: &str| {
        let made = event(id, time, "web");
        let addendum = format!(r#""addendum":{{"reason":"UPDATED_DATA","originalEventID":"{original}"}}"#);
        format!("{},{addendum}}}", &made[..made.len() - 1])
    };
    let check = |files: [&[String]; 2], expected: &[&str]| {
        let folder = delivered_at_midnight(files);
        let days = Days { from: Some("2026-11-02".to_owned()), to: Some("2026-11-03".to_owned()) };
        for source in [store_of(&folder, "s.db"), vec![folder.arg("logs")]] {
            let (said, rows) =
                asker(0).ask(&["events", "-o", "csv", "--no-header", "--columns", "event_id"], &source, &days, &[]);
            assert_eq!((rows.lines().collect::<Vec<_>>(), said.code), (expected.to_vec(), Some(0)), "{source:?}");
        }
    };
    let [early, late] = MIDNIGHT;
    let original = [event("o", late, "web")];
    check([&original, &[]], &["o"]);
    check([&original, &[correction("c", early, "o")]], &[]);
    check([&original, &[correction("c", late, "o"), correction("d", early, "o")]], &["c"]);
    check([&[event("o", early, "web")], &original], &[]);
    check([&original, &[event("o", early, "web")]], &["o"]);
    // What a correction corrects may go before it.
    check([&[event("o", early, "web")], &[correction("c", late, "o")]], &["c"]);
}

#[test]
fn days_that_no_sync_had_in_its_window_are_missing() {
    let folder = Folder::new();
    let days = ["2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30"];
    Archive::of_days(&days).write(&folder);
    asked::synced(&Run::new, &folder, "s.db", &[&folder.arg("logs"), "--from", "2026-10-27", "--to", "2026-10-28"]);
    let code = |from: &str, to: &str| {
        let days = Days { from: Some(from.to_owned()), to: Some(to.to_owned()) };
        asker(0).ask(&["events"], &store_of(&folder, "s.db"), &days, &[]).0.code
    };
    // The late days were read as well, but not those of the days that are theirs.
    assert_eq!(code("2026-10-27", "2026-10-28"), Some(0));
    let missing = [("2026-10-26", "2026-10-28"), ("2026-10-27", "2026-10-29"), ("2026-10-27", "2026-10-30")];
    assert_eq!(missing.map(|(from, to)| code(from, to)), [Some(5); 3]);
    sync(&folder, "s.db", "logs");
    assert_eq!(missing.map(|(from, to)| code(from, to)), [Some(0); 3]);
}

#[test]
fn log_files_that_came_late_and_that_no_sync_had_in_its_window_are_missing() {
    let folder = Folder::new();
    let days = ["2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30"];
    let archive = Archive::of_days(&days);
    archive.write(&folder);
    let synced = |more: &[&str]| {
        asked::synced(&Run::new, &folder, "s.db", &[&[&*folder.arg("logs")], more].concat());
    };
    let [late, whole] = [("2026-10-27", "2026-10-28"), ("2026-10-29", "2026-10-30")];
    let agree = |(from, to): (&str, &str), expected| {
        let days = Days { from: Some(from.to_owned()), to: Some(to.to_owned()) };
        let code = |source: &[String]| asker(0).ask(&["events"], source, &days, &["--strict"]).0.code;
        assert_eq!(code(&store_of(&folder, "s.db")), Some(expected), "{from}");
        assert_eq!(code(&[folder.arg("logs")]), Some(0), "{from}");
    };
    synced(&[]);
    // What was read is not passed over.
    synced(&["--from", "2026-10-30"]);
    agree(late, 0);
    let day = archive.names().find(|name| name.contains("2026/10/27")).unwrap();
    let (another, text) =
        (day.replace("T0605Z", "T0715Z"), std::fs::read(folder.path(&format!("logs/{day}"))).unwrap());
    folder.write_old(&format!("logs/{another}"), &text);
    for _ in 0..2 {
        synced(&["--from", "2026-10-30"]);
        agree(late, 5);
        agree(whole, 0);
    }
    synced(&["--from", "2026-10-27", "--to", "2026-10-28"]);
    agree(late, 0);
    // One that has changed since it was read.
    folder.write_old(&format!("logs/{day}"), [&text[..], b" "].concat());
    synced(&["--from", "2026-10-30"]);
    agree(late, 5);
    synced(&[]);
    agree(late, 0);
    // One that is gone again.
    folder.write_old(&format!("logs/{}", day.replace("T0605Z", "T0815Z")), &text);
    synced(&["--from", "2026-10-30"]);
    agree(late, 5);
    std::fs::remove_file(folder.path(&format!("logs/{}", day.replace("T0605Z", "T0815Z")))).unwrap();
    synced(&["--from", "2026-10-30"]);
    agree(late, 0);
}

#[test]
fn log_files_of_extracts_that_were_read_are_not_passed_over() {
    let folder = Folder::new();
    Archive::of_days(&["2026-10-26", "2026-10-27", "2026-10-28"]).write(&folder);
    let extracted = Run::new(&["extract", "logs", "-q"]).dir(&folder.path("")).ended();
    assert_eq!(extracted.code, Some(0), "{}", extracted.stderr);
    folder.write_old("extracts/all.ndjson", &extracted.stdout);
    let days = Days { from: Some("2026-10-26".to_owned()), to: Some("2026-10-27".to_owned()) };
    let code = |more: &[&str]| {
        asked::synced(&Run::new, &folder, "s.db", &[&[&*folder.arg("extracts")], more].concat());
        asker(0).ask(&["events"], &store_of(&folder, "s.db"), &days, &[]).0.code
    };
    assert_eq!(code(&["--from", "2026-10-28"]), Some(5));
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--from", "2026-10-28"]), Some(0));
}
