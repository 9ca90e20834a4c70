// Which span, column and group of neurons the distance unit reads next.
//
// A first pass reads column by column and span by span (D1), other jobs span by span; a stream of `synchronous` does so once
// for each group. Between jobs the cursor stands at the first. Where patterns lie by row, the rows of a span are the words of
// the patterns of its first block, one pattern after the other (D17); `column` is then the word.
module span_cursor #(
    parameter int SPAN         = 4,  // patterns of a span
    parameter int LANES        = 4,  // and of a block
    parameter int BY_ROW       = 0,
    parameter int MAC_LANES    = 2,
    parameter int MAX_P        = 32,
    parameter int NEURON_BITS  = 4,
    parameter int PATTERN_BITS = 6,
    parameter int SPAN_BITS    = 3,
    parameter int ROW_BITS     = 6,
    // derived
    parameter int LANE_BITS    = (LANES > 1) ? $clog2(LANES) : 1
) (
    input  logic                    clk,
    input  logic                    reset,
    input  logic [ NEURON_BITS-1:0] n,
    input  logic [PATTERN_BITS-1:0] p,
    // verilator lint_off UNUSEDSIGNAL
    input  logic [ NEURON_BITS-1:0] row_words,    // words of a pattern by row
    // verilator lint_on UNUSEDSIGNAL

    input  logic                    reads_row,    // a row of a first pass
    input  logic                    reads_word,   // a counter word
    input  logic                    by_group,     // the stream is read once for each group
    input  logic                    job_ends,

    output logic [   SPAN_BITS-1:0] span,
    output logic [PATTERN_BITS-1:0] base,         // pattern of its first lane
    output logic [    ROW_BITS-1:0] row,          // pattern row of its first column; by row, the next one
    output logic [ NEURON_BITS-1:0] column,
    output logic [   LANE_BITS-1:0] lane,         // by row: of the pattern in its block
    output logic [ NEURON_BITS-1:0] group,
    output logic                    last_column,
    output logic                    last_span,
    output logic                    last_group,
    output logic                    all_read      // nothing is left to read in this job
);
  localparam int SUM_BITS = $clog2(MAX_P + SPAN + 1);
  localparam int END_BITS = $clog2((1 << NEURON_BITS) + MAC_LANES + 1);

  logic [END_BITS-1:0] group_end;  // neurons up to the end of the group
  logic                span_read;  // the last read of the span

  // By row, the last word of a pattern, and the last pattern of the first block.
  logic last_word, last_lane;
  assign last_word   = column + 1'b1 == ((BY_ROW != 0) ? row_words : n);
  assign last_lane   = BY_ROW == 0 || 32'(lane) + 1 == LANES || SUM_BITS'(base) + SUM_BITS'(lane) + 1'b1 >= SUM_BITS'(p);
  assign last_column = last_word && last_lane;
  assign last_span   = SUM_BITS'(base) + SUM_BITS'(SPAN) >= SUM_BITS'(p);
  assign last_group  = !by_group || group_end >= END_BITS'(n);
  assign span_read   = (reads_row && last_column) || reads_word;

  always_ff @(posedge clk) begin
    if (reset) begin
      span      <= '0;
      base      <= '0;
      row       <= '0;
      column    <= '0;
      lane      <= '0;
      group     <= '0;
      group_end <= END_BITS'(MAC_LANES);
      all_read  <= 1'b0;
    end else begin
      if (reads_row) column <= last_word ? '0 : column + 1'b1;
      if (BY_ROW != 0 && reads_row && last_word) lane <= last_lane ? '0 : lane + 1'b1;
      if (span_read) begin
        span <= last_span ? '0 : span + 1'b1;
        base <= last_span ? '0 : base + PATTERN_BITS'(SPAN);
        row  <= last_span ? '0 : row + ((BY_ROW != 0) ? ROW_BITS'(1) : ROW_BITS'(n));
        if (last_span) begin
          group     <= last_group ? '0 : group + 1'b1;
          group_end <= last_group ? END_BITS'(MAC_LANES) : group_end + END_BITS'(MAC_LANES);
        end
      end else if (BY_ROW != 0 && reads_row) row <= row + 1'b1;
      if (job_ends) all_read <= 1'b0;
      else if (span_read && last_span && last_group) all_read <= 1'b1;
    end
  end
endmodule
