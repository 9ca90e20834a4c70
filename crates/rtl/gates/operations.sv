// The operations of the core, each a module of its own, so that its netlist can be priced: parts of the design with what
// they do not do in the operation tied off, or an expression of the design between its pins.

// A weight of a lane times a kernel word or a change of one (mac_array).
module op_multiply #(
    parameter int WEIGHT_BITS = 8,
    parameter int WORD_BITS   = 9
) (
    input  logic [          WEIGHT_BITS-1:0] weight,
    input  logic [            WORD_BITS-1:0] word,
    output logic [WEIGHT_BITS+WORD_BITS-1:0] product
);
  localparam int PRODUCT_BITS = WEIGHT_BITS + WORD_BITS;
  logic [PRODUCT_BITS-1:0] weight_value, kernel_value;
  assign weight_value = {{WORD_BITS{weight[WEIGHT_BITS-1]}}, weight};
  assign kernel_value = {{WEIGHT_BITS{word[WORD_BITS-1]}}, word};
  assign product      = weight_value * kernel_value;
endmodule

// The same product, told that its operands are signed.
module op_multiply_signed #(
    parameter int WEIGHT_BITS = 8,
    parameter int WORD_BITS   = 9
) (
    input  logic signed [          WEIGHT_BITS-1:0] weight,
    input  logic signed [            WORD_BITS-1:0] word,
    output logic signed [WEIGHT_BITS+WORD_BITS-1:0] product
);
  assign product = weight * word;
endmodule

// A product added to a sum (mac_array).
module op_add #(
    parameter int ACCUMULATOR_BITS = 32,
    parameter int PRODUCT_BITS     = 17
) (
    input  logic [ACCUMULATOR_BITS-1:0] sum,
    input  logic [    PRODUCT_BITS-1:0] product,
    output logic [ACCUMULATOR_BITS-1:0] new_sum
);
  assign new_sum = sum + {{(ACCUMULATOR_BITS - PRODUCT_BITS) {product[PRODUCT_BITS-1]}}, product};
endmodule

// The products of one neuron, added (adder_tree without its registers).
module op_adder_tree #(
    parameter int COUNT     = 16,
    parameter int IN_WIDTH  = 17,
    parameter int OUT_WIDTH = 32
) (
    input  logic [COUNT*IN_WIDTH-1:0] addends,
    output logic [     OUT_WIDTH-1:0] sum
);
  adder_tree #(.COUNT(COUNT), .IN_WIDTH(IN_WIDTH), .OUT_WIDTH(OUT_WIDTH), .STAGES(0)) tree (.clk(1'b0), .addends, .sum);
endmodule

// A row of pattern bits compared with the neuron and counted in every lane's register (distance_lanes in a first pass).
module op_bit_compare #(
    parameter int SPAN        = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic                        clk,
    input  logic                        first_column,
    input  logic                        column_up,
    input  logic [            SPAN-1:0] pattern_word,
    output logic [SPAN*NEURON_BITS-1:0] counted
);
  distance_lanes #(.SPAN(SPAN), .NEURON_BITS(NEURON_BITS)) lanes (
      .clk, .row_arrives(1'b1), .first_column, .column_up, .word_arrives(1'b0), .is_stream(1'b0), .moving_up(1'b0),
      .pattern_word, .counter_word('0), .lane_used('0), .filters(1'b0), .keeps_fields(1'b0), .origin('0),
      .origin_before('0), .last_distance('1), .window('0), .counted, .agrees(), .distances(), .pending()
  );
endmodule

// Distances moved by one for a flip (distance_lanes).
module op_distance_add #(
    parameter int SPAN        = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic                        moving_up,
    input  logic [            SPAN-1:0] pattern_word,
    input  logic [SPAN*NEURON_BITS-1:0] counter_word,
    output logic [SPAN*NEURON_BITS-1:0] distances
);
  distance_lanes #(.SPAN(SPAN), .NEURON_BITS(NEURON_BITS)) lanes (
      .clk(1'b0), .row_arrives(1'b0), .first_column(1'b0), .column_up(1'b0), .word_arrives(1'b1), .is_stream(1'b0),
      .moving_up, .pattern_word, .counter_word, .lane_used('0), .filters(1'b0), .keeps_fields(1'b0), .origin('0),
      .origin_before('0), .last_distance('1), .window('0), .counted(), .agrees(), .distances, .pending()
  );
endmodule

// Distances compared with the kernel window in a stream (distance_lanes).
module op_compare_window #(
    parameter int SPAN        = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic [SPAN*NEURON_BITS-1:0] counter_word,
    input  logic [     NEURON_BITS-1:0] origin,
    input  logic [       NEURON_BITS:0] window,
    output logic [            SPAN-1:0] pending
);
  distance_lanes #(.SPAN(SPAN), .NEURON_BITS(NEURON_BITS)) lanes (
      .clk(1'b0), .row_arrives(1'b0), .first_column(1'b0), .column_up(1'b0), .word_arrives(1'b1), .is_stream(1'b1),
      .moving_up(1'b0), .pattern_word('0), .counter_word, .lane_used({SPAN{1'b1}}), .filters(1'b1), .keeps_fields(1'b1), .origin,
      .origin_before('0), .last_distance('1), .window, .counted(), .agrees(), .distances(), .pending
  );
endmodule

// Distances before and after a flip, moved and compared with the kernel window (distance_lanes in an update).
module op_update_lanes #(
    parameter int SPAN        = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic                        moving_up,
    input  logic [            SPAN-1:0] pattern_word,
    input  logic [SPAN*NEURON_BITS-1:0] counter_word,
    input  logic [     NEURON_BITS-1:0] origin,
    input  logic [     NEURON_BITS-1:0] origin_before,
    input  logic [       NEURON_BITS:0] window,
    output logic [SPAN*NEURON_BITS-1:0] distances,
    output logic [            SPAN-1:0] pending
);
  distance_lanes #(.SPAN(SPAN), .NEURON_BITS(NEURON_BITS)) lanes (
      .clk(1'b0), .row_arrives(1'b0), .first_column(1'b0), .column_up(1'b0), .word_arrives(1'b1), .is_stream(1'b0),
      .moving_up, .pattern_word, .counter_word, .lane_used({SPAN{1'b1}}), .filters(1'b1), .keeps_fields(1'b1), .origin,
      .origin_before, .last_distance('1), .window, .counted(), .agrees(), .distances, .pending
  );
endmodule

// The smallest of a word's distances and of those before (smallest_distance with one slice).
module op_compare_minimum #(
    parameter int SPAN        = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic                        clk,
    input  logic                        reset,
    input  logic                        job_ends,
    input  logic [SPAN*NEURON_BITS-1:0] distances,
    output logic [     NEURON_BITS-1:0] smallest
);
  smallest_distance #(.LANES(SPAN), .SLICES(1), .NEURON_BITS(NEURON_BITS)) of_words (
      .clk, .reset, .compares(1'b1), .distances, .lane_used({SPAN{1'b1}}), .job_ends, .smallest, .smallest_before()
  );
endmodule

// The index arithmetic of two look-ups, of the old and of the new distance, without the choice of the lane (packet_select).
module op_lookup_index #(
    parameter int NEURON_BITS = 7
) (
    input  logic                     agrees,
    input  logic [  NEURON_BITS-1:0] distance,
    input  logic [  NEURON_BITS-1:0] origin,
    input  logic [  NEURON_BITS-1:0] origin_before,
    input  logic [    NEURON_BITS:0] window,
    output logic [2*NEURON_BITS-1:0] indices,
    output logic [              1:0] in_window
);
  packet_select #(.LANES(1), .SLICES(1), .NEURON_BITS(NEURON_BITS), .PLACES(1)) one (
      .pending(1'b1), .distances(distance), .agrees, .by_chunk(1'b0), .is_update(1'b1), .origin, .origin_before,
      .last_distance('1), .window,
      .taken(), .first_lane(), .block_end(), .places(), .place_agrees(), .needs(), .indices, .in_window
  );
endmodule

// The same with the choice of the first pending lane of a word.
module op_kernel_lookup #(
    parameter int SPAN        = 64,
    parameter int NEURON_BITS = 7
) (
    input  logic [            SPAN-1:0] pending,
    input  logic [SPAN*NEURON_BITS-1:0] distances,
    input  logic [            SPAN-1:0] agrees,
    input  logic [     NEURON_BITS-1:0] origin,
    input  logic [     NEURON_BITS-1:0] origin_before,
    input  logic [       NEURON_BITS:0] window,
    output logic [            SPAN-1:0] taken,
    output logic [   $clog2(SPAN+1)-1:0] first_lane,
    output logic [                 1:0] needs,
    output logic [   2*NEURON_BITS-1:0] indices
);
  packet_select #(.LANES(SPAN), .SLICES(1), .NEURON_BITS(NEURON_BITS), .PLACES(1)) one (
      .pending, .distances, .agrees, .by_chunk(1'b0), .is_update(1'b1), .origin, .origin_before,
      .last_distance('1), .window,
      .taken, .first_lane, .block_end(), .places(), .place_agrees(), .needs, .indices, .in_window()
  );
endmodule

// The index arithmetic of a packet's look-ups in a stream, with the choice of its lanes: one lane of the word after the other,
// or a chunk at once (packet_select).
module op_stream_lookup #(
    parameter int SPAN        = 64,
    parameter int PLACES      = 16,
    parameter int NEURON_BITS = 7
) (
    input  logic [              SPAN-1:0] pending,
    input  logic [  SPAN*NEURON_BITS-1:0] distances,
    input  logic                          by_chunk,
    input  logic [       NEURON_BITS-1:0] origin,
    output logic [              SPAN-1:0] taken,
    output logic [     $clog2(SPAN+1)-1:0] first_lane,
    output logic [            PLACES-1:0] needs,
    output logic [PLACES*NEURON_BITS-1:0] indices
);
  packet_select #(.LANES(SPAN), .SLICES(1), .NEURON_BITS(NEURON_BITS), .PLACES(PLACES)) one (
      .pending, .distances, .agrees('0), .by_chunk, .is_update(1'b0), .origin, .origin_before('0), .last_distance('1),
      .window('0), .taken, .first_lane, .block_end(), .places(), .place_agrees(), .needs, .indices, .in_window()
  );
endmodule

// A field compared with its neuron in a sweep (threshold).
module op_neuron_evaluation #(
    parameter int ACCUMULATOR_BITS = 32
) (
    input  logic [ACCUMULATOR_BITS-1:0] field,
    input  logic                        up,
    output logic                        flips
);
  threshold #(.ACCUMULATOR_BITS(ACCUMULATOR_BITS)) one (
      .compares(1'b1), .field, .up, .searches(1'b0), .search_ends(1'b0), .worst_valid(1'b0), .worst_violation('0),
      .violation(), .worse(), .flips
  );
endmodule

// A register of a field, written when it is told to (mac_array).
module op_register_write #(
    parameter int ACCUMULATOR_BITS = 32
) (
    input  logic                        clk,
    input  logic                        write,
    input  logic [ACCUMULATOR_BITS-1:0] new_sum,
    output logic [ACCUMULATOR_BITS-1:0] sum
);
  always_ff @(posedge clk) if (write) sum <= new_sum;
endmodule

// One of all field registers (mac_array, S4).
module op_register_read #(
    parameter int MAX_N            = 100,
    parameter int ACCUMULATOR_BITS = 32,
    parameter int NEURON_BITS      = 7
) (
    input  logic [MAX_N*ACCUMULATOR_BITS-1:0] fields,
    input  logic [           NEURON_BITS-1:0] field_neuron,
    output logic [      ACCUMULATOR_BITS-1:0] field
);
  logic [ACCUMULATOR_BITS-1:0] words[2**NEURON_BITS];
  always_comb
    for (int i = 0; i < 2 ** NEURON_BITS; i++)
      words[i] = (i < MAX_N) ? fields[(i%MAX_N)*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] : '0;
  assign field = words[field_neuron];
endmodule

// The words of the banks, turned so that each lane has its own (mac_array).
module op_rotate #(
    parameter int MAC_LANES   = 16,
    parameter int WEIGHT_BITS = 8,
    parameter int BANK_BITS   = 4
) (
    input  logic [            BANK_BITS-1:0] first_bank,
    input  logic [MAC_LANES*WEIGHT_BITS-1:0] bank_word,
    output logic [MAC_LANES*WEIGHT_BITS-1:0] weights
);
  always_comb begin
    logic [BANK_BITS:0] bank_of_lane;
    weights      = '0;
    bank_of_lane = '0;
    for (int lane = 0; lane < MAC_LANES; lane++) begin
      bank_of_lane = {1'b0, first_bank} + (BANK_BITS + 1)'(lane);
      if (bank_of_lane >= (BANK_BITS + 1)'(MAC_LANES)) bank_of_lane = bank_of_lane - (BANK_BITS + 1)'(MAC_LANES);
      for (int bank = 0; bank < MAC_LANES; bank++)
        if (bank_of_lane == (BANK_BITS + 1)'(bank))
          weights[lane*WEIGHT_BITS+:WEIGHT_BITS] = bank_word[bank*WEIGHT_BITS+:WEIGHT_BITS];
    end
  end
endmodule

// The next violated neuron (find_violated).
module op_find_next #(
    parameter int MAX_N       = 100,
    parameter int NEURON_BITS = 7
) (
    input  logic [      MAX_N-1:0] violated,
    input  logic [NEURON_BITS-1:0] position,
    output logic                   found,
    output logic                   wraps,
    output logic [NEURON_BITS-1:0] neuron
);
  find_violated #(.MAX_N(MAX_N), .NEURON_BITS(NEURON_BITS)) one (.violated, .position, .found, .wraps, .neuron);
endmodule

// A queue between units (fifo).
module op_queue #(
    parameter int WIDTH = 28,
    parameter int DEPTH = 8
) (
    input  logic             clk,
    input  logic             reset,
    input  logic             push,
    input  logic [WIDTH-1:0] push_data,
    input  logic             pop,
    output logic             front_valid,
    output logic [WIDTH-1:0] front_data
);
  fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) queue (.clk, .reset, .push, .push_data, .pop, .front_valid, .front_data);
endmodule

// A flip-flop without anything before it: what its clock takes when nothing changes, and its area.
module op_flip_flop #(
    parameter int BITS = 32
) (
    input  logic            clk,
    input  logic [BITS-1:0] d,
    output logic [BITS-1:0] q
);
  always_ff @(posedge clk) q <= d;
endmodule
