//! What sources have in common whose events come in pages, by account and region: which places are asked, how long a
//! request waits that failed, in which parts a store remembers them, and where the pages wait.

pub mod patience;
pub mod regions;
pub mod slots;
pub mod tokens;

#[cfg(feature = "aws")]
pub(super) mod account_region;
#[cfg(feature = "aws")]
pub(super) mod inbox;
