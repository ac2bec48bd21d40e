//! Roles of profiles that ask for the code of an MFA device (`mfa_serial`). The SDK does not know of them.

use std::collections::HashMap;
use std::io;
use std::sync::{LazyLock, OnceLock};

use aws_config::SdkConfig;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::Mutex;

use super::bounds::Bounded;
use super::failure::RequestFailure;
use super::profiles::Profiles;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// The name under which our own role sessions appear in the logs that we read.
pub(super) const SESSION: &str = "tfctrail";

/// Asks a person for the code of a device; nothing where nobody can be asked.
pub type AskMfaCode = fn(device: &str) -> io::Result<Option<String>>;

static ASK: OnceLock<AskMfaCode> = OnceLock::new();

/// Whoever owns the terminal says how to ask.
pub fn ask_with(ask: AskMfaCode) {
    // The first one stands: there is one terminal.
    let _ = ASK.set(ask);
}

/// A code is good for one session, which all that use the profile share.
static SESSIONS: LazyLock<Mutex<HashMap<String, Credentials>>> = LazyLock::new(Mutex::default);

/// The credentials of a profile, where a role of it or of one that it builds on asks for a code. `config` reaches STS.
/// Nothing for all others.
pub(super) async fn credentials(
    profiles: &Profiles,
    profile: &str,
    config: &SdkConfig,
) -> Result<Option<Credentials>, SourceTrouble> {
    let Some((asking, device)) = profiles.mfa(profile) else { return Ok(None) };
    let mut sessions = SESSIONS.lock().await;
    if let Some(session) = sessions.get(profile) {
        return Ok(Some(session.clone()));
    }
    let code = ASK.get().map_or(Ok(None), |ask| ask(device)).unwrap_or_default();
    let code = code.filter(|code| !code.is_empty()).ok_or_else(|| nobody_to_ask(profile, device))?;
    let source = profiles.get(asking, "source_profile").unwrap_or(asking);
    let first = SharedCredentialsProvider::new(of_profile(source, config));
    let mut session = assume(profiles, asking, Some((device, &code)), first, config).await?;
    // From there on out to the profile that was asked for.
    let chain = profiles.chain(profile);
    for name in chain.iter().take_while(|name| **name != asking).collect::<Vec<_>>().into_iter().rev() {
        session = assume(profiles, name, None, SharedCredentialsProvider::new(session), config).await?;
    }
    sessions.insert(profile.to_owned(), session.clone());
    Ok(Some(session))
}

/// The credentials of a profile without any role.
fn of_profile(profile: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut chain = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        chain = chain.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().configure(&chain).profile_name(profile).build()
}

fn nobody_to_ask(profile: &str, device: &str) -> SourceTrouble {
    let message = format!(
        "the profile '{profile}' asks for a code of {device} (mfa_serial), and there is no terminal to ask for it"
    );
    SourceTrouble::new(TroubleKind::Permission, message)
        .hint(format!(
            "take a session into the environment: eval \"$(aws configure export-credentials --profile {profile} --format env)\""
        ))
        .hint(format!(
            "or give another profile the line credential_process = aws configure export-credentials --profile {profile}"
        ))
}

async fn assume(
    profiles: &Profiles,
    profile: &str,
    code: Option<(&str, &str)>,
    first: SharedCredentialsProvider,
    config: &SdkConfig,
) -> Result<Credentials, SourceTrouble> {
    let setting = |key| profiles.get(profile, key);
    let sts = aws_sdk_sts::config::Builder::from(config).credentials_provider(first).interceptor(Bounded);
    let answer = aws_sdk_sts::Client::from_conf(sts.build())
        .assume_role()
        .set_role_arn(setting("role_arn").map(str::to_owned))
        .role_session_name(setting("role_session_name").unwrap_or(SESSION))
        .set_external_id(setting("external_id").map(str::to_owned))
        .set_duration_seconds(setting("duration_seconds").and_then(|seconds| seconds.parse().ok()))
        .set_serial_number(code.map(|(device, _)| device.to_owned()))
        .set_token_code(code.map(|(_, code)| code.to_owned()))
        .send()
        .await;
    let refused = |reason: String| {
        let with = code.map_or_else(String::new, |(device, _)| format!(", with a code of {device}"));
        SourceTrouble::new(TroubleKind::Permission, format!("the role of the profile '{profile}'{with}: {reason}"))
            .hint("a code is good once: wait for the next one, and see that mfa_serial is the device that shows it")
    };
    let answer = answer.map_err(|error| refused(RequestFailure::of(&error).reason()))?;
    let found = answer.credentials.ok_or_else(|| refused("STS gave no credentials".to_owned()))?;
    let expires = std::time::SystemTime::try_from(found.expiration).ok();
    Ok(Credentials::new(found.access_key_id, found.secret_access_key, Some(found.session_token), expires, "mfa"))
}
