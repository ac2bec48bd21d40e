//! From events to runs (DESIGN §3): copies are removed, each event is assigned to its run, and the events of a run are folded.

pub mod assign;

pub mod corrections;

pub mod dedupe;

pub mod distinct;

pub mod fold;

pub mod inferred;

pub mod of_window;
