//! Is every file that is not an image refused, with a reason, and without a panic?

mod harness;

use harness::draft::Field::{Claiming, List, Number};
use harness::draft::{Draft, Field, frame, frame_of_version};
use klr_image::codec::{decode, encode};

fn refusal(bytes: &[u8]) -> String {
    decode(bytes).expect_err("not an image").to_string()
}

#[test]
fn every_cut_is_an_error() {
    let bytes = Draft::valid().file();
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "cut to {length} bytes unnoticed");
    }
}

#[test]
fn every_flipped_bit_is_an_error() {
    let bytes = Draft::valid().file();
    for bit in 0..bytes.len() * 8 {
        let mut broken = bytes.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&broken).is_err(), "bit {bit} was flipped unnoticed");
    }
}

#[test]
fn versions_that_never_were_are_named() {
    let payload = Draft::valid().payload();
    for version in [0, 4, u32::MAX] {
        let expected = format!("core image has version {version}; this program reads version 1 to 3");
        assert_eq!(refusal(&frame_of_version(version, &payload)), expected, "version {version}");
    }
    let message = refusal(&frame_of_version(1, &payload));
    assert_eq!(message, "core image does not decode: 20 bytes are left over", "version 3 under the number 1");
    assert!(decode(&Draft::valid().file_of_version_1()).is_ok(), "version 1");
    assert!(decode(&Draft::valid().file_of_version_2()).is_ok(), "version 2");
}

/// Whoever writes the checksum can write any payload: it is an image in its one and only form, or an error.
#[test]
fn every_flipped_bit_under_a_right_checksum_is_another_image_or_an_error() {
    let payload = Draft::valid().payload();
    let mut images = 0;
    for bit in 0..payload.len() * 8 {
        let mut forged = payload.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let file = frame(&forged);
        if let Ok(image) = decode(&file) {
            images += 1;
            assert_eq!(encode(&image).expect("it was decoded"), file, "bit {bit}: two files, one image");
        }
    }
    // Pattern bits, small weights and capacities may change: some of each.
    assert!(images > 60, "only {images} changes gave another image");
}

#[test]
fn payloads_of_another_length_are_errors() {
    let payload = Draft::valid().payload();
    for length in 0..payload.len() {
        assert!(decode(&frame(&payload[..length])).is_err(), "a payload cut to {length} bytes");
    }
    let mut longer = payload;
    longer.push(0);
    assert_eq!(refusal(&frame(&longer)), "core image does not decode: 1 bytes are left over", "a byte more");
}

/// One field out of range, and the message that names it.
fn cases() -> Vec<(&'static str, Field, &'static str)> {
    let mut cases = sizes();
    cases.extend(geometries());
    cases.extend(widths());
    cases.extend(contents());
    cases.extend(storages());
    cases
}

fn storages() -> Vec<(&'static str, Field, &'static str)> {
    const ORDER: &str = "; allowed are 0 for column, 1 for row, 2 for both";
    vec![
        (
            "signs",
            Number(2),
            "core image: signs is 2; allowed are 0 for in the weights, 1 for in the patterns",
        ),
        ("signs", Number(u32::MAX.into()), "core image: signs is 4294967295; allowed are 0 "),
        (
            "signs",
            Number(1),
            "core image: weight (pattern 0, neuron 0) is -3, its stored bit is +1: where the patterns \
             hold the signs, a weight has the sign of its bit",
        ),
        ("pattern_order", Number(3), ORDER),
        ("pattern_order", Number(u32::MAX.into()), ORDER),
    ]
}

fn sizes() -> Vec<(&'static str, Field, &'static str)> {
    const SIZE: &str = "core image: an image has 1 to 1048575 neurons and 1 to 4294967295 patterns; found ";
    vec![
        ("n", Number(0), SIZE),
        ("n", Number(1 << 20), SIZE),
        ("n", Number(u32::MAX.into()), SIZE),
        ("p", Number(0), SIZE),
        ("p", Number(1 << 32), SIZE),
        ("p", Number(u64::MAX.into()), SIZE),
        ("n", Number(4), "core image: pattern memory: found 10 words, expected 8"),
        ("n", Number((1 << 20) - 1), "core image: the pattern memory has 256 bytes and needs "),
        ("p", Number(4), "core image: pattern memory: found 10 words, expected 5"),
        ("p", Number(7), "core image: weights: found 30 words, expected 35"),
        ("p", Number(u32::MAX.into()), "core image: the pattern memory has 256 bytes and needs "),
    ]
}

fn geometries() -> Vec<(&'static str, Field, &'static str)> {
    const BYTES: &str = "; it must be 1 to 68719476736";
    vec![
        ("pattern_bytes", Number(0), BYTES),
        ("pattern_bytes", Number(u64::MAX.into()), BYTES),
        ("pattern_bytes", Number(4), "core image: the pattern memory has 4 bytes and needs "),
        ("weight_bytes", Number(0), BYTES),
        (
            "weight_bytes",
            Number(1025),
            "core image: weight_bytes is 1025; it must be a multiple of mac_lanes = 2",
        ),
        ("weight_bytes", Number(12), "core image: the weight memory has 12 bytes and needs "),
        ("counter_bytes", Number(1 << 37), BYTES),
        ("counter_bytes", Number(2), "core image: the counter memory has 2 bytes and needs "),
        ("table_bytes", Number(0), BYTES),
        ("table_bytes", Number(1), "core image: the table memory has 1 bytes and needs "),
        ("distance_lanes", Number(0), "core image: distance_lanes is 0; it must be 1 to 64"),
        ("distance_lanes", Number(65), "core image: distance_lanes is 65; it must be 1 to 64"),
        ("distance_lanes", Number(u32::MAX.into()), "distance_lanes is 4294967295; it must be 1 to 64"),
        ("mac_lanes", Number(0), "core image: mac_lanes is 0; it must be 1 to 1024"),
        ("mac_lanes", Number(1025), "core image: mac_lanes is 1025; it must be 1 to 1024"),
        ("accumulator_bits", Number(1), "core image: accumulator_bits is 1; it must be 2 to 63"),
        ("accumulator_bits", Number(99), "core image: accumulator_bits is 99; it must be 2 to 63"),
    ]
}

fn widths() -> Vec<(&'static str, Field, &'static str)> {
    vec![
        ("weight_bits", Number(0), "core image: weight_bits is 0; allowed are 1 to 16"),
        ("weight_bits", Number(17), "core image: weight_bits is 17; allowed are 1 to 16"),
        ("weight_bits", Number(1), "core image: weight (pattern 0, neuron 0) is -3; 1 bits hold -1 and +1"),
        ("weight_bits", Number(2), "core image: weight (pattern 0, neuron 0) is -3; 2 bits hold -1 to 1"),
        ("kernel_bits", Number(0), "core image: kernel_bits is 0; allowed are 1 to 16"),
        ("kernel_bits", Number(17), "core image: kernel_bits is 17; allowed are 1 to 16"),
        ("kernel_bits", Number(2), "core image: kernel word 0 is 7; 2 bits hold 0 to 3"),
        (
            "kernel_form",
            Number(2),
            "core image: kernel_form is 2; allowed are 0 for absolute, 1 for nearest-relative",
        ),
        ("kernel_form", Number(u32::MAX.into()), "core image: kernel_form is 4294967295; allowed are 0 "),
    ]
}

fn contents() -> Vec<(&'static str, Field, &'static str)> {
    let rows = |last| List([vec![0; 9], vec![last]].concat());
    let weights = |last| List([vec![1; 29], vec![last]].concat());
    let stray = "core image: pattern row 9 has a bit beyond the last pattern: ";
    vec![
        ("pattern_rows", List(vec![]), "core image: pattern memory: found 0 words, expected 10"),
        ("pattern_rows", List(vec![0; 11]), "core image: pattern memory: found 11 words, expected 10"),
        ("pattern_rows", rows(0b100), stray),
        ("pattern_rows", rows(1 << 63), stray),
        ("weights", List(vec![]), "core image: weights: found 0 words, expected 30"),
        ("weights", List(vec![1; 31]), "core image: weights: found 31 words, expected 30"),
        ("weights", weights(4), "core image: weight (pattern 5, neuron 4) is 4; 3 bits hold -3 to 3"),
        (
            "weights",
            weights(-32_768),
            "core image: weight (pattern 5, neuron 4) is -32768; 3 bits hold -3 to 3",
        ),
        ("table", List(vec![]), "core image: every kernel word is zero: no field would ever leave zero"),
        ("table", List(vec![0; 3]), "core image: every kernel word is zero: no field would ever leave zero"),
        ("table", List(vec![0, 7]), "core image: kernel word 0 of a nearest-relative table is zero: "),
        ("table", List(vec![7, 8]), "core image: kernel word 1 is 8; 3 bits hold 0 to 7"),
        (
            "table",
            List(vec![7, 1, 0, 0, 0]),
            "core image: the table has 5 kernel words, of which the last 3 are zero",
        ),
        ("table", List(vec![1; 200]), "core image: the table memory has 64 bytes and needs "),
    ]
}

#[test]
fn every_field_out_of_range_is_named() {
    for (name, field, expected) in cases() {
        let what = format!("{name} = {field:?}");
        let message = refusal(&Draft::valid().with(name, field).file());
        assert!(message.contains(expected), "{what}: {message}");
    }
}

/// Columns take 10 words of 4 bits and rows 12: both do not fit what either fits.
#[test]
fn both_orders_share_one_capacity() {
    let draft = |order| Draft::valid().with("pattern_order", Number(order)).with("pattern_bytes", Number(6));
    for order in [0, 1] {
        assert!(decode(&draft(order).file()).is_ok(), "order {order} fits");
    }
    assert_eq!(
        refusal(&draft(2).file()),
        "core image: the pattern memory has 6 bytes and needs 11: pattern_bytes=11 would do",
        "both"
    );
}

/// The sign check sees every weight, the bits of the second block included.
#[test]
fn a_weight_against_its_bit_is_refused_wherever_it_stands() {
    let draft = Draft::valid().with_signs_of_bits().with("signs", Number(1));
    let image = decode(&draft.file()).expect("weights that follow their bits");
    let mut refused = 0;
    for (at, &weight) in image.weights().iter().enumerate().filter(|(_, weight)| **weight != 0) {
        let mut weights: Vec<i128> = image.weights().iter().map(|&w| w.into()).collect();
        weights[at] = -i128::from(weight);
        let message = refusal(&draft.clone().with("weights", List(weights)).file());
        let place =
            format!("weight (pattern {}, neuron {}) is {}, its stored bit is ", at / 5, at % 5, -weight);
        assert!(message.contains(&place), "weight {at}: {message}");
        refused += 1;
    }
    assert!(refused > 20, "only {refused} weights are not zero");
}

#[test]
fn one_bit_weights_have_no_zero() {
    let draft = Draft::valid().with("weight_bits", Number(1)).with("weights", List(vec![1; 30]));
    assert!(decode(&draft.file()).is_ok(), "all +1");
    let zero = draft.with("weights", List([vec![-1; 29], vec![0]].concat()));
    assert_eq!(
        refusal(&zero.file()),
        "core image: weight (pattern 5, neuron 4) is 0; 1 bits hold -1 and +1",
        "a zero"
    );
}

/// The largest sizes at once: the products on the way to the refusal stay within 64 bits, whichever memory refuses.
#[test]
fn extremes_together_do_not_overflow() {
    let largest = |capacity| {
        Draft::valid()
            .with("n", Number((1 << 20) - 1))
            .with("p", Number(u32::MAX.into()))
            .with("pattern_bytes", Number(1 << 36))
            .with("weight_bytes", Number(capacity))
    };
    for lanes in [1, 64] {
        let message = refusal(&largest(1 << 36).with("distance_lanes", Number(lanes)).file());
        assert!(
            message.contains("the pattern memory needs ") && message.contains("the largest has"),
            "{message}"
        );
    }
    for lanes in [1, 1024] {
        // One neuron leaves the pattern memory large enough for all patterns.
        let draft = largest(1 << 20).with("n", Number(1)).with("mac_lanes", Number(lanes));
        let message = refusal(&draft.file());
        assert!(message.contains("the weight memory ") && message.contains(" needs "), "{message}");
    }
}

/// A list may claim to be longer than memory: the claim alone must not be believed.
#[test]
fn claimed_lengths_are_not_allocated() {
    let lists = [("pattern_rows", vec![0; 10]), ("weights", vec![1; 30]), ("table", vec![7, 3, 1])];
    for (name, content) in lists {
        let right = content.len() as u64;
        for length in [u64::MAX, u64::MAX / 2, 1 << 61, 1 << 40, 1 << 31, right + 1, right - 1] {
            let draft = Draft::valid().with(name, Claiming(length, content.clone()));
            let message = refusal(&draft.file());
            assert!(message.starts_with("core image"), "{name} of {length} words: {message}");
        }
    }
}
