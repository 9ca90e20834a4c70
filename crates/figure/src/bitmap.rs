//! A scene as PNG, at twice its size in pixels so that small letters stay sharp.

use super::font::Font;
use super::scene::{Colour, Point, Scene, SceneShape, TextAnchor};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

/// Pixels of the bitmap per pixel of the scene.
const ZOOM: f32 = 2.0;

/// The bytes of a PNG file with the comment `about`, or `None` if the scene has no size or is beyond memory.
pub(super) fn write(scene: &Scene, font: &Font, about: &str) -> Option<Vec<u8>> {
    let mut pixels = Pixmap::new(scene.width * 2, scene.height * 2)?;
    pixels.fill(tiny_skia::Color::WHITE);
    for shape in &scene.shapes {
        draw(shape, font, &mut pixels);
    }
    pixels.encode_png().ok().map(|png| with_comment(&png, about))
}

/// Where the chunks after the header begin: 8 bytes of signature, then the header's length, name, 13 bytes and checksum.
const AFTER_HEADER: usize = 8 + 4 + 4 + 13 + 4;

/// `png` with a chunk `tEXt` behind its header (PNG specification, third edition, 11.3.3): `Comment`, a zero, and `text`,
/// which is ASCII.
fn with_comment(png: &[u8], text: &str) -> Vec<u8> {
    let chunk = [b"tEXtComment\0", text.as_bytes()].concat();
    // The name of a chunk is part of its checksum, and not of its length.
    let length = u32::try_from(chunk.len() - 4).unwrap_or(u32::MAX).to_be_bytes();
    let (header, rest) = png.split_at(AFTER_HEADER);
    [header, &length, &chunk, &crc32fast::hash(&chunk).to_be_bytes(), rest].concat()
}

fn draw(shape: &SceneShape, font: &Font, pixels: &mut Pixmap) {
    let zoom = Transform::from_scale(ZOOM, ZOOM);
    match shape {
        SceneShape::Line { points, colour, width, dash } => {
            let dash = dash.iter().map(|&length| narrow(length)).collect::<Vec<f32>>();
            let stroke = Stroke {
                width: narrow(*width),
                line_cap: LineCap::Butt,
                line_join: LineJoin::Round,
                dash: StrokeDash::new(dash, 0.0),
                ..Stroke::default()
            };
            if let Some(path) = path(points, false) {
                pixels.stroke_path(&path, &paint(*colour, 1.0), &stroke, zoom, None);
            }
        }
        SceneShape::Area { points, colour, opacity } => {
            if let Some(path) = path(points, true) {
                pixels.fill_path(&path, &paint(*colour, *opacity), FillRule::Winding, zoom, None);
            }
        }
        SceneShape::Text { at, anchor, size, text, colour, upright } => {
            let back = match anchor {
                TextAnchor::Start => 0.0,
                TextAnchor::Middle => font.width(text, *size) / 2.0,
                TextAnchor::End => font.width(text, *size),
            };
            if let Some(path) = text_path(font, text, *size, back) {
                let turn = Transform::from_rotate(if *upright { -90.0 } else { 0.0 });
                let place = turn.post_translate(narrow(at.0), narrow(at.1)).post_concat(zoom);
                pixels.fill_path(&path, &paint(*colour, 1.0), FillRule::Winding, place, None);
            }
        }
    }
}

fn paint(Colour(r, g, b): Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255")]
    let alpha = (opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    paint.set_color_rgba8(r, g, b, alpha);
    paint
}

fn path(points: &[Point], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 {
            builder.move_to(narrow(x), narrow(y));
        } else {
            builder.line_to(narrow(x), narrow(y));
        }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

/// The outlines of a text that begins `back` pixels left of the origin.
fn text_path(font: &Font, text: &str, size: f64, back: f64) -> Option<Path> {
    let scale = font.scale(size);
    let mut outline = Outline { builder: PathBuilder::new(), scale: narrow(scale), left: 0.0 };
    for (glyph, start) in font.glyphs(text) {
        outline.left = narrow(start * scale - back);
        font.outline(glyph, &mut outline);
    }
    outline.builder.finish()
}

/// Font units, upwards, to pixels, downwards.
struct Outline {
    builder: PathBuilder,
    scale: f32,
    left: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.left + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "places on a page need no more than 24 bits")]
fn narrow(value: f64) -> f32 {
    value as f32
}
