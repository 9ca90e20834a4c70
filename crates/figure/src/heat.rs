//! A map of colours and its scale.

use super::Cell;
use super::scene::{Colour, GREY, LIGHT, Scene, TextAnchor};

/// Cividis (Nunez, Anderton & Renslow, PLOS ONE 2018) at tenths: lightness rises evenly, also for the colour-blind and
/// in print without colour.
const SCALE: [Colour; 11] = [
    Colour(0, 34, 78),
    Colour(18, 53, 112),
    Colour(59, 73, 108),
    Colour(87, 93, 109),
    Colour(112, 113, 115),
    Colour(138, 134, 120),
    Colour(157, 150, 119),
    Colour(180, 168, 111),
    Colour(205, 188, 99),
    Colour(229, 208, 80),
    Colour(254, 232, 56),
];

/// The colour of a value from 0 to 1.
pub(super) fn colour(value: f64) -> Colour {
    let place = value.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last stop"
    )]
    let stop = (place.floor() as usize).min(SCALE.len() - 2);
    let (a, b, share) = (SCALE[stop], SCALE[stop + 1], place - stop as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    Colour(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Draws the cells; `place` turns a value of each axis into pixels.
pub(super) fn draw(scene: &mut Scene, cells: &[Cell], place: impl Fn(f64, f64) -> (f64, f64)) {
    for cell in cells {
        let ((left, bottom), (right, top)) = (place(cell.x.0, cell.y.0), place(cell.x.1, cell.y.1));
        match cell.value {
            // A hair of overlap: between two edges that share pixels the paper would shine through.
            Some(value) => scene.rectangle((left, top), (right + 0.4, bottom + 0.4), colour(value)),
            None => {
                scene.rectangle((left, top), (right, bottom), LIGHT);
                scene.line(vec![(left, top), (right, bottom)], GREY, 0.6, &[]);
                scene.line(vec![(left, bottom), (right, top)], GREY, 0.6, &[]);
            }
        }
    }
}

/// The scale beside the map, from 0 at the bottom to 1 at the top.
pub(super) fn draw_scale(scene: &mut Scene, left: f64, top: f64, height: f64) {
    const STEPS: i32 = 50;
    let width = 18.0;
    for step in 0..STEPS {
        let (from, to) = (f64::from(step) / f64::from(STEPS), f64::from(step + 1) / f64::from(STEPS));
        let (upper, lower) = (top + height * (1.0 - to) - 0.3, top + height * (1.0 - from));
        scene.rectangle((left, upper.max(top)), (left + width, lower), colour(f64::midpoint(from, to)));
    }
    for tenth in [0, 2, 4, 6, 8, 10] {
        let share = f64::from(tenth) / 10.0;
        let y = top + height * (1.0 - share);
        scene.line(vec![(left + width, y), (left + width + 5.0, y)], GREY, 1.0, &[]);
        scene.text((left + width + 9.0, y + 4.5), TextAnchor::Start, 13.0, &format!("{share:.1}"));
    }
}
