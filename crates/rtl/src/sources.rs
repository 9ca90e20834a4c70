//! The design and its test bench, as text.

/// Files of the design, in an order in which they can be read: the package first.
pub const DESIGN: [(&str, &str); 34] = [
    ("core_types.sv", include_str!("../hdl/core_types.sv")),
    ("delay.sv", include_str!("../hdl/delay.sv")),
    ("fifo.sv", include_str!("../hdl/fifo.sv")),
    ("minimum.sv", include_str!("../hdl/minimum.sv")),
    ("minimum_tree.sv", include_str!("../hdl/minimum_tree.sv")),
    ("span_minimum.sv", include_str!("../hdl/span_minimum.sv")),
    ("adder_tree.sv", include_str!("../hdl/adder_tree.sv")),
    ("sram_1rw.sv", include_str!("../hdl/sram_1rw.sv")),
    ("sram_1r1w.sv", include_str!("../hdl/sram_1r1w.sv")),
    ("threshold.sv", include_str!("../hdl/threshold.sv")),
    ("visit_order.sv", include_str!("../hdl/visit_order.sv")),
    ("find_violated.sv", include_str!("../hdl/find_violated.sv")),
    ("flip_offers.sv", include_str!("../hdl/flip_offers.sv")),
    ("sequencer.sv", include_str!("../hdl/sequencer.sv")),
    ("lane_registers.sv", include_str!("../hdl/lane_registers.sv")),
    ("packet_select.sv", include_str!("../hdl/packet_select.sv")),
    ("kernel_lookup.sv", include_str!("../hdl/kernel_lookup.sv")),
    ("span_cursor.sv", include_str!("../hdl/span_cursor.sv")),
    ("distance_lanes.sv", include_str!("../hdl/distance_lanes.sv")),
    ("smallest_distance.sv", include_str!("../hdl/smallest_distance.sv")),
    ("candidate_intake.sv", include_str!("../hdl/candidate_intake.sv")),
    ("candidate_list.sv", include_str!("../hdl/candidate_list.sv")),
    ("candidate_rows.sv", include_str!("../hdl/candidate_rows.sv")),
    ("candidate_words.sv", include_str!("../hdl/candidate_words.sv")),
    ("candidates.sv", include_str!("../hdl/candidates.sv")),
    ("ones.sv", include_str!("../hdl/ones.sv")),
    ("row_distances.sv", include_str!("../hdl/row_distances.sv")),
    ("elimination.sv", include_str!("../hdl/elimination.sv")),
    ("distance_unit.sv", include_str!("../hdl/distance_unit.sv")),
    ("sign_reader.sv", include_str!("../hdl/sign_reader.sv")),
    ("weight_value.sv", include_str!("../hdl/weight_value.sv")),
    ("comparator_tree.sv", include_str!("../hdl/comparator_tree.sv")),
    ("mac_array.sv", include_str!("../hdl/mac_array.sv")),
    ("core.sv", include_str!("../hdl/core.sv")),
];

/// What observes the design in a simulation, and the program that drives it and writes down what was observed.
pub const BENCH: [(&str, &str); 3] = [
    ("observer.sv", include_str!("../hdl/observer.sv")),
    ("harness.cpp", include_str!("../hdl/harness.cpp")),
    FILES,
];

/// What checks one retrieval without C++ of our own: with the design and the observer it is all that an export needs.
pub const TESTBENCH: (&str, &str) = ("testbench.sv", include_str!("../hdl/testbench.sv"));

/// What a solver is given around the design.
pub const PROOF: (&str, &str) = ("proof.sv", include_str!("../hdl/proof.sv"));

/// What drives the design when nothing but its speed is asked for.
pub const SPEED: [(&str, &str); 3] =
    [("speed.sv", include_str!("../hdl/speed.sv")), ("speed.cpp", include_str!("../hdl/speed.cpp")), FILES];

/// What the programs around the design include; it is not compiled by itself.
const FILES: (&str, &str) = ("files.hpp", include_str!("../hdl/files.hpp"));

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hdl");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let lists = DESIGN.iter().chain(&BENCH).chain(&SPEED).chain([&PROOF, &TESTBENCH]);
        let listed = lists.map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, listed);
    }
}
