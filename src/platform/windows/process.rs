//! How this program and others are started.

use std::ffi::{OsStr, OsString};
use std::os::windows::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{io, thread};

/// A word as `PowerShell` reads it back.
#[must_use]
pub fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:\\%+=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// The pager where nobody set one up: none, for `more` shows neither colours nor what is not of its code page.
pub const USUAL_PAGER: Option<&str> = None;

/// The shell, which is to run a command.
#[must_use]
pub fn shell(command: &OsStr) -> Command {
    // It takes off the outer quotation marks, and leaves all others (`cmd /?`).
    let mut line = OsStr::new("\"").to_owned();
    line.push(command);
    line.push("\"");
    let mut shell = Command::new("cmd");
    shell.args(["/d", "/s", "/c"]).raw_arg(line);
    shell
}

/// Whether a shell finds the program.
#[must_use]
pub fn finds_program(program: &str) -> bool {
    let program = program.trim_matches('"');
    let mut finder = Command::new("where.exe");
    finder.args(["/q", program]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Path::new(program).is_file() || finder.status().is_ok_and(|status| status.success())
}

/// The arguments of the program, of which the first is its name: `tfctrail`, as help and hints have it everywhere.
#[must_use]
pub fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = given.collect();
    if let Some(first) = arguments.first_mut() {
        let path = Path::new(&*first);
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("exe")) {
            *first = path.with_extension("").into();
        }
    }
    arguments
}

/// Asks the console to show colours, which those before Windows 10 do not.
pub fn prepare_terminal() {
    #[cfg(feature = "cli")]
    crossterm::ansi_support::supports_ansi();
}

/// What the first thread has on Unix. That of Windows has an eighth of it, which the command line of a debug build overflows.
const STACK: usize = 8 << 20;

/// Does some work on a stack as large as that of the first thread on Unix.
pub fn on_a_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let worker = thread::Builder::new().stack_size(STACK).spawn(work)?;
    worker.join().map_err(|_| io::Error::other("the program failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_powershell() {
        for (word, expected) in [
            (r"C:\logs", r"C:\logs"),
            ("s3://bucket", "s3://bucket"),
            (r"C:\my logs", r"'C:\my logs'"),
            ("it's", "'it''s'"),
            ("a,b", "'a,b'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(OsStr::new(word)), expected);
        }
    }

    #[test]
    fn the_program_is_called_the_same_everywhere() {
        let name = |first: &str| arguments([first.into(), "a.exe".into()].into_iter());
        assert_eq!(name(r"C:\bin\TfcTrail.EXE"), [r"C:\bin\TfcTrail", "a.exe"]);
        assert_eq!(name("tfctrail"), ["tfctrail", "a.exe"]);
        assert!(arguments(std::iter::empty()).is_empty());
    }

    #[test]
    fn a_shell_runs_a_command() {
        assert!(finds_program("cmd") && !finds_program("no-such-program"));
        let output = shell(OsStr::new("echo one \"two three\"")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "one \"two three\"");
        assert_eq!(on_a_large_stack(|| 7).unwrap(), 7);
    }
}
