//! `tfctrail keys`: where Terraform still uses long-lived credentials, beside what already uses OIDC.

use std::collections::{BTreeMap, BTreeSet};

use super::args::KeysArgs;
use super::error::Error;
use super::reading::{CommandContext, read};
use super::scan::Scan;
use super::talk::Level;
use super::writing::Writing;
use crate::audit::keys::{Board, Status, board};
use crate::report::row::keys::schema;

/// Scans, folds the calls into credentials and writes them.
pub fn run(args: &KeysArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let mut answer = read(scan, None, writing.own_files(), context)?;
    let calls = std::mem::take(&mut answer.calls);
    let found = board(calls, |call| scan.filter.removes_call(call).is_none(), &answer.selected.events);
    let (for_people, lines) = (writing.is_for_people(), words(&found));
    writing.write(found.rows, Some(&answer.coverage), &args.scan.time.tz, context)?;
    for line in lines.into_iter().filter(|_| for_people) {
        context.talk.say(Level::Info, &line);
    }
    answer.verdict()
}

/// The scan that asks for calls too.
pub fn scan_for_calls(args: &KeysArgs, mut scan: Scan) -> Result<Scan, Error> {
    if let Some(spec) = scan.sources.iter().find(|spec| !spec.holds_calls()) {
        return Err(Error::usage(format!("source '{}': holds no calls, only role assumptions", spec.label()))
            .hint("keys reads log files: a directory, s3://BUCKET, or - for standard input"));
    }
    scan.filter = args.filter.filter(scan.filter.window);
    scan.calls = true;
    Ok(scan)
}

fn words(found: &Board) -> Vec<String> {
    let keys = found.rows.iter().filter(|row| row.principal.is_some()).count();
    let accounts: BTreeMap<_, Status> = found.rows.iter().map(|row| (&row.account_id, row.status)).collect();
    let of = |status| accounts.values().filter(|it| **it == status).count();
    let users: BTreeSet<_> = found.rows.iter().map(|row| (&row.account_id, &row.user, row.principal)).collect();
    let users = users.iter().filter(|(_, _, principal)| principal.is_some()).count();
    let tally = found.calls;
    let mut lines = vec![
        format!(
            "{keys} long-lived credentials of {users} users made {} calls ({} copies removed, {} filtered)",
            tally.reported,
            tally.duplicate + tally.conflicts,
            tally.filtered
        ),
        format!(
            "accounts on static keys: {}, moving: {}, done: {}",
            of(Status::StaticKeys),
            of(Status::Moving),
            of(Status::Done)
        ),
    ];
    if found.rows.iter().any(|row| row.tie.is_some()) {
        lines.push(
            "a workspace beside a key is inferred from the user agent or the source address, not proven".to_owned(),
        );
    }
    lines
}
