//! Trust policies to be put into IAM: as JSON, and as Terraform's language.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::hcl;
use super::visible::visible;
use crate::audit::trust::expect::OrganizationStanding;
use crate::audit::trust::propose::{Proposal, TrustStatement};

/// The document of a role that is trusted to these. Sorted keys, so the same trust is the same text.
#[must_use]
pub fn document(trusts: &[TrustStatement]) -> Value {
    let statements: Vec<Value> = trusts.iter().map(|trust| statement(trust, &json!(trust.provider_arn))).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// One statement. The provider may also be a reference that a template resolves.
#[must_use]
pub fn statement(trust: &TrustStatement, provider: &Value) -> Value {
    let subject_key = format!("{}:sub", trust.issuer);
    let mut equals = Map::from_iter([(format!("{}:aud", trust.issuer), one_or_more(&trust.audiences))]);
    let subjects = one_or_more(&trust.subjects);
    let condition = if trust.like {
        json!({"StringEquals": equals, "StringLike": {subject_key: subjects}})
    } else {
        equals.insert(subject_key, subjects);
        json!({"StringEquals": equals})
    };
    json!({
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

/// A single text where there is one, as AWS itself writes it.
fn one_or_more(texts: &BTreeSet<String>) -> Value {
    match texts.first() {
        Some(only) if texts.len() == 1 => json!(only),
        _ => json!(texts),
    }
}

/// The documents of all roles, by ARN.
#[must_use]
pub fn all_as_json(proposals: &[Proposal]) -> String {
    let covered = proposals.iter().filter(|proposal| !proposal.trusts.is_empty());
    let documents: Map<String, Value> =
        covered.map(|proposal| (proposal.role_arn.to_string(), document(&proposal.trusts))).collect();
    format!("{:#}\n", Value::Object(documents))
}

/// The documents of all roles, each as a local value for the `assume_role_policy` of its role.
#[must_use]
pub fn all_as_hcl(proposals: &[Proposal]) -> String {
    let mut out = String::new();
    let mut names = BTreeSet::new();
    for proposal in proposals {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# {}", visible(&proposal.role_arn));
        // The names of strangers are theirs to choose, and stand where nobody copies them from.
        for stop in proposal.stops.iter().filter(|stop| stop.reason != OrganizationStanding::Unexpected.reason()) {
            let _ = writeln!(out, "# stops working: {}: {}", visible(&stop.subject), stop.reason);
        }
        for subject in &proposal.unseen {
            let _ = writeln!(out, "# was not seen and is not admitted: {}", visible(subject));
        }
        if proposal.trusts.is_empty() {
            out.push_str("# nothing that was seen can be covered\n\n");
            continue;
        }
        let plain = hcl::name(&format!("trust_{}", short(&proposal.role_arn)));
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !names.contains(name));
        let name = free.unwrap_or(plain);
        let policy = hcl::value(&document(&proposal.trusts), 2);
        let _ = writeln!(out, "locals {{\n  {name} = jsonencode({policy})\n}}\n");
        names.insert(name);
    }
    out
}

/// `ACCOUNT:role/NAME` without what stands in front.
fn short(role_arn: &str) -> String {
    role_arn.split(':').skip(4).collect::<Vec<_>>().join(":").replacen(":role/", "_", 1)
}
