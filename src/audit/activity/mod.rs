//! What runs did (DESIGN §9): copies of calls are removed, and each call is attributed to the run, directly or by a chain of
//! sessions, whose credentials made it.

pub mod dedupe;

/// How a call is joined to a session.
pub mod link;

/// Which run it is.
pub mod origin;

/// The roles on the way.
pub mod via;

/// The sessions that there can be.
mod sessions;

/// Those that there are.
mod reach;

/// When sessions of one principal last.
mod lasting;

/// The join table.
mod table;

/// How far each session is from its run.
mod chains;

/// Whose each session is.
mod origins;

pub mod attribute;

pub mod relevant;

pub mod run_cells;

pub mod run_call;

pub mod call_target;

pub mod run_call_group;

pub mod runs_activity;

pub mod outside_write;

pub mod written;

pub mod calls_of_runs;

/// A call in a few bytes.
mod grouped_call;

pub mod put_aside;

pub mod grouped_calls;

/// The same when all are there.
mod settled_calls;

pub mod grouped_runs;

pub mod call_filter;

pub mod fold;

pub mod count;

pub mod permissions;

pub mod shown_run;

pub mod change;

pub mod deeds;

#[cfg(test)]
pub(in crate::audit) mod sample;

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod grouped_tests;

#[cfg(test)]
mod tests;
