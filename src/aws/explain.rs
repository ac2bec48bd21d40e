//! What to do next about an error of an AWS service.

use super::connect::has_own_endpoint;
use super::failure::RequestFailure;
use super::grant::granting;
use super::options::AwsOptions;
use super::regions::known;
use super::sign_in::{bad_credentials, no_credentials};
use crate::domain::trouble::{SourceTrouble, TroubleKind};

impl RequestFailure {
    /// What to tell when a source ends with it; `action` and `resource` are what was to be done.
    pub(crate) fn trouble(&self, options: &AwsOptions, action: &str, resource: &str) -> SourceTrouble {
        match self {
            Self::NoCredentials(reason) => no_credentials(reason, options),
            Self::BadCredentials(code) => bad_credentials(code, options),
            Self::Denied(_, message) => {
                SourceTrouble::new(TroubleKind::Permission, format!("{action}: {}", self.reason()))
                    .hint(granting(message, action, resource))
            }
            Self::Unreachable(reason) => unreachable(reason, options, || has_own_endpoint(options)),
            _ => SourceTrouble::new(TroubleKind::Failure, format!("{action}: {}", self.reason())),
        }
    }
}

/// What to say of a host that does not answer. The name of a region is part of its name, unless it is that of another
/// service, which only somebody who looks around can tell.
fn unreachable(reason: &str, options: &AwsOptions, is_elsewhere: impl Fn() -> bool) -> SourceTrouble {
    let is_known = |region: &String| known(region).iter().any(|known| known.name == *region);
    let strange = options.region.as_ref().filter(|region| !is_known(region) && !is_elsewhere());
    if let Some(region) = strange {
        let message =
            format!("there is no region '{region}' that this version knows, and it cannot be reached: {reason}");
        return SourceTrouble::new(TroubleKind::Usage, message)
            .hint("regions are written like eu-west-1; check its name");
    }
    let trouble = SourceTrouble::new(TroubleKind::Failure, format!("cannot be reached: {reason}"));
    if reason.contains("UnknownIssuer") || reason.contains("invalid peer certificate") {
        return trouble
            .hint("where a proxy or a service has certificates of its own, AWS_CA_BUNDLE or ca_bundle of the profile names them");
    }
    trouble.hint("check the network, a proxy, --aws-region, --endpoint-url and AWS_ENDPOINT_URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_come_with_the_statement_that_grants() {
        let failure = RequestFailure::Denied("AccessDenied".to_owned(), String::new());
        let trouble = failure.trouble(&AwsOptions::default(), "s3:ListBucket", "arn:aws:s3:::b");
        assert_eq!(trouble.message, "s3:ListBucket: no permission (AccessDenied)");
        let statement = r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}"#;
        assert_eq!(trouble.hints, [format!("this statement grants it: {statement}")]);
    }

    #[test]
    fn a_region_that_nobody_knows_is_named() {
        let options = AwsOptions { region: Some("eu-west-9".to_owned()), ..AwsOptions::default() };
        let trouble = unreachable("dns error", &options, || false);
        assert_eq!(trouble.cause, TroubleKind::Usage);
        assert!(trouble.message.starts_with("there is no region 'eu-west-9'"), "{}", trouble.message);
        let check = |options: &AwsOptions, is_elsewhere: bool| {
            let trouble = unreachable("dns error", options, || is_elsewhere);
            assert_eq!((trouble.cause, &*trouble.message), (TroubleKind::Failure, "cannot be reached: dns error"));
        };
        check(&options, true);
        check(&AwsOptions { region: Some("eu-west-1".to_owned()), ..options }, false);
    }
}
