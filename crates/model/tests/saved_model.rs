//! Does a saved model come back as it was, or not at all?

use klr_model::codec::{self, MODEL_FILE, SavedModelError};
use klr_model::{Kernel, KlrModel, PatternSet, Stream, Streams};
use klr_units::frame;
use rand::RngExt;

fn model() -> KlrModel {
    let mut rng = Streams::new(1).stream(Stream::Patterns);
    let patterns = PatternSet::random(70, 3, &mut rng).unwrap();
    let duals: Vec<f64> = (0..210).map(|_| rng.random_range(-4.0..4.0)).collect();
    KlrModel::from_duals(patterns, Kernel::rbf(0.07).unwrap(), &duals).unwrap()
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

/// The frame of a file of version 2 around `payload`, put together from `docs/image-format.md` byte by byte.
fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"KLRMODEL".to_vec();
    bytes.extend(2u32.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(payload);
    let checksum = crc32(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

/// CRC-32 (IEEE 802.3) bit by bit, by its definition.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn every_kernel_has_the_bytes_of_the_format_and_comes_back() {
    let values = [1.0, 0.5, -0.25];
    let kernels = [
        (Kernel::rbf(0.3).unwrap(), 0u32, doubles(&[0.3])),
        (Kernel::exponential(0.2).unwrap(), 1, doubles(&[0.2])),
        (Kernel::polynomial(7, 0.5).unwrap(), 2, [7u16.to_le_bytes().to_vec(), doubles(&[0.5])].concat()),
        (Kernel::linear(), 3, vec![]),
        (
            Kernel::from_table(values.to_vec()).unwrap(),
            4,
            [3u64.to_le_bytes().to_vec(), doubles(&values)].concat(),
        ),
    ];
    let (n, p, words) = (2u64, 1u64, 1u64);
    for (kernel, number, parameters) in kernels {
        let patterns = PatternSet::from_words(2, 1, vec![words]).unwrap();
        let model = KlrModel::from_duals(patterns, kernel.clone(), &[1.5, -2.0]).unwrap();
        let mut payload = number.to_le_bytes().to_vec();
        payload.extend(parameters);
        for word in [n, p, 1, words, 2] {
            payload.extend(word.to_le_bytes());
        }
        payload.extend(doubles(&[1.5, -2.0]));
        let bytes = codec::encode(&model).unwrap();
        assert_eq!(bytes, framed(&payload), "{kernel}");
        assert_eq!(codec::decode(&bytes).unwrap(), model, "{kernel} comes back");
    }
}

#[test]
fn a_model_of_version_1_is_still_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/model/v1.model");
    let model = codec::load(path.as_ref()).unwrap();
    assert_eq!((model.n(), model.p()), (70, 3), "dimensions");
    assert_eq!(*model.kernel(), Kernel::rbf(0.07).unwrap(), "version 1 stored gamma alone");
    let words: Vec<u64> = (0..3).flat_map(|mu| model.patterns().row_words(mu).to_vec()).collect();
    let expected = [0xc419_b105_a62a_b82d, 0x39, 0x98c8_f1b5_3a71_a1b3, 0, 0xf5e6_02be_4718_f2f3, 0x1f];
    assert_eq!(words, expected, "the words of the file, read with a hex viewer");
    for (at, &alpha) in model.duals().iter().enumerate() {
        assert_eq!(alpha, (at % 17) as f64 * 0.375 - 3.0, "dual variable {at}, as it was made");
    }
    let again = codec::decode(&codec::encode(&model).unwrap()).unwrap();
    assert_eq!(again, model, "written as version 2 it is the same model");
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
fn forge(gamma: f64, n: u64, p: u64, words: &[u64], duals: &[f64]) -> Result<KlrModel, SavedModelError> {
    codec::decode(&frame::encode(MODEL_FILE, &(0u32, gamma, n, p, words, duals)).unwrap())
}

/// The same with a kernel of its own, for one pattern of two neurons.
fn forge_kernel<K: serde::Serialize>(kernel: K) -> String {
    let payload = (kernel, 2u64, 1u64, [1u64].as_slice(), [1.0, -1.0].as_slice());
    codec::decode(&frame::encode(MODEL_FILE, &payload).unwrap()).unwrap_err().to_string()
}

#[test]
fn a_kernel_that_is_none_is_refused() {
    let range = "it must be finite and at least 0";
    assert_eq!(forge_kernel((2u32, 3u16, -1.0)), format!("KLR model: offset is -1; {range}"), "offset");
    assert_eq!(forge_kernel((2u32, 0u16, 1.0)), "KLR model: degree is 0; it must be 1 to 10000", "degree");
    let length = "a kernel table of 2 entries does not fit 2 neurons: it needs 3 entries, one per distance";
    assert_eq!(forge_kernel((4u32, [1.0, 0.5].as_slice())), format!("KLR model: {length}"), "a short table");
    let value = "the kernel table is NaN at distance 1; it must be finite";
    let table = [1.0, f64::NAN, 0.0];
    assert_eq!(forge_kernel((4u32, table.as_slice())), format!("KLR model: {value}"), "not a number");
    let message = forge_kernel((5u32, 0.0));
    assert!(message.starts_with("KLR model does not decode: "), "a number that is no kernel's: {message}");
}

#[test]
fn a_version_of_the_future_is_refused() {
    let newer = frame::FileKind { version: 3, ..MODEL_FILE };
    let message = codec::decode(&frame::encode(newer, &0u8).unwrap()).unwrap_err().to_string();
    assert_eq!(message, "KLR model has version 3; this program reads version 1 to 2", "both are named");
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
