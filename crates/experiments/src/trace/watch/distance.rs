//! What the distance unit does, as an observer sees it.

use super::{Due, Unit, Value, Watch, Wire};
use klr_image::TableForm;
use klr_sim::Dataflow;
use klr_units::fixed::unsigned_width;
use klr_units::{NeuronIdx, PatternIdx};

/// The job at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Idle,
    FirstPass,
    /// Sums that it will complete, and the block looked up last.
    Stream {
        sums_left: usize,
        block: Option<usize>,
    },
    /// `delta` with a nearest-relative table: blocks read so far.
    LookAhead {
        neuron: NeuronIdx,
        read: usize,
    },
    /// Blocks still to be written, and whether the end of a sum is still to be sent.
    Update {
        neuron: NeuronIdx,
        writes_left: usize,
        sends: bool,
    },
}

/// A word of pattern or counter memory that arrives R cycles after its read (D2), and is examined then.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arrival {
    /// A column of a block, in a first pass.
    Column { block: usize, column: usize },
    /// A word of a pattern, in a first pass where patterns lie by row.
    Row { pattern: usize, word: usize },
    /// The counter word of a block, compared so often in each lane, and moved by one in an update.
    Counters { block: usize, comparisons: u64, moves: bool },
}

impl Job {
    const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::FirstPass => "first-pass",
            Self::Stream { .. } => "stream",
            Self::LookAhead { .. } => "look-ahead",
            Self::Update { .. } => "update",
        }
    }
}

impl Watch<'_> {
    pub(super) fn pattern_read(&mut self, block: usize, neuron: NeuronIdx) {
        let lanes = self.lanes(block);
        self.show_row(block, neuron, lanes);
        if self.counted {
            return;
        }
        self.first_pass_reads(block, neuron.get() == 0);
        self.read(Arrival::Column { block, column: neuron.get() });
    }

    /// A word of one pattern is read in a first pass.
    pub(super) fn row_read(&mut self, pattern: PatternIdx, word: usize) {
        let l = self.image.geometry().distance_lanes();
        let (block, lane) = (pattern.get() / l, pattern.get() % l);
        let first = word * l;
        self.show_row(block, NeuronIdx::from_usize(first), l as u64);
        self.first_pass_reads(block, lane == 0 && word == 0);
        self.read(Arrival::Row { pattern: pattern.get(), word });
    }

    /// What is read in this cycle arrives R cycles later.
    fn read(&mut self, arrival: Arrival) {
        self.later(self.config.sram_latency.into(), Due::Arrival(arrival));
    }

    /// Books what is done with a word in the cycle in which it arrives.
    pub(super) fn arrives(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Column { block, column } => {
                // Rows of a block that was given up arrive and are not counted (E3).
                if !self.ruled_out.contains(&block) {
                    let lanes = self.lanes(block);
                    self.meter.booked.bit_comparisons += lanes;
                    if self.listed && self.compares_with_limit(column) {
                        self.meter.booked.distance_comparisons += lanes;
                    }
                }
            }
            Arrival::Row { pattern, word } => self.row_arrives(pattern, word),
            Arrival::Counters { block, comparisons, moves } => {
                let lanes = self.lanes(block);
                self.meter.booked.distance_comparisons += lanes * comparisons;
                self.meter.booked.distance_updates += lanes * u64::from(moves);
            }
        }
    }

    /// The blocks of a span are complete with the last word of its first block, which is its fullest (D17).
    fn row_arrives(&mut self, pattern: usize, word: usize) {
        let l = self.image.geometry().distance_lanes();
        self.meter.booked.bit_comparisons += l.min(self.image.n() as usize - word * l) as u64;
        let (block, lane) = (pattern / l, pattern % l);
        let slices = self.config.distance_slices as usize;
        let last = lane + 1 == self.image.lanes(block) && word + 1 == self.image.row_words();
        if self.listed && last && block.is_multiple_of(slices) {
            let span = block..(block + slices).min(self.image.blocks());
            self.meter.booked.distance_comparisons += span.map(|block| self.lanes(block)).sum::<u64>();
        }
    }

    /// The signs of a neuron's weights are read, for the stream that begins with them or is under way.
    pub(super) fn column_signs(&mut self, block: usize, neuron: NeuronIdx) {
        self.show_row(block, neuron, self.lanes(block));
        if matches!(self.job, Job::Idle | Job::FirstPass) {
            self.start_stream();
        }
    }

    /// Reads so many bits of pattern memory.
    fn show_row(&mut self, block: usize, neuron: NeuronIdx, bits: u64) {
        self.meter.booked.pattern_bits_read += bits;
        self.pulse(Wire::ReadPattern);
        self.board.number(Wire::Block, block as u64);
        self.board.number(Wire::Column, neuron.get() as u64);
    }

    /// A first pass reads a row of `block`, its first or another.
    fn first_pass_reads(&mut self, block: usize, first: bool) {
        if self.job != Job::FirstPass {
            self.show_candidates(0);
            self.ruled_out.clear();
            self.start(Job::FirstPass, "first pass".to_owned());
        }
        let slices = self.config.distance_slices as usize;
        if first && block.is_multiple_of(slices) {
            let last = (block + slices).min(self.image.blocks()) - 1;
            let name =
                if last == block { format!("block {block}") } else { format!("blocks {block} to {last}") };
            self.begin(Unit::Distance, 1, name);
        }
    }

    /// Whether the counts are compared with the limit of the candidate list once this column is in: after the last, and
    /// where patterns are ruled out after each one beyond the probe.
    fn compares_with_limit(&self, column: usize) -> bool {
        let n = self.image.n() as usize;
        let probe = if self.config.probe_columns == 0 { n / 2 } else { self.config.probe_columns as usize };
        let rules_out = self.config.partial_distance && (1..n).contains(&probe);
        column + 1 == n || (rules_out && column >= probe)
    }

    pub(super) fn counter_read(&mut self, block: usize) {
        let lanes = self.lanes(block);
        self.meter.booked.counter_bits_read += lanes * u64::from(self.image.counter_bits());
        self.pulse(Wire::ReadCounters);
        self.board.number(Wire::Block, block as u64);
        match self.job {
            // Where patterns are ruled out, a first pass reads back what it has counted of a block.
            Job::FirstPass if self.listed => {}
            Job::Idle | Job::FirstPass => self.start_stream(),
            Job::LookAhead { neuron, read } if read == self.image.blocks() => self.start_update(neuron),
            Job::LookAhead { neuron, read } => self.job = Job::LookAhead { neuron, read: read + 1 },
            Job::Stream { .. } | Job::Update { .. } => {}
        }
        let comparisons = match self.job {
            Job::Stream { .. } => u64::from(self.config.zero_skip || self.dataflow == Dataflow::Delta),
            Job::LookAhead { .. } => 1,
            Job::Update { .. } => self.comparisons_of_update(),
            Job::Idle | Job::FirstPass => return,
        };
        let moves = matches!(self.job, Job::Update { .. });
        self.read(Arrival::Counters { block, comparisons, moves });
    }

    pub(super) fn counter_write(&mut self, block: usize) {
        let lanes = self.lanes(block);
        self.meter.booked.counter_bits_written += lanes * u64::from(self.image.counter_bits());
        self.pulse(Wire::WriteCounters);
        match self.job {
            Job::Update { neuron, writes_left, sends } => {
                self.job = Job::Update { neuron, writes_left: writes_left.saturating_sub(1), sends };
                self.finish_update();
            }
            _ => {
                self.meter.booked.distance_comparisons +=
                    lanes * u64::from(self.needs_minimum() || self.listed);
                if block + 1 == self.image.blocks() && !self.listed {
                    self.counted = true;
                    self.finish_job();
                    self.later(1, Due::Stage(self.stage_after_distances()));
                }
            }
        }
    }

    /// Comparisons per lane when a spike changes it: the old and the new index with the window in `delta`, and the smallest
    /// distance where somebody needs it and no look-ahead has found it.
    fn comparisons_of_update(&self) -> u64 {
        let (delta, relative) = (self.dataflow == Dataflow::Delta, self.is_relative());
        let minimum = !(relative && delta) && self.needs_minimum();
        2 * u64::from(delta) + u64::from(minimum)
    }

    pub(super) fn look_up(&mut self, first: Option<PatternIdx>, last: bool, look_ups: u64) {
        if matches!(self.job, Job::Idle | Job::FirstPass) {
            // The candidate list sends its words without a read of counter memory.
            self.start_stream();
        }
        if std::mem::take(&mut self.sum_begins) {
            self.book_list();
        }
        let bits = u64::from(self.image.table().format().bits().get());
        self.meter.booked.kernel_lookups += look_ups;
        self.meter.booked.table_bits_read += look_ups * bits;
        self.board.number(Wire::ActivationStall, 0);
        self.pulse(Wire::LookUp);
        if let Some(first) = first {
            self.board.number(Wire::Pattern, first.get() as u64);
        }
        self.show_look_up(first);
        if last {
            self.sum_sent();
        }
    }

    /// A span for the block of a stream, and for each word that changes in an update.
    fn show_look_up(&mut self, first: Option<PatternIdx>) {
        self.tracks[Unit::Distance as usize].end(2, self.now);
        let lanes = self.image.geometry().distance_lanes();
        match (&mut self.job, first) {
            (Job::Stream { block, .. }, Some(first)) if *block != Some(first.get() / lanes) => {
                let at = first.get() / lanes;
                *block = Some(at);
                self.begin(Unit::Distance, 1, format!("block {at}"));
            }
            (Job::Update { .. }, Some(first)) => {
                self.begin(Unit::Distance, 2, format!("look-up pattern={first}"));
                self.later(1, Due::LookUpEnds);
            }
            _ => {}
        }
    }

    /// The end of a sum is on its way.
    fn sum_sent(&mut self) {
        match &mut self.job {
            Job::Stream { sums_left, block } => {
                *sums_left = sums_left.saturating_sub(1);
                *block = None;
                if *sums_left == 0 {
                    self.finish_job();
                } else {
                    self.sum_begins = true;
                }
            }
            Job::Update { sends, .. } => {
                *sends = false;
                self.finish_update();
            }
            _ => {}
        }
    }

    pub(super) fn activation_stall(&mut self) {
        self.board.number(Wire::ActivationStall, 1);
        self.begin(Unit::Distance, 2, "stall activation-queue");
    }

    pub(super) fn spike_enters(&mut self, depth: usize) {
        self.meter.booked.spikes_sent += 1;
        self.board.number(Wire::SpikeQueue, depth as u64);
    }

    pub(super) fn spike_taken(&mut self, neuron: NeuronIdx) {
        self.meter.booked.spikes_taken += 1;
        self.lower(Wire::SpikeQueue);
        self.spike_credit();
        self.board.number(Wire::SpikeNeuron, neuron.get() as u64);
        self.counted = true;
        self.meter.booked.state_bits_written += u64::from(self.listed);
        let name = format!("spike neuron={neuron}");
        if self.dataflow == Dataflow::Delta && self.is_relative() && !self.listed {
            self.start(Job::LookAhead { neuron, read: 0 }, name);
            self.begin(Unit::Distance, 1, "look-ahead");
        } else {
            self.start(Job::Idle, name);
            self.start_update(neuron);
        }
    }

    fn start_update(&mut self, neuron: NeuronIdx) {
        let sends = self.dataflow == Dataflow::Delta;
        let writes_left = if self.listed { 1 } else { self.image.blocks() };
        self.job = Job::Update { neuron, writes_left, sends };
        self.board.text(Wire::Job, self.job.name());
        self.begin(Unit::Distance, 1, "update");
    }

    fn finish_update(&mut self) {
        if matches!(self.job, Job::Update { writes_left: 0, sends: false, .. }) {
            self.finish_job();
            if self.dataflow == Dataflow::Sweep {
                // The report reaches the sequencer, which asks for the next field.
                self.later(1, Due::Stage("field"));
            }
        }
    }

    /// The candidates' distances have moved by one; the smallest is compared, and the window.
    pub(super) fn list_update(&mut self, entries: usize) {
        let count = entries as u64;
        let bits = count * u64::from(self.image.counter_bits());
        let booked = &mut self.meter.booked;
        booked.distance_updates += count;
        booked.distance_comparisons += 2 * count;
        booked.candidate_bits_read += bits;
        booked.candidate_bits_written += bits;
        self.show_candidates(count);
        if let Job::Update { neuron, sends, .. } = self.job {
            self.job = Job::Update { neuron, writes_left: 0, sends };
            self.finish_update();
        }
    }

    /// A pattern goes into the list.
    pub(super) fn insert(&mut self, entries: u64) {
        self.pulse(Wire::Insert);
        self.meter.booked.candidate_bits_written += self.entry_bits();
        self.show_candidates(entries);
    }

    fn show_candidates(&mut self, count: u64) {
        self.candidates = count;
        self.board.number(Wire::Candidates, count);
    }

    /// All candidates are read and compared with the window, for the first packet of a sum.
    fn book_list(&mut self) {
        if self.listed {
            self.meter.booked.distance_comparisons += self.candidates;
            self.meter.booked.candidate_bits_read += self.candidates * self.entry_bits();
        }
    }

    /// Bits of a candidate: its index and its distance.
    fn entry_bits(&self) -> u64 {
        u64::from(unsigned_width(u64::from(self.image.p() - 1)) + self.image.counter_bits())
    }

    pub(super) fn eliminated(&mut self, block: usize) {
        self.ruled_out.insert(block);
        self.eliminated += 1;
        self.board.number(Wire::Eliminated, self.eliminated);
    }

    /// Everything is counted anew, and in `delta` sent anew.
    pub(super) fn refresh(&mut self) {
        self.mark(Some(Unit::Distance), "refresh".to_owned());
        self.job = Job::Idle;
        self.counted = false;
    }

    /// The counter memory serves from here on, and is filled by another first pass.
    pub(super) fn list_overflow(&mut self) {
        self.mark(Some(Unit::Distance), "list-overflow".to_owned());
        self.job = Job::Idle;
        self.listed = false;
    }

    /// The distances are there, and their kernel words go to the MAC array.
    fn start_stream(&mut self) {
        let groups = self.image.groups();
        let sums_left = if self.dataflow == Dataflow::Synchronous { groups } else { 1 };
        self.counted = true;
        self.sum_begins = true;
        self.start(Job::Stream { sums_left, block: None }, "stream".to_owned());
        if *self.board.get(Wire::Stage) == Value::Text("distances".into()) {
            self.stage(self.stage_after_distances());
        }
    }

    /// Whether somebody uses the smallest distance: a nearest-relative table, or a sequencer that stops early.
    fn needs_minimum(&self) -> bool {
        self.is_relative() || self.config.early_stop
    }

    fn is_relative(&self) -> bool {
        self.image.table().form() == TableForm::NearestRelative
    }

    fn start(&mut self, job: Job, name: String) {
        self.job = job;
        self.board.number(Wire::DistanceBusy, 1);
        self.board.text(Wire::Job, job.name());
        self.begin(Unit::Distance, 0, name);
    }

    /// The job's last cycle is this one.
    fn finish_job(&mut self) {
        self.job = Job::Idle;
        self.later(1, Due::DistanceIdle);
    }

    pub(super) fn distance_idle(&mut self) {
        if self.job == Job::Idle {
            self.board.number(Wire::DistanceBusy, 0);
            self.board.text(Wire::Job, Job::Idle.name());
            self.tracks[Unit::Distance as usize].end(0, self.now);
        }
    }

    /// A queue has one entry less.
    pub(super) fn lower(&mut self, queue: Wire) {
        if let Value::Number(depth) = *self.board.get(queue) {
            self.board.number(queue, depth.saturating_sub(1));
        }
    }

    fn lanes(&self, block: usize) -> u64 {
        self.image.lanes(block) as u64
    }
}
