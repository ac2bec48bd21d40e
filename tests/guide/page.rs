//! A page of Markdown, and the commands in it.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Below the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) lines: Vec<String>,
    /// The commands of each `console` block.
    pub(crate) sessions: Vec<Vec<Step>>,
    /// Each `sh` block, with the number of its first line.
    pub(crate) scripts: Vec<(usize, String)>,
}

/// A command, and what it is said to print.
pub(crate) struct Step {
    pub(crate) command: String,
    /// The number of its line, from 1.
    pub(crate) line: usize,
    /// Its output among the lines of the page.
    pub(crate) output: Range<usize>,
}

impl Page {
    pub(crate) fn read(path: &Path, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (mut sessions, mut scripts) = (Vec::new(), Vec::new());
        for (kind, inside) in fenced(&lines) {
            match kind {
                "console" => sessions.push(steps(&lines, inside)),
                "sh" => scripts.push((inside.start + 1, lines[inside].join("\n"))),
                _ => {}
            }
        }
        Self { path: path.to_owned(), lines, sessions, scripts }
    }

    /// The page with other outputs, which are in the order of the page.
    pub(crate) fn with(&self, outputs: Vec<(Range<usize>, Vec<String>)>) -> String {
        let mut lines = self.lines.clone();
        for (place, output) in outputs.into_iter().rev() {
            lines.splice(place, output);
        }
        lines.join("\n") + "\n"
    }
}

/// The blocks between fences, each with its kind and the lines inside.
fn fenced(lines: &[String]) -> Vec<(&str, Range<usize>)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (number, line) in lines.iter().enumerate() {
        match (open, line.strip_prefix("```")) {
            (None, Some(kind)) => open = Some((kind, number + 1)),
            (Some((kind, start)), Some("")) => {
                blocks.push((kind, start..number));
                open = None;
            }
            _ => {}
        }
    }
    assert_eq!(open, None, "a block has no end");
    blocks
}

/// The commands of a block.
fn steps(lines: &[String], block: Range<usize>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for number in block.clone() {
        let line = &lines[number];
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), line: number + 1, output: number + 1..number + 1 });
            continue;
        }
        let step = steps.last_mut().unwrap_or_else(|| panic!("line {}: output without a command", number + 1));
        match line.strip_prefix("> ").or((line == ">").then_some("")) {
            Some(more) if step.output.is_empty() => {
                step.command += "\n";
                step.command += more;
                step.output = number + 1..number + 1;
            }
            _ => step.output.end = number + 1,
        }
    }
    assert!(!steps.is_empty(), "line {}: a block without a command", block.start);
    steps
}

#[test]
fn commands_are_told_from_their_output() {
    let text =
        "# A\n```console\n$ one \\\n>   two\nx\n> y\n$ three\n```\n\n```sh\ntfctrail runs\n```\n```text\n$ no\n```\n";
    let page = Page::read(Path::new("a.md"), text);
    let found: Vec<_> = page.sessions[0].iter().map(|step| (step.command.as_str(), step.output.clone())).collect();
    assert_eq!(found, [("one \\\n  two", 4..6), ("three", 7..7)]);
    assert_eq!((page.sessions.len(), page.scripts), (1, vec![(11, "tfctrail runs".to_owned())]));
}
