// The core with a register at every input, for a simulation that is timed.
//
// A simulator evaluates what depends on an input pin anew whenever it is called; behind a register it is evaluated once per
// clock edge, as it would be in a system. Everything arrives a cycle later, and nothing else differs. The core is the plain
// one, without levers.
module speed #(
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
    // derived
    parameter int NEURON_BITS      = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS     = $clog2(MAX_P + 1)
) (
    input  logic                    clk,
    input  logic                    reset,
    input  logic [ NEURON_BITS-1:0] n,
    input  logic [PATTERN_BITS-1:0] p,
    input  logic [             1:0] dataflow,
    input  logic [             1:0] order,
    input  logic [ NEURON_BITS-1:0] random_start,
    input  logic [            31:0] step_limit,
    input  logic                    zero_skip,
    input  logic                    nearest_relative,
    input  logic [   NEURON_BITS:0] window,
    input  logic [ NEURON_BITS-1:0] weight_rows,
    input  logic                    load,
    input  logic [             1:0] load_memory,
    input  logic [            15:0] load_bank,
    input  logic [            31:0] load_row,
    input  logic [            63:0] load_data,
    input  logic                    cue,
    input  logic [            63:0] cue_data,
    output logic                    over
);
  logic                    reset_q, zero_skip_q, nearest_relative_q, load_q, cue_q;
  logic [ NEURON_BITS-1:0] n_q, random_start_q, weight_rows_q;
  logic [   NEURON_BITS:0] window_q;
  logic [PATTERN_BITS-1:0] p_q;
  logic [             1:0] dataflow_q, order_q, load_memory_q;
  logic [            31:0] step_limit_q, load_row_q;
  logic [            15:0] load_bank_q;
  logic [            63:0] load_data_q, cue_data_q;

  always_ff @(posedge clk) begin
    {reset_q, zero_skip_q, nearest_relative_q} <= {reset, zero_skip, nearest_relative};
    {n_q, random_start_q, weight_rows_q, window_q, p_q} <= {n, random_start, weight_rows, window, p};
    {dataflow_q, order_q, step_limit_q} <= {dataflow, order, step_limit};
    {load_q, load_memory_q, load_bank_q, load_row_q, load_data_q} <= {load, load_memory, load_bank, load_row, load_data};
    {cue_q, cue_data_q} <= {cue, cue_data};
  end

  // verilator lint_off PINCONNECTEMPTY
  // verilator lint_off PINMISSING
  core #(
      .LANES(LANES), .SLICES(SLICES), .MAC_LANES(MAC_LANES), .WEIGHT_BANKS(WEIGHT_BANKS), .MAX_N(MAX_N), .MAX_P(MAX_P),
      .WEIGHT_BITS(WEIGHT_BITS), .KERNEL_BITS(KERNEL_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
      .SRAM_LATENCY(SRAM_LATENCY), .TABLE_LATENCY(TABLE_LATENCY), .MAC_LATENCY(MAC_LATENCY),
      .COUNTER_PORTS(COUNTER_PORTS), .TABLE_PORTS(TABLE_PORTS), .SPIKE_QUEUE(SPIKE_QUEUE),
      .ACTIVATION_QUEUE(ACTIVATION_QUEUE)
  ) core (
      .clk, .reset(reset_q),
      .n(n_q), .p(p_q), .dataflow(dataflow_q), .order(order_q), .random_start(random_start_q), .step_limit(step_limit_q),
      .zero_skip(zero_skip_q), .nearest_relative(nearest_relative_q), .window(window_q), .weight_rows(weight_rows_q),
      .candidate_margin('0), .probe('0),
      .load(load_q), .load_memory(load_memory_q), .load_bank(load_bank_q), .load_row(load_row_q), .load_data(load_data_q),
      .cue(cue_q), .cue_data(cue_data_q), .result(), .result_data(), .over, .outcome(), .count_select('0), .count()
  );
  // verilator lint_on PINMISSING
  // verilator lint_on PINCONNECTEMPTY
endmodule
