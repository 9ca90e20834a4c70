//! Does each small situation unfold as `docs/timing.md` says? One golden trace per situation, named after it.

mod harness;

use harness::{Situation, shared, situation};
use klr_image::{Order, PatternOrder, Storage, TableForm};
use klr_sim::config::ConfigSpec;
use klr_sim::{Dataflow, QueuePolicy, TextTrace};

/// The whole trace of `situation`, which must also agree with the untimed reference unless something was dropped.
fn trace(situation: &Situation<'_>, dataflow: Dataflow) -> String {
    let case = situation.case();
    let mut sink = TextTrace::default();
    let run = case.run(dataflow, &mut sink);
    if run.fault_count == 0 {
        assert_eq!(run.state, case.reference(dataflow).state, "the reference ends in another state");
    }
    sink.text().to_owned()
}

/// The lines of `trace` from the first that contains `from` to the first after it that contains `to`.
fn between(trace: &str, from: &str, to: &str) -> String {
    let lines: Vec<&str> = trace.lines().collect();
    let start = lines.iter().position(|line| line.contains(from)).expect("the first line is in the trace");
    let length =
        lines[start..].iter().position(|line| line.contains(to)).expect("the last line is in the trace");
    lines[start..=start + length].join("\n")
}

/// The rule of `docs/timing.md` that puts an event where it is.
fn rule(line: &str, dataflow: Dataflow, first_pass: bool) -> &'static str {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    match (words[0], words[1]) {
        ("seq", "cue") => "C4",
        ("seq", "step") if dataflow == Dataflow::Synchronous => "S2",
        ("seq", "step") => "S3, S4",
        ("seq", "field") if dataflow == Dataflow::Delta => "S4",
        ("seq", "field") => "S1",
        ("seq", "flip") if dataflow == Dataflow::Synchronous => "S2",
        ("seq", "flip") => "S5",
        ("seq", "end") => "S9",
        ("dist", "read-pattern") if first_pass => "D1",
        ("dist", "write-counters") if first_pass => "D3",
        ("dist", "read-pattern" | "write-counters") => "D9",
        ("dist", "read-counters") => "D4, D9",
        ("dist", "look-up") => "D5",
        ("dist", "port-conflict") => "D10",
        ("dist", "stall") => "D6",
        ("dist", "enter" | "take-spike") => "D11",
        ("mac", "enter") => "D7",
        ("mac", "take") => "M1",
        other => panic!("{other:?} has no rule"),
    }
}

/// `docs/worked-example.md` as it should be.
fn worked_example() -> String {
    let patterns = ["++++", "----", "+---", "---+", "-+-+", "++--"];
    let example = Situation { table: &[9, 3], ..situation(&patterns, "+-++") };
    let mut page = include_str!("worked_example_head.md").to_owned();
    for dataflow in Dataflow::ALL {
        page += &format!("\n## {}\n\n| cycle | unit | event | rule |\n|---|---|---|---|\n", dataflow.name());
        // A first pass has no counter word read between its rows.
        let mut first_pass = true;
        for line in trace(&example, dataflow).lines() {
            first_pass = (first_pass && !line.contains("read-counters")) || line.contains("seq   step");
            first_pass &= !line.contains("take-spike");
            let (cycle, event) = line.split_once(' ').expect("a cycle and an event");
            let (unit, event) = event.split_once(' ').expect("a unit and an event");
            let rule = rule(line, dataflow, first_pass);
            let cycle = cycle.trim_start_matches('0');
            let cycle = if cycle.is_empty() { "0" } else { cycle };
            page += &format!("| {cycle} | {unit} | {} | {rule} |\n", event.trim());
        }
    }
    page
}

/// The page with the worked example is what the core does. `KLR_BLESS=1` writes it anew.
#[test]
fn the_worked_example_is_what_the_core_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/worked-example.md");
    let expected = worked_example();
    if std::env::var_os("KLR_BLESS").is_some() {
        std::fs::write(path, &expected).expect("the page can be written");
    }
    let page = std::fs::read_to_string(path).expect("the page is there");
    assert!(page == expected, "docs/worked-example.md differs; KLR_BLESS=1 writes it anew");
}

fn config(change: impl FnOnce(&mut ConfigSpec)) -> ConfigSpec {
    let mut spec = *klr_sim::CoreConfig::tiny().spec();
    change(&mut spec);
    spec
}

/// D1 to D3: a row per cycle; each block is written when its last column has arrived.
#[test]
fn first_pass_of_two_blocks() {
    let five = ["++", "+-", "-+", "--", "+-"];
    let slow = Situation { config: config(|c| c.sram_latency = 3), ..situation(&five, "++") };
    insta::assert_snapshot!(
        "first_pass_of_two_blocks",
        between(&trace(&slow, Dataflow::Sweep), "cue", "write-counters block=1")
    );
}

/// D4, D5, M1, M4, S1: one packet per cycle from look-up to comparison, groups without a gap between them.
#[test]
fn synchronous_step_of_two_groups() {
    let text = trace(&situation(&["+++", "--+"], "+++"), Dataflow::Synchronous);
    insta::assert_snapshot!("synchronous_step_of_two_groups", between(&text, "read-counters", "end"));
}

/// S2: all flips of a step in one cycle, and the next first pass commanded in it.
#[test]
fn synchronous_flips_happen_together() {
    let text = trace(&situation(&["++++"], "+--+"), Dataflow::Synchronous);
    insta::assert_snapshot!("synchronous_flips_happen_together", between(&text, " h=", "end"));
}

/// S2: a state that comes back after two steps ends the retrieval.
#[test]
fn synchronous_two_cycle() {
    let weights = Some(vec![-1, -1, 1, 1]);
    let two = Situation { weights, table: &[9], ..situation(&["++", "--"], "++") };
    insta::assert_snapshot!(
        "synchronous_two_cycle",
        between(&trace(&two, Dataflow::Synchronous), " h=", "end")
    );
}

/// S2, S5, D11: with `incremental` the flips go through the spike queue, one per cycle.
#[test]
fn incremental_step_updates_by_spikes() {
    let spikes = Situation { config: config(|c| c.incremental = true), ..situation(&["++++"], "+--+") };
    let text = trace(&spikes, Dataflow::Synchronous);
    insta::assert_snapshot!("incremental_step_updates_by_spikes", between(&text, "flip", "look-up"));
}

/// S5: a full spike queue holds the sequencer until the distance unit takes a spike.
#[test]
fn full_spike_queue_stalls_the_sequencer() {
    let change = |c: &mut ConfigSpec| {
        c.incremental = true;
        c.spike_queue = 1;
    };
    let tight = Situation { config: config(change), ..situation(&["+++++"], "+---+") };
    let text = trace(&tight, Dataflow::Synchronous);
    insta::assert_snapshot!("full_spike_queue_stalls_the_sequencer", between(&text, "flip", "look-up"));
}

/// S3: without flips a sweep is a chain of fields, each commanded when the one before is compared.
#[test]
fn sweep_visits_every_neuron() {
    let text = trace(&situation(&["++", "--"], "++"), Dataflow::Sweep);
    insta::assert_snapshot!("sweep_visits_every_neuron", between(&text, "read-counters", "end"));
}

/// D9, D10: with one port the write-back of a block takes the cycle of the next block's read.
#[test]
fn flip_with_one_counter_port() {
    let five = ["+++", "---", "---", "---", "---"];
    let text = trace(&Situation { table: &[9, 1], ..situation(&five, "-++") }, Dataflow::Sweep);
    insta::assert_snapshot!("flip_with_one_counter_port", between(&text, "flip", "look-up"));
}

/// D10: with two ports reads and writes overlap.
#[test]
fn flip_with_two_counter_ports() {
    let five = ["+++", "---", "---", "---", "---"];
    let two =
        Situation { config: config(|c| c.counter_ports = 2), table: &[9, 1], ..situation(&five, "-++") };
    insta::assert_snapshot!(
        "flip_with_two_counter_ports",
        between(&trace(&two, Dataflow::Sweep), "flip", "look-up")
    );
}

/// D5, D8: skipping leaves patterns 0, 3 and 6 of chunks of two lanes: a packet each, and none for the chunk between the
/// last two.
#[test]
fn a_skipped_lane_keeps_its_place_in_the_packet() {
    let seven = ["++", "--", "--", "++", "--", "--", "++"];
    let skip = Situation { config: config(|c| c.zero_skip = true), table: &[9], ..situation(&seven, "++") };
    insta::assert_snapshot!(
        "a_skipped_lane_keeps_its_place_in_the_packet",
        between(&trace(&skip, Dataflow::Sweep), "look-up", " h=")
    );
}

/// M2: both weights of a packet lie in the one bank, so the packet takes two cycles.
#[test]
fn a_single_bank_meets_a_conflict() {
    let three = ["++", "++", "--"];
    let spec = config(|c| c.weight_banks = 1);
    let skip = Situation { config: spec, table: &[9], ..situation(&three, "++") };
    insta::assert_snapshot!(
        "a_single_bank_meets_a_conflict",
        between(&trace(&skip, Dataflow::Sweep), "look-up", " h=")
    );
}

/// D8: the last word has no lane inside the window, so an empty packet ends the sum.
#[test]
fn empty_packet_ends_a_sum() {
    let five = ["+++", "---", "---", "--+", "---"];
    let skip = Situation { config: config(|c| c.zero_skip = true), table: &[9], ..situation(&five, "+++") };
    let text = trace(&skip, Dataflow::Sweep);
    insta::assert_snapshot!("empty_packet_ends_a_sum", between(&text, "read-counters", " h="));
}

/// M2, S4: at the start `delta` sends every word inside the window to all fields, then reads a field per cycle.
#[test]
fn delta_loads_the_fields() {
    let text = trace(&situation(&["+++", "--+"], "+++"), Dataflow::Delta);
    insta::assert_snapshot!("delta_loads_the_fields", between(&text, "read-counters", "end"));
}

/// D12, D13, S6: a flip is looked ahead, then written, then the words that changed reach the fields.
#[test]
fn delta_flip_takes_two_passes() {
    let text = trace(&situation(&["++++", "---+"], "-+++"), Dataflow::Delta);
    insta::assert_snapshot!("delta_flip_takes_two_passes", between(&text, "flip", "end"));
}

/// D12: an absolute table needs no look-ahead.
#[test]
fn delta_with_an_absolute_table_takes_one_pass() {
    let absolute = Situation { form: TableForm::Absolute, ..situation(&["++++", "---+"], "-+++") };
    let text = trace(&absolute, Dataflow::Delta);
    insta::assert_snapshot!("delta_with_an_absolute_table_takes_one_pass", between(&text, "flip", "end"));
}

/// D6, M2, M3: with one entry the distance unit waits for the MAC array to take the packet.
#[test]
fn full_activation_queue_stalls_the_distance_unit() {
    let tight = Situation {
        config: config(|c| c.activation_queue = 1),
        table: &[9, 8, 7, 6, 5, 4],
        ..situation(&["+++++", "--+++", "++--+"], "+++++")
    };
    let text = trace(&tight, Dataflow::Delta);
    insta::assert_snapshot!(
        "full_activation_queue_stalls_the_distance_unit",
        between(&text, "read-counters", " h=")
    );
}

/// D12: two table entries are equal, so the word does not change and nothing is sent; an empty packet ends the sum.
#[test]
fn unchanged_word_is_not_sent() {
    let flat = Situation {
        form: TableForm::Absolute,
        table: &[9, 9, 9, 1],
        config: config(|c| c.table_latency = 2),
        ..situation(&["+++"], "-++")
    };
    insta::assert_snapshot!(
        "unchanged_word_is_not_sent",
        between(&trace(&flat, Dataflow::Delta), "flip", "end")
    );
}

/// D12: with one entry in the queue the next look-up waits until the word that was not sent has given its entry back.
#[test]
fn unchanged_word_gives_its_entry_back() {
    let flat = Situation {
        form: TableForm::Absolute,
        table: &[9, 9, 9, 1],
        config: config(|c| (c.table_latency, c.activation_queue) = (2, 1)),
        ..situation(&["+++", "+++"], "-++")
    };
    let text = trace(&flat, Dataflow::Delta);
    insta::assert_snapshot!("unchanged_word_gives_its_entry_back", between(&text, "flip", "neuron=1"));
}

/// S7: two bits name three values, and there are two neurons.
#[test]
fn random_order_skips_a_value() {
    let random = Situation { order: Order::Random(0), ..situation(&["++"], "++") };
    insta::assert_snapshot!(
        "random_order_skips_a_value",
        between(&trace(&random, Dataflow::Delta), "take", "end")
    );
}

/// S8: the flip comes with the last comparison of a search, and is the one with the largest field against it.
#[test]
fn most_violated_flips_after_the_search() {
    let weights = Some(vec![1, 5, 1]);
    let search =
        Situation { order: Order::MostViolated, weights, table: &[9, 8, 7], ..situation(&["+++"], "--+") };
    let text = trace(&search, Dataflow::Delta);
    insta::assert_snapshot!("most_violated_flips_after_the_search", between(&text, " h=", "step 2"));
}

/// S9: nothing changes because the table does not reach the pattern; that is a fault, not convergence.
#[test]
fn dead_field_is_a_fault() {
    let dead = Situation { form: TableForm::Absolute, table: &[9], ..situation(&["++"], "+-") };
    insta::assert_snapshot!("dead_field_is_a_fault", trace(&dead, Dataflow::Sweep));
}

/// A field beyond the accumulator is held at its end.
#[test]
fn accumulator_overflow_is_a_fault() {
    let narrow = Situation { accumulator_bits: 4, ..situation(&["++"], "+-") };
    insta::assert_snapshot!("accumulator_overflow_is_a_fault", trace(&narrow, Dataflow::Sweep));
}

/// D6 without credits, M6: what arrives at a full activation queue is lost, the end of the sum waits beside it.
#[test]
fn full_activation_queue_drops() {
    let change = |c: &mut ConfigSpec| {
        c.activation_queue = 1;
        c.queue_policy = QueuePolicy::Drop;
    };
    let drop = Situation {
        config: config(change),
        table: &[9, 8, 7, 6, 5, 4],
        ..situation(&["+++++", "--+++", "++--+"], "+++++")
    };
    let text = trace(&drop, Dataflow::Delta);
    insta::assert_snapshot!("full_activation_queue_drops", between(&text, "read-counters", " h="));
}

/// S5 without credits: a spike that finds the queue full is lost, and the core goes on with wrong distances.
#[test]
fn full_spike_queue_drops() {
    let change = |c: &mut ConfigSpec| {
        c.incremental = true;
        c.spike_queue = 1;
        c.queue_policy = QueuePolicy::Drop;
    };
    let drop = Situation { config: config(change), ..situation(&["+++++"], "----+") };
    let text = trace(&drop, Dataflow::Synchronous);
    insta::assert_snapshot!("full_spike_queue_drops", between(&text, "flip", "look-up"));
}

/// D15: two slices read, write and examine two blocks at a time; packets still leave one per cycle.
#[test]
fn slices_run_in_lockstep() {
    let five = ["+++", "---", "---", "---", "---"];
    let two =
        Situation { config: config(|c| c.distance_slices = 2), table: &[9, 1], ..situation(&five, "-++") };
    let text = trace(&two, Dataflow::Sweep);
    insta::assert_snapshot!("slices_run_in_lockstep", between(&text, "flip", " h="));
}

/// K1, K3, K4: the list is filled, streamed, and moved by a spike.
#[test]
fn delta_from_the_candidate_list() {
    let listed = Situation {
        config: config(|c| (c.candidates, c.candidate_margin) = (3, 0)),
        table: &[9],
        ..situation(&["+++", "---", "---", "---", "---"], "-++")
    };
    insta::assert_snapshot!("delta_from_the_candidate_list", trace(&listed, Dataflow::Delta));
}

/// K2: two patterns in the window do not fit a list of one; the pass is repeated with counters.
#[test]
fn list_that_overflows_is_given_up() {
    let short = Situation {
        config: config(|c| (c.candidates, c.candidate_margin) = (1, 0)),
        ..situation(&["++", "-+"], "++")
    };
    let text = trace(&short, Dataflow::Sweep);
    insta::assert_snapshot!("list_that_overflows_is_given_up", between(&text, "step", " h="));
}

/// K5: the state moves away from the pattern it was near, so the pattern left out may enter the window: recount, reload.
#[test]
fn list_that_wears_out_is_refreshed() {
    let away = Situation {
        weights: Some(vec![-1, 1, 1, 1, 1, 1, 1, 1]),
        table: &[9],
        config: config(|c| (c.candidates, c.candidate_margin) = (2, 0)),
        ..situation(&["++++", "--++"], "++++")
    };
    let text = trace(&away, Dataflow::Delta);
    insta::assert_snapshot!("list_that_wears_out_is_refreshed", between(&text, "flip", "seq   end"));
}

/// E1, E2, E3: one column is counted for all, the nearest span goes first, the other is given up.
#[test]
fn far_span_is_eliminated() {
    let blocks = ["----", "----", "----", "----", "++++", "----"];
    let change = |c: &mut ConfigSpec| {
        (c.candidates, c.candidate_margin, c.partial_distance, c.probe_columns) = (4, 0, true, 1);
    };
    let probe = Situation { config: config(change), table: &[9, 1], ..situation(&blocks, "++++") };
    let text = trace(&probe, Dataflow::Delta);
    insta::assert_snapshot!("far_span_is_eliminated", between(&text, "step", "look-up"));
}

/// S10: the bitmap finds both violated neurons, a cycle each, and the end in one more.
#[test]
fn bitmap_jumps_to_violated_neurons() {
    let bitmap = Situation { config: config(|c| c.bitmap = true), ..situation(&["+++++++"], "++-+++-") };
    let text = trace(&bitmap, Dataflow::Delta);
    insta::assert_snapshot!("bitmap_jumps_to_violated_neurons", between(&text, " h=", "seq   end"));
}

/// S12: the pattern is a fixed point, so the retrieval ends with the report that it was reached.
#[test]
fn early_stop_ends_at_the_pattern() {
    let early = Situation { config: config(|c| c.early_stop = true), ..situation(&["++++"], "-+++") };
    let text = trace(&early, Dataflow::Sweep);
    insta::assert_snapshot!("early_stop_ends_at_the_pattern", between(&text, " h=", "seq   end"));
}

/// S13: the second neuron is examined, and flips, while the first one's updates are under way.
#[test]
fn pipelined_delta_does_not_wait() {
    let pipelined = Situation {
        config: config(|c| c.pipelined = true),
        table: &[9, 8, 7],
        ..situation(&["++++"], "--++")
    };
    let text = trace(&pipelined, Dataflow::Delta);
    insta::assert_snapshot!("pipelined_delta_does_not_wait", between(&text, " h=", "step 2"));
}

/// D17: two patterns of five neurons in words of four lanes, two words each, and the counter word after the last.
#[test]
fn first_pass_by_row() {
    let rows = Storage { patterns: PatternOrder::Row, ..Storage::default() };
    let text =
        trace(&Situation { storage: rows, ..situation(&["+++++", "--+++"], "+++++") }, Dataflow::Synchronous);
    insta::assert_snapshot!("first_pass_by_row", between(&text, "cue", "look-up"));
}

/// M5: a kernel word goes to all groups; its signs are two words, the second read while the third group is at hand.
#[test]
fn delta_reads_signs_by_row() {
    let both = Situation { storage: shared(PatternOrder::Both), ..situation(&["+++++", "--+++"], "-++++") };
    let text = trace(&both, Dataflow::Delta);
    insta::assert_snapshot!("delta_reads_signs_by_row", between(&text, "read-counters", "seq   field"));
}

/// M5: with one group at a time the signs of each packet are read anew.
#[test]
fn synchronous_reads_signs_by_row() {
    let rows = Situation { storage: shared(PatternOrder::Row), ..situation(&["+++++", "--+++"], "-++++") };
    let text = trace(&rows, Dataflow::Synchronous);
    insta::assert_snapshot!("synchronous_reads_signs_by_row", between(&text, "read-counters", "neuron=4 h="));
}

/// D18: the signs of a neuron's weights come with the counter words.
#[test]
fn sweep_reads_signs_by_column() {
    let columns = Situation {
        storage: shared(PatternOrder::Column),
        ..situation(&["++", "--", "+-", "-+", "++"], "++")
    };
    let text = trace(&columns, Dataflow::Sweep);
    insta::assert_snapshot!("sweep_reads_signs_by_column", between(&text, "read-signs", "neuron=1 h="));
}

/// K6: with a list they come first.
#[test]
fn listed_sweep_reads_signs_first() {
    let listed = Situation {
        config: config(|c| (c.candidates, c.candidate_margin) = (3, 0)),
        table: &[9],
        storage: shared(PatternOrder::Column),
        ..situation(&["+++", "---", "---", "---", "+++"], "-++")
    };
    let text = trace(&listed, Dataflow::Sweep);
    insta::assert_snapshot!("listed_sweep_reads_signs_first", between(&text, "insert", "neuron=1 h="));
}
