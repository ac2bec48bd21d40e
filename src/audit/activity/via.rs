//! The roles on the way from a run to a call.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The ARNs of the roles through which a session was reached, beginning with the run's own; repeats are kept.
///
/// A session has its way in common with the one before it: whoever assumes one role ten thousand times in a row has
/// written so many records, and not their square. Long ways are compared and dropped without recursion.
#[derive(Debug, Clone, Default)]
pub struct Via(Option<Arc<Step>>);

#[derive(Debug)]
struct Step {
    role_arn: Arc<str>,
    before: Via,
    length: usize,
}

impl Via {
    /// The way with one more role at its end.
    #[must_use]
    pub fn then(&self, role_arn: Arc<str>) -> Self {
        Self(Some(Arc::new(Step { role_arn, before: self.clone(), length: self.len() + 1 })))
    }

    /// How many roles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.length)
    }

    /// Whether there is none: the call was made in the run's own session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The roles from the last one to the run's own.
    pub fn backwards(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::successors(self.0.as_deref(), |step| step.before.0.as_deref()).map(|step| &step.role_arn)
    }

    /// The roles in their order.
    #[must_use]
    pub fn roles(&self) -> Vec<Arc<str>> {
        let mut roles: Vec<_> = self.backwards().cloned().collect();
        roles.reverse();
        roles
    }
}

impl FromIterator<Arc<str>> for Via {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), |via, role| via.then(role))
    }
}

impl PartialEq for Via {
    fn eq(&self, other: &Self) -> bool {
        let is_one = match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        is_one || (self.len() == other.len() && self.backwards().eq(other.backwards()))
    }
}

impl Eq for Via {}

impl Ord for Via {
    fn cmp(&self, other: &Self) -> Ordering {
        self.roles().cmp(&other.roles())
    }
}

impl PartialOrd for Via {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Via {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.backwards().for_each(|role| role.hash(state));
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        let mut before = self.before.0.take();
        while let Some(mut step) = before.and_then(Arc::into_inner) {
            before = step.before.0.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_has_its_order_and_its_repeats() {
        let via = |roles: &[&str]| -> Via { roles.iter().map(|role| Arc::from(*role)).collect() };
        let long = via(&["b", "a", "b"]);
        assert_eq!(long.roles().iter().map(|role| &**role).collect::<Vec<_>>(), ["b", "a", "b"]);
        assert_eq!((long.len(), long.is_empty(), via(&[]).is_empty()), (3, false, true));
        assert_eq!(long, via(&["b", "a"]).then("b".into()));
        assert_ne!(long, via(&["b", "a", "a"]));
        assert!(via(&[]) < via(&["a", "z"]) && via(&["a", "z"]) < via(&["b"]) && via(&["b"]) < long);
    }

    #[test]
    fn no_way_is_too_long() {
        let role: Arc<str> = "r".into();
        let long = || -> Via { std::iter::repeat_n(Arc::clone(&role), 300_000).collect() };
        assert_eq!(long(), long());
        assert_eq!(long().cmp(&long()), Ordering::Equal);
    }
}
