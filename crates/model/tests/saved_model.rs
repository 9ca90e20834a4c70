//! Does a saved model come back as it was, or not at all?

use klr_model::codec::{self, CodecError, MODEL_FILE};
use klr_model::{Kernel, KlrModel, PatternSet, Stream, Streams};
use klr_units::frame;
use rand::RngExt;

fn model() -> KlrModel {
    let mut rng = Streams::new(1).stream(Stream::Patterns);
    let patterns = PatternSet::random(70, 3, &mut rng).unwrap();
    let duals = (0..210).map(|_| rng.random_range(-4.0..4.0)).collect();
    KlrModel::from_duals(patterns, Kernel::rbf(0.07).unwrap(), duals).unwrap()
}

#[test]
fn a_model_survives_saving_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.model");
    codec::save(&model(), &path).unwrap();
    let loaded = codec::load(&path).unwrap();
    assert_eq!(loaded, model(), "patterns, kernel and dual variables");
    assert_eq!(codec::encode(&loaded).unwrap(), std::fs::read(&path).unwrap(), "the same bytes again");
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let bytes = codec::encode(&model()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut broken = bytes.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(codec::decode(&broken).is_err(), "bit {bit} was flipped unnoticed");
    }
    for length in 0..bytes.len() {
        assert!(codec::decode(&bytes[..length]).is_err(), "cut to {length} bytes unnoticed");
    }
}

/// A payload of the model's layout with a valid frame around whatever it holds.
fn forge(gamma: f64, n: u64, p: u64, words: &[u64], duals: &[f64]) -> Result<KlrModel, CodecError> {
    codec::decode(&frame::encode(MODEL_FILE, &(gamma, n, p, words, duals)).unwrap())
}

#[test]
fn a_sound_frame_around_nonsense_is_refused() {
    assert!(forge(0.1, 2, 1, &[1], &[1.0, -1.0]).is_ok(), "the forgery itself has the right layout");
    let nonsense = [
        (
            "gamma 0",
            forge(0.0, 2, 1, &[1], &[1.0, -1.0]),
            "KLR model: gamma is 0; it must be finite and above 0",
        ),
        (
            "no patterns",
            forge(0.1, 2, 0, &[], &[]),
            "KLR model: at least one row and one column are needed, found 0 x 2",
        ),
        (
            "a stray bit",
            forge(0.1, 2, 1, &[4], &[1.0, -1.0]),
            "KLR model: 1 words do not pack 2 neurons with the unused high bits zero",
        ),
        (
            "a missing row",
            forge(0.1, 2, 2, &[1], &[1.0; 4]),
            "KLR model: 1 words do not pack 2 neurons with the unused high bits zero",
        ),
        (
            "dimensions that overflow",
            forge(0.1, 1 << 31, 1 << 31, &[1], &[]),
            "KLR model: 1 words do not pack 2147483648 neurons with the unused high bits zero",
        ),
        (
            "too few dual variables",
            forge(0.1, 2, 1, &[1], &[1.0]),
            "KLR model: 1 dual variables do not fit 1 patterns of 2 neurons",
        ),
        (
            "a dual variable that is no number",
            forge(0.1, 2, 1, &[1], &[1.0, f64::NAN]),
            "KLR model: the dual variable of pattern 0, neuron 1 is NaN; it must be finite",
        ),
    ];
    for (name, result, expected) in nonsense {
        assert_eq!(result.unwrap_err().to_string(), expected, "{name}");
    }
}

#[test]
fn the_message_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.model");
    std::fs::write(&path, b"KLRIMAGE, not a model").unwrap();
    let message = codec::load(&path).unwrap_err().to_string();
    assert!(
        message.ends_with(r#"other.model: not a KLR model: it starts with "KLRIMAGE", expected "KLRMODEL""#),
        "{message}"
    );
}
