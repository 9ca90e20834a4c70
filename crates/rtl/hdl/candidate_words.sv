// Which entries of the candidate list are to be looked up: those inside the window for a stream (K3), those whose kernel word
// may have changed for a spike (K4). A packet takes them as it takes the lanes of a word, register beside register.
module candidate_words #(
    parameter int CANDIDATES   = 4,
    parameter int MAC_LANES    = 2,
    parameter int NEURON_BITS  = 4,
    parameter int PLACES       = 2,
    // derived
    parameter int SLOTS        = (PLACES > 2) ? PLACES : 2
) (
    input  logic                              clk,
    input  logic                              reset,
    input  logic [           NEURON_BITS-1:0] n,
    input  logic [             NEURON_BITS:0] window,
    input  logic [           NEURON_BITS-1:0] last_distance,  // the largest that a counter holds (D9)

    input  logic                              marks,          // a stream begins: its first packet follows in the next cycle
    input  logic                              by_chunk,       // `sweep`
    input  logic                              by_group,       // `synchronous`: once for each group of neurons
    input  logic                              changes,        // a spike has moved the distances: its first packet is looked up now
    input  logic                              is_update,
    input  logic                              blocked,        // the rows with the signs are under way (K6)

    input  logic [            CANDIDATES-1:0] valid,
    input  logic [CANDIDATES*NEURON_BITS-1:0] distances,
    input  logic [            CANDIDATES-1:0] agrees,
    input  logic [           NEURON_BITS-1:0] origin,         // distance that index 0 stands for
    input  logic [           NEURON_BITS-1:0] origin_before,  // the same before the spike

    input  logic                              looks_up,
    output logic                              waits,          // a packet is to be looked up
    output logic [            CANDIDATES-1:0] taken,          // entries that it takes
    output logic [                PLACES-1:0] places,
    output logic [                PLACES-1:0] place_agrees,   // `agrees` of the entry in each place
    output logic [                 SLOTS-1:0] needs,
    output logic [     SLOTS*NEURON_BITS-1:0] indices,
    output logic [                 SLOTS-1:0] in_window,
    output logic                              last,           // with it the sum ends
    output logic [           NEURON_BITS-1:0] group,
    output logic                              finished        // all sums have ended
);
  localparam int END_BITS = $clog2((1 << NEURON_BITS) + MAC_LANES + 1);

  logic [CANDIDATES-1:0] near, changed, marked, left, pending;
  logic                  open;
  logic [  END_BITS-1:0] group_end;  // neurons up to the end of the group
  logic                  last_group;

  always_comb begin
    logic [NEURON_BITS-1:0] distance_before, index, index_before;
    near       = '0;
    changed      = '0;
    distance_before = '0;
    index        = '0;
    index_before = '0;
    if (marks || changes) begin
      for (int c = 0; c < CANDIDATES; c++) begin
        distance_before = last_distance
            & (agrees[c] ? distances[c*NEURON_BITS+:NEURON_BITS] + 1'b1 : distances[c*NEURON_BITS+:NEURON_BITS] - 1'b1);
        index        = distances[c*NEURON_BITS+:NEURON_BITS] - origin;
        index_before = distance_before - origin_before;
        near[c]    = valid[c] && {1'b0, index} < window;
        changed[c]   = valid[c] && index != index_before && ({1'b0, index} < window || {1'b0, index_before} < window);
      end
    end
  end

  assign pending = changes ? changed : left;
  assign waits   = changes || (open && !blocked);

  // verilator lint_off PINCONNECTEMPTY
  packet_select #(.LANES(CANDIDATES), .SLICES(1), .NEURON_BITS(NEURON_BITS), .PLACES(PLACES)) packet_select (
      .pending(waits ? pending : '0), .distances, .agrees, .by_chunk, .is_update, .origin, .origin_before, .last_distance, .window,
      .taken, .first_lane(), .block_end(), .places, .place_agrees, .needs, .indices, .in_window
  );
  // verilator lint_on PINCONNECTEMPTY

  assign last       = (pending & ~taken) == '0;
  assign last_group = !by_group || group_end >= END_BITS'(n);
  assign finished   = looks_up && last && last_group;

  always_ff @(posedge clk) begin
    if (marks) begin
      marked <= near;
      left   <= near;
    end else if (waits) begin
      left <= !looks_up ? pending : last ? marked : pending & ~taken;
    end
    if (reset || marks) begin
      group     <= '0;
      group_end <= END_BITS'(MAC_LANES);
    end else if (looks_up && last) begin
      group     <= group + 1'b1;
      group_end <= group_end + END_BITS'(MAC_LANES);
    end
    if (reset) open <= 1'b0;
    else open <= marks || (open && blocked) || (waits && !finished);
  end
endmodule
