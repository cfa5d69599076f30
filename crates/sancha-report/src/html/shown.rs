//! Which findings of a case the page lists one by one: it must still open in a browser.

use std::{cmp::Reverse, collections::BTreeSet};

use sancha_case::Case;

/// Beyond so many findings of one case nobody reads on; all of them are in `findings.jsonl`.
pub(super) const MOST: usize = 300;

/// Places in the case's list: all, or those with the gravest outcomes and levels, the earliest of equals.
pub(super) fn places(case: &Case) -> BTreeSet<usize> {
    let mut places: Vec<usize> = (0..case.members.len()).collect();
    if places.len() > MOST {
        places.sort_by_key(|place| {
            let member = case.members.get(*place);
            let grave = member.map(|member| (member.outcome, member.finding.level));
            (Reverse(grave), member.and_then(|member| member.finding.first), *place)
        });
        places.truncate(MOST);
    }
    places.into_iter().collect()
}
