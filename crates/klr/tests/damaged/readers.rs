//! Every reader of files, and what holds of it whatever the bytes are.
//!
//! A function here reads bytes as one kind of file. It says whether they were taken, and panics if a property is broken:
//! what is taken can be used, written and read again as the same; what is refused is refused in a sentence.
//! The suite feeds them damaged files, the targets in `fuzz` whatever libFuzzer finds.

use klr_energy::{Cost, PriceTable, price};
use klr_experiments::plan::{self, PlanSource};
use klr_image::reference::Reference;
use klr_image::{Order, Update};
use klr_model::dynamics::{RetrievalConfig, UpdateRule, VisitOrder, retrieve};
use klr_model::{AssociativeMemory, Stream, Streams, npy};
use klr_sim::trace::{self, GoldenError, GoldenTrace};
use klr_sim::{Activity, BinaryTrace, Dataflow, Hardware, Memories, MemoryMacro, Sink};
use klr_units::{ClockMhz, State};
use std::fmt::Display;
use std::fs;
use std::path::Path;

/// Bytes before the payload of a binary file, and of its checksum (`docs/image-format.md`).
pub(crate) const HEADER: usize = 20;
/// Bytes of the checksum at its end.
pub(crate) const CHECKSUM: usize = 4;

/// Makes length and checksum of a binary file right, if there is room for them.
pub(crate) fn seal(file: &mut [u8]) {
    let Some(payload) = file.len().checked_sub(HEADER + CHECKSUM) else { return };
    file[12..HEADER].copy_from_slice(&(payload as u64).to_le_bytes());
    let (content, checksum) = file.split_at_mut(HEADER + payload);
    checksum.copy_from_slice(&crc32fast::hash(content).to_le_bytes());
}

/// What a refusal has to be: words, and not the inside of a program.
fn refuse(error: &impl Display) -> bool {
    let message = error.to_string();
    assert!(message.chars().any(char::is_alphabetic), "a refusal without words: {message:?}");
    for inside in ["::", "unwrap", "Some(", "None", "Err(", "panicked"] {
        assert!(!message.contains(inside), "a refusal shows the inside of the program: {message}");
    }
    false
}

/// A core image: `klr listing` prints it, and a retrieval on it runs.
pub(crate) fn image(bytes: &[u8]) -> bool {
    use klr_image::codec::{KIND, decode, encode};
    let image = match decode(bytes) {
        Ok(image) => image,
        Err(error) => return refuse(&error),
    };
    let written = encode(&image).expect("what was read can be written");
    if bytes[8..12] == KIND.version.to_le_bytes() {
        assert!(written == bytes, "two files hold one image");
    }
    assert!(decode(&written).expect("what was written can be read") == image, "the image has changed");
    let listing = klr_image::listing::listing(&image);
    assert!(listing.ends_with('\n'), "the listing is whole lines");
    let cue = State::all_minus(image.n() as usize);
    for update in [Update::Synchronous, Update::Asynchronous(Order::Sequential)] {
        let run =
            Reference::new(&image).retrieve(&cue, update, 3).expect("the cue has the size of the image");
        assert!(run.steps <= 3, "more steps than asked for");
    }
    true
}

/// A saved model: `--model` takes it, and a retrieval in it runs.
pub(crate) fn model(bytes: &[u8]) -> bool {
    use klr_model::codec::{MODEL_FILE, decode, encode};
    let model = match decode(bytes) {
        Ok(model) => model,
        Err(error) => return refuse(&error),
    };
    let written = encode(&model).expect("what was read can be written");
    if bytes[8..12] == MODEL_FILE.version.to_le_bytes() {
        assert!(written == bytes, "two files hold one model");
    }
    let again = decode(&written).expect("what was written can be read");
    assert!(encode(&again).expect("and written again") == written, "the model has changed");
    let config = RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: 3 };
    let mut random = Streams::new(1).stream(Stream::Patterns);
    let run = retrieve(&model, &model.patterns().state(0), config, &mut random);
    assert_eq!(run.expect("a pattern has the size of the model").state.n(), AssociativeMemory::n(&model));
    true
}

/// A NumPy array, as patterns, as cues and as dual variables; `folder` takes what is written.
pub(crate) fn array(bytes: &[u8], folder: &Path) -> bool {
    let path = folder.join("again.npy");
    let patterns = match npy::parse_patterns(bytes) {
        Ok(patterns) => {
            npy::write_patterns(&path, &patterns).expect("the folder is writable");
            let again = npy::read_patterns(&path).expect("what was written can be read");
            assert!(again == patterns, "the patterns have changed");
            let cues = npy::parse_cues(bytes).expect("patterns are cues");
            assert_eq!(cues.len(), patterns.p(), "a cue for every row");
            true
        }
        Err(error) => refuse(&error),
    };
    let duals = match npy::parse_duals(bytes) {
        Ok(duals) => {
            npy::write_duals(&path, duals.n, &duals.values).expect("the folder is writable");
            let again = npy::parse_duals(&fs::read(&path).expect("just written"));
            assert!(again.expect("what was written can be read") == duals, "the dual variables have changed");
            true
        }
        Err(error) => refuse(&error),
    };
    assert!(!(patterns && duals), "an array is of one type");
    patterns || duals
}

/// A plan: resolved, and printed as `klr plan` and `--out` do.
pub(crate) fn plan(bytes: &[u8]) -> bool {
    // Bytes that are no text are refused before a plan is read.
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut source = PlanSource::default_plan();
    if let Err(error) = source.overlay(text, "damaged.toml") {
        return refuse(&error);
    }
    let mut plan = match plan::resolve(&source) {
        Ok(plan) => plan,
        Err(error) => return refuse(&error),
    };
    // Keys without effect are told of the file that sets them, and not printed.
    plan.void.clear();
    let printed = source.to_toml();
    let mut again = PlanSource::default_plan();
    again.overlay(&printed, "printed.toml").expect("a printed plan can be read");
    assert_eq!(again.to_toml(), printed, "the plan has changed");
    let again = plan::resolve(&again).expect("a printed plan is a plan");
    assert_eq!(format!("{again:?}"), format!("{plan:?}"), "a printed plan means the same");
    // Sizes that no core holds are told before anything is drawn.
    if let plan::PatternSource::Generated { n, p, .. } = plan.patterns
        && let Err(error) = plan.require_room(n, p)
    {
        refuse(&error);
    }
    true
}

/// A count of a very long run: the dearest table that is read must not overflow with it.
const COUNT: u64 = 1 << 40;

/// A price table: a run is priced by it.
pub(crate) fn prices(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let table = match PriceTable::from_toml(text, "damaged.toml") {
        Ok(table) => table,
        Err(error) => return refuse(&error),
    };
    let memory = |bank_bytes| MemoryMacro::of_one_port(bank_bytes, 2, 64);
    let memories = Memories {
        columns: memory(8192),
        rows: MemoryMacro::NONE,
        weights: memory(32_768),
        counters: memory(1024),
        table: memory(1024),
    };
    let hardware = Hardware {
        memories,
        n: 64,
        p: 1000,
        weight_bits: 4,
        kernel_bits: 8,
        counter_bits: 7,
        accumulator_bits: 24,
        flip_flops: 4239,
    };
    let activity = Activity {
        cycles: COUNT,
        distance_busy_cycles: COUNT,
        mac_busy_cycles: COUNT,
        pattern_bits_read: COUNT,
        weight_bits_read: COUNT,
        counter_bits_read: COUNT,
        counter_bits_written: COUNT,
        table_bits_read: COUNT,
        field_bits_written: COUNT,
        macs: COUNT,
        ..Activity::default()
    };
    let ledger = price(&table, &activity, &hardware, ClockMhz::new(1).expect("a clock that runs"));
    let (Cost::Known(total) | Cost::AtLeast(total)) = ledger.total() else { return true };
    assert!(total.low() <= total.nominal() && total.nominal() <= total.high(), "a band rises");
    true
}

/// A binary trace.
pub(crate) fn trace(bytes: &[u8]) -> bool {
    let Some(events) = trace::decode(bytes) else { return false };
    let mut again = BinaryTrace::default();
    for (cycle, event) in &events {
        assert!(!event.to_string().is_empty(), "every event has a text");
        again.event(*cycle, event);
    }
    assert!(again.bytes() == bytes, "two files hold one trace");
    true
}

/// A text trace: `klr trace --check` compares retrievals with it.
pub(crate) fn golden(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let golden = match GoldenTrace::parse(text) {
        Ok(golden) => golden,
        Err(error) => return refuse(&without_quotes(error)),
    };
    let events: Vec<&str> = text.split_inclusive('\n').skip_while(|line| line.starts_with('#')).collect();
    assert_eq!((golden.len(), golden.is_empty()), (events.len(), false), "every line is an event");
    let (whole, shorter) = (events.concat(), events[..events.len() - 1].concat());
    for dataflow in Dataflow::ALL {
        if let Err(error) = golden.check(dataflow, 0) {
            refuse(&without_quotes(error));
        }
        assert_eq!(golden.first_difference(&whole, dataflow), None, "a trace is itself");
        let last = golden.first_difference(&shorter, dataflow).expect("an event is missing");
        assert_eq!((last.event, last.found), (events.len(), None), "the one that is missing");
        assert_eq!(last.line, text.lines().count(), "and its line");
    }
    true
}

/// What a file says is quoted in a refusal, and it may say anything.
fn without_quotes(error: GoldenError) -> GoldenError {
    match error {
        GoldenError::Version(_) => GoldenError::Version(String::new()),
        GoldenError::Line { line, .. } => GoldenError::Line { line, found: String::new() },
        GoldenError::Other { field, expected, .. } => {
            GoldenError::Other { field, found: String::new(), expected }
        }
        GoldenError::Empty => GoldenError::Empty,
    }
}
