//! Lists of millions of values, of which few may be there twice at any time.

/// Puts all of `from` beside what is in `into`, in no order. Each may have millions, so few are there twice at any time.
pub(super) fn take_over<T>(into: &mut Vec<T>, mut from: Vec<T>) {
    if into.len() < from.len() {
        std::mem::swap(into, &mut from);
    }
    while !from.is_empty() {
        let rest = from.len().saturating_sub(part_of(into.len()));
        make_room(into, from.len() - rest);
        into.extend(from.drain(rest..));
        from.shrink_to(rest);
    }
}

/// Makes room for `more`, and for little besides: of what may be millions, twice as many would be half of all memory.
pub(super) fn make_room<T>(into: &mut Vec<T>, more: usize) {
    if into.capacity() - into.len() < more {
        into.reserve_exact(more.max(part_of(into.len())));
    }
}

/// A part of so many, large enough that whoever cannot grow in place does not move everything each time.
fn part_of(many: usize) -> usize {
    (many / 16).max(1 << 9)
}
