//! `--store`: where the embedded store is.

use std::env;
use std::path::PathBuf;

use clap::Args;

use crate::cli::error::Error;

/// Which store, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Store")]
pub struct StoreArgs {
    /// File of the embedded store [default: tfctrail/store.db in the user's data directory]
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
}

impl StoreArgs {
    /// The file.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let user = || folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
        let usual = || user().map(|user| user.join("tfctrail").join("store.db"));
        self.store.clone().or_else(usual).ok_or_else(|| {
            Error::usage("the path of the store is unknown: neither XDG_DATA_HOME nor HOME is set")
                .hint("--store FILE names it, or store = \"FILE\" in tfctrail.toml")
        })
    }
}
