//! Numbers for texts that many events have in common, so that each takes two or three bytes of an event that is put aside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::bytes::{Rest, put_number, put_text};
use super::file::AsideError;

/// So many texts get a number. The others stand in the events themselves: whoever writes a new one into each takes room on disk.
const MOST: usize = 1 << 18;

/// And so many bytes of them.
const MOST_BYTES: usize = 32 << 20;

/// So many texts are found again by where they lie in memory, without looking at them, if they are no longer than that.
const NEAR: usize = 1 << 13;
const MOST_NEAR: usize = 512;

/// No text.
const ABSENT: u64 = 0;

/// The text itself follows.
const ITSELF: u64 = 1;

/// Numbers from here on are those of texts.
const FIRST: u64 = 2;

#[derive(Debug, Default)]
struct AllNumbers {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

/// Numbers of texts. Each thread has its own, which asks the others only about a text that it has not met.
#[derive(Debug, Clone, Default)]
pub struct TextNumbers {
    all: Arc<Mutex<AllNumbers>>,
    mine: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
    /// Texts that were put before, and their numbers. What is kept here cannot give its place in memory to another one.
    near: Vec<Option<(Arc<str>, usize)>>,
    is_full: bool,
}

impl TextNumbers {
    /// The same numbers for another thread.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { all: Arc::clone(&self.all), ..Self::default() }
    }

    fn all(&self) -> MutexGuard<'_, AllNumbers> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a text.
    pub fn put(&mut self, text: Option<&str>, out: &mut Vec<u8>) {
        let Some(text) = text else {
            put_number(ABSENT, out);
            return;
        };
        if let Some(number) = self.number(text) {
            put_number(FIRST + number as u64, out);
        } else {
            put_number(ITSELF, out);
            put_text(text, out);
        }
    }

    /// The same of a text that events share: it is most often one that was put before.
    pub fn put_shared(&mut self, text: Option<&Arc<str>>, out: &mut Vec<u8>) {
        let Some(text) = text else {
            put_number(ABSENT, out);
            return;
        };
        if self.near.is_empty() {
            self.near.resize(NEAR, None);
        }
        // Blocks of memory begin at multiples of 16, and of one size often at like distances.
        let mixed = (Arc::as_ptr(text).cast::<u8>().addr() as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = usize::try_from(mixed >> (u64::BITS - NEAR.trailing_zeros())).unwrap_or_default();
        if let Some((known, number)) = &self.near[place]
            && Arc::ptr_eq(known, text)
        {
            put_number(FIRST + *number as u64, out);
            return;
        }
        if let Some(number) = self.number(text) {
            if text.len() <= MOST_NEAR {
                self.near[place] = Some((Arc::clone(text), number));
            }
            put_number(FIRST + number as u64, out);
        } else {
            put_number(ITSELF, out);
            put_text(text, out);
        }
    }

    fn number(&mut self, text: &str) -> Option<usize> {
        if let Some(number) = self.mine.get(text) {
            return Some(*number);
        }
        if self.is_full {
            return None;
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.numbers.get_key_value(text).map(|(text, number)| (Arc::clone(text), *number));
        let (text, number) = if let Some(known) = known {
            known
        } else {
            if all.texts.len() >= MOST || all.bytes + text.len() > MOST_BYTES {
                self.is_full = true;
                return None;
            }
            let (text, number): (Arc<str>, usize) = (text.into(), all.texts.len());
            all.bytes += text.len();
            all.texts.push(Arc::clone(&text));
            all.numbers.insert(Arc::clone(&text), number);
            (text, number)
        };
        drop(all);
        self.mine.insert(text, number);
        Some(number)
    }

    /// What [`Self::put`] added, in any thread.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn take(&mut self, rest: &mut Rest<'_>) -> Result<Option<Arc<str>>, AsideError> {
        match rest.number()? {
            ABSENT => Ok(None),
            ITSELF => Ok(Some(rest.text()?.into())),
            number => {
                let place = usize::try_from(number - FIRST).map_err(|_| AsideError::damaged())?;
                if place >= self.texts.len() {
                    let known = self.texts.len();
                    let more = self.all().texts.get(known..).unwrap_or_default().to_vec();
                    self.texts.extend(more);
                }
                Ok(Some(Arc::clone(self.texts.get(place).ok_or_else(AsideError::damaged)?)))
            }
        }
    }

    /// Passes by what [`Self::put`] added.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn skip(rest: &mut Rest<'_>) -> Result<(), AsideError> {
        if rest.number()? == ITSELF {
            rest.text()?;
        }
        Ok(())
    }

    /// The same of a text that is there.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn take_one(&mut self, rest: &mut Rest<'_>) -> Result<Arc<str>, AsideError> {
        self.take(rest)?.ok_or_else(AsideError::damaged)
    }
}
