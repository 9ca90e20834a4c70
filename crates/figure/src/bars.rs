//! Ranges, one below the other, with their names.

use super::Bar;
use super::font::Font;
use super::scene::{BLACK, Colour, Scene, TextAnchor};

/// Below and above the middle: Okabe & Ito's blue and orange, which stay apart without colour as well, one being the
/// darker.
const COLOURS: [Colour; 2] = [Colour(0, 114, 178), Colour(230, 159, 0)];
/// The part of a row that its bar takes.
const THICK: f64 = 0.62;
const TEXT_SIZE: f64 = 13.0;

/// The rows between `top` and `bottom`: the upper and the lower edge of each bar.
fn rows(count: usize, (top, bottom): (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    let row = (bottom - top) / count.max(1) as f64;
    (0..count).map(move |at| {
        let middle = top + row * (at as f64 + 0.5);
        (middle - 0.5 * THICK * row, middle + 0.5 * THICK * row)
    })
}

/// Draws the bars; `place` turns a value of the horizontal axis into pixels.
pub(super) fn draw(
    scene: &mut Scene,
    bars: &[Bar],
    middle: f64,
    height: (f64, f64),
    place: impl Fn(f64) -> f64,
) {
    for (bar, (upper, lower)) in bars.iter().zip(rows(bars.len(), height)) {
        for ((from, to), colour) in
            [(bar.low, bar.high.min(middle)), (bar.low.max(middle), bar.high)].into_iter().zip(COLOURS)
        {
            if from < to {
                scene.rectangle((place(from), upper), (place(to), lower), colour);
            }
        }
    }
    let x = place(middle);
    scene.line(vec![(x, height.0), (x, height.1)], BLACK, 1.2, &[]);
}

/// Writes the names beside the bars, between two columns of pixels.
pub(super) fn draw_names(
    scene: &mut Scene,
    font: &Font,
    bars: &[Bar],
    (left, right): (f64, f64),
    height: (f64, f64),
) {
    const LINE: f64 = 16.0;
    for (bar, (upper, lower)) in bars.iter().zip(rows(bars.len(), height)) {
        let lines = font.wrapped(&bar.label, TEXT_SIZE, right - left);
        let first = f64::midpoint(upper, lower) + 4.5 - LINE * 0.5 * (lines.len() as f64 - 1.0);
        for (row, line) in lines.iter().enumerate() {
            scene.text((left, first + LINE * row as f64), TextAnchor::Start, TEXT_SIZE, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Axis, Bar, Content, Figure};
    use klr_units::{Digest, RunId};

    fn bar(label: &str, low: f64, high: f64) -> Bar {
        Bar { label: label.to_owned(), low, high }
    }

    #[test]
    fn a_bar_on_both_sides_of_the_middle_has_two_colours_and_one_beside_it_one() {
        let fills = |bars: Vec<Bar>| {
            let figure = Figure {
                name: "bars",
                title: "Bars".to_owned(),
                setting: "Setting.".to_owned(),
                x: Axis::linear("x", -2.0, 2.0),
                y: Axis::linear("", 0.0, 1.0),
                content: Content::Bars { bars, middle: 0.0 },
            };
            let run = RunId::new(Digest::of(b"bars"), 1);
            let svg = figure.svg(&run);
            assert!(figure.files(&run).is_ok(), "it is drawn as pixels too");
            (["#0072b2", "#e69f00"].map(|colour| svg.matches(colour).count()), svg, figure.csv())
        };
        let (both, svg, csv) = fills(vec![bar("both", -1.0, 1.5)]);
        assert_eq!(both, [1, 1], "below and above");
        assert!(svg.contains(">both<"), "the name stands beside it: {svg}");
        assert_eq!(csv, "series,x,y,low,high,value\n\"both\",,,-1,1.5,\n");
        assert_eq!(fills(vec![bar("above", 0.0, 1.0)]).0, [0, 1]);
        assert_eq!(fills(vec![bar("below", -1.0, 0.0), bar("none", 0.0, 0.0)]).0, [1, 0]);
    }
}
