//! What ends a command early: a kind, which decides the exit code, a message and hints.

use std::fmt::Display;
use std::io;

use super::exit;
use crate::audit::aside::file::AsideError;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::store::StoreError;

/// The error of every command. Its message is lower case and fits behind `tfctrail: error: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hints: Vec<String>,
}

/// What went wrong, for those who only see the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// None of the others.
    Failure,
    /// The command line or the environment.
    Usage,
    /// Findings, or a failed verification.
    Findings,
    /// No permission to read a whole source.
    Permission,
    /// The report is out, but something is missing from it.
    Incomplete,
    /// A signal.
    Interrupted,
    /// The reader of standard output has seen enough, which is no error: nothing is shown.
    BrokenPipe,
}

impl ErrorKind {
    /// The code that the process ends with.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failure => exit::FAILURE,
            Self::Usage => exit::USAGE,
            Self::Findings => exit::FINDINGS,
            Self::Permission => exit::PERMISSION,
            Self::Incomplete => exit::INCOMPLETE,
            Self::Interrupted => exit::INTERRUPTED,
            Self::BrokenPipe => exit::DONE,
        }
    }
}

impl ErrorKind {
    /// Which of several is the exit code: the lowest.
    fn rank(self) -> usize {
        let order = [Self::Interrupted, Self::Usage, Self::Failure, Self::Permission, Self::Findings, Self::Incomplete];
        order.iter().position(|kind| *kind == self).unwrap_or(order.len())
    }
}

impl Error {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// A failure.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failure, message)
    }

    /// A mistake in what was asked for.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// The same with one more line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// A failed operation on standard output or standard input: `writing standard output: no space left on device`.
    /// A broken pipe is told apart.
    pub fn stream(doing: impl Display, error: &io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { ErrorKind::BrokenPipe } else { ErrorKind::Failure };
        Self::new(kind, format!("{doing}: {}", reason(error)))
    }

    /// Of several results the one that decides the exit code (DESIGN §2), and the errors that it outdoes.
    pub fn gravest(results: impl IntoIterator<Item = Result<(), Self>>) -> (Result<(), Self>, Vec<Self>) {
        let mut errors: Vec<Self> = results.into_iter().filter_map(Result::err).collect();
        errors.sort_by_key(|error| error.kind.rank());
        if errors.is_empty() {
            return (Ok(()), errors);
        }
        (Err(errors.remove(0)), errors)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, without prefix.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The advice.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::Missing(_) | StoreError::Foreign(_) | StoreError::Special { .. } | StoreError::Left { .. } => {
                ErrorKind::Usage
            }
            _ => ErrorKind::Failure,
        };
        error.hint().into_iter().fold(Self::new(kind, error.to_string()), Self::hint)
    }
}

impl From<AsideError> for Error {
    fn from(error: AsideError) -> Self {
        Self::failure(error.to_string())
    }
}

impl From<SourceTrouble> for Error {
    fn from(trouble: SourceTrouble) -> Self {
        let kind = match trouble.cause {
            TroubleKind::Usage => ErrorKind::Usage,
            TroubleKind::Permission => ErrorKind::Permission,
            TroubleKind::Failure => ErrorKind::Failure,
        };
        trouble.hints.into_iter().fold(Self::new(kind, trouble.message), Self::hint)
    }
}

pub use crate::decode::defect::io_reason as reason;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_errors_the_gravest_is_the_exit_code() {
        let error = |kind| Err(Error::new(kind, "x"));
        let (result, others) =
            Error::gravest([Ok(()), error(ErrorKind::Incomplete), error(ErrorKind::Findings), Ok(())]);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Findings);
        assert_eq!(others.iter().map(Error::kind).collect::<Vec<_>>(), [ErrorKind::Incomplete]);
        let (result, others) = Error::gravest([error(ErrorKind::Findings), error(ErrorKind::Permission)]);
        assert_eq!((result.unwrap_err().kind(), others.len()), (ErrorKind::Permission, 1));
        assert_eq!(Error::gravest([Ok(()), Ok(())]), (Ok(()), Vec::new()));
    }

    #[test]
    fn a_closed_pipe_is_success() {
        let error = Error::stream("writing standard output", &io::ErrorKind::BrokenPipe.into());
        assert_eq!((error.kind(), error.kind().exit_code()), (ErrorKind::BrokenPipe, 0));
        let full = if cfg!(unix) { 28 } else { 112 };
        let error = Error::stream("writing standard output", &io::Error::from_raw_os_error(full));
        assert_eq!(error.to_string(), "writing standard output: no space left on device");
        assert_eq!(error.kind().exit_code(), 1);
    }
}
