//! Whether a source can be read: what was tried one by one, what was found, and the policy that would be enough.

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorCheck {
    /// What, in a word or two.
    pub name: &'static str,
    /// How it went.
    pub verdict: CheckResult,
    /// What was found, in one line.
    pub detail: String,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// As it should.
    Good,
    /// Something to know, which stops nothing.
    Note,
    /// No permission, and it is needed.
    Denied,
    /// It failed in another way, and it is needed.
    Failed,
}

impl CheckResult {
    /// The word in the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Denied => "DENIED",
            Self::Failed => "FAILED",
        }
    }
}

/// What is known about a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// In the order in which they were tried.
    pub checks: Vec<DoctorCheck>,
    /// What to do about those that failed, a line each.
    pub hints: Vec<String>,
    /// The least IAM policy that reads the source, as JSON.
    pub policy: Option<String>,
}

impl Diagnosis {
    /// Adds a check.
    pub fn add(&mut self, name: &'static str, verdict: CheckResult, detail: impl Into<String>) {
        self.checks.push(DoctorCheck { name, verdict, detail: detail.into() });
    }

    /// Whether there are no credentials that a service accepts, so that no policy helps.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.checks.iter().any(|check| check.name == "identity" && check.verdict == CheckResult::Denied)
    }

    /// Whether any check went like that.
    #[must_use]
    pub fn has(&self, verdict: CheckResult) -> bool {
        self.checks.iter().any(|check| check.verdict == verdict)
    }
}
