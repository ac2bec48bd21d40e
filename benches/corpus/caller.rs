//! Who calls: the identities of one log file. A handful of them makes most of its records.

use chrono::{SecondsFormat, TimeDelta};

use super::rng::Rng;
use super::template::{Scene, fill};

/// One identity with what it always sends along.
pub(crate) struct Caller {
    /// The JSON of `userIdentity`.
    pub(crate) identity: Vec<u8>,
    /// An address, or a service name.
    pub(crate) source: Vec<u8>,
    /// The user agent, not empty.
    pub(crate) agent: Vec<u8>,
    /// True for people and programs, which come over TLS; false for the services of AWS.
    pub(crate) outside: bool,
    /// Whether it is Terraform with the access key of an IAM user.
    pub(crate) long_lived: bool,
}

/// Identities out of which a file draws its own, `%` as in [`super::template`]; `^` stands for the role, `&` for the start of the session.
const IDENTITIES: [&str; 6] = [
    r#"{"type":"AssumedRole","principalId":"AROA%o:i-%i","arn":"arn:aws:sts::%A:assumed-role/^/i-%i","accountId":"%A","accessKeyId":"ASIA%k","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%o","arn":"arn:aws:iam::%A:role/^","accountId":"%A","userName":"^"},"attributes":{"creationDate":"&","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"},"inScopeOf":{"issuerType":"AWS::EC2::Instance","credentialsIssuedTo":"arn:aws:ec2:%G:%A:instance/i-%i"}}"#,
    r#"{"type":"AssumedRole","principalId":"AROA%o:%n","arn":"arn:aws:sts::%A:assumed-role/^-execution/%n","accountId":"%A","accessKeyId":"ASIA%k","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%o","arn":"arn:aws:iam::%A:role/service-role/^-execution","accountId":"%A","userName":"^-execution"},"attributes":{"creationDate":"&","mfaAuthenticated":"false"}}}"#,
    r#"{"type":"AssumedRole","principalId":"AROA%o:terraform-run-run-%r","arn":"arn:aws:sts::%A:assumed-role/terraform-^/terraform-run-run-%r","accountId":"%A","accessKeyId":"ASIA%k","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%o","arn":"arn:aws:iam::%A:role/terraform-^","accountId":"%A","userName":"terraform-^"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::%A:oidc-provider/app.terraform.io","attributes":{}},"attributes":{"creationDate":"&","mfaAuthenticated":"false"}}}"#,
    r#"{"type":"AssumedRole","principalId":"AROA%o:someone@example.com","arn":"arn:aws:sts::%A:assumed-role/AWSReservedSSO_Operator_%h/someone@example.com","accountId":"%A","accessKeyId":"ASIA%k","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%o","arn":"arn:aws:iam::%A:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operator_%h","accountId":"%A","userName":"AWSReservedSSO_Operator_%h"},"attributes":{"creationDate":"&","mfaAuthenticated":"false"}}}"#,
    r#"{"type":"IAMUser","principalId":"AIDA%o","arn":"arn:aws:iam::%A:user/^","accountId":"%A","accessKeyId":"AKIA%k","userName":"^"}"#,
    r#"{"type":"AWSService","invokedBy":"#,
];
/// The IAM user among [`IDENTITIES`].
const USER: usize = 4;
const SERVICES: [&str; 6] = ["ec2", "lambda", "config", "autoscaling", "cloudtrail", "ecs-tasks"];
const AGENTS: [&str; 5] = [
    "aws-sdk-java/2.29.45 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.230-223.885.amzn2.x86_64 lang/java#21.0.5 md/OpenJDK_64-Bit_Server_VM#21.0.5+11-LTS md/vendor#Amazon.com_Inc. md/en exec-env/AWS_ECS_FARGATE m/D,N,e",
    "Boto3/1.35.92 md/Botocore#1.35.92 ua/2.0 os/linux#5.10.230-223.885.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.8 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.35.92",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.82.2 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.7 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#amd64",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "aws-cli/2.22.26 md/awscrt#0.23.4 ua/2.0 os/linux#6.8.0-51-generic md/arch#x86_64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#ec2.describe-instances",
];

/// Terraform among [`AGENTS`].
const TERRAFORM: usize = 2;

/// The callers of a file, the busiest first.
pub(crate) fn cast(scene: &Scene, size: usize, rng: &mut Rng) -> Vec<Caller> {
    (0..size).map(|_| caller(scene, rng)).collect()
}

fn caller(scene: &Scene, rng: &mut Rng) -> Caller {
    let kind = rng.pick(&[0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 5]);
    if kind == IDENTITIES.len() - 1 {
        return service(rng);
    }
    let identity = identity(IDENTITIES[kind], scene, rng);
    let source = address(rng);
    // Every fourth IAM user is a pipeline that nobody has moved to OIDC yet.
    let long_lived = kind == USER && source.last().is_some_and(|digit| digit % 4 == 0);
    let agent = AGENTS[if long_lived { TERRAFORM } else { kind.min(AGENTS.len() - 1) }].into();
    Caller { identity, source, agent, outside: true, long_lived }
}

fn service(rng: &mut Rng) -> Caller {
    let host = format!("{}.amazonaws.com", rng.pick(&SERVICES));
    let identity = format!("{}\"{host}\"}}", IDENTITIES[IDENTITIES.len() - 1]);
    Caller {
        identity: identity.into(),
        source: host.clone().into(),
        agent: host.into(),
        outside: false,
        long_lived: false,
    }
}

/// Random parts are drawn once for each identity, so that its principal id and its ARN agree.
fn identity(template: &str, scene: &Scene, rng: &mut Rng) -> Vec<u8> {
    let mut text = template.replace('^', scene.name(rng)).replace('&', &created(scene, rng));
    for placeholder in ["%o", "%i", "%n", "%r", "%k", "%h"] {
        let mut value = Vec::new();
        fill(&mut value, placeholder, scene, rng);
        text = text.replace(placeholder, &String::from_utf8_lossy(&value));
    }
    let mut out = Vec::with_capacity(text.len());
    fill(&mut out, &text, scene, rng);
    out
}

/// When the session began, up to 50 minutes before the delivery.
fn created(scene: &Scene, rng: &mut Rng) -> String {
    let age = i64::try_from(rng.below(3000)).unwrap_or(0);
    (scene.delivered - TimeDelta::seconds(age)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A public or a private address of version 4, in a few cases one of version 6.
pub(crate) fn address(rng: &mut Rng) -> Vec<u8> {
    let [low, mid, high, choice, ..] = rng.next().to_le_bytes();
    match choice {
        0..=19 => format!("2600:1f18:{high:x}{mid:02x}:{low:x}00::{mid:x}"),
        20..=99 => format!("10.{high}.{mid}.{low}"),
        _ => format!("{}.{high}.{mid}.{low}", 3 + choice / 4),
    }
    .into_bytes()
}
