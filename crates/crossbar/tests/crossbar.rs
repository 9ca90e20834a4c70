//! Does the crossbar core take the cycles and accesses that `docs/crossbar.md` lists, and does it retrieve what plain
//! integers say? Every count is exact: one cycle more or less in any rule fails.

mod harness;

use harness::{activity, bits, changed, constant, neuron, run, spike, trace};
use klr_crossbar::{
    CrossbarActivity, CrossbarConfig, CrossbarCore, CrossbarCounter, CrossbarError, CrossbarEvent,
    CrossbarHardware, CrossbarImage, CrossbarMemory, CrossbarPreset, CrossbarRetrieval, CrossbarSpec,
    CrossbarText, FlipPolicy, reference,
};
use klr_image::Outcome;
use klr_sim::{FaultKind, MemoryMacro, NoTrace, QueuePolicy};
use klr_units::{NeuronIdx, State};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

fn retrieve(image: &CrossbarImage, config: CrossbarConfig, cue: &State) -> CrossbarRetrieval {
    let core = CrossbarCore::new(image, config).expect("it fits");
    core.retrieve(cue, &mut NoTrace).expect("the cue has the size of the network")
}

// ----- the published counts ------------------------------------------------------------------------------------------

/// The cycles of each state, and the accesses: push, scan, pop; weight words, cycles of weight select; neuron reads,
/// neuron writes.
fn counts(a: &CrossbarActivity) -> [u64; 7] {
    [
        a.push_cycles,
        a.scan_cycles,
        a.pop_cycles,
        a.weight_words,
        a.weight_select_cycles,
        a.neuron_read_cycles,
        a.neuron_write_cycles,
    ]
}

/// X2, X3, X4, X8: documented and measured, event by event, on 256 and on 100 neurons.
#[test]
fn tiny_odin_events_take_the_published_cycles_and_accesses() {
    let (full, part) = (constant(256, 1), constant(100, 1));
    let leak_one = CrossbarEvent::LeakOne(neuron(7));
    let one = CrossbarEvent::Virtual(neuron(7), 3);
    // The last figure: from the rise of the host's request to the end, that cycle included.
    for (what, image, event, expected, cycles) in [
        ("neuron spike, 256 neurons", &full, spike(9), [1, 512, 1, 32, 64, 256, 256], 3 + 5 + 513),
        ("neuron spike, 100 neurons", &part, spike(9), [1, 200, 1, 13, 26, 100, 100], 3 + 5 + 201),
        ("leak, all neurons", &full, CrossbarEvent::LeakAll, [0, 512, 0, 0, 0, 256, 256], 3 + 512 + 4),
        ("leak, one neuron", &full, leak_one, [0, 2, 0, 0, 0, 1, 1], 3 + 2 + 4),
        ("virtual event", &full, one, [1, 2, 0, 0, 0, 1, 1], 3 + 5 + 2),
    ] {
        let activity = activity(image, CrossbarConfig::tiny_odin(), &[event]);
        assert_eq!(counts(&activity), expected, "{what}");
        assert_eq!((activity.acknowledge_cycles, activity.cycles), (3, cycles), "{what}: the input port");
    }
}

/// X5, X6, X7, X8: measured with every neuron firing and a receiver that answers in one cycle.
#[test]
fn tiny_odin_stalls_eight_cycles_for_each_of_256_spikes() {
    let fires = changed(CrossbarConfig::tiny_odin(), |c| c.threshold = 1);
    let run = run(&constant(256, 1), fires, &[spike(0)]);
    let activity = run.activity;
    assert_eq!((activity.push_cycles, activity.scan_cycles, activity.pop_cycles), (1, 2_552, 9), "states");
    assert_eq!((activity.neuron_read_cycles, activity.neuron_write_cycles), (2_296, 256), "neuron memory");
    assert_eq!(activity.output_stall_cycles, 255 * 8, "the last spike is waited for in the pop state");
    assert_eq!(
        activity.output_stall_cycles * 100 / activity.spikes,
        796,
        "7.969 per spike, published as 7.97"
    );
    assert_eq!((run.spikes.len(), activity.outputs_sent), (256, 256), "every neuron fires once");
    assert_eq!((activity.weight_words, activity.weight_select_cycles), (32, 64 + 31 * 8), "weight memory");
    for depth in 2..=4 {
        let deeper = changed(fires, |c| c.output_queue = depth);
        let cycles = self::activity(&constant(256, 1), deeper, &[spike(0)]).cycles;
        assert_eq!(
            (activity.cycles, cycles),
            (2_569, 2_059),
            "{depth} entries would not give what was measured"
        );
    }
}

/// A select moves a word of eight weights, a read and a write a membrane of 12 bits with the sign of its neuron.
#[test]
fn accesses_move_whole_words() {
    let activity = activity(&constant(256, 1), CrossbarConfig::tiny_odin(), &[spike(9)]);
    assert_eq!(activity.weight_bits_read, 64 * 32, "64 cycles of a 32-bit word");
    assert_eq!((activity.neuron_bits_read, activity.neuron_bits_written), (256 * 13, 256 * 13), "neurons");
    assert_eq!(activity.sram_bits_read(), 64 * 32 + 256 * 13, "both memories");
    let hardware = CrossbarHardware::of(&CrossbarConfig::tiny_odin());
    let memory = |bank_bytes, word_bits| MemoryMacro::of_one_port(bank_bytes, 1, word_bits);
    assert_eq!(hardware.memory(CrossbarMemory::Weights), memory(32_768, 32), "64k weights of 4 bits");
    assert_eq!(hardware.memory(CrossbarMemory::Neurons), memory(416, 13), "256 neurons of 13 bits");
    assert_eq!(hardware.membrane_bits, 12, "the width of the adder");
}

// ----- the timing rules ----------------------------------------------------------------------------------------------

/// X4: words, and the cycles in which they are selected, for several words per row.
#[test]
fn a_word_is_selected_twice() {
    for (per_word, words) in [(1, 7), (2, 4), (3, 3), (7, 1), (8, 1)] {
        let config = changed(CrossbarConfig::tiny(), |c| {
            c.weights_per_word = per_word;
            c.weight_bytes = 1024;
        });
        let activity = activity(&constant(7, 0), config, &[spike(3)]);
        assert_eq!(
            (activity.weight_words, activity.weight_select_cycles),
            (words, 2 * words),
            "{per_word} per word"
        );
    }
}

/// The handshakes under test: request, acknowledge, synchronizer.
const HANDSHAKES: [(u32, u32, u32); 7] =
    [(0, 1, 3), (1, 1, 2), (1, 0, 0), (2, 1, 2), (0, 5, 3), (1, 1, 3), (3, 2, 1)];

fn with_handshake(threshold: i32, (request, ack, sync): (u32, u32, u32), depth: u32) -> CrossbarConfig {
    changed(CrossbarConfig::tiny(), |c| {
        c.threshold = threshold;
        (c.request_cycles, c.ack_cycles, c.sync_cycles) = (request, ack, sync);
        c.output_queue = depth;
    })
}

/// X5, X6, X7: with a queue of one, every spike costs a full handshake, whatever its phases.
#[test]
fn a_spike_costs_a_handshake_when_the_queue_holds_one() {
    for knobs in HANDSHAKES {
        let (request, ack, sync) = knobs;
        let handshake = u64::from(2 * (request + ack + sync));
        let config = with_handshake(1, knobs, 1);
        assert_eq!(config.handshake_cycles(), handshake, "{knobs:?}");
        let activity = activity(&constant(6, 1), config, &[spike(0)]);
        assert_eq!(activity.output_stall_cycles, 5 * handshake, "{knobs:?}: stalls");
        assert_eq!(activity.scan_cycles, 12 + 5 * handshake, "{knobs:?}: scan");
        assert_eq!(activity.pop_cycles, 1 + handshake, "{knobs:?}: pop");
        assert_eq!(activity.neuron_read_cycles, 6 + 5 * handshake, "{knobs:?}: reads");
        assert_eq!(activity.weight_select_cycles, 6 + 2 * handshake, "{knobs:?}: words of neurons 2 and 4");
    }
}

/// X6: with a deeper queue handshakes follow each other without a gap, from the first spike to the pop.
#[test]
fn handshakes_follow_each_other_without_a_gap() {
    for knobs in HANDSHAKES {
        let (request, ack, sync) = knobs;
        let handshake = u64::from(2 * (request + ack + sync));
        for depth in 2..=6 {
            let activity = activity(&constant(6, 1), with_handshake(1, knobs, depth), &[spike(0)]);
            // The first spike enters in cycle 10; while a handshake outlasts an update, the port never idles.
            let end = 10 + 6 * handshake.max(2);
            assert_eq!(activity.cycles, end + 1, "{knobs:?}, {depth} entries");
            let scanned = 12 + activity.output_stall_cycles;
            assert_eq!(activity.scan_cycles, scanned, "{knobs:?}, {depth} entries: scan");
        }
    }
}

/// X6: the four edges and the end, counted from the cycle in which the spike enters: with nothing in between the request
/// rises at once, and three cycles lie between an acknowledge and what it causes.
#[test]
fn the_edges_of_a_handshake_stand_where_the_rtl_has_them() {
    let image = constant(1, 3);
    for ack in [0, 1, 4] {
        let text = trace(&image, changed(CrossbarConfig::tiny(), |c| c.ack_cycles = ack), &[spike(0)]);
        let at = |what: &str| -> u32 {
            let line = text.lines().find(|line| line.contains(what)).expect("it happens");
            line[..6].parse().expect("a cycle")
        };
        let enters = at("aer   enter");
        let edges = ["request-up", "ack-up", "request-down", "ack-down", "free"];
        let edges = edges.map(|edge| at(&format!("aer   {edge}")) - enters);
        assert_eq!(edges, [0, ack, ack + 3, 2 * ack + 3, 2 * ack + 6], "an answer after {ack} cycles");
    }
}

/// X7: with two entries the first wait comes after the second spike, and lasts what its handshake has left.
#[test]
fn a_queue_of_two_hides_two_cycles_of_the_first_handshake() {
    let activity = activity(&constant(3, 1), with_handshake(1, (1, 1, 2), 2), &[spike(0)]);
    // Spikes enter in cycles 10 and 12; the first is gone in cycle 18, and the read of neuron 2 waited from 12 to 17.
    assert_eq!((activity.output_stall_cycles, activity.scan_cycles), (6, 12), "one wait of six cycles");
}

/// A core with nothing to do takes no time.
#[test]
fn no_event_takes_no_cycle() {
    let run = run(&constant(4, 0), CrossbarConfig::tiny(), &[]);
    assert!(run.finished && run.activity == CrossbarActivity::default(), "{run:?}");
}

// ----- what the neurons compute --------------------------------------------------------------------------------------

#[test]
fn membranes_integrate_fire_and_leak() {
    let image = CrossbarImage::new(2, bits(4), vec![2, -5, 1, 0]).expect("it is well-formed");
    let config = changed(CrossbarConfig::tiny(), |c| c.leak = 4);
    let events = [spike(0), spike(1)];
    let fired = run(&image, config, &events);
    assert_eq!(fired.membranes, [0, -5], "2 + 1 reaches the threshold of 3 and returns to zero");
    assert_eq!(fired.spikes.iter().map(|s| (s.0.get(), s.1.get())).collect::<Vec<_>>(), [(20, 0)], "once");
    let leaked = run(&image, config, &[spike(0), CrossbarEvent::LeakAll]);
    assert_eq!(leaked.membranes, [0, -1], "towards zero, and not beyond");
    let one = run(&image, config, &[spike(0), CrossbarEvent::LeakOne(neuron(1))]);
    assert_eq!(one.membranes, [2, -1], "one neuron only");
}

// ----- retrieval -----------------------------------------------------------------------------------------------------

fn random_state(n: u32, rng: &mut Pcg64Mcg) -> State {
    let signs: Vec<i8> = (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect();
    State::from_signs(&signs).expect("signs only")
}

/// Hebbian, symmetric or arbitrary weights (the last with a diagonal) on up to 14 neurons.
fn random_image(kind: u64, rng: &mut Pcg64Mcg) -> CrossbarImage {
    let n = rng.random_range(1..=14u32);
    if kind == 0 {
        let patterns: Vec<State> = (0..rng.random_range(1..=12)).map(|_| random_state(n, rng)).collect();
        return CrossbarImage::hebbian(&patterns, bits(4)).expect("it is well-formed");
    }
    let size = n as usize;
    let mut weights = vec![0i16; size * size];
    for i in 0..size {
        for j in 0..size {
            let lower = (kind == 1 && j < i).then(|| weights[j * size + i]);
            let zero = kind == 1 && i == j;
            weights[i * size + j] = lower.unwrap_or_else(|| rng.random_range(-7..=7)) * i16::from(!zero);
        }
    }
    CrossbarImage::new(n, bits(4), weights).expect("it is well-formed")
}

fn random_config(rng: &mut Pcg64Mcg) -> CrossbarConfig {
    let spec = CrossbarSpec {
        weights_per_word: rng.random_range(1..=8),
        event_queue: 4096,
        max_events: 60,
        flips: if rng.random() { FlipPolicy::First } else { FlipPolicy::All },
        ack_cycles: rng.random_range(0..=4),
        host_cycles: rng.random_range(0..=3),
        ..*CrossbarConfig::tiny_odin().spec()
    };
    CrossbarConfig::new(spec).expect("within range")
}

/// X10, X11, X12: 600 random networks: flip by flip what plain integers say, in the cycles that the rules add up to.
#[test]
fn retrieval_equals_the_reference_flip_by_flip() {
    let mut endings = [0; 2];
    for seed in 0..600 {
        let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1);
        let image = random_image(seed % 3, &mut rng);
        let config = random_config(&mut rng);
        let cue = random_state(image.n(), &mut rng);
        let spec = config.spec();
        let expected = reference::retrieve(&image, &cue, spec.flips, spec.max_events).expect("the cue fits");
        let got = retrieve(&image, config, &cue);
        let flips: Vec<NeuronIdx> = got.flips.iter().map(|flip| flip.1).collect();
        assert_eq!((&flips, &got.state), (&expected.flips, &expected.state), "seed {seed}");
        let outcome = if expected.quiescent { Outcome::Converged } else { Outcome::StepLimit };
        assert_eq!((got.outcome, got.fault_count), (Some(outcome), 0), "seed {seed}");
        let (n, a) = (u64::from(image.n()), &got.activity);
        let host = u64::from(spec.host_cycles);
        let row = (2 * n + 7 + host).max(7 + 2 * host);
        let cue = (n - 1) * row + 2 * n + 9 + host;
        let cycles = cue + a.looped_events * (2 * n + 2) + a.spikes * config.handshake_cycles();
        assert_eq!(a.cycles, cycles, "seed {seed}: every flip a row and a handshake");
        if expected.quiescent {
            let fields: Vec<i64> =
                (0..got.state.n()).map(|i| reference::field(&image, &got.state, i)).collect();
            assert_eq!(got.membranes, fields, "seed {seed}: the membranes are the fields");
        }
        endings[usize::from(expected.quiescent)] += 1;
    }
    assert!(endings.iter().all(|&n| n > 50), "both endings are under test: {endings:?}");
}

/// With symmetric weights and nothing on the diagonal every flip lowers the energy, by four times its field.
#[test]
fn energy_falls_with_every_flip() {
    let mut flips = 0;
    for seed in 0..300 {
        let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1);
        let image = random_image(seed % 2, &mut rng);
        let cue = random_state(image.n(), &mut rng);
        let got = retrieve(&image, CrossbarConfig::tiny_odin(), &cue);
        assert_eq!(got.outcome, Some(Outcome::Converged), "seed {seed}: it always ends");
        let mut state = cue;
        for &(_, i) in &got.flips {
            let before = reference::energy(&image, &state);
            let field = reference::field(&image, &state, i.get());
            state.flip(i.get());
            assert_eq!(
                reference::energy(&image, &state),
                before - 4 * field.abs(),
                "seed {seed}, neuron {i}"
            );
            assert!(field != 0, "seed {seed}: a tie keeps the state");
            flips += 1;
        }
        assert_eq!(state, got.state, "seed {seed}: the flips lead to the state");
    }
    assert!(flips > 500, "{flips} flips are too few to mean anything");
}

/// X10, X11, X12: 256 neurons, 20 stored patterns, 25 wrong bits: recalled in the cycles that the rules add up to.
#[test]
fn tiny_odin_recalls_a_pattern_of_256_bits() {
    let mut rng = Pcg64Mcg::new(41);
    let patterns: Vec<State> = (0..20).map(|_| random_state(256, &mut rng)).collect();
    let image = CrossbarImage::hebbian(&patterns, bits(4)).expect("it is well-formed");
    let mut cue = patterns[3].clone();
    (0..25).for_each(|i| cue.flip(10 * i));
    let got = retrieve(&image, CrossbarConfig::tiny_odin(), &cue);
    assert_eq!((&got.state, got.fault_count), (&patterns[3], 0), "recalled; 255 x 7 fits 12 bits");
    assert_eq!(got.flips.len(), 25, "each wrong bit flips once");
    assert_eq!(
        got.activity.cycles,
        256 * 519 + 2 + 25 * (514 + 8),
        "cue, then a row and a handshake per flip"
    );
    assert!(image.clipped() > 0, "some correlations of 20 patterns are beyond 7");
}

/// X11: judged by the flips delivered so far, two neurons that inhibit each other flip together, for ever; strictly, one
/// flip settles both.
#[test]
fn flipping_all_at_once_can_oscillate() {
    let image = CrossbarImage::new(2, bits(4), vec![0, -1, -1, 0]).expect("it is well-formed");
    let cue = State::from_signs(&[1, 1]).expect("signs only");
    let policy = |flips| {
        changed(CrossbarConfig::tiny(), |c| {
            c.flips = flips;
            c.max_events = 6;
        })
    };
    let first = retrieve(&image, policy(FlipPolicy::First), &cue);
    assert_eq!((first.outcome, first.flips.len()), (Some(Outcome::Converged), 1), "strict");
    let all = retrieve(&image, policy(FlipPolicy::All), &cue);
    assert_eq!((all.outcome, all.activity.looped_events), (Some(Outcome::StepLimit), 6), "together");
}

// ----- faults --------------------------------------------------------------------------------------------------------

/// A membrane beyond its width is held at its end, and says so.
#[test]
fn membrane_overflow_is_a_fault() {
    let narrow = changed(CrossbarConfig::tiny(), |c| {
        c.membrane_bits = 4;
        c.threshold = 100;
    });
    let up = run(&constant(2, 5), narrow, &[spike(0), spike(0)]);
    assert_eq!((up.membranes, up.fault_count), (vec![7, 7], 2), "5 + 5 ends at 7");
    let overflow = FaultKind::AccumulatorOverflow { neuron: neuron(0), value: 10 };
    assert_eq!(
        (up.faults[0].cycle.get(), &up.faults[0].kind),
        (20, &overflow),
        "the write of the second row"
    );
    let down = run(&constant(2, -5), narrow, &[spike(0), spike(0)]);
    assert_eq!((down.membranes, down.fault_count), (vec![-8, -8], 2), "-5 - 5 ends at -8");
}

/// X9: with `drop` nothing waits; what arrives at the full queue is lost, counted, and a fault.
#[test]
fn full_output_queue_may_drop() {
    let drop = changed(CrossbarConfig::tiny(), |c| {
        c.threshold = 1;
        c.output_policy = QueuePolicy::Drop;
    });
    let run = run(&constant(6, 1), drop, &[spike(0)]);
    // Spikes arrive in cycles 10, 12 to 20; the first is gone in cycle 18, so the fifth finds room.
    assert_eq!((run.activity.outputs_sent, run.activity.outputs_dropped), (2, 4), "sent, lost");
    assert_eq!((run.activity.scan_cycles, run.activity.pop_cycles), (12, 1), "nothing waits");
    assert_eq!(run.activity.cycles, 27, "the fifth spike enters in cycle 18 and is gone in cycle 26");
    let overflow = FaultKind::QueueOverflow { queue: "output", depth: 1 };
    assert_eq!((run.fault_count, &run.faults[0].kind), (4, &overflow), "each loss is a fault");
    assert_eq!(run.faults[0].cycle.get(), 12, "when the second spike arrives");
    assert!(run.finished, "the events are worked off");
}

/// A receiver that never answers holds the scan for ever, and the fault says who waits for what.
#[test]
fn receiver_that_never_acknowledges_is_named() {
    let stuck = changed(CrossbarConfig::tiny(), |c| {
        c.threshold = 1;
        c.receiver_sticks_after = Some(1);
    });
    let run = run(&constant(4, 1), stuck, &[spike(0)]);
    assert!(!run.finished, "it cannot finish");
    assert_eq!(
        run.faults[0].to_string(),
        "cycle 20: stuck: controller: room in the output queue, to read neuron 2; \
         output port: the receiver to acknowledge neuron 1"
    );
    assert_eq!(run.activity.cycles, 21, "the request rises in cycle 20; after that nothing happens");
    assert_eq!(run.activity.output_stall_cycles, 8 + 1, "and the stall is charged up to there");
}

/// The last spike of a run may be the one that never leaves: the events are done, the run is not.
#[test]
fn receiver_that_sticks_at_the_end_is_named() {
    let stuck = changed(CrossbarConfig::tiny(), |c| c.receiver_sticks_after = Some(0));
    let virtual_only = run(&constant(2, 0), stuck, &[CrossbarEvent::Virtual(neuron(1), 3)]);
    assert_eq!(
        virtual_only.faults[0].to_string(),
        "cycle 10: stuck: controller: nothing; output port: the receiver to acknowledge neuron 1"
    );
    let last = run(&constant(1, 3), stuck, &[spike(0)]);
    assert_eq!(
        last.faults[0].to_string(),
        "cycle 10: stuck: controller: the output queue to empty; \
         output port: the receiver to acknowledge neuron 0"
    );
    assert_eq!(last.activity.pop_cycles, 1, "waited in cycle 10");
}

/// X11: a scan that finds more flips than the event queue holds waits for itself, or loses flips.
#[test]
fn full_event_queue_jams_or_drops() {
    let image = constant(4, -1);
    let cue = State::from_signs(&[1; 4]).expect("signs only");
    let small = |policy| {
        changed(CrossbarConfig::tiny(), |c| {
            c.flips = FlipPolicy::All;
            c.event_queue = 3;
            c.event_policy = policy;
        })
    };
    let jammed = retrieve(&image, small(QueuePolicy::Stall), &cue);
    assert_eq!(jammed.outcome, None, "it cannot finish");
    let text = jammed.faults[0].to_string();
    assert!(text.contains("controller: room in the event queue, for the spike of neuron 2"), "{text}");
    let dropped = retrieve(&image, small(QueuePolicy::Drop), &cue);
    let overflow = FaultKind::QueueOverflow { queue: "event", depth: 3 };
    assert!(dropped.faults.iter().any(|fault| fault.kind == overflow), "{:?}", dropped.faults);
    assert!(dropped.activity.looped_dropped > 0, "the lost flips are counted");
}

// ----- presets and errors --------------------------------------------------------------------------------------------

#[test]
fn presets_are_within_range_and_hold_what_they_say() {
    for preset in [CrossbarConfig::tiny_odin(), CrossbarConfig::loihi(), CrossbarConfig::tiny()] {
        assert_eq!(CrossbarConfig::new(*preset.spec()), Ok(preset), "a preset is a checked configuration");
    }
    let odin = CrossbarConfig::tiny_odin();
    assert_eq!((odin.bytes_needed(256), odin.words_per_row(256)), (32_768, 32), "64k 4-bit weights");
    assert_eq!(CrossbarPreset::ALL.map(|core| core.config().most_neurons()), [256, 360], "tiny-odin, loihi");
    let loihi = CrossbarConfig::loihi();
    let (fits, too_many) = (loihi.bytes_needed(360), loihi.bytes_needed(361));
    assert!(fits <= 131_072 && too_many > 131_072, "{fits} and {too_many} bytes");
}

#[test]
fn misfits_are_refused() {
    let refused = |image: &CrossbarImage, config| CrossbarCore::new(image, config).err();
    let nine = CrossbarError::TooManyNeurons { found: 9, limit: 8 };
    assert_eq!(refused(&constant(9, 0), CrossbarConfig::tiny()), Some(nine), "neurons");
    let wide = CrossbarImage::new(1, bits(8), vec![100]).expect("it is well-formed");
    let width = CrossbarError::WeightWidth { found: bits(8), limit: bits(4) };
    assert_eq!(refused(&wide, CrossbarConfig::tiny()), Some(width), "width");
    let loihi = CrossbarError::WeightMemory { needed: 132_848, available: 131_072 };
    assert_eq!(refused(&constant(361, 0), CrossbarConfig::loihi()), Some(loihi), "memory");
    let zero = CrossbarConfig::new(CrossbarSpec { output_queue: 0, ..*CrossbarConfig::tiny_odin().spec() });
    assert_eq!(
        zero.expect_err("out of range").to_string(),
        "crossbar.output_queue is 0; allowed are 1 to 65536",
        "knob"
    );
    let image = constant(2, 0);
    let core = CrossbarCore::new(&image, CrossbarConfig::tiny()).expect("it fits");
    let event = core.run(&[spike(0), spike(2)], &mut NoTrace);
    let names = CrossbarError::NoSuchNeuron { index: 1, neuron: neuron(2), n: 2 };
    assert_eq!(event.err(), Some(names), "neuron");
    let cue = core.retrieve(&State::all_minus(3), &mut NoTrace);
    assert_eq!(cue.err(), Some(CrossbarError::CueSize { found: 3, expected: 2 }), "cue");
}

#[test]
fn counters_describe_themselves_under_names_of_their_own() {
    let mut names: Vec<_> = CrossbarCounter::ALL.iter().map(|counter| counter.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CrossbarCounter::ALL.len(), "two counters share a name");
}

// ----- traces --------------------------------------------------------------------------------------------------------

fn trace_retrieval(image: &CrossbarImage, config: CrossbarConfig, cue: &[i8]) -> String {
    let mut text = CrossbarText::default();
    let core = CrossbarCore::new(image, config).expect("it fits");
    core.retrieve(&State::from_signs(cue).expect("signs only"), &mut text).expect("the cue fits");
    text.text().to_owned()
}

/// X2, X3, X4, X8: two weights to a word, two cycles to a neuron.
#[test]
fn spike_reads_its_row_word_by_word() {
    let text = trace(&constant(3, 2), CrossbarConfig::tiny(), &[spike(1)]);
    insta::assert_snapshot!("spike_reads_its_row_word_by_word", text);
}

/// X5, X6, X7: the four edges of the handshake, and the read that waits for the entry to be free.
#[test]
fn firing_neuron_holds_the_scan() {
    let image = CrossbarImage::new(2, bits(4), vec![3, 1, 0, 0]).expect("it is well-formed");
    insta::assert_snapshot!(
        "firing_neuron_holds_the_scan",
        trace(&image, CrossbarConfig::tiny(), &[spike(0)])
    );
}

/// X8: the spike of the last neuron is waited for in the pop state.
#[test]
fn last_neuron_fires_into_the_pop() {
    let image = CrossbarImage::new(2, bits(4), vec![1, 3, 0, 0]).expect("it is well-formed");
    insta::assert_snapshot!(
        "last_neuron_fires_into_the_pop",
        trace(&image, CrossbarConfig::tiny(), &[spike(0)])
    );
}

/// X1, X2, X3: leaks are neither pushed nor popped, virtual events are pushed only.
#[test]
fn leaks_and_a_virtual_event() {
    let events =
        [CrossbarEvent::Virtual(neuron(1), 2), CrossbarEvent::LeakAll, CrossbarEvent::LeakOne(neuron(1))];
    insta::assert_snapshot!(
        "leaks_and_a_virtual_event",
        trace(&constant(2, 0), CrossbarConfig::tiny(), &events)
    );
}

/// X10, X11, X12: the cue's rows, the first judgement in the last of them, the flip's row with twice its weights.
#[test]
fn flip_comes_back_as_a_row() {
    let image = CrossbarImage::hebbian(&[State::from_signs(&[1, 1]).expect("signs only")], bits(4))
        .expect("it is well-formed");
    insta::assert_snapshot!(
        "flip_comes_back_as_a_row",
        trace_retrieval(&image, CrossbarConfig::tiny(), &[1, -1])
    );
}

/// X9: the second spike finds the register taken.
#[test]
fn full_output_register_drops() {
    let drop = changed(CrossbarConfig::tiny(), |c| c.output_policy = QueuePolicy::Drop);
    insta::assert_snapshot!("full_output_register_drops", trace(&constant(2, 3), drop, &[spike(0)]));
}

/// The receiver never answers.
#[test]
fn request_is_never_answered() {
    let stuck = changed(CrossbarConfig::tiny(), |c| c.receiver_sticks_after = Some(0));
    insta::assert_snapshot!("request_is_never_answered", trace(&constant(2, 3), stuck, &[spike(0)]));
}
