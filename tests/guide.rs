//! Every command in the README and in the guide is run, and gives the output that stands below it.
//!
//! A `console` block holds commands behind `$ `, which go on behind `> `, each with what it prints; a line `…` stands for
//! any lines that were left out. Where something differs, the corrected pages are written below `target/tmp/guide`.
//! A `sh` block holds commands that take what no test has; the program's own parser has to accept them.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read a page or run the program has failed")]

#[expect(dead_code, reason = "shared with tests that need more")]
#[path = "support/lookup_events/mod.rs"]
mod lookup_events;
#[expect(dead_code, reason = "shared with tests that need more")]
#[path = "support/s3.rs"]
mod s3;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

#[path = "guide/compare.rs"]
mod compare;
#[path = "guide/page.rs"]
mod page;
#[path = "guide/place.rs"]
mod place;
#[path = "guide/words.rs"]
mod words;

use std::path::{Path, PathBuf};

use page::Page;
use place::{Amazon, Place};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use tfctrail::audit::rules::RULES;
use tfctrail::cli::command_line::Cli;

/// Where corrected pages go.
fn corrected() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide")
}

/// The README and all pages of the guide.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = walkdir::WalkDir::new(root.join("docs/src")).sort_by_file_name().into_iter();
    let files = entries.map(|entry| entry.unwrap().into_path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let paths = [root.join("README.md")].into_iter().chain(pages);
    paths.map(|path| Page::read(path.strip_prefix(root).unwrap(), &std::fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_command_prints_what_stands_below_it() {
    let folder = corrected();
    let _ = std::fs::remove_dir_all(&folder);
    let (pages, amazon) = (pages(), Amazon::start());
    let wrong: Vec<String> = pages.par_iter().filter_map(|page| differences(page, &amazon, &folder)).collect();
    let commands: usize = pages.iter().map(|page| page.sessions.iter().map(Vec::len).sum::<usize>()).sum();
    assert!(commands > 20, "only {commands} commands were found");
    let copy = format!("cp -r {}/. .", folder.display());
    assert!(wrong.is_empty(), "{}\ncorrect all pages with: {copy}", wrong.join("\n"));
}

/// Runs the commands of a page, and says what they print that the page does not. Then the corrected page is written.
fn differences(page: &Page, amazon: &Amazon, folder: &Path) -> Option<String> {
    let mut place = Place::new(amazon);
    let (mut told, mut outputs) = (Vec::new(), Vec::new());
    for session in &page.sessions {
        for (number, step) in session.iter().enumerate() {
            let printed = place.run(&step.command);
            let told_of = |what: &str| format!("{}:{}: $ {}\n{what}\n", page.path.display(), step.line, step.command);
            let asks = session.get(number + 1).is_some_and(|next| next.command == "echo $?");
            if place.code != 0 && !asks {
                let ends = format!("ends with exit code {}, which `$ echo $?` has to say", place.code);
                told.push(told_of(&format!("{ends}\n{}", printed.join("\n"))));
            }
            let compared = compare::compare(&page.lines[step.output.clone()], &printed);
            if let Some(difference) = &compared.difference {
                told.push(told_of(difference));
            }
            outputs.push((step.output.clone(), compared.corrected));
        }
    }
    if told.is_empty() {
        return None;
    }
    let path = folder.join(&page.path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, page.with(outputs)).unwrap();
    Some(told.join("\n"))
}

#[test]
fn every_other_command_is_one_that_the_program_accepts() {
    let pages = pages();
    let mut checked = 0;
    for page in &pages {
        for (line, script) in &page.scripts {
            for words in words::calls(script) {
                checked += 1;
                if let Err(error) = Cli::definition().try_get_matches_from(&words) {
                    // --help and --version are answers, not refusals.
                    assert!(!error.use_stderr(), "{}:{line}: {words:?}\n{error}", page.path.display());
                }
            }
        }
    }
    assert!(checked > 20, "only {checked} commands were found");
}

#[test]
fn every_rule_and_every_command_is_in_the_guide() {
    let findings = include_str!("../docs/src/findings.md");
    for rule in RULES {
        assert!(findings.contains(&format!("`{}`", rule.id)), "docs/src/findings.md does not name {}", rule.id);
    }
    let text: Vec<String> = pages().iter().map(|page| page.lines.join("\n")).collect();
    let text = text.join("\n");
    for command in Cli::definition().get_subcommands() {
        let name = command.get_name();
        assert!(text.contains(&format!("tfctrail {name}")), "no page shows tfctrail {name}");
    }
}

#[test]
fn the_readme_has_the_figures_that_were_measured() {
    let result = include_str!("../benches/compare/result.md");
    assert!(
        include_str!("../README.md").contains(result),
        "README.md has other figures than benches/compare/result.md"
    );
}

#[test]
fn the_readme_is_read_to_its_end() {
    let lines = include_str!("../README.md").lines().count();
    assert!(lines <= 180, "README.md has {lines} lines: what a user needs besides belongs into docs/src");
}
