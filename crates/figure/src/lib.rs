//! Figures: curves with intervals, a map of colours, or bars; drawn as SVG and PNG, with the data beside them as CSV.
//!
//! Letters, lines and colours are placed once, in a scene; one writer turns it into SVG, another into pixels
//! (`docs/decisions/0009-figures.md`). Colours are those of Okabe & Ito ("Color Universal Design", 2008), which stay
//! apart for colour-blind readers; dashes and marks tell the series apart where there is no colour at all.
//!
//! ```
//! use klr_figure::{Axis, Content, Figure, Look, DataPoint, Series};
//! use klr_units::{Digest, RunId};
//!
//! let points = [0.0, 1.0, 2.0].map(|x| DataPoint::exact(x, x * x)).to_vec();
//! let curve = Series { label: "square".to_owned(), look: Look::Marked, points };
//! let figure = Figure {
//!     name: "square",
//!     title: "A parabola".to_owned(),
//!     setting: "Three points.".to_owned(),
//!     x: Axis::linear("x", 0.0, 2.0),
//!     y: Axis::linear("x squared", 0.0, 4.0),
//!     content: Content::Curves { series: vec![curve], guides: Vec::new() },
//! };
//! let run = RunId::new(Digest::of(b"a plan"), 1);
//! assert!(figure.svg(&run).contains("A parabola"));
//! assert_eq!(figure.csv().lines().nth(3), Some("\"square\",2,4,4,4,"));
//! ```

mod axis;
mod bars;
mod bitmap;
mod font;
mod heat;
mod plot;
mod scene;
mod svg;

pub use axis::{Axis, Spacing};

use klr_units::RunId;
use std::fmt::Write;

/// A figure that reads without the text around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The name of its files, without an ending.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The setting: sizes, kernel, noise, counts, what an interval means.
    pub setting: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn.
    pub content: Content,
}

/// What a figure draws.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Curves over the horizontal axis.
    Curves {
        /// The curves, in the order of the legend.
        series: Vec<Series>,
        /// Straight lines to compare with.
        guides: Vec<Guide>,
    },
    /// A value from 0 to 1 at each point of a grid, as a colour.
    Map {
        /// What the colour means.
        legend: String,
        /// Where along x, y, and the value; a point without a value is crossed out.
        cells: Vec<Cell>,
        /// Curves on top of the map.
        series: Vec<Series>,
    },
    /// Ranges along the horizontal axis, one below the other, each named beside it. The vertical axis means nothing.
    Bars {
        /// The ranges, from the top down.
        bars: Vec<Bar>,
        /// Where along the horizontal axis they stand: what is below is drawn in one colour, what is above in another.
        middle: f64,
    },
}

/// A range with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is the range of.
    pub label: String,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// One field of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// From and to along the horizontal axis.
    pub x: (f64, f64),
    /// From and to along the vertical axis.
    pub y: (f64, f64),
    /// From 0 to 1, or nothing.
    pub value: Option<f64>,
}

/// A line to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// What it means, for the legend.
    pub label: String,
    /// The points it goes through.
    pub points: Vec<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A line with marks, and a whisker for each interval.
    Marked,
    /// A line with marks, and a band through the intervals.
    Banded,
    /// A line only.
    Plain,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub label: String,
    /// How it is drawn.
    pub look: Look,
    /// Its points, along x.
    pub points: Vec<DataPoint>,
}

/// A point of a curve with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataPoint {
    /// Where.
    pub x: f64,
    /// The value.
    pub y: f64,
    /// The lower end of its interval; the value itself if there is none.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl DataPoint {
    /// A value without an interval.
    #[must_use]
    pub const fn exact(x: f64, y: f64) -> Self {
        Self { x, y, low: y, high: y }
    }
}

impl Figure {
    /// The figure as SVG, which names its run as `metadata`.
    #[must_use]
    pub fn svg(&self, run: &RunId) -> String {
        svg::write(&plot::scene(self, &font::Font::new()), &run.to_string())
    }

    /// The figure as PNG, twice as large, which names its run as a `Comment`; `None` if there is no memory for it.
    #[must_use]
    pub fn png(&self, run: &RunId) -> Option<Vec<u8>> {
        let font = font::Font::new();
        bitmap::write(&plot::scene(self, &font), &font, &run.to_string())
    }

    /// What is drawn, as a table: series, x, y, low, high; of a map x, y and value; of bars their names and ends. No line of it
    /// names the run, since readers of tables would stop at a comment.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::new();
        let (series, cells, bars): (&[Series], &[Cell], &[Bar]) = match &self.content {
            Content::Curves { series, .. } => (series, &[], &[]),
            Content::Map { series, cells, .. } => (series, cells, &[]),
            Content::Bars { bars, .. } => (&[], &[], bars),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "series,x,y,low,high,value");
        for Bar { label, low, high } in bars {
            let _ = writeln!(out, "\"{}\",,,{low},{high},", label.replace('"', "\"\""));
        }
        for Series { label, points, .. } in series {
            let label = label.replace('"', "\"\"");
            for DataPoint { x, y, low, high } in points {
                let _ = writeln!(out, "\"{label}\",{x},{y},{low},{high},");
            }
        }
        for Cell { x, y, value } in cells {
            let value = value.map_or(String::new(), |value| value.to_string());
            let _ = writeln!(out, ",{},{},,,{value}", self.x.middle(*x), self.y.middle(*y));
        }
        out
    }

    /// `NAME.svg`, `NAME.csv` and `NAME.png` with their bytes.
    ///
    /// # Errors
    /// [`DrawError`] if there is no memory for the pixels.
    pub fn files(&self, run: &RunId) -> Result<[(String, Vec<u8>); 3], DrawError> {
        let file = |ending: &str, bytes: Vec<u8>| (format!("{}.{ending}", self.name), bytes);
        let pixels = self.png(run).ok_or(DrawError(self.name))?;
        Ok([
            file("svg", self.svg(run).into_bytes()),
            file("csv", self.csv().into_bytes()),
            file("png", pixels),
        ])
    }
}

/// A figure whose pixels do not fit into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}.png: no memory to draw it")]
pub struct DrawError(pub &'static str);
