// One core for kernel associative memory: sequencer, distance unit and MAC array (docs/timing.md).
//
// Parameters are the geometry, fixed when the core is built; settings stand still while a retrieval runs. Memories are
// loaded through the load port between retrievals. A retrieval begins, after a reset, with the first word of the cue, and
// is over when `over` rises; then its counts can be read, one per `count_select`.
module core #(
    parameter int LANES            = 4,   // L, distance lanes
    parameter int SLICES           = 1,   // S
    parameter int MAC_LANES        = 2,   // B
    parameter int WEIGHT_BANKS     = 2,   // at most MAC_LANES
    parameter int MAX_N            = 16,
    parameter int MAX_P            = 32,
    parameter int WEIGHT_BITS      = 8,
    parameter int KERNEL_BITS      = 8,
    parameter int ACCUMULATOR_BITS = 24,
    parameter int SRAM_LATENCY     = 1,   // R
    parameter int TABLE_LATENCY    = 1,   // T
    parameter int MAC_LATENCY      = 1,   // M
    parameter int COUNTER_PORTS    = 1,   // 1 or 2
    parameter int TABLE_PORTS      = 2,
    parameter int SPIKE_QUEUE      = 2,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int CANDIDATES       = 0,   // C, entries of the candidate list; 0 for none
    parameter int ELIMINATION      = 0,   // 1: the first pass of a list has two parts (E1 to E3)
    parameter int BITMAP           = 0,   // 1: violated neurons are found in one cycle (S10)
    parameter int INCREMENTAL      = 0,   // 1: `synchronous` moves its distances by the flips of a step (S2)
    parameter int TREE_LATENCY     = 0,   // cycles of a comparator tree over all fields; 0 for none (S11)
    parameter int EARLY_STOP       = 0,   // 1: a stored pattern ends the retrieval (S12)
    parameter int DROPS            = 0,   // 1: what finds a queue full is lost (D6, S5, M6)
    parameter int PIPELINED        = 0,   // 1: neurons are compared while updates are under way (S13)
    parameter int BY_ROW           = 0,   // 1: patterns lie by row; `synchronous` alone, no flips as spikes (D17)
    parameter int SIGN_SHARING     = 0,   // 1: patterns by column and by row hold the signs of the weights (M5, D18)
    parameter int WEIGHT_WORD      = 1,   // weights of consecutive neurons in a word of a bank (M2)
    parameter int WEIGHT_CODING    = 0,   // 0: two's complement, 1: sign and magnitude, 2: odd (docs/formats.md)
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1),
    parameter int LOAD_BITS        = (WEIGHT_WORD * WEIGHT_BITS > 64) ? WEIGHT_WORD * WEIGHT_BITS : 64
) (
    input  logic                              clk,
    input  logic                              reset,

    // settings
    input  logic [           NEURON_BITS-1:0] n,
    input  logic [          PATTERN_BITS-1:0] p,
    input  logic [                       1:0] dataflow,
    input  logic [                       1:0] order,
    input  logic [           NEURON_BITS-1:0] random_start,
    input  logic [                      31:0] step_limit,
    input  logic                              certified,     // every stored pattern is a fixed point (S12)
    input  logic                              zero_skip,
    input  logic                              nearest_relative,
    input  logic [             NEURON_BITS:0] window,        // entries of the kernel table
    input  logic [             NEURON_BITS:0] candidate_margin,
    input  logic [           NEURON_BITS-1:0] probe,         // columns of the first of two parts; 0 if there is one (E1)
    input  logic [           NEURON_BITS-1:0] weight_rows,   // rows of a pattern in a weight bank, ceil(N / word / banks)
    input  logic [           NEURON_BITS-1:0] row_words,     // words of a pattern by row, ceil(N / LANES)

    // load port: a word per cycle; every memory uses as many of the lower bits as it has
    input  logic                              load,
    input  logic [                       1:0] load_memory,
    // verilator lint_off UNUSEDSIGNAL
    input  logic [                      15:0] load_bank,
    input  logic [                      31:0] load_row,
    input  logic [             LOAD_BITS-1:0] load_data,
    // verilator lint_on UNUSEDSIGNAL

    // host port (C4)
    input  logic                              cue,
    input  logic [                      63:0] cue_data,
    output logic                              result,
    output logic [                      63:0] result_data,
    output logic                              over,
    output logic [                       1:0] outcome,

    input  logic [                       5:0] count_select,
    output logic [core_types::COUNT_BITS-1:0] count
);
  // Words of a packet, each with a place of its own, and the patterns that a packet names: that of its first place, whose
  // neighbours follow; words from a candidate list can be of any patterns.
  localparam int SIDE_BY_SIDE = (LANES > CANDIDATES) ? LANES : CANDIDATES;
  localparam int PLACES = (SIDE_BY_SIDE < MAC_LANES) ? SIDE_BY_SIDE : MAC_LANES;
  localparam int NAMES = (CANDIDATES > 0) ? PLACES : 1;
  localparam int SPANS = (MAX_P + LANES * SLICES - 1) / (LANES * SLICES);
  localparam int PATTERN_ROWS = SPANS * ((BY_ROW != 0) ? LANES * ((MAX_N + LANES - 1) / LANES) : MAX_N);
  localparam int PATTERN_ROW_BITS = (PATTERN_ROWS > 1) ? $clog2(PATTERN_ROWS) : 1;
  localparam int WEIGHT_ROWS = MAX_P * (((MAX_N + WEIGHT_WORD - 1) / WEIGHT_WORD + WEIGHT_BANKS - 1) / WEIGHT_BANKS);
  localparam int STORED_BITS = WEIGHT_BITS - ((SIGN_SHARING != 0) ? 1 : 0);
  localparam int WEIGHT_WORD_BITS = WEIGHT_WORD * ((STORED_BITS > 0) ? STORED_BITS : 1);
  localparam int SIGN_ROWS = MAX_P * ((MAX_N + LANES - 1) / LANES);
  localparam int SIGN_ROW_BITS = (SIGN_ROWS > 1) ? $clog2(SIGN_ROWS) : 1;
  localparam int WEIGHT_ROW_BITS = (WEIGHT_ROWS > 1) ? $clog2(WEIGHT_ROWS) : 1;
  localparam int SLICE_BITS = (SLICES > 1) ? $clog2(SLICES) : 1;
  localparam int BANK_BITS = (WEIGHT_BANKS > 1) ? $clog2(WEIGHT_BANKS) : 1;
  // Spikes that wait or are served, and those whose sums are still in the MAC array.
  localparam int UPDATES = (PIPELINED != 0)
      ? ((DROPS != 0) ? 65535 : SPIKE_QUEUE + ACTIVATION_QUEUE + SRAM_LATENCY + TABLE_LATENCY + MAC_LATENCY + 8)
      : (INCREMENTAL != 0) ? MAX_N : 1;
  localparam int SEQUENCER_COUNTS = 12;
  localparam int DISTANCE_COUNTS = 19;
  localparam int MAC_COUNTS = 14;
  localparam int COUNTS = SEQUENCER_COUNTS + DISTANCE_COUNTS + MAC_COUNTS;

  // sequencer and distance unit
  logic [      MAX_N-1:0] state;
  logic                   first_pass, stream, spike, spike_up;
  logic [NEURON_BITS-1:0] stream_neuron, spike_neuron;
  logic                   distances_ready, spike_credit, spike_done, spike_lost, nearest_is_zero;

  // distance unit and MAC array
  logic                              packet, packet_last, packet_clear, packet_credit;
  logic [                PLACES-1:0] packet_places;
  logic [PLACES*(KERNEL_BITS+1)-1:0] packet_words;
  logic [    NAMES*PATTERN_BITS-1:0] packet_patterns;
  logic [           NEURON_BITS-1:0] packet_target;

  // MAC array and sequencer
  logic                                  sum_ready;
  logic [               NEURON_BITS-1:0] sum_target, field_neuron;
  logic [MAC_LANES*ACCUMULATOR_BITS-1:0] sums;
  logic [          ACCUMULATOR_BITS-1:0] field;
  logic [                     MAX_N-1:0] violated;
  logic                                  search_starts, search_ready, search_found;
  logic [               NEURON_BITS-1:0] search_neuron;

  logic [COUNTS*core_types::COUNT_BITS-1:0] counts;

  sequencer #(
      .MAC_LANES(MAC_LANES), .MAX_N(MAX_N), .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .SPIKE_QUEUE(SPIKE_QUEUE),
      .BITMAP(BITMAP), .INCREMENTAL(INCREMENTAL), .TREE_LATENCY(TREE_LATENCY), .EARLY_STOP(EARLY_STOP), .DROPS(DROPS),
      .PIPELINED(PIPELINED), .UPDATES(UPDATES)
  ) sequencer (
      .clk, .reset, .n, .dataflow, .order, .random_start, .step_limit, .certified,
      .cue, .cue_data, .result, .result_data, .over, .outcome,
      .state, .first_pass, .stream, .stream_neuron, .spike, .spike_neuron, .spike_up,
      .distances_ready, .spike_credit, .spike_done, .spike_lost, .nearest_is_zero,
      .sum_ready, .sum_target, .sums, .field_neuron, .field, .violated,
      .search_starts, .search_ready, .search_found, .search_neuron,
      .counts(counts[(DISTANCE_COUNTS+MAC_COUNTS)*core_types::COUNT_BITS+:SEQUENCER_COUNTS*core_types::COUNT_BITS])
  );

  distance_unit #(
      .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .MAX_N(MAX_N), .MAX_P(MAX_P), .KERNEL_BITS(KERNEL_BITS),
      .SRAM_LATENCY(SRAM_LATENCY), .TABLE_LATENCY(TABLE_LATENCY), .COUNTER_PORTS(COUNTER_PORTS),
      .TABLE_PORTS(TABLE_PORTS), .SPIKE_QUEUE(SPIKE_QUEUE), .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .CANDIDATES(CANDIDATES),
      .PLACES(PLACES), .NAMES(NAMES), .DROPS(DROPS), .PIPELINED(PIPELINED), .EARLY_STOP(EARLY_STOP),
      .ELIMINATION(ELIMINATION), .BY_ROW(BY_ROW), .SIGN_SHARING(SIGN_SHARING)
  ) distance_unit (
      .clk, .reset, .n, .p, .dataflow, .zero_skip, .nearest_relative, .window, .candidate_margin, .row_words, .probe,
      .load_patterns(load && load_memory == ((BY_ROW != 0) ? core_types::LOAD_ROWS : core_types::LOAD_PATTERNS)),
      .load_table(load && load_memory == core_types::LOAD_TABLE),
      .load_slice(SLICE_BITS'(load_bank)),
      .load_row(PATTERN_ROW_BITS'(load_row)),
      .load_pattern_word(LANES'(load_data)),
      .load_kernel_word(KERNEL_BITS'(load_data)),
      .state, .first_pass, .stream, .stream_neuron, .spike, .spike_neuron, .spike_up,
      .distances_ready, .spike_credit, .spike_done, .spike_lost, .nearest_is_zero,
      .packet, .packet_places, .packet_words, .packet_last, .packet_clear, .packet_patterns, .packet_target, .packet_credit,
      .counts(counts[MAC_COUNTS*core_types::COUNT_BITS+:DISTANCE_COUNTS*core_types::COUNT_BITS])
  );

  mac_array #(
      .LANES(LANES), .MAC_LANES(MAC_LANES), .WEIGHT_BANKS(WEIGHT_BANKS), .MAX_N(MAX_N), .MAX_P(MAX_P),
      .WEIGHT_BITS(WEIGHT_BITS), .KERNEL_BITS(KERNEL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
      .SRAM_LATENCY(SRAM_LATENCY), .MAC_LATENCY(MAC_LATENCY), .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .CANDIDATES(CANDIDATES),
      .PLACES(PLACES), .NAMES(NAMES), .BITMAP(BITMAP), .TREE_LATENCY(TREE_LATENCY), .DROPS(DROPS),
      .SIGN_SHARING(SIGN_SHARING), .WEIGHT_WORD(WEIGHT_WORD), .WEIGHT_CODING(WEIGHT_CODING)
  ) mac_array (
      .clk, .reset, .n, .p, .dataflow, .zero_skip, .weight_rows, .row_words,
      .load(load && load_memory == core_types::LOAD_WEIGHTS),
      .load_bank(BANK_BITS'(load_bank)),
      .load_row(WEIGHT_ROW_BITS'(load_row)),
      .load_data(WEIGHT_WORD_BITS'(load_data)),
      .load_signs(load && load_memory == core_types::LOAD_ROWS),
      .load_sign_row(SIGN_ROW_BITS'(load_row)),
      .load_sign_word(LANES'(load_data)),
      .packet, .packet_places, .packet_words, .packet_last, .packet_clear, .packet_patterns, .packet_target, .packet_credit,
      .sum_ready, .sum_target, .sums, .field_neuron, .field, .state, .violated,
      .search_starts, .search_ready, .search_found, .search_neuron,
      .counts(counts[0+:MAC_COUNTS*core_types::COUNT_BITS])
  );

  assign count = core_types::COUNT_BITS'(counts >> (32'(count_select) * core_types::COUNT_BITS));
endmodule
