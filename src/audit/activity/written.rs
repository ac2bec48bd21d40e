//! What runs wrote and made, so far as the calls that were read tell: of what others do, only what is about these matters.

use std::collections::HashSet;

use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::{CallOutcome, SessionCall};

/// The resources that calls wrote, and the keys that they made.
#[derive(Debug, Default)]
pub struct WrittenByRuns<'a> {
    arns: HashSet<&'a str>,
    keys: HashSet<&'a str>,
}

impl<'a> WrittenByRuns<'a> {
    /// Of calls that may be of runs.
    #[must_use]
    pub fn new(calls: &'a [SessionCall]) -> Self {
        let writes = calls.iter().filter(|call| is_write(call));
        Self {
            arns: writes.flat_map(|call| &call.resources).map(|arn| &**arn).collect(),
            keys: calls.iter().filter_map(|call| call.created_key.as_deref()).collect(),
        }
    }

    /// All of them, each as it stands in the text of a record.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.arns.iter().chain(&self.keys).copied()
    }

    /// Leaves what is about these, of what may be about more: whoever read it told texts apart by their hashes, or knew of other
    /// calls.
    pub fn retain(&self, writes: &mut Vec<ResourceWrite>) {
        writes.retain_mut(|write| {
            write.is_write = write.is_write && write.resources.iter().any(|arn| self.arns.contains(&**arn));
            write.created_key.take_if(|key| !self.keys.contains(&**key));
            write.is_write || write.created_key.is_some()
        });
    }
}

/// Whether a call succeeded and does not only read.
#[must_use]
pub fn is_write(call: &SessionCall) -> bool {
    call.operation.read_only == Some(false) && call.operation.outcome() == CallOutcome::Ok
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::activity::sample;
    use crate::domain::session_call::Operation;

    fn call(text: &str, is_write: bool, key: Option<&str>) -> SessionCall {
        let mut call = sample::call(text);
        call.operation = Arc::new(Operation { read_only: Some(!is_write), ..Operation::clone(&call.operation) });
        call.created_key = key.map(Into::into);
        call
    }

    fn write(arns: &[&str], is_write: bool, key: Option<&str>) -> ResourceWrite {
        ResourceWrite {
            time: sample::at(0),
            event_id: "e".into(),
            shared_event_id: None,
            account_id: None,
            service: None,
            event_name: None,
            kind: None,
            principal: None,
            resources: arns.iter().map(|arn| Arc::from(*arn)).collect(),
            created_key: key.map(Arc::from),
            is_write,
            log_file: "f".into(),
        }
    }

    #[test]
    fn what_is_about_nothing_of_a_run_is_left_out() {
        let calls = [
            call("a t=1 arns=arn:one,arn:two", true, None),
            call("b t=1 arns=arn:read", false, Some("AKIA1")),
            call("c t=1 arns=arn:denied error=AccessDenied", true, None),
        ];
        let written = WrittenByRuns::new(&calls);
        let mut texts: Vec<&str> = written.texts().collect();
        texts.sort_unstable();
        assert_eq!(texts, ["AKIA1", "arn:one", "arn:two"]);
        let mut writes = vec![
            write(&["arn:other", "arn:two"], true, None),
            write(&["arn:two"], false, None),
            write(&["arn:read"], true, Some("AKIA1")),
            write(&["arn:one"], true, Some("AKIA2")),
            write(&["arn:denied"], true, Some("AKIA2")),
        ];
        written.retain(&mut writes);
        let left: Vec<(bool, Option<&str>)> =
            writes.iter().map(|write| (write.is_write, write.created_key.as_deref())).collect();
        assert_eq!(left, [(true, None), (false, Some("AKIA1")), (true, None)]);
    }
}
