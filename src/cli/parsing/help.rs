//! How help is arranged: the examples first, and `-h` with the flags of every day alone.

use clap::Command;

/// Examples stand in front of the flags.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}";

/// A command with no more flags than this shows all of them.
const FEW: usize = 12;

/// The flags of every day, by long name, of commands that have many.
const EVERY_DAY: [&str; 27] = [
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
    "verified",
    "verbose",
];

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
