//! A trust policy as JSON: the bare document, or what IAM's `GetRole` and its command line answer with.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// A trust policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The role's ARN, where the export names it.
    pub role_arn: Option<String>,
    /// Whether it is of version 2012-10-17, which alone knows variables.
    pub variables: bool,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// A statement of a trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its `Sid`, or `statement N` counted from 1.
    pub name: String,
    /// Allow, or deny.
    pub allow: bool,
    /// The federated principals: ARNs of identity providers; `*` is everybody.
    pub federated: Vec<String>,
    /// Whether the principals are those that it is not about (`NotPrincipal`).
    pub not_principal: bool,
    /// The actions, with their wildcards.
    pub actions: Vec<String>,
    /// Whether the actions are those that it is not about (`NotAction`).
    pub not_action: bool,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// A condition: the value of a key must match one of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator, as written.
    pub operator: String,
    /// The key, as written; IAM minds no case in it.
    pub key: String,
    /// The values, as written.
    pub values: Vec<String>,
}

/// What is no trust policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is no JSON.
    #[error("it is no JSON: {0}")]
    NotJson(String),
    /// No policy document is in it.
    #[error("it holds no policy document: neither Statement nor AssumeRolePolicyDocument")]
    NoDocument,
    /// A part of the document is not what IAM admits there.
    #[error("{0} is not what IAM admits there")]
    Malformed(String),
}

impl Policy {
    /// Reads a trust policy.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let value: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| not_json(&error))?;
        let role = value.get("Role").unwrap_or(&value);
        let document = match role.get("AssumeRolePolicyDocument") {
            // The API answers with a text, in which everything but letters and digits may be percent-encoded.
            Some(Value::String(text)) => {
                let text = if text.trim_start().starts_with('{') { text.clone() } else { percent_decoded(text) };
                serde_json::from_str(&text).map_err(|error| not_json(&error))?
            }
            Some(document) => document.clone(),
            None => value.clone(),
        };
        let statements = document.get("Statement").ok_or(PolicyError::NoDocument)?;
        let statements = match statements {
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        let parsed: Result<Vec<Statement>, _> =
            statements.iter().enumerate().map(|(at, statement)| Statement::parse(statement, at + 1)).collect();
        Ok(Self {
            role_arn: role.get("Arn").and_then(Value::as_str).map(str::to_owned),
            variables: document.get("Version").and_then(Value::as_str) == Some("2012-10-17"),
            statements: parsed?,
        })
    }
}

fn not_json(error: &serde_json::Error) -> PolicyError {
    PolicyError::NotJson(error.to_string())
}

impl Statement {
    fn parse(value: &Value, number: usize) -> Result<Self, PolicyError> {
        let name = match value.get("Sid").and_then(Value::as_str) {
            Some(sid) if !sid.is_empty() => sid.to_owned(),
            _ => format!("statement {number}"),
        };
        let malformed = |what: &str| PolicyError::Malformed(format!("{what} of {name}"));
        let fields = value.as_object().ok_or_else(|| malformed("the whole"))?;
        let allow = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(malformed("Effect")),
        };
        let (not_principal, principal) = either(fields, "Principal", "NotPrincipal");
        let federated = match principal {
            Some(Value::String(everybody)) if everybody == "*" => vec!["*".to_owned()],
            Some(Value::Object(kinds)) => {
                let federated = kinds.get("Federated").map(|value| texts(value).ok_or_else(|| malformed("Principal")));
                let mut federated = federated.transpose()?.unwrap_or_default();
                // {"AWS": "*"} is everybody, with or without AWS credentials.
                let everybody = kinds.get("AWS").and_then(texts).is_some_and(|arns| arns.iter().any(|arn| arn == "*"));
                federated.extend(everybody.then(|| "*".to_owned()));
                federated
            }
            _ => return Err(malformed("Principal")),
        };
        let (not_action, action) = either(fields, "Action", "NotAction");
        let actions = action.and_then(texts).ok_or_else(|| malformed("Action"))?;
        let mut conditions = Vec::new();
        if let Some(block) = fields.get("Condition") {
            for (operator, keys) in block.as_object().ok_or_else(|| malformed("Condition"))? {
                for (key, values) in keys.as_object().ok_or_else(|| malformed("Condition"))? {
                    let values = texts(values).ok_or_else(|| malformed("Condition"))?;
                    conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
                }
            }
        }
        Ok(Self { name, allow, federated, not_principal, actions, not_action, conditions })
    }
}

fn either<'a>(fields: &'a Map<String, Value>, plain: &str, negated: &str) -> (bool, Option<&'a Value>) {
    match fields.get(plain) {
        Some(value) => (false, Some(value)),
        None => (fields.contains_key(negated), fields.get(negated)),
    }
}

/// A text, or a list of texts; numbers and truth values are taken for their text.
fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

/// RFC 3986: `%` and two digits are a byte. What is no such escape stays.
fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"P"},"Action":"sts:*","Condition":{"StringLike":{"a:sub":["x","y"]}}}}"#;

    #[test]
    fn only_two_digits_are_a_byte() {
        assert_eq!(percent_decoded("%7B%7d %C3%BC"), "{} ü");
        for text in ["%+1", "%-1", "%4", "%", "%zz", "%%"] {
            assert_eq!(percent_decoded(text), text);
        }
    }

    #[test]
    fn every_export_gives_the_same_document() {
        let bare = Policy::parse(BARE).unwrap();
        assert_eq!((bare.statements.len(), bare.variables), (1, true));
        assert_eq!(bare.statements[0].conditions[0].values, ["x", "y"]);
        let encoded = BARE.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        for document in [BARE.to_owned(), format!("{encoded:?}"), format!("{BARE:?}")] {
            let role = format!(r#"{{"Role":{{"Arn":"arn:r","AssumeRolePolicyDocument":{document}}}}}"#);
            let found = Policy::parse(&role).unwrap();
            assert_eq!(found, Policy { role_arn: Some("arn:r".to_owned()), ..bare.clone() });
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for (text, error) in [
            ("{", "it is no JSON: EOF while parsing an object at line 1 column 1"),
            ("{}", "it holds no policy document: neither Statement nor AssumeRolePolicyDocument"),
            (r#"{"Statement":[7]}"#, "the whole of statement 1 is not what IAM admits there"),
            (r#"{"Statement":{"Sid":"A"}}"#, "Effect of A is not what IAM admits there"),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"x","Action":"a"}}"#,
                "Principal of statement 1 is not what IAM admits there",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"a","Condition":{"x":{"y":{}}}}}"#,
                "Condition of statement 1 is not what IAM admits there",
            ),
        ] {
            assert_eq!(Policy::parse(text).unwrap_err().to_string(), error, "{text}");
        }
    }
}
