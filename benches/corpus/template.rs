//! Templates: JSON text with `%` and one letter where something of the file, or something random, goes.
//! Quick enough to write hundreds of megabytes a second, and short enough to keep the shapes readable.

use chrono::{DateTime, TimeDelta, Utc};

use super::rng::{ALNUM, BASE64, KEY, Rng};

/// What all records of one log file have in common.
pub(crate) struct Scene {
    /// The recipient account, twelve digits.
    pub(crate) account: String,
    /// The region of the file.
    pub(crate) region: &'static str,
    /// The moment of delivery; events are up to ten minutes older.
    pub(crate) delivered: DateTime<Utc>,
    /// Names that this account uses for its buckets, functions, tables and roles.
    names: Vec<String>,
    /// Resource ids (17 hexadecimal digits) of this account.
    ids: Vec<String>,
}

const WORDS: [&str; 24] = [
    "payments", "orders", "catalog", "search", "billing", "identity", "gateway", "reports", "ledger", "media",
    "pricing", "audit", "metrics", "events", "profile", "session", "export", "import", "stream", "notify", "mail",
    "checkout", "stock", "partner",
];
const ROLES: [&str; 6] = ["api", "worker", "batch", "cache", "archive", "deploy"];

impl Scene {
    /// The scene of one file: an account keeps its names and ids in every file and region.
    pub(crate) fn new(account: String, region: &'static str, delivered: DateTime<Utc>, seed: u64) -> Self {
        let mut rng = Rng::new(seed, account.parse().unwrap_or(0));
        let names = (0..40).map(|_| name(&mut rng)).collect();
        let ids = (0..60).map(|_| id(&mut rng)).collect();
        Self { account, region, delivered, names, ids }
    }

    /// One of the names, some far more often than others.
    pub(crate) fn name(&self, rng: &mut Rng) -> &str {
        &self.names[rng.skewed(self.names.len())]
    }

    fn id(&self, rng: &mut Rng) -> &str {
        &self.ids[rng.skewed(self.ids.len())]
    }
}

fn name(rng: &mut Rng) -> String {
    let stage = rng.pick(&["prod", "stage", "dev"]);
    format!("{}-{}-{stage}", rng.pick(&WORDS), rng.pick(&ROLES))
}

fn id(rng: &mut Rng) -> String {
    let mut out = vec![b'0'];
    rng.hex(&mut out, 16);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends `template` with every placeholder filled in.
pub(crate) fn fill(out: &mut Vec<u8>, template: &str, scene: &Scene, rng: &mut Rng) {
    let mut rest = template.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        place(out, rest[at + 1], scene, rng);
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
}

/// Appends what the placeholder `letter` stands for.
fn place(out: &mut Vec<u8>, letter: u8, scene: &Scene, rng: &mut Rng) {
    match letter {
        b'A' => push(out, &scene.account),
        b'G' => push(out, scene.region),
        b'n' => push(out, scene.name(rng)),
        b'i' => push(out, scene.id(rng)),
        b'I' => instances(out, scene, rng),
        b'd' => push(out, &rng.below(4000).to_string()),
        b'e' => expiration(out, scene, rng),
        b'h' => rng.hex(out, 8),
        b'u' => rng.uuid(out),
        b'k' => rng.text(out, KEY, 16),
        b'o' => rng.text(out, KEY, 17),
        b'r' => rng.text(out, ALNUM, 16),
        b'b' => rng.text(out, BASE64, 75),
        b't' => rng.text(out, BASE64, 360),
        b'P' => push(out, policy(rng)),
        b'T' => push(out, trust(rng)),
        other => out.extend_from_slice(&[b'%', other]),
    }
}

/// A list of instances, mostly short.
fn instances(out: &mut Vec<u8>, scene: &Scene, rng: &mut Rng) {
    for nth in 0..=rng.skewed(40) {
        if nth > 0 {
            out.push(b',');
        }
        fill(out, r#"{"instanceId":"i-%i"}"#, scene, rng);
    }
}

/// The end of a session, in the way in which STS writes it.
fn expiration(out: &mut Vec<u8>, scene: &Scene, rng: &mut Rng) {
    let later = i64::try_from(rng.below(3600)).unwrap_or(0);
    let end = scene.delivered + TimeDelta::seconds(later);
    out.extend_from_slice(end.format("%b %-d, %Y, %-I:%M:%S %p").to_string().as_bytes());
}

/// A permission policy as it stands inside a JSON string.
fn policy(rng: &mut Rng) -> &'static str {
    rng.pick(&[
        r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket\"],\"Resource\":[\"arn:aws:s3:::data-lake\",\"arn:aws:s3:::data-lake/*\"]},{\"Sid\":\"Keys\",\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"kms:ViaService\":\"s3.*.amazonaws.com\"}}}]}"#,
        r#"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"logs:CreateLogGroup\",\n        \"logs:CreateLogStream\",\n        \"logs:PutLogEvents\"\n      ],\n      \"Resource\": \"arn:aws:logs:*:*:*\"\n    }\n  ]\n}"#,
        r#"{\"Statement\":[{\"Action\":[\"sqs:ReceiveMessage\",\"sqs:DeleteMessage\",\"sqs:GetQueueAttributes\"],\"Effect\":\"Allow\",\"Resource\":\"arn:aws:sqs:*:*:jobs-*\",\"Condition\":{\"NumericLessThan\":{\"aws:MultiFactorAuthAge\":\"3600\"}}}],\"Version\":\"2012-10-17\"}"#,
    ])
}

/// A trust policy as it stands inside a JSON string. Two of three name the event that the scan looks for,
/// as real ones do: these are no hits.
fn trust(rng: &mut Rng) -> &'static str {
    rng.pick(&[
        r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/app.terraform.io\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{\"StringEquals\":{\"app.terraform.io:aud\":\"aws.workload.identity\"},\"StringLike\":{\"app.terraform.io:sub\":\"organization:example:project:*:workspace:*:run_phase:*\"}}}]}"#,
        r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Condition\":{\"StringLike\":{\"token.actions.githubusercontent.com:sub\":\"repo:example/*\"}}}]}"#,
        r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"#,
    ])
}

/// Appends plain text.
pub(crate) fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}
