//! What the shared configuration says of a profile: how it signs in, and from which other one it takes its first
//! credentials. The SDK reads the same files for itself; this is what it does not tell. Pure, but for reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::platform;

/// The profiles of both files, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Profiles(BTreeMap<String, BTreeMap<String, String>>);

/// How the first credentials of a profile come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialMethod {
    /// IAM Identity Center: `aws sso login`.
    Sso,
    /// The console's own sign-in: `aws login`.
    Login,
    /// A command of the user's.
    Process,
    /// Keys that are written down.
    Keys,
    /// Nothing that is known, or no such profile.
    Unknown,
}

impl Profiles {
    /// Those of this user.
    pub(crate) fn load() -> Self {
        let file = |variable: &str, usual: &str| {
            let named = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
            let home = || platform::home().map(|home| home.join(".aws").join(usual));
            named.or_else(home).and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
        };
        Self::parse(&file("AWS_CONFIG_FILE", "config"), &file("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    }

    /// Reads the texts of both.
    pub(crate) fn parse(config: &str, credentials: &str) -> Self {
        let mut profiles = Self::default();
        profiles.read(config, |section| {
            if section == "default" { Some(section) } else { section.strip_prefix("profile ").map(str::trim) }
        });
        profiles.read(credentials, |section| Some(section));
        profiles
    }

    fn read(&mut self, text: &str, name: impl Fn(&str) -> Option<&str>) {
        let mut current: Option<String> = None;
        for line in text.lines() {
            // What is indented belongs to the value before, and no value that matters here has any.
            if line.starts_with([' ', '\t', '#', ';']) {
                continue;
            }
            if let Some(section) = line.trim_end().strip_prefix('[') {
                let section = section.split(']').next().unwrap_or_default().trim();
                current = name(section).map(|name| name.trim_matches('"').to_owned());
                if let Some(current) = &current {
                    self.0.entry(current.clone()).or_default();
                }
            } else if let (Some(current), Some((key, value))) = (&current, line.split_once('=')) {
                let profile = self.0.entry(current.clone()).or_default();
                profile.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }

    /// A setting that is not empty.
    pub(crate) fn get(&self, profile: &str, key: &str) -> Option<&str> {
        self.0.get(profile)?.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// From a profile to the one that has the first credentials.
    pub(crate) fn chain<'a>(&'a self, profile: &'a str) -> Vec<&'a str> {
        let (mut chain, mut seen) = (vec![profile], BTreeSet::from([profile]));
        let mut at = profile;
        while let Some(next) = self.get(at, "role_arn").and_then(|_| self.get(at, "source_profile")) {
            if !seen.insert(next) {
                break;
            }
            chain.push(next);
            at = next;
        }
        chain
    }

    /// The profile that has the first credentials.
    pub(crate) fn first<'a>(&'a self, profile: &'a str) -> &'a str {
        self.chain(profile).last().copied().unwrap_or(profile)
    }

    /// How a profile itself signs in.
    pub(crate) fn way(&self, profile: &str) -> CredentialMethod {
        let has = |key| self.get(profile, key).is_some();
        match () {
            () if has("login_session") => CredentialMethod::Login,
            () if has("sso_session") || has("sso_start_url") => CredentialMethod::Sso,
            () if has("aws_access_key_id") => CredentialMethod::Keys,
            () if has("credential_process") => CredentialMethod::Process,
            () => CredentialMethod::Unknown,
        }
    }

    /// The device whose code a role of the profile, or of one that it builds on, asks for: the profile and the device.
    pub(crate) fn mfa<'a>(&'a self, profile: &'a str) -> Option<(&'a str, &'a str)> {
        let asks = |name: &&'a str| self.get(name, "role_arn").and_then(|_| self.get(name, "mfa_serial"));
        self.chain(profile).into_iter().find_map(|name| Some((name, asks(&name)?)))
    }
}

/// The profile that is in use where nobody names another one.
pub(crate) fn in_use(named: Option<&str>) -> String {
    let variable = |name| std::env::var(name).ok().filter(|name| !name.is_empty());
    let named = named.map(str::to_owned);
    named.or_else(|| variable("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const CONFIG: &str = "\
[default]\nregion = eu-west-1\n\
[profile base]\nsso_session = corp\nsso_account_id = 444455556666\n\
[sso-session corp]\nsso_start_url = https://corp.example.com\n\
[profile audit]\nrole_arn = arn:aws:iam::444455556666:role/audit\nsource_profile = base\n\
[profile console]\nlogin_session = arn:aws:iam::444455556666:user/ann\n\
[profile tool]\ncredential_process = /opt/tool --secret x\n\
[profile device]\nrole_arn = arn:aws:iam::444455556666:role/audit\nsource_profile = keys\n\
mfa_serial = arn:aws:iam::444455556666:mfa/ann\n\
[profile circle]\nrole_arn = arn:aws:iam::444455556666:role/a\nsource_profile = round\n\
[profile round]\nrole_arn = arn:aws:iam::444455556666:role/b\nsource_profile = circle\n";

    pub(crate) const CREDENTIALS: &str = "[keys]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = no-secret\n";

    #[test]
    fn profiles_sign_in_where_their_first_credentials_come_from() {
        let profiles = Profiles::parse(CONFIG, CREDENTIALS);
        let check = |profile: &str, first: &str, way: CredentialMethod| {
            assert_eq!((profiles.first(profile), profiles.way(profiles.first(profile))), (first, way), "{profile}");
        };
        check("audit", "base", CredentialMethod::Sso);
        check("base", "base", CredentialMethod::Sso);
        check("console", "console", CredentialMethod::Login);
        check("tool", "tool", CredentialMethod::Process);
        check("device", "keys", CredentialMethod::Keys);
        check("default", "default", CredentialMethod::Unknown);
        check("nobody", "nobody", CredentialMethod::Unknown);
        check("circle", "round", CredentialMethod::Unknown);
        assert_eq!(profiles.mfa("device"), Some(("device", "arn:aws:iam::444455556666:mfa/ann")));
        assert_eq!(profiles.mfa("audit"), None);
    }
}
