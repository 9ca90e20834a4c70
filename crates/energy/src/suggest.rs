//! The name somebody probably meant.

/// The candidate nearest to `found`, if one is near enough to be a slip of the hand.
pub(crate) fn nearest<'c>(found: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let similarity = |candidate: &str| strsim::jaro_winkler(found, candidate);
    candidates
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["loihi", "truenorth", "odin"];
        assert_eq!(nearest("lohii", names.into_iter()), Some("loihi"), "two letters swapped");
        assert_eq!(nearest("brainscales", names.into_iter()), None, "another name altogether");
    }
}
