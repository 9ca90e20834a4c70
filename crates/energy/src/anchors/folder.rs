//! The folders of `crates/energy/anchors`.

use super::Role;
use toml::{Table, Value};

macro_rules! folders {
    ($($name:literal),* $(,)?) => {
        /// The text of each folder's `anchor.toml`, in the order in which anchors are printed.
        pub(super) const FOLDERS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../anchors/", $name, "/anchor.toml")))),*];
    };
}

folders![
    "odin-equation",
    "odin-crossbar",
    "truenorth-sweep",
    "truenorth-supplies",
    "loihi-search",
    "sram-horowitz",
    "truenorth-row",
    "eyeriss",
    "hd-cam",
];

/// One publication.
pub(super) struct Folder {
    pub(super) citation: String,
    pub(super) author: String,
    pub(super) secondary: bool,
    pub(super) role: Role,
    /// As shares of one.
    pub(super) tolerance: (f64, f64),
    pub(super) points: Vec<Point>,
}

/// One of its figures.
pub(super) struct Point {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) table: String,
    pub(super) figure: String,
    pub(super) unit: String,
    pub(super) published: f64,
    /// As shares of one.
    pub(super) expected: (f64, f64),
    pub(super) remark: String,
}

impl Folder {
    /// The folder `name`, which comes with this crate and is whole: its tests read all of them.
    pub(super) fn read(name: &str, text: &str) -> Self {
        let table = text.parse::<Table>().unwrap_or_else(|error| panic!("{name}: {error}"));
        for prose in ["tolerance_why", "tolerance_set", "activity", "right", "wrong"] {
            assert!(!words(&table, prose).is_empty(), "{name}: {prose} is empty");
        }
        let role = words(&table, "role");
        let role = [Role::Calibration, Role::SameSource, Role::HeldOut]
            .into_iter()
            .find(|known| known.name() == role)
            .unwrap_or_else(|| panic!("{name}: {role} is no role"));
        let points = table.get("point").and_then(Value::as_array).expect("every folder has points");
        Self {
            citation: words(&table, "citation"),
            author: words(&table, "author"),
            secondary: table.get("secondary").and_then(Value::as_bool).expect("secondary is true or false"),
            role,
            tolerance: percent(&table, "tolerance_percent"),
            points: points.iter().filter_map(Value::as_table).map(point).collect(),
        }
    }
}

fn point(table: &Table) -> Point {
    Point {
        id: words(table, "id"),
        name: words(table, "name"),
        table: words(table, "table"),
        figure: words(table, "figure"),
        unit: words(table, "unit"),
        published: number(table.get("published")),
        expected: percent(table, "expected_percent"),
        remark: words(table, "remark"),
    }
}

fn words(table: &Table, key: &str) -> String {
    table.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key} is a text")).to_owned()
}

fn number(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_float).expect("a figure is written with its point")
}

/// Two percentages as shares of one.
fn percent(table: &Table, key: &str) -> (f64, f64) {
    let both = table.get(key).and_then(Value::as_array).unwrap_or_else(|| panic!("{key} is a list"));
    (number(both.first()) / 100.0, number(both.get(1)) / 100.0)
}
