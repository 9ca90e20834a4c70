//! Do the words of the project have the arithmetic they promise, and does what they hold come out again?

use klr_units::document::Document;
use klr_units::frame::{FileKind, FrameError, encode, open};
use klr_units::suggest::nearest;
use klr_units::threads::map_in_order_watched;
use klr_units::words::weight_words;
use klr_units::{
    Bits, ClockMhz, Cycle, Cycles, Digest, EnergyPerCount, NeuronIdx, PatternIdx, Picoseconds, RunId, State,
    WeightRounding, WholeField, Yoctojoules, file, text,
};
use std::cmp::Ordering;
use std::num::NonZeroUsize;
use std::path::Path;

#[test]
fn points_and_spans_of_time_add_up() {
    let mut point = Cycle::new(5);
    point += Cycles::new(7);
    assert_eq!((point.get(), point), (12, Cycle::new(12)), "a point moves by a span");
    let mut span = Cycles::new(5) + Cycles::new(7);
    assert_eq!((span.get(), span.to_string()), (12, "12".to_owned()), "spans add");
    span += Cycles::new(3);
    assert_eq!(span.get(), 15, "and grow");
}

#[test]
fn a_clock_says_its_frequency_and_rounds_half_up() {
    let clock = ClockMhz::new(500).expect("a clock");
    assert_eq!(clock.mhz(), 500);
    // A period of 7 MHz is 142,857.14 ps, of 6 MHz 166,666.67 ps, of 2^7 MHz 7,812.5 ps.
    for (mhz, picoseconds) in [(7, 142_857), (6, 166_667), (128, 7_813), (1, 1_000_000)] {
        let clock = ClockMhz::new(mhz).expect("a clock");
        assert_eq!(clock.duration(Cycles::ONE).get(), picoseconds, "{mhz} MHz");
    }
    assert_eq!(ClockMhz::new(ClockMhz::MAX).map(ClockMhz::mhz), Some(1_000_000), "the highest");
    assert_eq!(ClockMhz::new(ClockMhz::MAX + 1), None, "and no higher");
    // Exact, so compared exactly.
    assert_eq!(Picoseconds::new(2_500).as_nanoseconds().to_bits(), 2.5f64.to_bits(), "2.5 ns");
}

#[test]
fn energies_add_up_and_come_out_again() {
    let (few, more) = (Yoctojoules::new(5), Yoctojoules::new(7_000_000_000_000));
    assert_eq!((few + more).get(), 7_000_000_000_005, "a sum");
    let mut sum = few;
    sum += more;
    assert_eq!(sum, few + more, "a sum that grows");
    assert_eq!([few, more, more].into_iter().sum::<Yoctojoules>().get(), 14_000_000_000_005, "a sum of many");
    assert_eq!((few * 3).get(), 15, "several times");
    // Exact, so compared exactly.
    assert_eq!(more.as_picojoules().to_bits(), 7.0f64.to_bits(), "7 pJ");
    assert_eq!(few.to_string(), "5 yJ", "with its unit");
}

#[test]
fn a_state_gives_its_signs_and_flips_any_of_them() {
    let signs: Vec<i8> = (0..130).map(|i| if i % 3 == 0 { 1 } else { -1 }).collect();
    let mut state = State::from_signs(&signs).expect("signs");
    assert_eq!((state.n(), state.signs().collect::<Vec<_>>()), (130, signs), "as they were given");
    for at in [0, 1, 63, 64, 65, 127, 128, 129] {
        let before = state.clone();
        state.flip(at);
        assert_eq!(
            (state.sign(at), state.hamming(&before)),
            (-before.sign(at), 1),
            "neuron {at} and no other"
        );
    }
}

#[test]
fn widths_and_indices_are_written_as_numbers() {
    assert_eq!(Bits::new(12).expect("a width").to_string(), "12");
    assert_eq!(
        (NeuronIdx::new(7).to_string(), PatternIdx::new(9).to_string()),
        ("7".to_owned(), "9".to_owned())
    );
}

fn price(picojoules: &str) -> EnergyPerCount {
    EnergyPerCount::from_picojoules(picojoules).expect("a figure within range")
}

#[test]
fn prices_that_differ_in_a_part_of_a_quectojoule_are_ordered() {
    // 333,333 1/3 and 333,333 2/5 quectojoules.
    let (third, two_fifths) = (price("1e-12").scaled(1, 3), price("1.666667e-12").scaled(1, 5));
    let both_ways = (third.cmp(&two_fifths), two_fifths.cmp(&third));
    assert_eq!(both_ways, (Ordering::Less, Ordering::Greater), "1/3 is less than 2/5");
    assert_eq!(third.cmp(&price("2e-12").scaled(1, 6)), Ordering::Equal, "a third is two sixths");
    let off = third.as_picojoules() * 3.0 - 1e-12;
    assert!(off.abs() < 1e-27, "three thirds in picojoules are off by {off:e}");
    // The dearest price in the smallest parts that are promised: two primes just above 10^12.
    let dear = |parts| price("1e9").scaled(1, parts);
    assert!(dear(1_000_000_000_039) > dear(1_000_000_000_061), "and nothing overflows on the way");
}

#[test]
fn a_place_in_a_text_is_a_line_counted_from_one() {
    let document = Document { file: "a.toml", text: "a = 1\n\nb = 2\n" };
    // The byte that ends a line is still in it.
    for (offset, line) in [(0, 1), (5, 1), (6, 2), (7, 3), (12, 3), (13, 4)] {
        assert_eq!(document.line(offset), line, "byte {offset}");
    }
}

#[test]
fn a_run_is_known_by_its_version_its_plan_and_its_seed() {
    // FIPS 180-4: the digest of no bytes at all.
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let digest = Digest::of(b"");
    assert_eq!((digest.to_string(), format!("{digest:?}")), (nothing.to_owned(), nothing.to_owned()));
    let run = RunId::new(digest, 42);
    assert_eq!((run.version(), run.plan(), run.seed()), (env!("CARGO_PKG_VERSION"), nothing, 42));
    assert_eq!(run.to_string(), format!("klr {}, plan {nothing}, seed 42", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_section_that_is_missing_counts_as_two_slips() {
    // Five letters forgive three slips: two for the section leave one for the name.
    assert_eq!(nearest("gamna", ["model.gamma"].into_iter()), Some("model.gamma"), "one slip");
    assert_eq!(nearest("ganna", ["model.gamma"].into_iter()), None, "two slips");
    // A section that is there and wrong costs the same; a name that is a slip nearer wins.
    assert_eq!(
        nearest("a.bcde", ["x.bcde", "a.bcdf"].into_iter()),
        Some("x.bcde"),
        "one slip either way: the first"
    );
    assert_eq!(
        nearest("a.bcde", ["a.bcdf", "x.bcde"].into_iter()),
        Some("a.bcdf"),
        "whichever it is: a wrong section is not free"
    );
}

#[test]
fn a_file_of_the_smallest_length_is_read_and_a_shorter_one_is_told_what_it_lacks() {
    const KIND: FileKind = FileKind { magic: *b"KLRTEST\n", oldest: 1, version: 1, name: "test file" };
    let empty = encode(KIND, &()).expect("nothing is a payload");
    assert_eq!(empty.len(), 24, "magic, version, length and checksum");
    assert!(open(KIND, &empty).is_ok(), "nothing, whole");
    let expected = FrameError::Length { name: "test file", found: 23, expected: 24 };
    assert_eq!(open(KIND, &empty[..23]).err(), Some(expected), "a byte less");
}

#[test]
fn a_bare_name_is_a_file_of_the_working_folder() {
    let name = Path::new(".klr-units-arithmetic-test");
    file::write_atomically(name, b"here").expect("the folder of the package is writable");
    let found = file::read(name);
    std::fs::remove_file(name).expect("it was written");
    assert_eq!(found.expect("just written"), b"here");
}

#[test]
fn a_temporary_file_stands_beside_the_one_it_becomes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The folder is not the working folder: a rename from there could cross file systems.
    let path = folder.path().join("deep");
    assert!(file::write_atomically(&path.join("a"), b"").is_err(), "a folder that is missing is an error");
    std::fs::create_dir(&path).expect("the folder is writable");
    file::write_atomically(&path.join("a"), b"whole").expect("a folder that is there");
    assert_eq!(std::fs::read(path.join("a")).expect("written"), b"whole");
}

/// What a rename refuses for good is told at once, and the folder is as it was.
#[test]
fn a_folder_is_not_replaced_by_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let there = folder.path().join("there");
    std::fs::create_dir(&there).expect("the folder is writable");
    std::fs::write(there.join("mine"), b"mine").expect("the folder is writable");
    let error = file::write_atomically(&there, b"new").expect_err("a folder is in the way");
    assert_eq!((error.path.as_path(), error.action), (there.as_path(), "write"));
    assert_eq!(file::read(&there.join("mine")).expect("as it was"), b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1, "no temporary file is left");
}

#[test]
fn weights_of_nothing_are_zeros_without_error() {
    let rounding = WeightRounding::new(Bits::new(4).expect("a width"), 1.0).expect("a clip");
    let words = weight_words(&[0.0, 0.0], &[1, -1], rounding);
    assert_eq!(words.values, [0, 0], "no dual variable, no weight");
    assert_eq!(words.error(0, 0.0).to_bits(), 0.0f64.to_bits(), "and nothing is lost, rather than no number");
}

/// Every thread gets work as long as there is some: with two threads and two items that wait for each other, handing both
/// to one thread would never end.
#[test]
fn few_items_are_handed_out_one_by_one() {
    let barrier = std::sync::Barrier::new(2);
    let mut done = 0;
    let work = |item: u32| {
        barrier.wait();
        item * 10
    };
    let threads = NonZeroUsize::new(2).expect("two");
    let results = map_in_order_watched((0..16).collect(), threads, work, || done += 1);
    assert_eq!(results, (0..16).map(|item| item * 10).collect::<Vec<_>>(), "in order");
    assert_eq!(done, 16, "each is told");
}

#[test]
fn a_field_knows_its_range_and_says_it() {
    let field = WholeField { name: "ports", low: 2, high: 5, of: |ports: &mut u32| ports };
    assert_eq!(field.allowed(), "2 to 5");
    for found in 0..8 {
        let expected = format!("ports is {found}; it must be 2 to 5");
        let error = field.check(&found).err().map(|error| error.to_string());
        assert_eq!(error, (!(2..=5).contains(&found)).then_some(expected), "{found}");
    }
}

/// Decimals that were asked for are there, zeros too; more only where two digits take more.
#[test]
fn decimals_that_are_just_enough_stay() {
    for (x, decimals, shown) in [
        (0.8, 2, "0.80"),
        (5.0, 1, "5.0"),
        (0.08, 2, "0.08"),
        (0.082, 2, "0.082"),
        (9.96, 1, "10.0"),
        (10.0, 0, "10"),
        (0.5, 0, "0.5"),
        (-0.8, 2, "-0.80"),
    ] {
        assert_eq!(text::fixed(x, decimals), shown, "{x} with {decimals}");
    }
}

/// A rename that finds no such place is tried again, in case somebody took the new file away, and then told.
#[test]
fn a_place_that_is_never_there_is_told_after_a_few_trials() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Inside a folder that is missing, by a name whose parent is not.
    let path = folder.path().join("missing/.");
    let error = file::write_atomically(&path, b"here").expect_err("no such place");
    assert_eq!((error.action, error.source.kind()), ("write", std::io::ErrorKind::NotFound));
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "no temporary file is left");
}

#[test]
fn a_line_is_filled_to_its_last_column() {
    let (long, short) = ("a".repeat(60), "b".repeat(39));
    // 60, a space and 39.
    assert_eq!(text::wrap("", 0, &format!("{long} {short}")), format!("{long} {short}\n"), "just full");
    assert_eq!(
        text::wrap("", 0, &format!("{long} b{short}")),
        format!("{long}\nb{short}\n"),
        "a letter more"
    );
    // No line is left for a word that no line holds.
    let endless = "c".repeat(120);
    let expected = format!("- {}\n  {}\n", &endless[..98], &endless[98..]);
    assert_eq!(text::wrap("- ", 2, &endless), expected, "a word longer than a line");
}
