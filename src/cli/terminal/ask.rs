//! Asks a person at the terminal for the code of an MFA device.

#[cfg(feature = "aws")]
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Says how sources ask.
pub(in crate::cli) fn install() {
    #[cfg(feature = "aws")]
    crate::aws::mfa::ask_with(code);
}

/// The code; nothing where nobody sits at a terminal.
#[cfg(feature = "aws")]
fn code(device: &str) -> io::Result<Option<String>> {
    let (input, mut output) = (io::stdin(), io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return Ok(None);
    }
    write!(output, "MFA code for {}: ", crate::report::visible::visible(device))?;
    output.flush()?;
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(Some(line.trim().to_owned()))
}
