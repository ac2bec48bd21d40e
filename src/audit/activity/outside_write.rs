//! Writes to the resources of runs that no run made.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::run_call::RunCall;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::timestamp::Timestamp;

/// The events by which writes of runs are told.
#[derive(Debug, Default)]
pub struct WritesOfRuns(HashSet<Box<str>>);

impl WritesOfRuns {
    /// Takes a call of a run, in the report or not.
    pub fn add(&mut self, call: &RunCall) {
        if call.call.operation.read_only == Some(false) {
            let ids = [&call.call.event_id, &call.call.shared_event_id];
            self.0.extend(ids.into_iter().flatten().cloned());
        }
    }

    fn has(&self, write: &ResourceWrite) -> bool {
        let shared = write.shared_event_id.as_deref().unwrap_or_default();
        self.0.contains(&*write.event_id) || self.0.contains(shared)
    }
}

/// Leaves the writes before a time that no run made, each once, in the order of events. What services do to resources of their own
/// accord is left out. How events are spread over log files makes no difference, and some of a later time may have been read.
#[must_use]
pub fn outside_writes(
    mut writes: Vec<ResourceWrite>,
    of_runs: &WritesOfRuns,
    before: Option<Timestamp>,
) -> Vec<ResourceWrite> {
    writes.retain(|write| before.is_none_or(|before| write.time < before));
    leave_first_uses(&mut writes);
    let is_outside = |write: &ResourceWrite| write.is_write && !of_runs.has(write) && !is_service(write);
    // Whoever uses a key that a run made is told, whatever for.
    let outside = writes.into_iter().filter(|write| is_outside(write) || write.created_key.is_some());
    // In the order of events, so that of several copies the same one stands whatever the order of the files.
    let outside: BTreeSet<ResourceWrite> = outside.collect();
    let mut seen: HashSet<Box<str>> = HashSet::new();
    let is_first = |write: &ResourceWrite| {
        let shared = write.shared_event_id.iter().filter(|id| !id.is_empty());
        let ids: Vec<Box<str>> =
            std::iter::once(&write.event_id).filter(|id| !id.is_empty()).chain(shared).cloned().collect();
        let is_known = ids.iter().any(|id| seen.contains(id));
        seen.extend(ids);
        !is_known
    };
    outside.into_iter().filter(is_first).collect()
}

/// Leaves the first uses of each key. Whoever read a later one may have known of an earlier one or not, as files came to him: of
/// copies of one event, one would tell of the key and another one would not.
fn leave_first_uses(writes: &mut [ResourceWrite]) {
    let mut first: HashMap<Arc<str>, Timestamp> = HashMap::new();
    for write in writes.iter() {
        if let Some(key) = &write.created_key {
            first.entry(Arc::clone(key)).and_modify(|time| *time = write.time.min(*time)).or_insert(write.time);
        }
    }
    for write in writes {
        write.created_key.take_if(|key| first.get(&**key).is_some_and(|time| write.time > *time));
    }
}

/// Whether a service wrote, by itself or with its own role.
fn is_service(write: &ResourceWrite) -> bool {
    let of_role = write.principal.as_deref().is_some_and(|arn| arn.contains("/AWSServiceRoleFor"));
    write.kind.as_deref() == Some("AWSService") || of_role
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::activity::attribute::Attribution;
    use crate::audit::activity::link::Join;
    use crate::audit::activity::origin::RunOrigin;
    use crate::audit::activity::run_cells::RunCells;
    use crate::audit::activity::sample;
    use crate::audit::activity::via::Via;
    use crate::domain::session_call::Operation;

    fn write(id: &str, seconds: i64, shared: Option<&str>, principal: &str) -> ResourceWrite {
        ResourceWrite {
            time: sample::at(seconds),
            event_id: id.into(),
            shared_event_id: shared.map(Into::into),
            account_id: None,
            service: None,
            event_name: None,
            kind: None,
            principal: Some(principal.into()),
            resources: [Arc::from("arn:r")].into(),
            created_key: None,
            is_write: true,
            log_file: "f".into(),
        }
    }

    #[test]
    fn each_write_of_others_stands_once() {
        let mut call = RunCall {
            call: sample::call("own t=1 shared=S0"),
            attribution: Attribution {
                origin: Arc::new(RunOrigin::Name("run-1".into())),
                join: Join::Key,
                hops: 0,
                role_arn: None,
                via: Via::default(),
            },
            run: Arc::new(RunCells::default()),
            number: 0,
        };
        call.call.operation = Arc::new(Operation { read_only: Some(false), ..Operation::clone(&call.call.operation) });
        let mut of_runs = WritesOfRuns::default();
        of_runs.add(&call);
        let writes = vec![
            write("b", 9, None, "arn:aws:iam::1:user/x"),
            write("a", 5, Some("S1"), "arn:aws:iam::1:user/x"),
            write("b", 9, None, "arn:aws:iam::1:user/x"),
            write("a2", 5, Some("S1"), "arn:aws:iam::1:user/x"),
            write("own", 1, None, "x"),
            write("own-copy", 1, Some("S0"), "x"),
            write("c", 9, None, "arn:aws:sts::1:assumed-role/AWSServiceRoleForAutoScaling/x"),
            ResourceWrite { kind: Some("AWSService".into()), ..write("d", 9, None, "x") },
        ];
        let ids = |writes: Vec<ResourceWrite>| -> Vec<Box<str>> {
            outside_writes(writes, &of_runs, None).into_iter().map(|write| write.event_id).collect()
        };
        let reversed = writes.iter().rev().cloned().collect();
        assert_eq!(ids(writes), ["a".into(), Box::from("b")]);
        assert_eq!(ids(reversed), ["a".into(), Box::from("b")]);
    }

    #[test]
    fn of_the_uses_of_a_key_the_first_one_stands_whoever_read_it() {
        let used = |id: &str, seconds: i64, key: Option<&str>, file: &str| ResourceWrite {
            created_key: key.map(Into::into),
            log_file: file.into(),
            ..write(id, seconds, None, "arn:aws:iam::1:user/x")
        };
        let first = used("a", 1, Some("AKIA1"), "f");
        // Who read the one copy knew of the first use, and who read the other one did not.
        for keys in [[None, Some("AKIA1")], [Some("AKIA1"), None], [None, None], [Some("AKIA1"); 2]] {
            let writes = vec![used("b", 2, keys[0], "f"), first.clone(), used("b", 2, keys[1], "g")];
            let left = outside_writes(writes, &WritesOfRuns::default(), None);
            assert_eq!(left, [first.clone(), used("b", 2, None, "f")], "{keys:?}");
        }
    }
}
