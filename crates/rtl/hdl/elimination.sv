// A first pass in two parts, for elimination by partial distance (E1 to E3): which row is read next, and what becomes of
// the spans that arrive.
//
// The first part counts the columns before `probe` of every span, and writes the partial distances to counter memory. The
// second begins with the span that has the smallest of them, then takes the others in order, and leaves a span when every
// lane of it is ruled out. A place of the cursor is a span, the pattern of its first lane, and the row of its first column.
module elimination #(
    parameter int LANES        = 4,
    parameter int SLICES       = 1,
    parameter int MAX_P        = 32,
    parameter int NEURON_BITS  = 4,
    parameter int PATTERN_BITS = 6,
    parameter int SPAN_BITS    = 3,
    parameter int ROW_BITS     = 6,
    parameter int LIMIT_BITS   = 7,
    parameter int SRAM_LATENCY = 1,
    // derived
    parameter int SPAN         = LANES * SLICES
) (
    input  logic                        clk,
    input  logic                        reset,
    input  logic [     NEURON_BITS-1:0] n,
    input  logic [    PATTERN_BITS-1:0] p,
    input  logic [     NEURON_BITS-1:0] probe,            // columns of the first part

    // reads
    input  logic                        reads_row,
    input  logic                        ends,             // the pass
    output logic [       SPAN_BITS-1:0] span,
    output logic [    PATTERN_BITS-1:0] base,
    output logic [        ROW_BITS-1:0] row,
    output logic [     NEURON_BITS-1:0] column,
    output logic                        first_row,        // of the second part of a span: its partial distances are read
    output logic                        last_row,         // with it the span is counted
    output logic                        last_span,
    output logic                        pauses,           // the first part is read, the second not yet begun
    output logic                        all_read,

    // arrivals
    input  logic                        row_arrives,
    input  logic [       SPAN_BITS-1:0] arriving_span,
    input  logic [    PATTERN_BITS-1:0] arriving_base,
    input  logic [        ROW_BITS-1:0] arriving_row,
    input  logic                        arriving_last_row,
    input  logic                        arriving_last_span,
    input  logic [SPAN*NEURON_BITS-1:0] counts,           // before the row
    input  logic [SPAN*NEURON_BITS-1:0] counted,          // with it
    input  logic [            SPAN-1:0] lane_used,
    input  logic [      LIMIT_BITS-1:0] limit,            // K1
    output logic                        resumes,          // the row is the first of its span's second part
    output logic                        ignored,          // its span was given up
    output logic                        puts_aside,       // partial distances are written
    output logic                        compares,         // the lanes are compared with the limit

    // a span that is given up (E3)
    output logic                        gives_up,
    output logic [       SPAN_BITS-1:0] given_up,
    output logic                        left_out,         // the smallest distance of its lanes is there, Z cycles later
    output logic [     NEURON_BITS-1:0] left_out_distance
);
  localparam int STAGES = ($clog2(SLICES) + 1) / 2;  // Z of P2
  localparam int SUM_BITS = $clog2(MAX_P + SPAN + 1);
  localparam int PLACE_BITS = SPAN_BITS + PATTERN_BITS + ROW_BITS;

  // ----- the cursor: the span at hand, or, if that is given up in this cycle, the one that follows it -----

  logic [   SPAN_BITS-1:0] at_span, after_span, nearest_span;
  logic [PATTERN_BITS-1:0] at_base, after_base;
  logic [    ROW_BITS-1:0] at_row, after_row;
  logic [ NEURON_BITS-1:0] at_column;
  logic                    second, at_nearest, done;
  logic                    to_next, skips, leaves, more, begins_second;
  logic [   SPAN_BITS-1:0] nearest_span_now;
  logic [PATTERN_BITS-1:0] nearest_base_now;
  logic [    ROW_BITS-1:0] nearest_row_now;
  logic [            31:0] after_end;  // patterns up to the span that follows

  // The nearest span comes first, and is passed over when its turn would be.
  assign to_next    = at_nearest && nearest_span == '0;
  assign skips      = second && !at_nearest && at_span + 1'b1 == nearest_span;
  assign after_span = at_nearest ? SPAN_BITS'(to_next) : at_span + (skips ? SPAN_BITS'(2) : SPAN_BITS'(1));
  assign after_end  = at_nearest ? (to_next ? SPAN : 0) : 32'(at_base) + (skips ? 2 * SPAN : SPAN);
  assign after_base = PATTERN_BITS'(after_end);
  assign after_row  = at_nearest ? (to_next ? ROW_BITS'(n) : '0) : at_row + (skips ? ROW_BITS'(n) << 1 : ROW_BITS'(n));
  assign more       = after_end < 32'(p);

  assign leaves   = gives_up && !done && given_up == at_span;  // rows of it are left
  assign span     = leaves ? after_span : at_span;
  assign base     = leaves ? after_base : at_base;
  assign row      = leaves ? after_row : at_row;
  assign column   = leaves ? probe : at_column;
  assign all_read = done || (leaves && !more);

  logic last_probed;
  assign first_row   = second && column == probe;
  assign last_row    = second && column + 1'b1 == n;
  assign last_probed = !second && column + 1'b1 == probe;
  assign last_span   = SUM_BITS'(base) + SUM_BITS'(SPAN) >= SUM_BITS'(p);

  // A span that is left at once has more than one row, so the row that is read instead is not the last of its span.
  always_ff @(posedge clk) begin
    if (reset || ends) begin
      {at_span, at_base, at_row} <= '0;
      at_column                  <= '0;
      at_nearest                 <= 1'b0;
      second                     <= 1'b0;
      pauses                     <= 1'b0;
      done                       <= 1'b0;
    end else if (begins_second) begin
      {at_span, at_base, at_row} <= {nearest_span_now, nearest_base_now, nearest_row_now};
      at_column                  <= probe;
      at_nearest                 <= 1'b1;
      second                     <= 1'b1;
      pauses                     <= 1'b0;
    end else begin
      if (reads_row) at_column <= column + 1'b1;
      if (leaves) at_column <= probe + NEURON_BITS'(reads_row);
      else if (reads_row && last_row) at_column <= probe;
      else if (reads_row && last_probed) at_column <= '0;
      if (leaves || (reads_row && (last_row || last_probed))) begin
        {at_span, at_base, at_row} <= {after_span, after_base, after_row};
        at_nearest                 <= 1'b0;
        done                       <= second && !more;
        pauses                     <= !second && !more;
      end
    end
  end

  // ----- what arrives -----

  logic arriving_second, arriving_last_probed, in_second;
  logic abandoned_valid, completed_valid;
  logic [SPAN_BITS-1:0] abandoned, completed;

  delay #(.WIDTH(3), .STAGES(SRAM_LATENCY)) part_delay (
      .clk, .reset, .in({second, first_row, last_probed}), .out({in_second, resumes, arriving_last_probed})
  );

  assign arriving_second = row_arrives && in_second;
  assign ignored    = arriving_second
      && ((abandoned_valid && abandoned == arriving_span) || (gives_up && given_up == arriving_span));
  assign puts_aside = row_arrives && arriving_last_probed;
  assign compares   = arriving_second && !arriving_last_row && !ignored;

  // ----- the verdict (E3): of the lanes of a slice, registered, then of the slices -----

  logic [SLICES-1:0]    none_below, none_below_before;
  logic                 compared, all_compared, ruled_out;
  logic [SPAN_BITS-1:0] compared_span;

  always_comb begin
    none_below = '1;
    if (compares)
      for (int lane = 0; lane < SPAN; lane++)
        if (lane_used[lane] && LIMIT_BITS'(counted[lane*NEURON_BITS+:NEURON_BITS]) < limit) none_below[lane/LANES] = 1'b0;
  end

  always_ff @(posedge clk) begin
    compared          <= compares && !reset;
    none_below_before <= none_below;
    compared_span     <= arriving_span;
  end

  minimum_tree #(.COUNT(SLICES), .WIDTH(1)) verdict (
      .clk, .reset, .valid(compared), .values(none_below_before), .least_valid(all_compared), .least(ruled_out)
  );
  delay #(.WIDTH(SPAN_BITS), .STAGES(STAGES)) verdict_span (.clk, .reset, .in(compared_span), .out(given_up));

  assign gives_up = all_compared && ruled_out && !(abandoned_valid && abandoned == given_up)
      && !(completed_valid && completed == given_up);

  always_ff @(posedge clk) begin
    if (reset || ends) begin
      abandoned_valid <= 1'b0;
      completed_valid <= 1'b0;
    end else begin
      if (gives_up) abandoned_valid <= 1'b1;
      if (arriving_second && arriving_last_row && !ignored) completed_valid <= 1'b1;
    end
    if (gives_up) abandoned <= given_up;
    if (arriving_second && arriving_last_row && !ignored) completed <= arriving_span;
  end

  // ----- the smallest distance of a span: of a partial one for the nearest (E2), of one that is given up for the list (E3) --

  logic [       NEURON_BITS-1:0] of_span, of_last, of_nearest;
  logic [              SPAN-1:0] counted_lanes;
  logic [        PLACE_BITS-1:0] place, last_place, nearest_place;
  logic                          some_known, aside_known, last_valid, nearest_valid, is_nearer;

  // The lanes that `counts` are of.
  always_ff @(posedge clk) if (row_arrives) counted_lanes <= lane_used;

  span_minimum #(.LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS)) minimum_of_span (
      .clk, .reset, .valid(puts_aside || gives_up), .distances(gives_up ? counts : counted),
      .lanes(gives_up ? counted_lanes : lane_used), .least_valid(some_known), .least(of_span)
  );
  delay #(.WIDTH(1), .STAGES(STAGES)) left_delay (.clk, .reset, .in(gives_up), .out(left_out));
  delay #(.WIDTH(PLACE_BITS), .STAGES(STAGES)) aside_delay (
      .clk, .reset, .in({arriving_span, arriving_base, arriving_row}), .out(place)
  );

  assign aside_known       = some_known && !left_out;
  assign left_out_distance = of_span;

  // E2: one cycle for the register, one for the comparison with the other spans.
  assign is_nearer = last_valid && (!nearest_valid || of_last < of_nearest);
  assign {nearest_span_now, nearest_base_now, nearest_row_now} = is_nearer ? last_place : nearest_place;
  assign nearest_span = nearest_place[PLACE_BITS-1-:SPAN_BITS];

  always_ff @(posedge clk) begin
    if (aside_known) begin
      of_last    <= of_span;
      last_place <= place;
    end
    if (is_nearer) begin
      of_nearest    <= of_last;
      nearest_place <= last_place;
    end
    if (reset || ends) begin
      last_valid    <= 1'b0;
      nearest_valid <= 1'b0;
    end else begin
      last_valid    <= aside_known;
      nearest_valid <= nearest_valid || last_valid;
    end
  end

  delay #(.WIDTH(1), .STAGES(STAGES + 1)) second_delay (
      .clk, .reset, .in(puts_aside && arriving_last_span), .out(begins_second)
  );

`ifdef REACH_GIVES_UP
  always_comb if (!reset) assert (!gives_up);
`endif
endmodule
