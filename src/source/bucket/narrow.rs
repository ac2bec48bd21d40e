//! Of a long window, finds the years and months that an archive has: most archives are younger than the question.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answer::Refusal;
use super::client::Bucket;
use super::pages::ListingPages;
use super::span::KeySlice;

/// So many slices of one folder are worth a look at the folders in it.
const LONG: usize = 40;

/// So many slices of one year are worth a look at its months.
const LONG_YEAR: usize = 6;

/// What is to be listed of a dated folder, and how many requests it took to know. Where the look is refused, everything is
/// listed, and what is refused there is named.
pub(crate) async fn narrow(bucket: Arc<Bucket>, prefix: String, slices: Vec<KeySlice>) -> (Vec<KeySlice>, u64) {
    if slices.len() <= LONG {
        return (slices, 0);
    }
    let mut requests = 1;
    let Ok(years) = folders(&bucket, &prefix).await else { return (slices, requests) };
    let mut left = keep(slices, &prefix, &years);
    for year in &years {
        if left.iter().filter(|slice| slice.prefix.starts_with(year.as_str())).count() > LONG_YEAR {
            requests += 1;
            if let Ok(months) = folders(&bucket, year).await {
                left = keep(left, year, &months);
            }
        }
    }
    (left, requests)
}

/// Leaves out slices below `parent` that lie in none of its folders.
fn keep(slices: Vec<KeySlice>, parent: &str, folders: &BTreeSet<String>) -> Vec<KeySlice> {
    let exists = |slice: &KeySlice| {
        let below = slice.prefix.len() > parent.len() && slice.prefix.starts_with(parent);
        !below || folders.iter().any(|folder| slice.prefix.starts_with(folder.as_str()))
    };
    slices.into_iter().filter(exists).collect()
}

async fn folders(bucket: &Bucket, prefix: &str) -> Result<BTreeSet<String>, Refusal> {
    let slice = KeySlice::flat(prefix);
    let mut folders = BTreeSet::new();
    let mut next: Option<String> = None;
    let mut pages = ListingPages::default();
    loop {
        let page = {
            let _slot = bucket.pace.slot().await;
            bucket.list(&slice, next.as_deref(), &mut pages).await?
        };
        folders.extend(page.folders);
        next = page.next;
        if next.is_none() {
            return Ok(folders);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exists_is_kept() {
        let slices =
            ["r/2024/", "r/2025/11/", "r/2025/12/", "r/2026/01/01/", "r/", "q/2024/"].map(KeySlice::all).to_vec();
        let folders = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let check = |parent: &str, existing: &[&str], expected: &[&str]| {
            let kept = keep(slices.clone(), parent, &folders(existing));
            assert_eq!(kept.iter().map(|slice| &*slice.prefix).collect::<Vec<_>>(), expected);
        };
        check("r/", &["r/2025/"], &["r/2025/11/", "r/2025/12/", "r/", "q/2024/"]);
        check("r/2025/", &["r/2025/12/"], &["r/2024/", "r/2025/12/", "r/2026/01/01/", "r/", "q/2024/"]);
    }
}
