//! A plan resolved: every key checked, every text a choice, nothing left to interpret.

use crate::error::Error;
use crate::plan::error::{CoreError, PlanError, Void};
use crate::plan::faults::{self, FaultPlan};
use crate::plan::hardware::{self, HardwarePlan};
use crate::plan::keys::Keys;
use crate::plan::locate;
use crate::plan::model::{self, KernelPlan, ModelPlan};
use crate::plan::patterns::{self, PatternSource};
use crate::plan::retrieval::{self, RetrievalPlan};
use crate::plan::source::{AUTO, PlanSource};
use crate::plan::void;
use klr_crossbar::CrossbarPreset;
use klr_image::geometry::MAX_NEURONS;
use klr_image::{ImageError, ImageSizes, Memory, TableForm};
use klr_quantize::{Method, QuantizeConfig, QuantizeError};
use klr_sim::MemoryMacro;
use klr_units::{OutOfRange, SignedFormat, WeightCoding};
use std::num::NonZeroU32;

/// A plan that can be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of every random stream.
    pub seed: u64,
    /// Where the patterns come from.
    pub patterns: PatternSource,
    /// Whether repeated rows of a pattern file are dropped; otherwise they are refused.
    pub drop_duplicates: bool,
    /// How the model is trained.
    pub model: ModelPlan,
    /// How it becomes integers.
    pub quantize: QuantizeConfig,
    /// The core that retrieves, and what it costs.
    pub hardware: HardwarePlan,
    /// What is retrieved.
    pub retrieval: RetrievalPlan,
    /// Which bits of memory are stuck.
    pub faults: FaultPlan,
    /// Keys that are set in a plan and that an option leaves without effect.
    pub void: Vec<Void>,
}

impl Plan {
    /// That the cores of this plan hold `p` patterns of `n` neurons; the kernel table too, unless its kernel is still to be
    /// chosen. It is asked before anything is drawn or trained, so that sizes nobody can meet take neither memory nor time.
    ///
    /// # Errors
    /// Every memory that [`klr_quantize::quantize`] would find too small in the end, or too slow for the clock, or the
    /// crossbar core of the plan that is too small.
    pub fn require_room(&self, n: usize, p: usize) -> Result<(), Error> {
        let size = ImageError::Size { n: n as u64, p: p as u64 };
        let rows = u32::try_from(p).map_err(|_| QuantizeError::Image(size))?;
        let neurons = u32::try_from(n).ok().filter(|&n| n <= MAX_NEURONS);
        let neurons = neurons.ok_or(QuantizeError::TooManyNeurons(n))?;
        let is_too_small = |core: &&CrossbarPreset| neurons > core.config().most_neurons();
        if let Some(&core) = self.retrieval.crossbars.iter().find(is_too_small) {
            return Err(Error::CrossbarRoom { core, n: neurons });
        }
        let stages = self.hardware.config.spec().check_tree_stages(neurons);
        stages.map_err(CoreError::from)?;
        let (weight_bits, kernel_bits) = (self.quantize.weight_bits(), self.quantize.kernel_bits());
        let known = self.kernel_window(n);
        let sizes = ImageSizes { n: neurons, p: rows, weight_bits, entries: known.unwrap_or(1), kernel_bits };
        let core = self.hardware.core();
        let table_comes_later = known.is_none() && core.given(Memory::Table).is_some();
        let arrays = core.arrays(&sizes).map_err(|misfit| PlanError::Room { misfit, table_comes_later })?;
        let mut memories = MemoryMacro::all(&arrays, core.banking());
        if known.is_none() {
            memories.table = MemoryMacro::NONE;
        }
        Ok(self.hardware.check_speed(&memories)?)
    }

    /// Kernel words that an image of `n` neurons stores, if that can be said before anything is trained.
    fn kernel_window(&self, n: usize) -> Option<u64> {
        let KernelPlan::Given(kernel) = &self.model.kernel else { return None };
        kernel.require_fits(n).ok()?;
        klr_quantize::kernel_window(kernel, n, &self.quantize)
    }
}

/// Checks every key of `source`, also those without effect, and turns texts into choices.
///
/// # Errors
/// [`Error::Plan`] with the key, where it was written, what was found and what is allowed.
pub fn resolve(source: &PlanSource) -> Result<Plan, Error> {
    source.check_preset()?;
    let keys = Keys(source);
    let hardware = hardware::hardware(keys)?;
    let retrieval = retrieval::retrieval(keys, hardware.config.spec().max_steps)?;
    let model = model::model(keys, &retrieval)?;
    let faults = faults::faults(keys, hardware.core().storage().patterns)?;
    Ok(Plan {
        seed: keys.natural("seed")?,
        patterns: patterns::patterns(keys)?,
        drop_duplicates: keys.choice("patterns.duplicates", &[("refuse", false), ("drop", true)])?,
        model,
        quantize: quantize(keys)?,
        hardware,
        retrieval,
        faults,
        // After the values of all keys: one that is impossible is refused for what it is.
        void: void::check(source)?,
    })
}

fn quantize(keys: Keys<'_>) -> Result<QuantizeConfig, Error> {
    let located = |error: OutOfRange| -> Error {
        let key = format!("quantize.{}", error.field);
        locate::range(error, key, &|key| keys.0.place(key)).into()
    };
    let codings = WeightCoding::ALL.map(|coding| (coding.name(), coding));
    let coding = keys.choice("quantize.weight_format", &codings)?;
    let weights = SignedFormat::coded(keys.bits("quantize.weight_bits")?, coding).map_err(located)?;
    let config = QuantizeConfig::new(
        weights,
        keys.bits("quantize.kernel_bits")?,
        keys.choice("quantize.kernel_table", &TableForm::ALL.map(|form| (form.name(), form)))?,
        keys.number("quantize.weight_clip"),
    );
    let window = match keys.text("quantize.kernel_window") {
        AUTO => None,
        _ => NonZeroU32::new(keys.whole("quantize.kernel_window", 1..=MAX_NEURONS + 1)?),
    };
    let method = keys.choice("quantize.method", &Method::ALL.map(|method| (method.name(), method)))?;
    config.map(|config| config.by(method).within(window)).map_err(located)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ClockPlan;

    fn core(settings: &[&str], file: Option<&str>) -> Result<HardwarePlan, String> {
        let mut plan = PlanSource::default_plan();
        file.map_or(Ok(()), |text| plan.overlay(text, "mine.toml")).expect("a plan");
        settings.iter().for_each(|setting| plan.set(setting).expect("a setting"));
        resolve(&plan).map(|plan| plan.hardware).map_err(|error| error.to_string())
    }

    fn lanes(settings: &[&str], file: Option<&str>) -> (usize, u32) {
        let core = core(settings, file).expect("a core");
        let ClockPlan::Given(clock) = core.clock else { panic!("the clock is open") };
        (core.sizing.mac_lanes(), clock.mhz())
    }

    #[test]
    fn a_preset_takes_the_place_of_defaults_and_of_nothing_that_was_set() {
        assert_eq!(lanes(&[], None), (16, 500), "the default plan");
        assert_eq!(lanes(&["core.preset=edge"], None), (8, 75), "named on the command line");
        assert_eq!(lanes(&[], Some("[core]\npreset = \"edge\"\n")), (8, 75), "named in a file");
        assert_eq!(lanes(&["core.preset=generic"], Some("[core]\npreset = \"edge\"\n")), (16, 500));
        let file = Some("[core]\nmac_lanes = 2\nweight_banks = 2\n");
        assert_eq!(lanes(&["core.preset=edge"], file), (2, 75), "what a file sets stands above it");
        assert_eq!(lanes(&["core.mac_lanes=4", "core.preset=edge"], None), (4, 75), "whatever comes first");
    }

    #[test]
    fn every_core_is_what_its_file_says_on_every_plan() {
        let memories = |core: &HardwarePlan| core.sizing.given(Memory::Columns);
        let cores = [
            ("generic", None),
            ("tiny", Some(256)),
            ("edge", Some(8_192)),
            ("loihi-core", Some(32_768)),
            ("truenorth-core", Some(8_192)),
        ];
        for (name, bytes) in cores {
            for plan in ["default", "digits"] {
                let mut source = PlanSource::load(plan).expect("it comes with the program");
                source.set(&format!("core.preset={name}")).expect("the key exists");
                let core = resolve(&source).unwrap_or_else(|e| panic!("{name}: {e}")).hardware;
                assert_eq!(memories(&core), bytes, "{name} on {plan}");
                source.set("core.mac_lanes=1").expect("the key exists");
                let lanes = resolve(&source).expect("one lane fits every core").hardware.sizing.mac_lanes();
                assert_eq!(lanes, 1, "{name}: what is set stands above the preset");
            }
        }
    }

    #[test]
    fn a_printed_plan_with_a_preset_resolves_to_the_same_core() {
        for name in ["generic", "tiny", "edge", "loihi-core", "truenorth-core"] {
            let mut source = PlanSource::default_plan();
            source.set(&format!("core.preset={name}")).expect("the key exists");
            let printed = source.to_toml();
            let mut again = PlanSource::default_plan();
            again.overlay(&printed, "printed.toml").expect("a plan");
            assert_eq!(again.to_toml(), printed, "{name}: nothing is lost");
            let core = |source: &PlanSource| resolve(source).expect("a plan").hardware;
            let (one, other) = (core(&source), core(&again));
            assert_eq!((one.sizing, one.config, one.clock), (other.sizing, other.config, other.clock));
        }
    }

    #[test]
    fn a_preset_that_nothing_is_left_for_is_refused() {
        let mut source = PlanSource::default_plan();
        source.set("core.preset=edge").expect("the key exists");
        let printed = source.to_toml();
        assert!(core(&[], Some(&printed)).is_ok(), "the plan as it was written");
        assert!(core(&["core.preset=edge"], Some(&printed)).is_ok(), "it says what is so");
        for name in ["tiny", "generic"] {
            let error = core(&[&format!("core.preset={name}")], Some(&printed)).expect_err("no effect");
            let expected = format!(
                "--set: core.preset is \"{name}\"; it changes nothing: every key that it stands for is set"
            );
            assert!(error.starts_with(&expected) && error.contains("mine.toml:"), "{error}");
        }
        let error = core(&["core.preset=loihi"], None).expect_err("no such core");
        assert!(
            error.starts_with("--set: core.preset is \"loihi\"; allowed are generic, tiny, edge, "),
            "{error}"
        );
    }

    #[test]
    fn every_embedded_plan_resolves() {
        for name in ["default", "digits"] {
            let plan = PlanSource::load(name).expect("it is a plan");
            resolve(&plan).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}
