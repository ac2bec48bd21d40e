//! Rules over what runs called. They need calls, which only commands with `--activity`, and `show`, read.

mod over_runs;

/// The account of whoever is let in.
mod strangers;

/// Programs that call AWS, by what they call themselves.
mod programs;

/// What stays when the run is over.
mod lasting_effect;

pub(super) mod write_in_plan;

pub(super) mod persistence;

pub(super) mod chained_out;

pub(super) mod denied_read;

pub(super) mod many_denials;

pub(super) mod session_elsewhere;

pub(super) mod session_after_run;

pub(super) mod changed_outside;

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;

/// What rules over calls need.
const NEEDS: &str = "--activity";
