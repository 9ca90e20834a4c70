//! What a retrieval gave: the same form for both sides.

use crate::case::{Case, keeps_fields, result_words};
use klr_image::Outcome;
use klr_sim::trace::RECORD_BYTES;
use klr_sim::{Activity, BinaryTrace, FaultCode, Sink, TraceEvent};
use klr_units::{Cycle, State};

/// One event as a record of 25 bytes, cycle first (`docs/timing.md`).
pub(crate) type Record = [u8; RECORD_BYTES];

/// One retrieval, as one side did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Every event, sorted by cycle; those of one cycle are a set, and sorted by their bytes.
    pub records: Vec<[u8; RECORD_BYTES]>,
    /// How it ended; `None` if it did not.
    pub outcome: Option<Outcome>,
    /// The state at the end.
    pub state: State,
    /// The field registers at the end, where the dataflow keeps fields.
    pub fields: Option<Vec<i64>>,
    /// The distances that the core keeps at the end: all in its counters, or those of its candidate list.
    pub distances: Vec<Option<u32>>,
    /// All counts, cycles among them.
    pub activity: Activity,
}

/// Results that are not those of the cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the results end at byte {at} within retrieval {retrieval}")]
pub struct RunError {
    /// Where.
    pub at: usize,
    /// Counted from 0.
    pub retrieval: usize,
}

/// The counters at the core's readout port, in its order: from the last of `counts` in `core.sv` to the first.
pub(crate) const COUNTS: [fn(&mut Activity) -> &mut u64; 45] = [
    // mac_array
    |activity| &mut activity.sum_bits_written,
    |activity| &mut activity.activations_dropped,
    |activity| &mut activity.sign_bits_read,
    |activity| &mut activity.sign_wait_cycles,
    |activity| &mut activity.violation_checks,
    |activity| &mut activity.activation_bits,
    |activity| &mut activity.activation_words,
    |activity| &mut activity.activations_taken,
    |activity| &mut activity.macs,
    |activity| &mut activity.field_bits_written,
    |activity| &mut activity.field_bits_read,
    |activity| &mut activity.weight_bits_read,
    |activity| &mut activity.bank_conflict_cycles,
    |activity| &mut activity.mac_busy_cycles,
    // distance_unit; it has a copy of the state register
    |activity| &mut activity.spikes_dropped,
    |activity| &mut activity.state_bits_written,
    |activity| &mut activity.list_overflows,
    |activity| &mut activity.list_refreshes,
    |activity| &mut activity.candidate_bits_written,
    |activity| &mut activity.candidate_bits_read,
    |activity| &mut activity.activations_sent,
    |activity| &mut activity.spikes_taken,
    |activity| &mut activity.kernel_lookups,
    |activity| &mut activity.distance_comparisons,
    |activity| &mut activity.distance_updates,
    |activity| &mut activity.bit_comparisons,
    |activity| &mut activity.table_bits_read,
    |activity| &mut activity.counter_bits_written,
    |activity| &mut activity.counter_bits_read,
    |activity| &mut activity.pattern_bits_read,
    |activity| &mut activity.port_conflict_cycles,
    |activity| &mut activity.activation_stall_cycles,
    |activity| &mut activity.distance_busy_cycles,
    // sequencer; it reads field registers as well
    |activity| &mut activity.field_comparisons,
    |activity| &mut activity.spikes_sent,
    |activity| &mut activity.steps,
    |activity| &mut activity.flips,
    |activity| &mut activity.evaluations,
    |activity| &mut activity.state_comparisons,
    |activity| &mut activity.host_bits,
    |activity| &mut activity.state_bits_written,
    |activity| &mut activity.field_bits_read,
    |activity| &mut activity.spike_stall_cycles,
    |activity| &mut activity.threshold_busy_cycles,
    |activity| &mut activity.cycles,
];

/// Records in the order in which both sides are compared.
pub(crate) fn sorted(bytes: &[u8]) -> Vec<Record> {
    let mut records: Vec<Record> =
        bytes.chunks_exact(RECORD_BYTES).filter_map(|r| r.try_into().ok()).collect();
    records.sort_unstable_by_key(|record| (cycle_of(record), *record));
    records
}

/// The cycle of a record.
pub(crate) fn cycle_of(record: &Record) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&record[..8]);
    u64::from_le_bytes(bytes)
}

/// What the harness wrote for `cases`, one retrieval after the other.
///
/// # Errors
/// [`RunError`] if it ends before they do, or goes on.
pub(crate) fn decode(cases: &[(&Case, u64)], bytes: &[u8]) -> Result<Vec<Run>, RunError> {
    let mut rest = Rest { bytes, at: 0 };
    let mut runs = Vec::new();
    for (retrieval, &(case, _)) in cases.iter().enumerate() {
        let run = rest.run(case).ok_or(RunError { at: rest.at, retrieval })?;
        runs.push(run);
    }
    if rest.at == bytes.len() { Ok(runs) } else { Err(RunError { at: rest.at, retrieval: cases.len() }) }
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn words(&mut self, count: usize) -> Option<Vec<u64>> {
        (0..count).map(|_| self.word()).collect()
    }

    fn run(&mut self, case: &Case) -> Option<Run> {
        let (over, outcome, count) = (self.word()?, self.word()?, self.word()?);
        let records = self.take(usize::try_from(count).ok()?.checked_mul(RECORD_BYTES)?)?.to_vec();
        let all = self.words(result_words(case, COUNTS.len()))?;
        let (n, p) = (case.image.n() as usize, case.image.p() as usize);
        let (state, rest) = all.split_at(case.cue.words().len());
        let (fields, rest) = rest.split_at(n);
        let (distances, counts) = rest.split_at(p);
        let mut activity = Activity::default();
        for (of, count) in COUNTS.iter().zip(counts) {
            *of(&mut activity) += count;
        }
        let outcome = Outcome::ALL.into_iter().find(|known| over == 1 && *known as u64 == outcome);
        let mut run = Run {
            records: sorted(&records),
            outcome,
            state: State::from_words(n, state.to_vec())?,
            fields: keeps_fields(case.schedule.dataflow)
                .then(|| fields.iter().map(|field| field.cast_signed()).collect()),
            distances: distances.iter().map(|&d| u32::try_from(d).ok()).collect(),
            activity,
        };
        run.tell_dead_field(case);
        Some(run)
    }
}

impl Run {
    /// The core cannot tell a dead field from convergence: whoever reads its counters can. The verdict follows the end.
    fn tell_dead_field(&mut self, case: &Case) {
        let table = case.image.table();
        // What a list leaves out is outside the window.
        let kept = || self.distances.iter().copied().flatten();
        let nearest = kept().min().unwrap_or(0);
        let dead = kept().all(|d| d >= nearest && table.lookup(d, nearest) == 0);
        if self.outcome == Some(Outcome::Converged) && dead {
            self.outcome = Some(Outcome::DeadField);
            let end = self.records.last().map_or(0, cycle_of);
            let mut trace = BinaryTrace::default();
            trace.event(Cycle::new(end), &TraceEvent::Fault { code: FaultCode::DeadField });
            let all: Vec<u8> = self.records.iter().flatten().chain(trace.bytes()).copied().collect();
            self.records = sorted(&all);
        }
    }
}
