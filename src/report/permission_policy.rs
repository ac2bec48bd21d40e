//! Policies that allow what was observed: as JSON, and as Terraform's language.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::hcl;
use crate::audit::policy::statements::Statement;
use crate::domain::role::role_name;

/// The document of these statements. The same statements are the same text.
#[must_use]
pub fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(statement).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statement(statement: &Statement) -> Value {
    let mut members = Map::new();
    if let Some(sid) = &statement.sid {
        members.insert("Sid".to_owned(), json!(sid));
    }
    members.insert("Effect".to_owned(), json!("Allow"));
    members.insert("Action".to_owned(), json!(statement.actions));
    members.insert("Resource".to_owned(), json!(statement.resources));
    Value::Object(members)
}

/// The document as text for people, with an end of line.
#[must_use]
pub fn json(statements: &[Statement]) -> String {
    format!("{:#}\n", document(statements))
}

/// A data source with the document; the name is made of letters, digits and `_`. Where there is no statement, none.
#[must_use]
pub fn hcl(name: &str, statements: &[Statement]) -> String {
    let blocks: Vec<String> = statements.iter().map(block).collect();
    format!("data \"aws_iam_policy_document\" {} {{\n{}}}\n", hcl::text(&hcl::name(name)), blocks.join("\n"))
}

fn block(statement: &Statement) -> String {
    let sid = statement.sid.as_ref().map(|sid| format!("    sid       = {}\n", hcl::text(sid))).unwrap_or_default();
    let actions = hcl::value(&json!(statement.actions), 4);
    let resources = hcl::value(&json!(statement.resources), 4);
    format!(
        "  statement {{\n{sid}    effect    = \"Allow\"\n    actions   = {actions}\n    resources = {resources}\n  }}\n"
    )
}

/// Policies with their names, as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyText(Vec<(String, Vec<Statement>)>);

impl PolicyText {
    /// These policies, in this order.
    pub fn new(named: impl IntoIterator<Item = (String, Vec<Statement>)>) -> Self {
        Self(named.into_iter().collect())
    }

    /// A single policy is the bare document; several are an object, from the name of each to its document.
    #[must_use]
    pub fn json(&self) -> String {
        if let [(_, statements)] = self.0.as_slice() {
            return json(statements);
        }
        let all: Map<String, Value> =
            self.0.iter().map(|(name, statements)| (name.clone(), document(statements))).collect();
        format!("{:#}\n", Value::Object(all))
    }

    /// A data source each. Names that would be the same get a number.
    #[must_use]
    pub fn hcl(&self) -> String {
        let mut taken = BTreeSet::new();
        let sources = self.0.iter().map(|(name, statements)| {
            // Of a role its bare name; of others the whole path, so that a phase tells its workspace.
            let own = hcl::name(if name.starts_with("arn:") { role_name(name) } else { name });
            let numbered = (2..).map(|number| format!("{own}_{number}"));
            let name =
                std::iter::once(own.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
            taken.insert(name.clone());
            hcl(&name, statements)
        });
        sources.collect::<Vec<_>>().join("\n")
    }
}

/// The size of the document as IAM counts it: characters without white space. For the limits see
/// [`crate::audit::policy::statements`].
#[must_use]
pub fn size(statements: &[Statement]) -> usize {
    document(statements).to_string().chars().filter(|character| !character.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::policy::statements::Grants;

    #[test]
    fn the_documents_say_just_what_was_granted() {
        let mut grants = Grants::default();
        grants.add("s3:GetObject", ["arn:aws:s3:::logs/${*} b".to_owned()]);
        let mut statements = grants.statements();
        let mut inferred = Grants::default();
        inferred.add("iam:PassRole", ["arn:aws:iam::111122223333:role/web".to_owned()]);
        inferred.add("sqs:TagQueue", ["*".to_owned()]);
        statements.extend(inferred.inferred_statements());
        assert_eq!(
            document(&statements),
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::logs/${*} b"]},
                {"Sid": "Inferred", "Effect": "Allow", "Action": ["iam:PassRole"],
                 "Resource": ["arn:aws:iam::111122223333:role/web"]},
                {"Sid": "Inferred2", "Effect": "Allow", "Action": ["sqs:TagQueue"], "Resource": ["*"]},
            ]})
        );
        assert_eq!(
            hcl("web 1", &statements[..1]),
            "data \"aws_iam_policy_document\" \"web_1\" {\n  statement {\n    effect    = \"Allow\"\n    actions   = [\n      \
             \"s3:GetObject\",\n    ]\n    resources = [\n      \"arn:aws:s3:::logs/$${*} b\",\n    ]\n  }\n}\n"
        );
        let written = document(&statements).to_string();
        assert_eq!(size(&statements), written.chars().count() - 1);
    }
}
