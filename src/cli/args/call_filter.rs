//! The filters of calls.

use clap::Args;

use super::account::{AccountParser, AccountPatterns};
use super::filter::RunFilterArgs;
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::filter::address_pattern::{AddressPattern, AddressPatterns};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::domain::window::Window;

/// The filters of calls, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (repeatable)")]
pub struct SessionCallFilterArgs {
    /// What is asked of the run.
    #[command(flatten)]
    pub run: RunFilterArgs,
    /// Account that received the call
    #[arg(long, value_name = "PATTERN", value_parser = AccountParser::default())]
    pub account: Vec<AccountPatterns>,
    /// Region of the call
    #[arg(long, value_name = "PATTERN")]
    pub region: Vec<Pattern>,
    /// Role that made the call, by its ARN or its bare name
    #[arg(long, value_name = "PATTERN")]
    pub role: Vec<Pattern>,
    /// Source address of the call: an IP address or a CIDR block
    #[arg(long, value_name = "IP|CIDR")]
    pub ip: Vec<AddressPattern>,
    /// Service that was called, such as s3 or iam
    #[arg(long, value_name = "PATTERN")]
    pub service: Vec<Pattern>,
    /// Name of the event, as the record has it: Create* is a glob
    #[arg(long, value_name = "PATTERN")]
    pub event_name: Vec<Pattern>,
    /// Who called: run, or the service that called on the run's behalf
    #[arg(long, value_name = "PATTERN")]
    pub caller: Vec<Pattern>,
    /// Only calls that change something, as the record says
    #[arg(long)]
    pub writes: bool,
    /// Only calls that AWS denied
    #[arg(long)]
    pub denied: bool,
}

impl SessionCallFilterArgs {
    /// The filter that they make together with the window.
    #[must_use]
    pub fn filter(&self, window: Window) -> CallFilter {
        let patterns = |patterns: &[Pattern]| Patterns::new(patterns.to_vec());
        CallFilter {
            run: self.run.filter(window),
            account: AccountPatterns::all(&self.account),
            region: patterns(&self.region),
            role: patterns(&self.role),
            ip: AddressPatterns::new(self.ip.clone()),
            service: patterns(&self.service),
            event_name: patterns(&self.event_name),
            caller: patterns(&self.caller),
            writes: self.writes,
            denied: self.denied,
        }
    }
}
