// The sum of COUNT signed numbers, STAGES cycles later, through adders that take four numbers to one (P4).
//
// The first register stands before the first adders, the next ones before the others, the last behind them. With fewer
// stages than that the last adders share a cycle; with more the numbers wait before the first.
module adder_tree #(
    parameter int COUNT      = 2,
    parameter int IN_WIDTH   = 16,
    parameter int OUT_WIDTH  = 24,
    parameter int STAGES     = 1
) (
    input  logic                      clk,
    input  logic [COUNT*IN_WIDTH-1:0] addends,
    output logic [     OUT_WIDTH-1:0] sum
);
  localparam int LEVELS = ($clog2(COUNT) + 1) / 2;
  localparam int LEAVES = 1 << (2 * LEVELS);
  localparam int WAITS = (STAGES > LEVELS + 1) ? STAGES - LEVELS - 1 : 0;
  localparam int SIGN_BITS = (OUT_WIDTH > IN_WIDTH) ? OUT_WIDTH - IN_WIDTH : 1;

  logic [COUNT*IN_WIDTH-1:0] waited;
  delay #(.WIDTH(COUNT * IN_WIDTH), .STAGES(WAITS)) before_the_first (
      .clk, .reset(1'b0), .in(addends), .out(waited)
  );

  generate
    // Level 0 is the input, padded with zeros; level k has LEAVES / 4^k sums, each level behind its register if it has one.
    for (genvar level = 0; level <= LEVELS; level++) begin : levels
      localparam int NODES = LEAVES >> (2 * level);
      logic [NODES*OUT_WIDTH-1:0] sums, registered;
      always_comb begin
        sums = '0;
        if (level == 0) begin
          for (int i = 0; i < COUNT; i++)
            sums[i*OUT_WIDTH+:OUT_WIDTH] =
                OUT_WIDTH'({{SIGN_BITS{waited[i*IN_WIDTH+IN_WIDTH-1]}}, waited[i*IN_WIDTH+:IN_WIDTH]});
        end else begin
          for (int i = 0; i < NODES; i++)
            for (int j = 0; j < 4; j++)
              sums[i*OUT_WIDTH+:OUT_WIDTH] = sums[i*OUT_WIDTH+:OUT_WIDTH]
                  + levels[(level>0)?level-1 : 0].registered[(4*i+j)*OUT_WIDTH+:OUT_WIDTH];
        end
      end
      delay #(.WIDTH(NODES * OUT_WIDTH), .STAGES((level < STAGES) ? 1 : 0)) level_register (
          .clk, .reset(1'b0), .in(sums), .out(registered)
      );
    end
    assign sum = levels[LEVELS].registered;
  endgenerate
endmodule
