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

/// The version of the OpenTofu whose S3 backend made the call: `OpenTofu-S3-Backend/1.0 OpenTofu/1.9.0` (DOMAIN §3).
#[must_use]
pub fn opentofu_version(user_agent: &str) -> Option<&str> {
    version(user_agent, "OpenTofu/")
}

/// Whether Terraform or OpenTofu says that it made the call, by a provider or by its S3 backend: all of them name themselves
/// as a partner of AWS, `APN/1.0 HashiCorp/1.0 Terraform/…` or `APN/1.0 OpenTofu-S3-Backend/1.0` (DOMAIN §3).
#[must_use]
pub fn is_terraform(user_agent: &str) -> bool {
    let named = |name| version(user_agent, name).is_some();
    named("APN/") && (named("Terraform/") || named("OpenTofu-S3-Backend/"))
}

/// The words that a person put into the user agent (`TF_APPEND_USER_AGENT`, the application id of the SDK, the provider's
/// `user_agent`): sorted, each once. They are what is left without comments and without the products that Terraform, its
/// AWS provider and the Go SDK name themselves (DOMAIN §3); of `name/version` both parts are words.
#[must_use]
pub fn added_words(user_agent: &str) -> Vec<&str> {
    let mut comment = 0_usize;
    let mut words = Vec::new();
    for token in user_agent.split_ascii_whitespace() {
        let plain = comment == 0 && !token.starts_with('(');
        comment = (comment + token.matches('(').count()).saturating_sub(token.matches(')').count());
        let (name, version) = token.split_once('/').unwrap_or((token, ""));
        if !plain || STANDARD.contains(&name) || name.starts_with("terraform-provider-") {
            continue;
        }
        // The application id, which the SDK puts behind a name of its own.
        let parts = if name == "app" { ["", version] } else { [name, version] };
        words.extend(parts.into_iter().filter(|word| !word.is_empty()));
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// Products that are in user agents without anybody's doing.
const STANDARD: [&str; 18] = [
    "APN",
    "HashiCorp",
    "Terraform",
    "OpenTofu",
    "OpenTofu-S3-Backend",
    "HashiCorp-terraform-exec",
    "aws-sdk-go",
    "aws-sdk-go-v2",
    "ua",
    "os",
    "lang",
    "md",
    "api",
    "ft",
    "m",
    "cfg",
    "exec-env",
    "S3Manager",
];

/// What follows the first token that starts with `name`, whose only `/` is its last character. Every event is asked, so
/// the few slashes are looked for and not the ends of all tokens.
fn version<'a>(user_agent: &'a str, name: &str) -> Option<&'a str> {
    let starts_token = |slash: &usize| {
        let before = user_agent.get(..=*slash).and_then(|text| text.strip_suffix(name));
        before.is_some_and(|before| before.bytes().next_back().is_none_or(|byte| byte.is_ascii_whitespace()))
    };
    let slash = memchr::memchr_iter(b'/', user_agent.as_bytes()).find(starts_token)?;
    user_agent.get(slash + 1..)?.split(|it: char| it.is_ascii_whitespace()).next().filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_are_found_as_by_reading_all(pieces in prop::collection::vec(
            prop::sample::select(vec!["Terraform/", "Terraform", "APN/", "/", " ", "\t", "\u{b}", "\u{a0}", "1.9", "é", "x"]),
            0..12,
        )) {
            let agent = pieces.concat();
            for name in ["Terraform/", "APN/"] {
                let mut tokens = agent.split_ascii_whitespace();
                let read = tokens.find_map(|token| token.strip_prefix(name)).filter(|version| !version.is_empty());
                prop_assert_eq!(version(&agent, name), read, "{:?}", agent);
            }
        }
    }

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

    #[test]
    fn terraform_is_told_by_its_tokens() {
        for (agent, is) in [
            ("APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io)", true),
            ("aws-sdk-go/1.44.0 (go1.19; linux; amd64) APN/1.0 HashiCorp/1.0 Terraform/1.3.0", true),
            ("APN/1.0 OpenTofu-S3-Backend/1.0 OpenTofu/1.9.0 aws-sdk-go-v2/1.32.7", true),
            ("aws-cli/2.31.5 md/terraform", false),
            ("aws-sdk-go/1.44.0 HashiCorp-terraform-exec/0.21.0", false),
            ("APN/1.0 NotTerraform/1.9", false),
            ("Terraform/1.9.5", false),
            ("APN/1.0 Terraform/", false),
            ("", false),
        ] {
            assert_eq!(is_terraform(agent), is, "{agent:?}");
        }
        assert_eq!(opentofu_version("APN/1.0 OpenTofu-S3-Backend/1.0 OpenTofu/1.9.0"), Some("1.9.0"));
    }

    #[test]
    fn added_words_are_those_of_people() {
        let provider = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io; a b) \
                        terraform-provider-aws/5.70.0 (+https://x) aws-sdk-go-v2/1.30.5 ua/2.1 os/linux lang/go#1.23 \
                        md/GOOS#linux md/GOARCH#amd64 api/s3#1.2 m/E,Z";
        for (rest, words) in [
            ("", &[] as &[&str]),
            ("HashiCorp-terraform-exec/0.21.0", &[]),
            ("website", &["website"]),
            ("app/website", &["website"]),
            ("team/website pipeline/7 website", &["7", "pipeline", "team", "website"]),
            ("(website) x", &["x"]),
            ("/ //", &["/"]),
        ] {
            assert_eq!(added_words(&format!("{provider} {rest}")), words, "{rest:?}");
        }
    }
}
