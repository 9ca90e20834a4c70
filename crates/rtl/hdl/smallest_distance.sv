// The smallest distance of all patterns: of the lanes of a slice within the cycle, of the slices in stages (P1, P2), and of
// the spans one after the other. It stands in `smallest` after the job in which it was found.
module smallest_distance #(
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int NEURON_BITS = 4
) (
    input  logic                                clk,
    input  logic                                reset,
    input  logic                                compares,         // a span of distances is there
    input  logic [SLICES*LANES*NEURON_BITS-1:0] distances,
    input  logic [            SLICES*LANES-1:0] lane_used,        // lanes that hold a pattern
    input  logic                                job_ends,
    output logic [             NEURON_BITS-1:0] smallest,
    output logic [             NEURON_BITS-1:0] smallest_before   // that of the job before
);
  logic                          known;
  logic [SLICES*NEURON_BITS-1:0] of_slice;
  logic [       NEURON_BITS-1:0] of_span, so_far, so_far_now;

  generate
    for (genvar s = 0; s < SLICES; s++) begin : slices
      logic [LANES*NEURON_BITS-1:0] compared;
      always_comb begin
        compared = '1;
        if (compares)
          for (int lane = 0; lane < LANES; lane++)
            if (lane_used[s*LANES+lane])
              compared[lane*NEURON_BITS+:NEURON_BITS] = distances[(s*LANES+lane)*NEURON_BITS+:NEURON_BITS];
      end
      minimum #(.COUNT(LANES), .WIDTH(NEURON_BITS)) of_lanes (
          .values(compared), .least(of_slice[s*NEURON_BITS+:NEURON_BITS])
      );
    end
  endgenerate

  minimum_tree #(.COUNT(SLICES), .WIDTH(NEURON_BITS)) of_slices (
      .clk, .reset, .valid(compares), .values(of_slice), .least_valid(known), .least(of_span)
  );

  assign so_far_now = (known && of_span < so_far) ? of_span : so_far;

  always_ff @(posedge clk) begin
    if (reset) begin
      so_far          <= '1;
      smallest        <= '0;
      smallest_before <= '0;
    end else if (job_ends) begin
      so_far          <= '1;
      smallest        <= so_far_now;
      smallest_before <= smallest;
    end else begin
      so_far <= so_far_now;
    end
  end
endmodule
