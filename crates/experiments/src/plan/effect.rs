//! When a key of a plan has an effect: beside the list of keys, what the others have to be for it.
//!
//! A row holds for what `klr sim` reports. Sizes, ports, latencies and queues of a core have an effect throughout: they say
//! what is there, whether or not a retrieval comes to use it. Levers that only some dataflows have need one of those.

use std::fmt;
use toml::Value;

/// What another key has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is one of these words, or a list that holds one of them.
    Is(&'static str, &'static [&'static str]),
    /// It names a file.
    Given(&'static str),
    /// It names none.
    Empty(&'static str),
    /// It is a number above 0.
    Above0(&'static str),
}

use Condition::{Above0, Empty, Given, Is};

/// The value of a key.
pub(super) type Values<'a> = &'a dyn Fn(&str) -> &'a Value;

impl Condition {
    /// The key that it is about.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Is(key, _) | Given(key) | Empty(key) | Above0(key) => key,
        }
    }

    /// Whether it holds.
    pub(super) fn holds(&self, values: Values<'_>) -> bool {
        let value = values(self.key());
        match self {
            Is(_, words) => words.iter().any(|word| says(value, word)),
            Given(_) => value.as_str().is_some_and(|path| !path.is_empty()),
            Empty(_) => value.as_str().is_some_and(str::is_empty),
            Above0(_) => {
                value.as_integer().is_some_and(|number| number > 0)
                    || value.as_float().is_some_and(|number| number > 0.0)
            }
        }
    }
}

/// Whether `value` is `word`, or a list with it.
fn says(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text == word,
        Value::Boolean(flag) => word == if *flag { "true" } else { "false" },
        Value::Array(items) => items.iter().any(|item| says(item, word)),
        _ => false,
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Is(key, words) => write!(f, "{key} = {}", words.join(" or ")),
            Given(key) => write!(f, "{key}"),
            Empty(key) => write!(f, "an empty {key}"),
            Above0(key) => write!(f, "{key} above 0"),
        }
    }
}

/// A key, and when it has an effect: where all conditions of one of these ways hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The key.
    pub key: &'static str,
    /// The ways; a way without a condition is always open.
    pub ways: &'static [&'static [Condition]],
}

impl Effect {
    /// Whether the key has one.
    pub(super) fn holds(&self, values: Values<'_>) -> bool {
        self.ways.iter().any(|way| way.iter().all(|condition| condition.holds(values)))
    }

    /// The conditions of its usual way that do not hold.
    pub(super) fn missing(&self, values: Values<'_>) -> Vec<Condition> {
        let usual = self.ways.first().copied().unwrap_or_default();
        usual.iter().copied().filter(|one| !one.holds(values)).collect()
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, way) in self.ways.iter().enumerate() {
            if at > 0 {
                f.write_str(", or ")?;
            }
            let all: Vec<String> = way.iter().map(ToString::to_string).collect();
            f.write_str(&all.join(" and "))?;
        }
        Ok(())
    }
}

const ALWAYS: &[&[Condition]] = &[&[]];
const DRAWN: &[&[Condition]] = &[&[Is("patterns.source", &["random", "biased", "clusters", "field"])]];
const BIASED: &[&[Condition]] = &[&[Is("patterns.source", &["biased"])]];
const CLUSTERS: &[&[Condition]] = &[&[Is("patterns.source", &["clusters"])]];
const FIELD: &[&[Condition]] = &[&[Is("patterns.source", &["field"])]];
const OF_A_FILE: &[&[Condition]] = &[&[Is("patterns.source", &["file"])]];
const KLR: Condition = Is("model.training", &["klr"]);
const STEPS: &[&[Condition]] = &[&[Is("model.training", &["klr", "noise-aware"])]];
const DESCENT: Condition = Is("model.solver", &["gradient-descent"]);
/// Training that keeps to its own penalty shows no other; what is not trained here is judged by the plan's.
const PENALTY: &[&[Condition]] = &[&[Is("model.training", &["klr", "none", "file", "saved"])]];
/// Methods that round dual variables with the clip of the plan.
const ROUNDING: &[&str] = &["nearest", "auto"];
/// Methods that are chosen on cues.
const FITTED: &[&str] = &["clip", "compensated", "margins", "noise-aware", "min-max", "auto"];
const POLYNOMIAL: &[&[Condition]] = &[&[Is("model.kernel", &["polynomial"])]];
const CHOSEN: &[Condition] = &[
    Is("model.gamma", &["auto"]),
    Is("model.kernel", &["rbf"]),
    Is("model.training", &["klr", "noise-aware", "kernel-ridge", "none"]),
];
const NOISE: &[&[Condition]] = &[
    &[Is("retrieval.cue", &["flips"]), Empty("retrieval.cue_file")],
    &[Is("model.training", &["noise-aware"])],
    &[Is("quantize.method", FITTED)],
    CHOSEN,
];
/// How a pattern becomes a cue: where the plan has none of its own, or weights are made for them.
const CUES: &[&[Condition]] = &[&[Empty("retrieval.cue_file")], &[Is("quantize.method", FITTED)]];
const OWN_CUES: &[&[Condition]] = &[&[Given("retrieval.cue_file")]];
const MADE_CUES: &[&[Condition]] = &[&[Empty("retrieval.cue_file")]];
const LISTED: &[&[Condition]] = &[&[Above0("core.candidates")]];
const BY_SYNCHRONOUS: &[&[Condition]] = &[&[Is("retrieval.dataflows", &["synchronous"])]];
const BY_DELTA: &[&[Condition]] = &[&[Is("retrieval.dataflows", &["delta"])]];
const ONE_BY_ONE: &[&[Condition]] = &[&[Is("retrieval.dataflows", &["sweep", "delta"])]];
const BY_WORDS: &[&[Condition]] = &[&[Is("retrieval.dataflows", &["synchronous", "sweep"])]];
const STUCK: &[&[Condition]] =
    &[&[Above0("faults.weights")], &[Above0("faults.patterns")], &[Above0("faults.table")]];

/// When each key has an effect, in the order of the default plan.
pub const EFFECTS: [Effect; 85] = [
    always("seed"),
    always("patterns.source"),
    Effect { key: "patterns.n", ways: DRAWN },
    Effect { key: "patterns.p", ways: DRAWN },
    Effect { key: "patterns.activity", ways: BIASED },
    Effect { key: "patterns.members", ways: CLUSTERS },
    Effect { key: "patterns.flip", ways: CLUSTERS },
    Effect { key: "patterns.width", ways: FIELD },
    Effect { key: "patterns.length", ways: FIELD },
    Effect { key: "patterns.file", ways: OF_A_FILE },
    Effect { key: "patterns.duplicates", ways: OF_A_FILE },
    always("model.training"),
    Effect { key: "model.alpha_file", ways: &[&[Is("model.training", &["file", "saved"])]] },
    always("model.kernel"),
    Effect { key: "model.gamma", ways: &[&[Is("model.kernel", &["rbf"])]] },
    Effect { key: "model.beta", ways: &[&[Is("model.kernel", &["exponential"])]] },
    Effect { key: "model.degree", ways: POLYNOMIAL },
    Effect { key: "model.offset", ways: POLYNOMIAL },
    Effect { key: "model.kernel_values", ways: &[&[Is("model.kernel", &["table"])]] },
    Effect { key: "model.solver", ways: &[&[KLR]] },
    Effect { key: "model.penalty", ways: PENALTY },
    // The objective of a model that was not trained here is reported with it too.
    always("model.lambda"),
    Effect { key: "model.eta", ways: &[&[KLR, DESCENT]] },
    Effect { key: "model.iterations", ways: STEPS },
    Effect { key: "model.noise_copies", ways: &[&[Is("model.training", &["noise-aware"])]] },
    Effect { key: "model.tolerance", ways: &[&[KLR]] },
    Effect { key: "model.precision", ways: &[&[KLR]] },
    always("quantize.weight_bits"),
    always("quantize.weight_format"),
    always("quantize.kernel_bits"),
    always("quantize.kernel_table"),
    always("quantize.kernel_window"),
    // Other methods look for clips themselves, and gamma is chosen for what the plan's method rounds.
    Effect { key: "quantize.weight_clip", ways: &[&[Is("quantize.method", ROUNDING)]] },
    always("quantize.method"),
    always("core.preset"),
    always("core.pattern_bytes"),
    always("core.weight_bytes"),
    always("core.counter_bytes"),
    always("core.table_bytes"),
    always("core.distance_lanes"),
    always("core.mac_lanes"),
    always("core.accumulator_bits"),
    always("core.sram_latency"),
    always("core.table_latency"),
    always("core.mac_latency"),
    always("core.counter_ports"),
    always("core.distance_slices"),
    always("core.table_ports"),
    always("core.weight_banks"),
    always("core.weight_word"),
    always("core.sign_sharing"),
    always("core.pattern_order"),
    always("core.spike_queue"),
    always("core.activation_queue"),
    always("core.queue_policy"),
    Effect { key: "core.overlap", ways: ONE_BY_ONE },
    Effect { key: "core.zero_skip", ways: BY_WORDS },
    Effect { key: "core.incremental", ways: BY_SYNCHRONOUS },
    always("core.candidates"),
    Effect { key: "core.candidate_margin", ways: LISTED },
    Effect { key: "core.partial_distance", ways: LISTED },
    Effect {
        key: "core.probe_columns",
        ways: &[&[Is("core.partial_distance", &["true"]), Above0("core.candidates")]],
    },
    Effect { key: "core.bitmap", ways: BY_DELTA },
    Effect { key: "core.tree_latency", ways: BY_DELTA },
    always("core.early_stop"),
    always("core.clock_mhz"),
    always("retrieval.dataflows"),
    always("retrieval.order"),
    Effect { key: "retrieval.noise", ways: NOISE },
    Effect { key: "retrieval.noise_model", ways: NOISE },
    Effect { key: "retrieval.cues", ways: MADE_CUES },
    Effect { key: "retrieval.cue", ways: CUES },
    always("retrieval.baselines"),
    always("retrieval.flow"),
    always("retrieval.sequence"),
    always("retrieval.cue_file"),
    Effect { key: "retrieval.target_file", ways: OWN_CUES },
    always("retrieval.max_steps"),
    Effect { key: "energy.preset", ways: &[&[Empty("energy.file")]] },
    always("energy.file"),
    always("faults.weights"),
    always("faults.patterns"),
    always("faults.table"),
    Effect { key: "faults.stuck_at", ways: STUCK },
    Effect { key: "faults.cores", ways: STUCK },
];

const fn always(key: &'static str) -> Effect {
    Effect { key, ways: ALWAYS }
}

/// When `key` has an effect; a key that no plan has has none.
pub(super) fn of(key: &str) -> Effect {
    EFFECTS.into_iter().find(|effect| effect.key == key).unwrap_or(Effect { key: "", ways: &[] })
}
