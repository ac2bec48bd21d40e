//! `AssumeRoleWithWebIdentity` events: HCP Terraform's and those of others, granted and denied.

use super::rng::{ALNUM, Rng};
use super::template::{Scene, fill, push};

/// The fields in which two web identity events differ.
pub(crate) struct WebIdentity {
    /// The host (and path) of the identity provider.
    issuer: String,
    audience: &'static str,
    subject: String,
    session: String,
    agent: &'static str,
    /// True for the hosts of HCP Terraform.
    pub(crate) hcp: bool,
}

const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.82.2 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.7 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#amd64 api/sts#1.33.3";
const WORKFLOW: &str = "configure-aws-credentials-for-github-actions aws-sdk-js/3.716.0 ua/2.0 os/linux#6.8.0-1017-azure lang/js md/nodejs#20.18.1 api/sts#3.716.0";
const POD: &str =
    "aws-sdk-go-v2/1.32.7 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#arm64 api/sts#1.33.3 m/E";
const ORGANIZATIONS: [&str; 3] = ["example", "example-labs", "Example_Platform"];
const PROJECTS: [&str; 4] = ["Default Project", "Core Network", "data", "web-shop"];
/// Events of HCP Terraform, of a million.
const HCP: u32 = 600_000;
const DENIED: u32 = 80_000;

/// Draws who asks for a role.
pub(crate) fn draw(scene: &Scene, rng: &mut Rng) -> WebIdentity {
    if rng.chance(HCP) {
        terraform(scene, rng)
    } else if rng.chance(550_000) {
        github(scene, rng)
    } else {
        kubernetes(scene, rng)
    }
}

fn terraform(scene: &Scene, rng: &mut Rng) -> WebIdentity {
    let kind = rng.below(100);
    let mut session = b"terraform-run-run-".to_vec();
    rng.text(&mut session, ALNUM, 16);
    if kind >= 88 {
        session = (1_770_000_000_000_000_000 + rng.below(9_000_000_000_000_000)).to_string().into_bytes();
    }
    WebIdentity {
        issuer: rng
            .pick(&["app.terraform.io", "app.terraform.io", "app.terraform.io", "app.eu.terraform.io"])
            .to_string(),
        audience: "aws.workload.identity",
        subject: terraform_subject(kind, scene, rng),
        session: String::from_utf8_lossy(&session).into_owned(),
        agent: TERRAFORM,
        hcp: true,
    }
}

/// Of a hundred runs 88 belong to workspaces, 10 to Stacks and 2 to module tests.
fn terraform_subject(kind: u64, scene: &Scene, rng: &mut Rng) -> String {
    let organization = rng.pick(&ORGANIZATIONS);
    let project = rng.pick(&PROJECTS);
    let name = scene.name(rng);
    let phase = rng.pick(&["plan", "plan", "apply"]);
    match kind {
        0..=87 => format!("organization:{organization}:project:{project}:workspace:{name}:run_phase:{phase}"),
        88..=97 => {
            format!("organization:{organization}:project:{project}:stack:{name}:deployment:prod:operation:{phase}")
        }
        _ => format!("organization:{organization}:module:{name}:operation:test_run"),
    }
}

fn github(scene: &Scene, rng: &mut Rng) -> WebIdentity {
    WebIdentity {
        issuer: "token.actions.githubusercontent.com".into(),
        audience: "sts.amazonaws.com",
        subject: format!("repo:example/{}:ref:refs/heads/main", scene.name(rng)),
        session: "GitHubActions".into(),
        agent: WORKFLOW,
        hcp: false,
    }
}

fn kubernetes(scene: &Scene, rng: &mut Rng) -> WebIdentity {
    let cluster = Rng::new(0xeb5, scene.account.parse().unwrap_or(0)).below(u64::MAX);
    WebIdentity {
        issuer: format!("oidc.eks.{}.amazonaws.com/id/{cluster:016X}{:016X}", scene.region, cluster.rotate_left(17)),
        audience: "sts.amazonaws.com",
        subject: format!("system:serviceaccount:{}:default", scene.name(rng)),
        session: (1_770_000_000_000_000_000 + rng.below(9_000_000_000_000_000)).to_string(),
        agent: POD,
        hcp: false,
    }
}

impl WebIdentity {
    /// Appends the JSON of `userIdentity`.
    pub(crate) fn identity(&self, out: &mut Vec<u8>, scene: &Scene) {
        let Self { issuer, audience, subject, .. } = self;
        let provider = format!("arn:aws:iam::{}:oidc-provider/{issuer}", scene.account);
        push(
            out,
            &format!(
                r#"{{"type":"WebIdentityUser","principalId":"{provider}:{audience}:{subject}","userName":"{subject}","identityProvider":"{provider}"}}"#
            ),
        );
    }

    /// The user agent, with which no two issuers share a look.
    pub(crate) fn agent(&self) -> &'static str {
        self.agent
    }

    /// Appends the members from `requestParameters` to `resources`; the ids are the caller's to add.
    pub(crate) fn body(&self, out: &mut Vec<u8>, scene: &Scene, rng: &mut Rng) {
        let role = scene.name(rng);
        if rng.chance(DENIED) {
            push(out, r#""errorCode":"AccessDenied","errorMessage":"An unknown error occurred","#);
            self.request(out, role, scene);
            push(out, r#""responseElements":null,"#);
        } else {
            self.request(out, role, scene);
            self.response(out, role, scene, rng);
        }
        let endpoint = r#""additionalEventData":{"RequestDetails":{"awsServingRegion":"%G","endpointType":"regional"},"identityProviderConnectionVerificationMethod":"IAMTrustStore"},"#;
        fill(out, endpoint, scene, rng);
        push(
            out,
            &format!(
                r#""resources":[{{"accountId":"{0}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{0}:role/{role}"}}],"#,
                scene.account
            ),
        );
    }

    fn request(&self, out: &mut Vec<u8>, role: &str, scene: &Scene) {
        let (account, session) = (&scene.account, &self.session);
        push(
            out,
            &format!(
                r#""requestParameters":{{"roleArn":"arn:aws:iam::{account}:role/{role}","roleSessionName":"{session}"}},"#
            ),
        );
    }

    fn response(&self, out: &mut Vec<u8>, role: &str, scene: &Scene, rng: &mut Rng) {
        let Self { issuer, audience, subject, session, .. } = self;
        let account = &scene.account;
        fill(
            out,
            r#""responseElements":{"credentials":{"accessKeyId":"ASIA%k","sessionToken":"IQoJb3JpZ2luX2VjE%t%t=","expiration":"%e"},"assumedRoleUser":{"assumedRoleId":"AROA%o"#,
            scene,
            rng,
        );
        push(
            out,
            &format!(
                r#":{session}","arn":"arn:aws:sts::{account}:assumed-role/{role}/{session}"}},"subjectFromWebIdentityToken":"{subject}","provider":"arn:aws:iam::{account}:oidc-provider/{issuer}","audience":"{audience}"}},"#
            ),
        );
    }
}
