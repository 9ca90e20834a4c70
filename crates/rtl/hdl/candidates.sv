// The candidate list of the distance unit and what works on it, while the list is in use: a first pass fills it (K1, K2),
// streams and spikes are served from it (K3, K4).
module candidates #(
    parameter int CANDIDATES   = 4,
    parameter int LANES        = 4,
    parameter int SLICES       = 1,
    parameter int MAC_LANES    = 2,
    parameter int SPANS        = 8,
    parameter int NEURON_BITS  = 4,
    parameter int PATTERN_BITS = 5,
    parameter int SPAN_BITS    = 3,
    parameter int PLACES       = 2,
    parameter int SRAM_LATENCY = 1,
    parameter int SIGN_SHARING = 0,  // a stream of `sweep` reads the signs of its neuron's weights first (K6)
    // derived
    parameter int SPAN         = LANES * SLICES,
    parameter int SLOTS        = (PLACES > 2) ? PLACES : 2
) (
    input  logic                           clk,
    input  logic                           reset,

    // settings
    input  logic [        NEURON_BITS-1:0] n,
    input  logic                           by_chunk,         // `sweep`
    input  logic                           by_group,         // `synchronous`
    input  logic                           nearest_relative,
    input  logic [          NEURON_BITS:0] window,
    input  logic [          NEURON_BITS:0] margin,
    input  logic [        NEURON_BITS-1:0] last_distance,    // the largest that a counter holds (D9)

    // jobs
    input  logic                           clears,           // a first pass begins in the next cycle
    input  logic                           counts,           // a first pass is under way
    input  logic                           reads_last_row,   // the last row of a span
    input  logic                           counting,         // a row is to be read or under way
    input  logic                           marks,            // a stream begins
    input  logic                           moves,            // a spike is taken
    input  logic                           moving_up,
    input  logic                           keeps_fields,
    input  logic                           is_update,

    // a first pass
    input  logic                           completes,
    input  logic [   SPAN*NEURON_BITS-1:0] counted,
    input  logic [               SPAN-1:0] lane_used,
    input  logic [          SPAN_BITS-1:0] completed_span,
    input  logic                           gives_up,         // a span is ruled out before it is complete (E3)
    input  logic                           rules_out,        // the smallest distance of one is there
    input  logic [        NEURON_BITS-1:0] ruled_out_distance,
    output logic [        NEURON_BITS+2:0] limit,            // distances from here on are left out
    output logic                           no_row,           // none can be read in this cycle
    output logic                           no_last_row,      // nor the last of a span
    output logic                           pass_ends,

    // rows of the spike's neuron, or of that whose signs a stream needs
    output logic [             SLICES-1:0] reads,
    output logic [   SLICES*SPAN_BITS-1:0] read_spans,
    input  logic [               SPAN-1:0] pattern_word,

    // words to look up
    input  logic                           looks_up,
    output logic                           waits,
    output logic [             PLACES-1:0] places,
    output logic [             PLACES-1:0] signs,            // of the weights, in a stream of `sweep`
    output logic [              SLOTS-1:0] needs,
    output logic [  SLOTS*NEURON_BITS-1:0] indices,
    output logic [              SLOTS-1:0] in_window,
    output logic [PLACES*PATTERN_BITS-1:0] patterns,
    output logic                           last,
    output logic [        NEURON_BITS-1:0] group,

    output logic                           finished,         // the stream or the spike
    output logic                           refreshes,        // the spike leaves a list that is no longer exact (K5)
    output logic                           exact,
    output logic                           nearest_is_zero,

    // activity
    output logic                           busy,
    output logic                           takes,
    output logic                           moved,            // all entries by one, and the smallest is known
    output logic [         CANDIDATES-1:0] valid
);
  localparam int LANE_BITS = (SPAN > 1) ? $clog2(SPAN) : 1;
  localparam int LIMIT_BITS = NEURON_BITS + 3;
  localparam int SLICE_STAGES = ($clog2(SLICES) + 1) / 2;     // Z of P2
  localparam int LIST_STAGES = ($clog2(CANDIDATES) + 1) / 2;  // A of P3
  localparam int KNOWN_AFTER = SLICE_STAGES + ((LIST_STAGES > 0) ? LIST_STAGES : 1);
  localparam int KNOWN_BITS = $clog2(KNOWN_AFTER + 1);

  logic [            CANDIDATES-1:0] agrees, taken;
  logic [  CANDIDATES*SPAN_BITS-1:0] spans;
  logic [  CANDIDATES*LANE_BITS-1:0] lanes;
  logic [CANDIDATES*NEURON_BITS-1:0] distances;
  logic [           NEURON_BITS-1:0] nearest, nearest_before, origin, origin_before;

  // ----- a first pass -----

  logic                   holds, ends, has_taken, searches, left_out, completing, settles;
  logic [  SPAN_BITS-1:0] taken_span;
  logic [  LANE_BITS-1:0] taken_lane;
  logic [NEURON_BITS-1:0] taken_distance, left_out_distance;

  candidate_intake #(
      .LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS), .SPAN_BITS(SPAN_BITS), .LIMIT_BITS(LIMIT_BITS),
      .STAGES(SLICE_STAGES)
  ) intake (
      .clk, .reset, .completes, .counted, .lane_used, .span(completed_span), .limit, .searches,
      .holds, .ends, .takes, .has_taken, .taken_span, .taken_lane, .taken_distance, .left_out, .left_out_distance
  );

  // No row is read while a candidate is taken in (K1). The last row of a span waits until the span before has left the intake,
  // which has room for one.
  assign no_row      = takes || searches;
  assign no_last_row = (completing && !completes && !gives_up) || (holds && !ends);

  always_ff @(posedge clk) begin
    if (reset) completing <= 1'b0;
    else if (reads_last_row) completing <= 1'b1;
    else if (completes || gives_up) completing <= 1'b0;
  end

  // What the list has left out is known so many cycles after the last row is counted and the last candidate taken in (K2).
  logic                  filling;
  logic [KNOWN_BITS-1:0] known_in;
  assign filling   = counts && (counting || searches || takes || (holds && !(ends && has_taken)));
  assign pass_ends = counts && !filling && known_in == KNOWN_BITS'(1);

  always_ff @(posedge clk) begin
    if (reset) known_in <= '0;
    else if (filling) known_in <= KNOWN_BITS'(KNOWN_AFTER);
    else if (known_in != '0) known_in <= known_in - 1'b1;
  end

  // ----- the list -----

  // What the intake leaves out, and what is ruled out before.
  logic                   leaves_out;
  logic [NEURON_BITS-1:0] parting_distance;
  assign leaves_out       = left_out || rules_out;
  assign parting_distance = (left_out && !(rules_out && ruled_out_distance < left_out_distance)) ? left_out_distance
                                                                                               : ruled_out_distance;

  logic [          SLICES-1:0] rows_arrive;
  logic [SLICES*SPAN_BITS-1:0] row_spans;
  logic                        all_moved;

  candidate_list #(
      .CANDIDATES(CANDIDATES), .LANES(LANES), .SLICES(SLICES), .NEURON_BITS(NEURON_BITS), .SPAN_BITS(SPAN_BITS),
      .LANE_BITS(LANE_BITS), .LIMIT_BITS(LIMIT_BITS)
  ) list (
      .clk, .reset, .nearest_relative, .window, .margin, .last_distance, .clears,
      .takes, .taken_span, .taken_lane, .taken_distance, .left_out(leaves_out), .left_out_distance(parting_distance), .limit,
      .searches,
      .rows_arrive, .row_spans, .pattern_word, .moves(is_update), .moving_up, .all_moved, .settles,
      .valid, .spans, .lanes, .distances, .agrees, .nearest, .nearest_before, .exact
  );

  // ----- a spike (K4), or the signs of a stream (K6) -----

  logic asks_signs, signs_under_way, rows_through;
  assign asks_signs = SIGN_SHARING != 0 && by_chunk && marks;
  assign all_moved  = rows_through && is_update;

  always_ff @(posedge clk) begin
    if (reset) signs_under_way <= 1'b0;
    else signs_under_way <= ((asks_signs && reads != '0) || signs_under_way) && !rows_through;
  end

  logic moving;  // from the arrival of the last row until the smallest distance is known

  candidate_rows #(
      .CANDIDATES(CANDIDATES), .LANES(LANES), .SLICES(SLICES), .SPANS(SPANS), .SPAN_BITS(SPAN_BITS), .LANE_BITS(LANE_BITS),
      .LATENCY(SRAM_LATENCY)
  ) rows (
      .clk, .reset, .asked(moves || asks_signs), .valid, .spans, .lanes,
      .reads, .read_spans, .arrive(rows_arrive), .arriving_spans(row_spans), .last_arrives(rows_through)
  );

  assign moved           = settles;
  assign nearest_is_zero = nearest == '0;
  assign refreshes = settles && !exact;

  always_ff @(posedge clk) begin
    if (reset) moving <= 1'b0;
    else moving <= (moving || all_moved) && !settles;
  end

  // ----- words -----

  logic words_finished;

  assign origin        = nearest_relative ? nearest : '0;
  assign origin_before = nearest_relative ? nearest_before : '0;

  candidate_words #(
      .CANDIDATES(CANDIDATES), .MAC_LANES(MAC_LANES), .NEURON_BITS(NEURON_BITS), .PLACES(PLACES)
  ) words (
      .clk, .reset, .n, .window, .last_distance, .marks, .by_chunk, .by_group, .changes(settles && exact && keeps_fields), .is_update,
      .blocked(signs_under_way && !rows_through), .valid, .distances, .agrees, .origin, .origin_before,
      .looks_up, .waits, .taken, .places, .place_agrees(signs), .needs, .indices, .in_window, .last, .group, .finished(words_finished)
  );

  // The pattern of every place: in `sweep` a register has its place, elsewhere a packet has one word.
  always_comb begin
    patterns = '0;
    for (int c = 0; c < CANDIDATES; c++) begin
      if (taken[c]) begin
        if (by_chunk) patterns[(c%PLACES)*PATTERN_BITS+:PATTERN_BITS] = patterns[(c%PLACES)*PATTERN_BITS+:PATTERN_BITS]
            | pattern_of(spans[c*SPAN_BITS+:SPAN_BITS], lanes[c*LANE_BITS+:LANE_BITS]);
        else patterns[PATTERN_BITS-1:0] = pattern_of(spans[c*SPAN_BITS+:SPAN_BITS], lanes[c*LANE_BITS+:LANE_BITS]);
      end
    end
  end

  function automatic logic [PATTERN_BITS-1:0] pattern_of(input logic [SPAN_BITS-1:0] span, input logic [LANE_BITS-1:0] lane);
    pattern_of = PATTERN_BITS'(span) * PATTERN_BITS'(SPAN) + PATTERN_BITS'(lane);
  endfunction

  assign finished = words_finished || (settles && exact && !keeps_fields);
  assign busy     = takes || searches || holds || (counts && !filling) || marks || reads != '0 || all_moved || moving
      || looks_up;
endmodule
