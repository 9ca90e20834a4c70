//! The letters that come with the program (`crates/experiments/fonts`): widths for the layout, outlines for bitmaps.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

const FONT: &[u8] = include_bytes!("../../fonts/DejaVuSans-subset.ttf");

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

    /// The characters of `text` that the font does not have.
    #[cfg(test)]
    pub(super) fn missing(&self, text: &str) -> Vec<char> {
        text.chars().filter(|&c| self.face.glyph_index(c).is_none()).collect()
    }
}
