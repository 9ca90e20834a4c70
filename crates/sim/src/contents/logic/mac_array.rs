//! The gates of the MAC array (`crates/rtl/hdl/mac_array.sv`).

use crate::config::ConfigSpec;
use crate::contents::{Size, Widths, bits_for, index_bits};

/// Packets, turns and groups (M1, M2), whatever the geometry.
const CONTROL: u64 = 440;
/// A bit of a field register: its enable, and the choice of a group to add to and of a neuron to compare (S4).
const FIELD: u64 = 9;
/// What a bit of a field register has more for each of the two choices where its words are no power of two wide: yosys shifts
/// them then by any number of bits.
const SHIFTED: u64 = 7;
/// For each bit of a product squared: the operands are written as wide as the product, so that a quarter of the adders is
/// left (`op_multiply`: 868 gates for 17 bits).
const PRODUCT_TENTHS: u64 = 22;
/// A bit of an accumulator: the adder of its lane, that of the tree (8 gates a bit each), and what it begins with (C5).
const ACCUMULATOR: u64 = 21;
/// A bit of a weight word or of its row, for each lane and bank: the lane's row to the bank, and the word back (M2).
const CROSSING_TENTHS: u64 = 24;
/// The row of a lane's weight: the number of its pattern times the rows of a pattern, bit by bit.
const ROW: u64 = 2;
/// A bit of a field in the comparator tree: negated, compared and chosen (S11).
const COMPARED: u64 = 10;
/// A bit of the bitmap, which every lane may write, and its neuron's state (S10).
const BITMAP: u64 = 35;
/// A bit of a sum that is compared with zero for the bitmap.
const ZERO: u64 = 2;

pub(super) fn blocks(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<(&'static str, u64)> {
    let (n, lanes, banks) = (u64::from(size.n), u64::from(size.mac_lanes), u64::from(size.weight_banks));
    let accumulator = u64::from(size.accumulator_bits);
    let stored = size.weight_bits - u32::from(size.shares_signs);
    let row = row_bits(size, spec);
    let product = product_bits(size);
    let is_compared = u64::from(spec.tree_latency > 0);
    // Without a weight memory there is nothing to cross.
    let word = if stored > 0 { u64::from(stored) + row } else { 0 };
    vec![
        ("control", CONTROL),
        ("products", PRODUCT_TENTHS * lanes * product * product / 10),
        ("additions", ACCUMULATOR * lanes * accumulator),
        ("field registers", field_bit(lanes, accumulator) * n.next_multiple_of(lanes) * accumulator),
        ("rows of weights", ROW * lanes * row * widths.neuron),
        ("lanes to banks", CROSSING_TENTHS * lanes * banks * word / 10),
        ("bitmap", u64::from(spec.bitmap) * (BITMAP * n + ZERO * lanes * accumulator)),
        ("comparator tree", COMPARED * n * accumulator * is_compared),
    ]
}

/// Gates of a bit of a field register, which is chosen with those of its neuron and with those of its group.
const fn field_bit(lanes: u64, accumulator: u64) -> u64 {
    let of_neuron = !accumulator.is_power_of_two() as u64;
    let of_group = !(lanes * accumulator).is_power_of_two() as u64;
    FIELD + SHIFTED * (of_neuron + of_group)
}

/// Bits of a product: of the weight, two at least, and of the kernel word with its sign.
fn product_bits(size: &Size) -> u64 {
    u64::from(size.value_bits.max(2)) + u64::from(size.kernel_bits) + 1
}

/// Bits of a row of a weight bank.
fn row_bits(size: &Size, spec: &ConfigSpec) -> u64 {
    let words = size.n.div_ceil(spec.weight_word).div_ceil(size.weight_banks);
    index_bits(u64::from(size.p) * u64::from(words))
}

/// The longer of two: from the word of a bank through the choice of its lane and the product, or from a packet to the row of
/// its weight, which is a product and a sum, and on to the bank.
pub(super) fn path(size: &Size, spec: &ConfigSpec, widths: &Widths) -> (&'static str, u64) {
    let (product, row) = (product_bits(size), row_bits(size, spec));
    // Twice the logarithm, rounded up.
    let of_product = 3 * bits_for(product * product) + 2 * bits_for(size.weight_banks.into());
    let of_row = 3 * widths.neuron + 5 * bits_for(row * row) / 2 - 3;
    let longest =
        [("from a weight to its product", of_product), ("from a packet to the row of its weights", of_row)];
    let tree = ("through a stage of the comparator tree", tree_path(size));
    let tree = (spec.tree_latency > 0).then_some(tree);
    longest.into_iter().chain(tree).max_by_key(|path| path.1).unwrap_or(longest[0])
}

/// A stage makes one of four fields (P1), one after the other: three comparisons and choices.
fn tree_path(size: &Size) -> u64 {
    3 * (5 + 2 * bits_for(size.accumulator_bits.into()))
}
