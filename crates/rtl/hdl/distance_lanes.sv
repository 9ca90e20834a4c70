// What a span that arrives does in the lanes: distances are counted in a first pass (D3) and moved by one for a spike (D9),
// and the lanes are found whose kernel word is to be looked up (D8, D12).
module distance_lanes #(
    parameter int SPAN        = 4,
    parameter int NEURON_BITS = 4
) (
    input  logic                        clk,

    input  logic                        row_arrives,    // a row of a first pass
    input  logic                        first_column,
    input  logic                        resumes,        // its counts were put aside, and come with it (E2)
    input  logic                        column_up,      // the row's neuron is +1
    input  logic                        word_arrives,   // counters, and a pattern row with them unless it is a stream
    input  logic                        is_stream,
    input  logic                        moving_up,      // the neuron that has flipped is +1 now
    input  logic [            SPAN-1:0] pattern_word,
    input  logic [SPAN*NEURON_BITS-1:0] counter_word,
    input  logic [            SPAN-1:0] lane_used,      // lanes that hold a pattern

    input  logic                        filters,        // lanes outside the window are left out
    input  logic                        keeps_fields,
    input  logic [     NEURON_BITS-1:0] origin,         // distance that index 0 stands for
    input  logic [     NEURON_BITS-1:0] origin_before,  // the same before the spike
    input  logic [       NEURON_BITS:0] window,         // entries of the table

    output logic [SPAN*NEURON_BITS-1:0] counts,         // before the row
    output logic [SPAN*NEURON_BITS-1:0] counted,        // with it
    output logic [            SPAN-1:0] agrees,         // with the neuron's new value
    output logic [SPAN*NEURON_BITS-1:0] distances,      // of the word, moved unless it is a stream
    output logic [            SPAN-1:0] pending
);
  always_comb begin
    counted = '0;
    if (row_arrives)
      for (int lane = 0; lane < SPAN; lane++)
        counted[lane*NEURON_BITS+:NEURON_BITS] = (first_column ? '0
            : resumes ? counter_word[lane*NEURON_BITS+:NEURON_BITS] : counts[lane*NEURON_BITS+:NEURON_BITS])
            + NEURON_BITS'({1'b0, pattern_word[lane] ^ column_up});
  end

  always_ff @(posedge clk) if (row_arrives) counts <= counted;

  assign agrees = moving_up ? pattern_word : ~pattern_word;

  always_comb begin
    distances = '0;
    if (word_arrives)
      for (int lane = 0; lane < SPAN; lane++)
        distances[lane*NEURON_BITS+:NEURON_BITS] =
            is_stream ? counter_word[lane*NEURON_BITS+:NEURON_BITS]
            : agrees[lane] ? counter_word[lane*NEURON_BITS+:NEURON_BITS] - 1'b1
            : counter_word[lane*NEURON_BITS+:NEURON_BITS] + 1'b1;
  end

  always_comb begin
    logic [NEURON_BITS-1:0] index, index_before;
    pending      = '0;
    index        = '0;
    index_before = '0;
    if (word_arrives) begin
      for (int lane = 0; lane < SPAN; lane++) begin
        index        = distances[lane*NEURON_BITS+:NEURON_BITS] - origin;
        index_before = counter_word[lane*NEURON_BITS+:NEURON_BITS] - origin_before;
        if (is_stream) pending[lane] = lane_used[lane] && ({1'b0, index} < window || !filters);
        else
          pending[lane] = lane_used[lane] && keeps_fields && index != index_before
              && ({1'b0, index} < window || {1'b0, index_before} < window);
      end
    end
  end
endmodule
