//! Athena: `athena:DATABASE.TABLE[?workgroup=…]`, a table over CloudTrail's log files that somebody else made.
//!
//! One statement asks for the role assumptions of the days that a window needs, so that Athena reads those day folders and no
//! others (DESIGN §2: to the end of the late days). The rows of its result are the rows of the table that the decoder knows
//! (DESIGN §11), put back into the log files that they come from.
//!
//! ```text
//! table       what a text names, and what it says about the table
//! shape       the columns and partitions that a table has
//! layout      which of them tell the day
//! days        conditions on days
//! projection  which values a projected column has
//! losses      what of a question a projection leaves out
//! lost_days   which days of it, in words
//! quote       names and texts in SQL
//! sql         the statement
//! rows        rows of a result as log files
//! price       what scanning costs
//! ```

pub mod days;
mod kind;
pub mod layout;
pub mod losses;
pub mod lost_days;
pub mod price;
pub mod projection;
pub mod quote;
pub mod rows;
pub mod shape;
pub mod sql;
pub mod table;

#[cfg(feature = "aws")]
mod describe;
#[cfg(feature = "aws")]
mod estimate;
#[cfg(feature = "aws")]
mod examine;
#[cfg(feature = "aws")]
mod execution;
#[cfg(feature = "aws")]
mod explain;
#[cfg(feature = "aws")]
mod open;
#[cfg(feature = "aws")]
mod place;
#[cfg(feature = "aws")]
mod plan;
#[cfg(feature = "aws")]
mod policy;
#[cfg(feature = "aws")]
mod reading;
#[cfg(feature = "aws")]
mod remember;
#[cfg(feature = "aws")]
mod request;
#[cfg(feature = "aws")]
mod results;

pub(super) use kind::KIND;
