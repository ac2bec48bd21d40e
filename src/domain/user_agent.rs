//! Versions out of a user agent, by the name of the token and never by its position (DOMAIN §3).

/// The version of the Terraform that ran the provider: `Terraform/1.9.5`. OpenTofu puts its own version here.
#[must_use]
pub fn terraform_version(user_agent: &str) -> Option<&str> {
    version(user_agent, "Terraform/")
}

/// The version of the AWS provider: `terraform-provider-aws/5.70.0`, or `dev`.
#[must_use]
pub fn provider_version(user_agent: &str) -> Option<&str> {
    version(user_agent, "terraform-provider-aws/")
}

fn version<'a>(user_agent: &'a str, name: &str) -> Option<&'a str> {
    user_agent.split_ascii_whitespace().find_map(|token| token.strip_prefix(name)).filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_by_token_name() {
        let check = |agent: &str, terraform: Option<&str>, provider: Option<&str>| {
            assert_eq!((terraform_version(agent), provider_version(agent)), (terraform, provider), "{agent:?}");
        };
        check(
            "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.70.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.5",
            Some("1.9.5"),
            Some("5.70.0"),
        );
        check("terraform-provider-aws/dev Terraform/1.14.0-beta1", Some("1.14.0-beta1"), Some("dev"));
        check("APN/1.0 HashiCorp/1.0 Terraform/1.5.7", Some("1.5.7"), None);
        check("aws-sdk-go/1.44.0 HashiCorp-terraform-exec/0.21.0", None, None);
        check("myTerraform/9 x-terraform-provider-aws/9", None, None);
        check("Terraform/ Terraform", None, None);
        check("", None, None);
    }
}
