//! The words every crate uses: time, energy, typed indices, fixed-point formats and how a real number becomes a word of
//! them, ordered threads, and the frame around saved files.
//!
//! Each type carries only the arithmetic that makes sense for it, so that a cycle cannot be added to a joule:
//!
//! ```
//! use klr_units::{Cycle, Cycles, EnergyPerCount, Yoctojoules};
//!
//! let start = Cycle::ZERO;
//! let end = start + Cycles::new(12);
//! assert_eq!(end - start, Cycles::new(12));
//! assert_eq!(EnergyPerCount::from_picojoules("0.2")?.times(10), Yoctojoules::from_attojoules(2_000_000));
//! # Ok::<(), klr_units::energy::FigureError>(())
//! ```
//!
//! # Vocabulary
//!
//! One word, one meaning, in code, documents and reports. N is the number of neurons, P that of patterns.
//!
//! **What is stored**
//!
//! | word | meaning | type |
//! |---|---|---|
//! | neuron | one of N bits of -1 and +1 that a retrieval may turn over | [`NeuronIdx`] |
//! | state | the N bits of all neurons at one moment | [`State`] |
//! | pattern | a state that is to be remembered, one of P | `klr_model::PatternSet`, [`PatternIdx`] |
//! | distance | Hamming distance d: neurons in which two states differ | `u32` |
//! | overlap | `m = 1 - 2 d / N`: 1 for equal states, -1 for opposite ones | `f64` |
//! | kernel | a function K of the distance: how much a pattern counts | `klr_model::Kernel` |
//! | dual variables | alpha, P x N real numbers that training finds, one column per neuron | `klr_model::KlrModel` |
//! | field | `h_i = sum_mu alpha_mu,i K(d_mu)`: where the patterns pull neuron i | `f64`; `i64` in a core |
//! | margin | `s_i h_i`: negative where the field would turn the neuron over | `f64`, `i64` |
//! | memory, of a network | anything that recalls patterns from cues | `klr_model::AssociativeMemory` |
//!
//! **What is retrieved**
//!
//! | word | meaning | type |
//! |---|---|---|
//! | cue | the state a retrieval starts from | `klr_model::Cue` |
//! | target | the pattern a cue was made of | [`State`] |
//! | retrieval | the way from a cue to its end | `klr_model::Retrieval`, `klr_sim::CoreRun` |
//! | recall | the share of retrievals that end at their target | `klr_model::form::Hits` |
//! | update | which neurons change together: all (synchronous), or one at a time (asynchronous) | `klr_model::UpdateRule`, `klr_image::Update` |
//! | order | in which sequence single neurons are visited | `klr_model::VisitOrder`; `klr_image::Order` in a core |
//! | step | one synchronous update of all neurons | `u32` |
//! | sweep | N visits of single neurons; also the dataflow that makes them one field at a time | `u32`, `klr_sim::Dataflow` |
//! | flip | one neuron turned over | a count |
//! | outcome | how a retrieval ended: fixed point, two-cycle, step limit | `klr_model::RetrievalOutcome`; `klr_image::Outcome` in a core |
//!
//! **What a core holds**
//!
//! | word | meaning | type |
//! |---|---|---|
//! | core | the hardware of one network, and its sizes | `klr_image::Geometry`, `klr_sim::CoreConfig` |
//! | image | all integers that a core is loaded with | `klr_image::CoreImage` |
//! | kernel word | a kernel value as an unsigned integer of 1 to 16 bits | [`words::kernel_words`] |
//! | weight | a dual variable as a signed integer of 1 to 16 bits | [`words::weight_words`] |
//! | clip | the share of a neuron's largest dual variable that becomes the largest weight | [`WeightRounding`] |
//! | window | the entries of a kernel table up to the last that is not zero | `klr_image::KernelTable` |
//! | table form | what indexes that table: the distance, or the distance beyond the nearest pattern's | [`TableForm`] |
//! | counter, of a memory | the distance of one pattern, kept while a retrieval runs | counter memory |
//! | memory, of a core | one kind of SRAM: patterns, weights, counters, table | `klr_image::Memory` |
//! | row, of patterns | the N bits of one pattern | [`State`] |
//! | column, of patterns | one neuron's bits in all patterns | pattern memory |
//! | lane | one of the places that work side by side in a unit | `klr_image::Geometry` |
//! | block | as many patterns as there are distance lanes | a count |
//! | group | as many neurons as there are MAC lanes | a count |
//! | bank | a part of a memory with ports of its own | `klr_image::placement` |
//! | macro | the array that a bank is built in: the smallest there is that holds it | [`macros::MACRO_BYTES`] |
//! | slice | a part of the distance unit with its own bank of patterns and counters; blocks are dealt to slices in turn | `klr_image::placement::Banking` |
//!
//! **What a core does**
//!
//! | word | meaning | type |
//! |---|---|---|
//! | dataflow | which work a core does, in which order, to update its neurons | `klr_sim::Dataflow` |
//! | first pass | counting all distances of a state anew | rule D1 of `docs/timing.md` |
//! | spike | the message that a neuron has flipped, to the distance unit | spike queue |
//! | look-up | reading the kernel word of one distance | `klr_sim::Counter::KernelLookups` |
//! | packet | kernel words on their way from the distance unit to the MAC array | activation queue |
//! | MAC, synaptic operation | one kernel word times one weight, added to a field | `klr_sim::Counter::Macs` |
//! | counter, of a run | how often something happened; every one is priced or says why not | `klr_sim::Counter` |
//! | cycle | a point in simulated time, and cycles a span | [`Cycle`], [`Cycles`] |
//! | fault | what goes wrong in the modelled hardware, part of the result | `klr_sim::Fault` |
//! | lever | a setting of a core that saves energy or time | `docs/timing.md` |
//!
//! **What it costs**
//!
//! | word | meaning | type |
//! |---|---|---|
//! | price | the energy of one counted event, as a band with its evidence | `klr_energy::Price` |
//! | term | what a price is for | `klr_energy::Term` |
//! | charge | counted events that pay one term | `klr_energy::Charge` |
//! | ledger | all charges of a run with their prices, summed in yoctojoules | `klr_energy::Ledger`, [`Yoctojoules`] |
//! | cost | a sum of charges as far as it is known: known, at least so much, or not known | `klr_energy::Cost` |
//! | preset | a named table of prices, or a named core | `klr_energy::PriceTable` |

mod decimal;
pub mod document;
pub mod energy;
pub mod file;
pub mod fixed;
pub mod fnv;
pub mod folder;
pub mod frame;
pub mod hamming;
pub mod index;
pub mod macros;
pub mod progress;
pub mod range;
pub mod run;
pub mod state;
pub mod suggest;
pub mod text;
pub mod threads;
pub mod time;
pub mod words;

pub use energy::{EnergyPerCount, Yoctojoules, Yoctowatts};
pub use fixed::{Bits, SignedFormat, UnsignedFormat, WeightCoding};
pub use index::{NeuronIdx, PatternIdx};
pub use range::{OutOfRange, WholeField};
pub use run::{Digest, RunId, VERSION};
pub use state::State;
pub use time::{ClockMhz, Cycle, Cycles, Picoseconds};
pub use words::{TableForm, WeightRounding};
