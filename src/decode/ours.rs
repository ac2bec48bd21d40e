//! Tells what we wrote from everything else, by its first bytes: what lies in a folder of log files since yesterday is no
//! log file (DESIGN §8).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::pack::marked::beginning;

/// Every name of a column that we write. The rows stand in a room above; its tests hold the two together.
pub(crate) const COLUMNS: &str = "\
    access_key_id account_id account_ids actions assumptions audience audiences bytes caller calls changed \
    condition count date day denied deployment error_code event_id event_name evidence example failed files \
    first_seen gap gap_kind get_requests gone grouping hops hour identity_type inferred issuer issuers join kept \
    kind last_seen list_requests log_file meaning module needs new oidc_assumptions oidc_first_seen oidc_last_seen \
    oidc_role_arns oidc_workspaces organization organizations outcome phase phases policy policy_bytes prefix \
    project provider_version provider_versions read read_only records region regions remedy resources role_arn \
    role_arns role_session_name rule_id run_id run_url runs service services severity skipped source source_ip \
    source_ips stack start statement status stops subject subjects synced terraform_version terraform_versions tie \
    time title unchanged unfinished unknown unmapped unseen user user_agent verdict via what why workspace \
    workspaces";

/// The comment at the end of our workbooks, which are zip archives.
pub(crate) const XLSX_MARK: &[u8] = b"tfctrail.schema_version=1";

/// How a workbook begins: the header of its first file, whose name stands behind so many bytes.
const WORKBOOK: (&[u8], usize, &[u8]) = (b"PK\x03\x04", 30, b"[Content_Types].xml");

/// Whether a file that begins with `head` and ends with `tail` is one of ours: CSV, JSON, NDJSON, Parquet or a workbook of
/// rows, or what else has our `schema_version`.
#[must_use]
pub fn is_ours(head: &[u8], tail: &[u8]) -> bool {
    if head.starts_with(b"PAR1") {
        return memchr::memmem::find(tail, b"tfctrail.schema_version").is_some();
    }
    let (magic, name_at, name) = WORKBOOK;
    if head.starts_with(magic) {
        return head.get(name_at..).is_some_and(|rest| rest.starts_with(name)) && tail.ends_with(XLSX_MARK);
    }
    let text = &*beginning(head);
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match text.first() {
        Some(b'{') => has_schema_version(text) || is_row(line),
        _ => std::str::from_utf8(line).is_ok_and(is_header),
    }
}

/// Whether the first key of an object is `schema_version`.
fn has_schema_version(text: &[u8]) -> bool {
    text[1..].trim_ascii_start().starts_with(b"\"schema_version\"")
}

/// Whether a line of NDJSON has columns of ours.
fn is_row(line: &[u8]) -> bool {
    let row: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_slice(line);
    row.is_ok_and(|row| are_columns(row.keys().map(String::as_str)))
}

/// Whether a line of CSV has the names of columns of ours.
fn is_header(line: &str) -> bool {
    are_columns(line.trim_end_matches('\r').split(','))
}

fn are_columns<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut count = 0;
    let all = names.inspect(|_| count += 1).all(|name| COLUMNS.split(' ').any(|column| column == name));
    // One word alone may be anybody's.
    all && count > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_known() {
        let check = |text: &str, expected: bool| assert_eq!(is_ours(text.as_bytes(), b""), expected, "{text}");
        check("time,event_id,account_id\n", true);
        check("\u{feff}day,organization,runs,assumptions\r\n1,2", true);
        check("run_id,kind", true);
        let redirected: Vec<u8> = "\u{feff}run_id,kind\r\nrun-1,".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_ours(&redirected[..redirected.len() - 1], b""));
        check("account_id,region,date,files,records,kept,gap\n", true);
        check("{\n\"schema_version\": 1,\n\"rows\": [", true);
        check("{\"time\":\"2026-11-02T00:00:00Z\",\"event_id\":null}\n", true);
        check("time", false);
        check("time,latency\n", false);
        check("", false);
        check("{\"Records\":[]}", false);
        check("{\"row\":\"event\",\"schema_version\":1}", false);
        check("{}", false);
        check("PAR1", false);
        let head = [b"PK\x03\x04".as_slice(), &[0; 26], b"[Content_Types].xml"].concat();
        assert!(is_ours(&head, b"..tfctrail.schema_version=1"));
        assert!(!is_ours(&head, b"tfctrail.schema_version=1.."));
        assert!(!is_ours(b"PK\x03\x04", b"tfctrail.schema_version=1"));
        assert!(is_ours(b"PAR1", b"..tfctrail.schema_version..PAR1"));
    }
}
