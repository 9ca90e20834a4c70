//! Where in a file something stands: parsers count bytes, people count lines.

/// A text and the name of its file.
///
/// ```
/// use klr_units::document::Document;
///
/// let document = Document { file: "mine.toml", text: "a = 1\nb = 2\n" };
/// assert_eq!(document.line(6), 2, "the first byte of the second line");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The file, as the caller names it.
    pub file: &'a str,
    /// What is in it.
    pub text: &'a str,
}

impl Document<'_> {
    /// The line of the byte at `offset`, from 1.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
    }
}
