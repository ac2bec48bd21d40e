//! From events to runs (DESIGN §3): copies are removed, each event is assigned to its run, and the events of a run are folded.

pub mod corrections;

pub mod distinct;

pub mod folded;

pub mod group;

pub mod inferred;
