//! The letters that come with the program (`crates/figure/fonts`): widths for the layout, outlines for bitmaps.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans-subset.ttf");

/// The embedded font.
pub(super) struct Font {
    face: Face<'static>,
}

impl Font {
    pub(super) fn new() -> Self {
        Self { face: Face::parse(FONT, 0).expect("the embedded font is whole") }
    }

    /// Pixels per font unit at a size in pixels.
    pub(super) fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.face.units_per_em())
    }

    /// The glyph of a character; the box of the font for one it does not have.
    fn glyph(&self, character: char) -> GlyphId {
        self.face.glyph_index(character).unwrap_or(GlyphId(0))
    }

    /// The glyphs of a text, each with how far it begins from the start, in font units.
    pub(super) fn glyphs(&self, text: &str) -> Vec<(GlyphId, f64)> {
        let mut at = 0.0;
        let place = |character| {
            let glyph = self.glyph(character);
            let start = at;
            at += f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0));
            (glyph, start)
        };
        text.chars().map(place).collect()
    }

    /// The width of a text in pixels.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        let advance = |c| f64::from(self.face.glyph_hor_advance(self.glyph(c)).unwrap_or(0));
        text.chars().map(advance).sum::<f64>() * self.scale(size)
    }

    pub(super) fn outline(&self, glyph: GlyphId, builder: &mut dyn OutlineBuilder) {
        // A blank has no outline.
        let _ = self.face.outline_glyph(glyph, builder);
    }

    /// `text` broken at blanks into lines of at most `width` pixels; a longer word stands alone.
    pub(super) fn wrapped(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_figures_has_an_outline() {
        let font = Font::new();
        for character in (' '..='~').chain("αγηλξ×±≤≥–−°".chars()) {
            assert!(font.face.glyph_index(character).is_some(), "no glyph for `{character}`");
        }
    }

    #[test]
    fn lines_are_broken_at_blanks_and_no_wider_than_asked() {
        let font = Font::new();
        let text = "exactly as many bits flipped, 4 sets of 20 cues";
        let lines = font.wrapped(text, 13.0, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| font.width(line, 13.0) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), text, "no word is lost");
    }
}
