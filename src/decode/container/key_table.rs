//! The keys that tell something, found by their lengths: the keys of an object are many, and most of them tell nothing.

use super::CARRIERS;
use super::extent::{ExtentRule, TOKENS};
use super::keys::{EVENTS, HINTS, KeyMeaning, KnownKey, LISTS};

impl KnownKey {
    /// The key of this name, if it tells something.
    #[must_use]
    #[inline]
    pub fn of(name: &[u8]) -> Option<&'static Self> {
        if !Self::begins_like(name) {
            return None;
        }
        let [begin, end] = OF_LENGTH[name.len()];
        let ends = ends_of(name);
        let mut alike = TABLE[begin..end].iter().zip(&ENDS[begin..end]).filter(|(_, other)| **other == ends);
        alike.find(|(known, _)| known.name.bytes().eq(name.iter().copied())).map(|(known, _)| known)
    }

    /// What its value says about how much there is.
    pub(super) fn extents(&self) -> impl Iterator<Item = &'static ExtentRule> + use<> {
        let Self { name, claims, .. } = *self;
        let mut of_carriers = claims & !CLAIMS_OF_TOKENS;
        let carriers = std::iter::from_fn(move || {
            let carrier = CARRIERS.get(of_carriers.trailing_zeros() as usize)?;
            of_carriers &= of_carriers - 1;
            Some(carrier)
        });
        let tokens = if claims & CLAIMS_OF_TOKENS == 0 { &[] } else { TOKENS };
        tokens.iter().chain(carriers.flat_map(|carrier| carrier.extents)).filter(move |rule| rule.key == name)
    }

    /// Whether a key that tells something begins like this name and is as long.
    #[must_use]
    #[inline]
    pub fn begins_like(name: &[u8]) -> bool {
        name.first().is_some_and(|first| name.len() < LONGEST && LENGTHS[*first as usize] & 1 << name.len() != 0)
    }
}

/// The bit of the tokens of more, which are no carrier's.
const CLAIMS_OF_TOKENS: u32 = 1 << 31;

/// No key is as long.
const LONGEST: usize = 64;

/// How many names there are, with those that stand in several places.
const MENTIONED: usize = mentioned();

const fn mentioned() -> usize {
    let mut count = LISTS.len() + EVENTS.len() + TOKENS.len() + HINTS.len();
    let mut at = 0;
    while at < CARRIERS.len() {
        let it = &CARRIERS[at];
        count +=
            it.keys.len() + it.hints.len() + it.lists.len() + 2 * it.rows.len() + it.nests.len() + it.extents.len();
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
    /// Each name once, with everything that it tells.
    const fn filled() -> Self {
        let nobody = KnownKey { tells: 0, name: "", carriers: 0, claims: 0 };
        let mut table = Self { known: [nobody; MENTIONED], length: 0 };
        table = table.with(KeyMeaning::List as u8, LISTS, 0).with(KeyMeaning::Event as u8, EVENTS, 0);
        table = table.with_extents(TOKENS, CLAIMS_OF_TOKENS).with(0, HINTS, 0);
        let mut at = 0;
        while at < CARRIERS.len() {
            let it = &CARRIERS[at];
            table = table.with(KeyMeaning::Carrier as u8, it.keys, 1 << at).with(0, it.hints, 1 << at);
            table = table.with(KeyMeaning::List as u8, it.lists, 0).with(KeyMeaning::Nest as u8, it.nests, 0);
            table = table.with(KeyMeaning::List as u8, it.rows, 0).with(KeyMeaning::Rows as u8, it.rows, 0);
            table = table.with_extents(it.extents, 1 << at);
            at += 1;
        }
        table.by_length()
    }

    const fn with_extents(mut self, rules: &[ExtentRule], claims: u32) -> Self {
        let mut at = 0;
        while at < rules.len() {
            self = self.with(KeyMeaning::Extent as u8, &[rules[at].key], 0);
            let mut place = 0;
            while !same(self.known[place].name, rules[at].key) {
                place += 1;
            }
            self.known[place].claims |= claims;
            at += 1;
        }
        self
    }

    const fn with(mut self, tells: u8, names: &[&'static str], carriers: u32) -> Self {
        let mut at = 0;
        while at < names.len() {
            let mut place = 0;
            while place < self.length && !same(self.known[place].name, names[at]) {
                place += 1;
            }
            if place == self.length {
                self.known[place] = KnownKey { tells, name: names[at], carriers, claims: 0 };
                self.length += 1;
            } else {
                self.known[place].tells |= tells;
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

/// The first and the last byte of each of these names: hardly two of one length have both in common.
static ENDS: [[u8; 2]; MENTIONED] = ends();

const fn ends() -> [[u8; 2]; MENTIONED] {
    let known = KeyTable::filled().known;
    let mut ends = [[0; 2]; MENTIONED];
    let mut at = 0;
    while at < MENTIONED {
        ends[at] = ends_of(known[at].name.as_bytes());
        at += 1;
    }
    ends
}

const fn ends_of(name: &[u8]) -> [u8; 2] {
    match name {
        [] => [0; 2],
        [first, ..] => [*first, name[name.len() - 1]],
    }
}

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
        for (tells, names) in [(KeyMeaning::List, LISTS), (KeyMeaning::Event, EVENTS)] {
            for name in names {
                let known = KnownKey::of(name.as_bytes()).filter(|known| known.name == *name);
                assert!(known.is_some_and(|known| known.may_be(tells)), "{name}");
            }
        }
        for (number, carrier) in CARRIERS.iter().enumerate() {
            for name in carrier.keys.iter().chain(carrier.hints) {
                let known = KnownKey::of(name.as_bytes()).filter(|known| known.name == *name);
                assert!(known.is_some_and(|known| known.carriers & 1 << number != 0), "{name}");
            }
            let tells = [
                (KeyMeaning::Carrier, carrier.keys),
                (KeyMeaning::List, carrier.lists),
                (KeyMeaning::Rows, carrier.rows),
                (KeyMeaning::Nest, carrier.nests),
            ];
            for (tells, name) in tells.iter().flat_map(|(tells, names)| names.iter().map(move |name| (*tells, name))) {
                assert!(KnownKey::of(name.as_bytes()).is_some_and(|known| known.may_be(tells)), "{name}");
            }
            for rule in carrier.extents {
                assert!(KnownKey::of(rule.key.as_bytes()).is_some_and(|known| known.may_be(KeyMeaning::Extent)));
            }
        }
        for name in ["", "R", "record", "Recordz", "eventversion", "x", &"R".repeat(70)] {
            assert_eq!(KnownKey::of(name.as_bytes()), None, "{name}");
        }
    }
}
