//! Does a listing show what fits and say what it leaves out, and does a refusal say what would do?

use klr_image::listing::listing;
use klr_image::occupancy::{Lack, PlacementError};
use klr_image::{Banking, CoreImage, Geometry, GeometrySpec, KernelTable, Memory, Placement};
use klr_units::{Bits, State};

/// An image of ones: `size` patterns of `size` neurons on `mac_lanes` lanes.
fn image(size: usize, mac_lanes: u32) -> CoreImage {
    let four = Bits::new(4).expect("a width");
    let spec = GeometrySpec {
        pattern_bytes: 1 << 16,
        weight_bytes: u64::from(mac_lanes) << 16,
        distance_lanes: 64,
        mac_lanes,
        counter_bytes: 1 << 16,
        ..Geometry::tiny().spec()
    };
    let patterns = vec![State::from_signs(&vec![1; size]).expect("signs"); size];
    let table = KernelTable::absolute(four, &[15]).expect("a word above zero");
    let geometry = Geometry::new(spec).expect("within range");
    CoreImage::new(geometry, &patterns, four, vec![1; size * size], table).expect("it fits")
}

fn lines(size: usize, mac_lanes: u32) -> Vec<String> {
    listing(&image(size, mac_lanes)).lines().map(str::to_owned).collect()
}

fn with<'a>(lines: &'a [String], part: &str) -> Vec<&'a str> {
    lines.iter().map(String::as_str).filter(|line| line.contains(part)).collect()
}

#[test]
fn what_is_left_out_is_counted() {
    // 64 pattern rows, 64 weights of 64 patterns, 8 banks: all that is shown.
    let whole = lines(64, 8);
    assert_eq!(with(&whole, ".."), [""; 0], "nothing is left out");
    assert_eq!((with(&whole, "pattern row").len(), with(&whole, "weights of").len()), (64, 64));
    // A neuron, a pattern and a bank more; the second block of patterns has rows of its own.
    let cut = lines(65, 9);
    assert_eq!((with(&cut, "pattern row ").len(), with(&cut, "weights of").len()), (64, 64));
    assert_eq!(with(&cut, " more "), [".. 66 more pattern rows", ".. 1 more weight rows"]);
    let marked = |what: &str| with(&cut, what).iter().filter(|line| line.ends_with(" ..")).count();
    assert_eq!(with(&cut, " ..").len(), 64 + 8, "every pattern's weights, every row of the weight banks");
    assert_eq!(marked("  row "), 8, "the latter");
    let words = with(&cut, "  row ").into_iter().find(|line| line.ends_with(" ..")).expect("there are eight");
    assert_eq!(words, "  row         0   1 1 1 1 1 1 1 1 ..", "eight banks of nine");
}

#[test]
fn a_lack_is_told_with_its_banks_and_with_what_would_do() {
    let lack = Lack { memory: Memory::Weights, banks: 1, bytes: 12, is_given: true, needed_bytes: 34 };
    let told = |lack| PlacementError { lacking: vec![lack] }.to_string();
    let in_banks = |banks| told(Lack { banks, ..lack });
    let expected = "the weight memory has 12 bytes and needs 34: weight_bytes=34 would do";
    assert_eq!(in_banks(1), expected, "the one bank is not worth a word");
    assert_eq!(in_banks(2), expected.replace("34:", "34 in 2 banks:"));
    let needing = |needed_bytes| told(Lack { needed_bytes, ..lack });
    assert!(needing(1 << 36).ends_with("weight_bytes=68719476736 would do"), "{}", needing(1 << 36));
    let expected = "the weight memory needs 68719476737 bytes and the largest has 68719476736";
    assert_eq!(needing((1 << 36) + 1), expected);
    let open = told(Lack { is_given: false, ..lack });
    assert_eq!(
        open,
        "the weight memory needs 34 bytes and one that sizes itself takes at most 12: weight_bytes=34 would do"
    );
    let counters = Lack { memory: Memory::Counters, ..lack };
    let both = PlacementError { lacking: vec![lack, counters] }.in_words("core.");
    let [first, second] = both.split("; ").collect::<Vec<_>>()[..] else { panic!("two lacks: {both}") };
    assert!(first.ends_with("core.weight_bytes=34 would do") && second.starts_with("the counter memory"));
}

/// 2^16 bytes for each of eight lanes hold 2^20 weights of four bits, however they are cut.
#[test]
fn a_bank_has_its_share_of_the_rows() {
    let image = image(64, 8);
    for (weight_banks, weight_word) in [(8, 1), (4, 1), (4, 2), (2, 8), (16, 4), (1, 1)] {
        let banking = Banking { weight_banks, weight_word, ..Banking::plain(image.geometry()) };
        let weights = Placement::new(&image, banking).arrays()[Memory::Weights];
        let shape = (weights.banks, weights.word_bits, weights.rows_available);
        let rows = (1 << 20) / u64::from(weight_banks * weight_word);
        assert_eq!(shape, (weight_banks, 4 * weight_word, rows), "{weight_banks} banks");
        assert_eq!(weights.rows_used, 64 * 64u64.div_ceil(u64::from(weight_banks * weight_word)));
    }
}
