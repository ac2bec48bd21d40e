//! Writes extracts of an archive that nobody has: `cargo bench --bench extracts -- EVENTS DIR`, packed, a million events in each.
//! The runs, accounts, roles and sizes of their log files are those of a large organization; the same number gives the same bytes.
#![expect(clippy::print_stdout, reason = "the figures are for whoever started it")]

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Events in one extract.
const TOGETHER: u64 = 1_000_000;

/// Events of one run in each of its phases, and of one log file.
const OF_RUN: u64 = 3;
const OF_FILE: u64 = 4;

const START: u64 = 1_761_955_200; // 2025-11-01
const DAYS: u64 = 30;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [events, dir] = words.as_slice() else {
        println!("usage: cargo bench --bench extracts -- EVENTS DIR");
        return Ok(());
    };
    let events: u64 = events.parse().map_err(io::Error::other)?;
    let dir = Path::new(dir);
    std::fs::create_dir_all(dir)?;
    let parts = events.div_ceil(TOGETHER);
    let write = |from: u64| -> io::Result<()> {
        for part in (from..parts).step_by(2) {
            let first = part * TOGETHER;
            write_part(
                &dir.join(format!("part-{part:05}.ndjson.gz")),
                part,
                first..events.min(first + TOGETHER),
                events,
            )?;
        }
        Ok(())
    };
    let other =
        |result: thread::Result<io::Result<()>>| result.unwrap_or_else(|_| Err(io::Error::other("a thread failed")));
    thread::scope(|scope| {
        let threads = [0, 1].map(|from| scope.spawn(move || write(from)));
        threads.into_iter().try_for_each(|thread| other(thread.join()))
    })?;
    println!("{events} events in {parts} extracts in {}", dir.display());
    Ok(())
}

/// A number that looks like none.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The month, the day, and the time as events have it. The last log files of the month are delivered in the next one.
fn day(seconds: u64) -> (u64, u64, String) {
    let days = (seconds - START) / 86_400;
    let (month, day) = (11 + days / DAYS, 1 + days % DAYS);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    (month, day, format!("2025-{month}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Sixteen letters and digits.
fn letters(seed: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
    let mut rest = (u128::from(mixed(seed)) << 64) | u128::from(mixed(seed ^ 0x5555));
    (0..16)
        .map(|_| {
            let at = usize::try_from(rest % LETTERS.len() as u128).unwrap_or_default();
            rest /= LETTERS.len() as u128;
            char::from(LETTERS[at])
        })
        .collect()
}

fn hex(seed: u64, count: u64) -> String {
    let parts: Vec<String> =
        (0..count).map(|at| format!("{:016x}", mixed(seed.wrapping_mul(7).wrapping_add(at)))).collect();
    parts.concat()
}

fn write_part(path: &Path, part: u64, places: std::ops::Range<u64>, events: u64) -> io::Result<()> {
    let mut out = BufWriter::new(GzEncoder::new(File::create(path)?, Compression::new(1)));
    let attempt = hex(part ^ 0xaaaa_0000, 2);
    let mut place = places.start;
    while place < places.end {
        let end = (place / OF_FILE * OF_FILE + OF_FILE).min(places.end);
        let seconds = START + place * (DAYS * 86_400) / events;
        let (month, of_month, stamp) = day(seconds + 300);
        let account = 100_000_000_000 + mixed(place / OF_FILE) % 1_000;
        let region = ["eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2"]
            [usize::try_from(place / OF_FILE % 4).unwrap_or_default()];
        let name = format!(
            "AWSLogs/o-example/{account}/CloudTrail/{region}/2025/{month}/{of_month:02}/{account}_CloudTrail_{region}_{}_{}.json.gz",
            stamp[..16].replace(['-', ':'], "") + "Z",
            letters(place / OF_FILE)
        );
        let etag = hex((place / OF_FILE) ^ 0x77, 2);
        for at in place..end {
            write_event(&mut out, at, seconds + at % OF_FILE, (account, region), &name, (&etag, &attempt))?;
        }
        let kept = end - place;
        writeln!(
            out,
            r#"{{"row":"tally","schema_version":1,"log_file":"{name}","source":"s3://org-trail","account_id":"{account}","region":"{region}","date":"2025-{month}-{of_month:02}","bytes_read":61000,"bytes_inflated":660000,"records":400,"kept":{kept},"other":{},"malformed":0,"failed":null,"skipped":null,"malformed_at":[],"truncated":false,"etag":"{etag}","size":61000,"last_modified":"{stamp}","issuers":{{"app.terraform.io":{kept}}},"attempt":"{attempt}"}}"#,
            400 - kept
        )?;
        place = end;
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()
}

fn write_event(
    out: &mut impl Write,
    at: u64,
    seconds: u64,
    (account, region): (u64, &str),
    log_file: &str,
    (etag, attempt): (&str, &str),
) -> io::Result<()> {
    // The plan of a run comes some time before its apply, and runs come one beside the other.
    let run = at / 2_000 * 333 + mixed(at) % 333;
    let workspace = mixed(run) % 5_000;
    let phase = if at % (2 * OF_RUN) < OF_RUN { "plan" } else { "apply" };
    let (project, id, time) = (workspace % 100, hex(at ^ 0x1357, 2), day(seconds).2);
    let (end, run_id) = (day(seconds + 3_600).2, letters(run ^ 0xabc));
    let role = format!("arn:aws:iam::{account}:role/tfc/terraform-{phase}-{}", workspace % 40);
    let subject =
        format!("organization:acme:project:project-{project}:workspace:workspace-{workspace}:run_phase:{phase}");
    let uuid = format!("{}-{}-4{}-8{}-{}", &id[..8], &id[8..12], &id[13..16], &id[17..20], &id[20..]);
    let agent = format!(
        "APN/1.0 HashiCorp/1.0 Terraform/1.{}.0 (+https://www.terraform.io) terraform-provider-aws/5.{}.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.4 md/GOOS#linux md/GOARCH#amd64 api/sts#1.30.3",
        workspace % 9,
        workspace % 60
    );
    writeln!(
        out,
        r#"{{"row":"event","schema_version":1,"time":"{time}","event_id":"{uuid}","account_id":"{account}","region":"{region}","source_ip":"198.51.100.{}","kind":"workspace","organization":"acme","project":"project-{project}","workspace":"workspace-{workspace}","stack":null,"deployment":null,"module":null,"phase":"{phase}","run_id":"run-{run_id}","role_arn":"{role}","role_session_name":"terraform-run-run-{run_id}","issuer":"app.terraform.io","audience":"aws.workload.identity","outcome":"granted","error_code":null,"access_key_id":"ASIA{}","terraform_version":null,"provider_version":null,"user_agent":"{agent}","subject":"{subject}","log_file":"{log_file}","record_sha256":"{}","offset":{},"etag":"{etag}","attempt":"{attempt}","original_event_id":null,"session_end":"{end}","duration_seconds":null,"verification_method":"IAMTrustStore","assumed_role_id":"AROA{}:terraform-run-run-{run_id}","updated_fields":null,"expiration":"{end}","filled":30}}"#,
        mixed(at) % 200,
        letters(at).to_uppercase(),
        hex(at, 4),
        (at % OF_FILE) * 1_700,
        letters(workspace).to_uppercase(),
    )
}
