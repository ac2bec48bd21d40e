//! What reading the event history would take, and whether it can be read.

use aws_sdk_cloudtrail::Client;
use serde_json::json;

use super::lookup::{ACTION, ask, client, log_file_of};
use super::open::{NAMED_AS, WHAT};
use super::reach::reach;
use super::remember::wanted;
use super::turns::turns;
use crate::aws::AwsOptions;
use crate::aws::connect::{connect, runtime};
use crate::domain::timestamp::Timestamp;
use crate::domain::trouble::SourceTrouble;
use crate::domain::work::SourceWork;
use crate::source::caller::who;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::paged::account_region::{AccountRegion, OWN_ACCOUNT, name_account, places, refuse_anonymous, roles};
use crate::source::paged::regions::Regions;
use crate::source::paged::slots::AskedRange;
use crate::source::question::{RemoteQuestion, SourceNote};

/// One row for each region. How many pages there are, only reading them tells.
pub(super) fn estimate(
    regions: &Regions,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Vec<SourceWork>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let reached = reach(question.window, question.now);
    notes.extend(reached.too_old.map(SourceNote::new));
    let Some(reach) = reached.reach else { return Ok(Vec::new()) };
    let known = question.known(source);
    let runtime = runtime()?;
    let (mut all, told) = runtime.block_on(all_places(regions, question))?;
    if known.is_some() {
        runtime.block_on(name_accounts(&mut all, question))?;
    }
    notes.extend(told.into_iter().map(SourceNote::new));
    notes.push(SourceNote::new(
        "event history takes one request for each 50 events of a region, at least one, two a second",
    ));
    let work = |(place, _): &(AccountRegion, Client)| SourceWork {
        source: format!("event-history:{regions}"),
        prefix: log_file_of(place).to_string(),
        list_requests: known.as_deref().map_or(1, |known| wanted(place, known, reach, question).len() as u64),
        ..SourceWork::default()
    };
    Ok(all.iter().map(work).collect())
}

/// Fills in the accounts of places that no role names.
async fn name_accounts(all: &mut [(AccountRegion, Client)], question: &RemoteQuestion) -> Result<(), SourceTrouble> {
    let config = connect(&question.aws, None).await?;
    let mut places: Vec<AccountRegion> = all.iter().map(|(place, _)| place.clone()).collect();
    name_account(&mut places, &config, &question.aws).await?;
    for ((place, _), named) in all.iter_mut().zip(places) {
        *place = named;
    }
    Ok(())
}

/// Tries one page of each region.
pub(super) fn examine(regions: &Regions, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let mut diagnosis = Diagnosis::default();
    who(question, &mut diagnosis)?;
    if diagnosis.is_anonymous() {
        return Ok(diagnosis);
    }
    let runtime = runtime()?;
    let (all, told) = runtime.block_on(all_places(regions, question))?;
    for note in told {
        diagnosis.add("account:ListRegions", CheckResult::Note, note);
    }
    let reached = reach(question.window, question.now);
    if let Some(too_old) = reached.too_old {
        diagnosis.add("window", CheckResult::Note, too_old);
    }
    if let Some(reach) = reached.reach {
        for (place, client) in &all {
            runtime.block_on(try_one(place, client, reach, question, &mut diagnosis));
        }
    }
    diagnosis.policy = Some(policy(regions));
    Ok(diagnosis)
}

/// The regions of all accounts with their clients, and what is to be said about them.
async fn all_places(
    regions: &Regions,
    question: &RemoteQuestion,
) -> Result<(Vec<(AccountRegion, Client)>, Vec<String>), SourceTrouble> {
    let (mut all, mut told) = (Vec::new(), Vec::new());
    for role in roles(&question.aws) {
        let config = connect(&question.aws, role).await?;
        let (places, note) = places(regions, NAMED_AS, role, &config, &question.aws).await?;
        told.extend(note);
        all.extend(places.into_iter().map(|place| {
            let client = client(&config, &place.region);
            (place, client)
        }));
    }
    Ok((all, told))
}

async fn try_one(
    place: &AccountRegion,
    client: &Client,
    reach: AskedRange,
    question: &RemoteQuestion,
    diagnosis: &mut Diagnosis,
) {
    let account = place.account.as_deref().unwrap_or(OWN_ACCOUNT);
    let answer = turns(account, &place.region).take(ask(client, reach, None)).await;
    let (verdict, found) = match answer {
        Ok(page) => {
            let times = page.events().iter().filter_map(|event| Timestamp::from_seconds(event.event_time()?.secs()));
            let more = if page.next_token().is_some() { " and more" } else { "" };
            let newest = times.max().map_or_else(String::new, |time| format!(", the newest of {time}"));
            (CheckResult::Good, format!("{}{more} role assumptions by web identity{newest}", page.events().len()))
        }
        Err(failure) if place.is_not_enabled(&failure) => (CheckResult::Note, "not enabled, or so it seems".to_owned()),
        Err(failure) => {
            let aws = AwsOptions { region: Some(place.region.to_string()), ..question.aws.clone() };
            let trouble = failure.trouble(&aws, ACTION, "*");
            diagnosis.hints.extend(trouble.hints);
            let verdict = if failure.is_forbidden() { CheckResult::Denied } else { CheckResult::Failed };
            (verdict, trouble.message)
        }
    };
    let role = place.role.as_deref().map_or_else(String::new, |role| format!(" as {role}"));
    diagnosis.add(ACTION, verdict, format!("{}{role}: {found}", log_file_of(place)));
}

/// The least IAM policy; neither action can be limited to resources.
fn policy(regions: &Regions) -> String {
    let actions = if *regions == Regions::All { vec![ACTION, "account:ListRegions"] } else { vec![ACTION] };
    let statement = json!({"Sid": "ReadEventHistory", "Effect": "Allow", "Action": actions, "Resource": "*"});
    serde_json::to_string_pretty(&json!({"Version": "2012-10-17", "Statement": [statement]})).unwrap_or_default()
}
