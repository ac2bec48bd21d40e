//! The log files that a world lies in.

use std::collections::BTreeMap;

use super::{HOUR, Logged, World, time};
use crate::choices::Choices;
use crate::spelling::gzip;

impl World {
    /// The log files, by name. With a number the same records lie in them in another order.
    pub(crate) fn files(&self, shuffled: Option<u64>) -> Vec<(String, Vec<u8>)> {
        let mut order: Vec<usize> = (0..self.logged.len()).collect();
        if let Some(seed) = shuffled {
            let mut choices = Choices(seed);
            (1..order.len()).for_each(|at| order.swap(at, choices.below(at + 1)));
        }
        let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (place, at) in order.into_iter().enumerate() {
            let Logged { account, region, time: seconds, .. } = &self.logged[place];
            let stamp = time(seconds - seconds.rem_euclid(6 * HOUR) + 6 * HOUR);
            let (day, minute) = (stamp[..10].replace('-', "/"), stamp[..16].replace(['-', ':'], ""));
            let folder = format!("AWSLogs/{account}/CloudTrail/{region}/{day}");
            let name = format!("{folder}/{account}_CloudTrail_{region}_{minute}Z_0123456789abcdef.json.gz");
            files.entry(name).or_default().push(&self.logged[at].text);
        }
        let whole = |texts: Vec<&str>| gzip(&format!("{{\"Records\":[{}]}}", texts.join(",")));
        files.into_iter().map(|(name, texts)| (name, whole(texts))).collect()
    }

    /// All records in one text.
    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.logged.iter().map(|logged| logged.text.as_str()).collect();
        format!("{{\"Records\":[{}]}}", texts.join(","))
    }
}
