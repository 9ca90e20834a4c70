// The smallest distance of the lanes of a span: of those of a slice within the cycle, of the slices in stages (P1, P2), so
// valid ceil(log4 SLICES) cycles later.
module span_minimum #(
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int NEURON_BITS = 4
) (
    input  logic                                clk,
    input  logic                                reset,
    input  logic                                valid,
    input  logic [SLICES*LANES*NEURON_BITS-1:0] distances,
    input  logic [            SLICES*LANES-1:0] lanes,        // those that are compared
    output logic                                least_valid,
    output logic [             NEURON_BITS-1:0] least
);
  logic [SLICES*NEURON_BITS-1:0] of_slice;

  generate
    for (genvar s = 0; s < SLICES; s++) begin : slices
      logic [LANES*NEURON_BITS-1:0] compared;
      always_comb begin
        compared = '1;
        if (valid)
          for (int lane = 0; lane < LANES; lane++)
            if (lanes[s*LANES+lane])
              compared[lane*NEURON_BITS+:NEURON_BITS] = distances[(s*LANES+lane)*NEURON_BITS+:NEURON_BITS];
      end
      minimum #(.COUNT(LANES), .WIDTH(NEURON_BITS)) of_lanes (
          .values(compared), .least(of_slice[s*NEURON_BITS+:NEURON_BITS])
      );
    end
  endgenerate

  minimum_tree #(.COUNT(SLICES), .WIDTH(NEURON_BITS)) of_slices (
      .clk, .reset, .valid, .values(of_slice), .least_valid, .least
  );
endmodule
