//! The area of logic: how large a gate and a flip-flop are, and what a core of so many of them takes.

use crate::area::{GREATEST_UM2, SquareNanometres};
use crate::band::Band;
use crate::error::TableError;
use crate::evidence::Evidence;
use crate::parse::evidence;
use crate::reader::{KeyedValue, Section};
use klr_sim::Contents;
use std::sync::Arc;

/// The cells of a technology: what an area of logic is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The area of a gate, in units of which the logic of a core is counted ([`klr_sim::contents::Block`]), as it stands
    /// on a chip: with the part of the rows that stays empty.
    pub gate: Band<SquareNanometres>,
    /// The area of a flip-flop, as it stands on a chip.
    pub flip_flop: Band<SquareNanometres>,
    /// Where the figures come from.
    pub evidence: Arc<Evidence>,
}

impl Cells {
    /// Reads the section `cells` of a price table.
    pub(crate) fn read(section: &Section<'_>) -> Result<Self, TableError> {
        section.only(&["gate_um2", "flip_flop_um2", "grade", "secondary", "source", "note"])?;
        let area = |key: &str, why: &str| area_band(&section.require(key, why)?);
        Ok(Self {
            gate: area("gate_um2", "the area of a NAND of two inputs")?,
            flip_flop: area("flip_flop_um2", "the area of a flip-flop")?,
            evidence: Arc::new(evidence(section)?),
        })
    }

    /// What `gates` gates and `flip_flops` flip-flops take.
    #[must_use]
    pub fn area(&self, gates: u64, flip_flops: u64) -> Band<SquareNanometres> {
        self.gate.map(|area| area.times(gates)).and(self.flip_flop.map(|area| area.times(flip_flops)))
    }

    /// What the logic of a core takes that contains `contents`.
    #[must_use]
    pub fn logic(&self, contents: &Contents) -> Band<SquareNanometres> {
        self.area(contents.gates(), contents.flip_flops())
    }
}

fn area_band(entry: &KeyedValue<'_>) -> Result<Band<SquareNanometres>, TableError> {
    let unit = "square micrometres";
    let convert = |number: &str| {
        let area = number.parse().ok().and_then(SquareNanometres::from_um2);
        area.ok_or_else(|| {
            entry.refuse(format!(
                "found {}, allowed: figures from 0 to {GREATEST_UM2:e} {unit}",
                entry.shown()
            ))
        })
    };
    let [low, nominal, high] = entry.three_numbers(&format!("[low, nominal, high] in {unit}"))?.map(convert);
    let band = Band::new(low?, nominal?, high?).filter(|band| band.low() > SquareNanometres(0));
    band.ok_or_else(|| entry.refuse(format!("found {}, allowed: 0 < low <= nominal <= high", entry.shown())))
}
