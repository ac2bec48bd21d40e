//! `tfctrail notify NAME`: a test message.

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::notify::{targets, tell};
use crate::notify::clock::SystemClock;
use crate::notify::message::Message;
use crate::notify::send;

/// Send a test message to [notify.NAME] of the config file
///
/// The kinds are slack (and webhooks that take the same), webhook (JSON, signed), smtp and sns. Exit code 1 if a
/// message could not be delivered, with the reason.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail notify security
  tfctrail notify security mail --config /etc/tfctrail/tfctrail.toml")]
pub struct NotifyArgs {
    /// [notify.NAME] of the config file
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
}

impl RunCommand for NotifyArgs {
    /// Sends a test message to each of the names.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let targets = targets(&self.names, context.config)?;
        let sent = targets.iter().flat_map(|target| {
            let message = Message::test(&target.name, context.now);
            send(std::slice::from_ref(target), &message, &SystemClock)
        });
        tell(&sent.collect::<Vec<_>>(), context)
    }
}
