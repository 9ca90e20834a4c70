// The smallest distance of all patterns: of a span (`span_minimum`), and of the spans one after the other. It stands in
// `smallest` after the job in which it was found.
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
  logic                   known;
  logic [NEURON_BITS-1:0] of_span, so_far, so_far_now;

  span_minimum #(.LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS)) minimum_of_span (
      .clk, .reset, .valid(compares), .distances, .lanes(lane_used), .least_valid(known), .least(of_span)
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
