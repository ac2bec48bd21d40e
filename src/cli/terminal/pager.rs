//! A pager for what is longer than the screen, as git, gh and the AWS CLI have one.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, StdoutLock, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Mutex, PoisonError};

use super::interrupt::{self, Ignored};
use crate::platform::{self, USUAL_PAGER};

/// The variables that ask less and lv, where nobody else does, to show colours, to leave the screen as it is, and to end by
/// themselves where everything fits, as git does.
const SETTINGS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// The command of the pager; nothing where there is to be none.
static PAGER: Mutex<Option<OsString>> = Mutex::new(None);

/// From now on what is longer than the screen goes through a pager: the one of the flag, else of `TFCTRAIL_PAGER`, `PAGER`, or
/// the usual one. An empty command and `cat` mean none.
pub(in crate::cli) fn install(flag: Option<&OsStr>, is_refused: bool) {
    let chosen = if is_refused { None } else { chosen(flag, |name| env::var_os(name)) };
    *PAGER.lock().unwrap_or_else(PoisonError::into_inner) = chosen;
}

fn chosen(flag: Option<&OsStr>, variable: impl Fn(&str) -> Option<OsString>) -> Option<OsString> {
    if variable("TERM").is_some_and(|term| term == "dumb") {
        return None;
    }
    let own = flag.map(ToOwned::to_owned).or_else(|| variable("TFCTRAIL_PAGER"));
    let command = own.or_else(|| variable("PAGER")).or_else(|| USUAL_PAGER.map(OsString::from));
    command.filter(|command| !command.is_empty() && command != "cat")
}

/// Standard output on a terminal. It is kept back until it is longer than the screen, and then goes to a pager.
#[derive(Debug)]
pub(in crate::cli) struct Paged {
    stdout: StdoutLock<'static>,
    kept: Vec<u8>,
    screen: Screen,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It may still fit on the screen.
    Waiting(OsString),
    /// Somebody reads it.
    Paging { child: Child, stdin: ChildStdin, ignored: Ignored },
    /// There is no pager.
    Plain,
}

/// So much fits.
#[derive(Debug, Clone, Copy)]
struct Screen {
    columns: usize,
    lines: usize,
}

impl Paged {
    /// Through the pager that is installed; nothing where there is none, or no size of a screen.
    pub(in crate::cli) fn open(stdout: StdoutLock<'static>) -> Result<Self, StdoutLock<'static>> {
        let command = PAGER.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let size = terminal_size::terminal_size_of(&stdout);
        let (Some(command), Some((width, height))) = (command, size) else { return Err(stdout) };
        // The last line is that of the shell.
        let screen = Screen { columns: usize::from(width.0), lines: usize::from(height.0).saturating_sub(1) };
        Ok(Self { stdout, kept: Vec::new(), screen, state: State::Waiting(command) })
    }

    /// Shows what was kept back, and waits until whoever reads it has read it.
    pub(in crate::cli) fn finish(mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::Plain) {
            State::Waiting(_) => self.stdout.write_all(&self.kept)?,
            state => end(state),
        }
        self.stdout.flush()
    }

    fn begin(&mut self) -> io::Result<()> {
        let State::Waiting(command) = &self.state else { return Ok(()) };
        self.state = start(command).map_or(State::Plain, |state| state);
        let kept = std::mem::take(&mut self.kept);
        match &mut self.state {
            State::Paging { stdin, .. } => stdin.write_all(&kept),
            _ => self.stdout.write_all(&kept),
        }
    }
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Paging { stdin, .. } => stdin.write(bytes),
            State::Plain => self.stdout.write(bytes),
            State::Waiting(_) => {
                self.kept.extend_from_slice(bytes);
                if self.screen.is_too_small(&self.kept) {
                    self.begin()?;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Paging { stdin, .. } => stdin.flush(),
            State::Plain => self.stdout.flush(),
            // It is shown at the end, or when there is too much of it.
            State::Waiting(_) => Ok(()),
        }
    }
}

impl Drop for Paged {
    fn drop(&mut self) {
        // An error is told when nobody reads any more.
        end(std::mem::replace(&mut self.state, State::Plain));
    }
}

/// Starts the pager, which is a command for a shell; nothing if it cannot be, which is no error.
fn start(command: &OsStr) -> Option<State> {
    let mut shell = platform::shell(command);
    shell.stdin(Stdio::piped());
    for (name, value) in SETTINGS {
        if env::var_os(name).is_none() {
            shell.env(name, value);
        }
    }
    if !is_there(command) {
        return None;
    }
    let mut child = shell.spawn().ok()?;
    let stdin = child.stdin.take()?;
    // Whoever reads may stop a search with Ctrl-C.
    Some(State::Paging { child, stdin, ignored: interrupt::ignored() })
}

/// Whether a shell finds the program.
fn is_there(command: &OsStr) -> bool {
    let text = command.to_string_lossy();
    platform::finds_program(text.split_whitespace().find(|word| !word.contains('=')).unwrap_or_default())
}

fn end(state: State) {
    if let State::Paging { mut child, stdin, ignored } = state {
        drop(stdin);
        // How it ended says nothing about the data.
        drop(child.wait());
        drop(ignored);
    }
}

impl Screen {
    /// Whether the text takes more lines than there are. Escapes for colours count as if they were seen, which at worst calls
    /// a pager that ends by itself.
    fn is_too_small(self, text: &[u8]) -> bool {
        let width = self.columns.max(1);
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let taken = lines.map(|line| {
            let characters = line.iter().filter(|byte| **byte != b'\n' && (**byte & 0xc0) != 0x80).count();
            characters.div_ceil(width).max(1)
        });
        taken.sum::<usize>() > self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pagers_are_chosen_as_by_others() {
        let check = |flag: Option<&str>, variables: &[(&str, &str)], expected: Option<&str>| {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            let found = chosen(flag.map(OsStr::new), variable);
            assert_eq!(found.as_deref(), expected.map(OsStr::new), "{flag:?} {variables:?}");
        };
        check(None, &[], USUAL_PAGER);
        check(None, &[("PAGER", "more")], Some("more"));
        check(None, &[("PAGER", "more"), ("TFCTRAIL_PAGER", "less -S")], Some("less -S"));
        check(None, &[("PAGER", "more"), ("TFCTRAIL_PAGER", "")], None);
        check(Some("most"), &[("PAGER", "more"), ("TFCTRAIL_PAGER", "")], Some("most"));
        check(Some(""), &[("PAGER", "more")], None);
        check(None, &[("PAGER", "cat")], None);
        check(Some("most"), &[("TERM", "dumb")], None);
    }

    #[test]
    fn a_screen_is_counted_in_lines_as_they_wrap() {
        let screen = Screen { columns: 4, lines: 3 };
        let check = |text: &str, expected| assert_eq!(screen.is_too_small(text.as_bytes()), expected, "{text:?}");
        check("", false);
        check("a\nb\nc\n", false);
        check("a\nb\nc\nd", true);
        check("\n\n\n\n", true);
        check("äöüß\nb\nc\n", false);
        check("abcde\nb\nc\n", true);
    }
}
