//! Findings for people: a block for each rule, with the places where it found something, and the remedy once.

use super::account_names::AccountNames;
use super::coverage_text::counted;
use super::lines::Lines;
use super::zone::Zone;
use crate::domain::finding::{Finding, Severity};

/// So many values of a name are shown.
const VALUES: usize = 3;

/// What blocks are told besides their findings.
#[derive(Debug, Clone, Copy)]
pub struct BlockSetting<'a> {
    /// What people call accounts.
    pub names: &'a AccountNames,
    /// The zone of their times.
    pub zone: &'a Zone,
    /// Characters per line.
    pub width: usize,
    /// Whether to use colours.
    pub color: bool,
}

/// The findings of one rule that are all suppressed, or all are not.
struct Block<'f> {
    findings: Vec<&'f Finding>,
}

/// The blocks, one below the other, in the order of their first findings.
#[must_use]
pub fn text(findings: &[&Finding], setting: &BlockSetting<'_>) -> String {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for finding in findings {
        let same = |first: &Finding| {
            first.rule_id == finding.rule_id && first.suppressed.is_some() == finding.suppressed.is_some()
        };
        match blocks.iter_mut().find(|block| block.findings.first().is_some_and(|first| same(first))) {
            Some(block) => block.findings.push(finding),
            None => blocks.push(Block { findings: vec![finding] }),
        }
    }
    let mut lines = Lines::new(setting.width);
    for block in blocks {
        lines.blank();
        block.put(setting, &mut lines);
    }
    lines.into_text()
}

impl Block<'_> {
    fn put(&self, setting: &BlockSetting<'_>, lines: &mut Lines) {
        let Some(first) = self.findings.first() else { return };
        let severity = self.findings.iter().map(|finding| finding.severity).max().unwrap_or(first.severity);
        let suppressed = if first.suppressed.is_some() { ", suppressed" } else { "" };
        let count = counted(self.findings.len() as u64, "finding");
        let color = if setting.color { color(severity) } else { None };
        let head = format!("{} ({count}{suppressed}): {}", first.rule_id, first.title);
        lines.put_marked(&format!("{:<8}", severity.as_str()), color, &head);
        lines.each("  ", self.findings.iter(), |lines, finding| {
            let other = finding.severity != severity;
            let severity = if other { format!("{} ", finding.severity) } else { String::new() };
            lines.put("  - ", &format!("{severity}{}", place(finding, setting)));
            let shown = evidence(finding);
            if !shown.is_empty() {
                lines.put("    ", &shown);
            }
            let why = finding.suppressed.as_ref();
            if let Some(why) = why.map(|why| format!("until {}: {}", why.expires, why.reason)) {
                lines.put("    ", &why);
            }
        });
        lines.put("  Remedy: ", first.remedy);
    }
}

fn color(severity: Severity) -> Option<u8> {
    match severity {
        Severity::Info => None,
        Severity::Low => Some(36),
        Severity::Medium => Some(33),
        Severity::High => Some(31),
        Severity::Critical => Some(35),
    }
}

/// Where, how often, and when last.
fn place(finding: &Finding, setting: &BlockSetting<'_>) -> String {
    let names = [&finding.organization, &finding.project, &finding.workspace];
    let names: Vec<&str> = names.into_iter().filter_map(Option::as_deref).collect();
    let account = finding.account_id.as_deref().map(|account| setting.names.beside(account).into_owned());
    let names = (!names.is_empty()).then(|| names.join(" / "));
    let run = finding.run_id.as_deref().map(str::to_owned);
    let often = format!("{}, last {}", counted(finding.count, "event"), setting.zone.rfc3339(finding.last_seen));
    [account, names, run].into_iter().flatten().chain([often]).collect::<Vec<_>>().join("  ")
}

/// The values that show it, by name.
fn evidence(finding: &Finding) -> String {
    let mut by_name: Vec<(&str, Vec<&str>)> = Vec::new();
    // That a call was made with a key of the run is the rule; only what is less sure is worth a word.
    let told = finding.evidence.values.iter().filter(|(name, value)| !(*name == "join" && **value == *"key"));
    for (name, value) in told {
        match by_name.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => by_name.push((name, vec![value])),
        }
    }
    let shown = by_name.iter().map(|(name, values)| {
        let more = values.len().saturating_sub(VALUES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let first: Vec<&str> = values.iter().copied().take(VALUES).collect();
        match (*name, first.as_slice()) {
            ("lets_in", ["*"]) => "lets in everyone".to_owned(),
            _ => format!("{name} {}{more}", first.join(", ")),
        }
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::{Evidence, Suppressed};
    use crate::domain::timestamp::{Day, Timestamp};

    fn finding(account: &str, severity: Severity) -> Finding {
        let time = Timestamp::parse_rfc3339("2026-11-02T10:00:00Z").unwrap();
        Finding {
            uid: account.into(),
            severity,
            rule_id: "shared-role-phases",
            title: "plan and apply share a role",
            account_id: Some(account.into()),
            organization: Some("acme".into()),
            project: None,
            workspace: Some("web\u{1b}[2J".into()),
            run_id: None,
            first_seen: time,
            last_seen: time,
            count: 2,
            evidence: Evidence { events: Vec::new(), values: vec![("role_arn", "arn:aws:iam::1:role/r".into())] },
            remedy: "give each phase a role of its own, and let only that of apply write",
            suppressed: None,
        }
    }

    #[test]
    fn a_rule_is_told_once() {
        let suppressed = Some(Suppressed { reason: "moving".into(), expires: Day::parse("2026-12-31").unwrap() });
        let (one, two) = (finding("111122223333", Severity::High), finding("222233334444", Severity::Medium));
        let three = Finding { suppressed, ..finding("333344445555", Severity::Medium) };
        let names = AccountNames::new([("111122223333".into(), "prod".into())]);
        let zone = Zone::UTC;
        let setting = BlockSetting { names: &names, zone: &zone, width: 72, color: false };
        let text = text(&[&one, &two, &three], &setting);
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.chars().count() <= 72));
        let setting = BlockSetting { color: true, ..setting };
        let colored = super::text(&[&one, &two, &three], &setting);
        assert!(colored.starts_with("\u{1b}[1;31mhigh    \u{1b}[0m  shared-role-phases"), "{colored:?}");
        assert_eq!(colored.matches('\u{1b}').count(), 4);
        assert_eq!(super::text(&[], &setting), "");
    }
}
