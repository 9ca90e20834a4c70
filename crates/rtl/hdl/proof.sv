// The core before every image, cue and setting that it can be given, for a bounded proof: what is an input here, or stands
// in a memory at the start, is chosen by the solver. (A word can be loaded during the reset, and nothing later: a memory that
// nobody writes would be no memory.) The assertions are those that PROVE or one of REACH_* opens in the units.
module proof #(
    parameter int LANES            = 2,
    parameter int SLICES           = 1,
    parameter int MAC_LANES        = 2,
    parameter int WEIGHT_BANKS     = 1,
    parameter int MAX_N            = 4,
    parameter int MAX_P            = 4,
    parameter int WEIGHT_BITS      = 2,
    parameter int KERNEL_BITS      = 2,
    parameter int ACCUMULATOR_BITS = 8,
    parameter int COUNTER_PORTS    = 1,
    parameter int TABLE_PORTS      = 1,
    parameter int SPIKE_QUEUE      = 1,
    parameter int ACTIVATION_QUEUE = 2,
    parameter int CANDIDATES       = 0,
    parameter int ELIMINATION      = 0,
    parameter int BITMAP           = 0,
    parameter int INCREMENTAL      = 0,
    parameter int EARLY_STOP       = 0,
    parameter int DROPS            = 0,
    parameter int PIPELINED        = 0,
    parameter int BY_ROW           = 0,
    parameter int SIGN_SHARING     = 0,
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1)
) (
    input logic                    clk,
    input logic [ NEURON_BITS-1:0] n,
    input logic [PATTERN_BITS-1:0] p,
    input logic [             1:0] dataflow,
    input logic [             1:0] order,
    input logic [ NEURON_BITS-1:0] random_start,
    input logic [             2:0] step_limit,
    input logic                    zero_skip,
    input logic                    nearest_relative,
    input logic [   NEURON_BITS:0] window,
    input logic                    certified,
    input logic [   NEURON_BITS:0] candidate_margin,
    input logic [ NEURON_BITS-1:0] probe,
    input logic                    load,
    input logic [             1:0] load_memory,
    input logic [            15:0] load_bank,
    input logic [            31:0] load_row,
    input logic [            63:0] load_data,
    input logic [            63:0] cue_data
);
  localparam int SETTING_BITS = 5 * NEURON_BITS + PATTERN_BITS + 9;

  logic reset, begun, over;
  logic [SETTING_BITS-1:0] settings, settings_before;

  // One cycle of reset, then the cue; settings stand still.
  initial begin
    reset = 1'b1;
    begun = 1'b0;
  end
  always_ff @(posedge clk) begin
    reset           <= 1'b0;
    begun           <= !reset;
    settings_before <= settings;
  end
  assign settings = {n, p, dataflow, order, random_start, zero_skip, nearest_relative, window, certified, candidate_margin, probe};

  always_comb begin
    assume (n != 0 && 32'(n) <= MAX_N && p != 0 && 32'(p) <= MAX_P);
    assume (dataflow <= core_types::DELTA && order <= core_types::MOST_VIOLATED && step_limit != 0);
    assume (window != 0 && 32'(window) <= 32'(n) + 1);
    assume (32'(candidate_margin) <= ((CANDIDATES != 0) ? 32'(n) + 1 : 0));
    assume ((ELIMINATION != 0) ? probe < n : probe == 0);
    if (BY_ROW != 0) assume (dataflow == core_types::SYNCHRONOUS);
    // The first value of the register of random order is one of its period.
    assume (random_start != 0);
    for (int bits = 1; bits < NEURON_BITS; bits++) if (32'(n) < (1 << bits)) assume (32'(random_start) < (1 << bits));
    if (!reset) assume (settings == settings_before);
  end

  core #(
      .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .WEIGHT_BANKS(WEIGHT_BANKS), .MAX_N(MAX_N), .MAX_P(MAX_P),
      .WEIGHT_BITS(WEIGHT_BITS), .KERNEL_BITS(KERNEL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
      .COUNTER_PORTS(COUNTER_PORTS), .TABLE_PORTS(TABLE_PORTS), .SPIKE_QUEUE(SPIKE_QUEUE),
      .ACTIVATION_QUEUE(ACTIVATION_QUEUE), .CANDIDATES(CANDIDATES), .ELIMINATION(ELIMINATION), .BITMAP(BITMAP),
      .INCREMENTAL(INCREMENTAL), .EARLY_STOP(EARLY_STOP), .DROPS(DROPS), .PIPELINED(PIPELINED), .BY_ROW(BY_ROW),
      .SIGN_SHARING(SIGN_SHARING)
  ) core (
      .clk, .reset, .n, .p, .dataflow, .order, .random_start, .step_limit(32'(step_limit)), .zero_skip,
      .nearest_relative, .window, .certified, .candidate_margin, .probe,
      .weight_rows(NEURON_BITS'((32'(n) + WEIGHT_BANKS - 1) / WEIGHT_BANKS)),
      .row_words(NEURON_BITS'((32'(n) + LANES - 1) / LANES)),
      .load(load && reset), .load_memory, .load_bank, .load_row, .load_data, .cue(!reset && !begun), .cue_data, .over
  );

`ifdef REACH_OVER
  always_comb if (!reset) assert (!over);
`endif
endmodule
