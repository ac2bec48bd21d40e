//! Values as numbers, so that what is kept for every event is small, and compared without looking at a text.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

/// Numbers values from 0 on, in the order in which they first appear.
#[derive(Debug)]
pub struct ValueNumbers<K>(HashMap<K, u32, DefaultHashBuilder>);

impl<K> Default for ValueNumbers<K> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Hash + Eq> ValueNumbers<K> {
    /// The number of a value; `own` makes one to keep where it is new.
    ///
    /// # Panics
    ///
    /// With four billion values, for which no memory is large enough.
    pub fn of<Q: Hash + Eq + ?Sized>(&mut self, value: &Q, own: impl FnOnce(&Q) -> K) -> u32
    where
        K: Borrow<Q>,
    {
        if let Some(number) = self.0.get(value) {
            return *number;
        }
        #[expect(clippy::expect_used, reason = "memory ends before four billion values")]
        let number = u32::try_from(self.0.len()).expect("values are numbered in 32 bits");
        self.0.insert(own(value), number);
        number
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// The values in the order of their numbers.
    #[must_use]
    pub fn into_values(self) -> Vec<K> {
        let mut values: Vec<(u32, K)> = self.0.into_iter().map(|(value, number)| (number, value)).collect();
        values.sort_unstable_by_key(|(number, _)| *number);
        values.into_iter().map(|(_, value)| value).collect()
    }
}

/// Numbers values that many have in common. Whoever gives equal ones as one spares comparing them.
#[derive(Debug)]
pub struct SharedNumbers<T> {
    numbers: ValueNumbers<Arc<T>>,
    /// The number of a value by its address, which `numbers` keeps.
    by_address: HashMap<usize, u32, DefaultHashBuilder>,
}

impl<T> Default for SharedNumbers<T> {
    fn default() -> Self {
        Self { numbers: ValueNumbers::default(), by_address: HashMap::default() }
    }
}

impl<T: Hash + Eq> SharedNumbers<T> {
    /// The number of a value.
    pub fn of(&mut self, value: &Arc<T>) -> u32 {
        let address = Arc::as_ptr(value).addr();
        if let Some(number) = self.by_address.get(&address) {
            return *number;
        }
        let before = self.numbers.len();
        let number = self.numbers.of(value, Arc::clone);
        // Of an equal value that is another one, nobody keeps the address.
        if self.numbers.len() > before {
            self.by_address.insert(address, number);
        }
        number
    }

    /// The values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.numbers.values().map(|value| &**value)
    }

    /// The values in the order of their numbers.
    #[must_use]
    pub fn into_values(self) -> Vec<Arc<T>> {
        self.numbers.into_values()
    }
}

/// Which of some numbers there were.
#[derive(Debug, Default)]
pub struct NumberSet(Vec<bool>);

impl NumberSet {
    /// Marks a number.
    pub fn add(&mut self, number: u32) {
        let number = number as usize;
        if self.0.len() <= number {
            self.0.resize(number + 1, false);
        }
        self.0[number] = true;
    }

    /// Of values in the order of their numbers, those whose number is marked.
    pub fn of<'a, T>(&'a self, values: &'a [T]) -> impl Iterator<Item = &'a T> {
        self.0.iter().zip(values).filter(|(is_marked, _)| **is_marked).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_they_come() {
        let mut numbers: ValueNumbers<Box<str>> = ValueNumbers::default();
        let found: Vec<u32> = ["b", "", "b", "a", ""].map(|text| numbers.of(text, |text| text.into())).into();
        assert_eq!(found, [0, 1, 0, 2, 1]);
        assert_eq!((numbers.len(), numbers.is_empty()), (3, false));
        let mut marks = NumberSet::default();
        for number in [2, 0, 2] {
            marks.add(number);
        }
        assert_eq!(marks.of(&["b", "", "a", "c"]).copied().collect::<String>(), "ba");
        assert_eq!(numbers.into_values().join(","), "b,,a");
    }

    #[test]
    fn equal_values_have_one_number_wherever_they_lie() {
        let mut numbers: SharedNumbers<String> = SharedNumbers::default();
        let [one, other] = ["a", "b"].map(|text| Arc::new(text.to_owned()));
        // What is dropped at once may leave its place to another value.
        for _ in 0..3 {
            assert_eq!((numbers.of(&one), numbers.of(&Arc::new("a".to_owned()))), (0, 0));
            assert_eq!((numbers.of(&other), numbers.of(&Arc::new("b".to_owned()))), (1, 1));
        }
        assert_eq!(numbers.values().count(), 2);
        assert_eq!(numbers.into_values(), [one, other]);
    }
}
