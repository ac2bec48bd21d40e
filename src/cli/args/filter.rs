//! The filters.

use clap::Args;

use super::account::{AccountParser, AccountPatterns};
use crate::audit::filter::Filter;
use crate::audit::filter::address_pattern::{AddressPattern, AddressPatterns};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::filter::word_pattern::{WordPattern, WordPatterns};
use crate::domain::window::Window;

/// The filters that speak of a run, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (repeatable)")]
pub struct RunFilterArgs {
    /// Organization: glob or /regex/; with ! in front, what to leave out
    ///
    /// This holds for all filters: an event passes if its value matches none of the flag's patterns with ! in front,
    /// and at least one of the others, if there are any. A glob has to match the whole value and is case-sensitive: *
    /// is any text, also across /; ? is one character; [a-z] is one character of a set, and [!a-z] one outside of it.
    /// /regex/ matches anywhere in the value. A value that is absent passes only patterns with ! in front.
    #[arg(long, value_name = "PATTERN")]
    pub org: Vec<Pattern>,
    /// Project
    #[arg(long, value_name = "PATTERN")]
    pub project: Vec<Pattern>,
    /// Workspace
    #[arg(long, value_name = "PATTERN")]
    pub workspace: Vec<Pattern>,
    /// Stack
    #[arg(long, value_name = "PATTERN")]
    pub stack: Vec<Pattern>,
    /// Deployment of a Stack
    #[arg(long, value_name = "PATTERN")]
    pub deployment: Vec<Pattern>,
    /// Phase (plan, apply, …), or operation of a Stack or module test
    #[arg(long, value_name = "PATTERN")]
    pub phase: Vec<Pattern>,
    /// Run id, as in run-LMCK4SSiBfR6Y6rb
    #[arg(long, value_name = "PATTERN")]
    pub run: Vec<Pattern>,
}

impl RunFilterArgs {
    /// The filter they make together with the window.
    #[must_use]
    pub fn filter(&self, window: Window) -> Filter {
        let patterns = |patterns: &[Pattern]| Patterns::new(patterns.to_vec());
        Filter {
            window,
            org: patterns(&self.org),
            project: patterns(&self.project),
            workspace: patterns(&self.workspace),
            stack: patterns(&self.stack),
            deployment: patterns(&self.deployment),
            phase: patterns(&self.phase),
            run: patterns(&self.run),
            ..Filter::default()
        }
    }
}

/// The filters, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (repeatable)")]
pub struct FilterArgs {
    /// What is asked of the run.
    #[command(flatten)]
    pub run: RunFilterArgs,
    /// Account that received the event
    #[arg(long, value_name = "PATTERN", value_parser = AccountParser::default())]
    pub account: Vec<AccountPatterns>,
    /// Region of the event
    #[arg(long, value_name = "PATTERN")]
    pub region: Vec<Pattern>,
    /// Role, by its ARN or its bare name
    #[arg(long, value_name = "PATTERN")]
    pub role: Vec<Pattern>,
    /// Issuer of the token
    #[arg(long, value_name = "PATTERN")]
    pub issuer: Vec<Pattern>,
    /// Source address: an IP address or a CIDR block
    ///
    /// Host bits are ignored. A source address that is no IP address, such as the name of an AWS service, passes only
    /// patterns with ! in front.
    #[arg(long, value_name = "IP|CIDR")]
    pub ip: Vec<AddressPattern>,
    /// granted or denied
    #[arg(long, value_name = "OUTCOME", value_parser = WordPattern::outcome)]
    pub outcome: Vec<WordPattern>,
    /// workspace, stack, module-test or other
    #[arg(long, value_name = "KIND", value_parser = WordPattern::kind)]
    pub kind: Vec<WordPattern>,
}

impl FilterArgs {
    /// The filter they make together with the window.
    #[must_use]
    pub fn filter(&self, window: Window) -> Filter {
        let patterns = |patterns: &[Pattern]| Patterns::new(patterns.to_vec());
        Filter {
            account: AccountPatterns::all(&self.account),
            region: patterns(&self.region),
            role: patterns(&self.role),
            issuer: patterns(&self.issuer),
            ip: AddressPatterns::new(self.ip.clone()),
            outcome: WordPatterns::new(self.outcome.clone()),
            kind: WordPatterns::new(self.kind.clone()),
            ..self.run.filter(window)
        }
    }
}
