// The signs of a group's weights, from the rows of the patterns (M5): one word of LANES bits per cycle, the last of which is
// held. A weight is read in the turn of its bank; a lane multiplies when it has weight and sign.
module sign_reader #(
    parameter int LANES        = 4,   // bits of a word of a row
    parameter int MAC_LANES    = 2,
    parameter int TURN_NEURONS = 2,   // neurons of a group whose weights are read in one cycle
    parameter int MAX_N        = 16,
    parameter int MAX_P        = 32,
    parameter int SRAM_LATENCY = 1,
    parameter int TURN_BITS    = 2,
    // derived
    parameter int NEURON_BITS  = $clog2(MAX_N + 1),
    parameter int PATTERN_BITS = $clog2(MAX_P + 1),
    parameter int ROWS         = MAX_P * ((MAX_N + LANES - 1) / LANES),
    parameter int ROW_BITS     = (ROWS > 1) ? $clog2(ROWS) : 1
) (
    input  logic                    clk,
    input  logic                    reset,
    input  logic [ NEURON_BITS-1:0] n,
    input  logic [ NEURON_BITS-1:0] row_words,   // words of a pattern, ceil(N / LANES)

    input  logic                    load,
    input  logic [    ROW_BITS-1:0] load_row,
    input  logic [       LANES-1:0] load_data,

    input  logic                    works,       // a group of neurons has the lanes
    input  logic [PATTERN_BITS-1:0] pattern,
    input  logic [ NEURON_BITS-1:0] group_base,  // its first neuron
    input  logic [   TURN_BITS-1:0] turn,        // cycles that it has had them before

    output logic                    reads,
    output logic                    all_read,    // with this cycle
    output logic [   MAC_LANES-1:0] multiplies,  // lanes that have weight and sign with what is read in this cycle
    output logic [   MAC_LANES-1:0] lane_up      // R cycles later: their signs
);
  // Neurons and words, up to the end of the last word or group.
  localparam int SUM_BITS = $clog2((1 << NEURON_BITS) + LANES + MAC_LANES + TURN_NEURONS * (1 << TURN_BITS) + 1);

  // ----- which word -----

  logic                    held_valid, holds_first;
  logic [PATTERN_BITS-1:0] held_pattern;
  logic [    SUM_BITS-1:0] held_word, first_word, next_word, next_word_now, next_word_after;
  logic [    SUM_BITS-1:0] group_end, weights_end;

  assign first_word      = SUM_BITS'(group_base) / SUM_BITS'(LANES);
  assign holds_first     = held_valid && held_pattern == pattern && held_word == first_word;
  assign next_word_now   = (turn != '0) ? next_word : first_word + SUM_BITS'(holds_first);
  assign group_end       = (SUM_BITS'(group_base) + SUM_BITS'(MAC_LANES) < SUM_BITS'(n))
      ? SUM_BITS'(group_base) + SUM_BITS'(MAC_LANES) : SUM_BITS'(n);
  // Neurons whose weights are read up to this turn. A word is not read before the weight of its first neuron is, so that
  // the word before it is still held for those that wait for theirs.
  assign weights_end     = SUM_BITS'(group_base) + (SUM_BITS'(turn) + 1'b1) * SUM_BITS'(TURN_NEURONS);
  assign reads           = works && next_word_now * SUM_BITS'(LANES) < group_end
      && next_word_now * SUM_BITS'(LANES) < weights_end;
  assign next_word_after = next_word_now + SUM_BITS'(reads);
  assign all_read        = next_word_after * SUM_BITS'(LANES) >= group_end;

  always_ff @(posedge clk) begin
    if (works) begin
      next_word    <= next_word_after;
      held_word    <= next_word_after - 1'b1;
      held_pattern <= pattern;
    end
    if (reset) held_valid <= 1'b0;
    else if (works) held_valid <= 1'b1;
  end

  always_comb begin
    logic [SUM_BITS-1:0] neuron;
    logic                with_this, ready_before;
    multiplies = '0;
    neuron     = '0;
    with_this  = 1'b0;
    ready_before     = 1'b0;
    if (works) begin
      for (int lane = 0; lane < MAC_LANES; lane++) begin
        neuron    = SUM_BITS'(group_base) + SUM_BITS'(lane);
        with_this = neuron < weights_end && neuron < next_word_after * SUM_BITS'(LANES);
        ready_before    = turn != '0 && neuron + SUM_BITS'(TURN_NEURONS) < weights_end
            && neuron < next_word_now * SUM_BITS'(LANES);
        multiplies[lane] = with_this && !ready_before && neuron < SUM_BITS'(n);
      end
    end
  end

  // ----- the rows, and the word that is held -----

  logic                arrives;
  logic [   LANES-1:0] word, held;
  logic [SUM_BITS-1:0] first_lane, first_lane_arrived;  // of the group, within its first word
  logic [MAC_LANES-1:0] in_this_word, in_this_word_arrived;
  logic [ROW_BITS-1:0] address;

  assign address    = ROW_BITS'(pattern) * ROW_BITS'(row_words) + ROW_BITS'(next_word_now);
  assign first_lane = SUM_BITS'(group_base) % SUM_BITS'(LANES);

  sram_1rw #(.WIDTH(LANES), .DEPTH(ROWS), .LATENCY(SRAM_LATENCY)) row_memory (
      .clk, .enable(reads || load), .write(load), .address(load ? load_row : address), .write_data(load_data),
      .read_data(word)
  );

  always_comb
    for (int lane = 0; lane < MAC_LANES; lane++)
      in_this_word[lane] = reads && SUM_BITS'(group_base) + SUM_BITS'(lane) >= next_word_now * SUM_BITS'(LANES);

  delay #(.WIDTH(1), .STAGES(SRAM_LATENCY)) read_delay (.clk, .reset, .in(reads), .out(arrives));
  delay #(.WIDTH(MAC_LANES + SUM_BITS), .STAGES(SRAM_LATENCY)) place_delay (
      .clk, .reset, .in({in_this_word, first_lane}), .out({in_this_word_arrived, first_lane_arrived})
  );

  always_ff @(posedge clk) if (arrives) held <= word;

  always_comb begin
    logic [SUM_BITS-1:0] bit_of_lane;
    bit_of_lane = '0;
    for (int lane = 0; lane < MAC_LANES; lane++) begin
      bit_of_lane   = (first_lane_arrived + SUM_BITS'(lane)) % SUM_BITS'(LANES);
      lane_up[lane] = 1'((in_this_word_arrived[lane] ? word : held) >> bit_of_lane);
    end
  end
endmodule
