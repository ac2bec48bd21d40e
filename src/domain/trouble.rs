//! Why a whole source cannot be read, and what to do next.

/// What ends the reading of a source before it began.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceTrouble {
    /// What went wrong, for those who only see the exit code.
    pub cause: TroubleKind,
    /// What went wrong, in lower case and one line.
    pub message: String,
    /// What to do next, a line each.
    pub hints: Vec<String>,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// What was asked for cannot be.
    Usage,
    /// Credentials or permissions.
    Permission,
    /// None of the others: a bucket that does not exist, a network.
    Failure,
}

/// Advice on several failures, each line once: lines of one failure stay together and in order, and failures have theirs.
#[must_use]
pub fn in_order(advice: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let sorted: std::collections::BTreeSet<Vec<String>> = advice.into_iter().collect();
    let mut lines: Vec<String> = Vec::new();
    for line in sorted.into_iter().flatten() {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

impl SourceTrouble {
    /// Trouble of that kind.
    #[must_use]
    pub fn new(cause: TroubleKind, message: impl Into<String>) -> Self {
        Self { cause, message: message.into(), hints: Vec::new() }
    }

    /// What a build without AWS says of a remote source.
    #[must_use]
    pub fn no_aws() -> Self {
        Self::new(TroubleKind::Usage, "this build has no AWS support; it reads local sources only")
            .hint("a build with the cargo feature aws, which is on by default, reads it")
    }

    /// The same with one more line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same, said of a source.
    #[must_use]
    pub fn of(mut self, source: &str) -> Self {
        self.message = format!("source '{source}': {}", self.message);
        self
    }
}
