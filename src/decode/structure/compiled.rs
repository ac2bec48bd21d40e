//! What a kind of lanes needs to be called: each function compiled with the features of its machine, behind one that may be called
//! from anywhere.

/// A `scanner` that gives the functions for `$lanes`, on a machine that has all of the features.
macro_rules! compiled_for {
    ($lanes:ty, $($feature:tt),+) => {
        pub(super) fn scanner() -> Option<Scanner> {
            let has = $(is_x86_feature_detected!($feature))&&+;
            has.then_some(Scanner {
                value: checked,
                string: checked_string,
                pairs: checked_pairs,
                cell: checked_cell,
                inner: checked_inner,
                inner_cell: checked_inner_cell,
            })
        }

        fn checked(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            // SAFETY: `scanner` hands this function out only on a machine with these features.
            unsafe { vectors(scan, text, from, last) }
        }

        fn checked_string(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            // SAFETY: as above.
            unsafe { string_vectors(scan, text, from, last) }
        }

        fn checked_pairs(text: &[u8], pairs: [[u8; 2]; 2]) -> bool {
            // SAFETY: as above.
            unsafe { pair_vectors(text, pairs) }
        }

        fn checked_cell(text: &[u8], from: usize) -> Option<usize> {
            // SAFETY: as above.
            unsafe { cell_vectors(text, from) }
        }

        fn checked_inner(scan: &mut InnerScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            // SAFETY: as above.
            unsafe { inner_vectors(scan, text, from, last) }
        }

        fn checked_inner_cell(scan: &mut InnerScan, text: &[u8], from: usize) -> Option<usize> {
            // SAFETY: as above.
            unsafe { inner_cell_vectors(scan, text, from) }
        }

        $(#[target_feature(enable = $feature)])+
        fn vectors(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            scan_with::<$lanes>(scan, text, from, last)
        }

        $(#[target_feature(enable = $feature)])+
        fn string_vectors(scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            string_with::<$lanes>(scan, text, from, last)
        }

        $(#[target_feature(enable = $feature)])+
        fn pair_vectors(text: &[u8], pairs: [[u8; 2]; 2]) -> bool {
            pairs_with::<$lanes>(text, pairs)
        }

        $(#[target_feature(enable = $feature)])+
        fn cell_vectors(text: &[u8], from: usize) -> Option<usize> {
            cell_with::<$lanes>(text, from)
        }

        $(#[target_feature(enable = $feature)])+
        fn inner_vectors(scan: &mut InnerScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
            inner_with::<$lanes>(scan, text, from, last)
        }

        $(#[target_feature(enable = $feature)])+
        fn inner_cell_vectors(scan: &mut InnerScan, text: &[u8], from: usize) -> Option<usize> {
            inner_cell_with::<$lanes>(scan, text, from)
        }
    };
}

pub(super) use compiled_for;
