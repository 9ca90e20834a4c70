//! What stands beside a retrieval and does not move with the core: what must be erased, and what searches in
//! content-addressable memories were published to cost.

/// The temperature at which erasure is priced, in kelvin. The bound is proportional to it.
pub const KELVIN: f64 = 300.0;

/// Boltzmann's constant in joules per kelvin: exact by the definition of the kelvin (SI Brochure, 9th edition, 2019).
const BOLTZMANN: f64 = 1.380_649e-23;

/// The least energy of a retrieval by a machine that forgets its answer before it gives the next one.
///
/// Naming one of P patterns that are equally likely and independent of what is kept leaves log2 P bits in a register. To use
/// the register again without keeping the answer elsewhere erases them, at no less than k T ln 2 a bit (R. Landauer,
/// IBM J. Res. Dev. 5(3):183-191, 1961). A machine that keeps all answers, or computes backwards (C. H. Bennett, IBM J. Res.
/// Dev. 17(6):525-532, 1973), is not bound by it. A lower bound and no value: no ratio is made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InformationBound {
    bits: f64,
}

impl InformationBound {
    /// The bound of a memory of `patterns` patterns; none of fewer than two, since nothing is to be named.
    #[must_use]
    pub fn of(patterns: u32) -> Self {
        Self { bits: f64::from(patterns.max(1)).log2() }
    }

    /// The bits to erase: log2 P.
    #[must_use]
    pub const fn bits(self) -> f64 {
        self.bits
    }

    /// At least so many picojoules per retrieval, at [`KELVIN`].
    #[must_use]
    pub fn at_least_picojoules(self) -> f64 {
        self.bits * BOLTZMANN * KELVIN * std::f64::consts::LN_2 * 1e12
    }
}

/// One published content-addressable memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CamFigure {
    /// What it is, and its node where it is known.
    pub name: &'static str,
    /// Energy of one search per stored bit, in femtojoules.
    pub femtojoules_per_bit: f64,
    /// `silicon`, `simulation` or `design estimate`.
    pub method: &'static str,
    /// Who published it.
    pub source: &'static str,
    /// What the figure leaves out of a retrieval.
    pub leaves_out: &'static str,
}

/// The published figures, the cheapest first; all were read through a source that quotes them.
pub const CAM_FIGURES: [CamFigure; 4] = [
    CamFigure {
        name: "HD-CAM, 65 nm, 128 kbit",
        femtojoules_per_bit: 0.19,
        method: "silicon",
        source: "Garzon et al., IEEE JSSC 60(8):3009, 2025",
        leaves_out: "distances above 8; ranking; reading the pattern",
    },
    CamFigure {
        name: "FeFET, 2FeFET-1T",
        femtojoules_per_bit: 0.195,
        method: "simulation",
        source: "DATE 2021, doi:10.23919/DATE51398.2021.9474234",
        leaves_out: "every distance but 0; ranking; reading the pattern",
    },
    CamFigure {
        name: "TCAM, 65 nm, 128 x 64",
        femtojoules_per_bit: 0.6,
        method: "silicon",
        source: "Lee, 2021",
        leaves_out: "every distance but 0; ranking; reading the pattern",
    },
    CamFigure {
        name: "ACRONYM, 32 MB",
        femtojoules_per_bit: 9.5,
        method: "design estimate",
        source: "arXiv:2606.03151, 2.56 uJ per query over the stored bits",
        leaves_out: "one pattern in ten that the search misses",
    },
];

/// What a search of `patterns` words of `bits` each would cost by the cheapest and by the dearest of [`CAM_FIGURES`], in
/// picojoules.
///
/// A range of other machines at their own nodes, and no bound: no ratio is made of it.
#[must_use]
pub fn cam_picojoules(patterns: u32, bits: u32) -> [f64; 2] {
    let stored = f64::from(patterns) * f64::from(bits);
    let each = CAM_FIGURES.map(|figure| figure.femtojoules_per_bit);
    let (least, most) =
        each.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &one| (least.min(one), most.max(one)));
    [least, most].map(|femtojoules| stored * femtojoules / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_erased_at_no_less_than_landauers_energy() {
        // 1.380649e-23 x 300 x 0.693147 J = 2.87098e-21 J, of 10 bits.
        let bound = InformationBound::of(1024);
        assert!((bound.bits() - 10.0).abs() < 1e-12, "log2 1024");
        assert!(
            (bound.at_least_picojoules() - 2.870_979e-8).abs() < 1e-13,
            "{}",
            bound.at_least_picojoules()
        );
        assert_eq!(InformationBound::of(1).at_least_picojoules(), 0.0, "one pattern needs no naming");
    }

    #[test]
    fn a_search_is_a_range_over_all_published_figures() {
        let [least, most] = cam_picojoules(1000, 256);
        // 256,000 bits at 0.19 and at 9.5 fJ.
        assert!((least - 48.64).abs() < 1e-9 && (most - 2432.0).abs() < 1e-9, "{least} to {most}");
        assert!(CAM_FIGURES.windows(2).all(|two| two[0].femtojoules_per_bit <= two[1].femtojoules_per_bit));
    }
}
