//! What somebody at a terminal sees: tables that fit, colours, and a pager.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its terminal has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use events::fixture;
use support::Run;
use terminal::on_terminal;

const ESCAPE: char = '\u{1b}';

/// The program on a terminal that knows colours and is so high that nothing needs a pager.
fn seen(args: &[&str], columns: u16) -> String {
    let (text, code) = on_terminal(Run::new(args).env("TERM", "xterm").env("NO_COLOR", "1"), columns, 2_000);
    assert_eq!(code, Some(0), "{args:?}");
    text
}

fn column(args: &[&str], name: &str) -> Vec<String> {
    let args = [args, &["-o", "csv", "--no-header", "--columns", name]].concat();
    let ended = Run::new(&args).ended();
    ended.stdout.lines().filter(|cell| !["", "\"\""].contains(cell) && !cell.contains(';')).map(str::to_owned).collect()
}

#[test]
fn a_table_shows_the_run_the_account_and_the_address_at_every_width() {
    let demo = fixture("demo");
    for command in ["runs", "events"] {
        let args = [command, &demo];
        let names: &[&str] = match command {
            "runs" => &["workspace", "account_ids", "source_ips", "run_id"],
            _ => &["workspace", "account_id", "source_ip", "run_id"],
        };
        for columns in [70, 80, 100, 120, 200] {
            let text = seen(&args, columns);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns), "{command} {columns}: {text}");
            for name in names {
                for cell in column(&args, name) {
                    assert!(text.contains(&cell), "{command} {columns}: {name} {cell} in {text}");
                }
            }
        }
    }
}

#[test]
fn tables_at_80_120_and_200_columns() {
    let demo = fixture("demo");
    for columns in [80, 120, 200] {
        insta::assert_snapshot!(format!("runs_{columns}"), seen(&["runs", &demo, "-n", "8"], columns));
        insta::assert_snapshot!(format!("events_{columns}"), seen(&["events", &demo, "-n", "5"], columns));
        insta::assert_snapshot!(format!("findings_{columns}"), seen(&["findings", &demo], columns));
        insta::assert_snapshot!(format!("summary_{columns}"), seen(&["summary", &demo], columns));
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let demo = fixture("demo");
    for args in [&["events", &demo, "--outcome", "denied"][..], &["findings", &demo]] {
        let check = |variables: &[(&str, &str)], more: &[&str], expected: bool| {
            let args = [args, more].concat();
            let run = variables.iter().fold(Run::new(&args), |run, (name, value)| run.env(name, value));
            let (text, _) = on_terminal(run, 120, 2_000);
            assert_eq!(text.contains(ESCAPE), expected, "{args:?} {variables:?}");
        };
        check(&[("TERM", "xterm")], &[], true);
        check(&[("TERM", "xterm"), ("NO_COLOR", "1")], &[], false);
        check(&[("TERM", "dumb")], &[], false);
        check(&[("TERM", "dumb")], &["--color", "always"], true);
        check(&[("TERM", "xterm")], &["--color", "never"], false);
        assert!(!Run::new(args).env("TERM", "xterm").ended().stdout.contains(ESCAPE));
    }
}

#[test]
fn what_is_longer_than_the_screen_goes_through_a_pager() {
    let demo = fixture("demo");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paged");
    let pager = format!("cat > '{}'", file.display());
    let check = |lines: u16, variables: &[(&str, &str)], more: &[&str], paged: bool| {
        drop(std::fs::remove_file(&file));
        let args = [&["runs", &demo], more].concat();
        let run = Run::new(&args).env("NO_COLOR", "1");
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        let (text, code) = on_terminal(run, 120, lines);
        assert_eq!(code, Some(0), "{args:?} {variables:?}");
        let kept = std::fs::read_to_string(&file).ok();
        assert_eq!(kept.is_some(), paged, "{args:?} {variables:?}");
        let table = kept.unwrap_or(text);
        assert!(table.starts_with("first_seen") && table.lines().count() > 20, "{table}");
    };
    check(20, &[("TFCTRAIL_PAGER", &pager)], &[], true);
    check(20, &[("PAGER", &pager)], &[], true);
    check(20, &[], &["--pager", &pager], true);
    check(20, &[("PAGER", &pager), ("TFCTRAIL_PAGER", "cat")], &[], false);
    check(20, &[("PAGER", &pager), ("TFCTRAIL_PAGER", "")], &[], false);
    check(20, &[("PAGER", &pager)], &["--no-pager"], false);
    check(2_000, &[("PAGER", &pager)], &[], false);
    check(20, &[("PAGER", &pager), ("TERM", "dumb")], &[], false);
    // A pager that is not there is no error, and neither is one that nobody reads to its end.
    check(20, &[("PAGER", "no-such-pager-anywhere")], &[], false);
    let (_, code) = on_terminal(Run::new(&["runs", &demo]).env("PAGER", "true"), 120, 20);
    assert_eq!(code, Some(0));
    // In a pipe there is none.
    let ended = Run::new(&["runs", &demo]).env("PAGER", &pager).ended();
    assert!(!file.exists() && ended.stdout.starts_with("first_seen"), "{}", ended.stdout);
}

#[test]
fn every_field_has_a_line_of_its_own_in_the_vertical_format() {
    let demo = fixture("demo");
    let ended = Run::new(&["runs", &demo, "-o", "vertical", "-n", "2"]).ended();
    assert_eq!(ended.stdout.matches("\nrun_id ").count(), 2, "{}", ended.stdout);
    assert!(ended.stdout.starts_with("── 1 ──\nrun_id "), "{}", ended.stdout);
    assert_eq!(ended.stdout.lines().count(), 2 * 22 + 1);
}
