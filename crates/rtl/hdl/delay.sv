// A word, STAGES cycles later. With no stages it is a wire.
module delay #(
    parameter int WIDTH  = 1,
    parameter int STAGES = 1
) (
    input  logic             clk,
    input  logic             reset,
    input  logic [WIDTH-1:0] in,
    output logic [WIDTH-1:0] out
);
  generate
    if (STAGES == 0) begin : wire_only
      logic unused;
      assign unused = &{1'b0, clk, reset};
      assign out = in;
    end else if (STAGES == 1) begin : one_stage
      always_ff @(posedge clk) begin
        if (reset) out <= '0;
        else out <= in;
      end
    end else begin : stages
      // The youngest word stands lowest.
      logic [STAGES*WIDTH-1:0] line;
      always_ff @(posedge clk) begin
        if (reset) line <= '0;
        else line <= {line[(STAGES-1)*WIDTH-1:0], in};
      end
      assign out = line[(STAGES-1)*WIDTH+:WIDTH];
    end
  endgenerate
endmodule
