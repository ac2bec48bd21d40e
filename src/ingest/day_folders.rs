//! Days of places that have log files which nobody extracted. A bucket tells them before a window, by its folders alone, and an
//! extract hands that on: a place may have been silent ever since (DESIGN §8).

use std::collections::BTreeSet;

use crate::audit::coverage::DAYS_BEFORE;
use crate::decode::extract::ExtractedTally;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::window::Window;
use crate::source::remote::Remote;

/// The folders of such days, once all of a source was read.
pub(super) fn day_folders(remote: &Remote) -> BTreeSet<String> {
    let before = remote.inbox.before().into_iter().flat_map(|before| before.days);
    before.chain(remote.inbox.named_days()).filter_map(|key| key.day_folder()).collect()
}

/// Whether a tally speaks of such a folder.
pub(super) fn is_of_day_folder(tally: &ExtractedTally) -> bool {
    tally.skipped == Some(Skip::Window) && LogKey::of_day_folder(&tally.attempt.log_file).is_some()
}

/// Whether the day of a folder is one of those before a window by which its places are known.
pub(super) fn is_just_before(window: &Window, folder: &str) -> bool {
    let day = LogKey::of_day_folder(folder).and_then(|key| key.date);
    day.zip(window.first_day()).is_some_and(|(day, first)| day < first && first.plus(-DAYS_BEFORE) <= day)
}
