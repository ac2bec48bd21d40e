//! The keys that tell something, found by their lengths: the keys of an object are many, and most of them tell nothing.

use super::CARRIERS;
use super::keys::{EVENTS, HINTS, KeyMeaning, KnownKey, LISTS, TOKENS};

impl KnownKey {
    /// The key of this name, if it tells something.
    #[must_use]
    #[inline]
    pub fn of(name: &[u8]) -> Option<&'static Self> {
        if !Self::may_be(name) {
            return None;
        }
        let [begin, end] = OF_LENGTH[name.len()];
        TABLE[begin..end].iter().find(|known| known.name.as_bytes() == name)
    }

    /// Whether a key that tells something begins like this name and is as long.
    #[must_use]
    #[inline]
    pub fn may_be(name: &[u8]) -> bool {
        name.first().is_some_and(|first| name.len() < LONGEST && LENGTHS[*first as usize] & 1 << name.len() != 0)
    }
}

/// No key is as long.
const LONGEST: usize = 64;

/// How many names there are, with those that stand in several places.
const MENTIONED: usize = mentioned();

const fn mentioned() -> usize {
    let mut count = LISTS.len() + EVENTS.len() + TOKENS.len() + HINTS.len();
    let mut at = 0;
    while at < CARRIERS.len() {
        count += CARRIERS[at].keys.len() + CARRIERS[at].hints.len();
        at += 1;
    }
    count
}

/// The table while it is made.
struct KeyTable {
    known: [KnownKey; MENTIONED],
    length: usize,
}

impl KeyTable {
    /// Each name once, as the first that names it has it.
    const fn filled() -> Self {
        let nobody = KnownKey { tells: KeyMeaning::Hint, name: "", carriers: 0 };
        let mut table = Self { known: [nobody; MENTIONED], length: 0 };
        table = table.with(KeyMeaning::List, LISTS, 0).with(KeyMeaning::Event, EVENTS, 0);
        let mut at = 0;
        while at < CARRIERS.len() {
            table = table.with(KeyMeaning::Carrier, CARRIERS[at].keys, 1 << at);
            at += 1;
        }
        table = table.with(KeyMeaning::Token, TOKENS, 0).with(KeyMeaning::Hint, HINTS, 0);
        at = 0;
        while at < CARRIERS.len() {
            table = table.with(KeyMeaning::Hint, CARRIERS[at].hints, 1 << at);
            at += 1;
        }
        table.by_length()
    }

    const fn with(mut self, tells: KeyMeaning, names: &[&'static str], carriers: u32) -> Self {
        let mut at = 0;
        while at < names.len() {
            let mut place = 0;
            while place < self.length && !same(self.known[place].name, names[at]) {
                place += 1;
            }
            if place == self.length {
                self.known[place] = KnownKey { tells, name: names[at], carriers };
                self.length += 1;
            } else {
                self.known[place].carriers |= carriers;
            }
            at += 1;
        }
        self
    }

    /// The shortest names first; places that stayed empty come before them.
    const fn by_length(mut self) -> Self {
        let mut at = 1;
        while at < MENTIONED {
            let mut place = at;
            while place > 0 && self.known[place - 1].name.len() > self.known[place].name.len() {
                let longer = self.known[place - 1];
                self.known[place - 1] = self.known[place];
                self.known[place] = longer;
                place -= 1;
            }
            at += 1;
        }
        self
    }
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

static TABLE: [KnownKey; MENTIONED] = KeyTable::filled().known;

/// Where in the table the names of each length are.
static OF_LENGTH: [[usize; 2]; LONGEST] = of_length();

const fn of_length() -> [[usize; 2]; LONGEST] {
    let known = KeyTable::filled().known;
    let mut places = [[0; 2]; LONGEST];
    let mut at = 0;
    while at < MENTIONED {
        let place = &mut places[known[at].name.len()];
        if place[1] == 0 {
            place[0] = at;
        }
        place[1] = at + 1;
        at += 1;
    }
    places
}

/// For each first letter, the lengths of the keys that begin with it: most keys are ruled out by that.
static LENGTHS: [u64; 256] = lengths();

const fn lengths() -> [u64; 256] {
    let known = KeyTable::filled().known;
    let mut table = [0; 256];
    let mut at = 0;
    while at < MENTIONED {
        let name = known[at].name.as_bytes();
        if !name.is_empty() {
            table[name[0] as usize] |= 1 << name.len();
        }
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_with_all_that_look_at_it() {
        let places = [
            (KeyMeaning::List, LISTS),
            (KeyMeaning::Event, EVENTS),
            (KeyMeaning::Token, TOKENS),
            (KeyMeaning::Hint, HINTS),
        ];
        for (tells, name) in places.into_iter().flat_map(|(tells, names)| names.iter().map(move |name| (tells, *name)))
        {
            assert_eq!(KnownKey::of(name.as_bytes()).map(|known| (known.tells, known.name)), Some((tells, name)));
        }
        for (number, carrier) in CARRIERS.iter().enumerate() {
            for name in carrier.keys.iter().chain(carrier.hints) {
                let known = KnownKey::of(name.as_bytes()).filter(|known| known.name == *name);
                assert!(known.is_some_and(|known| known.carriers & 1 << number != 0), "{name}");
            }
        }
        for name in ["", "R", "record", "Recordz", "eventversion", "x", &"R".repeat(70)] {
            assert_eq!(KnownKey::of(name.as_bytes()), None, "{name}");
        }
    }
}
