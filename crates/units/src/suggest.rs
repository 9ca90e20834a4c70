//! The name somebody probably meant.

/// The candidate that takes the fewest slips to reach from `found` (a letter too many, too few, wrong, or two swapped), the
/// first at ties, if that is few enough: two slips, and one more for every four letters. The section of a dotted name may
/// be wrong or missing, for the price of two slips.
///
/// ```
/// use klr_units::suggest::nearest;
///
/// let keys = ["model.gamma", "model.beta"];
/// assert_eq!(nearest("model.gama", keys.into_iter()), Some("model.gamma"));
/// assert_eq!(nearest("gamma", keys.into_iter()), Some("model.gamma"));
/// ```
pub fn nearest<'c>(found: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    // Somebody who types a bare `x` has not mistyped a name that shares no letter with it.
    let near = 2 + letters(found) / 4;
    candidates
        .map(|candidate| (slips(found, candidate), candidate))
        .filter(|&(slips, candidate)| slips <= near && slips < letters(found).max(letters(candidate)))
        .min_by_key(|&(slips, _)| slips)
        .map(|(_, candidate)| candidate)
}

fn letters(name: &str) -> usize {
    name.chars().count()
}

/// Slips of the hand from `found` to `known`, or a wrong or missing section and slips in the name after it.
fn slips(found: &str, known: &str) -> usize {
    let whole = strsim::damerau_levenshtein(found, known);
    match (found.rsplit_once('.'), known.rsplit_once('.')) {
        (None, None) => whole,
        (section, known_section) => {
            let name = section.map_or(found, |parts| parts.1);
            let known = known_section.map_or(known, |parts| parts.1);
            whole.min(strsim::damerau_levenshtein(name, known) + 2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["loihi", "truenorth", "odin"];
        assert_eq!(nearest("lohii", names.into_iter()), Some("loihi"), "two letters swapped");
        assert_eq!(nearest("brainscales", names.into_iter()), None, "another name altogether");
        assert_eq!(nearest("x", ["pj", "uw"].into_iter()), None, "no letter in common");
    }

    #[test]
    fn a_section_may_be_wrong_or_missing() {
        let keys = ["model.gamma", "quantize.weight_bits", "seed"];
        for (found, meant) in [
            ("gama", Some("model.gamma")),
            ("retrieval.gamma", Some("model.gamma")),
            ("quantise.weight_bits", Some("quantize.weight_bits")),
            ("sed", Some("seed")),
            ("", None),
        ] {
            assert_eq!(nearest(found, keys.into_iter()), meant, "meant by {found:?}");
        }
    }
}
