//! How help is arranged: the examples first, and `-h` with the flags of every day alone, so that it fits a screen.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, Command};

/// Examples stand in front of the flags.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}";

/// A command with no more flags than this shows all of them.
const FEW: usize = 12;

/// The flags of every day, by long name, of commands that have many.
const EVERY_DAY: [&str; 25] = [
    "from",
    "last",
    "org",
    "workspace",
    "account",
    "outcome",
    "profile",
    "output",
    "out",
    "columns",
    "limit",
    "by",
    "calls",
    "writes",
    "denied",
    "activity",
    "rules",
    "explain",
    "rule",
    "fail-on",
    "emit",
    "policy",
    "file",
    "examples",
    "notify",
];

/// `-h` shows so many examples.
const EXAMPLES: usize = 3;

/// Arranges the help of the commands. The flags that hold for all of them are not those of every day.
#[must_use]
pub fn arranged(root: Command) -> Command {
    short(root.mut_subcommands(below))
}

fn below(command: Command) -> Command {
    let command = command.mut_subcommands(below).help_template(TEMPLATE);
    let flags = command.get_arguments().filter(|arg| !arg.is_positional()).count();
    if flags > FEW { short(command) } else { command }
}

fn short(command: Command) -> Command {
    command.mut_args(|arg| {
        let is_known = arg.is_positional() || arg.get_long().is_some_and(|long| EVERY_DAY.contains(&long));
        if is_known { arg } else { arg.hide_short_help(true) }
    })
}

/// What `-h` says of the command that the words name: the flags in one list, and the first examples.
#[must_use]
pub fn summary(root: Command, words: &[OsString]) -> StyledStr {
    named(brief(root), words).render_help()
}

/// The command that the words name, up to `-h`.
#[must_use]
pub fn named(root: Command, words: &[OsString]) -> Command {
    let mut command = root;
    command.build();
    for word in words.iter().skip(1).take_while(|word| *word != "-h") {
        let inner = command.find_subcommand(word).cloned();
        command = inner.unwrap_or(command);
    }
    command
}

fn brief(command: Command) -> Command {
    let command = command.mut_subcommands(brief).mut_args(plain);
    let examples = command.get_after_help().map(ToString::to_string);
    let first = |text: String| text.lines().take(1 + EXAMPLES).collect::<Vec<_>>().join("\n");
    command.after_help(examples.map(first).unwrap_or_default())
}

/// Without a heading, and without the values that its help has named already.
fn plain(arg: Arg) -> Arg {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = arg.get_possible_values();
    let is_told = !values.is_empty() && values.iter().all(|value| help.contains(value.get_name()));
    arg.help_heading(None::<&str>).hide_possible_values(is_told)
}
