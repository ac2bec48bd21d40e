//! Stored rows: which of them a question reads, which of them stand, and the one walk over them. What asks a store for
//! numbers or events visits it, and knows neither how a filter narrows a walk nor what marks a copy.

pub(super) mod columns;

pub(super) mod copied;

pub(super) mod narrow;

pub(super) mod state;

pub(super) mod walk;
