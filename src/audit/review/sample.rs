//! Events for the tests beside this file.

use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

pub(in crate::audit) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A plan of a workspace of `acme`.
pub(in crate::audit) fn event(time: &str, workspace: &str, granted: bool) -> Assumption {
    let code = "AccessDenied".into();
    Assumption {
        time: at(time),
        event_id: Some(format!("{time} {workspace}").into()),
        account_id: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        source_address: Some(SourceAddress::new("192.0.2.7")),
        subject: Subject::parse(&format!("organization:acme:project:core:workspace:{workspace}:run_phase:plan")),
        issuer: Some("app.terraform.io".into()),
        audience: None,
        role_arn: Some("arn:aws:iam::111122223333:role/deploy".into()),
        role_session_name: None,
        run_id: Some(format!("run-{workspace}").into()),
        duration_seconds: None,
        expiration: None,
        verification_method: None,
        outcome: if granted { Outcome::Granted { access_key_id: None } } else { Outcome::Denied { code } },
        user_agent: Some("Terraform/1.9.5 terraform-provider-aws/5.70.0".into()),
        log_file: "a.json.gz".into(),
        content: [0; 32],
        correction: None,
    }
}
