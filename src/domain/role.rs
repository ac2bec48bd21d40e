//! Roles and their session names.

/// The bare name of a role: what follows the last `/` of its ARN.
#[must_use]
pub fn role_name(role_arn: &str) -> &str {
    role_arn.rsplit('/').next().unwrap_or(role_arn)
}

/// The account in an ARN of IAM or STS: twelve digits.
#[must_use]
pub fn arn_account(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| is_account(account))
}

/// Whether a text is the id of an account: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How the session names of HCP Terraform begin.
pub const SESSION_PREFIX: &str = "terraform-run-";

/// The run id in a role session name, with its `run-` prefix.
///
/// HCP Terraform names the session `terraform-run-` + run id, and the run id has a prefix of its own,
/// so the real form is `terraform-run-run-…` (DOMAIN §1). Accepted: `^terraform-run-((?:run-)?[A-Za-z0-9]+)$`
/// (DESIGN §3). The session name is chosen by the caller: it labels, it does not prove.
#[must_use]
pub fn run_id_of_session(session: &str) -> Option<String> {
    let rest = session.strip_prefix(SESSION_PREFIX)?;
    let id = rest.strip_prefix("run-").unwrap_or(rest);
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| format!("run-{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_come_from_session_names() {
        let check =
            |session: &str, id: Option<&str>| assert_eq!(run_id_of_session(session).as_deref(), id, "{session:?}");
        check("terraform-run-run-LMCK4SSiBfR6Y6rb", Some("run-LMCK4SSiBfR6Y6rb"));
        check("terraform-run-abc123", Some("run-abc123"));
        check("terraform-run-run", Some("run-run"));
        check("terraform-run-run-", None);
        check("terraform-run-", None);
        check("terraform-run-run-run-abc", None);
        check("terraform-run-trun-abc", None);
        check("terraform-run-run-abc\n", None);
        check("x-terraform-run-run-abc", None);
        check("terraform-run-run-é", None);
        check("1699456147945229070", None);
        check("build-session", None);
    }

    #[test]
    fn role_names_drop_the_path() {
        assert_eq!(role_name("arn:aws:iam::111122223333:role/tfc/deploy/web"), "web");
        assert_eq!(role_name("web"), "web");
        assert_eq!(arn_account("arn:aws:iam::111122223333:role/tfc/deploy/web"), Some("111122223333"));
        assert_eq!(arn_account("arn:aws:iam::11112222333x:role/web"), None);
        assert_eq!(arn_account("web"), None);
    }
}
