//! One retrieval as files that people can open: text, FST for GTKWave and Surfer, JSON for Perfetto and Chrome, and bytes.
//!
//! The simulator tells a [`klr_sim::Sink`] what happens, event by event, and what it has counted, cycle by cycle. Text and
//! bytes are its events as they are. For the other two, [`Observer`] makes a [`Recording`] of them: signals, spans and marks
//! over cycles, with energy. `docs/traces.md` says what each signal and track means.
//!
//! ```
//! use klr_energy::PriceTable;
//! use klr_image::{CoreImage, Geometry, KernelTable, Order};
//! use klr_sim::{CoreConfig, Dataflow, Schedule};
//! use klr_units::{Bits, ClockMhz, Digest, RunId, State};
//! use klr_waves::{Format, Traced};
//!
//! let patterns = [State::from_signs(&[1, 1, -1, -1]).unwrap(), State::from_signs(&[-1, 1, 1, -1]).unwrap()];
//! let table = KernelTable::nearest_relative(Bits::new(4).unwrap(), &[15, 4, 1]).unwrap();
//! let weights: Vec<i16> = patterns.iter().flat_map(|s| (0..4).map(|i| i16::from(s.sign(i)))).collect();
//! let image = CoreImage::new(Geometry::tiny(), &patterns, Bits::new(1).unwrap(), weights, table).unwrap();
//!
//! let mut cue = patterns[0].clone();
//! cue.flip(1);
//! let traced = Traced {
//!     image: &image,
//!     config: &CoreConfig::tiny(),
//!     schedule: Schedule { dataflow: Dataflow::Delta, order: Order::Sequential },
//!     cue: &cue,
//!     index: 0,
//!     prices: &PriceTable::preset("generic-22nm").unwrap(),
//!     clock: ClockMhz::new(500).unwrap(),
//!     run: &RunId::new(Digest::of(b"a plan"), 1),
//! };
//! let (retrieval, recording) = traced.record().unwrap();
//! let energy = recording.energy.samples.last().unwrap().total;
//! let ledger = traced.ledger(&retrieval);
//! assert_eq!(energy, ledger.total().map(|band| band.nominal()), "yoctojoule for yoctojoule");
//! let (files, _) = traced.files(&[Format::Perfetto]).unwrap();
//! assert_eq!(files[0].name, "trace.delta.cue0.perfetto.json");
//! ```

mod error;
pub mod fst;
mod gtkw;
mod landscape;
mod meter;
mod observer;
pub mod perfetto;
mod signals;
mod spans;
mod traced;

pub use error::WaveError;
pub use meter::{EnergyCourse, EnergySample, PowerSample};
pub use observer::{CoreUnit, Mark, Observer, Recording};
pub use signals::{Change, Signal, SignalKind, SignalValue};
pub use spans::Span;
pub use traced::{Format, TraceFile, Traced};
