//! The sections `[core]` and `[energy]` of a plan: all that one trained memory can be tried with.

use crate::error::Error;
use crate::plan::error::{CoreError, PlanError};
use crate::plan::keys::{Keys, key_of};
use crate::plan::locate;
use crate::plan::source::AUTO;
use klr_energy::{PriceTable, check_speed, fastest_clock};
use klr_image::{ACCUMULATORS, CoreImage, Geometry, GeometrySpec, PatternOrder, Signs, Sizing, Storage};
use klr_sim::stages::least_mac_latency;
use klr_sim::{ConfigSpec, CoreConfig, Dataflow, Hardware, Memories, MemoryMacro, QueuePolicy};
use klr_units::{ClockMhz, file};
use std::path::Path;

/// The clock of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPlan {
    /// As somebody says.
    Given(ClockMhz),
    /// The fastest that the macros of its memories keep up with.
    Auto,
}

/// A core, what runs on it, and what that costs.
#[derive(Clone, Debug)]
pub struct HardwarePlan {
    /// The memories and widths of the core; the banks are those of its knobs ([`Self::core`]).
    pub sizing: Sizing,
    /// Its latencies, ports, queues and levers.
    pub config: CoreConfig,
    /// Its clock.
    pub clock: ClockPlan,
    /// The dataflows to run, in order.
    pub dataflows: Vec<Dataflow>,
    /// The prices.
    pub prices: PriceTable,
    /// The knobs that are chosen by price for each dataflow; the number that one has in `config` is where the choice begins.
    pub open: OpenShape,
}

/// Which of the knobs that shape memories, and nothing else, are left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenShape {
    /// [`ConfigSpec::weight_word`].
    pub weight_word: bool,
    /// [`ConfigSpec::weight_banks`].
    pub weight_banks: bool,
    /// [`ConfigSpec::counter_ports`].
    pub counter_ports: bool,
    /// [`ConfigSpec::table_ports`].
    pub table_ports: bool,
}

/// A knob that may be open: the name of its field in [`ConfigSpec`], and where it is.
type OpenField = (&'static str, fn(&mut OpenShape) -> &mut bool);

impl OpenShape {
    const FIELDS: [OpenField; 4] = [
        ("weight_word", |open| &mut open.weight_word),
        ("weight_banks", |open| &mut open.weight_banks),
        ("counter_ports", |open| &mut open.counter_ports),
        ("table_ports", |open| &mut open.table_ports),
    ];

    /// The names of the open knobs.
    pub fn names(mut self) -> impl Iterator<Item = &'static str> {
        Self::FIELDS.into_iter().filter(move |(_, of)| *of(&mut self)).map(|(name, _)| name)
    }

    /// Whether any knob is open.
    #[must_use]
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

impl HardwarePlan {
    /// The core that an image is placed in: its memories, in the banks of its knobs.
    #[must_use]
    pub fn core(&self) -> Sizing {
        self.sizing.banked(self.config.spec().banking(self.sizing.mac_lanes()))
    }

    /// The order of the patterns, with which every dataflow of the plan can run where `signs` says which memory holds the
    /// signs: that of the plan if it can be, `None` if there is none.
    #[must_use]
    pub fn order_for(&self, signs: Signs) -> Option<PatternOrder> {
        let runs = |&order: &PatternOrder| {
            let sizing = self.sizing.storing(Storage { signs, patterns: order });
            self.dataflows.iter().all(|&dataflow| self.config.check_storage(sizing, dataflow).is_ok())
        };
        let own = self.sizing.storage().patterns;
        std::iter::once(own).chain(PatternOrder::ALL).find(runs)
    }

    /// The clock of the core with `image` in its memories.
    ///
    /// # Errors
    /// [`CoreError::Slow`] if a memory does not keep up with a clock that is given, [`CoreError::UnknownSpeed`] if nothing
    /// says how fast one that is left open could be.
    pub fn clock_with(&self, image: &CoreImage) -> Result<ClockMhz, CoreError> {
        let memories = Hardware::of(image, &self.config).memories;
        match self.clock {
            ClockPlan::Given(clock) => self.check_speed(&memories).map(|()| clock),
            ClockPlan::Auto => Ok(fastest_clock(&self.prices, &memories, self.config.spec())?),
        }
    }

    /// That there is a clock which `memories` keep up with.
    ///
    /// # Errors
    /// As [`Self::clock_with`].
    pub(super) fn check_speed(&self, memories: &Memories<MemoryMacro>) -> Result<(), CoreError> {
        match self.clock {
            ClockPlan::Given(clock) => self.check_speed_at(memories, clock),
            ClockPlan::Auto => Ok(fastest_clock(&self.prices, memories, self.config.spec()).map(|_| ())?),
        }
    }

    /// That `memories` keep up with `clock`.
    ///
    /// # Errors
    /// [`CoreError::Slow`] if one of them does not.
    pub(crate) fn check_speed_at(
        &self,
        memories: &Memories<MemoryMacro>,
        clock: ClockMhz,
    ) -> Result<(), CoreError> {
        Ok(check_speed(&self.prices, memories, self.config.spec(), clock)?)
    }

    /// That every knob is a number: for whoever looks at one core.
    ///
    /// # Errors
    /// [`CoreError::Open`] for the first that is chosen by price.
    pub fn require_one_core(&self) -> Result<(), CoreError> {
        self.open.names().next().map_or(Ok(()), |field| Err(CoreError::Open { field }))
    }

    /// That the core can be built with its latencies, and run every dataflow of the plan.
    ///
    /// # Errors
    /// [`CoreError::Stage`] if the MAC array has more lanes than its latency allows; [`CoreError::Storage`] for the first
    /// dataflow that would read words that are not there.
    pub fn check(&self) -> Result<(), CoreError> {
        let spec = self.config.spec();
        spec.check_mac_stages(self.sizing.mac_lanes())?;
        let mut dataflows = self.dataflows.iter();
        Ok(dataflows.try_for_each(|&dataflow| self.config.check_storage(self.sizing, dataflow))?)
    }
}

pub(super) fn hardware(keys: Keys<'_>) -> Result<HardwarePlan, Error> {
    let refuse = |error: CoreError| locate::core(error, &|key| keys.0.place(key));
    let sizing = sizing(keys, &refuse)?.storing(storage(keys)?);
    let mut open = OpenShape::default();
    OpenShape::FIELDS.iter().for_each(|(name, of)| *of(&mut open) = keys.text(&key_of(name)) == AUTO);
    let spec = from_the_widest(open, sizing, knobs(keys, sizing.mac_lanes())?);
    let plan = HardwarePlan {
        sizing,
        open,
        config: CoreConfig::new(spec).map_err(|e| refuse(e.into()))?,
        clock: clock(keys)?,
        dataflows: keys.some_choices(
            "retrieval.dataflows",
            &Dataflow::ALL.map(|dataflow| (dataflow.name(), dataflow)),
        )?,
        prices: prices(keys)?,
    };
    plan.check().map_err(refuse)?;
    Ok(plan)
}

/// The memories and widths of the core, with the sizes open that follow from the image.
fn sizing(keys: Keys<'_>, refuse: &dyn Fn(CoreError) -> PlanError) -> Result<Sizing, PlanError> {
    let (mut spec, mut open) = (Geometry::tiny().spec(), Vec::new());
    for field in &GeometrySpec::CAPACITIES {
        let key = key_of(field.name);
        if keys.text(&key) == AUTO {
            open.push(field.name);
        } else {
            keys.fill(&key, field, &mut spec)?;
        }
    }
    for field in &GeometrySpec::WIDTHS {
        let key = key_of(field.name);
        if field.name == ACCUMULATORS && keys.text(&key) == AUTO {
            open.push(field.name);
        } else {
            keys.fill(&key, field, &mut spec)?;
        }
    }
    Sizing::new(spec, &open).map_err(|error| refuse(error.into()))
}

fn storage(keys: Keys<'_>) -> Result<Storage, PlanError> {
    Ok(Storage {
        signs: if keys.flag("core.sign_sharing") { Signs::InPatterns } else { Signs::InWeights },
        patterns: keys.choice("core.pattern_order", &PatternOrder::ALL.map(|order| (order.name(), order)))?,
    })
}

/// The knobs of a core with so many MAC lanes.
fn knobs(keys: Keys<'_>, mac_lanes: usize) -> Result<ConfigSpec, PlanError> {
    let least = ConfigSpec { mac_latency: least_mac_latency(mac_lanes), ..*CoreConfig::tiny().spec() };
    let mut spec = least;
    for field in &ConfigSpec::NUMBERS {
        let key = key_of(field.name);
        // A latency left open is the least that can be built; a shape has its number in the end.
        if keys.text(&key) != AUTO {
            keys.fill(&key, field, &mut spec)?;
        }
    }
    for (name, flag) in ConfigSpec::FLAGS {
        *flag(&mut spec) = keys.flag(&key_of(name));
    }
    spec.queue_policy =
        keys.choice("core.queue_policy", &[("stall", QueuePolicy::Stall), ("drop", QueuePolicy::Drop)])?;
    spec.pipelined = keys.choice("core.overlap", &[("strict", false), ("pipelined", true)])?;
    if spec.partial_distance && spec.candidates == 0 {
        return Err(keys.wrong("core.partial_distance", "it needs a candidate list, core.candidates above 0"));
    }
    Ok(spec)
}

/// Where a choice begins: the shapes in which nothing waits for a memory, and banks are smallest and fastest.
fn from_the_widest(open: OpenShape, sizing: Sizing, spec: ConfigSpec) -> ConfigSpec {
    let number = |size: usize| u32::try_from(size).unwrap_or(u32::MAX).max(1);
    let (lanes, distance_lanes) = (number(sizing.mac_lanes()), sizing.spec().distance_lanes);
    let weight_word = if open.weight_word { 1 } else { spec.weight_word };
    ConfigSpec {
        weight_word,
        weight_banks: if open.weight_banks { (lanes / weight_word).max(1) } else { spec.weight_banks },
        counter_ports: if open.counter_ports { 1 } else { spec.counter_ports },
        // No packet has more words (D4 of `docs/timing.md`).
        table_ports: if open.table_ports { lanes.min(distance_lanes).max(1) } else { spec.table_ports },
        ..spec
    }
}

fn clock(keys: Keys<'_>) -> Result<ClockPlan, PlanError> {
    if keys.text("core.clock_mhz") == AUTO {
        return Ok(ClockPlan::Auto);
    }
    let range = 1..=ClockMhz::MAX;
    let allowed = format!("allowed are {} to {}", range.start(), range.end());
    let mhz = keys.whole("core.clock_mhz", range)?;
    ClockMhz::new(mhz).map(ClockPlan::Given).ok_or_else(|| keys.wrong("core.clock_mhz", allowed))
}

fn prices(keys: Keys<'_>) -> Result<PriceTable, Error> {
    let preset = PriceTable::preset(keys.text("energy.preset"));
    let preset = preset.map_err(|error| keys.wrong("energy.preset", error.to_string()))?;
    let Some(path) = keys.path("energy.file") else { return Ok(preset) };
    let bytes = file::read(Path::new(&path))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| PlanError::NotText(name.clone()))?;
    Ok(PriceTable::from_toml(&text, &name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanSource, resolve};

    /// The keys of `[core]` whose words are not those of a field.
    const CHOICES: [&str; 6] =
        ["preset", "sign_sharing", "pattern_order", "queue_policy", "overlap", "clock_mhz"];

    #[test]
    fn every_field_of_a_core_has_its_key_and_every_key_its_field() {
        let numbers = ConfigSpec::NUMBERS.map(|field| field.name);
        let capacities = GeometrySpec::CAPACITIES.map(|field| field.name);
        let widths = GeometrySpec::WIDTHS.map(|field| field.name);
        let fields =
            [&numbers[..], &capacities, &widths, &ConfigSpec::FLAGS.map(|flag| flag.0), &CHOICES].concat();
        let mut expected: Vec<String> = fields.iter().map(|field| key_of(field)).collect();
        let plan = PlanSource::default_plan();
        let core = plan.entries().map(|entry| entry.0).filter(|key| key.starts_with("core."));
        let mut found: Vec<String> = core.chain(["retrieval.max_steps"]).map(str::to_owned).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_lever_of_a_plan_reaches_its_core() {
        let plain = resolve(&PlanSource::default_plan()).expect("the default plan").hardware.config;
        for (name, _) in ConfigSpec::FLAGS {
            let mut plan = PlanSource::default_plan();
            for setting in [format!("core.{name}=true"), "core.candidates=8".to_owned()] {
                plan.set(&setting).expect("the key exists");
            }
            let mut expected = ConfigSpec { candidates: 8, ..*plain.spec() };
            let set = ConfigSpec::FLAGS.iter().find(|flag| flag.0 == name).expect("a lever").1;
            *set(&mut expected) = true;
            assert_eq!(*resolve(&plan).expect("a plan").hardware.config.spec(), expected, "{name}");
        }
    }
}
