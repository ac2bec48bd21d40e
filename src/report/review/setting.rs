//! What the pages need to know beside the review.

use super::place::ReportPlace;
use super::run_pages::RunPages;
use crate::domain::issuer::Issuers;
use crate::report::account_names::AccountNames;
use crate::report::zone::Zone;

/// What the pages need to know beside the review.
#[derive(Debug, Clone)]
pub struct PageContext<'a> {
    /// What people call accounts.
    pub account_names: &'a AccountNames,
    /// How times are shown.
    pub time_zone: &'a Zone,
    /// Of which issuers a run's page may be linked.
    pub issuers: &'a Issuers,
    /// What the report is limited to: `organization acme`; empty if it is about everything.
    pub about: &'a str,
    /// The pages of runs that lie beside the page.
    pub run_pages: &'a RunPages,
    /// Where the page lies.
    pub place: &'a ReportPlace,
}
