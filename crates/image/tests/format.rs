//! Is an image file what `docs/image-format.md` says, and does an old one keep its meaning?

mod harness;

use harness::draft::{Draft, Field, crc32};
use harness::{Parts, Widths, rng, state};
use klr_image::codec::{decode, encode, load, save};
use klr_image::listing::listing;
use klr_image::reference::{Reference, ReferenceRun};
use klr_image::{CoreImage, Order, Outcome, PatternOrder, Provenance, Signs, Storage, TableForm, Update};
use klr_units::{NeuronIdx, PatternIdx, State, WeightCoding};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const UPDATES: [(&str, Update); 4] = [
    ("synchronous", Update::Synchronous),
    ("sequential", Update::Asynchronous(Order::Sequential)),
    ("random 7", Update::Asynchronous(Order::Random(7))),
    ("most violated", Update::Asynchronous(Order::MostViolated)),
];

/// Every width of weight and kernel word with both forms, sizes drawn anew for each.
#[test]
fn random_images_come_back_from_their_bytes() {
    for weight in 1..=16u8 {
        for kernel in 1..=16u8 {
            for form in [TableForm::Absolute, TableForm::NearestRelative] {
                let widths = Widths { weight, kernel, form };
                let parts =
                    Parts::random(130, 200, widths, &mut rng(u64::from(weight) << 8 | u64::from(kernel)));
                let image = parts.image();
                let bytes = encode(&image).expect("an image that fits a core fits a file");
                assert_eq!(decode(&bytes).expect("its own bytes"), image, "{widths:?}");
                assert_parts(&image, &parts);
            }
        }
    }
}

/// An image holds the parts it was made of, bit by bit.
fn assert_parts(image: &CoreImage, parts: &Parts) {
    assert_eq!((image.n() as usize, image.p() as usize), (parts.n, parts.p()), "sizes");
    for (mu, (pattern, weights)) in parts.patterns.iter().zip(&parts.weights).enumerate() {
        let stored = image.pattern(PatternIdx::from_usize(mu));
        assert_eq!(*stored, state(pattern), "pattern {mu} of {parts:?}");
        assert_eq!(image.weight_row(PatternIdx::from_usize(mu)), weights, "weights of {mu}");
    }
    for (index, &word) in parts.table.iter().enumerate() {
        let d = u32::try_from(index).expect("a short table");
        let read = match parts.form {
            TableForm::Absolute => image.table().lookup(d, 0),
            TableForm::NearestRelative => image.table().lookup(d + 3, 3),
        };
        assert_eq!(read, word, "kernel word {index}");
    }
}

#[test]
fn the_document_describes_the_bytes() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926, "the check value of CRC-32");
    let bytes = Draft::valid().file();
    let image = decode(&bytes).expect("a file made by the book");
    assert_eq!((image.n(), image.p(), image.geometry().distance_lanes()), (5, 6, 4), "sizes");
    assert_eq!(image.table().form(), TableForm::NearestRelative, "form 1");
    // Row 1 holds neuron 1 of patterns 0 to 3, lane 0 in bit 0: 0b0110.
    let column: Vec<i8> = (0..4).map(|mu| image.pattern(PatternIdx::new(mu)).sign(1)).collect();
    assert_eq!(column, [-1, 1, 1, -1], "neuron 1");
    assert_eq!(*image.pattern(PatternIdx::new(5)), state(&[-1, 1, 1, -1, -1]), "the last pattern, in lane 1");
    assert_eq!(image.weight_row(PatternIdx::new(1)), [2, 3, -3, -2, -1], "row-major weights");
    assert_eq!(encode(&image).expect("it was decoded"), bytes, "the codec writes the same bytes");
}

#[test]
fn the_forms_have_the_documented_numbers() {
    for (number, form) in [(0, TableForm::Absolute), (1, TableForm::NearestRelative)] {
        let draft = Draft::valid().with("kernel_form", Field::Number(number));
        let image = decode(&draft.file()).expect("a file made by the book");
        assert_eq!(image.table().form(), form, "number {number}");
    }
}

#[test]
fn the_storages_have_the_documented_numbers() {
    for (signs, place) in [(0, Signs::InWeights), (1, Signs::InPatterns)] {
        for (number, patterns) in [(0, PatternOrder::Column), (1, PatternOrder::Row), (2, PatternOrder::Both)]
        {
            let draft = Draft::valid()
                .with_signs_of_bits()
                .with("signs", Field::Number(signs))
                .with("pattern_order", Field::Number(number));
            let image = decode(&draft.file()).expect("a file made by the book");
            let storage = Storage { signs: place, patterns };
            assert_eq!(image.geometry().storage(), storage, "numbers {signs} and {number}");
            assert_eq!(encode(&image).expect("it was decoded"), draft.file(), "{storage}: the same bytes");
        }
    }
}

#[test]
fn the_codings_have_the_documented_numbers() {
    let weights =
        |magnitudes: i128| Field::List((0..30).map(|at| 2 * (at % magnitudes) + 1 - magnitudes).collect());
    let cases = [
        (0, WeightCoding::TwosComplement, 3, weights(4)),
        (1, WeightCoding::SignMagnitude, 3, weights(4)),
        (2, WeightCoding::Odd, 3, weights(8)),
        (3, WeightCoding::Ternary, 2, Field::List((0..30).map(|at| at % 3 - 1).collect())),
    ];
    for (number, coding, bits, weights) in cases {
        let draft = Draft::valid()
            .with("weight_coding", Field::Number(number))
            .with("weight_bits", Field::Number(bits))
            .with("weights", weights);
        let image = decode(&draft.file()).expect("a file made by the book");
        assert_eq!(image.weight_format().coding(), coding, "number {number}");
        assert_eq!(encode(&image).expect("it was decoded"), draft.file(), "{coding}: the same bytes");
    }
}

/// A file of version 1 or 2 is the image of version 3 with the storage and coding that there was then, and is written as
/// version 3.
#[test]
fn versions_1_and_2_are_read_and_version_3_is_written() {
    let draft = Draft::valid();
    let image = decode(&draft.file_of_version_1()).expect("version 1 is read");
    assert_eq!(image.geometry().storage(), Storage::default(), "signs in the weights, patterns by column");
    assert_eq!(encode(&image).expect("it was decoded"), draft.file(), "version 3");
    let draft = draft.with("pattern_order", Field::Number(2));
    let image = decode(&draft.file_of_version_2()).expect("version 2 is read");
    assert_eq!(image.weight_format().coding(), WeightCoding::TwosComplement, "there was no other");
    assert_eq!(encode(&image).expect("it was decoded"), draft.file(), "version 3");
}

/// An image says what it was made with, and is another without it; what is no provenance is refused.
#[test]
fn provenance_comes_back_and_is_checked() {
    let plain = decode(&Draft::valid().file()).expect("a file made by the book");
    assert!(plain.provenance().entries().is_empty(), "nobody said");
    let entries = vec![("method".to_owned(), "margins".to_owned()), ("seed".to_owned(), "1".to_owned())];
    let image = plain.clone().made_with(Provenance::new(entries.clone()).expect("entries"));
    let bytes = encode(&image).expect("a file");
    let read = decode(&bytes).expect("its own bytes");
    assert_eq!(read, image, "all of it");
    assert_eq!(read.provenance().entries(), entries, "in order");
    assert_ne!(bytes, encode(&plain).expect("a file"), "another file");
    assert!(listing(&read).contains("made with   method: margins\n"), "{}", listing(&read));
    // The number of entries is the last field but for the checksum, where there are none.
    let mut file = Draft::valid().file();
    let end = file.len() - 4;
    file[end - 8..end].copy_from_slice(&1u64.to_le_bytes());
    for text in ["A", "x"] {
        file.splice(file.len() - 4.., []);
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.as_bytes());
        file.extend([0; 4]);
    }
    let end = file.len() - 4;
    let payload = (end - 20) as u64;
    file[12..20].copy_from_slice(&payload.to_le_bytes());
    let sum = crc32(&file[..end]);
    file[end..].copy_from_slice(&sum.to_le_bytes());
    let message = decode(&file).expect_err("no key").to_string();
    assert!(message.starts_with("core image: key 0 of the provenance is \"A\"; allowed are"), "{message}");
}

#[test]
fn files_are_written_whole_and_errors_name_them() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("saved.img");
    let image = decode(&Draft::valid().file()).expect("a file made by the book");
    save(&image, &path).expect("a writable folder");
    assert_eq!(load(&path).expect("just written"), image, "saved and loaded");
    std::fs::write(&path, b"KLRMODEL and more").expect("a writable folder");
    let message = load(&path).expect_err("not an image").to_string();
    let expected =
        format!("{}: not a core image: it starts with \"KLRMODEL\", expected \"KLRIMAGE\"", path.display());
    assert_eq!(message, expected, "another kind of file");
    let gone = path.with_file_name("gone.img");
    let message = load(&gone).expect_err("no such file").to_string();
    assert!(message.starts_with(&format!("{}: failed to read: ", gone.display())), "got {message}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/images").join(name)
}

/// The image in a fixture, whose checksum is repeated here: a file that was written anew is another file.
fn frozen(name: &str, checksum: u32) -> CoreImage {
    let path = fixture(name);
    let bytes = std::fs::read(&path).expect("the fixture is there");
    let (content, stored) = bytes.split_at(bytes.len() - 4);
    assert_eq!(stored, crc32(content).to_le_bytes(), "{name}: its checksum");
    assert_eq!(format!("{:08x}", crc32(content)), format!("{checksum:08x}"), "{name} was rewritten");
    load(&path).expect("an old file stays readable")
}

fn pattern_with_flips(image: &CoreImage, pattern: u32, flips: &[usize]) -> State {
    let mut cue = image.pattern(PatternIdx::new(pattern)).clone();
    flips.iter().for_each(|&i| cue.flip(i));
    cue
}

/// What the reference retrieves from each cue (a pattern, and the neurons flipped in it), in every order.
fn retrievals(image: &CoreImage, cues: &[(u32, &[usize])]) -> String {
    let mut out = String::new();
    for &(pattern, flips) in cues {
        let cue = pattern_with_flips(image, pattern, flips);
        writeln!(out, "pattern {pattern} with {flips:?} flipped\n  cue           {}", signs(&cue))
            .expect("a string takes everything");
        for (name, update) in UPDATES {
            let run = Reference::new(image).retrieve(&cue, update, 30).expect("a cue of the right size");
            writeln!(out, "  {name:<13} {}", summary(&run)).expect("a string takes everything");
        }
    }
    out
}

fn signs(state: &State) -> String {
    state.signs().map(|sign| if sign > 0 { '+' } else { '-' }).collect()
}

fn summary(run: &ReferenceRun) -> String {
    let flips: Vec<usize> = run.flips.iter().map(|i| i.get()).collect();
    let end = signs(&run.state);
    format!(
        "{end} {}, {} steps, {} evaluations, flips {flips:?}",
        run.outcome.name(),
        run.steps,
        run.evaluations
    )
}

#[test]
fn the_frozen_tiny_image_means_what_it_meant() {
    let image = frozen("v1-tiny.img", 0x8a6c_b77a);
    insta::assert_snapshot!("v1_tiny", listing(&image));
    // Pattern 0 is ++--+. With neuron 4 flipped the distances are 1, 3 and 2, so the kernel words are 7, 1 and 3 and
    // the field of neuron 4 is 7 x 3 + 1 x 1 + 3 x -3 = 13: it flips back, and nothing else does.
    let cue = pattern_with_flips(&image, 0, &[4]);
    let reference = Reference::new(&image);
    assert_eq!(reference.distances(&cue), [1, 3, 2], "distances");
    assert_eq!(reference.fields(&cue)[4], 13, "the field of the flipped neuron");
    for (name, update) in UPDATES {
        let run = reference.retrieve(&cue, update, 30).expect("a cue of the right size");
        assert_eq!(run.state, state(&[1, 1, -1, -1, 1]), "{name}: state");
        assert_eq!((run.outcome, run.steps), (Outcome::Converged, 2), "{name}: outcome");
        assert_eq!(run.flips, [NeuronIdx::new(4)], "{name}: flips");
    }
}

#[test]
fn the_frozen_nearest_relative_image_means_what_it_meant() {
    let image = frozen("v1-relative8.img", 0x51e8_fc6e);
    insta::assert_snapshot!("v1_relative8", listing(&image));
    let cues: [(u32, &[usize]); 3] =
        [(0, &[]), (7, &[0, 5, 9, 31]), (23, &[1, 2, 3, 8, 13, 14, 20, 21, 22, 27, 30])];
    insta::assert_snapshot!("v1_relative8_retrievals", retrievals(&image, &cues));
}

#[test]
fn the_frozen_absolute_image_means_what_it_meant() {
    let image = frozen("v1-absolute1.img", 0x4596_36fb);
    insta::assert_snapshot!("v1_absolute1", listing(&image));
    let cues: [(u32, &[usize]); 3] =
        [(40, &[3]), (11, &[0, 6, 12, 18, 24, 30, 36]), (2, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])];
    insta::assert_snapshot!("v1_absolute1_retrievals", retrievals(&image, &cues));
}

/// The images of older versions are also frozen as version 3: the same images, which is what all are written as today.
#[test]
fn frozen_files_of_version_3_are_written_alike_today() {
    let read = |name: String| std::fs::read(fixture(&name)).expect("the fixture is there");
    for (name, oldest) in
        [("tiny", 1), ("relative8", 1), ("absolute1", 1), ("shared4", 2), ("shared1", 2), ("rows", 2)]
    {
        let new = read(format!("v3-{name}.img"));
        for version in oldest..=2 {
            let old = decode(&read(format!("v{version}-{name}.img"))).expect("an old file stays readable");
            assert!(
                encode(&old).expect("it was decoded") == new,
                "{name} of version {version}: another image"
            );
        }
    }
    for name in ["odd3", "odd3-shared", "magnitude4", "ternary"] {
        let bytes = read(format!("v3-{name}.img"));
        let image = decode(&bytes).expect("a file of today");
        assert!(encode(&image).expect("it was decoded") == bytes, "{name} is written in another way");
    }
}

/// Weights of every coding, whose words stand in the listing.
#[test]
fn the_frozen_images_of_other_codings_mean_what_they_meant() {
    let images = [
        ("v3_odd3", "v3-odd3.img", 0x8cf6_63b8),
        ("v3_odd3_shared", "v3-odd3-shared.img", 0x6e31_7d9d),
        ("v3_magnitude4", "v3-magnitude4.img", 0x06f5_69fa),
        ("v3_ternary", "v3-ternary.img", 0xed33_a158),
    ];
    for (snapshot, name, checksum) in images {
        insta::assert_snapshot!(snapshot, listing(&frozen(name, checksum)));
    }
}

#[test]
fn the_frozen_images_without_signs_in_their_weights_mean_what_they_meant() {
    let four = frozen("v2-shared4.img", 0x51e8_6aea);
    insta::assert_snapshot!("v2_shared4", listing(&four));
    let one = frozen("v2-shared1.img", 0xeb81_aceb);
    assert_eq!(one.layout().weights.bits_used(), 0, "no weight memory");
    insta::assert_snapshot!("v2_shared1", listing(&one));
    let rows = frozen("v2-rows.img", 0xee0a_8246);
    insta::assert_snapshot!("v2_rows", listing(&rows));
    // Where a bit stands changes nothing of what it means.
    let cues: [(u32, &[usize]); 2] = [(0, &[]), (3, &[0, 5, 9])];
    for image in [&four, &one, &rows] {
        let plain = image.on(image.geometry().storing(Storage::default())).expect("it has room");
        assert_eq!(retrievals(image, &cues), retrievals(&plain, &cues), "{}", image.geometry().storage());
    }
    insta::assert_snapshot!("v2_shared4_retrievals", retrievals(&four, &cues));
}
