//! Who asks AWS, as a part of each examination.

use super::doctor::{Diagnosis, Verdict};
use super::question::Question;
use crate::aws::connect::{connect, runtime};
use crate::aws::failure::Failure;
use crate::aws::identity::identity;
use crate::domain::trouble::{Cause, Trouble};

/// Says who asks.
pub(super) fn who(question: &Question, diagnosis: &mut Diagnosis) -> Result<(), Trouble> {
    let options = &question.aws;
    if options.no_sign_request {
        diagnosis.add("identity", Verdict::Note, "nobody: --no-sign-request");
        return Ok(());
    }
    let role = options.role_arns.first().map(String::as_str);
    let runtime = runtime()?;
    let config = match runtime.block_on(connect(options, role)) {
        Ok(config) => config,
        Err(trouble) if trouble.cause == Cause::Permission => {
            diagnosis.add("identity", Verdict::Denied, trouble.message);
            diagnosis.hints.extend(trouble.hints);
            return Ok(());
        }
        Err(trouble) => return Err(trouble),
    };
    match runtime.block_on(identity(&config)) {
        Ok(arn) => diagnosis.add("identity", Verdict::Good, arn),
        Err(failure @ (Failure::NoCredentials(_) | Failure::BadCredentials(_))) => {
            let trouble = failure.trouble(options, "sts:GetCallerIdentity", "*");
            diagnosis.add("identity", Verdict::Denied, trouble.message);
            diagnosis.hints.extend(trouble.hints);
        }
        // Reading needs no STS.
        Err(failure) => diagnosis.add("identity", Verdict::Note, format!("STS does not tell: {}", failure.reason())),
    }
    Ok(())
}
