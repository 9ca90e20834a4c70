//! From fields to keys: the one place that knows which key a field of another crate is filled from.
//!
//! The crates below speak of their own fields. Here an error of theirs becomes one about a plan, with the key, the file
//! and the line.

use crate::error::Error;
use crate::plan::error::{CoreError, Place, PlanError};
use crate::plan::keys::key_of;
use crate::plan::source::{AUTO, PlanSource};
use klr_image::{GeometryError, ImageError, PatternOrder, TableForm};
use klr_model::TrainError;
use klr_model::generate::GenerateError;
use klr_quantize::QuantizeError;
use klr_sim::StageError;
use klr_sim::config::StorageError;
use klr_units::{ClockMhz, OutOfRange, text};

/// `error`, which came of a plan, with the key of `source` that it is about, if it is about one, and where that was
/// written.
#[must_use]
pub fn locate(source: &PlanSource, error: Error) -> Error {
    match error {
        Error::SoundOnly(error) => source.wrong(error.key, error.to_string()).into(),
        Error::Kernel(error) => source.wrong("model.kernel_values", error.to_string()).into(),
        Error::Generate(GenerateError::Pattern(source)) => {
            Error::Patterns { origin: "patterns.n, patterns.p".to_owned(), source }
        }
        Error::Generate(error) => source.wrong("patterns.source", error.to_string()).into(),
        Error::CueKind(error) => source.wrong("retrieval.cue", error.to_string()).into(),
        Error::Flow(error) => source.wrong("retrieval.flow", error.to_string()).into(),
        Error::Sequence(error) => source.wrong("retrieval.sequence", error.to_string()).into(),
        Error::Train(error) => training(source, error),
        Error::Gamma(error) => source.wrong("model.gamma", error.to_string()).into(),
        error @ Error::CrossbarRoom { .. } => source.wrong("retrieval.baselines", error.to_string()).into(),
        error => in_keys(error, &|key| source.place(key)),
    }
}

/// That `why` speaks against the value of the core's field `field`, and that the value of the default plan would do.
#[must_use]
pub fn refuse(source: &PlanSource, field: &str, why: &str) -> PlanError {
    let key = key_of(field);
    let default = PlanSource::default_plan().found(&key);
    source.wrong(&key, format!("{why}: {default} would do"))
}

/// Training that could not start, in keys.
fn training(source: &PlanSource, error: TrainError) -> Error {
    let places: Places<'_> = &|key| source.place(key);
    match error {
        TrainError::Setting(error) => match error.field {
            "noise" => range(error, "retrieval.noise".to_owned(), places).into(),
            field @ ("lambda" | "eta" | "tolerance") => range(error, format!("model.{field}"), places).into(),
            _ => source.wrong("model.training", error.to_string()).into(),
        },
        TrainError::Kernel(error) => locate(source, error.into()),
        TrainError::Penalty => source.wrong("model.penalty", error.to_string()).into(),
        TrainError::NotPositive { .. } => source.wrong("model.kernel", error.to_string()).into(),
        TrainError::Singular { .. } => {
            source.wrong("model.lambda", "with it the Gram matrix is singular, so it has to be larger").into()
        }
        error => Error::Train(error),
    }
}

/// Says of a key where it was written.
type Places<'a> = &'a dyn Fn(&str) -> Place;

/// An error of quantization or of a core, in keys; others stay as they are.
pub(crate) fn in_keys(error: Error, places: Places<'_>) -> Error {
    match error {
        Error::Core(error) => core(error, places).into(),
        Error::Quantize(error) => quantize(error, places),
        error => error,
    }
}

/// A value of `key` outside its range.
pub(super) fn range(error: OutOfRange, key: String, places: Places<'_>) -> PlanError {
    let is = if error.allowed.starts_with(|c: char| c.is_ascii_digit()) { "are" } else { "is" };
    let allowed = format!("allowed {is} {}", error.allowed);
    PlanError::Value { place: places(&key), key, found: error.found, allowed }
}

/// A core that cannot be, in keys.
pub(super) fn core(error: CoreError, places: Places<'_>) -> PlanError {
    let value = |field: &str, found: String, allowed: String| {
        let key = key_of(field);
        PlanError::Value { place: places(&key), key, found, allowed }
    };
    match error {
        CoreError::Knob(error) | CoreError::Geometry(GeometryError::Range(error)) => {
            let key = key_of(error.field);
            range(error, key, places)
        }
        CoreError::Geometry(GeometryError::Banks { weight_bytes, mac_lanes }) => {
            let allowed = format!("a multiple of core.mac_lanes = {mac_lanes} gives every lane its bank");
            value("weight_bytes", weight_bytes.to_string(), allowed)
        }
        CoreError::Storage(StorageError::Word { word, lanes }) => {
            let allowed = format!("it has to divide core.mac_lanes = {lanes}");
            value("weight_word", word.to_string(), allowed)
        }
        CoreError::Stage(StageError { knob, given, inputs, what, least }) => {
            let allowed = format!("{inputs} {what} take {least} cycles at least, so {least} would do");
            value(knob, given.to_string(), allowed)
        }
        CoreError::Slow(slow) => PlanError::Slow(slow),
        CoreError::NoPrice { field } => {
            let allowed = "it is chosen by price, and the table does not price all that is counted: allowed is a number";
            value(field, format!("\"{AUTO}\""), allowed.to_owned())
        }
        CoreError::Open { field } => {
            let allowed =
                "one core is looked at, so allowed is a number: klr sim says which it chooses for a dataflow";
            value(field, format!("\"{AUTO}\""), allowed.to_owned())
        }
        CoreError::UnknownSpeed(unknown) => value(
            "clock_mhz",
            format!("\"{AUTO}\""),
            format!("{unknown}: allowed are 1 to {}", ClockMhz::MAX),
        ),
        CoreError::Storage(StorageError::NoColumns { dataflow }) => {
            let allowed = format!("{} reads columns: allowed with it are column and both", dataflow.name());
            value("pattern_order", PatternOrder::Row.name().to_owned(), allowed)
        }
        CoreError::Storage(StorageError::KnobNeedsColumns { knob }) => {
            let allowed = "it reads columns, and core.pattern_order is row: allowed are false, or core.pattern_order = both";
            value(knob, true.to_string(), allowed.to_owned())
        }
        CoreError::Storage(StorageError::NoRows { dataflow, allowed }) => {
            let names: Vec<&str> = allowed.iter().map(|order| order.name()).collect();
            let is = if names.len() > 1 { "are" } else { "is" };
            let allowed = format!(
                "with core.sign_sharing = true {} reads the signs of weights by row: allowed with it {is} {}",
                dataflow.name(),
                names.join(" and ")
            );
            value("pattern_order", PatternOrder::Column.name().to_owned(), allowed)
        }
    }
}

/// A model without an image, in keys.
fn quantize(error: QuantizeError, places: Places<'_>) -> Error {
    let value = |key: &str, found: &str, allowed: String| PlanError::Value {
        place: places(key),
        key: key.to_owned(),
        found: found.to_owned(),
        allowed,
    };
    match error {
        QuantizeError::Accumulator { worst, required, available } => {
            PlanError::Accumulator { worst, required, available }
        }
        QuantizeError::NotScaleInvariant { kernel } => value(
            "quantize.kernel_table",
            TableForm::NearestRelative.name(),
            format!("allowed with model.kernel = {kernel}, which is no exponential of the distance, is absolute"),
        ),
        QuantizeError::NegativeKernel { kernel, distance, value: found } => value(
            "model.kernel",
            kernel,
            format!(
                "it is {} at distance {distance}, and kernel words have no sign: allowed are kernels that are nowhere \
                 negative, as a polynomial with an offset of 1 or more",
                text::value(found)
            ),
        ),
        QuantizeError::Table { bits, source } => value(
            "quantize.kernel_bits",
            &bits.to_string(),
            format!("{source}; a wider kernel or more bits would leave some"),
        ),
        QuantizeError::Image(ImageError::Placement(misfit)) => {
            PlanError::Room { misfit, table_comes_later: false }
        }
        QuantizeError::Image(ImageError::Sign { pattern, neuron, found, bit }) => {
            PlanError::Sign { pattern, neuron, found, bit }
        }
        error => return Error::Quantize(error),
    }
    .into()
}
