use super::*;
use crate::audit::trust::expect::{Expectation, OrganizationStanding};
use crate::audit::trust::policy_use::{DEFAULT_AUDIENCE, Grant};
use crate::domain::issuer::HCP_HOSTS;

const PLAN: &str = "organization:acme:project:p:workspace:web:run_phase:plan";
const APPLY: &str = "organization:acme:project:p:workspace:web:run_phase:apply";
const HOST: &str = "app.terraform.io";

/// A policy with this condition block, reviewed for the subjects: `verdict what (example)`.
fn check(block: &str, subjects: &[&str], expected: &[&str]) {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{block}}}]}}"#
    );
    let grants = subjects.iter().map(|subject| Grant {
        subject: (*subject).to_owned(),
        issuer: Some(HOST.to_owned()),
        audience: Some(DEFAULT_AUDIENCE.to_owned()),
    });
    check_policy(&text, &Expectation::default(), grants.collect(), expected);
}

/// The same of a whole document. The grants are parted as by `expectation`.
fn check_policy(text: &str, expectation: &Expectation, grants: BTreeSet<Grant>, expected: &[&str]) {
    let is_expected = |grant: &Grant| {
        expectation.of(Subject::parse(&grant.subject).organization()) != OrganizationStanding::Unexpected
    };
    let (grants, strangers): (BTreeSet<Grant>, BTreeSet<Grant>) = grants.into_iter().partition(is_expected);
    let issuers = HCP_HOSTS.iter().map(|host| (*host).to_owned()).collect();
    let used = PolicyUse { grants: &grants, strangers: &strangers, expectation, issuers: &issuers };
    let remarks = review(&Policy::parse(text).unwrap(), used);
    let shown: Vec<String> = remarks
        .iter()
        .map(|remark| {
            let example = remark.example.as_deref().map_or(String::new(), |example| format!(" ({example})"));
            format!("{} {}{example}", remark.verdict.as_str(), remark.what)
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

/// The same where the audience is asked for.
fn check_sub(operator: &str, values: &str, subjects: &[&str], expected: &[&str]) {
    let audience = r#""ForAnyValue:StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}"#;
    check(&format!(r#"{{{audience},"{operator}":{{"app.terraform.io:sub":{values}}}}}"#), subjects, expected);
}

#[test]
fn strangers_are_found() {
    let stranger = "organization:stranger:project:x:workspace:x:run_phase:x";
    let unnamed = "open an organization that nobody named gets in";
    let no_aud = "loose asks for no aud: any audience that the identity provider lists will do";
    check("{}", &[PLAN], &[&format!("open asks for no sub: any organization gets in ({stranger})"), no_aud]);
    check(
        r#"{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}"#,
        &[PLAN],
        &[&format!("open asks for no sub: any organization gets in ({stranger})")],
    );
    check_sub("StringLike", r#""*""#, &[PLAN], &[&format!("{unnamed} ({stranger})")]);
    let alike = format!("{unnamed} (organization:acme-evil:project:x:workspace:x:run_phase:x)");
    check_sub("StringLike", r#""organization:acme*""#, &[PLAN], &[&alike]);
    let one = format!("{unnamed} (organization:acmx:project:x:workspace:x:run_phase:x)");
    check_sub("StringLike", r#""organization:acm?:*""#, &[PLAN], &[&one]);
    let web = format!("{unnamed} (organization:stranger:project:x:workspace:web:run_phase:x)");
    check_sub("StringLike", r#""*:workspace:web:*""#, &[PLAN], &[&web]);
    check_sub(
        "StringLike",
        r#"["organization:acme:*","organization:*"]"#,
        &[PLAN],
        &[&format!("{unnamed} ({stranger})")],
    );
    check_sub("StringNotLike", r#""organization:evil:*""#, &[PLAN], &[&format!("{unnamed} ({stranger})")]);
    check_sub(
        "ForAllValues:StringLike",
        r#""organization:*""#,
        &[PLAN],
        &[
            &format!("{unnamed} ({stranger})"),
            "loose ForAllValues: holds where the key is absent; a token has one sub, and one value to compare",
        ],
    );
    let may = "open an organization that nobody named gets in where the request's own keys allow it";
    check_sub("StringLike", r#""organization:${aws:PrincipalTag/o}:*""#, &[PLAN], &[&format!("{may} ({stranger})")]);
}

#[test]
fn what_is_wider_than_its_use_is_named() {
    let wide = "loose matches one subject seen, and admits also other phases, other workspaces, Stacks, module tests";
    check_sub("StringLike", r#""organization:acme:*""#, &[PLAN], &[&format!("{wide} ({APPLY})")]);
    let phases = format!("loose matches one subject seen, and admits also other phases ({APPLY})");
    check_sub("StringLike", r#""organization:acme:project:p:workspace:web:run_phase:*""#, &[PLAN], &[&phases]);
    let tight = "tight admits what was seen, and nothing else that is documented";
    check_sub("StringLike", r#""organization:acme:project:p:workspace:web:run_phase:*""#, &[PLAN, APPLY], &[tight]);
    check_sub("StringEquals", &format!("[{PLAN:?}]"), &[PLAN], &[tight]);
    check_sub(
        "StringLike",
        &format!("[{PLAN:?},{APPLY:?}]"),
        &[PLAN],
        &["loose no subject seen in the window matches it"],
    );
    let webs = "loose matches one subject seen, and admits also other workspaces (organization:acme:project:p:workspace:webx:run_phase:plan)";
    check_sub("StringLike", r#""organization:acme:project:p:workspace:web*:run_phase:plan""#, &[PLAN], &[webs]);
}

#[test]
fn each_way_in_beside_what_was_seen_is_found() {
    let both = [PLAN, APPLY];
    let web = |name: &str| {
        let example = format!("organization:acme:project:p:workspace:{name}:run_phase:x");
        format!("loose matches 2 subjects seen, and admits also other workspaces ({example})")
    };
    let start = "organization:acme:project:p:workspace:";
    for (value, other) in [
        ("web*", "webx"),
        ("we?:*", "wex"),
        ("w*b:run_phase:*", "wb"),
        ("*b:run_phase:*", "b"),
        ("??b*", "xxb"),
        ("we*:run_phase:*", "we"),
        ("*web:*", "xweb"),
    ] {
        check_sub("StringLike", &format!("{:?}", format!("{start}{value}")), &both, &[&web(other)]);
    }
    let project = format!("{}:workspace:web:run_phase:x", "organization:acme:project:px");
    let said = format!("loose matches 2 subjects seen, and admits also other workspaces ({project})");
    check_sub("StringLike", r#""organization:acme:project:p*:workspace:web:run_phase:*""#, &both, &[&said]);
    let tight = "tight admits what was seen, and nothing else that is documented";
    check_sub("StringLike", &format!("{:?}", format!("{start}web:*")), &both, &[tight]);
    // Any number of values of one condition is looked at.
    let many: Vec<String> = (0..300).map(|at| format!("organization:acme:project:p{at}:workspace:*")).collect();
    let stranger = "organization:stranger:project:x:workspace:x:run_phase:x";
    let said = format!("open an organization that nobody named gets in ({stranger})");
    let values =
        format!("[{},\"organization:*\"]", many.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(","));
    let grants = grant("organization:acme:project:p0:workspace:web:run_phase:plan", Some(HOST), Some(DEFAULT_AUDIENCE));
    let block = format!(
        r#"{{"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity"}},"StringLike":{{"app.terraform.io:sub":{values}}}}}"#
    );
    check_policy(&policy(PROVIDER, &block), &Expectation::default(), grants, &[&said]);
}

#[test]
fn a_workspace_from_before_there_were_projects_is_as_good_as_any() {
    let old = "organization:acme:workspace:web:run_phase:plan";
    let tight = "tight admits what was seen, and nothing else that is documented";
    check_sub("StringEquals", &format!("{old:?}"), &[old], &[tight]);
    check_sub("StringEquals", &format!("[{old:?},{PLAN:?}]"), &[old, PLAN], &[tight]);
    let other = "organization:acme:workspace:x:run_phase:x";
    let apply = "organization:acme:workspace:web:run_phase:apply";
    let said = format!("loose matches one subject seen, and admits also other phases, other workspaces ({apply})");
    check_sub("StringLike", r#""organization:acme:workspace:*""#, &[old], &[&said]);
    let said = format!("loose matches 2 subjects seen, and admits also other workspaces ({other})");
    check_sub("StringLike", r#""organization:acme:workspace:*""#, &[old, apply], &[&said]);
    check_sub("StringLike", r#""organization:acme:workspace:web:*""#, &[old, apply], &[tight]);
}

#[test]
fn what_is_denied_makes_a_policy_as_tight_as_it_is() {
    let statement = |effect: &str, block: &str| {
        format!(
            r#"{{"Effect":"{effect}","Principal":{PROVIDER},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{block}}}"#
        )
    };
    let subject = |operator: &str, value: &str| {
        format!(
            r#"{{"{operator}":{{"app.terraform.io:sub":{value}}},"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity"}}}}"#
        )
    };
    let denied = |operator: &str, value: &str| {
        statement("Deny", &format!(r#"{{"{operator}":{{"app.terraform.io:sub":{value}}}}}"#))
    };
    let mine: BTreeSet<Grant> =
        [PLAN, APPLY].into_iter().flat_map(|subject| grant(subject, Some(HOST), Some(DEFAULT_AUDIENCE))).collect();
    let acme = Expectation { organizations: ["acme".into()].into(), ..Expectation::default() };
    let check = |allow: &str, deny: &str, expected: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{allow},{deny}]}}"#);
        check_policy(&text, &acme, mine.clone(), &[expected]);
    };
    let anybody = statement("Allow", r#"{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}"#);
    let tight = "tight admits what was seen, and nothing else that is documented";
    let other = "organization:acme:project:x:workspace:x:run_phase:x";
    let said = format!("loose asks for no sub, and admits also other workspaces, Stacks, module tests ({other})");
    check(&anybody, &denied("StringNotLike", r#""organization:acme:*""#), &said);
    let project = "organization:acme:project:p:workspace:x:run_phase:x";
    let said = format!("loose asks for no sub, and admits also other workspaces ({project})");
    check(&anybody, &denied("StringNotLike", r#""organization:acme:project:p:workspace:*""#), &said);
    check(&anybody, &denied("StringNotEquals", &format!("[{PLAN:?},{APPLY:?}]")), tight);
    let wide = statement("Allow", &subject("StringLike", r#""organization:acme:project:p:workspace:*""#));
    let found = "organization:acme:project:p:workspace:x:run_phase:y";
    let said = format!("loose matches 2 subjects seen, and admits also other workspaces ({found})");
    check(&wide, &denied("StringLike", r#""*:run_phase:x""#), &said);
    check(&wide, &denied("StringNotLike", r#""*:workspace:web:*""#), tight);
    let all = statement("Allow", &subject("StringLike", r#""organization:*""#));
    let stranger = "organization:stranger:project:x:workspace:x:run_phase:y";
    let said = format!("open an organization that nobody named gets in ({stranger})");
    check(&all, &denied("StringLike", r#""*:run_phase:x""#), &said);
}

#[test]
fn what_matches_nothing_is_named() {
    let missing = format!(
        "missing was granted the role with the audience 'aws.workload.identity', which this policy refuses ({PLAN})"
    );
    let plain = "dead * and ? are plain characters under this operator, so it matches no subject";
    check_sub("StringEquals", r#""organization:acme:*""#, &[PLAN], &[&missing, plain]);
    let none = "dead matches none of the documented subjects";
    check_sub("StringLike", r#""organization:acme:workspace:*""#, &[PLAN], &[&missing, none]);
    let claim = "dead the key is none that AWS takes from this issuer's tokens, so the statement never admits anybody";
    let block = format!(
        r#"{{"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity","app.terraform.io:sub":{PLAN:?},"app.terraform.io:terraform_organization_name":"acme"}}}}"#
    );
    check(&block, &[PLAN], &[&missing, claim]);
    let other = r#"{"StringEquals":{"app.terraform.io:aud":"other","app.terraform.io:sub":"organization:acme:project:p:workspace:web:run_phase:plan"}}"#;
    check(other, &[PLAN], &[&missing]);
}

const EVIL: &str = "organization:evil:project:p:workspace:web:run_phase:plan";

fn grant(subject: &str, issuer: Option<&str>, audience: Option<&str>) -> BTreeSet<Grant> {
    let [issuer, audience] = [issuer, audience].map(|text| text.map(str::to_owned));
    BTreeSet::from([Grant { subject: subject.to_owned(), issuer, audience }])
}

/// A policy with this principal and condition block.
fn policy(principal: &str, block: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{block}}}}}"#
    )
}

const PROVIDER: &str = r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}"#;

#[test]
fn everybody_as_principal_is_open_and_nothing_else() {
    let open =
        "open asks for no sub: any organization gets in (organization:stranger:project:x:workspace:x:run_phase:x)";
    let mine = grant(PLAN, Some(HOST), Some(DEFAULT_AUDIENCE));
    let nobody = Expectation::default();
    for principal in [r#""*""#, r#"{"AWS":"*"}"#, r#"{"Federated":"*"}"#] {
        let audience = r#"{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}"#;
        check_policy(&policy(principal, audience), &nobody, mine.clone(), &[open]);
        check_policy(&policy(principal, "{}"), &nobody, mine.clone(), &[open]);
        let tight = format!(
            r#"{{"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity","app.terraform.io:sub":{PLAN:?}}}}}"#
        );
        let said = "tight admits what was seen, and nothing else that is documented";
        check_policy(&policy(principal, &tight), &nobody, mine.clone(), &[said]);
    }
}

#[test]
fn what_an_event_does_not_tell_is_not_missing() {
    let both = format!(r#"{{"StringEquals":{{"app.terraform.io:aud":"mine","app.terraform.io:sub":{PLAN:?}}}}}"#);
    let tight = "tight admits what was seen, and nothing else that is documented";
    let check = |issuer, audience, said: &str| {
        check_policy(&policy(PROVIDER, &both), &Expectation::default(), grant(PLAN, issuer, audience), &[said]);
    };
    check(Some(HOST), None, tight);
    check(None, None, tight);
    check(None, Some("mine"), tight);
    let missing = format!("missing was granted the role with the audience 'other', which this policy refuses ({PLAN})");
    let unused = "loose no subject seen in the window matches it";
    check(Some(HOST), Some("other"), &missing);
    let other = format!(r#"{{"StringEquals":{{"app.terraform.io:aud":"mine","app.terraform.io:sub":{APPLY:?}}}}}"#);
    let missing = format!("missing was granted the role, which this policy refuses ({PLAN})");
    let expected = [missing.as_str(), unused];
    check_policy(&policy(PROVIDER, &other), &Expectation::default(), grant(PLAN, Some(HOST), None), &expected);
}

#[test]
fn who_is_not_expected_is_no_subject_to_add() {
    let acme = Expectation { organizations: ["acme".into()].into(), ..Expectation::default() };
    let of = |values: &str| {
        let block = format!(
            r#"{{"StringEquals":{{"app.terraform.io:aud":"aws.workload.identity"}},"StringLike":{{"app.terraform.io:sub":{values}}}}}"#
        );
        policy(PROVIDER, &block)
    };
    let mut grants = grant(PLAN, Some(HOST), Some(DEFAULT_AUDIENCE));
    grants.extend(grant(EVIL, Some(HOST), Some(DEFAULT_AUDIENCE)));
    let tight = "tight admits what was seen, and nothing else that is documented";
    check_policy(&of(&format!("{PLAN:?}")), &acme, grants.clone(), &[tight]);
    let lets_in = format!(
        "stranger an organization that nobody expects was granted the role, and this policy lets it in ({EVIL})"
    );
    let named =
        "open names an organization that nobody expects (organization:evil:project:p:workspace:web:run_phase:plan)";
    check_policy(&of(&format!("[{PLAN:?},{EVIL:?}]")), &acme, grants.clone(), &[&lets_in, named]);
    let unnamed =
        "open an organization that nobody named gets in (organization:stranger:project:x:workspace:x:run_phase:x)";
    check_policy(&of(r#""organization:*""#), &acme, grants, &[&lets_in, unnamed]);
}
