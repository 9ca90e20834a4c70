//! Is the area of a gate and of a flip-flop what the libraries in `crates/energy/gates` give, at their node or between?

use klr_energy::{Band, Cells, PriceTable, SquareNanometres};
use toml::Value;

const SKY130: &str = include_str!("../gates/sky130hd_tt.toml");
const SG13G2: &str = include_str!("../gates/sg13g2_stdcell_typ_1p20V_25C.toml");
const ASAP7: &str = include_str!("../gates/asap7_tt.toml");

/// Square micrometres of a NAND of two inputs and of a flip-flop.
fn library(text: &str) -> [f64; 2] {
    let figures: Value = toml::from_str(text).unwrap();
    let number =
        |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap();
    let operations = figures["operation"].as_array().unwrap();
    let flip_flop = operations.iter().find(|found| found["name"].as_str() == Some("flip_flop")).unwrap();
    let one = number(&flip_flop["area_um2"]) / number(&flip_flop["flip_flops"]);
    [number(&figures["library"]["nand2_um2"]), one]
}

fn cells(name: &str) -> Cells {
    PriceTable::preset(name).unwrap().cells().expect("cells").clone()
}

/// The figures of a band are those of `low` and `high` side by side and in half-full rows, to three digits.
fn check(name: &str, band: Band<SquareNanometres>, low: f64, high: f64) {
    let nominal = (low * high).sqrt() * 2f64.sqrt();
    let found = [band.low(), band.nominal(), band.high()].map(SquareNanometres::as_um2);
    for (found, expected) in found.into_iter().zip([low, nominal, 2.0 * high]) {
        assert!((found / expected - 1.0).abs() < 0.006, "{name}: {found} um2, {expected}");
    }
}

#[test]
fn cells_of_a_library_are_its_own() {
    for (name, text) in [("sky130", SKY130), ("sg13g2", SG13G2), ("asap7", ASAP7), ("generic-7nm", ASAP7)] {
        let ([gate, flip_flop], cells) = (library(text), cells(name));
        check(name, cells.gate, gate, gate);
        check(name, cells.flip_flop, flip_flop, flip_flop);
    }
}

#[test]
fn cells_of_a_generic_node_lie_between_those_of_130_and_7_nanometres() {
    let (coarse, other, fine) = (library(SKY130), library(SG13G2), library(ASAP7));
    for (name, node) in [("generic-22nm", 22.0), ("generic-28nm-hp", 28.0), ("generic-45nm", 45.0)] {
        let way = (f64::ln(node) - f64::ln(7.0)) / (f64::ln(130.0) - f64::ln(7.0));
        let at = |cell: usize, library: [f64; 2]| fine[cell] * (library[cell] / fine[cell]).powf(way);
        let cells = cells(name);
        check(name, cells.gate, at(0, coarse), at(0, other));
        check(name, cells.flip_flop, at(1, coarse), at(1, other));
    }
}

#[test]
fn a_table_without_cells_knows_no_area_of_logic() {
    assert!(PriceTable::preset("loihi").unwrap().cells().is_none());
    let text = PriceTable::preset_text("generic-22nm").unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        PriceTable::from_toml(&text.replacen(from, to, 1), "mine.toml").unwrap_err().to_string()
    };
    let error = refused("gate_um2 = [0.298", "gate_um2 = [0.9");
    assert!(
        error.contains("cells.gate_um2: found [0.9, 0.48, 0.773], allowed: 0 < low <= nominal <= high"),
        "{error}"
    );
    let error = refused("gate_um2 = [0.298", "gate_um2 = [-1");
    assert!(error.contains("cells.gate_um2: found [-1, 0.48, 0.773], allowed: figures from 0 to"), "{error}");
    let error = refused("flip_flop_um2 =", "flipflop_um2 =");
    assert!(error.contains("cells.flipflop_um2: unknown key (did you mean \"flip_flop_um2\"?)"), "{error}");
}

#[test]
fn an_area_is_gates_and_flip_flops_by_theirs() {
    let area = cells("sky130").area(10, 2);
    assert_eq!(area.low(), SquareNanometres(10 * 3_750_000 + 2 * 20_000_000));
    assert!(area.nominal() < area.high());
}
