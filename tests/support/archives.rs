//! Archives that a seed makes: several accounts and regions, days without log files, log files that fail, and records
//! that are malformed.

#![allow(dead_code, reason = "each test needs a part")]

#[path = "choices.rs"]
mod choices;

use crate::events::{Folder, event, records};
pub(crate) use choices::Choices;
use tfctrail::domain::timestamp::Day;

/// The first and the last day that a log file may be of.
pub(crate) const FIRST: &str = "2026-10-24";
pub(crate) const LAST: &str = "2026-11-08";

const ACCOUNTS: [&str; 3] = ["111122223333", "222233334444", "333344445555"];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// Log files by their names below the archive.
pub(crate) struct Archive {
    files: Vec<(String, String)>,
}

impl Archive {
    pub(crate) fn chosen(choices: &mut Choices) -> Self {
        let mut files = Vec::new();
        for account in ACCOUNTS {
            for region in REGIONS {
                place(&mut files, account, region, choices);
            }
        }
        Self { files }
    }

    /// One place, with a log file and an event on each of these days.
    pub(crate) fn of_days(days: &[&str]) -> Self {
        let file = |day: &&str| {
            let (name, event) = sole_event(ACCOUNTS[0], REGIONS[0], Day::parse(day).unwrap(), 0, "web");
            (name, records(&[event]))
        };
        Self { files: days.iter().map(file).collect() }
    }

    /// One place of each account, with a log file and an event on each of its days.
    pub(crate) fn of_accounts(days: &[&[&str]]) -> Self {
        let mut files = Vec::new();
        for (account, days) in ACCOUNTS.iter().zip(days) {
            for day in *days {
                let (name, event) = sole_event(account, REGIONS[0], Day::parse(day).unwrap(), 0, "web");
                files.push((name, records(&[event])));
            }
        }
        Self { files }
    }

    /// The names of the log files.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str())
    }

    /// Writes everything.
    pub(crate) fn write(&self, folder: &Folder) {
        self.write_below(folder, "logs");
    }

    pub(crate) fn write_below(&self, folder: &Folder, top: &str) {
        for (name, text) in &self.files {
            folder.write_old(&format!("{top}/{name}"), text);
        }
    }

    /// Writes some of it, as it may have been earlier: parts are there, and some of them are not yet whole.
    pub(crate) fn write_part(&self, folder: &Folder, step: usize, steps: usize, choices: &mut Choices) {
        for (at, (name, text)) in self.files.iter().enumerate() {
            if at % steps == step {
                let length = if choices.one_in(8) { text.len() / 2 } else { text.len() };
                folder.write_old(&format!("logs/{name}"), &text[..length]);
            }
        }
    }
}

/// A place has log files on most of some days in a row, or none at all.
fn place(files: &mut Vec<(String, String)>, account: &str, region: &str, choices: &mut Choices) {
    if choices.one_in(4) {
        return;
    }
    let (first, last) = (Day::parse(FIRST).unwrap(), Day::parse(LAST).unwrap());
    let mut day = first.plus(i64::try_from(choices.below(6)).unwrap());
    let last = last.plus(-i64::try_from(choices.below(6)).unwrap());
    while day <= last {
        let count = [0, 1, 1, 2][choices.below(4)];
        for number in 0..count {
            files.push(log_file(account, region, day, number, choices));
        }
        day = day.plus(1);
    }
}

fn log_file(account: &str, region: &str, day: Day, number: usize, choices: &mut Choices) -> (String, String) {
    let (name, made) = sole_event(account, region, day, number, ["web", "api", "net"][choices.below(3)]);
    let text = match choices.below(24) {
        0 => made[..made.len() / 3].to_owned(),
        1 => records(&[made, "null".to_owned()]),
        2 => records(&[]),
        _ => records(&[made]),
    };
    (name, text)
}

/// The name of a log file, and the event that it holds.
fn sole_event(account: &str, region: &str, day: Day, number: usize, workspace: &str) -> (String, String) {
    let stamp = day.to_string().replace('-', "");
    let folder = day.to_string().replace('-', "/");
    let hour = 6 + number * 4;
    let name = format!(
        "AWSLogs/{account}/CloudTrail/{region}/{folder}/{account}_CloudTrail_{region}_{stamp}T{hour:02}05Z_{number:A>16}.json"
    );
    let id = format!("{account}-{region}-{stamp}-{number}");
    let made = event(&id, &format!("{day}T{hour:02}:00:00Z"), workspace)
        .replace("eu-west-1", region)
        .replace("111122223333", account);
    (name, made)
}
