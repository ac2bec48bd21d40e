//! The ARN of a resource with the places in it that a call fills.

use std::fmt::Write as _;
use std::sync::OnceLock;

use regex::Regex;

use super::ObservedCall;
use super::parameters::values;

/// IAM takes no longer ARN.
const LONGEST: usize = 2048;

/// An ARN with places in braces; how they read, the head of `resources.tsv` says.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
    /// What an ARN of this form looks like; made when first asked for.
    form: OnceLock<Option<Regex>>,
}

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Partition,
    Region,
    Account,
    Parameter(Place),
}

/// The place of a request parameter.
#[derive(Debug)]
struct Place {
    path: &'static str,
    default: Option<&'static str>,
    begins: Option<&'static str>,
    way: Way,
}

/// How a value goes into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Neither `/` nor `:` in it.
    Name,
    /// Anything; a first `/` is dropped.
    Path,
    /// Anything, as it is: `/aws/lambda/f` is the name of a log group.
    Whole,
    /// What stands behind the last `/`.
    Tail,
    /// The account in front of the last `/` of a URL, else that of the call.
    Owner,
    /// Without the scheme of a URL.
    Host,
    /// Without `alias/` in front.
    Alias,
    /// The path of an IAM name, with `/` at both ends.
    IamPath,
}

/// What a template makes of a call.
pub(super) enum Filled {
    /// These ARNs, as a policy writes them; none where the parameter is not there.
    Arns(Vec<String>),
    /// A value is there that cannot stand in a policy.
    Unnameable,
}

impl Template {
    pub(super) fn new(text: &'static str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (place, behind) = behind.split_once('}').unwrap_or((behind, ""));
            if !before.is_empty() {
                parts.push(Part::Text(before));
            }
            parts.push(Part::new(place));
            rest = behind;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest));
        }
        Self { parts, form: OnceLock::new() }
    }

    /// Whether AWS chooses a part of it as the resource comes to be.
    pub(super) fn is_open(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(['*', '?'])))
    }

    /// Whether a request parameter says what it is.
    pub(super) fn is_named(&self) -> bool {
        self.places().next().is_some()
    }

    /// Whether an ARN has this form.
    pub(super) fn fits(&self, arn: &str) -> bool {
        self.form.get_or_init(|| Regex::new(&self.pattern()).ok()).as_ref().is_some_and(|form| form.is_match(arn))
    }

    fn pattern(&self) -> String {
        let mut pattern = String::from("^(?s:");
        for part in &self.parts {
            match part {
                Part::Text(text) => {
                    for piece in text.split_inclusive(['*', '?']) {
                        let plain = piece.trim_end_matches(['*', '?']);
                        pattern.push_str(&regex::escape(plain));
                        pattern.push_str(match &piece[plain.len()..] {
                            "*" => "[^:]+",
                            "?" => "[^:/]",
                            _ => "",
                        });
                    }
                }
                Part::Partition => pattern.push_str("[^:]+"),
                Part::Region | Part::Account => pattern.push_str("[^:]*"),
                Part::Parameter(place) => pattern.push_str(match place.way {
                    Way::Owner => "[^:]*",
                    Way::Path | Way::Whole | Way::Host => ".+",
                    Way::IamPath => "/(?:[^:]*/)?",
                    Way::Name | Way::Tail | Way::Alias => "[^:/]+",
                }),
            }
        }
        pattern + ")$"
    }

    fn places(&self) -> impl DoubleEndedIterator<Item = &Place> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter(place) => Some(place),
            _ => None,
        })
    }

    /// The ARNs that the call's parameters name: one for each value of the last place.
    pub(super) fn fill(&self, call: &ObservedCall<'_>) -> Filled {
        let Some(last) = self.places().next_back() else { return self.with(call, "").map_or(Filled::Unnameable, one) };
        let found =
            call.parameters.map(|parameters| values(parameters, call.event_name, last.path)).unwrap_or_default();
        let default = last.default.filter(|_| found.is_empty()).map(Into::into);
        let mut arns = Vec::new();
        for value in found.into_iter().chain(default) {
            if last.begins.is_some_and(|begin| !value.starts_with(begin)) {
                continue;
            }
            if value.starts_with("arn:") {
                // An ARN of another form is another row's.
                if self.fits(&value) {
                    let Some(arn) = held(&value) else { return Filled::Unnameable };
                    arns.push(arn);
                }
                continue;
            }
            let Some(arn) = self.with(call, &value) else { return Filled::Unnameable };
            arns.push(arn);
        }
        Filled::Arns(arns)
    }

    /// The ARN with this value in its last place; none where a value cannot stand in its place.
    fn with(&self, call: &ObservedCall<'_>, value: &str) -> Option<String> {
        let last = self.places().next_back().map(std::ptr::from_ref);
        let mut arn = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => arn.push_str(text),
                Part::Partition => arn.push_str(plain(call.partition)?),
                Part::Region => arn.push_str(plain(call.region)?),
                Part::Account => arn.push_str(plain(call.account_id)?),
                Part::Parameter(place) if last == Some(std::ptr::from_ref(place)) => arn.push_str(&place.put(value)?),
                Part::Parameter(place) if place.way == Way::Owner => {
                    let found = call.parameters.map(|parameters| values(parameters, call.event_name, place.path));
                    let url = found.and_then(|found| found.into_iter().next()).unwrap_or_default();
                    arn.push_str(owner(&url).map_or_else(|| plain(call.account_id), Some)?);
                }
                Part::Parameter(place) => {
                    let found = call.parameters.map(|parameters| values(parameters, call.event_name, place.path));
                    let first = found.and_then(|found| found.into_iter().next());
                    let value = first.or_else(|| place.default.map(Into::into))?;
                    // The name that an ARN ends with stands for it.
                    let name = if value.starts_with("arn:") { value.rsplit(['/', ':']).next()? } else { &*value };
                    arn.push_str(&place.put(name)?);
                }
            }
        }
        (arn.len() <= LONGEST).then_some(arn)
    }
}

fn one(arn: String) -> Filled {
    Filled::Arns(vec![arn])
}

impl Part {
    fn new(place: &'static str) -> Self {
        match place {
            "partition" => Self::Partition,
            "region" => Self::Region,
            "account" => Self::Account,
            place => Self::Parameter(Place::new(place)),
        }
    }
}

impl Place {
    fn new(text: &'static str) -> Self {
        let (text, way) = match text.split_once(':') {
            Some((text, "path")) => (text, Way::Path),
            Some((text, "whole")) => (text, Way::Whole),
            Some((text, "tail")) => (text, Way::Tail),
            Some((text, "owner")) => (text, Way::Owner),
            Some((text, "host")) => (text, Way::Host),
            Some((text, "alias")) => (text, Way::Alias),
            _ => (text, Way::Name),
        };
        let (path, begins) = text.split_once('^').map_or((text, None), |(path, begin)| (path, Some(begin)));
        let (path, default) = path.split_once('=').map_or((path, None), |(path, default)| (path, Some(default)));
        let way = if default == Some("/") { Way::IamPath } else { way };
        Self { path, default, begins, way }
    }

    /// The value as it stands in its place; none where it cannot.
    fn put(&self, value: &str) -> Option<String> {
        let value = match self.way {
            Way::Name | Way::IamPath | Way::Whole | Way::Owner => value,
            Way::Path => value.strip_prefix('/').unwrap_or(value),
            Way::Tail => value.rsplit('/').next().unwrap_or(value),
            Way::Host => value.split_once("://").map_or(value, |(_, host)| host),
            Way::Alias => value.strip_prefix("alias/")?,
        };
        let stands = match self.way {
            Way::Path | Way::Whole | Way::Host => true,
            Way::IamPath => value.starts_with('/') && value.ends_with('/') && !value.contains(':'),
            Way::Name | Way::Tail | Way::Alias | Way::Owner => !value.contains(['/', ':']),
        };
        escaped(value).filter(|_| stands && !value.is_empty())
    }
}

/// The account that a URL has in front of its last part.
fn owner(url: &str) -> Option<&str> {
    url.rsplit('/').nth(1).filter(|text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A partition, a region or an account.
fn plain(text: &str) -> Option<&str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && !text.is_empty()).then_some(text)
}

/// An ARN of a record as a policy writes it; none where IAM takes it for no ARN: variables and wildcards have no place in
/// front of the resource, and what stands there is plain text.
pub(super) fn held(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts[..] else { return None };
    let is_plain = |text: &str| text.is_empty() || plain(text).is_some();
    let head = scheme == "arn" && partition.starts_with("aws") && !service.is_empty() && !resource.is_empty();
    let holds = head && [partition, service, region, account].into_iter().all(is_plain);
    escaped(resource).filter(|_| holds).map(|resource| format!("{}{resource}", &arn[..arn.len() - parts[5].len()]))
}

/// A text of a record in which nothing means more than itself to IAM. In the place of a character that a policy cannot
/// hold, a control character or one outside Latin-1 (the pattern of `PolicyDocument` in the API), stands `?`, which is any
/// one character: no narrower policy allows the name. None where it is longer than 2,048 bytes.
pub(super) fn escaped(text: &str) -> Option<String> {
    let holds = |character: char| matches!(character, ' '..='~' | '\u{a0}'..='\u{ff}');
    if text.len() > LONGEST {
        return None;
    }
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        // Writing to a String cannot fail.
        let _ = match (character, rest.peek()) {
            ('*' | '?', _) | ('$', Some('{')) => write!(escaped, "${{{character}}}"),
            _ if !holds(character) => write!(escaped, "?"),
            _ => write!(escaped, "{character}"),
        };
    }
    (escaped.len() <= LONGEST).then_some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_a_wildcard() {
        for (text, wanted) in [
            ("web", Some("web")),
            ("a*b?c", Some("a${*}b${?}c")),
            ("${aws:username}", Some("${$}{aws:username}")),
            ("5$ é", Some("5$ é")),
            ("a\u{1b}b", Some("a?b")),
            ("a\u{202e}b*", Some("a?b${*}")),
            ("日", Some("?")),
        ] {
            assert_eq!(escaped(text).as_deref(), wanted, "{text}");
        }
        assert_eq!(escaped(&"x".repeat(2049)), None);
        assert_eq!(escaped(&"*".repeat(600)), None);
    }

    #[test]
    fn an_arn_is_plain_up_to_its_resource() {
        for (arn, wanted) in [
            ("arn:aws:s3:::logs/a*", Some("arn:aws:s3:::logs/a${*}")),
            ("arn:aws-cn:iam::aws:policy/日", Some("arn:aws-cn:iam::aws:policy/?")),
            ("arn:aws:s3:::", None),
            ("arn:*:s3:::logs", None),
            ("arn:aws:s3:*::logs", None),
            ("arn:aws:s3::${a}:logs", None),
            ("arn:x:s3:::logs", None),
            ("logs", None),
        ] {
            assert_eq!(held(arn).as_deref(), wanted, "{arn}");
        }
    }

    #[test]
    fn an_arn_fits_the_form_of_its_kind() {
        for (template, arn, fits) in [
            ("arn:{partition}:s3:::{bucketName}", "arn:aws:s3:::logs", true),
            ("arn:{partition}:s3:::{bucketName}", "arn:aws:s3:::logs/a", false),
            ("arn:{partition}:s3:::{bucketName}/{key:path}", "arn:aws:s3:::logs/a/b:c", true),
            ("arn:{partition}:iam::{account}:role{path=/}{roleName}", "arn:aws:iam::1:role/team/x", true),
            ("arn:{partition}:iam::{account}:role{path=/}{roleName}", "arn:aws:iam::1:user/x", false),
            ("arn:{partition}:kms:{region}:{account}:key/{keyId}", "arn:aws:kms:eu-west-1:1:alias/x", false),
            (
                "arn:{partition}:sm:{region}:{account}:secret:{secretId:path}-??????",
                "arn:aws:sm:e:1:secret:a/b-aB3dE6",
                true,
            ),
            ("arn:{partition}:ec2:{region}:{account}:vpc/*", "arn:aws:ec2:e:1:vpc/vpc-1", true),
        ] {
            assert_eq!(Template::new(template).fits(arn), fits, "{template} {arn}");
        }
    }
}
