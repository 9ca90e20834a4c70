//! The gates of the distance unit (`crates/rtl/hdl/distance_unit.sv`).

use crate::config::ConfigSpec;
use crate::contents::{Size, Widths, bits_for, index_bits};

/// A bit of a distance in a lane: counted (D3), moved by one (D9), compared with the window before and after (D8, D12) and
/// for the smallest (P2), held in two lane registers (D4), and picked for a packet (D5).
const LANE_BIT: u64 = 73;
/// A bit of a neuron's number, or of a distance that is no lane's: cursor, job, smallest distance, index of a look-up.
const NEURON_BIT: u64 = 159;
/// A bit of a pattern's number: cursor, lanes and slices that hold a pattern, patterns of a packet.
const PATTERN_BIT: u64 = 64;
/// A bit of a kernel word in a packet: kept until all are there, and the change of an update (D12).
const WORD_BIT: u64 = 10;
/// A bit of the state: the choice of the one that a column is compared with.
const STATE: u64 = 6;
/// A bit of an index or word for each port and look-up, where look-ups wait for ports (D16).
const PORT_BIT: u64 = 2;
/// The candidate list, whatever its length: what it has left out (K2), and its jobs.
const LIST: u64 = 370;
/// A bit of a distance in a lane whose candidates are taken in (K1).
const INTAKE_BIT: u64 = 26;
/// A bit of the distance of an entry: moved (K4), compared with the limit (K1) and the window (K3), in both trees (P3), and
/// chosen for a packet.
const ENTRY_DISTANCE: u64 = 72;
/// A bit of the place of an entry: compared with the rows that arrive (K4), and chosen.
const ENTRY_PLACE: u64 = 18;
/// A span of a slice whose row may be asked for (K4).
const SPAN_ROW: u64 = 15;
/// A bit of the state as the spikes have left it, which a list keeps (K5).
const COPY: u64 = 16;
/// A bit of a distance in a lane that is compared with the limit before it is complete (E2, E3).
const PARTIAL_BIT: u64 = 40;
/// A bit of a place of the cursor of a first pass in two parts (E1).
const PLACE_BIT: u64 = 26;

pub(super) fn blocks(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<(&'static str, u64)> {
    let (neuron, pattern, span) = (widths.neuron, widths.pattern, widths.span);
    vec![
        ("lanes", LANE_BIT * span * neuron),
        ("cursor, jobs and smallest distance", NEURON_BIT * neuron),
        ("patterns of a span", PATTERN_BIT * pattern),
        ("look-ups", WORD_BIT * widths.places * u64::from(size.kernel_bits)),
        ("ports of the table", ports(size, widths)),
        ("state of a column", STATE * u64::from(size.n)),
        ("candidate list", list(size, spec, widths)),
        ("elimination", elimination(spec, widths)),
    ]
}

/// The candidate list; none if it has no entries.
fn list(size: &Size, spec: &ConfigSpec, widths: &Widths) -> u64 {
    if spec.candidates == 0 {
        return 0;
    }
    let (neuron, span) = (widths.neuron, widths.span);
    let entry = ENTRY_DISTANCE * neuron + ENTRY_PLACE * (widths.span_index + index_bits(span));
    let rows = SPAN_ROW * u64::from(spec.distance_slices) * widths.spans;
    let copy = COPY * u64::from(size.n);
    LIST + INTAKE_BIT * span * neuron + rows + copy + entry * u64::from(spec.candidates)
}

/// Elimination by partial distance; none without a list.
fn elimination(spec: &ConfigSpec, widths: &Widths) -> u64 {
    if spec.candidates == 0 || !spec.partial_distance {
        return 0;
    }
    let place = widths.neuron + widths.span_index + widths.pattern + widths.row;
    PARTIAL_BIT * widths.span * widths.neuron + PLACE_BIT * place
}

/// The choice of the look-ups that a port serves, none where every look-up of a packet has a port (D16).
fn ports(size: &Size, widths: &Widths) -> u64 {
    let (slots, ports) = (widths.slots, widths.ports);
    if ports == slots { 0 } else { PORT_BIT * slots * ports * (widths.neuron + u64::from(size.kernel_bits)) }
}

/// From the counters through the window, the pick of a lane, its index and the credit to the lane registers: five levels for
/// each doubling of the lanes, three for each bit of a distance, and two for each port that is waited for. With a list longer:
/// a lane is taken in by a limit that follows from the smallest distance, and what is left of the span decides what is read.
pub(super) fn path(spec: &ConfigSpec, widths: &Widths) -> (&'static str, u64) {
    let lanes = bits_for(widths.span);
    let waits = if widths.ports == widths.slots { 0 } else { 2 * widths.ports };
    if spec.candidates == 0 {
        let gates = 27 + 5 * lanes + 3 * widths.neuron + waits;
        return ("from a counter word to the packet that its lane is picked for", gates);
    }
    let entries = 9 * bits_for(spec.candidates.into()) / 2;
    let parts = if spec.partial_distance { 10 } else { 0 };
    let gates = 26 + 10 * lanes + 8 * widths.neuron + entries + parts;
    ("from a row that arrives through the candidate list to what is read next", gates)
}
