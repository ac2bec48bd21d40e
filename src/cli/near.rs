//! Names that somebody may have meant who typed another one.

/// So many are suggested.
const SHOWN: usize = 3;

/// The names nearest to a word, the nearest first: those that a few slips of the keyboard lead to.
#[must_use]
pub fn near<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let most = (word.len() / 3).clamp(1, 3);
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        // Strangers choose names, and one that is much longer is not meant.
        .filter(|name| name.len() <= 4 * (word.len() + most))
        .filter_map(|name| {
            let slips = slips(&word, &name.to_lowercase().chars().collect::<Vec<_>>());
            (slips <= most).then_some((slips, name))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

/// How many characters have to be put in, left out or changed (Levenshtein's distance).
fn slips(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, mine) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, theirs) in other.iter().enumerate() {
            let changed = diagonal + usize::from(mine != theirs);
            diagonal = row[to + 1];
            row[to + 1] = changed.min(row[to] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_near() {
        let names = ["acme", "acme-labs", "northwind-labs", "zeta"];
        for (word, expected) in [
            ("acmee", &["acme"][..]),
            ("Acme", &["acme"]),
            ("acme", &["acme"]),
            ("northwind-lab", &["northwind-labs"]),
            ("nortwhind-labs", &["northwind-labs"]),
            ("quietfox", &[]),
            ("", &[]),
        ] {
            assert_eq!(near(word, names), expected, "{word}");
        }
        assert_eq!(near("acm", ["acme", "acma", "acmb", "acmc"]), ["acma", "acmb", "acmc"]);
    }
}
