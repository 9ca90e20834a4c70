// The core under observation: what the events of docs/timing.md are made of.
//
// Nothing here is part of the design. Every event comes of enables, addresses and registers of the core, by their own names,
// at the end of its cycle; only the neurons that flip are what the state register differs by after the clock edge. The
// events of a cycle are complete after the falling edge, and stand in `event_code` and so on until the next rising one.
//
// Three numbers are known later than their event, and follow it as events of their own: KNOWN has the words of the oldest
// look-up (D12), OCCUPIED the cycles for which a packet has occupied the lanes (M2), and SIGN_WORDS, before it, the words of
// signs that were read for it, if any (M5).
module observer #(
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
    parameter int ELIMINATION      = 0,
    parameter int BITMAP           = 0,
    parameter int INCREMENTAL      = 0,
    parameter int TREE_LATENCY     = 0,
    parameter int EARLY_STOP       = 0,
    parameter int DROPS            = 0,
    parameter int PIPELINED        = 0,
    parameter int BY_ROW           = 0,
    parameter int SIGN_SHARING     = 0,
    parameter int WEIGHT_WORD      = 1,
    parameter int WEIGHT_CODING    = 0,
    // derived
    parameter int LOAD_BITS        = (WEIGHT_WORD * WEIGHT_BITS > 64) ? WEIGHT_WORD * WEIGHT_BITS : 64
) (
    input  logic                               clk,
    input  logic                               reset,

    // The pins of the core. A setting is as wide here whatever the core.
    // verilator lint_off UNUSEDSIGNAL
    input  logic [                       31:0] n,
    input  logic [                       31:0] p,
    input  logic [                       31:0] dataflow,
    input  logic [                       31:0] order,
    input  logic [                       31:0] random_start,
    input  logic [                       31:0] step_limit,
    input  logic [                       31:0] zero_skip,
    input  logic [                       31:0] nearest_relative,
    input  logic [                       31:0] window,
    input  logic [                       31:0] weight_rows,
    input  logic [                       31:0] row_words,
    input  logic [                       31:0] certified,
    input  logic [                       31:0] candidate_margin,
    input  logic [                       31:0] probe,
    // verilator lint_on UNUSEDSIGNAL
    input  logic                               load,
    input  logic [                        1:0] load_memory,
    input  logic [                       15:0] load_bank,
    input  logic [                       31:0] load_row,
    input  logic [              LOAD_BITS-1:0] load_data,
    input  logic                               cue,
    input  logic [                       63:0] cue_data,
    output logic                               result,
    output logic [                       63:0] result_data,
    output logic                               over,
    output logic [                        1:0] outcome,
    input  logic [                        5:0] count_select,
    output logic [core_types::COUNT_BITS-1:0] count,

    // Registers that the core does not show: the field of a neuron, the distance to a pattern (all ones if it is kept
    // nowhere: the counters are stale while a list is in use).
    input  logic [                       31:0] shown_neuron,
    output logic signed [                63:0] shown_field,
    input  logic [                       31:0] shown_pattern,
    output logic [                       63:0] shown_distance
);
  localparam int NEURON_BITS = $clog2(MAX_N + 1);
  localparam int PATTERN_BITS = $clog2(MAX_P + 1);
  localparam int SIDE_BY_SIDE = (LANES > CANDIDATES) ? LANES : CANDIDATES;
  localparam int PLACES = (SIDE_BY_SIDE < MAC_LANES) ? SIDE_BY_SIDE : MAC_LANES;
  localparam int NAMES = (CANDIDATES > 0) ? PLACES : 1;
  localparam int SPAN = LANES * SLICES;
  localparam int SPANS = (MAX_P + SPAN - 1) / SPAN;
  localparam int SPAN_BITS = (SPANS > 1) ? $clog2(SPANS) : 1;

  core #(
      .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .WEIGHT_BANKS(WEIGHT_BANKS), .MAX_N(MAX_N), .MAX_P(MAX_P),
      .WEIGHT_BITS(WEIGHT_BITS), .KERNEL_BITS(KERNEL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
      .SRAM_LATENCY(SRAM_LATENCY), .TABLE_LATENCY(TABLE_LATENCY), .MAC_LATENCY(MAC_LATENCY),
      .COUNTER_PORTS(COUNTER_PORTS), .TABLE_PORTS(TABLE_PORTS), .SPIKE_QUEUE(SPIKE_QUEUE),
      .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .CANDIDATES(CANDIDATES), .ELIMINATION(ELIMINATION), .BITMAP(BITMAP),
      .INCREMENTAL(INCREMENTAL), .TREE_LATENCY(TREE_LATENCY), .EARLY_STOP(EARLY_STOP), .DROPS(DROPS), .PIPELINED(PIPELINED),
      .BY_ROW(BY_ROW), .SIGN_SHARING(SIGN_SHARING), .WEIGHT_WORD(WEIGHT_WORD), .WEIGHT_CODING(WEIGHT_CODING)
  ) core (
      .clk, .reset,
      .n(NEURON_BITS'(n)), .p(PATTERN_BITS'(p)), .dataflow(2'(dataflow)), .order(2'(order)),
      .random_start(NEURON_BITS'(random_start)), .step_limit, .zero_skip(zero_skip[0]),
      .nearest_relative(nearest_relative[0]), .window((NEURON_BITS + 1)'(window)), .weight_rows(NEURON_BITS'(weight_rows)),
      .row_words(NEURON_BITS'(row_words)), .certified(certified[0]),
      .candidate_margin((NEURON_BITS + 1)'(candidate_margin)), .probe(NEURON_BITS'(probe)),
      .load, .load_memory, .load_bank, .load_row, .load_data, .cue, .cue_data, .result, .result_data, .over, .outcome,
      .count_select, .count
  );

  // ----- registers -----

  assign shown_field = sign_extended(core.mac_array.fields[shown_neuron*ACCUMULATOR_BITS+:ACCUMULATOR_BITS]);

  logic [SPAN*NEURON_BITS-1:0] shown_counters;
  generate
    for (genvar s = 0; s < SLICES; s++) begin : shown
      if (COUNTER_PORTS == 1) begin : one_port
        assign shown_counters[s*LANES*NEURON_BITS+:LANES*NEURON_BITS] =
            core.distance_unit.slices[s].one_port.counter_memory.words[SPAN_BITS'(shown_pattern/SPAN)];
      end else begin : two_ports
        assign shown_counters[s*LANES*NEURON_BITS+:LANES*NEURON_BITS] =
            core.distance_unit.slices[s].two_ports.counter_memory.words[SPAN_BITS'(shown_pattern/SPAN)];
      end
    end
  endgenerate

  // Entries of the candidate list, as they will be after what it takes in.
  int          entries;
  logic [31:0] nearest;

  generate
    if (CANDIDATES == 0) begin : no_list
      assign entries        = 0;
      assign nearest        = '0;
      assign shown_distance = 64'(shown_counters[(shown_pattern%SPAN)*NEURON_BITS+:NEURON_BITS]);
    end else begin : with_list
      localparam int LANE_BITS = (SPAN > 1) ? $clog2(SPAN) : 1;
      assign nearest = 32'(core.distance_unit.with_list.candidates.list.nearest);
      always_comb begin
        entries        = 0;
        shown_distance = '1;
        for (int c = 0; c < CANDIDATES; c++)
          if (core.distance_unit.with_list.candidates.list.valid_next[c]) begin
            entries = entries + 1;
            if (32'(core.distance_unit.with_list.candidates.list.spans[c*SPAN_BITS+:SPAN_BITS]) * SPAN
                + 32'(core.distance_unit.with_list.candidates.list.lanes[c*LANE_BITS+:LANE_BITS]) == shown_pattern)
              shown_distance = 64'(core.distance_unit.with_list.candidates.list.distances[c*NEURON_BITS+:NEURON_BITS]);
          end
        if (!core.distance_unit.listed)
          shown_distance = 64'(shown_counters[(shown_pattern%SPAN)*NEURON_BITS+:NEURON_BITS]);
      end
    end
  endgenerate

  function automatic logic signed [63:0] sign_extended(input logic [ACCUMULATOR_BITS-1:0] field);
    sign_extended = {{(64 - ACCUMULATOR_BITS) {field[ACCUMULATOR_BITS-1]}}, field};
  endfunction

  // ----- events: codes as in docs/timing.md, and the three of this file -----

  localparam logic [7:0] CUE = 8'd0;
  localparam logic [7:0] STEP = 8'd1;
  localparam logic [7:0] READ_PATTERN = 8'd2;
  localparam logic [7:0] READ_COUNTERS = 8'd3;
  localparam logic [7:0] WRITE_COUNTERS = 8'd4;
  localparam logic [7:0] PORT_CONFLICT = 8'd5;
  localparam logic [7:0] LOOK_UP = 8'd6;
  localparam logic [7:0] STALL_ACTIVATION_QUEUE = 8'd7;
  localparam logic [7:0] ENTER_ACTIVATION_QUEUE = 8'd8;
  localparam logic [7:0] TAKE = 8'd9;
  localparam logic [7:0] FIELD = 8'd10;
  localparam logic [7:0] SKIP = 8'd11;
  localparam logic [7:0] FLIP = 8'd12;
  localparam logic [7:0] STALL_SPIKE_QUEUE = 8'd13;
  localparam logic [7:0] ENTER_SPIKE_QUEUE = 8'd14;
  localparam logic [7:0] TAKE_SPIKE = 8'd15;
  localparam logic [7:0] FAULT = 8'd16;
  localparam logic [7:0] END = 8'd17;
  localparam logic [7:0] INSERT = 8'd18;
  localparam logic [7:0] ELIMINATE = 8'd19;
  localparam logic [7:0] UPDATE_LIST = 8'd20;
  localparam logic [7:0] REFRESH = 8'd21;
  localparam logic [7:0] LIST_OVERFLOW = 8'd22;
  localparam logic [7:0] READ_PATTERN_ROW = 8'd23;
  localparam logic [7:0] COLUMN_SIGNS = 8'd25;
  localparam logic [7:0] SIGN_WORDS = 8'd253;
  localparam logic [7:0] KNOWN = 8'd254;
  localparam logic [7:0] OCCUPIED = 8'd255;

  localparam int QUEUE_OVERFLOW = 1;  // the number of the fault

  // More than a cycle can have.
  localparam int MOST = 64 + 8 * SLICES + MAC_LANES + MAX_N;

  logic [63:0] cycle;
  int          events;
  logic [ 7:0] event_code [0:MOST-1];
  logic [31:0] event_a    [0:MOST-1];
  logic [31:0] event_b    [0:MOST-1];
  logic [63:0] event_c    [0:MOST-1];

`ifdef LOCKSTEP
  // To `harness.cpp`, which writes them down.
  import "DPI-C" function void observed_event(
      input longint unsigned cycle, input int unsigned code, input int unsigned a, input int unsigned b,
      input longint c);
`endif

  int             steps, occupied, sign_words;
  logic           flips, activation_stalled, spike_stalled;
  logic [MAX_N*ACCUMULATOR_BITS-1:0] searched;  // by the comparator tree
  logic [MAX_N-1:0] state_before;

  // verilator lint_off BLKSEQ
  task emit(input logic [7:0] code, input int a, input int b, input logic [63:0] c);
    event_code[events] = code;
    event_a[events]    = a;
    event_b[events]    = b;
    event_c[events]    = c;
    events             = events + 1;
  endtask

  // Before the edge: the values of the cycle.
  always @(posedge clk) begin
    events = 0;
    if (reset) begin
      cycle              = '1;
      steps              = 0;
      flips              = 1'b0;
      activation_stalled = 1'b0;
      spike_stalled      = 1'b0;
    end else if (!over) begin
      cycle = cycle + 1;
      observe_sequencer;
      observe_distance_unit;
      observe_mac_array;
    end
  end

  // After it: what the state register differs by.
  always @(negedge clk) begin
    if (flips)
      for (int i = 0; i < MAX_N; i++)
        if (core.state[i] != state_before[i]) emit(FLIP, i, 32'(core.state[i]), '0);
    flips = 1'b0;
`ifdef LOCKSTEP
    for (int i = 0; i < events; i++)
      observed_event(cycle, 32'(event_code[i]), event_a[i], event_b[i], event_c[i]);
`endif
  end

  initial begin
    events = 0;
    flips  = 1'b0;
  end

  task observe_sequencer;
    if (core.sequencer.begins) emit(CUE, n, 0, '0);
    if (core.sequencer.begins_step) begin
      steps = steps + 1;
      emit(STEP, 0, 0, 64'(steps));
    end
    if (core.sequencer.compares)
      emit(FIELD, 32'(core.sequencer.compared_neuron), 0,
           sign_extended((2'(dataflow) == core_types::DELTA) ? core.field : core.sums[ACCUMULATOR_BITS-1:0]));
    // The comparator tree has compared the fields as they were when the search began (S11).
    if (core.sequencer.by_tree && core.search_ready)
      for (int i = 0; i < n; i++) emit(FIELD, i, 0, sign_extended(searched[i*ACCUMULATOR_BITS+:ACCUMULATOR_BITS]));
    if (core.search_starts) searched = core.mac_array.fields[MAX_N*ACCUMULATOR_BITS-1:0];
    if (core.sequencer.compares_group)
      for (int lane = 0; lane < MAC_LANES; lane++)
        if (32'(core.sum_target) * MAC_LANES + lane < n)
          emit(FIELD, 32'(core.sum_target) * MAC_LANES + lane, 0,
               sign_extended(core.sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS]));
    if (core.sequencer.visits && !core.sequencer.named && !core.sequencer.by_bitmap) emit(SKIP, 0, 0, '0);
    if (core.sequencer.stalls && !spike_stalled) emit(STALL_SPIKE_QUEUE, 0, 0, '0);
    spike_stalled = core.sequencer.stalls;
    if (core.sequencer.ends) emit(END, 32'(core.sequencer.outcome_now), 0, '0);
    flips        = core.sequencer.flips || core.sequencer.commits;
    state_before = core.state;
  endtask

  task observe_distance_unit;
    for (int s = 0; s < SLICES; s++) begin
      if (core.distance_unit.slice_read[s]) begin
        if (core.distance_unit.reads_signs)
          emit(COLUMN_SIGNS, 32'(core.distance_unit.span) * SLICES + s, 32'(core.distance_unit.row_neuron), '0);
        else if (core.distance_unit.reads_row && BY_ROW == 0)
          emit(READ_PATTERN, 32'(core.distance_unit.span) * SLICES + s, 32'(core.distance_unit.row_neuron), '0);
        if (core.distance_unit.reads_word || core.distance_unit.reads_partial)
          emit(READ_COUNTERS, 32'(core.distance_unit.span) * SLICES + s, 0, '0);
      end
      if (BY_ROW != 0 && core.distance_unit.reads_row && core.distance_unit.row_read[s])
        emit(READ_PATTERN_ROW, 32'(core.distance_unit.base) + s * LANES + 32'(core.distance_unit.cursor_lane),
             32'(core.distance_unit.column), '0);
      if (core.distance_unit.gives_up && 32'(core.distance_unit.given_up) * SPAN + s * LANES < p)
        emit(ELIMINATE, 32'(core.distance_unit.given_up) * SLICES + s, 0, '0);
      if (core.distance_unit.counter_write && core.distance_unit.slice_arrives[s])
        emit(WRITE_COUNTERS, 32'(core.distance_unit.arriving_span) * SLICES + s, 0, '0);
    end
    observe_list;
    if (core.distance_unit.conflict) emit(PORT_CONFLICT, 0, 0, '0);
    if (core.distance_unit.packet || core.distance_unit.kernel_lookup.unchanged)
      emit(KNOWN, count_places(core.distance_unit.packet_places), 0, '0);
    if (core.distance_unit.looks_up)
      emit(LOOK_UP, 0, 32'(core.distance_unit.last), first_pattern(core.distance_unit.places));
    if (core.distance_unit.stalls && !activation_stalled) emit(STALL_ACTIVATION_QUEUE, 0, 0, '0);
    activation_stalled = core.distance_unit.stalls;
    if (core.distance_unit.loses_spike) emit(FAULT, QUEUE_OVERFLOW, 0, '0);
    else if (core.spike) emit(ENTER_SPIKE_QUEUE, 32'(core.spike_neuron), 32'(core.distance_unit.spike_queue.depth), '0);
    if (core.distance_unit.take_spike) emit(TAKE_SPIKE, 32'(core.distance_unit.queued_neuron), 0, '0);
  endtask

  task observe_list;
    for (int s = 0; s < SLICES; s++)
      if (core.distance_unit.list_reads[s])
        emit(core.distance_unit.list_signs ? COLUMN_SIGNS : READ_PATTERN,
             32'(core.distance_unit.list_spans[s*SPAN_BITS+:SPAN_BITS]) * SLICES + s,
             32'(core.distance_unit.list_neuron), '0);
    if (core.distance_unit.list_takes) emit(INSERT, entries, 0, '0);
    if (core.distance_unit.list_moved) emit(UPDATE_LIST, entries, (entries == 0) ? '1 : nearest, '0);
    if (core.distance_unit.refreshes) emit(REFRESH, 0, 0, '0);
    if (core.distance_unit.overflows) emit(LIST_OVERFLOW, 0, 0, '0);
  endtask

  task observe_mac_array;
    if (core.mac_array.loses) emit(FAULT, QUEUE_OVERFLOW, 0, '0);
    if (core.packet && !core.mac_array.closed) emit(ENTER_ACTIVATION_QUEUE, 32'(core.mac_array.activation_queue.depth), 0, '0);
    if (core.mac_array.takes) begin
      occupied   = 0;
      sign_words = 0;
      emit(TAKE, count_places(core.mac_array.places), 32'(core.mac_array.last),
           (2'(dataflow) == core_types::SYNCHRONOUS) ? 64'(core.mac_array.target) * 4
           : (2'(dataflow) == core_types::SWEEP) ? 64'(core.mac_array.target) * 4 + 1 : 64'd2);
    end
    occupied = occupied + 1;
    if (core.mac_array.reads_signs) sign_words = sign_words + 1;
    if (core.mac_array.works && core.mac_array.last_cycle) begin
      if (sign_words > 0)
        emit(SIGN_WORDS, 32'(core.mac_array.patterns[PATTERN_BITS-1:0]), sign_words, '0);
      emit(OCCUPIED, occupied, 0, '0);
    end
  endtask
  // verilator lint_on BLKSEQ

  function automatic int count_places(input logic [PLACES-1:0] places);
    count_places = 0;
    for (int place = 0; place < PLACES; place++) count_places = count_places + 32'(places[place]);
  endfunction

  // The pattern of the first place that is taken, or -1.
  function automatic logic [63:0] first_pattern(input logic [PLACES-1:0] places);
    first_pattern = '1;
    for (int place = PLACES - 1; place >= 0; place--)
      if (places[place])
        first_pattern = (NAMES > 1) ? 64'(core.distance_unit.kernel_lookup.patterns[(place%NAMES)*PATTERN_BITS+:PATTERN_BITS])
                                    : 64'(core.distance_unit.kernel_lookup.patterns[PATTERN_BITS-1:0]) + 64'(place);
  endfunction
endmodule
