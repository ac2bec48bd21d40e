//! Rules that look at what each run called, one run after the other.

use crate::audit::activity::runs_activity::RunActivity;
use crate::audit::rules::asked::Asked;
use crate::audit::rules::gather::FindingCollector;
use crate::audit::rules::rule::{BoxedCallDetector, CallDetector, Rule};
use crate::domain::finding::Finding;

/// The detector of a rule that looks at each run alone.
struct OverRuns<'a, F> {
    found: FindingCollector<'a>,
    judge: F,
}

/// Makes a detector of a function that looks at one run.
pub(super) fn over_runs<'a, F>(rule: &'static Rule, judge: F) -> BoxedCallDetector<'a>
where
    F: FnMut(RunActivity<'a>, &mut FindingCollector<'a>) + 'a,
{
    Box::new(OverRuns { found: FindingCollector::new(rule, Asked::ALL), judge })
}

impl<'a, F: FnMut(RunActivity<'a>, &mut FindingCollector<'a>)> CallDetector<'a> for OverRuns<'a, F> {
    fn see(&mut self, run: RunActivity<'a>) {
        (self.judge)(run, &mut self.found);
    }

    fn finish(self: Box<Self>) -> Vec<Finding> {
        self.found.into_findings()
    }
}
