//! When the sessions of one principal last.

use std::ops::Range;

use super::sessions::Session;

/// The sessions of one principal by the moments in which a call lies in them.
///
/// The moments at which a session begins or has ended cut time into pieces. They are the leaves of a tree, each node of
/// which stands for a range of them, and a session is kept at the few nodes that its span is made of: the sessions that last
/// in a piece are those on the way from its leaf to the root, however many others there are.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    /// The first second of each piece, ascending. Behind the last one nothing lasts.
    bounds: Vec<i64>,
    /// The sessions at each node; the root is the first, node 0 is none, and the parent of a node has half its number.
    pub nodes: Vec<Vec<usize>>,
}

impl Lasting {
    /// Of some of `all`, all of one principal.
    pub(super) fn new(all: &[Session], sessions: &[usize]) -> Self {
        let spans = |at: usize| Some(all[at].span()).filter(|(from, to)| from <= to);
        let mut bounds: Vec<i64> =
            sessions.iter().filter_map(|at| spans(*at)).flat_map(|(from, to)| [from, to + 1]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let mut nodes = vec![Vec::new(); 2 * bounds.len()];
        for at in sessions.iter().copied() {
            let Some((from, to)) = spans(at) else { continue };
            let piece = |second: i64| bounds.len() + bounds.partition_point(|bound| *bound < second);
            cover(piece(from)..piece(to + 1), |node| nodes[node].push(at));
        }
        Self { bounds, nodes }
    }

    /// The leaf that a second lies in, if there is one.
    pub(super) fn leaf(&self, second: i64) -> Option<usize> {
        let pieces = self.bounds.partition_point(|bound| *bound <= second);
        (0 < pieces && pieces < self.bounds.len()).then(|| self.bounds.len() + pieces - 1)
    }

    /// How many sessions last there.
    pub(super) fn count(&self, leaf: usize) -> usize {
        let way = std::iter::successors(Some(leaf), |node| Some(node / 2)).take_while(|node| *node > 0);
        way.map(|node| self.nodes[node].len()).sum()
    }
}

/// The nodes that a range of leaves is made of.
fn cover(leaves: Range<usize>, mut visit: impl FnMut(usize)) {
    let Range { mut start, mut end } = leaves;
    while start < end {
        if start % 2 == 1 {
            visit(start);
            start += 1;
        }
        if end % 2 == 1 {
            end -= 1;
            visit(end);
        }
        start /= 2;
        end /= 2;
    }
}
