//! How this program and others are started.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};

/// A word as a shell reads it back.
#[must_use]
pub fn quoted(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The pager where nobody set one up: less, as git asks for it.
pub const USUAL_PAGER: Option<&str> = Some("less");

/// The shell, which is to run a command.
#[must_use]
pub fn shell(command: &OsStr) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

/// Whether a shell finds the program.
#[must_use]
pub fn finds_program(program: &str) -> bool {
    let mut shell = Command::new("sh");
    let looked = shell
        .args(["-c", "command -v -- \"$1\"", "sh", program])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    looked.is_ok_and(|status| status.success())
}

/// The arguments of the program, of which the first is its name.
#[must_use]
pub fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    given.collect()
}

/// Every terminal shows colours that shows any.
pub fn prepare_terminal() {}

/// The first thread has 8 MiB.
pub fn on_a_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    Ok(work())
}
