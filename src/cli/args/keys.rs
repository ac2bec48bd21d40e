//! Arguments of `keys`.

use clap::Args;

use super::account::{AccountParser, AccountPatterns};
use super::{LimitArgs, OutputArgs, ScanArgs};
use crate::audit::filter::Filter;
use crate::audit::filter::address_pattern::{AddressPattern, AddressPatterns};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::domain::window::Window;

/// Arguments of `keys`.
#[derive(Debug, Args)]
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
    /// Account of the credential, or of the role: glob, /regex/, or with ! in front what not to show
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
