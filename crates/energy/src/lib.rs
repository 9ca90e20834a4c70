//! What a run costs: the counts of the simulator times a table of prices, every one with its source.
//!
//! A price is a band (low, nominal, high) with a grade of evidence, a citation and a scope. A term that costs nothing says
//! `free` and why; a term paid within another says `included`; a term nobody has published says `unpriced`, is shown with
//! its count, and makes the ledger's total a lower bound: every sum is a [`Cost`], which is known, or at least so much, or
//! unknown, and has to be asked which. The terms, the tables that come with the crate and their sources
//! are described in `docs/energy.md`.
//!
//! ```
//! use klr_energy::{Component, Cost, Grade, PriceTable, one_look, price};
//! use klr_sim::{Activity, Hardware, Memories, MemoryMacro};
//! use klr_units::{ClockMhz, Yoctojoules};
//!
//! let memory = |bank_bytes| MemoryMacro::of_one_port(bank_bytes, 1, 64);
//! let hardware = Hardware {
//!     memories: Memories {
//!         columns: memory(8192),
//!         rows: MemoryMacro::NONE,
//!         weights: memory(32_768),
//!         counters: memory(1024),
//!         table: memory(1024),
//!     },
//!     n: 64,
//!     p: 1000,
//!     weight_bits: 4,
//!     kernel_bits: 8,
//!     counter_bits: 7,
//!     accumulator_bits: 24,
//!     flip_flops: 5000,
//! };
//! let activity = Activity { cycles: 400, pattern_bits_read: 64_000, macs: 6_400, ..Activity::default() };
//!
//! let table = PriceTable::preset("generic-22nm")?;
//! let ledger = price(&table, &activity, &hardware, ClockMhz::new(500).unwrap());
//!
//! // 6,400 multiplications of 4 x 8 bits at 0.0305 pJ, and as many additions of 24 bits at 0.022875 pJ.
//! let Cost::Known(mac) = ledger.component(Component::Mac) else { panic!("both have a price") };
//! assert_eq!(mac.nominal(), Yoctojoules::from_attojoules(341_600_000));
//! assert_eq!(ledger.weakest_grade(), Some(Grade::Derived));
//! assert!(ledger.complete(), "no term of this run is unpriced");
//!
//! // No retrieval can rank the patterns on less than one look at each of their bits.
//! let least = one_look(&table, &hardware, 1, 20);
//! let times = ledger.ratio(&least).expect("both are known");
//! assert!(times.interval.0 > 1.0, "at any prices within their bands");
//! # Ok::<(), klr_energy::TableError>(())
//! ```
//!
//! One's own table is TOML; [`PriceTable::preset_text`] gives one to start from, [`PriceTable::from_toml`] reads it.

mod anchors;
mod area;
mod band;
mod bounds;
mod cells;
mod charge;
mod chip;
mod component;
mod cost;
mod crossbar;
mod dense;
mod error;
mod evidence;
mod ledger;
mod loihi;
mod one_look;
mod parse;
mod presets;
mod pricing;
mod reader;
mod rram;
mod source;
mod speed;
mod spread;
mod sram;
mod table;
mod term;
mod truenorth;

pub use anchors::{Anchor, Role, anchors};
pub use area::SquareNanometres;
pub use band::Band;
pub use bounds::{CAM_FIGURES, CamFigure, InformationBound, KELVIN, cam_picojoules};
pub use cells::Cells;
pub use charge::{Charge, Charges, charges};
pub use component::Component;
pub use cost::Cost;
pub use crossbar::{crossbar_charges, price_crossbar, price_crossbar_over};
pub use dense::{DenseLedger, dense_charges, price_dense};
pub use error::TableError;
pub use evidence::{Evidence, Grade, Scope};
pub use ledger::{Basis, CrossbarLedger, Ledger, Line, Uncharged};
pub use loihi::{LoihiCost, loihi_charges, price_loihi};
pub use one_look::one_look;
pub use pricing::{price, price_over};
pub use rram::{RramLedger, price_rram, rram_charges};
pub use source::{SourceGroup, Sources};
pub use speed::{SlowMemory, TooSlow, UnknownSpeed, check_speed, fastest_clock};
pub use spread::{DRAWS, Drawn, Likely, Ratio, Swing};
pub use sram::{Bank, Device, Grid, MacroPorts, Macros, NoMacro, Rung, Sram};
pub use table::{Power, Price, PriceTable, PricedAs, Treatment};
pub use term::{Access, Quantity, Term, Width};
pub use truenorth::{TrueNorthLedger, price_truenorth, truenorth_charges};
