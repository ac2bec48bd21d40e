//! What to do about credentials that are missing or not accepted: what fits the way in which the profile signs in.

use super::failure::EXPIRED;
use super::grant::statement;
use super::options::AwsOptions;
use super::profiles::{CredentialMethod, Profiles, in_use};
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// Whose credentials are in use.
struct ProfileInUse {
    profiles: Profiles,
    profile: String,
    /// Keys in the environment, which come before any profile that nobody named.
    keys_of_environment: bool,
}

impl ProfileInUse {
    fn of(options: &AwsOptions) -> Self {
        let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            profiles: Profiles::load(),
            profile: in_use(options.profile.as_deref()),
            keys_of_environment: options.profile.is_none() && has("AWS_ACCESS_KEY_ID"),
        }
    }

    /// How to get credentials, a line each in the order in which to try.
    fn sign_in(&self) -> Vec<String> {
        const KEYS: &str = "take fresh keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN";
        if self.keys_of_environment {
            return vec![format!("the keys are those of the environment: {KEYS}")];
        }
        let first = self.profiles.first(&self.profile);
        let of = if first == "default" { String::new() } else { format!(" --profile {first}") };
        match self.profiles.way(first) {
            CredentialMethod::Sso => vec![format!("sign in: aws sso login{of}")],
            CredentialMethod::Login => vec![format!("sign in: aws login{of}")],
            CredentialMethod::Process => {
                vec![format!("run the command of credential_process of the profile '{first}' by itself")]
            }
            CredentialMethod::Keys => {
                vec![format!("the profile '{first}' has keys of its own: see that they are there and active")]
            }
            CredentialMethod::Unknown => vec![
                "sign in: aws login, or aws sso login for a profile of IAM Identity Center".to_owned(),
                format!("or {KEYS}, or choose a profile: --profile NAME"),
            ],
        }
    }
}

fn told(trouble: SourceTrouble, hints: Vec<String>) -> SourceTrouble {
    hints.into_iter().fold(trouble, SourceTrouble::hint)
}

/// What to tell of credentials that a service does not accept.
pub(super) fn bad_credentials(code: &str, options: &AwsOptions) -> SourceTrouble {
    if EXPIRED.contains(&code) {
        let message = format!("the credentials have expired or are no longer valid ({code})");
        return told(SourceTrouble::new(TroubleKind::Permission, message), ProfileInUse::of(options).sign_in());
    }
    let what = match code {
        "SignatureDoesNotMatch" | "InvalidSignatureException" => "the secret key does not belong to the access key",
        "InvalidAccessKeyId" | "InvalidClientTokenId" | "UnrecognizedClientException" => "the access key is not known",
        _ => "the credentials are not accepted",
    };
    SourceTrouble::new(TroubleKind::Permission, format!("{what} ({code})"))
        .hint("see which credentials are used: aws configure list; --profile NAME chooses others")
}

/// What to tell where there are no credentials; `reason` is what the SDK says.
pub(super) fn no_credentials(reason: &str, options: &AwsOptions) -> SourceTrouble {
    missing(reason, options, &ProfileInUse::of(options))
}

fn missing(reason: &str, options: &AwsOptions, used: &ProfileInUse) -> SourceTrouble {
    let lower = reason.to_lowercase();
    if lower.contains("not enabled") {
        return nothing_found(options, used);
    }
    let trouble = SourceTrouble::new(TroubleKind::Permission, format!("no AWS credentials: {reason}"));
    if lower.contains("durationseconds") {
        return trouble
            .hint("the session is longer than the role allows: lower duration_seconds of the profile, or raise the role's maximum")
            .hint("a role that is assumed with another role's credentials has one hour at the most");
    }
    if lower.contains("validationerror") {
        return trouble.hint("what the profile says of its role is not accepted: see role_arn and its other settings");
    }
    // Before roles: the sign-in of a chain of profiles is said to fail inside of AssumeRole, too.
    let signs = ["sso", "token is expired", "token has expired", "login session", "login_session", "refresh token"];
    let way = used.profiles.way(used.profiles.first(&used.profile));
    if !lower.contains("accessdenied")
        && (signs.iter().any(|sign| lower.contains(sign)) || way == CredentialMethod::Process)
    {
        return told(trouble, used.sign_in());
    }
    if ["assumerole", "assume role", "sts"].iter().any(|sign| lower.contains(sign)) {
        return assuming(trouble, reason, options, used);
    }
    if lower.contains("profile") {
        return trouble.hint("list the profiles: aws configure list-profiles");
    }
    told(trouble, used.sign_in())
}

/// A role that cannot be assumed.
fn assuming(trouble: SourceTrouble, reason: &str, options: &AwsOptions, used: &ProfileInUse) -> SourceTrouble {
    if reason.contains("explicit deny") {
        return trouble.hint("a policy denies it explicitly, and whoever keeps that policy has to change it");
    }
    let of_profile = used.profiles.get(&used.profile, "role_arn");
    let role = options.role_arns.first().map(String::as_str).or(of_profile);
    let role = role.unwrap_or("arn:aws:iam::ACCOUNT:role/ROLE");
    trouble
        .hint(format!("your own policy has to allow it: {}", statement(&["sts:AssumeRole"], &[role])))
        .hint("and so has the trust policy of the role; --external-id gives it what it may ask for")
}

/// Every place was asked, and none had any.
fn nothing_found(options: &AwsOptions, used: &ProfileInUse) -> SourceTrouble {
    if let Some(profile) = &options.profile {
        let message = format!("no AWS credentials: there is no profile '{profile}', or it gives none");
        return SourceTrouble::new(TroubleKind::Permission, message)
            .hint("list the profiles: aws configure list-profiles");
    }
    let message = "no AWS credentials: none in the environment, the shared configuration or the roles of this machine";
    told(SourceTrouble::new(TroubleKind::Permission, message), used.sign_in())
        .hint("a public bucket needs none: --no-sign-request")
}

#[cfg(test)]
mod tests {
    use super::super::profiles::tests::{CONFIG, CREDENTIALS};
    use super::*;

    /// The hints for what the SDK says while a profile is in use.
    fn hints(profile: &str, keys_of_environment: bool, reason: &str) -> Vec<String> {
        let profiles = Profiles::parse(CONFIG, CREDENTIALS);
        let used = ProfileInUse { profiles, profile: profile.to_owned(), keys_of_environment };
        missing(reason, &AwsOptions::default(), &used).hints
    }

    #[test]
    fn hints_fit_the_way_of_the_profile() {
        let expired = "the SSO token has expired";
        assert_eq!(hints("base", false, expired), ["sign in: aws sso login --profile base"]);
        assert_eq!(hints("audit", false, expired), ["sign in: aws sso login --profile base"]);
        let login = "the login session has expired";
        assert_eq!(hints("console", false, login), ["sign in: aws login --profile console"]);
        let process = "external process exited with code 1";
        let told = hints("tool", false, process);
        assert_eq!(told, ["run the command of credential_process of the profile 'tool' by itself"]);
        let both = hints("default", false, "not enabled");
        assert_eq!(both[0], "sign in: aws login, or aws sso login for a profile of IAM Identity Center");
        let fresh = hints("base", true, "anything");
        assert!(fresh[0].starts_with("the keys are those of the environment") && fresh.len() == 1, "{fresh:?}");
    }

    #[test]
    fn what_is_wrong_with_a_role_is_no_matter_of_signing_in() {
        let long = "AssumeRole: ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration";
        assert!(hints("audit", false, long)[0].starts_with("the session is longer than the role allows"));
        let denied = hints("audit", false, "AssumeRole: AccessDenied: is not authorized to perform: sts:AssumeRole");
        assert!(
            denied[0].starts_with("your own policy has to allow it") && denied[0].contains(":role/audit"),
            "{denied:?}"
        );
        assert!(denied[1].starts_with("and so has the trust policy"), "{denied:?}");
        let control =
            hints("audit", false, "AccessDenied: sts:AssumeRole with an explicit deny in a service control policy");
        assert_eq!(control, ["a policy denies it explicitly, and whoever keeps that policy has to change it"]);
    }
}
