//! What is said about extracts among the sources.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::terminal::talk::Level;

/// Ends where extracts lack what is asked for.
pub fn refuse_lack(lack: Option<&str>) -> Result<(), Error> {
    let Some(lack) = lack else { return Ok(()) };
    let is_about_flag = lack.starts_with("--");
    let hint = if is_about_flag { "name the directories of the extracts" } else { "or read the log files themselves" };
    let error = Error::usage(lack);
    let is_about_calls = lack.ends_with("without --activity");
    let error = if is_about_calls { error.hint("extract --activity makes extracts with calls of runs") } else { error };
    Err(error.hint(hint))
}

/// Says that extracts are not whole. What is missing of them may be in others, and only a work list tells.
pub fn tell_cut_off(cut_off: &BTreeSet<Arc<str>>, is_listed: bool, context: &CommandContext<'_>) {
    if let Some(first) = cut_off.first().filter(|_| !is_listed) {
        let more = if cut_off.len() == 1 { String::new() } else { format!(" and {} more", cut_off.len() - 1) };
        let text = format!(
            "the extract {first}{more}: its end is cut off; --work-list tells whether another one has what it lacks"
        );
        context.talk.say(Level::Warning, &text);
    }
}
