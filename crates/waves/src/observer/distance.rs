//! What the distance unit does, as an observer sees it.

use super::{CoreUnit, Due, Observer, SignalValue, Wire};
use klr_image::TableForm;
use klr_units::{NeuronIdx, PatternIdx};

/// The job at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownJob {
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

impl ShownJob {
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

impl Observer<'_> {
    pub(super) fn pattern_read(&mut self, block: usize, neuron: NeuronIdx) {
        self.show_row(block, neuron);
        if !self.counted {
            self.first_pass_reads(block, neuron.get() == 0);
        }
    }

    /// A word of one pattern is read in a first pass.
    pub(super) fn row_read(&mut self, pattern: PatternIdx, word: usize) {
        let l = self.image.geometry().distance_lanes();
        let (block, lane) = (pattern.get() / l, pattern.get() % l);
        self.show_row(block, NeuronIdx::from_usize(word * l));
        self.first_pass_reads(block, lane == 0 && word == 0);
    }

    /// The signs of a neuron's weights are read, for the stream that begins with them or is under way.
    pub(super) fn column_signs(&mut self, block: usize, neuron: NeuronIdx) {
        self.show_row(block, neuron);
        if matches!(self.job, ShownJob::Idle | ShownJob::FirstPass) {
            self.start_stream();
        }
    }

    /// An access to pattern memory.
    fn show_row(&mut self, block: usize, neuron: NeuronIdx) {
        self.pulse(Wire::ReadPattern);
        self.board.number(Wire::Block, block as u64);
        self.board.number(Wire::Column, neuron.get() as u64);
    }

    /// A first pass reads a row of `block`, its first or another.
    fn first_pass_reads(&mut self, block: usize, first: bool) {
        if self.job != ShownJob::FirstPass {
            self.show_candidates(0);
            self.start(ShownJob::FirstPass, "first pass".to_owned());
        }
        let slices = self.config.distance_slices as usize;
        if first && block.is_multiple_of(slices) {
            let last = (block + slices).min(self.image.blocks()) - 1;
            let name =
                if last == block { format!("block {block}") } else { format!("blocks {block} to {last}") };
            self.begin(CoreUnit::Distance, 1, name);
        }
    }

    pub(super) fn counter_read(&mut self, block: usize) {
        self.pulse(Wire::ReadCounters);
        self.board.number(Wire::Block, block as u64);
        match self.job {
            // Where patterns are ruled out, a first pass reads back what it has counted of a block.
            ShownJob::FirstPass if self.listed => {}
            ShownJob::Idle | ShownJob::FirstPass => self.start_stream(),
            ShownJob::LookAhead { neuron, read } if read == self.image.blocks() => self.start_update(neuron),
            ShownJob::LookAhead { neuron, read } => self.job = ShownJob::LookAhead { neuron, read: read + 1 },
            ShownJob::Stream { .. } | ShownJob::Update { .. } => {}
        }
    }

    pub(super) fn counter_write(&mut self, block: usize) {
        self.pulse(Wire::WriteCounters);
        match self.job {
            ShownJob::Update { neuron, writes_left, sends } => {
                self.job = ShownJob::Update { neuron, writes_left: writes_left.saturating_sub(1), sends };
                self.finish_update();
            }
            _ if block + 1 == self.image.blocks() && !self.listed => {
                self.counted = true;
                self.finish_job();
                self.later(1, Due::Stage(self.stage_after_distances()));
            }
            _ => {}
        }
    }

    pub(super) fn look_up(&mut self, first: Option<PatternIdx>, last: bool) {
        if matches!(self.job, ShownJob::Idle | ShownJob::FirstPass) {
            // The candidate list sends its words without a read of counter memory.
            self.start_stream();
        }
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
        self.tracks[CoreUnit::Distance as usize].end(2, self.now);
        let lanes = self.image.geometry().distance_lanes();
        match (&mut self.job, first) {
            (ShownJob::Stream { block, .. }, Some(first)) if *block != Some(first.get() / lanes) => {
                let at = first.get() / lanes;
                *block = Some(at);
                self.begin(CoreUnit::Distance, 1, format!("block {at}"));
            }
            (ShownJob::Update { .. }, Some(first)) => {
                self.begin(CoreUnit::Distance, 2, format!("look-up pattern={first}"));
                self.later(1, Due::LookUpEnds);
            }
            _ => {}
        }
    }

    /// The end of a sum is on its way.
    fn sum_sent(&mut self) {
        match &mut self.job {
            ShownJob::Stream { sums_left, block } => {
                *sums_left = sums_left.saturating_sub(1);
                *block = None;
                if *sums_left == 0 {
                    self.finish_job();
                }
            }
            ShownJob::Update { sends, .. } => {
                *sends = false;
                self.finish_update();
            }
            _ => {}
        }
    }

    pub(super) fn activation_stall(&mut self) {
        self.board.number(Wire::ActivationStall, 1);
        self.begin(CoreUnit::Distance, 2, "stall activation-queue");
    }

    pub(super) fn spike_enters(&mut self, depth: usize) {
        self.board.number(Wire::SpikeQueue, depth as u64);
    }

    pub(super) fn spike_taken(&mut self, neuron: NeuronIdx) {
        self.lower(Wire::SpikeQueue);
        self.spike_credit();
        self.board.number(Wire::SpikeNeuron, neuron.get() as u64);
        self.counted = true;
        let name = format!("spike neuron={neuron}");
        if self.needs.keeps_fields && self.is_relative() && !self.listed {
            self.start(ShownJob::LookAhead { neuron, read: 0 }, name);
            self.begin(CoreUnit::Distance, 1, "look-ahead");
        } else {
            self.start(ShownJob::Idle, name);
            self.start_update(neuron);
        }
    }

    fn start_update(&mut self, neuron: NeuronIdx) {
        let sends = self.needs.keeps_fields;
        let writes_left = if self.listed { 1 } else { self.image.blocks() };
        self.job = ShownJob::Update { neuron, writes_left, sends };
        self.board.text(Wire::Job, self.job.name());
        self.begin(CoreUnit::Distance, 1, "update");
    }

    fn finish_update(&mut self) {
        if matches!(self.job, ShownJob::Update { writes_left: 0, sends: false, .. }) {
            self.finish_job();
            // Where fields are kept, what ends a flip is the last sum, not the last distance.
            if !self.needs.together && !self.needs.keeps_fields {
                // The report reaches the sequencer, which asks for the next field.
                self.later(1, Due::Stage(self.comparing()));
            }
        }
    }

    /// The candidates' distances have moved by one.
    pub(super) fn list_update(&mut self, entries: usize) {
        self.show_candidates(entries);
        if let ShownJob::Update { neuron, sends, .. } = self.job {
            self.job = ShownJob::Update { neuron, writes_left: 0, sends };
            self.finish_update();
        }
    }

    /// A pattern goes into the list.
    pub(super) fn insert(&mut self, entries: usize) {
        self.pulse(Wire::Insert);
        self.show_candidates(entries);
    }

    fn show_candidates(&mut self, entries: usize) {
        self.board.number(Wire::Candidates, entries as u64);
    }

    pub(super) fn eliminated(&mut self) {
        self.eliminated += 1;
        self.board.number(Wire::Eliminated, self.eliminated);
    }

    /// Everything is counted anew, and in `delta` sent anew.
    pub(super) fn refresh(&mut self) {
        self.mark(Some(CoreUnit::Distance), "refresh".to_owned());
        self.job = ShownJob::Idle;
        self.counted = false;
    }

    /// The counter memory serves from here on, and is filled by another first pass.
    pub(super) fn list_overflow(&mut self) {
        self.mark(Some(CoreUnit::Distance), "list-overflow".to_owned());
        self.job = ShownJob::Idle;
        self.listed = false;
    }

    /// The distances are there, and their kernel words go to the MAC array.
    fn start_stream(&mut self) {
        let groups = self.image.groups();
        let sums_left = if self.needs.together { groups } else { 1 };
        self.counted = true;
        self.start(ShownJob::Stream { sums_left, block: None }, "stream".to_owned());
        if *self.board.get(Wire::Stage) == SignalValue::Text("distances".into()) {
            self.stage(self.stage_after_distances());
        }
    }

    fn is_relative(&self) -> bool {
        self.image.table().form() == TableForm::NearestRelative
    }

    fn start(&mut self, job: ShownJob, name: String) {
        self.job = job;
        self.board.number(Wire::DistanceBusy, 1);
        self.board.text(Wire::Job, job.name());
        self.begin(CoreUnit::Distance, 0, name);
    }

    /// The job's last cycle is this one.
    fn finish_job(&mut self) {
        self.job = ShownJob::Idle;
        self.later(1, Due::DistanceIdle);
    }

    pub(super) fn distance_idle(&mut self) {
        if self.job == ShownJob::Idle {
            self.board.number(Wire::DistanceBusy, 0);
            self.board.text(Wire::Job, ShownJob::Idle.name());
            self.tracks[CoreUnit::Distance as usize].end(0, self.now);
        }
    }

    /// A queue has one entry less.
    pub(super) fn lower(&mut self, queue: Wire) {
        if let SignalValue::Number(depth) = *self.board.get(queue) {
            self.board.number(queue, depth.saturating_sub(1));
        }
    }
}
