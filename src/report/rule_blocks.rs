//! What rules say of themselves, as blocks that fit a width.

use super::lines::Lines;
use crate::audit::rules::Rule;

/// The blocks, one below the other.
#[must_use]
pub fn text(rules: &[&Rule], width: usize) -> String {
    let mut lines = Lines::new(width);
    for rule in rules {
        lines.blank();
        lines.put("", &format!("{} ({}): {}", rule.id, rule.severity, rule.title));
        let facts = [
            ("means", rule.meaning),
            ("why", rule.why),
            ("remedy", rule.remedy),
            ("cannot know", rule.unknown),
            ("needs", rule.needs),
        ];
        for (name, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
            lines.put(&format!("  {name:<11}  "), text);
        }
        if !rule.source.is_empty() {
            lines.put_whole(&format!("  {:<11}  {}", "source", rule.source));
        }
    }
    lines.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::rules::RULES;

    #[test]
    fn every_rule_explains_itself_within_the_width() {
        let text = text(&RULES, 80);
        for line in text.lines().filter(|line| !line.starts_with("  source")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for rule in RULES {
            assert!(text.contains(&format!("{} ({}): ", rule.id, rule.severity)), "{}", rule.id);
        }
    }
}
