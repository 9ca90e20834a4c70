//! What is fixed when a core is built: the parameters of the design.

use crate::case::Case;
use crate::levers::Levers;
use klr_image::CoreImage;
use klr_image::Geometry;
use klr_image::geometry::GeometrySpec;
use klr_sim::config::{ConfigSpec, StorageError};
use klr_sim::contents::Size;
use klr_sim::{CoreConfig, QueuePolicy, unconfirmed};
use klr_units::{Bits, SignedFormat};

/// The parameters of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Distance lanes L.
    pub lanes: u32,
    /// Slices S.
    pub slices: u32,
    /// MAC lanes B.
    pub mac_lanes: u32,
    /// Banks of weight memory, at most B.
    pub weight_banks: u32,
    /// Neurons at most, 3 or more.
    pub max_n: u32,
    /// Patterns at most, 2 or more.
    pub max_p: u32,
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Bits of a kernel word.
    pub kernel_bits: u32,
    /// Bits of a field.
    pub accumulator_bits: u32,
    /// R.
    pub sram_latency: u32,
    /// T.
    pub table_latency: u32,
    /// M.
    pub mac_latency: u32,
    /// Ports of the counter memory.
    pub counter_ports: u32,
    /// Ports of the kernel table.
    pub table_ports: u32,
    /// Entries of the spike queue.
    pub spike_queue: u32,
    /// Entries of the activation queue.
    pub activation_queue: u32,
    /// What it has beyond the plain core.
    pub levers: Levers,
}

/// Why the design cannot run a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInRtl {
    /// A lever that the design does not have.
    #[error("{lever} is not in the RTL (docs/rtl.md lists what is)")]
    Lever {
        /// The setting, as `klr_sim::confirmed` has it.
        lever: &'static str,
    },
    /// Patterns do not lie as the dataflow needs them.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The core was built for something else.
    #[error("{what} is {found}; the core was built for {built}")]
    Size {
        /// What does not fit.
        what: &'static str,
        /// What the case has.
        found: u64,
        /// What the core has.
        built: u64,
    },
}

impl Shape {
    /// Names and values of the parameters, as the design has them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, u32)> {
        [self.plain_parameters().to_vec(), self.levers.parameters()].concat()
    }

    /// Those of the plain core.
    pub(crate) const fn plain_parameters(&self) -> [(&'static str, u32); 16] {
        [
            ("LANES", self.lanes),
            ("SLICES", self.slices),
            ("MAC_LANES", self.mac_lanes),
            ("WEIGHT_BANKS", self.weight_banks),
            ("MAX_N", self.max_n),
            ("MAX_P", self.max_p),
            ("WEIGHT_BITS", self.weight_bits),
            ("KERNEL_BITS", self.kernel_bits),
            ("ACCUMULATOR_BITS", self.accumulator_bits),
            ("SRAM_LATENCY", self.sram_latency),
            ("TABLE_LATENCY", self.table_latency),
            ("MAC_LATENCY", self.mac_latency),
            ("COUNTER_PORTS", self.counter_ports),
            ("TABLE_PORTS", self.table_ports),
            ("SPIKE_QUEUE", self.spike_queue),
            ("ACTIVATION_QUEUE", self.activation_queue),
        ]
    }

    /// The smallest core for `image` and the knobs of `config`.
    #[must_use]
    pub fn of(image: &CoreImage, config: &CoreConfig) -> Self {
        let (geometry, spec) = (image.geometry(), config.spec());
        let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            lanes: size(geometry.distance_lanes()),
            slices: spec.distance_slices,
            mac_lanes: size(geometry.mac_lanes()),
            weight_banks: size(spec.banks(geometry.mac_lanes())),
            max_n: image.n().max(3),
            max_p: image.p().max(2),
            weight_bits: image.weight_format().bits().get().into(),
            kernel_bits: image.table().format().bits().get().into(),
            accumulator_bits: geometry.accumulator_bits(),
            sram_latency: spec.sram_latency,
            table_latency: spec.table_latency,
            mac_latency: spec.mac_latency,
            counter_ports: spec.counter_ports,
            table_ports: spec.table_ports,
            spike_queue: spec.spike_queue,
            activation_queue: spec.activation_queue,
            levers: Levers::of(image, spec),
        }
    }

    /// The format of the weights.
    ///
    /// # Panics
    /// If the coding has no such width.
    #[must_use]
    pub fn weight_format(&self) -> SignedFormat {
        let bits = u8::try_from(self.weight_bits).ok().and_then(Bits::new).expect("1 to 16");
        SignedFormat::coded(bits, self.levers.weight_coding).expect("a shape has a width that its coding has")
    }

    /// A geometry with room for the largest image that the core takes.
    ///
    /// # Panics
    /// If a parameter is outside the range of [`Geometry`].
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        let (n, p, b) = (u64::from(self.max_n), u64::from(self.max_p), u64::from(self.mac_lanes));
        let spec = GeometrySpec {
            // Blocks and groups are rounded up, and banks need not divide them.
            pattern_bytes: (p + u64::from(self.lanes * self.slices)) * n * 8,
            weight_bytes: p * (n + b) * b * 2,
            counter_bytes: (p + u64::from(self.lanes * self.slices)) * 4,
            table_bytes: 2 * (n + 1),
            distance_lanes: self.lanes,
            mac_lanes: self.mac_lanes,
            accumulator_bits: self.accumulator_bits,
        };
        let geometry = Geometry::new(spec).expect("a shape is within the ranges of a geometry");
        geometry.storing(self.levers.storage())
    }

    /// The knobs that are fixed when the core is built; those of the settings are off, and `max_steps` is 30.
    #[must_use]
    pub const fn config(&self) -> ConfigSpec {
        let plain = ConfigSpec {
            sram_latency: self.sram_latency,
            table_latency: self.table_latency,
            mac_latency: self.mac_latency,
            counter_ports: self.counter_ports,
            spike_queue: self.spike_queue,
            activation_queue: self.activation_queue,
            queue_policy: QueuePolicy::Stall,
            distance_slices: self.slices,
            table_ports: self.table_ports,
            weight_banks: self.weight_banks,
            weight_word: 1,
            pipelined: false,
            zero_skip: false,
            candidates: 0,
            candidate_margin: 0,
            partial_distance: false,
            probe_columns: 0,
            bitmap: false,
            tree_latency: 0,
            early_stop: false,
            incremental: false,
            max_steps: 30,
        };
        self.levers.set(plain)
    }

    /// The sizes that the flip-flops of the core follow from, beside [`Self::config`].
    #[must_use]
    pub fn size(&self) -> Size {
        Size {
            n: self.max_n,
            p: self.max_p,
            lanes: self.lanes,
            mac_lanes: self.mac_lanes,
            weight_banks: self.weight_banks,
            weight_bits: self.weight_bits,
            value_bits: self.weight_format().value_bits(),
            kernel_bits: self.kernel_bits,
            accumulator_bits: self.accumulator_bits,
            shares_signs: self.levers.sign_sharing,
            by_row: self.levers.by_row,
        }
    }

    /// Checks that a core of this shape can run `case`.
    ///
    /// # Errors
    /// [`NotInRtl`] with the first thing that it cannot.
    pub fn check(&self, case: &Case) -> Result<(), NotInRtl> {
        let spec = case.config.spec();
        let used = unconfirmed(&case.image, spec, case.schedule.dataflow);
        if let Some(first) = used.first() {
            return Err(NotInRtl::Lever { lever: first.setting });
        }
        let geometry = case.image.geometry();
        case.config.check_storage(*geometry, case.schedule.dataflow)?;
        let fixed = [
            ("distance_lanes", geometry.distance_lanes() as u64, self.lanes),
            ("distance_slices", spec.distance_slices.into(), self.slices),
            ("mac_lanes", geometry.mac_lanes() as u64, self.mac_lanes),
            ("weight_banks", spec.banks(geometry.mac_lanes()) as u64, self.weight_banks),
            ("weight bits", case.image.weight_format().bits().get().into(), self.weight_bits),
            ("kernel bits", case.image.table().format().bits().get().into(), self.kernel_bits),
            ("accumulator_bits", geometry.accumulator_bits().into(), self.accumulator_bits),
            ("sram_latency", spec.sram_latency.into(), self.sram_latency),
            ("table_latency", spec.table_latency.into(), self.table_latency),
            ("mac_latency", spec.mac_latency.into(), self.mac_latency),
            ("counter_ports", spec.counter_ports.into(), self.counter_ports),
            ("table_ports", spec.table_ports.into(), self.table_ports),
            ("spike_queue", spec.spike_queue.into(), self.spike_queue),
            ("activation_queue", spec.activation_queue.into(), self.activation_queue),
            ("bitmap", spec.bitmap.into(), self.levers.bitmap.into()),
            ("incremental", spec.incremental.into(), self.levers.incremental.into()),
            (
                "queue_policy = drop",
                u32::from(spec.queue_policy == QueuePolicy::Drop).into(),
                self.levers.drops.into(),
            ),
            ("overlap = pipelined", spec.pipelined.into(), self.levers.pipelined.into()),
            ("tree_latency", spec.tree_latency.into(), self.levers.tree_latency),
            ("early_stop", spec.early_stop.into(), self.levers.early_stop.into()),
            (
                "pattern_order = row",
                (!geometry.storage().patterns.has_columns()).into(),
                self.levers.by_row.into(),
            ),
            ("sign_sharing", geometry.storage().shares_signs().into(), self.levers.sign_sharing.into()),
            ("weight_word", spec.weight_word.into(), self.levers.weight_word),
            (
                "the coding of weights",
                Levers::of(&case.image, spec).coding_number().into(),
                self.levers.coding_number(),
            ),
            ("candidates", spec.candidates.into(), self.levers.candidates),
            (
                "partial_distance",
                (spec.partial_distance && spec.candidates > 0).into(),
                self.levers.elimination.into(),
            ),
        ];
        let at_most = [
            ("neurons", u64::from(case.image.n()), u64::from(self.max_n)),
            ("patterns", u64::from(case.image.p()), u64::from(self.max_p)),
            ("steps", case.step_limit(), u32::MAX.into()),
        ];
        let differs = fixed.into_iter().find(|&(_, found, built)| found != u64::from(built));
        let differs = differs.map(|(what, found, built)| (what, found, u64::from(built)));
        match differs.or_else(|| at_most.into_iter().find(|&(_, found, built)| found > built)) {
            Some((what, found, built)) => Err(NotInRtl::Size { what, found, built }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::{FAMILIES, draw};
    use klr_image::{PatternOrder, Signs, Storage};
    use klr_sim::Dataflow;

    #[test]
    fn the_core_of_a_case_runs_it() {
        for family in &FAMILIES {
            let case = draw(family, 5, Dataflow::Synchronous);
            let shape = Shape::of(&case.image, &case.config);
            assert_eq!(shape.check(&case), Ok(()), "{}", family.name);
            let (max_n, max_p) = (family.shape.max_n, family.shape.max_p);
            assert_eq!(Shape { max_n, max_p, ..shape }, family.shape, "all but the size of what is stored");
        }
    }

    #[test]
    fn a_dataflow_that_needs_columns_is_refused_where_there_are_none() {
        let family = FAMILIES.iter().find(|family| family.shape.levers.by_row).expect("a family by row");
        let refusal = family.shape.check(&draw(family, 1, Dataflow::Delta)).unwrap_err();
        assert!(matches!(refusal, NotInRtl::Storage(_)), "{refusal}");
    }

    #[test]
    fn a_lever_that_the_design_does_not_have_is_refused_by_its_name() {
        let family = FAMILIES.iter().find(|family| family.shape.levers.sign_sharing).expect("one with signs");
        let mut case = draw(family, 1, Dataflow::Synchronous);
        let image = &case.image;
        let rows = Storage { signs: Signs::InPatterns, patterns: PatternOrder::Row };
        let (geometry, weights) = (image.geometry().storing(rows), image.weights().to_vec());
        let (patterns, format) = (image.patterns(), image.weight_format());
        let by_row = CoreImage::new(geometry, patterns, format, weights, image.table().clone());
        case.image = by_row.expect("it fits").into();
        let refusal = family.shape.check(&case).map_err(|refusal| refusal.to_string());
        let expected = "pattern_order = row with sign_sharing is not in the RTL (docs/rtl.md lists what is)";
        assert_eq!(refusal, Err(expected.to_owned()));
    }

    #[test]
    fn a_case_that_the_core_cannot_run_is_refused_with_the_reason() {
        let shape = &FAMILIES[0].shape;
        let case = |change: fn(&mut ConfigSpec)| {
            let case = draw(&FAMILIES[0], 1, Dataflow::Synchronous);
            let mut spec = *case.config.spec();
            change(&mut spec);
            Case { config: CoreConfig::new(spec).unwrap(), ..case }
        };
        let refused = |change| shape.check(&case(change)).map_err(|refusal| refusal.to_string());
        assert_eq!(refused(|_| ()), Ok(()));
        assert_eq!(
            refused(|spec| spec.candidates = 4),
            Err("candidates is 4; the core was built for 0".to_owned())
        );
        assert_eq!(
            refused(|spec| spec.incremental = true),
            Err("incremental is 1; the core was built for 0".to_owned())
        );
        assert_eq!(
            refused(|spec| spec.queue_policy = QueuePolicy::Drop),
            Err("queue_policy = drop is 1; the core was built for 0".to_owned())
        );
        assert_eq!(
            refused(|spec| spec.sram_latency = 2),
            Err("sram_latency is 2; the core was built for 1".to_owned())
        );
        assert_eq!(
            FAMILIES[2].shape.check(&case(|_| ())).map_err(|refusal| refusal.to_string()),
            Err("distance_lanes is 4; the core was built for 3".to_owned())
        );
    }
}
