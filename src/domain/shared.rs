//! Texts that events have in common, kept once: of 300,000 events, most have one of a few roles, addresses and user agents.

use std::sync::Arc;

use hashbrown::HashSet;

use super::assumption::{Assumption, Outcome};
use super::source_address::SourceAddress;
use super::subject::Subject;

/// So many texts are remembered at once. Whoever writes a new one into each event takes no more memory for that.
const REMEMBERED: usize = 1 << 15;

/// The texts of the last events.
#[derive(Debug, Default)]
pub struct SharedTexts(HashSet<Arc<str>>);

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
        texts.into_iter().flatten().for_each(|text| self.text(text));
        if let Some(address) = &event.source_address {
            let mut text: Arc<str> = address.as_str().into();
            self.text(&mut text);
            event.source_address = Some(SourceAddress::from(text));
        }
        if let Outcome::Denied { code } = &mut event.outcome {
            self.text(code);
        }
        match &mut event.subject {
            Subject::Workspace { organization, project, workspace, phase } => {
                project.iter_mut().chain([organization, workspace, phase]).for_each(|text| self.text(text));
            }
            Subject::Stack { organization, project, stack, deployment, phase } => {
                for text in [organization, project, stack, deployment, phase] {
                    self.text(text);
                }
            }
            Subject::ModuleTest { organization, module, phase } => {
                for text in [organization, module, phase] {
                    self.text(text);
                }
            }
            Subject::Other(text) => self.text(text),
        }
    }

    fn text(&mut self, text: &mut Arc<str>) {
        if let Some(known) = self.0.get(&**text) {
            *text = Arc::clone(known);
            return;
        }
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(Arc::clone(text));
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
            texts.text(&mut text);
            assert!(*text == *number.to_string() && texts.0.len() <= REMEMBERED);
        }
    }
}
