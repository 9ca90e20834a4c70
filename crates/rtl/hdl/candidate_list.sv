// The candidate list: C registers, each with a pattern near enough to matter and its distance.
//
// A flip changes a distance by at most one. So a pattern that was left out at distance `far` is at least far - f away after f
// flips, and the list is exact as long as that is outside the kernel window. What has to be found among all entries comes
// through a tree of A stages (P3).
module candidate_list #(
    parameter int CANDIDATES  = 4,
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int NEURON_BITS = 4,
    parameter int SPAN_BITS   = 3,
    parameter int LANE_BITS   = 2,
    parameter int LIMIT_BITS  = 7,
    // derived
    parameter int SPAN        = LANES * SLICES
) (
    input  logic                              clk,
    input  logic                              reset,

    input  logic                              nearest_relative,
    input  logic [             NEURON_BITS:0] window,
    input  logic [             NEURON_BITS:0] margin,            // distances beyond the window that are kept all the same

    input  logic [           NEURON_BITS-1:0] last_distance,     // the largest that a counter holds (D9)

    input  logic                              clears,            // a first pass begins

    // a first pass (K1)
    input  logic                              takes,
    input  logic [             SPAN_BITS-1:0] taken_span,
    input  logic [             LANE_BITS-1:0] taken_lane,
    input  logic [           NEURON_BITS-1:0] taken_distance,
    input  logic                              left_out,          // a pattern that was not taken in
    input  logic [           NEURON_BITS-1:0] left_out_distance,
    output logic [            LIMIT_BITS-1:0] limit,             // distances from here on are left out
    output logic                              searches,          // the list was full: the next is taken in later

    // a spike (K4): rows that arrive, and the last of them
    input  logic [                SLICES-1:0] rows_arrive,
    input  logic [      SLICES*SPAN_BITS-1:0] row_spans,
    input  logic [                  SPAN-1:0] pattern_word,
    input  logic                              moves,             // rows move entries; else they hold signs, which agree with +1 (K6)
    input  logic                              moving_up,         // the neuron that has flipped is +1 now
    input  logic                              all_moved,
    output logic                              settles,           // the smallest distance is known

    // the entries, as they are in this cycle
    output logic [            CANDIDATES-1:0] valid,
    output logic [  CANDIDATES*SPAN_BITS-1:0] spans,
    output logic [  CANDIDATES*LANE_BITS-1:0] lanes,
    output logic [CANDIDATES*NEURON_BITS-1:0] distances,
    output logic [            CANDIDATES-1:0] agrees,            // with the neuron's new value
    output logic [           NEURON_BITS-1:0] nearest,           // the smallest distance
    output logic [           NEURON_BITS-1:0] nearest_before,    // that before the spike
    output logic                              exact              // no pattern that was left out has a kernel word
);
  localparam int STAGES = ($clog2(CANDIDATES) + 1) / 2;  // A of P3
  localparam int ENTRY_BITS = (CANDIDATES > 1) ? $clog2(CANDIDATES) : 1;
  localparam int SEARCH_BITS = $clog2(STAGES + 2);

  // The first distance outside the window, for the smallest distance `from`.
  function automatic logic [LIMIT_BITS-1:0] window_end(input logic [NEURON_BITS-1:0] from);
    window_end = LIMIT_BITS'(window) + (nearest_relative ? LIMIT_BITS'(from) : '0);
  endfunction

  logic [CANDIDATES*NEURON_BITS-1:0] held_distances;
  logic [            CANDIDATES-1:0] held_agrees;
  logic [           NEURON_BITS-1:0] held_nearest, held_nearest_before;

  // ----- taking in (K1): what the new limit excludes goes, and the candidate to the first free register -----

  logic [           NEURON_BITS-1:0] nearest_taken;
  logic [            LIMIT_BITS-1:0] limit_taken;
  logic [            CANDIDATES-1:0] dropped, free, first_free, valid_next;
  logic                              was_full, finds_none;
  logic [           SEARCH_BITS-1:0] search_left;

  assign limit         = window_end(held_nearest) + LIMIT_BITS'(margin);
  assign nearest_taken = (taken_distance < held_nearest) ? taken_distance : held_nearest;
  assign limit_taken   = window_end(nearest_taken) + LIMIT_BITS'(margin);
  assign was_full      = takes && valid == '1;
  assign free          = ~valid | dropped;
  assign first_free    = takes ? free & (~free + 1'b1) : '0;
  assign finds_none    = takes && free == '0;
  assign searches      = search_left != '0;

  always_comb begin
    dropped = '0;
    if (takes)
      for (int c = 0; c < CANDIDATES; c++)
        dropped[c] = valid[c] && LIMIT_BITS'(held_distances[c*NEURON_BITS+:NEURON_BITS]) >= limit_taken;
  end

  // ----- a full list: A cycles later the farthest entry, the last of equals, makes way for a nearer one -----
  // A key is smallest for the largest distance, and then for the highest register.

  localparam int KEY_BITS = NEURON_BITS + ENTRY_BITS;
  logic [CANDIDATES*KEY_BITS-1:0] keys;
  logic [           KEY_BITS-1:0] farthest_key;
  logic                           farthest_known, replaces;
  logic [        NEURON_BITS-1:0] farthest_distance, arriving_distance, parting_distance;
  logic [         ENTRY_BITS-1:0] farthest_entry;
  logic [          SPAN_BITS-1:0] arriving_span;
  logic [          LANE_BITS-1:0] arriving_lane;

  always_comb begin
    keys = '1;
    if (finds_none)
      for (int c = 0; c < CANDIDATES; c++)
        keys[c*KEY_BITS+:KEY_BITS] = ~{held_distances[c*NEURON_BITS+:NEURON_BITS], ENTRY_BITS'(c)};
  end

  minimum_tree #(.COUNT(CANDIDATES), .WIDTH(KEY_BITS)) farthest (
      .clk, .reset, .valid(finds_none), .values(keys), .least_valid(farthest_known), .least(farthest_key)
  );
  delay #(.WIDTH(SPAN_BITS + LANE_BITS + NEURON_BITS), .STAGES(STAGES)) arriving (
      .clk, .reset, .in({taken_span, taken_lane, taken_distance}), .out({arriving_span, arriving_lane, arriving_distance})
  );

  assign {farthest_distance, farthest_entry} = ~farthest_key;
  assign replaces         = farthest_known && farthest_distance > arriving_distance;
  assign parting_distance = replaces ? farthest_distance : arriving_distance;

  always_ff @(posedge clk) begin
    if (reset) search_left <= '0;
    else if (was_full) search_left <= SEARCH_BITS'(STAGES);
    else if (searches) search_left <= search_left - 1'b1;
  end

  // ----- moving (K4): an entry whose row arrives is one nearer or farther, unless its bit is a sign (K6) -----

  logic [CANDIDATES-1:0] hit, bit_of;

  always_comb begin
    logic [LANE_BITS-1:0] lane;
    hit    = '0;
    bit_of = '0;
    lane   = '0;
    if (rows_arrive != '0) begin
      for (int c = 0; c < CANDIDATES; c++) begin
        lane = lanes[c*LANE_BITS+:LANE_BITS];
        for (int s = 0; s < SLICES; s++)
          if (valid[c] && rows_arrive[s] && 32'(lane) >= s * LANES && 32'(lane) < (s + 1) * LANES
              && spans[c*SPAN_BITS+:SPAN_BITS] == row_spans[s*SPAN_BITS+:SPAN_BITS])
            hit[c] = 1'b1;
        bit_of[c] = pattern_word[lane];
      end
    end
  end

  assign agrees = (hit & ((moving_up || !moves) ? bit_of : ~bit_of)) | (held_agrees & ~hit);

  always_comb begin
    distances = held_distances;
    for (int c = 0; c < CANDIDATES; c++)
      if (hit[c] && moves)
        distances[c*NEURON_BITS+:NEURON_BITS] = last_distance
            & (agrees[c] ? held_distances[c*NEURON_BITS+:NEURON_BITS] - 1'b1 : held_distances[c*NEURON_BITS+:NEURON_BITS] + 1'b1);
  end

  // ----- the smallest distance after a move, and of what is dropped -----

  logic [CANDIDATES*NEURON_BITS-1:0] compared;
  logic                              least_known, drops, drops_known;
  logic [           NEURON_BITS-1:0] least;

  assign drops = dropped != '0;

  always_comb begin
    compared = '1;
    if (all_moved || drops)
      for (int c = 0; c < CANDIDATES; c++)
        if (drops ? dropped[c] : valid[c]) compared[c*NEURON_BITS+:NEURON_BITS] = distances[c*NEURON_BITS+:NEURON_BITS];
  end

  minimum_tree #(.COUNT(CANDIDATES), .WIDTH(NEURON_BITS)) smallest (
      .clk, .reset, .valid(all_moved || drops), .values(compared), .least_valid(least_known), .least
  );
  delay #(.WIDTH(1), .STAGES(STAGES)) drops_delay (.clk, .reset, .in(drops), .out(drops_known));

  assign settles        = least_known && !drops_known;
  assign nearest        = settles ? least : held_nearest;
  assign nearest_before = settles ? held_nearest : held_nearest_before;

  // ----- the registers -----

  assign valid_next = (valid & ~dropped) | first_free;

  always_ff @(posedge clk) begin
    for (int c = 0; c < CANDIDATES; c++) begin
      if (first_free[c]) begin
        spans[c*SPAN_BITS+:SPAN_BITS]              <= taken_span;
        lanes[c*LANE_BITS+:LANE_BITS]              <= taken_lane;
        held_distances[c*NEURON_BITS+:NEURON_BITS] <= taken_distance;
      end else if (replaces && farthest_entry == ENTRY_BITS'(c)) begin
        spans[c*SPAN_BITS+:SPAN_BITS]              <= arriving_span;
        lanes[c*LANE_BITS+:LANE_BITS]              <= arriving_lane;
        held_distances[c*NEURON_BITS+:NEURON_BITS] <= arriving_distance;
      end else if (hit[c]) begin
        held_distances[c*NEURON_BITS+:NEURON_BITS] <= distances[c*NEURON_BITS+:NEURON_BITS];
      end
    end
    held_agrees <= agrees;
    if (reset || clears) begin
      valid        <= '0;
      held_nearest <= '1;
    end else begin
      valid        <= valid_next;
      held_nearest <= takes ? nearest_taken : nearest;
    end
    held_nearest_before <= nearest_before;
  end

  // ----- what was left out: at the smallest distance `far` when it was, and one nearer at most with every flip -----

  logic                   some_left, some_left_now;
  logic [NEURON_BITS-1:0] far, far_counted, far_now;

  always_comb begin
    some_left_now = some_left || left_out || drops_known || farthest_known;
    far_counted   = some_left ? far : '1;
    if (left_out && left_out_distance < far_counted) far_counted = left_out_distance;
    if (drops_known && least < far_counted) far_counted = least;
    if (farthest_known && parting_distance < far_counted) far_counted = parting_distance;
    far_now = (settles && far_counted != '0) ? far_counted - 1'b1 : far_counted;
  end

  assign exact = (!nearest_relative || valid != '0) && (!some_left_now || LIMIT_BITS'(far_now) >= window_end(nearest));

  always_ff @(posedge clk) begin
    if (reset || clears) some_left <= 1'b0;
    else some_left <= some_left_now;
    far <= far_now;
  end

`ifdef PROVE
  // While a full list looks for its farthest entry no lane is taken in, so what arrives has a register of its own.
  always_comb if (!reset) assert (!(takes && searches) && !(replaces && first_free != '0));
`endif
`ifdef REACH_REPLACES
  always_comb if (!reset) assert (!replaces);
`endif
endmodule
