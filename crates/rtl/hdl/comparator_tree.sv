// The most violated neuron, from all fields at once: STAGES cycles later, through stages that take four inputs to one (P1,
// S11). Of equals the first wins. With more stages than the tree has the answer waits behind it.
module comparator_tree #(
    parameter int MAX_N            = 16,
    parameter int ACCUMULATOR_BITS = 24,
    parameter int STAGES           = 2,
    parameter int NEURON_BITS      = $clog2(MAX_N + 1)
) (
    input  logic                              clk,
    input  logic                              reset,
    input  logic                              starts,
    input  logic [           NEURON_BITS-1:0] n,
    input  logic [                 MAX_N-1:0] state,
    input  logic [MAX_N*ACCUMULATOR_BITS-1:0] fields,
    output logic                              ready,
    output logic                              found,   // a neuron is violated
    output logic [           NEURON_BITS-1:0] neuron
);
  localparam int LEVELS = ($clog2(MAX_N) + 1) / 2;
  localparam int LEAVES = 1 << (2 * LEVELS);
  localparam int WAITS = (STAGES > LEVELS) ? STAGES - LEVELS : 0;

  delay #(.WIDTH(1), .STAGES(STAGES)) ready_delay (.clk, .reset, .in(starts), .out(ready));

  generate
    // Level 0 has a place for each neuron; level k has LEAVES / 4^k, each with the worst of four of the level before.
    for (genvar level = 0; level <= LEVELS; level++) begin : levels
      localparam int NODES = LEAVES >> (2 * level);
      // Violations; of those that are none it does not matter, and of the last nobody asks.
      // verilator lint_off UNUSEDSIGNAL
      logic [NODES*ACCUMULATOR_BITS-1:0] worst;
      // verilator lint_on UNUSEDSIGNAL
      logic [                 NODES-1:0] violated;
      logic [     NODES*NEURON_BITS-1:0] index;
      if (level == 0) begin : inputs
        always_comb begin
          logic [ACCUMULATOR_BITS-1:0] field;
          worst    = '0;
          violated = '0;
          index    = '0;
          field    = '0;
          for (int i = 0; i < MAX_N; i++) begin
            field       = fields[i*ACCUMULATOR_BITS+:ACCUMULATOR_BITS];
            violated[i] = NEURON_BITS'(i) < n && field != '0 && field[ACCUMULATOR_BITS-1] == state[i];
            worst[i*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] = state[i] ? -field : field;
            index[i*NEURON_BITS+:NEURON_BITS]           = NEURON_BITS'(i);
          end
        end
      end else begin : of_four
        logic [NODES*ACCUMULATOR_BITS-1:0] worst_now;
        logic [                 NODES-1:0] violated_now;
        logic [     NODES*NEURON_BITS-1:0] index_now;
        always_comb begin
          worst_now    = '0;
          violated_now = '0;
          index_now    = '0;
          for (int node = 0; node < NODES; node++) begin
            for (int input_of_node = 0; input_of_node < 4; input_of_node++) begin
              if (levels[level-1].violated[4*node+input_of_node] && (!violated_now[node]
                  || levels[level-1].worst[(4*node+input_of_node)*ACCUMULATOR_BITS+:ACCUMULATOR_BITS]
                     > worst_now[node*ACCUMULATOR_BITS+:ACCUMULATOR_BITS])) begin
                violated_now[node] = 1'b1;
                worst_now[node*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] =
                    levels[level-1].worst[(4*node+input_of_node)*ACCUMULATOR_BITS+:ACCUMULATOR_BITS];
                index_now[node*NEURON_BITS+:NEURON_BITS] =
                    levels[level-1].index[(4*node+input_of_node)*NEURON_BITS+:NEURON_BITS];
              end
            end
          end
        end
        delay #(.WIDTH(NODES * (ACCUMULATOR_BITS + 1 + NEURON_BITS)), .STAGES((level <= STAGES) ? 1 : 0)) stage (
            .clk, .reset(1'b0), .in({worst_now, violated_now, index_now}), .out({worst, violated, index})
        );
      end
    end
  endgenerate

  delay #(.WIDTH(1 + NEURON_BITS), .STAGES(WAITS)) waits (
      .clk, .reset(1'b0), .in({levels[LEVELS].violated[0], levels[LEVELS].index[NEURON_BITS-1:0]}), .out({found, neuron})
  );
endmodule
