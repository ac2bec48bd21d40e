//! Events that CloudTrail delivered again with better data (`addendum`, DESIGN §8), each in place of what it corrects.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::assumption::{Assumption, Correction};
use crate::domain::log_key::LogKey;
use crate::domain::role::run_id_of_session;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

/// What decides about an event among its corrections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionLink {
    /// The account; only events of one account correct each other.
    pub account: Option<Box<str>>,
    /// The id of the event.
    pub id: Option<Box<str>>,
    /// The id of the event that it corrects.
    pub corrects: Option<Box<str>>,
    /// Whether it has no more than the fields that it corrects.
    pub is_partial: bool,
    /// When the call was completed.
    pub time: Timestamp,
    /// The stamp of its log file.
    pub delivered: Option<Timestamp>,
    /// SHA-256 of the record.
    pub content: [u8; 32],
}

/// An event and its corrections, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionFamily {
    /// Those that make the one that stands, the last of them, out of the fields of those before it. All but the first have
    /// the fields alone that they correct.
    pub layers: Vec<usize>,
    /// All others.
    pub replaced: Vec<usize>,
}

impl CorrectionLink {
    fn of(event: &Assumption) -> Self {
        Self {
            account: event.account_id.as_deref().map(Into::into),
            id: event.event_id.clone(),
            corrects: event.correction.as_ref().map(|it| it.original.clone()),
            is_partial: is_partial(event),
            time: event.time,
            delivered: LogKey::parse(&event.log_file).delivered,
            content: event.content,
        }
    }
}

/// Whether an event is a correction without a subject or a role, which gives only the fields that it names.
#[must_use]
pub fn is_partial(event: &Assumption) -> bool {
    let has_subject = !matches!(&event.subject, Subject::Other(text) if text.is_empty());
    event.correction.is_some() && (!has_subject || event.role_arn.is_none())
}

/// The events that have corrections, or are some whose original is not there, of events none of which is a copy of another.
#[must_use]
pub fn families(links: &[CorrectionLink]) -> Vec<CorrectionFamily> {
    let mut by_id: HashMap<(Option<&str>, &str), usize> = HashMap::new();
    for (at, link) in links.iter().enumerate() {
        if let Some(id) = &link.id {
            by_id.insert((link.account.as_deref(), id), at);
        }
    }
    let mut corrections: BTreeMap<(Option<&str>, &str), Vec<usize>> = BTreeMap::new();
    for (at, link) in links.iter().enumerate() {
        if let Some(corrects) = &link.corrects {
            let account = link.account.as_deref();
            let root = root(links, &by_id, account, corrects);
            corrections.entry((account, root)).or_default().push(at);
        }
    }
    let families = corrections.into_iter().map(|(root, mut members)| {
        // From the one that weighs least to the one that stands.
        members.sort_by_key(|at| {
            let CorrectionLink { time, delivered, content, .. } = &links[*at];
            (*time, *delivered, Reverse(content))
        });
        let original = by_id.get(&root).filter(|at| links[**at].corrects.is_none()).copied();
        let all: Vec<usize> = original.into_iter().chain(members).collect();
        let whole = all.iter().rposition(|at| !links[*at].is_partial).unwrap_or(0);
        let (replaced, layers) = all.split_at(whole);
        CorrectionFamily { layers: layers.to_vec(), replaced: replaced.to_vec() }
    });
    families.collect()
}

/// The event that a correction of a correction counts for. Where they go in a circle, it is the smallest id of that.
fn root<'a>(
    links: &'a [CorrectionLink],
    by_id: &HashMap<(Option<&str>, &str), usize>,
    account: Option<&str>,
    corrects: &'a str,
) -> &'a str {
    let mut seen = HashSet::new();
    let mut id = corrects;
    while let Some(next) = by_id.get(&(account, id)).and_then(|at| links[*at].corrects.as_deref()) {
        if !seen.insert(id) {
            let mut smallest = id;
            let mut at = next;
            while at != id {
                smallest = smallest.min(at);
                at = by_id.get(&(account, at)).and_then(|at| links[*at].corrects.as_deref()).unwrap_or(id);
            }
            return smallest;
        }
        id = next;
    }
    id
}

/// What became of corrections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    /// How many events another one replaced, by their log file.
    pub replaced: BTreeMap<Arc<str>, u64>,
    /// Corrections of events that are not there, or are not ours, which say nothing by themselves.
    pub unmatched: u64,
}

/// Puts corrections in place of what they correct. No event is a copy of another.
pub fn correct(events: &mut Vec<Assumption>) -> Corrected {
    let mut corrected = Corrected::default();
    if events.iter().all(|event| event.correction.is_none()) {
        return corrected;
    }
    let links: Vec<CorrectionLink> = events.iter().map(CorrectionLink::of).collect();
    let mut gone = HashSet::new();
    for CorrectionFamily { layers, replaced } in families(&links) {
        let mut standing: Option<Assumption> = None;
        for at in &layers {
            let layer = events[*at].clone();
            standing = Some(standing.map_or(layer.clone(), |base| amended(&base, layer)));
        }
        let Some((last, standing)) = layers.last().copied().zip(standing) else { continue };
        for at in layers.iter().copied().filter(|at| *at != last).chain(replaced) {
            *corrected.replaced.entry(Arc::clone(&events[at].log_file)).or_default() += 1;
            gone.insert(at);
        }
        if standing.correction.as_ref().is_some_and(|it| it.is_bare) {
            corrected.unmatched += 1;
            gone.insert(last);
        }
        events[last] = standing;
    }
    let mut at = 0..;
    events.retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
    corrected
}

/// A field of a record, and how it goes from a correction into what it corrects.
type CorrectedField = (&'static str, fn(&mut Assumption, &Assumption));

/// The fields that matter, by their paths.
const FIELDS: [CorrectedField; 18] = [
    ("eventTime", |to, from| to.time = from.time),
    ("awsRegion", |to, from| to.region.clone_from(&from.region)),
    ("recipientAccountId", |to, from| to.account_id.clone_from(&from.account_id)),
    ("sourceIPAddress", |to, from| to.source_address.clone_from(&from.source_address)),
    ("userAgent", |to, from| to.user_agent.clone_from(&from.user_agent)),
    ("errorCode", |to, from| to.outcome.clone_from(&from.outcome)),
    ("errorMessage", |to, from| to.outcome.clone_from(&from.outcome)),
    ("requestParameters.roleArn", |to, from| to.role_arn.clone_from(&from.role_arn)),
    ("requestParameters.roleSessionName", |to, from| to.role_session_name.clone_from(&from.role_session_name)),
    ("requestParameters.durationSeconds", |to, from| to.duration_seconds = from.duration_seconds),
    ("responseElements.credentials.accessKeyId", |to, from| to.outcome.clone_from(&from.outcome)),
    ("responseElements.credentials.expiration", |to, from| to.expiration = from.expiration),
    ("additionalEventData.identityProviderConnectionVerificationMethod", |to, from| {
        to.verification_method.clone_from(&from.verification_method);
    }),
    ("userIdentity.userName", subject),
    ("responseElements.subjectFromWebIdentityToken", subject),
    ("userIdentity.identityProvider", issuer),
    ("responseElements.provider", issuer),
    ("responseElements.audience", |to, from| to.audience.clone_from(&from.audience)),
];

fn subject(to: &mut Assumption, from: &Assumption) {
    let text = from.subject.text();
    if !text.is_empty() {
        let is_decoded = to.subject.kind() != SubjectKind::Other;
        to.subject = if is_decoded { Subject::parse(&text) } else { Subject::Other((*text).into()) };
    }
}

fn issuer(to: &mut Assumption, from: &Assumption) {
    if from.issuer.is_some() {
        to.issuer.clone_from(&from.issuer);
    }
}

/// Whether a list of updated fields has this one, the object that it is in, or a part of it.
#[must_use]
pub fn updates(correction: &Correction, field: &str) -> bool {
    let names = correction.updated.split(|it: char| it.is_whitespace() || ",;[]\"'".contains(it));
    let is_inside = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    names.filter(|name| !name.is_empty()).any(|name| is_inside(field, name) || is_inside(name, field))
}

/// An event with the fields that a correction of it names. All else that tells where it was read is the correction's.
fn amended(base: &Assumption, correction: Assumption) -> Assumption {
    let mut event = base.clone();
    if let Some(names) = &correction.correction {
        for (field, take) in FIELDS {
            if updates(names, field) {
                take(&mut event, &correction);
            }
        }
    }
    let is_decoded = event.subject.kind() != SubjectKind::Other;
    let session = event.role_session_name.as_deref().filter(|_| is_decoded);
    event.run_id = session.and_then(run_id_of_session).map(Into::into);
    event.event_id = correction.event_id;
    event.log_file = correction.log_file;
    event.content = correction.content;
    let is_named = event.issuer.is_some();
    event.correction = correction.correction.map(|it| Box::new(Correction { is_bare: it.is_bare && !is_named, ..*it }));
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::runs::dedupe::deduplicate;
    use crate::report::sample;

    /// `ID` or `ID>ORIGINAL`, then words: the second, `@` and the hour of delivery, an account, `only FIELDS`.
    fn event(text: &str) -> Assumption {
        let words: Vec<&str> = text.split(' ').collect();
        let mut event = sample::events().remove(0);
        let (id, original) = words[0].split_once('>').map_or((words[0], None), |(id, it)| (id, Some(it)));
        event.event_id = Some(id.into());
        event.content = [0; 32];
        event.content[0] = id.bytes().map(|byte| byte & 15).sum();
        event.user_agent = Some(format!("agent of {id}").into());
        event.region = Some(format!("region of {id}").into());
        let mut updated = "";
        for word in &words[1..] {
            if let Some(hour) = word.strip_prefix('@') {
                let name = format!("210987654321_CloudTrail_eu-west-1_20261102T{hour}00Z_aB3dE5gH7jK9mN1p.json.gz");
                event.log_file = name.as_str().into();
            } else if let Some(fields) = word.strip_prefix("only:") {
                updated = fields;
                event.subject = Subject::Other("".into());
                event.issuer = None;
            } else if let Some(account) = word.strip_prefix('#') {
                event.account_id = Some(account.into());
            } else {
                event.time = Timestamp::from_seconds(word.parse().unwrap()).unwrap();
            }
        }
        event.correction = original.map(|original| {
            let is_bare = event.issuer.is_none();
            Box::new(Correction { original: original.into(), updated: updated.into(), is_bare })
        });
        event
    }

    /// What stands as `id agent region`, and how many were replaced and how many are unmatched, in any order of events.
    fn check(events: &[&str], expected: &str) {
        let mut events: Vec<Assumption> = events.iter().map(|text| event(text)).collect();
        for _ in 0..events.len().max(1) {
            let found = deduplicate(events.clone());
            let short = |text: &Option<Arc<str>>| text.as_deref().unwrap().rsplit(' ').next().unwrap().to_owned();
            let mut standing: Vec<String> = found
                .events
                .iter()
                .map(|it| {
                    format!("{} {} {}", it.event_id.as_deref().unwrap(), short(&it.user_agent), short(&it.region))
                })
                .collect();
            standing.sort();
            let counts = format!("{} {} {}", found.duplicate, found.conflicts, found.unmatched);
            assert_eq!(format!("{} | {counts}", standing.join(", ")), expected, "{events:?}");
            if !events.is_empty() {
                events.rotate_left(1);
            }
        }
    }

    #[test]
    fn corrections_stand_in_place_of_what_they_correct() {
        check(&[], " | 0 0 0");
        check(&["a", "b>x"], "a a a, b b b | 0 0 0");
        check(&["a", "b>a"], "b b b | 1 0 0");
        check(&["a", "a", "b>a", "b>a"], "b b b | 3 0 0");
        check(&["a #1", "b>a #2"], "a a a, b b b | 0 0 0");
        // The latest time, then the latest delivery, then the smallest hash.
        check(&["a 900", "b>a 5", "c>a 7", "d>a 6"], "c c c | 3 0 0");
        check(&["a", "b>a @05", "c>a @07", "d>a"], "c c c | 3 0 0");
        check(&["a", "c>a", "b>a"], "b b b | 2 0 0");
        // Corrections of corrections, in a line and in circles.
        check(&["a", "b>a 1", "c>b 9", "d>c 5"], "c c c | 3 0 0");
        check(&["a", "c>b 1", "d>c 9"], "a a a, d d d | 1 0 0");
        check(&["a>b 1", "b>a 2"], "b b b | 1 0 0");
        check(&["a>a 1", "b>a 2", "c"], "b b b, c c c | 1 0 0");
        check(&["a>b 1", "b>c 2", "c>b 3", "d>a 0"], "c c c | 3 0 0");
    }

    #[test]
    fn a_correction_without_a_subject_gives_its_fields_alone() {
        check(&["a", "b>a only:userAgent"], "b b a | 1 0 0");
        check(&["a", "b>a only:awsRegion,userAgent"], "b b b | 1 0 0");
        check(&["a", "b>a only:requestParameters"], "b a a | 1 0 0");
        check(&["a 1", "b>a 1 only:userAgent", "c>a 2 only:awsRegion"], "c b c | 2 0 0");
        check(&["a 1", "b>a 2", "c>a 3 only:awsRegion"], "c b c | 2 0 0");
        check(&["a 1", "b>a 3", "c>a 2 only:awsRegion"], "b b b | 2 0 0");
        check(&["b>a only:userAgent", "x"], "x x x | 0 0 1");
    }

    #[test]
    fn updated_fields_are_paths() {
        let check = |updated: &str, field: &str, expected: bool| {
            let correction = Correction { original: "a".into(), updated: updated.into(), is_bare: false };
            assert_eq!(updates(&correction, field), expected, "{updated} {field}");
        };
        check("", "userAgent", false);
        check("userAgent", "userAgent", true);
        check("userAgentX", "userAgent", false);
        check("awsRegion, userAgent", "userAgent", true);
        check("[\"userAgent\"]", "userAgent", true);
        check("requestParameters", "requestParameters.roleArn", true);
        check("requestParameters.roleArn", "requestParameters.roleArn", true);
        check("requestParameters.roleArn.x", "requestParameters.roleArn", true);
        check("requestParameters.roleSessionName", "requestParameters.roleArn", false);
    }
}
