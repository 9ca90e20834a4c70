//! A drawing as a list of shapes, in pixels from the upper left corner: what both writers turn into a file.

/// A colour, opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

pub(crate) const BLACK: Colour = Colour(0, 0, 0);
pub(crate) const WHITE: Colour = Colour(255, 255, 255);
pub(crate) const GREY: Colour = Colour(110, 110, 110);
pub(crate) const LIGHT: Colour = Colour(222, 222, 222);

/// A point in pixels.
pub(crate) type Point = (f64, f64);

/// Which end of a text its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextAnchor {
    Start,
    Middle,
    End,
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SceneShape {
    /// A line through points; `dash` is the lengths of strokes and gaps in turn, none for a solid line.
    Line { points: Vec<Point>, colour: Colour, width: f64, dash: &'static [f64] },
    /// A filled outline.
    Area { points: Vec<Point>, colour: Colour, opacity: f64 },
    /// A text on one line; its place is on the baseline. An upright one reads from below.
    Text { at: Point, anchor: TextAnchor, size: f64, text: String, colour: Colour, upright: bool },
}

/// Shapes in the order in which they cover each other, on white.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) title: String,
    pub(crate) shapes: Vec<SceneShape>,
}

impl Scene {
    pub(crate) fn line(&mut self, points: Vec<Point>, colour: Colour, width: f64, dash: &'static [f64]) {
        self.shapes.push(SceneShape::Line { points, colour, width, dash });
    }

    pub(crate) fn area(&mut self, points: Vec<Point>, colour: Colour, opacity: f64) {
        self.shapes.push(SceneShape::Area { points, colour, opacity });
    }

    pub(crate) fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, colour: Colour) {
        self.area(vec![(left, top), (right, top), (right, bottom), (left, bottom)], colour, 1.0);
    }

    pub(crate) fn text(&mut self, at: Point, anchor: TextAnchor, size: f64, text: &str) {
        let text = text.to_owned();
        self.shapes.push(SceneShape::Text { at, anchor, size, text, colour: BLACK, upright: false });
    }

    pub(crate) fn upright_text(&mut self, at: Point, size: f64, text: &str) {
        let (anchor, text) = (TextAnchor::Middle, text.to_owned());
        self.shapes.push(SceneShape::Text { at, anchor, size, text, colour: BLACK, upright: true });
    }
}
