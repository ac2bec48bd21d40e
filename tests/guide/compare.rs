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
    Changed,
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
    /// How unlike what it leads to is what was said. A line of the page is rather changed than gone.
    fn cost(self) -> usize {
        match self {
            Self::Same | Self::LeftOut | Self::Ended => 0,
            Self::New => 2,
            Self::Changed => 3,
            Self::Gone => 4,
        }
    }

    /// How many lines of the page, and how many printed ones, are behind it.
    fn step(self) -> (usize, usize) {
        match self {
            Self::Same | Self::Changed => (1, 1),
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
            Fate::Changed => difference.extend([format!("- {old}"), format!("+ {new}")]),
            Fate::Gone => difference.push(format!("- {old}")),
            Fate::New => difference.push(format!("+ {new}")),
            Fate::LeftOut => {}
            Fate::Ended => difference.push(format!("  {LEFT_OUT}")),
        }
        match fate {
            Fate::Same | Fate::Changed | Fate::New => corrected.push(new.to_owned()),
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
            (Some(old), Some(new)) if old == new => [Some(Fate::Same), Some(Fate::New), Some(Fate::Gone)],
            (Some(_), Some(_)) => [Some(Fate::Changed), Some(Fate::New), Some(Fate::Gone)],
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
        let lines = |text: &str| text.split_terminator(' ').map(str::to_owned).collect::<Vec<_>>();
        let compared = compare(&lines(said), &lines(printed));
        assert_eq!(compared.difference.is_some(), corrected.is_some(), "{said}, {printed}");
        if let Some(corrected) = corrected {
            assert_eq!(compared.corrected, lines(corrected), "{said}, {printed}");
        }
    };
    check("a b", "a b", None);
    check("a … d", "a b c d", None);
    check("… d", "d", None);
    check("a …", "a b c d", None);
    check("", "a", Some("a"));
    check("a b", "b", Some("b"));
    check("a … d", "a b c e", Some("a … e"));
    check("a … d", "x b c d", Some("x … d"));
    check("a b … d", "a x c c d", Some("a x … d"));
    check("a b … d", "a", Some("a"));
}
