//! The name a user probably meant.

/// The candidate that takes the fewest edits to reach, if that is few enough to be a slip of the finger.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (edits, name) =
        candidates.map(|name| (distance(word, name), name)).min_by_key(|&(edits, _)| edits)?;
    // A third of the word, and one edit for the two- and three-letter names.
    (edits <= (word.chars().count() / 3).max(1)).then_some(name)
}

/// Levenshtein distance: insertions, deletions and replacements that turn one word into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_edits() {
        for (from, to, edits) in
            [("", "abc", 3), ("tidy", "tidy", 0), ("tset", "test", 2), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(from, to), edits, "{from} -> {to}");
        }
    }

    #[test]
    fn the_nearest_name_is_found_only_when_near() {
        let names = || ["sim", "tidy", "snap"].into_iter();
        assert_eq!(nearest("sym", names()), Some("sim"));
        assert_eq!(nearest("snaps", names()), Some("snap"));
        assert_eq!(nearest("frobnicate", names()), None);
    }
}
