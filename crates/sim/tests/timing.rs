//! Is each span exactly what `docs/timing.md` adds up? Every test measures for several latencies, so that one cycle more
//! or less in any rule fails.

mod harness;

use harness::{Situation, shared, situation};
use klr_image::{CoreImage, PatternOrder, Storage, TableForm};
use klr_sim::config::ConfigSpec;
use klr_sim::{Dataflow, Sink, TraceEvent};
use klr_units::{Bits, Cycle};

/// Every event with its cycle.
#[derive(Default)]
struct Recorder(Vec<(u64, TraceEvent)>);

impl Sink for Recorder {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.0.push((cycle.get(), *event));
    }
}

impl Recorder {
    /// The cycle of occurrence `index` of the events that `is` accepts.
    fn at(&self, index: usize, is: impl Fn(&TraceEvent) -> bool) -> u64 {
        self.0.iter().filter(|(_, event)| is(event)).nth(index).expect("the event happens").0
    }
}

/// Latencies under test: R, T, M.
const LATENCIES: [(u32, u32, u32); 5] = [(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 4), (3, 2, 5)];

/// Runs a situation for each set of latencies and hands the record to `check`.
fn for_latencies(base: &Situation<'_>, dataflow: Dataflow, check: impl Fn(&Recorder, u64, u64, u64)) {
    for (r, t, m) in LATENCIES {
        let config = ConfigSpec {
            sram_latency: r,
            table_latency: t,
            mac_latency: m,
            activation_queue: 64,
            ..base.config
        };
        let case = Situation { config, ..base.clone() }.case();
        let mut record = Recorder::default();
        let run = case.run(dataflow, &mut record);
        assert_eq!(run.state, case.reference(dataflow).state, "R={r} T={t} M={m}: state");
        check(&record, r.into(), t.into(), m.into());
    }
}

const fn is_field(event: &TraceEvent) -> bool {
    matches!(event, TraceEvent::Field { .. })
}

const fn is_counter_read(event: &TraceEvent) -> bool {
    matches!(event, TraceEvent::CounterRead { .. })
}

const fn is_flip(event: &TraceEvent) -> bool {
    matches!(event, TraceEvent::Flip { .. })
}

/// Seven patterns: two blocks of four lanes; three neurons: two groups of two MAC lanes.
const SEVEN: [&str; 7] = ["+++", "---", "---", "---", "---", "---", "---"];
const BLOCKS: u64 = 2;

/// C2, C3, D1, D2, D3: blocks x N + R + 1 from command to the cycle in which the sequencer acts on the report.
#[test]
fn first_pass_takes_a_cycle_per_row() {
    for_latencies(&situation(&SEVEN, "+++"), Dataflow::Sweep, |record, r, _, _| {
        assert_eq!(
            record.at(0, |e| matches!(e, TraceEvent::PatternRead { .. })),
            1,
            "command in 0, first read in 1"
        );
        let writes = |i| record.at(i, |e| matches!(e, TraceEvent::CounterWrite { .. }));
        assert_eq!([writes(0), writes(1)], [3 + r, 6 + r], "R={r}: each block R after its last column");
        // The sequencer commands the first field when it acts on the report; the read follows in the next cycle.
        assert_eq!(record.at(0, is_counter_read), BLOCKS * 3 + r + 1 + 1, "R={r}: command, report, command");
    });
}

/// C2, D2, D5, D7, M1, M4, S1, S3: 2 R + T + M + K per field of K packets.
#[test]
fn a_field_of_a_sweep_takes_its_packets_and_the_pipeline() {
    for_latencies(&situation(&SEVEN, "+++"), Dataflow::Sweep, |record, r, t, m| {
        let packets = 4; // two words of 4 and 3 lanes, two lanes per packet
        let first = record.at(0, is_counter_read) - 1 + 2 * r + t + m + packets;
        assert_eq!(record.at(0, is_field), first, "R={r} T={t} M={m}: first field");
        let period = record.at(1, is_field) - record.at(0, is_field);
        assert_eq!(period, 2 * r + t + m + packets, "R={r} T={t} M={m}: the next one follows at once");
    });
}

/// The same for `synchronous`: G P packets without a gap, as long as a block has work for R cycles.
#[test]
fn a_synchronous_step_takes_a_packet_per_pattern_and_group() {
    for_latencies(&situation(&SEVEN, "+++"), Dataflow::Synchronous, |record, r, t, m| {
        let command = record.at(0, is_counter_read) - 1;
        assert_eq!(
            record.at(2, is_field),
            command + 2 * r + t + m + 2 * 7,
            "R={r} T={t} M={m}: second group"
        );
        assert_eq!(record.at(0, is_field), command + 2 * r + t + m + 7, "R={r} T={t} M={m}: first group");
    });
}

/// S4: `delta` examines one neuron per cycle.
#[test]
fn delta_examines_a_neuron_per_cycle() {
    for_latencies(&situation(&SEVEN, "+++"), Dataflow::Delta, |record, _, _, _| {
        assert_eq!(record.at(1, is_field) - record.at(0, is_field), 1, "second neuron");
        assert_eq!(record.at(2, is_field) - record.at(0, is_field), 2, "third neuron");
    });
}

/// C2, D9, D10, D11, D14: blocks + R + 1 with two ports; 2 blocks + 1 with one port and R = 1.
#[test]
fn a_spike_takes_its_blocks_and_the_port_decides() {
    let two_ports = Situation {
        config: ConfigSpec { counter_ports: 2, ..situation(&SEVEN, "-++").config },
        table: &[9, 1],
        ..situation(&SEVEN, "-++")
    };
    for_latencies(&two_ports, Dataflow::Sweep, |record, r, _, _| {
        let flip = record.at(0, is_flip);
        // Two reads of the update pass, then the first of the next stream, one cycle after its command.
        let before = record.0.iter().filter(|(cycle, e)| *cycle <= flip && is_counter_read(e)).count();
        let next_command = record.at(before + 2, is_counter_read) - 1;
        assert_eq!(next_command - flip, BLOCKS + r + 1, "R={r}: two ports");
    });
    let one_port = Situation { table: &[9, 1], ..situation(&SEVEN, "-++") };
    for_latencies(&one_port, Dataflow::Sweep, |record, r, _, _| {
        let flip = record.at(0, is_flip);
        let before = record.0.iter().filter(|(cycle, e)| *cycle <= flip && is_counter_read(e)).count();
        let next_command = record.at(before + 2, is_counter_read) - 1;
        let conflicts = u64::from(r == 1); // with R > 1 both reads are made before the first write
        assert_eq!(next_command - flip, BLOCKS + r + 1 + conflicts, "R={r}: one port");
    });
}

/// D12, D13, M2, M4, S6: a look-ahead, a pass that writes, and an empty packet that says the fields are up to date.
#[test]
fn a_delta_spike_takes_a_look_ahead_more() {
    let two_ports = Situation {
        config: ConfigSpec { counter_ports: 2, ..situation(&SEVEN, "-++").config },
        // One entry: only the nearest pattern has a word, and relative to itself it never changes.
        table: &[9],
        ..situation(&SEVEN, "-++")
    };
    for_latencies(&two_ports, Dataflow::Delta, |record, r, t, m| {
        let flip = record.at(0, is_flip);
        let next = record.0.iter().find(|(cycle, e)| *cycle > flip && is_field(e)).expect("another field").0;
        assert_eq!(next - flip, 2 * BLOCKS + 3 * r + t + m, "R={r} T={t} M={m}");
    });
}

/// D13: an absolute table saves the look-ahead, `blocks + R` cycles.
#[test]
fn an_absolute_table_saves_the_look_ahead() {
    let settle = |form, table: &'static [u16], r| {
        let config = ConfigSpec { counter_ports: 2, sram_latency: r, ..situation(&SEVEN, "-++").config };
        let mut record = Recorder::default();
        Situation { form, config, table, ..situation(&SEVEN, "-++") }
            .case()
            .run(Dataflow::Delta, &mut record);
        let flip = record.at(0, is_flip);
        record.0.iter().find(|(cycle, e)| *cycle > flip && is_field(e)).expect("another field").0 - flip
    };
    for r in [1, 2] {
        // Both tables give the flipped pattern the same word before and after.
        let relative = settle(TableForm::NearestRelative, &[9], r);
        let absolute = settle(TableForm::Absolute, &[9, 9], r);
        assert_eq!(relative - absolute, BLOCKS + u64::from(r), "R={r}: blocks + R");
    }
}

/// M2: at its peak the array does B synaptic operations per cycle, in every dataflow that fills its lanes.
#[test]
fn the_peak_rate_is_one_per_lane_and_cycle() {
    let many: Vec<&str> = std::iter::repeat_n("++++", 16).collect();
    let full = Situation { table: &[9], ..situation(&many, "++++") };
    for dataflow in [Dataflow::Synchronous, Dataflow::Sweep, Dataflow::Delta] {
        let activity = full.case().run(dataflow, &mut klr_sim::NoTrace).activity;
        assert_eq!(activity.macs, activity.mac_busy_cycles * 2, "{}: two lanes, all full", dataflow.name());
    }
}

/// C4: the cue comes in and the state goes out, 64 bits per cycle.
#[test]
fn the_last_cycle_counts() {
    let base = situation(&SEVEN, "+++");
    for_latencies(&base, Dataflow::Delta, |record, r, t, m| {
        let first_pass = BLOCKS * 3 + r + 1;
        // Command, both words (the second is empty and ends the sum one cycle later), then the pipeline. The first
        // packet keeps the lanes for two cycles, so the second waits one.
        let fields = 1 + r + t + 2 + r + m;
        let end = record.at(0, |e| matches!(e, TraceEvent::End { .. }));
        assert_eq!(end, first_pass + fields + 2, "R={r} T={t} M={m}: then three neurons");
    });
    let mut record = Recorder::default();
    let cycles = base.case().run(Dataflow::Delta, &mut record).activity.cycles;
    assert_eq!(
        cycles,
        record.at(0, |e| matches!(e, TraceEvent::End { .. })) + 1 + 1,
        "one more for the state"
    );
    let (wide, far) = ("+".repeat(129), "-".repeat(129));
    for dataflow in Dataflow::ALL {
        let mut record = Recorder::default();
        let activity = situation(&[&wide, &far], &wide).case().run(dataflow, &mut record).activity;
        assert_eq!(
            record.at(0, |e| matches!(e, TraceEvent::Cue { .. })),
            2,
            "64 + 64 + 1 bits in cycles 0 to 2"
        );
        let end = record.at(0, |e| matches!(e, TraceEvent::End { .. }));
        assert_eq!((activity.cycles, activity.host_bits), (end + 1 + 3, 2 * 129), "{}", dataflow.name());
    }
}

/// C5: words are read and written whole, the lane without a pattern included; an empty packet is a packet.
#[test]
fn a_word_counts_whole_and_an_empty_packet_counts() {
    // Two blocks of four lanes for seven patterns of three neurons, two bits a counter.
    let (lanes, bits) = (2 * 4, 2);
    let base = with(&Situation { table: &[9], ..situation(&SEVEN, "+++") }, |c| c.zero_skip = true);
    let a = base.case().run(Dataflow::Sweep, &mut klr_sim::NoTrace).activity;
    assert_eq!((a.pattern_bits_read, a.bit_comparisons), (3 * lanes, 3 * 7), "a first pass");
    assert_eq!((a.counter_bits_written, a.counter_bits_read), (lanes * bits, 3 * lanes * bits), "counters");
    // For each neuron a packet of one word, and an empty one that ends the sum.
    assert_eq!((a.activations_sent, a.activations_taken, a.activation_words), (6, 6, 3), "packets");
    // Three fields decided; then nothing flips, so no state is kept.
    let a = situation(&SEVEN, "+++").case().run(Dataflow::Synchronous, &mut klr_sim::NoTrace).activity;
    assert_eq!((a.state_bits_written, a.state_comparisons), (3 + 3, 0), "the cue, and what is decided");
    let off = Situation { table: &[9], ..situation(&SEVEN, "-++") };
    let a = off.case().run(Dataflow::Synchronous, &mut klr_sim::NoTrace).activity;
    assert_eq!(
        (a.state_bits_written, a.state_comparisons),
        (3 + 3 + 1 + 3 + 3, 3),
        "a flip, the copy, a step"
    );
}

/// A situation with some knobs changed.
fn with<'a>(base: &Situation<'a>, change: impl FnOnce(&mut ConfigSpec)) -> Situation<'a> {
    let mut changed = base.clone();
    change(&mut changed.config);
    changed
}

/// The cycles from the first field's command to its comparison, in `sweep`.
fn first_field(record: &Recorder) -> u64 {
    record.at(0, is_field) - (record.at(0, is_counter_read) - 1)
}

/// D15, P2: two slices halve the rows, and their smallest distance comes through a stage.
#[test]
fn slices_share_the_first_pass() {
    let two = with(&situation(&SEVEN, "+++"), |c| c.distance_slices = 2);
    for_latencies(&two, Dataflow::Sweep, |record, r, _, _| {
        assert_eq!(record.at(0, is_counter_read), 3 + r + 1 + 1 + 1, "R={r}: one span of two blocks");
        let reads =
            record.0.iter().filter(|(cycle, e)| *cycle == 1 && matches!(e, TraceEvent::PatternRead { .. }));
        assert_eq!(reads.count(), 2, "R={r}: a row of each slice in the first cycle");
    });
}

/// D4, D15: a span takes a lane register of every slice, so two are held at most, even if they are of one block each.
#[test]
fn two_spans_are_held_however_many_slices_there_are() {
    let patterns = ["++++++++", "--------", "++++----", "--------"];
    let four = with(&situation(&patterns, "+++++++-"), |c| c.distance_slices = 4);
    for_latencies(&four, Dataflow::Synchronous, |record, r, _, _| {
        // Each of four groups reads the block anew, and releases it with the last of its packets.
        let (mut held, mut most) = (0, 0);
        for (_, event) in &record.0 {
            held += u32::from(is_counter_read(event));
            most = most.max(held);
            held -= u32::from(matches!(event, TraceEvent::Lookup { last: true, .. }));
        }
        assert_eq!((held, most), (0, 2), "R={r}");
    });
}

/// P2: the words of S slices reach the table, and their smallest distance the sequencer, ceil(log4 S) cycles later.
#[test]
fn what_slices_share_comes_through_stages() {
    for (slices, stages) in [(1, 0), (2, 1), (4, 1), (5, 2), (16, 2), (17, 3), (64, 3)] {
        let sliced = |c: &mut ConfigSpec| (c.distance_slices, c.counter_ports) = (slices, 2);
        // One block, so that slices change nothing but the stages.
        let four = with(&Situation { table: &[9, 1], ..situation(&SEVEN[..4], "-++") }, sliced);
        for_latencies(&four, Dataflow::Sweep, |record, r, t, m| {
            assert_eq!(record.at(0, is_counter_read), 3 + r + 1 + 1 + stages, "S={slices}: first pass");
            assert_eq!(first_field(record), 2 * r + t + m + 2 + stages, "S={slices}: a field of two packets");
            let flip = record.at(0, is_flip);
            let before = record.0.iter().filter(|(cycle, e)| *cycle <= flip && is_counter_read(e)).count();
            let next_command = record.at(before + 1, is_counter_read) - 1;
            assert_eq!(next_command - flip, 1 + r + 1 + stages, "S={slices} R={r}: a spike");
        });
        let delta = with(&Situation { table: &[9], ..situation(&SEVEN[..4], "-++") }, sliced);
        for_latencies(&delta, Dataflow::Delta, |record, r, t, m| {
            let flip = record.at(0, is_flip);
            let next = record.0.iter().find(|(cycle, e)| *cycle > flip && is_field(e)).expect("a field").0;
            // Through the stages twice, for the smallest distance and to the table; then the sequencer waits for the fields
            // and for the report, which comes through the stages, too.
            let settles = (t + r + m).max(stages + 1);
            assert_eq!(next - flip, 2 + 2 * r + 2 * stages + settles, "S={slices} R={r} T={t} M={m}: delta");
        });
    }
}

/// D16: with one port two look-ups take two cycles.
#[test]
fn a_table_port_does_one_look_up_per_cycle() {
    let one = with(&situation(&SEVEN, "+++"), |c| c.table_ports = 1);
    for_latencies(&one, Dataflow::Sweep, |record, r, t, m| {
        // Four packets of 2, 2, 2 and 1 look-ups: 7 cycles at the table.
        assert_eq!(first_field(record), 2 * r + t + m + 7, "R={r} T={t} M={m}");
    });
}

/// D7, D16: a packet enters the queue T cycles after the last of its look-ups, also at the end of a sum.
#[test]
fn the_last_look_up_counts() {
    let six = with(&situation(&SEVEN[..6], "+++"), |c| c.table_ports = 1);
    for_latencies(&six, Dataflow::Sweep, |record, r, t, m| {
        assert_eq!(first_field(record), 2 * r + t + m + 6, "R={r} T={t} M={m}: three packets of two");
    });
}

/// M2: with one bank the two weights of a packet come one after the other.
#[test]
fn lanes_wait_for_banks() {
    let one = with(&situation(&SEVEN, "+++"), |c| c.weight_banks = 1);
    for_latencies(&one, Dataflow::Sweep, |record, r, t, m| {
        assert_eq!(first_field(record), 2 * r + t + m + 7, "R={r} T={t} M={m}: sweep, seven weights");
    });
    for_latencies(&one, Dataflow::Synchronous, |record, r, t, m| {
        assert_eq!(
            first_field(record),
            2 * r + t + m + 2 * 7,
            "R={r} T={t} M={m}: synchronous, two per pattern"
        );
    });
}

/// Capacities of the list, with their stages (P3).
const LISTS: [(u32, u64); 5] = [(1, 0), (4, 1), (5, 2), (16, 2), (17, 3)];

/// One candidate in a list of four: the nearest pattern, alone in the window.
fn listed<'a>(cue: &'a str) -> Situation<'a> {
    listed_in(4, cue)
}

/// The same in a list of some other capacity.
fn listed_in<'a>(capacity: u32, cue: &'a str) -> Situation<'a> {
    let change = |c: &mut ConfigSpec| (c.candidates, c.candidate_margin) = (capacity, 0);
    with(&Situation { table: &[9], ..situation(&SEVEN, cue) }, change)
}

/// K1, K2, K3: taking in a candidate costs a cycle of the first pass, whose report comes through the stages of the list; a
/// stream from the list marks its candidates and reads no memory.
#[test]
fn a_list_is_filled_one_by_one_and_marked_at_once() {
    for (capacity, stages) in LISTS {
        for_latencies(&listed_in(capacity, "+++"), Dataflow::Sweep, |record, r, t, m| {
            let command = BLOCKS * 3 + r + 1 + 1 + stages.max(1);
            let look_up = record.at(0, |e| matches!(e, TraceEvent::Lookup { .. }));
            assert_eq!(look_up, command + 2, "C={capacity} R={r}: pass, insertion, stages, command, marks");
            assert_eq!(
                record.at(0, is_field),
                command + r + t + m + 2,
                "C={capacity} R={r} T={t} M={m}: field"
            );
        });
    }
}

/// K1, P3: what comes to a full list waits until its farthest entry is found.
#[test]
fn a_full_list_takes_its_stages_more() {
    // Ever nearer patterns, none of which rules another out: the last two come to a full list.
    let patterns = ["------++++++", "-----+++++++", "----++++++++", "---+++++++++"];
    for (capacity, stages) in [(2, 1), (1, 0)] {
        let change = |c: &mut ConfigSpec| (c.candidates, c.candidate_margin) = (capacity, 12);
        let base = with(&situation(&patterns, "++++++++++++"), change);
        let mut record = Recorder::default();
        base.case().run(Dataflow::Sweep, &mut record);
        let at = |i| record.at(i, |e| matches!(e, TraceEvent::Insert { .. }));
        let gaps: Vec<u64> = (1..4).map(|i| at(i) - at(i - 1)).collect();
        let expected = if capacity == 2 { [1, 1, 1 + stages] } else { [1, 1, 1] };
        assert_eq!(gaps, expected, "C={capacity}");
    }
}

/// K4: a spike reads the row of the one block with a candidate, and moves the list when it arrives.
#[test]
fn a_spike_moves_the_list_when_its_rows_have_arrived() {
    for (capacity, stages) in LISTS {
        for_latencies(&listed_in(capacity, "-++"), Dataflow::Sweep, |record, r, _, _| {
            let flip = record.at(0, is_flip);
            let next = record.0.iter().find(|(c, e)| *c > flip && matches!(e, TraceEvent::Lookup { .. }));
            let command = next.expect("another field").0 - 2;
            assert_eq!(command - flip, r + 2 + stages, "C={capacity} R={r}: sweep");
        });
        for_latencies(&listed_in(capacity, "-++"), Dataflow::Delta, |record, r, t, m| {
            let flip = record.at(0, is_flip);
            let next = record.0.iter().find(|(cycle, e)| *cycle > flip && is_field(e)).expect("a field").0;
            assert_eq!(next - flip, 2 * r + t + m + 1 + stages, "C={capacity} R={r} T={t} M={m}: delta");
        });
    }
}

/// K4: candidates in two blocks take two reads, one per cycle, unless two slices share them.
#[test]
fn a_spike_reads_a_row_for_every_block_with_a_candidate() {
    let patterns = ["+++", "---", "---", "---", "+++", "---", "---"];
    let moved_after = |slices| {
        let change =
            |c: &mut ConfigSpec| (c.candidates, c.candidate_margin, c.distance_slices) = (4, 0, slices);
        let base = Situation { table: &[9], ..situation(&patterns, "-++") };
        let mut record = Recorder::default();
        with(&base, change).case().run(Dataflow::Delta, &mut record);
        record.at(0, |e| matches!(e, TraceEvent::ListUpdate { .. })) - record.at(0, is_flip)
    };
    assert_eq!(moved_after(1), 4, "spike, two reads, the second arrives, a stage");
    assert_eq!(moved_after(2), 3, "spike, two reads at once, a stage");
}

/// The situation with its bits laid out in another way.
fn laid_out<'a>(base: &Situation<'a>, storage: Storage) -> Situation<'a> {
    Situation { storage, ..base.clone() }
}

/// Five neurons: two words of four lanes in a row, three groups of two MAC lanes, of which the third has one neuron.
const FIVE_NEURONS: [&str; 6] = ["+++++", "-----", "-----", "-----", "-----", "-----"];

/// D17: a block of patterns by row takes a cycle for each word of each of its patterns.
#[test]
fn a_first_pass_by_row_takes_a_cycle_per_word() {
    let rows = Storage { patterns: PatternOrder::Row, ..Storage::default() };
    let base = laid_out(&situation(&FIVE_NEURONS, "+++++"), rows);
    for_latencies(&base, Dataflow::Synchronous, |record, r, _, _| {
        let writes = |i| record.at(i, |e| matches!(e, TraceEvent::CounterWrite { .. }));
        // Four patterns of two words from cycle 1 on, then two patterns.
        assert_eq!([writes(0), writes(1)], [8 + r, 12 + r], "R={r}: each block R after its last word");
        assert_eq!(record.at(0, is_counter_read), 6 * 2 + r + 1 + 1, "R={r}: command, report, command");
    });
    // Two slices: the first block of the span is the fuller one.
    for_latencies(&with(&base, |c| c.distance_slices = 2), Dataflow::Synchronous, |record, r, _, _| {
        assert_eq!(record.at(0, is_counter_read), 4 * 2 + r + 1 + 1 + 1, "R={r}: one span");
        let words = record.0.iter().filter(|(_, e)| matches!(e, TraceEvent::RowRead { .. })).count();
        assert_eq!(words, 6 * 2, "R={r}: every word once")
    });
}

/// D18: the signs of a sweep come with the counter words and take no cycle.
#[test]
fn the_signs_of_a_sweep_take_no_cycle() {
    let base = laid_out(&situation(&SEVEN, "+++"), shared(PatternOrder::Column));
    for_latencies(&base, Dataflow::Sweep, |record, r, t, m| {
        assert_eq!(first_field(record), 2 * r + t + m + 4, "R={r} T={t} M={m}: as with signs in the weights");
        let signs = |i| record.at(i, |e| matches!(e, TraceEvent::ColumnSigns { .. }));
        let words = |i| record.at(i, is_counter_read);
        assert_eq!(
            [signs(0), signs(1)],
            [words(0), words(1)],
            "R={r}: each in the cycle of its counter word"
        );
    });
}

/// K6: with a list the signs are read first, a row for each block with a candidate.
#[test]
fn the_signs_of_a_list_are_read_before_its_words() {
    for_latencies(
        &laid_out(&listed("+++"), shared(PatternOrder::Column)),
        Dataflow::Sweep,
        |record, r, t, m| {
            let command = BLOCKS * 3 + r + 1 + 1 + 1;
            let signs = record.at(0, |e| matches!(e, TraceEvent::ColumnSigns { .. }));
            assert_eq!(signs, command + 1, "R={r}: in the cycle in which the command arrives");
            let look_up = record.at(0, |e| matches!(e, TraceEvent::Lookup { .. }));
            assert_eq!(look_up, signs + r, "R={r}: in the cycle in which they arrive");
            assert_eq!(record.at(0, is_field), command + 2 * r + t + m + 1, "R={r} T={t} M={m}: one field");
        },
    );
    // Candidates in two blocks: two cycles, unless two slices share them.
    let patterns = ["+++", "---", "---", "---", "+++", "---", "---"];
    let waits = |slices| {
        let change =
            |c: &mut ConfigSpec| (c.candidates, c.candidate_margin, c.distance_slices) = (4, 0, slices);
        let base = with(&Situation { table: &[9], ..situation(&patterns, "+++") }, change);
        let mut record = Recorder::default();
        laid_out(&base, shared(PatternOrder::Both)).case().run(Dataflow::Sweep, &mut record);
        record.at(0, |e| matches!(e, TraceEvent::Lookup { .. }))
            - record.at(0, |e| matches!(e, TraceEvent::ColumnSigns { .. }))
    };
    assert_eq!([waits(1), waits(2)], [2, 1], "two reads, the second arrives; two at once");
}

/// M5: a group whose signs lie in one word takes no cycle more; one whose signs lie in several takes a cycle for each.
#[test]
fn a_group_takes_a_cycle_per_word_of_signs() {
    let fields = |dataflow, mac_lanes, storage| {
        let mut base = Situation { mac_lanes, ..situation(&FIVE_NEURONS, "+++++") };
        base.storage = storage;
        base.config.weight_banks = 8;
        let mut record = Recorder::default();
        let run = base.case().run(dataflow, &mut record);
        let takes: Vec<u64> = record
            .0
            .iter()
            .filter_map(|(_, e)| match e {
                TraceEvent::MacTakes { words: 1, cycles, .. } => Some(*cycles),
                _ => None,
            })
            .collect();
        (takes, run.activity)
    };
    let both = shared(PatternOrder::Both);
    // Two lanes: no group spans two words. One kernel word for three groups: two words of signs.
    let (takes, activity) = fields(Dataflow::Delta, 2, both);
    assert_eq!((takes[0], activity.sign_wait_cycles), (3, 0), "three groups, hidden behind their weights");
    assert_eq!(activity.sign_bits_read, activity.activation_words * 2 * 4, "each word once");
    // Eight lanes: one group, two words of signs, one after the other.
    let (takes, activity) = fields(Dataflow::Delta, 8, both);
    assert_eq!((takes[0], activity.sign_wait_cycles), (2, activity.activation_words), "one group, two words");
    let (takes, activity) = fields(Dataflow::Synchronous, 8, both);
    assert!(takes.iter().all(|&cycles| cycles == 2), "every packet: {takes:?}");
    assert_eq!(activity.sign_wait_cycles, activity.activation_words, "a cycle each");
    let (takes, activity) = fields(Dataflow::Synchronous, 8, Storage::default());
    assert!(takes.iter().all(|&cycles| cycles == 1), "with signs in the weights: {takes:?}");
    assert_eq!((activity.sign_wait_cycles, activity.sign_bits_read), (0, 0), "and no sign is read");
    // Three lanes: the second group, neurons 3 to 5, spans both words, of which the first is held.
    let (takes, activity) = fields(Dataflow::Delta, 3, both);
    assert_eq!((takes[0], activity.sign_wait_cycles), (2, 0), "the held word is not read again");
    let (takes, _) = fields(Dataflow::Synchronous, 3, both);
    assert_eq!((takes[0], takes[takes.len() / 2]), (1, 2), "in the first group one word, in the second two");
}

/// M2, M5: banks that do not divide the lanes, no weight memory at all, and signs that are hidden behind slow weights.
#[test]
fn a_group_takes_a_cycle_per_weight_of_its_fullest_bank() {
    let takes = |dataflow, mac_lanes, banks, storage| {
        let mut base = Situation { mac_lanes, storage, ..situation(&FIVE_NEURONS, "+++++") };
        base.config.weight_banks = banks;
        let mut record = Recorder::default();
        let activity = base.case().run(dataflow, &mut record).activity;
        (first_take(&record), activity)
    };
    let (cycles, _) = takes(Dataflow::Synchronous, 3, 2, Storage::default());
    assert_eq!(cycles, 2, "three lanes at two banks");
    // Eight lanes: one group, whose signs lie in two words; with four banks the weights take two cycles as well.
    let (cycles, activity) = takes(Dataflow::Synchronous, 8, 4, shared(PatternOrder::Both));
    let words = activity.activation_words;
    assert_eq!((cycles, activity.sign_wait_cycles, activity.bank_conflict_cycles), (2, 0, words), "hidden");
    let (cycles, activity) = takes(Dataflow::Synchronous, 8, 8, shared(PatternOrder::Both));
    assert_eq!((cycles, activity.sign_wait_cycles, activity.bank_conflict_cycles), (2, words, 0), "seen");
    // A weight of one bit is its sign: nothing is stored beside the patterns, and a single bank holds nobody up.
    for (dataflow, expected) in [(Dataflow::Synchronous, 1), (Dataflow::Delta, 3), (Dataflow::Sweep, 1)] {
        let base = laid_out(&situation(&FIVE_NEURONS, "+++++"), shared(PatternOrder::Both));
        let mut case = with(&base, |c| c.weight_banks = 1).case();
        let (image, weights) = (&case.image, case.image.weights().to_vec());
        let patterns = image.patterns().to_vec();
        let (geometry, table) = (*image.geometry(), image.table().clone());
        let bit = Bits::new(1).expect("within range");
        case.image = CoreImage::new(geometry, &patterns, bit, weights, table).expect("it fits");
        let mut record = Recorder::default();
        let activity = case.run(dataflow, &mut record).activity;
        let at = dataflow.name();
        assert_eq!(first_take(&record), expected, "{at}: no packet waits for a bank");
        assert_eq!((activity.weight_bits_read, activity.bank_conflict_cycles), (0, 0), "{at}");
    }
}

/// The cycles for which the first packet with a word occupies the lanes.
fn first_take(record: &Recorder) -> u64 {
    let cycles = |event: &TraceEvent| match event {
        TraceEvent::MacTakes { words: 1.., cycles, .. } => Some(*cycles),
        _ => None,
    };
    record.0.iter().find_map(|(_, event)| cycles(event)).expect("a packet")
}

/// E1, E2, E3: the second part begins two cycles after the first has arrived; rows of a span that was given up are not counted.
#[test]
fn elimination_waits_for_its_first_part_and_leaves_rows_under_way() {
    let patterns = ["++++++", "------", "------", "------", "------", "------", "------", "------"];
    let eliminating = |c: &mut ConfigSpec| {
        (c.candidates, c.candidate_margin, c.partial_distance, c.probe_columns) = (4, 0, true, 2);
    };
    let base = with(&Situation { table: &[9], ..situation(&patterns, "++++++") }, eliminating);
    for_latencies(&base, Dataflow::Sweep, |record, r, _, _| {
        // Two columns of two blocks in cycles 1 to 4, the last of which arrives R later.
        assert_eq!(
            record.at(1, |e| matches!(e, TraceEvent::CounterWrite { .. })),
            4 + r,
            "R={r}: first part"
        );
        let second = record.at(0, is_counter_read);
        assert_eq!(second, 4 + r + 2, "R={r}: the second part begins when the nearest span is known");
        // Four columns of the near block, and an insertion; then the far block, given up after its first row has arrived.
        let given_up = |e: &TraceEvent| matches!(e, TraceEvent::Eliminated { .. });
        let far = record.at(1, is_counter_read);
        assert_eq!(record.at(0, given_up), far + r + 1, "R={r}: in the cycle after its first row");
        let count = record.0.iter().filter(|(_, e)| given_up(e)).count();
        assert_eq!(count, 1, "R={r}: once, though rows of it are under way");
    });
    // Two columns for all eight patterns, four for the near block, and one row of the far block.
    for r in [1, 3] {
        let case = with(&base, |c| c.sram_latency = r).case();
        let activity = case.run(Dataflow::Sweep, &mut klr_sim::NoTrace).activity;
        assert_eq!(activity.bit_comparisons, 2 * 8 + 4 * 4 + 4, "R={r}: what is under way is not counted");
    }
}

/// M2: with words of two weights a group needs half as many banks; in `sweep` two patterns of a neuron still need two.
#[test]
fn a_word_of_weights_serves_lanes_side_by_side() {
    let takes = |dataflow, word, banks| {
        let mut base = Situation { mac_lanes: 4, ..situation(&SEVEN, "+++") };
        (base.config.weight_word, base.config.weight_banks, base.config.table_ports) = (word, banks, 4);
        let mut record = Recorder::default();
        let activity = base.case().run(dataflow, &mut record).activity;
        let cycles = record.0.iter().find_map(|(_, e)| match e {
            TraceEvent::MacTakes { words: 1.., cycles, .. } => Some(*cycles),
            _ => None,
        });
        (cycles.expect("a packet"), activity.weight_bits_read / activity.macs)
    };
    // Weights of eight bits; three neurons lie in two words of two and in one of four.
    assert_eq!(takes(Dataflow::Synchronous, 1, 4), (1, 8), "a bank per lane");
    assert_eq!(
        takes(Dataflow::Synchronous, 2, 4),
        (1, 10),
        "two banks of two weights each: 32 bits for 3 neurons"
    );
    assert_eq!(takes(Dataflow::Synchronous, 2, 1), (2, 10), "one bank, two words");
    assert_eq!(takes(Dataflow::Delta, 4, 1), (1, 10), "one bank, one word");
    assert_eq!(takes(Dataflow::Sweep, 1, 4), (1, 8), "four patterns in four banks");
    assert_eq!(takes(Dataflow::Sweep, 2, 4), (2, 16), "four patterns in two banks, a whole word for each");
    assert_eq!(takes(Dataflow::Sweep, 4, 4), (4, 32), "in one bank");
}

/// S11: a search takes the latency of the tree.
#[test]
fn a_search_takes_the_latency_of_the_tree() {
    let searched = |latency| {
        let base = Situation { order: klr_image::Order::MostViolated, ..situation(&SEVEN, "-++") };
        let mut record = Recorder::default();
        with(&base, |c| c.tree_latency = latency).case().run(Dataflow::Delta, &mut record);
        record.at(0, is_flip)
    };
    assert_eq!(searched(7) - searched(2), 5, "five cycles more");
    // In sequential order the first field is examined in the cycle in which a search would begin.
    let mut record = Recorder::default();
    situation(&SEVEN, "-++").case().run(Dataflow::Delta, &mut record);
    assert_eq!(searched(7), record.at(0, is_field) + 7, "from the cycle in which the fields are ready");
}

/// Every numbered rule of `docs/timing.md` stands in the comment of a test, and no test names a rule that is gone.
#[test]
fn every_rule_is_named_by_a_test() {
    let suites = [
        include_str!("timing.rs"),
        include_str!("trace.rs"),
        include_str!("order.rs"),
        include_str!("levers.rs"),
        include_str!("../src/engine.rs"),
    ];
    let comments: String = suites
        .iter()
        .flat_map(|suite| suite.lines())
        .filter(|line| line.trim_start().starts_with("///"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let named: Vec<&str> =
        comments.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| is_rule(w)).collect();
    let page = include_str!("../../../docs/timing.md");
    let rules: Vec<&str> =
        page.lines().filter_map(|l| l.split_once(". ")).map(|r| r.0).filter(|r| is_rule(r)).collect();
    assert!(rules.len() > 40, "the page has its rules: {rules:?}");
    for rule in &rules {
        assert!(named.contains(rule), "{rule} is named by no test");
    }
    for rule in named {
        assert!(rules.contains(&rule), "a test names {rule}, which is no rule");
    }
}

/// One of the letters of the page, and a number.
fn is_rule(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| "CDKEMS".contains(c)) && word.len() > 1 && chars.all(|c| c.is_ascii_digit())
}
