//! Numbers and texts as bytes, for files that this process alone reads.

use super::file::AsideError;

/// Adds a number: seven bits a byte, the lowest ones first.
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(low_byte(number) | 0x80);
        number >>= 7;
    }
    out.push(low_byte(number));
}

fn low_byte(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// Adds a number that may be negative.
pub fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

/// Adds a text.
pub fn put_text(text: &str, out: &mut Vec<u8>) {
    put_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// Adds a text that may be absent.
pub fn put_optional(text: Option<&str>, out: &mut Vec<u8>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_text(text, out);
    }
}

/// What is left to be read.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a>(pub &'a [u8]);

impl<'a> Rest<'a> {
    /// Whether there is nothing left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn byte(&mut self) -> Result<u8, AsideError> {
        let (first, rest) = self.0.split_first().ok_or_else(AsideError::damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    /// So many bytes.
    ///
    /// # Errors
    ///
    /// There are fewer.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], AsideError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(AsideError::damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// So many bytes.
    ///
    /// # Errors
    ///
    /// There are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], AsideError> {
        self.bytes(N)?.try_into().map_err(|_| AsideError::damaged())
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn number(&mut self) -> Result<u64, AsideError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(AsideError::damaged())
    }

    /// A number of things in memory.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn size(&mut self) -> Result<usize, AsideError> {
        usize::try_from(self.number()?).map_err(|_| AsideError::damaged())
    }

    /// A number that may be negative.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn signed(&mut self) -> Result<i64, AsideError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A text.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn text(&mut self) -> Result<&'a str, AsideError> {
        let length = self.size()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| AsideError::damaged())
    }

    /// A text that may be absent.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn optional(&mut self) -> Result<Option<&'a str>, AsideError> {
        Ok(if self.byte()? == 0 { None } else { Some(self.text()?) })
    }
}
