//! The report is what `docs/report.md` says: every key is there, and no key is there that the page does not know.

use klr_experiments::pipeline::{self, NoProgress, patterns};
use klr_experiments::plan::{PlanSource, resolve};
use klr_experiments::report;
use klr_model::{Streams, npy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

const REPORT_PAGE: &str = include_str!("../../../docs/report.md");
const PLAN_PAGE: &str = include_str!("../../../docs/plan.md");

/// What a key may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    TextOrNull,
    /// A number from 0 to 1.
    Share,
    ShareOrNull,
    PositiveOrNull,
    /// A whole number, 0 or above.
    Count,
    CountOrNull,
    /// A whole number.
    Whole,
    Number,
    /// A finite number, 0 or above.
    Positive,
    Flag,
    List,
    ListOrNull,
    Null,
}

impl Kind {
    fn allows(self, value: &Value) -> bool {
        let number = |low, high| value.as_f64().is_some_and(|x| (low..=high).contains(&x));
        match self {
            Self::Text => value.is_string(),
            Self::TextOrNull => value.is_string() || value.is_null(),
            Self::Share => number(0.0, 1.0),
            Self::ShareOrNull => value.is_null() || number(0.0, 1.0),
            Self::PositiveOrNull => value.is_null() || number(0.0, f64::MAX),
            Self::Count => value.is_u64(),
            Self::CountOrNull => value.is_u64() || value.is_null(),
            Self::Whole => value.is_i64() || value.is_u64(),
            Self::Number => number(f64::MIN, f64::MAX),
            Self::Positive => number(0.0, f64::MAX),
            Self::Flag => value.is_boolean(),
            Self::List => value.is_array(),
            Self::ListOrNull => value.is_array() || value.is_null(),
            Self::Null => value.is_null(),
        }
    }
}

/// Every key of the report outside `plan`. A `*` stands for a name that comes from data: a dataflow, a component, a
/// counter, an outcome, a memory. A `[]` stands for the entries of a list.
const KEYS: &[(&str, Kind)] = &[
    ("schema", Kind::Text),
    ("run.klr", Kind::Text),
    ("run.plan", Kind::Text),
    ("run.seed", Kind::Count),
    ("inputs.patterns", Kind::Text),
    ("inputs.alpha", Kind::Text),
    ("inputs.saved", Kind::Text),
    ("inputs.prices", Kind::Text),
    ("inputs.cues", Kind::Text),
    ("inputs.targets", Kind::Text),
    ("patterns.n", Kind::Count),
    ("patterns.p", Kind::Count),
    ("patterns.load", Kind::Positive),
    ("patterns.source", Kind::Text),
    ("model.outcome", Kind::Text),
    ("model.iterations", Kind::Count),
    ("model.objective", Kind::Positive),
    ("model.gradient_norm", Kind::Positive),
    ("model.relative_gradient", Kind::Positive),
    ("model.gap", Kind::PositiveOrNull),
    ("model.stored_patterns_fixed", Kind::Share),
    ("model.min_margin", Kind::Number),
    ("model.mean_margin", Kind::Number),
    ("model.mean_abs_alpha", Kind::Positive),
    ("model.sign_agreement", Kind::Share),
    ("quantized.weight_bits", Kind::Count),
    ("quantized.weight_format", Kind::Text),
    ("quantized.kernel_bits", Kind::Count),
    ("quantized.kernel_table", Kind::Text),
    ("quantized.kernel_window", Kind::Count),
    ("quantized.method", Kind::Text),
    ("quantized.trials", Kind::List),
    ("quantized.trials.[].method", Kind::Text),
    ("quantized.trials.[].margin", Kind::PositiveOrNull),
    ("quantized.trials.[].stored_patterns_kept", Kind::Count),
    ("quantized.trials.[].cues_recalled", Kind::Count),
    ("quantized.trials.[].cues", Kind::Count),
    ("quantized.trials.[].taken", Kind::Flag),
    ("quantized.stored_patterns_kept", Kind::Share),
    ("quantized.stored_patterns_fixed", Kind::Share),
    ("quantized.min_margin", Kind::Whole),
    ("quantized.saturated_weights", Kind::CountOrNull),
    ("quantized.weight_error", Kind::Positive),
    ("quantized.accumulator_bits", Kind::Count),
    ("quantized.accumulator_bits_required", Kind::Count),
    ("quantized.sram_bits.*", Kind::Count),
    // A memory that the image has nothing for.
    ("memories.*", Kind::Null),
    ("memories.*.capacity", Kind::Text),
    ("memories.*.capacity_bytes", Kind::Count),
    ("memories.*.used_bytes", Kind::Count),
    ("memories.*.banks", Kind::Count),
    ("memories.*.bank_bytes", Kind::Count),
    ("memories.*.word_bits", Kind::Count),
    ("memories.*.priced_as", Kind::Text),
    // A memory that the price table has no macros for, or takes no price of from macros.
    ("memories.*.bank", Kind::Null),
    ("memories.*.bank.macros_beside", Kind::Count),
    ("memories.*.bank.copies", Kind::Count),
    ("memories.*.bank.macro_bytes", Kind::Count),
    ("memories.*.bank.macro_word_bits", Kind::Count),
    ("memories.*.bank.read_pj", Kind::List),
    ("memories.*.bank.read_pj.[]", Kind::Positive),
    ("memories.*.bank.write_pj", Kind::List),
    ("memories.*.bank.write_pj.[]", Kind::Positive),
    ("memories.*.bank.leakage_uw", Kind::ListOrNull),
    ("memories.*.bank.leakage_uw.[]", Kind::Positive),
    ("memories.*.bank.area_um2", Kind::CountOrNull),
    ("memories.*.bank.access_ns", Kind::PositiveOrNull),
    ("memories.*.bank.cycle_ns", Kind::PositiveOrNull),
    ("contents.units", Kind::List),
    ("contents.units.[].unit", Kind::Text),
    ("contents.units.[].flip_flops", Kind::Count),
    ("contents.units.[].gates", Kind::Count),
    ("contents.units.[].path_gates", Kind::Count),
    ("contents.units.[].path", Kind::Text),
    ("contents.units.[].registers", Kind::List),
    ("contents.units.[].registers.[].name", Kind::Text),
    ("contents.units.[].registers.[].flip_flops", Kind::Count),
    ("contents.units.[].blocks", Kind::List),
    ("contents.units.[].blocks.[].name", Kind::Text),
    ("contents.units.[].blocks.[].gates", Kind::Count),
    ("contents.flip_flops", Kind::Count),
    ("contents.gates", Kind::Count),
    ("contents.gates_within_percent", Kind::Count),
    ("contents.path_within_percent", Kind::Count),
    ("contents.area_um2.memories.status", Kind::Text),
    ("contents.area_um2.memories.value", Kind::ListOrNull),
    ("contents.area_um2.memories.value.[]", Kind::Positive),
    ("contents.area_um2.logic.status", Kind::Text),
    ("contents.area_um2.logic.value", Kind::ListOrNull),
    ("contents.area_um2.logic.value.[]", Kind::Positive),
    ("contents.area_um2.total.status", Kind::Text),
    ("contents.area_um2.total.value", Kind::ListOrNull),
    ("contents.area_um2.total.value.[]", Kind::Positive),
    ("recall.cues", Kind::Count),
    ("recall.noise", Kind::ShareOrNull),
    ("recall.target", Kind::Text),
    ("recall.cue_flips_mean", Kind::Positive),
    ("recall.oracle", Kind::ShareOrNull),
    ("recall.oracle_refused", Kind::TextOrNull),
    ("recall.ties", Kind::Share),
    ("recall.float_sync", Kind::Share),
    ("recall.float_async", Kind::Share),
    ("recall.untrained", Kind::Share),
    ("recall.baselines", Kind::List),
    ("recall.baselines.[].name", Kind::Text),
    ("recall.baselines.[].settings.gamma", Kind::Positive),
    ("recall.baselines.[].settings.beta", Kind::Positive),
    ("recall.baselines.[].settings.degree", Kind::Count),
    ("recall.baselines.[].settings.diagonal", Kind::Text),
    ("recall.baselines.[].settings.lambda", Kind::Positive),
    ("recall.baselines.[].recall", Kind::ShareOrNull),
    ("recall.baselines.[].bits_right", Kind::ShareOrNull),
    ("recall.baselines.[].flips_mean", Kind::PositiveOrNull),
    ("recall.baselines.[].evaluations_mean", Kind::PositiveOrNull),
    ("recall.baselines.[].converged", Kind::PositiveOrNull),
    ("recall.baselines.[].two_cycles", Kind::PositiveOrNull),
    ("recall.baselines.[].step_limits", Kind::PositiveOrNull),
    ("recall.baselines.[].refused", Kind::TextOrNull),
    // A memory without parameters has one figure.
    ("recall.baselines.[].at_plan", Kind::Null),
    ("recall.baselines.[].at_plan.settings.gamma", Kind::Positive),
    ("recall.baselines.[].at_plan.settings.beta", Kind::Positive),
    ("recall.baselines.[].at_plan.settings.degree", Kind::Count),
    ("recall.baselines.[].at_plan.settings.diagonal", Kind::Text),
    ("recall.baselines.[].at_plan.settings.lambda", Kind::Positive),
    ("recall.baselines.[].at_plan.recall", Kind::ShareOrNull),
    ("recall.baselines.[].at_plan.bits_right", Kind::ShareOrNull),
    ("recall.baselines.[].at_plan.flips_mean", Kind::PositiveOrNull),
    ("recall.baselines.[].at_plan.evaluations_mean", Kind::PositiveOrNull),
    ("recall.baselines.[].at_plan.converged", Kind::PositiveOrNull),
    ("recall.baselines.[].at_plan.two_cycles", Kind::PositiveOrNull),
    ("recall.baselines.[].at_plan.step_limits", Kind::PositiveOrNull),
    ("recall.baselines.[].at_plan.refused", Kind::TextOrNull),
    ("recall.baselines.[].tuning", Kind::Null),
    ("recall.baselines.[].tuning.cues", Kind::Count),
    ("recall.baselines.[].tuning.tried", Kind::List),
    ("recall.baselines.[].tuning.tried.[].gamma", Kind::Positive),
    ("recall.baselines.[].tuning.tried.[].beta", Kind::Positive),
    ("recall.baselines.[].tuning.tried.[].degree", Kind::Count),
    ("recall.baselines.[].tuning.tried.[].diagonal", Kind::Text),
    ("recall.baselines.[].tuning.tried.[].lambda", Kind::Positive),
    ("recall.baselines.[].tuning.tried.[].recall", Kind::Share),
    ("recall.own_width.gamma", Kind::Positive),
    ("recall.own_width.origin", Kind::Text),
    // What was not left open was not chosen.
    ("gamma", Kind::Null),
    ("gamma.chosen", Kind::Positive),
    ("gamma.recall", Kind::Share),
    ("gamma.oracle", Kind::Share),
    ("gamma.flat_from", Kind::Positive),
    ("gamma.flat_to", Kind::Positive),
    ("gamma.verdict", Kind::Text),
    ("gamma.curve", Kind::List),
    ("gamma.curve.[].gamma", Kind::Positive),
    ("gamma.curve.[].recall", Kind::Share),
    ("gamma.curve.[].low", Kind::Share),
    ("gamma.curve.[].high", Kind::Share),
    ("gamma.curve.[].dead", Kind::Count),
    ("gamma.surrogate", Kind::List),
    ("gamma.surrogate.[].gamma", Kind::Positive),
    ("gamma.surrogate.[].recall", Kind::Share),
    ("gamma.surrogate.[].low", Kind::Share),
    ("gamma.surrogate.[].high", Kind::Share),
    ("gamma.surrogate.[].dead", Kind::Count),
    ("hardware.*.recall", Kind::Share),
    ("hardware.*.agrees_with_reference", Kind::Share),
    ("hardware.*.not_confirmed_by_rtl", Kind::List),
    ("hardware.*.not_confirmed_by_rtl.[].setting", Kind::Text),
    ("hardware.*.not_confirmed_by_rtl.[].rules", Kind::List),
    ("hardware.*.not_confirmed_by_rtl.[].parts", Kind::List),
    ("hardware.*.not_confirmed_by_rtl.[].parts.[].rule", Kind::Text),
    ("hardware.*.not_confirmed_by_rtl.[].parts.[].part", Kind::Text),
    ("hardware.*.flips_mean", Kind::Positive),
    ("hardware.*.evaluations_mean", Kind::Positive),
    ("hardware.*.macs_mean", Kind::Positive),
    ("hardware.*.distance_updates_mean", Kind::Positive),
    ("hardware.*.sram_bits_read_mean", Kind::Positive),
    ("hardware.*.cycles_mean", Kind::Positive),
    ("hardware.*.cycles_max", Kind::Count),
    ("hardware.*.dead_fields", Kind::Count),
    ("hardware.*.outcomes.*", Kind::Count),
    ("hardware.*.faults.count", Kind::Count),
    ("hardware.*.faults.first", Kind::List),
    ("hardware.*.faults.first.[].cue", Kind::Count),
    ("hardware.*.faults.first.[].cycle", Kind::Count),
    ("hardware.*.faults.first.[].kind", Kind::Text),
    ("hardware.*.faults.first.[].message", Kind::Text),
    ("hardware.*.counters_total.*", Kind::Count),
    ("energy.*.status", Kind::Text),
    ("energy.*.by_component.*.status", Kind::Text),
    ("energy.*.prices_paid", Kind::List),
    ("energy.*.prices_paid.[].term", Kind::Text),
    ("energy.*.prices_paid.[].counter", Kind::Text),
    ("energy.*.prices_paid.[].count", Kind::Count),
    ("energy.*.prices_paid.[].pj", Kind::List),
    ("energy.*.prices_paid.[].pj.[]", Kind::Positive),
    ("energy.*.low_pj", Kind::PositiveOrNull),
    ("energy.*.nominal_pj", Kind::PositiveOrNull),
    ("energy.*.high_pj", Kind::PositiveOrNull),
    ("energy.*.by_component.*.low_pj", Kind::PositiveOrNull),
    ("energy.*.by_component.*.nominal_pj", Kind::PositiveOrNull),
    ("energy.*.by_component.*.high_pj", Kind::PositiveOrNull),
    ("energy.*.likely_pj", Kind::ListOrNull),
    ("energy.*.likely_pj.[]", Kind::Positive),
    ("energy.*.tornado", Kind::List),
    ("energy.*.tornado.[].source", Kind::Text),
    ("energy.*.tornado.[].low", Kind::Number),
    ("energy.*.tornado.[].high", Kind::Positive),
    ("energy.*.tornado.[].shrinks", Kind::Text),
    ("energy.*.tornado.[].terms", Kind::List),
    ("energy.*.tornado.[].terms.[].term", Kind::Text),
    ("energy.*.tornado.[].terms.[].low", Kind::Number),
    ("energy.*.tornado.[].terms.[].high", Kind::Positive),
    ("energy.*.x_less_than_synchronous", Kind::Null),
    ("energy.*.x_less_than_synchronous.nominal", Kind::Positive),
    ("energy.*.x_less_than_synchronous.interval", Kind::List),
    ("energy.*.x_less_than_synchronous.interval.[]", Kind::Positive),
    ("energy.*.x_less_than_synchronous.likely", Kind::List),
    ("energy.*.x_less_than_synchronous.likely.[]", Kind::Positive),
    ("energy.*.x_less_than_best_synchronous", Kind::Null),
    ("energy.*.x_less_than_best_synchronous.nominal", Kind::Positive),
    ("energy.*.x_less_than_best_synchronous.interval", Kind::List),
    ("energy.*.x_less_than_best_synchronous.interval.[]", Kind::Positive),
    ("energy.*.x_less_than_best_synchronous.likely", Kind::List),
    ("energy.*.x_less_than_best_synchronous.likely.[]", Kind::Positive),
    ("best_synchronous.weight_word", Kind::Count),
    ("best_synchronous.weight_banks", Kind::Count),
    ("best_synchronous.cycles_mean", Kind::Positive),
    ("best_synchronous.cost.status", Kind::Text),
    ("best_synchronous.cost.low_pj", Kind::Positive),
    ("best_synchronous.cost.nominal_pj", Kind::Positive),
    ("best_synchronous.cost.high_pj", Kind::Positive),
    ("best_shapes.*.weight_word", Kind::Count),
    ("best_shapes.*.weight_banks", Kind::Count),
    ("best_shapes.*.is_own", Kind::Flag),
    ("best_shapes.*.cycles_mean", Kind::Positive),
    ("best_shapes.*.cost.status", Kind::Text),
    ("best_shapes.*.cost.low_pj", Kind::Positive),
    ("best_shapes.*.cost.nominal_pj", Kind::Positive),
    ("best_shapes.*.cost.high_pj", Kind::Positive),
    ("best_shapes.*.x_less_than_best_synchronous.nominal", Kind::Positive),
    ("best_shapes.*.x_less_than_best_synchronous.interval", Kind::List),
    ("best_shapes.*.x_less_than_best_synchronous.interval.[]", Kind::Positive),
    ("best_shapes.*.x_less_than_best_synchronous.likely", Kind::List),
    ("best_shapes.*.x_less_than_best_synchronous.likely.[]", Kind::Positive),
    ("energy.*.x_less_than_dense", Kind::Null),
    ("energy.*.x_less_than_dense.nominal", Kind::Positive),
    ("energy.*.x_less_than_dense.interval", Kind::List),
    ("energy.*.x_less_than_dense.interval.[]", Kind::Positive),
    ("energy.*.x_less_than_dense.likely", Kind::List),
    ("energy.*.x_less_than_dense.likely.[]", Kind::Positive),
    ("best_shapes.*.x_less_than_dense.nominal", Kind::Positive),
    ("best_shapes.*.x_less_than_dense.interval", Kind::List),
    ("best_shapes.*.x_less_than_dense.interval.[]", Kind::Positive),
    ("best_shapes.*.x_less_than_dense.likely", Kind::List),
    ("best_shapes.*.x_less_than_dense.likely.[]", Kind::Positive),
    ("dense.recall", Kind::Share),
    ("dense.clock_mhz", Kind::Count),
    ("dense.memory_bytes", Kind::Count),
    ("dense.cycles_mean", Kind::Positive),
    ("dense.cost.status", Kind::Text),
    ("dense.cost.low_pj", Kind::Positive),
    ("dense.cost.nominal_pj", Kind::Positive),
    ("dense.cost.high_pj", Kind::Positive),
    ("dense.x_less_than_best_synchronous.nominal", Kind::Positive),
    ("dense.x_less_than_best_synchronous.interval", Kind::List),
    ("dense.x_less_than_best_synchronous.interval.[]", Kind::Positive),
    ("dense.x_less_than_best_synchronous.likely", Kind::List),
    ("dense.x_less_than_best_synchronous.likely.[]", Kind::Positive),
    ("energy.*.x_one_look", Kind::Null),
    ("energy.*.x_one_look.nominal", Kind::Positive),
    ("energy.*.x_one_look.interval", Kind::List),
    ("energy.*.x_one_look.interval.[]", Kind::Positive),
    ("energy.*.x_one_look.likely", Kind::List),
    ("energy.*.x_one_look.likely.[]", Kind::Positive),
    ("energy.*.weakest_grade", Kind::TextOrNull),
    ("energy.*.secondary_sources", Kind::Flag),
    ("energy.*.complete", Kind::Flag),
    ("energy.*.unpriced", Kind::List),
    ("energy.*.unpriced.[].term", Kind::Text),
    ("energy.*.unpriced.[].counter", Kind::TextOrNull),
    ("energy.*.unpriced.[].count", Kind::Count),
    ("energy.*.unpriced.[].reason", Kind::Text),
    ("continuous.beta", Kind::Positive),
    ("continuous.recall", Kind::Share),
    ("continuous.settled", Kind::Share),
    ("continuous.time_mean", Kind::Positive),
    ("continuous.evaluations_mean", Kind::Positive),
    ("sequence.model.outcome", Kind::Text),
    ("sequence.model.iterations", Kind::Count),
    ("sequence.model.objective", Kind::Positive),
    ("sequence.model.gradient_norm", Kind::Positive),
    ("sequence.model.relative_gradient", Kind::Positive),
    ("sequence.model.gap", Kind::PositiveOrNull),
    ("sequence.model.stored_patterns_fixed", Kind::Share),
    ("sequence.model.min_margin", Kind::Number),
    ("sequence.model.mean_margin", Kind::Number),
    ("sequence.model.mean_abs_alpha", Kind::Positive),
    ("sequence.model.sign_agreement", Kind::Share),
    ("sequence.bit_accuracy", Kind::Share),
    ("sequence.exact", Kind::Share),
    ("sequence.in_time", Kind::Share),
    ("sequence.error_free_prefix", Kind::Share),
    ("sequence.end", Kind::Text),
    ("sequence.period", Kind::PositiveOrNull),
    ("classical.*.weight_bits", Kind::Count),
    ("classical.*.clipped_weights", Kind::Count),
    ("classical.*.stored_patterns_fixed", Kind::Share),
    ("classical.*.recall", Kind::Share),
    ("classical.*.float_async", Kind::Share),
    ("classical.*.agrees_with_reference", Kind::Share),
    ("classical.*.flips_mean", Kind::Positive),
    ("classical.*.evaluations_mean", Kind::Positive),
    ("classical.*.synaptic_operations_mean", Kind::Positive),
    ("classical.*.sram_bits_read_mean", Kind::Positive),
    ("classical.*.cycles_mean", Kind::Positive),
    ("classical.*.cycles_max", Kind::Count),
    ("classical.*.outcomes.*", Kind::Count),
    ("classical.*.faults.count", Kind::Count),
    ("classical.*.faults.first", Kind::List),
    ("classical.*.counters_total.*", Kind::Count),
    ("classical.*.energy.status", Kind::Text),
    ("classical.*.energy.by_component.*.status", Kind::Text),
    ("classical.*.energy.prices_paid", Kind::List),
    ("classical.*.energy.prices_paid.[].term", Kind::Text),
    ("classical.*.energy.prices_paid.[].counter", Kind::Text),
    ("classical.*.energy.prices_paid.[].count", Kind::Count),
    ("classical.*.energy.prices_paid.[].pj", Kind::List),
    ("classical.*.energy.prices_paid.[].pj.[]", Kind::Positive),
    ("classical.*.energy.low_pj", Kind::PositiveOrNull),
    ("classical.*.energy.nominal_pj", Kind::PositiveOrNull),
    ("classical.*.energy.high_pj", Kind::PositiveOrNull),
    ("classical.*.energy.by_component.*.low_pj", Kind::PositiveOrNull),
    ("classical.*.energy.by_component.*.nominal_pj", Kind::PositiveOrNull),
    ("classical.*.energy.by_component.*.high_pj", Kind::PositiveOrNull),
    ("classical.*.energy.likely_pj", Kind::ListOrNull),
    ("classical.*.energy.likely_pj.[]", Kind::Positive),
    ("classical.*.energy.tornado", Kind::List),
    ("classical.*.energy.tornado.[].source", Kind::Text),
    ("classical.*.energy.tornado.[].low", Kind::Number),
    ("classical.*.energy.tornado.[].high", Kind::Positive),
    ("classical.*.energy.tornado.[].shrinks", Kind::Text),
    ("classical.*.energy.tornado.[].terms", Kind::List),
    ("classical.*.energy.tornado.[].terms.[].term", Kind::Text),
    ("classical.*.energy.tornado.[].terms.[].low", Kind::Number),
    ("classical.*.energy.tornado.[].terms.[].high", Kind::Positive),
    ("classical.*.energy.weakest_grade", Kind::TextOrNull),
    ("classical.*.energy.secondary_sources", Kind::Flag),
    ("classical.*.energy.complete", Kind::Flag),
    ("classical.*.energy.unpriced", Kind::List),
    ("classical.*.energy.unpriced.[].term", Kind::Text),
    ("classical.*.energy.unpriced.[].counter", Kind::TextOrNull),
    ("classical.*.energy.unpriced.[].count", Kind::Count),
    ("classical.*.energy.unpriced.[].reason", Kind::Text),
    ("advice", Kind::List),
    ("advice.[]", Kind::Text),
    ("certificates.overflow.at_most", Kind::Count),
    ("certificates.overflow.accumulator_bits", Kind::Count),
    ("certificates.overflow.reached", Kind::Count),
    ("certificates.overflow.reached_bits", Kind::Count),
    ("certificates.overflow.counter_bits", Kind::Count),
    ("certificates.radius.not_kept", Kind::Count),
    ("certificates.radius.patterns_by_radius", Kind::List),
    ("certificates.radius.patterns_by_radius.[]", Kind::Count),
    ("certificates.radius.exact", Kind::Count),
    ("certificates.radius.falsified_least", Kind::CountOrNull),
    ("certificates.radius.falsified_median", Kind::CountOrNull),
    ("certificates.radius.falsified_most", Kind::CountOrNull),
    ("certificates.radius.cues_within", Kind::Share),
    ("certificates.faults.*.harmless", Kind::CountOrNull),
    ("certificates.faults.*.unfixes", Kind::CountOrNull),
    ("certificates.faults.*.code.word_bits", Kind::Count),
    ("certificates.faults.*.code.check_bits", Kind::Count),
    ("certificates.faults.*.code.extra_bits", Kind::Count),
    ("certificates.faults.*.code.harmless", Kind::CountOrNull),
    ("certificates.faults.*.code.unfixes", Kind::CountOrNull),
    ("faults.cores", Kind::Count),
    ("faults.stuck_at", Kind::Text),
    ("faults.bits.*.rate", Kind::Share),
    ("faults.bits.*.written", Kind::Count),
    ("faults.bits.*.stuck", Kind::Count),
    ("faults.bits.*.changed", Kind::Count),
    ("faults.dataflows.*.recall", Kind::Share),
    ("faults.dataflows.*.low", Kind::Share),
    ("faults.dataflows.*.high", Kind::Share),
    ("faults.dataflows.*.sound_recall", Kind::Share),
    ("faults.dataflows.*.recall_by_core", Kind::List),
    ("faults.dataflows.*.recall_by_core.[]", Kind::Share),
    ("faults.dataflows.*.agrees_with_reference", Kind::Share),
    ("faults.dataflows.*.overflows", Kind::Count),
    ("energy.prices", Kind::Text),
    ("energy.prices_version", Kind::CountOrNull),
    ("energy.one_look_pj", Kind::PositiveOrNull),
    ("energy.information_bound.status", Kind::Text),
    ("energy.information_bound.bits", Kind::Positive),
    ("energy.information_bound.kelvin", Kind::Positive),
    ("energy.information_bound.pj", Kind::Positive),
    ("energy.cam.least_pj", Kind::Positive),
    ("energy.cam.most_pj", Kind::Positive),
    ("energy.cam.figures", Kind::List),
    ("energy.cam.figures.[].name", Kind::Text),
    ("energy.cam.figures.[].fj_per_bit", Kind::Positive),
    ("energy.cam.figures.[].method", Kind::Text),
    ("energy.cam.figures.[].source", Kind::Text),
    ("energy.cam.figures.[].leaves_out", Kind::Text),
];

/// The keys that a report of many patterns has beside them, in `docs/report.md` under "Many patterns". Those of [`KEYS`] that a
/// sample does not tell are null there.
const KEYS_OF_MANY: &[(&str, Kind)] = &[
    ("model.left_out.reach", Kind::Count),
    ("model.left_out.pairs_summed", Kind::Count),
    ("model.left_out.margin_at_most", Kind::Positive),
    ("model.left_out.mean_margin_at_most", Kind::Positive),
    ("model.left_out.objective_at_most", Kind::Positive),
    ("model.left_out.gradient_norm_at_most", Kind::Positive),
    ("model.left_out.relative_gradient_at_most", Kind::Positive),
    ("model.sample.patterns", Kind::Count),
    ("model.sample.fixed", Kind::Count),
    ("model.sample.share_low", Kind::Share),
    ("model.sample.share_high", Kind::Share),
    ("model.sample.min_margin_at_most", Kind::Number),
    ("model.sample.mean_margin_low", Kind::Number),
    ("model.sample.mean_margin_high", Kind::Number),
    ("quantized.sample.patterns", Kind::Count),
    ("quantized.sample.kept", Kind::Count),
    ("quantized.sample.fixed", Kind::Count),
    ("quantized.sample.share_low", Kind::Share),
    ("quantized.sample.share_high", Kind::Share),
    ("quantized.sample.min_margin_at_most", Kind::Whole),
];

/// Keys below these have names that come from data.
const NAMED_BY_DATA: [&str; 15] = [
    "certificates.faults",
    "best_shapes",
    "classical",
    "classical.*.outcomes",
    "classical.*.counters_total",
    "classical.*.energy.by_component",
    "hardware",
    "energy",
    "hardware.*.outcomes",
    "hardware.*.counters_total",
    "energy.*.by_component",
    "quantized.sram_bits",
    "memories",
    "faults.bits",
    "faults.dataflows",
];

/// Every setting of a core that some RTL has yet to follow, but for the layout of bits.
const EVERY_LEVER: [&str; 8] = [
    "core.candidates=8",
    "core.partial_distance=true",
    "core.bitmap=true",
    "core.tree_latency=3",
    "core.early_stop=true",
    "core.incremental=true",
    "core.overlap=pipelined",
    "core.weight_word=2",
];

/// What no RTL confirms: signs from the rows that a first pass reads.
const ROWS_WITH_SIGNS: [&str; 4] = [
    "core.sign_sharing=true",
    "core.pattern_order=row",
    "retrieval.dataflows=[\"synchronous\"]",
    "model.training=none",
];

/// The report of a small plan with `settings`.
fn report_of(settings: &[&str]) -> Value {
    let mut source = PlanSource::default_plan();
    let small = ["patterns.n=24", "patterns.p=30", "retrieval.cues=10"];
    let own_cues = settings.iter().any(|setting| setting.starts_with("retrieval.cue_file="));
    for setting in small.iter().take(if own_cues { 2 } else { 3 }).chain(settings) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    let mut run = pipeline::run(&plan, 2, &NoProgress).expect("a run");
    // Of many patterns it takes minutes.
    if run.patterns.p() < 100 {
        run.certify(NonZeroUsize::MIN).expect("an image with a file");
    }
    let text = report::to_text(&report::report(&source, &plan, &run).expect("a report"));
    assert!(text.ends_with("}\n"), "a text file ends with a line");
    serde_json::from_str(&text).expect("the report is JSON")
}

/// The report of a small plan whose model was trained before, and saved to `path`.
fn report_of_a_saved_model(path: &Path) -> Value {
    let mut source = PlanSource::default_plan();
    ["patterns.n=24", "patterns.p=30"].iter().for_each(|setting| source.set(setting).expect("a setting"));
    let plan = resolve(&source).expect("a plan");
    let learned = pipeline::train_model(&plan, 1, &NoProgress).expect("a model");
    klr_model::codec::save(&learned.model, path).expect("the folder is writable");
    report_of(&["model.training=saved", &format!("model.alpha_file={}", path.display())])
}

/// Reports that fill every key between them: plain, with faults, with prices missing, and with cues or a model of a file.
fn reports() -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("cues.npy");
    let mut source = PlanSource::default_plan();
    source.set("patterns.n=24").and_then(|()| source.set("patterns.p=7")).expect("settings");
    let drawn = patterns(&resolve(&source).expect("a plan"), &Streams::new(5)).expect("patterns");
    npy::write_patterns(&file, &drawn).expect("the folder is writable");
    let cues = format!("retrieval.cue_file={}", file.display());
    vec![
        report_of(&[&format!(
            "retrieval.baselines={:?}",
            [
                "hebbian",
                "kernel-ridge",
                "max-margin",
                "modern-hopfield",
                "dense-polynomial",
                "pseudo-inverse"
            ]
        )]),
        report_of(&["quantize.kernel_table=absolute", "model.gamma=0.5", "retrieval.noise=0.4"]),
        report_of(&[
            "model.gamma=\"auto\"",
            "energy.preset=truenorth",
            "retrieval.order=most-violated",
            "model.solver=gradient-descent",
        ]),
        report_of(&[
            "energy.preset=loihi",
            "core.queue_policy=drop",
            "core.activation_queue=1",
            "model.gamma=0.02",
        ]),
        report_of(&["energy.preset=generic-7nm", "retrieval.dataflows=[\"sweep\"]", &cues]),
        report_of(&[
            "energy.preset=odin",
            "retrieval.baselines=[\"crossbar-loihi\", \"hebbian\", \"crossbar-tiny-odin\"]",
        ]),
        report_of(&["retrieval.flow=4", "retrieval.sequence=true"]),
        report_of(&["faults.weights=0.01", "faults.table=0.1", "faults.cores=3"]),
        report_of(&EVERY_LEVER),
        // A part of a rule that no RTL confirms.
        report_of(&ROWS_WITH_SIGNS),
        report_of_a_saved_model(&folder.path().join("saved.klr")),
        // A walk that finds no cycle, or a short one, far above what so few neurons hold.
        report_of(&["retrieval.sequence=true", "patterns.n=6", "patterns.p=40", "model.lambda=10"]),
        report_of(&["quantize.method=auto", "quantize.weight_bits=2"]),
    ]
}

/// The paths and values of everything in `value` that is no object, and of every list.
fn leaves<'v>(path: &str, value: &'v Value, out: &mut Vec<(String, &'v Value)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let beside = !value.is_object() || ["information_bound", "cam"].contains(&key.as_str());
                let data = NAMED_BY_DATA.contains(&path) && !(path == "energy" && beside);
                leaves(&below(if data { "*" } else { key }), value, out);
            }
        }
        Value::Array(items) => {
            out.push((path.to_owned(), value));
            items.iter().for_each(|item| leaves(&below("[]"), item, out));
        }
        _ => out.push((path.to_owned(), value)),
    }
}

fn leaves_of(report: &Value) -> Vec<(String, &Value)> {
    let mut out = Vec::new();
    leaves("", report, &mut out);
    out.retain(|(path, _)| !path.starts_with("plan."));
    out
}

#[test]
fn every_key_is_there_with_its_type_and_no_other() {
    let mut missing: BTreeSet<&str> = KEYS.iter().map(|key| key.0).collect();
    for report in reports() {
        for (path, value) in leaves_of(&report) {
            let key = KEYS.iter().find(|key| key.0 == path);
            let (key, kind) = key.unwrap_or_else(|| panic!("{path} is no key of the report"));
            assert!(kind.allows(value), "{path} is {value}, expected {kind:?}");
            missing.remove(key);
        }
    }
    assert!(missing.is_empty(), "in no report: {missing:?}");
}

/// One with a kernel narrow enough for near pairs, and one with a wide one. They have as few neurons as a load allows at which
/// not all pairs are summed.
fn reports_of_many_patterns() -> [Value; 2] {
    // A clock that memories of this size keep up with.
    let few =
        ["model.training=none", "retrieval.cues=2", "retrieval.dataflows=[\"delta\"]", "core.clock_mhz=50"];
    let with = |more: &[&str]| report_of(&[&few[..], more].concat());
    [
        with(&["patterns.n=512", "patterns.p=16500", "model.gamma=0.1"]),
        with(&["patterns.n=24", "patterns.p=76000", "model.gamma=0.05"]),
    ]
}

#[test]
fn reports_of_many_patterns_say_what_was_left_out_or_sampled() {
    let unknown = [
        "objective",
        "gradient_norm",
        "relative_gradient",
        "stored_patterns_kept",
        "stored_patterns_fixed",
        "min_margin",
        "mean_margin",
    ];
    let mut missing: BTreeSet<&str> = KEYS_OF_MANY.iter().map(|key| key.0).collect();
    for (report, is_sampled) in reports_of_many_patterns().into_iter().zip([false, true]) {
        for (path, value) in leaves_of(&report) {
            let all = KEYS.iter().chain(KEYS_OF_MANY);
            let (key, kind) =
                all.into_iter().find(|key| key.0 == path).unwrap_or_else(|| panic!("{path} is no key"));
            let name = path.rsplit('.').next().unwrap_or_default();
            let is_unknown = is_sampled && !path.contains(".sample.") && unknown.contains(&name);
            let is_right = if is_unknown { value.is_null() } else { kind.allows(value) };
            assert!(is_right, "{path} is {value}, expected {kind:?}, null: {is_unknown}");
            missing.remove(key);
        }
        assert_eq!(report["model"].get("sample").is_some(), is_sampled, "the float model");
        assert_eq!(report["quantized"].get("sample").is_some(), is_sampled, "the image");
        if !is_sampled {
            assert_eq!(report["model"]["stored_patterns_fixed"], 1.0, "far below capacity");
            assert!(number(&report["model"]["left_out"]["margin_at_most"]) < 1e-9, "next to nothing");
        }
    }
    assert!(missing.is_empty(), "in no report: {missing:?}");
    for (path, _) in KEYS_OF_MANY {
        let name = path.rsplit('.').next().unwrap_or_default();
        assert!(REPORT_PAGE.contains(&format!("`{name}`")), "docs/report.md does not tell of {path}");
    }
}

#[test]
fn names_from_data_are_the_ones_promised() {
    let report = report_of(&[]);
    let names = |path: &str| -> Vec<String> {
        let object = report.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("{path}"));
        object.keys().cloned().collect()
    };
    assert_eq!(report["schema"], report::SCHEMA, "the version of the layout");
    assert_eq!(names("/hardware"), ["synchronous", "sweep", "delta"], "in the order of the plan");
    assert_eq!(
        names("/energy"),
        [
            "synchronous",
            "sweep",
            "delta",
            "prices",
            "prices_version",
            "one_look_pj",
            "one_look",
            "information_bound",
            "cam"
        ],
        "dataflows, then what is common"
    );
    assert_eq!(
        names("/quantized/sram_bits"),
        ["patterns", "pattern_copy", "weights", "counters", "table", "total"],
        "memories"
    );
    assert_eq!(
        names("/memories"),
        ["patterns", "pattern_copy", "weights", "counters", "table"],
        "the same, and no total"
    );
    assert_eq!(names("/inputs"), ["patterns", "alpha", "prices", "cues", "targets"], "of drawn cues");
    let outcomes = ["converged", "two-cycle", "step-limit", "dead-field", "stuck"];
    assert_eq!(names("/hardware/delta/outcomes"), outcomes, "ways to end");
    let counters: Vec<&str> = klr_sim::Counter::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(names("/hardware/delta/counters_total"), counters, "every counter");
    let components: Vec<&str> = klr_energy::Component::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(names("/energy/delta/by_component"), components, "every component");
    assert!(report.get("classical").is_none(), "a core that nobody asked for is no part of the report");
}

#[test]
fn names_from_data_of_the_classical_network_are_the_ones_promised() {
    let report = report_of(&["retrieval.baselines=[\"crossbar-loihi\", \"crossbar-tiny-odin\"]"]);
    let names = |path: &str| -> Vec<String> {
        let object = report.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("{path}"));
        object.keys().cloned().collect()
    };
    assert_eq!(names("/classical"), ["crossbar-loihi", "crossbar-tiny-odin"], "in the order of the plan");
    let core = "/classical/crossbar-tiny-odin";
    assert_eq!(names(&format!("{core}/outcomes")), ["converged", "step-limit", "stuck"], "ways to end");
    let counters: Vec<&str> = klr_crossbar::CrossbarCounter::ALL.iter().map(|c| c.name()).collect();
    assert_eq!(names(&format!("{core}/counters_total")), counters, "every counter");
    let components: Vec<&str> = klr_energy::Component::CROSSBAR.iter().map(|c| c.name()).collect();
    assert_eq!(names(&format!("{core}/energy/by_component")), components, "every component");
}

/// The rows of the table of keys in `docs/report.md`: what stands in the first cell, and the second.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let rows = REPORT_PAGE.lines().skip_while(|line| *line != "| key | content |").skip(2);
    let cells = rows.map(|row| {
        let mut cells = row.trim_matches('|').splitn(2, '|').map(str::trim);
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
    });
    cells.collect()
}

/// The row that documents `path`.
fn row_of(path: &str) -> &'static str {
    let section = path.split('.').next().unwrap_or_default();
    let cell = match (section, path) {
        (_, "energy.prices") => "`energy.prices`".to_owned(),
        (_, "energy.prices_version") => "`energy.prices_version`".to_owned(),
        _ if path.starts_with("energy.information_bound") => "`energy.information_bound`".to_owned(),
        _ if path.starts_with("energy.cam") => "`energy.cam`".to_owned(),
        (_, "energy.one_look_pj") => "`energy.one_look_pj`, `energy.one_look`".to_owned(),
        ("hardware" | "energy", _) => format!("`{section}.<dataflow>`"),
        ("classical", _) => "`classical.<core>`".to_owned(),
        _ if path.starts_with("recall.baselines.[]") => "`recall.baselines`".to_owned(),
        _ => format!("`{section}`"),
    };
    documented().get(cell.as_str()).copied().unwrap_or_else(|| panic!("docs/report.md has no row {cell}"))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[test]
fn every_key_is_documented() {
    for (path, _) in KEYS {
        let row = row_of(path);
        let words: BTreeSet<&str> = row.split(|c| !is_word(c)).collect();
        // What an entry of this list holds is the vocabulary of `docs/energy.md`; the report's page names the list.
        let own = path
            .split_once(".unpriced.[]")
            .map_or(*path, |(list, _)| &path[..list.len() + ".unpriced".len()]);
        for name in own.split('.').skip(1).filter(|name| {
            !["*", "[]", "prices", "prices_version", "one_look_pj", "information_bound", "cam"].contains(name)
        }) {
            assert!(words.contains(name), "docs/report.md does not tell of {path}: {name} is not in {row}");
        }
    }
}

#[test]
fn every_documented_key_exists() {
    for (cell, row) in documented() {
        let quoted = row.split('`').skip(1).step_by(2);
        for name in quoted.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
            let all = KEYS.iter().chain(KEYS_OF_MANY);
            let exists = all.into_iter().any(|(path, _)| path.split('.').any(|part| part == name));
            assert!(exists, "docs/report.md promises {name} under {cell}");
        }
    }
}

#[test]
fn the_report_holds_the_whole_plan_and_the_page_explains_it() {
    let report = report_of(&["model.gamma=0.3"]);
    let mut in_report = Vec::new();
    leaves("", &report["plan"], &mut in_report);
    in_report.retain(|(path, _)| !path.contains("[]"));
    let plan = PlanSource::default_plan();
    let keys: Vec<&str> = plan.entries().map(|entry| entry.0).collect();
    let found: Vec<&str> = in_report.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(found, keys, "every key, in the order of the default plan");
    assert_eq!(report["plan"]["model"]["gamma"], 0.3, "with the value that was run");
    for key in keys {
        assert!(PLAN_PAGE.contains(&format!("`{key}`")), "docs/plan.md does not tell of {key}");
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn assert_close(what: &str, found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-9),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn means_times_cues_are_the_totals() {
    for report in reports() {
        let cues = number(&report["recall"]["cues"]);
        for (dataflow, h) in report["hardware"].as_object().expect("hardware") {
            let total = |counter: &str| number(&h["counters_total"][counter]);
            for counter in ["flips", "evaluations", "macs", "distance_updates", "cycles"] {
                let mean = number(&h[format!("{counter}_mean")]);
                assert_close(&format!("{dataflow} {counter}"), mean * cues, total(counter));
            }
            let memories = ["pattern", "sign", "weight", "counter", "table"];
            let bits: f64 = memories.iter().map(|memory| total(&format!("{memory}_bits_read"))).sum();
            assert_close(&format!("{dataflow} SRAM bits"), number(&h["sram_bits_read_mean"]) * cues, bits);
            assert!(
                number(&h["cycles_max"]) >= number(&h["cycles_mean"]),
                "{dataflow}: most and mean cycles"
            );
        }
    }
}

#[test]
fn outcomes_and_faults_add_up() {
    let mut faults = 0;
    for report in reports() {
        let cues = number(&report["recall"]["cues"]);
        for (dataflow, h) in report["hardware"].as_object().expect("hardware") {
            let outcomes = h["outcomes"].as_object().expect("outcomes");
            assert_close(&format!("{dataflow} outcomes"), outcomes.values().map(number).sum(), cues);
            assert_eq!(h["dead_fields"], outcomes["dead-field"], "{dataflow}: dead fields");
            let (count, first) = (&h["faults"]["count"], h["faults"]["first"].as_array().expect("a list"));
            let listed = first.len() as u64;
            let count = count.as_u64().expect("a count");
            assert_eq!(listed, count.min(8), "{dataflow}: the first eight of {count} faults");
            assert!(first.iter().all(|fault| number(&fault["cue"]) < cues), "{dataflow}: cues of faults");
            faults += count;
        }
    }
    assert!(faults > 8, "some of these plans provoke faults: {faults}");
}

/// Terms that a preset leaves unpriced, with the component on which their counts are booked.
const COMPONENTS_OF: [(&str, &str); 18] = [
    ("pattern_read", "patterns"),
    ("weight_read", "weights"),
    ("neuron_read", "neurons"),
    ("neuron_write", "neurons"),
    ("register_read", "registers"),
    ("register_write", "registers"),
    ("leak", "mac"),
    ("table_read", "kernel table"),
    ("kernel_lookup", "kernel table"),
    ("distance_compare", "distance"),
    ("neuron_evaluation", "threshold"),
    ("counter_read", "counters"),
    ("counter_write", "counters"),
    ("spike", "queues"),
    ("activation", "queues"),
    ("queue_bit", "queues"),
    ("static_power", "static"),
    ("memory_leakage", "static"),
];

/// One entry of `energy`: a dataflow or one look.
fn check_ledger(name: &str, ledger: &Value) {
    let components = ledger["by_component"].as_object().expect("components");
    let status = |cost: &Value| cost["status"].as_str().expect("a status").to_owned();
    for figure in ["low_pj", "nominal_pj", "high_pj"] {
        let with_figures = components.values().filter(|component| status(component) != "unknown");
        let sum: f64 = with_figures.map(|component| number(&component[figure])).sum();
        assert_close(&format!("{name} {figure}"), sum, number(&ledger[figure]));
    }
    for band in components.values().chain([ledger]) {
        let of = |component: &str| band == ledger || band == &components[component];
        let unpriced = ledger["unpriced"].as_array().expect("a list").iter();
        let booked =
            |item: &&Value| COMPONENTS_OF.iter().any(|(term, part)| item["term"] == *term && of(part));
        let (is_missing, is_known) = (unpriced.filter(booked).count() > 0, status(band) == "known");
        assert_eq!(is_missing, !is_known, "{name}: {band} is known unless a price is missing");
        if status(band) == "unknown" {
            assert!(band["low_pj"].is_null() && band["nominal_pj"].is_null(), "{name}: {band} is no number");
            continue;
        }
        let [low, nominal, high] = ["low_pj", "nominal_pj", "high_pj"].map(|figure| number(&band[figure]));
        assert!(low <= nominal && nominal <= high, "{name}: {low} to {nominal} to {high}");
    }
    let unpriced = ledger["unpriced"].as_array().expect("a list");
    assert_eq!(ledger["complete"], unpriced.is_empty(), "{name}: complete if every price is known");
}

#[test]
fn the_sums_of_the_classical_network_are_those_of_its_parts() {
    let report = report_of(&["retrieval.baselines=[\"crossbar-tiny-odin\"]", "energy.preset=truenorth"]);
    let cues = number(&report["recall"]["cues"]);
    let core = &report["classical"]["crossbar-tiny-odin"];
    let total = |counter: &str| number(&core["counters_total"][counter]);
    let counters = [("flips", "spikes"), ("evaluations", "evaluations"), ("cycles", "cycles")];
    for (mean, counter) in counters.into_iter().chain([("synaptic_operations", "synaptic_operations")]) {
        assert_close(mean, number(&core[format!("{mean}_mean")]) * cues, total(counter));
    }
    let bits = total("weight_bits_read") + total("neuron_bits_read");
    assert_close("SRAM bits", number(&core["sram_bits_read_mean"]) * cues, bits);
    let outcomes = core["outcomes"].as_object().expect("outcomes");
    assert_close("outcomes", outcomes.values().map(number).sum(), cues);
    check_ledger("crossbar-tiny-odin", &core["energy"]);
}

#[test]
fn components_sum_to_totals() {
    for report in reports() {
        let energy = report["energy"].as_object().expect("energy");
        let beside = ["information_bound", "cam"];
        let ledgers =
            energy.iter().filter(|(name, entry)| entry.is_object() && !beside.contains(&name.as_str()));
        for (name, ledger) in ledgers {
            check_ledger(name, ledger);
            assert!(number(&ledger["nominal_pj"]) > 0.0, "{name}: nothing is free");
        }
        let one_look = &energy["one_look"];
        let expected = if one_look["status"] == "known" { &one_look["nominal_pj"] } else { &Value::Null };
        assert_eq!(&energy["one_look_pj"], expected, "one look, nominal and in full, if it is known");
        assert_eq!(energy["prices"], report["plan"]["energy"]["preset"], "the table of the plan");
        let bound = &energy["information_bound"];
        let bits = number(&report["plan"]["patterns"]["p"]).log2();
        assert!((number(&bound["bits"]) - bits).abs() < 1e-9, "log2 P: {bound}");
        assert_eq!(bound["status"], "lower-bound", "and never a value");
        let cam = &energy["cam"];
        assert!(number(&cam["least_pj"]) < number(&cam["most_pj"]), "a range: {cam}");
    }
}

#[test]
fn cues_of_a_file_have_no_noise_and_another_target() {
    let reports = reports();
    let (drawn, read) = (&reports[0]["recall"], &reports[4]["recall"]);
    assert_eq!(
        (&drawn["noise"], &drawn["target"]),
        (&0.2.into(), &"source-pattern".into()),
        "noisy patterns"
    );
    assert_eq!((&read["noise"], &read["target"]), (&Value::Null, &"nearest-pattern".into()), "a file");
    assert_eq!(read["cues"], 7, "one per row");
    assert_eq!(read["oracle"], Value::Null, "nobody has said where they should end");
}

#[test]
fn a_core_that_no_rtl_confirms_is_marked_with_its_settings_and_rules_and_another_is_not() {
    let marks = |report: &Value, dataflow: &str| {
        report.pointer(&format!("/hardware/{dataflow}/not_confirmed_by_rtl")).cloned().expect("a list")
    };
    let plain = report_of(&[]);
    for dataflow in ["synchronous", "sweep", "delta"] {
        assert_eq!(marks(&plain, dataflow), serde_json::json!([]), "the default core is in the RTL");
    }
    let report = report_of(&ROWS_WITH_SIGNS);
    let found = marks(&report, "synchronous");
    let settings: Vec<&str> =
        found.as_array().into_iter().flatten().filter_map(|one| one["setting"].as_str()).collect();
    assert_eq!(settings, ["core.pattern_order = row with sign_sharing"]);
}
