//! Texts as a terminal of 100 columns shows them.

/// Columns of everything printed.
pub(crate) const WIDTH: usize = 100;

/// The end of a text that is too long for its place.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        text.to_owned()
    } else {
        format!("..{}", text.chars().skip(length + 2 - most).collect::<String>())
    }
}

/// `text` in lines of at most [`WIDTH`] columns, the first behind `first`, the others behind `indent` spaces.
pub(crate) fn wrap(first: &str, indent: usize, text: &str) -> String {
    let mut out = first.to_owned();
    let mut columns = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if !fresh && columns + 1 + width > WIDTH {
            out.push_str(&format!("\n{:indent$}", ""));
            columns = indent;
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            columns += 1;
        }
        out.push_str(word);
        columns += width;
        fresh = false;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_keep_their_end() {
        assert_eq!(shorten("patterns.npy", 12), "patterns.npy", "it fits");
        assert_eq!(shorten("/a/patterns.npy", 12), "..tterns.npy", "its end says more than its start");
        assert_eq!(shorten("äöüäöüäö", 4), "..äö", "columns are characters, not bytes");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "word ".repeat(60);
        let wrapped = wrap("title: ", 4, &text);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH), "{wrapped}");
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")), "{wrapped}");
        assert_eq!(wrapped.matches("word").count(), 60, "{wrapped}");
        assert_eq!(wrapped.lines().count(), 4, "lines are filled: {wrapped}");
    }
}
