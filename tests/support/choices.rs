//! Choices that a seed makes, the same on every machine.

#![allow(dead_code, reason = "each test needs a part")]

/// Choices that a seed makes.
pub(crate) struct Choices(pub(crate) u64);

impl Choices {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(crate) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// One of these texts, or none.
    pub(crate) fn maybe<T: for<'a> From<&'a str>>(&mut self, from: &[&str]) -> Option<T> {
        let at = self.below(from.len() + 1);
        from.get(at).map(|text| (*text).into())
    }
}
