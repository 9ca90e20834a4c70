// The pattern rows of one neuron for the blocks that hold a candidate (K4): of every slice one per cycle, in the order of
// its blocks. The first are read in the cycle in which they are asked for.
module candidate_rows #(
    parameter int CANDIDATES = 4,
    parameter int LANES      = 4,
    parameter int SLICES     = 1,
    parameter int SPANS      = 8,
    parameter int SPAN_BITS  = 3,
    parameter int LANE_BITS  = 2,
    parameter int LATENCY    = 1   // R
) (
    input  logic                            clk,
    input  logic                            reset,
    input  logic                            asked,
    input  logic [          CANDIDATES-1:0] valid,
    input  logic [CANDIDATES*SPAN_BITS-1:0] spans,          // of the entries
    input  logic [CANDIDATES*LANE_BITS-1:0] lanes,          // of the entries, within their span
    output logic [              SLICES-1:0] reads,
    output logic [    SLICES*SPAN_BITS-1:0] read_spans,
    output logic [              SLICES-1:0] arrive,         // R cycles later
    output logic [    SLICES*SPAN_BITS-1:0] arriving_spans,
    output logic                            last_arrives    // the last of them, or in the cycle of the question if there is none
);
  logic [SLICES*SPANS-1:0] left, wanted, rest;
  logic                    reads_last, last_read_arrives;

  always_comb begin
    logic [SPAN_BITS-1:0] span;
    logic [LANE_BITS-1:0] lane;
    wanted = left;
    span   = '0;
    lane   = '0;
    if (asked) begin
      wanted = '0;
      for (int c = 0; c < CANDIDATES; c++) begin
        span = spans[c*SPAN_BITS+:SPAN_BITS];
        lane = lanes[c*LANE_BITS+:LANE_BITS];
        for (int s = 0; s < SLICES; s++)
          if (valid[c] && 32'(lane) >= s * LANES && 32'(lane) < (s + 1) * LANES) wanted[s*SPANS+32'(span)] = 1'b1;
      end
    end
  end

  generate
    for (genvar s = 0; s < SLICES; s++) begin : slices
      logic [SPANS-1:0] of_slice, first;
      assign of_slice = wanted[s*SPANS+:SPANS];
      assign first    = of_slice & (~of_slice + 1'b1);
      assign reads[s] = of_slice != '0;
      assign rest[s*SPANS+:SPANS] = of_slice & ~first;
      always_comb begin
        read_spans[s*SPAN_BITS+:SPAN_BITS] = '0;
        for (int span = 0; span < SPANS; span++) if (first[span]) read_spans[s*SPAN_BITS+:SPAN_BITS] = SPAN_BITS'(span);
      end
    end
  endgenerate

  always_ff @(posedge clk) begin
    if (reset) left <= '0;
    else left <= rest;
  end

  assign reads_last   = reads != '0 && rest == '0;
  assign last_arrives = last_read_arrives || (asked && reads == '0);

  delay #(.WIDTH(SLICES + 1), .STAGES(LATENCY)) read_delay (
      .clk, .reset, .in({reads, reads_last}), .out({arrive, last_read_arrives})
  );
  delay #(.WIDTH(SLICES * SPAN_BITS), .STAGES(LATENCY)) span_delay (
      .clk, .reset, .in(read_spans), .out(arriving_spans)
  );
endmodule
