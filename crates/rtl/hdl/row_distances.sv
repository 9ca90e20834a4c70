// Distances counted in a first pass over patterns by row (D17): a word of one pattern per slice arrives, and that pattern is
// as much further away as its bits differ from those of the state.
module row_distances #(
    parameter int LANES       = 4,
    parameter int SLICES      = 1,
    parameter int MAX_N       = 16,
    parameter int NEURON_BITS = 5,
    // derived
    parameter int LANE_BITS   = (LANES > 1) ? $clog2(LANES) : 1,
    parameter int SPAN        = LANES * SLICES
) (
    input  logic                        clk,
    input  logic [     NEURON_BITS-1:0] n,
    input  logic [           MAX_N-1:0] state,
    input  logic                        row_arrives,
    input  logic [       LANE_BITS-1:0] lane,          // of the pattern in its block
    input  logic [     NEURON_BITS-1:0] word,          // in its pattern
    input  logic [            SPAN-1:0] pattern_word,
    output logic [SPAN*NEURON_BITS-1:0] counted,       // with the row
    output logic [           LANES-1:0] bits_used      // of a word, which hold a neuron
);
  localparam int WORDS = (MAX_N + LANES - 1) / LANES;
  localparam int NUMBER_BITS = $clog2(WORDS * LANES + 1);

  logic [WORDS*LANES-1:0] padded_state;
  logic [      LANES-1:0] state_word;

  always_comb begin
    padded_state = '0;
    padded_state[MAX_N-1:0] = state;
    state_word = '0;
    bits_used  = '0;
    for (int w = 0; w < WORDS; w++) begin
      if (NEURON_BITS'(w) == word) begin
        state_word = padded_state[w*LANES+:LANES];
        for (int b = 0; b < LANES; b++) bits_used[b] = NUMBER_BITS'(w * LANES + b) < NUMBER_BITS'(n);
      end
    end
  end

  generate
    for (genvar s = 0; s < SLICES; s++) begin : slices
      logic [            LANES-1:0] differs;
      logic [      NEURON_BITS-1:0] count;
      logic [LANES*NEURON_BITS-1:0] counts;

      assign differs = (pattern_word[s*LANES+:LANES] ^ state_word) & bits_used;
      ones #(.COUNT(LANES), .WIDTH(NEURON_BITS)) ones (.bits(differs), .number(count));

      always_comb begin
        counted[s*LANES*NEURON_BITS+:LANES*NEURON_BITS] = '0;
        if (row_arrives)
          for (int l = 0; l < LANES; l++)
            counted[(s*LANES+l)*NEURON_BITS+:NEURON_BITS] = (LANE_BITS'(l) != lane) ? counts[l*NEURON_BITS+:NEURON_BITS]
                : (word == '0) ? count : counts[l*NEURON_BITS+:NEURON_BITS] + count;
      end

      always_ff @(posedge clk) if (row_arrives) counts <= counted[s*LANES*NEURON_BITS+:LANES*NEURON_BITS];
    end
  endgenerate
endmodule
