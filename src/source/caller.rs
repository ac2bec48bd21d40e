//! Who asks AWS, as a part of each examination.

use super::doctor::{CheckResult, Diagnosis};
use super::question::RemoteQuestion;
use crate::aws::connect::{connect, runtime};
use crate::aws::failure::RequestFailure;
use crate::aws::identity::identity;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// Says who asks.
pub(super) fn who(question: &RemoteQuestion, diagnosis: &mut Diagnosis) -> Result<(), SourceTrouble> {
    let options = &question.aws;
    if options.no_sign_request {
        diagnosis.add("identity", CheckResult::Note, "nobody: --no-sign-request");
        return Ok(());
    }
    let role = options.role_arns.first().map(String::as_str);
    let runtime = runtime()?;
    let config = match runtime.block_on(connect(options, role)) {
        Ok(config) => config,
        Err(trouble) if trouble.cause == TroubleKind::Permission => {
            diagnosis.add("identity", CheckResult::Denied, trouble.message);
            diagnosis.hints.extend(trouble.hints);
            return Ok(());
        }
        Err(trouble) => return Err(trouble),
    };
    match runtime.block_on(identity(&config)) {
        Ok(arn) => diagnosis.add("identity", CheckResult::Good, arn),
        Err(failure @ (RequestFailure::NoCredentials(_) | RequestFailure::BadCredentials(_))) => {
            let trouble = failure.trouble(options, "sts:GetCallerIdentity", "*");
            diagnosis.add("identity", CheckResult::Denied, trouble.message);
            diagnosis.hints.extend(trouble.hints);
        }
        // Reading needs no STS.
        Err(failure) => {
            diagnosis.add("identity", CheckResult::Note, format!("STS does not tell: {}", failure.reason()));
        }
    }
    Ok(())
}
