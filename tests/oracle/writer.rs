//! Writes log files that are hard to read: every container, every spelling of the same JSON, look-alikes inside strings,
//! records that are no JSON though their brackets balance. The same number gives the same file.

use std::fmt::Write as _;
use std::io::Write as _;

/// What lies between two records, so that they straddle the borders of blocks (64 bytes) and windows (256 KiB).
const PADDINGS: [usize; 8] = [0, 1, 30, 63, 64, 65, 128, 1_000];

/// A character of nobody, which stands for half a surrogate pair.
const HALF: &str = "\u{f8ff}";

const PIECES: [&str; 35] = [
    "AssumeRoleWithWebIdentity",
    "AssumeRole",
    "WithWebIdentity",
    "W",
    "WithW",
    "\"",
    "\\",
    "\\\\",
    "\\\"",
    "{",
    "}",
    "[",
    "]",
    "{\"eventVersion\":\"1.08\",\"eventName\":\"AssumeRoleWithWebIdentity\"}",
    "\"},{\"eventName\":\"AssumeRoleWithWebIdentity\"",
    "]}",
    "\\u0041",
    "\u{7}",
    "\n",
    "\t",
    "\u{0}",
    // Written as one half of a pair.
    HALF,
    "é",
    "\u{1f4a5}",
    "\u{202e}",
    "u0041",
    "/",
    "=1+1",
    "Terraform/1.9",
    "IAMUser",
    "{\"userIdentity\":{\"type\":\"Root\"},\"userAgent\":\"APN/1 Terraform/1\"}",
    "organization:acme:project:p:workspace:w:run_phase:plan",
    ":",
    "        ",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

const SUBJECTS: [&str; 10] = [
    "organization:acme:project:Default Project:workspace:web:run_phase:plan",
    "organization:acme:project:Default Project:workspace:web:run_phase:apply",
    "organization:acme:project:p:stack:s:deployment:größe:operation:plan",
    "organization:acme:module:vpc:operation:test_run",
    "organization:acme:workspace:old:run_phase:plan",
    "repo:acme/site:ref:refs/heads/main",
    "",
    "organization:a\nb:project:p:workspace:w:run_phase:plan",
    "organization:acme:project:p:workspace:w:run_phase:plan ",
    "\u{a0}organization:acme:workspace:old:run_phase:apply",
];

const PROVIDERS: [&str; 7] = [
    "arn:aws:iam::111122223333:oidc-provider/app.terraform.io",
    "arn:aws:iam::111122223333:oidc-provider/APP.eu.terraform.io",
    "arn:aws-cn:iam::111122223333:oidc-provider/tfe.example",
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC",
    "app.terraform.io",
    "",
];

const TIMES: [&str; 10] = [
    "2026-11-02T08:12:05Z",
    "2026-11-02 08:12:05",
    "2026-11-02T08:12:05.999+05:30",
    "2026-11-02T23:59:60Z",
    "2024-02-29t00:00:00z",
    "2026-02-29T00:00:00Z",
    "yesterday",
    "0000-01-01T00:00:00+00:01",
    "2026-11-02T24:00:00Z",
    "",
];

/// A small generator of numbers (xorshift64*); no more is needed than that they look alike nowhere.
pub(crate) struct Writer {
    state: u64,
    pretty: bool,
    escape_letters: bool,
}

impl Writer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut writer = Self { state: seed ^ 0x9e37_79b9_7f4a_7c15 | 1, pretty: false, escape_letters: false };
        writer.pretty = writer.one_in(3);
        writer.escape_letters = writer.one_in(2);
        writer
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }

    pub(crate) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// White space, or none.
    fn space(&mut self) -> &'static str {
        if self.pretty { self.pick(&["", " ", "\n", "\r\n\t", "   \n"]) } else { "" }
    }

    /// A JSON string of `text`, in one of its many spellings.
    fn quote(&mut self, text: &str) -> String {
        let mut out = String::from("\"");
        let escaped = self.escape_letters && self.one_in(4);
        for character in text.chars() {
            match character {
                _ if escaped && self.one_in(6) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let upper = self.one_in(2);
                        let _ = if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
                    }
                }
                '\u{f8ff}' => out += self.pick(&["\\ud83d", "\\uDCA5", "\\ud83d\\ud83d"]),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '/' if self.one_in(2) => out.push_str("\\/"),
                control if control < ' ' => {
                    let _ = write!(out, "\\u{:04x}", u32::from(control));
                }
                plain => out.push(plain),
            }
        }
        out.push('"');
        out
    }

    fn text(&mut self) -> String {
        (0..self.below(5)).map(|_| self.pick(&PIECES)).collect()
    }

    fn string(&mut self) -> String {
        let text = self.text();
        self.quote(&text)
    }

    /// Any JSON value.
    pub(crate) fn value(&mut self, levels: usize) -> String {
        match self.below(if levels == 0 { 5 } else { 8 }) {
            0 => self.pick(&["null", "true", "false"]).to_owned(),
            1 => self.pick(&["0", "-1.5e-7", "18446744073709551615", "1700000000"]).to_owned(),
            2..=4 => self.string(),
            5 => {
                let elements = (0..self.below(4)).map(|_| self.value(levels - 1)).collect::<Vec<_>>();
                self.list(&elements)
            }
            6 => {
                let members = (0..self.below(4)).map(|_| (self.text(), self.value(levels - 1))).collect();
                self.object(members)
            }
            _ => self.event(levels - 1),
        }
    }

    pub(crate) fn list(&mut self, elements: &[String]) -> String {
        let mut out = String::from("[");
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out += self.space();
            out += element;
            out += self.space();
        }
        if elements.is_empty() {
            out += self.space();
        }
        out.push(']');
        out
    }

    pub(crate) fn object(&mut self, members: Vec<(String, String)>) -> String {
        let mut out = String::from("{");
        for (at, (key, value)) in members.into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out += self.space();
            out += &self.quote(&key);
            out += self.space();
            out.push(':');
            out += self.space();
            out += &value;
            out += self.space();
        }
        out.push('}');
        out
    }

    /// `text`, or now and then something that is no text or another one.
    fn field(&mut self, text: &str) -> String {
        match self.below(12) {
            0 => self.value(1),
            1 => self.string(),
            _ => self.quote(text),
        }
    }

    fn fields(&mut self, fields: &[(&str, &str)]) -> String {
        let mut members = Vec::new();
        for (key, text) in fields {
            if !self.one_in(8) {
                members.push(((*key).to_owned(), self.field(text)));
            }
        }
        self.shuffle(&mut members);
        self.object(members)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        if self.one_in(2) {
            for at in (1..items.len()).rev() {
                items.swap(at, self.below(at + 1));
            }
        }
    }

    /// How a failure is told, which need not be one.
    fn failure(&mut self) -> [(String, String); 2] {
        let code = self.pick(&["\"AccessDenied\"", "\"AccessDenied\"", "403", "\"\"", "null", "false", "{}"]);
        let message = self.pick(&["\"An unknown error occurred\"", "\"\"", "null", "17"]);
        [("errorCode", code), ("errorMessage", message)].map(|(key, value)| (key.to_owned(), value.to_owned()))
    }

    /// What an event is about: a list of roles and other things, or text that holds one.
    fn resources(&mut self) -> Option<String> {
        if !self.one_in(3) {
            return None;
        }
        let resources: Vec<String> = (0..self.below(3))
            .map(|_| {
                let kind = self.pick(&["AWS::IAM::Role", "AWS::IAM::Role", "AWS::S3::Object"]);
                let account = self.pick(&["333344445555", "33334444555", ""]);
                let arn = self.pick(&["arn:aws:iam::444455556666:role/z", "arn:aws:s3:::bucket/key", ""]);
                self.fields(&[("type", kind), ("accountId", account), ("ARN", arn)])
            })
            .collect();
        let list = self.list(&resources);
        Some(match self.below(8) {
            0 => self.quote(&list),
            1 => self.value(1),
            _ => list,
        })
    }

    /// An event, often ours; may hold look-alikes at any depth.
    pub(crate) fn event(&mut self, levels: usize) -> String {
        let name =
            self.pick(&["AssumeRoleWithWebIdentity", "AssumeRoleWithWebIdentity", "AssumeRole", "WithWebIdentity"]);
        let (provider, subject) = (self.pick(&PROVIDERS), self.pick(&SUBJECTS));
        let audience = self.pick(&["aws.workload.identity", "a:b", ""]);
        let principal = format!("{provider}:{audience}:{subject}");
        let long_lived = self.one_in(4);
        let identity = if long_lived {
            let kind = self.pick(&["IAMUser", "IAMUser", "Root", "AssumedRole", "iamuser"]);
            let user = self.pick(&["deploy", ""]);
            self.fields(&[
                ("type", kind),
                ("accountId", "222233334444"),
                ("userName", user),
                ("accessKeyId", "AKIAEXAMPLE"),
            ])
        } else {
            self.fields(&[
                ("type", "WebIdentityUser"),
                ("principalId", &principal),
                ("userName", subject),
                ("identityProvider", provider),
            ])
        };
        let session = self.pick(&["terraform-run-run-LMCK4SSiBfR6Y6rb", "terraform-run-a0", "1699456147945229070"]);
        let seconds =
            self.pick(&["3600", "\"3600\"", "\"\\u0033600\"", "3600.0", "-1", "4294967296", "null", "\"1h\""]);
        let role = self.pick(&["arn:aws:iam::555566667777:role/x/y", "arn:aws:iam::555566667777:role/x/y", "role", ""]);
        let (role, session) = (self.field(role), self.field(session));
        let request = self.object(vec![
            ("roleArn".to_owned(), role),
            ("roleSessionName".to_owned(), session),
            ("durationSeconds".to_owned(), seconds.to_owned()),
        ]);
        let method = self.pick(&["IAMTrustStore", "Thumbprint", ""]);
        let additional = self.fields(&[("identityProviderConnectionVerificationMethod", method)]);
        let granted = self.one_in(2);
        let response = if granted {
            let credentials = self.fields(&[("accessKeyId", "ASIAEXAMPLE"), ("sessionToken", "FAKE-SESSION-TOKEN")]);
            self.object(vec![
                ("credentials".to_owned(), credentials),
                ("provider".to_owned(), format!("\"{provider}\"")),
                ("audience".to_owned(), format!("\"{audience}\"")),
            ])
        } else {
            "null".to_owned()
        };
        let mut members: Vec<(String, String)> = Vec::new();
        let id = format!("{}-{}", self.below(5), self.below(5));
        let time = if self.one_in(3) { self.pick(&TIMES) } else { TIMES[0] };
        let agent = if long_lived {
            self.pick(&[
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+x) terraform-provider-aws/5.7",
                "aws-sdk-go/1.44.0 (go1.19; linux) APN/1.0 HashiCorp/1.0\tTerraform/0.12.24",
                "APN/1.0 OpenTofu-S3-Backend/1.0 OpenTofu/1.9.0",
                "APN/1.0 OpenTofu-S3-Backend/1.0",
                "Terraform/1.9.5",
                "NotTerraform/1.9 \"IAMUser\"",
            ])
        } else {
            self.pick(&["APN/1.0 Terraform/1.9.5 (+x) terraform-provider-aws/5.7", "aws-cli", "Terraform/"])
        };
        let source = self.pick(&["sts.amazonaws.com", "sts.amazonaws.com", "s3", ".amazonaws.com"]);
        for (key, text) in [
            ("eventVersion", "1.11"),
            ("eventTime", time),
            ("eventSource", source),
            ("eventName", name),
            ("awsRegion", "eu-west-1"),
            ("sourceIPAddress", "192.0.2.7"),
            ("userAgent", agent),
            ("eventID", &id),
            ("recipientAccountId", "111122223333"),
        ] {
            if !self.one_in(if key == "recipientAccountId" { 4 } else { 20 }) {
                members.push((key.to_owned(), if self.one_in(10) { self.field(text) } else { self.quote(text) }));
            }
            if self.one_in(40) {
                members.push((key.to_owned(), self.field(text)));
            }
        }
        if !granted || self.one_in(12) {
            members.extend(self.failure());
        }
        members.extend(self.resources().map(|resources| ("resources".to_owned(), resources)));
        let [identity, request, response, additional] = [identity, request, response, additional]
            .map(|part| if self.one_in(12) { self.quote(&part) } else { part });
        members.push(("userIdentity".to_owned(), identity));
        members.push(("requestParameters".to_owned(), request));
        members.push(("responseElements".to_owned(), response));
        members.push(("additionalEventData".to_owned(), additional));
        for _ in 0..self.below(3) {
            members.push((self.text(), self.value(levels.min(2))));
        }
        if self.one_in(6) {
            members.push(("deep".to_owned(), self.deep()));
        }
        self.shuffle(&mut members);
        self.object(members)
    }

    /// A value that nests about as deep as a record may.
    fn deep(&mut self) -> String {
        let levels = [1, 60, 63, 64, 65, 125, 126, 127, 128, 129, 130, 200][self.below(12)];
        let (open, close) = if self.one_in(2) { ("[", "]") } else { ("{\"a\":", "}") };
        let inner = self.pick(&["0", "\"[[[[{\"", "null"]);
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    }

    /// Something that is no event, in the place of one: no object, or no JSON though its brackets balance.
    pub(crate) fn broken(&mut self) -> String {
        let event = self.event(1);
        match self.below(9) {
            0 => self.pick(&["null", "17", "true", "nonsense", "-"]).to_owned(),
            1 => self.string(),
            2 => format!("[{event}]"),
            3 => event.replacen(':', "", 1),
            4 => format!("{},}}", &event[..event.len() - 1]),
            5 => event.replacen("{\"", "{ ,\"", 1),
            6 => event.replace("null", "nul"),
            7 => format!("{{{}}}", self.string()),
            _ => event.replacen("\"eventID\"", "\"\\q\"", 1),
        }
    }

    fn filler(length: usize) -> String {
        let text = "W".repeat(length);
        format!("{{\"eventVersion\":\"1.11\",\"eventName\":\"Filler\",\"pad\":\"{text}\"}}")
    }

    fn records(&mut self) -> Vec<String> {
        let mut records = Vec::new();
        for _ in 0..self.below(6) {
            if self.one_in(3) {
                let length = PADDINGS[self.below(PADDINGS.len())] + self.below(64);
                records.push(Self::filler(length));
            }
            records.push(if self.one_in(6) { self.broken() } else { self.event(2) });
        }
        records
    }

    /// Members of an envelope that mean nothing to us.
    fn extras(&mut self) -> Vec<(String, String)> {
        let names = ["owner", "x", "records", "Record", "a\"b", ""];
        (0..self.below(3)).map(|_| (self.pick(&names).to_owned(), self.value(2))).collect()
    }

    fn listed(&mut self, key: &str, elements: &[String]) -> String {
        let mut members = self.extras();
        members.push((key.to_owned(), self.list(elements)));
        if self.one_in(6) {
            members.push(("NextToken".to_owned(), self.pick(&["null", "\"token\""]).to_owned()));
        }
        members.extend(self.extras());
        self.object(members)
    }

    fn container(&mut self) -> String {
        let records = self.records();
        match self.below(9) {
            0..=2 => self.listed("Records", &records),
            3 => self.list(&records),
            4 => {
                let items: Vec<String> = records.iter().map(|record| self.lookup_item(record)).collect();
                self.listed("Events", &items)
            }
            5 => self.event_bridge(),
            6 => self.subscription(&records),
            7 => self.event(2),
            _ => {
                let one = self.listed("Records", &records);
                let others = [one, self.event_bridge(), self.subscription(&records)];
                self.list(&others)
            }
        }
    }

    fn lookup_item(&mut self, record: &str) -> String {
        let members = vec![
            ("EventId".to_owned(), self.string()),
            ("CloudTrailEvent".to_owned(), self.quote(record)),
            ("EventTime".to_owned(), "1700000000.5".to_owned()),
        ];
        self.object(members)
    }

    fn event_bridge(&mut self) -> String {
        let members = vec![
            ("version".to_owned(), "\"0\"".to_owned()),
            ("detail-type".to_owned(), "\"AWS API Call via CloudTrail\"".to_owned()),
            ("detail".to_owned(), self.event(1)),
        ];
        self.object(members)
    }

    fn subscription(&mut self, records: &[String]) -> String {
        let mut events = Vec::new();
        for record in records {
            let message = if self.one_in(10) { self.value(1) } else { self.quote(record) };
            events.push(self.object(vec![("id".to_owned(), "\"1\"".to_owned()), ("message".to_owned(), message)]));
        }
        let kind = self.pick(&["\"DATA_MESSAGE\"", "\"DATA_MESSAGE\"", "\"CONTROL_MESSAGE\"", "null"]).to_owned();
        let members = vec![("messageType".to_owned(), kind), ("logEvents".to_owned(), self.list(&events))];
        self.object(members)
    }

    /// The text of a file: containers one after the other.
    pub(crate) fn file(&mut self) -> Vec<u8> {
        let mut text = String::new();
        if self.one_in(10) {
            text.push('\u{feff}');
        }
        for _ in 0..=self.below(3) {
            text += &self.container();
            text += self.pick(&["", "\n", " \r\n\t", "\n\n"]);
        }
        text.into_bytes()
    }

    /// A file whose records lie around the border of a window.
    pub(crate) fn long_file(&mut self) -> Vec<u8> {
        let length = 256 * 1024 - 2_500 + self.below(2_500);
        let mut records = vec![Self::filler(length)];
        records.extend((0..4).map(|_| self.event(2)));
        self.listed("Records", &records).into_bytes()
    }

    /// Objects that are longer than a window before a key tells what they are.
    pub(crate) fn long_object(&mut self) -> Vec<u8> {
        let mut text = String::new();
        for _ in 0..3 {
            let records = [self.event(1)];
            let pad = format!("\"{}\"", "x".repeat(256 * 1024 - 300 + self.below(600)));
            let pad = if self.one_in(2) { format!("[{pad},\"[}}{{\"]") } else { pad };
            let rest = match self.below(5) {
                0 => format!("\"Records\":{}}}", self.list(&records)),
                1 => format!("\"eventVersion\":\"1.11\",\"x\":{}}}", records[0]),
                2 => "nonsense}".to_owned(),
                3 => format!("\"x\":{}}}", records[0]),
                _ => "\"x\":tru , [{}]}".to_owned(),
            };
            let _ = write!(text, "{{\"pad\":{pad},{rest}");
        }
        text.into_bytes()
    }

    /// The text as gzip members, cut anywhere.
    pub(crate) fn gzip(&mut self, text: &[u8]) -> Vec<u8> {
        let mut cuts: Vec<usize> = (0..self.below(5)).map(|_| self.below(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let mut file = Vec::new();
        for cut in cuts.windows(2) {
            let level = flate2::Compression::new(u32::try_from(self.below(7)).unwrap());
            let mut encoder = flate2::write::GzEncoder::new(&mut file, level);
            encoder.write_all(&text[cut[0]..cut[1]]).unwrap();
            encoder.finish().unwrap();
        }
        file
    }
}
