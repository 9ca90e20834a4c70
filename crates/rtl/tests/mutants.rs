//! Would the lockstep see a wrong core? Every mutant breaks one rule in one place of the design; each must differ in at
//! least three retrievals, or stands here with the reason why nobody could tell.

use klr_rtl::families::family;
use klr_rtl::lockstep::{Summary, cases};
use klr_rtl::model::{Model, Optimise};
use klr_rtl::sources::{BENCH, DESIGN};
use std::path::Path;

/// A change of the design.
struct Mutant {
    /// The rule that it breaks.
    rule: &'static str,
    file: &'static str,
    /// Text that stands in the file once, and what stands there instead.
    from: &'static str,
    to: &'static str,
    /// The family whose cases have to see it.
    family: &'static str,
}

const fn mutant(
    rule: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    family: &'static str,
) -> Mutant {
    Mutant { rule, file, from, to, family }
}

/// Retrievals in which a mutant has to differ.
const KILLS: u64 = 3;
/// Seeds tried, three retrievals each.
const SEEDS: u64 = 20;

const MUTANTS: [Mutant; 35] = [
    mutant(
        "C3",
        "kernel_lookup.sv",
        "looks_up    = waits && ports_free && credits_now != '0",
        "looks_up    = waits && ports_free && credits != '0",
        "tiny",
    ),
    mutant(
        "C4",
        "sequencer.sv",
        "32'(host_word) * 64 + 64 >= 32'(n)",
        "32'(host_word) * 64 >= 32'(n)",
        "tiny",
    ),
    mutant(
        "C5",
        "distance_unit.sv",
        "comparisons_per_lane = keeps_fields ? 2'd2",
        "comparisons_per_lane = keeps_fields ? 2'd1",
        "tiny",
    ),
    mutant(
        "P2",
        "distance_unit.sv",
        "settling <= SETTLE_BITS'(STAGES)",
        "settling <= SETTLE_BITS'(STAGES + 1)",
        "uneven",
    ),
    mutant("D1", "span_cursor.sv", "column + 1'b1 == n", "column == n", "tiny"),
    mutant("D2", "sram_1rw.sv", ".STAGES(LATENCY - 1)", ".STAGES(LATENCY)", "tiny"),
    mutant("D3", "smallest_distance.sv", "if (lane_used[s*LANES+lane])", "if (1'b1)", "tiny"),
    mutant("D4", "distance_unit.sv", "held != 2'd2", "held == 2'd0", "tiny"),
    mutant("D5", "distance_unit.sv", ".by_chunk(dataflow == core_types::SWEEP)", ".by_chunk(1'b0)", "tiny"),
    mutant(
        "D6",
        "kernel_lookup.sv",
        "credits <= CREDIT_BITS'(ACTIVATION_QUEUE)",
        "credits <= CREDIT_BITS'(ACTIVATION_QUEUE - 1)",
        "tiny",
    ),
    mutant("D7", "kernel_lookup.sv", "complete <= completes;", "complete <= completes && !complete;", "tiny"),
    mutant(
        "D8",
        "distance_unit.sv",
        "selected_last = front_last && (front_pending & ~selected) == '0",
        "selected_last = front_last && front_pending == '0",
        "tiny",
    ),
    mutant(
        "D9",
        "distance_lanes.sv",
        "agrees = moving_up ? pattern_word",
        "agrees = !moving_up ? pattern_word",
        "tiny",
    ),
    mutant(
        "D10",
        "distance_unit.sv",
        "wants_word && COUNTER_PORTS == 1 && counter_write",
        "wants_word && COUNTER_PORTS == 3 && counter_write",
        "tiny",
    ),
    mutant(
        "D11",
        "distance_unit.sv",
        "else if (spike_waits) job_now",
        "else if (spike_waits && !spike) job_now",
        "tiny",
    ),
    mutant("D12", "distance_lanes.sv", "keeps_fields && index != index_before", "keeps_fields", "tiny"),
    mutant("D12", "kernel_lookup.sv", "found_places[0] && change != '0", "found_places[0]", "tiny"),
    mutant("D13", "distance_unit.sv", "(keeps_fields && nearest_relative) ? LOOK : UPDATE", "UPDATE", "tiny"),
    mutant(
        "D14",
        "distance_unit.sv",
        "UPDATE:  finished = drained;",
        "UPDATE:  finished = word_arrives && arriving_last;",
        "tiny",
    ),
    mutant(
        "D15",
        "distance_unit.sv",
        "&& (front_pending == '0 || SUM_BITS'(front_base) + SUM_BITS'(block_end) >= SUM_BITS'(p))",
        "",
        "uneven",
    ),
    mutant(
        "D16",
        "kernel_lookup.sv",
        "PORTS = (TABLE_PORTS < SLOTS) ? TABLE_PORTS : SLOTS",
        "PORTS = (TABLE_PORTS > 0) ? SLOTS : 1",
        "uneven",
    ),
    mutant(
        "M1",
        "mac_array.sv",
        "takes   = waits && !occupied",
        "takes   = waits && !occupied && !packet",
        "tiny",
    ),
    mutant(
        "M2",
        "mac_array.sv",
        "last_turn  = turn == TURN_BITS'(BANK_CYCLES - 1)",
        "last_turn  = turn == TURN_BITS'(0)",
        "uneven",
    ),
    mutant("M3", "mac_array.sv", "packet_credit <= takes;", "packet_credit <= works && last_cycle;", "tiny"),
    mutant(
        "M4",
        "mac_array.sv",
        "STAGES(SRAM_LATENCY + MAC_LATENCY)",
        "STAGES(SRAM_LATENCY + MAC_LATENCY + 1)",
        "tiny",
    ),
    mutant("S1", "threshold.sv", "$signed(violation) > 0", "$signed(violation) >= 0", "tiny"),
    mutant("S2", "sequencer.sv", "lane_field > 0", "lane_field >= 0", "single"),
    mutant(
        "S3",
        "sequencer.sv",
        "else if (visits) stage <= (sweep && named) ? SUMMING : VISIT;",
        "else if (visits) stage <= sweep ? SUMMING : VISIT;",
        "tiny",
    ),
    mutant(
        "S4",
        "sequencer.sv",
        ".search_ends(compares_register && visited_after == n)",
        ".search_ends(compares_register && visited_there == n)",
        "tiny",
    ),
    mutant(
        "S5",
        "sequencer.sv",
        "offers      = (flips || spike_offered) && credits_now != '0",
        "offers      = spike_offered && credits_now != '0",
        "tiny",
    ),
    mutant(
        "S6",
        "sequencer.sv",
        "!spike_offered && !spike_open_now && !fields_open_now",
        "!spike_offered && !spike_open_now",
        "tiny",
    ),
    mutant("S7", "visit_order.sv", "value <= ends_period ? after_next : after", "value <= after", "tiny"),
    mutant(
        "S8",
        "threshold.sv",
        "$signed(violation) > $signed(worst_violation)",
        "$signed(violation) >= $signed(worst_violation)",
        "single",
    ),
    mutant(
        "S9",
        "sequencer.sv",
        "ends_there    = sweep_ends && !((flipped || resumes) && may_begin)",
        "ends_there    = sweep_ends && !(flipped || resumes)",
        "tiny",
    ),
    mutant(
        "S9",
        "sequencer.sv",
        "(commits && (unchanged || two_cycle || !may_begin))",
        "(commits && (unchanged || two_cycle))",
        "tiny",
    ),
];

/// Mutants that no retrieval can tell from the core.
const EQUIVALENT: [Mutant; 2] = [
    // A word released a cycle after the one before it: in that cycle its register is the only one taken, so nothing waits
    // for it, and the last word of a job is never released without a packet.
    mutant(
        "D8",
        "lane_registers.sv",
        "second_done = front_done && second_valid",
        "second_done = 1'b0 && second_valid",
        "tiny",
    ),
    // In `delta` on one slice the field registers are always the later: the last packet is looked up when the updates end,
    // and takes T + R + M cycles more.
    mutant(
        "S6",
        "sequencer.sv",
        "!spike_offered && !spike_open_now && !fields_open_now",
        "!spike_offered && (delta || !spike_open_now) && !fields_open_now",
        "tiny",
    ),
];

#[test]
fn every_mutant_still_applies() {
    let applies = |file: &str, from: &str| {
        let text = DESIGN.iter().find(|(name, _)| *name == file).expect("a file of the design").1;
        assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
    };
    MUTANTS.iter().for_each(|mutant| applies(mutant.file, mutant.from));
    EQUIVALENT.iter().for_each(|mutant| applies(mutant.file, mutant.from));
    let mut rules: Vec<&str> = MUTANTS.iter().map(|mutant| mutant.rule).collect();
    rules.dedup();
    assert!(rules.len() >= 20, "a mutant for each of {} rules", rules.len());
}

fn sources(mutant: &Mutant) -> Vec<(&'static str, String)> {
    let change = |&(name, text): &(&'static str, &'static str)| {
        (name, if name == mutant.file { text.replace(mutant.from, mutant.to) } else { text.to_owned() })
    };
    DESIGN.iter().chain(&BENCH).map(change).collect()
}

/// Retrievals that tell the mutant from the core.
fn kills(mutant: &Mutant) -> u64 {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rtl-mutants");
    let family = family(mutant.family).expect("a family");
    let model = Model::build_from(&sources(mutant), &family.shape, &folder, Optimise::Lenient)
        .unwrap_or_else(|error| panic!("{} {}: {error}", mutant.rule, mutant.to));
    let mut summary = Summary::default();
    summary.compare(&model, &cases(family, 0..SEEDS), &folder.join("differences")).unwrap();
    summary.mismatches
}

/// Every mutant is built and run; `KLR_RTL` names the rule of those to try.
#[test]
#[ignore = "started by cargo xtask rtl --mutants"]
#[allow(clippy::print_stdout, reason = "a run by hand is read as it goes")]
fn mutants() {
    let only = std::env::var("KLR_RTL").ok();
    let chosen = |mutant: &&Mutant| only.as_deref().is_none_or(|rule| rule == mutant.rule);
    let mut wrong = Vec::new();
    for (mutants, seen) in [(&MUTANTS[..], true), (&EQUIVALENT[..], false)] {
        for mutant in mutants.iter().filter(chosen) {
            let kills = kills(mutant);
            let Mutant { rule, file, to, .. } = mutant;
            println!("{rule:<4} {file:<22} {kills:>2} of {} differ: {to}", 3 * SEEDS);
            if (seen && kills < KILLS) || (!seen && kills > 0) {
                wrong.push((rule, to, kills));
            }
        }
    }
    assert!(wrong.is_empty(), "seen too seldom, or not equivalent: {wrong:?}");
}
