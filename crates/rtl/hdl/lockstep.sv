// The core under observation: what an event of docs/timing.md is made of, at the pins of a test bench.
//
// Nothing here is part of the design. Every wire is an enable, an address or a register of the core, by its own name.
module lockstep #(
    parameter int LANES            = 4,
    parameter int SLICES           = 1,
    parameter int MAC_LANES        = 2,
    parameter int WEIGHT_BANKS     = 2,
    parameter int MAX_N            = 16,
    parameter int MAX_P            = 32,
    parameter int WEIGHT_BITS      = 8,
    parameter int KERNEL_BITS      = 8,
    parameter int ACCUMULATOR_BITS = 24,
    parameter int SRAM_LATENCY     = 1,
    parameter int TABLE_LATENCY    = 1,
    parameter int MAC_LATENCY      = 1,
    parameter int COUNTER_PORTS    = 1,
    parameter int TABLE_PORTS      = 2,
    parameter int SPIKE_QUEUE      = 2,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int CANDIDATES       = 0,
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1),
    parameter int SIDE_BY_SIDE     = (LANES > CANDIDATES) ? LANES : CANDIDATES,
    parameter int PLACES           = (SIDE_BY_SIDE < MAC_LANES) ? SIDE_BY_SIDE : MAC_LANES,
    parameter int NAMES            = (CANDIDATES > 0) ? PLACES : 1,
    parameter int SPANS            = (MAX_P + LANES * SLICES - 1) / (LANES * SLICES),
    parameter int SPAN_BITS        = (SPANS > 1) ? $clog2(SPANS) : 1,
    parameter int ENTRIES          = (CANDIDATES > 0) ? CANDIDATES : 1,
    parameter int GROUPS           = (MAX_N + MAC_LANES - 1) / MAC_LANES
) (
    input  logic                                         clk,
    input  logic                                         reset,
    input  logic [                      NEURON_BITS-1:0] n,
    input  logic [                     PATTERN_BITS-1:0] p,
    input  logic [                                  1:0] dataflow,
    input  logic [                                  1:0] order,
    input  logic [                      NEURON_BITS-1:0] random_start,
    input  logic [                                 31:0] step_limit,
    input  logic                                         zero_skip,
    input  logic                                         nearest_relative,
    input  logic [                        NEURON_BITS:0] window,
    input  logic [                        NEURON_BITS:0] candidate_margin,
    input  logic [                      NEURON_BITS-1:0] weight_rows,
    input  logic                                         load,
    input  logic [                                  1:0] load_memory,
    input  logic [                                 15:0] load_bank,
    input  logic [                                 31:0] load_row,
    input  logic [                                 63:0] load_data,
    input  logic                                         cue,
    input  logic [                                 63:0] cue_data,
    output logic                                         result,
    output logic [                                 63:0] result_data,
    output logic                                         over,
    output logic [                                  1:0] outcome,
    input  logic [                                  5:0] count_select,
    output logic [           core_types::COUNT_BITS-1:0] count,

    // sequencer
    output logic                                         begins,
    output logic                                         begins_step,
    output logic                                         compares,
    output logic [                      NEURON_BITS-1:0] compared_neuron,
    output logic [                 ACCUMULATOR_BITS-1:0] compared_field,
    output logic                                         compares_group,
    output logic [                      NEURON_BITS-1:0] compared_group,
    output logic [       MAC_LANES*ACCUMULATOR_BITS-1:0] sums,
    output logic                                         skips,
    output logic                                         flips,
    output logic [                            MAX_N-1:0] state,
    output logic                                         spike_stalls,
    output logic                                         ends,
    output logic [                                  1:0] outcome_now,

    // distance unit
    output logic                                         reads_row,
    output logic                                         reads_word,
    output logic [                           SLICES-1:0] slice_read,
    output logic [                                 31:0] span_read,
    output logic [                      NEURON_BITS-1:0] neuron_read,
    output logic                                         counter_write,
    output logic [                           SLICES-1:0] slice_written,
    output logic [                                 31:0] span_written,
    output logic                                         conflict,
    output logic                                         looks_up,
    output logic                                         look_up_is_update,
    output logic [                           PLACES-1:0] look_up_places,
    output logic                                         look_up_last,
    output logic [               NAMES*PATTERN_BITS-1:0] look_up_patterns,
    output logic                                         look_up_known,     // a packet has come through the table
    output logic [                           PLACES-1:0] known_places,
    output logic                                         activation_stalls,
    output logic                                         spike,
    output logic [                      NEURON_BITS-1:0] spike_neuron,
    output logic [                                 31:0] spike_depth,
    output logic                                         take_spike,
    output logic [                      NEURON_BITS-1:0] taken_neuron,

    // candidate list
    output logic [                           SLICES-1:0] list_reads,
    output logic [                 SLICES*SPAN_BITS-1:0] list_spans,
    output logic                                         list_takes,
    output logic                                         list_moved,
    output logic [                          ENTRIES-1:0] list_valid,        // as it will be after what it takes in
    output logic [              ENTRIES*NEURON_BITS-1:0] list_distances,
    output logic [             ENTRIES*PATTERN_BITS-1:0] list_patterns,
    output logic [                      NEURON_BITS-1:0] list_nearest,
    output logic                                         list_refreshes,
    output logic                                         list_overflows,
    output logic                                         listed,

    // MAC array
    output logic                                         packet,
    output logic [                                 31:0] activation_depth,
    output logic                                         takes,
    output logic                                         last_cycle,
    output logic [                           PLACES-1:0] taken_places,
    output logic                                         taken_last,
    output logic [                      NEURON_BITS-1:0] taken_target,
    output logic [GROUPS*MAC_LANES*ACCUMULATOR_BITS-1:0] fields,

    // distance counters, a span at a time
    // verilator lint_off UNUSEDSIGNAL
    input  logic [                                 31:0] shown_span,
    // verilator lint_on UNUSEDSIGNAL
    output logic [         SLICES*LANES*NEURON_BITS-1:0] shown_counters
);
  core #(
      .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .WEIGHT_BANKS(WEIGHT_BANKS), .MAX_N(MAX_N), .MAX_P(MAX_P),
      .WEIGHT_BITS(WEIGHT_BITS), .KERNEL_BITS(KERNEL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
      .SRAM_LATENCY(SRAM_LATENCY), .TABLE_LATENCY(TABLE_LATENCY), .MAC_LATENCY(MAC_LATENCY),
      .COUNTER_PORTS(COUNTER_PORTS), .TABLE_PORTS(TABLE_PORTS), .SPIKE_QUEUE(SPIKE_QUEUE),
      .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .CANDIDATES(CANDIDATES)
  ) core (
      .clk, .reset, .n, .p, .dataflow, .order, .random_start, .step_limit, .zero_skip, .nearest_relative, .window,
      .candidate_margin, .weight_rows, .load, .load_memory, .load_bank, .load_row, .load_data, .cue, .cue_data, .result, .result_data,
      .over, .outcome, .count_select, .count
  );

  assign begins            = core.sequencer.begins;
  assign begins_step       = core.sequencer.begins_step;
  assign compares          = core.sequencer.compares;
  assign compared_neuron   = core.sequencer.compared_neuron;
  assign compared_field    = (dataflow == core_types::DELTA) ? core.field : core.sums[ACCUMULATOR_BITS-1:0];
  assign compares_group    = core.sequencer.compares_group;
  assign compared_group    = core.sum_target;
  assign sums              = core.sums;
  assign skips             = core.sequencer.visits && !core.sequencer.named;
  assign flips             = core.sequencer.flips || core.sequencer.commits;
  assign state             = core.state;
  assign spike_stalls      = core.sequencer.stalls;
  assign ends              = core.sequencer.ends;
  assign outcome_now       = core.sequencer.outcome_now;

  assign reads_row         = core.distance_unit.reads_row;
  assign reads_word        = core.distance_unit.reads_word;
  assign slice_read        = core.distance_unit.slice_read;
  assign span_read         = 32'(core.distance_unit.span);
  assign neuron_read       = core.distance_unit.counts_row ? core.distance_unit.column : core.distance_unit.moving_neuron;
  assign counter_write     = core.distance_unit.counter_write;
  assign slice_written     = core.distance_unit.slice_arrives;
  assign span_written      = 32'(core.distance_unit.arriving_span);
  assign conflict          = core.distance_unit.conflict;
  assign looks_up          = core.distance_unit.looks_up;
  assign look_up_is_update = core.distance_unit.kernel_lookup.is_update;
  assign look_up_places    = core.distance_unit.places;
  assign look_up_last      = core.distance_unit.last;
  assign look_up_patterns  = core.distance_unit.kernel_lookup.patterns;
  assign look_up_known     = core.distance_unit.packet || core.distance_unit.kernel_lookup.unchanged;
  assign known_places      = core.distance_unit.packet_places;
  assign activation_stalls = core.distance_unit.stalls;
  assign spike             = core.spike;
  assign spike_neuron      = core.spike_neuron;
  assign spike_depth       = 32'(core.distance_unit.spike_queue.depth);
  assign take_spike        = core.distance_unit.take_spike;
  assign taken_neuron      = core.distance_unit.queued_neuron;

  assign packet            = core.packet;
  assign activation_depth  = 32'(core.mac_array.activation_queue.depth);
  assign takes             = core.mac_array.takes;
  assign last_cycle        = core.mac_array.works && core.mac_array.last_cycle;
  assign taken_places      = core.mac_array.places;
  assign taken_last        = core.mac_array.last;
  assign taken_target      = core.mac_array.target;
  assign fields            = core.mac_array.fields;

  assign list_reads        = core.distance_unit.list_reads;
  assign list_spans        = core.distance_unit.list_spans;
  assign list_takes        = core.distance_unit.list_takes;
  assign list_moved        = core.distance_unit.list_moved;
  assign list_refreshes    = core.distance_unit.refreshes;
  assign list_overflows    = core.distance_unit.overflows;
  assign listed            = core.distance_unit.listed;

  generate
    if (CANDIDATES == 0) begin : no_list
      assign list_valid     = '0;
      assign list_distances = '0;
      assign list_patterns  = '0;
      assign list_nearest   = '0;
    end else begin : with_list
      localparam int LANE_BITS = (LANES * SLICES > 1) ? $clog2(LANES * SLICES) : 1;
      assign list_valid     = core.distance_unit.with_list.candidates.list.valid_next;
      assign list_distances = core.distance_unit.with_list.candidates.list.distances;
      assign list_nearest   = core.distance_unit.with_list.candidates.list.nearest;
      for (genvar c = 0; c < CANDIDATES; c++) begin : entries
        assign list_patterns[c*PATTERN_BITS+:PATTERN_BITS] =
            PATTERN_BITS'(core.distance_unit.with_list.candidates.list.spans[c*SPAN_BITS+:SPAN_BITS]) * PATTERN_BITS'(LANES * SLICES)
            + PATTERN_BITS'(core.distance_unit.with_list.candidates.list.lanes[c*LANE_BITS+:LANE_BITS]);
      end
    end
  endgenerate

  localparam int SHOWN_BITS = (SPANS > 1) ? $clog2(SPANS) : 1;
  localparam int WORD_BITS = LANES * NEURON_BITS;
  generate
    for (genvar s = 0; s < SLICES; s++) begin : shown
      if (COUNTER_PORTS == 1) begin : one_port
        assign shown_counters[s*WORD_BITS+:WORD_BITS] =
            core.distance_unit.slices[s].one_port.counter_memory.words[SHOWN_BITS'(shown_span)];
      end else begin : two_ports
        assign shown_counters[s*WORD_BITS+:WORD_BITS] =
            core.distance_unit.slices[s].two_ports.counter_memory.words[SHOWN_BITS'(shown_span)];
      end
    end
  endgenerate
endmodule
