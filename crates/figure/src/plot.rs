//! Where everything of a figure goes: title, setting, axes, curves, legend.

use super::font::Font;
use super::scene::{BLACK, Colour, GREY, LIGHT, Point, Scene, SceneShape, TextAnchor, WHITE};
use super::{Content, Figure, Guide, Look, Series, bars, heat};

const WIDTH: u32 = 980;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 690.0;
const PLOT_HEIGHT: f64 = 420.0;
const LEGEND: f64 = 714.0;
const MARGIN: f64 = 20.0;
const TITLE_SIZE: f64 = 19.0;
const TEXT_SIZE: f64 = 13.0;
const LABEL_SIZE: f64 = 15.0;
const LINE: f64 = 18.0;

/// Okabe & Ito's colours, dark and light in turn, without the yellow that paper swallows.
const COLOURS: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(230, 159, 0),
    Colour(0, 158, 115),
    Colour(213, 94, 0),
    Colour(86, 180, 233),
    Colour(204, 121, 167),
    BLACK,
];

const DASHES: [&[f64]; 7] =
    [&[], &[7.0, 3.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[4.0, 2.0], &[12.0, 3.0], &[1.5, 4.0]];

pub(super) fn scene(figure: &Figure, font: &Font) -> Scene {
    let width = f64::from(WIDTH) - 2.0 * MARGIN;
    let title = font.wrapped(&figure.title, TITLE_SIZE, width);
    let setting = font.wrapped(&format!("{}{}", figure.setting, beyond(figure)), TEXT_SIZE, width);
    let top = 14.0 + 25.0 * title.len() as f64 + LINE * setting.len() as f64 + 18.0;
    let bottom = top + PLOT_HEIGHT;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred pixels")]
    let height = (bottom + 64.0).ceil() as u32;
    let mut scene = Scene { width: WIDTH, height, title: figure.title.clone(), shapes: Vec::new() };
    let mut y = 12.0;
    for line in &title {
        y += 25.0;
        scene.text((MARGIN, y - 6.0), TextAnchor::Start, TITLE_SIZE, line);
    }
    for line in &setting {
        y += LINE;
        scene.text((MARGIN, y - 3.0), TextAnchor::Start, TEXT_SIZE, line);
    }
    let frame = Frame { figure, top, bottom };
    match &figure.content {
        Content::Curves { series, guides } => {
            frame.grid(&mut scene);
            frame.curves(&mut scene, series, guides);
            frame.axes(&mut scene);
            legend(&mut scene, font, series, guides, top + 6.0);
        }
        Content::Bars { bars, middle } => {
            frame.columns(&mut scene);
            bars::draw(&mut scene, bars, *middle, (top, bottom), |x| frame.place(x, 0.0).0);
            frame.outline(&mut scene);
            bars::draw_names(&mut scene, font, bars, (LEGEND, f64::from(WIDTH) - 10.0), (top, bottom));
        }
        Content::Map { legend: meaning, cells, series } => {
            heat::draw(&mut scene, cells, |x, y| frame.place(x, y));
            frame.curves(&mut scene, series, &[]);
            frame.axes(&mut scene);
            let mut y = top + 6.0;
            for line in font.wrapped(meaning, TEXT_SIZE, f64::from(WIDTH) - LEGEND - 10.0) {
                scene.text((LEGEND, y + 6.0), TextAnchor::Start, TEXT_SIZE, &line);
                y += LINE;
            }
            let scale = 240.0_f64.min(bottom - y - 20.0);
            heat::draw_scale(&mut scene, LEGEND, y + 4.0, scale);
            legend(&mut scene, font, series, &[], y + scale + 30.0);
        }
    }
    scene
}

/// What there is to say of points that the axes do not reach: they are drawn at the edge, where they are not.
fn beyond(figure: &Figure) -> String {
    let (Content::Curves { series, .. } | Content::Map { series, .. }) = &figure.content else {
        return String::new();
    };
    let points = series.iter().flat_map(|one| &one.points);
    match points.filter(|point| !(figure.x.shows(point.x) && figure.y.shows(point.y))).count() {
        0 => String::new(),
        1 => " One point lies beyond the axes and is drawn at their edge.".to_owned(),
        count => format!(" {count} points lie beyond the axes and are drawn at their edge."),
    }
}

struct Frame<'a> {
    figure: &'a Figure,
    top: f64,
    bottom: f64,
}

impl Frame<'_> {
    fn place(&self, x: f64, y: f64) -> Point {
        let across = LEFT + (RIGHT - LEFT) * self.figure.x.share(x);
        (across, self.bottom - (self.bottom - self.top) * self.figure.y.share(y))
    }

    fn columns(&self, scene: &mut Scene) {
        for (value, _) in self.figure.x.ticks() {
            let (x, _) = self.place(value, self.figure.y.from);
            scene.line(vec![(x, self.top), (x, self.bottom)], LIGHT, 1.0, &[]);
        }
    }

    fn grid(&self, scene: &mut Scene) {
        self.columns(scene);
        for (value, _) in self.figure.y.ticks() {
            let (_, y) = self.place(self.figure.x.from, value);
            scene.line(vec![(LEFT, y), (RIGHT, y)], LIGHT, 1.0, &[]);
        }
    }

    fn axes(&self, scene: &mut Scene) {
        self.outline(scene);
        for (value, text) in self.figure.y.ticks() {
            let (_, y) = self.place(self.figure.x.from, value);
            scene.line(vec![(LEFT - 5.0, y), (LEFT, y)], BLACK, 1.2, &[]);
            scene.text((LEFT - 9.0, y + 4.5), TextAnchor::End, TEXT_SIZE, &text);
        }
        scene.upright_text((26.0, f64::midpoint(self.top, self.bottom)), LABEL_SIZE, &self.figure.y.label);
    }

    /// The frame, and the horizontal axis.
    fn outline(&self, scene: &mut Scene) {
        let (top, bottom) = (self.top, self.bottom);
        let outline = vec![(LEFT, top), (RIGHT, top), (RIGHT, bottom), (LEFT, bottom), (LEFT, top)];
        scene.line(outline, BLACK, 1.2, &[]);
        for (value, text) in self.figure.x.ticks() {
            let (x, _) = self.place(value, self.figure.y.from);
            scene.line(vec![(x, bottom), (x, bottom + 5.0)], BLACK, 1.2, &[]);
            scene.text((x, bottom + 20.0), TextAnchor::Middle, TEXT_SIZE, &text);
        }
        scene.text(
            (f64::midpoint(LEFT, RIGHT), bottom + 46.0),
            TextAnchor::Middle,
            LABEL_SIZE,
            &self.figure.x.label,
        );
    }

    fn curves(&self, scene: &mut Scene, series: &[Series], guides: &[Guide]) {
        for guide in guides {
            let points = guide.points.iter().map(|&(x, y)| self.place(x, y)).collect();
            scene.line(points, GREY, 1.4, &[3.0, 3.0]);
        }
        // The first of the legend lies on top.
        for (index, one) in series.iter().enumerate().rev() {
            self.intervals(scene, one, index);
        }
        for (index, one) in series.iter().enumerate().rev() {
            let points: Vec<Point> = one.points.iter().map(|p| self.place(p.x, p.y)).collect();
            scene.line(points.clone(), colour(index), thickness(index), dash(index));
            if is_marked(one) {
                points.into_iter().for_each(|at| mark(scene, index, at));
            }
        }
    }

    fn intervals(&self, scene: &mut Scene, series: &Series, index: usize) {
        match series.look {
            Look::Plain => {}
            Look::Banded => {
                let upper = series.points.iter().map(|p| self.place(p.x, p.high));
                let lower = series.points.iter().rev().map(|p| self.place(p.x, p.low));
                scene.area(upper.chain(lower).collect(), colour(index), 0.22);
            }
            Look::Marked => {
                for point in series.points.iter().filter(|p| p.high > p.low) {
                    let ((x, low), (_, high)) =
                        (self.place(point.x, point.low), self.place(point.x, point.high));
                    for line in [
                        vec![(x, low), (x, high)],
                        vec![(x - 4.0, low), (x + 4.0, low)],
                        vec![(x - 4.0, high), (x + 4.0, high)],
                    ] {
                        scene.line(line, colour(index), 1.3, &[]);
                    }
                }
            }
        }
    }
}

/// Marks stand apart up to this many points; more of them would be a thick line.
const MARKS: usize = 40;

fn is_marked(series: &Series) -> bool {
    series.look != Look::Plain && series.points.len() <= MARKS
}

const fn colour(index: usize) -> Colour {
    COLOURS[index % COLOURS.len()]
}

/// Series lower down are drawn first and a little wider, so that one that runs under another still shows at its sides.
fn thickness(index: usize) -> f64 {
    2.0 + 0.5 * (index % COLOURS.len()) as f64
}

const fn dash(index: usize) -> &'static [f64] {
    DASHES[index % DASHES.len()]
}

/// Circle, square, triangle, diamond, triangle upside down, hexagon, cross-like star: one per series.
fn mark(scene: &mut Scene, index: usize, (x, y): Point) {
    let polygon = |corners: u32, turn: f64, radius: f64| -> Vec<Point> {
        let corner = |k: u32| {
            let angle = (f64::from(k) / f64::from(corners) + turn) * std::f64::consts::TAU;
            (x + radius * angle.sin(), y - radius * angle.cos())
        };
        (0..corners).map(corner).collect()
    };
    let outline = match index % 7 {
        0 => polygon(20, 0.0, 3.8),
        1 => polygon(4, 0.125, 6.4),
        2 => polygon(3, 0.0, 7.0),
        3 => polygon(4, 0.0, 7.4),
        4 => polygon(3, 0.5, 7.8),
        5 => polygon(6, 0.0, 7.4),
        _ => polygon(5, 0.0, 8.0),
    };
    let mut around = outline.clone();
    around.push(outline[0]);
    scene.area(outline, colour(index), 1.0);
    scene.line(around, WHITE, 0.8, &[]);
}

fn legend(scene: &mut Scene, font: &Font, series: &[Series], guides: &[Guide], top: f64) {
    let width = f64::from(WIDTH) - LEGEND - 54.0;
    let mut y = top;
    for (index, one) in series.iter().enumerate() {
        let middle = y + 4.0;
        if one.look == Look::Banded {
            let (upper, lower) = (middle - 6.0, middle + 6.0);
            let band = vec![(LEGEND, upper), (LEGEND + 36.0, upper), (LEGEND + 36.0, lower), (LEGEND, lower)];
            scene.area(band, colour(index), 0.22);
        }
        scene.line(
            vec![(LEGEND, middle), (LEGEND + 36.0, middle)],
            colour(index),
            thickness(index),
            dash(index),
        );
        if is_marked(one) {
            mark(scene, index, (LEGEND + 18.0, middle));
        }
        y = entry(scene, font, &one.label, width, y);
    }
    for guide in guides {
        let points = vec![(LEGEND, y + 4.0), (LEGEND + 36.0, y + 4.0)];
        scene.shapes.push(SceneShape::Line { points, colour: GREY, width: 1.4, dash: &[3.0, 3.0] });
        y = entry(scene, font, &guide.label, width, y);
    }
}

/// Writes a label beside its sample, and returns where the next one begins.
fn entry(scene: &mut Scene, font: &Font, label: &str, width: f64, top: f64) -> f64 {
    let lines = font.wrapped(label, TEXT_SIZE, width);
    for (row, line) in lines.iter().enumerate() {
        scene.text((LEGEND + 44.0, top + 9.0 + LINE * row as f64), TextAnchor::Start, TEXT_SIZE, line);
    }
    top + LINE * lines.len() as f64 + 8.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, DataPoint};
    use klr_units::{Digest, RunId};

    /// The text of a figure with points at these places of axes from 0 to 4.
    fn drawn(places: &[(f64, f64)]) -> String {
        let points = places.iter().map(|&(x, y)| DataPoint::exact(x, y)).collect();
        Figure {
            name: "points",
            title: "Points".to_owned(),
            setting: "Setting.".to_owned(),
            x: Axis::linear("x", 0.0, 4.0),
            y: Axis::linear("y", 0.0, 4.0),
            content: Content::Curves {
                series: vec![Series { label: "points".to_owned(), look: Look::Marked, points }],
                guides: Vec::new(),
            },
        }
        .svg(&RunId::new(Digest::of(b"points"), 1))
    }

    #[test]
    fn points_at_an_edge_that_do_not_belong_there_are_owned_up_to() {
        assert!(!drawn(&[(0.0, 4.0), (4.0, 0.0), (2.0, 2.0)]).contains("beyond"), "all are inside");
        let one = drawn(&[(4.1, 1.0), (1.0, 1.0)]);
        assert!(one.contains("Setting. One point lies beyond the axes and is drawn at their edge."), "{one}");
        let three = drawn(&[(137.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0)]);
        assert!(three.contains("3 points lie beyond the axes and are drawn at their edge."), "{three}");
    }
}
