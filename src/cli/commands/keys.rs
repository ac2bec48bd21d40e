//! `tfctrail keys`: where Terraform still uses long-lived credentials, beside what already uses OIDC.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use crate::audit::filter::Filter;
use crate::audit::filter::address_pattern::{AddressPattern, AddressPatterns};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::keys::{KeyReport, MigrationStatus, board};
use crate::cli::args::account::{AccountParser, AccountPatterns};
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::read;
use crate::cli::reading::calls::scan_for_calls;
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words::{counted, counted_as, to_usize};
use crate::cli::terminal::talk::Level;
use crate::domain::window::Window;
use crate::ingest::options::WantedCalls;
use crate::report::row::keys::schema;

/// Where Terraform still uses access keys, and what uses OIDC
///
/// One row per access key of an IAM user (or of root) that a Terraform user agent made any call with, and one per account
/// that has none. The status speaks of the account and the window: static-keys, moving (both are seen) or done (only OIDC
/// is seen). Workspaces beside a key are inferred, and the tie says from what: a word that somebody put into the user agent
/// is the name of a workspace, or runs of at most five workspaces came from the same address into the same account. What is
/// called with a role that a key assumed is not counted; those roles stand beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail keys logs/ --last 30d
  tfctrail keys s3://BUCKET --last 7d -o csv --out keys.csv
  tfctrail keys logs/ --account 111122223333 --columns user,access_key_id,calls,last_seen,services,source_ips")]
pub struct KeysArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: CallFilterArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The filters that speak of calls as well as of role assumptions, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (repeatable)")]
pub struct CallFilterArgs {
    /// Account of the credential, or of the role: glob or /regex/; with ! in front, what to leave out
    #[arg(long, value_name = "PATTERN", value_parser = AccountParser::default())]
    pub account: Vec<AccountPatterns>,
    /// Region of the event
    #[arg(long, value_name = "PATTERN")]
    pub region: Vec<Pattern>,
    /// Source address: an IP address or a CIDR block
    #[arg(long, value_name = "IP|CIDR")]
    pub ip: Vec<AddressPattern>,
}

impl CallFilterArgs {
    /// The filter they make together with the window.
    #[must_use]
    pub fn filter(&self, window: Window) -> Filter {
        Filter {
            window,
            account: AccountPatterns::all(&self.account),
            region: Patterns::new(self.region.clone()),
            ip: AddressPatterns::new(self.ip.clone()),
            ..Filter::default()
        }
    }
}

impl RunCommand for KeysArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let scan = Scan::new(&self.scan, None, &self.limits, context.now)?;
        let mut scan = scan_for_calls("keys", scan, WantedCalls::LongLived)?;
        scan.filter = self.filter.filter(scan.filter.window);
        carry_out(scan, &self.output, context, |scan| write(self, &scan, context))
    }
}

/// Scans, folds the calls into credentials and writes them.
fn write(args: &KeysArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
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

fn words(found: &KeyReport) -> Vec<String> {
    let keys = found.rows.iter().filter(|row| row.principal.is_some()).count();
    let accounts: BTreeMap<_, MigrationStatus> = found.rows.iter().map(|row| (&row.account_id, row.status)).collect();
    let of = |status| accounts.values().filter(|it| **it == status).count();
    let users: BTreeSet<_> = found.rows.iter().map(|row| (&row.account_id, &row.user, row.principal)).collect();
    let users = users.iter().filter(|(_, _, principal)| principal.is_some()).count();
    let tally = found.calls;
    let mut lines = vec![
        format!(
            "{} of {} made {} ({} removed, {} filtered)",
            counted_as(keys, "long-lived credential", "long-lived credentials"),
            counted(users, "user"),
            counted(to_usize(tally.reported), "call"),
            counted_as(to_usize(tally.duplicate + tally.conflicts), "copy", "copies"),
            tally.filtered
        ),
        format!(
            "accounts on static keys: {}, moving: {}, done: {}",
            of(MigrationStatus::StaticKeys),
            of(MigrationStatus::Moving),
            of(MigrationStatus::Done)
        ),
    ];
    if found.rows.iter().any(|row| row.tie.is_some()) {
        lines.push(
            "a workspace beside a key is inferred from the user agent or the source address, not proven".to_owned(),
        );
    }
    lines
}
