//! Colours where they mean something: how severe a finding is, what was denied, where something is missing.

use comfy_table::Color;

/// The colour of a cell, by the name of its column.
pub(super) fn color(column: &str, text: &str) -> Option<Color> {
    let is_count = || text.bytes().all(|byte| byte.is_ascii_digit());
    Some(match (column, text) {
        ("severity", "critical") => Color::Magenta,
        ("denied", "" | "0") | ("error_code", "") => return None,
        ("severity", "high")
        | ("outcome", "denied")
        | ("verdict", "invalid" | "missing" | "unlisted")
        | ("error_code", _) => Color::Red,
        ("severity", "medium") | ("outcome", "failed") | ("verdict", "unchecked") | ("gap", "true") => Color::Yellow,
        ("severity", "low") => Color::Cyan,
        ("denied", _) if is_count() => Color::Red,
        ("rule_id", rule) if rule.starts_with("first-seen-") => Color::Green,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_has_a_colour() {
        let check = |column, text, expected| assert_eq!(color(column, text), expected, "{column} {text}");
        check("severity", "high", Some(Color::Red));
        check("severity", "info", None);
        check("outcome", "denied", Some(Color::Red));
        check("outcome", "granted", None);
        check("denied", "12", Some(Color::Red));
        check("denied", "0", None);
        check("denied", "s3:GetObject", None);
        check("gap", "true", Some(Color::Yellow));
        check("workspace", "denied", None);
    }
}
