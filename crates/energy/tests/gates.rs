//! Are prices of grade G what the files in `crates/energy/gates` give, and do the bands of the generic tables hold them?

use klr_energy::{Grade, PriceTable, Term, Treatment};
use toml::Value;

/// Tables of one library each, and the figures of that library.
const LIBRARIES: [(&str, &str); 3] = [
    ("sky130", include_str!("../gates/sky130hd_tt.toml")),
    ("sg13g2", include_str!("../gates/sg13g2_stdcell_typ_1p20V_25C.toml")),
    ("asap7", include_str!("../gates/asap7_tt.toml")),
];

/// Femtojoule of an operation by stream, clocks apart: without delay and with unit delay.
fn streams(figures: &Value, name: &str) -> Vec<(f64, f64)> {
    let operations = figures["operation"].as_array().unwrap();
    let operation = operations.iter().find(|found| found["name"].as_str() == Some(name)).unwrap();
    let sum = |list: &Value| -> f64 { list.as_array().unwrap()[..2].iter().map(number).sum() };
    let of_stream = |stream: &Value| (sum(&stream["zero"]), sum(&stream["unit"]));
    operation["stream"].as_array().unwrap().iter().map(of_stream).collect()
}

fn number(value: &Value) -> f64 {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap()
}

/// Low, nominal, high of streams: the least without delay, the mean of both, the most with unit delay.
fn band(streams: &[(f64, f64)]) -> [f64; 3] {
    let low = streams.iter().map(|stream| stream.0).fold(f64::INFINITY, f64::min);
    let high = streams.iter().map(|stream| stream.1).fold(0.0, f64::max);
    let sum: f64 = streams.iter().map(|(zero, unit)| (zero + unit) / 2.0).sum();
    [low, sum / streams.len() as f64, high]
}

/// What a term costs in a library, in femtojoule.
fn expected(figures: &Value, term: Term) -> Option<[f64; 3]> {
    let of = |name: &str| streams(figures, name);
    Some(match term {
        Term::Multiply => {
            let [low, nominal, high] = band(&of("multiply"));
            [low, nominal, high.max(band(&of("multiply_signed"))[2])]
        }
        Term::Add => {
            let [low, nominal, high] = band(&of("add"));
            [low.min(band(&of("adder_tree"))[0]), nominal, high]
        }
        Term::DistanceCompare => {
            let moved = of("distance_add");
            let updates = of("update_lanes");
            let compared =
                updates.iter().zip(&moved).map(|(both, moved)| (both.0 - moved.0, both.1 - moved.1));
            band(&[of("compare_window"), of("compare_minimum"), compared.collect()].concat())
        }
        Term::KernelLookup => {
            let [_, nominal, high] = band(&of("kernel_lookup"));
            [band(&of("lookup_index"))[0], nominal, high]
        }
        Term::Spike => band(&of("queue_bit")).map(|figure| 8.0 * figure),
        Term::BitCompare
        | Term::DistanceAdd
        | Term::NeuronEvaluation
        | Term::RegisterRead
        | Term::RegisterWrite
        | Term::QueueBit => band(&of(term.key())),
        _ => return None,
    })
}

/// A price in femtojoule at the width it was measured for.
fn priced(table: &PriceTable, term: Term) -> Option<([f64; 3], Grade)> {
    let Treatment::Priced(price) = table.treatment(term) else { return None };
    let figure = |energy: klr_units::EnergyPerCount| energy.times(1).get() as f64 / 1e9;
    let band = [price.band.low(), price.band.nominal(), price.band.high()].map(figure);
    Some((band, price.evidence.grade))
}

#[test]
fn a_price_of_grade_g_is_what_its_library_gives() {
    for (name, text) in LIBRARIES {
        let figures: Value = toml::from_str(text).unwrap();
        let table = PriceTable::preset(name).unwrap();
        let mut held = 0;
        for &term in Term::ALL {
            let (price, figure) = (priced(&table, term), expected(&figures, term));
            assert_eq!(price.is_some(), figure.is_some(), "{name}, {}", term.key());
            let (Some((band, grade)), Some(figures)) = (price, figure) else { continue };
            assert_eq!(grade, Grade::Gates, "{name}, {}", term.key());
            for (found, figure) in band.into_iter().zip(figures) {
                // Three digits.
                assert!((found / figure - 1.0).abs() < 0.005, "{name}, {}: {found} fJ, {figure}", term.key());
            }
            held += 1;
        }
        assert_eq!(held, 11, "{name}");
    }
}
