//! An object of JSON that is written member by member.

/// The text of the object so far.
#[derive(Debug, Default)]
pub(in crate::decode) struct ObjectText(String);

impl ObjectText {
    /// A member whose value is text.
    pub(in crate::decode) fn text(&mut self, name: &str, text: &str) {
        self.json(name, &quoted(text));
    }

    /// A member whose value is JSON.
    pub(in crate::decode) fn json(&mut self, name: &str, json: &str) {
        let separator = if self.0.is_empty() { '{' } else { ',' };
        self.0.push(separator);
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    /// The whole object.
    pub(in crate::decode) fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    // A text has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
}
