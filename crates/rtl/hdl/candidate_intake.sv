// Which lanes of a complete span the candidate list takes in, one per cycle in their order (K1).
//
// A span stands here until each of its lanes is taken in or left out. The limit falls as lanes are taken in, so a lane that
// it excludes once is excluded for good. The lanes that were left out are those that remain at the end.
module candidate_intake #(
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int NEURON_BITS = 4,
    parameter int SPAN_BITS   = 3,
    parameter int LIMIT_BITS  = 7,
    parameter int STAGES      = 0,  // Z of P2
    // derived
    parameter int SPAN        = LANES * SLICES,
    parameter int LANE_BITS   = (SPAN > 1) ? $clog2(SPAN) : 1
) (
    input  logic                        clk,
    input  logic                        reset,
    input  logic                        completes,         // a span is counted
    input  logic [SPAN*NEURON_BITS-1:0] counted,
    input  logic [            SPAN-1:0] lane_used,         // lanes that hold a pattern
    input  logic [       SPAN_BITS-1:0] span,
    input  logic [      LIMIT_BITS-1:0] limit,             // distances from here on are left out
    input  logic                        searches,          // the list is full and looks for its farthest entry

    output logic                        holds,             // a span is here
    output logic                        ends,              // nothing more of it is taken in
    output logic                        takes,             // a lane is taken in
    output logic                        has_taken,         // of this span, before
    output logic [       SPAN_BITS-1:0] taken_span,
    output logic [       LANE_BITS-1:0] taken_lane,
    output logic [     NEURON_BITS-1:0] taken_distance,
    output logic                        left_out,          // the smallest distance of those left out, Z cycles after the end
    output logic [     NEURON_BITS-1:0] left_out_distance
);
  localparam int WAIT_BITS = $clog2(STAGES + 2);

  logic                        held, ready, some_left;
  logic [       WAIT_BITS-1:0] waits;
  logic [SPAN*NEURON_BITS-1:0] held_distances, distances;
  logic [            SPAN-1:0] held_lanes, lanes, below, first;
  logic [       SPAN_BITS-1:0] held_span;

  assign holds      = held || completes;
  assign distances  = completes ? counted : held_distances;
  assign lanes      = completes ? lane_used : held ? held_lanes : '0;
  assign taken_span = completes ? span : held_span;
  assign ready      = (STAGES == 0) ? holds : held && waits == '0;

  always_comb begin
    below = '0;
    if (ready)
      for (int lane = 0; lane < SPAN; lane++)
        below[lane] = lanes[lane] && LIMIT_BITS'(distances[lane*NEURON_BITS+:NEURON_BITS]) < limit;
  end

  assign first     = below & (~below + 1'b1);
  assign ends      = ready && below == '0;
  assign takes     = below != '0 && !searches;
  assign some_left = ends && lanes != '0;

  always_comb begin
    taken_lane     = '0;
    taken_distance = '0;
    for (int lane = 0; lane < SPAN; lane++) begin
      if (first[lane]) begin
        taken_lane     = LANE_BITS'(lane);
        taken_distance = distances[lane*NEURON_BITS+:NEURON_BITS];
      end
    end
  end

  always_ff @(posedge clk) begin
    if (completes) begin
      held_distances <= counted;
      held_span      <= span;
    end
    if (holds) held_lanes <= takes ? lanes & ~first : lanes;
    if (reset) begin
      held      <= 1'b0;
      has_taken <= 1'b0;
      waits     <= '0;
    end else begin
      held      <= holds && !ends;
      has_taken <= holds && !ends && (takes || has_taken);
      if (completes) waits <= WAIT_BITS'((STAGES > 0) ? STAGES - 1 : 0);
      else if (waits != '0) waits <= waits - 1'b1;
    end
  end

  // The smallest distance of the lanes that were left out.
  span_minimum #(.LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS)) minimum_of_span (
      .clk, .reset, .valid(some_left), .distances, .lanes, .least_valid(left_out), .least(left_out_distance)
  );

`ifdef PROVE
  // There is room for one complete span.
  always_comb if (!reset) assert (!(completes && held));
`endif
endmodule
