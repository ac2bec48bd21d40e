//! `tfctrail trust`: the tightest trust policy of each role, and a review of an existing one.

mod said;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::trust::expect::{Expectation, OrganizationStanding, strangers};
use crate::audit::trust::policy::Policy;
use crate::audit::trust::policy_check::{Remark, review};
use crate::audit::trust::policy_use::{Grant, PolicyUse};
use crate::audit::trust::propose::{Proposal, propose};
use crate::cli::args::account::{AccountParser, AccountPatterns};
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::args::severity::severities;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, ErrorKind, reason};
use crate::cli::near::near;
use crate::cli::output::emitting::{emit, refuse_rows, typed_for_rows};
use crate::cli::output::writing::Writing;
use crate::cli::parsing::parse::ParsedCommandLine;
use crate::cli::reading::answer::{ScanResult, read};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::talk::Level;
use crate::decode::pack::marked;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::finding::Severity;
use crate::domain::issuer::HCP_HOSTS;
use crate::domain::role::role_name;
use crate::report::row::trust::{remarks_schema, schema};
use crate::report::trust_policy::{all_as_hcl, all_as_json};

/// The tightest trust policy of each role, or a review of a policy
///
/// Without --policy, there is one row per role that was granted. Its policy covers what was seen: it lists each subject with its audience under
/// StringEquals, and nothing else. Organizations that are not expected are left out. The program names what would stop
/// working, and what was not seen (such as the apply of a workspace that only planned). With --policy, that policy is
/// compared with the subjects that were seen, one row per remark: stranger (an
/// organization that is not expected got in, and still can), open (an organization that nobody named gets in), missing (a
/// subject that was granted is refused), loose (more is admitted than was seen), dead (a value that matches no subject) or tight.
/// Conditions on keys of the request (aws:…) and the identity provider's own list of audiences are not checked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail trust logs/ --last 90d --org acme
  tfctrail trust logs/ --role deploy --org acme --emit hcl > trust.tf
  aws iam get-role --role-name deploy > role.json && tfctrail trust logs/ --policy role.json")]
pub struct TrustArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Trust policy to review: the answer of `aws iam get-role`, or the bare document
    #[arg(long, value_name = "FILE", conflicts_with_all = ["emit", "any_phase"], help_heading = "Trust")]
    pub policy: Option<PathBuf>,
    /// What to print: the rows, or the policies as JSON by role, or as locals for Terraform
    #[arg(long, value_name = "WHAT", default_value = "rows", help_heading = "Trust")]
    pub emit: Emit,
    /// Cover every phase of the workspaces and Stacks that were seen
    #[arg(long, help_heading = "Trust")]
    pub any_phase: bool,
    /// Organizations that the policy should admit: glob or /regex/, or with ! in front; others that got in are left out and named
    ///
    /// Where expected organizations are named too, no pattern admits any other organization.
    #[arg(long, value_name = "PATTERN", help_heading = "Trust")]
    pub org: Vec<Pattern>,
    /// An organization of yours; others that got in are left out and named. Repeatable [default: the config file's]
    #[arg(long, value_name = "ORG", value_delimiter = ',', help_heading = "Trust")]
    pub expected_organization: Vec<String>,
    /// Admit organizations that are not expected, too
    #[arg(long, help_heading = "Trust")]
    pub admit_unexpected: bool,
    /// Exit with 3 if an organization that is not expected got in; that is critical, so that every level includes it
    #[arg(long, value_name = "LEVEL", value_parser = severities(), help_heading = "Trust")]
    pub fail_on: Option<Severity>,
    /// Role, by its ARN or its bare name
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)")]
    pub role: Vec<Pattern>,
    /// Account that received the event
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)", value_parser = AccountParser::default())]
    pub account: Vec<AccountPatterns>,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The flags about rows that were typed.
    #[arg(skip)]
    pub for_rows: Vec<&'static str>,
}

/// What `trust` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// Rows, in the format of --output
    Rows,
    /// One JSON object: role ARN to policy document
    Json,
    /// Terraform locals
    Hcl,
}

/// A trust policy is a few KiB; IAM takes no larger one.
const POLICY_BYTES: u64 = 1 << 20;

/// The scan: whole accounts, since other roles tell which phase has a role of its own.
fn scan_of_accounts(args: &TrustArgs, mut scan: Scan) -> Scan {
    scan.filter = Filter { account: AccountPatterns::all(&args.account), ..scan.filter };
    scan
}

impl RunCommand for TrustArgs {
    fn prepare(&mut self, read: &ParsedCommandLine) -> Result<(), clap::Error> {
        self.for_rows = typed_for_rows(read);
        Ok(())
    }

    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        if self.emit != Emit::Rows {
            refuse_rows(&self.for_rows)?;
        }
        let scan = scan_of_accounts(self, Scan::new(&self.scan, None, &self.limits, context.now)?);
        carry_out(scan, &self.output, context, |scan| write(self, &scan, context))
    }
}

/// Scans, and writes policies or the review of one.
fn write(args: &TrustArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let policy = args.policy.as_deref().map(load).transpose()?;
    let (zone, out) = (&args.scan.time.tz, args.output.out.as_deref());
    if let (Some(path), Some(policy)) = (&args.policy, policy) {
        let writing = Writing::open(&args.output, remarks_schema())?;
        let mut material = TrustInput::read(args, scan, writing.own_files(), context)?;
        let remarks = material.review(&policy, path, context)?;
        writing.write(remarks, Some(&material.narrowed()), zone, context)?;
        return material.verdict(context);
    }
    if args.emit == Emit::Rows {
        let writing = Writing::open(&args.output, schema())?;
        let mut material = TrustInput::read(args, scan, writing.own_files(), context)?;
        let found = material.proposals();
        said::about(&found, &material.expectation, args.any_phase, context);
        writing.write(found, Some(&material.narrowed()), zone, context)?;
        return material.verdict(context);
    }
    let material = TrustInput::read(args, scan, out.map(Path::to_owned).into_iter().collect(), context)?;
    let found = material.proposals();
    said::about(&found, &material.expectation, args.any_phase, context);
    emit(out, &if args.emit == Emit::Hcl { all_as_hcl(&found) } else { all_as_json(&found) })?;
    if let Some(out) = out.filter(|out| *out != "-") {
        context.say_written(out, found.len() as u64);
    }
    material.verdict(context)
}

/// What was read, and who is expected.
struct TrustInput<'a> {
    args: &'a TrustArgs,
    answer: ScanResult,
    expectation: Expectation,
    /// The roles asked for.
    roles: Filter,
    /// How many organizations got in that nobody expects.
    strangers: usize,
}

impl<'a> TrustInput<'a> {
    fn read(
        args: &'a TrustArgs,
        scan: &Scan,
        exclude: Vec<PathBuf>,
        context: &CommandContext<'_>,
    ) -> Result<Self, Error> {
        let answer = read(scan, None, exclude, context)?;
        let text = |text: &String| Box::from(text.as_str());
        let expectation = Expectation {
            organizations: args.expected_organization.iter().map(text).collect(),
            aliases: context.config.organization_aliases.iter().map(|(old, new)| (text(old), text(new))).collect(),
            asked: Patterns::new(args.org.clone()),
            admit_unexpected: args.admit_unexpected,
        };
        let roles = Filter { role: Patterns::new(args.role.clone()), ..Filter::default() };
        let mut material = Self { args, answer, expectation, roles, strangers: 0 };
        material.refuse_typos()?;
        let strangers = strangers(material.granted(), &material.expectation);
        said::strangers(&strangers, &material.expectation, args.policy.is_some(), context);
        material.strangers = strangers.len();
        Ok(material)
    }

    /// The events that got one of the roles asked for.
    fn granted(&self) -> impl Iterator<Item = &Assumption> {
        let events = self.answer.selected.events.iter();
        events.filter(|event| is_granted(event) && self.roles.removes(event).is_none())
    }

    /// What matches nothing at all was typed wrong, and an empty document would not say so.
    fn refuse_typos(&self) -> Result<(), Error> {
        let granted = self.answer.selected.events.iter().filter(|event| is_granted(event));
        let roles: BTreeSet<&str> = granted.filter_map(|event| event.role_arn.as_deref()).collect();
        let bare: BTreeSet<&str> = roles.iter().map(|arn| role_name(arn)).collect();
        let passes = |role: &&str| self.roles.role.pass_any(&[role, role_name(role)]);
        if !roles.is_empty() && !roles.iter().any(passes) {
            return Err(unmatched("--role", "role that was granted", &self.roles.role, &bare));
        }
        let organizations: BTreeSet<&str> = self.granted().filter_map(|event| event.subject.organization()).collect();
        let asked = &self.expectation.asked;
        if !organizations.is_empty() && !organizations.iter().any(|name| asked.pass(Some(name))) {
            return Err(unmatched("--org", "organization that got a role", asked, &organizations));
        }
        Ok(())
    }

    fn proposals(&self) -> Vec<Proposal> {
        let mut found = propose(&self.answer.selected.events, &self.expectation, self.args.any_phase);
        found.retain(|proposal| self.roles.role.pass_any(&[&proposal.role_arn, role_name(&proposal.role_arn)]));
        found
    }

    fn review(&mut self, policy: &Policy, path: &Path, context: &CommandContext<'_>) -> Result<Vec<Remark>, Error> {
        let events: Vec<&Assumption> = self.granted().collect();
        let roles: BTreeSet<&str> = events.iter().filter_map(|event| event.role_arn.as_deref()).collect();
        let role = match (policy.role_arn.as_deref(), roles.len()) {
            (Some(named), _) => Some(named),
            (None, 0 | 1) => roles.first().copied(),
            (None, count) => {
                return Err(Error::usage(format!(
                    "--policy '{}': names no role, and {count} roles were seen",
                    path.display()
                ))
                .hint("name the policy's role with --role, or export it with: aws iam get-role --role-name NAME"));
            }
        };
        let (mut grants, mut strangers) = (BTreeSet::new(), BTreeSet::new());
        for event in events.iter().filter(|event| event.role_arn.as_deref() == role) {
            let grant = || Grant {
                subject: event.subject.to_string(),
                issuer: event.issuer.as_deref().map(str::to_owned),
                audience: event.audience.as_deref().map(str::to_owned),
            };
            match self.expectation.of(event.subject.organization()) {
                OrganizationStanding::Covered => grants.insert(grant()),
                OrganizationStanding::Unexpected => strangers.insert(grant()),
                _ => false,
            };
        }
        let named = self.args.scan.issuers.tfe_host.iter().map(|host| host.to_lowercase());
        let issuers = HCP_HOSTS.iter().map(|host| (*host).to_owned()).chain(named);
        let issuers = issuers.chain(grants.iter().chain(&strangers).filter_map(|grant| grant.issuer.clone())).collect();
        let used =
            PolicyUse { grants: &grants, strangers: &strangers, expectation: &self.expectation, issuers: &issuers };
        let remarks = review(policy, used);
        let seen = match role {
            Some(role) => format!("compared with {} subjects that were granted {role}", grants.len()),
            None => "no role was granted in the window, so only strangers and dead values can be found".to_owned(),
        };
        context.talk.say(Level::Info, &seen);
        Ok(remarks)
    }

    /// The coverage, in which events of other roles count as removed by a filter.
    fn narrowed(&mut self) -> Coverage {
        let mut coverage = self.answer.coverage.clone();
        let others = self.answer.selected.events.iter().filter(|event| self.roles.removes(event).is_some());
        let others = others.count() as u64;
        coverage.kept.reported -= others;
        coverage.kept.filtered += others;
        coverage
    }

    fn verdict(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let judged = match (self.strangers, self.args.fail_on) {
            (1.., Some(_)) if !self.args.admit_unexpected => {
                let what = if self.strangers == 1 { "one organization" } else { "several organizations" };
                let message = format!("{what} that nobody expects got in, which is critical, and --fail-on was given");
                Err(Error::new(ErrorKind::Findings, message))
            }
            _ => Ok(()),
        };
        context.talk.gravest([judged, self.answer.verdict()])
    }
}

fn is_granted(event: &Assumption) -> bool {
    matches!(event.outcome, Outcome::Granted { .. })
}

/// So many names are listed where none was right.
const LISTED: usize = 10;

fn unmatched(flag: &str, what: &str, patterns: &Patterns, names: &BTreeSet<&str>) -> Error {
    let typed = patterns.literals().unwrap_or_default();
    let shown = if typed.is_empty() { "the pattern".to_owned() } else { format!("'{}'", typed.join("', '")) };
    let mut listed: Vec<&str> = names.iter().copied().take(LISTED).collect();
    listed.extend((names.len() > LISTED).then_some("…"));
    let error = Error::usage(format!("{flag}: no {what} matches {shown}"));
    let near: Vec<&str> = typed.iter().flat_map(|word| near(word, names.iter().copied())).collect();
    let error = if near.is_empty() { error } else { error.hint(format!("did you mean {}?", near.join(" or "))) };
    error.hint(format!("those that were seen: {}", listed.join(", ")))
}

fn load(path: &Path) -> Result<Policy, Error> {
    let refuse = |what: &dyn std::fmt::Display| Error::usage(format!("--policy '{}': {what}", path.display()));
    let text = File::open(path).and_then(|file| marked::read(file, POLICY_BYTES));
    let text = text.map_err(|error| refuse(&reason(&error)))?;
    Policy::parse(&text)
        .map_err(|error| refuse(&error).hint("export it with: aws iam get-role --role-name NAME > FILE"))
}
