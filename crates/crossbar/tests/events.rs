//! What lies between two events: the host's handshake, the wait for a quiet output port, and the queue through which
//! spikes come back.

mod harness;

use harness::{activity, changed, constant, neuron, run, spike, trace};
use klr_crossbar::{CrossbarConfig, CrossbarCore, CrossbarError, CrossbarEvent, CrossbarImage, CrossbarRun};
use klr_sim::{FaultKind, NoTrace, QueuePolicy};
use klr_units::Bits;

/// The preset with 256 neurons and a host that reacts in `host` cycles.
fn with_host(host: u32) -> CrossbarConfig {
    changed(CrossbarConfig::tiny_odin(), |c| c.host_cycles = host)
}

/// The cycles of one event among many of its kind.
fn rate(image: &CrossbarImage, config: CrossbarConfig, event: CrossbarEvent) -> u64 {
    let cycles = |events: usize| activity(image, config, &vec![event; events]).cycles;
    let (ten, twenty) = (cycles(10), cycles(20));
    assert_eq!((twenty - ten) % 10, 0, "{event:?}: every event takes the same time");
    (twenty - ten) / 10
}

/// X1: what a host can keep up, measured on the RTL: a row of N neurons, a leak of K, a virtual event.
#[test]
fn a_saturating_host_gets_the_rates_of_the_rtl() {
    for n in [4, 16, 100, 256] {
        let image = constant(n, 0);
        for host in 0..=3 {
            let config = with_host(host);
            let (n, h) = (u64::from(n), u64::from(host));
            assert_eq!(rate(&image, config, spike(1)), 2 * n + 7 + h, "row of {n}, host {h}");
            assert_eq!(
                rate(&image, config, CrossbarEvent::LeakAll),
                2 * n + 6 + 2 * h,
                "leak of {n}, host {h}"
            );
            let one = CrossbarEvent::LeakOne(neuron(2));
            assert_eq!(rate(&image, config, one), 2 + 6 + 2 * h, "leak of one, host {h}");
            let one = CrossbarEvent::Virtual(neuron(2), 1);
            // From h = 2 on the host's own handshake takes longer than the event.
            let expected = if host < 2 { 8 + h } else { 7 + 2 * h };
            assert_eq!(rate(&image, config, one), expected, "virtual event, host {h}");
        }
    }
    assert_eq!(rate(&constant(256, 0), with_host(0), spike(0)), 519, "512 of which are the scan");
}

/// X1: where a row is shorter than a slow host's handshake, the host decides.
#[test]
fn a_slow_host_holds_short_events_up() {
    let image = constant(1, 0);
    for host in [3, 4, 10, 100] {
        let h = u64::from(host);
        assert_eq!(rate(&image, with_host(host), spike(0)), (9 + h).max(7 + 2 * h), "row of one, host {h}");
    }
}

/// X1: every cycle of a run is one of the five states.
#[test]
fn states_add_up_to_the_run() {
    let events = [spike(0), CrossbarEvent::LeakAll, CrossbarEvent::Virtual(neuron(2), 1), spike(1)];
    let a = activity(&constant(5, 0), with_host(1), &events);
    // Requests are answered after 3 cycles, a row and a virtual event leave a cycle between acknowledge and scan, and
    // after each event but a leak the next request has been waiting: a cycle. After the leak it takes 3 and the host's 1.
    assert_eq!(
        (a.wait_cycles, a.acknowledge_cycles),
        (3 + 1 + 1 + 4 + 1 + 1 + 1, 4 * 4),
        "off, and acknowledged"
    );
    assert_eq!((a.push_cycles, a.scan_cycles, a.pop_cycles), (3, 10 + 10 + 2 + 10, 2), "the events");
    assert_eq!(a.cycles, a.wait_cycles + 16 + 3 + 32 + 2, "and no other");
    assert_eq!(a.host_events, 4, "all taken");
}

/// X1: the edges of the input port, for an event that is pushed and for one that is not.
#[test]
fn the_host_hands_its_events_over() {
    let config = changed(CrossbarConfig::tiny(), |c| c.host_cycles = 2);
    let text = trace(&constant(1, 0), config, &[spike(0), CrossbarEvent::LeakOne(neuron(0))]);
    insta::assert_snapshot!("the_host_hands_its_events_over", text);
}

/// X1: whatever comes next waits, memories off, until the spike of a virtual event has left: a leak too.
#[test]
fn the_next_event_waits_for_a_quiet_output_port() {
    let fires = CrossbarEvent::Virtual(neuron(0), 3);
    let image = constant(4, 0);
    let alone = activity(&image, CrossbarConfig::tiny(), &[fires]);
    // Begun in cycle 3, worked off in 8 and 9; the spike enters in cycle 10 and is gone in 18.
    assert_eq!((alone.scan_cycles, alone.cycles), (2, 19), "it leaves its spike behind");
    for (next, scan, cycles) in [
        (fires, 2, 19 + 5 + 2 + 9),
        (CrossbarEvent::LeakAll, 8, 19 + 8 + 4),
        (CrossbarEvent::LeakOne(neuron(3)), 2, 19 + 2 + 4),
        (spike(1), 8, 19 + 5 + 9),
    ] {
        let a = activity(&image, CrossbarConfig::tiny(), &[fires, next]);
        assert_eq!((a.output_stall_cycles, a.scan_cycles), (0, 2 + scan), "{next:?}: no read is held");
        assert_eq!(a.neuron_read_cycles, 1 + scan / 2, "{next:?}: memories are off");
        assert_eq!(a.cycles, cycles, "{next:?}: it begins in cycle 19");
    }
    let text = trace(&constant(1, 0), CrossbarConfig::tiny(), &[fires, CrossbarEvent::LeakAll]);
    insta::assert_snapshot!("the_next_event_waits_for_a_quiet_output_port", text);
}

/// X9: with `drop` nothing waits for the output queue, the beginning of an event neither.
#[test]
fn an_output_queue_that_drops_holds_no_event_up() {
    let fires = CrossbarEvent::Virtual(neuron(0), 3);
    let drops = changed(CrossbarConfig::tiny(), |c| c.output_policy = QueuePolicy::Drop);
    let run = run(&constant(4, 0), drops, &[fires, fires]);
    // Worked off in cycles 8 and 9, and 16 and 17; the first spike enters in cycle 10, the second in 18, when it is gone.
    assert_eq!((run.activity.outputs_sent, run.activity.outputs_dropped), (2, 0), "just in time");
    assert_eq!(run.activity.cycles, 27, "the second is gone in cycle 26");
}

/// X3: a leak is judged as every update is: with a threshold of zero all that it leaves at zero fires, and reads wait.
#[test]
fn a_leak_fires_where_the_threshold_lets_it() {
    let leak = |threshold| {
        let config = changed(CrossbarConfig::tiny(), |c| c.threshold = threshold);
        run(&constant(3, 0), config, &[CrossbarEvent::LeakAll])
    };
    let fired = leak(0);
    assert_eq!(fired.spikes.len(), 3, "zero is at the threshold");
    assert_eq!((fired.activity.output_stall_cycles, fired.activity.scan_cycles), (16, 22), "two reads wait");
    // The last write is in cycle 24; the acknowledge falls in 28, the last spike is gone in 33.
    assert_eq!(fired.activity.cycles, 34, "the input port does not wait for the output port");
    for threshold in [1, -1] {
        let quiet = leak(threshold);
        assert_eq!((quiet.spikes.len(), quiet.activity.evaluations), (0, 3), "threshold {threshold}");
    }
    let row = changed(CrossbarConfig::tiny(), |c| c.threshold = -1);
    assert!(run(&constant(3, 5), row, &[spike(0)]).spikes.is_empty(), "a negative threshold never fires");
}

// ----- the event queue -----------------------------------------------------------------------------------------------

/// Row 0 makes every other neuron fire, and no other row does anything.
fn one_shot() -> CrossbarImage {
    let weights = (0..256 * 256).map(|at| i16::from((1..256).contains(&at))).collect();
    CrossbarImage::new(256, Bits::new(4).expect("a width"), weights).expect("it is well-formed")
}

/// The one-shot network in closed loop.
fn loops(depth: u32, policy: QueuePolicy) -> CrossbarRun {
    let config = changed(CrossbarConfig::tiny_odin(), |c| {
        (c.threshold, c.closed_loop) = (1, true);
        (c.event_queue, c.event_policy) = (depth, policy);
    });
    run(&one_shot(), config, &[spike(0)])
}

/// X11: measured on the RTL: of 255 spikes 127 find room beside the event at work, the others are lost as events, without
/// a wait, and are sent all the same.
#[test]
fn an_event_queue_of_128_drops_128_of_255_and_sends_them() {
    let run = loops(128, QueuePolicy::Drop);
    let a = &run.activity;
    assert_eq!((run.spikes.len(), a.looped_events, a.looped_dropped), (255, 127, 128), "fired, looped, lost");
    assert_eq!((a.pop_cycles - 8, a.host_events + a.looped_events), (128, 128), "rows worked off");
    assert_eq!((a.outputs_sent, a.outputs_dropped), (255, 0), "every spike leaves");
    assert_eq!(a.output_stall_cycles, 254 * 8, "the event queue holds nothing up");
    // The host's row with its waits, then a cycle of waiting, 512 of scan and a pop for each of 127.
    assert_eq!(a.cycles, 3 + 5 + 513 + 255 * 8 + 127 * 514, "one cycle between events that come back");
    let overflow = FaultKind::QueueOverflow { queue: "event", depth: 128 };
    assert_eq!((run.fault_count, &run.faults[0].kind), (128, &overflow), "each loss is a fault");
    // Neuron 1 fires in cycle 11, and each of the others ten cycles after the one before.
    let first = format!("cycle {}: queue-overflow: event queue of 128 entries", 11 + 127 * 10);
    assert_eq!(run.faults[0].to_string(), first, "neuron 128 is the first that finds no room");
    assert!(run.finished, "nothing is left");
}

/// X11: the same depths with other rules: room for all, ODIN's 32 entries, and a queue that makes its scan wait for ever.
#[test]
fn the_depth_of_the_event_queue_counts_the_event_at_work() {
    let all = loops(256, QueuePolicy::Drop).activity;
    assert_eq!((all.looped_events, all.looped_dropped), (255, 0), "255 beside the one at work");
    let odin = loops(32, QueuePolicy::Drop).activity;
    assert_eq!((odin.looped_events, odin.looped_dropped), (31, 224), "measured on ODIN's RTL: 224 lost");
    let jammed = loops(128, QueuePolicy::Stall);
    assert!(!jammed.finished, "only its own end could make room");
    let text = jammed.faults[0].to_string();
    assert!(text.contains("controller: room in the event queue, for the spike of neuron 128"), "{text}");
    let a = &jammed.activity;
    assert_eq!(
        a.cycles,
        a.wait_cycles + a.push_cycles + a.acknowledge_cycles + a.scan_cycles,
        "charged to the scan"
    );
}

/// X12: a loop that never ends is stopped, and is not done.
#[test]
fn a_loop_without_an_end_is_stopped() {
    let config = changed(CrossbarConfig::tiny(), |c| (c.closed_loop, c.max_events) = (true, 20));
    let text = trace(&constant(2, 3), config, &[spike(0)]);
    assert!(text.ends_with("core  end step-limit\n"), "{text}");
    let stopped = run(&constant(2, 3), config, &[spike(0)]);
    assert_eq!((stopped.finished, stopped.activity.looped_events), (false, 20), "as often as allowed");
    assert_eq!(stopped.fault_count, stopped.activity.looped_dropped, "stuck it is not");
}

/// X1: what comes back is worked off before the host's next event, which waits with its request up.
#[test]
fn spikes_that_come_back_go_before_the_host() {
    let config = changed(CrossbarConfig::tiny(), |c| c.closed_loop = true);
    let image = CrossbarImage::new(2, Bits::new(4).expect("a width"), vec![0, 3, 0, 0]).expect("well-formed");
    let text = trace(&image, config, &[spike(0), CrossbarEvent::LeakOne(neuron(0))]);
    insta::assert_snapshot!("spikes_that_come_back_go_before_the_host", text);
}

/// A virtual event of weight 0 is a row to the RTL; here it is refused, not taken for something else.
#[test]
fn a_virtual_event_without_a_weight_is_refused() {
    let image = constant(2, 0);
    let core = CrossbarCore::new(&image, CrossbarConfig::tiny()).expect("it fits");
    let error =
        core.run(&[spike(0), CrossbarEvent::Virtual(neuron(1), 0)], &mut NoTrace).expect_err("refused");
    assert_eq!(error, CrossbarError::VirtualWeight { index: 1 });
    assert_eq!(
        error.to_string(),
        "event 1 is a virtual event of weight 0, which the core works off as a whole row: allowed are spikes for rows, \
         and virtual events of other weights"
    );
}
