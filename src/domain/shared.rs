//! Values that events have in common, kept once: of 300,000 events, most have one of a few roles, addresses and user agents.
//!
//! Whatever outlives the log file that it was read from shares its values here, so that it takes little memory. Whoever counts or
//! compares what was kept gives values [numbers](crate::audit::numbers) instead.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashSet;

use super::assumption::{Assumption, Outcome};
use super::source_address::SourceAddress;
use super::subject::Subject;

/// Values of one kind that were met before.
#[derive(Debug)]
pub struct Shared<T: ?Sized> {
    known: HashSet<Arc<T>>,
    /// So many are remembered at once.
    limit: usize,
}

impl<T: Hash + Eq + ?Sized> Shared<T> {
    /// None yet. All are forgotten when there are more than `limit`.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { known: HashSet::new(), limit }
    }

    /// Puts the one that was met before in place of an equal one.
    pub fn share(&mut self, value: &mut Arc<T>) {
        if let Some(known) = self.known.get(&**value) {
            *value = Arc::clone(known);
            return;
        }
        if self.known.len() >= self.limit {
            self.known.clear();
        }
        self.known.insert(Arc::clone(value));
    }
}

impl<T: Hash + Eq> Shared<T> {
    /// The same of a value that is in no [`Arc`] yet.
    pub fn one(&mut self, value: T) -> Arc<T> {
        if let Some(known) = self.known.get(&value) {
            return Arc::clone(known);
        }
        let mut fresh = Arc::new(value);
        self.share(&mut fresh);
        fresh
    }
}

impl Shared<str> {
    /// The same of a text that is in no [`Arc`] yet.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let mut fresh = text.into();
        self.share(&mut fresh);
        fresh
    }
}

/// So many texts are remembered at once. Whoever writes a new one into each event takes no more memory for that.
const REMEMBERED: usize = 1 << 15;

/// The texts of the last events.
#[derive(Debug)]
pub struct SharedTexts(Shared<str>);

impl Default for SharedTexts {
    fn default() -> Self {
        Self(Shared::new(REMEMBERED))
    }
}

impl SharedTexts {
    /// Lets an event have the texts that others have too.
    pub fn share(&mut self, event: &mut Assumption) {
        let texts = [
            &mut event.account_id,
            &mut event.region,
            &mut event.issuer,
            &mut event.audience,
            &mut event.role_arn,
            &mut event.verification_method,
            &mut event.user_agent,
        ];
        texts.into_iter().flatten().for_each(|text| self.0.share(text));
        if let Some(address) = &event.source_address {
            let mut text: Arc<str> = address.as_str().into();
            self.0.share(&mut text);
            event.source_address = Some(SourceAddress::from(text));
        }
        if let Outcome::Denied { code } = &mut event.outcome {
            self.0.share(code);
        }
        match &mut event.subject {
            Subject::Workspace { organization, project, workspace, phase } => {
                project.iter_mut().chain([organization, workspace, phase]).for_each(|text| self.0.share(text));
            }
            Subject::Stack { organization, project, stack, deployment, phase } => {
                for text in [organization, project, stack, deployment, phase] {
                    self.0.share(text);
                }
            }
            Subject::ModuleTest { organization, module, phase } => {
                for text in [organization, module, phase] {
                    self.0.share(text);
                }
            }
            Subject::Other(text) => self.0.share(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    fn event() -> Assumption {
        Assumption {
            time: Timestamp::LAST,
            event_id: Some("e".into()),
            account_id: Some("787878787878".into()),
            region: None,
            source_address: Some(SourceAddress::new("192.0.2.7")),
            subject: Subject::parse("organization:heron:workspace:web:run_phase:plan"),
            issuer: Some("app.terraform.io".into()),
            audience: None,
            role_arn: Some("arn:aws:iam::787878787878:role/web".into()),
            role_session_name: None,
            run_id: None,
            duration_seconds: None,
            expiration: None,
            verification_method: None,
            outcome: Outcome::Denied { code: "AccessDenied".into() },
            user_agent: Some("curl".into()),
            log_file: "f".into(),
            content: [0; 32],
            correction: None,
        }
    }

    #[test]
    fn equal_texts_are_one_and_events_stay_what_they_are() {
        let mut texts = SharedTexts::default();
        let (mut one, mut other) = (event(), event());
        texts.share(&mut one);
        texts.share(&mut other);
        assert_eq!((&one, &other), (&event(), &event()));
        for (one, other) in [(&one.role_arn, &other.role_arn), (&one.user_agent, &other.user_agent)] {
            assert!(Arc::ptr_eq(one.as_ref().unwrap(), other.as_ref().unwrap()));
        }
        let organization = |event: &Assumption| event.subject.organization().map(str::as_ptr);
        assert_eq!(organization(&one), organization(&other));
        let address = |event: &Assumption| event.source_address.as_ref().map(|it| it.as_str().as_ptr());
        assert_eq!(address(&one), address(&other));
    }

    #[test]
    fn no_number_of_texts_takes_more_memory() {
        let mut texts = SharedTexts::default();
        for number in 0..3 * REMEMBERED {
            let mut text: Arc<str> = number.to_string().into();
            texts.0.share(&mut text);
            assert!(*text == *number.to_string() && texts.0.known.len() <= REMEMBERED);
        }
    }
}
