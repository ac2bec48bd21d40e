//! What a policy has to say so that something is allowed.

/// What grants what was denied, as far as the denial tells (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
pub(crate) fn granting(message: &str, action: &str, resource: &str) -> String {
    let statement = statement(&[action], &[resource]);
    if let Some((_, rest)) = message.split_once("with an explicit deny") {
        let policy = rest.trim().trim_start_matches("in ").trim_end_matches('.');
        let policy = if policy.is_empty() { "a policy" } else { policy.split(':').next().unwrap_or(policy) };
        return format!(
            "{policy} denies it explicitly, so that no statement of yours grants it; whoever keeps that policy has to change it"
        );
    }
    let missing = message.split_once("because no ").and_then(|(_, rest)| rest.split_once(" allows"));
    match missing {
        Some((policy, _)) if policy != "identity-based policy" && policy.len() < 80 => {
            format!("a {policy} does not allow it; it has to contain: {statement}")
        }
        _ => format!("this statement grants it: {statement}"),
    }
}

/// A statement of an IAM policy, on one line.
pub(crate) fn statement(actions: &[&str], resources: &[&str]) -> String {
    let list = |items: &[&str]| match items {
        [one] => serde_json::Value::from(*one),
        many => serde_json::Value::from(many.to_vec()),
    };
    format!(r#"{{"Effect":"Allow","Action":{},"Resource":{}}}"#, list(actions), list(resources))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_tells_what_would_grant() {
        let grants = |message: &str| granting(message, "s3:GetObject", "arn:aws:s3:::b/*");
        let statement = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
        let own = format!("this statement grants it: {statement}");
        let who = "User: arn:aws:iam::444455556666:user/ann is not authorized to perform: s3:GetObject";
        assert_eq!(grants(&format!("{who} because no identity-based policy allows the s3:GetObject action")), own);
        assert_eq!(grants("Access Denied"), own);
        let control = grants(&format!("{who} with an explicit deny in a service control policy"));
        assert!(
            control.starts_with("a service control policy denies it explicitly, so that no statement"),
            "{control}"
        );
        let point = grants(&format!("{who} because no VPC endpoint policy allows the s3:GetObject action"));
        assert_eq!(point, format!("a VPC endpoint policy does not allow it; it has to contain: {statement}"));
    }
}
