//! Whether pages come to an end. An empty page is no end of them, and there may be many in a row: only a token that comes
//! again says that they would go on for ever.

/// The tokens so far.
#[derive(Debug, Clone, Default)]
pub struct PageTokens {
    count: u64,
    /// A token of before; another one is taken at each power of two.
    kept: Option<String>,
}

impl PageTokens {
    /// Takes the token of the next page, or says why it cannot be that.
    pub fn take(&mut self, token: &str) -> Result<(), String> {
        self.count += 1;
        if self.kept.as_deref() == Some(token) {
            return Err("the same nextToken comes again, and the pages would never end".to_owned());
        }
        if self.count.is_power_of_two() {
            self.kept = Some(token.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_come_again_are_refused() {
        let refused = |tokens: &[u32]| {
            let mut seen = PageTokens::default();
            tokens.iter().position(|token| seen.take(&token.to_string()).is_err())
        };
        assert_eq!(refused(&(0..5_000).collect::<Vec<_>>()), None);
        assert_eq!(refused(&[1; 9]), Some(1));
        assert!(refused(&(0..1_000).map(|page| page % 7).collect::<Vec<_>>()).unwrap() < 28);
    }
}
