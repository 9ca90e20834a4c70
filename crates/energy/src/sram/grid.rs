//! Banks priced by the grid of macros that comes with the crate.
//!
//! The grid has macros of 256 bytes to 4 MiB in words of 8 to 512 bits (`crates/energy/grids/sram.csv`). Between its
//! points every figure is interpolated linearly in logarithms: of capacity, of word, and of node. Nothing is smoothed: at a
//! point of the grid the price is that of the grid, also where a wider word is the cheaper one.

use super::facts::{Figures, slab};
use super::{Bank, MacroPorts, NoMacro};
use crate::area::whole;
use crate::band::Band;
use klr_units::{EnergyPerCount, Picoseconds, Yoctowatts};

/// The nodes of the grid, in nanometres.
pub(super) const NODES: [u32; 3] = [22, 32, 45];

/// The transistors of a macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// Low standby power: slow, and hardly leaking (ITRS LSTP).
    LowStandbyPower,
    /// High performance: fast, and leaking (ITRS HP).
    HighPerformance,
}

impl Device {
    /// Both.
    pub const ALL: [Self; 2] = [Self::LowStandbyPower, Self::HighPerformance];

    /// The word in tables and in the grid.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LowStandbyPower => "lstp",
            Self::HighPerformance => "hp",
        }
    }
}

/// A part of the grid, and the band around its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// The node, in nanometres, from the first to the last of the grid.
    pub(super) node_nm: u32,
    /// The transistors.
    pub(super) device: Device,
    /// The low figure of an energy as a part of the nominal one.
    pub(super) low: f64,
    /// The high figure as a multiple of the nominal one, by capacity in bytes: linear in logarithms between these, and
    /// that of the nearest beyond them.
    pub(super) high: Vec<(u64, f64)>,
    /// Other transistors, if the band of what a bank leaks reaches to what it would leak with them.
    pub(super) leaks_to: Option<Device>,
}

impl Grid {
    /// What 95 of 100 areas stay within when they are left out and interpolated (the table of `docs/energy.md`).
    pub const AREA_FACTOR: f64 = 1.19;

    /// The node, in nanometres.
    #[must_use]
    pub const fn node_nm(&self) -> u32 {
        self.node_nm
    }

    /// The transistors.
    #[must_use]
    pub const fn device(&self) -> Device {
        self.device
    }

    /// A bank of `bytes` in words of `word_bits`, of macros with `ports`.
    ///
    /// A word wider than the widest macro's takes several side by side, each with a part of it. One narrower than the
    /// narrowest is charged as that, at the same capacity: as many to a word of the macro as it holds, one of them used.
    /// A bank smaller than every macro of its word is charged as the smallest.
    pub(super) fn bank(&self, bytes: u64, word_bits: u32, ports: MacroPorts) -> Result<Bank, NoMacro> {
        let Some(any) = slab((NODES[0], self.device, ports)) else { return Err(NoMacro::Ports(ports)) };
        let beside = word_bits.div_ceil(any.widest()).max(1);
        let word = word_bits.div_ceil(beside).max(any.narrowest());
        let needed = bytes.div_ceil(u64::from(beside));
        let too_large = NoMacro::TooLarge { bytes, largest: any.largest() * u64::from(beside) };
        let bytes = needed.max(any.least_bytes(word).ok_or(too_large)?);
        let figures = |device| self.figures(device, bytes, word, ports);
        let other = self.leaks_to.and_then(figures);
        Ok(self.built(figures(self.device).ok_or(too_large)?, other, (beside, bytes, word)))
    }

    /// The figures of one macro: those of the node, or between those of its neighbours in the grid.
    fn figures(&self, device: Device, bytes: u64, word: u32, ports: MacroPorts) -> Option<Figures> {
        let of = |node| slab((node, device, ports))?.logarithms(bytes, word);
        let below = NODES.into_iter().rev().find(|&node| node <= self.node_nm)?;
        let above = NODES.into_iter().find(|&node| node >= self.node_nm)?;
        let share = if below == above { 0.0 } else { ratio(self.node_nm, below) / ratio(above, below) };
        let figures = Figures::default().plus(1.0 - share, of(below)?).plus(share, of(above)?);
        Some(figures.map(f64::exp))
    }

    /// A bank of so many macros side by side, of so many bytes and bits each; `other` has the figures of other transistors.
    fn built(
        &self,
        figures: Figures,
        other: Option<Figures>,
        (beside, bytes, word): (u32, u64, u32),
    ) -> Bank {
        let count = f64::from(beside);
        let energy = |picojoules: f64| {
            let nominal = picojoules * count;
            energy_band([nominal * self.low, nominal, nominal * self.high_at(bytes)])
        };
        // The gate leakage is the part that one may overlook; the high figure allows for the interpolation alone.
        let leaks = |figures: Figures| {
            let all = count * (figures.subthreshold + figures.gate);
            [all * self.low.min(figures.subthreshold * count / all), all, all / self.low]
        };
        let own = leaks(figures);
        let [low, _, high] = other.map_or(own, leaks);
        let leakage = [own[0].min(low), own[1], own[2].max(high)];
        Bank {
            beside,
            copies: 1,
            bytes,
            word_bits: word.into(),
            read: energy(figures.read),
            write: energy(figures.write),
            leakage: Some(power_band(leakage)),
            area_um2: Some(whole(figures.area * count)),
            access: Some(Picoseconds::new(whole(figures.access * 1e3))),
            cycle: Some(Picoseconds::new(whole(figures.cycle * 1e3))),
        }
    }

    fn high_at(&self, bytes: u64) -> f64 {
        let above = self.high.iter().position(|point| point.0 >= bytes);
        match above {
            Some(0) => self.high[0].1,
            Some(at) => {
                let ((low, from), (high, to)) = (self.high[at - 1], self.high[at]);
                let share = (bytes as f64 / low as f64).ln() / (high as f64 / low as f64).ln();
                (from.ln() + share * (to / from).ln()).exp()
            }
            None => self.high.last().map_or(1.0, |point| point.1),
        }
    }
}

/// The logarithm of a ratio of nodes.
fn ratio(node: u32, to: u32) -> f64 {
    (f64::from(node) / f64::from(to)).ln()
}

/// Picojoules to nine decimals, far below what the figures are good for: the same on every machine.
fn energy_band(picojoules: [f64; 3]) -> Band<EnergyPerCount> {
    let figure = |x: f64| EnergyPerCount::from_picojoules(&format!("{x:.9}")).unwrap_or(EnergyPerCount::ZERO);
    rising(picojoules.map(figure))
}

/// Microwatts, as [`energy_band`].
fn power_band(microwatts: [f64; 3]) -> Band<Yoctowatts> {
    let figure = |x: f64| Yoctowatts::from_microwatts(&format!("{x:.9}")).unwrap_or(Yoctowatts::ZERO);
    rising(microwatts.map(figure))
}

/// The factors of a band are 1 at most and at least ([`Grid`]), so its figures rise; they cannot be put out of order.
fn rising<T: Copy + Ord>([low, nominal, high]: [T; 3]) -> Band<T> {
    Band::new(low.min(nominal), nominal, high.max(nominal)).unwrap_or(Band::flat(nominal))
}
