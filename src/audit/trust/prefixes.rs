//! Beginnings of subjects, as a tree of characters: what is known already is left out of a search for subjects.

use std::collections::BTreeMap;

/// A place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PrefixPlace {
    /// So much of one or more beginnings was read, up to this node.
    At(usize),
    /// No beginning fits any more.
    Off,
    /// A beginning was read whole.
    Whole,
}

/// Any number of beginnings.
#[derive(Debug, Clone, Default)]
pub(super) struct SubjectPrefixes {
    nodes: Vec<BTreeMap<char, PrefixPlace>>,
}

impl SubjectPrefixes {
    pub(super) fn new<T: AsRef<str>>(beginnings: impl IntoIterator<Item = T>) -> Self {
        let mut tree = Self { nodes: vec![BTreeMap::new()] };
        for beginning in beginnings {
            tree.add(beginning.as_ref());
        }
        tree
    }

    fn add(&mut self, beginning: &str) {
        let mut node = 0;
        let mut characters = beginning.chars().peekable();
        while let Some(character) = characters.next() {
            if characters.peek().is_none() {
                self.nodes[node].insert(character, PrefixPlace::Whole);
                return;
            }
            let new = self.nodes.len();
            match *self.nodes[node].entry(character).or_insert(PrefixPlace::At(new)) {
                PrefixPlace::At(next) => node = next,
                PrefixPlace::Whole | PrefixPlace::Off => return,
            }
            if node == new {
                self.nodes.push(BTreeMap::new());
            }
        }
    }

    /// The place at which every text begins.
    pub(super) fn start(&self) -> PrefixPlace {
        if self.nodes.is_empty() { PrefixPlace::Off } else { PrefixPlace::At(0) }
    }

    /// Where a character leads to.
    pub(super) fn next(&self, place: PrefixPlace, character: char) -> PrefixPlace {
        match place {
            PrefixPlace::At(node) => self.nodes[node].get(&character).copied().unwrap_or(PrefixPlace::Off),
            PrefixPlace::Off | PrefixPlace::Whole => place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_met_when_it_is_read_whole() {
        let check = |beginnings: &[&str], text: &str, expected: bool| {
            let tree = SubjectPrefixes::new(beginnings);
            let place = text.chars().fold(tree.start(), |place, character| tree.next(place, character));
            assert_eq!(place == PrefixPlace::Whole, expected, "{beginnings:?} {text}");
        };
        check(&["ab", "abcd", "x"], "abz", true);
        check(&["abcd", "ab"], "abz", true);
        check(&["abcd", "ab"], "a", false);
        check(&["abcd", "abxy"], "abxyz", true);
        check(&["abcd", "abxy"], "abxz", false);
        check(&[], "a", false);
    }
}
