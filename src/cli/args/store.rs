//! `--store`: where the embedded store is.

use std::path::PathBuf;

use clap::Args;

use crate::cli::error::Error;
use crate::platform::{self, DATA_FOLDER_VARIABLES, UserFolder};

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
        let usual = || platform::user_folder(UserFolder::Data).map(|user| user.join("tfctrail").join("store.db"));
        self.store.clone().or_else(usual).ok_or_else(|| {
            Error::usage(format!("the path of the store is unknown: {DATA_FOLDER_VARIABLES} is set"))
                .hint("--store FILE names it, or store = \"FILE\" in tfctrail.toml")
        })
    }
}
