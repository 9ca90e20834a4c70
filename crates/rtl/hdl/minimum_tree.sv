// The smallest of COUNT numbers, of slices or of entries of a list, through stages that take four inputs to one (P1 to P3):
// valid STAGES cycles later.
module minimum_tree #(
    parameter int COUNT  = 1,
    parameter int WIDTH  = 8,
    parameter int STAGES = ($clog2(COUNT) + 1) / 2
) (
    input  logic                    clk,
    input  logic                    reset,
    input  logic                    valid,
    input  logic [ COUNT*WIDTH-1:0] values,
    output logic                    least_valid,
    output logic [       WIDTH-1:0] least
);
  localparam int LEAVES = 1 << (2 * STAGES);

  delay #(.WIDTH(1), .STAGES(STAGES)) valid_delay (.clk, .reset, .in(valid), .out(least_valid));

  generate
    if (STAGES == 0) begin : one_number
      assign least = values;
    end else begin : tree
      // Level 0 is the input, padded with the largest number; level k has LEAVES / 4^k numbers, in registers.
      for (genvar level = 0; level <= STAGES; level++) begin : levels
        localparam int NODES = LEAVES >> (2 * level);
        logic [NODES*WIDTH-1:0] nodes;
        if (level == 0) begin : inputs
          always_comb begin
            nodes = '1;
            nodes[COUNT*WIDTH-1:0] = values;
          end
        end else begin : stage
          for (genvar node = 0; node < NODES; node++) begin : of_four
            logic [WIDTH-1:0] of_four_least;
            minimum #(.COUNT(4), .WIDTH(WIDTH)) four (
                .values(levels[level-1].nodes[4*node*WIDTH+:4*WIDTH]), .least(of_four_least)
            );
            always_ff @(posedge clk) nodes[node*WIDTH+:WIDTH] <= of_four_least;
          end
        end
      end
      assign least = levels[STAGES].nodes;
    end
  endgenerate
endmodule
