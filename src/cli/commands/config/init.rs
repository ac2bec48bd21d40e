//! `tfctrail config init`: an example, in which everything is commented out.

use std::io::Write as _;

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;

/// Print an example of a config file, with every key explained
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail config init > tfctrail.toml")]
pub struct ConfigInitArgs {}

impl RunCommand for ConfigInitArgs {
    fn run(&self, _: &CommandContext<'_>) -> Result<(), Error> {
        let mut output = Output::open(None)?;
        output.write_all(TEXT.as_bytes()).map_err(|error| output.error(&error))?;
        output.finish()
    }
}

/// The example.
const TEXT: &str = r#"# tfctrail.toml: what holds for every call of tfctrail.
#
# It is looked for here and then as tfctrail/tfctrail.toml in the user's config directory; --config FILE names another.
# A flag wins over its variable (TFCTRAIL_LAST for --last), and that over this file. Paths are relative to this file.
# tfctrail config show --origin prints what holds, and why.

# The file of the embedded store.
# store = "store.db"

# Organizations whose runs are no surprise.
# expected_organizations = ["acme"]

# Terraform Enterprise hosts, beside app.terraform.io and app.eu.terraform.io.
# tfe_hosts = ["tfe.example.com"]

# The audience that tokens are expected to have.
# audience = "aws.workload.identity"

# The longest session that is no surprise.
# max_session = "1h"

# A subject that returns after so long is a surprise.
# silence = "90d"

# An assumption so long after the first one of its run is a surprise.
# replay_after = "24h"

# Renamed organizations: old = new.
[organization_aliases]
# "acme-old" = "acme"

# Names shown beside account ids in tables, Markdown and HTML; data formats keep the bare ids.
[accounts]
# "111122223333" = "production"

# Where source addresses are expected: addresses and CIDR blocks, by a name of yours.
[networks]
# agents = ["192.0.2.0/24", "2001:db8::/32"]

# Versions below these are out of support.
[end_of_support]
# terraform = "1.9"
# provider = "5.0"

# Sources with a name. @prod stands for it, and without SOURCE all of them are read.
# [sources.prod]
# source = "s3://bucket/prefix"
# profile = "audit"
# aws_region = "eu-west-1"
# role_arn = "arn:aws:iam::111122223333:role/audit"
# external_id = "…"
# endpoint_url = "https://s3.example.com"
# path_style = true
# no_sign_request = false
# requester_pays = false
# concurrency = 32

# Tables of Athena, wherever they are named: which columns tell day and account, where AWS does not document the table.
# [athena."database.table"]
# workgroup = "audit"
# output = "s3://bucket/prefix/"
# day = "dt"
# format = "yyyy-MM-dd"
# account = "account"
# only = { region = ["eu-west-1"] }
# columns = { errorcode = "error_code" }

# Defaults of flags, by their long name.
[defaults]
# last = "7d"
# output = "csv"

# The same, for one command.
# [defaults.summary]
# by = ["account_id", "workspace"]

# Findings that are known and accepted: patterns as those of the filters, all of which must match.
# [[suppress]]
# rule = "unexpected-organization"
# account_id = "444455556666"
# organization = "partner-*"
# reason = "their pilot, agreed on with security"
# expires = "2027-01-31"

# Who is told. Secrets come from the environment or a file, never from here.
# The kinds are slack, webhook, smtp and sns; tfctrail notify security sends a test message.
# [notify.security]
# kind = "slack"
# url_env = "SLACK_WEBHOOK"

[report]
# Where readers find the report.
# link = "https://reports.example.com/tfctrail"
"#;
