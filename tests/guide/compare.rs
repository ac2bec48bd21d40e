//! What a page says, beside what was printed.

/// Stands for any lines that were left out.
const LEFT_OUT: &str = "…";

/// What came of it.
pub(crate) struct Compared {
    /// Lines with `-` that the page has and nobody printed, with `+` the other way round; none if there are no such lines.
    pub(crate) difference: Option<String>,
    /// What the page should say, with lines left out where it leaves out some.
    pub(crate) corrected: Vec<String>,
}

/// What becomes of a line of either.
#[derive(Clone, Copy)]
enum Fate {
    Same,
    /// At least half of its words are in the printed line.
    Changed,
    /// The printed line says something else.
    Replaced,
    /// Nobody printed it.
    Gone,
    /// The page does not have it.
    New,
    /// It is among those that the page leaves out.
    LeftOut,
    /// No more lines are left out here.
    Ended,
}

impl Fate {
    /// What becomes of a line where that line was printed.
    fn of(said: &str, printed: &str) -> Self {
        if said == printed {
            return Self::Same;
        }
        let words: Vec<&str> = said.split_whitespace().collect();
        let kept = words.iter().filter(|word| printed.split_whitespace().any(|printed| printed == **word)).count();
        if words.is_empty() || kept * 2 < words.len() { Self::Replaced } else { Self::Changed }
    }

    /// How unlike what it leads to is what was said. Beside lines that are left out, a line is rather gone than replaced.
    fn cost(self) -> usize {
        match self {
            Self::Same | Self::LeftOut | Self::Ended => 0,
            Self::Changed => 1,
            Self::New => 2,
            Self::Gone => 4,
            Self::Replaced => 5,
        }
    }

    /// How many lines of the page, and how many printed ones, are behind it.
    fn step(self) -> (usize, usize) {
        match self {
            Self::Same | Self::Changed | Self::Replaced => (1, 1),
            Self::Gone | Self::Ended => (1, 0),
            Self::New | Self::LeftOut => (0, 1),
        }
    }
}

/// Compares line by line, without white space at the end, in the way that changes least.
pub(crate) fn compare(said: &[String], printed: &[String]) -> Compared {
    let said: Vec<&str> = said.iter().map(|line| line.trim_end()).collect();
    let printed: Vec<&str> = printed.iter().map(|line| line.trim_end()).collect();
    let (mut difference, mut corrected) = (Vec::new(), Vec::new());
    let (mut at, mut to, mut differs, mut left_out) = (0, 0, false, false);
    for fate in fates(&said, &printed) {
        differs |= fate.cost() > 0;
        let (old, new) = (said.get(at).copied().unwrap_or_default(), printed.get(to).copied().unwrap_or_default());
        match fate {
            Fate::Same => difference.push(format!("  {new}")),
            Fate::Changed | Fate::Replaced => difference.extend([format!("- {old}"), format!("+ {new}")]),
            Fate::Gone => difference.push(format!("- {old}")),
            Fate::New => difference.push(format!("+ {new}")),
            Fate::LeftOut => {}
            Fate::Ended => difference.push(format!("  {LEFT_OUT}")),
        }
        match fate {
            Fate::Same | Fate::Changed | Fate::Replaced | Fate::New => corrected.push(new.to_owned()),
            Fate::Ended if left_out => corrected.push(LEFT_OUT.to_owned()),
            _ => {}
        }
        left_out = matches!(fate, Fate::LeftOut);
        let (more, others) = fate.step();
        (at, to) = (at + more, to + others);
    }
    Compared { difference: differs.then(|| difference.join("\n")), corrected }
}

/// The fates of all lines that cost the least.
fn fates(said: &[&str], printed: &[&str]) -> Vec<Fate> {
    let possible = |at: usize, to: usize| {
        let (old, new) = (said.get(at), printed.get(to));
        let fates = match (old, new) {
            (Some(&LEFT_OUT), Some(_)) => [Some(Fate::Ended), Some(Fate::LeftOut), None],
            (Some(&LEFT_OUT), None) => [Some(Fate::Ended), None, None],
            (Some(old), Some(new)) => [Some(Fate::of(old, new)), Some(Fate::New), Some(Fate::Gone)],
            (Some(_), None) => [Some(Fate::Gone), None, None],
            (None, Some(_)) => [Some(Fate::New), None, None],
            (None, None) => [None; 3],
        };
        fates.into_iter().flatten()
    };
    let mut costs = vec![vec![0; printed.len() + 1]; said.len() + 1];
    let cost = |costs: &[Vec<usize>], at: usize, to: usize, fate: Fate| {
        let (more, others) = fate.step();
        costs[at + more][to + others] + fate.cost()
    };
    for at in (0..=said.len()).rev() {
        for to in (0..=printed.len()).rev() {
            let least = possible(at, to).map(|fate| cost(&costs, at, to, fate)).min();
            costs[at][to] = least.unwrap_or_default();
        }
    }
    let (mut at, mut to, mut fates) = (0, 0, Vec::new());
    while let Some(fate) = possible(at, to).min_by_key(|fate| cost(&costs, at, to, *fate)) {
        let (more, others) = fate.step();
        (at, to) = (at + more, to + others);
        fates.push(fate);
    }
    fates
}

#[test]
fn what_is_left_out_stays_left_out() {
    let check = |said: &str, printed: &str, corrected: Option<&str>| {
        let lines = |text: &str| text.split_terminator('|').map(str::to_owned).collect::<Vec<_>>();
        let compared = compare(&lines(said), &lines(printed));
        assert_eq!(compared.difference.is_some(), corrected.is_some(), "{said}, {printed}");
        if let Some(corrected) = corrected {
            assert_eq!(compared.corrected, lines(corrected), "{said}, {printed}");
        }
    };
    check("a|b", "a|b", None);
    check("a|…|d", "a|b|c|d", None);
    check("…|d", "d", None);
    check("a|…", "a|b|c|d", None);
    check("", "a", Some("a"));
    check("a|b", "b", Some("b"));
    check("a|b", "a|c", Some("a|c"));
    check("a|…|d 1", "a|b|c|d 2", Some("a|…|d 2"));
    check("a|…|d", "a|b|c|e", Some("a|…"));
    check("a 1|…|d", "a 2|b|c|d", Some("a 2|…|d"));
    check("a|b 1|…|d", "a|b 2|c|c|d", Some("a|b 2|…|d"));
    check("a|b|…|d", "a", Some("a"));
}
