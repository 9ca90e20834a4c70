//! The parts of a Markdown file that can be wrong about the repository: code, links and headings.

/// A piece of a document and the line it is on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A document taken apart.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// What stands in back-quotes within a sentence.
    pub(super) code_spans: Vec<Piece>,
    /// The lines of fenced code.
    pub(super) fenced: Vec<Piece>,
    /// Where links and images point.
    pub(super) links: Vec<Piece>,
    /// Headings with their `#` signs.
    pub(super) headings: Vec<Piece>,
    /// Every line outside fences, headings included.
    pub(super) prose: Vec<Piece>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut fence: Option<String> = None;
        let mut paragraph: Option<Piece> = None;
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let marker = fence_marker(line);
            match (&fence, marker) {
                (None, Some(marker)) => {
                    document.end_paragraph(paragraph.take());
                    fence = Some(marker);
                }
                (Some(open), Some(marker)) if marker.starts_with(open.as_str()) => fence = None,
                (Some(_), _) => document.fenced.push(Piece { line: line_number, text: line.to_owned() }),
                (None, None) => {
                    document.prose.push(Piece { line: line_number, text: line.to_owned() });
                    if is_heading(line) {
                        document.headings.push(Piece { line: line_number, text: line.to_owned() });
                    }
                    if line.trim().is_empty() {
                        document.end_paragraph(paragraph.take());
                    } else {
                        let piece = paragraph.get_or_insert(Piece { line: line_number, text: String::new() });
                        piece.text += line;
                        piece.text.push('\n');
                    }
                }
            }
        }
        document.end_paragraph(paragraph);
        document
    }

    /// Takes code spans and links out of a paragraph; both may run over the end of a line, neither over its last.
    fn end_paragraph(&mut self, paragraph: Option<Piece>) {
        let Some(Piece { line: first_line, text }) = paragraph else { return };
        let line_at = |index: usize| first_line + text[..index].matches('\n').count();
        // Links are looked for in what is left when code is blanked out.
        let mut without_code = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let ticks = text[at..].chars().take_while(|&c| c == '`').count();
            if ticks == 0 {
                let next = text[at..].find('`').map_or(text.len(), |offset| at + offset);
                without_code += &text[at..next];
                at = next;
            } else if let Some(length) = closing_ticks(&text[at + ticks..], ticks) {
                let span = &text[at + ticks..at + ticks + length];
                self.code_spans.push(Piece { line: line_at(at), text: span.trim().to_owned() });
                without_code.extend(span.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
                at += ticks + length + ticks;
            } else {
                at += ticks;
            }
        }
        self.find_links(first_line, &without_code);
    }

    fn find_links(&mut self, first_line: usize, text: &str) {
        let line_at = |index: usize| first_line + text[..index].matches('\n').count();
        for (index, _) in text.match_indices("](") {
            let target = text[index + 2..].trim_start();
            // A target in angle brackets may hold spaces; any other ends at the first, before its title.
            let end = if target.starts_with('<') { target.find('>') } else { target.find([')', ' ', '\n']) };
            if let Some(end) = end {
                let text = target[..end].trim_start_matches('<').to_owned();
                self.links.push(Piece { line: line_at(index), text });
            }
        }
        for (index, line) in text.lines().enumerate() {
            let definition = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            if let Some(target) = definition.and_then(|(_, target)| target.split_whitespace().next()) {
                self.links.push(Piece {
                    line: first_line + index,
                    text: target.trim_matches(['<', '>']).to_owned(),
                });
            }
        }
    }
}

/// The run of back-quotes or tildes that opens or closes a fence.
fn fence_marker(line: &str) -> Option<String> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|&c| c == '`' || c == '~')?;
    let length = line.chars().take_while(|&c| c == mark).count();
    // A code span may begin a line too, but then its back-quotes come again on the line.
    let is_span = mark == '`' && line[length..].contains('`');
    (length >= 3 && !is_span).then(|| mark.to_string().repeat(length))
}

fn is_heading(line: &str) -> bool {
    let level = line.chars().take_while(|&c| c == '#').count();
    (1..=6).contains(&level) && line[level..].starts_with(' ')
}

/// How far it is to a run of exactly this many back-quotes.
fn closing_ticks(text: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(offset) = text[at..].find('`') {
        let start = at + offset;
        let run = text[start..].chars().take_while(|&c| c == '`').count();
        if run == ticks {
            return Some(start);
        }
        at = start + run;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_lines(pieces: &[Piece]) -> Vec<String> {
        pieces.iter().map(|piece| format!("{}:{}", piece.line, piece.text)).collect()
    }

    #[test]
    fn code_spans_are_found_with_their_lines() {
        let document =
            Document::parse("A `b` c.\n\nOne ``two ` three``, and `four\nfive`.\nAn unpaired ` here.\n");
        assert_eq!(at_lines(&document.code_spans), ["1:b", "3:two ` three", "3:four\nfive"]);
    }

    #[test]
    fn links_are_found_outside_code() {
        let text = "[a](b.md#c) `[not](this)`\n![i](<d e.png>) [`x`](f.md \"title\")\n\n[ref]: g.md\n";
        assert_eq!(at_lines(&Document::parse(text).links), ["1:b.md#c", "2:d e.png", "2:f.md", "4:g.md"]);
    }

    #[test]
    fn fences_hide_what_is_in_them() {
        let document = Document::parse("# One\n````text\n# not\n```\n`not`\n````\n## Two `three`\n");
        assert_eq!(at_lines(&document.headings), ["1:# One", "7:## Two `three`"]);
        assert_eq!(at_lines(&document.fenced), ["3:# not", "4:```", "5:`not`"]);
        assert_eq!(at_lines(&document.code_spans), ["7:three"]);
    }
}
