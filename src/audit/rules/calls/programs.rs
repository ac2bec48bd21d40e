//! Programs that call AWS, by what their user agents say.

use crate::audit::rules::user_agent::is_terraform;
use crate::domain::finding::Severity;

/// A program that does not belong into a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ForeignProgram {
    /// What it is called.
    pub name: &'static str,
    /// How much it matters that it used a run's credentials.
    pub severity: Severity,
}

/// What a user agent has in it, and which program that is. A run has no browser; a script it may have.
const PROGRAMS: [(&str, &str, Severity); 21] = [
    ("Mozilla/", "a browser", Severity::High),
    ("console.amazonaws.com", "the AWS console", Severity::High),
    ("signin.amazonaws.com", "the AWS console", Severity::High),
    ("S3Console/", "the AWS console", Severity::High),
    ("AWSConsole", "the AWS console", Severity::High),
    ("aws-cli/", "the AWS CLI", Severity::Medium),
    ("AWSPowerShell", "the AWS tools for PowerShell", Severity::Medium),
    ("Boto3/", "the AWS SDK for Python", Severity::Medium),
    ("Botocore/", "the AWS SDK for Python", Severity::Medium),
    ("aws-sdk-js/", "the AWS SDK for JavaScript", Severity::Medium),
    ("aws-sdk-nodejs/", "the AWS SDK for JavaScript", Severity::Medium),
    ("aws-sdk-java/", "the AWS SDK for Java", Severity::Medium),
    ("aws-sdk-kotlin/", "the AWS SDK for Kotlin", Severity::Medium),
    ("aws-sdk-dotnet", "the AWS SDK for .NET", Severity::Medium),
    ("aws-sdk-ruby", "the AWS SDK for Ruby", Severity::Medium),
    ("aws-sdk-php/", "the AWS SDK for PHP", Severity::Medium),
    ("aws-sdk-rust/", "the AWS SDK for Rust", Severity::Medium),
    ("aws-sdk-cpp/", "the AWS SDK for C++", Severity::Medium),
    ("aws-sdk-swift/", "the AWS SDK for Swift", Severity::Medium),
    ("curl/", "curl", Severity::Medium),
    ("python-requests/", "a script in Python", Severity::Medium),
];

/// Something else.
const UNKNOWN: ForeignProgram = ForeignProgram { name: "a program that is not known", severity: Severity::Low };

/// The program of a user agent, unless it is Terraform, one of its providers or backends, anything else that is written with
/// the AWS SDK for Go, or a service of AWS.
pub(super) fn foreign(user_agent: &str) -> Option<ForeignProgram> {
    let mut tokens = user_agent.split_ascii_whitespace();
    if tokens.any(is_terraform) {
        return None;
    }
    let known = PROGRAMS.iter().find(|(part, _, _)| user_agent.contains(part));
    if let Some((_, name, severity)) = known {
        return Some(ForeignProgram { name, severity: *severity });
    }
    let is_service = user_agent.ends_with(".amazonaws.com") || user_agent.starts_with("AWS Internal");
    (!user_agent.contains("aws-sdk-go") && !is_service).then_some(UNKNOWN)
}
