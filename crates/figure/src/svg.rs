//! A scene as SVG: lines, polygons and texts, so that a reader can select and search the words.

use super::scene::{Colour, Point, Scene, SceneShape, TextAnchor};
use std::fmt::Write;

/// `about` says where the figure is from; it is not shown.
pub(super) fn write(scene: &Scene, about: &str) -> String {
    let mut out = String::new();
    let (w, h) = (scene.width, scene.height);
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\">\n<title>{}</title>\n\
         <metadata>{}</metadata>\n\
         <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>",
        escaped(&scene.title),
        escaped(about)
    );
    scene.shapes.iter().for_each(|shape| write_shape(shape, &mut out));
    out.push_str("</svg>\n");
    out
}

fn write_shape(shape: &SceneShape, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match shape {
        SceneShape::Line { points, colour, width, dash } => {
            let dash = match dash {
                [] => String::new(),
                lengths => {
                    let lengths: Vec<String> = lengths.iter().map(f64::to_string).collect();
                    format!(" stroke-dasharray=\"{}\"", lengths.join(" "))
                }
            };
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
                 stroke-linejoin=\"round\"{dash}/>",
                list(points),
                hex(*colour)
            )
        }
        SceneShape::Area { points, colour, opacity } => {
            let opacity = if *opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
            writeln!(out, "<polygon points=\"{}\" fill=\"{}\"{opacity}/>", list(points), hex(*colour))
        }
        SceneShape::Text { at: (x, y), anchor, size, text, colour, upright } => {
            let anchor = match anchor {
                TextAnchor::Start => "start",
                TextAnchor::Middle => "middle",
                TextAnchor::End => "end",
            };
            let turn =
                if *upright { format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"") } else { String::new() };
            writeln!(
                out,
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{}\"{turn}>{}</text>",
                hex(*colour),
                escaped(text)
            )
        }
    };
}

fn list(points: &[Point]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
    points.join(" ")
}

fn hex(Colour(r, g, b): Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
