//! What a page is told besides its runs.

use crate::report::account_names::AccountNames;
use crate::report::zone::Zone;

/// What a page is told besides its runs.
#[derive(Debug, Clone, Copy)]
pub struct PageSetting<'a> {
    /// What people call accounts.
    pub names: &'a AccountNames,
    /// The zone of its times.
    pub zone: &'a Zone,
    /// Characters per line.
    pub width: usize,
}
